//! What is asked: the same for every contestant, in either dialect.

use bytes::Bytes;
use serde_json::{Value, json};

use crate::answers::Pieces;

/// The deployment that everybody is asked for.
pub(crate) const MODEL: &str = "claude-sonnet-4-5";

/// The dialect of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Dialect {
    /// OpenAI's Chat Completions, which a gateway has to translate.
    Chat,
    /// The Messages API, which it may pass on.
    Messages,
}

impl Dialect {
    pub(crate) const ALL: [Self; 2] = [Self::Chat, Self::Messages];

    /// What the last piece of a complete stream holds.
    pub(crate) fn ending(self) -> &'static [u8] {
        match self {
            Self::Chat => b"[DONE]",
            Self::Messages => b"message_stop",
        }
    }
}

/// The form of the answer that is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Whole,
    Stream { deltas: usize, pieces: Pieces },
}

impl Form {
    /// Reads off a request what is wanted, wherever a gateway put the question.
    pub(crate) fn wanted(body: &[u8]) -> Option<Self> {
        let rest = after(body, b"answer with ")?;
        let end = rest.iter().position(|byte| *byte == b'.')?;
        let words = std::str::from_utf8(&rest[..end]).ok()?;
        match words.split_once(" in ") {
            None if words == "one piece" => Some(Self::Whole),
            None => None,
            Some((deltas, pieces)) => Some(Self::Stream {
                deltas: deltas.parse().ok()?,
                pieces: match pieces {
                    "segments" => Pieces::Segments,
                    "events" => Pieces::Events,
                    _ => return None,
                },
            }),
        }
    }

    fn words(self) -> String {
        match self {
            Self::Whole => "answer with one piece.".to_owned(),
            Self::Stream { deltas, pieces } => {
                let pieces = match pieces {
                    Pieces::Segments => "segments",
                    Pieces::Events => "events",
                };
                format!("answer with {deltas} in {pieces}.")
            }
        }
    }

    /// How often the mark stands in the answer.
    pub(crate) fn marks(self) -> usize {
        match self {
            Self::Whole => 1,
            Self::Stream { deltas, .. } => deltas,
        }
    }
}

fn after<'a>(bytes: &'a [u8], what: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(what.len()).position(|part| part == what)?;
    Some(&bytes[at + what.len()..])
}

/// A short conversation of about a kilobyte, as a chat or a script asks it.
pub(crate) fn body(dialect: Dialect, form: Form) -> Bytes {
    let system = "You are a careful assistant of a small museum. Answer in plain words, say what \
        you do not know, and keep to the point. Visitors are of every age; explain what is not \
        commonly known, and name the room where a thing can be seen.";
    let mut messages = vec![
        message("user", "What is a hearth, and why did people gather there?"),
        message(
            "assistant",
            "It is the floor of a fireplace. People gathered there because it was warm and \
            light, and because food was cooked on it. There is one in room 4.",
        ),
        message(
            "user",
            &format!(
                "Tell me more about it, as for a child of ten: {}",
                form.words()
            ),
        ),
    ];
    let mut body = json!({"model": MODEL, "max_tokens": 4096, "stream": form != Form::Whole});
    match dialect {
        Dialect::Chat => messages.insert(0, message("system", system)),
        Dialect::Messages => body["system"] = json!(system),
    }
    body["messages"] = Value::Array(messages);
    body.to_string().into()
}

fn message(role: &str, content: &str) -> Value {
    json!({"role": role, "content": content})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_read_off_either_dialect() {
        let forms = [
            Form::Whole,
            Form::Stream {
                deltas: 20,
                pieces: Pieces::Segments,
            },
            Form::Stream {
                deltas: 2_000,
                pieces: Pieces::Events,
            },
        ];
        for dialect in Dialect::ALL {
            for form in forms {
                assert_eq!(Form::wanted(&body(dialect, form)), Some(form));
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_is_not_read() {
        for body in [
            "",
            "answer with",
            "answer with much.",
            "answer with x in events.",
        ] {
            assert_eq!(Form::wanted(body.as_bytes()), None, "{body}");
        }
    }
}
