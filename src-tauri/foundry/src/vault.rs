//! Where secrets are kept: the operating system's keyring, or this run's memory when the person
//! agreed to that. Never a file.
//!
//! On Linux and the BSDs the keyring is whatever speaks the Secret Service
//! (<https://specifications.freedesktop.org/secret-service-spec/latest/>). It may be absent, it
//! may be locked, and it may come and go while Hearth runs; [`keyring`] alone cannot tell the
//! first two from an empty one, and remembers for ever that there was none; what is done about it
//! is in `vault/secret_service.rs`.

#[path = "vault/queue.rs"]
mod queue;
#[cfg(all(unix, not(target_os = "macos")))]
#[path = "vault/secret_service.rs"]
mod service;
#[cfg(not(all(unix, not(target_os = "macos"))))]
#[path = "vault/platform.rs"]
mod service;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::secret::Secret;
use queue::{Queue, on_a_thread};

/// The `service` attribute of our items; the name of a secret is the `username`.
const SERVICE: &str = "hearth";

/// Longest time for a question that nobody is asked about.
const PROBE: Duration = Duration::from_secs(5);
/// Longest time for one that may show a dialog with a password to type.
const DIALOG: Duration = Duration::from_secs(90);

/// The secrets of this program's user. Cheap to clone.
///
/// Its calls wait for another process, each for a limited time and one after the other.
#[derive(Clone, Default)]
pub struct Vault {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    this_run: Mutex<HashMap<String, Arc<Secret>>>,
    keyring: service::Keyring,
    queue: Queue,
    look: Mutex<Option<Look>>,
}

/// A look at how the keyring is, on its way or over.
#[derive(Clone)]
struct Look {
    /// Its sender is gone when it is over.
    answer: watch::Receiver<Option<VaultState>>,
    /// Nobody waits for it any longer than this.
    until: Instant,
}

/// What the keyring can do for us now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VaultState {
    /// It keeps secrets.
    Ready,
    /// There is none, or none that answers.
    Missing,
    /// It is locked, or was never set up.
    Locked,
}

/// Where a secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the system's keyring.
    Keyring,
    /// In memory, until the program ends.
    ThisRun,
}

/// Why the keyring did not do as it was asked. Never contains a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultError {
    /// There is none, or none that answers.
    #[error("there is no keyring")]
    Missing,
    /// It is locked, was never set up, or the person dismissed its dialog.
    #[error("the keyring is locked")]
    Locked,
    /// It refused; the text is its own.
    #[error("the keyring refused: {0}")]
    Refused(String),
}

impl Vault {
    /// The vault of this process's user. Asks nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the keyring how it is. Shows no dialog. Who asks while somebody else does shares the
    /// answer: a service that hangs holds one thread and one connection, however often is asked.
    pub async fn state(&self) -> VaultState {
        let Some(mut look) = self.look() else {
            return VaultState::Missing;
        };
        let answered = look.answer.wait_for(Option::is_some);
        match tokio::time::timeout_at(look.until, answered).await {
            Ok(Ok(state)) => state.unwrap_or(VaultState::Missing),
            Ok(Err(_)) | Err(_) => VaultState::Missing,
        }
    }

    /// The look that goes on, or a new one; none when the system gives no thread for it.
    fn look(&self) -> Option<Look> {
        let mut known = self
            .shared
            .look
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let going_on = |look: &&Look| look.answer.has_changed().is_ok();
        if let Some(look) = known.as_ref().filter(going_on) {
            return Some(look.clone());
        }
        let (sender, answer) = watch::channel(None);
        let shared = self.shared.clone();
        on_a_thread(move || {
            // Nobody is listening any more when the limit was reached.
            let _ = sender.send(Some(shared.keyring.state()));
        })?;
        let until = Instant::now() + PROBE;
        let look = Look { answer, until };
        *known = Some(look.clone());
        Some(look)
    }

    /// Keeps `secret` in the keyring, in place of what was kept under `name`. The system may ask
    /// the person to unlock the keyring.
    ///
    /// # Errors
    ///
    /// Any [`VaultError`]; the secret is then kept nowhere.
    pub async fn store(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        let (key, secret) = (name.to_owned(), Secret::new(secret.expose().to_owned()));
        self.asked(move |keyring| keyring.store(&key, &secret))
            .await?;
        self.this_run().remove(name);
        Ok(())
    }

    /// Keeps `secret` in memory until the program ends; it goes before one in the keyring.
    pub fn keep_for_this_run(&self, name: &str, secret: Secret) {
        self.this_run().insert(name.to_owned(), Arc::new(secret));
    }

    /// Keeps `new` in the place of `old` under `name`, wherever that is kept. Another secret than
    /// `old`, or none, is left as it is: somebody else has replaced or removed it meanwhile.
    ///
    /// # Errors
    ///
    /// Any [`VaultError`]; the old secret is then kept as before.
    pub async fn replace(&self, name: &str, old: &Secret, new: &Secret) -> Result<(), VaultError> {
        let kept = self.load(name).await?;
        if kept.is_none_or(|kept| kept.expose() != old.expose()) {
            return Ok(());
        }
        if self.this_run().contains_key(name) {
            self.keep_for_this_run(name, Secret::new(new.expose().to_owned()));
            return Ok(());
        }
        self.store(name, new).await
    }

    /// The secret kept under `name`; none when there is none. The system may ask the person to
    /// unlock the keyring.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`] too when a locked keyring says that it has no such secret: it does
    /// not know.
    pub async fn load(&self, name: &str) -> Result<Option<Arc<Secret>>, VaultError> {
        if let Some(secret) = self.this_run().get(name) {
            return Ok(Some(secret.clone()));
        }
        let key = name.to_owned();
        let secret = self.asked(move |keyring| keyring.load(&key)).await?;
        Ok(secret.map(Arc::new))
    }

    /// Whether a secret is kept under `name` in memory. No keyring is asked, and so nobody.
    #[must_use]
    pub fn is_of_this_run(&self, name: &str) -> bool {
        self.this_run().contains_key(name)
    }

    /// Where the secret kept under `name` is; none when there is none, or none within reach. The
    /// system may ask the person to unlock the keyring.
    pub async fn place(&self, name: &str) -> Option<Place> {
        if self.this_run().contains_key(name) {
            return Some(Place::ThisRun);
        }
        self.load(name).await.ok().flatten().map(|_| Place::Keyring)
    }

    /// Removes what is kept under `name`, wherever it is. No secret to remove is no error.
    ///
    /// # Errors
    ///
    /// Any [`VaultError`]; memory is cleared all the same. What was in memory needs no keyring:
    /// [`VaultError::Missing`] means that one which is not there now may hold the secret.
    pub async fn forget(&self, name: &str) -> Result<(), VaultError> {
        let was_here = self.this_run().remove(name).is_some();
        let key = name.to_owned();
        let forgotten = self.asked(move |keyring| keyring.forget(&key));
        match forgotten.await {
            Err(VaultError::Missing) if was_here => Ok(()),
            forgotten => forgotten,
        }
    }

    /// What the keyring says to `ask`, which may show a dialog; [`VaultError::Locked`] when it
    /// does not come back in time, and at once while it hangs.
    async fn asked<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&service::Keyring) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let shared = self.shared.clone();
        let answer = self.shared.queue.ask(DIALOG, move || ask(&shared.keyring));
        answer.await.unwrap_or(Err(VaultError::Locked))
    }

    fn this_run(&self) -> MutexGuard<'_, HashMap<String, Arc<Secret>>> {
        // A map of whole values is as good after a panic as before.
        self.shared
            .this_run
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Vault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn memory_of_this_run_goes_first_and_is_not_printed() {
        let vault = Vault::new();
        vault.keep_for_this_run("c1", Secret::new("canary-0123".into()));
        assert!(vault.is_of_this_run("c1") && !vault.is_of_this_run("c2"));
        assert_eq!(vault.place("c1").await, Some(Place::ThisRun));
        assert_eq!(
            vault.load("c1").await.unwrap().unwrap().expose(),
            "canary-0123"
        );
        assert!(!format!("{vault:?}").contains("canary"));
    }

    #[tokio::test]
    async fn only_the_secret_that_is_known_is_replaced_and_where_it_is() {
        let vault = Vault::new();
        let secret = |text: &str| Secret::new(text.into());
        vault.keep_for_this_run("c1", secret("first"));
        let now = async || vault.load("c1").await.unwrap().unwrap().expose().to_owned();
        vault
            .replace("c1", &secret("first"), &secret("second"))
            .await
            .unwrap();
        assert_eq!(now().await, "second");
        vault
            .replace("c1", &secret("first"), &secret("third"))
            .await
            .unwrap();
        assert_eq!(now().await, "second");
        assert_eq!(vault.place("c1").await, Some(Place::ThisRun));
    }
}
