//! Connections, the demo and what the program as a whole looks like from outside.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::conversation::{Effort, TurnSettings, id};
use super::credential::{CredentialDraft, CredentialView, EntraPresets};
use super::error::ErrorReport;
use super::network::{NetworkView, ProxySettings};
use super::storage::StorageProblem;
use super::tool::ToolView;

id!(
    /// A saved connection.
    ConnectionId
);

id!(
    /// Tells one state of a saved connection from every other, in the run of the program that
    /// made it: what is saved anew, and be it only a secret, has another one. What a deployment
    /// showed of itself is no part of it.
    ConnectionEdition
);

/// Everything a window needs before it draws.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AppState {
    /// Saved connections.
    pub connections: Vec<ConnectionView>,
    /// The one that new questions go to.
    pub active: Option<ConnectionId>,
    /// The demo runs: its deployments are asked, and no real one is.
    pub demo: bool,
    /// What can be asked now: the active connection's deployments, or the demo's.
    pub deployments: Vec<DeploymentView>,
    /// The deployment that new conversations use.
    pub default_deployment: Option<String>,
    /// What new conversations start with.
    pub defaults: TurnSettings,
    /// What forms about Entra offer to choose from.
    pub entra: EntraPresets,
    /// How requests leave this machine.
    pub network: NetworkView,
    /// The limits of a connection that has none of its own; every field is there.
    pub default_limits: ConnectionLimits,
    /// The base models that a deployment can be mapped to.
    pub base_models: Vec<BaseModelView>,
    /// Whether secrets can be kept.
    pub keyring: KeyringState,
    /// The tools that there are.
    pub tools: Vec<ToolView>,
    /// What the disk does not take; none when all is saved.
    pub storage: Option<StorageProblem>,
    /// Files with what could not be saved when Hearth last ended, until they are dismissed.
    pub rescued: Vec<String>,
    /// Where everything is kept on this machine.
    pub data_folder: String,
    /// This program's version.
    pub version: String,
}

/// Whether the operating system keeps secrets for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum KeyringState {
    /// Secrets are kept.
    Ready,
    /// There is no Secret Service.
    Missing,
    /// There is one, and it is locked.
    Locked,
}

/// A connection as shown. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionView {
    /// Which connection.
    pub id: ConnectionId,
    /// Which state of it this is.
    pub edition: ConnectionEdition,
    /// The person's name for it; by default the resource's.
    pub name: String,
    /// The endpoint as saved, normalised.
    pub endpoint: String,
    /// The address that questions go to.
    pub messages_url: String,
    /// As whom it asks.
    pub credential: CredentialView,
    /// Sent besides with every request.
    pub headers: Vec<HeaderView>,
    /// The version of the API; none means the one that fits the model.
    pub anthropic_version: Option<AnthropicVersion>,
    /// Its limits.
    pub limits: ConnectionLimits,
    /// Its own way out; none means that of the network settings.
    pub proxy: Option<ProxySettings>,
    /// Where its own proxy's password is kept; none when there is none.
    pub proxy_password: Option<SecretPlace>,
    /// Its deployments.
    pub deployments: Vec<DeploymentView>,
    /// The deployment that new conversations use.
    pub default_deployment: Option<String>,
}

/// A header that goes along with every request of a connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HeaderView {
    /// Its name.
    pub name: String,
    /// Its value; none when it is kept as a secret.
    pub value: Option<String>,
    /// The last four characters of a secret value.
    pub last_four: Option<String>,
}

/// A header as typed.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct HeaderDraft {
    /// Its name.
    pub name: String,
    /// Its value; none keeps the secret one there is.
    pub value: Option<String>,
    /// Keep the value in the keyring, and show it to nobody.
    pub secret: bool,
}

impl std::fmt::Debug for HeaderDraft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HeaderDraft")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A version of the Messages API
/// (<https://platform.claude.com/docs/en/api/versioning>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub enum AnthropicVersion {
    /// Takes sampling parameters.
    #[serde(rename = "2023-06-01")]
    V2023,
    /// The newest.
    #[serde(rename = "2026-10-21")]
    V2026,
}

/// How long and how often. None means the default, which [`AppState::default_limits`] tells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct ConnectionLimits {
    /// Longest time to a connection, in seconds.
    pub connect_seconds: Option<u32>,
    /// Longest silence of a stream, in seconds.
    pub idle_seconds: Option<u32>,
    /// Longest time for an answer in one piece, in seconds.
    pub whole_seconds: Option<u32>,
    /// Most attempts in all; 1 means that nothing is tried again.
    pub attempts: Option<u32>,
    /// Longest waiting between attempts, summed, in seconds.
    pub wait_seconds: Option<u32>,
}

/// Where a secret is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SecretPlace {
    /// In the system's keyring.
    Keyring,
    /// In memory, until Hearth ends.
    ThisRun,
}

/// A deployment as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentView {
    /// Its name on the resource: free text, and what `model` carries.
    pub name: String,
    /// The base model that it is mapped to; none means cautious defaults.
    pub base_model: Option<String>,
    /// Where it is hosted; none when nobody said so.
    pub hosting: Option<Hosting>,
    /// What it can do.
    pub abilities: Abilities,
    /// What is known about it, and from where; every capability once.
    pub known: Vec<Known>,
    /// How much it takes and writes, and from where that is known; every limit once.
    pub limits: Vec<KnownLimit>,
    /// Efforts that it refused, though its base model takes them.
    pub refused_efforts: Vec<RefusedEffort>,
}

/// A hosting option of Foundry's
/// (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Hosting {
    /// On Azure.
    Azure,
    /// On Anthropic's own.
    Anthropic,
}

/// Something that a deployment may be able to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Capability {
    /// Answers come as they are written.
    Streaming,
    /// Tools are called.
    Tools,
    /// `thinking.type: adaptive`.
    AdaptiveThinking,
    /// `thinking.type: enabled` with a budget.
    BudgetedThinking,
    /// `thinking.type: between_tools`.
    ThinkingBetweenTools,
    /// Thinking can be switched off (`thinking.type: disabled`).
    ThinkingOff,
    /// `output_config.effort`.
    Effort,
    /// `temperature`.
    Temperature,
    /// `output_config.format`.
    StructuredOutputs,
    /// Images.
    Vision,
    /// Tokens are counted (`count_tokens`).
    TokenCount,
    /// The last message may be the model's own, to be continued.
    Prefill,
}

/// What is known about one capability of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Known {
    /// Which one.
    pub capability: Capability,
    /// The deployment has it.
    pub has: bool,
    /// From where that is known.
    pub origin: Origin,
    /// When it was measured, in milliseconds since the Unix epoch.
    #[ts(type = "number | null")]
    pub at: Option<i64>,
    /// The API's own words, where it refused.
    pub said: Option<String>,
}

/// A limit of a deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum Limit {
    /// What a question and all before it may have.
    Context,
    /// What an answer may be asked to have: the largest `max_tokens`.
    Output,
}

/// What is known about one limit of a deployment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct KnownLimit {
    /// Which one.
    pub limit: Limit,
    /// How much, in tokens.
    pub tokens: u32,
    /// From where that is known.
    pub origin: Origin,
    /// When it was measured, in milliseconds since the Unix epoch.
    #[ts(type = "number | null")]
    pub at: Option<i64>,
    /// The API's own words, where it refused.
    pub said: Option<String>,
}

/// An effort that a deployment refused, while it takes others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RefusedEffort {
    /// Which one.
    pub effort: Effort,
    /// When it was refused, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub at: i64,
    /// The API's own words.
    pub said: String,
}

/// From where something is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The deployment itself showed it.
    Measured,
    /// The base model's documentation says so.
    Documented,
    /// Nobody knows; this is the cautious guess.
    Assumed,
}

/// What a model can do, as far as the window cares.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Abilities {
    /// Efforts that it takes; empty when it takes none.
    pub efforts: Vec<Effort>,
    /// Its own default.
    pub default_effort: Option<Effort>,
    /// Thinking is asked for.
    pub thinks: bool,
    /// It takes a temperature; with one it is not asked to think.
    pub sampling: bool,
    /// Context, in tokens.
    pub context: u32,
    /// Most output tokens.
    pub max_output: u32,
    /// Output tokens asked for unless the person chose: the limit, at most 32,000.
    pub default_max_tokens: u32,
}

/// A model of the data file.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct BaseModelView {
    /// Such as `claude-opus-5-5`.
    pub id: String,
    /// Such as `Claude Opus 5.5`.
    pub name: String,
    /// What it can do.
    pub abilities: Abilities,
    /// A date (ISO) after which it may stop answering.
    pub retires: Option<String>,
}

/// What a person typed into the connection form.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionDraft {
    /// None makes a new one.
    pub id: Option<ConnectionId>,
    /// The state that the form was opened on: where another is saved by now, nothing is saved.
    /// None saves over whatever there is.
    pub opened_on: Option<ConnectionEdition>,
    /// Empty takes the resource's name.
    pub name: String,
    /// Anything that an endpoint can be read from.
    pub endpoint: String,
    /// As whom.
    pub credential: CredentialDraft,
    /// Sent besides with every request.
    pub headers: Vec<HeaderDraft>,
    /// The version of the API; none means the one that fits the model.
    pub anthropic_version: Option<AnthropicVersion>,
    /// Its limits.
    pub limits: ConnectionLimits,
    /// Its own way out; none means that of the network settings.
    pub proxy: Option<ProxySettings>,
    /// Its own proxy's password, typed just now; none keeps the one there is.
    pub proxy_password: Option<String>,
    /// Deployments.
    pub deployments: Vec<DeploymentDraft>,
    /// Which of them new conversations use; none takes the first.
    pub default_deployment: Option<String>,
}

impl std::fmt::Debug for ConnectionDraft {
    // The key must not reach a log; people paste it into the wrong field, too.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ConnectionDraft")
            .field("id", &self.id)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// A deployment as typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentDraft {
    /// Its name on the resource.
    pub name: String,
    /// The base model that it is mapped to.
    pub base_model: Option<String>,
    /// Where it is hosted; none when nobody said so.
    #[serde(default)]
    pub hosting: Option<Hosting>,
}

/// What an endpoint, as typed, would become.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EndpointPreview {
    /// The address that questions would go to.
    pub messages_url: Option<String>,
    /// The resource's name, as far as it shows.
    pub resource: Option<String>,
    /// What was understood and changed.
    pub notes: Vec<EndpointNote>,
    /// Why there is no address.
    pub error: Option<ErrorReport>,
    /// The text is more than an address (a curl command, a block of variables, a configuration):
    /// reading it as an import would find something.
    pub importable: bool,
}

/// Something that reading an endpoint changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum EndpointNote {
    /// A bare name became an address.
    FromResourceName,
    /// `/api/projects/…` is not needed.
    ProjectPathDropped,
    /// Another path was replaced.
    PathReplaced,
    /// A query or fragment was dropped.
    QueryDropped,
    /// `https://` was added.
    SchemeAdded,
    /// A `.openai.azure.com` host: kept, known to work.
    OpenAiHost,
    /// A host that is not one of Azure's: the key goes there.
    UnusualHost,
}
