//! Small pieces of JSON.

use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

/// The JSON string that says `text`.
pub(super) fn string(text: &str) -> Raw {
    Literal::from(text).raw()
}

/// The JSON string of a literal. Half of a surrogate pair becomes U+FFFD, for strict
/// readers refuse JSON that has one; everything else stays as it is spelled.
pub(super) fn whole(literal: &Literal) -> Raw {
    match literal.decode_exactly() {
        Some(_) => literal.raw(),
        None => string(&literal.decode()),
    }
}

/// An object of these members, without those that are none.
pub(super) fn object<const N: usize>(members: [(&str, Option<Raw>); N]) -> Object {
    let mut object = Object::default();
    for (key, value) in members {
        if let Some(value) = value {
            object.set(key, value);
        }
    }
    object
}

/// A number.
pub(super) fn number(number: u64) -> Raw {
    Raw::composed(number.to_string())
}

/// Nothing that a person or a model could read.
pub(super) fn is_blank(literal: &Literal) -> bool {
    literal.decode().trim().is_empty()
}

/// JSON in which no reader can mistake a character for the end of a line.
///
/// Some readers of event streams, the one of OpenAI's Python client among them, end lines
/// at U+0085, U+2028 and U+2029, and lose the rest. In valid JSON these characters stand
/// only inside strings, where they may be written as escapes.
pub(super) fn on_one_line(json: String) -> String {
    let ends = |c| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    if !json.contains(ends) {
        return json;
    }
    json.replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}
