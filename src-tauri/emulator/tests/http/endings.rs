//! How answers end: broken, stalled, held back, abandoned; and what the log says of it.

use std::sync::{Arc, Mutex};

use hearth_emulator::{Emulator, Ending, Pace, Script};
use reqwest::Response;
use serde_json::json;

use crate::support::*;

fn pieces() -> Script {
    Script::reply(["one ", "two ", "three ", "four"])
}

async fn scripted(script: Script) -> (Emulator, Arrived) {
    let emulator = start(Emulator::builder().script(script)).await;
    let arrived = drain(ask(&emulator, MODEL, "Hello").await).await;
    (emulator, arrived)
}

async fn ends(emulator: &Emulator, ending: Ending) {
    let seen = emulator.wait_for(|log| log.last().is_some_and(|last| last.ending == Some(ending)));
    seen.await.expect("that ending");
}

/// Reads until the text has come that far; the stream is still open then.
async fn read_until(response: &mut Response, text: &str) {
    let mut bytes = Vec::new();
    while !said(&events(&bytes), "text").contains(text) {
        let chunk = response.chunk().await.expect("no break").expect("no end");
        bytes.extend_from_slice(&chunk);
    }
}

#[tokio::test]
async fn a_cut_comes_where_it_was_asked_for() {
    let (emulator, after_events) = scripted(pieces().cut_after_events(4)).await;
    assert!(!after_events.whole);
    assert_eq!(said(&events(&after_events.bytes), "text"), "one two ");
    ends(&emulator, Ending::Broken).await;

    let (_, after_bytes) = scripted(pieces().cut_after_bytes(100)).await;
    assert!(!after_bytes.whole);
    assert_eq!(after_bytes.bytes.len(), 100);

    let (_, inside) = scripted(pieces().cut_inside_event(4)).await;
    assert!(!inside.whole && !inside.bytes.ends_with(b"\n\n"));
    assert_eq!(said(&events(&inside.bytes), "text"), "one two ");

    let (emulator, clean) = scripted(pieces().end_after_events(4)).await;
    assert!(clean.whole);
    assert_eq!(said(&events(&clean.bytes), "text"), "one two ");
    ends(&emulator, Ending::Answered).await;
}

#[tokio::test]
async fn an_error_event_ends_the_stream() {
    let script = pieces().error_after_events(3, "overloaded_error", "Overloaded");
    let (_, arrived) = scripted(script).await;
    assert!(arrived.whole);
    let events = events(&arrived.bytes);
    assert_eq!(said(&events, "text"), "one ");
    let error = events.last().expect("an event");
    assert_eq!(error["type"], "error");
    assert_eq!(error["error"]["type"], "overloaded_error");
}

#[tokio::test]
async fn deployments_that_fail_in_the_middle() {
    let emulator = started().await;
    let whole = events_of(ask(&emulator, MODEL, "Hello").await).await;
    let whole = said(&whole, "text").len();
    for (name, unbroken) in [("fault-error", true), ("fault-cut", false)] {
        let arrived = drain(ask(&emulator, name, "Hello").await).await;
        assert_eq!(arrived.whole, unbroken, "{name}");
        let events = events(&arrived.bytes);
        let share = said(&events, "text").len() * 100 / whole;
        assert!((30..50).contains(&share), "{name}: {share} %");
        assert!(!types(&events).contains(&"message_stop"));
        assert_eq!(types(&events).contains(&"error"), unbroken);
    }
    let empty = drain(ask(&emulator, "fault-empty", "Hello").await).await;
    assert!(empty.whole && empty.bytes.is_empty());
    let refusal = events_of(ask(&emulator, "fault-refusal", "Hello").await).await;
    assert_eq!(grammar(&refusal), Vec::<String>::new());
    assert_eq!(refusal[1]["delta"]["stop_reason"], "refusal");
    assert_eq!(refusal[1]["delta"]["stop_details"]["type"], "refusal");
}

#[tokio::test]
async fn a_client_that_goes_is_noticed_while_nothing_is_sent() {
    let emulator = started().await;
    let mut response = ask(&emulator, "fault-stall", "Hello").await;
    read_until(&mut response, "Hello").await;
    assert_eq!(emulator.log()[0].ending, None);
    drop(response);
    ends(&emulator, Ending::ClientGone).await;

    emulator.next(pieces().stall_after_events(0));
    let response = ask(&emulator, MODEL, "Hello").await;
    drop(response);
    ends(&emulator, Ending::ClientGone).await;
}

#[tokio::test]
async fn a_client_that_goes_before_the_headers_is_noticed() {
    let emulator = start(Emulator::builder().script(Script::silence())).await;
    let asking = tokio::spawn(post(&emulator, &question(MODEL, "Hello")).send());
    emulator
        .wait_for(|log| log.len() == 1)
        .await
        .expect("a request");
    assert_eq!(emulator.log()[0].ending, None);
    asking.abort();
    ends(&emulator, Ending::ClientGone).await;
    assert_eq!(emulator.log()[0].status, None);
}

#[tokio::test]
async fn a_client_that_goes_between_tokens_is_noticed() {
    let pace = Pace::PerSecond(50.0);
    let emulator = start(Emulator::builder().pace(pace)).await;
    let mut response = ask(&emulator, MODEL, "Write something long").await;
    response.chunk().await.expect("no break").expect("no end");
    drop(response);
    ends(&emulator, Ending::ClientGone).await;
}

#[tokio::test]
async fn hanging_up_leaves_no_answer() {
    let emulator = start(Emulator::builder().script(Script::hang_up())).await;
    let answer = post(&emulator, &question(MODEL, "Hello")).send().await;
    assert!(answer.is_err());
    ends(&emulator, Ending::Broken).await;
}

#[tokio::test]
async fn a_gate_lets_through_what_the_test_releases() {
    let (script, gate) = pieces().gate();
    let emulator = start(Emulator::builder().script(script)).await;
    let mut response = ask(&emulator, MODEL, "Hello").await;
    gate.held().await.expect("held before the first piece");
    gate.release(2);
    gate.held().await.expect("held before the third");
    read_until(&mut response, "two ").await;
    gate.release(2);
    gate.held().await.expect("held before the ending");
    assert_eq!(emulator.log()[0].ending, None);
    gate.release(1);
    let rest = drain(response).await;
    assert!(rest.whole);
    assert_eq!(types(&events(&rest.bytes)).last(), Some(&"message_stop"));
    ends(&emulator, Ending::Answered).await;
}

#[tokio::test]
async fn the_request_is_seen_before_the_answer_begins() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let notes = seen.clone();
    let builder = Emulator::builder().on_request(move |received| {
        let text = received.body.contains("Find me on disk");
        notes
            .lock()
            .expect("a lock")
            .push((received.n, received.deployment.clone(), text));
    });
    let emulator = start(builder).await;
    let response = ask(&emulator, MODEL, "Find me on disk").await;
    let expected = vec![(1, Some(MODEL.to_owned()), true)];
    assert_eq!(*seen.lock().expect("a lock"), expected);
    drop(response);
    let received = emulator.log()[0].received.clone();
    assert_eq!(received.method, "POST");
    assert_eq!(received.path, "/anthropic/v1/messages");
    assert_eq!(received.header("anthropic-version"), Some("2026-10-21"));
}

#[tokio::test]
async fn scripts_wait_for_their_deployment() {
    let emulator = started().await;
    emulator.next_for("claude-opus-5-5", Script::reply(["opus"]));
    emulator.next(Script::status(
        418,
        [("retry-after", "7")],
        json!({"odd": true}).to_string(),
    ));
    let response = ask(&emulator, MODEL, "Hello").await;
    assert_eq!(response.status(), 418);
    assert_eq!(response.headers()["retry-after"], "7");
    assert_eq!(response.text().await.expect("a body"), r#"{"odd":true}"#);
    let opus = events_of(ask(&emulator, "claude-opus-5-5", "Hello").await).await;
    assert_eq!(said(&opus, "text"), "opus");
}

#[tokio::test]
async fn stopping_closes_what_is_open() {
    let emulator = started().await;
    let mut response = ask(&emulator, "fault-stall", "Hello").await;
    response.chunk().await.expect("no break").expect("no end");
    let url = emulator.url();
    emulator.shutdown().await;
    assert!(!drain(response).await.whole);
    assert!(client().get(url).send().await.is_err());
}
