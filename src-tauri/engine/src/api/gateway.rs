//! The gateway as a person sees it: whether it runs, where, for whom, and what went through it.
//!
//! The engine keeps what is chosen and the keys; the program around it serves, and tells the
//! engine how that goes.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::{ConnectionId, SecretPlace};
use super::error::ErrorReport;

/// The gateway as chosen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct GatewaySettings {
    /// It runs while Hearth runs.
    pub on: bool,
    /// The port on this machine (127.0.0.1) where programs find it; 0 lets the system choose.
    pub port: u16,
    /// The connection that is lent; none means the one that questions go to.
    pub connection: Option<ConnectionId>,
    /// Web pages that may ask, such as `https://tool.example.com`. Without any, none may.
    pub origins: Vec<String>,
    /// What a model does not take is left out of translated requests, and not refused.
    pub drop_params: bool,
    /// Translated requests that name no limit get the model's; otherwise 4,096 tokens.
    pub model_limit: bool,
}

impl Default for GatewaySettings {
    fn default() -> Self {
        Self {
            on: false,
            port: 4000,
            connection: None,
            origins: Vec::new(),
            drop_params: false,
            model_limit: false,
        }
    }
}

/// A key of the gateway's own.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(transparent)]
pub struct GatewayKeyId(pub String);

/// The gateway as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewayView {
    /// As chosen.
    pub settings: GatewaySettings,
    /// How it is now.
    pub state: GatewayState,
    /// The keys that are accepted, in the order in which they were made.
    pub keys: Vec<GatewayKeyView>,
    /// The names by which programs can ask, as lent now; empty while nothing is lent.
    pub models: Vec<String>,
    /// How programs are pointed at it, ready to copy.
    pub snippets: Vec<GatewaySnippet>,
    /// What went through it today, in the person's time zone.
    pub today: GatewaySum,
    /// The last requests, newest first; at most 50. Without contents.
    pub recent: Vec<GatewayRequest>,
}

/// How the gateway is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them, and it is moved when a person changes something"
)]
pub enum GatewayState {
    /// It is switched off.
    Off,
    /// It is about to serve.
    Starting,
    /// It serves.
    #[serde(rename_all = "camelCase")]
    Running {
        /// Where, such as `http://127.0.0.1:4000`.
        url: String,
        /// The connection that is lent.
        connection: String,
        /// Since when, in milliseconds since the Unix epoch.
        #[ts(type = "number")]
        since: i64,
    },
    /// It is switched on and does not serve.
    Failed {
        /// Why, and what helps.
        problem: ErrorReport,
    },
}

/// A key as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewayKeyView {
    /// Which one.
    pub id: GatewayKeyId,
    /// For whom or what it was made.
    pub name: String,
    /// Its last four characters; none when the keyring does not give it.
    pub ending: Option<String>,
    /// Where it is kept; none when the keyring does not give it.
    pub place: Option<SecretPlace>,
    /// The models that it may ask for; none means all.
    pub models: Option<Vec<String>>,
    /// Its last day in UTC, such as `2027-01-31`; none means that it does not end.
    pub expires: Option<String>,
    /// That day is over.
    pub expired: bool,
    /// When it was last used, in milliseconds since the Unix epoch.
    #[ts(type = "number | null")]
    pub last_used_at: Option<i64>,
}

/// A key as wanted. The key itself is made by Hearth and never crosses into the page.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewayKeyDraft {
    /// An existing one to change; none makes one.
    pub id: Option<GatewayKeyId>,
    /// For whom or what.
    pub name: String,
    /// The models that it may ask for; none means all.
    pub models: Option<Vec<String>>,
    /// Its last day in UTC, such as `2027-01-31`.
    pub expires: Option<String>,
    /// Keep it in memory only: the person agreed to it.
    pub this_run_only: bool,
}

/// How a kind of program is pointed at the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySnippet {
    /// For what.
    pub kind: SnippetKind,
    /// The text, with `YOUR-KEY` in the place of a key.
    pub text: String,
}

/// What a snippet is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SnippetKind {
    /// `openai` for Python.
    OpenAiPython,
    /// `anthropic` for Python.
    AnthropicPython,
    /// `openai` for Node.
    OpenAiNode,
    /// `@anthropic-ai/sdk` for Node.
    AnthropicNode,
    /// Claude Code's environment.
    ClaudeCode,
    /// The Messages API by hand.
    Curl,
}

/// What went through the gateway.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewaySum {
    /// Requests.
    #[ts(type = "number")]
    pub requests: u64,
    /// Those of them that were not answered well.
    #[ts(type = "number")]
    pub failed: u64,
    /// Tokens of the requests, those from the cache included.
    #[ts(type = "number")]
    pub input_tokens: u64,
    /// Tokens of the answers.
    #[ts(type = "number")]
    pub output_tokens: u64,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum GatewayEnding {
    /// With its answer, whole.
    Answered,
    /// With an error instead of an answer.
    Refused,
    /// Within its answer, whatever the status said before.
    BrokeOff,
    /// Whoever asked went away.
    Left,
}

/// A request as remembered: who, what, how it ended; never what was said.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct GatewayRequest {
    /// When it came, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub at: i64,
    /// The name of the key; none when none was asked for.
    pub key: Option<String>,
    /// The model that was asked for.
    pub model: Option<String>,
    /// The HTTP status; none when the caller went away before one.
    pub status: Option<u16>,
    /// How it ended.
    pub ending: GatewayEnding,
    /// How long it took, in milliseconds.
    #[ts(type = "number")]
    pub duration: u64,
    /// Tokens of the request, those from the cache included; none where the resource said none.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// Tokens of the answer.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
}
