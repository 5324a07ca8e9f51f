//! The secrets of connections: each under a name of its own, asked for once in a run, and
//! kept where the person agreed to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_foundry::{Place, Secret, Vault, VaultError, VaultState};

use crate::api::{ErrorReport, KeyringState, SecretPlace};
use crate::report;
use crate::settings::{SavedConnection, SavedGatewayKey, SavedHeader};

/// Under which name the password of the proxy is kept that every connection without one of its
/// own goes through.
pub(crate) fn network_proxy(edition: Option<&str>) -> String {
    in_edition("proxy".to_owned(), edition)
}

/// Under which name a connection's key, client secret, token or refresh token is kept.
pub(crate) fn credential(saved: &SavedConnection) -> String {
    in_edition(saved.id.0.clone(), saved.edition.as_deref())
}

/// Under which name the password of a connection's own proxy is kept.
pub(crate) fn proxy(saved: &SavedConnection) -> String {
    let name = format!("{}/proxy", saved.id.0);
    in_edition(name, saved.proxy_edition.as_deref())
}

/// Under which name the value of one of its headers is kept.
pub(crate) fn header(saved: &SavedConnection, header: &SavedHeader) -> String {
    let name = format!("{}/header/{}", saved.id.0, header.name.to_ascii_lowercase());
    in_edition(name, header.edition.as_deref())
}

/// Under which name a key of the gateway's own is kept.
pub(crate) fn gateway_key(saved: &SavedGatewayKey) -> String {
    let name = format!("gateway/{}", saved.id.0);
    in_edition(name, saved.edition.as_deref())
}

/// Every name that a connection may have something under.
pub(crate) fn all_of(saved: &SavedConnection) -> Vec<String> {
    let headers = saved.headers.iter();
    let mut names = vec![credential(saved), proxy(saved)];
    names.extend(headers.map(|it| header(saved, it)));
    names
}

/// For a secret that is to be kept beside, or instead of, what was kept before.
pub(crate) fn new_edition() -> Option<String> {
    Some(crate::new_id())
}

fn in_edition(name: String, edition: Option<&str>) -> String {
    match edition {
        None => name,
        Some(edition) => format!("{name}/{edition}"),
    }
}

/// What became of a secret that nobody needs any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    Gone,
    /// There is no keyring now that it could be taken out of: it may be there when one is.
    Later,
}

/// Secrets by name.
#[derive(Default)]
pub(crate) struct Secrets {
    vault: Vault,
    /// What was asked for, so that the keyring is asked once and not at each turn.
    known: Mutex<HashMap<String, Known>>,
    /// How often each name got a secret in this run.
    kept: Mutex<HashMap<String, u64>>,
}

/// A secret with where it is kept.
#[derive(Clone)]
pub(crate) struct Known {
    pub(crate) secret: Arc<Secret>,
    pub(crate) place: SecretPlace,
}

impl Secrets {
    /// Where refresh tokens are kept, which change by themselves.
    pub(crate) fn vault(&self) -> &Vault {
        &self.vault
    }

    pub(crate) async fn keyring(&self) -> KeyringState {
        match self.vault.state().await {
            VaultState::Ready => KeyringState::Ready,
            VaultState::Missing => KeyringState::Missing,
            VaultState::Locked => KeyringState::Locked,
        }
    }

    /// The secret of a name. The system may ask the person to unlock the keyring.
    ///
    /// # Errors
    /// What the keyring refuses; no secret is no error.
    pub(crate) async fn get(&self, name: &str) -> Result<Option<Arc<Secret>>, ErrorReport> {
        Ok(self.find(name).await?.map(|known| known.secret))
    }

    /// The same, with where it is kept.
    pub(crate) async fn find(&self, name: &str) -> Result<Option<Known>, ErrorReport> {
        if let Some(known) = self.known(name) {
            return Ok(Some(known));
        }
        let Some(secret) = self.vault.load(name).await.map_err(report::vault)? else {
            return Ok(None);
        };
        let place = match self.vault.place(name).await {
            Some(Place::ThisRun) => SecretPlace::ThisRun,
            Some(Place::Keyring) | None => SecretPlace::Keyring,
        };
        let known = Known { secret, place };
        self.all().insert(name.to_owned(), known.clone());
        Ok(Some(known))
    }

    /// What was found before. Asks nobody.
    pub(crate) fn known(&self, name: &str) -> Option<Known> {
        self.all().get(name).cloned()
    }

    /// Keeps a secret in the keyring or, where the person agreed to it, in memory.
    ///
    /// # Errors
    /// What the keyring refuses; then nothing has changed.
    pub(crate) async fn keep(
        &self,
        name: &str,
        secret: Arc<Secret>,
        this_run_only: bool,
    ) -> Result<(), ErrorReport> {
        let place = if this_run_only {
            // One in the keyring from before would come back with the next start. Where the
            // keyring does not let go of it, the person still gets what they agreed to.
            if let Err(error) = self.forget(name).await {
                tracing::info!(%error, "an earlier secret stays in the keyring");
            }
            let copy = Secret::new(secret.expose().to_owned());
            self.vault.keep_for_this_run(name, copy);
            SecretPlace::ThisRun
        } else {
            let stored = self.vault.store(name, &secret).await;
            stored.map_err(report::vault)?;
            SecretPlace::Keyring
        };
        self.all().insert(name.to_owned(), Known { secret, place });
        *self.counts().entry(name.to_owned()).or_default() += 1;
        Ok(())
    }

    /// How often a secret was kept under this name in this run: another count tells that
    /// somebody has replaced it. A refresh token that changes by being used is not counted.
    pub(crate) fn times_kept(&self, name: &str) -> u64 {
        self.counts().get(name).copied().unwrap_or_default()
    }

    /// Removes a secret from wherever it is.
    ///
    /// # Errors
    /// A keyring that is locked or refuses.
    pub(crate) async fn forget(&self, name: &str) -> Result<Forgotten, ErrorReport> {
        let forgotten = match self.vault.forget(name).await {
            Ok(()) => Forgotten::Gone,
            Err(VaultError::Missing) => Forgotten::Later,
            Err(error) => return Err(report::vault(error)),
        };
        self.all().remove(name);
        Ok(forgotten)
    }

    /// What is remembered of a secret that changes in the vault by itself is not to be used.
    pub(crate) fn look_again(&self, name: &str) {
        self.all().remove(name);
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        // A count is one or the other, also after a panic.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        // A map of whole values is as good after a panic as before.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
