//! An application that signs in by itself, against a token endpoint of ours. The identity library
//! insists on https, so it gets a certificate of ours to trust.

use std::sync::Arc;

use hearth_foundry::{Client, ClientOptions, ClientSecret, Credential, Failure, Secret};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

use crate::server::{Reply, Server, good, refused, response};
use crate::support::{follow, question, target_as};

/// A self-signed certificate for `localhost`, and a server that shows it.
pub(crate) fn tls() -> (TlsAcceptor, Vec<u8>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let certificate = made.cert.der().to_vec();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), certificate)
}

const SECRET: &str = "canary secret~with+signs";

struct Tenant {
    entra: Server,
    client: Client,
    credential: Credential,
}

async fn tenant(replies: Vec<Reply>) -> Tenant {
    let (acceptor, certificate) = tls();
    let entra = Server::start_with(replies, Some(acceptor)).await;
    let authority = format!("https://localhost:{}", entra.port());
    let secret = Arc::new(Secret::new(SECRET.into()));
    let application = ClientSecret::new(
        "contoso.example".into(),
        "app-1".into(),
        secret,
        None,
        Some(authority),
    );
    let options = ClientOptions {
        extra_roots: vec![certificate],
        ..ClientOptions::default()
    };
    Tenant {
        entra,
        client: Client::new(options).unwrap(),
        credential: Credential::ClientSecret(application),
    }
}

fn token(text: &str) -> Reply {
    let body =
        format!("{{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"{text}\"}}");
    Reply::Fin(response(
        "200 OK",
        &[("content-type", "application/json")],
        body,
    ))
}

#[tokio::test]
async fn one_token_serves_many_questions() {
    let tenant = tenant(vec![token("token-1")]).await;
    let resource = Server::start(vec![good()]).await;
    let target = target_as(&resource.url(), tenant.credential.clone());
    for _ in 0..2 {
        assert_eq!(
            follow(tenant.client.stream(&target, question("d")))
                .await
                .failure,
            None
        );
    }
    let bearers: Vec<_> = resource
        .requests()
        .iter()
        .map(|request| request.header("authorization").map(str::to_owned))
        .collect();
    assert_eq!(
        bearers,
        [
            Some("Bearer token-1".to_owned()),
            Some("Bearer token-1".to_owned())
        ]
    );

    let asked = tenant.entra.requests();
    assert_eq!(asked.len(), 1);
    assert!(
        asked[0]
            .head
            .starts_with("POST /contoso.example/oauth2/v2.0/token "),
        "{}",
        asked[0].head
    );
    for part in [
        "client_id=app-1",
        "client_secret=canary+secret%7Ewith%2Bsigns",
        "grant_type=client_credentials",
        "scope=https%3A%2F%2Fai.azure.com%2F.default",
    ] {
        assert!(asked[0].body.contains(part), "{part} in {}", asked[0].body);
    }
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let tenant = tenant(vec![token("stale"), token("fresh")]).await;
    let resource = Server::start(vec![
        refused("401 Unauthorized", "authentication_error"),
        good(),
    ])
    .await;
    let target = target_as(&resource.url(), tenant.credential.clone());
    let course = follow(tenant.client.stream(&target, question("d"))).await;
    assert_eq!(
        course.steps(),
        ["ask 1", "wait 2", "ask 2", "open", "text Hi", "stop"]
    );
    let requests = resource.requests();
    assert_eq!(requests[1].header("authorization"), Some("Bearer fresh"));

    let resource = Server::start(vec![refused("401 Unauthorized", "authentication_error")]).await;
    let target = target_as(&resource.url(), tenant.credential.clone());
    let Failure::Rejected(refusal) = follow(tenant.client.stream(&target, question("d")))
        .await
        .failure()
    else {
        panic!("not a refusal");
    };
    assert_eq!(
        (refusal.status, refusal.attempts, resource.requests().len()),
        (401, 2, 2)
    );
}

#[tokio::test]
async fn entras_words_are_kept_without_the_secret() {
    let body = format!(
        "{{\"error\":\"invalid_client\",\"error_description\":\"AADSTS7000215: Invalid client secret provided: {SECRET}\",\"error_codes\":[7000215]}}"
    );
    let refusal = Reply::Fin(response(
        "401 Unauthorized",
        &[("content-type", "application/json")],
        body,
    ));
    let tenant = tenant(vec![refusal]).await;
    let resource = Server::start(vec![good()]).await;
    let target = target_as(&resource.url(), tenant.credential.clone());
    let course = follow(tenant.client.stream(&target, question("d"))).await;
    assert_eq!(course.steps(), ["ask 1"]);
    let said = "AADSTS7000215: Invalid client secret provided: <redacted>".to_owned();
    assert_eq!(course.failure(), Failure::SignIn(said));
    assert!(resource.requests().is_empty());
    assert!(!format!("{:?}", target.credential).contains("canary"));
}

#[tokio::test]
async fn an_authority_that_is_not_https_is_refused() {
    let secret = Arc::new(Secret::new(SECRET.into()));
    let plain = Some("http://127.0.0.1:1".to_owned());
    let application = ClientSecret::new("t".into(), "app-1".into(), secret, None, plain);
    let resource = Server::start(vec![good()]).await;
    let target = target_as(&resource.url(), Credential::ClientSecret(application));
    let client = Client::new(ClientOptions::default()).unwrap();
    let failure = follow(client.stream(&target, question("d")))
        .await
        .failure();
    assert!(matches!(failure, Failure::SignIn(_)), "{failure:?}");
    assert!(resource.requests().is_empty());
}
