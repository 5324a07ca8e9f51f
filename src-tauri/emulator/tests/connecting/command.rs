//! What `hearth emulator` serves.

use hearth_emulator::{CommandOptions, CommandServer, Pace, StartError};

use crate::support::*;

fn options(listen: &str, tls: bool) -> CommandOptions {
    CommandOptions {
        listen: listen.parse().expect("an address"),
        key: "a-key".to_owned(),
        seed: 3,
        pace: Pace::Instant,
        tls,
    }
}

#[tokio::test]
async fn it_serves_until_it_is_told_to_stop() {
    let server = CommandServer::start(options("127.0.0.1:0", false)).await;
    let server = server.expect("a free port");
    assert!(server.entra().is_none() && server.certificates().is_none());
    let url = server.emulator().url();
    let client = builder().build().expect("a client");
    assert_eq!(asked(&client, &url, ("x-api-key", "a-key")).await.0, 200);
    server.shutdown().await;
    assert!(client.get(&url).send().await.is_err());
}

#[tokio::test]
async fn with_tls_a_tenant_stands_beside_it() {
    let server = CommandServer::start(options("127.0.0.1:0", true)).await;
    let server = server.expect("a free port");
    let entra = server.entra().expect("a tenant");
    let client = client_of(server.certificates().expect("an authority"));
    let url = server.emulator().url();
    assert!(url.starts_with("https://"));
    assert_eq!(asked(&client, &url, ("x-api-key", "a-key")).await.0, 200);
    let (_, body) = token(entra, &client_credentials(AI_SCOPE)).await;
    let bearer = format!("Bearer {}", text(&body, "access_token"));
    let (status, said) = asked(&client, &url, ("authorization", &bearer)).await;
    assert_eq!(status, 200, "{said}");
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let refused = CommandServer::start(options("0.0.0.0:0", true)).await.err();
    assert!(matches!(refused, Some(StartError::NotLoopback(_))));
}
