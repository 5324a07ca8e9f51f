//! Faults of the way to the resource: names, proxies, addresses, certificates.

use hearth_emulator::{Certificates, Emulator, Interceptor, Proxy, Upstream};
use hearth_engine::api::{
    ConnectionDraft, CredentialChoice, ErrorCode, Fix, ProxySettings, RungId, RungState,
};
use tokio::net::TcpListener;

use crate::desk::*;

/// A resource's name that only the proxies of these tests know.
const RESOURCE: &str = "hearth-doctor.services.ai.azure.com";

fn trust(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::TrustCertificate)
}

fn network(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::OpenNetwork)
}

fn edit(fix: Option<&Fix>) -> bool {
    fix == Some(&Fix::EditConnection)
}

fn over_tls(emulator: &Emulator) -> ConnectionDraft {
    let mut draft = with_key(emulator);
    draft.endpoint = format!("https://127.0.0.1:{}", emulator.address().port());
    draft
}

fn through(proxy: &str, user: Option<&str>, key: &str) -> ConnectionDraft {
    let mut draft = connection(
        &format!("https://{RESOURCE}"),
        secret(CredentialChoice::Key, Some(key)),
    );
    draft.proxy = Some(ProxySettings::Manual {
        url: proxy.to_owned(),
        user: user.map(str::to_owned),
        no_proxy: Vec::new(),
    });
    draft
}

/// A port on which nobody listens.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_addresses() {
    let desk = Desk::new().await;
    let key = || secret(CredentialChoice::Key, Some("k-0123456789"));

    // Names that end so never resolve (RFC 6761, 6.4).
    desk.save(connection("https://hearth-doctor.invalid", key()))
        .await;
    let row = fault("unknown name", RungId::Dns, ErrorCode::HostUnknown, edit);
    desk.has(None, &row).await;

    let refused = format!("https://127.0.0.1:{}", closed_port().await);
    desk.save(connection(&refused, key())).await;
    let row = fault("refused", RungId::Tcp, ErrorCode::Unreachable, no_fix);
    desk.has(None, &row).await;

    // Somebody takes the connection, and never says a word.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let held = tokio::spawn(async move {
        let mut all = Vec::new();
        loop {
            all.push(silent.accept().await.unwrap());
        }
    });
    desk.save(connection(&format!("https://127.0.0.1:{port}"), key()))
        .await;
    let row = fault("stalled", RungId::Tls, ErrorCode::TlsFailed, no_fix);
    let report = desk.walk(None).await;
    assert_eq!(found(&report, &row).code, row.code, "{report:#?}");
    held.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates() {
    let ours = Certificates::new("Hearth Test Root");
    let desk = Desk::trusting(&[&ours]).await;
    let tls = |code, fix| fault("", RungId::Tls, code, fix);

    let good = Emulator::builder().tls(&ours).start().await.unwrap();
    desk.save(over_tls(&good)).await;
    let report = desk.walk(None).await;
    let secure = rung(&report, RungId::Tls);
    assert_eq!(secure.state, RungState::Passed, "{report:#?}");
    assert_eq!(fact(secure, "issuer"), "Hearth Test Root");
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);

    let theirs = Certificates::new("Somebody Else");
    let untrusted = Emulator::builder().tls(&theirs).start().await.unwrap();
    desk.save(over_tls(&untrusted)).await;
    let row = tls(ErrorCode::CertificateUntrusted, trust);
    desk.has(None, &row).await;
    let report = desk.walk(None).await;
    let chain = &found(&report, &row).chain;
    assert!(!chain.is_empty() && chain[0].pem.starts_with("-----BEGIN CERTIFICATE-----"));
    assert!(chain.last().unwrap().issuer.contains("Somebody Else"));

    let old = ours.expired_server(&["127.0.0.1"]);
    let expired = Emulator::builder().tls_config(old).start().await.unwrap();
    desk.save(over_tls(&expired)).await;
    desk.has(None, &tls(ErrorCode::CertificateExpired, no_fix))
        .await;

    let other = ours.server(&["other.example.com"]);
    let elsewhere = Emulator::builder().tls_config(other).start().await.unwrap();
    desk.save(over_tls(&elsewhere)).await;
    desk.has(None, &tls(ErrorCode::CertificateOtherName, no_fix))
        .await;

    let clients = Certificates::new("Clients");
    let wants = Emulator::builder()
        .tls(&ours)
        .client_certificates(&clients)
        .start()
        .await
        .unwrap();
    desk.save(over_tls(&wants)).await;
    let choose = |fix: Option<&Fix>| fix == Some(&Fix::ChooseClientCertificate);
    desk.has(None, &tls(ErrorCode::ClientCertificateNeeded, choose))
        .await;

    // TLS where none is spoken.
    let plain = Emulator::builder().start().await.unwrap();
    desk.save(over_tls(&plain)).await;
    desk.has(None, &tls(ErrorCode::TlsFailed, no_fix)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies() {
    let ours = Certificates::new("Hearth Test Root");
    let desk = Desk::trusting(&[&ours]).await;
    let named = ours.server(&[RESOURCE]);
    let resource = Emulator::builder().tls_config(named).start().await.unwrap();
    let key = resource.key();
    let at = |code, fix| fault("", RungId::Proxy, code, fix);
    let password = |fix: Option<&Fix>| fix == Some(&Fix::ProxyPassword);

    let open = Proxy::http().resolving(RESOURCE, resource.address());
    let open = open.start().await.unwrap();
    desk.save(through(&open.url(), None, key)).await;
    let report = desk.walk(None).await;
    assert_eq!(rung(&report, RungId::Proxy).state, RungState::Passed);
    assert_eq!(rung(&report, RungId::Dns).state, RungState::Skipped);
    assert_eq!(fact(rung(&report, RungId::Dns), "why"), "through-proxy");
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);

    let locked = Proxy::http()
        .password("ada", "proxy-password-1")
        .resolving(RESOURCE, resource.address());
    let locked = locked.start().await.unwrap();
    desk.save(through(&locked.url(), None, key)).await;
    desk.has(None, &at(ErrorCode::ProxyCredentials, password))
        .await;
    let mut wrong = through(&locked.url(), Some("ada"), key);
    wrong.proxy_password = Some("proxy-password-2".to_owned());
    desk.save(wrong).await;
    desk.has(None, &at(ErrorCode::ProxyCredentials, password))
        .await;

    let socks = Proxy::socks5()
        .password("ada", "proxy-password-1")
        .resolving(RESOURCE, resource.address());
    let socks = socks.start().await.unwrap();
    desk.save(through(&socks.url(), None, key)).await;
    desk.has(None, &at(ErrorCode::ProxyCredentials, password))
        .await;

    let refusing = Proxy::http().refusing(403).start().await.unwrap();
    desk.save(through(&refusing.url(), None, key)).await;
    desk.has(None, &at(ErrorCode::ProxyFailed, network)).await;

    let nobody = format!("http://127.0.0.1:{}", closed_port().await);
    desk.save(through(&nobody, None, key)).await;
    desk.has(None, &at(ErrorCode::ProxyUnreachable, network))
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_company_that_reads_along() {
    let ours = Certificates::new("Hearth Test Root");
    let company = Certificates::new("Zscaler Root CA");
    let resource = Emulator::builder().start().await.unwrap();
    let upstream = Upstream::plain(resource.address());
    let interceptor = Interceptor::start(&company, upstream).await.unwrap();

    let desk = Desk::trusting(&[&ours]).await;
    desk.save(through(&interceptor.url(), None, resource.key()))
        .await;
    let row = fault(
        "intercepted",
        RungId::Tls,
        ErrorCode::CertificateUntrusted,
        trust,
    );
    desk.has(None, &row).await;
    let report = desk.walk(None).await;
    let words = hearth_engine::Words::english();
    let said = words.explain(found(&report, &row));
    assert!(
        said.starts_with("Certificate signed by “Zscaler Root CA”"),
        "{said}"
    );

    // Where the company's authority is trusted, all is well.
    let desk = Desk::trusting(&[&company]).await;
    desk.save(through(&interceptor.url(), None, resource.key()))
        .await;
    let report = desk.walk(None).await;
    assert_eq!(rung(&report, RungId::Tls).state, RungState::Passed);
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_fails_only_warns_where_chat_works() {
    let ours = Certificates::new("Hearth Test Root");
    let resource = Emulator::builder().tls(&ours).start().await.unwrap();
    let front = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = front.local_addr().unwrap().port();
    let behind = resource.address();
    let forwarding = tokio::spawn(async move {
        // The first two are those of the lower rungs: one connects, one wants TLS.
        for _ in 0..2 {
            drop(front.accept().await.unwrap());
        }
        loop {
            let (mut outside, _) = front.accept().await.unwrap();
            tokio::spawn(async move {
                let mut inside = tokio::net::TcpStream::connect(behind).await.unwrap();
                // Either side may hang up.
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    let desk = Desk::trusting(&[&ours]).await;
    let key = secret(CredentialChoice::Key, Some(resource.key()));
    desk.save(connection(&format!("https://127.0.0.1:{port}"), key))
        .await;
    let report = desk.walk(None).await;
    let tls = rung(&report, RungId::Tls);
    assert_eq!(tls.state, RungState::Warned, "{report:#?}");
    assert!(tls.problem.is_some());
    assert_eq!(rung(&report, RungId::Deployment).state, RungState::Passed);
    assert_eq!(report.verdict, hearth_engine::api::Verdict::Partly);
    forwarding.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_below_is_tried_once_only() {
    let proxy = Proxy::http().resolving(RESOURCE, ([127, 0, 0, 1], closed_port().await).into());
    let proxy = proxy.start().await.unwrap();
    let desk = Desk::new().await;
    let mut draft = through(&proxy.url(), None, "k-0123456789");
    draft.limits.attempts = Some(3);
    draft.limits.wait_seconds = Some(30);
    desk.save(draft).await;
    let row = fault("", RungId::Proxy, ErrorCode::ProxyFailed, network);
    let report = desk.walk(None).await;
    assert_eq!(found(&report, &row).code, row.code, "{report:#?}");
    let deployment = rung(&report, RungId::Deployment);
    assert_eq!(fact(deployment, "why"), "failed-before");
    // Once by the rung itself, and once as chat asks, which then looks why that failed.
    let tries = proxy.log().len();
    assert_eq!(tries, 3);
    // Chat itself does not give up so soon.
    assert_eq!(desk.card(None).await.code, ErrorCode::ProxyFailed);
    assert_eq!(proxy.log().len() - tries, 6);
}
