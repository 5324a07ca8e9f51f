//! From the events of a streamed answer to the chunks of a streamed completion.
//!
//! Source for the chunks: <https://platform.openai.com/docs/api-reference/chat-streaming>.

use std::collections::BTreeMap;

use crate::assemble::Assembler;
use crate::block::{Block, BlockKind};
use crate::event::{Delta, StreamEvent};
use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

use super::finish::{self, Called};
use super::lists::Lists;
use super::response::{unwrapped, unwrapped_part};
use super::text::{on_one_line, string, whole};
use super::wants::Wants;
use super::{errors, usage};

/// What goes to the client as the data of one event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A chunk, as JSON on one line.
    Chunk(String),
    /// The answer broke off: an error object, as JSON on one line. Nothing follows.
    Error(String),
    /// The answer is complete. Nothing follows.
    Done,
}

impl Frame {
    /// The data of the event.
    #[must_use]
    pub fn data(&self) -> &str {
        match self {
            Self::Chunk(json) | Self::Error(json) => json,
            Self::Done => "[DONE]",
        }
    }
}

/// Folds the events of one answer into chunks.
///
/// The first chunk names the role, every chunk but the last has `finish_reason: null`,
/// a call keeps its index however calls are interleaved, and `[DONE]` comes only after
/// `message_stop`: what breaks off before ends with an error.
#[derive(Debug, Clone)]
pub struct Chunks {
    wants: Wants,
    /// The members that all chunks share.
    head: String,
    answer: Assembler,
    open: BTreeMap<u32, Open>,
    calls: usize,
    json: bool,
    /// What is told before the end.
    lists: Lists,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Waiting,
    Speaking,
    Over,
}

/// A block on its way.
#[derive(Debug, Clone)]
struct Open {
    kind: Kind,
    /// Half of a character, kept until the other half comes.
    half: Literal,
    /// Something of it was sent.
    sent: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Thinking,
    /// The call with this index.
    Call(usize),
    /// The input of the tool that exists for it, sent as content.
    Json,
    /// The same, sent when it is whole, for only a part of it is the answer.
    WrappedJson,
    /// Sent when it is whole.
    Other,
}

impl Chunks {
    /// Begins. `created` is in seconds since 1970.
    #[must_use]
    pub fn new(wants: Wants, id: &str, created: u64) -> Self {
        let head = format!(
            r#"{{"id":{},"object":"chat.completion.chunk","created":{created},"model":{}"#,
            string(id).json(),
            string(&wants.model).json()
        );
        Self {
            wants,
            head,
            answer: Assembler::default(),
            open: BTreeMap::new(),
            calls: 0,
            json: false,
            lists: Lists::default(),
            phase: Phase::Waiting,
        }
    }

    /// The stream has ended: with `[DONE]`, or with an error.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Takes the next event; what goes to the client because of it.
    pub fn push(&mut self, event: &StreamEvent) -> Vec<Frame> {
        if self.is_over() {
            return vec![];
        }
        if let StreamEvent::Error(error) = event {
            return self.fail(errors::of_event(error).json());
        }
        if let Err(wrong) = self.answer.take(event) {
            let message = format!("the model's answer makes no sense: {wrong}");
            return self.fail(errors::broken(&message).json());
        }
        let mut frames = vec![];
        if self.phase == Phase::Waiting
            && !matches!(event, StreamEvent::Ping | StreamEvent::Unknown { .. })
        {
            self.phase = Phase::Speaking;
            frames.push(self.chunk(&[r#"{"role":"assistant","content":"","refusal":null}"#]));
        }
        match event {
            StreamEvent::BlockStart { index, block } => self.start(*index, block, &mut frames),
            StreamEvent::BlockDelta { index, delta } => self.add(*index, delta, &mut frames),
            StreamEvent::BlockStop { index } => {
                if let Some(finished) = self.answer.block(*index) {
                    self.stop(*index, &finished.block, &mut frames);
                }
            }
            StreamEvent::MessageStop => return self.end(frames),
            StreamEvent::MessageStart(_)
            | StreamEvent::MessageDelta(_)
            | StreamEvent::Ping
            | StreamEvent::Error(_)
            | StreamEvent::Unknown { .. } => {}
        }
        frames
    }

    /// The upstream says no more; what goes to the client because of it: nothing after a
    /// complete answer, an error after any other.
    pub fn finish(&mut self) -> Vec<Frame> {
        if self.is_over() {
            return vec![];
        }
        self.fail(errors::broken("the model's answer broke off before its end").json())
    }

    /// The upstream failed; `error` is what went wrong. It is said unless the answer was
    /// complete already.
    pub fn break_off(&mut self, error: &super::Refusal) -> Vec<Frame> {
        if self.is_over() {
            return vec![];
        }
        self.fail(error.json())
    }

    fn fail(&mut self, json: String) -> Vec<Frame> {
        self.phase = Phase::Over;
        vec![Frame::Error(on_one_line(json))]
    }

    fn start(&mut self, index: u32, block: &Block, frames: &mut Vec<Frame>) {
        let mut open = Open {
            kind: Kind::Other,
            half: Literal::default(),
            sent: false,
        };
        let members = block.members();
        let mut given = Literal::default();
        match BlockKind::of(&members) {
            BlockKind::Text { .. } => {
                // Whether text is the answer, or stands beside it, shows at the end.
                open.kind = match self.wants.json_tool {
                    Some(_) => Kind::Other,
                    None => Kind::Text,
                };
                given = members.literal("text").unwrap_or_default();
            }
            BlockKind::Thinking { .. } => {
                open.kind = Kind::Thinking;
                given = members.literal("thinking").unwrap_or_default();
            }
            BlockKind::ToolUse { id, name, .. } => {
                open.kind = self.kind_of_call(&name);
                if let Kind::Call(call) = open.kind {
                    frames.push(self.call_begins(call, &id, &name));
                }
                // The input that a call begins with counts if no other follows.
            }
            BlockKind::RedactedThinking
            | BlockKind::ToolResult { .. }
            | BlockKind::Unknown { .. } => {}
        }
        self.say(&mut open, &given, frames);
        self.open.insert(index, open);
    }

    fn kind_of_call(&mut self, name: &str) -> Kind {
        match &self.wants.json_tool {
            // A second answer has no place in the content.
            Some(tool) if tool.name == name && self.json => Kind::Other,
            Some(tool) if tool.name == name => {
                self.json = true;
                if tool.wrapped {
                    Kind::WrappedJson
                } else {
                    Kind::Json
                }
            }
            _ => {
                self.calls += 1;
                Kind::Call(self.calls - 1)
            }
        }
    }

    fn call_begins(&self, call: usize, id: &str, name: &str) -> Frame {
        let name = string(self.wants.names.original(name));
        let name = name.json();
        if self.is_function(call) {
            let delta = [r#"{"function_call":{"name":"#, name, r#","arguments":""}}"#];
            return self.chunk(&delta);
        }
        self.chunk(&[
            r#"{"tool_calls":[{"index":"#,
            &call.to_string(),
            r#","id":"#,
            string(id).json(),
            r#","type":"function","function":{"name":"#,
            name,
            r#","arguments":""}}]}"#,
        ])
    }

    /// The call goes out in the older form, which has room for one.
    fn is_function(&self, call: usize) -> bool {
        self.wants.legacy_functions && call == 0
    }

    fn add(&mut self, index: u32, delta: &Delta, frames: &mut Vec<Frame>) {
        let Some(mut open) = self.open.remove(&index) else {
            return;
        };
        match (delta, open.kind) {
            (Delta::Text(more), Kind::Text)
            | (Delta::Thinking(more), Kind::Thinking)
            | (Delta::InputJson(more), Kind::Call(_) | Kind::Json) => {
                self.say(&mut open, more, frames);
            }
            (Delta::Citation(citation), _) => {
                let fields = r#"{"provider_specific_fields":{"citation":"#;
                frames.push(self.chunk(&[fields, citation.json(), "}}"]));
            }
            _ => {}
        }
        self.open.insert(index, open);
    }

    /// Sends more of a block, in the spelling in which it came.
    fn say(&self, open: &mut Open, more: &Literal, frames: &mut Vec<Frame>) {
        // Nearly everything is whole, and goes on as it is.
        if open.half.is_empty() && !more.ends_in_half() {
            if !more.is_empty() {
                frames.extend(self.said(open, more));
            }
            return;
        }
        let mut text = std::mem::take(&mut open.half);
        text.push(more);
        open.half = text.split_half();
        if !text.is_empty() {
            frames.extend(self.said(open, &text));
        }
    }

    fn said(&self, open: &mut Open, text: &Literal) -> Option<Frame> {
        let text = whole(text);
        let text = text.json();
        let chunk = match open.kind {
            Kind::Text | Kind::Json => self.chunk(&[r#"{"content":"#, text, "}"]),
            Kind::Thinking => self.chunk(&[r#"{"reasoning_content":"#, text, "}"]),
            Kind::Call(call) if self.is_function(call) => {
                self.chunk(&[r#"{"function_call":{"arguments":"#, text, "}}"])
            }
            Kind::Call(call) => self.chunk(&[
                r#"{"tool_calls":[{"index":"#,
                &call.to_string(),
                r#","function":{"arguments":"#,
                text,
                "}}]}",
            ]),
            Kind::WrappedJson | Kind::Other => return None,
        };
        open.sent = true;
        Some(chunk)
    }

    fn stop(&mut self, index: u32, block: &Block, frames: &mut Vec<Frame>) {
        let Some(mut open) = self.open.remove(&index) else {
            return;
        };
        let half = std::mem::take(&mut open.half);
        if !half.is_empty() {
            frames.extend(self.said(&mut open, &half));
        }
        let members = block.members();
        match (open.kind, &self.wants.json_tool) {
            (Kind::Call(_) | Kind::Json, _) if !open.sent => {
                let input = members.known("input");
                let input = input.as_ref().map_or("{}", Raw::json);
                frames.extend(self.said(&mut open, &Literal::from(input)));
            }
            (Kind::WrappedJson, Some(tool)) => {
                open.kind = Kind::Json;
                let cut = unwrapped_part(&members);
                let json = cut.unwrap_or_else(|| unwrapped(tool, &members).into_json());
                if !json.is_empty() {
                    frames.extend(self.said(&mut open, &Literal::from(json)));
                }
            }
            (Kind::Text, _) => self.lists.cite(&members),
            (Kind::Thinking, _) => self.lists.thought(&members),
            (Kind::Other, _) if block.view() == BlockKind::RedactedThinking => {
                self.lists.thought(&members);
            }
            _ => {}
        }
    }

    /// The text of an answer in one chunk.
    fn text_of(&self, blocks: &[Block]) -> Option<Frame> {
        let mut text = Literal::default();
        for block in blocks {
            let members = block.members();
            if is_text(&members) {
                text.push(&members.literal("text").unwrap_or_default());
            }
        }
        let text = (!text.is_empty()).then(|| whole(&text))?;
        Some(self.chunk(&[r#"{"content":"#, text.json(), "}"]))
    }

    fn end(&mut self, mut frames: Vec<Frame>) -> Vec<Frame> {
        // A block that was never closed is as whole as it will be.
        for index in self.open.keys().copied().collect::<Vec<_>>() {
            if let Some(block) = self.answer.block(index) {
                self.stop(index, &block.block, &mut frames);
            }
        }
        let answer = self.answer.partial();
        let Some(stop) = &answer.stop_reason else {
            frames.extend(
                self.fail(errors::broken("the model's answer does not say why it ended").json()),
            );
            return frames;
        };
        let called = match (self.json, self.calls) {
            (true, 0) => Called::OnlyJson,
            (_, 1) if self.wants.legacy_functions => Called::Function,
            _ => Called::Tools,
        };
        let details = answer.stop_details.as_ref();
        let unsaid = finish::unsaid(stop, answer.stop_sequence.as_deref(), details);
        let blocks: Vec<Block> = answer
            .blocks
            .iter()
            .map(|block| block.block.clone())
            .collect();
        if self.wants.json_tool.is_some() && !self.json {
            frames.extend(self.text_of(&blocks));
            for block in &blocks {
                let members = block.members();
                if is_text(&members) {
                    self.lists.cite(&members);
                }
            }
        }
        for (name, list) in [
            ("thinking_blocks", self.lists.thinking()),
            ("annotations", self.lists.annotations()),
        ] {
            frames.extend(list.map(|list| self.chunk(&["{\"", name, "\":", list.json(), "}"])));
        }
        let json = self.wants.json_tool.as_ref().filter(|_| self.json);
        let blocks = finish::unfit(&blocks, json);
        let delta = super::text::object([
            ("refusal", finish::explanation(stop, details)),
            (
                "provider_specific_fields",
                self.lists.fields(blocks, &answer.extras),
            ),
        ]);
        let reason = finish::reason(stop, called);
        frames.push(self.choice(
            &[delta.raw().json()],
            Some(reason),
            unsaid.map(|unsaid| unsaid.raw()).as_ref(),
        ));
        if self.wants.include_usage {
            let usage = usage::told(&answer.usage);
            let json = format!(r#"{},"choices":[],"usage":{}}}"#, self.head, usage.json());
            frames.push(Frame::Chunk(on_one_line(json)));
        }
        frames.push(Frame::Done);
        self.phase = Phase::Over;
        frames
    }

    /// A chunk with a delta that is given in parts.
    fn chunk(&self, delta: &[&str]) -> Frame {
        self.choice(delta, None, None)
    }

    fn choice(&self, delta: &[&str], reason: Option<&str>, fields: Option<&Raw>) -> Frame {
        let fields = fields.map(Raw::json);
        let reason = reason.map_or(["null", "", ""], |reason| ["\"", reason, "\""]);
        // Put together by hand, as this is made for every delta.
        let before = [self.head.as_str(), r#","choices":[{"index":0,"delta":"#];
        let after = [
            r#","logprobs":null,"finish_reason":"#,
            reason[0],
            reason[1],
            reason[2],
            fields.map_or("", |_| r#","provider_specific_fields":"#),
            fields.unwrap_or_default(),
            "}]",
            // Clients that ask for usage are told in every chunk that it comes later.
            if self.wants.include_usage {
                r#","usage":null}"#
            } else {
                "}"
            },
        ];
        let parts = || before.iter().chain(delta).chain(&after);
        let mut json = String::with_capacity(parts().map(|part| part.len()).sum());
        parts().for_each(|part| json.push_str(part));
        Frame::Chunk(on_one_line(json))
    }
}

fn is_text(block: &Object) -> bool {
    block.text("type").as_deref() == Some("text")
}
