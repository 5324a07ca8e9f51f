//! The Doctor: the check that walks a connection rung by rung.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::{ConnectionDraft, ConnectionId};
use super::conversation::id;
use super::error::ErrorReport;

id!(
    /// One walk of the Doctor's.
    DoctorRunId
);

/// What the Doctor looks at.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "one for each press of a button")]
pub enum DoctorTarget {
    /// A form that is not saved yet.
    Draft {
        /// The form.
        draft: ConnectionDraft,
    },
    /// A saved connection.
    Saved {
        /// Which one; none means what questions go to now (the demo, too).
        connection: Option<ConnectionId>,
        /// The deployment to ask; none means the default.
        deployment: Option<String>,
    },
}

/// The rungs, in the order in which they are climbed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum RungId {
    /// What was typed is an address.
    Address,
    /// The name resolves.
    Dns,
    /// The proxy, if there is one, lets through.
    Proxy,
    /// Somebody answers at the address.
    Tcp,
    /// The connection is secure, and the certificate is trusted.
    Tls,
    /// There is a key, or a token was given.
    Credential,
    /// The deployment answers exactly the call that chat makes.
    Deployment,
    /// The answer comes as it is written.
    Streaming,
    /// The model calls a tool and takes its result.
    Tools,
    /// The model thinks, in the kinds that it takes.
    Thinking,
    /// Efforts are taken.
    Effort,
    /// Images are read.
    Vision,
    /// Answers can be bound to a schema.
    StructuredOutputs,
    /// Tokens are counted.
    TokenCount,
}

/// How a rung stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RungState {
    /// Not reached yet.
    Waiting,
    /// Being looked at.
    Running,
    /// As it should be.
    Passed,
    /// Chat works without it.
    Warned,
    /// Chat does not work because of it.
    Failed,
    /// Not looked at: there is nothing to look at, or a rung below failed.
    Skipped,
}

/// A rung with what was found there.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RungView {
    /// Which rung.
    pub id: RungId,
    /// How it stands.
    pub state: RungState,
    /// How long it took, in milliseconds.
    #[ts(type = "number | null")]
    pub took_ms: Option<u64>,
    /// What was found, for the rung's sentence (`doctor-<rung>-<state>`, with each fact's name
    /// as an argument) and for its details (`doctor-fact-<name>`). Never a secret.
    pub facts: Vec<Fact>,
    /// Why it failed or warned, with the fix that there is.
    pub problem: Option<ErrorReport>,
}

/// Something found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Fact {
    /// In kebab-case, such as `request-id`.
    pub name: String,
    /// As it reads.
    pub value: String,
}

/// A walk: how far it is and what it found. Sent whole with each step.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DoctorReport {
    /// Which walk.
    pub run: DoctorRunId,
    /// The saved connection, if it is one.
    pub connection: Option<ConnectionId>,
    /// The connection's name.
    pub name: String,
    /// The address that questions go to, once there is one.
    pub messages_url: Option<String>,
    /// The deployment that is asked.
    pub deployment: Option<String>,
    /// When it began, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub started_at: i64,
    /// Every rung, in order.
    pub rungs: Vec<RungView>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// What a walk comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is not over.
    Running,
    /// Everything works.
    Works,
    /// Chat works; something else does not.
    Partly,
    /// Chat does not work.
    Fails,
    /// The person stopped it.
    Cancelled,
}

/// A way out that one button can take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Fix {
    /// Ask this address instead.
    UseEndpoint {
        /// An endpoint that can be saved.
        endpoint: String,
    },
    /// Ask for tokens of this scope instead.
    UseScope {
        /// The scope.
        scope: String,
    },
    /// Ask for tokens of this tenant instead.
    UseTenant {
        /// The tenant.
        tenant: String,
    },
    /// Trust the authority that signed the chain (its last certificate), after a look at it.
    TrustCertificate,
    /// Choose a PEM file with this machine's certificate.
    ChooseClientCertificate,
    /// Type the proxy's user and password.
    ProxyPassword,
    /// Change the proxy.
    OpenNetwork,
    /// Type another key, secret or token.
    ReplaceSecret,
    /// Sign in (again).
    SignIn,
    /// Agree to the command, or change it.
    AgreeToCommand,
    /// Choose another deployment, or add one.
    ChooseDeployment,
    /// Edit the connection's other fields.
    EditConnection,
}
