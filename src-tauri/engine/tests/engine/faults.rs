//! Every way in which the emulator misbehaves: one beginning, one ending, the right code.

use std::time::Duration;

use hearth_emulator::{Emulator, Script};
use hearth_engine::ClientOptions;
use hearth_engine::api::{
    ConversationView, ErrorCode, ErrorReport, MessageState, MessageView, Step,
};

use crate::support::*;

/// Two attempts, and no wait that a test would notice.
fn quick() -> ClientOptions {
    ClientOptions {
        max_attempts: 2,
        max_wait_total: Duration::from_secs(1),
        ..ClientOptions::default()
    }
}

fn failure(answer: &MessageView) -> &ErrorReport {
    match &answer.state {
        MessageState::Failed { error } => error,
        other => panic!("it did not fail: {other:?}"),
    }
}

struct Fault {
    deployment: &'static str,
    code: ErrorCode,
    kept: bool,
    /// Requests, which are one more than the waits between them.
    requests: usize,
}

const fn fault(deployment: &'static str, code: ErrorCode, kept: bool, requests: usize) -> Fault {
    Fault {
        deployment,
        code,
        kept,
        requests,
    }
}

const FAULTS: [Fault; 11] = [
    fault("fault-401", ErrorCode::KeyRefused, false, 1),
    fault("fault-403", ErrorCode::RoleMissing, false, 1),
    fault("fault-404", ErrorCode::DeploymentNotFound, false, 1),
    // The wait that it asks for is longer than there is time.
    fault("fault-429", ErrorCode::RateLimited, false, 1),
    fault("fault-spend-limit", ErrorCode::SpendLimit, false, 1),
    fault("fault-overloaded", ErrorCode::Overloaded, false, 2),
    fault("fault-500", ErrorCode::UpstreamFailed, false, 2),
    fault("fault-html", ErrorCode::UpstreamFailed, false, 2),
    fault("fault-empty", ErrorCode::UnexpectedAnswer, false, 1),
    fault("fault-error", ErrorCode::StreamError, true, 1),
    fault("fault-cut", ErrorCode::StreamCut, true, 1),
];

#[tokio::test]
async fn every_fault_ends_once_and_says_what_it_was() {
    let house = House::with(Emulator::builder(), quick()).await;
    let mut asked = Vec::new();
    for fault in &FAULTS {
        let (sent, answer) = house
            .ask_deployment(None, "Hello, what can you do?", fault.deployment)
            .await;
        let error = failure(&answer);
        assert_eq!(error.code, fault.code, "{}", fault.deployment);
        assert_eq!(error.attempts as usize, fault.requests, "{error:?}");
        let kept = text(&answer).chars().count();
        assert_eq!(kept > 0, fault.kept, "{}", fault.deployment);
        assert_eq!(error.kept, Some(kept as u64));
        assert_eq!(answer.answer.as_ref().unwrap().deployment, fault.deployment);
        // The same is on disk, and there is room for another question.
        let stored = house.view(&sent.conversation).await;
        assert_eq!(stored.messages.last(), Some(&answer));
        assert_eq!(stored.turn, None);
        asked.push(sent);
    }
    let (events, log) = house.close().await;
    for (fault, sent) in FAULTS.iter().zip(&asked) {
        let steps = steps(&events, &sent.turn);
        assert_whole(&steps);
        let waits = count(&steps, |step| matches!(step, Step::Waiting { .. }));
        let again = count(&steps, |step| matches!(step, Step::Asking));
        assert_eq!((waits + 1, again + 1), (fault.requests, fault.requests));
        let requests = log
            .iter()
            .filter(|it| it.received.deployment.as_deref() == Some(fault.deployment));
        assert_eq!(requests.count(), fault.requests, "{}", fault.deployment);
    }
}

#[tokio::test]
async fn a_refusal_carries_the_facts_of_the_resource() {
    let house = House::with(Emulator::builder(), quick()).await;
    let (_, answer) = house.ask_deployment(None, "Hello", "fault-429").await;
    let error = failure(&answer);
    assert_eq!(error.status, Some(429));
    assert_eq!(error.api_code.as_deref(), Some("RateLimitReached"));
    assert_eq!(error.retry_after, Some(2));
    assert!(error.request_id.is_some() && error.message.is_some());
    let (_, answer) = house.ask_deployment(None, "Hello", "nobody-has-this").await;
    let error = failure(&answer);
    assert_eq!(error.code, ErrorCode::DeploymentNotFound);
    assert_eq!(error.subject.as_deref(), Some("nobody-has-this"));
}

#[tokio::test]
async fn silence_is_a_failure_after_the_idle_timeout() {
    let limits = ClientOptions {
        idle_timeout: Duration::from_secs(2),
        ..quick()
    };
    let house = House::with(Emulator::builder(), limits).await;
    let (stall, answer) = house.ask_deployment(None, "Hello", "fault-stall").await;
    assert_eq!(failure(&answer).code, ErrorCode::StreamStalled);
    assert!(!text(&answer).is_empty());
    let (slow, answer) = house
        .ask_deployment(None, "Hello", "fault-slow-headers")
        .await;
    assert_eq!(failure(&answer).code, ErrorCode::StreamStalled);
    assert_eq!(text(&answer), "");
    let (events, log) = house.close().await;
    assert_whole(&steps(&events, &stall.turn));
    assert_whole(&steps(&events, &slow.turn));
    assert_eq!(log.len(), 2);
}

#[tokio::test]
async fn a_fault_that_passes_is_waited_out_in_sight() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    for (deployment, code) in [
        ("fault-429-once", ErrorCode::RateLimited),
        ("fault-overloaded-once", ErrorCode::Overloaded),
    ] {
        let mut shown = Window::open(&house.engine, &first.conversation).await;
        let request = question(Some(&first.conversation), "Hello again", Some(deployment));
        house.engine.send(request).await.unwrap();
        shown.until(waits).await;
        let waiting = shown.view.turn.clone().unwrap().waiting.unwrap();
        assert_eq!((waiting.attempt, waiting.attempts), (2, 4));
        assert!(waiting.until > shown.answer().created_at, "{waiting:?}");
        assert_eq!(waiting.reason.code, code);
        shown.until_over().await;
        assert_eq!(shown.answer().state, complete("end_turn"));
        let stored = house.view(&first.conversation).await;
        assert_eq!(shown.view.messages, stored.messages);
    }
}

#[tokio::test]
async fn a_wait_is_seen_by_windows_that_open_late_and_ended_by_stop() {
    let house = House::new().await;
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Later"}}"#;
    // Longer than this test may take; nobody waits for it.
    let script = Script::status(429, [("retry-after", "50")], body);
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    let mut shown = Window::open(&house.engine, &sent.conversation).await;
    shown.until(waits).await;
    let late = house.view(&sent.conversation).await;
    assert_eq!(late.turn, shown.view.turn);
    let reason = late.turn.unwrap().waiting.unwrap().reason;
    assert_eq!(reason.retry_after, Some(50));
    assert_eq!(reason.message.as_deref(), Some("Later"));
    let url = format!("{}/anthropic/v1/messages", house.emulator.url());
    assert_eq!(reason.subject, Some(url));
    house.engine.stop(&sent.turn);
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, MessageState::Stopped);
    let (events, log) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
    assert_eq!(log.len(), 1);
}

fn waits(view: &ConversationView) -> bool {
    let turn = view.turn.as_ref();
    turn.is_some_and(|turn| turn.waiting.is_some())
}

#[tokio::test]
async fn an_attempt_that_said_nothing_leaves_no_trace() {
    let house = House::with(Emulator::builder(), quick()).await;
    house
        .emulator
        .next(Script::reply(["lost"]).cut_after_events(1));
    house.emulator.next(Script::reply(["found"]));
    let (sent, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(text(&answer), "found");
    let (events, log) = house.close().await;
    let steps = steps(&events, &sent.turn);
    assert_whole(&steps);
    assert_eq!(count(&steps, |it| matches!(it, Step::Waiting { .. })), 1);
    assert_eq!(log.len(), 2);
}

#[tokio::test]
async fn nobody_at_the_address() {
    let house = House::with(Emulator::builder(), quick()).await;
    let mut draft = house.draft();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    draft.endpoint = format!("http://{address}");
    house.engine.save_connection(draft).await.unwrap();
    let (_, answer) = house.ask(None, "Hello").await;
    let error = failure(&answer);
    assert_eq!(error.code, ErrorCode::Unreachable);
    assert_eq!(error.attempts, 2);
    let subject = error.subject.as_deref().unwrap();
    assert!(subject.contains(&address.to_string()), "{subject}");
}

#[tokio::test]
async fn a_refused_question_leaves_the_conversation() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    let (_, refused) = house
        .ask_deployment(Some(&conversation), "Something bad", "fault-refusal")
        .await;
    assert_eq!(refused.state, complete("refusal"));
    house.ask(Some(&conversation), "Something good").await;
    let log = bodies(&house.emulator.log());
    let sent = log.last().unwrap().to_string();
    assert!(sent.contains("Hello") && sent.contains("Something good"));
    assert!(!sent.contains("Something bad"));
    // It is still there to be read.
    assert_eq!(house.view(&conversation).await.messages.len(), 6);
}
