//! The keyring of Linux and the BSDs.
//!
//! `keyring` reports a locked keyring as an empty one when it is read, and its own entries
//! remember for the life of the process that there was no Secret Service. So the entries here are
//! made of a store of ours, which is made again when it fails, and an absence is believed only
//! when the Secret Service itself says that its default collection is unlocked.

use std::sync::{Arc, Mutex, PoisonError};

use keyring::{Entry, Error};
use keyring_core::CredentialStore;
use secret_service::EncryptionType;
use secret_service::blocking::SecretService;

use super::{SERVICE, VaultError, VaultState};
use crate::network::words_of;
use crate::secret::Secret;

/// The connection to the Secret Service, once there is one.
#[derive(Default)]
pub(super) struct Keyring {
    store: Mutex<Option<Arc<CredentialStore>>>,
}

impl Keyring {
    /// Whether secrets can be kept, by the default collection's own word. Shows no dialog.
    pub(super) fn state(&self) -> VaultState {
        // Nothing secret is passed, so the session needs no encryption.
        let Ok(service) = SecretService::connect(EncryptionType::Plain) else {
            return VaultState::Missing;
        };
        match service
            .get_default_collection()
            .and_then(|collection| collection.is_locked())
        {
            Ok(false) => VaultState::Ready,
            Ok(true) => VaultState::Locked,
            // No default collection: gnome-keyring has none until somebody unlocks it once.
            Err(secret_service::Error::NoResult | secret_service::Error::Locked) => {
                VaultState::Locked
            }
            Err(_) => VaultState::Missing,
        }
    }

    pub(super) fn store(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        self.with_entry(name, |entry| entry.set_password(secret.expose()))
            .map_err(|error| self.meaning(&error))
    }

    pub(super) fn load(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        match self.with_entry(name, Entry::get_password) {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => self.absent().map(|()| None),
            Err(error) => Err(self.meaning(&error)),
        }
    }

    pub(super) fn forget(&self, name: &str) -> Result<(), VaultError> {
        match self.with_entry(name, Entry::delete_credential) {
            Ok(()) => Ok(()),
            Err(Error::NoEntry) => self.absent(),
            Err(error) => Err(self.meaning(&error)),
        }
    }

    /// A store that worked before may be one whose service went away, so a failure is tried once
    /// more with a new one.
    fn with_entry<T>(
        &self,
        name: &str,
        act: impl Fn(&Entry) -> keyring::Result<T>,
    ) -> keyring::Result<T> {
        let known = self.known();
        let fresh = known.is_none();
        let store = match known {
            Some(store) => store,
            None => self.connect()?,
        };
        match act(&entry(&store, name)?) {
            Err(Error::PlatformFailure(_)) if !fresh => act(&entry(&self.connect()?, name)?),
            done => done,
        }
    }

    fn known(&self) -> Option<Arc<CredentialStore>> {
        self.store
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn connect(&self) -> keyring::Result<Arc<CredentialStore>> {
        // The lock is not held meanwhile: a service that hangs must not hang the others.
        let store: Arc<CredentialStore> = zbus_secret_service_keyring_store::Store::new()?;
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Some(store.clone());
        Ok(store)
    }

    /// "No such entry" is true only of a keyring that is open.
    fn absent(&self) -> Result<(), VaultError> {
        match self.state() {
            VaultState::Ready => Ok(()),
            VaultState::Locked => Err(VaultError::Locked),
            VaultState::Missing => Err(VaultError::Missing),
        }
    }

    fn meaning(&self, error: &Error) -> VaultError {
        match error {
            Error::NoStorageAccess(_) => VaultError::Locked,
            _ => match self.state() {
                VaultState::Missing => VaultError::Missing,
                VaultState::Locked => VaultError::Locked,
                VaultState::Ready => VaultError::Refused(refusal(error)),
            },
        }
    }
}

fn entry(store: &Arc<CredentialStore>, name: &str) -> keyring::Result<Entry> {
    Ok(Entry {
        inner: store.build(SERVICE, name, None)?,
    })
}

/// The keyring's words, but for those errors that carry what is kept.
fn refusal(error: &Error) -> String {
    match error {
        Error::BadEncoding(_) => "the entry is not text".to_owned(),
        Error::BadDataFormat(..) => "the entry cannot be read".to_owned(),
        other => words_of(other),
    }
}
