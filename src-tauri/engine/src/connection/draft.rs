//! The connection form: what a person typed, before it is saved and while it is.

use std::sync::Arc;

use hearth_foundry::{Client, Credential, ExtraHeader, Note, ParsedEndpoint, Secret, Session};

use super::credentials::{self, SecretKind, agreed_to};
use super::form::{Read, password};
use super::{Connections, Used, fields, host, secrets};
use crate::api::{
    ConnectionDraft, ConnectionView, EndpointNote, EndpointPreview, ErrorCode, ErrorReport,
};
use crate::import;
use crate::settings::SavedConnection;

/// What an endpoint, as typed, would become.
pub(crate) fn preview_endpoint(typed: &str) -> EndpointPreview {
    match fields::endpoint(typed) {
        Ok(parsed) => EndpointPreview {
            messages_url: Some(parsed.endpoint.messages_url().to_string()),
            resource: parsed.resource,
            notes: parsed.notes.iter().copied().map(note).collect(),
            error: None,
            importable: false,
        },
        Err(error) => EndpointPreview {
            messages_url: None,
            resource: None,
            notes: Vec::new(),
            error: Some(error),
            importable: import::looks_importable(typed),
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
    /// What a draft's endpoint is.
    ///
    /// # Errors
    /// A text that is none.
    pub(crate) fn endpoint_of(draft: &ConnectionDraft) -> Result<ParsedEndpoint, ErrorReport> {
        fields::endpoint(&draft.endpoint)
    }

    /// The way out of a draft, whatever its credential is.
    ///
    /// # Errors
    /// As [`Connections::client`].
    pub(crate) async fn client_of(&self, draft: &ConnectionDraft) -> Result<Client, ErrorReport> {
        let limits = fields::limits(draft.limits);
        let Some(typed) = &draft.proxy else {
            let (proxy, password) = self.common_proxy().await?;
            return self.client_through(limits, proxy, password).await;
        };
        let typed = fields::proxy(typed)?;
        let password = match password(draft.proxy_password.as_deref(), typed.password) {
            Some(password) => Some(password),
            None => {
                let owner = fields::password_owner(Some(&typed.settings));
                let same = |before: &SavedConnection| {
                    fields::password_owner(before.proxy.as_ref()) == owner
                };
                match self.before(draft).filter(same) {
                    Some(before) => {
                        let name = secrets::proxy(&before);
                        self.proxy_password(&typed.settings, &name).await?
                    }
                    None => None,
                }
            }
        };
        self.client_through(limits, typed.settings, password).await
    }

    /// The draft as a connection that can be tried without being saved.
    ///
    /// # Errors
    /// A bad endpoint, no deployment, no credential, a network that cannot be used.
    pub(crate) async fn tried(&self, draft: &ConnectionDraft) -> Result<Used, ErrorReport> {
        let read = self.read(draft).await?;
        let default = read.saved.default_deployment.clone();
        let default = default.ok_or_else(|| ErrorReport::new(ErrorCode::NoDeployment))?;
        Ok(Used {
            id: draft
                .id
                .as_ref()
                .map_or_else(String::new, |id| id.0.clone()),
            name: read.saved.name.clone(),
            choice: read.saved.credential.clone(),
            credential: self.tried_credential(&read).await?,
            client: self.client_of(draft).await?,
            headers: self.tried_headers(&read).await?,
            anthropic_version: read.saved.anthropic_version,
            deployments: read.saved.deployments,
            endpoint: read.endpoint.endpoint,
            candidates: vec![default],
            demo: false,
        })
    }

    async fn tried_credential(&self, read: &Read) -> Result<Credential, ErrorReport> {
        let saved = &read.saved;
        let host = host(&read.endpoint.endpoint);
        if let Some(new) = &read.secret {
            let lies_under = new.lies_under.as_deref().unwrap_or_default();
            return Ok(self.unsaved(saved, Some(&new.secret), lies_under));
        }
        let missing = || ErrorReport::new(ErrorCode::CredentialMissing);
        let kind = SecretKind::of(&saved.credential);
        let before = read.before.as_ref();
        // Nothing of it is typed anew, so its cache is the one to test with.
        if before.is_some_and(|before| before.credential == saved.credential) {
            return self.credential(saved, host).await;
        }
        let Some(kind) = kind else {
            agreed_to(&saved.credential, saved.agreed.as_ref(), host)?;
            return Ok(self.unsaved(saved, None, ""));
        };
        if before.and_then(|before| SecretKind::of(&before.credential)) != Some(kind) {
            return Err(missing());
        }
        let name = secrets::credential(saved);
        let kept = match kind {
            // The vault knows the newest.
            SecretKind::RefreshToken => None,
            SecretKind::Key | SecretKind::ClientSecret | SecretKind::Token => {
                Some(self.secrets.get(&name).await?.ok_or_else(missing)?)
            }
        };
        Ok(self.unsaved(saved, kept.as_ref(), &name))
    }

    fn unsaved(
        &self,
        saved: &SavedConnection,
        secret: Option<&Arc<Secret>>,
        lies_under: &str,
    ) -> Credential {
        let vault = self.secrets.vault().clone();
        let session = |place| Session::new(vault, lies_under.to_owned(), place);
        credentials::make(&saved.credential, secret, session)
    }

    async fn tried_headers(&self, read: &Read) -> Result<Vec<ExtraHeader>, ErrorReport> {
        let new = |name: &str| read.headers.iter().find(|(known, _)| known == name);
        let mut headers = Vec::with_capacity(read.saved.headers.len());
        for written in &read.saved.headers {
            let secret = match (&written.value, new(&written.name)) {
                (Some(_), _) => None,
                (None, Some((_, secret))) => Some(secret.clone()),
                (None, None) => {
                    let name = secrets::header(&read.saved, written);
                    self.secrets.get(&name).await?
                }
            };
            let secret = secret.as_ref().map(|secret| secret.expose());
            let value = written.value.as_deref().or(secret).unwrap_or_default();
            headers.push(fields::header(&written.name, value)?);
        }
        Ok(headers)
    }

    /// Saves the draft; a new connection becomes the active one, and ends the demo. Secrets
    /// are kept first: a connection whose secrets could not be kept is not saved either.
    ///
    /// # Errors
    /// A bad endpoint or field, a connection that is not the one any more that the form was
    /// opened on, a keyring that does not take a secret, a file that cannot be written.
    pub(crate) async fn save(&self, draft: ConnectionDraft) -> Result<ConnectionView, ErrorReport> {
        let _alone = self.alone().await;
        // Before the fields: what is wrong with them may be wrong with what is saved no more.
        self.as_opened(&draft, self.before(&draft).as_ref())?;
        let mut read = self.read(&draft).await?;
        self.keep_and_write(&draft, &mut read).await?;
        let before = read.before.as_ref().map(secrets::all_of);
        let now = secrets::all_of(&read.saved);
        self.credentials.forget(&read.saved.id);
        self.forget_all(without(before.unwrap_or_default(), &now))
            .await;
        if let Some(sign_in) = &draft.credential.sign_in {
            let taken = read.secret.and_then(|secret| secret.lies_under);
            self.forget_all(taken.into_iter().collect()).await;
            self.sign_ins().taken(sign_in);
        }
        if read.before.is_none() {
            self.demo_is_over();
        }
        Ok(self.view(&read.saved, self.keyring().await).await)
    }

    /// Keeps the secrets under new names and then writes the settings, from which every program
    /// that shares them learns that there is something new.
    ///
    /// A secret of this run is no other program's, and so takes the place of the one before: the
    /// settings are not needed for it. One for the keyring does so where they cannot be written.
    async fn keep_and_write(
        &self,
        draft: &ConnectionDraft,
        read: &mut Read,
    ) -> Result<(), ErrorReport> {
        let in_its_place = read.in_its_place();
        if let Some(same) = in_its_place.clone().filter(|same| same.this_run_only) {
            read.saved = same;
            return self.put_in_its_place(draft, read).await;
        }
        let kept = self.keep_secrets(draft, read).await;
        let Err(error) = kept.and_then(|()| self.write(draft, read)) else {
            return Ok(());
        };
        let before = read.before.as_ref().map(secrets::all_of);
        let new = without(secrets::all_of(&read.saved), &before.unwrap_or_default());
        self.forget_all(new).await;
        match in_its_place {
            Some(same) if error.code == ErrorCode::FileNotWritten => {
                read.saved = same;
                self.put_in_its_place(draft, read).await
            }
            Some(_) | None => Err(error),
        }
    }

    /// Keeps a secret in the place of the one before. First the settings: they stay as they are,
    /// unless somebody has changed the connection meanwhile, and where that cannot be written,
    /// the secret of before stays, too.
    async fn put_in_its_place(
        &self,
        draft: &ConnectionDraft,
        read: &Read,
    ) -> Result<(), ErrorReport> {
        self.write(draft, read)?;
        self.keep_secrets(draft, read).await
    }

    /// Writes the settings with the connection, unless another program has changed it since the
    /// form was opened.
    fn write(&self, draft: &ConnectionDraft, read: &Read) -> Result<(), ErrorReport> {
        let (saved, is_new) = (&read.saved, read.before.is_none());
        let mut as_opened = Ok(());
        self.change(|settings| {
            as_opened = self.as_opened(draft, settings.connection(&saved.id));
            if as_opened.is_err() {
                return;
            }
            match settings.connection_mut(&saved.id) {
                Some(known) => {
                    // A turn may have measured something meanwhile.
                    let now = fields::deployments(&draft.deployments, &known.deployments);
                    *known = saved.clone();
                    known.deployments = now;
                }
                None => settings.connections.push(saved.clone()),
            }
            if is_new || settings.active.is_none() {
                settings.active = Some(saved.id.clone());
            }
            // A real connection and the demo never stand beside each other.
            settings.demo &= !is_new;
        })?;
        as_opened
    }

    /// Keeps what is new under the names that the connection has for it.
    async fn keep_secrets(&self, draft: &ConnectionDraft, read: &Read) -> Result<(), ErrorReport> {
        let saved = &read.saved;
        let credential = read.secret.iter();
        let mut new: Vec<_> = credential
            .map(|new| (secrets::credential(saved), &new.secret))
            .collect();
        for (name, secret) in &read.headers {
            let header = saved.headers.iter().find(|it| it.name == *name);
            new.extend(header.map(|header| (secrets::header(saved, header), secret)));
        }
        let password = read.proxy_password.iter();
        new.extend(password.map(|password| (secrets::proxy(saved), password)));
        for (name, secret) in new {
            let this_run_only = draft.credential.this_run_only;
            let kept = self.secrets.keep(&name, secret.clone(), this_run_only);
            kept.await?;
        }
        Ok(())
    }
}

fn without(mut names: Vec<String>, others: &[String]) -> Vec<String> {
    names.retain(|name| !others.contains(name));
    names
}
