//! From an answer in one piece to a chat completion.
//!
//! What OpenAI's form has no room for stands in `provider_specific_fields`, whose members
//! clients pass over: citations, how the answer really ended, and `content_blocks`, the
//! answer as the API gave it, where thinking, text and calls come in an order, or in
//! kinds, that the other members cannot tell. A client that sends the message back whole
//! sends the blocks back in their order.

use crate::assemble::INVALID_INPUT;
use crate::block::{Block, BlockKind};
use crate::extras::Extras;
use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;
use crate::response::Response;

use super::finish::{self, Called};
use super::lists::Lists;
use super::refusal::Refusal;
use super::text::{number, object, on_one_line, string, whole};
use super::wants::{JsonTool, Wants};
use super::{errors, usage};

/// The body of a chat completion. `created` is in seconds since 1970.
///
/// # Errors
///
/// [`Refusal`] with status 502 when the answer does not say why it ended: nobody said
/// that it is whole.
pub fn translate(
    answer: &Response,
    wants: &Wants,
    id: &str,
    created: u64,
) -> Result<String, Refusal> {
    let Some(stop) = &answer.stop_reason else {
        return Err(errors::broken(
            "the model's answer does not say why it ended",
        ));
    };
    let details = answer.stop_details.as_ref();
    let told = Told::of(&answer.content, wants);
    let unsaid = finish::unsaid(stop, answer.stop_sequence.as_deref(), details);
    let choice = object([
        ("index", Some(number(0))),
        (
            "message",
            Some(told.message(wants, finish::explanation(stop, details), &answer.extras)),
        ),
        ("logprobs", Some(null())),
        (
            "finish_reason",
            Some(string(finish::reason(stop, told.called(wants)))),
        ),
        (
            "provider_specific_fields",
            unsaid.map(|unsaid| unsaid.raw()),
        ),
    ]);
    let completion = object([
        ("id", Some(string(id))),
        ("object", Some(string("chat.completion"))),
        ("created", Some(number(created))),
        ("model", Some(string(&wants.model))),
        ("choices", Some(Raw::list(&[choice.raw()]))),
        ("usage", Some(usage::told(&answer.usage))),
    ]);
    Ok(on_one_line(completion.raw().into_json()))
}

/// The content of an answer, sorted.
#[derive(Default)]
struct Told {
    text: Literal,
    /// Characters are counted only where something is cited.
    cites: bool,
    reasoning: Literal,
    lists: Lists,
    calls: Vec<Raw>,
    json: Option<Raw>,
    blocks: Option<Raw>,
}

impl Told {
    fn of(blocks: &[Block], wants: &Wants) -> Self {
        let mut told = Self {
            cites: blocks
                .iter()
                .any(|block| block.json().contains("citations")),
            ..Self::default()
        };
        for block in blocks {
            told.add(block, wants);
        }
        let json = wants.json_tool.as_ref().filter(|_| told.json.is_some());
        told.blocks = finish::unfit(blocks, json);
        told
    }

    fn add(&mut self, block: &Block, wants: &Wants) {
        let members = block.members();
        match BlockKind::of(&members) {
            BlockKind::Text { .. } => {
                let text = members.literal("text").unwrap_or_default();
                if self.cites {
                    self.lists.cite(&members);
                }
                self.text.push(&text);
            }
            BlockKind::Thinking { .. } => {
                self.reasoning
                    .push(&members.literal("thinking").unwrap_or_default());
                self.lists.thought(&members);
            }
            BlockKind::RedactedThinking => self.lists.thought(&members),
            BlockKind::ToolUse { id, name, input } => match &wants.json_tool {
                Some(tool) if tool.name == name => {
                    self.json.get_or_insert_with(|| unwrapped(tool, &members));
                }
                _ => self
                    .calls
                    .push(call(&id, wants.names.original(&name), &input)),
            },
            BlockKind::ToolResult { .. } | BlockKind::Unknown { .. } => {}
        }
    }

    fn called(&self, wants: &Wants) -> Called {
        if self.json.is_some() && self.calls.is_empty() {
            Called::OnlyJson
        } else if wants.legacy_functions && self.calls.len() == 1 {
            Called::Function
        } else {
            Called::Tools
        }
    }

    fn message(&self, wants: &Wants, refusal: Option<Raw>, extras: &Extras) -> Raw {
        let content = match &self.json {
            Some(json) => string(json.json()),
            None if self.text.is_empty() => null(),
            None => whole(&self.text),
        };
        let function = self
            .calls
            .first()
            .filter(|_| self.called(wants) == Called::Function);
        let function = function.and_then(|call| Object::parse(call.json()).ok()?.known("function"));
        let calls = !self.calls.is_empty() && function.is_none();
        let calls = calls.then(|| Raw::list(&self.calls));
        // They are about places in the text, which is not told beside JSON.
        let annotations = self.lists.annotations().filter(|_| self.json.is_none());
        let reasoning = (!self.reasoning.is_empty()).then(|| whole(&self.reasoning));
        let message = object([
            ("role", Some(string("assistant"))),
            ("content", Some(content)),
            ("refusal", Some(refusal.unwrap_or_else(null))),
            ("annotations", annotations),
            ("reasoning_content", reasoning),
            ("thinking_blocks", self.lists.thinking()),
            ("tool_calls", calls),
            ("function_call", function),
            (
                "provider_specific_fields",
                self.lists.fields(self.blocks.clone(), extras),
            ),
        ]);
        message.raw()
    }
}

fn call(id: &str, name: &str, input: &str) -> Raw {
    let function = object([
        ("name", Some(string(name))),
        ("arguments", Some(string(input))),
    ]);
    let call = object([
        ("id", Some(string(id))),
        ("type", Some(string("function"))),
        ("function", Some(function.raw())),
    ]);
    call.raw()
}

/// The answer in the input of the tool that exists for it.
pub(super) fn unwrapped(tool: &JsonTool, block: &Object) -> Raw {
    let input = block
        .known("input")
        .unwrap_or_else(|| Object::default().raw());
    if !tool.wrapped {
        return input;
    }
    let value = Object::parse(input.json())
        .ok()
        .and_then(|input| input.get("value").cloned());
    value.unwrap_or(input)
}

/// The same of an input that is no JSON, mostly because it was cut off: what there is of the
/// answer or, where it does not even begin, of the input. None of one that is whole.
pub(super) fn unwrapped_part(block: &Object) -> Option<String> {
    let came = block.object("input")?.text(INVALID_INPUT)?;
    let answer = || {
        let inner = came.trim_start().strip_prefix('{')?.trim_start();
        let value = inner.strip_prefix("\"value\"")?.trim_start();
        Some(value.strip_prefix(':')?.trim_start().to_owned())
    };
    Some(answer().unwrap_or_else(|| came.clone()))
}

pub(super) fn null() -> Raw {
    Raw::composed("null".to_owned())
}
