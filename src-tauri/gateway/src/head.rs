//! What of a request's body has to be known: the model, and whether a stream is asked for. The
//! rest is not read, and where the model goes by another name, its name alone is replaced.
//!
//! One member is taken out: LiteLLM's SDK, asked with `azure_ad_token`, writes the token into the
//! body as well as into its header. Here that is a key of the gateway's own, which the resource
//! must not see, and it would refuse the member.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// The head of a request's body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Where the model's name stands in the body, quotes included.
    place: Range<usize>,
    /// Where a credential stands in the body, with its name and a comma.
    credential: Option<Range<usize>>,
}

/// Why a body has no head.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NoHead {
    #[error("the body is empty; a JSON object is expected")]
    Empty,
    #[error("the body is not a JSON object: {0}")]
    NotJson(String),
    #[error("model: Field required")]
    NoModel,
    #[error("model: Input should be a valid string")]
    BadModel,
}

#[derive(Deserialize)]
struct Members<'a> {
    #[serde(borrow)]
    model: Option<&'a RawValue>,
    #[serde(borrow)]
    stream: Option<&'a RawValue>,
    #[serde(borrow, default, deserialize_with = "present")]
    azure_ad_token: Option<&'a RawValue>,
}

/// A member that is there, also one that says `null`.
fn present<'de, D: Deserializer<'de>>(member: D) -> Result<Option<&'de RawValue>, D::Error> {
    Deserialize::deserialize(member).map(Some)
}

impl Head {
    /// Reads the head. A member that stands there twice is an error: the resource might read
    /// the other one.
    pub(crate) fn read(body: &[u8]) -> Result<Self, NoHead> {
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            None => return Err(NoHead::Empty),
            Some(b'{') => {}
            Some(_) => return Err(NoHead::NotJson("it does not begin with {".to_owned())),
        }
        let members: Members<'_> =
            serde_json::from_slice(body).map_err(|error| NoHead::NotJson(said(&error)))?;
        let raw = members.model.ok_or(NoHead::NoModel)?.get();
        let model: String = serde_json::from_str(raw).map_err(|_| NoHead::BadModel)?;
        if model.is_empty() {
            return Err(NoHead::BadModel);
        }
        let credential = members.azure_ad_token;
        Ok(Self {
            model,
            stream: members.stream.is_some_and(|raw| raw.get() == "true"),
            place: place(body, raw),
            credential: credential.map(|raw| member(body, &place(body, raw.get()))),
        })
    }

    /// The body with another name for the model, without a credential, and otherwise as it came.
    pub(crate) fn renamed(&self, body: &Bytes, model: &str) -> Bytes {
        if self.model == model && self.credential.is_none() {
            return body.clone();
        }
        let name = serde_json::to_vec(model).expect("BUG: a text is JSON");
        let mut changes = vec![(self.place.clone(), &name[..])];
        changes.extend(self.credential.clone().map(|place| (place, &b""[..])));
        changes.sort_by_key(|(place, _)| place.start);
        let mut renamed = BytesMut::with_capacity(body.len() + name.len());
        let mut copied = 0;
        for (place, new) in changes {
            renamed.extend_from_slice(&body[copied..place.start]);
            renamed.extend_from_slice(new);
            copied = place.end;
        }
        renamed.extend_from_slice(&body[copied..]);
        renamed.freeze()
    }
}

/// Where a value stands that was borrowed from the body, and so lies within.
fn place(body: &[u8], raw: &str) -> Range<usize> {
    let start = raw.as_ptr() as usize - body.as_ptr() as usize;
    start..start + raw.len()
}

/// The whole member whose value stands at `value`, with the comma that joins it to the others.
/// Its name has no quotes within, however it is written.
fn member(body: &[u8], value: &Range<usize>) -> Range<usize> {
    let quotes = body[..value.start].iter().enumerate().rev();
    let mut quotes = quotes.filter(|(_, byte)| **byte == b'"');
    let start = quotes.nth(1).map_or(value.start, |(at, _)| at);
    let is_blank = |byte: &u8| byte.is_ascii_whitespace();
    let after = body[value.end..].iter().position(|byte| !is_blank(byte));
    let after = value.end + after.unwrap_or_default();
    if body.get(after) == Some(&b',') {
        return start..after + 1;
    }
    // It is the last one: the comma before it goes, which is there because a model is, too.
    let before = body[..start].iter().rposition(|byte| !is_blank(byte));
    before.unwrap_or(start)..value.end
}

/// The reader's words without what they may repeat of the body.
fn said(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ if error.to_string().starts_with("duplicate field") => "a member stands there twice",
        _ => "it cannot be read",
    };
    format!("{what}, at line {} column {}", error.line(), error.column())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_name_is_replaced() {
        let body = Bytes::from_static(
            " {\"max_tokens\" : 1e2, \"mod\\u0065l\":\t\"al\\u0069as\" ,\"x\":{\"model\":\"inner\"},\"stream\":true,\"\u{2028}\":1.0}\n"
                .as_bytes(),
        );
        let head = Head::read(&body).unwrap();
        assert_eq!((head.model.as_str(), head.stream), ("alias", true));
        let renamed = head.renamed(&body, "the \"other\"");
        let expected = String::from_utf8(body.to_vec()).unwrap();
        let expected = expected.replace("\"al\\u0069as\"", "\"the \\\"other\\\"\"");
        assert_eq!(renamed, expected.as_bytes());
        assert_eq!(head.renamed(&body, "alias"), body);
    }

    #[test]
    fn a_credential_is_taken_out() {
        for (body, expected) in [
            (
                r#"{"azure_ad_token":"sk-1","model":"a","x":1}"#,
                r#"{"model":"b","x":1}"#,
            ),
            (r#"{"model":"a","azure_ad_token":null}"#, r#"{"model":"b"}"#),
            (
                r#"{"model":"a", "azure_ad_token" : "sk-\"1" , "x":1}"#,
                r#"{"model":"b",  "x":1}"#,
            ),
            (
                "{\"model\":\"a\",\"x\":\"\\\"azure_ad_token\\\":\",\n\"azure\\u005fad_token\":\n\"sk-1\"}",
                "{\"model\":\"b\",\"x\":\"\\\"azure_ad_token\\\":\"}",
            ),
            (
                r#"{"model":"a","x":{"azure_ad_token":"theirs"}}"#,
                r#"{"model":"b","x":{"azure_ad_token":"theirs"}}"#,
            ),
        ] {
            let body = Bytes::from_static(body.as_bytes());
            let head = Head::read(&body).unwrap();
            assert_eq!(head.renamed(&body, "b"), expected.as_bytes());
            let same = expected.replace("\"b\"", "\"a\"");
            assert_eq!(head.renamed(&body, "a"), same.as_bytes());
        }
    }

    #[test]
    fn a_stream_is_asked_for_by_true_and_nothing_else() {
        for (value, expected) in [
            ("true", true),
            (" true ", true),
            ("false", false),
            ("null", false),
            ("1", false),
            ("\"true\"", false),
        ] {
            let body = format!("{{\"model\":\"a\",\"stream\":{value}}}");
            let head = Head::read(body.as_bytes()).unwrap();
            assert_eq!(head.stream, expected, "{value}");
        }
    }

    #[test]
    fn what_has_no_head_is_refused() {
        for (body, expected) in [
            ("", "empty"),
            ("  \n", "empty"),
            ("[\"m\",true]", "does not begin"),
            ("null", "does not begin"),
            ("{", "too early"),
            ("{\"model\":\"a\",\"model\":\"b\"}", "twice"),
            ("{\"model\":\"a\"} x", "cannot be read"),
            ("{}", "Field required"),
            ("{\"model\":null}", "Field required"),
            ("{\"model\":7}", "valid string"),
            ("{\"model\":\"\"}", "valid string"),
            ("\u{feff}{\"model\":\"a\"}", "does not begin"),
        ] {
            let refused = Head::read(body.as_bytes()).unwrap_err().to_string();
            assert!(refused.contains(expected), "{body}: {refused}");
        }
        assert!(Head::read(b"{\"model\":\"\xff\"}").is_err());
    }
}
