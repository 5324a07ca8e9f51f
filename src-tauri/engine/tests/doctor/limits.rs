//! How much a deployment takes and writes, and efforts that it does not take: read out of its
//! refusals, remembered with their date, kept to, and said on the answer. And how little of it
//! a walk uses.

use hearth_emulator::Emulator;
use hearth_engine::api::{
    AppState, Capability, DeploymentView, DoctorTarget, Effort, ErrorCode, KnownLimit, Limit,
    MessageState, MessageView, Origin, TurnSettings,
};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::desk::*;

fn view<'a>(state: &'a AppState, name: &str) -> &'a DeploymentView {
    let deployments = &state.connections[0].deployments;
    deployments.iter().find(|it| it.name == name).unwrap()
}

fn limit(state: &AppState, name: &str, limit: Limit) -> KnownLimit {
    let view = view(state, name);
    assert_eq!(view.limits.len(), 2);
    let found = view.limits.iter().find(|it| it.limit == limit);
    found.unwrap().clone()
}

/// One member of the messages that were asked, in order.
fn asked(emulator: &Emulator, pointer: &str) -> Vec<Value> {
    let log = emulator.log();
    let messages = log
        .iter()
        .filter(|it| it.received.path.ends_with("/v1/messages"));
    let bodies =
        messages.map(|it| serde_json::from_str::<Value>(&it.received.body).expect("a body"));
    bodies
        .map(|body| body.pointer(pointer).cloned().unwrap_or_default())
        .collect()
}

async fn desk_with(emulator: &Emulator, name: &str) -> Desk {
    let desk = Desk::new().await;
    let mut draft = with_key(emulator);
    draft.deployments = vec![deployment(name, Some(SONNET))];
    desk.save(draft).await;
    desk
}

fn lowered_to(answer: &MessageView) -> Option<u32> {
    let complete = matches!(answer.state, MessageState::Complete { .. });
    assert!(complete, "{:?}", answer.state);
    answer.answer.as_ref().unwrap().lowered_to
}

async fn forget(desk: &Desk, name: &str) {
    let id = desk.engine.state().await.connections[0].id.clone();
    desk.engine
        .forget_measured(id, name.to_owned())
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_kept_within_what_the_deployment_writes() {
    let name = "fault-short-answers";
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, name).await;
    let before = limit(&desk.engine.state().await, name, Limit::Output);
    assert_eq!(
        (before.tokens, before.origin),
        (128_000, Origin::Documented)
    );

    // Asked once more with what it takes, and the answer says so.
    let answer = desk.ask(on(None)).await;
    assert_eq!(lowered_to(&answer), Some(4_096));
    assert_eq!(asked(&emulator, "/max_tokens"), [32_000, 4_096]);
    let state = desk.engine.state().await;
    let learned = limit(&state, name, Limit::Output);
    assert_eq!((learned.tokens, learned.origin), (4_096, Origin::Measured));
    assert!(learned.at.is_some() && learned.said.unwrap().starts_with("max_tokens: 32000"));
    let abilities = &view(&state, name).abilities;
    assert_eq!(abilities.max_output, 4_096);
    assert_eq!(abilities.default_max_tokens, 4_096);

    // From now on it is known, and worth a word only where the person wanted more.
    let answer = desk.ask(on(None)).await;
    assert_eq!(lowered_to(&answer), None);
    let chosen = |max_tokens| TurnSettings {
        max_tokens: Some(max_tokens),
        ..on(None)
    };
    let answer = desk.ask(chosen(20_000)).await;
    assert_eq!(lowered_to(&answer), Some(4_096));
    let answer = desk.ask(chosen(3_000)).await;
    assert_eq!(lowered_to(&answer), None);
    let all = asked(&emulator, "/max_tokens");
    assert_eq!(all[2..], [4_096, 4_096, 3_000]);

    // It stays on disk, and is measured again when the person wants that.
    let text = std::fs::read_to_string(desk.folder.path().join("settings.json")).unwrap();
    let settings: Value = serde_json::from_str(&text).unwrap();
    let kept = &settings["connections"][0]["deployments"][0]["limits"][0];
    assert_eq!(
        (&kept["limit"], &kept["tokens"]),
        (&"output".into(), &4_096.into())
    );
    forget(&desk, name).await;
    let forgotten = limit(&desk.engine.state().await, name, Limit::Output);
    assert_eq!(forgotten, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_context_that_is_smaller_than_documented_is_remembered() {
    let name = "fault-short-context";
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, name).await;
    let before = limit(&desk.engine.state().await, name, Limit::Context);
    assert_eq!(before.origin, Origin::Documented);
    let settings = TurnSettings {
        system: Some("word ".repeat(4_000)),
        ..on(None)
    };
    let answer = desk.ask(settings).await;
    let MessageState::Failed { error } = answer.state else {
        panic!("{:?}", answer.state);
    };
    // Nothing that a person wrote is cut for it.
    assert_eq!(error.code, ErrorCode::ContextExceeded);
    assert_eq!(asked(&emulator, "/max_tokens").len(), 1);
    let state = desk.engine.state().await;
    let learned = limit(&state, name, Limit::Context);
    assert_eq!((learned.tokens, learned.origin), (2_000, Origin::Measured));
    assert!(learned.at.is_some() && learned.said.is_some());
    assert_eq!(view(&state, name).abilities.context, 2_000);
    // What fits is answered as ever.
    assert_eq!(lowered_to(&desk.ask(on(None)).await), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_effort_that_is_refused_is_not_asked_for_again() {
    let name = "fault-no-xhigh-effort";
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, name).await;
    let with = |effort| TurnSettings {
        effort: Some(effort),
        ..on(None)
    };
    let without = |answer: MessageView| answer.answer.unwrap().without;
    let efforts = || asked(&emulator, "/output_config/effort");
    let state = desk.engine.state().await;
    assert!(
        view(&state, name)
            .abilities
            .efforts
            .contains(&Effort::Xhigh)
    );

    let answer = desk.ask(with(Effort::Xhigh)).await;
    assert_eq!(without(answer), [Capability::Effort]);
    assert_eq!(efforts(), [Value::from("xhigh"), Value::Null]);
    let state = desk.engine.state().await;
    let seen = view(&state, name);
    let [refused] = seen.refused_efforts.as_slice() else {
        panic!("{:?}", seen.refused_efforts);
    };
    assert_eq!(refused.effort, Effort::Xhigh);
    assert!(refused.at > 0 && refused.said.contains("xhigh"));
    // The others are there as before.
    assert!(!seen.abilities.efforts.contains(&Effort::Xhigh));
    assert!(seen.abilities.efforts.contains(&Effort::Max));
    let known = seen.known.iter();
    let effort = known.clone().find(|it| it.capability == Capability::Effort);
    assert!(effort.unwrap().has);

    let answer = desk.ask(with(Effort::Xhigh)).await;
    assert_eq!(without(answer), [Capability::Effort]);
    let answer = desk.ask(with(Effort::High)).await;
    assert_eq!(without(answer), []);
    assert_eq!(efforts()[2..], [Value::Null, Value::from("high")]);

    forget(&desk, name).await;
    let state = desk.engine.state().await;
    assert!(view(&state, name).refused_efforts.is_empty());
    assert!(
        view(&state, name)
            .abilities
            .efforts
            .contains(&Effort::Xhigh)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_finds_the_limit_and_chat_keeps_to_it() {
    let name = "fault-short-answers";
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let form = || {
        let mut draft = with_key(&emulator);
        draft.deployments = vec![deployment(name, Some(SONNET))];
        draft
    };
    // A form knows nothing of what it is saved as; what it showed counts all the same.
    let target = DoctorTarget::Draft { draft: form() };
    let report = within(desk.engine.diagnose(target, |_| {})).await;
    let answered = rung(&report, hearth_engine::api::RungId::Deployment);
    assert_eq!(answered.state, hearth_engine::api::RungState::Passed);
    assert_eq!(fact(answered, "lowered-to"), "4096");
    desk.save(form()).await;
    let learned = limit(&desk.engine.state().await, name, Limit::Output);
    assert_eq!((learned.tokens, learned.origin), (4_096, Origin::Measured));
    let before = asked(&emulator, "/max_tokens").len();
    desk.ask(on(None)).await;
    assert_eq!(asked(&emulator, "/max_tokens")[before..], [4_096]);

    // Mapped to another model, it is another deployment.
    let mut draft = form();
    draft.id = Some(desk.engine.state().await.connections[0].id.clone());
    draft.credential.secret = None;
    draft.deployments = vec![deployment(name, Some("claude-opus-5-5"))];
    desk.save(draft).await;
    let fresh = limit(&desk.engine.state().await, name, Limit::Output);
    assert_eq!(fresh.origin, Origin::Documented);
}

/// The most that a walk may use while people are told of about 2,000 tokens (`ladder-measured`
/// in the words, and the README). A real model may think longer than the stand-in does.
const MOST_TOKENS_OF_A_WALK: u64 = 2_500;

/// What an answer to this body uses, input and output, when it is let come to its end.
async fn used(emulator: &Emulator, body: &str) -> u64 {
    let mut body: Value = serde_json::from_str(body).unwrap();
    body["stream"] = Value::Bool(false);
    let body = body.to_string();
    // In version 1.0 an answer is what comes until the end, and no library is needed for it.
    let request = format!(
        "POST /anthropic/v1/messages HTTP/1.0\r\nx-api-key: {}\r\n\
         anthropic-version: 2026-10-21\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n\r\n{body}",
        emulator.key(),
        body.len()
    );
    let mut socket = TcpStream::connect(emulator.address()).await.unwrap();
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    within(socket.read_to_string(&mut answer)).await.unwrap();
    let (_, answer) = answer.split_once("\r\n\r\n").unwrap();
    let answer: Value = serde_json::from_str(answer).unwrap();
    assert_eq!(answer["type"], "message", "{answer}");
    let tokens = |name: &str| answer["usage"][name].as_u64().unwrap_or(0);
    tokens("input_tokens") + tokens("output_tokens")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_walk_uses_no_more_tokens_than_is_said() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, SONNET).await;
    let report = desk.walk(None).await;
    assert_eq!(report.verdict, hearth_engine::api::Verdict::Works);
    let log = emulator.log();
    let answered = log
        .iter()
        .filter(|it| it.status == Some(200) && it.received.path.ends_with("/v1/messages"));
    let mut total = 0;
    let mut answers = 0;
    for exchange in answered {
        total += used(&emulator, &exchange.received.body).await;
        answers += 1;
    }
    // Chat's own call, two with a tool, two kinds of thinking, an effort and an image.
    assert!(answers >= 7, "{answers}");
    assert!(total > 1_500, "{total}");
    assert!(total <= MOST_TOKENS_OF_A_WALK, "{total}");
    // What the window says is what is held to.
    let words = hearth_engine::Words::english().say("ladder-measured", &[]);
    assert!(words.contains("2,000"), "{words}");
}
