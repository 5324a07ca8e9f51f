//! What a request wants of its answer.

use super::names::ToolNames;

/// What has to be known of a request when its answer is translated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// The model as the client named it; answers carry this name.
    pub model: String,
    /// The answer is to be a stream.
    pub stream: bool,
    /// A stream is to end with a chunk of usage.
    pub include_usage: bool,
    /// The names of the tools in both spellings.
    pub names: ToolNames,
    /// The tool whose call is the answer, when JSON was asked for and the deployment has
    /// no structured outputs.
    pub json_tool: Option<JsonTool>,
    /// Tools came as `functions`, so calls go back as `function_call`.
    pub legacy_functions: bool,
}

/// A tool that exists so that its input has the form that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonTool {
    /// Its name, as the API knows it.
    pub name: String,
    /// The input of a tool is an object. A schema of anything else is that of this
    /// object's member `value`, which is the answer.
    pub wrapped: bool,
}
