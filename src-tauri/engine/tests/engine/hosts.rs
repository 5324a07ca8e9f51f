//! A key stays with the host that it was given for, and answers with the demo that gives them.

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{ConnectionDraft, ErrorCode, MessageState, TestOutcome};
use hearth_engine::{DemoAddress, Engine, Environment};

use crate::support::*;

#[tokio::test]
async fn a_saved_key_does_not_go_to_another_host() {
    let house = House::new().await;
    let other = Emulator::builder()
        .key("another-key")
        .start()
        .await
        .unwrap();
    let id = connection_of(&house.engine.state().await);
    let moved = ConnectionDraft {
        id: Some(id.clone()),
        endpoint: other.url(),
        key: None,
        ..house.draft()
    };
    let tested = house.engine.test_connection(moved.clone()).await;
    let TestOutcome::Failed { error } = tested else {
        panic!("{tested:?}");
    };
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    let host = house.emulator.address().to_string();
    assert_eq!(error.subject, Some(host));
    let error = house.engine.save_connection(moved.clone()).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::KeyForOtherHost);
    let kept = house.engine.state().await.connections[0].endpoint.clone();
    assert!(kept.starts_with(&house.emulator.url()), "{kept}");

    // With a key of its own the other host is asked, and gets that key only. This also
    // shows that it would have noticed the saved one.
    let with_key = ConnectionDraft {
        key: Some("another-key".into()),
        ..moved
    };
    let tested = house.engine.test_connection(with_key).await;
    assert!(matches!(tested, TestOutcome::Answered { .. }), "{tested:?}");
    let keys: Vec<_> = other
        .log()
        .iter()
        .map(|it| it.received.header("x-api-key").map(str::to_owned))
        .collect();
    assert_eq!(keys, [Some("another-key".to_owned())]);

    // Another path of the same host is the same host.
    let same = ConnectionDraft {
        id: Some(id),
        endpoint: format!("{}/anthropic/v1/messages", house.emulator.url()),
        key: None,
        ..house.draft()
    };
    house.engine.save_connection(same).await.unwrap();
}

#[tokio::test]
async fn a_key_of_the_environment_does_not_go_to_another_host() {
    let house = House::new().await;
    let vars = [
        ("AZURE_API_BASE", "https://named.services.ai.azure.com"),
        ("AZURE_API_KEY", "key-of-the-named-resource"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), Environment::from_vars(vars))
        .await
        .unwrap();
    let draft = ConnectionDraft {
        key: None,
        key_from_environment: true,
        ..house.draft()
    };
    let tested = engine.test_connection(draft).await;
    let TestOutcome::Failed { error } = tested else {
        panic!("{tested:?}");
    };
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    assert_eq!(
        error.subject.as_deref(),
        Some("named.services.ai.azure.com")
    );
    assert_eq!(house.emulator.log(), []);
}

#[tokio::test]
async fn leaving_the_demo_stops_its_answers_as_a_person_would() {
    let emulator = Emulator::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    engine
        .start_demo(DemoAddress {
            url: emulator.url(),
            key: emulator.key().to_owned(),
        })
        .await
        .unwrap();
    let (script, gate) = Script::reply(["half of ", "an answer"]).gate();
    emulator.next(script);
    let mut window = engine.subscribe();
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    gate.release(1);
    within(gate.held()).await.unwrap();
    engine.leave_demo().await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, MessageState::Stopped);
}
