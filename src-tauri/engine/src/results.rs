//! What came of a tool's calls: as blocks in the store, as sent, and as a state.
//!
//! The API knows results and errors. That the person said no, or that a call never ran,
//! is a member of its own in the stored block, which is taken out before it is sent:
//! nothing has to be read out of a sentence.

use hearth_wire::{Block, BlockKind};
use serde::Deserialize;

use crate::api::CallState;

/// What came of one call, with what the model is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallResult {
    /// The tool's answer.
    Done(String),
    /// It gave none.
    Failed(String),
    /// The person said no.
    Denied(String),
    /// The turn was stopped before it ran, while others of the same answer had run.
    Skipped(String),
}

impl CallResult {
    pub(crate) fn state(&self) -> CallState {
        match self {
            Self::Done(_) => CallState::Done,
            Self::Failed(_) => CallState::Failed,
            Self::Denied(_) => CallState::Denied,
            Self::Skipped(_) => CallState::Skipped,
        }
    }

    /// The block that is stored.
    pub(crate) fn block(&self, call: &str) -> Block {
        match self {
            Self::Done(text) => Block::tool_result(call, text, false),
            Self::Failed(text) => Block::tool_result(call, text, true),
            Self::Denied(text) => marked(call, text, DENIED),
            Self::Skipped(text) => marked(call, text, SKIPPED),
        }
    }
}

const DENIED: &str = "denied";
const SKIPPED: &str = "skipped";

fn marked(call: &str, text: &str, what: &str) -> Block {
    let plain = Block::tool_result(call, text, true);
    let open = plain
        .json()
        .strip_suffix('}')
        .expect("BUG: a block is an object");
    let json = format!(r#"{open},"hearth":"{what}"}}"#);
    Block::from_json(json).expect("BUG: a block with one member more is an object")
}

/// The mark of a stored block.
fn mark(block: &Block) -> Option<String> {
    #[derive(Deserialize)]
    struct Marked {
        hearth: Option<String>,
    }
    serde_json::from_str::<Marked>(block.json()).ok()?.hearth
}

/// A stored block as it is sent: a result without its mark, everything else as it is.
pub(crate) fn as_sent(block: Block) -> Block {
    match block.view() {
        BlockKind::ToolResult {
            tool_use_id,
            text,
            is_error,
        } if mark(&block).is_some() => Block::tool_result(&tool_use_id, &text, is_error),
        _ => block,
    }
}

/// The call that a stored block is the result of, and how far that call came.
pub(crate) fn told_by(block: &Block) -> Option<(String, CallState)> {
    let BlockKind::ToolResult {
        tool_use_id,
        is_error,
        ..
    } = block.view()
    else {
        return None;
    };
    let state = match mark(block).as_deref() {
        Some(DENIED) => CallState::Denied,
        Some(SKIPPED) => CallState::Skipped,
        Some(_) | None if is_error => CallState::Failed,
        Some(_) | None => CallState::Done,
    };
    Some((tool_use_id, state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_says_what_came_of_the_call_and_what_is_sent_does_not() {
        for result in [
            CallResult::Done("12 o'clock \"sharp\"\n".into()),
            CallResult::Failed("no".into()),
            CallResult::Denied("no".into()),
            CallResult::Skipped("no".into()),
        ] {
            let stored = result.block("toolu_1");
            assert_eq!(
                told_by(&stored),
                Some(("toolu_1".to_owned(), result.state()))
            );
            let (text, failed) = match &result {
                CallResult::Done(text) => (text, false),
                CallResult::Failed(text) | CallResult::Denied(text) | CallResult::Skipped(text) => {
                    (text, true)
                }
            };
            assert_eq!(as_sent(stored), Block::tool_result("toolu_1", text, failed));
        }
    }

    #[test]
    fn what_is_no_result_of_ours_is_sent_as_it_is() {
        let list =
            r#"{"type":"tool_result","tool_use_id":"t","content":[ {"type":"text","text":"a"} ]}"#;
        for json in [list, r#"{"type":"text","text":"x","hearth":"denied"}"#] {
            let block = Block::from_json(json).unwrap();
            assert_eq!(as_sent(block.clone()), block);
        }
    }
}
