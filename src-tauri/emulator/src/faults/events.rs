//! Events added, changed or left out; and the same, where it has a meaning, for an answer
//! in one piece.

use serde_json::{Value, json};

use super::Spoilt;
use crate::frames::{Frame, Moment, event};
use crate::script::{Part, Script};

/// Above the 16 MiB that a client may be expected to take.
const HUGE_EVENT: usize = 20 * 1024 * 1024;
/// Above the 32 MB that a request may have, and so an answer that is sent back.
const HUGE_ANSWER: usize = 40 * 1024 * 1024;
/// Bytes that begin no character.
const NOT_UTF8: &[u8] = &[0xFF, 0xFE];

impl Spoilt {
    /// Adds to what is said.
    pub(crate) fn content(self, script: &mut Script) {
        if self == Spoilt::Unknown {
            script.parts.push(Part::Whole(later_block()));
        }
    }

    /// Changes the events of a stream.
    pub(crate) fn events(self, frames: &mut Vec<Frame>) {
        let middle = middle(frames);
        match self {
            Spoilt::Unknown => {
                frames.insert(middle, later_delta(&frames[middle]));
                frames.insert(1, framing("session_update", &json!({"mood": "calm"})));
            }
            Spoilt::DuplicateStart => frames.insert(1, frames[0].clone()),
            Spoilt::SecondMessage => {
                let start = String::from_utf8_lossy(&frames[0].bytes).replace("\"msg_", "\"msg_x");
                let bytes = start.into_bytes();
                frames.insert(
                    middle,
                    Frame {
                        bytes,
                        moment: Moment::Framing,
                    },
                );
            }
            Spoilt::DeltaFirst => {
                let delta = frames.remove(middle);
                frames.insert(1, delta);
            }
            Spoilt::NoMessageStop => {
                frames.pop();
            }
            Spoilt::NoBlockStop => frames.retain(|frame| !is(frame, "content_block_stop")),
            Spoilt::AfterStop => {
                let delta = json!({"type": "text_delta", "text": "AFTER THE END"});
                let data = json!({"index": 0, "delta": delta});
                frames.push(framing("content_block_delta", &data));
                frames.push(framing("message_stop", &json!({})));
            }
            Spoilt::BadJson => {
                let name = "content_block_delta";
                let bytes = event(name, "{\"type\":\"content_block_delta\",\"index\":0,\"del");
                frames.insert(
                    middle,
                    Frame {
                        bytes,
                        moment: Moment::Framing,
                    },
                );
            }
            Spoilt::InvalidUtf8 => insert_into_text(&mut frames[middle].bytes, NOT_UTF8),
            Spoilt::Huge => insert_into_text(&mut frames[middle].bytes, &vec![b'x'; HUGE_EVENT]),
            Spoilt::Unnamed => frames.iter_mut().for_each(|frame| {
                let end_of_name = frame.bytes.iter().position(|byte| *byte == b'\n');
                frame.bytes.drain(..end_of_name.map_or(0, |end| end + 1));
            }),
            Spoilt::DoneMarker => frames.push(Frame {
                bytes: b"data: [DONE]\n\n".to_vec(),
                moment: Moment::Framing,
            }),
        }
    }

    /// Changes an answer in one piece.
    pub(crate) fn whole(self, message: &mut Value) -> Vec<u8> {
        match self {
            Spoilt::Unknown => message["session_update"] = json!({"mood": "calm"}),
            Spoilt::NoMessageStop => message["stop_reason"] = Value::Null,
            _ => {}
        }
        let mut bytes = message.to_string().into_bytes();
        match self {
            Spoilt::AfterStop => bytes.extend(b"\n{\"type\":\"message\"}"),
            Spoilt::BadJson => bytes.truncate(bytes.len() * 2 / 3),
            Spoilt::InvalidUtf8 => insert_into_text(&mut bytes, NOT_UTF8),
            Spoilt::Huge => insert_into_text(&mut bytes, &vec![b'x'; HUGE_ANSWER]),
            _ => {}
        }
        bytes
    }
}

fn later_block() -> Value {
    json!({"type": "later_block", "detail": {"of": "a kind that came after everyone"}})
}

/// A delta of a new kind for the block that another delta belongs to.
fn later_delta(like: &Frame) -> Frame {
    let index = data(like).map_or(json!(0), |data| data["index"].clone());
    let delta = json!({"type": "later_delta", "detail": 7});
    framing(
        "content_block_delta",
        &json!({"index": index, "delta": delta}),
    )
}

fn framing(name: &str, data: &Value) -> Frame {
    let mut data = data.clone();
    data["type"] = json!(name);
    Frame {
        bytes: event(name, &data.to_string()),
        moment: Moment::Framing,
    }
}

/// The text delta after about two fifths of them; the last event when there is none.
fn middle(frames: &[Frame]) -> usize {
    let is_text = |frame: &Frame| data(frame).is_some_and(|data| data["delta"]["text"].is_string());
    let texts = (0..frames.len()).filter(|at| is_text(&frames[*at]));
    let texts: Vec<usize> = texts.collect();
    let last = frames.len().saturating_sub(1);
    texts.get(texts.len() * 2 / 5).copied().unwrap_or(last)
}

fn data(frame: &Frame) -> Option<Value> {
    let text = std::str::from_utf8(&frame.bytes).ok()?;
    let (_, data) = text.split_once("data: ")?;
    serde_json::from_str(data.trim_end()).ok()
}

fn is(frame: &Frame, kind: &str) -> bool {
    data(frame).is_some_and(|data| data["type"] == kind)
}

/// Writes bytes into the first string that is a text's.
fn insert_into_text(bytes: &mut Vec<u8>, added: &[u8]) {
    const TEXT: &[u8] = b"\"text\":\"";
    let found = bytes.windows(TEXT.len()).position(|at| at == TEXT);
    if let Some(at) = found {
        let rest = bytes.split_off(at + TEXT.len());
        bytes.extend_from_slice(added);
        bytes.extend(rest);
    }
}
