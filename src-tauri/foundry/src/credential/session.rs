//! A person who signed in: tokens by way of a refresh token in the vault.
//!
//! Entra may send a new refresh token with each token, and may not; the newest is kept, and an
//! old one stays when no new one comes
//! (<https://learn.microsoft.com/en-us/entra/identity-platform/refresh-tokens>).

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use oauth2::{RefreshToken, TokenResponse};

use super::problem::{SignInKind, SignInProblem};
use super::source::{Fetched, Life};
use crate::client::Client;
use crate::failure::Failure;
use crate::retry;
use crate::secret::Secret;
use crate::sign_in::{EntraPlace, oauth};
use crate::vault::{Vault, VaultError};

/// Most attempts at one token while Entra cannot be reached.
const ATTEMPTS: u32 = 3;

/// A sign-in whose refresh token lies in the vault. Clones share what is kept in memory.
#[derive(Clone)]
pub struct Session {
    vault: Vault,
    name: String,
    place: EntraPlace,
    /// A refresh token that the vault did not take; it goes before what is there.
    unsaved: Arc<Mutex<Option<Unsaved>>>,
}

/// A refresh token in memory, with the one that it is to replace in the vault.
#[derive(Clone)]
struct Unsaved {
    old: Arc<Secret>,
    new: Arc<Secret>,
}

impl Session {
    /// The sign-in at `place` whose refresh token `vault` keeps under `name`.
    #[must_use]
    pub fn new(vault: Vault, name: String, place: EntraPlace) -> Self {
        Self {
            vault,
            name,
            place,
            unsaved: Arc::default(),
        }
    }

    /// A token by the refresh token. What comes in that one's place is kept before the token is
    /// handed on.
    pub(super) async fn refresh(&self, client: &Client, scope: &str) -> Result<Fetched, Failure> {
        let used = self.refresh_token().await?;
        match self.redeem(client, scope, &used).await {
            Err(failure) if is_expired(&failure) => {
                // Another process may have used it up meanwhile and kept a new one.
                self.unsaved().take();
                let now = self.refresh_token().await?;
                if now.expose() == used.expose() {
                    return Err(failure);
                }
                self.redeem(client, scope, &now).await
            }
            redeemed => redeemed,
        }
    }

    async fn redeem(
        &self,
        client: &Client,
        scope: &str,
        used: &Arc<Secret>,
    ) -> Result<Fetched, Failure> {
        let given = self.ask(client, scope, used).await?;
        if let Some(new) = given.refresh_token().map(oauth::kept) {
            self.keep(used, new).await;
        }
        let secret = Secret::new(given.access_token().secret().clone());
        Ok(Fetched {
            secret: Arc::new(secret),
            life: given.expires_in().map_or(Life::Unknown, Life::Known),
        })
    }

    async fn ask(
        &self,
        client: &Client,
        scope: &str,
        used: &Arc<Secret>,
    ) -> Result<oauth::Given, Failure> {
        let place = oauth::client_at(&self.place)?;
        let scopes = oauth::scopes(scope)?;
        let way = oauth::Way::new(client, vec![used.clone()]);
        let token = RefreshToken::new(used.expose().to_owned());
        for attempt in 1.. {
            let asking = place
                .exchange_refresh_token(&token)
                .add_scopes(scopes.clone())
                .request_async(&way);
            let failure = match asking.await {
                Ok(given) => return Ok(given),
                Err(error) => way.failure(&error),
            };
            if attempt >= ATTEMPTS || !is_passing(&failure) {
                return Err(read_as_refresh(failure));
            }
            tokio::time::sleep(retry::backoff(attempt, rand::random())).await;
        }
        unreachable!("BUG: the attempts have an end")
    }

    async fn refresh_token(&self) -> Result<Arc<Secret>, Failure> {
        if let Some(unsaved) = self.unsaved().as_ref() {
            return Ok(unsaved.new.clone());
        }
        let kept = self.vault.load(&self.name).await;
        let kept = kept.map_err(SignInProblem::from)?;
        kept.ok_or_else(|| SignInProblem::new(SignInKind::SignedOut, "nobody is signed in").into())
    }

    /// Keeps `new` in the place of `used`: in the vault or, when that fails, in memory, so that
    /// this run goes on. It is tried again with the next one.
    async fn keep(&self, used: &Arc<Secret>, new: Arc<Secret>) {
        let before = self.unsaved().clone();
        let old = before.map_or(used.clone(), |unsaved| unsaved.old);
        if old.expose() == new.expose() {
            self.unsaved().take();
            return;
        }
        // In memory first: who waits for the keyring's dialog may give up.
        *self.unsaved() = Some(Unsaved {
            old: old.clone(),
            new: new.clone(),
        });
        match self.save(used, &old, &new).await {
            Ok(()) => drop(self.unsaved().take()),
            Err(error) => {
                tracing::warn!(name = self.name, %error, "a new refresh token is kept in memory only");
            }
        }
    }

    /// What the vault has is `old` or, when it did as it was asked after nobody waited any more,
    /// `used`.
    async fn save(&self, used: &Secret, old: &Secret, new: &Secret) -> Result<(), VaultError> {
        if used.expose() != old.expose() {
            self.vault.replace(&self.name, used, new).await?;
        }
        self.vault.replace(&self.name, old, new).await
    }

    fn unsaved(&self) -> MutexGuard<'_, Option<Unsaved>> {
        self.unsaved.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_expired(failure: &Failure) -> bool {
    matches!(failure, Failure::SignIn(problem) if problem.kind == SignInKind::Expired)
}

fn is_passing(failure: &Failure) -> bool {
    matches!(failure, Failure::SignIn(problem) if problem.kind == SignInKind::Unreachable)
}

/// `invalid_grant` without a number that says more: the grant is the refresh token.
fn read_as_refresh(failure: Failure) -> Failure {
    match failure {
        Failure::SignIn(mut problem)
            if problem.kind == SignInKind::Refused
                && problem.error.as_deref() == Some("invalid_grant") =>
        {
            problem.kind = SignInKind::Expired;
            Failure::SignIn(problem)
        }
        other => other,
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("name", &self.name)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn a_new_refresh_token_outlives_whoever_waits_for_the_keyring() {
        let session = Session::new(Vault::new(), "c1".to_owned(), EntraPlace::default());
        let secret = |text: &str| Arc::new(Secret::new(text.to_owned()));
        let (used, new) = (secret("canary-used"), secret("canary-new"));
        // The keyring answers on a thread of its own, so the first poll is never the last.
        assert!(session.keep(&used, new.clone()).now_or_never().is_none());
        let kept = session.refresh_token().await.unwrap();
        assert_eq!(kept.expose(), new.expose());
    }
}
