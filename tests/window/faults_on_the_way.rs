//! What goes wrong on the way to a resource: names, addresses, proxies, certificates. Each
//! with its card, and the ways out that a company's network takes.

use hearth_emulator::{Builder, Certificates, Emulator, Interceptor, Proxy, Upstream};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::faults::{QUESTION, fault, impatient};
use crate::harness::{Hearth, Home, Theme, free_port, in_both_themes};
use crate::resource::{DEPLOYMENT, KEY, MODEL, draft, resource, with_secret};
use crate::screen;

/// A resource's name that only the proxies of these tests know.
pub(crate) const NAME: &str = "hearth-window.services.ai.azure.com";
const AGAIN: &str = "Try again";
const DOCTOR: &str = "Run the Doctor";

fn to(endpoint: &str) -> Value {
    let key = with_secret(json!({ "kind": "key" }), KEY);
    impatient(draft(endpoint, key, &[(DEPLOYMENT, MODEL)]))
}

fn over_tls(emulator: &Emulator) -> Value {
    to(&format!("https://127.0.0.1:{}", emulator.address().port()))
}

fn through(proxy: &str) -> Value {
    let mut draft = to(&format!("https://{NAME}"));
    draft["proxy"] = manual(proxy, None);
    draft
}

pub(crate) fn manual(url: &str, user: Option<&str>) -> Value {
    json!({ "kind": "manual", "url": url, "user": user, "noProxy": [] })
}

/// A resource that takes [`KEY`] and has [`DEPLOYMENT`], built on this.
async fn resource_on(builder: Builder) -> Emulator {
    let builder = builder.key(KEY).deployment(DEPLOYMENT, MODEL);
    let builder = builder.expect("the base model is known");
    builder.start().await.expect("a port on loopback")
}

#[tokio::test]
async fn each_fault_of_the_way_has_its_card() {
    in_both_themes(faults).await;
}

async fn faults(theme: Theme) {
    let ours = Certificates::new("Contoso Root");
    let theirs = Certificates::new("Somebody Else");
    let untrusted =
        resource_on(Emulator::builder().tls_config(theirs.server(&["127.0.0.1"]))).await;
    let expired =
        resource_on(Emulator::builder().tls_config(ours.expired_server(&["127.0.0.1"]))).await;
    let other =
        resource_on(Emulator::builder().tls_config(ours.server(&["other.example.com"]))).await;
    let wants = resource_on(
        Emulator::builder()
            .tls_config(ours.server_for_clients(&["127.0.0.1"], &Certificates::new("Clients"))),
    )
    .await;
    let plain = resource().await;
    let locked = Proxy::http()
        .password("ada", "open")
        .start()
        .await
        .expect("a proxy");
    let refusing = Proxy::http().refusing(403).start().await.expect("a proxy");
    let nobody = free_port();
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    let trusted = hearth
        .invoke("trust_certificate", json!({ "pem": ours.ca_pem() }))
        .await;
    trusted.expect("the company's authority is trusted");
    let address: &[&str] = &[AGAIN, "Fix address", DOCTOR];
    let network: &[&str] = &["Network settings", AGAIN, DOCTOR];
    let certificate: &[&str] = &[AGAIN, "Show certificates", DOCTOR];
    #[rustfmt::skip]
    let faults = [
        fault("no-such-host", to("https://hearth-window.invalid"), "No host named hearth-window.invalid",
            &["Fix address", AGAIN, DOCTOR]),
        fault("refused", to(&format!("http://127.0.0.1:{nobody}")), "Nobody answers at …", address),
        fault("untrusted", over_tls(&untrusted), "Certificate signed by “Somebody Else”, which this machine does not trust",
            &["Show certificates", "Network settings", AGAIN, DOCTOR]),
        fault("expired", over_tls(&expired), "The certificate is valid from …", certificate),
        fault("other-name", over_tls(&other), "The certificate is for “…", certificate),
        fault("client-certificate", over_tls(&wants), "This machine’s certificate is wanted",
            &["Choose certificate", AGAIN, DOCTOR]),
        fault("no-tls", over_tls(&plain), "No secure connection", &[AGAIN, DOCTOR]),
        fault("proxy-407", through(&locked.url()), "The proxy …", &["Enter proxy password", AGAIN, DOCTOR]).saying("407"),
        fault("proxy-refuses", through(&refusing.url()), "The proxy refused", network),
        fault("proxy-gone", through(&format!("http://127.0.0.1:{nobody}")), "The proxy …", network)
            .saying("does not answer"),
    ];
    let complaints = hearth.complaints(&faults, theme).await;
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    hearth.close().await;
}

/// Sets the way out for every connection, as the network settings do.
pub(crate) async fn proxied_by(hearth: &Hearth<'_>, proxy: &str, user: Option<&str>) {
    let settings = json!({
        "proxy": manual(proxy, user),
        "certificates": [],
        "clientCertificate": null,
    });
    let draft = json!({ "settings": settings, "proxyPassword": null, "thisRunOnly": false });
    let saved = hearth
        .invoke("save_network", json!({ "draft": draft }))
        .await;
    saved.expect("the way out is saved");
}

#[tokio::test]
async fn a_company_that_reads_along_is_named_shown_and_trusted() {
    let company = Certificates::new("Zscaler Root CA");
    let foundry = resource().await;
    let upstream = Upstream::plain(foundry.address());
    let interceptor = Interceptor::start(&company, upstream);
    let interceptor = interceptor.await.expect("an interceptor");
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    proxied_by(&hearth, &interceptor.url(), None).await;
    hearth.save(to(&format!("https://{NAME}"))).await;
    hearth.ask(QUESTION).await;
    hearth
        .card("Certificate signed by “Zscaler Root CA”, which this machine does not trust")
        .await;
    assert_eq!(foundry.log().len(), 0, "nothing was told to a stranger");
    hearth.click(Role::Button, "Show certificates").await;
    hearth.last_says("SHA-256").await;
    hearth.picture("fault-intercepted", home.theme()).await;
    // It shows nobody who signed: its certificate has to be asked for, and added.
    hearth.last_says("No authority is among them").await;
    let pem = home.documents().join("zscaler.pem");
    std::fs::write(&pem, company.ca_pem()).expect("a file can be written");
    hearth.click(Role::Button, "Network settings").await;
    hearth.click(Role::Button, "Add PEM file").await;
    let dialog = "Choose a PEM file with certificates";
    screen::type_into_dialog(dialog, &pem.display().to_string()).await;
    hearth.says("Not saved yet.").await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.answer().await;
    let received = &foundry.log()[0].received;
    assert_eq!(received.header("x-api-key"), Some(KEY));

    // It is kept, and shown among the trusted ones.
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Network").await;
    hearth.says("Zscaler Root CA").await;
    hearth.picture("network-trusted", home.theme()).await;
    hearth.close().await;
    let hearth = Hearth::open(&home).await;
    hearth.ask("Still trusted?").await;
    hearth.is_answered("Still trusted?").await;
    hearth.close().await;
}

#[tokio::test]
async fn a_company_that_shows_its_authority_is_trusted_from_the_card() {
    in_both_themes(trusted_from_the_card).await;
}

async fn trusted_from_the_card(theme: Theme) {
    let company = Certificates::new("Zscaler Root CA").sending_authority();
    let foundry = resource().await;
    let upstream = Upstream::plain(foundry.address());
    let interceptor = Interceptor::start(&company, upstream).await;
    let interceptor = interceptor.expect("an interceptor");
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    proxied_by(&hearth, &interceptor.url(), None).await;
    hearth.save(to(&format!("https://{NAME}"))).await;
    hearth.ask(QUESTION).await;
    hearth.card("Certificate signed by “Zscaler Root CA”").await;
    hearth.click(Role::Button, "Show certificates").await;
    hearth
        .last_says("accepts every certificate that this authority signs")
        .await;
    hearth.the(Role::Button, "Trust “Zscaler Root CA”").await;
    hearth.picture("fault-authority-shown", theme).await;
    assert_eq!(foundry.log().len(), 0, "nothing was told to a stranger");

    // One press trusts it, and asks again.
    hearth.click(Role::Button, "Trust “Zscaler Root CA”").await;
    hearth.noticed("“Zscaler Root CA” is trusted").await;
    hearth.is_answered(QUESTION).await;
    hearth.picture("fault-authority-trusted", theme).await;
    let received = &foundry.log()[0].received;
    assert_eq!(received.header("x-api-key"), Some(KEY));
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Network").await;
    hearth.says("Zscaler Root CA").await;
    hearth.close().await;
    let hearth = Hearth::open(&home).await;
    hearth.ask("Still trusted?").await;
    hearth.is_answered("Still trusted?").await;
    hearth.close().await;
}

#[tokio::test]
async fn a_proxy_s_password_is_asked_for_typed_and_kept_in_the_keyring() {
    const PASSWORD: &str = "proxy-password-6e02d9";
    let ours = Certificates::new("Contoso Root");
    let foundry = resource_on(Emulator::builder().tls_config(ours.server(&[NAME]))).await;
    let proxy = Proxy::http()
        .password("ada", PASSWORD)
        .resolving(NAME, foundry.address());
    let proxy = proxy.start().await.expect("a proxy");
    let home = Home::new(Theme::Light).with("HEARTH_LOG", "debug");
    let hearth = Hearth::open(&home).await;
    proxied_by(&hearth, &proxy.url(), Some("ada")).await;
    let pem = json!({ "pem": ours.ca_pem() });
    let trusted = hearth.invoke("trust_certificate", pem).await;
    trusted.expect("the company's authority is trusted");
    let draft = to(&format!("https://{NAME}"));
    hearth.save(draft).await;
    hearth.reload().await;
    hearth.ask(QUESTION).await;
    hearth.card("The proxy").await;
    hearth.click(Role::Button, "Enter proxy password").await;
    hearth.fill(Role::Textbox, "Password", PASSWORD).await;
    hearth.picture("network-proxy", home.theme()).await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    crate::credentials::is_nowhere_in_clear(&home, PASSWORD);
    crate::credentials::is_not_in_the_page(&hearth, PASSWORD).await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.answer().await;
    assert!(proxy.log().iter().any(|one| one.reached));
    crate::credentials::is_nowhere_in_clear(&home, PASSWORD);
    hearth.close().await;
    assert!(!home.log().contains(PASSWORD));

    // Tomorrow it comes from the keyring.
    let hearth = Hearth::open(&home).await;
    hearth.ask("And tomorrow?").await;
    hearth.is_answered("And tomorrow?").await;
    hearth.close().await;
}

#[tokio::test]
async fn this_machine_s_own_certificate_is_chosen_in_the_dialog() {
    let ours = Certificates::new("Contoso Root");
    let clients = Certificates::new("Contoso Machines");
    let wants = resource_on(
        Emulator::builder().tls_config(ours.server_for_clients(&["127.0.0.1"], &clients)),
    )
    .await;
    let home = Home::new(Theme::Light);
    let pem = home.documents().join("machine.pem");
    std::fs::write(&pem, clients.client_pem("laptop-7")).expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    let trusted = hearth
        .invoke("trust_certificate", json!({ "pem": ours.ca_pem() }))
        .await;
    trusted.expect("the company's authority is trusted");
    hearth.save(over_tls(&wants)).await;
    hearth.reload().await;
    hearth.ask(QUESTION).await;
    hearth.card("This machine’s certificate is wanted").await;
    hearth.click(Role::Button, "Choose certificate").await;
    hearth.click(Role::Button, "Choose PEM file").await;
    let dialog = "Choose a PEM file with this machine’s certificate and key";
    screen::type_into_dialog(dialog, &pem.display().to_string()).await;
    hearth.says("laptop-7").await;
    hearth
        .picture("network-client-certificate", home.theme())
        .await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, AGAIN).await;
    hearth.is_answered(QUESTION).await;
    hearth.close().await;
}
