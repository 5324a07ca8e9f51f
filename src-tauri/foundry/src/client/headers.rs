//! Headers that a person adds to every request of a connection.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::Target;

/// Names of betas (<https://platform.claude.com/docs/en/api/beta-headers>), joined by commas.
pub(super) const BETA: HeaderName = HeaderName::from_static("anthropic-beta");

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

/// The headers of a request that is sent over a connection for somebody else, and the names of
/// those whose value of the caller's gave way to the connection's. Betas do not exclude each
/// other: they go along from both, each once.
pub(super) fn merged(
    callers: HeaderMap,
    connections: &[ExtraHeader],
) -> (HeaderMap, Vec<HeaderName>) {
    let mut headers = callers;
    let (betas, others): (Vec<_>, Vec<_>) = connections.iter().partition(|it| it.name == BETA);
    let mut overruled = Vec::new();
    for extra in &others {
        if headers.remove(&extra.name).is_some() {
            overruled.push(extra.name.clone());
        }
    }
    for extra in others {
        headers.append(extra.name.clone(), extra.value.clone());
    }
    if !betas.is_empty() {
        let connections = betas.iter().map(|extra| &extra.value);
        let joined = joined(headers.get_all(BETA).iter().chain(connections));
        headers.insert(BETA, joined);
    }
    (headers, overruled)
}

/// The members of several lists as one list, each once.
fn joined<'a>(lists: impl Iterator<Item = &'a HeaderValue>) -> HeaderValue {
    let mut members: Vec<&[u8]> = Vec::new();
    for member in lists.flat_map(|list| list.as_bytes().split(|byte| *byte == b',')) {
        let member = member.trim_ascii();
        if !member.is_empty() && !members.contains(&member) {
            members.push(member);
        }
    }
    let mut joined = HeaderValue::from_bytes(&members.join(&b','))
        .expect("BUG: parts of headers and commas are no header");
    joined.set_sensitive(true);
    joined
}

impl Target {
    /// The target with headers that somebody else wants sent along, and the names of those that
    /// are not: what cannot be such a header, and what the target has a value of its own for.
    /// Only the values of `anthropic-beta` are joined.
    #[must_use]
    pub fn with_callers(&self, wanted: &[(String, String)]) -> (Self, Vec<String>) {
        let mut callers = HeaderMap::new();
        let mut left_out = Vec::new();
        for (name, value) in wanted {
            match ExtraHeader::new(name, value) {
                Ok(header) => {
                    callers.append(header.name, header.value);
                }
                Err(_) => left_out.push(name.clone()),
            }
        }
        let (headers, overruled) = merged(callers, &self.headers);
        left_out.extend(overruled.iter().map(ToString::to_string));
        let headers = headers.iter().map(|(name, value)| ExtraHeader {
            name: name.clone(),
            value: value.clone(),
        });
        let target = Self {
            headers: headers.collect(),
            ..self.clone()
        };
        (target, left_out)
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
    fn the_connections_value_wins_and_betas_are_joined() {
        let own = |name, value| ExtraHeader::new(name, value).unwrap();
        let mut callers = HeaderMap::new();
        for (name, value) in [
            ("x-team", "theirs"),
            ("x-team", "theirs too"),
            ("x-other", "1"),
            ("anthropic-beta", "a-1, b-2,,"),
            ("anthropic-beta", "c-3"),
        ] {
            callers.append(name, HeaderValue::from_static(value));
        }
        let (same, overruled) = merged(callers.clone(), &[own("x-key", "k")]);
        assert_eq!(same.get_all(BETA).iter().count(), 2);
        assert_eq!((same.len(), overruled.len()), (callers.len() + 1, 0));
        let connections = [
            own("x-team", "ours"),
            own("anthropic-beta", "b-2,d-4"),
            own("x-team", "ours too"),
        ];
        let (headers, overruled) = merged(callers, &connections);
        let all = |name: &str| headers.get_all(name).iter().collect::<Vec<_>>();
        assert_eq!(all("x-team"), ["ours", "ours too"]);
        assert_eq!(all("x-other"), ["1"]);
        assert_eq!(all("anthropic-beta"), ["a-1,b-2,c-3,d-4"]);
        assert_eq!(overruled, ["x-team"]);
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
