//! The keyrings of macOS and Windows, which are always there.

use keyring::{Entry, Error};

use super::{SERVICE, VaultError, VaultState};
use crate::network::words_of;
use crate::secret::Secret;

/// Keychain Services or the Credential Manager.
#[derive(Default)]
pub(super) struct Keyring;

impl Keyring {
    pub(super) fn state(&self) -> VaultState {
        match Entry::store_status() {
            Ok(()) => VaultState::Ready,
            Err(_) => VaultState::Missing,
        }
    }

    pub(super) fn store(&self, name: &str, secret: &Secret) -> Result<(), VaultError> {
        let entry = Entry::new(SERVICE, name).map_err(|error| meaning(&error))?;
        entry
            .set_password(secret.expose())
            .map_err(|error| meaning(&error))
    }

    pub(super) fn load(&self, name: &str) -> Result<Option<Secret>, VaultError> {
        let entry = Entry::new(SERVICE, name).map_err(|error| meaning(&error))?;
        match entry.get_password() {
            Ok(text) => Ok(Some(Secret::new(text))),
            Err(Error::NoEntry) => Ok(None),
            Err(error) => Err(meaning(&error)),
        }
    }

    pub(super) fn forget(&self, name: &str) -> Result<(), VaultError> {
        let entry = Entry::new(SERVICE, name).map_err(|error| meaning(&error))?;
        match entry.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(meaning(&error)),
        }
    }
}

fn meaning(error: &Error) -> VaultError {
    match error {
        Error::NoDefaultStore => VaultError::Missing,
        Error::NoStorageAccess(_) => VaultError::Locked,
        Error::BadEncoding(_) => VaultError::Refused("the entry is not text".to_owned()),
        Error::BadDataFormat(..) => VaultError::Refused("the entry cannot be read".to_owned()),
        other => VaultError::Refused(words_of(other)),
    }
}
