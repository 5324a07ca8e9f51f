//! From settings as written to a connection as used.
//!
//! One credential per connection and no silent falling through to another: what a
//! turn is sent with is decided here, before anything is stored.

mod credentials;
mod draft;
mod edition;
mod fields;
mod fix;
mod form;
mod leftovers;
pub(crate) mod secrets;
mod shown;
mod way_out;

pub(crate) use credentials::{entra, entra_mut, place, same_authority};
pub(crate) use draft::preview_endpoint;
pub(crate) use fields::{choice, password_owner, proxy};
pub(crate) use shown::deployment_view;
pub(crate) use way_out::{read_certificates, read_identity};

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Environment, ExtraHeader, Network,
    ParsedEndpoint, Secret, environment,
};
use hearth_wire::models::{self, BaseModel};

use crate::api::{
    AnthropicVersion, ConnectionId, ConnectionLimits, CredentialChoice, ErrorCode, ErrorReport,
    KeyringState,
};
use crate::import::{self, Imports};
use crate::report;
use crate::settings::{SavedConnection, SavedDeployment, Settings, SettingsFile};
use crate::sign_in::SignIns;
use credentials::Credentials;
use secrets::Secrets;
use way_out::Clients;

/// Where the demo's emulator listens, as its host found out by starting it.
pub struct DemoAddress {
    /// Such as `http://127.0.0.1:40123`.
    pub url: String,
    /// The key that it expects; of no worth to anybody else.
    pub key: String,
}

/// A connection as used: everything a turn needs to know of it.
#[derive(Clone)]
pub(crate) struct Used {
    /// Its id, or a word for what has none; thinking is bound to it.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) endpoint: Endpoint,
    /// What the person chose, without its secret.
    pub(crate) choice: CredentialChoice,
    pub(crate) credential: Credential,
    /// Its way out, with its limits.
    pub(crate) client: Client,
    /// Sent besides with every request.
    pub(crate) headers: Vec<ExtraHeader>,
    /// The version of the API that the person chose.
    pub(crate) anthropic_version: Option<AnthropicVersion>,
    pub(crate) deployments: Vec<SavedDeployment>,
    /// The names to ask, in turn, as long as nobody chose one: the connection's
    /// default, or, where none is known, every base model's own name.
    pub(crate) candidates: Vec<String>,
    pub(crate) demo: bool,
}

impl Used {
    /// What is known of a deployment; none when the connection has it not.
    pub(crate) fn deployment(&self, name: &str) -> Option<&SavedDeployment> {
        self.deployments.iter().find(|it| it.name == name)
    }

    /// The base model that a deployment is mapped to. Nothing is read out of its name.
    pub(crate) fn base_model(&self, deployment: &str) -> Option<&'static BaseModel> {
        models::find(self.deployment(deployment)?.base_model.as_deref()?)
    }

    /// The version to ask in: the person's, else the one that the request needs.
    pub(crate) fn version(&self, needed: ApiVersion) -> ApiVersion {
        match self.anthropic_version {
            Some(AnthropicVersion::V2023) => ApiVersion::V2023_06_01,
            Some(AnthropicVersion::V2026) => ApiVersion::V2026_10_21,
            None => needed,
        }
    }
}

/// Connections, the demo, and what goes with them.
pub(crate) struct Connections {
    settings: Mutex<SettingsFile>,
    demo: Mutex<Option<(Endpoint, Arc<Secret>)>>,
    secrets: Secrets,
    credentials: Credentials,
    clients: Clients,
    environment: Environment,
    imports: Imports,
    sign_ins: SignIns,
    /// The desktop was asked for its proxy.
    asked_desktop: AtomicBool,
    /// Held while a connection, its secrets and the settings are changed together.
    changing: tokio::sync::Mutex<()>,
    /// Told when the keyring did not let go of something.
    something_is_left: tokio::sync::Notify,
}

impl Connections {
    /// # Errors
    /// When TLS cannot be set up at all.
    pub(crate) fn new(
        settings: SettingsFile,
        environment: Environment,
        options: ClientOptions,
    ) -> Result<Self, ErrorReport> {
        Ok(Self {
            settings: Mutex::new(settings),
            demo: Mutex::new(None),
            secrets: Secrets::default(),
            credentials: Credentials::default(),
            clients: Clients::new(options)?,
            environment,
            imports: Imports::default(),
            sign_ins: SignIns::default(),
            asked_desktop: AtomicBool::new(false),
            changing: tokio::sync::Mutex::default(),
            something_is_left: tokio::sync::Notify::new(),
        })
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

    pub(crate) fn environment(&self) -> &Environment {
        &self.environment
    }

    pub(crate) fn imports(&self) -> &Imports {
        &self.imports
    }

    pub(crate) fn sign_ins(&self) -> &SignIns {
        &self.sign_ins
    }

    pub(crate) fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// Waits until nobody else changes a connection together with its secrets.
    pub(crate) async fn alone(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.changing.lock().await
    }

    /// The next question makes the connection's credential anew.
    pub(crate) fn forget_credential(&self, id: &ConnectionId) {
        self.credentials.forget(id);
    }

    /// True from the second call on.
    pub(crate) fn desktop_was_asked(&self) -> bool {
        self.asked_desktop.swap(true, Ordering::Relaxed)
    }

    pub(crate) async fn keyring(&self) -> KeyringState {
        self.secrets.keyring().await
    }

    /// The way out that every other is made of.
    pub(crate) fn network(&self) -> &Network {
        self.clients.network()
    }

    pub(crate) fn default_limits(&self) -> ConnectionLimits {
        self.clients.default_limits()
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
            return Ok(demo(endpoint, key, self.clients.plain().clone()));
        }
        let written = self.written();
        let Some(saved) = written.active_connection() else {
            return Err(ErrorReport::new(ErrorCode::NoConnection));
        };
        self.saved(saved).await
    }

    /// A saved connection, whichever is active; none means what questions go to now.
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`], and as [`Connections::used`].
    pub(crate) async fn saved_by_id(&self, id: Option<&ConnectionId>) -> Result<Used, ErrorReport> {
        let Some(id) = id else {
            return self.used().await;
        };
        let written = self.written();
        let saved = written.connection(id).ok_or_else(not_found)?;
        self.saved(saved).await
    }

    /// The connection that was named, else the active one or, where there is none, what the
    /// environment names. The second value says which variables were used and which were left
    /// out.
    ///
    /// # Errors
    /// As [`Connections::saved_by_id`], and when the environment names an unusable endpoint.
    pub(crate) async fn used_or_environment(
        &self,
        named: Option<&ConnectionId>,
    ) -> Result<(Used, Option<environment::Choice>), ErrorReport> {
        if named.is_some() || !self.environment_decides() {
            return Ok((self.saved_by_id(named).await?, None));
        }
        let choice = self.environment.choice();
        let choice = choice.ok_or_else(|| ErrorReport::new(ErrorCode::NoConnection))?;
        let client = self.client(None).await?;
        let used = from_environment(choice.clone(), client)?;
        Ok((used, Some(choice)))
    }

    /// Nothing is saved that questions could go to.
    pub(crate) fn environment_decides(&self) -> bool {
        !self.is_demo() && self.written().active_connection().is_none()
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
        let endpoint = endpoint.endpoint;
        let credential = self.credential(saved, host(&endpoint)).await?;
        let default = saved
            .default_deployment
            .clone()
            .or_else(|| saved.deployments.first().map(|first| first.name.clone()));
        Ok(Used {
            id: saved.id.0.clone(),
            name: saved.name.clone(),
            endpoint,
            choice: saved.credential.clone(),
            credential,
            client: self.client(Some(saved)).await?,
            headers: self.headers(saved).await?,
            anthropic_version: saved.anthropic_version,
            deployments: saved.deployments.clone(),
            candidates: default.into_iter().collect(),
            demo: false,
        })
    }

    /// The headers of a saved connection, with the values that are secrets.
    async fn headers(&self, saved: &SavedConnection) -> Result<Vec<ExtraHeader>, ErrorReport> {
        let mut headers = Vec::with_capacity(saved.headers.len());
        for written in &saved.headers {
            let secret = match written.value {
                Some(_) => None,
                None => {
                    let name = secrets::header(saved, written);
                    self.secrets.get(&name).await?
                }
            };
            let secret = secret.as_ref().map(|secret| secret.expose());
            let value = written.value.as_deref().or(secret).unwrap_or_default();
            headers.push(fields::header(&written.name, value)?);
        }
        Ok(headers)
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
        self.demo_is_over();
        Ok(())
    }

    /// What is written says so already.
    fn demo_is_over(&self) {
        *self.demo.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Makes a saved connection the one that questions go to. The demo is over then.
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`], and when the settings cannot be written.
    pub(crate) fn activate(&self, id: &ConnectionId) -> Result<(), ErrorReport> {
        let mut found = false;
        self.settings().change(|settings| {
            found = settings.connection(id).is_some();
            if found {
                settings.active = Some(id.clone());
            }
        })?;
        match found {
            true => self.leave_demo(),
            false => Err(not_found()),
        }
    }

    /// Removes a connection, and then every secret of its: one that stays in the keyring all the
    /// same, be it that this program ends in the middle, is noted, and goes later.
    ///
    /// # Errors
    /// When the settings cannot be written; then nothing is removed.
    pub(crate) async fn remove(&self, id: &ConnectionId) -> Result<(), ErrorReport> {
        let _alone = self.alone().await;
        let written = self.written();
        let Some(saved) = written.connection(id) else {
            return Ok(());
        };
        let names = secrets::all_of(saved);
        self.change(|settings| {
            leftovers::note(settings, names.clone());
            settings.connections.retain(|saved| saved.id != *id);
            if settings.active.as_ref() == Some(id) {
                settings.active = settings.connections.first().map(|saved| saved.id.clone());
            }
        })?;
        self.credentials.forget(id);
        self.forget_all(names).await;
        Ok(())
    }
}

fn not_found() -> ErrorReport {
    ErrorReport::new(ErrorCode::ConnectionNotFound)
}

/// Both addresses are the same host, or hosts of one resource on Azure, whose name no other
/// resource of that cloud can have: what was given for one may go to the other.
pub(crate) fn same_owner(known: &ParsedEndpoint, other: &ParsedEndpoint) -> bool {
    let [one, two] = [known, other].map(|it| host(&it.endpoint));
    let same_resource = known.resource.is_some() && known.resource == other.resource;
    one == two || (same_resource && cloud(one) == cloud(two))
}

/// What the hosts of Azure's clouds end with: `com`, or `us` for the government's.
fn cloud(host: &str) -> &str {
    let name = host.split(':').next().unwrap_or(host);
    name.rsplit('.').next().unwrap_or(name)
}

/// The host that an endpoint names, with its port where it names one.
pub(crate) fn host(endpoint: &Endpoint) -> &str {
    let url = endpoint.messages_url();
    url.split('/').nth(2).unwrap_or(url)
}

/// The demo's place among the ids of connections.
const DEMO: &str = "demo";

/// The saved connection that [`Used::id`] names; none for the demo, for what the environment
/// names by its address, and for a form.
pub(crate) fn saved_id(used: &str) -> Option<ConnectionId> {
    let is_saved = !used.is_empty() && used != DEMO && !used.contains('/');
    is_saved.then(|| ConnectionId(used.to_owned()))
}

/// The emulator has every base model as a deployment of its own name.
fn demo(endpoint: Endpoint, key: Arc<Secret>, client: Client) -> Used {
    let deployments = demo_deployments();
    Used {
        id: DEMO.to_owned(),
        name: "Demo".to_owned(),
        endpoint,
        choice: CredentialChoice::Key,
        credential: Credential::Key(key),
        client,
        headers: Vec::new(),
        anthropic_version: None,
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
pub(crate) fn demo_deployments() -> Vec<SavedDeployment> {
    ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"]
        .into_iter()
        .map(|name| SavedDeployment {
            name: name.to_owned(),
            base_model: Some(name.to_owned()),
            ..SavedDeployment::default()
        })
        .collect()
}

fn from_environment(choice: environment::Choice, client: Client) -> Result<Used, ErrorReport> {
    let endpoint = choice.endpoint.endpoint;
    let name = choice.endpoint.resource.unwrap_or(choice.text);
    let found = choice
        .credential
        .ok_or_else(|| ErrorReport::new(ErrorCode::CredentialMissing).about(name.clone()))?;
    let (found, secret) = import::chosen(found);
    let credential_choice = fields::choice(&found)?;
    let session = |_| unreachable!("BUG: no variable describes a person's sign-in");
    let credential = credentials::make(&credential_choice, Some(&secret), session);
    // Without any name, each base model's own name is tried: that is what the portal
    // suggests when a deployment is made.
    let assumed = || {
        models::all().iter().map(|base| SavedDeployment {
            name: base.id.clone(),
            base_model: Some(base.id.clone()),
            ..SavedDeployment::default()
        })
    };
    let deployments: Vec<_> = match choice.deployments.first() {
        Some(named) => vec![SavedDeployment {
            name: named.clone(),
            ..SavedDeployment::default()
        }],
        None => assumed().collect(),
    };
    Ok(Used {
        id: endpoint.base(),
        name,
        endpoint,
        choice: credential_choice,
        credential,
        client,
        headers: Vec::new(),
        anthropic_version: None,
        candidates: deployments.iter().map(|it| it.name.clone()).collect(),
        deployments,
        demo: false,
    })
}

#[cfg(test)]
mod tests;
