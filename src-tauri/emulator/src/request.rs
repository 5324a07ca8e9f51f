//! A request that passed every check, as the answer needs it.

use serde_json::Value;

use crate::deployments::Deployment;
use crate::signature::Signer;

/// What was asked.
pub(crate) struct Asked {
    pub(crate) deployment: Deployment,
    pub(crate) stream: bool,
    /// None for `count_tokens`, which has no such field.
    pub(crate) max_tokens: Option<u64>,
    pub(crate) thinking: Thinking,
    pub(crate) stop_sequences: Vec<String>,
    pub(crate) turns: Vec<Turn>,
    pub(crate) input_tokens: u64,
    pub(crate) signer: Signer,
}

/// Whether the answer thinks aloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Thinking {
    Off,
    /// Thinking blocks come empty, with a signature.
    Omitted,
    Summarized,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    User,
    Assistant,
}

/// A message; a string as content has become one text block.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) role: Role,
    pub(crate) blocks: Vec<Value>,
}

impl Asked {
    /// What the person wrote last: the last user message with text in it.
    pub(crate) fn question(&self) -> String {
        let users = self
            .turns
            .iter()
            .rev()
            .filter(|turn| turn.role == Role::User);
        let mut texts = users.map(Turn::text);
        texts
            .find(|text| !text.trim().is_empty())
            .unwrap_or_default()
    }

    /// How many messages came before the last one.
    pub(crate) fn earlier(&self) -> usize {
        self.turns.len().saturating_sub(1)
    }
}

impl Turn {
    pub(crate) fn text(&self) -> String {
        let texts = self.blocks.iter().filter(|block| kind(block) == "text");
        let texts: Vec<&str> = texts.filter_map(|block| block["text"].as_str()).collect();
        texts.join("\n")
    }
}

/// A block's `type`, or nothing.
pub(crate) fn kind(block: &Value) -> &str {
    block["type"].as_str().unwrap_or_default()
}
