//! Tools, and whether the model must call them.

use std::collections::{BTreeMap, BTreeSet};

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
use super::search;
use super::strict::Room;
use super::thinking::Thoughts;

/// The tools of a request.
#[derive(Default)]
pub(super) struct Tools {
    declared: Vec<Declared>,
    choice: Option<Choice>,
    one_at_a_time: bool,
    /// A tool of our own may be forced on the model.
    may_force: bool,
    /// What may still be strict.
    room: Room,
}

#[derive(PartialEq, Eq)]
struct Declared {
    /// The client's name.
    name: String,
    wire: Raw,
}

/// Whether the model must call tools.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Choice {
    Auto,
    None,
    /// Any of them.
    Any,
    /// The one of this name, in the API's spelling.
    Named(String),
}

impl Choice {
    pub(super) fn is_forced(&self) -> bool {
        matches!(self, Self::Any | Self::Named(_))
    }
}

/// Takes `tools`, `functions`, `tool_choice`, `function_call` and `parallel_tool_calls`.
pub(super) fn take(case: &mut Case<'_>, wants: &mut Wants) -> Result<Tools, Refusal> {
    let mut tools = Tools::default();
    let list = case.list("tools")?.unwrap_or_default();
    let functions = case.list("functions")?.unwrap_or_default();
    wants.legacy_functions = list.is_empty() && !functions.is_empty();
    let written: Vec<Written> = list
        .iter()
        .map(|raw| Written {
            raw,
            key: "tools",
            bare: false,
        })
        .chain(functions.iter().map(|raw| Written {
            raw,
            key: "functions",
            bare: true,
        }))
        .collect();
    wants.names.reserve(
        written
            .iter()
            .filter_map(Written::name)
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str),
    );
    // Where the first tool of each name stands.
    let mut firsts = BTreeMap::new();
    for (at, written) in written.iter().enumerate() {
        let declared = written.declare(at, case, &mut wants.names, &mut tools.room)?;
        // The API takes a name once. Two of one name that differ are for it to refuse.
        let first = *firsts
            .entry(declared.name.clone())
            .or_insert(tools.declared.len());
        if tools.declared.get(first) == Some(&declared) {
            case.drop(format!("{}[{at}]", written.key), Why::NoEffect);
            continue;
        }
        tools.declared.push(declared);
    }
    search::take(case, &mut tools)?;
    let choice = match case.take("tool_choice") {
        Some(choice) => Some(("tool_choice", choice)),
        None => case
            .take("function_call")
            .map(|choice| ("function_call", choice)),
    };
    if case.take("function_call").is_some() {
        case.drop("function_call", Why::Overruled);
    }
    if let Some((key, choice)) = choice {
        tools.choose(case, &mut wants.names, key, &choice)?;
    }
    let parallel = case.flag("parallel_tool_calls")?;
    // One `function_call` is all that the older form has room for.
    tools.one_at_a_time |= parallel == Some(false) || wants.legacy_functions;
    let pointless = tools.declared.is_empty() || tools.choice == Some(Choice::None);
    if parallel == Some(false) && pointless {
        case.drop("parallel_tool_calls", Why::NoEffect);
    }
    Ok(tools)
}

/// A tool as the client wrote it.
struct Written<'a> {
    raw: &'a Raw,
    key: &'static str,
    /// It is the function itself, without anything around it.
    bare: bool,
}

impl Written<'_> {
    fn function(&self) -> Option<Object> {
        let tool = Object::parse(self.raw.json()).ok()?;
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
            None => Object::parse(self.raw.json()).ok()?.text("name"),
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
        let tool = Object::parse(self.raw.json())
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
        let strict = function
            .get("strict")
            .is_some_and(|strict| strict.json() == "true");
        let strict = strict && case.facts.is_hosted_on_anthropic();
        let parameters = function.known("parameters");
        let param = format!("{path}.parameters");
        let schema = schema::of_input(parameters.as_ref(), &param, &mut case.dropped)?;
        let closed = if strict {
            schema::closed(&schema)
        } else {
            None
        };
        if let Some(closed) = closed.filter(|closed| room.take_tool(closed)) {
            wire.set("strict", Raw::composed("true".to_owned()));
            wire.set("input_schema", closed);
        } else {
            wire.set("input_schema", schema);
            if function
                .get("strict")
                .is_some_and(|strict| strict.json() == "true")
            {
                case.drop(format!("{path}.strict"), Why::NotThisModel);
            }
        }
        self.further(case, &path, &tool, &function, &mut wire)?;
        Ok(Declared {
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
    Ok(Declared {
        name,
        wire: tool.raw(),
    })
}

impl Tools {
    fn choose(
        &mut self,
        case: &mut Case<'_>,
        names: &mut ToolNames,
        key: &str,
        raw: &Raw,
    ) -> Result<(), Refusal> {
        let wrong = || {
            let message = format!("`{key}` must be auto, none, required, or name a tool");
            Refusal::invalid(key, message)
        };
        let choice = match Object::parse(raw.json()) {
            Err(_) => word(raw).ok_or_else(wrong)?,
            Ok(choice) => match choice.text("type").as_deref() {
                Some("allowed_tools") => self.allow(key, &choice)?,
                Some("auto") => Choice::Auto,
                Some("none") => Choice::None,
                Some("any") => Choice::Any,
                Some("function" | "tool") | None => {
                    let inner = choice.object("function");
                    let name = inner.as_ref().unwrap_or(&choice).text("name");
                    self.named(key, &name.ok_or_else(wrong)?, names)?
                }
                Some(_) => return Err(wrong()),
            },
        };
        let by_word = Object::parse(raw.json()).ok();
        if by_word.is_some_and(|choice| {
            choice
                .get("disable_parallel_tool_use")
                .is_some_and(|flag| flag.json() == "true")
        }) {
            self.one_at_a_time = true;
        }
        if self.declared.is_empty() {
            if choice.is_forced() {
                let message = format!("`{key}` is only allowed when `tools` are specified");
                return Err(Refusal::invalid(key, message));
            }
            case.drop(key, Why::NoEffect);
            return Ok(());
        }
        self.choice = Some(choice);
        Ok(())
    }

    fn named(&self, key: &str, name: &str, names: &mut ToolNames) -> Result<Choice, Refusal> {
        if self.declared.iter().any(|tool| tool.name == name) {
            return Ok(Choice::Named(names.spell(name)));
        }
        let message = format!("`{key}` names `{name}`, which is not among the tools");
        Err(Refusal::invalid(key, message))
    }

    /// `allowed_tools`: the others are left out, for the Messages API has no such list.
    fn allow(&mut self, key: &str, choice: &Object) -> Result<Choice, Refusal> {
        let inner = choice.object("allowed_tools");
        let allowed = inner.as_ref().unwrap_or(choice);
        let mut kept = BTreeSet::new();
        for raw in allowed.list("tools").unwrap_or_default() {
            let tool = Object::parse(raw.json()).unwrap_or_default();
            let function = tool.object("function");
            kept.extend(function.as_ref().unwrap_or(&tool).text("name"));
        }
        let names: BTreeSet<String> = self.declared.iter().map(|tool| tool.name.clone()).collect();
        if kept.is_empty() || !kept.is_subset(&names) {
            let message = format!("`{key}` must allow some of the tools, and no others");
            return Err(Refusal::invalid(key, message));
        }
        self.declared.retain(|tool| kept.contains(&tool.name));
        match allowed.text("mode").as_deref() {
            Some("required") => Ok(Choice::Any),
            Some("auto") | None => Ok(Choice::Auto),
            Some(_) => Err(Refusal::invalid(key, "the mode must be auto or required")),
        }
    }

    /// Gives up on forcing a tool where the model cannot be forced.
    pub(super) fn fit(&mut self, case: &mut Case<'_>, thoughts: &Thoughts) -> Result<(), Refusal> {
        let can_force = case.facts.model.forced_tool_choice && !thoughts.budgeted;
        // Where thinking was asked for, nothing that the client did not ask for is risked.
        self.may_force = can_force && !thoughts.asked;
        let forced = self.choice.as_ref().is_some_and(Choice::is_forced);
        if !forced || can_force {
            return Ok(());
        }
        let message = format!("{} cannot be made to call a tool here", case.model_name());
        case.leave_out("tool_choice", Why::NotThisModel, &message)?;
        self.choice = Some(Choice::Auto);
        Ok(())
    }

    /// The API refuses messages with calls in a request without tools. These are named so
    /// that the history stands, and cannot be called.
    pub(super) fn declare_called(&mut self, called: &[String]) {
        if !self.declared.is_empty() || called.is_empty() {
            return;
        }
        for name in called {
            let schema = Raw::composed(r#"{"type":"object"}"#.to_owned());
            let wire = object([("name", Some(string(name))), ("input_schema", Some(schema))]);
            self.declared.push(Declared {
                name: name.clone(),
                wire: wire.raw(),
            });
        }
        self.choice = Some(Choice::None);
    }

    /// Adds a tool of our own.
    pub(super) fn add(&mut self, name: &str, wire: Raw) {
        self.declared.push(Declared {
            name: name.to_owned(),
            wire,
        });
    }

    /// The client declares a tool of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.declared.iter().any(|tool| tool.name == name)
    }

    pub(super) fn force(&mut self, choice: Choice) {
        self.choice = Some(choice);
    }

    pub(super) fn may_force(&self) -> bool {
        self.may_force
    }

    pub(super) fn one_at_a_time(&mut self) {
        self.one_at_a_time = true;
    }

    pub(super) fn chosen(&self) -> Option<&Choice> {
        self.choice.as_ref()
    }

    /// The answer may be held to this schema beside the tools.
    pub(super) fn may_be_strict(&mut self, schema: &Raw) -> bool {
        self.room.take(schema)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.declared.is_empty()
    }

    pub(super) fn list(&self) -> Vec<Raw> {
        self.declared.iter().map(|tool| tool.wire.clone()).collect()
    }

    /// The request's `tool_choice`. Source:
    /// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>.
    pub(super) fn choice(&self) -> Option<Raw> {
        if self.declared.is_empty() {
            return None;
        }
        let choice = match &self.choice {
            None if self.one_at_a_time => &Choice::Auto,
            None => return None,
            Some(choice) => choice,
        };
        let (kind, name) = match choice {
            Choice::Auto => ("auto", None),
            Choice::None => ("none", None),
            Choice::Any => ("any", None),
            Choice::Named(name) => ("tool", Some(string(name))),
        };
        let one = self.one_at_a_time && *choice != Choice::None;
        let one = one.then(|| Raw::composed("true".to_owned()));
        let members = [
            ("type", Some(string(kind))),
            ("name", name),
            ("disable_parallel_tool_use", one),
        ];
        Some(object(members).raw())
    }
}

fn word(raw: &Raw) -> Option<Choice> {
    match Literal::of(raw)?.decode().as_str() {
        "auto" => Some(Choice::Auto),
        "none" => Some(Choice::None),
        "required" | "any" => Some(Choice::Any),
        _ => None,
    }
}
