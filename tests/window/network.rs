//! The network as companies have it, set in the settings: a proxy with a password, and the
//! company's authority from a file. And what is secret of a connection is nowhere in clear.

use hearth_emulator::{Certificates, Emulator, Proxy};
use serde_json::json;

use crate::accessible::Role;
use crate::credentials::{is_not_in_the_page, is_nowhere_in_clear, kept_secrets};
use crate::faults_on_the_way::NAME;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, KEY, MODEL, draft, with_secret};
use crate::screen;

const PASSWORD: &str = "socks-password-93d1c6";
const HEADER: &str = "gateway-ticket-55e07b41";

#[tokio::test]
async fn a_proxy_with_a_password_and_an_authority_from_a_file_lead_out() {
    let company = Certificates::new("Contoso Root");
    let foundry = Emulator::builder()
        .key(KEY)
        .deployment(DEPLOYMENT, MODEL)
        .expect("the base model is known")
        .tls_config(company.server(&[NAME]))
        .start()
        .await
        .expect("a port on loopback");
    let proxy = Proxy::socks5()
        .password("ada", PASSWORD)
        .resolving(NAME, foundry.address());
    let proxy = proxy.start().await.expect("a proxy");
    let home = Home::new(Theme::Light).with("HEARTH_LOG", "debug");
    let pem = home.documents().join("contoso root.pem");
    std::fs::write(&pem, company.ca_pem()).expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.click(Role::Button, "Network").await;
    hearth.click(Role::Radio, "This one").await;
    hearth
        .fill(Role::Textbox, "Proxy address", &proxy.url())
        .await;
    hearth.fill(Role::Textbox, "User", "ada").await;
    hearth.fill(Role::Textbox, "Password", PASSWORD).await;
    hearth.click(Role::Button, "Add PEM file").await;
    let dialog = "Choose a PEM file with certificates";
    screen::type_into_dialog(dialog, &pem.display().to_string()).await;
    hearth.says("Contoso Root").await;
    hearth.picture("network-filled", home.theme()).await;
    hearth.click(Role::Button, "Save").await;
    hearth
        .says("Saved. It counts from the next request on.")
        .await;
    hearth.picture("network-saved", home.theme()).await;

    let key = with_secret(json!({ "kind": "key" }), KEY);
    let mut draft = draft(&format!("https://{NAME}"), key, &[(DEPLOYMENT, MODEL)]);
    draft["headers"] = json!([
        { "name": "x-gateway-ticket", "value": HEADER, "secret": true },
        { "name": "x-team", "value": "writing", "secret": false },
    ]);
    hearth.save(draft).await;
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("Through all of that?").await;
    hearth.is_answered("Through all of that?").await;
    hearth.answer().await;
    let received = foundry.log().pop().expect("it arrived").received;
    assert_eq!(received.header("x-gateway-ticket"), Some(HEADER));
    assert_eq!(received.header("x-team"), Some("writing"));
    assert!(proxy.log().iter().any(|one| one.reached));

    let kept = kept_secrets();
    for secret in [PASSWORD, HEADER, KEY] {
        assert!(kept.iter().any(|one| one == secret), "it is in the keyring");
        is_nowhere_in_clear(&home, secret);
        is_not_in_the_page(&hearth, secret).await;
    }
    hearth.click(Role::Button, "Settings").await;
    hearth.the(Role::Textbox, "Endpoint").await;
    for secret in [PASSWORD, HEADER, KEY] {
        is_not_in_the_page(&hearth, secret).await;
    }
    hearth.close().await;

    let hearth = Hearth::open(&home).await;
    hearth.ask("And tomorrow?").await;
    hearth.is_answered("And tomorrow?").await;
    hearth.close().await;
    for secret in [PASSWORD, HEADER, KEY] {
        assert!(!home.log().contains(secret), "it is in the log");
    }
}
