//! From settings as written to a connection as used.
//!
//! One credential per connection and no silent falling through to another: what a
//! turn is sent with is decided here, before anything is stored.

mod draft;

pub(crate) use draft::preview_endpoint;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_foundry::{
    Credential, Endpoint, Environment, Secret, Vault, VaultError, VaultState, environment,
};
use hearth_wire::models::{self, BaseModel};

use crate::api::{
    ConnectionId, ConnectionView, CredentialView, DeploymentDraft, DeploymentView,
    EnvironmentOffer, ErrorCode, ErrorReport, KeyringState, SecretPlace,
};
use crate::report;
use crate::settings::{SavedConnection, Settings, SettingsFile};
use crate::view;

/// Where the demo's emulator listens, as its host found out by starting it.
pub struct DemoAddress {
    /// Such as `http://127.0.0.1:40123`.
    pub url: String,
    /// The key that it expects; of no worth to anybody else.
    pub key: String,
}

/// A connection as used: everything a turn needs to know of it.
pub(crate) struct Used {
    /// Its id, or a word for what has none; thinking is bound to it.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    pub(crate) credential: Credential,
    pub(crate) deployments: Vec<DeploymentDraft>,
    /// The names to ask, in turn, as long as nobody chose one: the connection's
    /// default, or, where none is known, every base model's own name.
    pub(crate) candidates: Vec<String>,
    pub(crate) demo: bool,
}

impl Used {
    /// The base model that a deployment is mapped to. Nothing is read out of its name.
    pub(crate) fn base_model(&self, deployment: &str) -> Option<&'static BaseModel> {
        let known = self.deployments.iter().find(|it| it.name == deployment)?;
        models::find(known.base_model.as_deref()?)
    }
}

/// Connections, the demo, and the secrets that go with them.
pub(crate) struct Connections {
    settings: Mutex<SettingsFile>,
    demo: Mutex<Option<(Endpoint, Arc<Secret>)>>,
    vault: Vault,
    /// Keys that were asked for, so that the keyring is asked once and not at each turn.
    keys: Mutex<HashMap<ConnectionId, KnownKey>>,
    environment: Environment,
}

/// A key with where it is kept.
#[derive(Clone)]
struct KnownKey {
    key: Arc<Secret>,
    place: SecretPlace,
}

impl Connections {
    pub(crate) fn new(settings: SettingsFile, environment: Environment) -> Self {
        Self {
            settings: Mutex::new(settings),
            demo: Mutex::new(None),
            vault: Vault::new(),
            keys: Mutex::new(HashMap::new()),
            environment,
        }
    }

    fn settings(&self) -> MutexGuard<'_, SettingsFile> {
        self.settings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn written(&self) -> Settings {
        self.settings().current().clone()
    }

    /// Changes the settings and saves them.
    ///
    /// # Errors
    /// When the file cannot be written; then nothing has changed.
    pub(crate) fn change(&self, edit: impl FnOnce(&mut Settings)) -> Result<(), ErrorReport> {
        self.settings().change(edit)
    }

    fn demo(&self) -> Option<(Endpoint, Arc<Secret>)> {
        self.demo
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn is_demo(&self) -> bool {
        self.demo().is_some()
    }

    /// What questions go to now.
    ///
    /// # Errors
    /// [`ErrorCode::NoConnection`], and what reading the credential can fail with.
    pub(crate) async fn used(&self) -> Result<Used, ErrorReport> {
        if let Some((endpoint, key)) = self.demo() {
            return Ok(demo(endpoint, key));
        }
        let written = self.written();
        let Some(saved) = written.active_connection() else {
            return Err(ErrorReport::new(ErrorCode::NoConnection));
        };
        self.saved(saved).await
    }

    /// The active connection or, where there is none, what the environment names.
    /// The second value says which variables were used and which were left out.
    ///
    /// # Errors
    /// As [`Connections::used`], and when the environment names an unusable endpoint.
    pub(crate) async fn used_or_environment(
        &self,
    ) -> Result<(Used, Option<environment::Choice>), ErrorReport> {
        if self.is_demo() || self.written().active_connection().is_some() {
            return Ok((self.used().await?, None));
        }
        let choice = self.environment.choice();
        let choice = choice.ok_or_else(|| ErrorReport::new(ErrorCode::NoConnection))?;
        let used = from_environment(choice.clone())?;
        Ok((used, Some(choice)))
    }

    /// The base model of a deployment of the connection that is asked now; none means its
    /// default. Looks at no secret.
    pub(crate) fn base_model(&self, deployment: Option<&str>) -> Option<&'static BaseModel> {
        let (deployments, default) = match self.is_demo() {
            true => (demo_deployments(), None),
            false => {
                let written = self.written();
                let active = written.active_connection()?;
                (
                    active.deployments.clone(),
                    active.default_deployment.clone(),
                )
            }
        };
        let name = deployment.or(default.as_deref());
        let name = name.or_else(|| deployments.first().map(|it| it.name.as_str()))?;
        let known = deployments.iter().find(|it| it.name == name)?;
        models::find(known.base_model.as_deref()?)
    }

    async fn saved(&self, saved: &SavedConnection) -> Result<Used, ErrorReport> {
        let endpoint = report::endpoint(Endpoint::parse(&saved.endpoint), &saved.endpoint)?;
        let key = self.key(&saved.id).await?;
        let key = key.ok_or_else(|| {
            ErrorReport::new(ErrorCode::CredentialMissing).about(saved.name.clone())
        })?;
        let default = saved
            .default_deployment
            .clone()
            .or_else(|| saved.deployments.first().map(|first| first.name.clone()));
        Ok(Used {
            id: saved.id.0.clone(),
            name: saved.name.clone(),
            endpoint: endpoint.endpoint,
            credential: Credential::Key(key),
            deployments: saved.deployments.clone(),
            candidates: default.into_iter().collect(),
            demo: false,
        })
    }

    /// The key of a connection. The system may ask the person to unlock the keyring.
    async fn key(&self, id: &ConnectionId) -> Result<Option<Arc<Secret>>, ErrorReport> {
        if let Some(known) = self.known_key(id) {
            return Ok(Some(known.key));
        }
        let loaded = self.vault.load(&id.0).await.map_err(report::vault)?;
        if let Some(key) = &loaded {
            self.remember(id, key.clone(), SecretPlace::Keyring);
        }
        Ok(loaded)
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<ConnectionId, KnownKey>> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn known_key(&self, id: &ConnectionId) -> Option<KnownKey> {
        self.keys().get(id).cloned()
    }

    fn remember(&self, id: &ConnectionId, key: Arc<Secret>, place: SecretPlace) {
        self.keys().insert(id.clone(), KnownKey { key, place });
    }

    pub(crate) async fn keyring(&self) -> KeyringState {
        match self.vault.state().await {
            VaultState::Ready => KeyringState::Ready,
            VaultState::Missing => KeyringState::Missing,
            VaultState::Locked => KeyringState::Locked,
        }
    }

    /// A connection as shown. Looking at it never makes the system ask for a password:
    /// a key that is behind one counts as missing here, and the keyring's state says why.
    pub(crate) async fn view(
        &self,
        saved: &SavedConnection,
        keyring: KeyringState,
    ) -> ConnectionView {
        if keyring == KeyringState::Ready
            && let Err(error) = self.key(&saved.id).await
        {
            tracing::warn!(%error, "a key cannot be read");
        }
        let parsed = Endpoint::parse(&saved.endpoint).ok();
        ConnectionView {
            id: saved.id.clone(),
            name: saved.name.clone(),
            endpoint: saved.endpoint.clone(),
            messages_url: parsed
                .map(|parsed| parsed.endpoint.messages_url().to_owned())
                .unwrap_or_default(),
            credential: match self.known_key(&saved.id) {
                None => CredentialView::Missing,
                Some(known) => CredentialView::Key {
                    last_four: known.key.last_four(),
                    kept: known.place,
                },
            },
            deployments: saved.deployments.iter().map(deployment_view).collect(),
            default_deployment: saved.default_deployment.clone(),
        }
    }

    /// What the environment offers to a first run.
    pub(crate) fn offer(&self) -> Option<EnvironmentOffer> {
        let choice = self.environment.choice()?;
        Some(EnvironmentOffer {
            endpoint: choice.text.clone(),
            key_last_four: offered_key(&choice).map(|key| key.last_four()),
            used: choice.used.clone(),
            left_out: choice.left_out.clone(),
            deployments: choice.deployments.clone(),
        })
    }

    /// The demo begins: its deployments are asked, and no real one is.
    pub(crate) fn start_demo(&self, address: DemoAddress) -> Result<(), ErrorReport> {
        let parsed = report::endpoint(Endpoint::parse(&address.url), &address.url)?;
        let key = Arc::new(Secret::new(address.key));
        self.settings().change(|settings| settings.demo = true)?;
        *self.demo.lock().unwrap_or_else(PoisonError::into_inner) = Some((parsed.endpoint, key));
        Ok(())
    }

    pub(crate) fn leave_demo(&self) -> Result<(), ErrorReport> {
        self.settings().change(|settings| settings.demo = false)?;
        *self.demo.lock().unwrap_or_else(PoisonError::into_inner) = None;
        Ok(())
    }

    /// Removes a connection and its key.
    pub(crate) async fn remove(&self, id: &ConnectionId) -> Result<(), ErrorReport> {
        match self.vault.forget(&id.0).await {
            // Where there is no keyring, there is no key in it.
            Ok(()) | Err(VaultError::Missing) => {}
            Err(error) => return Err(report::vault(error)),
        }
        self.keys().remove(id);
        self.settings().change(|settings| {
            settings.connections.retain(|saved| saved.id != *id);
            if settings.active.as_ref() == Some(id) {
                settings.active = settings.connections.first().map(|saved| saved.id.clone());
            }
        })
    }
}

/// The host that an endpoint names, with its port where it names one.
pub(crate) fn host(endpoint: &Endpoint) -> &str {
    let url = endpoint.messages_url();
    url.split('/').nth(2).unwrap_or(url)
}

/// The emulator has every base model as a deployment of its own name.
fn demo(endpoint: Endpoint, key: Arc<Secret>) -> Used {
    let deployments = demo_deployments();
    Used {
        id: "demo".to_owned(),
        name: "Demo".to_owned(),
        endpoint,
        credential: Credential::Key(key),
        candidates: deployments
            .first()
            .map(|first| first.name.clone())
            .into_iter()
            .collect(),
        deployments,
        demo: true,
    }
}

/// What the demo offers: one current model of each family.
pub(crate) fn demo_deployments() -> Vec<DeploymentDraft> {
    ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"]
        .into_iter()
        .map(|name| DeploymentDraft {
            name: name.to_owned(),
            base_model: Some(name.to_owned()),
        })
        .collect()
}

pub(crate) fn deployment_view(draft: &DeploymentDraft) -> DeploymentView {
    let base = draft.base_model.as_deref().and_then(models::find);
    DeploymentView {
        name: draft.name.clone(),
        base_model: draft.base_model.clone(),
        abilities: view::abilities(base.unwrap_or_else(models::cautious)),
    }
}

fn offered_key(choice: &environment::Choice) -> Option<&Arc<Secret>> {
    match choice.credential.as_ref()? {
        Credential::Key(key) => Some(key),
        Credential::Token(_) | Credential::ClientSecret(_) => None,
    }
}

fn from_environment(choice: environment::Choice) -> Result<Used, ErrorReport> {
    let endpoint = choice.endpoint.endpoint;
    let name = choice.endpoint.resource.unwrap_or(choice.text);
    let credential = choice
        .credential
        .ok_or_else(|| ErrorReport::new(ErrorCode::CredentialMissing).about(name.clone()))?;
    // Without any name, each base model's own name is tried: that is what the portal
    // suggests when a deployment is made.
    let assumed = || {
        models::all().iter().map(|base| DeploymentDraft {
            name: base.id.clone(),
            base_model: Some(base.id.clone()),
        })
    };
    let deployments: Vec<_> = match choice.deployments.first() {
        Some(named) => vec![DeploymentDraft {
            name: named.clone(),
            base_model: None,
        }],
        None => assumed().collect(),
    };
    Ok(Used {
        id: endpoint.base(),
        name,
        endpoint,
        credential,
        candidates: deployments.iter().map(|it| it.name.clone()).collect(),
        deployments,
        demo: false,
    })
}
