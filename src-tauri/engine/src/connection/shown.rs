//! Connections as the window sees them: everything but the secrets.

use hearth_foundry::{Endpoint, TokenFacts};
use hearth_wire::models;

use super::credentials::SecretKind;
use super::{Connections, fields, host, secrets};
use crate::api::{
    self, ConnectionView, CredentialChoice, CredentialState, CredentialView, DeploymentView,
    HeaderView, KeyringState, SecretPlace,
};
use crate::settings::{SavedConnection, SavedDeployment};
use crate::{capability, report, view};

impl Connections {
    /// A connection as shown. Looking at it never makes the system ask for a password:
    /// a secret that is behind one counts as missing here, and the keyring's state says why.
    pub(crate) async fn view(
        &self,
        saved: &SavedConnection,
        keyring: KeyringState,
    ) -> ConnectionView {
        let parsed = Endpoint::parse(&saved.endpoint).ok();
        let host = parsed.as_ref().map(|parsed| host(&parsed.endpoint));
        let state = self.credential_state(saved, host.unwrap_or_default(), keyring);
        let state = state.await;
        let mut headers = Vec::with_capacity(saved.headers.len());
        for header in &saved.headers {
            let name = secrets::header(saved, header);
            let known = match header.value {
                Some(_) => None,
                None => self.look(&name, keyring).await,
            };
            headers.push(HeaderView {
                name: header.name.clone(),
                value: header.value.clone(),
                last_four: known.map(|(last_four, _)| last_four),
            });
        }
        let proxy_password = match fields::password_owner(saved.proxy.as_ref()) {
            Some(_) => self.look(&secrets::proxy(saved), keyring).await,
            None => None,
        };
        ConnectionView {
            id: saved.id.clone(),
            edition: self.edition(saved),
            name: saved.name.clone(),
            endpoint: saved.endpoint.clone(),
            messages_url: parsed
                .map(|parsed| parsed.endpoint.messages_url().to_owned())
                .unwrap_or_default(),
            credential: CredentialView {
                choice: saved.credential.clone(),
                state,
                token: self.token(saved),
            },
            headers,
            anthropic_version: saved.anthropic_version,
            limits: saved.limits,
            proxy: saved.proxy.clone(),
            proxy_password: proxy_password.map(|(_, place)| place),
            deployments: saved.deployments.iter().map(deployment_view).collect(),
            default_deployment: saved.default_deployment.clone(),
        }
    }

    async fn credential_state(
        &self,
        saved: &SavedConnection,
        host: &str,
        keyring: KeyringState,
    ) -> CredentialState {
        if super::credentials::agreed_to(&saved.credential, saved.agreed.as_ref(), host).is_err() {
            return CredentialState::NotAgreed;
        }
        let Some(kind) = SecretKind::of(&saved.credential) else {
            return CredentialState::Ambient;
        };
        let name = secrets::credential(saved);
        if kind == SecretKind::RefreshToken {
            // It changes with each use: what is remembered may be an old one.
            self.secrets.look_again(&name);
        }
        let Some((last_four, kept)) = self.look(&name, keyring).await else {
            return CredentialState::Missing;
        };
        match kind {
            SecretKind::RefreshToken => CredentialState::SignedIn {
                account: saved.account.clone(),
                kept,
            },
            SecretKind::Key | SecretKind::ClientSecret | SecretKind::Token => {
                CredentialState::Kept { last_four, kept }
            }
        }
    }

    /// A secret's last four characters and its place, without a dialog.
    pub(crate) async fn look(
        &self,
        name: &str,
        keyring: KeyringState,
    ) -> Option<(String, SecretPlace)> {
        let known = match (self.secrets.known(name), keyring) {
            (Some(known), _) => Some(known),
            // What is in memory only needs no keyring.
            (None, KeyringState::Missing | KeyringState::Locked) => {
                match self.secrets.vault().is_of_this_run(name) {
                    true => self.found(name).await,
                    false => None,
                }
            }
            (None, KeyringState::Ready) => self.found(name).await,
        }?;
        Some((known.secret.last_four(), known.place))
    }

    async fn found(&self, name: &str) -> Option<secrets::Known> {
        match self.secrets.find(name).await {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "a secret cannot be read");
                None
            }
        }
    }

    /// What the token says that is used now, or the one that was typed.
    fn token(&self, saved: &SavedConnection) -> Option<api::TokenFacts> {
        if matches!(saved.credential, CredentialChoice::Token) {
            let known = self.secrets.known(&secrets::credential(saved))?;
            let facts = TokenFacts::read(known.secret.expose());
            return Some(report::token(&facts));
        }
        let facts = self.credentials.known(&saved.id)?.facts()?;
        Some(report::token(&facts))
    }
}

/// A deployment as shown, with what is known about it.
pub(crate) fn deployment_view(deployment: &SavedDeployment) -> DeploymentView {
    let base = deployment.base_model.as_deref().and_then(models::find);
    let learned = &deployment.learned;
    let model = learned.applied_to(base.unwrap_or_else(models::cautious));
    DeploymentView {
        name: deployment.name.clone(),
        base_model: deployment.base_model.clone(),
        hosting: deployment.hosting,
        abilities: view::abilities(&model),
        known: capability::known(base, deployment.hosting, &learned.known),
        limits: capability::limits(base, learned),
        refused_efforts: learned.refused_efforts.clone(),
    }
}
