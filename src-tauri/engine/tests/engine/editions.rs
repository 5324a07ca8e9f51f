//! Two forms of one connection: whoever saves last is told what somebody else saved meanwhile.

use hearth_engine::Engine;
use hearth_engine::api::{
    ConnectionDraft, ConnectionView, ErrorCode, HeaderDraft, HearthEvent, ProxySettings,
};

use crate::support::*;

/// A form as it was opened on what is saved, with nothing typed into it.
fn opened(house: &House, view: &ConnectionView) -> ConnectionDraft {
    ConnectionDraft {
        id: Some(view.id.clone()),
        opened_on: Some(view.edition.clone()),
        name: view.name.clone(),
        credential: without_secret(view.credential.choice.clone()),
        ..house.draft()
    }
}

async fn now(engine: &Engine) -> ConnectionView {
    engine.state().await.connections.remove(0)
}

fn named(name: &str, form: &ConnectionDraft) -> ConnectionDraft {
    ConnectionDraft {
        name: name.to_owned(),
        ..form.clone()
    }
}

/// The file of the settings, to see that nothing of a refused form is in it.
fn written(house: &House) -> String {
    std::fs::read_to_string(house.folder.path().join("settings.json")).unwrap()
}

#[tokio::test]
async fn the_later_save_of_two_forms_is_refused_until_the_person_decides() {
    let house = House::new().await;
    let engine = &house.engine;
    let form = opened(&house, &now(engine).await);
    let first = engine.save_connection(named("First", &form)).await.unwrap();
    let typed = ConnectionDraft {
        credential: with_key("typed-in-the-second"),
        ..named("Second", &form)
    };
    let before = written(&house);
    for _ in 0..2 {
        let error = engine.save_connection(typed.clone()).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::ConnectionChanged);
        assert_eq!(error.subject.as_deref(), Some("First"));
        assert_eq!(written(&house), before);
        assert_eq!(now(engine).await, first, "something of the form was taken");
    }
    // Whoever loads what is saved goes on from there.
    let loaded = opened(&house, &now(engine).await);
    let third = engine.save_connection(named("Third", &loaded)).await;
    assert_eq!(third.unwrap().name, "Third");
    // And whoever insists writes over it.
    let insisting = ConnectionDraft {
        opened_on: None,
        ..typed
    };
    let view = engine.save_connection(insisting).await.unwrap();
    assert_eq!(view.name, "Second");
    let key = engine.lend(None).await.unwrap().target.credential;
    assert!(
        matches!(key, hearth_foundry::Credential::Key(key) if key.expose() == "typed-in-the-second")
    );
}

#[tokio::test]
async fn a_secret_that_was_replaced_counts_though_nothing_of_it_is_shown() {
    let house = House::new().await;
    let engine = &house.engine;
    let with_secrets = ConnectionDraft {
        id: Some(house.saved.clone()),
        headers: vec![secret_header(Some("of-before-1234"))],
        proxy: Some(proxy()),
        proxy_password: Some("of-before-1234".to_owned()),
        ..house.draft()
    };
    let view = engine.save_connection(with_secrets).await.unwrap();
    let untouched = |view: &ConnectionView| ConnectionDraft {
        headers: vec![secret_header(None)],
        proxy: Some(proxy()),
        ..opened(&house, view)
    };
    // All end in the same four characters.
    let replacing: [fn(ConnectionDraft) -> ConnectionDraft; 3] = [
        |form| ConnectionDraft {
            credential: with_key("the-same-end-but-other"),
            ..form
        },
        |form| ConnectionDraft {
            headers: vec![secret_header(Some("of-now-1234"))],
            ..form
        },
        |form| ConnectionDraft {
            proxy_password: Some("of-now-1234".to_owned()),
            ..form
        },
    ];
    let mut last = view;
    for replace in replacing {
        let form = untouched(&last);
        last = engine.save_connection(replace(form.clone())).await.unwrap();
        let error = engine.save_connection(named("Late", &form)).await;
        assert_eq!(error.unwrap_err().code, ErrorCode::ConnectionChanged);
    }
    // Replaced in the place of the one before, the settings stay as they are.
    let form = untouched(&last);
    let again = ConnectionDraft {
        credential: with_key("the-same-end-and-again"),
        ..form.clone()
    };
    let before = written(&house);
    last = engine.save_connection(again).await.unwrap();
    assert_eq!(written(&house), before);
    let error = engine.save_connection(named("Late", &form)).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::ConnectionChanged);
    // A form that says nothing new is no change, and neither is asking.
    let form = untouched(&last);
    engine.save_connection(form.clone()).await.unwrap();
    assert_eq!(now(engine).await.edition, last.edition);
    assert!(
        engine
            .save_connection(named("In time", &form))
            .await
            .is_ok()
    );
}

fn secret_header(value: Option<&str>) -> HeaderDraft {
    HeaderDraft {
        name: "X-Gateway".to_owned(),
        value: value.map(str::to_owned),
        secret: true,
    }
}

fn proxy() -> ProxySettings {
    ProxySettings::Manual {
        url: "http://127.0.0.1:9".to_owned(),
        user: Some("ada".to_owned()),
        no_proxy: Vec::new(),
    }
}

#[tokio::test]
async fn what_another_program_saved_counts_too() {
    let house = House::new().await;
    let other = Engine::open(profile(house.folder.path()), no_environment());
    let other = other.await.unwrap();
    let form = opened(&house, &now(&house.engine).await);
    let theirs = opened(&house, &now(&other).await);
    other
        .save_connection(named("Theirs", &theirs))
        .await
        .unwrap();
    let error = house.engine.save_connection(named("Ours", &form)).await;
    let error = error.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConnectionChanged);
    assert_eq!(error.subject.as_deref(), Some("Theirs"));
    let form = opened(&house, &now(&house.engine).await);
    other.remove_connection(house.saved.clone()).await.unwrap();
    let error = house.engine.save_connection(named("Ours", &form)).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::ConnectionNotFound);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_programs_that_save_at_once_one_wins_and_the_other_learns_of_it() {
    let house = House::new().await;
    let other = Engine::open(profile(house.folder.path()), no_environment());
    let other = other.await.unwrap();
    for round in 0..30 {
        let ours = opened(&house, &now(&house.engine).await);
        let theirs = opened(&house, &now(&other).await);
        let (here, there) = (house.engine.clone(), other.clone());
        let ours = named(&format!("Ours {round}"), &ours);
        let theirs = named(&format!("Theirs {round}"), &theirs);
        let ours = tokio::spawn(async move { here.save_connection(ours).await });
        let theirs = tokio::spawn(async move { there.save_connection(theirs).await });
        let (ours, theirs) = (ours.await.unwrap(), theirs.await.unwrap());
        let (won, lost) = match (ours, theirs) {
            (Ok(won), Err(lost)) | (Err(lost), Ok(won)) => (won, lost),
            other => panic!("round {round}: {other:?}"),
        };
        assert_eq!(lost.code, ErrorCode::ConnectionChanged);
        assert_eq!(now(&house.engine).await.name, won.name);
    }
}

#[tokio::test]
async fn what_a_turn_measured_refuses_no_form() {
    let house = House::new().await;
    let engine = &house.engine;
    let form = opened(&house, &now(engine).await);
    let path = house.folder.path().join("settings.json");
    let mut file: serde_json::Value = serde_json::from_str(&written(&house)).unwrap();
    file["connections"][0]["deployments"][0]["known"] = serde_json::json!([
        {"capability": "vision", "has": false, "origin": "measured", "at": 1, "said": "no"}
    ]);
    std::fs::write(path, file.to_string()).unwrap();
    let measured = |view: &ConnectionView| {
        let known = &view.deployments[0].known;
        known.iter().any(|it| it.said.as_deref() == Some("no"))
    };
    assert!(measured(&now(engine).await), "nothing was measured");
    let view = engine.save_connection(named("Later", &form)).await.unwrap();
    assert!(measured(&view), "it was forgotten");
    let (events, _) = house.close().await;
    assert!(events.contains(&HearthEvent::StateChanged));
}
