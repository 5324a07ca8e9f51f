//! The system's proxy: used for the world, never for this machine, and told from other failures.
//!
//! Proxies are read from the environment when a client is made, and the environment belongs to a
//! whole process, so this program runs itself again with a proxy of ours in its environment.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use hearth_emulator::Emulator;
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Failure, Secret, Target,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};

const ROLE: &str = "HEARTH_PROXY_ROLE";

fn main() {
    if std::env::var_os(ROLE).is_some() {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(ask_both());
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let proxy = format!(
        "http://me:canary-password@{}",
        listener.local_addr().unwrap()
    );
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || refuse_all(&listener, &log));

    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, "ask");
    for name in ["NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"] {
        command.env_remove(name);
    }
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"] {
        command.env(name, &proxy);
    }
    let ran = command.output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    assert_eq!(
        *asked.lock().unwrap(),
        ["CONNECT res.services.ai.azure.com:443 HTTP/1.1"]
    );
}

/// A proxy that wants to know who is asking, and notes what for.
fn refuse_all(listener: &TcpListener, log: &Mutex<Vec<String>>) {
    while let Ok((stream, _)) = listener.accept() {
        let mut lines = BufReader::new(&stream).lines();
        log.lock().unwrap().push(lines.next().unwrap().unwrap());
        while lines
            .next()
            .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
        {}
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        (&stream).write_all(refusal).unwrap();
    }
}

async fn ask_both() {
    let client = Client::new(ClientOptions::default()).unwrap();
    let emulator = Emulator::builder().start().await.unwrap();
    assert_eq!(ask(&client, &emulator.url(), emulator.key()).await, None);
    let failure = ask(&client, "res", "canary-key-0123456789").await.unwrap();
    assert!(matches!(failure, Failure::Proxy(_)), "{failure:?}");
    assert!(
        !format!("{failure:?} {failure}").contains("canary"),
        "{failure:?}"
    );
}

async fn ask(client: &Client, endpoint: &str, key: &str) -> Option<Failure> {
    let target = Target {
        endpoint: Endpoint::parse(endpoint).unwrap().endpoint,
        credential: Credential::Key(Arc::new(Secret::new(key.into()))),
        anthropic_version: ApiVersion::default(),
    };
    let request = MessagesRequest {
        model: "claude-opus-5-5".into(),
        max_tokens: 16,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("hello")],
        }],
        stream: true,
        ..MessagesRequest::default()
    };
    let steps: Vec<_> = client.stream(&target, request).collect().await;
    steps.into_iter().find_map(Result::err)
}
