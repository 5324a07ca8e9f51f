//! A secret that can be used but not shown.

use std::fmt;

use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroize;
use secrecy::{ExposeSecret, SecretString};

/// An API key, a client secret or a token.
///
/// It has no `Serialize`, no `Display` and no `Clone`, its `Debug` is redacted, and its memory
/// is overwritten when it is dropped. To hand it on, share an `Arc<Secret>`.
pub struct Secret(SecretString);

impl Secret {
    /// Takes `text` without the white space around it, which a paste brings along and which no
    /// key of Azure's has; the given string is overwritten.
    #[must_use]
    pub fn new(mut text: String) -> Self {
        let trimmed = SecretString::from(text.trim().to_owned());
        text.zeroize();
        Self(trimmed)
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// Nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.expose().is_empty()
    }

    /// The last four characters, by which a person recognises a key. Empty when the secret has
    /// fewer than eight: four would then be half of it.
    #[must_use]
    pub fn last_four(&self) -> String {
        let length = self.expose().chars().count();
        if length < 8 {
            return String::new();
        }
        self.expose().chars().skip(length - 4).collect()
    }

    /// It can go into a header: it holds nothing but visible ASCII. HTTP would let some other
    /// bytes through, but no key of Azure's has them, and resources refuse them in odd ways.
    #[must_use]
    pub fn can_be_sent(&self) -> bool {
        !self.is_empty() && self.expose().bytes().all(|byte| byte.is_ascii_graphic())
    }

    /// `prefix` and the secret as a header value that HTTP libraries keep out of logs and of
    /// HPACK tables. None when it cannot be sent.
    pub(crate) fn header(&self, prefix: &str) -> Option<HeaderValue> {
        if !self.can_be_sent() {
            return None;
        }
        let mut text = format!("{prefix}{}", self.expose());
        let value = HeaderValue::from_str(&text).ok();
        text.zeroize();
        let mut value = value?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_never_printed() {
        let secret = Secret::new("canary-0123456789".into());
        assert_eq!(secret.expose(), "canary-0123456789");
        assert_eq!(
            format!("{secret:?} {:#?}", Some(&secret)),
            "<redacted> Some(\n    <redacted>,\n)"
        );
        let header = secret.header("Bearer ").unwrap();
        assert_eq!(header.to_str().unwrap(), "Bearer canary-0123456789");
        assert!(!format!("{header:?}").contains("canary"));
    }

    #[test]
    fn shows_its_last_four_unless_they_are_half_of_it() {
        assert_eq!(Secret::new("  demo-key\r\n".into()).last_four(), "-key");
        assert_eq!(Secret::new("1234567".into()).last_four(), "");
        assert_eq!(Secret::new("schlüssel-äöüß".into()).last_four(), "äöüß");
    }

    #[test]
    fn what_no_header_can_carry_makes_no_header() {
        for text in [
            "canary\nx-evil: 1",
            "canary\u{e9}",
            "canary\u{0}",
            "two words",
            "",
        ] {
            assert!(Secret::new(text.into()).header("").is_none(), "{text:?}");
        }
        assert!(Secret::new("canary".into()).header("").is_some());
    }
}
