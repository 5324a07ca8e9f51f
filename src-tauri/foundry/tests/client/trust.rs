//! Certificates: who is trusted, who is not and why, and the one that this machine shows.

use std::sync::Arc;
use std::time::Duration;

use hearth_emulator::{Builder, Certificates, Emulator};
use hearth_foundry::{
    BadNetwork, BadPem, Certificate, Client, Credential, Failure, Network, Secret, TlsKind,
    TlsProblem,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::Acceptor;
use tokio::net::TcpListener;
use tokio_rustls::LazyConfigAcceptor;

use crate::support::{follow, on, question, target, target_as, trusting};

async fn ask(client: &Client, emulator: &Emulator) -> Option<Failure> {
    let key = Arc::new(Secret::new(emulator.key().to_owned()));
    let target = target_as(&emulator.url(), Credential::Key(key));
    let answer = client.stream(&target, question("claude-opus-5-5"));
    follow(answer).await.failure
}

#[track_caller]
fn tls(failure: Option<Failure>) -> TlsProblem {
    match failure {
        Some(Failure::Tls(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

async fn started(builder: Builder) -> Emulator {
    builder.start().await.unwrap()
}

#[tokio::test]
async fn who_signed_is_shown_and_trusted_once_the_person_says_so() {
    let authority = Certificates::new("Contoso Root CA");
    let emulator = started(Emulator::builder().tls(&authority)).await;
    let refused = tls(ask(&on(trusting(&[])), &emulator).await);
    assert_eq!(refused.kind, TlsKind::Untrusted);
    assert_eq!(refused.host.as_deref(), Some("127.0.0.1"));
    let first = &refused.chain[0];
    assert!(first.issuer.contains("Contoso Root CA"), "{first:?}");
    assert!(first.not_before < first.not_after && !first.authority);
    assert!(
        emulator.log().is_empty(),
        "something went over a connection that is not trusted"
    );

    // As a PEM file that a person picks.
    let roots = Certificate::all_in(authority.ca_pem().as_bytes()).unwrap();
    assert!(roots[0].authority);
    let network = Network {
        roots: roots.iter().map(Certificate::der).collect(),
        ..trusting(&[])
    };
    assert_eq!(ask(&on(network), &emulator).await, None);
    let other = Certificates::new("Contoso Root CA");
    let refused = tls(ask(&on(trusting(&[&other])), &emulator).await);
    assert_eq!(
        refused.kind,
        TlsKind::Untrusted,
        "the name alone is no proof"
    );
}

#[tokio::test]
async fn expired_and_misnamed_certificates_are_told_apart() {
    let authority = Certificates::new("Contoso Root CA");
    let client = on(trusting(&[&authority]));
    let expired = authority.expired_server(&["localhost", "127.0.0.1"]);
    let emulator = started(Emulator::builder().tls_config(expired)).await;
    let problem = tls(ask(&client, &emulator).await);
    assert_eq!(problem.kind, TlsKind::Expired, "{problem:?}");
    assert!(problem.chain[0].not_after < 1_100_000_000_000);

    let elsewhere = authority.server(&["other.example"]);
    let emulator = started(Emulator::builder().tls_config(elsewhere)).await;
    let problem = tls(ask(&client, &emulator).await);
    assert_eq!(problem.kind, TlsKind::OtherName, "{problem:?}");
    assert!(!problem.chain.is_empty());
}

/// A server that signed its own certificate.
fn signed_by_itself(params: &rcgen::CertificateParams) -> (ServerConfig, Vec<u8>) {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let der = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], der)
        .unwrap();
    (config, certificate.der().to_vec())
}

/// For this name; `authority` calls itself one, as those do that `openssl req -x509` makes.
fn params(name: &str, authority: bool) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::new([name.to_owned()]).unwrap();
    if authority {
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    }
    params
}

#[tokio::test]
async fn a_server_that_signed_itself_is_trusted_when_the_person_says_so() {
    for authority in [false, true] {
        let (config, certificate) = signed_by_itself(&params("127.0.0.1", authority));
        let emulator = started(Emulator::builder().tls_config(config)).await;
        let refused = tls(ask(&on(trusting(&[])), &emulator).await);
        assert_eq!(refused.kind, TlsKind::Untrusted, "{refused:?}");
        assert_eq!(refused.chain[0].der(), certificate);
        let network = Network {
            roots: vec![certificate],
            ..trusting(&[])
        };
        assert_eq!(ask(&on(network), &emulator).await, None, "{authority}");

        let (config, certificate) = signed_by_itself(&params("other.example", authority));
        let emulator = started(Emulator::builder().tls_config(config)).await;
        let network = Network {
            roots: vec![certificate],
            ..trusting(&[])
        };
        let refused = tls(ask(&on(network), &emulator).await);
        assert_eq!(refused.kind, TlsKind::OtherName, "{refused:?}");

        for (from, until, kind) in [
            (2000, 2001, TlsKind::Expired),
            (4000, 4001, TlsKind::NotYetValid),
        ] {
            let mut params = params("127.0.0.1", authority);
            params.not_before = rcgen::date_time_ymd(from, 1, 1);
            params.not_after = rcgen::date_time_ymd(until, 1, 1);
            let (config, certificate) = signed_by_itself(&params);
            let emulator = started(Emulator::builder().tls_config(config)).await;
            let network = Network {
                roots: vec![certificate],
                ..trusting(&[])
            };
            let refused = tls(ask(&on(network), &emulator).await);
            assert_eq!(refused.kind, kind, "{refused:?}");
        }
    }
}

#[tokio::test]
async fn a_server_that_wants_this_machines_certificate_gets_it_or_says_so() {
    let authority = Certificates::new("Contoso Root CA");
    let clients = Certificates::new("Contoso Devices");
    let builder = Emulator::builder().tls(&authority);
    let emulator = started(builder.client_certificates(&clients)).await;
    let refused = tls(ask(&on(trusting(&[&authority])), &emulator).await);
    assert_eq!(
        refused.kind,
        TlsKind::ClientCertificateNeeded,
        "{refused:?}"
    );

    let showing = |pem: String| Network {
        identity: Some(Arc::new(Secret::new(pem))),
        ..trusting(&[&authority])
    };
    let pem = clients.client_pem("desk-7");
    let right = on(showing(pem.clone()));
    assert_eq!(ask(&right, &emulator).await, None);
    let shown = format!("{right:?}");
    let key = pem.split_once("PRIVATE KEY-----").unwrap().1;
    let leaks = |line: &str| line.len() > 20 && shown.contains(line);
    assert!(!key.lines().any(leaks), "{shown}");
    let stranger = Certificates::new("Somebody").client_pem("desk-7");
    let refused = tls(ask(&on(showing(stranger)), &emulator).await);
    assert_eq!(
        refused.kind,
        TlsKind::ClientCertificateNeeded,
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_server_that_hangs_up_for_want_of_a_certificate_is_understood() {
    let authority = Certificates::new("Contoso Root CA");
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let accepting = authority.server_for_clients(&["127.0.0.1"], &authority);
    let hanging_up = tokio::spawn(async move {
        // The handshake begins, asks for the certificate, and ends without a word.
        while let Ok((stream, _)) = listener.accept().await {
            let greeting = LazyConfigAcceptor::new(Acceptor::default(), stream).await;
            let mut greeting = greeting.unwrap().into_stream(Arc::new(accepting.clone()));
            let mut polled = std::pin::pin!(&mut greeting);
            let waiting = futures_util::poll!(&mut polled);
            assert!(waiting.is_pending());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let client = on(trusting(&[&authority]));
    let asked = client.stream(&target(&url), question("d"));
    let refused = tls(follow(asked).await.failure);
    assert_eq!(
        refused.kind,
        TlsKind::ClientCertificateNeeded,
        "{refused:?}"
    );
    hanging_up.abort();
}

#[tokio::test]
async fn who_wants_no_certificate_is_shown_none_and_does_not_mind() {
    let authority = Certificates::new("Contoso Root CA");
    let emulator = started(Emulator::builder().tls(&authority)).await;
    let network = Network {
        identity: Some(Arc::new(Secret::new(authority.client_pem("desk-7")))),
        ..trusting(&[&authority])
    };
    assert_eq!(ask(&on(network), &emulator).await, None);
}

#[test]
fn a_client_certificate_that_cannot_be_used_is_told_apart() {
    let clients = Certificates::new("Contoso Devices");
    let pem = clients.client_pem("desk-7");
    let end = "-----END CERTIFICATE-----\n";
    let at = pem.find(end).unwrap() + end.len();
    let (certificate, key) = match pem.starts_with("-----BEGIN CERTIFICATE") {
        true => pem.split_at(at),
        false => panic!("the key stands first: {pem}"),
    };
    let other = clients.client_pem("desk-8");
    let other_key = &other[other.find(end).unwrap() + end.len()..];
    let check = |pem: &str| {
        let network = Network {
            identity: Some(Arc::new(Secret::new(pem.to_owned()))),
            ..trusting(&[])
        };
        network.check().err()
    };
    assert_eq!(check(&pem), None);
    for (pem, problem) in [
        ("", BadPem::NoCertificate),
        (key, BadPem::NoCertificate),
        (certificate, BadPem::NoKey),
        (&format!("{certificate}{other_key}"), BadPem::KeyUnfit),
    ] {
        assert_eq!(check(pem), Some(BadNetwork::Identity(problem)));
    }
}
