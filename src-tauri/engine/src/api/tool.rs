//! Tools: what a model may ask the person's machine to do.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A tool that Hearth has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ToolView {
    /// Its name, as the model calls it.
    pub name: String,
    /// Its name, as a person reads it.
    pub title: String,
    /// What it does, as a person reads it.
    pub description: String,
    /// Models are told of it. Off until the person turns it on.
    pub enabled: bool,
}

/// How far a tool's call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CallState {
    /// The model writes it, or it waits for the calls before it.
    Asked,
    /// The person is asked.
    Approval,
    /// It runs.
    Running,
    /// It gave a result.
    Done,
    /// It failed; the model was told how.
    Failed,
    /// The person said no; the model was told.
    Denied,
    /// It never ran: the answer was stopped or cut before.
    Skipped,
}

/// What a person says to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// This call may run.
    Once,
    /// This call may run, and so may every call of the tool in this conversation.
    Conversation,
    /// It may not run; the model is told so, and goes on.
    Deny,
}

/// A tool that may run in a conversation without asking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GrantView {
    /// The tool's name, as the model calls it.
    pub tool: String,
    /// When the person agreed, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub granted_at: i64,
}
