//! Why there is no token, told apart as far as somebody can do something about it.

use crate::failure::Failure;
use crate::vault::VaultError;

/// Why a credential could not be had. Never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct SignInProblem {
    /// What it means.
    pub kind: SignInKind,
    /// `error` of the OAuth answer, such as `invalid_client`.
    pub error: Option<String>,
    /// The number behind `AADSTS` in Entra's words.
    pub aadsts: Option<u32>,
    /// The other side's own words, from their AADSTS number on and without their trace ids, or
    /// the operating system's, or those of a program that was asked.
    pub said: String,
    /// Under which Entra's support finds the answer (`correlation_id`).
    pub correlation_id: Option<String>,
}

/// What kept a credential away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignInKind {
    /// Entra: the client secret is wrong.
    ClientSecretWrong,
    /// Entra: the client secret has expired.
    ClientSecretExpired,
    /// Entra: there is no such application in the tenant.
    ApplicationUnknown,
    /// Entra: there is no such tenant, or its name is none.
    TenantUnknown,
    /// Entra: the scope's service is unknown in the tenant.
    ScopeUnknown,
    /// Entra: the scope is no scope.
    ScopeInvalid,
    /// Entra: an administrator has to consent first.
    ConsentNeeded,
    /// Entra: a person has to act (a second factor, a rule of the company's).
    InteractionNeeded,
    /// Entra: the application does not allow public clients.
    PublicClientDisabled,
    /// Entra: the account does not exist there, or belongs to another tenant.
    AccountUnknown,
    /// Nobody signed in yet, or the refresh token is gone from the keyring.
    SignedOut,
    /// The refresh token was revoked or has expired.
    Expired,
    /// The person declined, or closed the page with Cancel.
    Declined,
    /// Nobody finished in time.
    TimedOut,
    /// The authority cannot be reached, or did not answer in time.
    Unreachable,
    /// The authority's address is none, or is not https.
    AuthorityInvalid,
    /// Entra refused for another reason, or its answer cannot be understood.
    Refused,
    /// The Azure CLI, or the Azure Developer CLI, is not installed where this program finds it.
    CliMissing,
    /// Nobody is signed in with it.
    CliSignedOut,
    /// This machine has no managed identity, or not this one.
    IdentityMissing,
    /// The workload's federated token cannot be read, or what names it is missing.
    WorkloadTokenUnreadable,
    /// The command failed, printed nothing that could be used, or took too long.
    CommandFailed,
    /// There is no keyring to read the refresh token from.
    KeyringMissing,
    /// The keyring with the refresh token is locked.
    KeyringLocked,
    /// The keyring refused for another reason.
    KeyringRefused,
}

impl SignInProblem {
    /// A problem of `kind` with the words that tell it, and nothing else known.
    pub(crate) fn new(kind: SignInKind, said: impl Into<String>) -> Self {
        Self {
            kind,
            error: None,
            aadsts: None,
            said: said.into(),
            correlation_id: None,
        }
    }
}

impl From<SignInProblem> for Failure {
    fn from(problem: SignInProblem) -> Self {
        Self::SignIn(Box::new(problem))
    }
}

impl From<VaultError> for SignInProblem {
    fn from(error: VaultError) -> Self {
        let kind = match error {
            VaultError::Missing => SignInKind::KeyringMissing,
            VaultError::Locked => SignInKind::KeyringLocked,
            VaultError::Refused(_) => SignInKind::KeyringRefused,
        };
        Self::new(kind, error.to_string())
    }
}
