//! Tools, and whether the model must call them.

use std::collections::BTreeSet;

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::dropped::Why;
use crate::openai::names::ToolNames;
use crate::openai::refusal::Refusal;
use crate::openai::text::{object, string};
use crate::openai::wants::Wants;
use crate::raw::Raw;

use super::case::Case;
use super::declared::{self, Declared, Kind};
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

/// Takes `tools`, `functions`, `web_search_options`, `tool_choice`, `function_call` and
/// `parallel_tool_calls`.
pub(super) fn take(case: &mut Case<'_>, wants: &mut Wants) -> Result<Tools, Refusal> {
    let mut tools = Tools::default();
    tools.declared = declared::take(case, wants, &mut tools.room)?;
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
        if self.has(name) {
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
        // What was asked for beside the tools is none of those that the list is about.
        self.declared
            .retain(|tool| tool.kind == Kind::Added || kept.contains(&tool.name));
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
            self.add(name, wire.raw());
        }
        self.choice = Some(Choice::None);
    }

    /// Adds a tool that does not stand among the client's.
    pub(super) fn add(&mut self, name: &str, wire: Raw) {
        self.declared.push(Declared {
            kind: Kind::Added,
            name: name.to_owned(),
            wire,
        });
    }

    /// There is a tool of this name.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut tools = self.declared.iter();
        tools.any(|tool| tool.kind != Kind::Server && tool.name == name)
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

    /// The request's `tools`.
    pub(super) fn list(&self) -> Option<Raw> {
        let tools = self.declared.iter().map(|tool| tool.wire.json());
        (!self.is_empty()).then(|| Raw::listed(tools))
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
