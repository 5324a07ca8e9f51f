//! Tools that a turn may call: those that are built in, and later those of MCP servers.
//!
//! A tool sees the arguments of one call and its [`Surroundings`], and answers with text.
//! Deliberately absent: who may call what, how long that may take and how much may come
//! back (the engine's affair), Foundry, conversations on disk, windows, and words for
//! people: a failure is a typed [`ToolError`].
//!
//! Start reading at [`all`].

mod current_time;

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A tool, as a model is told of it.
///
/// Name, description and schema are part of what a model was asked with, and its thinking
/// is bound to that: they change only when the tool itself does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tool {
    name: &'static str,
    description: &'static str,
    input_schema: &'static str,
    builtin: Builtin,
}

/// What stands behind a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Builtin {
    CurrentTime,
}

/// Every tool that there is, always in this order.
#[must_use]
pub fn all() -> &'static [Tool] {
    &[Tool {
        name: "current_time",
        description: current_time::DESCRIPTION,
        input_schema: current_time::INPUT_SCHEMA,
        builtin: Builtin::CurrentTime,
    }]
}

/// The tool with exactly this name.
#[must_use]
pub fn find(name: &str) -> Option<Tool> {
    all().iter().find(|tool| tool.name == name).copied()
}

impl Tool {
    /// Its name, as a model calls it: letters, digits and `_`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What it does and when to use it, for a model.
    #[must_use]
    pub fn description(&self) -> &'static str {
        self.description
    }

    /// The JSON Schema of its input, as a JSON text.
    #[must_use]
    pub fn input_schema(&self) -> &'static str {
        self.input_schema
    }

    /// Runs one call. It has no time limit of its own, and may be dropped at any moment.
    ///
    /// # Errors
    /// [`ToolError`], which is to be told to the model.
    pub async fn run(
        self,
        input: String,
        surroundings: Surroundings,
    ) -> Result<ToolOutput, ToolError> {
        match self.builtin {
            Builtin::CurrentTime => current_time::run(&input, &surroundings),
        }
    }
}

/// What a call may know of the machine that it runs on.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Now.
    pub now: Timestamp,
    /// The time zone of the person.
    pub time_zone: TimeZone,
}

impl Surroundings {
    /// This machine's, at this moment.
    #[must_use]
    pub fn here_and_now() -> Self {
        Self {
            now: Timestamp::now(),
            time_zone: TimeZone::system(),
        }
    }
}

/// What a tool answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToolOutput {
    /// The answer, as a model reads it.
    pub text: String,
}

/// Why a tool gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The input is not what the schema describes.
    #[error("the input does not fit the schema: {0}")]
    BadInput(String),
    /// The IANA database has no time zone of that name.
    #[error("there is no time zone `{0}`")]
    UnknownTimeZone(String),
}
