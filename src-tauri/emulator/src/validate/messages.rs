//! The structure of `messages` and `system`: roles, blocks, tool calls and their results
//! (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>).

use serde_json::{Map, Value, json};

use super::{Bench, Call, Signatures, Verdict, missing, mistyped, unknown_key};
use crate::refusal::Refusal;
use crate::request::{Role, Turn, kind};
use crate::signature::{Signer, Verdict as Judged};

const MOST_MESSAGES: usize = 100_000;
const MOST_BREAKPOINTS: usize = 4;

/// Block types, which roles may use them, and their fields where a stray one is refused.
const BLOCKS: &[(&str, &[Role], &[&str])] = &[
    (
        "text",
        BOTH,
        &["type", "text", "cache_control", "citations"],
    ),
    ("image", USER, &["type", "source", "cache_control"]),
    (
        "document",
        USER,
        &[
            "type",
            "source",
            "cache_control",
            "citations",
            "context",
            "title",
        ],
    ),
    ("search_result", USER, ANY),
    ("container_upload", USER, ANY),
    (
        "tool_result",
        USER,
        &[
            "type",
            "tool_use_id",
            "content",
            "is_error",
            "cache_control",
        ],
    ),
    (
        "tool_use",
        ASSISTANT,
        &["type", "id", "name", "input", "cache_control", "caller"],
    ),
    ("thinking", ASSISTANT, &["type", "thinking", "signature"]),
    ("redacted_thinking", ASSISTANT, &["type", "data"]),
    ("server_tool_use", ASSISTANT, ANY),
    ("web_search_tool_result", ASSISTANT, ANY),
    ("web_fetch_tool_result", ASSISTANT, ANY),
    ("code_execution_tool_result", ASSISTANT, ANY),
    ("mcp_tool_use", ASSISTANT, ANY),
    ("mcp_tool_result", ASSISTANT, ANY),
    ("compaction", ASSISTANT, ANY),
];
const USER: &[Role] = &[Role::User];
const ASSISTANT: &[Role] = &[Role::Assistant];
const BOTH: &[Role] = &[Role::User, Role::Assistant];
/// Fields of these are not looked at.
const ANY: &[&str] = &[];

/// The messages, checked one by one and against each other; neighbours of one role merged.
pub(super) fn turns(body: &Map<String, Value>, bench: &Bench<'_>) -> Result<Vec<Turn>, Refusal> {
    let Some(list) = body["messages"].as_array() else {
        return Err(mistyped("messages", "a valid list"));
    };
    if list.is_empty() {
        return Err(Refusal::invalid(
            "messages: at least one message is required",
        ));
    }
    if list.len() > MOST_MESSAGES {
        return Err(Refusal::invalid(
            "messages: List should have at most 100000 items",
        ));
    }
    let mut turns: Vec<Turn> = Vec::new();
    for (n, message) in list.iter().enumerate() {
        let turn = turn(message, n, n + 1 == list.len(), bench)?;
        match turns.last_mut() {
            Some(last) if last.role == turn.role => last.blocks.extend(turn.blocks),
            Some(_) | None => turns.push(turn),
        }
    }
    if turns.first().is_some_and(|turn| turn.role != Role::User) {
        let message = "messages: first message must use the \"user\" role";
        return Err(Refusal::invalid(message));
    }
    tool_pairs(&turns)?;
    Ok(turns)
}

fn turn(message: &Value, n: usize, last: bool, bench: &Bench<'_>) -> Result<Turn, Refusal> {
    let path = format!("messages.{n}");
    let Some(fields) = message.as_object() else {
        return Err(mistyped(&path, "a valid dictionary"));
    };
    unknown_key(fields, &["role", "content"], &format!("{path}."))?;
    let role = match fields.get("role").map(Value::as_str) {
        None => return Err(missing(&format!("{path}.role"))),
        Some(Some("user")) => Role::User,
        Some(Some("assistant")) => Role::Assistant,
        Some(Some("system")) => {
            return Err(Refusal::invalid(
                "messages: Unexpected role \"system\". The Messages API accepts a top-level \
                 `system` parameter, not \"system\" as an input message role.",
            ));
        }
        Some(_) => return Err(mistyped(&format!("{path}.role"), "'user' or 'assistant'")),
    };
    let blocks = match fields.get("content") {
        None => return Err(missing(&format!("{path}.content"))),
        Some(Value::String(text)) if text.is_empty() => Vec::new(),
        Some(Value::String(text)) => vec![json!({"type": "text", "text": text})],
        Some(Value::Array(blocks)) => blocks.clone(),
        Some(_) => {
            return Err(mistyped(
                &format!("{path}.content"),
                "a valid string or list",
            ));
        }
    };
    if blocks.is_empty() && !(last && role == Role::Assistant) {
        return Err(Refusal::invalid(format!(
            "{path}: all messages must have non-empty content except for the optional final \
             assistant message"
        )));
    }
    for (m, block) in blocks.iter().enumerate() {
        self::block(block, role, &format!("{path}.content.{m}"), bench)?;
    }
    Ok(Turn { role, blocks })
}

fn block(block: &Value, role: Role, path: &str, bench: &Bench<'_>) -> Verdict {
    let Some(fields) = block.as_object() else {
        return Err(mistyped(path, "a valid dictionary"));
    };
    let Some(tag) = fields.get("type").and_then(Value::as_str) else {
        return Err(missing(&format!("{path}.type")));
    };
    if bench.own_kinds.contains(tag) && role == Role::Assistant {
        return Ok(());
    }
    let found = BLOCKS
        .iter()
        .find(|(name, roles, _)| *name == tag && roles.contains(&role));
    let Some((_, _, known)) = found else {
        let fitting = BLOCKS.iter().filter(|(_, roles, _)| roles.contains(&role));
        let tags: Vec<String> = fitting.map(|(name, ..)| format!("'{name}'")).collect();
        return Err(Refusal::invalid(format!(
            "{path}: Input tag '{tag}' found using 'type' does not match any of the expected \
             tags: {}",
            tags.join(", ")
        )));
    };
    if !known.is_empty() {
        unknown_key(fields, known, &format!("{path}.{tag}."))?;
    }
    fields_of(block, tag, role, path, bench)
}

/// Fields that a block of that type must have.
fn fields_of(block: &Value, tag: &str, role: Role, path: &str, bench: &Bench<'_>) -> Verdict {
    let string = |key: &str| match block.get(key) {
        None => Err(missing(&format!("{path}.{tag}.{key}"))),
        Some(value) => {
            let mistyped = || mistyped(&format!("{path}.{tag}.{key}"), "a valid string");
            value.as_str().ok_or_else(mistyped)
        }
    };
    let cites = || {
        block["citations"]
            .as_array()
            .is_some_and(|list| !list.is_empty())
    };
    match tag {
        "text" => match string("text")? {
            "" => Err(Refusal::invalid(
                "messages: text content blocks must be non-empty",
            )),
            text if text.trim().is_empty() => Err(Refusal::invalid(
                "messages: text content blocks must contain non-whitespace text",
            )),
            _ if bench.version == super::Version::V2026 && role == Role::User && cites() => {
                Err(Refusal::extra(&format!("{path}.text.citations")))
            }
            _ => Ok(()),
        },
        "image" | "document" => match block["source"]["type"].as_str() {
            Some(_) => Ok(()),
            None => Err(missing(&format!("{path}.{tag}.source"))),
        },
        "tool_use" => {
            string("id")?;
            string("name")?;
            match block.get("input") {
                Some(Value::Object(_)) => Ok(()),
                Some(_) => Err(mistyped(
                    &format!("{path}.tool_use.input"),
                    "a valid dictionary",
                )),
                None => Err(missing(&format!("{path}.tool_use.input"))),
            }
        }
        "tool_result" => string("tool_use_id").map(drop),
        "thinking" => string("thinking").and(string("signature")).map(drop),
        "redacted_thinking" => string("data").map(drop),
        _ => Ok(()),
    }
}

/// Every call is answered once, in the next message, before anything else in it.
fn tool_pairs(turns: &[Turn]) -> Verdict {
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

fn ids<'a>(turn: &'a Turn, tag: &str, key: &str) -> Vec<&'a str> {
    let blocks = turn.blocks.iter().filter(|block| kind(block) == tag);
    blocks.filter_map(|block| block[key].as_str()).collect()
}

/// The last message: a prefill only where the model takes one.
pub(super) fn ending(turns: &[Turn], bench: &Bench<'_>) -> Verdict {
    let Some(last) = turns.last().filter(|turn| turn.role == Role::Assistant) else {
        return Ok(());
    };
    if !bench.deployment.base.prefill && bench.call == Call::Messages {
        return Err(Refusal::invalid(
            "This model does not support assistant message prefill. The conversation must end \
             with a user message.",
        ));
    }
    if last.text().ends_with(char::is_whitespace) {
        let message = "messages: final assistant content cannot end with trailing whitespace";
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

/// `system` as blocks.
pub(super) fn system(body: &Map<String, Value>) -> Result<Vec<Value>, Refusal> {
    let blocks = match body.get("system") {
        None => return Ok(Vec::new()),
        Some(Value::String(text)) if text.is_empty() => return Ok(Vec::new()),
        Some(Value::String(text)) => return Ok(vec![json!({"type": "text", "text": text})]),
        Some(Value::Array(blocks)) => blocks,
        Some(_) => return Err(mistyped("system", "a valid string or list")),
    };
    for (n, block) in blocks.iter().enumerate() {
        if kind(block) != "text" {
            return Err(mistyped(&format!("system.{n}.type"), "'text'"));
        }
        if block["text"].as_str().is_none_or(str::is_empty) {
            return Err(Refusal::invalid(
                "system: text content blocks must be non-empty",
            ));
        }
    }
    Ok(blocks.clone())
}

pub(super) fn cache_breakpoints(body: &Map<String, Value>) -> Verdict {
    let marks: usize = ["system", "tools", "messages"]
        .iter()
        .filter_map(|key| body.get(*key))
        .map(marks)
        .sum();
    if marks > MOST_BREAKPOINTS {
        return Err(Refusal::invalid(format!(
            "A maximum of {MOST_BREAKPOINTS} blocks with cache_control may be provided. Found {marks}."
        )));
    }
    Ok(())
}

fn marks(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(marks).sum(),
        Value::Object(fields) => {
            let here = usize::from(
                fields
                    .get("cache_control")
                    .is_some_and(|mark| !mark.is_null()),
            );
            here + fields.get("content").map_or(0, marks)
        }
        _ => 0,
    }
}

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
