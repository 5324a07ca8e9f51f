//! From a person's choice to a credential as used: one for each connection, so that all who
//! ask share its cache of tokens.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use hearth_foundry::credential::Printed as PrintedKey;
use hearth_foundry::{
    Command, Credential, EntraPlace, Secret, Session, TokenSource, Tokens, sign_in,
};

use super::Connections;
use super::secrets;
use crate::api::{ConnectionId, CredentialChoice, EntraSettings, ErrorCode, ErrorReport, Printed};
use crate::settings::{Agreed, SavedConnection};

/// Credentials that were made in this run.
#[derive(Default)]
pub(crate) struct Credentials {
    made: Mutex<HashMap<ConnectionId, Made>>,
}

/// A credential with what it was made of: where that is something else now, it is made anew.
struct Made {
    choice: CredentialChoice,
    secret: Option<Arc<Secret>>,
    credential: Credential,
}

impl Credentials {
    fn get(
        &self,
        id: &ConnectionId,
        choice: &CredentialChoice,
        secret: Option<&Arc<Secret>>,
        make: impl FnOnce() -> Credential,
    ) -> Credential {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &&Made| {
            let secrets = match (&known.secret, secret) {
                (Some(known), Some(secret)) => known.expose() == secret.expose(),
                (None, None) => true,
                (Some(_), None) | (None, Some(_)) => false,
            };
            secrets && known.choice == *choice
        };
        if let Some(known) = made.get(id).filter(same) {
            return known.credential.clone();
        }
        let credential = make();
        let new = Made {
            choice: choice.clone(),
            secret: secret.cloned(),
            credential: credential.clone(),
        };
        made.insert(id.clone(), new);
        credential
    }

    /// The one that there is. Makes none.
    pub(super) fn known(&self, id: &ConnectionId) -> Option<Credential> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(id).map(|made| made.credential.clone())
    }

    /// The next question makes it anew.
    pub(crate) fn forget(&self, id: &ConnectionId) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.remove(id);
    }
}

/// The kinds of secrets that a choice keeps with us; one is never used as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SecretKind {
    Key,
    ClientSecret,
    Token,
    RefreshToken,
}

impl SecretKind {
    pub(crate) fn of(choice: &CredentialChoice) -> Option<Self> {
        match choice {
            CredentialChoice::Key => Some(Self::Key),
            CredentialChoice::ClientSecret { .. } => Some(Self::ClientSecret),
            CredentialChoice::Token => Some(Self::Token),
            CredentialChoice::SignIn { .. } => Some(Self::RefreshToken),
            CredentialChoice::AzureCli { .. }
            | CredentialChoice::AzureDeveloperCli { .. }
            | CredentialChoice::ManagedIdentity { .. }
            | CredentialChoice::WorkloadIdentity { .. }
            | CredentialChoice::Command { .. } => None,
        }
    }
}

/// The authority host of a choice, which its secret goes to.
pub(super) fn authority(choice: &CredentialChoice) -> Option<&str> {
    entra(choice).map(|entra| entra.authority.trim())
}

/// The part of a choice that is about Entra.
pub(crate) fn entra(choice: &CredentialChoice) -> Option<&EntraSettings> {
    match choice {
        CredentialChoice::ClientSecret { entra }
        | CredentialChoice::SignIn { entra }
        | CredentialChoice::AzureCli { entra }
        | CredentialChoice::AzureDeveloperCli { entra }
        | CredentialChoice::ManagedIdentity { entra }
        | CredentialChoice::WorkloadIdentity { entra, .. } => Some(entra),
        CredentialChoice::Key | CredentialChoice::Token | CredentialChoice::Command { .. } => None,
    }
}

/// The same, to be changed.
pub(crate) fn entra_mut(choice: &mut CredentialChoice) -> Option<&mut EntraSettings> {
    match choice {
        CredentialChoice::ClientSecret { entra }
        | CredentialChoice::SignIn { entra }
        | CredentialChoice::AzureCli { entra }
        | CredentialChoice::AzureDeveloperCli { entra }
        | CredentialChoice::ManagedIdentity { entra }
        | CredentialChoice::WorkloadIdentity { entra, .. } => Some(entra),
        CredentialChoice::Key | CredentialChoice::Token | CredentialChoice::Command { .. } => None,
    }
}

/// Where a choice signs in; empty fields take their defaults.
pub(crate) fn place(entra: &EntraSettings) -> EntraPlace {
    EntraPlace::new(
        &entra.tenant,
        &entra.client_id,
        &entra.scope,
        &entra.authority,
    )
}

/// Both ask the same authority, however it is spelled.
pub(crate) fn same_authority(one: &EntraPlace, other: &EntraPlace) -> bool {
    let plain = |place: &EntraPlace| {
        let authority = place.authority.trim_end_matches('/');
        authority.to_ascii_lowercase()
    };
    plain(one) == plain(other)
}

impl Connections {
    /// The credential of a saved connection. The system may ask the person to unlock the
    /// keyring.
    ///
    /// # Errors
    /// [`ErrorCode::CredentialMissing`] without the secret that it needs,
    /// [`ErrorCode::CommandNotAgreed`], and what the keyring refuses.
    pub(super) async fn credential(
        &self,
        saved: &SavedConnection,
        host: &str,
    ) -> Result<Credential, ErrorReport> {
        let missing = || ErrorReport::new(ErrorCode::CredentialMissing).about(saved.name.clone());
        let name = secrets::credential(saved);
        let secret = match SecretKind::of(&saved.credential) {
            None => None,
            // It changes with each use, so only the vault knows it.
            Some(SecretKind::RefreshToken) => None,
            Some(_) => Some(self.secrets.get(&name).await?.ok_or_else(missing)?),
        };
        agreed_to(&saved.credential, saved.agreed.as_ref(), host)?;
        let make = || {
            let session = |place| Session::new(self.secrets.vault().clone(), name.clone(), place);
            make(&saved.credential, secret.as_ref(), session)
        };
        let made = self
            .credentials
            .get(&saved.id, &saved.credential, secret.as_ref(), make);
        Ok(made)
    }
}

/// A command is started only as the person saw it, and for the host that they saw it for.
pub(super) fn agreed_to(
    choice: &CredentialChoice,
    agreed: Option<&Agreed>,
    host: &str,
) -> Result<(), ErrorReport> {
    let CredentialChoice::Command { argv, .. } = choice else {
        return Ok(());
    };
    let as_seen = |agreed: &Agreed| agreed.argv == *argv && agreed.host == host;
    match agreed.is_some_and(as_seen) && !argv.is_empty() {
        true => Ok(()),
        false => {
            let program = argv.first().cloned().unwrap_or_default();
            Err(ErrorReport::new(ErrorCode::CommandNotAgreed).about(program))
        }
    }
}

/// A credential of a choice and its secret. Nothing is sent or started yet.
pub(super) fn make(
    choice: &CredentialChoice,
    secret: Option<&Arc<Secret>>,
    session: impl FnOnce(EntraPlace) -> Session,
) -> Credential {
    let nothing = || Arc::new(Secret::new(String::new()));
    let secret = || secret.cloned().unwrap_or_else(nothing);
    let tokens =
        |source, entra: &EntraSettings| Credential::Tokens(Tokens::new(source, place(entra).scope));
    match choice {
        CredentialChoice::Key => Credential::Key(secret()),
        CredentialChoice::Token => {
            let source = TokenSource::Given(secret());
            Credential::Tokens(Tokens::new(source, sign_in::DEFAULT_SCOPE.to_owned()))
        }
        CredentialChoice::ClientSecret { entra } => {
            let source = TokenSource::ClientSecret {
                tenant: entra.tenant.trim().to_owned(),
                client_id: entra.client_id.trim().to_owned(),
                secret: secret(),
                authority: written(&entra.authority),
            };
            tokens(source, entra)
        }
        CredentialChoice::SignIn { entra } => {
            tokens(TokenSource::Session(session(place(entra))), entra)
        }
        CredentialChoice::AzureCli { entra } => {
            let tenant = written(&entra.tenant);
            tokens(TokenSource::AzureCli { tenant }, entra)
        }
        CredentialChoice::AzureDeveloperCli { entra } => {
            let tenant = written(&entra.tenant);
            tokens(TokenSource::AzureDeveloperCli { tenant }, entra)
        }
        CredentialChoice::ManagedIdentity { entra } => {
            let client_id = written(&entra.client_id);
            tokens(TokenSource::ManagedIdentity { client_id }, entra)
        }
        CredentialChoice::WorkloadIdentity { entra, token_file } => {
            let source = TokenSource::WorkloadIdentity {
                tenant: written(&entra.tenant),
                client_id: written(&entra.client_id),
                token_file: token_file.as_deref().and_then(written).map(Into::into),
                authority: written(&entra.authority),
            };
            tokens(source, entra)
        }
        CredentialChoice::Command { argv, prints } => {
            let command = Command::new(argv.clone());
            match prints {
                Printed::Key => Credential::PrintedKey(PrintedKey::new(command)),
                Printed::Token => {
                    let source = TokenSource::Command(command);
                    Credential::Tokens(Tokens::new(source, String::new()))
                }
            }
        }
    }
}

fn written(field: &str) -> Option<String> {
    let field = field.trim();
    (!field.is_empty()).then(|| field.to_owned())
}
