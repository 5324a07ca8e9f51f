//! Several connections: switched while turns run, edited, removed, seen by other processes,
//! and come from an earlier version.

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    AnthropicVersion, ConnectionDraft, ConnectionId, ConnectionLimits, CredentialChoice,
    CredentialState, DeploymentDraft, ErrorCode, Hosting, MessageState, MessageView,
};
use hearth_engine::{DemoAddress, Engine};

use crate::support::*;

async fn second(house: &House) -> (Emulator, ConnectionId) {
    let emulator = Emulator::builder().key("second-key").start().await.unwrap();
    let draft = ConnectionDraft {
        name: "Second".into(),
        ..draft_to(&emulator.url(), "second-key")
    };
    let view = house.engine.save_connection(draft).await.unwrap();
    (emulator, view.id)
}

#[tokio::test]
async fn a_turn_goes_on_with_its_connection_while_the_next_takes_another() {
    let house = House::new().await;
    let (other, id) = second(&house).await;
    house
        .engine
        .use_connection(house.saved.clone())
        .await
        .unwrap();
    let (script, gate) = Script::reply(["first ", "half"]).gate();
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    gate.release(1);
    within(gate.held()).await.unwrap();

    let state = house.engine.use_connection(id.clone()).await.unwrap();
    assert_eq!(state.active, Some(id));
    let (_, answer) = house.ask(None, "And you?").await;
    assert_eq!(answer.state, complete("end_turn"));
    gate.release(10);
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(text(&answer), "first half");
    assert_eq!((house.emulator.log().len(), other.log().len()), (1, 1));
    let key = other.log()[0]
        .received
        .header("x-api-key")
        .map(str::to_owned);
    assert_eq!(key.as_deref(), Some("second-key"));
}

#[tokio::test]
async fn an_edit_switches_nothing_and_an_unknown_connection_is_said() {
    let house = House::new().await;
    let (_other, id) = second(&house).await;
    assert_eq!(house.engine.state().await.active, Some(id.clone()));
    let edited = ConnectionDraft {
        id: Some(house.saved.clone()),
        name: " Renamed ".into(),
        ..house.draft()
    };
    let view = house.engine.save_connection(edited.clone()).await.unwrap();
    assert_eq!(view.name, "Renamed");
    assert_eq!(house.engine.state().await.active, Some(id.clone()));
    let nobody = ConnectionId("nobody".into());
    let error = house
        .engine
        .use_connection(nobody.clone())
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::ConnectionNotFound);
    assert_eq!(house.engine.state().await.active, Some(id));
    let lost = ConnectionDraft {
        id: Some(nobody),
        ..edited
    };
    let error = house.engine.save_connection(lost).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::ConnectionNotFound);
}

#[tokio::test]
async fn an_answer_names_its_connection_for_ever() {
    let house = House::new().await;
    let (sent, before) = house.ask(None, "Hello").await;
    let (_other, id) = second(&house).await;
    let (_, after) = house.ask(Some(&sent.conversation), "And you?").await;
    let named = |answer: &MessageView| answer.answer.clone().unwrap().connection;
    assert_eq!(named(&before), Some(house.saved.clone()));
    assert_eq!(named(&after), Some(id.clone()));
    house.engine.remove_connection(id.clone()).await.unwrap();
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let view = later.conversation(sent.conversation).await.unwrap();
    let answers = view.messages.iter().filter(|it| it.answer.is_some());
    let connections: Vec<_> = answers.map(named).collect();
    assert_eq!(connections, [Some(house.saved.clone()), Some(id)]);

    let demo = Emulator::builder().start().await.unwrap();
    let address = DemoAddress {
        url: demo.url(),
        key: demo.key().to_owned(),
    };
    house.engine.start_demo(address).await.unwrap();
    let (_, of_demo) = house.ask(None, "Hello").await;
    assert_eq!(named(&of_demo), None);
}

#[tokio::test]
async fn the_terminal_asks_the_connection_that_it_names() {
    let house = House::new().await;
    let (other, _) = second(&house).await;
    let mut window = house.engine.subscribe();
    let request = question(None, "Hello", None);
    let sent = house
        .engine
        .send_from_terminal(request, Vec::new(), Some(&house.saved))
        .await
        .unwrap();
    ended(&mut window, &sent.turn).await;
    assert_eq!((house.emulator.log().len(), other.log().len()), (1, 0));
}

#[tokio::test]
async fn switching_ends_the_demo_and_an_edit_does_not() {
    let house = House::new().await;
    let demo = Emulator::builder().start().await.unwrap();
    let address = DemoAddress {
        url: demo.url(),
        key: demo.key().to_owned(),
    };
    house.engine.start_demo(address).await.unwrap();
    let edited = ConnectionDraft {
        id: Some(house.saved.clone()),
        ..house.draft()
    };
    house.engine.save_connection(edited).await.unwrap();
    assert!(house.engine.is_demo() && house.engine.wants_demo());
    let (script, gate) = Script::reply(["half of ", "an answer"]).gate();
    demo.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    gate.release(1);
    within(gate.held()).await.unwrap();
    let state = house
        .engine
        .use_connection(house.saved.clone())
        .await
        .unwrap();
    assert!(!state.demo && !house.engine.wants_demo());
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, MessageState::Stopped);
}

#[tokio::test]
async fn a_real_turn_outlives_the_demo_that_began_after_it() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["first ", "half"]).gate();
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    gate.release(1);
    within(gate.held()).await.unwrap();
    let demo = Emulator::builder().start().await.unwrap();
    let address = || DemoAddress {
        url: demo.url(),
        key: demo.key().to_owned(),
    };
    house.engine.start_demo(address()).await.unwrap();
    house.engine.leave_demo().await.unwrap();
    house.engine.start_demo(address()).await.unwrap();
    let id = house.saved.clone();
    house.engine.use_connection(id).await.unwrap();
    house.engine.start_demo(address()).await.unwrap();
    house.engine.save_connection(house.draft()).await.unwrap();
    assert!(!house.engine.is_demo());
    gate.release(10);
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(text(&answer), "first half");
}

#[tokio::test]
async fn what_another_process_saves_is_there_at_the_next_look() {
    let house = House::new().await;
    let other = Engine::open(profile(house.folder.path()), no_environment())
        .await
        .unwrap();
    let draft = ConnectionDraft {
        name: "From the terminal".into(),
        ..house.draft()
    };
    let view = other.save_connection(draft).await.unwrap();
    let state = house.engine.state().await;
    assert_eq!(state.connections.len(), 2);
    assert_eq!(state.active, Some(view.id.clone()));
    // Neither writes over what the other wrote.
    house.engine.enable_tool("now", true).unwrap();
    other.remove_connection(view.id).await.unwrap();
    let state = house.engine.state().await;
    assert_eq!(state.connections.len(), 1);
    assert_eq!(other.state().await.tools, state.tools);
}

#[tokio::test]
async fn headers_version_and_limits_go_along_and_come_back() {
    let house = House::new().await;
    let limits = ConnectionLimits {
        attempts: Some(1),
        idle_seconds: Some(0),
        wait_seconds: Some(0),
        ..ConnectionLimits::default()
    };
    let draft = ConnectionDraft {
        id: Some(house.saved.clone()),
        headers: vec![hearth_engine::api::HeaderDraft {
            name: "X-Team".into(),
            value: Some(" blue ".into()),
            secret: false,
        }],
        anthropic_version: Some(AnthropicVersion::V2023),
        limits,
        ..house.draft()
    };
    let view = house.engine.save_connection(draft).await.unwrap();
    assert_eq!(view.headers[0].value.as_deref(), Some("blue"));
    assert_eq!(view.limits.attempts, Some(1));
    // No time at all means the default.
    assert_eq!(view.limits.idle_seconds, None);
    let (_, answer) = house.ask_deployment(None, "Hello", "fault-529").await;
    let MessageState::Failed { error } = answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.attempts, 1);
    let log = house.emulator.log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].received.header("x-team"), Some("blue"));
    assert_eq!(
        log[0].received.header("anthropic-version"),
        Some("2023-06-01")
    );
    let defaults = house.engine.state().await.default_limits;
    assert_eq!(defaults.attempts, Some(4));
    assert_eq!(defaults.idle_seconds, Some(90));
}

#[tokio::test]
async fn a_file_of_the_first_version_goes_on_and_is_kept() {
    let emulator = Emulator::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let first = format!(
        r#"{{"version":1,"connections":[{{"id":"old","name":"Old","endpoint":"{}/anthropic","deployments":[{{"name":"{SONNET}","baseModel":"{SONNET}"}}],"default_deployment":"{SONNET}","mood":"fine"}}],"active":"old","tools":[],"theme":"dusk"}}"#,
        emulator.url()
    );
    let path = folder.path().join("settings.json");
    std::fs::write(&path, &first).unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    let state = engine.state().await;
    let view = &state.connections[0];
    assert_eq!(view.credential.choice, CredentialChoice::Key);
    assert_eq!(view.deployments[0].base_model.as_deref(), Some(SONNET));
    assert_eq!(state.active, Some(view.id.clone()));
    let draft = ConnectionDraft {
        id: Some(view.id.clone()),
        name: "Old".into(),
        ..draft_to(&emulator.url(), emulator.key())
    };
    engine.save_connection(draft).await.unwrap();
    let mut window = engine.subscribe();
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    let written = std::fs::read_to_string(&path).unwrap();
    let written: serde_json::Value = serde_json::from_str(&written).unwrap();
    assert_eq!(written["version"], 2);
    assert_eq!(written["theme"], "dusk");
    assert_eq!(written["connections"][0]["mood"], "fine");
    let kept = folder.path().join("settings.version-1.json");
    assert_eq!(std::fs::read_to_string(kept).unwrap(), first);
}

#[tokio::test]
async fn what_was_measured_goes_when_the_deployment_is_mapped_anew() {
    let house = House::new().await;
    let path = house.folder.path().join("settings.json");
    let measured = |written: &mut serde_json::Value| {
        for name in [SONNET, OPUS] {
            let deployments = written["connections"][0]["deployments"].as_array_mut();
            let mut deployments = deployments.unwrap().iter_mut();
            let deployment = deployments.find(|it| it["name"] == name).unwrap();
            deployment["known"] = serde_json::json!([
                {"capability": "effort", "has": false, "origin": "measured", "at": 1, "said": null}
            ]);
        }
    };
    let text = std::fs::read_to_string(&path).unwrap();
    let mut written: serde_json::Value = serde_json::from_str(&text).unwrap();
    measured(&mut written);
    std::fs::write(&path, written.to_string()).unwrap();
    let draft = ConnectionDraft {
        id: Some(house.saved.clone()),
        deployments: vec![
            DeploymentDraft {
                hosting: Some(Hosting::Azure),
                ..mapped(SONNET)
            },
            mapped(OPUS),
        ],
        ..house.draft()
    };
    house.engine.save_connection(draft).await.unwrap();
    let text = std::fs::read_to_string(&path).unwrap();
    let written: serde_json::Value = serde_json::from_str(&text).unwrap();
    let deployments = &written["connections"][0]["deployments"];
    assert_eq!(deployments[0].get("known"), None);
    assert_eq!(deployments[1]["known"][0]["capability"], "effort");
}

#[tokio::test]
async fn a_removed_connection_has_no_secret_left_and_another_takes_its_place() {
    let house = House::new().await;
    let (_other, id) = second(&house).await;
    house.engine.remove_connection(id.clone()).await.unwrap();
    let state = house.engine.state().await;
    assert_eq!(state.active, Some(house.saved.clone()));
    assert!(matches!(
        state.connections[0].credential.state,
        CredentialState::Kept { .. }
    ));
    // One that is gone already is no error.
    house.engine.remove_connection(id).await.unwrap();
}
