//! The messages: roles merged, system prompts gathered, calls and results paired.

use std::collections::BTreeSet;

use crate::block::Block;
use crate::object::Object;
use crate::openai::content::{Place, Reader, cache_control, cache_last, parts_of};
use crate::openai::dropped::Why;
use crate::openai::names::ToolNames;
use crate::openai::refusal::Refusal;
use crate::openai::text::{object, string};
use crate::raw::Raw;
use crate::request::{Message, Role};

use super::assistant;
use super::case::Case;
use super::pairing::{Calls, Key};
use super::thinking::Thoughts;

/// The conversation as the API takes it.
///
/// Messages of one role in a row are one message there, and results stand first in the
/// message after their calls. Source:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>.
#[derive(Default)]
pub(super) struct Conversation {
    /// The blocks of the system prompt.
    pub(super) system: Vec<Raw>,
    /// Those that came after an answer which nothing has followed yet.
    late: Vec<Block>,
    /// The messages that they came in.
    late_at: Vec<usize>,
    /// The names of all tools that were called, in the API's spelling, each once.
    pub(super) called: Vec<String>,
    turns: Vec<Turn>,
    /// The same names.
    known: BTreeSet<String>,
    calls: Calls,
}

/// The members of a result, in a message or in a block.
const RESULT: &[&str] = &["tool_call_id", "name", "is_error", "type", "tool_use_id"];

struct Turn {
    role: Role,
    results: Vec<Block>,
    blocks: Vec<Block>,
}

impl Conversation {
    /// Takes `messages`, and `system` where the client sends that too.
    pub(super) fn take(
        &mut self,
        case: &mut Case<'_>,
        names: &mut ToolNames,
    ) -> Result<(), Refusal> {
        if let Some(system) = case.take("system") {
            let blocks = read(case, Place::System, "system".to_owned(), &system)?;
            self.system.extend(blocks.into_iter().map(Block::into_raw));
        }
        let messages = case.list("messages")?;
        let messages = messages.ok_or_else(|| Refusal::missing("messages"))?;
        for (at, raw) in messages.iter().enumerate() {
            let path = format!("messages[{at}]");
            let message = Object::parse(raw)
                .map_err(|_| Refusal::invalid(&path, format!("`{path}` must be an object")))?;
            let role = message.text("role");
            let role = role.ok_or_else(|| Refusal::missing(&format!("{path}.role")))?;
            let cached = cache_control(&message, &path, &mut case.dropped)?;
            match role.as_str() {
                "system" | "developer" => {
                    self.system_message(case, &message, at, cached)?;
                }
                "user" => self.user(case, &message, &path, cached)?,
                "assistant" => self.assistant(case, names, &message, at, cached)?,
                "tool" | "function" => self.result(case, &message, &path, cached)?,
                other => {
                    let message = format!(
                        "`{path}.role` is `{other}`; it must be system, developer, user, assistant or tool"
                    );
                    return Err(Refusal::invalid(&format!("{path}.role"), message));
                }
            }
        }
        // What a client says last is what the model is to answer. At the top it would leave the
        // model's own words at the end, which it would go on with, or could not.
        let late = std::mem::take(&mut self.late);
        if !late.is_empty() {
            for at in &self.late_at {
                case.drop(format!("messages[{at}].role"), Why::Nearest);
            }
            self.turn(Role::User).blocks.extend(late);
        }
        Ok(())
    }

    fn system_message(
        &mut self,
        case: &mut Case<'_>,
        message: &Object,
        at: usize,
        cached: Option<Raw>,
    ) -> Result<(), Refusal> {
        let path = format!("messages[{at}]");
        let content = needed(message, &path, "content")?;
        let mut blocks = read(case, Place::System, format!("{path}.content"), content)?;
        leftovers(case, message, &path, &[]);
        if let Some(cached) = cached {
            cache_last(&mut blocks, cached);
        }
        match self.turns.last() {
            Some(turn) if turn.role == Role::Assistant && !blocks.is_empty() => {
                self.late.extend(blocks);
                self.late_at.push(at);
            }
            _ => self.system.extend(blocks.into_iter().map(Block::into_raw)),
        }
        Ok(())
    }

    fn user(
        &mut self,
        case: &mut Case<'_>,
        message: &Object,
        path: &str,
        cached: Option<Raw>,
    ) -> Result<(), Refusal> {
        let content = needed(message, path, "content")?;
        // Results as blocks of the Messages API, where programs put them that know the model for
        // one of Anthropic's.
        for (at, part) in parts_of(Some(content), "tool_result") {
            let path = format!("{path}.content[{at}]");
            let cached = cache_control(&part, &path, &mut case.dropped)?;
            self.result(case, &part, &path, cached)?;
        }
        let mut blocks = read(case, Place::User, format!("{path}.content"), content)?;
        if let Some(cached) = cached {
            cache_last(&mut blocks, cached);
        }
        leftovers(case, message, path, &["name"]);
        if blocks.is_empty() {
            return Ok(());
        }
        // Several people may share the role, and the API has no other place for a name.
        let name = message.text("name").filter(|name| !name.trim().is_empty());
        let name = name.map(|name| Block::text(&format!("{name}:")));
        let turn = self.turn(Role::User);
        turn.blocks.extend(name);
        turn.blocks.extend(blocks);
        Ok(())
    }

    fn assistant(
        &mut self,
        case: &mut Case<'_>,
        names: &mut ToolNames,
        message: &Object,
        at: usize,
        cached: Option<Raw>,
    ) -> Result<(), Refusal> {
        let path = format!("messages[{at}]");
        let pieces = assistant::read(case, message, &path)?;
        leftovers(case, message, &path, assistant::MEMBERS);
        if pieces.is_empty() {
            return Ok(());
        }
        if self
            .turns
            .last()
            .is_some_and(|turn| turn.role == Role::User)
        {
            self.calls.next_round()?;
        }
        let mut blocks = vec![];
        for piece in pieces {
            blocks.push(match piece {
                assistant::Piece::Block(block) => block,
                assistant::Piece::Call(call) => self.call(names, at, call)?,
            });
        }
        if let Some(cached) = cached {
            cache_last(&mut blocks, cached);
        }
        self.turn(Role::Assistant).blocks.extend(blocks);
        Ok(())
    }

    fn call(
        &mut self,
        names: &mut ToolNames,
        at: usize,
        call: assistant::Call,
    ) -> Result<Block, Refusal> {
        let key = match call.id {
            Some(id) => Key::Id(id),
            None => Key::Function(call.name.clone()),
        };
        let wire_id = self.calls.ask(key, at)?;
        let name = names.spell(&call.name);
        if self.known.insert(name.clone()) {
            self.called.push(name.clone());
        }
        let block = object([
            ("type", Some(string("tool_use"))),
            ("id", Some(string(&wire_id))),
            ("name", Some(string(&name))),
            ("input", Some(call.input)),
            ("cache_control", call.cached),
        ]);
        Ok(Block::from(&block))
    }

    fn result(
        &mut self,
        case: &mut Case<'_>,
        message: &Object,
        path: &str,
        cached: Option<Raw>,
    ) -> Result<(), Refusal> {
        let wire_id = self.calls.answer(message, path)?;
        let content = message.get("content");
        let content = content.filter(|content| !content.is_null() && content.json() != "\"\"");
        let content = match content {
            Some(text) if text.is_text() => Some(text.clone()),
            Some(parts) => {
                let blocks = read(case, Place::Tool, format!("{path}.content"), parts)?;
                let written = blocks.iter().map(Block::json);
                (!blocks.is_empty()).then(|| Raw::listed(written))
            }
            None => None,
        };
        let failed = message
            .get("is_error")
            .is_some_and(|flag| flag.json() == "true");
        leftovers(case, message, path, RESULT);
        let block = object([
            ("type", Some(string("tool_result"))),
            ("tool_use_id", Some(string(&wire_id))),
            ("content", content),
            ("is_error", failed.then(|| Raw::composed("true".to_owned()))),
            ("cache_control", cached),
        ]);
        self.turn(Role::User).results.push(Block::from(&block));
        Ok(())
    }

    fn turn(&mut self, role: Role) -> &mut Turn {
        let late = std::mem::take(&mut self.late);
        self.late_at.clear();
        self.system.extend(late.into_iter().map(Block::into_raw));
        if self.turns.last().is_none_or(|turn| turn.role != role) {
            self.turns.push(Turn {
                role,
                results: vec![],
                blocks: vec![],
            });
        }
        self.turns.last_mut().expect("BUG: a turn was pushed")
    }

    /// Checks what the API demands of the whole.
    pub(super) fn finish(
        &mut self,
        case: &mut Case<'_>,
        thoughts: &mut Thoughts,
    ) -> Result<(), Refusal> {
        self.calls.all_answered()?;
        let Some(first) = self.turns.first() else {
            let message = "`messages` must hold at least one message of the user that is not empty";
            return Err(Refusal::invalid("messages", message));
        };
        if first.role != Role::User {
            let message = "the first message, system messages aside, must be the user's";
            return Err(Refusal::invalid("messages", message));
        }
        if thoughts.budgeted && self.calls_without_thinking() {
            thoughts.give_up(case);
        }
        let last = self.turns.last_mut().expect("BUG: there is a first turn");
        if last.role == Role::Assistant {
            let known = case.facts.is_mapped();
            if known && (!case.facts.model.prefill || thoughts.budgeted) {
                let name = case.model_name();
                let message = format!(
                    "{name} cannot continue a message of its own here; the conversation must end with a user message"
                );
                return Err(Refusal::invalid("messages", message));
            }
            trim_end(&mut last.blocks);
        }
        Ok(())
    }

    /// The results that come last belong to an answer that does not begin with thinking. Most
    /// clients of OpenAI's do not send it back, and models that think within a budget want it
    /// there. Source:
    /// <https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows>.
    fn calls_without_thinking(&self) -> bool {
        let [.., answer, last] = &self.turns[..] else {
            return false;
        };
        let first = answer.blocks.first();
        let first = first.and_then(|block| block.members().text("type"));
        let thinks = matches!(first.as_deref(), Some("thinking" | "redacted_thinking"));
        last.role == Role::User && !last.results.is_empty() && !thinks
    }

    /// The request's `system`.
    pub(super) fn system(&self) -> Option<Raw> {
        (!self.system.is_empty()).then(|| Raw::list(&self.system))
    }

    pub(super) fn messages(self) -> Vec<Message> {
        let message = |turn: Turn| {
            let mut content = turn.results;
            content.extend(turn.blocks);
            Message {
                role: turn.role,
                content,
            }
        };
        self.turns.into_iter().map(message).collect()
    }
}

/// The API refuses a beginning of an answer that ends in white space.
fn trim_end(blocks: &mut [Block]) {
    let Some(last) = blocks.last_mut() else {
        return;
    };
    let mut members = last.members();
    let Some(text) = members.text("text") else {
        return;
    };
    if text.trim_end() != text {
        members.set("text", string(text.trim_end()));
        *last = Block::from(&members);
    }
}

/// Reads content.
pub(super) fn read(
    case: &mut Case<'_>,
    place: Place,
    path: String,
    content: &Raw,
) -> Result<Vec<Block>, Refusal> {
    let mut betas = vec![];
    let mut reader = Reader {
        place,
        path,
        hosting: case.facts.hosting,
        dropped: &mut case.dropped,
        bare: &mut case.bare,
        betas: &mut betas,
    };
    let blocks = reader.blocks(content)?;
    betas.iter().for_each(|beta| case.beta(beta));
    Ok(blocks)
}

/// Lists what is in a message and was not translated.
fn leftovers(case: &mut Case<'_>, message: &Object, path: &str, known: &[&str]) {
    let read = [&["role", "content", "cache_control"], known].concat();
    case.dropped.unread(message, path, &read);
}

fn needed<'a>(message: &'a Object, path: &str, key: &str) -> Result<&'a Raw, Refusal> {
    let value = message.get(key).filter(|value| !value.is_null());
    value.ok_or_else(|| Refusal::missing(&format!("{path}.{key}")))
}
