//! Who may ask: keys with a name, what each may ask for, and until when.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use hearth_foundry::Secret;
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderValue};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// A key that somebody was given.
#[derive(Debug, Clone)]
pub struct Key {
    /// Whose it is; for logs.
    pub name: String,
    /// The key itself.
    pub secret: Arc<Secret>,
    /// The models that it may ask for; none means all.
    pub models: Option<Vec<String>>,
    /// When it ends; none means never.
    pub expires: Option<Expiry>,
}

/// The moment from which on a key is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expiry(Timestamp);

/// No header can carry it, or another key is the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot be sent, or stands there twice")]
pub struct BadKey;

/// The keys that are accepted.
#[derive(Debug, Default)]
pub struct Keys {
    all: Vec<Held>,
}

/// A key, and the digest that what is offered is compared with: digests are of one length, so
/// the time that comparing takes says nothing about a key's length either.
struct Held {
    key: Arc<Key>,
    digest: [u8; 32],
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key.fmt(f)
    }
}

/// Why nobody is let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoEntry {
    /// No header holds a key.
    NoKey,
    /// None of what is offered is a key.
    WrongKey,
    /// It was a key.
    Expired,
}

impl Expiry {
    /// A moment as RFC 3339 has it, or a day, at whose end (in UTC) the key ends. None for
    /// anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Some(Self(moment));
        }
        let next = text.parse::<Date>().ok()?.checked_add(1.day()).ok()?;
        Some(Self(next.to_zoned(TimeZone::UTC).ok()?.timestamp()))
    }

    fn is_over(self, now: Timestamp) -> bool {
        now >= self.0
    }
}

impl Keys {
    /// Accepts one more.
    ///
    /// # Errors
    /// [`BadKey`].
    pub fn add(&mut self, key: Key) -> Result<(), BadKey> {
        let text = key.secret.expose();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(BadKey);
        }
        let digest = hashed(text.as_bytes());
        if self.all.iter().any(|held| held.digest == digest) {
            return Err(BadKey);
        }
        self.all.push(Held {
            key: Arc::new(key),
            digest,
        });
        Ok(())
    }

    /// There is none, so nobody could be let in.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whose key the headers hold; of several one that has not expired. All of what they offer is
    /// compared with all keys, whatever was found before.
    pub(crate) fn admit(&self, headers: &HeaderMap, now: Timestamp) -> Result<&Arc<Key>, NoEntry> {
        let mut offered = false;
        let mut expired = false;
        let mut found = None;
        for text in offers(headers) {
            offered = true;
            let digest = hashed(text);
            for held in &self.all {
                if verify_slices_are_equal(&held.digest, &digest).is_ok() {
                    match held.key.expires.is_some_and(|end| end.is_over(now)) {
                        true => expired = true,
                        false => found = Some(&held.key),
                    }
                }
            }
        }
        match found {
            Some(key) => Ok(key),
            None if expired => Err(NoEntry::Expired),
            None if offered => Err(NoEntry::WrongKey),
            None => Err(NoEntry::NoKey),
        }
    }
}

impl Key {
    /// It may ask for the model of this name.
    pub(crate) fn may_ask(&self, model: &str) -> bool {
        match &self.models {
            None => true,
            Some(models) => models.iter().any(|known| known == model),
        }
    }
}

fn hashed(text: &[u8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest(&SHA256, text).as_ref());
    bytes
}

/// Everything that a client may have meant as its key: SDKs differ on the header, and some send
/// the same key twice. Programs that are set up for LiteLLM's proxy have a header of its own, with
/// or without a scheme.
fn offers(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = |name: &'static str| headers.get_all(name).iter().map(HeaderValue::as_bytes);
    let bearers = headers.get_all(AUTHORIZATION).iter();
    let bearers = bearers.filter_map(|value| bearer(value.as_bytes()));
    let plain = ["x-api-key", "api-key"].into_iter().flat_map(values);
    let litellm = values("x-litellm-api-key").map(|value| bearer(value).unwrap_or(value));
    let all = bearers.chain(plain).chain(litellm);
    all.map(<[u8]>::trim_ascii).filter(|text| !text.is_empty())
}

/// What stands behind the scheme `Bearer`.
fn bearer(value: &[u8]) -> Option<&[u8]> {
    let space = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = value.split_at(space);
    scheme.eq_ignore_ascii_case(b"bearer").then_some(token)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str, secret: &str) -> Key {
        Key {
            name: name.to_owned(),
            secret: Arc::new(Secret::new(secret.to_owned())),
            models: None,
            expires: None,
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for (name, value) in pairs {
            map.append(*name, HeaderValue::from_static(value));
        }
        map
    }

    #[test]
    fn a_key_is_found_wherever_a_client_puts_it() {
        let mut keys = Keys::default();
        keys.add(key("one", "sk-one")).unwrap();
        keys.add(key("two", "sk-two")).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        for (pairs, expected) in [
            (&[("authorization", "Bearer sk-one")][..], Ok("one")),
            (&[("authorization", "bearer sk-two")], Ok("two")),
            (&[("authorization", "BEARER   sk-two ")], Ok("two")),
            (&[("x-api-key", "sk-one")], Ok("one")),
            (&[("api-key", "sk-one")], Ok("one")),
            (&[("x-litellm-api-key", "sk-one")], Ok("one")),
            (&[("x-litellm-api-key", "Bearer sk-two")], Ok("two")),
            (
                &[("x-litellm-api-key", "Bearer wrong")],
                Err(NoEntry::WrongKey),
            ),
            (
                &[("x-api-key", "wrong"), ("authorization", "Bearer sk-two")],
                Ok("two"),
            ),
            (&[("authorization", "Basic sk-one")], Err(NoEntry::NoKey)),
            (&[("authorization", "sk-one")], Err(NoEntry::NoKey)),
            (&[("authorization", "Bearer ")], Err(NoEntry::NoKey)),
            (&[("x-api-key", "")], Err(NoEntry::NoKey)),
            (&[("x-api-key", "sk-on")], Err(NoEntry::WrongKey)),
            (&[("x-api-key", "sk-onee")], Err(NoEntry::WrongKey)),
            (&[("x-api-key", "SK-ONE")], Err(NoEntry::WrongKey)),
            (&[], Err(NoEntry::NoKey)),
        ] {
            let admitted = keys.admit(&headers(pairs), now);
            assert_eq!(admitted.map(|it| it.name.as_str()), expected, "{pairs:?}");
        }
        assert!(!format!("{keys:?}").contains("sk-one"));
    }

    #[test]
    fn a_day_ends_a_key_at_its_end_and_a_moment_at_once() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let day = Expiry::parse("2026-11-30").unwrap();
        assert!(!day.is_over(at("2026-11-30T23:59:59Z")));
        assert!(day.is_over(at("2026-12-01T00:00:00Z")));
        let moment = Expiry::parse("2026-11-30T12:00:00+02:00").unwrap();
        assert!(!moment.is_over(at("2026-11-30T09:59:59Z")));
        assert!(moment.is_over(at("2026-11-30T10:00:00Z")));
        for text in ["", "soon", "2026-13-01", "30.11.2026"] {
            assert_eq!(Expiry::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_key_is_for_exactly_the_models_that_it_names() {
        let scoped = Key {
            models: Some(vec!["claude-opus-5".to_owned()]),
            ..key("scoped", "sk-scoped")
        };
        assert!(scoped.may_ask("claude-opus-5"));
        for other in ["claude-opus", "claude-opus-5-5", "CLAUDE-OPUS-5", ""] {
            assert!(!scoped.may_ask(other), "{other}");
        }
        assert!(key("all", "sk-all").may_ask("anything"));
    }

    #[test]
    fn what_could_never_be_offered_is_no_key() {
        let mut keys = Keys::default();
        for bad in ["", "two words", "schlüssel", "a\nb"] {
            assert_eq!(keys.add(key("bad", bad)), Err(BadKey), "{bad:?}");
        }
        keys.add(key("one", "same")).unwrap();
        assert_eq!(keys.add(key("two", "same")), Err(BadKey));
    }
}
