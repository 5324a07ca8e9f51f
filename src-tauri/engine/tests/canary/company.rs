//! A resource of a company's: behind a proxy that wants a password, with an authority of its own,
//! a tenant, and a gateway that wants a header.

use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use hearth_emulator::{Certificates, Emulator, Entra, Proxy};
use hearth_engine::api::{
    ConnectionDraft, ConnectionLimits, CredentialDraft, DeploymentDraft, DoctorTarget,
    EntraSettings, HeaderDraft, HearthEvent, NetworkDraft, NetworkSettings, ProxySettings,
    SendRequest, SignInId, SignInState, Step, TurnEvent, TurnId, TurnSettings,
};
use hearth_engine::{ClientOptions, Engine, Environment, Profile, Subscription};
use tempfile::TempDir;

pub(crate) const PASSWORD: &str = "canary-proxy-password";
pub(crate) const TEAM_KEY: &str = "canary-team-key-4711";
/// A name that exists nowhere but behind the proxy.
const HOST: &str = "resource.invalid";
const DEPLOYMENT: &str = "claude-sonnet-5-5";

pub(crate) struct Company {
    pub(crate) entra: Entra,
    pub(crate) engine: Engine,
    profile: TempDir,
    /// What is not the program's own.
    outside: TempDir,
    emulator: Emulator,
    proxy: Proxy,
    told: Mutex<String>,
}

impl Company {
    pub(crate) async fn start(key: &str) -> Self {
        let entra = Entra::builder().start().await.unwrap();
        let authority = Certificates::new("Contoso Root CA");
        let emulator = Emulator::builder()
            .key(key)
            .entra(&entra)
            .tls_config(authority.server(&[HOST]));
        let emulator = emulator.start().await.unwrap();
        let proxy = Proxy::http().password("me", PASSWORD);
        let proxy = proxy.resolving(HOST, emulator.address());
        let proxy = proxy.start().await.unwrap();
        let (profile, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let limits = ClientOptions {
            max_attempts: 1,
            ..ClientOptions::default()
        };
        let at = Profile::in_folder(profile.path());
        let engine = Engine::open_with(at, Environment::from_vars([]), limits);
        let engine = engine.await.unwrap();
        let mut certificates = Vec::new();
        for (name, pem) in [
            ("company.pem", authority.ca_pem()),
            ("entra.pem", entra.certificates().ca_pem()),
        ] {
            let path = outside.path().join(name);
            std::fs::write(&path, pem).unwrap();
            certificates.push(path.display().to_string());
        }
        let network = NetworkDraft {
            settings: NetworkSettings {
                certificates,
                ..NetworkSettings::default()
            },
            proxy_password: None,
            this_run_only: true,
        };
        engine.save_network(network).await.unwrap();
        Self {
            entra,
            engine,
            profile,
            outside,
            emulator,
            proxy,
            told: Mutex::default(),
        }
    }

    pub(crate) fn entra(&self, client_id: &str) -> EntraSettings {
        EntraSettings {
            tenant: self.entra.tenant().to_owned(),
            client_id: client_id.to_owned(),
            scope: String::new(),
            authority: self.entra.authority().to_owned(),
        }
    }

    /// Everything that a person does with a credential: save it, ask, look at what comes of it,
    /// have it looked through, and remove it.
    pub(crate) async fn try_out(&self, credential: CredentialDraft) {
        let draft = ConnectionDraft {
            id: None,
            opened_on: None,
            name: "Company".into(),
            endpoint: format!("https://{HOST}/anthropic"),
            credential,
            headers: vec![HeaderDraft {
                name: "x-team-key".into(),
                value: Some(TEAM_KEY.into()),
                secret: true,
            }],
            anthropic_version: None,
            limits: ConnectionLimits::default(),
            proxy: Some(ProxySettings::Manual {
                url: self.proxy.url(),
                user: Some("me".into()),
                no_proxy: Vec::new(),
            }),
            proxy_password: Some(PASSWORD.into()),
            deployments: vec![DeploymentDraft {
                name: DEPLOYMENT.into(),
                base_model: Some(DEPLOYMENT.into()),
                hosting: None,
            }],
            default_deployment: None,
        };
        self.tell(&format!("{draft:?}"));
        let of_form = DoctorTarget::Draft {
            draft: draft.clone(),
        };
        self.tell(&json(&self.engine.diagnose(of_form, |_| {}).await));
        let saved = self.engine.save_connection(draft).await.unwrap();
        self.tell(&json(&saved));
        for deployment in [DEPLOYMENT, "fault-401", "fault-cut"] {
            self.ask(deployment).await;
        }
        let here = DoctorTarget::Saved {
            connection: Some(saved.id.clone()),
            deployment: None,
        };
        self.tell(&json(&self.engine.diagnose(here, |_| {}).await));
        self.tell(&json(&self.engine.state().await));
        let settings = self.profile.path().join("settings.json");
        self.tell(&std::fs::read_to_string(settings).unwrap());
        self.engine.remove_connection(saved.id).await.unwrap();
    }

    async fn ask(&self, deployment: &str) {
        let request = SendRequest {
            conversation: None,
            text: "Hello".into(),
            attachments: Vec::new(),
            replaces: None,
            after: None,
            settings: TurnSettings {
                deployment: Some(deployment.to_owned()),
                ..TurnSettings::default()
            },
        };
        let mut window = self.engine.subscribe();
        match self.engine.send(request).await {
            Ok(sent) => self.until_over(&mut window, &sent.turn).await,
            Err(error) => self.tell(&json(&error)),
        }
    }

    async fn until_over(&self, window: &mut Subscription, turn: &TurnId) {
        loop {
            let batch = within(window.next()).await.expect("the engine ended");
            for event in batch {
                self.tell(&json(&event));
                let over = matches!(
                    &event,
                    HearthEvent::Turn(TurnEvent { turn: of, step: Step::Ended { .. }, .. })
                        if of == turn
                );
                if over {
                    return;
                }
            }
        }
    }

    fn tell(&self, text: &str) {
        let mut told = self.told.lock().unwrap();
        told.push_str(text);
        told.push('\n');
    }

    /// Everything that a window or the command line was told.
    pub(crate) fn told(&self) -> String {
        self.told.lock().unwrap().clone()
    }

    /// A program that prints a token; outside, because its file holds it.
    pub(crate) fn script(&self, token: &str) -> String {
        use std::os::unix::fs::PermissionsExt;
        let path = self.outside.path().join("token.sh");
        let environment = self.outside.path().join("environment");
        let text = format!(
            "#!/bin/sh\nenv > '{0}'\nps -o args= -p $$ >> '{0}'\necho {token}\n",
            environment.display()
        );
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        path.display().to_string()
    }

    /// What the program found in its environment, and its arguments.
    pub(crate) fn environment_of_the_child(&self) -> String {
        std::fs::read_to_string(self.outside.path().join("environment")).unwrap()
    }

    /// Keys, tokens, secrets and codes as they arrived at the resource and at the tenant.
    pub(crate) fn secrets_that_were_sent(&self) -> Vec<String> {
        let mut sent = Vec::new();
        for exchange in self.emulator.log() {
            for name in ["x-api-key", "api-key", "x-team-key"] {
                sent.extend(exchange.received.header(name).map(str::to_owned));
            }
            let authorization = exchange.received.header("authorization");
            let token = authorization.and_then(|it| it.strip_prefix("Bearer "));
            sent.extend(token.map(str::to_owned));
        }
        for request in self.entra.log() {
            for name in [
                "client_secret",
                "refresh_token",
                "device_code",
                "code_verifier",
            ] {
                sent.extend(request.field(name).map(str::to_owned));
            }
        }
        sent.sort();
        sent.dedup();
        sent
    }

    /// Looks through every file of the profile, after finding one that was planted there.
    pub(crate) fn assert_no_file_holds(&self, secrets: &[String]) {
        let planted = self.profile.path().join("planted");
        std::fs::write(&planted, format!("x{}x", secrets[0])).unwrap();
        assert_eq!(files_with(self.profile.path(), secrets), ["planted"]);
        std::fs::remove_file(planted).unwrap();
        let names = files_with(self.profile.path(), &["Company".to_owned()]);
        assert!(!names.is_empty(), "nothing was saved");
        assert_eq!(
            files_with(self.profile.path(), secrets),
            Vec::<String>::new()
        );
    }
}

fn files_with(folder: &Path, needles: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), needles));
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        if needles.iter().any(|needle| text.contains(needle)) {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

/// A net under tests that would otherwise hang; nothing depends on its length.
async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(60), work)
        .await
        .expect("nothing happened for a minute")
}

/// Waits for the person.
pub(crate) async fn signed_in(window: &mut Subscription, id: &SignInId) {
    loop {
        for event in within(window.next()).await.expect("the engine ended") {
            if let HearthEvent::SignIn { sign_in } = event
                && sign_in.id == *id
            {
                assert!(
                    matches!(sign_in.state, SignInState::Done { .. }),
                    "{sign_in:?}"
                );
                return;
            }
        }
    }
}
