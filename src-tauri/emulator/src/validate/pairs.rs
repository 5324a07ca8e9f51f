//! Tool calls and their results
//! (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>).

use serde_json::Value;

use super::Verdict;
use crate::refusal::Refusal;
use crate::request::{Turn, kind};

/// Every call is answered once, in the next message, before anything else in it.
pub(super) fn calls_and_results(turns: &[Turn]) -> Verdict {
    let mut seen: Vec<&str> = Vec::new();
    for (n, turn) in turns.iter().enumerate() {
        let calls = ids(turn, "tool_use", "id");
        for id in &calls {
            if seen.contains(id) {
                return Err(Refusal::invalid(format!(
                    "messages.{n}: `tool_use` ids must be unique: {id}"
                )));
            }
            seen.push(id);
        }
        let answers = turns
            .get(n + 1)
            .map(|next| ids(next, "tool_result", "tool_use_id"));
        let answers = answers.unwrap_or_default();
        let open: Vec<&str> = calls
            .iter()
            .filter(|id| !answers.contains(id))
            .copied()
            .collect();
        if !open.is_empty() {
            return Err(Refusal::invalid(format!(
                "messages.{n}: `tool_use` ids were found without `tool_result` blocks immediately \
                 after: {}. Each `tool_use` block must have a corresponding `tool_result` block \
                 in the next message.",
                open.join(", ")
            )));
        }
        let before = n.checked_sub(1).and_then(|n| turns.get(n));
        results(
            turn,
            n,
            &before
                .map(|turn| ids(turn, "tool_use", "id"))
                .unwrap_or_default(),
        )?;
    }
    Ok(())
}

fn results(turn: &Turn, n: usize, calls: &[&str]) -> Verdict {
    let mut answered: Vec<&str> = Vec::new();
    let mut other_seen = false;
    for (m, block) in turn.blocks.iter().enumerate() {
        if kind(block) != "tool_result" {
            other_seen = true;
            continue;
        }
        let id = block["tool_use_id"].as_str().unwrap_or_default();
        if !calls.contains(&id) {
            return Err(Refusal::invalid(format!(
                "messages.{n}.content.{m}: unexpected `tool_use_id` found in `tool_result` blocks: \
                 {id}. Each `tool_result` block must have a corresponding `tool_use` block in the \
                 previous message."
            )));
        }
        if answered.contains(&id) {
            return Err(Refusal::invalid(format!(
                "messages.{n}.content.{m}: each tool_use must have a single result. Found multiple \
                 `tool_result` blocks with id: {id}"
            )));
        }
        if other_seen {
            return Err(Refusal::invalid(format!(
                "messages.{n}.content.{m}: `tool_result` blocks must come first in the message, \
                 before any other content"
            )));
        }
        answered.push(id);
    }
    Ok(())
}

pub(super) fn ids<'a>(turn: &'a Turn, tag: &str, key: &str) -> Vec<&'a str> {
    let blocks = turn.blocks.iter().filter(|block| kind(block) == tag);
    blocks.filter_map(|block| block[key].as_str()).collect()
}

/// Calls of the API's own tools have their results beside them, except where the API paused.
pub(super) fn of_server_tools(turns: &[Turn]) -> Verdict {
    for (n, turn) in turns.iter().enumerate() {
        let answered: Vec<&Value> = turn.blocks.iter().map(|it| &it["tool_use_id"]).collect();
        let mut calls = turn
            .blocks
            .iter()
            .filter(|it| kind(it) == "server_tool_use");
        let open = calls.rfind(|call| !answered.contains(&&call["id"]));
        if let Some(call) = open
            && n + 1 < turns.len()
        {
            let text = |key: &str| call[key].as_str().unwrap_or_default();
            let (name, id) = (text("name"), text("id"));
            return Err(Refusal::invalid(format!(
                "messages.{n}: `{name}` tool use with id `{id}` was found without a corresponding \
                 `{name}_tool_result` block"
            )));
        }
    }
    Ok(())
}
