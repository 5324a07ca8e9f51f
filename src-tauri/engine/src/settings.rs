//! Settings as written: a versioned document that keeps keys it does not know.
//!
//! What they mean once resolved (an endpoint, a credential, a way out) is `connection`'s
//! affair; how they come to the disk and back is `settings/file.rs`.

mod file;
mod migration;
mod unknown;

pub(crate) use file::SettingsFile;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{
    AnthropicVersion, ConnectionId, ConnectionLimits, CredentialChoice, DeploymentDraft,
    GatewayKeyId, GatewaySettings, Hosting, NetworkSettings, ProxySettings,
};
use crate::capability::Learned;

/// The version that this program writes.
const VERSION: u64 = 2;

/// The whole document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    version: u64,
    #[serde(default)]
    pub(crate) connections: Vec<SavedConnection>,
    #[serde(default)]
    pub(crate) active: Option<ConnectionId>,
    /// Hearth was showing the demo when it was last used.
    #[serde(default)]
    pub(crate) demo: bool,
    /// The tools that models are told of, by name; those that this program does not have
    /// are kept.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// The way out of every connection that has none of its own.
    #[serde(default)]
    pub(crate) network: NetworkSettings,
    /// Under which name the password of that proxy is kept; see [`SavedConnection::edition`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proxy_edition: Option<String>,
    /// Under which names the keyring may still hold what nobody needs any more: it was not there,
    /// or did not let go of it. Removed once it does, and never used before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) left_in_keyring: Vec<String>,
    /// What is lent to other programs, and to whom.
    #[serde(default)]
    pub(crate) gateway: SavedGateway,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// The gateway as the person chose it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedGateway {
    #[serde(flatten)]
    pub(crate) chosen: GatewaySettings,
    /// In the order in which they were made.
    #[serde(default)]
    pub(crate) keys: Vec<SavedGatewayKey>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A key of the gateway's own. What it is made of is kept in the keyring, under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedGatewayKey {
    pub(crate) id: GatewayKeyId,
    pub(crate) name: String,
    /// The same as [`SavedConnection::edition`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edition: Option<String>,
    /// The models that it may ask for; none means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) models: Option<Vec<String>>,
    /// Its last day in UTC, such as `2027-01-31`; none means that it does not end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

/// A connection as the person wrote it. Its secrets are in the keyring, under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedConnection {
    pub(crate) id: ConnectionId,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    #[serde(default = "key")]
    pub(crate) credential: CredentialChoice,
    /// Makes the name under which its secret is kept. Another secret, or none any more, gets
    /// another name: a save counts as a whole or not at all, and what a keyring did not let go
    /// of is never used for anything else. None is the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edition: Option<String>,
    /// The command that the person agreed to, and for which host. Another command, or the same
    /// one for another host, is not started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agreed: Option<Agreed>,
    /// Who signed in, as their token said it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) account: Option<String>,
    /// The person agreed to keep its secrets in memory only, because nothing here keeps them.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) this_run_only: bool,
    #[serde(default)]
    pub(crate) headers: Vec<SavedHeader>,
    #[serde(default)]
    pub(crate) anthropic_version: Option<AnthropicVersion>,
    #[serde(default)]
    pub(crate) limits: ConnectionLimits,
    /// Its own way out; none means that of [`Settings::network`].
    #[serde(default)]
    pub(crate) proxy: Option<ProxySettings>,
    /// The same as [`SavedConnection::edition`], of that proxy's password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) proxy_edition: Option<String>,
    #[serde(default)]
    pub(crate) deployments: Vec<SavedDeployment>,
    #[serde(default)]
    pub(crate) default_deployment: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

/// What a person agreed to when they agreed to a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Agreed {
    pub(crate) argv: Vec<String>,
    pub(crate) host: String,
}

/// A header that goes along with every request. A value that is none is kept in the keyring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SavedHeader {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) value: Option<String>,
    /// The same as [`SavedConnection::edition`], of a value that is a secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) edition: Option<String>,
}

/// A deployment, with what it showed itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SavedDeployment {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) base_model: Option<String>,
    #[serde(default)]
    pub(crate) hosting: Option<Hosting>,
    /// What was measured. Nothing else is kept here.
    #[serde(flatten)]
    pub(crate) learned: Learned,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a connection of the first version had.
fn key() -> CredentialChoice {
    CredentialChoice::Key
}

impl From<DeploymentDraft> for SavedDeployment {
    fn from(draft: DeploymentDraft) -> Self {
        Self {
            name: draft.name,
            base_model: draft.base_model,
            hosting: draft.hosting,
            ..Self::default()
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            connections: Vec::new(),
            active: None,
            demo: false,
            tools: Vec::new(),
            network: NetworkSettings::default(),
            proxy_edition: None,
            left_in_keyring: Vec::new(),
            gateway: SavedGateway::default(),
            unknown: Map::new(),
        }
    }
}

impl Settings {
    pub(crate) fn connection(&self, id: &ConnectionId) -> Option<&SavedConnection> {
        self.connections
            .iter()
            .find(|connection| connection.id == *id)
    }

    pub(crate) fn connection_mut(&mut self, id: &ConnectionId) -> Option<&mut SavedConnection> {
        self.connections
            .iter_mut()
            .find(|connection| connection.id == *id)
    }

    pub(crate) fn active_connection(&self) -> Option<&SavedConnection> {
        self.connection(self.active.as_ref()?)
    }
}
