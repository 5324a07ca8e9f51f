//! From an event's members to its meaning.

use crate::block::Block;
use crate::extras::Extras;
use crate::literal::Literal;
use crate::object::Object;
use crate::stop::StopReason;
use crate::usage::Usage;

use super::{BadEvent, Delta, MessageDelta, MessageStart, StreamEvent};

/// An event's members, and its type for complaints.
pub(super) struct Fields<'a> {
    kind: &'a str,
    event: Object,
}

impl<'a> Fields<'a> {
    pub(super) fn new(kind: &'a str, event: Object) -> Self {
        Self { kind, event }
    }

    pub(super) fn message_start(&self) -> Result<MessageStart, BadEvent> {
        let message = self.object("message")?;
        let raw = self.event.get("message").cloned();
        Ok(MessageStart {
            id: message.text("id"),
            model: message.text("model"),
            extras: Extras::of(&message),
            usage: Usage::in_member(&message),
            raw: raw.ok_or_else(|| self.lacks("message"))?,
        })
    }

    pub(super) fn block_start(&self) -> Result<StreamEvent, BadEvent> {
        let raw = self.event.get("content_block").cloned();
        let block = raw.and_then(|raw| Block::from_raw(raw).ok());
        Ok(StreamEvent::BlockStart {
            index: self.index()?,
            block: block.ok_or_else(|| self.lacks("content_block"))?,
        })
    }

    pub(super) fn block_delta(&self) -> Result<StreamEvent, BadEvent> {
        let delta = self.object("delta")?;
        let raw = || self.event.get("delta").cloned();
        let kind = delta.text("type").unwrap_or_default();
        let literal = |member| match delta.get(member) {
            // Nothing was said, by a gateway between that has a place for it.
            Some(said) if said.is_null() => Ok(Literal::default()),
            _ => delta.literal(member).ok_or_else(|| self.lacks(member)),
        };
        let delta = match kind.as_str() {
            "text_delta" => Delta::Text(literal("text")?),
            "thinking_delta" => Delta::Thinking(literal("thinking")?),
            "signature_delta" => Delta::Signature(literal("signature")?),
            "input_json_delta" => Delta::InputJson(literal("partial_json")?),
            "citations_delta" => {
                let citation = delta.get("citation").cloned();
                Delta::Citation(citation.ok_or_else(|| self.lacks("citation"))?)
            }
            "compaction_delta" => Delta::Compaction(raw().ok_or_else(|| self.lacks("delta"))?),
            _ => Delta::Unknown {
                kind,
                raw: raw().ok_or_else(|| self.lacks("delta"))?,
            },
        };
        let index = self.index()?;
        Ok(StreamEvent::BlockDelta { index, delta })
    }

    pub(super) fn message_delta(&self) -> Result<MessageDelta, BadEvent> {
        let delta = self.object("delta")?;
        // A container stands in the delta, the others beside it.
        let mut extras = Extras::of(&self.event);
        extras.overwrite(&Extras::of(&delta));
        Ok(MessageDelta {
            stop_reason: StopReason::in_member(&delta),
            stop_sequence: delta.text("stop_sequence"),
            stop_details: delta.known("stop_details"),
            extras,
            usage: Usage::in_member(&self.event),
        })
    }

    pub(super) fn index(&self) -> Result<u32, BadEvent> {
        let index = self.event.count("index");
        let index = index.and_then(|index| u32::try_from(index).ok());
        index.ok_or_else(|| self.lacks("index"))
    }

    fn object(&self, member: &'static str) -> Result<Object, BadEvent> {
        self.event.object(member).ok_or_else(|| self.lacks(member))
    }

    pub(super) fn lacks(&self, member: &'static str) -> BadEvent {
        let event = self.kind.to_owned();
        BadEvent::Lacks { event, member }
    }
}
