//! Why an answer ended, in OpenAI's words.

use crate::block::Block;
use crate::object::Object;
use crate::raw::Raw;
use crate::stop::StopReason;

use super::text::{object, string};
use super::wants::JsonTool;

/// The `finish_reason`. An answer that was cut is never said to have stopped.
///
/// A reason that came after this program counts as an end, as the API's description asks.
/// Source: <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>.
pub(super) fn reason(stop: &StopReason, called: Called) -> &'static str {
    match (stop, called) {
        (StopReason::ToolUse, Called::OnlyJson) => "stop",
        (StopReason::ToolUse, Called::Function) => "function_call",
        (StopReason::ToolUse, Called::Tools) => "tool_calls",
        (StopReason::EndTurn | StopReason::StopSequence | StopReason::Unknown(_), _) => "stop",
        (
            StopReason::MaxTokens
            | StopReason::PauseTurn
            | StopReason::Compaction
            | StopReason::ModelContextWindowExceeded,
            _,
        ) => "length",
        (StopReason::Refusal, _) => "content_filter",
    }
}

/// What the answer calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Called {
    /// The client's tools, or none.
    Tools,
    /// A function, in the older form.
    Function,
    /// Nothing but the tool whose input is the answer.
    OnlyJson,
}

/// What OpenAI's words leave unsaid about the ending, for those who look for it.
pub(super) fn unsaid(
    stop: &StopReason,
    sequence: Option<&str>,
    details: Option<&Raw>,
) -> Option<Object> {
    let said = matches!(
        stop,
        StopReason::EndTurn | StopReason::MaxTokens | StopReason::ToolUse
    );
    (!said).then(|| {
        object([
            ("stop_reason", Some(string(stop.as_str()))),
            ("stop_sequence", sequence.map(string)),
            ("stop_details", details.cloned()),
        ])
    })
}

/// Why the model refused, where it says so.
pub(super) fn explanation(stop: &StopReason, details: Option<&Raw>) -> Option<Raw> {
    if *stop != StopReason::Refusal {
        return None;
    }
    let details = Object::parse(details?.json()).ok()?;
    let words = details.literal("explanation")?;
    (!words.is_empty()).then(|| super::text::whole(&words))
}

/// Code that the model wrote makes this call, which has to be said when it is sent back.
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/programmatic-tool-calling>.
fn is_called_by_code(block: &Object) -> bool {
    let caller = block.object("caller");
    caller.is_some_and(|caller| caller.text("type").as_deref() != Some("direct"))
}

/// The blocks, where `content`, `tool_calls` and `thinking_blocks` cannot say them all or
/// not in their order, which signed thinking needs: then they are given as they are, and
/// taken back as they are. `json` is the tool whose input became the content.
pub(super) fn unfit(blocks: &[Block], json: Option<&JsonTool>) -> Option<Raw> {
    let mut highest = 0;
    let mut answers = 0;
    let mut fit = true;
    for block in blocks {
        let members = block.members();
        let rank = match members.text("type").as_deref() {
            Some("thinking" | "redacted_thinking") => 1,
            Some("text") => 2,
            Some("tool_use") => 3,
            _ => 0,
        };
        fit &= rank >= highest && rank > 0 && !is_called_by_code(&members);
        if let Some(tool) = json {
            // Text beside the answer, and a second answer, have no place in the content.
            let is_answer = rank == 3 && members.text("name").as_ref() == Some(&tool.name);
            answers += u32::from(is_answer);
            fit &= rank != 2 && answers <= 1;
        }
        highest = rank;
    }
    if fit {
        return None;
    }
    let blocks: Vec<Raw> = blocks.iter().map(|block| block.members().raw()).collect();
    Some(Raw::list(&blocks))
}
