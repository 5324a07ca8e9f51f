//! What can go wrong, as a code with its facts.
//!
//! The words for a code stand in `words/en.ftl` under `error-<code>` (title) and
//! `error-<code>.cause`; what the window offers to do about it is a table in the
//! window. Nothing decides by comparing words.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::connection::Capability;
use super::credential::TokenFacts;
use super::doctor::Fix;
use super::network::CertificateFacts;

/// Every kind of failure that somebody handles or reads about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorCode {
    // What the resource said.
    /// 401 with an API key.
    KeyRefused,
    /// 401 with a token, for a reason that neither the token nor the answer tells.
    TokenRefused,
    /// 401 with a token that has expired.
    TokenExpired,
    /// 401 with a token for another service.
    TokenAudience,
    /// 401 or 400 with a token of another tenant than the resource's.
    TokenTenant,
    /// 403: the role for asking is missing.
    RoleMissing,
    /// 403: a network rule of the resource's blocks this address.
    NetworkRule,
    /// 403: the resource takes no keys.
    KeysDisabled,
    /// 403 of any other kind.
    PermissionDenied,
    /// 404 `DeploymentNotFound`.
    DeploymentNotFound,
    /// 404 `api_not_supported`: the address does not serve Claude.
    ApiNotSupported,
    /// Any other 404.
    AddressNotFound,
    /// 400: the deployment lacks something that the request asks for.
    FeatureMissing,
    /// 400: thinking that was sent back is not valid here any more.
    ThinkingInvalid,
    /// 400 of any other kind.
    RequestInvalid,
    /// 400 `prompt is too long`, or the stop reason of the same meaning.
    ContextExceeded,
    /// 413.
    RequestTooLarge,
    /// 402.
    BillingProblem,
    /// 429.
    RateLimited,
    /// 429 with a spend limit: waiting does not help.
    SpendLimit,
    /// 529, 503.
    Overloaded,
    /// 500 and other answers of 5xx.
    UpstreamFailed,
    /// 504, 408.
    UpstreamTimeout,
    /// A redirect, which is never followed with credentials.
    RedirectRefused,
    /// The answer is not what was asked for: HTML, nothing, bad JSON.
    UnexpectedAnswer,
    /// An `error` event in the middle of the stream.
    StreamError,
    /// The stream ended before the answer did.
    StreamCut,
    /// Nothing came for too long.
    StreamStalled,

    // The way there.
    /// The host name does not resolve.
    HostUnknown,
    /// Nobody answers at the address.
    Unreachable,
    /// The certificate was signed by somebody whom this machine does not trust.
    CertificateUntrusted,
    /// The certificate has expired, or is not valid yet.
    CertificateExpired,
    /// The certificate is for another name.
    CertificateOtherName,
    /// The other side wants a certificate of this machine's.
    ClientCertificateNeeded,
    /// TLS failed otherwise.
    TlsFailed,
    /// The proxy wants a user and a password (407), or other ones.
    ProxyCredentials,
    /// The proxy cannot be reached.
    ProxyUnreachable,
    /// The proxy failed or refused otherwise.
    ProxyFailed,
    /// This machine's clock is wrong by so much that nothing works.
    ClockWrong,

    // Settings and secrets.
    /// No connection is set up.
    NoConnection,
    /// The connection has no deployment to ask.
    NoDeployment,
    /// Nothing was typed where an endpoint is needed.
    EndpointMissing,
    /// What was typed is neither an address nor a resource's name.
    EndpointInvalid,
    /// It is plain http to another machine.
    EndpointNotHttps,
    /// It is, or contains, a key or a password.
    EndpointHoldsSecret,
    /// It is the address of a portal's page.
    EndpointIsPortal,
    /// The connection has no key, or its key is gone from the keyring.
    CredentialMissing,
    /// The key that there is belongs to another host, and is not sent to this one.
    KeyForOtherHost,
    /// The key holds characters that cannot be sent.
    KeyUnusable,
    /// Entra: the client secret is wrong.
    ClientSecretWrong,
    /// Entra: the client secret has expired.
    ClientSecretExpired,
    /// Entra: there is no such application in the tenant.
    ApplicationUnknown,
    /// Entra: there is no such tenant.
    TenantUnknown,
    /// Entra: the scope's service is unknown in the tenant.
    ScopeUnknown,
    /// Entra: the scope is no scope.
    ScopeInvalid,
    /// Entra: the authority is no https address, and secrets go to no other.
    AuthorityInvalid,
    /// Entra: an administrator has to consent first.
    ConsentNeeded,
    /// Entra: a person has to act (a second factor, a rule of the company's).
    InteractionNeeded,
    /// Entra: the application does not allow public clients.
    PublicClientDisabled,
    /// Entra: the account does not exist there, or belongs to another tenant.
    AccountUnknown,
    /// The sign-in is over: its refresh token was revoked or has expired.
    SignInExpired,
    /// The person declined in the browser.
    SignInDeclined,
    /// Nobody finished the sign-in in time.
    SignInTimedOut,
    /// Entra cannot be reached.
    SignInUnreachable,
    /// Microsoft Entra refused the sign-in for another reason.
    SignInRefused,
    /// The Azure CLI, or the Azure Developer CLI, is not installed.
    CliMissing,
    /// Nobody is signed in with it.
    CliSignedOut,
    /// This machine has no managed identity, or not this one.
    IdentityMissing,
    /// The workload's federated token cannot be read.
    WorkloadTokenUnreadable,
    /// The command failed, printed nothing, or took too long.
    CommandFailed,
    /// The person has not agreed to the command.
    CommandNotAgreed,
    /// A PEM file cannot be read.
    PemUnreadable,
    /// The proxy's address is none.
    ProxyInvalid,
    /// A header cannot be sent, or is not the person's to set.
    HeaderInvalid,
    /// There is no such connection.
    ConnectionNotFound,
    /// The connection was saved elsewhere since its form was opened.
    ConnectionChanged,
    /// Nothing in it describes a connection.
    ImportEmpty,
    /// It cannot be read as what it looks like.
    ImportUnreadable,
    /// No Secret Service on this desktop.
    KeyringMissing,
    /// The keyring is locked.
    KeyringLocked,
    /// The keyring refused for another reason.
    KeyringRefused,
    /// Another program listens where the gateway is to serve.
    GatewayAddressTaken,
    /// The gateway cannot listen for another reason.
    GatewayNotListening,
    /// A gateway's key has no name of its own, names no model, or its last day is no day. The
    /// subject is the draft's member: `name`, `models` or `expires`.
    GatewayKeyInvalid,
    /// There is no such key of the gateway's, or the keyring does not hold it any more.
    GatewayKeyGone,
    /// What was typed is no origin of web pages.
    GatewayOriginInvalid,
    /// The settings file is newer than this program.
    SettingsNewer,
    /// The settings file cannot be read.
    SettingsUnreadable,

    // The store.
    /// The database is newer than this program.
    StoreNewer,
    /// The database cannot be read.
    StoreUnreadable,
    /// There is no room on the disk.
    DiskFull,
    /// The disk, the folder or the file does not allow writing.
    StoreReadOnly,
    /// An older Hearth wrote the database, and it cannot be written to be brought up to date.
    StoreOutdated,
    /// It could not be written for another reason: busy, broken, …
    StoreFailed,
    /// There is no such conversation.
    ConversationNotFound,
    /// There is no such message.
    MessageNotFound,
    /// A conversation of the demo cannot go on with a real connection, nor the reverse.
    DemoMismatch,

    // The person's own doing.
    /// An empty question.
    NothingToSend,
    /// An answer is still being written here.
    TurnRunning,
    /// A model called tools too often in one turn.
    ToolRoundsExceeded,
    /// An answer cannot be continued, because nothing of it can be sent back.
    NothingToContinue,
    /// A file is larger than what can be attached.
    AttachmentTooLarge,
    /// A file is neither an image that models read nor text.
    AttachmentUnknownType,
    /// An image cannot be read.
    AttachmentBroken,
    /// More is attached than one request takes.
    AttachmentsTooMany,
    /// A conversation has more images than the model takes in one request.
    ImagesTooMany,
    /// The disk takes nothing, and as much as is kept in memory until then is kept already.
    AttachmentsNotKept,
    /// An attachment is not there any more.
    AttachmentNotFound,
    /// A link of a kind that is never opened.
    LinkRefused,
    /// The file could not be written.
    FileNotWritten,

    /// A defect of Hearth itself.
    Internal,
}

/// A failure with the facts that its words and its details need.
///
/// No field ever holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// Which failure.
    pub code: ErrorCode,
    /// The HTTP status, if the resource answered.
    pub status: Option<u16>,
    /// The API's error type, such as `overloaded_error`.
    pub api_type: Option<String>,
    /// The API's error code, such as `DeploymentNotFound`.
    pub api_code: Option<String>,
    /// The other side's own words, or the operating system's.
    pub message: Option<String>,
    /// `request-id`.
    pub request_id: Option<String>,
    /// `apim-request-id`.
    pub apim_request_id: Option<String>,
    /// Seconds to wait, as the resource asked.
    #[ts(type = "number | null")]
    pub retry_after: Option<u64>,
    /// What the failure is about: a deployment, a host, a file, a final URL.
    pub subject: Option<String>,
    /// Attempts that were made.
    pub attempts: u32,
    /// Characters of text kept of a broken answer.
    #[ts(type = "number | null")]
    pub kept: Option<u64>,
    /// The number behind Entra's `AADSTS`.
    pub aadsts: Option<u32>,
    /// The deployment that was asked.
    pub deployment: Option<String>,
    /// What the refused token says.
    pub token: Option<TokenFacts>,
    /// The certificates that were shown, the other side's own first.
    #[serde(default)]
    pub chain: Vec<CertificateFacts>,
    /// What the deployment lacks.
    pub lacks: Option<Capability>,
    /// The way out that one button can take.
    pub fix: Option<Fix>,
}

impl ErrorReport {
    /// A report of `code` with no facts yet.
    #[must_use]
    pub fn new(code: ErrorCode) -> Self {
        Self {
            code,
            status: None,
            api_type: None,
            api_code: None,
            message: None,
            request_id: None,
            apim_request_id: None,
            retry_after: None,
            subject: None,
            attempts: 0,
            kept: None,
            aadsts: None,
            deployment: None,
            token: None,
            chain: Vec::new(),
            lacks: None,
            fix: None,
        }
    }

    /// Names what the failure is about.
    #[must_use]
    pub fn about(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// Adds the other side's own words.
    #[must_use]
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

impl std::fmt::Display for ErrorReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.code)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ErrorReport {}
