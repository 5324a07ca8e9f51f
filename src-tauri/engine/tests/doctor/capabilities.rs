//! What a deployment lacks: asked for once, left out, remembered with its date, said on the
//! answer, and not asked for again. What a person wrote or attached is never left out.

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    AppState, BlockView, Capability, ConversationId, DoctorTarget, DraftKey, Effort, ErrorCode,
    Known, MessageState, NewFile, Origin, SendRequest, TurnSettings,
};
use serde_json::{Value, json};

use crate::desk::*;

/// The only connection's deployment of this name knows this of itself.
pub(crate) fn known(state: &AppState, name: &str, capability: Capability) -> Known {
    let deployments = &state.connections[0].deployments;
    let found = deployments.iter().find(|it| it.name == name).unwrap();
    let mut of_it = found
        .known
        .iter()
        .filter(|known| known.capability == capability);
    let known = of_it.next().unwrap().clone();
    assert!(of_it.next().is_none(), "{capability:?} twice");
    known
}

/// The bodies of the messages that were asked, in order.
pub(crate) fn bodies(emulator: &Emulator) -> Vec<Value> {
    let log = emulator.log();
    let messages = log
        .iter()
        .filter(|it| it.received.path.ends_with("/v1/messages"));
    messages
        .map(|it| serde_json::from_str(&it.received.body).unwrap())
        .collect()
}

pub(crate) async fn desk_with(emulator: &Emulator, deployments: &[(&str, Option<&str>)]) -> Desk {
    let desk = Desk::new().await;
    let mut draft = with_key(emulator);
    draft.deployments = deployments
        .iter()
        .map(|(name, base)| deployment(name, *base))
        .collect();
    desk.save(draft).await;
    desk
}

struct Row {
    deployment: &'static str,
    base: &'static str,
    settings: TurnSettings,
    capability: Capability,
    /// Where it stands in the request.
    member: &'static str,
    /// The person asked for it, so that each answer says that it was left out.
    asked_for: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_left_out_once_and_for_all() {
    let emulator = Emulator::builder().start().await.unwrap();
    let row = |deployment, capability, member, asked_for| Row {
        deployment,
        base: SONNET,
        settings: on(Some(deployment)),
        capability,
        member,
        asked_for,
    };
    let rows = [
        row(
            "fault-no-thinking",
            Capability::AdaptiveThinking,
            "thinking",
            false,
        ),
        Row {
            settings: TurnSettings {
                effort: Some(Effort::High),
                ..on(Some("fault-no-effort"))
            },
            ..row("fault-no-effort", Capability::Effort, "output_config", true)
        },
        row("fault-no-tools", Capability::Tools, "tools", true),
        row("fault-no-streaming", Capability::Streaming, "stream", false),
        Row {
            base: "claude-sonnet-4-6",
            settings: TurnSettings {
                temperature: Some(0.5),
                ..on(Some("fault-no-temperature.claude-sonnet-4-6"))
            },
            ..row(
                "fault-no-temperature.claude-sonnet-4-6",
                Capability::Temperature,
                "temperature",
                true,
            )
        },
    ];
    let names: Vec<_> = rows
        .iter()
        .map(|it| (it.deployment, Some(it.base)))
        .collect();
    let desk = desk_with(&emulator, &names).await;
    for row in rows {
        let tools = row.capability == Capability::Tools;
        desk.engine.enable_tool("current_time", tools).unwrap();
        let before = known(&desk.engine.state().await, row.deployment, row.capability);
        assert_eq!((before.has, before.origin), (true, Origin::Documented));

        let asked = bodies(&emulator).len();
        let answer = desk.ask(row.settings.clone()).await;
        let all = bodies(&emulator);
        let bodies_now = &all[asked..];
        assert_eq!(bodies_now.len(), 2, "{}: {bodies_now:#?}", row.deployment);
        assert!(bodies_now[0].get(row.member).is_some());
        let left_out = bodies_now[1].get(row.member);
        assert!(
            left_out.is_none_or(|it| *it == Value::Bool(false)),
            "{left_out:?}"
        );
        assert!(
            matches!(answer.state, MessageState::Complete { .. }),
            "{}: {:?}",
            row.deployment,
            answer.state
        );
        assert_eq!(answer.answer.unwrap().without, [row.capability]);

        let learned = known(&desk.engine.state().await, row.deployment, row.capability);
        assert_eq!((learned.has, learned.origin), (false, Origin::Measured));
        assert!(learned.at.is_some() && learned.said.is_some());

        let again = desk.ask(row.settings.clone()).await;
        assert_eq!(bodies(&emulator).len(), asked + 3, "{}", row.deployment);
        let without = again.answer.unwrap().without;
        assert_eq!(without == [row.capability], row.asked_for, "{without:?}");

        let id = desk.engine.state().await.connections[0].id.clone();
        let name = row.deployment.to_owned();
        desk.engine.forget_measured(id, name).await.unwrap();
        let forgotten = known(&desk.engine.state().await, row.deployment, row.capability);
        assert_eq!(
            (forgotten.has, forgotten.origin),
            (true, Origin::Documented)
        );
    }
}

/// A question that is refused in the same words without what they name was not refused for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_counts_only_once_the_question_gets_through() {
    for message in [
        "messages.3.content.0.thinking: Extra inputs are not permitted",
        "thinking: this gateway does not support what was sent",
    ] {
        let emulator = Emulator::builder().start().await.unwrap();
        let desk = desk_with(&emulator, &[(SONNET, Some(SONNET))]).await;
        let error = json!({ "type": "invalid_request_error", "message": message });
        let body = json!({ "type": "error", "error": error }).to_string();
        let always = || emulator.next(Script::status(400, [], body.clone()));
        let untouched = known(
            &desk.engine.state().await,
            SONNET,
            Capability::AdaptiveThinking,
        );
        assert_eq!(untouched.origin, Origin::Documented);

        always();
        always();
        let card = desk.card(None).await;
        assert_eq!(card.message.as_deref(), Some(message));
        let asked = bodies(&emulator);
        assert_eq!(asked.len(), 2, "{asked:#?}");
        assert!(asked[0].get("thinking").is_some() && asked[1].get("thinking").is_none());
        let state = desk.engine.state().await;
        assert_eq!(
            known(&state, SONNET, Capability::AdaptiveThinking),
            untouched
        );

        // Nor does a walk learn from it.
        always();
        always();
        desk.walk(None).await;
        let state = desk.engine.state().await;
        assert_eq!(
            known(&state, SONNET, Capability::AdaptiveThinking),
            untouched
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_measured_outlives_the_program() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, &[("fault-no-thinking", Some(SONNET))]).await;
    desk.ask(on(None)).await;
    let text = std::fs::read_to_string(desk.folder.path().join("settings.json")).unwrap();
    let settings: Value = serde_json::from_str(&text).unwrap();
    let kept = &settings["connections"][0]["deployments"][0]["known"][0];
    assert_eq!(kept["capability"], "adaptive-thinking");
    assert_eq!(kept["has"], false);
    assert!(kept["at"].is_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_not_left_out() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, &[("fault-no-vision", Some(SONNET))]).await;
    let mut png = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(8, 8)
        .write_to(&mut png, image::ImageFormat::Png)
        .unwrap();
    let file = NewFile {
        name: "red.png".to_owned(),
        bytes: png.into_inner(),
    };
    let attached = desk.engine.attach(DraftKey::New, file).await.unwrap();
    let mut window = desk.engine.subscribe();
    let request = SendRequest {
        conversation: None,
        text: "What is it?".to_owned(),
        attachments: vec![attached.id],
        settings: on(None),
        replaces: None,
        after: None,
    };
    let sent = desk.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    let MessageState::Failed { error } = answer.state else {
        panic!("{:?}", answer.state);
    };
    assert_eq!(error.code, ErrorCode::FeatureMissing);
    assert_eq!(error.lacks, Some(Capability::Vision));
    assert_eq!(error.deployment.as_deref(), Some("fault-no-vision"));
    assert_eq!(bodies(&emulator).len(), 1);
    let state = desk.engine.state().await;
    assert!(!known(&state, "fault-no-vision", Capability::Vision).has);
    let words = hearth_engine::Words::english().explain(&error);
    assert!(
        words.starts_with("This deployment lacks: images. "),
        "{words}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_that_lacks_two_things_is_asked_three_times() {
    let emulator = Emulator::builder().start().await.unwrap();
    // It is mapped to a model with which it has little in common.
    let name = "fault-no-thinking.claude-haiku-4-5";
    let desk = desk_with(&emulator, &[(name, Some(SONNET))]).await;
    let settings = TurnSettings {
        effort: Some(Effort::Low),
        ..on(None)
    };
    let answer = desk.ask(settings).await;
    assert!(
        matches!(answer.state, MessageState::Complete { .. }),
        "{:?}",
        answer.state
    );
    let without = answer.answer.unwrap().without;
    assert_eq!(without.len(), 2, "{without:?}");
    assert!(without.contains(&Capability::AdaptiveThinking));
    assert!(without.contains(&Capability::Effort));
    assert_eq!(bodies(&emulator).len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_measures_what_nobody_documented() {
    let emulator = Emulator::builder()
        .deployment("house-model", SONNET)
        .unwrap()
        .start()
        .await
        .unwrap();
    let desk = desk_with(&emulator, &[("house-model", None)]).await;
    let state = desk.engine.state().await;
    let before = known(&state, "house-model", Capability::AdaptiveThinking);
    assert_eq!((before.has, before.origin), (false, Origin::Assumed));
    assert!(state.deployments[0].abilities.efforts.is_empty());

    desk.walk(None).await;
    let state = desk.engine.state().await;
    for (capability, has) in [
        (Capability::Streaming, true),
        (Capability::Tools, true),
        (Capability::AdaptiveThinking, true),
        (Capability::BudgetedThinking, false),
        (Capability::ThinkingBetweenTools, true),
        (Capability::ThinkingOff, false),
        (Capability::Effort, true),
        (Capability::Vision, true),
        (Capability::StructuredOutputs, false),
        (Capability::TokenCount, true),
    ] {
        let found = known(&state, "house-model", capability);
        assert_eq!(
            (found.has, found.origin),
            (has, Origin::Measured),
            "{capability:?}: {found:?}"
        );
    }
    assert!(!state.deployments[0].abilities.efforts.is_empty());

    // From now on it is asked as what it is.
    let asked = bodies(&emulator).len();
    desk.ask(on(None)).await;
    assert_eq!(bodies(&emulator)[asked]["thinking"]["type"], "adaptive");
}

#[tokio::test(flavor = "multi_thread")]
async fn thinking_that_is_not_known_any_more_is_left_out() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, &[(SONNET, Some(SONNET))]).await;
    let foreign = json!({ "type": "thinking", "thinking": "Hm.", "signature": "from-elsewhere" });
    emulator.next(Script::message().block(foreign).text(["Hello."]));
    let mut window = desk.engine.subscribe();
    let first = desk.engine.send(question(None, "Hello")).await.unwrap();
    ended(&mut window, &first.turn).await;

    let again = question(Some(first.conversation.clone()), "And now?");
    let sent = desk.engine.send(again).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert!(
        matches!(answer.state, MessageState::Complete { .. }),
        "{:?}",
        answer.state
    );
    let all = bodies(&emulator);
    assert_eq!(all.len(), 3);
    assert!(all[1].to_string().contains("from-elsewhere"));
    assert!(!all[2].to_string().contains("from-elsewhere"));
    // Only what goes to the model is without it.
    let view = desk.engine.conversation(first.conversation).await.unwrap();
    let kept = &view.messages[1].blocks[0];
    assert!(matches!(kept, BlockView::Thinking { text, .. } if text == "Hm."));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_measured_of_a_form_counts_once_it_is_saved() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let name = "fault-no-effort";
    let form = || {
        let mut draft = with_key(&emulator);
        draft.deployments = vec![deployment(name, Some(SONNET))];
        draft
    };
    let target = DoctorTarget::Draft { draft: form() };
    within(desk.engine.diagnose(target, |_| {})).await;
    desk.save(form()).await;
    let learned = known(&desk.engine.state().await, name, Capability::Effort);
    assert_eq!((learned.has, learned.origin), (false, Origin::Measured));

    // Under the same name on another host nothing is known.
    let other = Emulator::builder().start().await.unwrap();
    let mut draft = with_key(&other);
    draft.deployments = vec![deployment(name, Some(SONNET))];
    desk.save(draft).await;
    let state = desk.engine.state().await;
    let fresh = state.connections[1].deployments[0].known.iter();
    assert!(fresh.clone().all(|known| known.origin != Origin::Measured));
}

fn question(conversation: Option<ConversationId>, text: &str) -> SendRequest {
    SendRequest {
        conversation,
        text: text.to_owned(),
        attachments: Vec::new(),
        settings: on(None),
        replaces: None,
        after: None,
    }
}
