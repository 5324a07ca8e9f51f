//! As whom a connection asks, as the person chose it and as the window sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::SecretPlace;
use super::conversation::id;
use super::error::ErrorReport;
use super::import::ImportId;

id!(
    /// A sign-in that a person began in this run.
    SignInId
);

/// The kind of credential with everything about it that is no secret. One per connection, and
/// never another in its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialChoice {
    /// An API key.
    Key,
    /// An application that signs in with a secret of its own.
    ClientSecret {
        /// Its tenant and its id; both needed.
        entra: EntraSettings,
    },
    /// The person, signed in with a browser or a code: Hearth keeps the refresh token.
    SignIn {
        /// An empty tenant means `organizations`, an empty client id the public client of
        /// Microsoft's developer tools.
        entra: EntraSettings,
    },
    /// Whoever is signed in with `az login`.
    AzureCli {
        /// Its client id is not used.
        entra: EntraSettings,
    },
    /// Whoever is signed in with `azd auth login`.
    AzureDeveloperCli {
        /// Its client id is not used.
        entra: EntraSettings,
    },
    /// The identity of the Azure machine that Hearth runs on.
    ManagedIdentity {
        /// A client id names a user-assigned identity; the tenant is not used.
        entra: EntraSettings,
    },
    /// The identity of a Kubernetes workload.
    #[serde(rename_all = "camelCase")]
    WorkloadIdentity {
        /// Empty fields are taken from the environment that the cluster sets.
        entra: EntraSettings,
        /// The file with the federated token; none takes the environment's.
        token_file: Option<String>,
    },
    /// A token from elsewhere, used until it expires.
    Token,
    /// A command that prints a key or a token.
    Command {
        /// The program and its arguments, started without a shell.
        argv: Vec<String>,
        /// What it prints.
        prints: Printed,
    },
}

/// What a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Printed {
    /// An API key.
    Key,
    /// A bearer token.
    Token,
}

/// Where and for what a token of Microsoft Entra ID is asked for. Empty fields mean defaults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct EntraSettings {
    /// A directory's id or domain.
    pub tenant: String,
    /// An application's id.
    pub client_id: String,
    /// Such as `https://ai.azure.com/.default`, which is the default.
    pub scope: String,
    /// The authority host, an https address; by default Azure's public cloud.
    pub authority: String,
}

/// What a form about Entra offers to choose from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EntraPresets {
    /// Scopes, the default first.
    pub scopes: Vec<String>,
    /// Authority hosts, the public cloud's first.
    pub clouds: Vec<CloudPreset>,
    /// The client id that a sign-in uses when none is named.
    pub public_client: String,
}

/// A cloud of Azure's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CloudPreset {
    /// `public`, `us-government` or `china`: the window has words for it.
    pub name: String,
    /// Its authority host.
    pub authority: String,
}

/// A credential as shown. It never holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialView {
    /// What the person chose.
    pub choice: CredentialChoice,
    /// Whether there is anything to ask with.
    pub state: CredentialState,
    /// What the token says that is used now; none before the first, and for keys.
    pub token: Option<TokenFacts>,
}

/// Whether a connection has something to ask with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum CredentialState {
    /// A secret is needed, and there is none.
    Missing,
    /// A secret is kept: a key, a client secret, a token.
    #[serde(rename_all = "camelCase")]
    Kept {
        /// Its last four characters; empty where that would be half of it.
        last_four: String,
        /// Where it is kept.
        kept: SecretPlace,
    },
    /// Somebody is signed in.
    SignedIn {
        /// Their name, such as `ada@contoso.com`, as far as the token says it.
        account: Option<String>,
        /// Where the refresh token is kept.
        kept: SecretPlace,
    },
    /// Hearth keeps nothing: the machine, another program or a command provides.
    Ambient,
    /// A command that the person has not agreed to yet; it is not started.
    NotAgreed,
}

/// What a token says about itself, decoded on this machine and checked by nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenFacts {
    /// `aud`: for what service it is.
    pub audience: Option<String>,
    /// `tid`: the directory.
    pub tenant: Option<String>,
    /// `exp`, in milliseconds since the Unix epoch.
    #[ts(type = "number | null")]
    pub expires_at: Option<i64>,
    /// `roles`: what an application may do.
    pub roles: Vec<String>,
    /// `scp`: what was delegated to the application by the person.
    pub scopes: Vec<String>,
    /// `appid` or `azp`: the application.
    pub application: Option<String>,
    /// `preferred_username` or `upn`: the person.
    pub account: Option<String>,
}

/// A credential as typed.
#[derive(Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CredentialDraft {
    /// The kind, with all that is no secret.
    pub choice: CredentialChoice,
    /// A key, client secret or token typed just now; none keeps the one there is.
    pub secret: Option<String>,
    /// Use the secret that an import found.
    pub imported: Option<ImportedSecret>,
    /// Use what this sign-in, which is done, brought.
    pub sign_in: Option<SignInId>,
    /// The person agreed that the command of `choice`, exactly as it stands, is started.
    pub agreed: bool,
    /// Keep the secret in memory only: the person agreed to it.
    pub this_run_only: bool,
}

impl std::fmt::Debug for CredentialDraft {
    // The secret must not reach a log; people paste it into the wrong field, too.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CredentialDraft")
            .field("secret", &self.secret.as_ref().map(|_| "<redacted>"))
            .finish_non_exhaustive()
    }
}

/// A secret that an import found and the backend holds.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ImportedSecret {
    /// Which import.
    pub import: ImportId,
    /// Which of its connections.
    pub index: u32,
}

/// How a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SignInMethod {
    /// In the system's browser, which comes back to a loopback address
    /// (authorization code with PKCE).
    Browser,
    /// With a code, in any browser, also another machine's.
    DeviceCode,
}

/// What a sign-in begins from.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInRequest {
    /// How.
    pub method: SignInMethod,
    /// Where, and for what.
    pub entra: EntraSettings,
    /// The saved connection that is signed in again: what the sign-in brings is kept for it at
    /// once. None: a form takes it with [`CredentialDraft::sign_in`].
    pub connection: Option<super::connection::ConnectionId>,
}

/// A sign-in as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SignInView {
    /// Which one.
    pub id: SignInId,
    /// How.
    pub method: SignInMethod,
    /// The saved connection that it is for, if any.
    pub connection: Option<super::connection::ConnectionId>,
    /// How far it is.
    pub state: SignInState,
}

/// How far a sign-in is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "there are as many as people are signing in"
)]
pub enum SignInState {
    /// The person is to act.
    #[serde(rename_all = "camelCase")]
    Waiting {
        /// The page to open.
        url: String,
        /// The code to type there, of a device-code sign-in.
        user_code: Option<String>,
        /// When it is too late, in milliseconds since the Unix epoch.
        #[ts(type = "number")]
        expires_at: i64,
    },
    /// Somebody is signed in.
    Done {
        /// Their name, as far as the token says it.
        account: Option<String>,
        /// What the first token says.
        token: Option<TokenFacts>,
    },
    /// It came to nothing.
    Failed {
        /// Why.
        error: ErrorReport,
    },
    /// The person gave it up.
    Cancelled,
}
