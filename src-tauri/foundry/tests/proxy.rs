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
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Failure, Network, Proxy, ProxyKind,
    Secret, Skip, Target,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};

const ROLE: &str = "HEARTH_PROXY_ROLE";

fn main() {
    if let Ok(role) = std::env::var(ROLE) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(play(&role));
    }
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = asked.clone();
    std::thread::spawn(move || refuse_all(&listener, &log));

    let login = format!("http://me:canary-password@{address}");
    let each = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"];
    run("refused", &each.map(|name| (name, login.as_str())));
    let connect = "CONNECT resource.invalid:443 HTTP/1.1";
    let both = [
        format!("{connect} as somebody"),
        format!("{connect} as nobody"),
    ];
    // With the login, and once more without it, to hear which ways to log in there are.
    assert_eq!(std::mem::take(&mut *asked.lock().unwrap()), both);

    run("refused", &[("ALL_PROXY", &login)]);
    assert_eq!(std::mem::take(&mut *asked.lock().unwrap()), both);

    // A password as people write it into a variable, with what an address would spell otherwise.
    let odd = format!("http://me:canary@canary#1/2@{address}");
    run("refused", &[("https_proxy", &odd), ("HTTPS_PROXY", "")]);
    assert_eq!(std::mem::take(&mut *asked.lock().unwrap()), both);

    run(
        "direct",
        &[("HTTPS_PROXY", &login), ("NO_PROXY", ".invalid")],
    );
    run("ignored", &[("HTTPS_PROXY", &login)]);
    assert_eq!(asked.lock().unwrap().as_slice(), [""; 0]);
}

/// Runs this program as `role` with these proxies and no others.
fn run(role: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.env(ROLE, role);
    for name in ["NO_PROXY", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let ran = command.envs(variables.iter().copied()).output().unwrap();
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{role}: {said}");
}

/// A proxy that wants to know who is asking, and notes what for and whether it was told.
fn refuse_all(listener: &TcpListener, log: &Mutex<Vec<String>>) {
    while let Ok((stream, _)) = listener.accept() {
        let lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let told = head.iter().any(|line| {
            let line = line.to_ascii_lowercase();
            line.starts_with("proxy-authorization: basic ")
        });
        let as_whom = if told { "as somebody" } else { "as nobody" };
        log.lock().unwrap().push(format!("{} {as_whom}", head[0]));
        let refusal = b"HTTP/1.1 407 Proxy Authentication Required\r\n\
            proxy-authenticate: Negotiate\r\nproxy-authenticate: NTLM\r\ncontent-length: 0\r\n\r\n";
        (&stream).write_all(refusal).unwrap();
    }
}

async fn play(role: &str) {
    let network = match role {
        // The person's choice goes before the environment's.
        "ignored" => Network {
            proxy: Proxy::Direct,
            ..Network::default()
        },
        _ => Network::default(),
    };
    let client = Client::new(ClientOptions {
        max_attempts: 1,
        network: network.clone(),
        ..ClientOptions::default()
    })
    .unwrap();
    let emulator = Emulator::builder().start().await.unwrap();
    assert_eq!(ask(&client, &emulator.url(), emulator.key()).await, None);
    let system = network.system_proxy("https://resource.invalid/x");
    assert_eq!(system.is_some(), role != "direct", "{system:?}");
    let failure = ask(&client, "https://resource.invalid", "canary-key-0123456789")
        .await
        .unwrap();
    match role {
        "refused" => {
            let Failure::Proxy(problem) = &failure else {
                panic!("{failure:?}");
            };
            assert_eq!(problem.kind, ProxyKind::Credentials);
            assert_eq!(problem.proxy, system);
            // Neither is one that Hearth could use, and that is said.
            assert!(problem.said.ends_with("(Negotiate, NTLM)"), "{problem:?}");
        }
        _ => assert!(
            matches!(failure, Failure::HostUnknown | Failure::Unreachable(_)),
            "{failure:?}"
        ),
    }
    let shown = format!("{failure:?} {failure} {system:?} {client:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

async fn ask(client: &Client, endpoint: &str, key: &str) -> Option<Failure> {
    let target = Target {
        endpoint: Endpoint::parse(endpoint).unwrap().endpoint,
        credential: Credential::Key(Arc::new(Secret::new(key.into()))),
        anthropic_version: ApiVersion::default(),
        headers: Vec::new(),
        skip: Skip::new(),
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
