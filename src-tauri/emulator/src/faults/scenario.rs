//! Answers that end for a reason that a client must handle.

use serde_json::{Value, json};

use super::Scenario;
use crate::request::{Asked, kind};
use crate::script::{Part, Script};

impl Scenario {
    /// Changes what is said.
    pub(crate) fn apply(self, script: &mut Script, asked: &Asked) {
        match self {
            Scenario::Refusal => {
                script.parts.clear();
                refuse(script);
            }
            Scenario::LateRefusal => {
                shorten(&mut script.parts);
                refuse(script);
            }
            Scenario::MaxTokens => {
                shorten(&mut script.parts);
                end(script, "max_tokens");
            }
            Scenario::ContextFull => {
                shorten(&mut script.parts);
                end(script, "model_context_window_exceeded");
            }
            Scenario::PauseTurn => pause_or_go_on(script, asked),
        }
    }
}

fn end(script: &mut Script, reason: &str) {
    script.stop.reason = Some(reason.to_owned());
    script.stop.sequence = None;
}

/// <https://platform.claude.com/docs/en/build-with-claude/refusals-and-fallback>.
fn refuse(script: &mut Script) {
    end(script, "refusal");
    script.stop.details = json!({
        "type": "refusal",
        "category": "general_harms",
        "explanation": null,
    });
}

/// Keeps two fifths of the last block's pieces, and at least one.
fn shorten(parts: &mut [Part]) {
    let pieces = match parts.last_mut() {
        Some(Part::Text(pieces) | Part::Thinking(pieces)) => pieces,
        Some(Part::ToolUse { fragments, .. }) => fragments,
        Some(Part::Whole(_) | Part::Event { .. }) | None => return,
    };
    pieces.truncate((pieces.len() * 2 / 5).max(1));
}

/// A server tool's call that waits to be sent back, or, when it was, its result and the
/// answer (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/server-tools>).
fn pause_or_go_on(script: &mut Script, asked: &Asked) {
    let last = asked.turns.last().and_then(|turn| turn.blocks.last());
    match last.filter(|block| kind(block) == "server_tool_use") {
        Some(call) => script.parts.insert(0, Part::Whole(found(call))),
        None => {
            let searching = Part::Text(vec!["I will look ".to_owned(), "this up.".to_owned()]);
            let call = json!({
                "type": "server_tool_use",
                "id": format!("srvtoolu_01{:016x}", asked.input_tokens),
                "name": "web_search",
                "input": {"query": asked.question()},
            });
            script.parts = vec![searching, Part::Whole(call)];
            end(script, "pause_turn");
        }
    }
}

fn found(call: &Value) -> Value {
    json!({
        "type": "web_search_tool_result",
        "tool_use_id": call["id"],
        "content": [{
            "type": "web_search_result",
            "url": "https://example.com/",
            "title": "Example Domain",
            "encrypted_content": "RXhhbXBsZQ==",
            "page_age": null,
        }],
    })
}
