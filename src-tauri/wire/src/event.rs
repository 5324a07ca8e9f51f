//! Events of a stream.

mod fields;
mod shortcut;

use crate::api_error::ApiError;
use crate::block::Block;
use crate::extras::Extras;
use crate::literal::Literal;
use crate::object::Object;
use crate::raw::{BadJson, Raw};
use crate::stop::StopReason;
use crate::usage::Usage;

use fields::Fields;

/// One event of a streamed answer.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/streaming>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StreamEvent {
    /// The answer begins.
    MessageStart(MessageStart),
    /// A block begins.
    BlockStart {
        /// Its place in the message.
        index: u32,
        /// What there is of it: empty, or whole for kinds that are not streamed.
        block: Block,
    },
    /// More of a block.
    BlockDelta {
        /// The block's place in the message.
        index: u32,
        /// What is added.
        delta: Delta,
    },
    /// A block is complete.
    BlockStop {
        /// Its place in the message.
        index: u32,
    },
    /// Something about the message as a whole. May come several times.
    MessageDelta(MessageDelta),
    /// The answer is complete.
    MessageStop,
    /// A sign of life.
    Ping,
    /// The answer broke off; an HTTP status of 200 had been sent already.
    Error(ApiError),
    /// An event that came after this program; to be passed over.
    Unknown {
        /// Its type.
        name: String,
        /// Its data, verbatim.
        data: String,
    },
}

/// The beginning of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageStart {
    /// The message's id, `msg_…`.
    pub id: Option<String>,
    /// The model, as the API calls it. On Foundry no key to what was deployed.
    pub model: Option<String>,
    /// First counts.
    pub usage: Usage,
    /// What the answer says beside, as far as it is known.
    pub extras: Extras,
    /// The whole `message` object.
    pub raw: Raw,
}

/// What is known of the message as a whole, later than its beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageDelta {
    /// Why it ends.
    pub stop_reason: Option<StopReason>,
    /// Which stop sequence ended it.
    pub stop_sequence: Option<String>,
    /// More about why it ends, such as a refusal's category.
    pub stop_details: Option<Raw>,
    /// What the answer says beside.
    pub extras: Extras,
    /// Counts so far: they replace earlier ones.
    pub usage: Usage,
}

/// What is added to a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delta {
    /// Text.
    Text(Literal),
    /// Thinking.
    Thinking(Literal),
    /// The signature of a thinking block, whole.
    Signature(Literal),
    /// A piece of the JSON text of a tool's input. Pieces need not be valid JSON.
    InputJson(Literal),
    /// One more of the text's citations.
    Citation(Raw),
    /// The members of a compaction block, all at once.
    Compaction(Raw),
    /// A kind that came after this program.
    Unknown {
        /// Its type; empty when it has none.
        kind: String,
        /// The whole delta.
        raw: Raw,
    },
}

impl StreamEvent {
    /// Reads one event. Its type is that of the data; `name`, the event's name in the
    /// stream, counts when the data has none.
    ///
    /// # Errors
    ///
    /// [`BadEvent`] when a known event, or one without a name of its own, is not a
    /// JSON object, or when a known event lacks what it is for.
    pub fn parse(name: &str, data: &str) -> Result<Self, BadEvent> {
        if let Some(more) = shortcut::more_of_a_block(name, data) {
            return Ok(more);
        }
        Self::parse_any(name, data)
    }

    fn parse_any(name: &str, data: &str) -> Result<Self, BadEvent> {
        let event = match Object::parse(data) {
            Ok(event) => event,
            Err(_) if name == "ping" => return Ok(Self::Ping),
            Err(source) if must_be_json(name, data) => {
                let event = name.to_owned();
                return Err(BadEvent::NotAnObject { event, source });
            }
            Err(_) => return Ok(unknown(name, data)),
        };
        let kind = match event.text("type") {
            Some(kind) => kind,
            // What stands between us and the API reports its failures without a name.
            None if is_unnamed(name) && event.get("error").is_some() => "error".to_owned(),
            None => name.to_owned(),
        };
        let fields = Fields::new(&kind, event);
        match kind.as_str() {
            "message_start" => fields.message_start().map(Self::MessageStart),
            "content_block_start" => fields.block_start(),
            "content_block_delta" => fields.block_delta(),
            "content_block_stop" => fields.index().map(|index| Self::BlockStop { index }),
            "message_delta" => fields.message_delta().map(Self::MessageDelta),
            "message_stop" => Ok(Self::MessageStop),
            "ping" => Ok(Self::Ping),
            "error" => ApiError::parse(data)
                .map(Self::Error)
                .ok_or_else(|| fields.lacks("error")),
            other => Ok(unknown(other, data)),
        }
    }
}

/// An event that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum BadEvent {
    /// Its data is not a JSON object.
    #[error("the data of the event `{event}`: {source}")]
    NotAnObject {
        /// The event's name.
        event: String,
        /// What is wrong.
        source: BadJson,
    },
    /// It lacks a member, or has something else in its place.
    #[error("the event `{event}` has no usable `{member}`")]
    Lacks {
        /// The event's type.
        event: String,
        /// The member.
        member: &'static str,
    },
}

fn unknown(name: &str, data: &str) -> StreamEvent {
    StreamEvent::Unknown {
        name: name.to_owned(),
        data: data.to_owned(),
    }
}

/// Data that is not an object is the business of whoever named the event, unless the
/// name is one of ours, or there is none. `[DONE]` is how other dialects end a stream,
/// and gateways that speak several have been known to add it.
fn must_be_json(name: &str, data: &str) -> bool {
    const OURS: [&str; 7] = [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
        "error",
    ];
    OURS.contains(&name) || (is_unnamed(name) && data.trim() != "[DONE]")
}

/// `message` is the name of an event that was sent without one.
/// Source: <https://html.spec.whatwg.org/multipage/server-sent-events.html>.
fn is_unnamed(name: &str) -> bool {
    name.is_empty() || name == "message"
}
