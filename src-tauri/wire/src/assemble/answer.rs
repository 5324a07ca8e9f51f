//! An answer as it was put together.

use crate::block::Block;
use crate::extras::Extras;
use crate::raw::Raw;
use crate::response::Response;
use crate::stop::StopReason;
use crate::usage::Usage;

/// An answer, or what there is of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assembled {
    /// Its blocks, in the order of the API's indices.
    pub blocks: Vec<AssembledBlock>,
    /// The message's id.
    pub id: Option<String>,
    /// The model, as the API calls it.
    pub model: Option<String>,
    /// Why it ended, if the API said so.
    pub stop_reason: Option<StopReason>,
    /// Which stop sequence ended it.
    pub stop_sequence: Option<String>,
    /// More about why it ended.
    pub stop_details: Option<Raw>,
    /// What it says beside.
    pub extras: Extras,
    /// The last counts.
    pub usage: Usage,
    /// `message_stop` came. An answer without it is cut off, whatever else it says.
    pub ended: bool,
}

impl From<Response> for Assembled {
    fn from(response: Response) -> Self {
        let whole = |block| AssembledBlock {
            block,
            complete: true,
            unapplied: vec![],
        };
        Self {
            blocks: response.content.into_iter().map(whole).collect(),
            id: response.id,
            model: response.model,
            stop_reason: response.stop_reason,
            stop_sequence: response.stop_sequence,
            stop_details: response.stop_details,
            extras: response.extras,
            usage: response.usage,
            ended: true,
        }
    }
}

/// A block of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssembledBlock {
    /// The block, or what there is of it; valid JSON either way.
    ///
    /// The input of a tool call that is no JSON object (cut off, or never valid) stands
    /// in it as `{"INVALID_JSON":"…"}` with the whole text inside.
    pub block: Block,
    /// All of it came, and it can be sent back. An incomplete tool call must not be
    /// run, and incomplete thinking must not be sent.
    pub complete: bool,
    /// What was added to the block in ways that came after this program, and is
    /// therefore not in it.
    pub unapplied: Vec<Raw>,
}
