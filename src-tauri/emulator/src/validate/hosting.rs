//! What only deployments hosted on Anthropic have, and what no deployment on Foundry has.
//!
//! <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>,
//! sections on features that are not supported; for the wording, "structured_outputs not
//! supported in your workspace." was seen, and the others follow it.

use serde_json::{Map, Value};

use super::{Bench, Verdict, mistyped};
use crate::models::Hosting;
use crate::refusal::Refusal;

/// Tools that the API runs itself, by the beginnings of their types.
const SERVER_TOOLS: &[&str] = &[
    "web_search",
    "web_fetch",
    "code_execution",
    "tool_search_tool",
];

/// Tools that no deployment on Foundry has, likewise.
const NOWHERE: &[&str] = &["advisor_", "browser_", "computer_20260801"];

/// Tools of an MCP server that the API asks, likewise.
const MCP_TOOLS: &str = "mcp_toolset";

/// `… not supported in your workspace.`
pub(super) fn absent(feature: &str) -> Refusal {
    Refusal::invalid(format!("{feature} not supported in your workspace."))
}

pub(super) fn check(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    speed(body, bench)?;
    let tools = body.get("tools").and_then(Value::as_array);
    let kinds = tools.into_iter().flatten().map(|tool| &tool["type"]);
    for (n, kind) in kinds.enumerate() {
        let kind = kind.as_str().unwrap_or_default();
        if NOWHERE.iter().any(|nowhere| kind.starts_with(nowhere)) {
            return Err(Refusal::invalid(format!(
                "tools.{n}: Input tag '{kind}' found using 'type' does not match any of the \
                 expected tags"
            )));
        }
    }
    match bench.deployment.hosting {
        Hosting::Anthropic => Ok(()),
        Hosting::Azure => match missing_on_azure(body) {
            Some(feature) => Err(absent(feature)),
            None => Ok(()),
        },
    }
}

/// Fast mode: only Opus 5.5, and only hosted on Azure
/// (<https://platform.claude.com/docs/en/build-with-claude/fast-mode>). Other models do not
/// know the field at all.
fn speed(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    match body.get("speed").map(Value::as_str) {
        None | Some(Some("standard")) => Ok(()),
        Some(Some("fast")) => match bench.deployment.hosting {
            Hosting::Azure => Ok(()),
            Hosting::Anthropic => Err(absent("fast_mode")),
        },
        Some(_) => Err(mistyped("speed", "'standard' or 'fast'")),
    }
}

/// The first feature of a request that deployments hosted on Azure do not have.
fn missing_on_azure(body: &Map<String, Value>) -> Option<&'static str> {
    if wants_structure(body) {
        return Some("structured_outputs");
    }
    if body.contains_key("mcp_servers") {
        return Some("mcp_connector");
    }
    if let Some(container) = body.get("container").filter(|it| !it.is_null()) {
        let with_skills = container.get("skills").is_some();
        return Some(if with_skills {
            "skills"
        } else {
            "code_execution"
        });
    }
    let tools = body.get("tools").and_then(Value::as_array);
    let tools = tools.into_iter().flatten().find_map(tool);
    tools.or_else(|| {
        let files = body.get("messages").is_some_and(names_file);
        files.then_some("files_api")
    })
}

/// Whether an answer of a given structure is asked for.
pub(super) fn wants_structure(body: &Map<String, Value>) -> bool {
    let tools = body.get("tools").and_then(Value::as_array);
    let mut tools = tools.into_iter().flatten();
    let format = body
        .get("output_config")
        .is_some_and(|config| config.get("format").is_some_and(|it| !it.is_null()));
    format || body.contains_key("output_format") || tools.any(|tool| tool["strict"] == true)
}

fn tool(tool: &Value) -> Option<&'static str> {
    let kind = tool["type"].as_str().unwrap_or_default();
    if kind.starts_with(MCP_TOOLS) {
        return Some("mcp_connector");
    }
    let callers = tool["allowed_callers"].as_array();
    let is_code = |caller: &Value| caller.as_str().is_some_and(|it| it != "direct");
    if callers.is_some_and(|callers| callers.iter().any(is_code)) {
        return Some("programmatic_tool_calling");
    }
    SERVER_TOOLS
        .iter()
        .find(|known| kind.starts_with(**known))
        .copied()
}

/// Whether a tool is run by the API itself, so that its calls are none of the client's.
pub(crate) fn runs_at_the_api(tool: &Value) -> bool {
    let kind = tool["type"].as_str().unwrap_or_default();
    let mut theirs = SERVER_TOOLS.iter().chain([&MCP_TOOLS]);
    theirs.any(|known| kind.starts_with(known))
}

/// Whether a block names a file that was uploaded before.
fn names_file(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(names_file),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            let source = fields.get("source").map(|source| &source["type"]);
            kind == Some("container_upload")
                || source.is_some_and(|kind| kind == "file")
                || fields.get("content").is_some_and(names_file)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
