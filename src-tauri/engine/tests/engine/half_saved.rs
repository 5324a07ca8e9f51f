//! What fails in the middle of being saved leaves everything as it was, and no secret where it
//! does not belong.

use std::path::Path;

use hearth_emulator::{Emulator, Entra, Proxy};
use hearth_engine::api::{
    ConnectionDraft, CredentialChoice, CredentialDraft, CredentialState, EntraSettings, ErrorCode,
    HeaderDraft, SignInMethod, SignInRequest, SignInState,
};

use crate::credentials::{company, sign_in_choice, signed_in, visit, waiting};
use crate::networks::{NAME, far, manual, network};
use crate::support::*;

/// Does something while the settings cannot be saved.
async fn while_unwritable<T>(folder: &Path, act: impl Future<Output = T>) -> T {
    let path = folder.join("settings.json");
    let text = std::fs::read(&path).unwrap();
    std::fs::write(&path, "{ nonsense").unwrap();
    let done = act.await;
    std::fs::write(&path, text).unwrap();
    done
}

#[tokio::test]
async fn a_save_that_fails_leaves_every_secret_where_it_was() {
    let house = House::new().await;
    let other = Emulator::builder()
        .key("another-key")
        .start()
        .await
        .unwrap();
    let header = |value: Option<&str>| HeaderDraft {
        name: "X-Gateway-Key".into(),
        value: value.map(str::to_owned),
        secret: true,
    };
    let draft = ConnectionDraft {
        id: Some(house.saved.clone()),
        headers: vec![header(Some("gateway-secret-77"))],
        ..house.draft()
    };
    house.engine.save_connection(draft.clone()).await.unwrap();
    let moved = ConnectionDraft {
        endpoint: other.url(),
        credential: with_key("another-key"),
        headers: vec![header(Some("gateway-secret-88"))],
        ..draft.clone()
    };
    let saved = while_unwritable(
        house.folder.path(),
        house.engine.save_connection(moved.clone()),
    )
    .await;
    assert_eq!(saved.unwrap_err().code, ErrorCode::SettingsUnreadable);
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    let log = house.emulator.log();
    let sent = |name: &str| log.last().unwrap().received.header(name);
    assert_eq!(sent("x-api-key"), Some(house.emulator.key()));
    assert_eq!(sent("x-gateway-key"), Some("gateway-secret-77"));
    assert_eq!(other.log(), []);

    // What was typed goes where it belongs once it is saved.
    house.engine.save_connection(moved).await.unwrap();
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    let log = other.log();
    assert_eq!(
        log[0].received.header("x-gateway-key"),
        Some("gateway-secret-88")
    );
}

#[tokio::test]
async fn a_key_for_this_run_that_was_not_saved_replaces_none() {
    let house = House::new().await;
    let other = ConnectionDraft {
        id: Some(house.saved.clone()),
        credential: with_key("the-key-of-another"),
        ..house.draft()
    };
    let saved = house.engine.save_connection(other.clone());
    let error = while_unwritable(house.folder.path(), saved)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsUnreadable);
    house.ask(None, "Hello").await;
    house.engine.save_connection(other).await.unwrap();
    house.ask(None, "Hello").await;
    let log = house.emulator.log();
    let sent: Vec<_> = log
        .iter()
        .map(|it| it.received.header("x-api-key"))
        .collect();
    assert_eq!(
        sent,
        [Some(house.emulator.key()), Some("the-key-of-another")]
    );
}

#[tokio::test]
async fn a_removal_that_fails_leaves_the_connection_with_its_key() {
    let house = House::new().await;
    let removed = house.engine.remove_connection(house.saved.clone());
    let error = while_unwritable(house.folder.path(), removed)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsUnreadable);
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    house
        .engine
        .remove_connection(house.saved.clone())
        .await
        .unwrap();
    assert!(house.engine.state().await.connections.is_empty());
}

#[tokio::test]
async fn a_password_that_was_not_saved_with_its_proxy_is_not_sent_to_the_one_before() {
    let far = far().await;
    let proxy = Proxy::http()
        .password("ada", "canary-proxy-4711")
        .resolving(NAME, far.emulator.address())
        .start()
        .await
        .unwrap();
    let root = far.root();
    let first = network(
        manual(&proxy.url(), Some("ada")),
        Some("canary-proxy-4711"),
        &[&root],
    );
    far.engine.save_network(first).await.unwrap();
    assert_eq!(far.ask().await, Ok(()));
    for password in [Some("canary-proxy-other"), None] {
        let other = manual("http://other.example:3128", Some("ada"));
        let saved = far.engine.save_network(network(other, password, &[&root]));
        let error = while_unwritable(far.folder.path(), saved)
            .await
            .unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsUnreadable);
        assert_eq!(far.ask().await, Ok(()), "{password:?}");
    }
}

#[tokio::test]
async fn a_sign_in_outlives_a_save_that_failed() {
    let company = company().await;
    let engine = &company.house.engine;
    let mut window = engine.subscribe();
    let request = SignInRequest {
        method: SignInMethod::Browser,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection: None,
    };
    let view = engine.start_sign_in(request).await.unwrap();
    visit(&company.entra.sign_in(&waiting(&view).0).unwrap()).await;
    let state = signed_in(&mut window, &view.id).await;
    assert!(matches!(state, SignInState::Done { .. }), "{state:?}");
    let credential = CredentialDraft {
        sign_in: Some(view.id.clone()),
        ..without_secret(sign_in_choice(&company))
    };
    let folder = company.house.folder.path();
    let saved = engine.save_connection(company.draft(credential.clone()));
    let error = while_unwritable(folder, saved).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::SettingsUnreadable);
    let state = company.save(credential).await;
    assert!(
        matches!(state, CredentialState::SignedIn { .. }),
        "{state:?}"
    );
    assert_eq!(company.ask().await, Ok(()));
}

#[tokio::test]
async fn a_sign_in_that_began_elsewhere_is_not_kept_for_the_connection() {
    let company = company().await;
    let engine = &company.house.engine;
    let mut window = engine.subscribe();
    let saved = without_secret(sign_in_choice(&company));
    assert_eq!(company.save(saved).await, CredentialState::Missing);
    let request = SignInRequest {
        method: SignInMethod::Browser,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection: Some(company.house.saved.clone()),
    };
    let view = engine.start_sign_in(request).await.unwrap();
    // Meanwhile somebody gives the connection another authority, in another window.
    let azure_cli = CredentialChoice::AzureCli {
        entra: EntraSettings::default(),
    };
    company.save(without_secret(azure_cli)).await;
    let elsewhere = CredentialChoice::SignIn {
        entra: EntraSettings {
            authority: "https://login.evil.example".into(),
            ..company.entra(Entra::PUBLIC_CLIENT)
        },
    };
    let state = company.save(without_secret(elsewhere)).await;
    assert_eq!(state, CredentialState::Missing);
    visit(&company.entra.sign_in(&waiting(&view).0).unwrap()).await;
    let state = signed_in(&mut window, &view.id).await;
    let SignInState::Failed { error } = state else {
        panic!("{state:?}");
    };
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    let view = &engine.state().await.connections[0];
    assert_eq!(view.credential.state, CredentialState::Missing);
}
