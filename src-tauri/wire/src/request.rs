//! What is asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize, Serializer};

use crate::block::Block;
use crate::literal::Literal;
use crate::object::Object;
use crate::raw::Raw;

/// A request to `/v1/messages`.
///
/// What is none, empty or false is left out of the JSON. Blocks go out as they are.
/// The API refuses members that it does not know, so what a model does not take must
/// be left none. Source: <https://platform.claude.com/docs/en/api/messages/create>.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MessagesRequest {
    /// On Foundry, the deployment's name.
    pub model: String,
    /// Most output tokens, thinking included.
    pub max_tokens: u32,
    /// The system prompt.
    pub system: Option<String>,
    /// The conversation; the first message must be the user's.
    pub messages: Vec<Message>,
    /// What the model may call. A request whose messages hold calls has to name tools.
    pub tools: Vec<Tool>,
    /// Whether it may call them; none leaves that to the model.
    pub tool_choice: Option<ToolChoice>,
    /// How to think; none leaves it to the model's own default.
    pub thinking: Option<Thinking>,
    /// How hard to try.
    pub output_config: Option<OutputConfig>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
    /// From 0 to 1; see [`crate::ApiVersion::needed`].
    pub temperature: Option<f64>,
    /// Answer with a stream of events.
    pub stream: bool,
    /// Further members, appended as written. One that is named like a field of this
    /// type takes its place.
    pub extra: Object,
}

impl MessagesRequest {
    /// The request as it is sent. What is carried as JSON is not read again for it.
    #[must_use]
    pub fn json(&self) -> String {
        let output_config = self.output_config.filter(|config| !config.is_empty());
        let stops = Some(&self.stop_sequences).filter(|stops| !stops.is_empty());
        let tools = Some(&self.tools).filter(|tools| !tools.is_empty());
        let members = [
            ("model", Some(Literal::from(self.model.as_str()).raw())),
            ("max_tokens", written(Some(&self.max_tokens))),
            ("stream", self.stream.then(|| Raw::composed("true"))),
            ("thinking", written(self.thinking.as_ref())),
            ("output_config", written(output_config.as_ref())),
            ("temperature", written(self.temperature.as_ref())),
            ("stop_sequences", written(stops)),
            (
                "system",
                self.system.as_deref().map(|it| Literal::from(it).raw()),
            ),
            ("tools", written(tools)),
            ("tool_choice", written(self.tool_choice.as_ref())),
        ];
        let mut text =
            String::with_capacity(256 + self.extra.length() + Message::length(&self.messages));
        text.push('{');
        for (key, value) in members {
            if let Some(value) = value
                && self.extra.get(key).is_none()
            {
                let before = if text.len() > 1 { ",\"" } else { "\"" };
                text.extend([before, key, "\":", value.json()]);
            }
        }
        if self.extra.get("messages").is_none() {
            text.push_str(if text.len() > 1 {
                ",\"messages\":"
            } else {
                "\"messages\":"
            });
            Message::write(&self.messages, &mut text);
        }
        self.extra.write_members(&mut text);
        text.push('}');
        text
    }
}

/// The JSON of a member's value, if there is one. All that these types hold can be written: they
/// have neither maps with keys that are no text nor numbers that JSON has not.
fn written<T: Serialize>(value: Option<&T>) -> Option<Raw> {
    let json = serde_json::to_string(value?).expect("BUG: it is made of valid JSON");
    Some(Raw::composed(json))
}

impl Serialize for MessagesRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Raw::composed(self.json()).serialize(serializer)
    }
}

/// One message of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who wrote it.
    pub role: Role,
    /// Its blocks, verbatim.
    pub content: Vec<Block>,
}

impl Message {
    /// How long the list of some messages becomes, at most.
    fn length(messages: &[Self]) -> usize {
        let blocks = messages.iter().flat_map(|message| &message.content);
        let length: usize = blocks.map(|block| block.json().len() + 1).sum();
        length + messages.len() * 40 + 2
    }

    /// Writes the list of some messages.
    fn write(messages: &[Self], text: &mut String) {
        text.push('[');
        for (at, message) in messages.iter().enumerate() {
            text.push_str(if at == 0 { "" } else { "," });
            text.push_str(match message.role {
                Role::User => r#"{"role":"user","content":["#,
                Role::Assistant => r#"{"role":"assistant","content":["#,
            });
            for (at, block) in message.content.iter().enumerate() {
                text.push_str(if at == 0 { "" } else { "," });
                text.push_str(block.json());
            }
            text.push_str("]}");
        }
        text.push(']');
    }
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, or the results of tools.
    User,
    /// The model.
    Assistant,
}

/// A tool that the model may ask for.
///
/// Source: <https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does and when to use it, for the model.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The JSON Schema of its input, whose type is `object`.
    pub input_schema: Raw,
}

impl Tool {
    /// Whether the API takes a tool, or a call, of this name.
    #[must_use]
    pub fn is_name(name: &str) -> bool {
        let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        !name.is_empty() && name.len() <= 64 && name.chars().all(letter)
    }
}

/// Whether the model may call tools. Newer models take no choice that forces them to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToolChoice {
    /// As it sees fit.
    Auto,
    /// Not at all: the tools are named only because earlier messages call them.
    None,
}

/// The request's `thinking`. Which kinds a model takes is in its
/// [`crate::models::BaseModel`].
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/thinking>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Thinking {
    /// The model decides how much.
    Adaptive {
        /// What is shown of it; none is the model's default.
        #[serde(skip_serializing_if = "Option::is_none")]
        display: Option<Display>,
    },
    /// Up to a budget; only models of 4.6 and older.
    Enabled {
        /// At least 1024, and below `max_tokens`.
        budget_tokens: u32,
        /// What is shown of it; none is the model's default.
        #[serde(skip_serializing_if = "Option::is_none")]
        display: Option<Display>,
    },
    /// Only between tool calls, never up front.
    BetweenTools,
    /// Not at all.
    Disabled,
}

/// What is shown of the model's thinking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A summary, as text.
    Summarized,
    /// Nothing: blocks come with an empty text and a signature.
    Omitted,
}

/// The request's `output_config`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct OutputConfig {
    /// How hard to try; none is the model's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
}

impl OutputConfig {
    fn is_empty(&self) -> bool {
        self.effort.is_none()
    }
}

/// How hard the model tries: depth of thinking and length of the answer alike.
///
/// Source: <https://platform.claude.com/docs/en/build-with-claude/effort>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Quickest and cheapest.
    Low,
    /// Between the two.
    Medium,
    /// The default of most models.
    High,
    /// For long and hard work.
    Xhigh,
    /// No restraint.
    Max,
}

impl Effort {
    /// All of them, least first.
    pub const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::High, Self::Xhigh, Self::Max];

    /// The API's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Xhigh => "xhigh",
            Self::Max => "max",
        }
    }
}

impl fmt::Display for Effort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Effort {
    type Err = UnknownEffort;

    fn from_str(word: &str) -> Result<Self, UnknownEffort> {
        let known = Self::ALL.into_iter().find(|effort| effort.as_str() == word);
        known.ok_or_else(|| UnknownEffort(word.to_owned()))
    }
}

/// A word that names no effort.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an effort")]
pub struct UnknownEffort(pub String);
