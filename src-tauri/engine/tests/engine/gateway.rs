//! What is chosen of the gateway: kept, told to the program that serves, and what it then lends.

use std::path::Path;
use std::sync::{Arc, Mutex};

use hearth_emulator::Entra;
use hearth_engine::api::{
    ConnectionId, ErrorCode, GatewayKeyDraft, GatewayKeyId, GatewaySettings, GatewayState, Hosting,
    SignInMethod, SignInRequest, SignInState, SnippetKind,
};
use hearth_engine::{DemoAddress, Engine};
use serde_json::{Value, json};

use crate::credentials::{company, sign_in_choice, signed_in, visit, waiting};
use crate::gateway_keys::draft;
use crate::support::*;

pub(crate) fn on() -> GatewaySettings {
    GatewaySettings {
        on: true,
        ..GatewaySettings::default()
    }
}

pub(crate) fn settings_of(folder: &Path) -> Value {
    let text = std::fs::read_to_string(folder.join("settings.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn what_is_chosen_is_kept_with_what_nobody_here_knows() {
    let house = House::new().await;
    let chosen = GatewaySettings {
        on: false,
        port: 4711,
        connection: Some(house.saved.clone()),
        origins: vec![" https://Tool.example.com/ ".to_owned()],
        drop_params: true,
        model_limit: true,
    };
    house.engine.save_gateway(chosen.clone()).await.unwrap();
    house
        .engine
        .save_gateway_key(draft("Editor"))
        .await
        .unwrap();
    let path = house.folder.path().join("settings.json");
    let mut written = settings_of(house.folder.path());
    assert_eq!(written["gateway"]["port"], 4711);
    written["gateway"]["color"] = json!("red");
    written["gateway"]["keys"][0]["purpose"] = json!("tests");
    std::fs::write(&path, written.to_string()).unwrap();

    let engine = Engine::open(profile(house.folder.path()), no_environment());
    let engine = engine.await.unwrap();
    let view = engine.gateway().await;
    let expected = GatewaySettings {
        origins: vec!["https://tool.example.com".to_owned()],
        ..chosen
    };
    assert_eq!(view.settings, expected);
    assert_eq!(view.state, GatewayState::Off);
    let id = view.keys[0].id.clone();
    let renamed = GatewayKeyDraft {
        id: Some(id),
        ..draft("Build server")
    };
    engine.save_gateway_key(renamed).await.unwrap();
    let off = GatewaySettings {
        port: 4712,
        ..expected
    };
    engine.save_gateway(off).await.unwrap();
    let written = settings_of(house.folder.path());
    assert_eq!(written["gateway"]["port"], 4712);
    assert_eq!(written["gateway"]["color"], "red");
    assert_eq!(written["gateway"]["keys"][0]["purpose"], "tests");
    assert_eq!(written["gateway"]["keys"][0]["name"], "Build server");
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_changes_nothing() {
    let house = House::new().await;
    house
        .engine
        .save_gateway_key(draft("Editor"))
        .await
        .unwrap();
    let before = settings_of(house.folder.path());
    let page = GatewaySettings {
        origins: vec!["tool.example.com".to_owned()],
        ..on()
    };
    let nowhere = GatewaySettings {
        connection: Some(ConnectionId("gone".to_owned())),
        ..on()
    };
    for (settings, code) in [
        (page, ErrorCode::GatewayOriginInvalid),
        (nowhere, ErrorCode::ConnectionNotFound),
    ] {
        let error = house.engine.save_gateway(settings).await.unwrap_err();
        assert_eq!(error.code, code);
    }
    let unknown = GatewayKeyDraft {
        id: Some(GatewayKeyId("gone".to_owned())),
        ..draft("Other")
    };
    let endless = GatewayKeyDraft {
        expires: Some("whenever".to_owned()),
        ..draft("Other")
    };
    let over = GatewayKeyDraft {
        expires: Some("2020-12-31".to_owned()),
        ..draft("Other")
    };
    for (draft, code) in [
        (over, ErrorCode::GatewayKeyInvalid),
        (draft("EDITOR"), ErrorCode::GatewayKeyInvalid),
        (endless, ErrorCode::GatewayKeyInvalid),
        (unknown, ErrorCode::GatewayKeyGone),
    ] {
        let error = house.engine.save_gateway_key(draft).await.unwrap_err();
        assert_eq!(error.code, code);
    }
    assert_eq!(settings_of(house.folder.path()), before);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_nobody_from_switching_it_off() {
    let house = House::new().await;
    let engine = &house.engine;
    engine.save_gateway_key(draft("Editor")).await.unwrap();
    engine.save_gateway(on()).await.unwrap();
    let database = rusqlite::Connection::open(house.folder.path().join("hearth.db")).unwrap();
    let tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '%request%'";
    let names: Vec<String> = {
        let mut found = database.prepare(tables).unwrap();
        let names = found.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    };
    assert!(!names.is_empty());
    for name in names {
        database
            .execute_batch(&format!("DROP TABLE {name}"))
            .unwrap();
    }
    assert!(engine.gateway_recent().await.is_err());
    let view = engine
        .save_gateway(GatewaySettings::default())
        .await
        .unwrap();
    assert!(!view.settings.on);
    assert_eq!(view.keys.len(), 1);
}

#[tokio::test]
async fn a_change_waits_until_the_program_that_serves_has_made_it() {
    let house = House::new().await;
    let engine = house.engine.clone();
    let served = Arc::new(Mutex::new(Vec::new()));
    let serves = served.clone();
    let mut changes = engine.gateway_changes();
    let host = tokio::spawn(async move {
        while changes.changed().await.is_ok() {
            let asked = *changes.borrow_and_update();
            let keys = engine.gateway_keys().await.keys;
            let over = keys.is_empty();
            *serves.lock().unwrap() = keys.into_iter().map(|key| key.name).collect();
            engine.gateway_is(GatewayState::Running {
                url: "http://127.0.0.1:4711".to_owned(),
                connection: "Emulator".to_owned(),
                since: 0,
            });
            engine.gateway_settled(asked);
            if over {
                return;
            }
        }
    });
    let view = house
        .engine
        .save_gateway_key(draft("Editor"))
        .await
        .unwrap();
    assert_eq!(*served.lock().unwrap(), ["Editor"]);
    assert!(
        matches!(view.state, GatewayState::Running { .. }),
        "{:?}",
        view.state
    );
    assert_eq!(view.models, [SONNET, OPUS, HAIKU]);
    let curl = view
        .snippets
        .iter()
        .find(|it| it.kind == SnippetKind::Curl)
        .unwrap();
    assert!(
        curl.text.contains("http://127.0.0.1:4711/v1/messages"),
        "{}",
        curl.text
    );
    house
        .engine
        .remove_gateway_key(&view.keys[0].id)
        .await
        .unwrap();
    assert!(served.lock().unwrap().is_empty());
    within(host).await.unwrap();
    // Nobody serves any more, so nobody is waited for.
    within(house.engine.save_gateway_key(draft("Other")))
        .await
        .unwrap();
}

#[tokio::test]
async fn what_questions_go_to_is_lent_and_never_the_demo() {
    let house = House::new().await;
    let engine = &house.engine;
    let mut draft = house.draft();
    draft.id = Some(house.saved.clone());
    draft.deployments[0].hosting = Some(Hosting::Azure);
    engine.save_connection(draft).await.unwrap();
    let plan = engine.gateway_plan(None);
    let lent = engine.lend_saved(None).await.unwrap();
    assert_eq!(lent.name, "Emulator");
    assert_eq!(lent.deployments[0].name, SONNET);
    assert!(lent.deployments[0].hosting.is_some());
    assert_eq!(lent.deployments[1].hosting, None);
    let demo = DemoAddress {
        url: "http://127.0.0.1:9".to_owned(),
        key: "demo".to_owned(),
    };
    engine.start_demo(demo).await.unwrap();
    for lent in [engine.lend(None).await, engine.lend_saved(None).await] {
        assert_eq!(lent.unwrap().name, "Emulator");
    }
    assert!(plan == engine.gateway_plan(None));
    engine.remove_connection(house.saved.clone()).await.unwrap();
    assert!(plan != engine.gateway_plan(None));
    for lent in [engine.lend(None).await, engine.lend_saved(None).await] {
        let error = lent.map(|_| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::NoConnection);
    }
}

#[tokio::test]
async fn who_lends_looks_again_when_somebody_signed_in_anew() {
    let company = company().await;
    let engine = &company.house.engine;
    company.save(without_secret(sign_in_choice(&company))).await;
    let mut window = engine.subscribe();
    let mut changes = engine.gateway_changes();
    let request = SignInRequest {
        method: SignInMethod::Browser,
        entra: company.entra(Entra::PUBLIC_CLIENT),
        connection: Some(company.house.saved.clone()),
    };
    let view = engine.start_sign_in(request).await.unwrap();
    changes.mark_unchanged();
    visit(&company.entra.sign_in(&waiting(&view).0).unwrap()).await;
    let state = signed_in(&mut window, &view.id).await;
    assert!(matches!(state, SignInState::Done { .. }), "{state:?}");
    assert!(changes.has_changed().unwrap());
}
