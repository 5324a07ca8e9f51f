//! One block while it is streamed.

use crate::block::{Block, BlockKind};
use crate::event::Delta;
use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

use super::{AssembledBlock, INVALID_INPUT};

/// A block's beginning, and what has been added since.
///
/// Additions are kept apart from the beginning and put in only when the block is looked
/// at. They go to the member that their kind names, whatever kind the block is of, so
/// that blocks which came after this program, but are streamed like known ones, are
/// assembled as well.
#[derive(Debug, Clone)]
pub(super) struct Growing {
    start: Block,
    text: Option<Literal>,
    thinking: Option<Literal>,
    signature: Option<Literal>,
    input: Option<Literal>,
    citations: Vec<Raw>,
    compacted: Vec<Object>,
    unapplied: Vec<Raw>,
}

impl Growing {
    pub(super) fn new(start: Block) -> Self {
        Self {
            start,
            text: None,
            thinking: None,
            signature: None,
            input: None,
            citations: vec![],
            compacted: vec![],
            unapplied: vec![],
        }
    }

    /// Adds to the block; what it adds to the text that is shown, if anything.
    pub(super) fn add(&mut self, delta: &Delta) -> Option<String> {
        self.take(delta);
        match delta {
            Delta::Text(text) | Delta::Thinking(text) | Delta::InputJson(text) => {
                (!text.is_empty()).then(|| text.decode())
            }
            Delta::Signature(_)
            | Delta::Citation(_)
            | Delta::Compaction(_)
            | Delta::Unknown { .. } => None,
        }
    }

    /// Adds to the block.
    pub(super) fn take(&mut self, delta: &Delta) {
        match delta {
            Delta::Text(text) => append(&mut self.text, text),
            Delta::Thinking(text) => append(&mut self.thinking, text),
            Delta::InputJson(text) => append(&mut self.input, text),
            // It comes once and whole; the official clients replace it, too.
            Delta::Signature(signature) => self.signature = Some(signature.clone()),
            Delta::Citation(citation) => self.citations.push(citation.clone()),
            Delta::Compaction(raw) => match Object::parse(raw.json()) {
                Ok(members) => self.compacted.push(members),
                Err(_) => self.unapplied.push(raw.clone()),
            },
            Delta::Unknown { raw, .. } => self.unapplied.push(raw.clone()),
        }
    }

    /// The beginning as it is shown.
    pub(super) fn shown_at_start(&self) -> BlockKind {
        match self.start.view() {
            // An empty input is a placeholder for the fragments that follow.
            BlockKind::ToolUse { id, name, .. } if self.starts_without_input() => {
                let input = String::new();
                BlockKind::ToolUse { id, name, input }
            }
            other => other,
        }
    }

    fn starts_without_input(&self) -> bool {
        let input = self.start.members().object("input");
        input.is_none_or(|input| input.is_empty())
    }

    /// The block as it would be if nothing more came.
    pub(super) fn block(&self) -> AssembledBlock {
        let mut members = self.start.members();
        let mut complete = true;
        extend(&mut members, "text", self.text.as_ref());
        extend(&mut members, "thinking", self.thinking.as_ref());
        if let Some(signature) = &self.signature {
            members.set("signature", signature.raw());
        }
        if !self.citations.is_empty() {
            let mut citations = members.list("citations").unwrap_or_default();
            citations.extend(self.citations.iter().cloned());
            members.set("citations", Raw::list(&citations));
        }
        for compacted in &self.compacted {
            let added = compacted.iter().filter(|(key, _)| key != "type");
            added.for_each(|(key, value)| members.set(&key, value.clone()));
        }
        if let Some(input) = &self.input {
            complete = fill_in(&mut members, input);
        }
        // What nothing was added to is kept to the last space.
        let untouched = members == self.start.members();
        AssembledBlock {
            block: if untouched {
                self.start.clone()
            } else {
                Block::from(&members)
            },
            complete,
            unapplied: self.unapplied.clone(),
        }
    }
}

/// Adds to what has come.
fn append(known: &mut Option<Literal>, next: &Literal) {
    known.get_or_insert_default().push(next);
}

/// Continues the string that a block began with.
fn extend(members: &mut Object, key: &str, added: Option<&Literal>) {
    if let Some(added) = added {
        let mut whole = members.literal(key).unwrap_or_default();
        whole.push(added);
        members.set(key, whole.raw());
    }
}

/// Puts the fragments of a tool's input in, as the JSON that they spell; whether they
/// spell an object, which is all that the API takes back.
///
/// Anything else is wrapped as the API's description of fine-grained tool streaming
/// wraps it, in the spelling of the fragments, so that nothing of it is lost.
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming>.
fn fill_in(members: &mut Object, fragments: &Literal) -> bool {
    let text = fragments.decode_exactly();
    // A tool without arguments streams one empty fragment, or none.
    let blank = |text: &str| text.chars().all(|char| " \t\r\n".contains(char));
    if text.as_deref().is_some_and(blank) {
        if members.known("input").is_none() {
            members.set("input", Object::default().raw());
        }
        return true;
    }
    let input = text.and_then(|text| Raw::parse(text).ok());
    match input.filter(Raw::is_object) {
        Some(input) => {
            members.set("input", input);
            true
        }
        None => {
            let mut wrapped = Object::default();
            wrapped.set(INVALID_INPUT, fragments.raw());
            members.set("input", wrapped.raw());
            false
        }
    }
}
