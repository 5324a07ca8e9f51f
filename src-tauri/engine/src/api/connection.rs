//! Connections, the demo and what the program as a whole looks like from outside.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::conversation::{Effort, TurnSettings, id};
use super::error::ErrorReport;
use super::storage::StorageProblem;
use super::tool::ToolView;

id!(
    /// A saved connection.
    ConnectionId
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
    /// What the environment offers, for a first run; never saved without consent.
    pub offer: Option<EnvironmentOffer>,
    /// The base models that a deployment can be mapped to.
    pub base_models: Vec<BaseModelView>,
    /// Whether secrets can be kept.
    pub keyring: KeyringState,
    /// The tools that there are.
    pub tools: Vec<ToolView>,
    /// What the disk does not take; none when all is saved.
    pub storage: Option<StorageProblem>,
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
    /// The person's name for it; by default the resource's.
    pub name: String,
    /// The endpoint as saved, normalised.
    pub endpoint: String,
    /// The address that questions go to.
    pub messages_url: String,
    /// What is known of its key.
    pub credential: CredentialView,
    /// Its deployments.
    pub deployments: Vec<DeploymentView>,
    /// The deployment that new conversations use.
    pub default_deployment: Option<String>,
}

/// What may be known of a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialView {
    /// There is none.
    Missing,
    /// An API key.
    #[serde(rename_all = "camelCase")]
    Key {
        /// Its last four characters.
        last_four: String,
        /// Where it is kept.
        kept: SecretPlace,
    },
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
    /// What it can do.
    pub abilities: Abilities,
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

/// What the environment offers as a connection.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EnvironmentOffer {
    /// As found.
    pub endpoint: String,
    /// The last four characters of the key found, if one was.
    pub key_last_four: Option<String>,
    /// The variables that were used.
    pub used: Vec<String>,
    /// The variables that were found and left out.
    pub left_out: Vec<String>,
    /// Deployments named in the environment.
    pub deployments: Vec<String>,
}

/// What a person typed into the connection form.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionDraft {
    /// None makes a new one.
    pub id: Option<ConnectionId>,
    /// Empty takes the resource's name.
    pub name: String,
    /// Anything that an endpoint can be read from.
    pub endpoint: String,
    /// A key typed just now; none keeps the one there is.
    pub key: Option<String>,
    /// Use the key that the environment offered.
    pub key_from_environment: bool,
    /// Keep the key in memory only: the person agreed to it.
    pub this_run_only: bool,
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
            .field("key", &self.key.as_ref().map(|_| "<redacted>"))
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

/// What "Test connection" found out, with exactly the call that chat makes.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConnectionTest {
    /// The address asked.
    pub messages_url: String,
    /// The deployment asked.
    pub deployment: String,
    /// From the request to the first event, in milliseconds.
    #[ts(type = "number")]
    pub first_token_ms: u64,
    /// The model that the response named.
    pub model: Option<String>,
    /// `request-id`.
    pub request_id: Option<String>,
    /// The answer says that it comes from the demo's emulator.
    pub emulator: bool,
}

/// A connection test's outcome as the window sees it.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum TestOutcome {
    /// The deployment answered.
    Answered {
        /// What came.
        test: ConnectionTest,
    },
    /// It did not.
    Failed {
        /// Why.
        error: ErrorReport,
    },
}
