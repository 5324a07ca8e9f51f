//! An answer that came in one piece.

use crate::block::Block;
use crate::extras::Extras;
use crate::object::Object;
use crate::raw::{BadJson, Raw};
use crate::stop::StopReason;
use crate::usage::Usage;

/// The answer to a request that did not ask for a stream.
///
/// Source: <https://platform.claude.com/docs/en/api/messages/create>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The message's id, `msg_…`.
    pub id: Option<String>,
    /// The model, as the API calls it.
    pub model: Option<String>,
    /// The blocks, verbatim. The answer is not `content[0]`: thinking may come first.
    pub content: Vec<Block>,
    /// Why it ended.
    pub stop_reason: Option<StopReason>,
    /// Which stop sequence ended it.
    pub stop_sequence: Option<String>,
    /// More about why it ended, such as a refusal's category.
    pub stop_details: Option<Raw>,
    /// What it says beside.
    pub extras: Extras,
    /// What it used.
    pub usage: Usage,
    /// The whole body.
    pub raw: Raw,
}

impl Response {
    /// Reads a body.
    ///
    /// # Errors
    ///
    /// [`BadResponse`] when it is not a JSON object with a list of blocks in `content`.
    pub fn parse(body: &str) -> Result<Self, BadResponse> {
        let message = Object::parse(body)?;
        // RFC 8259, section 2: the white space that may stand around a value.
        let raw = Raw::composed(body.trim_matches([' ', '\t', '\n', '\r']));
        let content = message.list("content").ok_or(BadResponse::NoContent)?;
        let blocks: Result<_, _> = content.into_iter().map(Block::from_raw).collect();
        let content = blocks.map_err(|_| BadResponse::NoContent)?;
        Ok(Self {
            id: message.text("id"),
            model: message.text("model"),
            content,
            stop_reason: StopReason::in_member(&message),
            stop_sequence: message.text("stop_sequence"),
            stop_details: message.known("stop_details"),
            extras: Extras::of(&message),
            usage: Usage::in_member(&message),
            raw,
        })
    }
}

/// A body that is not an answer.
#[derive(Debug, thiserror::Error)]
pub enum BadResponse {
    /// It is not a JSON object.
    #[error("the answer is not a JSON object: {0}")]
    Json(#[from] BadJson),
    /// It has no list of content blocks.
    #[error("the answer has no list of content blocks")]
    NoContent,
}
