//! Content → the events of a stream, or the one JSON of an answer that is not streamed.
//!
//! The grammar is that of <https://platform.claude.com/docs/en/build-with-claude/streaming>:
//! `message_start`, blocks one after another with rising index, `message_delta`, `message_stop`.

use serde_json::{Value, json};

use crate::random::Random;
use crate::script::{Part, Stop};
use crate::signature::Signer;

/// What an answer says about itself.
pub(crate) struct Letterhead {
    pub(crate) base_model: &'static str,
    pub(crate) input_tokens: u64,
    pub(crate) signer: Signer,
    /// Where ids come from.
    pub(crate) ids: Random,
    pub(crate) pings: Pings,
}

/// Whether `ping` events are strewn in. Scripts count events, so theirs have none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pings {
    Strewn,
    Never,
}

/// An event, and what kind of moment it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) bytes: Vec<u8>,
    pub(crate) moment: Moment,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Part of the frame around the content: goes at once.
    Framing,
    /// About a token: goes at the pace, and through the gate.
    Token,
    /// First event of the ending: goes through the gate.
    Ending,
}

/// The events of one answer.
pub(crate) fn stream(parts: &[Part], stop: &Stop, head: Letterhead) -> Vec<Frame> {
    let mut events = Events {
        frames: Vec::new(),
        index: 0,
        spent: Spent::default(),
        thinks: thinks(parts),
        head,
    };
    events.start();
    for part in parts {
        events.part(part);
    }
    events.finish(parts, stop);
    events.frames
}

/// The same answer as one message.
pub(crate) fn message(parts: &[Part], stop: &Stop, mut head: Letterhead) -> Value {
    let id = message_id(&mut head.ids);
    let mut spent = Spent::default();
    let content: Vec<Value> = parts
        .iter()
        .filter_map(|part| {
            spent.add(part);
            match part {
                Part::Thinking(pieces) => {
                    let thinking = pieces.concat();
                    let signature = head.signer.sign(&thinking);
                    Some(json!({"type": "thinking", "thinking": thinking, "signature": signature}))
                }
                // No `citations`, not even null: some readers take a list or nothing.
                Part::Text(pieces) => Some(json!({"type": "text", "text": pieces.concat()})),
                Part::ToolUse { name, fragments } => {
                    let input = serde_json::from_str(&fragments.concat()).unwrap_or(json!({}));
                    let id = tool_id(&mut head.ids, thinks(parts));
                    Some(json!({"type": "tool_use", "id": id, "name": name, "input": input}))
                }
                Part::Whole(block) => Some(block.clone()),
                Part::Event { .. } => None,
            }
        })
        .collect();
    let mut message = empty_message(&id, &head, spent.total());
    message["content"] = json!(content);
    message["stop_reason"] = json!(stop_reason(parts, stop));
    message["stop_sequence"] = json!(stop.sequence);
    message["stop_details"] = stop.details.clone();
    message["usage"]["output_tokens_details"] = json!({"thinking_tokens": spent.thinking});
    message
}

/// One event in wire form.
pub(crate) fn event(name: &str, data: &str) -> Vec<u8> {
    format!("event: {name}\ndata: {data}\n\n").into_bytes()
}

/// Output tokens so far.
#[derive(Default)]
struct Spent {
    thinking: u64,
    other: u64,
}

impl Spent {
    fn add(&mut self, part: &Part) {
        match part {
            Part::Thinking(pieces) => self.thinking += pieces.len() as u64,
            Part::Text(pieces) => self.other += pieces.len() as u64,
            Part::ToolUse { fragments, .. } => self.other += 12 + fragments.len() as u64,
            Part::Whole(_) => self.other += 8,
            Part::Event { .. } => {}
        }
    }

    fn total(&self) -> u64 {
        (self.thinking + self.other).max(1)
    }
}

struct Events {
    frames: Vec<Frame>,
    index: u32,
    spent: Spent,
    thinks: bool,
    head: Letterhead,
}

impl Events {
    fn push(&mut self, moment: Moment, data: &Value) {
        let name = data["type"].as_str().unwrap_or("message");
        let bytes = event(name, &data.to_string());
        self.frames.push(Frame { bytes, moment });
    }

    fn start(&mut self) {
        let id = message_id(&mut self.head.ids);
        let message = empty_message(&id, &self.head, 1);
        self.push(
            Moment::Framing,
            &json!({"type": "message_start", "message": message}),
        );
    }

    fn part(&mut self, part: &Part) {
        self.spent.add(part);
        match part {
            Part::Thinking(pieces) => {
                self.open(&json!({"type": "thinking", "thinking": "", "signature": ""}));
                for piece in pieces {
                    self.delta(&json!({"type": "thinking_delta", "thinking": piece}));
                }
                let signature = self.head.signer.sign(&pieces.concat());
                let delta = json!({"type": "signature_delta", "signature": signature});
                self.push_delta(Moment::Framing, &delta);
                self.close();
            }
            Part::Text(pieces) => {
                self.open(&json!({"type": "text", "text": ""}));
                for piece in pieces {
                    self.delta(&json!({"type": "text_delta", "text": piece}));
                }
                self.close();
            }
            Part::ToolUse { name, fragments } => {
                let id = tool_id(&mut self.head.ids, self.thinks);
                self.open(&json!({"type": "tool_use", "id": id, "name": name, "input": {}}));
                let first = json!({"type": "input_json_delta", "partial_json": ""});
                self.push_delta(Moment::Framing, &first);
                for fragment in fragments {
                    self.delta(&json!({"type": "input_json_delta", "partial_json": fragment}));
                }
                self.close();
            }
            Part::Whole(block) => {
                self.open(block);
                self.close();
            }
            Part::Event { name, data } => {
                let bytes = event(name, data);
                self.frames.push(Frame {
                    bytes,
                    moment: Moment::Token,
                });
            }
        }
    }

    fn open(&mut self, block: &Value) {
        let start =
            json!({"type": "content_block_start", "index": self.index, "content_block": block});
        self.push(Moment::Framing, &start);
        if self.index == 0 {
            self.ping();
        }
    }

    fn delta(&mut self, delta: &Value) {
        self.push_delta(Moment::Token, delta);
        if self.frames.len().is_multiple_of(97) {
            self.ping();
        }
    }

    fn push_delta(&mut self, moment: Moment, delta: &Value) {
        let event = json!({"type": "content_block_delta", "index": self.index, "delta": delta});
        self.push(moment, &event);
    }

    fn close(&mut self) {
        self.push(
            Moment::Framing,
            &json!({"type": "content_block_stop", "index": self.index}),
        );
        self.index += 1;
    }

    fn ping(&mut self) {
        if self.head.pings == Pings::Strewn {
            self.push(Moment::Framing, &json!({"type": "ping"}));
        }
    }

    fn finish(&mut self, parts: &[Part], stop: &Stop) {
        let mut delta = json!({
            "stop_reason": stop_reason(parts, stop),
            "stop_sequence": stop.sequence,
        });
        if !stop.details.is_null() {
            delta["stop_details"] = stop.details.clone();
        }
        let usage = json!({
            "output_tokens": self.spent.total(),
            "output_tokens_details": {"thinking_tokens": self.spent.thinking},
        });
        let event = json!({"type": "message_delta", "delta": delta, "usage": usage});
        self.push(Moment::Framing, &event);
        self.push(Moment::Framing, &json!({"type": "message_stop"}));
        // The last block's end belongs to the ending: a gate that holds it back holds all.
        let last_token = self
            .frames
            .iter()
            .rposition(|frame| frame.moment == Moment::Token);
        if let Some(first) = self.frames.get_mut(last_token.map_or(1, |at| at + 1)) {
            first.moment = Moment::Ending;
        }
    }
}

fn empty_message(id: &str, head: &Letterhead, output_tokens: u64) -> Value {
    json!({
        "id": id,
        "type": "message",
        "role": "assistant",
        "model": head.base_model,
        "content": [],
        "stop_reason": null,
        "stop_sequence": null,
        "stop_details": null,
        "container": null,
        "usage": {
            "input_tokens": head.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output_tokens,
            "server_tool_use": null,
            // One of the published tiers, because strict readers refuse others.
            "service_tier": "standard",
            // The mark that no real answer carries; any text may stand here.
            "inference_geo": "loopback",
            "speed": "standard",
        },
    })
}

fn stop_reason<'a>(parts: &[Part], stop: &'a Stop) -> &'a str {
    match (&stop.reason, parts.last()) {
        (Some(reason), _) => reason,
        (None, Some(Part::ToolUse { .. })) => "tool_use",
        (None, _) => "end_turn",
    }
}

fn message_id(ids: &mut Random) -> String {
    format!("msg_01{}", ids.letters(22))
}

/// The last letter of a call's id when it was thought about before.
const THOUGHT_ABOUT: char = 'T';

fn tool_id(ids: &mut Random, thought: bool) -> String {
    let last = if thought { THOUGHT_ABOUT } else { 'u' };
    format!("toolu_01{}{last}", ids.letters(21))
}

/// Whether the answer that made a call thought before it, as its id says.
pub(crate) fn is_thought_about(tool_id: &str) -> bool {
    tool_id.starts_with("toolu_01") && tool_id.ends_with(THOUGHT_ABOUT)
}

fn thinks(parts: &[Part]) -> bool {
    parts.iter().any(|part| matches!(part, Part::Thinking(_)))
}
