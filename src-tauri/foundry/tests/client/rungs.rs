//! The rungs of the way, one by one.

use std::time::Duration;

use hearth_emulator::{Certificates, Emulator, Proxy as EmulatedProxy};
use hearth_foundry::{
    Client, ClientOptions, Endpoint, Failure, Network, ProxyKind, ProxyScheme, TlsKind, path,
};
use tokio::net::TcpListener;

use crate::support::{on, through, trusting};

const HOST: &str = "resource.invalid";

fn endpoint(text: &str) -> Endpoint {
    Endpoint::parse(text).unwrap().endpoint
}

#[tokio::test]
async fn a_name_resolves_or_does_not() {
    let found = path::resolve(&endpoint("http://localhost:4000")).await;
    let found = found.unwrap();
    assert_eq!(found.host, "localhost");
    assert!(
        found
            .addresses
            .iter()
            .all(|it| it.ip().is_loopback() && it.port() == 4000)
    );
    assert!(!found.addresses.is_empty());
    let found = path::resolve(&endpoint("https://[::1]:4001"))
        .await
        .unwrap();
    assert_eq!(found.addresses, ["[::1]:4001".parse().unwrap()]);
    let lost = path::resolve(&endpoint("https://hearth-test.invalid")).await;
    assert!(
        // Where there is no network at all, nobody could be asked.
        matches!(lost, Err(Failure::HostUnknown | Failure::Unreachable(_))),
        "{lost:?}"
    );
}

#[tokio::test]
async fn somebody_answers_or_nobody_does() {
    let client = on(trusting(&[]));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let open = endpoint(&format!("http://{address}"));
    assert_eq!(path::connect(&client, &open).await.unwrap().peer, address);
    drop(listener);
    let refused = path::connect(&client, &open).await;
    assert!(
        matches!(refused, Err(Failure::Unreachable(_))),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_secure_connection_tells_what_it_is() {
    let authority = Certificates::new("Contoso Root CA");
    let emulator = Emulator::builder().tls(&authority).start().await.unwrap();
    let https = endpoint(&emulator.url());
    let client = on(trusting(&[&authority]));
    let secured = path::secure(&client, &https).await.unwrap().unwrap();
    assert_eq!(secured.protocol, "TLS 1.3");
    assert!(secured.cipher.starts_with("TLS13_"), "{secured:?}");
    assert!(secured.chain[0].issuer.contains("Contoso Root CA"));
    assert_eq!(secured.proxy, None);

    let refused = path::secure(&on(trusting(&[])), &https).await;
    let Err(Failure::Tls(problem)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(problem.kind, TlsKind::Untrusted);
    assert!(!problem.chain.is_empty());

    let plain = Emulator::builder().start().await.unwrap();
    let secured = path::secure(&client, &endpoint(&plain.url())).await;
    assert_eq!(secured, Ok(None));
}

#[tokio::test]
async fn what_is_spoken_inside_is_agreed_on() {
    let authority = Certificates::new("Contoso Root CA");
    for (offered, agreed) in [
        (vec!["http/1.1", "h2"], Some("http/1.1")),
        (vec!["h2"], Some("h2")),
    ] {
        let mut config = authority.server(&["127.0.0.1"]);
        config.alpn_protocols = offered.iter().map(|it| it.as_bytes().to_vec()).collect();
        let emulator = Emulator::builder()
            .tls_config(config)
            .start()
            .await
            .unwrap();
        let client = on(trusting(&[&authority]));
        let secured = path::secure(&client, &endpoint(&emulator.url())).await;
        let secured = secured.unwrap().unwrap();
        assert_eq!(secured.application.as_deref(), agreed);
    }
}

#[tokio::test]
async fn a_server_that_objects_after_the_handshake_is_heard() {
    let authority = Certificates::new("Contoso Root CA");
    let builder = Emulator::builder().tls(&authority);
    let emulator = builder.client_certificates(&authority).start().await;
    let emulator = emulator.unwrap();
    let https = endpoint(&emulator.url());
    let client = on(trusting(&[&authority]));
    let refused = path::secure(&client, &https).await;
    let Err(Failure::Tls(problem)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(problem.kind, TlsKind::ClientCertificateNeeded);
}

#[tokio::test]
async fn silence_has_an_end_on_every_rung() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let impatient = |network| {
        Client::new(ClientOptions {
            connect_timeout: Duration::from_millis(300),
            network,
            ..ClientOptions::default()
        })
        .unwrap()
    };
    let client = impatient(trusting(&[]));
    let stalled = path::secure(&client, &endpoint(&format!("https://{address}"))).await;
    assert!(matches!(stalled, Err(Failure::Tls(_))), "{stalled:?}");
    for scheme in ["http", "https", "socks5h"] {
        let client = impatient(Network {
            proxy: through(&format!("{scheme}://{address}")),
            ..trusting(&[])
        });
        let stalled = path::proxy(&client, &endpoint(&format!("https://{HOST}"))).await;
        assert!(
            matches!(stalled, Err(Failure::Proxy(_) | Failure::Tls(_))),
            "{scheme}: {stalled:?}"
        );
    }
    drop(listener);
}

#[tokio::test]
async fn a_proxy_is_walked_through_to_the_door() {
    let authority = Certificates::new("Public CA");
    let config = authority.server(&[HOST]);
    let emulator = Emulator::builder()
        .tls_config(config)
        .start()
        .await
        .unwrap();
    let resource = endpoint(&format!("https://{HOST}"));
    for (builder, scheme) in [
        (EmulatedProxy::http(), ProxyScheme::Http),
        (EmulatedProxy::socks5(), ProxyScheme::Socks5h),
    ] {
        let builder = builder.password("me", "canary-password");
        let proxy = builder.resolving(HOST, emulator.address()).start().await;
        let proxy = proxy.unwrap();
        let client = |login: &str| {
            let url = proxy.url().replacen("://", &format!("://{login}"), 1);
            on(Network {
                proxy: through(&url),
                ..trusting(&[&authority])
            })
        };
        let right = client("me:canary-password@");
        let facts = path::proxy(&right, &resource).await.unwrap().unwrap();
        assert_eq!((facts.scheme, facts.login), (scheme, true));
        assert_eq!(
            (facts.peer, facts.proxy.clone()),
            (proxy.address(), proxy.url())
        );
        let secured = path::secure(&right, &resource).await.unwrap().unwrap();
        assert_eq!(secured.proxy, Some(proxy.url()));
        assert!(!format!("{facts:?} {secured:?}").contains("canary"));

        let stranger = path::proxy(&client(""), &resource).await;
        let Err(Failure::Proxy(problem)) = stranger else {
            panic!("{stranger:?}");
        };
        assert_eq!(problem.kind, ProxyKind::Credentials);
    }
    let direct = path::proxy(&on(trusting(&[])), &resource).await;
    assert_eq!(direct, Ok(None));
}
