//! Small pieces of JSON.

use std::borrow::Cow;

use crate::literal::{Literal, may_escape_surrogates, quoted};
use crate::object::Object;
use crate::raw::Raw;

use super::refusal::Refusal;

/// The JSON string that says `text`.
pub(super) fn string(text: &str) -> Raw {
    Raw::composed(quoted(text))
}

/// The JSON string of a literal. Half of a surrogate pair becomes U+FFFD, for strict
/// readers refuse JSON that has one; everything else stays as it is spelled.
pub(super) fn whole(literal: &Literal) -> Raw {
    match literal.may_have_surrogates() && literal.decode_exactly().is_none() {
        false => literal.raw(),
        true => string(&literal.decode()),
    }
}

/// An object of these members, whose names differ, without those that are none.
pub(super) fn object<const N: usize>(members: [(&'static str, Option<Raw>); N]) -> Object {
    let mut object = Object::default();
    for (key, value) in members {
        if let Some(value) = value {
            object.member(key, value);
        }
    }
    object
}

/// A number.
pub(super) fn number(number: u64) -> Raw {
    Raw::composed(number.to_string())
}

/// The whole number from `least` that the value of `param` is. Some clients write every number as
/// a fraction.
pub(super) fn whole_number(param: &str, value: &Raw, least: u32) -> Result<u32, Refusal> {
    let number: Option<f64> = serde_json::from_str(value.json()).ok();
    let fits = |number: &f64| *number >= f64::from(least) && number.fract() == 0.0;
    let whole = number.filter(fits).ok_or_else(|| {
        let message = format!("`{param}` must be a whole number from {least}");
        Refusal::invalid(param, message)
    })?;
    if whole > f64::from(u32::MAX) {
        let message = format!("`{param}` is too large; it must be at most {}", u32::MAX);
        return Err(Refusal::invalid(param, message));
    }
    Ok(whole as u32)
}

/// A JSON string says nothing that a person or a model could read.
pub(super) fn is_blank(text: &str) -> bool {
    // Nearly every text begins with something that can be read.
    let first = text.chars().nth(1);
    match first.is_some_and(|first| !matches!(first, '\\' | '"') && !first.is_whitespace()) {
        true => false,
        false => Literal::in_quotes(text).is_none_or(|text| text.decode().trim().is_empty()),
    }
}

/// JSON that every reader takes, in one line for all of them.
///
/// Some readers of event streams, the one of OpenAI's Python client among them, end lines
/// at U+0085, U+2028 and U+2029, and lose the rest. In valid JSON these characters stand
/// only inside strings, where they may be written as escapes. Others refuse JSON with half
/// of a surrogate pair, wherever it stands: it becomes U+FFFD.
pub(super) fn on_one_line(json: String) -> String {
    let json = match whole_characters(&json) {
        Cow::Owned(whole) => whole,
        Cow::Borrowed(_) => json,
    };
    if json.is_ascii() {
        return json;
    }
    let ends = |c| matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}');
    if !json.contains(ends) {
        return json;
    }
    json.replace('\u{85}', "\\u0085")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// JSON without halves of surrogate pairs: U+FFFD stands in the place of each. Most JSON has
/// none, and is not copied.
pub(super) fn whole_characters(json: &str) -> Cow<'_, str> {
    if !may_escape_surrogates(json) {
        return Cow::Borrowed(json);
    }
    let mut whole = String::new();
    let mut copied = 0;
    let mut at = 0;
    // Backslashes stand only inside the strings of valid JSON.
    while let Some(before) = json[at..].find('\\') {
        at += before;
        let escape = &json[at..];
        let length = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                whole.push_str(&json[copied..at]);
                whole.push_str("\\ufffd");
                copied = at + 6;
                6
            }
            (Some(_), _) => 6,
            // A backslash and the character that it escapes.
            (None, _) => escape.chars().take(2).map(char::len_utf8).sum(),
        };
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(&json[copied..]);
    Cow::Owned(whole)
}

/// The code unit of the escape that a text begins with, if it is one of four digits.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_half_of_a_character_goes_out() {
        for (json, expected) in [
            (r#"{"a":"\ud83d\ude00"}"#, r#"{"a":"\ud83d\ude00"}"#),
            (r#"["x\uD83D"]"#, r#"["x\ufffd"]"#),
            (r#"["\ude00\ud83d"]"#, r#"["\ufffd\ufffd"]"#),
            (r#"["\ud83d\ud83d\ude00"]"#, r#"["\ufffd\ud83d\ude00"]"#),
            (r#"["\ud83dé"]"#, r#"["\ufffdé"]"#),
            (r#"["\ud83d\n"]"#, r#"["\ufffd\n"]"#),
            // A backslash that is escaped begins no escape.
            (r#"["\\ud83d"]"#, r#"["\\ud83d"]"#),
            (r#"["\\\ud83d"]"#, r#"["\\\ufffd"]"#),
            (r#"["\u0041\"\u0008"]"#, r#"["\u0041\"\u0008"]"#),
        ] {
            assert_eq!(on_one_line(json.to_owned()), expected);
            assert_eq!(whole_characters(json), expected);
        }
    }
}
