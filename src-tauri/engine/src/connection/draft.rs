//! The connection form: what a person typed, before it is saved.

use std::sync::Arc;

use hearth_foundry::{Credential, Endpoint, Note, Secret};
use serde_json::Map;

use super::{Connections, Used, host, offered_key};
use crate::api::{
    ConnectionDraft, ConnectionId, ConnectionView, DeploymentDraft, EndpointNote, EndpointPreview,
    ErrorCode, ErrorReport, SecretPlace,
};
use crate::report;
use crate::settings::SavedConnection;

/// What an endpoint, as typed, would become.
pub(crate) fn preview_endpoint(typed: &str) -> EndpointPreview {
    match report::endpoint(Endpoint::parse(typed), typed) {
        Ok(parsed) => EndpointPreview {
            messages_url: Some(parsed.endpoint.messages_url().to_string()),
            resource: parsed.resource,
            notes: parsed.notes.iter().copied().map(note).collect(),
            error: None,
        },
        Err(error) => EndpointPreview {
            messages_url: None,
            resource: None,
            notes: Vec::new(),
            error: Some(error),
        },
    }
}

fn note(note: Note) -> EndpointNote {
    match note {
        Note::FromResourceName => EndpointNote::FromResourceName,
        Note::ProjectPathDropped => EndpointNote::ProjectPathDropped,
        Note::PathReplaced => EndpointNote::PathReplaced,
        Note::QueryDropped => EndpointNote::QueryDropped,
        Note::SchemeAdded => EndpointNote::SchemeAdded,
        Note::OpenAiHost => EndpointNote::OpenAiHost,
        Note::UnusualHost => EndpointNote::UnusualHost,
    }
}

impl Connections {
    /// The draft as a connection that can be tried without being saved.
    ///
    /// # Errors
    /// A bad endpoint, no deployment, no key.
    pub(crate) async fn tried(&self, draft: &ConnectionDraft) -> Result<Used, ErrorReport> {
        let parsed = report::endpoint(Endpoint::parse(&draft.endpoint), &draft.endpoint)?;
        let deployments = cleaned(&draft.deployments);
        let default = default_deployment(draft, &deployments);
        let default = default.ok_or_else(|| ErrorReport::new(ErrorCode::NoDeployment))?;
        let key = match self.new_key(draft, &parsed.endpoint)? {
            Some(key) => Some(key),
            None => self.kept_key(draft, &parsed.endpoint).await?,
        };
        let key = key.ok_or_else(|| ErrorReport::new(ErrorCode::CredentialMissing))?;
        Ok(Used {
            id: draft
                .id
                .as_ref()
                .map_or_else(String::new, |id| id.0.clone()),
            name: draft.name.clone(),
            endpoint: parsed.endpoint,
            credential: Credential::Key(key),
            deployments,
            candidates: vec![default],
            demo: false,
        })
    }

    /// Saves the draft and makes it the active connection. The key goes to the keyring
    /// first: a connection whose key could not be kept is not saved either.
    ///
    /// # Errors
    /// A bad endpoint, a keyring that does not take the key, a file that cannot be written.
    pub(crate) async fn save(&self, draft: ConnectionDraft) -> Result<ConnectionView, ErrorReport> {
        let parsed = report::endpoint(Endpoint::parse(&draft.endpoint), &draft.endpoint)?;
        let id = draft
            .id
            .clone()
            .unwrap_or_else(|| ConnectionId(crate::new_id()));
        match self.new_key(&draft, &parsed.endpoint)? {
            Some(key) => self.keep(&id, key, draft.this_run_only).await?,
            None => self.stays_with_its_host(&draft, &parsed.endpoint)?,
        }
        let deployments = cleaned(&draft.deployments);
        let default_deployment = default_deployment(&draft, &deployments);
        let name = match draft.name.trim() {
            "" => parsed
                .resource
                .unwrap_or_else(|| host(&parsed.endpoint).to_owned()),
            name => name.to_owned(),
        };
        let known = self.written();
        let saved = SavedConnection {
            id: id.clone(),
            name,
            endpoint: parsed.endpoint.base(),
            deployments,
            default_deployment,
            unknown: known
                .connection(&id)
                .map_or_else(Map::new, |known| known.unknown.clone()),
        };
        let view = self.view(&saved, self.keyring().await).await;
        self.settings().change(|settings| {
            match settings.connections.iter_mut().find(|known| known.id == id) {
                Some(known) => *known = saved,
                None => settings.connections.push(saved),
            }
            settings.active = Some(id);
            settings.demo = false;
        })?;
        // A real connection and the demo never stand beside each other.
        self.leave_demo()?;
        Ok(view)
    }

    async fn keep(
        &self,
        id: &ConnectionId,
        key: Arc<Secret>,
        this_run_only: bool,
    ) -> Result<(), ErrorReport> {
        let place = if this_run_only {
            let copy = Secret::new(key.expose().to_owned());
            self.vault.keep_for_this_run(&id.0, copy);
            SecretPlace::ThisRun
        } else {
            self.vault.store(&id.0, &key).await.map_err(report::vault)?;
            SecretPlace::Keyring
        };
        self.remember(id, key, place);
        Ok(())
    }

    /// The key that was typed, or that the environment offered and the person accepted.
    ///
    /// # Errors
    /// [`ErrorCode::KeyForOtherHost`] when the environment's key is for another host.
    fn new_key(
        &self,
        draft: &ConnectionDraft,
        endpoint: &Endpoint,
    ) -> Result<Option<Arc<Secret>>, ErrorReport> {
        if let Some(typed) = draft.key.as_deref().map(str::trim)
            && !typed.is_empty()
        {
            return Ok(Some(Arc::new(Secret::new(typed.to_owned()))));
        }
        let choice = self.environment.choice();
        let Some(choice) = choice.filter(|_| draft.key_from_environment) else {
            return Ok(None);
        };
        same_host(&choice.endpoint.endpoint, endpoint)?;
        Ok(offered_key(&choice).cloned())
    }

    /// The key that the connection has.
    async fn kept_key(
        &self,
        draft: &ConnectionDraft,
        endpoint: &Endpoint,
    ) -> Result<Option<Arc<Secret>>, ErrorReport> {
        let Some(id) = &draft.id else {
            return Ok(None);
        };
        self.stays_with_its_host(draft, endpoint)?;
        self.key(id).await
    }

    /// A key was given for one host. A form that names another one, by mistake or because
    /// somebody talked the person into it, does not take it there.
    fn stays_with_its_host(
        &self,
        draft: &ConnectionDraft,
        endpoint: &Endpoint,
    ) -> Result<(), ErrorReport> {
        let written = self.written();
        let saved = draft.id.as_ref().and_then(|id| written.connection(id));
        match saved.and_then(|saved| Endpoint::parse(&saved.endpoint).ok()) {
            Some(known) => same_host(&known.endpoint, endpoint),
            None => Ok(()),
        }
    }
}

fn same_host(known: &Endpoint, other: &Endpoint) -> Result<(), ErrorReport> {
    if host(known) == host(other) {
        return Ok(());
    }
    Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(host(known)))
}

/// Without empty lines, and each name once.
fn cleaned(drafts: &[DeploymentDraft]) -> Vec<DeploymentDraft> {
    let mut cleaned: Vec<DeploymentDraft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let name = draft.name.trim();
        if !name.is_empty() && cleaned.iter().all(|known| known.name != name) {
            cleaned.push(DeploymentDraft {
                name: name.to_owned(),
                base_model: draft.base_model.clone(),
            });
        }
    }
    cleaned
}

fn default_deployment(draft: &ConnectionDraft, deployments: &[DeploymentDraft]) -> Option<String> {
    let chosen = draft.default_deployment.as_deref().map(str::trim);
    deployments
        .iter()
        .find(|known| Some(known.name.as_str()) == chosen)
        .or(deployments.first())
        .map(|known| known.name.clone())
}
