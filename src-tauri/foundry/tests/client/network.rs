//! Connections that do not come about, told apart.

use hearth_foundry::{Client, ClientOptions, Failure};
use tokio::net::TcpListener;

use crate::server::{Server, good};
use crate::sign_in::tls;
use crate::support::{KEY, follow, once, question, target};

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
    // RFC 6761: names under `.invalid` never resolve.
    assert_eq!(
        failure(&once(), "https://hearth-test.invalid").await,
        Failure::HostUnknown
    );
}

#[tokio::test]
async fn the_other_side_does_not_speak_tls() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let greeting = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        let (mut stream, _) = listener.accept().await.unwrap();
        stream
            .write_all(b"220 mail.example ESMTP\r\n")
            .await
            .unwrap();
        stream
    });
    let failure = failure(&once(), &format!("https://127.0.0.1:{port}")).await;
    assert!(matches!(failure, Failure::Tls(_)), "{failure:?}");
    greeting.await.unwrap();
}

#[tokio::test]
async fn a_certificate_is_trusted_when_somebody_said_so() {
    let (acceptor, certificate) = tls();
    let server = Server::start_with(vec![good()], Some(acceptor)).await;
    let url = format!("https://localhost:{}", server.port());
    let refused = failure(&once(), &url).await;
    assert!(matches!(refused, Failure::Tls(_)), "{refused:?}");
    assert!(
        server.requests().is_empty(),
        "the key went over a connection that is not trusted"
    );

    let options = ClientOptions {
        extra_roots: vec![certificate],
        ..ClientOptions::default()
    };
    let course = follow(
        Client::new(options)
            .unwrap()
            .stream(&target(&url), question("d")),
    )
    .await;
    assert_eq!(course.failure, None);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_at_once() {
    let options = ClientOptions {
        extra_roots: vec![b"not one".to_vec()],
        ..ClientOptions::default()
    };
    assert!(Client::new(options).is_err());
}
