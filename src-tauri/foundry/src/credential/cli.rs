//! Tokens of whoever is signed in with the Azure CLI, or with the Azure Developer CLI.
//!
//! Microsoft's library knows how to ask both and how to read what they print. It runs them
//! through a shell, with words of ours that were checked for it; the shell is started here, so
//! that it finds the programs, has none of our secrets, and does not outlive the question.

use std::ffi::OsStr;
use std::io;
use std::process::Output;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::credentials::TokenCredential;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, AzureDeveloperCliCredential,
    AzureDeveloperCliCredentialOptions, Executor,
};

use super::entra;
use super::problem::{SignInKind, SignInProblem};
use super::process;
use super::source::{Fetched, Life};
use crate::failure::Failure;
use crate::secret::Secret;

/// A token by `az account get-access-token`
/// (<https://learn.microsoft.com/en-us/cli/azure/account#az-account-get-access-token>).
pub(super) async fn azure_cli(scope: &str, tenant: Option<&str>) -> Result<Fetched, Failure> {
    let shell = Shell::default();
    let options = AzureCliCredentialOptions {
        tenant_id: checked(tenant)?,
        executor: Some(Arc::new(shell.clone())),
        ..AzureCliCredentialOptions::default()
    };
    let credential = AzureCliCredential::new(Some(options));
    fetch(credential, &shell, scope).await
}

/// A token by `azd auth token`
/// (<https://learn.microsoft.com/en-us/azure/developer/azure-developer-cli/reference#azd-auth-token>).
pub(super) async fn azure_developer_cli(
    scope: &str,
    tenant: Option<&str>,
) -> Result<Fetched, Failure> {
    let shell = Shell::default();
    let options = AzureDeveloperCliCredentialOptions {
        tenant_id: checked(tenant)?,
        executor: Some(Arc::new(shell.clone())),
    };
    let credential = AzureDeveloperCliCredential::new(Some(options));
    fetch(credential, &shell, scope).await
}

fn checked(tenant: Option<&str>) -> Result<Option<String>, SignInProblem> {
    let tenant = tenant.map(str::trim).filter(|tenant| !tenant.is_empty());
    tenant
        .map(|tenant| entra::tenant(tenant).map(str::to_owned))
        .transpose()
}

async fn fetch<C: TokenCredential>(
    credential: azure_core::Result<Arc<C>>,
    shell: &Shell,
    scope: &str,
) -> Result<Fetched, Failure> {
    let scope = entra::scope(scope)?;
    let fetching = async { credential?.get_token(&[scope], None).await };
    let token = fetching.await.map_err(|error| shell.problem(&error))?;
    // The programs write down the end by this machine's clock.
    let left = SystemTime::from(token.expires_on).duration_since(SystemTime::now());
    Ok(Fetched {
        secret: Arc::new(Secret::new(token.token.secret().to_owned())),
        life: left.map_or(Life::Unknown, known),
    })
}

fn known(left: Duration) -> Life {
    if left.is_zero() {
        return Life::Unknown;
    }
    Life::Known(left)
}

/// Starts the shell, and remembers how it ended.
#[derive(Debug, Clone, Default)]
struct Shell {
    ended: Arc<Mutex<Option<Ended>>>,
}

/// How a shell ended that brought no token.
#[derive(Debug, Clone)]
struct Ended {
    code: Option<i32>,
    said: String,
}

#[async_trait]
impl Executor for Shell {
    async fn run(&self, program: &OsStr, args: &[&OsStr]) -> io::Result<Output> {
        let outcome = process::run(program, args).await?;
        if !outcome.status.success() {
            let ended = Ended {
                code: outcome.status.code(),
                said: String::from_utf8_lossy(&outcome.stderr).into_owned(),
            };
            *self.ended.lock().unwrap_or_else(PoisonError::into_inner) = Some(ended);
        }
        Ok(Output {
            status: outcome.status,
            stdout: outcome.stdout,
            stderr: outcome.stderr,
        })
    }
}

impl Shell {
    /// What it means that there is no token.
    fn problem(&self, error: &azure_core::Error) -> SignInProblem {
        let words = error.to_string();
        let said = words.split_once("authentication failed.");
        let said = said.map_or(words.as_str(), |(_, said)| said);
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(ended) = &*ended else {
            // It ended well, and what it printed cannot be read; or it could not be started.
            let said = entra::clean(entra::words_of(said), &[]);
            return SignInProblem::new(SignInKind::Refused, said);
        };
        let aadsts = entra::number(&ended.said);
        SignInProblem {
            kind: ended.kind(aadsts),
            aadsts,
            ..SignInProblem::new(
                SignInKind::Refused,
                entra::clean(entra::words_of(said), &[]),
            )
        }
    }
}

impl Ended {
    fn kind(&self, aadsts: Option<u32>) -> SignInKind {
        // What a shell says of a program that it does not find: on Unix by its status, on Windows
        // by its words.
        if self.code == Some(127) || self.said.contains("' is not recognized") {
            return SignInKind::CliMissing;
        }
        match entra::kind(None, aadsts) {
            // Who was signed in is not any more.
            SignInKind::Expired => SignInKind::CliSignedOut,
            SignInKind::Refused if self.asks_to_sign_in() => SignInKind::CliSignedOut,
            kind => kind,
        }
    }

    fn asks_to_sign_in(&self) -> bool {
        let asks = ["az login", "azd auth login", "not logged in"];
        asks.iter().any(|words| self.said.contains(words))
    }
}
