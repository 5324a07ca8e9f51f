//! Tool definitions and the choice among them
//! (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>).

use serde_json::{Map, Value};

use super::{Bench, Verdict, missing, mistyped};
use crate::refusal::Refusal;
use crate::request::Choice;

pub(super) fn definitions(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    let mut names: Vec<&str> = Vec::new();
    if let Some(tools) = body.get("tools") {
        let tools = tools
            .as_array()
            .ok_or_else(|| mistyped("tools", "a valid list"))?;
        for (n, tool) in tools.iter().enumerate() {
            definition(tool, n)?;
            let name = tool["name"].as_str().unwrap_or_default();
            if names.contains(&name) {
                return Err(Refusal::invalid("tools: Tool names must be unique."));
            }
            names.push(name);
        }
    }
    match body.get("tool_choice") {
        None => Ok(()),
        Some(choice) => chosen(choice, &names, bench),
    }
}

/// The choice of a request that was checked.
pub(super) fn choice(body: &Map<String, Value>) -> Choice {
    let Some(choice) = body.get("tool_choice") else {
        return Choice::Auto;
    };
    match choice["type"].as_str() {
        Some("any") => Choice::Any,
        Some("tool") => Choice::Tool(choice["name"].as_str().unwrap_or_default().to_owned()),
        Some("none") => Choice::None,
        Some(_) | None => Choice::Auto,
    }
}

fn definition(tool: &Value, n: usize) -> Verdict {
    let path = |key: &str| format!("tools.{n}.{key}");
    let name = tool["name"]
        .as_str()
        .ok_or_else(|| missing(&path("name")))?;
    let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if name.is_empty() || name.len() > 64 || !name.chars().all(letters) {
        return Err(Refusal::invalid(format!(
            "{}: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'",
            path("custom.name")
        )));
    }
    // Others run at the API or at the client by a schema of Anthropic's.
    if tool["type"].as_str().is_some_and(|kind| kind != "custom") {
        return Ok(());
    }
    let schema = tool
        .get("input_schema")
        .ok_or_else(|| missing(&path("custom.input_schema")))?;
    match schema["type"].as_str() {
        Some("object") => Ok(()),
        Some(_) => Err(mistyped(&path("custom.input_schema.type"), "'object'")),
        None => Err(missing(&path("custom.input_schema.type"))),
    }
}

fn chosen(choice: &Value, names: &[&str], bench: &Bench<'_>) -> Verdict {
    let kind = choice["type"]
        .as_str()
        .ok_or_else(|| missing("tool_choice.type"))?;
    let forced = matches!(kind, "any" | "tool");
    if forced && !bench.deployment.base.forced_tool_choice {
        return Err(Refusal::invalid(format!(
            "tool_choice.type \"{kind}\" is not supported for {}",
            bench.deployment.base.id
        )));
    }
    if names.is_empty() && kind != "none" {
        let message = "tool_choice may only be specified while providing tools.";
        return Err(Refusal::invalid(message));
    }
    match kind {
        "auto" | "any" | "none" => Ok(()),
        "tool" => {
            let name = choice["name"]
                .as_str()
                .ok_or_else(|| missing("tool_choice.tool.name"))?;
            if names.contains(&name) {
                return Ok(());
            }
            Err(Refusal::invalid(format!(
                "Tool '{name}' not found in provided tools"
            )))
        }
        _ => Err(mistyped(
            "tool_choice.type",
            "'auto', 'any', 'tool' or 'none'",
        )),
    }
}
