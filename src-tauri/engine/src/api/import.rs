//! Connections that are described elsewhere: what was found, before the person agrees to it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::{ConnectionView, DeploymentDraft};
use super::conversation::id;
use super::credential::CredentialChoice;
use super::error::ErrorReport;

id!(
    /// Something that was read for an import. What it found is kept in memory until the program
    /// ends or the offer is dropped.
    ImportId
);

/// What one source offers. Nothing of it is saved without consent, and no secret is shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportOffer {
    /// Which one.
    pub id: ImportId,
    /// What kind of source.
    pub source: ImportSource,
    /// The file, where it was one.
    pub place: Option<String>,
    /// What it describes, in its own order.
    pub connections: Vec<ImportedConnection>,
}

/// Where an import comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ImportSource {
    /// The environment of this program.
    Environment,
    /// Lines of `NAME=value`.
    EnvBlock,
    /// A curl command.
    Curl,
    /// LiteLLM's `config.yaml`.
    LiteLlm,
    /// Claude Code's `settings.json`.
    ClaudeCode,
}

/// A connection as found.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportedConnection {
    /// A name for it; by default the resource's.
    pub name: String,
    /// The endpoint as found.
    pub endpoint: String,
    /// The address that questions would go to.
    pub messages_url: Option<String>,
    /// The credential that won; none when none was found.
    pub credential: Option<CredentialChoice>,
    /// The last four characters of the secret found, if one was.
    pub last_four: Option<String>,
    /// The names of the headers that would go along with every request. Their values are kept
    /// as secrets.
    pub headers: Vec<String>,
    /// Deployments that are named.
    pub deployments: Vec<DeploymentDraft>,
    /// The names (variables, keys, options) that were used.
    pub used: Vec<String>,
    /// Those that were found and left out, because another won.
    pub left_out: Vec<String>,
    /// Why it cannot be taken as it is.
    pub problem: Option<ErrorReport>,
    /// It was saved already, and is not saved again.
    pub saved: bool,
}

/// What became of the connections of an offer that a person agreed to.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportOutcome {
    /// Those that were saved now, in the order in which they were asked for.
    pub saved: Vec<ConnectionView>,
    /// Why the next one was not saved, which ended it; none when all were.
    pub problem: Option<ErrorReport>,
    /// The offer as it is now, where something was refused; none when it is used up.
    pub left: Option<ImportOffer>,
}
