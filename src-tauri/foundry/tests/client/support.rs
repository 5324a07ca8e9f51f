//! What every test here needs.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use hearth_emulator::Certificates;
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Failure, Network, Progress, Proxy,
    ProxyAddress, Secret, Skip, Target,
};
use hearth_wire::{Block, Delta, Message, MessagesRequest, Role, StreamEvent};

/// The key of every test; nothing else looks like it.
pub(crate) const KEY: &str = "canary-key-0123456789abcdef";

pub(crate) fn key() -> Credential {
    Credential::Key(Arc::new(Secret::new(KEY.into())))
}

pub(crate) fn target(url: &str) -> Target {
    target_as(url, key())
}

pub(crate) fn target_as(url: &str, credential: Credential) -> Target {
    let endpoint = Endpoint::parse(url).unwrap().endpoint;
    Target {
        endpoint,
        credential,
        anthropic_version: ApiVersion::default(),
        headers: Vec::new(),
        skip: Skip::new(),
    }
}

pub(crate) fn client() -> Client {
    Client::new(ClientOptions::default()).unwrap()
}

/// A client that gives up after one attempt.
pub(crate) fn once() -> Client {
    Client::new(ClientOptions {
        max_attempts: 1,
        ..ClientOptions::default()
    })
    .unwrap()
}

/// A client that takes `idle` of silence.
pub(crate) fn impatient(idle: Duration) -> Client {
    Client::new(ClientOptions {
        idle_timeout: idle,
        ..ClientOptions::default()
    })
    .unwrap()
}

/// A client with one attempt on this way out.
pub(crate) fn on(network: Network) -> Client {
    Client::new(ClientOptions {
        max_attempts: 1,
        network,
        ..ClientOptions::default()
    })
    .unwrap()
}

/// A way out without a proxy that trusts these authorities.
pub(crate) fn trusting(authorities: &[&Certificates]) -> Network {
    Network {
        proxy: Proxy::Direct,
        roots: authorities.iter().map(|it| it.ca_der()).collect(),
        ..Network::default()
    }
}

/// A manual proxy as typed, with whatever stands in its address.
pub(crate) fn through(typed: &str) -> Proxy {
    let typed = ProxyAddress::parse(typed).unwrap();
    Proxy::Manual {
        address: typed.address,
        user: typed.user,
        password: typed.password.map(Arc::new),
        no_proxy: Vec::new(),
    }
}

pub(crate) fn question(deployment: &str) -> MessagesRequest {
    MessagesRequest {
        model: deployment.into(),
        max_tokens: 64,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("hello")],
        }],
        stream: true,
        ..MessagesRequest::default()
    }
}

/// The same, to be answered in one piece.
pub(crate) fn whole(deployment: &str) -> MessagesRequest {
    MessagesRequest {
        stream: false,
        ..question(deployment)
    }
}

/// The course of one answer.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// `ask 1`, `wait 2`, `open`, `text …`, `stop`.
    pub(crate) steps: Vec<String>,
    pub(crate) failure: Option<Failure>,
}

impl Course {
    pub(crate) fn steps(&self) -> Vec<&str> {
        self.steps.iter().map(String::as_str).collect()
    }

    #[track_caller]
    pub(crate) fn failure(self) -> Failure {
        self.failure.expect("the answer came to its end")
    }
}

/// Follows an answer to its end. Waits longer than any good test: a hang is a failure, not a hang.
pub(crate) async fn follow(answer: impl Stream<Item = Result<Progress, Failure>>) -> Course {
    let mut answer = std::pin::pin!(answer);
    let mut course = Course::default();
    loop {
        let step = tokio::time::timeout(Duration::from_secs(60), answer.next()).await;
        match step.expect("the client hangs") {
            None => return course,
            Some(Err(failure)) => course.failure = Some(failure),
            Some(Ok(progress)) => {
                assert_eq!(course.failure, None, "a step after the failure");
                course.steps.extend(step_name(&progress));
            }
        }
    }
}

fn step_name(progress: &Progress) -> Option<String> {
    match progress {
        Progress::Asking { attempt } => Some(format!("ask {attempt}")),
        Progress::Waiting { attempt, .. } => Some(format!("wait {attempt}")),
        Progress::Opened { .. } => Some("open".into()),
        Progress::Event {
            event:
                StreamEvent::BlockDelta {
                    delta: Delta::Text(text),
                    ..
                },
            ..
        } => Some(format!("text {}", text.decode())),
        Progress::Event {
            event: StreamEvent::MessageStop,
            ..
        } => Some("stop".into()),
        Progress::Event { .. } => None,
    }
}
