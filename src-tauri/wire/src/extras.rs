//! What an answer says beside its content and its ending, for who goes on with the conversation.

use crate::object::Object;
use crate::raw::Raw;

/// Members of an answer that are kept as they came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// The container that code ran in, to be named when the conversation goes on.
    /// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/code-execution-tool>.
    pub container: Option<Raw>,
    /// What was cleared from the conversation before the model read it.
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/context-editing>.
    pub context_management: Option<Raw>,
    /// What became of thinking that is bound to another model or conversation.
    /// Source: the official clients' types, `BetaMessage.input_transformations`.
    pub input_transformations: Option<Raw>,
}

impl Extras {
    /// Those of a message, or of an event about it.
    pub(crate) fn of(message: &Object) -> Self {
        Self {
            container: message.known("container"),
            context_management: message.known("context_management"),
            input_transformations: message.known("input_transformations"),
        }
    }

    /// Takes over what was said later.
    pub(crate) fn overwrite(&mut self, later: &Self) {
        keep_newer(&mut self.container, later.container.as_ref());
        keep_newer(
            &mut self.context_management,
            later.context_management.as_ref(),
        );
        keep_newer(
            &mut self.input_transformations,
            later.input_transformations.as_ref(),
        );
    }

    /// Each by its name.
    pub(crate) fn members(&self) -> [(&'static str, Option<Raw>); 3] {
        [
            ("container", self.container.clone()),
            ("context_management", self.context_management.clone()),
            ("input_transformations", self.input_transformations.clone()),
        ]
    }
}

/// What was said later counts, and what is left out then stays.
pub(crate) fn keep_newer<T: Clone>(known: &mut Option<T>, newer: Option<&T>) {
    if let Some(newer) = newer {
        *known = Some(newer.clone());
    }
}
