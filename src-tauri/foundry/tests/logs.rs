//! No log line of ours or of any library's holds a secret, at the finest level. The subscriber is
//! the process's, so this test has a program of its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use hearth_emulator::Emulator;
use hearth_foundry::{ApiVersion, Client, ClientOptions, Credential, Endpoint, Secret, Target};
use hearth_wire::{Block, Message, MessagesRequest, Role};
use tracing_subscriber::fmt::MakeWriter;

const CANARY: &str = "canary-key-0123456789abcdef";

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
async fn no_log_line_holds_a_key() {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(lines.clone());
    subscriber.init();
    tracing::trace!("planted: {CANARY}");
    assert!(lines.take().contains(CANARY));

    let emulator = Emulator::builder().key(CANARY).start().await.unwrap();
    let client = Client::new(ClientOptions {
        max_attempts: 1,
        ..ClientOptions::default()
    })
    .unwrap();
    for credential in [Credential::Key, Credential::Token] {
        for deployment in ["claude-opus-5-5", "fault-401", "fault-cut"] {
            let target = Target {
                endpoint: Endpoint::parse(&emulator.url()).unwrap().endpoint,
                credential: credential(Arc::new(Secret::new(CANARY.into()))),
                anthropic_version: ApiVersion::default(),
            };
            tracing::trace!(?target, "asking");
            let request = MessagesRequest {
                model: deployment.into(),
                max_tokens: 16,
                messages: vec![Message {
                    role: Role::User,
                    content: vec![Block::text("hello")],
                }],
                stream: true,
                ..MessagesRequest::default()
            };
            let steps: Vec<_> = client.stream(&target, request).collect().await;
            tracing::trace!(?steps, "answered");
        }
    }
    let said = lines.take();
    assert!(
        said.contains("hyper") && said.contains("redacted"),
        "the log says too little: {said}"
    );
    assert!(!said.contains(CANARY));
}
