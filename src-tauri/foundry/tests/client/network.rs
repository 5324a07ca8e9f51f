//! Connections that do not come about, told apart.

use std::time::Duration;

use hearth_foundry::{Client, ClientOptions, Failure, Network, Proxy, TlsKind};
use hearth_wire::{Block, Message, Role};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::server::{END, START, TEXT, chunked, ended};
use crate::support::{KEY, follow, on, once, question, target};

async fn failure(client: &Client, url: &str) -> Failure {
    let failure = follow(client.stream(&target(url), question("d")))
        .await
        .failure();
    assert!(!format!("{failure:?} {failure}").contains(KEY));
    failure
}

#[tokio::test]
async fn nobody_listens() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let failure = failure(&once(), &format!("http://127.0.0.1:{port}")).await;
    assert!(matches!(failure, Failure::Unreachable(_)), "{failure:?}");
}

#[tokio::test]
async fn the_name_does_not_exist() {
    let direct = on(Network {
        proxy: Proxy::Direct,
        ..Network::default()
    });
    // RFC 6761: names under `.invalid` never resolve.
    let failure = failure(&direct, "https://hearth-test.invalid").await;
    assert!(
        // Where there is no network at all, nobody could be asked.
        matches!(failure, Failure::HostUnknown | Failure::Unreachable(_)),
        "{failure:?}"
    );
}

#[tokio::test]
async fn the_other_side_does_not_speak_tls() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"220 mail.example ESMTP\r\n")
            .await
            .unwrap();
        stream
    });
    let failure = failure(&once(), &format!("https://127.0.0.1:{port}")).await;
    let Failure::Tls(problem) = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(problem.kind, TlsKind::Other, "{problem:?}");
    assert!(problem.chain.is_empty());
    greeting.await.unwrap();
}

#[tokio::test]
async fn a_handshake_that_stalls_ends_with_the_time_to_connect() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let client = Client::new(ClientOptions {
        connect_timeout: Duration::from_millis(300),
        max_attempts: 1,
        ..ClientOptions::default()
    })
    .unwrap();
    // Accepted by the operating system, and answered by nobody.
    let failure = failure(&client, &format!("https://127.0.0.1:{port}")).await;
    assert!(matches!(failure, Failure::Unreachable(_)), "{failure:?}");
    drop(listener);
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_at_once() {
    let network = Network {
        roots: vec![b"not one".to_vec()],
        ..Network::default()
    };
    let options = ClientOptions {
        network,
        ..ClientOptions::default()
    };
    assert!(Client::new(options).is_err());
}

/// More than the systems of both sides keep of what nobody reads.
const MUCH: usize = 24 * 1024 * 1024;

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_connection_whose_other_side_is_gone_costs_seconds_and_not_the_question() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        // Takes nothing more, as a host does that forgot the connection while this machine slept.
        let (_dead, _) = listener.accept().await.unwrap();
        let (mut alive, _) = listener.accept().await.unwrap();
        let mut question = Vec::new();
        while question.len() < MUCH || !question.ends_with(b"}") {
            assert_ne!(alive.read_buf(&mut question).await.unwrap(), 0);
        }
        let answer = ended(chunked(&[], &format!("{START}{TEXT}{END}")));
        alive.write_all(&answer).await.unwrap();
    });
    let client = Client::new(ClientOptions {
        connect_timeout: Duration::from_millis(500),
        ..ClientOptions::default()
    });
    let mut much = question("d");
    much.messages = vec![Message {
        role: Role::User,
        content: vec![Block::text(&"x".repeat(MUCH))],
    }];
    let course = follow(client.unwrap().stream(&target(&url), much)).await;
    let steps = ["ask 1", "wait 2", "ask 2", "open", "text Hi", "stop"];
    assert_eq!(course.steps(), steps, "{:?}", course.failure);
    serving.await.unwrap();
}
