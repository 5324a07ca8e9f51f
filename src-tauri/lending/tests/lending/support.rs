//! An engine with a profile of its own, an emulator, and the gateway between them.

use std::sync::Arc;
use std::time::Duration;

use hearth_emulator::Emulator;
use hearth_engine::api::{
    ConnectionDraft, ConnectionId, ConnectionLimits, CredentialChoice, CredentialDraft,
    DeploymentDraft, GatewayKeyDraft, GatewayKeyId, GatewaySettings, GatewayState, GatewayView,
};
use hearth_engine::{Engine, Environment, Profile, Secret};
use hearth_lending::{Lending, Terms};
use tempfile::TempDir;

pub(crate) const SONNET: &str = "claude-sonnet-5-5";
pub(crate) const OPUS: &str = "claude-opus-5-5";

/// A person's Hearth, which lends, or is about to.
pub(crate) struct House {
    pub(crate) folder: TempDir,
    pub(crate) emulator: Emulator,
    pub(crate) engine: Engine,
    pub(crate) lending: Lending,
    /// The connection to the emulator.
    pub(crate) saved: ConnectionId,
}

impl House {
    /// With a connection, and nothing switched on.
    pub(crate) async fn new() -> Self {
        Self::with(Terms::default()).await
    }

    pub(crate) async fn with(terms: Terms) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let emulator = Emulator::builder().start().await.unwrap();
        let engine = open(&folder).await;
        let draft = draft_to("First", &emulator);
        let saved = engine.save_connection(draft).await.unwrap().id;
        let lending = Lending::start(engine.clone(), terms);
        Self {
            folder,
            emulator,
            engine,
            lending,
            saved,
        }
    }

    /// Switched on at a port that the system chose, with a key.
    pub(crate) async fn open() -> (Self, String, String) {
        let house = Self::new().await;
        let (_, key) = house.key("Editor").await;
        let view = house.switch_on().await;
        let url = url(&view.state);
        (house, url, key)
    }

    pub(crate) async fn switch_on(&self) -> GatewayView {
        self.engine.save_gateway(on(0)).await.unwrap()
    }

    /// A key that lives in memory only, and its text.
    pub(crate) async fn key(&self, name: &str) -> (GatewayKeyId, String) {
        let view = self.engine.save_gateway_key(key_draft(name)).await.unwrap();
        let id = view
            .keys
            .into_iter()
            .find(|key| key.name == name)
            .unwrap()
            .id;
        let text = self.engine.gateway_key(&id).await.unwrap();
        (id, text.expose().to_owned())
    }

    /// Waits until it goes as wanted.
    pub(crate) async fn until(&self, wanted: impl Fn(&GatewayState) -> bool) -> GatewayState {
        let mut state = self.lending.state();
        let reached = async { state.wait_for(|now| wanted(now)).await.unwrap().clone() };
        within(reached).await
    }

    /// The gateway as shown once this many requests are recorded: that is after their answers.
    pub(crate) async fn recorded(&self, count: usize) -> GatewayView {
        let recorded = async {
            loop {
                let view = self.engine.gateway().await;
                if view.recent.len() >= count {
                    return view;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        within(recorded).await
    }

    pub(crate) async fn until_runs(&self) -> String {
        let runs = |state: &GatewayState| matches!(state, GatewayState::Running { .. });
        url(&self.until(runs).await)
    }
}

pub(crate) async fn open(folder: &TempDir) -> Engine {
    let profile = Profile::in_folder(folder.path());
    let engine = Engine::open(profile, Environment::from_vars([]));
    engine.await.unwrap()
}

pub(crate) fn on(port: u16) -> GatewaySettings {
    GatewaySettings {
        on: true,
        port,
        ..GatewaySettings::default()
    }
}

pub(crate) fn key_draft(name: &str) -> GatewayKeyDraft {
    GatewayKeyDraft {
        id: None,
        name: name.to_owned(),
        models: None,
        expires: None,
        this_run_only: true,
    }
}

/// A connection whose key lives in memory only.
pub(crate) fn draft_to(name: &str, emulator: &Emulator) -> ConnectionDraft {
    ConnectionDraft {
        id: None,
        opened_on: None,
        name: name.to_owned(),
        endpoint: emulator.url(),
        credential: with_key(emulator.key()),
        headers: Vec::new(),
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: None,
        proxy_password: None,
        deployments: vec![deployment(SONNET), deployment(OPUS)],
        default_deployment: None,
    }
}

pub(crate) fn with_key(key: &str) -> CredentialDraft {
    CredentialDraft {
        choice: CredentialChoice::Key,
        secret: Some(key.to_owned()),
        imported: None,
        sign_in: None,
        agreed: false,
        this_run_only: true,
    }
}

pub(crate) fn deployment(name: &str) -> DeploymentDraft {
    DeploymentDraft {
        name: name.to_owned(),
        base_model: Some(name.to_owned()),
        hosting: None,
    }
}

pub(crate) fn own_key(name: &str, secret: &str) -> hearth_gateway::Key {
    hearth_gateway::Key {
        name: name.to_owned(),
        secret: Arc::new(Secret::new(secret.to_owned())),
        models: None,
        expires: None,
    }
}

pub(crate) fn url(state: &GatewayState) -> String {
    match state {
        GatewayState::Running { url, .. } => url.clone(),
        other => panic!("it does not run: {other:?}"),
    }
}

pub(crate) fn port(url: &str) -> u16 {
    url.rsplit(':').next().unwrap().parse().unwrap()
}

/// A client that keeps its connections, as programs do.
pub(crate) fn client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) fn question(
    client: &reqwest::Client,
    url: &str,
    key: &str,
    stream: bool,
) -> reqwest::RequestBuilder {
    let body = serde_json::json!({
        "model": SONNET, "max_tokens": 64, "stream": stream,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    client
        .post(format!("{url}/v1/messages"))
        .header("x-api-key", key)
        .header("content-type", "application/json")
        .body(body.to_string())
}

/// The status of an answer in one piece; none when nobody answers.
pub(crate) async fn ask(client: &reqwest::Client, url: &str, key: &str) -> Option<u16> {
    let answer = within(question(client, url, key, false).send())
        .await
        .ok()?;
    let status = answer.status().as_u16();
    answer.bytes().await.ok()?;
    Some(status)
}

/// A net under tests that would otherwise hang; nothing depends on its length.
pub(crate) async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("nothing happened for a minute")
}
