//! Content blocks.

use serde::{Deserialize, Deserializer, Serialize};

use crate::literal::Literal;
use crate::object::Object;
use crate::raw::{BadJson, Raw};

/// One content block, verbatim.
///
/// It is a JSON object and nothing more is promised: blocks of kinds that came after
/// this program are kept and sent back like all others. [`Block::view`] reads what is
/// known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Block(Raw);

impl Block {
    /// Keeps a block's JSON text.
    ///
    /// # Errors
    ///
    /// [`BadJson`] when `text` is not one JSON object.
    pub fn from_json(text: impl Into<String>) -> Result<Self, BadJson> {
        Self::from_raw(Raw::parse(text)?)
    }

    /// The block's JSON text, as it arrived.
    #[must_use]
    pub fn json(&self) -> &str {
        self.0.json()
    }

    /// A `text` block. The API refuses one whose text is empty.
    #[must_use]
    pub fn text(text: &str) -> Self {
        let text = Literal::from(text).quoted();
        Self(Raw::composed(format!(r#"{{"type":"text","text":{text}}}"#)))
    }

    /// A `text` block that says what a JSON string says, in its spelling.
    pub(crate) fn of_text(text: &str, cached: Option<&Raw>) -> Self {
        const KEYS: &str = r#"{"type":"text","text":,"cache_control":}"#;
        let cached = cached.map(Raw::json);
        let length = KEYS.len() + text.len() + cached.map_or(0, str::len);
        let mut block = String::with_capacity(length);
        block.push_str(r#"{"type":"text","text":"#);
        block.push_str(text);
        if let Some(cached) = cached {
            block.push_str(r#","cache_control":"#);
            block.push_str(cached);
        }
        block.push('}');
        Self(Raw::composed(block))
    }

    /// A `tool_result` block: what the call `id` answered, or how it failed.
    #[must_use]
    pub fn tool_result(id: &str, text: &str, failed: bool) -> Self {
        let id = Literal::from(id).quoted();
        let text = Literal::from(text).quoted();
        let failed = if failed { r#","is_error":true"# } else { "" };
        Self(Raw::composed(format!(
            r#"{{"type":"tool_result","tool_use_id":{id},"content":{text}{failed}}}"#
        )))
    }

    /// An `image` block whose content travels with it; `data` is base64.
    ///
    /// Source: <https://platform.claude.com/docs/en/build-with-claude/vision>.
    #[must_use]
    pub fn image(media_type: &str, data: &str) -> Self {
        let media_type = Literal::from(media_type).quoted();
        let data = Literal::from(data).quoted();
        Self(Raw::composed(format!(
            r#"{{"type":"image","source":{{"type":"base64","media_type":{media_type},"data":{data}}}}}"#
        )))
    }

    /// A `document` block of plain text under a title.
    ///
    /// Source: <https://platform.claude.com/docs/en/api/messages/create>.
    #[must_use]
    pub fn text_document(title: &str, text: &str) -> Self {
        let title = Literal::from(title).quoted();
        let text = Literal::from(text).quoted();
        Self(Raw::composed(format!(
            r#"{{"type":"document","source":{{"type":"text","media_type":"text/plain","data":{text}}},"title":{title}}}"#
        )))
    }

    /// What is known of the block.
    #[must_use]
    pub fn view(&self) -> BlockKind {
        BlockKind::of(&self.members())
    }

    pub(crate) fn from_raw(raw: Raw) -> Result<Self, BadJson> {
        if raw.is_object() {
            Ok(Self(raw))
        } else {
            Err(BadJson::NotAnObject)
        }
    }

    pub(crate) fn into_raw(self) -> Raw {
        self.0
    }

    pub(crate) fn members(&self) -> Object {
        Object::parse(self.json()).expect("BUG: a block is a JSON object")
    }
}

impl From<&Object> for Block {
    fn from(object: &Object) -> Self {
        Self(object.raw())
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_raw(Raw::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// What a block is, for those who show it or act on it. The block itself stays the
/// truth: a kind is never turned back into one.
///
/// Fields that a block lacks, against the API's description, are empty here.
/// Source: <https://platform.claude.com/docs/en/api/messages/create>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BlockKind {
    /// Prose.
    Text {
        /// Markdown, usually.
        text: String,
    },
    /// The model's reasoning, or a summary of it.
    Thinking {
        /// May be empty: the model thought, and the text is withheld.
        thinking: String,
        /// Proof of origin, opaque; none until it has arrived.
        signature: Option<String>,
    },
    /// Reasoning that the API gives only in encrypted form.
    RedactedThinking,
    /// The model asks this program to run a tool. Calls of tools that the API runs
    /// itself (`server_tool_use`, `mcp_tool_use`) are not among these.
    ToolUse {
        /// The call, to be named in its result.
        id: String,
        /// The tool.
        name: String,
        /// The arguments, JSON as the model wrote it.
        input: String,
    },
    /// What a tool answered.
    ToolResult {
        /// The call.
        tool_use_id: String,
        /// The text of the answer; other content is left out of it.
        text: String,
        /// The tool failed, or was not allowed to run.
        is_error: bool,
    },
    /// A kind that this program does not read.
    Unknown {
        /// Its `type`; empty when it has none.
        kind: String,
    },
}

impl BlockKind {
    /// What is known of a block with these members.
    pub(crate) fn of(block: &Object) -> Self {
        let text = |key| block.text(key).unwrap_or_default();
        let kind = text("type");
        match kind.as_str() {
            "text" => Self::Text { text: text("text") },
            "thinking" => Self::Thinking {
                thinking: text("thinking"),
                signature: block.text("signature").filter(|sig| !sig.is_empty()),
            },
            "redacted_thinking" => Self::RedactedThinking,
            "tool_use" => Self::ToolUse {
                id: text("id"),
                name: text("name"),
                input: block
                    .known("input")
                    .map_or_else(|| "{}".to_owned(), |input| input.json().to_owned()),
            },
            "tool_result" => Self::ToolResult {
                tool_use_id: text("tool_use_id"),
                text: result_text(block),
                is_error: block
                    .get("is_error")
                    .is_some_and(|raw| raw.json() == "true"),
            },
            _ => Self::Unknown { kind },
        }
    }
}

/// The text of a tool's result, which is a string or a list of blocks.
fn result_text(block: &Object) -> String {
    if let Some(text) = block.text("content") {
        return text;
    }
    let texts: Vec<String> = block
        .list("content")
        .unwrap_or_default()
        .iter()
        .filter_map(|raw| Object::parse(raw.json()).ok())
        .filter(|part| part.text("type").as_deref() == Some("text"))
        .filter_map(|part| part.text("text"))
        .collect();
    texts.join("\n")
}
