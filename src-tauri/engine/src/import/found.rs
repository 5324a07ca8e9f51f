//! One connection as found, with its secret.

use std::sync::Arc;

use hearth_foundry::{
    Choice, Endpoint, Environment, FoundCredential, Note, ParsedEndpoint, Secret,
};
use hearth_wire::models;

use crate::api::{
    CredentialChoice, DeploymentDraft, EntraSettings, ErrorCode, ErrorReport, ImportedConnection,
};
use crate::connection::{self, host, same_authority, same_owner};
use crate::report;

/// A connection that something describes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// The name that its source gives it, if it does.
    pub(super) title: Option<String>,
    pub(crate) endpoint: String,
    pub(crate) credential: Option<CredentialChoice>,
    pub(crate) secret: Option<Arc<Secret>>,
    /// What goes along with every request, by the headers' names.
    pub(crate) headers: Vec<(String, Arc<Secret>)>,
    pub(crate) deployments: Vec<DeploymentDraft>,
    pub(super) used: Vec<String>,
    pub(super) left_out: Vec<String>,
    /// The secret belongs to this other host, as the environment has it.
    pub(super) belongs_to: Option<String>,
}

impl Found {
    /// What the variables of one family describe.
    pub(super) fn from_choice(choice: Choice) -> Self {
        let (credential, secret) = match choice.credential {
            None => (None, None),
            Some(found) => {
                let (choice, secret) = chosen(found);
                (Some(choice), Some(secret))
            }
        };
        Self {
            endpoint: choice.endpoint.endpoint.base(),
            credential,
            secret,
            deployments: choice
                .deployments
                .into_iter()
                .map(|name| deployment(name, None))
                .collect(),
            used: choice.used,
            left_out: choice.left_out,
            ..Self::default()
        }
    }

    pub(super) fn deployment(&mut self, name: &str, base_model: Option<String>) {
        let name = name.trim();
        if !name.is_empty() && self.deployments.iter().all(|known| known.name != name) {
            self.deployments
                .push(deployment(name.to_owned(), base_model));
        }
    }

    pub(super) fn uses(&mut self, name: impl Into<String>) {
        note(&mut self.used, name.into());
    }

    pub(super) fn leaves_out(&mut self, name: impl Into<String>) {
        note(&mut self.left_out, name.into());
    }

    /// By default the resource's name, or the host's.
    pub(super) fn name(&self) -> String {
        if let Some(title) = &self.title {
            return title.clone();
        }
        match Endpoint::parse(&self.endpoint) {
            Ok(parsed) => parsed
                .resource
                .unwrap_or_else(|| host(&parsed.endpoint).to_owned()),
            Err(_) => String::new(),
        }
    }

    /// Why it cannot be taken as it is.
    pub(super) fn problem(&self) -> Option<ErrorReport> {
        if let Err(error) = report::endpoint(Endpoint::parse(&self.endpoint), &self.endpoint) {
            // What stands where an address belongs may be anything, also a secret.
            return Some(ErrorReport {
                subject: None,
                ..error
            });
        }
        let other = self.belongs_to.clone()?;
        Some(ErrorReport::new(ErrorCode::KeyForOtherHost).about(other))
    }

    /// What was found for one host, and for one authority, is not taken to another.
    ///
    /// # Errors
    /// [`ErrorCode::KeyForOtherHost`].
    pub(crate) fn for_host(
        &self,
        endpoint: &ParsedEndpoint,
        authority: Option<&str>,
    ) -> Result<(), ErrorReport> {
        let refused = |other: &str| ErrorReport::new(ErrorCode::KeyForOtherHost).about(other);
        if let Some(problem) = self.problem() {
            return Err(problem);
        }
        if let Ok(known) = Endpoint::parse(&self.endpoint)
            && !same_owner(&known, endpoint)
        {
            return Err(refused(host(&known.endpoint)));
        }
        let found = match &self.credential {
            Some(CredentialChoice::ClientSecret { entra }) => Some(connection::place(entra)),
            _ => None,
        };
        let asked = authority.unwrap_or_default().to_owned();
        let asked = connection::place(&EntraSettings {
            authority: asked,
            ..EntraSettings::default()
        });
        match found {
            Some(found) if !same_authority(&found, &asked) => Err(refused(&found.authority)),
            Some(_) | None => Ok(()),
        }
    }

    /// Without its secrets.
    pub(super) fn shown(&self) -> ImportedConnection {
        let parsed = Endpoint::parse(&self.endpoint).ok();
        ImportedConnection {
            name: self.name(),
            // Unreadable text may be a secret in the wrong place.
            endpoint: match &parsed {
                Some(_) => self.endpoint.clone(),
                None => String::new(),
            },
            messages_url: parsed.map(|parsed| parsed.endpoint.messages_url().to_owned()),
            credential: self.credential.clone(),
            last_four: self.secret.as_ref().map(|secret| secret.last_four()),
            headers: self.headers.iter().map(|(name, _)| name.clone()).collect(),
            deployments: self.deployments.clone(),
            used: self.used.clone(),
            left_out: self.left_out.clone(),
            problem: self.problem(),
            saved: false,
        }
    }

    /// A variable of the environment's lends its secret. Those of the three families belong
    /// to the resource that the environment names, and are not lent to another host.
    pub(super) fn borrow(&mut self, name: &str, environment: &Environment) {
        let Some(owner) = environment.choices().into_iter().find(|choice| {
            choice
                .used
                .iter()
                .chain(&choice.left_out)
                .any(|it| it == name)
        }) else {
            return;
        };
        let here = Endpoint::parse(&self.endpoint).ok();
        if here.is_none_or(|parsed| !same_owner(&owner.endpoint, &parsed)) {
            self.belongs_to = Some(host(&owner.endpoint.endpoint).to_owned());
        }
    }

    /// The secrets of this machine's variables are lent to Azure and to this machine itself. A
    /// text from anywhere can name any variable and any host: for another one, the person types
    /// what is to go there.
    pub(super) fn may_borrow(&self) -> bool {
        let parsed = Endpoint::parse(&self.endpoint);
        parsed.is_ok_and(|parsed| !parsed.notes.contains(&Note::UnusualHost))
    }
}

/// Variables that hold a secret, by the words that people name them with. What they hold is put
/// into no field that is shown and saved.
pub(super) fn names_a_secret(variable: &str) -> bool {
    const WORDS: [&str; 6] = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"];
    let name = variable.to_ascii_uppercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// The base model is what the source says, or what the name says in full: nothing is read
/// out of a part of a name.
fn deployment(name: String, base_model: Option<String>) -> DeploymentDraft {
    let said = base_model.filter(|id| models::find(id).is_some());
    let same = models::find(&name).map(|base| base.id.clone());
    DeploymentDraft {
        base_model: said.or(same),
        name,
        hosting: None,
    }
}

fn note(names: &mut Vec<String>, name: String) {
    if !names.contains(&name) {
        names.push(name);
    }
}

/// A credential of the environment's as the choice that a person would make.
pub(crate) fn chosen(found: FoundCredential) -> (CredentialChoice, Arc<Secret>) {
    match found {
        FoundCredential::Key(key) => (CredentialChoice::Key, key),
        FoundCredential::Token(token) => (CredentialChoice::Token, token),
        FoundCredential::ClientSecret {
            tenant,
            client_id,
            secret,
            scope,
            authority,
        } => {
            let entra = EntraSettings {
                tenant,
                client_id,
                scope: scope.unwrap_or_default(),
                authority: authority.unwrap_or_default(),
            };
            (CredentialChoice::ClientSecret { entra }, secret)
        }
    }
}
