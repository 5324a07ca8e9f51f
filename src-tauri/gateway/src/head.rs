//! What of a request's body has to be known: the model, and whether a stream is asked for. The
//! rest is not read, and where the model goes by another name, its name alone is replaced.

use std::ops::Range;

use bytes::{Bytes, BytesMut};
use serde::Deserialize;
use serde_json::value::RawValue;

/// The head of a request's body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) model: String,
    pub(crate) stream: bool,
    /// Where the model's name stands in the body, quotes included.
    place: Range<usize>,
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
        // The name was borrowed from the body, so it lies within.
        let start = raw.as_ptr() as usize - body.as_ptr() as usize;
        Ok(Self {
            model,
            stream: members.stream.is_some_and(|raw| raw.get() == "true"),
            place: start..start + raw.len(),
        })
    }

    /// The body with another name for the model, and otherwise as it came.
    pub(crate) fn renamed(&self, body: &Bytes, model: &str) -> Bytes {
        if self.model == model {
            return body.clone();
        }
        let name = serde_json::to_vec(model).expect("BUG: a text is JSON");
        let mut renamed = BytesMut::with_capacity(body.len() + name.len());
        renamed.extend_from_slice(&body[..self.place.start]);
        renamed.extend_from_slice(&name);
        renamed.extend_from_slice(&body[self.place.end..]);
        renamed.freeze()
    }
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
