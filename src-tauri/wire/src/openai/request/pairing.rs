//! Which result answers which call.

use std::collections::{BTreeMap, BTreeSet};

use crate::object::Object;
use crate::openai::names::id;
use crate::openai::refusal::Refusal;

/// The calls of a conversation.
///
/// The API takes an id once in a conversation, and wants every call answered in the next
/// message, once; clients are less strict about both. Source:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/handle-tool-calls>.
#[derive(Default)]
pub(super) struct Calls {
    /// The calls of the model's last message.
    open: BTreeMap<Key, Call>,
    /// Every id in the API's spelling.
    used: BTreeSet<String>,
    /// How often an id has come again.
    again: BTreeMap<String, u64>,
}

/// How a result names its call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Id(String),
    /// The older `function_call` has no id: its result names the function.
    Function(String),
}

impl Key {
    fn said(&self) -> &str {
        match self {
            Self::Id(said) | Self::Function(said) => said,
        }
    }

    /// Where a message or a block with a result says which call it answers.
    fn member_of(result: &Object) -> &'static str {
        match (
            result.text("role").as_deref(),
            result.text("type").as_deref(),
        ) {
            (Some("function"), _) => "name",
            (None, Some("tool_result")) => "tool_use_id",
            _ => "tool_call_id",
        }
    }

    /// The key in a message with a result.
    fn of_result(message: &Object, path: &str) -> Result<Self, Refusal> {
        let member = Self::member_of(message);
        let is_function = member == "name";
        let said = message.text(member);
        let said = said.ok_or_else(|| Refusal::missing(&format!("{path}.{member}")))?;
        Ok(if is_function {
            Self::Function(said)
        } else {
            Self::Id(said)
        })
    }
}

struct Call {
    wire_id: String,
    /// The message that it is in.
    message: usize,
    answered: bool,
}

impl Calls {
    /// Notes a call of the message number `message`; its id in the API's spelling.
    pub(super) fn ask(&mut self, key: Key, message: usize) -> Result<String, Refusal> {
        if self.open.contains_key(&key) {
            let path = format!("messages[{message}].tool_calls");
            let words = format!(
                "`{path}`: two calls cannot be told apart by `{}`",
                key.said()
            );
            return Err(Refusal::invalid(&path, words));
        }
        let base = match &key {
            Key::Id(original) => id(original),
            Key::Function(_) => format!("function_call_{message}"),
        };
        let wire_id = self.unused(base);
        self.used.insert(wire_id.clone());
        let call = Call {
            wire_id: wire_id.clone(),
            message,
            answered: false,
        };
        self.open.insert(key, call);
        Ok(wire_id)
    }

    /// Some servers number the calls of every answer from zero.
    fn unused(&mut self, base: String) -> String {
        if !self.used.contains(&base) {
            return base;
        }
        let times = self.again.entry(base.clone()).or_insert(1);
        loop {
            *times += 1;
            let numbered = format!("{base}_{times}");
            if !self.used.contains(&numbered) {
                return numbered;
            }
        }
    }

    /// Finds the call that a message answers; its id in the API's spelling.
    pub(super) fn answer(&mut self, message: &Object, path: &str) -> Result<String, Refusal> {
        let key = Key::of_result(message, path)?;
        match self.open.get_mut(&key).filter(|call| !call.answered) {
            Some(call) => {
                call.answered = true;
                Ok(call.wire_id.clone())
            }
            None => {
                let member = Key::member_of(message);
                let words = format!(
                    "`{path}` answers `{}`, which no unanswered call of the assistant message before it has; every result must follow its call, once",
                    key.said()
                );
                Err(Refusal::invalid(&format!("{path}.{member}"), words))
            }
        }
    }

    /// The model's next message begins: everything before has to be answered.
    pub(super) fn next_round(&mut self) -> Result<(), Refusal> {
        self.all_answered()?;
        self.open.clear();
        Ok(())
    }

    pub(super) fn all_answered(&self) -> Result<(), Refusal> {
        let mut open = self.open.iter();
        let Some((key, call)) = open.find(|(_, call)| !call.answered) else {
            return Ok(());
        };
        let param = format!("messages[{}].tool_calls", call.message);
        let words = format!(
            "an assistant message with calls must be followed by a message with the result of each; `{}` has none",
            key.said()
        );
        Err(Refusal::invalid(&param, words))
    }
}
