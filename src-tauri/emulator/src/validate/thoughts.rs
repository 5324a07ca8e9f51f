//! Thinking that comes back: unchanged, in its conversation, and within a tool loop all of it
//! (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).

use serde_json::Value;

use super::{Bench, Signatures, Verdict, pairs};
use crate::frames;
use crate::refusal::Refusal;
use crate::request::{Role, Thinking, Turn, kind};
use crate::signature::{Signer, Verdict as Judged};

pub(super) fn is_thinking(block: &Value) -> bool {
    matches!(kind(block), "thinking" | "redacted_thinking")
}

/// Thinking blocks come back as they were made, in the conversation they were made in.
/// `before(n)` signs what follows the first `n` turns.
pub(super) fn signatures(
    turns: &[Turn],
    bench: &Bench<'_>,
    signatures: Signatures,
    before: impl Fn(usize) -> Signer,
) -> Verdict {
    if signatures == Signatures::Accepted {
        return Ok(());
    }
    let binds = bench.deployment.base.binds_thinking && signatures == Signatures::Checked;
    for (n, turn) in turns.iter().enumerate() {
        let mut blocks = turn
            .blocks
            .iter()
            .enumerate()
            .filter(|(_, block)| kind(block) == "thinking");
        let signer = before(n);
        let wrong = blocks.find_map(|(m, block)| {
            let text = |key: &str| block[key].as_str().unwrap_or_default();
            wrong(
                signer.judge(text("thinking"), text("signature")),
                n,
                m,
                binds,
            )
        });
        if let Some(message) = wrong {
            return Err(Refusal::invalid(message));
        }
    }
    Ok(())
}

fn wrong(verdict: Judged, n: usize, m: usize, binds: bool) -> Option<String> {
    match verdict {
        Judged::Intact | Judged::OtherModel => None,
        Judged::OtherPrefix if !binds => None,
        Judged::OtherPrefix => Some(format!(
            "messages.{n}.content.{m}: Invalid `signature` in `thinking` block. The block is bound \
             to a different conversation. Remove the block, or set \
             `thinking.block_binding.prefix_mismatch_behavior` to \"drop_block\"."
        )),
        Judged::Changed => Some(format!(
            "messages.{n}.content.{m}: `thinking` or `redacted_thinking` blocks in the latest \
             assistant message cannot be modified. These blocks must remain as they were in the \
             original response."
        )),
        Judged::Foreign => Some(format!(
            "messages.{n}.content.{m}: Invalid `signature` in `thinking` block"
        )),
    }
}

/// Within a tool loop the thinking that led to its calls must come back
/// (<https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows>). Calls
/// that were thought about are known by their ids.
pub(super) fn open_tool_loop(turns: &[Turn], thinking: Thinking) -> Verdict {
    let only_results = |turn: &Turn| turn.blocks.iter().all(|it| kind(it) == "tool_result");
    let mut n = turns.len();
    while n >= 2 && turns[n - 1].role == Role::User && only_results(&turns[n - 1]) {
        n -= 2;
        let calls = pairs::ids(&turns[n], "tool_use", "id");
        if calls.iter().any(|id| frames::is_thought_about(id)) {
            must_think(&turns[n], n, thinking)?;
        }
    }
    Ok(())
}

pub(super) fn must_think(turn: &Turn, n: usize, thinking: Thinking) -> Verdict {
    if thinking == Thinking::Off || turn.blocks.iter().any(is_thinking) {
        return Ok(());
    }
    Err(Refusal::invalid(format!(
        "messages.{n}.content.0.type: Expected `thinking` or `redacted_thinking`, but found \
         `{}`. When `thinking` is enabled, a final `assistant` message must start with a thinking \
         block (preceeding the lastmost set of `tool_use` and `tool_result` blocks).",
        turn.blocks.first().map(kind).unwrap_or_default()
    )))
}
