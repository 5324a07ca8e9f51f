//! What a request was sent with, to be taken out of what comes back: some gateways repeat the
//! key that they refuse.

mod pieces;

pub use pieces::Veiling;
use reqwest::header::{HeaderMap, HeaderValue};

use crate::failure::Failure;
use crate::secret::Secret;

/// Instead of a secret.
const HIDDEN: &[u8] = b"<redacted>";
/// What is shorter is no secret, and hiding it would leave holes in ordinary words.
const SHORTEST: usize = 8;

/// The secrets that one request was sent with.
#[derive(Debug)]
pub struct Veil {
    secrets: Vec<Secret>,
}

impl Veil {
    pub(super) fn over<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let secrets = secrets.map(|secret| Secret::new(secret.to_owned()));
        Self {
            secrets: secrets.collect(),
        }
    }

    /// The failure without what was sent.
    #[must_use]
    pub fn failure(&self, failure: Failure) -> Failure {
        let secrets: Vec<&str> = self.secrets.iter().map(Secret::expose).collect();
        failure.without(&secrets)
    }

    /// The same for bytes that come in pieces.
    #[must_use]
    pub fn over_pieces(self) -> Veiling {
        Veiling::new(self)
    }

    /// The bytes without what was sent, also where JSON spells it with escapes or the end is cut
    /// off within it. They are the same bytes where nothing of it is in them.
    pub(super) fn bytes(&self, text: Vec<u8>) -> Vec<u8> {
        let (hidden, _) = self.hide(&text, |_| false);
        hidden.unwrap_or(text)
    }

    /// Hides what was sent as far as where `waits` says of the rest that more has to come first.
    /// Returns how far that is, and the bytes up to there where they are not the same.
    fn hide(&self, text: &[u8], waits: impl Fn(&[u8]) -> bool) -> (Option<Vec<u8>>, usize) {
        let starts = self.starts();
        let mut hidden = Vec::new();
        let mut copied = 0;
        let mut at = 0;
        loop {
            let next = text[at..].iter().position(|byte| starts.has(*byte));
            at = next.map_or(text.len(), |next| at + next);
            if at == text.len() || waits(&text[at..]) {
                break;
            }
            match self.longest(&text[at..]) {
                Some(length) => {
                    hidden.extend_from_slice(&text[copied..at]);
                    hidden.extend_from_slice(HIDDEN);
                    at += length;
                    copied = at;
                }
                None => at += 1,
            }
        }
        let changed = (copied > 0).then(|| {
            hidden.extend_from_slice(&text[copied..at]);
            hidden
        });
        (changed, at)
    }

    /// The headers without what was sent.
    pub(super) fn headers(&self, mut headers: HeaderMap) -> HeaderMap {
        for value in headers.values_mut() {
            let hidden = self.bytes(value.as_bytes().to_vec());
            if hidden != value.as_bytes() {
                let hidden = HeaderValue::from_bytes(&hidden);
                *value = hidden.expect("BUG: a header without a part of it is no header");
            }
        }
        headers
    }

    /// How far the longest secret goes that `text` begins with, whole or cut off by its end.
    fn longest(&self, text: &[u8]) -> Option<usize> {
        let reaches = self
            .hidden()
            .filter_map(|secret| match reach(text, secret) {
                Reach::Whole(length) => Some(length),
                Reach::CutOff { known } => (known >= SHORTEST).then_some(text.len()),
                Reach::Other => None,
            });
        reaches.max()
    }

    /// More bytes could make a secret of all of `text`, or a longer one.
    fn is_open(&self, text: &[u8]) -> bool {
        let is_cut = |secret| matches!(reach(text, secret), Reach::CutOff { .. });
        self.hidden().any(is_cut)
    }

    /// What a hidden secret can begin with.
    fn starts(&self) -> Starts {
        let mut starts = Starts([false; 256]);
        for first in self.hidden().filter_map(<[u8]>::first) {
            starts.0[usize::from(*first)] = true;
            // An escape of any byte.
            starts.0[usize::from(b'\\')] = true;
        }
        starts
    }

    /// The secrets that are hidden.
    fn hidden(&self) -> impl Iterator<Item = &[u8]> {
        let secrets = self.secrets.iter().map(|it| it.expose().as_bytes());
        secrets.filter(|secret| secret.len() >= SHORTEST)
    }
}

/// The bytes that have to be looked at more closely, which are few.
struct Starts([bool; 256]);

impl Starts {
    fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte)]
    }
}

/// How much of a secret a text begins with.
enum Reach {
    /// All of it, in so many bytes.
    Whole(usize),
    /// The text ends within it, after so many bytes of the secret.
    CutOff {
        known: usize,
    },
    Other,
}

fn reach(text: &[u8], secret: &[u8]) -> Reach {
    let mut at = 0;
    for (known, byte) in secret.iter().enumerate() {
        match spelling(&text[at..], *byte) {
            Spelling::Of(length) => at += length,
            Spelling::CutOff => return Reach::CutOff { known },
            Spelling::Other => return Reach::Other,
        }
    }
    Reach::Whole(at)
}

/// What a text begins with, compared to one byte of a secret.
enum Spelling {
    /// That byte, in so many bytes.
    Of(usize),
    /// The text ends before it can be told.
    CutOff,
    Other,
}

/// Compares with the byte itself, and with its escapes in JSON (RFC 8259, section 7).
fn spelling(text: &[u8], byte: u8) -> Spelling {
    match text {
        [] => Spelling::CutOff,
        [b'\\', second @ (b'"' | b'/' | b'\\'), ..] if *second == byte => Spelling::Of(2),
        [b'\\', b't', ..] if byte == b'\t' => Spelling::Of(2),
        [first, ..] if *first == byte => Spelling::Of(1),
        [b'\\'] => Spelling::CutOff,
        [b'\\', b'u', code @ ..] => match code.get(..4).map(std::str::from_utf8) {
            None => Spelling::CutOff,
            Some(Ok(code)) if u32::from_str_radix(code, 16) == Ok(byte.into()) => Spelling::Of(6),
            Some(_) => Spelling::Other,
        },
        _ => Spelling::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_however_it_is_spelled() {
        let veil = Veil::over(["canary+key/1==", "canary+key/1==more", "seven", ""].into_iter());
        for (text, expected) in [
            ("nothing of it \\u00e4 \\", None),
            ("seven is short", None),
            ("canary+key/2==", None),
            ("canary+", None),
            ("", None),
            ("canary+key/1==", Some("<redacted>")),
            ("canary+key/1==more!", Some("<redacted>!")),
            (
                "{\"m\":\"canary\\u002Bkey\\/1\\u003d\\u003D, canary+key/1==\"}",
                Some("{\"m\":\"<redacted>, <redacted>\"}"),
            ),
            ("cut: canary+k", Some("cut: <redacted>")),
            ("cut: canary+key\\u00", Some("cut: <redacted>")),
            ("canary+kcanary+key/1==", Some("canary+k<redacted>")),
        ] {
            let hidden = veil.bytes(text.as_bytes().to_vec());
            let hidden = String::from_utf8(hidden).unwrap();
            assert_eq!(hidden, expected.unwrap_or(text), "{text}");
        }
        assert_eq!(veil.bytes(vec![0xff, 0x80]), [0xff, 0x80]);
        assert!(!format!("{veil:?}").contains("canary"));
    }

    #[test]
    fn headers_lose_it_too() {
        let veil = Veil::over(["canary+key/1=="].into_iter());
        let mut headers = HeaderMap::new();
        headers.append("x-echo", HeaderValue::from_static("key canary+key/1==!"));
        headers.append("x-echo", HeaderValue::from_static("other"));
        let headers = veil.headers(headers);
        let values: Vec<_> = headers.get_all("x-echo").iter().collect();
        assert_eq!(values, ["key <redacted>!", "other"]);
    }
}
