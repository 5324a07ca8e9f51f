//! Where tokens come from.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::command::Command;
use super::problem::{SignInKind, SignInProblem};
use super::session::Session;
use super::{azure, cli};
use crate::client::Client;
use crate::failure::Failure;
use crate::secret::Secret;

/// Longest time for one token, its retries included; also for a command, and for the Azure CLI,
/// whose start alone can take ten seconds.
const LIMIT: Duration = Duration::from_secs(30);
/// The same where the keyring may ask a person to unlock it first.
const LIMIT_WITH_A_PERSON: Duration = Duration::from_secs(150);

/// A source of tokens. It keeps none itself: [`Tokens`](super::Tokens) does.
#[derive(Debug, Clone)]
pub enum TokenSource {
    /// A token from elsewhere, sent as it is: whether it has expired is for the resource to say,
    /// whose clock is right.
    Given(Arc<Secret>),
    /// An application that signs in with a secret of its own
    /// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>).
    ClientSecret {
        /// Its tenant, an id or a domain.
        tenant: String,
        /// Its id.
        client_id: String,
        /// Its secret's value.
        secret: Arc<Secret>,
        /// The authority host, an https address; none means
        /// [`DEFAULT_AUTHORITY`](crate::sign_in::DEFAULT_AUTHORITY).
        authority: Option<String>,
    },
    /// Whoever is signed in with `az login`.
    AzureCli {
        /// The tenant to ask in; none means the CLI's own.
        tenant: Option<String>,
    },
    /// Whoever is signed in with `azd auth login`.
    AzureDeveloperCli {
        /// The tenant to ask in; none means the CLI's own.
        tenant: Option<String>,
    },
    /// The identity of the Azure machine that this program runs on
    /// (<https://learn.microsoft.com/en-us/entra/identity/managed-identities-azure-resources/overview>).
    ManagedIdentity {
        /// Names a user-assigned identity; none means the system-assigned one.
        client_id: Option<String>,
    },
    /// The identity of a Kubernetes workload
    /// (<https://learn.microsoft.com/en-us/azure/aks/workload-identity-overview>). What is none
    /// is taken from the environment that the cluster sets.
    WorkloadIdentity {
        /// Its tenant.
        tenant: Option<String>,
        /// Its id.
        client_id: Option<String>,
        /// The file with the federated token.
        token_file: Option<PathBuf>,
        /// The authority host, an https address.
        authority: Option<String>,
    },
    /// A person who signed in with this program.
    Session(Session),
    /// A command that prints a token.
    Command(Command),
}

/// A token as it came.
pub(crate) struct Fetched {
    pub(crate) secret: Arc<Secret>,
    pub(crate) life: Life,
}

/// For how long a token is good from the moment on at which it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// It is not for us to say.
    Endless,
    Known(Duration),
    /// Nobody said so.
    Unknown,
}

impl TokenSource {
    /// Fetches a token for `scope`. Dropping the future breaks it off: sockets are closed and
    /// programs ended.
    pub(crate) async fn fetch(&self, client: &Client, scope: &str) -> Result<Fetched, Failure> {
        if let Self::Given(token) = self {
            return Ok(Fetched {
                secret: token.clone(),
                life: Life::Endless,
            });
        }
        let fetched = self.ask(client, scope).await?;
        // Answers of status 200 without a token were seen, and one that cannot be sent would be
        // kept for as long as it says that it lasts.
        if fetched.secret.header("Bearer ").is_none() {
            let said = "the answer holds no token that can be sent";
            return Err(SignInProblem::new(SignInKind::Refused, said).into());
        }
        Ok(fetched)
    }

    async fn ask(&self, client: &Client, scope: &str) -> Result<Fetched, Failure> {
        match self {
            Self::Given(_) => unreachable!("BUG: what is given is not asked for"),
            Self::ClientSecret {
                tenant,
                client_id,
                secret,
                authority,
            } => {
                let authority = authority.as_deref();
                azure::client_secret(client, scope, tenant, client_id, secret, authority).await
            }
            Self::ManagedIdentity { client_id } => {
                azure::managed_identity(client, scope, client_id.as_deref()).await
            }
            Self::WorkloadIdentity {
                tenant,
                client_id,
                token_file,
                authority,
            } => {
                let workload = azure::Workload {
                    tenant: tenant.clone(),
                    client_id: client_id.clone(),
                    token_file: token_file.clone(),
                    authority: authority.as_deref(),
                };
                azure::workload_identity(client, scope, workload).await
            }
            Self::AzureCli { tenant } => cli::azure_cli(scope, tenant.as_deref()).await,
            Self::AzureDeveloperCli { tenant } => {
                cli::azure_developer_cli(scope, tenant.as_deref()).await
            }
            Self::Session(session) => session.refresh(client, scope).await,
            Self::Command(command) => command.fetch().await,
        }
    }

    /// Longest time for one token.
    pub(crate) fn limit(&self) -> Duration {
        match self {
            Self::Session(_) => LIMIT_WITH_A_PERSON,
            _ => LIMIT,
        }
    }

    /// Another token can be had when one is refused.
    pub(crate) fn has_more(&self) -> bool {
        !matches!(self, Self::Given(_))
    }

    /// What it means that it did not answer in time.
    pub(crate) fn too_slow(&self) -> Failure {
        let kind = match self {
            Self::Command(_) => SignInKind::CommandFailed,
            Self::ManagedIdentity { .. } => SignInKind::IdentityMissing,
            Self::Given(_)
            | Self::ClientSecret { .. }
            | Self::AzureCli { .. }
            | Self::AzureDeveloperCli { .. }
            | Self::WorkloadIdentity { .. }
            | Self::Session(_) => SignInKind::Unreachable,
        };
        SignInProblem::new(kind, "no answer in time").into()
    }
}
