//! Why an answer ended.

use std::fmt;

use crate::object::Object;

/// Why the model stopped, as the API says it.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StopReason {
    /// The answer is complete.
    EndTurn,
    /// `max_tokens` was reached: the answer is cut off, and a tool call may be too.
    MaxTokens,
    /// One of the request's stop sequences came up.
    StopSequence,
    /// The model waits for the results of its tool calls.
    ToolUse,
    /// A loop of tools that the API runs was paused: send the answer back as it is.
    PauseTurn,
    /// Safety classifiers ended the answer; what there is of it is to be discarded.
    Refusal,
    /// The context window is full.
    ModelContextWindowExceeded,
    /// Paused after the context was compacted: send again.
    Compaction,
    /// A reason that came after this program; to be treated as an end.
    Unknown(String),
}

impl StopReason {
    /// The API's word.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::PauseTurn => "pause_turn",
            Self::Refusal => "refusal",
            Self::ModelContextWindowExceeded => "model_context_window_exceeded",
            Self::Compaction => "compaction",
            Self::Unknown(word) => word,
        }
    }

    /// The `stop_reason` of a message, or of what is added to one.
    pub(crate) fn in_member(message: &Object) -> Option<Self> {
        let word = message.known("stop_reason")?;
        let said = message.text("stop_reason");
        Some(Self::from(said.as_deref().unwrap_or(word.json())))
    }
}

impl From<&str> for StopReason {
    fn from(word: &str) -> Self {
        match word {
            "end_turn" => Self::EndTurn,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "tool_use" => Self::ToolUse,
            "pause_turn" => Self::PauseTurn,
            "refusal" => Self::Refusal,
            "model_context_window_exceeded" => Self::ModelContextWindowExceeded,
            "compaction" => Self::Compaction,
            other => Self::Unknown(other.to_owned()),
        }
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
