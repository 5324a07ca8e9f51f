//! No log line of ours or of any library's holds what a sign-in is made of, at the finest level:
//! secrets, tokens, codes, and what proves that somebody asked for one. The subscriber is the
//! process's, so this test has a program of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use hearth_emulator::{Emulator, Entra};
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Command, Credential, Endpoint, EntraPlace, Network, Pages,
    Printed, Secret, Session, Skip, Target, TokenSource, Tokens, Vault, in_browser, with_code,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

impl Lines {
    fn take(&self) -> String {
        String::from_utf8_lossy(&std::mem::take(&mut *self.0.lock().unwrap())).into_owned()
    }
}

/// The printed key; the rest of the secrets is Entra's.
const PRINTED: &str = "canary-printed-key-0123456789";

struct Scene {
    entra: Entra,
    resource: Emulator,
    client: Client,
}

#[tokio::test]
async fn no_log_line_holds_what_a_sign_in_is_made_of() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone());
    subscriber.init();
    tracing::trace!("planted: {}", Entra::SECRET);
    assert!(lines.take().contains(Entra::SECRET));

    let entra = Entra::builder().interval(0).start().await.unwrap();
    let network = Network {
        roots: vec![entra.certificates().ca_der()],
        ..Network::default()
    };
    let client = Client::new(ClientOptions {
        network,
        max_attempts: 1,
        ..ClientOptions::default()
    });
    let scene = Scene {
        resource: Emulator::builder()
            .entra(&entra)
            .key(PRINTED)
            .start()
            .await
            .unwrap(),
        client: client.unwrap(),
        entra,
    };
    let credentials = [
        scene.application(Entra::SECRET),
        scene.application("canary-wrong-client-secret"),
        scene.browser().await,
        scene.device().await,
        scene.revoked(),
        Credential::PrintedKey(Printed::new(echo())),
        Credential::Tokens(Tokens::new(TokenSource::Command(echo()), String::new())),
    ];
    for credential in &credentials {
        scene.ask(credential).await;
    }

    let said = lines.take();
    assert!(
        said.contains("hyper") && said.contains("reqwest"),
        "the log says too little: {said}"
    );
    let secrets = scene.secrets();
    assert!(secrets.len() > 10, "{} secrets", secrets.len());
    for (what, secret) in secrets {
        let line = said.lines().find(|line| line.contains(&secret));
        assert_eq!(line, None, "{what}");
    }
}

fn echo() -> Command {
    Command::new(vec!["echo".into(), PRINTED.into()])
}

impl Scene {
    fn place(&self) -> EntraPlace {
        EntraPlace::new("", Entra::PUBLIC_CLIENT, "", self.entra.authority())
    }

    fn application(&self, secret: &str) -> Credential {
        let source = TokenSource::ClientSecret {
            tenant: Entra::TENANT.into(),
            client_id: Entra::CLIENT.into(),
            secret: Arc::new(Secret::new(secret.into())),
            authority: Some(self.entra.authority().into()),
        };
        Credential::Tokens(Tokens::new(source, String::new()))
    }

    fn session(&self, refresh_token: &Secret) -> Credential {
        let vault = Vault::new();
        vault.keep_for_this_run("c", Secret::new(refresh_token.expose().to_owned()));
        let source = TokenSource::Session(Session::new(vault, "c".into(), self.place()));
        Credential::Tokens(Tokens::new(source, String::new()))
    }

    async fn browser(&self) -> Credential {
        let sign_in = in_browser(&self.client, self.place(), Pages::default())
            .await
            .unwrap();
        tracing::trace!(?sign_in, "begun");
        let back = self.entra.sign_in(sign_in.url()).unwrap();
        let (signed_in, shown) = tokio::join!(sign_in.finish(), reqwest_get(&back));
        shown.unwrap();
        let signed_in = signed_in.unwrap();
        tracing::trace!(?signed_in, "done");
        self.session(&signed_in.refresh_token)
    }

    async fn device(&self) -> Credential {
        let sign_in = with_code(&self.client, self.place()).await.unwrap();
        tracing::trace!(?sign_in, "begun");
        let code = sign_in.user_code().to_owned();
        let approving = async {
            self.entra
                .wait_for(|log| log.last().is_some_and(|it| it.error.is_some()))
                .await
                .unwrap();
            assert!(self.entra.approve(&code));
        };
        let (signed_in, ()) = tokio::join!(sign_in.finish(), approving);
        self.session(&signed_in.unwrap().refresh_token)
    }

    fn revoked(&self) -> Credential {
        self.session(&Secret::new("canary-revoked-refresh-token".into()))
    }

    async fn ask(&self, credential: &Credential) {
        let target = Target {
            endpoint: Endpoint::parse(&self.resource.url()).unwrap().endpoint,
            credential: credential.clone(),
            anthropic_version: ApiVersion::default(),
            headers: Vec::new(),
            skip: Skip::default(),
        };
        tracing::trace!(?target, "asking");
        let request = MessagesRequest {
            model: "claude-haiku-4-5".into(),
            max_tokens: 16,
            messages: vec![Message {
                role: Role::User,
                content: vec![Block::text("hello")],
            }],
            stream: true,
            ..MessagesRequest::default()
        };
        let steps: Vec<_> = self.client.stream(&target, request).collect().await;
        tracing::trace!(?steps, "answered");
    }

    /// Everything secret that was sent.
    fn secrets(&self) -> Vec<(String, String)> {
        let names = [
            "client_secret",
            "refresh_token",
            "code",
            "code_verifier",
            "device_code",
        ];
        let mut secrets = vec![("the printed key".to_owned(), PRINTED.to_owned())];
        for request in self.entra.log() {
            let found = request.form.into_iter();
            secrets.extend(found.filter(|(name, _)| names.contains(&name.as_str())));
        }
        for exchange in self.resource.log() {
            let bearer = exchange.received.header("authorization").map(str::to_owned);
            let token = bearer.and_then(|it| Some(it.strip_prefix("Bearer ")?.to_owned()));
            secrets.extend(token.map(|token| ("a token".to_owned(), token)));
        }
        for name in names {
            let sent = secrets.iter().any(|(it, _)| it == name);
            assert!(sent, "no {name} was ever sent");
        }
        secrets
    }
}

/// The browser is not ours, and logs what it likes: it is left out of the log.
async fn reqwest_get(address: &str) -> reqwest::Result<String> {
    use tracing::instrument::WithSubscriber;
    let silent = tracing::subscriber::NoSubscriber::default();
    let getting = async { reqwest::get(address).await?.text().await };
    getting.with_subscriber(silent).await
}
