//! Tools as a client declares them, and as the API takes them.

use std::collections::BTreeMap;

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::content::cache_control;
use crate::openai::dropped::Why;
use crate::openai::names::ToolNames;
use crate::openai::refusal::Refusal;
use crate::openai::schema;
use crate::openai::text::{object, string};
use crate::openai::wants::Wants;
use crate::raw::Raw;

use super::case::Case;
use super::strict::Room;

/// A tool of a request.
#[derive(PartialEq, Eq)]
pub(super) struct Declared {
    pub(super) kind: Kind,
    /// The client's name.
    pub(super) name: String,
    /// The tool as the API takes it.
    pub(super) wire: Raw,
}

/// What stands under the name of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A tool of that name.
    Tool,
    /// All tools of an MCP server of that name.
    Server,
    /// A tool that the client did not declare among its own.
    Added,
}

/// Takes `tools` and `functions`.
pub(super) fn take(
    case: &mut Case<'_>,
    wants: &mut Wants,
    room: &mut Room,
) -> Result<Vec<Declared>, Refusal> {
    let list = case.list("tools")?.unwrap_or_default();
    let functions = case.list("functions")?.unwrap_or_default();
    wants.legacy_functions = list.iter().next().is_none() && functions.iter().next().is_some();
    let written = |key, bare| move |json| Written { json, key, bare };
    let newer = list.iter().map(written("tools", false));
    let older = functions.iter().map(written("functions", true));
    let all: Vec<Written> = newer.chain(older).collect();
    for name in all.iter().filter_map(Written::name) {
        wants.names.reserve(&name);
    }
    let mut declared: Vec<Declared> = vec![];
    // Where the first tool of each name stands.
    let mut firsts = BTreeMap::new();
    for (at, written) in all.iter().enumerate() {
        let one = written.declare(at, case, &mut wants.names, room)?;
        // The API takes a name once. Two of one name that differ are for it to refuse.
        let first = *firsts.entry(one.name.clone()).or_insert(declared.len());
        if declared.get(first) == Some(&one) {
            case.drop(format!("{}[{at}]", written.key), Why::NoEffect);
            continue;
        }
        declared.push(one);
    }
    Ok(declared)
}

/// A tool as the client wrote it.
struct Written<'a> {
    json: &'a str,
    key: &'static str,
    /// It is the function itself, without anything around it.
    bare: bool,
}

impl Written<'_> {
    fn function(&self) -> Option<Object> {
        let tool = Object::parse(self.json).ok()?;
        if self.is_bare(&tool) {
            Some(tool)
        } else {
            tool.object("function")
        }
    }

    /// Nothing is around the function: in the older form, and in that of OpenAI's newer API,
    /// which programs that speak both send here, too.
    fn is_bare(&self, tool: &Object) -> bool {
        let is_function = tool.text("type").as_deref() == Some("function");
        let newer = is_function && tool.known("function").is_none() && tool.known("name").is_some();
        self.bare || newer
    }

    fn name(&self) -> Option<String> {
        match self.function() {
            Some(function) => function.text("name"),
            None => Object::parse(self.json).ok()?.text("name"),
        }
    }

    fn declare(
        &self,
        at: usize,
        case: &mut Case<'_>,
        names: &mut ToolNames,
        room: &mut Room,
    ) -> Result<Declared, Refusal> {
        let path = format!("{}[{at}]", self.key);
        let tool = Object::parse(self.json)
            .map_err(|_| Refusal::invalid(&path, format!("`{path}` must be an object")))?;
        let Some(function) = self.function() else {
            return anthropic_tool(case, names, &path, &tool);
        };
        let path = match self.is_bare(&tool) {
            true => path,
            false => format!("{path}.function"),
        };
        let name = function.text("name").filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| Refusal::missing(&format!("{path}.name")))?;
        let mut wire = object([("name", Some(string(&names.spell(&name))))]);
        let description = function.known("description");
        if let Some(description) = description.filter(|text| text.json() != "\"\"") {
            let param = format!("{path}.description");
            let wrong = || Refusal::invalid(&param, format!("`{param}` must be a string"));
            Literal::of(&description).ok_or_else(wrong)?;
            wire.set("description", description);
        }
        take_schema(case, room, &path, &function, &mut wire)?;
        self.further(case, &path, &tool, &function, &mut wire)?;
        Ok(Declared {
            kind: Kind::Tool,
            name,
            wire: wire.raw(),
        })
    }

    /// What else stands in a tool. The Messages API's own members may stand in it or in
    /// its function.
    fn further(
        &self,
        case: &mut Case<'_>,
        path: &str,
        tool: &Object,
        function: &Object,
        wire: &mut Object,
    ) -> Result<(), Refusal> {
        const KNOWN: &[&str] = &[
            "name",
            "description",
            "parameters",
            "strict",
            "type",
            "function",
        ];
        const PASSED: &[&str] = &[
            "defer_loading",
            "allowed_callers",
            "input_examples",
            "eager_input_streaming",
        ];
        if let Some(cached) = cache_control(function, path, &mut case.dropped)? {
            wire.set("cache_control", cached);
        } else if let Some(cached) = cache_control(tool, path, &mut case.dropped)? {
            wire.set("cache_control", cached);
        }
        let bare = self.is_bare(tool);
        let outer = tool.iter().filter(|_| !bare);
        for (key, value) in outer.chain(function.iter()) {
            if PASSED.contains(&key.as_str()) {
                wire.set(&key, value.clone());
            } else if !KNOWN.contains(&key.as_str()) && key != "cache_control" && !value.is_null() {
                case.drop(format!("{path}.{key}"), Why::NothingLikeIt);
            }
        }
        Ok(())
    }
}

/// The schema of a function's parameters, strict where that was asked for and can be had.
fn take_schema(
    case: &mut Case<'_>,
    room: &mut Room,
    path: &str,
    function: &Object,
    wire: &mut Object,
) -> Result<(), Refusal> {
    let parameters = function.known("parameters");
    let param = format!("{path}.parameters");
    let schema = schema::of_input(parameters.as_ref(), &param, &mut case.dropped)?;
    let strict = function
        .get("strict")
        .is_some_and(|strict| strict.json() == "true");
    let closed = match strict && case.facts.is_hosted_on_anthropic() {
        true => schema::closed(&schema).filter(|closed| room.take_tool(closed)),
        false => None,
    };
    if let Some(closed) = closed {
        wire.set("strict", Raw::composed("true".to_owned()));
        wire.set("input_schema", closed);
        return Ok(());
    }
    wire.set("input_schema", schema);
    if strict {
        case.drop(format!("{path}.strict"), Why::NotThisModel);
    }
    Ok(())
}

/// A tool in the form of the Messages API: its own kinds, such as `web_search_20250305`,
/// and custom tools with an `input_schema`.
fn anthropic_tool(
    case: &mut Case<'_>,
    names: &mut ToolNames,
    path: &str,
    tool: &Object,
) -> Result<Declared, Refusal> {
    let kind = tool.text("type").unwrap_or_default();
    let name = match kind.as_str() {
        // All tools of a server that `mcp_servers` names.
        "mcp_toolset" => tool.text("mcp_server_name"),
        _ => tool.text("name"),
    };
    let name = name.filter(|name| !name.is_empty());
    let own = match kind.as_str() {
        "mcp_toolset" => true,
        "function" => return Err(Refusal::missing(&format!("{path}.function"))),
        "" | "custom" => tool.object("input_schema").is_some(),
        // Kinds of the Messages API end in the day on which they came out.
        kind => kind
            .rsplit('_')
            .next()
            .is_some_and(|day| day.len() == 8 && day.parse::<u32>().is_ok()),
    };
    let Some(name) = name.filter(|_| own) else {
        let message = format!("`{path}` is of the type `{kind}`; only functions can be translated");
        return Err(Refusal::unsupported(path, message));
    };
    if kind.starts_with("computer_") {
        case.beta("computer-use-2025-11-24");
    }
    let mut tool = tool.clone();
    if let Some(schema) = tool.known("input_schema") {
        let param = format!("{path}.input_schema");
        let schema = schema::of_input(Some(&schema), &param, &mut case.dropped)?;
        tool.set("input_schema", schema);
        tool.set("name", string(&names.spell(&name)));
    }
    if let Some(cached) = cache_control(&tool, path, &mut case.dropped)? {
        tool.set("cache_control", cached);
    }
    let kind = match kind.as_str() {
        "mcp_toolset" => Kind::Server,
        _ => Kind::Tool,
    };
    Ok(Declared {
        kind,
        name,
        wire: tool.raw(),
    })
}
