//! The structure of `messages` and `system`: roles, and blocks with their fields
//! (<https://platform.claude.com/docs/en/api/messages/create>).

use serde_json::{Map, Value, json};

use super::{Bench, Call, Verdict, amid, missing, mistyped, pairs, thoughts, unknown_key};
use crate::refusal::Refusal;
use crate::request::{Role, Thinking, Turn, kind};

const MOST_MESSAGES: usize = 100_000;
const MOST_BREAKPOINTS: usize = 4;

/// Block types, which roles may use them, and their fields where a stray one is refused.
const BLOCKS: &[(&str, &[Role], &[&str])] = &[
    ("text", ALL, &["type", "text", "cache_control", "citations"]),
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
const ALL: &[Role] = &[Role::User, Role::Assistant, Role::System];
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
        amid::placed(turns.last(), turn.role, n)?;
        match turns.last_mut() {
            Some(last) if last.role == turn.role => last.blocks.extend(turn.blocks),
            Some(_) | None => turns.push(turn),
        }
    }
    if turns.first().is_some_and(|turn| turn.role != Role::User) {
        let message = "messages: first message must use the \"user\" role";
        return Err(Refusal::invalid(message));
    }
    pairs::calls_and_results(&turns)?;
    pairs::of_server_tools(&turns)?;
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
        Some(Some("system")) if amid::is_taken(bench) => Role::System,
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
/// The last message: a prefill only where the model takes one, and not while it thinks. A
/// server tool's block at its end is no prefill but a turn that was paused.
pub(super) fn ending(turns: &[Turn], thinking: Thinking, bench: &Bench<'_>) -> Verdict {
    let Some(last) = turns.last().filter(|turn| turn.role == Role::Assistant) else {
        return Ok(());
    };
    let paused = last.blocks.last().is_some_and(is_servers);
    if paused || bench.call == Call::CountTokens {
        return Ok(());
    }
    if !bench.deployment.base.prefill {
        return Err(Refusal::invalid(
            "This model does not support assistant message prefill. The conversation must end \
             with a user message.",
        ));
    }
    if last.text().ends_with(char::is_whitespace) {
        let message = "messages: final assistant content cannot end with trailing whitespace";
        return Err(Refusal::invalid(message));
    }
    thoughts::must_think(last, turns.len() - 1, thinking)
}

/// A block of a tool that the API runs itself.
pub(super) fn is_servers(block: &Value) -> bool {
    let kind = kind(block);
    kind == "server_tool_use" || (kind.ends_with("_tool_result") && kind != "mcp_tool_result")
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
    if scoped(body) {
        // Foundry has no caches of wider scope.
        return Err(Refusal::extra("cache_control.ephemeral.scope"));
    }
    Ok(())
}

/// Whether a mark, at any depth, names a scope.
fn scoped(fields: &Map<String, Value>) -> bool {
    let here = fields
        .get("cache_control")
        .is_some_and(|mark| mark.get("scope").is_some());
    let inner = ["system", "tools", "messages", "content"];
    let mut inner = inner.iter().filter_map(|key| fields.get(*key)?.as_array());
    here || inner.any(|list| list.iter().filter_map(Value::as_object).any(scoped))
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
