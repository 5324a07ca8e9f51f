//! Headers that a person adds to every request of a connection.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

/// A header as it is sent. Its value is kept out of logs, secret or not: companies' gateways take
/// keys of their own in headers of any name.
#[derive(Clone, PartialEq, Eq)]
pub struct ExtraHeader {
    name: HeaderName,
    value: HeaderValue,
}

/// Why there is no such header. No variant repeats the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadHeader {
    /// No HTTP header can have this name.
    #[error("no http header can have this name")]
    Name,
    /// The value is empty, or holds characters that no HTTP header can carry.
    #[error("no http header can have this value")]
    Value,
    /// Hearth sets this header itself, or HTTP does.
    #[error("this header is not to be set")]
    Reserved,
}

/// What the credential, the request itself and the connection are made of.
const RESERVED: [&str; 17] = [
    "accept",
    "accept-encoding",
    "anthropic-version",
    "api-key",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-api-key",
];

impl ExtraHeader {
    /// A header of this name and value; white space around both is not meant.
    ///
    /// # Errors
    ///
    /// When it cannot be sent, or is not the person's to set.
    pub fn new(name: &str, value: &str) -> Result<Self, BadHeader> {
        let name: HeaderName = name.trim().parse().map_err(|_| BadHeader::Name)?;
        let text = name.as_str();
        if RESERVED.contains(&text) || text.starts_with("content-") || text.starts_with("proxy-") {
            return Err(BadHeader::Reserved);
        }
        let value = value.trim();
        // HTTP would let some other bytes through, but readers differ on what they mean.
        if value.is_empty()
            || !value
                .bytes()
                .all(|byte| matches!(byte, b' '..=b'~' | b'\t'))
        {
            return Err(BadHeader::Value);
        }
        let mut value = HeaderValue::from_str(value).map_err(|_| BadHeader::Value)?;
        value.set_sensitive(true);
        Ok(Self { name, value })
    }

    /// Its name, in lower case.
    #[must_use]
    pub fn name(&self) -> &HeaderName {
        &self.name
    }

    pub(crate) fn value(&self) -> &HeaderValue {
        &self.value
    }
}

impl fmt::Debug for ExtraHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: <redacted>", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_sent_is_taken_without_the_space_around_it() {
        let header = ExtraHeader::new(" X-Team ", " blue team\t1 ").unwrap();
        assert_eq!(header.name(), "x-team");
        assert_eq!(header.value(), "blue team\t1");
        assert_eq!(format!("{header:?}"), "x-team: <redacted>");
        assert!(format!("{:?}", header.value()).contains("Sensitive"));
    }

    #[test]
    fn what_is_not_the_persons_to_set_is_refused() {
        for name in [
            "Authorization",
            "X-API-Key",
            "api-key",
            "Anthropic-Version",
            "Host",
            "content-type",
            "Content-Language",
            "Connection",
            "Transfer-Encoding",
            "Proxy-Authorization",
        ] {
            assert_eq!(
                ExtraHeader::new(name, "x"),
                Err(BadHeader::Reserved),
                "{name}"
            );
        }
        for name in ["", " ", "two words", "ä", "a:b", "a\nb"] {
            assert_eq!(ExtraHeader::new(name, "x"), Err(BadHeader::Name), "{name}");
        }
        for value in ["", "  ", "a\r\nx-evil: 1", "a\nb", "ä", "\u{0}"] {
            let refused = ExtraHeader::new("x-team", value);
            assert_eq!(refused, Err(BadHeader::Value), "{value:?}");
        }
    }
}
