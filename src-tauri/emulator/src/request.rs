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
    /// The text of the system prompt and of system messages; empty when there are none.
    pub(crate) system: String,
    /// The tools that are offered.
    pub(crate) tools: Vec<Value>,
    pub(crate) choice: Choice,
    /// The schema of `output_config.format`, where the answer has to fit one.
    pub(crate) schema: Option<Value>,
    /// Several calls at once are allowed.
    pub(crate) parallel: bool,
    /// What the person and the model said, in turns.
    pub(crate) turns: Vec<Turn>,
    pub(crate) input_tokens: u64,
    pub(crate) signer: Signer,
}

/// Which tools the answer may, or must, call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Choice {
    Auto,
    Any,
    Tool(String),
    None,
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
    /// The operator, amid the conversation.
    System,
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
        self.question_turn().map(Turn::text).unwrap_or_default()
    }

    /// The message that the question stands in.
    pub(crate) fn question_turn(&self) -> Option<&Turn> {
        self.turns.get(self.question_at()?)
    }

    /// How many messages came before the question.
    pub(crate) fn earlier(&self) -> usize {
        self.question_at().unwrap_or_default()
    }

    /// What was said since the question, which is calls and their results.
    pub(crate) fn since_question(&self) -> &[Turn] {
        let after = self.question_at().map_or(0, |at| at + 1);
        self.turns.get(after..).unwrap_or_default()
    }

    fn question_at(&self) -> Option<usize> {
        let asks = |turn: &Turn| turn.role == Role::User && !turn.text().trim().is_empty();
        self.turns.iter().rposition(asks)
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
