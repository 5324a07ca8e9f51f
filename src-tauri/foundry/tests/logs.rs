//! No log line of ours or of any library's holds a secret, at the finest level. The subscriber is
//! the process's, so this test has a program of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io;
use std::sync::{Arc, Mutex};

use base64::Engine;
use futures_util::StreamExt;
use hearth_emulator::{Certificates, Emulator, Proxy};
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, ExtraHeader, Network, ProxyAddress,
    Secret, Skip, Target, TokenSource, Tokens, path,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};
use tracing_subscriber::fmt::MakeWriter;

const CANARY: &str = "canary-key-0123456789abcdef";
const PASSWORD: &str = "canary p@ssword";
/// A name that exists nowhere but behind the proxies.
const HOST: &str = "resource.invalid";

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

#[tokio::test]
async fn no_log_line_holds_a_secret() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone());
    subscriber.init();
    tracing::trace!("planted: {CANARY}");
    assert!(lines.take().contains(CANARY));

    let emulator = Emulator::builder().key(CANARY).start().await.unwrap();
    let client = client(Network::default());
    let given = TokenSource::Given(Arc::new(Secret::new(CANARY.into())));
    for credential in [
        Credential::Key(Arc::new(Secret::new(CANARY.into()))),
        Credential::Tokens(Tokens::new(given, String::new())),
    ] {
        for deployment in ["claude-opus-5-5", "fault-401", "fault-cut"] {
            let target = target(&emulator.url(), credential.clone());
            tracing::trace!(?target, "asking");
            let steps: Vec<_> = client.stream(&target, question(deployment)).collect().await;
            tracing::trace!(?steps, "answered");
            let counted = client.count_tokens(&target, &question(deployment)).await;
            tracing::trace!(?counted, "counted");
        }
    }
    let said = lines.take();
    assert!(
        said.contains("hyper") && said.contains("redacted"),
        "the log says too little: {said}"
    );
    assert!(!said.contains(CANARY));

    through_proxies(&lines).await;
}

/// A resource behind proxies that want a password, asked with a certificate of this machine's.
async fn through_proxies(lines: &Lines) {
    let authority = Certificates::new("Contoso Root CA");
    let identity = authority.client_pem("desk-7");
    let config = authority.server_for_clients(&[HOST], &authority);
    let emulator = Emulator::builder().key(CANARY).tls_config(config);
    let emulator = emulator.start().await.unwrap();
    let key = identity.split_once("PRIVATE KEY-----").unwrap().1;
    let secrets: Vec<String> = key
        .lines()
        .filter(|line| line.len() > 20 && !line.starts_with('-'))
        .map(str::to_owned)
        .chain([
            PASSWORD.to_owned(),
            // `me:` and the password, as `Proxy-Authorization` spells it, and as an address does.
            base64::engine::general_purpose::STANDARD.encode(format!("me:{PASSWORD}")),
            PASSWORD.replace(' ', "%20"),
            CANARY.to_owned(),
        ])
        .collect();
    for builder in [Proxy::http(), Proxy::socks5()] {
        let builder = builder.password("me", PASSWORD);
        let proxy = builder.resolving(HOST, emulator.address()).start().await;
        let proxy = proxy.unwrap();
        for login in [
            format!("me:{PASSWORD}@"),
            format!("me:{PASSWORD}-wrong@"),
            String::new(),
        ] {
            let typed = proxy.url().replacen("://", &format!("://{login}"), 1);
            let typed = ProxyAddress::parse(&typed).unwrap();
            let client = client(Network {
                proxy: hearth_foundry::Proxy::Manual {
                    address: typed.address,
                    user: typed.user,
                    password: typed.password.map(Arc::new),
                    no_proxy: Vec::new(),
                },
                roots: vec![authority.ca_der()],
                identity: Some(Arc::new(Secret::new(identity.clone()))),
                ..Network::default()
            });
            let key = Credential::Key(Arc::new(Secret::new(CANARY.into())));
            let target = target(&format!("https://{HOST}"), key);
            let asking = client.stream(&target, question("claude-opus-5-5"));
            let steps: Vec<_> = asking.collect().await;
            let works = steps.iter().all(Result::is_ok);
            assert_eq!(works, login == format!("me:{PASSWORD}@"), "{steps:?}");
            let walked = path::proxy(&client, &target.endpoint).await;
            let secured = path::secure(&client, &target.endpoint).await;
            tracing::trace!(?target, ?client, ?steps, ?walked, ?secured, "answered");
        }
    }
    let said = lines.take();
    assert!(
        said.contains("proxy(") && said.contains("x-team"),
        "the log says too little: {said}"
    );
    assert!(secrets.len() > 5, "{secrets:?}");
    for secret in secrets {
        assert!(!said.contains(&secret), "{secret}");
    }
}

fn client(network: Network) -> Client {
    Client::new(ClientOptions {
        max_attempts: 1,
        network,
        ..ClientOptions::default()
    })
    .unwrap()
}

fn target(url: &str, credential: Credential) -> Target {
    Target {
        endpoint: Endpoint::parse(url).unwrap().endpoint,
        credential,
        anthropic_version: ApiVersion::default(),
        headers: vec![ExtraHeader::new("x-team", CANARY).unwrap()],
        skip: Skip::new(),
    }
}

fn question(deployment: &str) -> MessagesRequest {
    MessagesRequest {
        model: deployment.into(),
        max_tokens: 16,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("hello")],
        }],
        stream: true,
        ..MessagesRequest::default()
    }
}
