//! Tool definitions and the choice among them
//! (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>).

use serde_json::{Map, Value};

use super::{Bench, Verdict, missing, mistyped};
use crate::models::Hosting;
use crate::refusal::Refusal;
use crate::request::Choice;

/// Server tools, which no deployment hosted on Azure has. Others with a `type` run at the client.
const SERVER_TOOLS: &[&str] = &[
    "web_search",
    "web_fetch",
    "code_execution",
    "tool_search_tool",
];

pub(super) fn definitions(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    let mut names: Vec<&str> = Vec::new();
    if let Some(tools) = body.get("tools") {
        let tools = tools
            .as_array()
            .ok_or_else(|| mistyped("tools", "a valid list"))?;
        for (n, tool) in tools.iter().enumerate() {
            definition(tool, n, bench)?;
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

fn definition(tool: &Value, n: usize, bench: &Bench<'_>) -> Verdict {
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
    let on_azure = bench.deployment.hosting == Hosting::Azure;
    if let Some(kind) = tool["type"].as_str().filter(|kind| *kind != "custom") {
        return match SERVER_TOOLS.iter().find(|known| kind.starts_with(**known)) {
            Some(known) if on_azure => Err(Refusal::invalid(format!(
                "{known} not supported in your workspace."
            ))),
            Some(_) | None => Ok(()),
        };
    }
    if on_azure && tool["strict"] == true {
        let message = "structured_outputs not supported in your workspace.";
        return Err(Refusal::invalid(message));
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
