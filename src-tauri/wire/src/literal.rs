//! The inside of a JSON string, escapes as they arrived.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use memchr::memchr_iter;
use serde::Deserialize;

use crate::raw::Raw;

/// A text in the spelling of its JSON string literal, without the quotes.
///
/// Fragments of a stream are joined in this form. Joining cannot lose anything: every
/// escape stays as it was written, and a surrogate pair whose halves arrive in two
/// fragments becomes whole again. Equality is that of the spelling.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Literal {
    body: Cow<'static, str>,
}

impl Literal {
    /// A name of this program's own, of which no character is escaped.
    pub(crate) const fn name(name: &'static str) -> Self {
        let body = Cow::Borrowed(name);
        Self { body }
    }

    fn spelled_as(body: String) -> Self {
        let body = Cow::Owned(body);
        Self { body }
    }

    /// What the literal says. A surrogate without its partner becomes U+FFFD.
    #[must_use]
    pub fn decode(&self) -> String {
        self.decode_exactly()
            .unwrap_or_else(|| decode_lone_surrogates(&self.quoted()))
    }

    /// What the literal says, without a copy where it is spelled that way.
    pub(crate) fn into_decoded(self) -> String {
        match self.body.contains('\\') {
            true => self.decode(),
            false => self.body.into_owned(),
        }
    }

    /// What the literal says; none when a surrogate in it has no partner.
    pub(crate) fn decode_exactly(&self) -> Option<String> {
        if self.body.contains('\\') {
            serde_json::from_str(&self.quoted()).ok()
        } else {
            Some(self.body.clone().into_owned())
        }
    }

    /// There is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }

    /// Appends what follows.
    pub fn push(&mut self, next: &Literal) {
        self.body.to_mut().push_str(&next.body);
    }

    /// Takes off the end what is half of a character: an escaped surrogate whose partner
    /// would have to follow.
    pub(crate) fn split_half(&mut self) -> Literal {
        let body = self.half().map(|at| self.body.to_mut().split_off(at));
        body.map(Self::spelled_as).unwrap_or_default()
    }

    /// Something would be taken off its end.
    pub(crate) fn ends_in_half(&self) -> bool {
        self.half().is_some()
    }

    /// Where the half of a character begins that stands at the end.
    fn half(&self) -> Option<usize> {
        let at = self.body.len().checked_sub(6)?;
        let end = self.body.get(at..)?.as_bytes();
        let is_half = end.starts_with(b"\\u")
            && end[2].eq_ignore_ascii_case(&b'd')
            && matches!(end[3], b'8' | b'9' | b'a' | b'b' | b'A' | b'B');
        if !is_half {
            return None;
        }
        // A backslash that is itself escaped begins no escape.
        let before = &self.body[..at];
        let slashes = before.len() - before.trim_end_matches('\\').len();
        slashes.is_multiple_of(2).then_some(at)
    }

    /// The literal says `text`.
    pub(crate) fn says(&self, text: &str) -> bool {
        // An escape is longer than what it stands for.
        match self.body.len().cmp(&text.len()) {
            Ordering::Less => false,
            Ordering::Equal => self.body == text && !self.body.contains('\\'),
            Ordering::Greater => self.body.contains('\\') && self.decode() == text,
        }
    }

    /// The literal of a JSON string; none for any other value.
    pub(crate) fn of(raw: &Raw) -> Option<Self> {
        Self::in_quotes(raw.json())
    }

    /// The same, of a value's text.
    pub(crate) fn in_quotes(json: &str) -> Option<Self> {
        Some(Self::spelled_as(inside(json)?.to_owned()))
    }

    /// What a JSON string says; none for any other value.
    pub(crate) fn decoded(raw: &Raw) -> Option<String> {
        let body = inside(raw.json())?;
        match body.contains('\\') {
            true => Some(Self::of(raw)?.decode()),
            false => Some(body.to_owned()),
        }
    }

    /// Some escape in it may be a surrogate, and so half of a character.
    pub(crate) fn may_have_surrogates(&self) -> bool {
        may_escape_surrogates(&self.body)
    }

    /// The text between the quotes, as it is spelled.
    pub(crate) fn spelled(&self) -> &str {
        &self.body
    }

    /// The JSON string.
    pub(crate) fn raw(&self) -> Raw {
        Raw::composed(self.quoted())
    }

    /// The text of the JSON string, quotes included.
    pub(crate) fn quoted(&self) -> String {
        let mut quoted = String::with_capacity(self.body.len() + 2);
        quoted.push('"');
        quoted.push_str(&self.body);
        quoted.push('"');
        quoted
    }
}

/// RFC 8259, section 7: all that a string cannot hold as it is.
fn is_escaped(byte: u8) -> bool {
    byte < b' ' || byte == b'"' || byte == b'\\'
}

/// The JSON string that says `text`, in as much memory as it needs.
pub(crate) fn quoted(text: &str) -> String {
    quoted_between("", text, "")
}

/// The same between other JSON, so that a large text is written once.
pub(crate) fn quoted_between(before: &str, text: &str, after: &str) -> String {
    let around = before.len() + after.len() + 2;
    if !text.bytes().any(is_escaped) {
        let mut quoted = String::with_capacity(text.len() + around);
        quoted.extend([before, "\"", text, "\"", after]);
        return quoted;
    }
    let longer = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0C => 1,
        // A backslash, a letter and four digits.
        byte if is_escaped(byte) => 5,
        _ => 0,
    };
    let escapes: usize = text.bytes().map(longer).sum();
    let mut quoted = Vec::with_capacity(text.len() + escapes + around);
    quoted.extend_from_slice(before.as_bytes());
    serde_json::to_writer(&mut quoted, text).expect("BUG: a str is a JSON string");
    quoted.extend_from_slice(after.as_bytes());
    String::from_utf8(quoted).expect("BUG: JSON is UTF-8")
}

/// What stands between the quotes of a JSON string.
fn inside(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

/// Somewhere in valid JSON an escape begins as those of surrogates do.
pub(crate) fn may_escape_surrogates(json: &str) -> bool {
    let json = json.as_bytes();
    let mut escapes = memchr_iter(b'\\', json);
    escapes.any(|at| matches!(json.get(at + 1..at + 3), Some(b"ud" | b"uD")))
}

impl From<&str> for Literal {
    fn from(text: &str) -> Self {
        if !text.bytes().any(is_escaped) {
            return Self::spelled_as(text.to_owned());
        }
        let quoted = quoted(text);
        Self::spelled_as(quoted[1..quoted.len() - 1].to_owned())
    }
}

impl From<String> for Literal {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl fmt::Debug for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.quoted())
    }
}

/// Reads a string that serde_json does not accept as UTF-8.
///
/// serde_json hands such a string out as bytes, with every lone surrogate in the three
/// bytes that UTF-8 would have given it, so that it can be replaced as one character.
fn decode_lone_surrogates(quoted: &str) -> String {
    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Bytes(#[serde(deserialize_with = "bytes")] Vec<u8>);

    let Ok(Bytes(mut bytes)) = serde_json::from_str::<Bytes>(quoted) else {
        return quoted[1..quoted.len() - 1].to_owned();
    };
    for at in 0..bytes.len().saturating_sub(2) {
        if bytes[at] == 0xED && bytes[at + 1] >= 0xA0 {
            bytes[at..at + 3].copy_from_slice("\u{FFFD}".as_bytes());
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn bytes<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    struct Owned;
    impl serde::de::Visitor<'_> for Owned {
        type Value = Vec<u8>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
            Ok(bytes.to_vec())
        }
    }
    deserializer.deserialize_bytes(Owned)
}
