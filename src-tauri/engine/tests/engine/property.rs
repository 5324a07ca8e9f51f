//! A long conversation of everything that a person can do: the emulator, which judges each
//! request as the real service would, accepts every one.

use hearth_emulator::{Emulator, Script};
use hearth_engine::ClientOptions;
use hearth_engine::api::{HearthEvent, MessageState, Role};

use crate::dice::Dice;
use crate::support::*;

const QUESTIONS: [&str; 6] = [
    "Hello",
    "Write a retry in Rust",
    "A hard question: think",
    "Compare them in a table",
    "Antworte auf Japanisch: 日本",
    "  x  ",
];

/// Deployments that answer, break off, refuse, or are not there.
const DEPLOYMENTS: [&str; 8] = [
    SONNET,
    OPUS,
    HAIKU,
    SONNET,
    "fault-cut",
    "fault-error",
    "fault-refusal",
    "fault-404",
];

fn script(dice: &mut Dice) -> Script {
    match dice.below(6) {
        0 => Script::message()
            .thinking(["Hm.", " So."])
            .text(["Yes", "."]),
        1 => Script::message().thinking(Vec::<String>::new()).text([" "]),
        2 => Script::message()
            .thinking(["Only a thought"])
            .cut_after_events(4),
        3 => Script::message().stop("refusal").text(["Part of"]),
        4 => Script::message().block(serde_json::json!({"type": "novelty", "n": 1.50})),
        _ => Script::reply(["Long ", "enough"]).stop("max_tokens"),
    }
}

async fn walk(seed: u64) {
    let mut dice = Dice(seed);
    let house = House::with(
        Emulator::builder().seed(seed),
        ClientOptions {
            max_attempts: 1,
            ..ClientOptions::default()
        },
    )
    .await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    let mut window = house.engine.subscribe();
    for _ in 0..60 {
        let view = house.view(&conversation).await;
        let message = dice.of(&view.messages).clone();
        match dice.below(8) {
            0 => {
                let branch = dice.of(&message.branches).clone();
                let shown = house
                    .engine
                    .show_branch(conversation.clone(), branch.clone());
                let shown = shown.await.unwrap();
                assert!(shown.messages.iter().any(|it| it.id == branch));
                continue;
            }
            1 => {
                let again = house.engine.regenerate(conversation.clone(), message.id);
                let sent = again.await.unwrap();
                ended(&mut window, &sent.turn).await;
            }
            2 => {
                let (script, gate) = Script::message()
                    .thinking(["Hm."])
                    .text(["One ", "two ", "three"])
                    .gate();
                house.emulator.next_for(SONNET, script);
                let request = question(Some(&conversation), "Count", Some(SONNET));
                let sent = house.engine.send(request).await.unwrap();
                gate.release(dice.below(4));
                gate.held().await.unwrap();
                house.engine.stop(&sent.turn);
                let answer = ended(&mut window, &sent.turn).await;
                assert_eq!(answer.state, MessageState::Stopped);
            }
            3 => {
                house.emulator.next_for(SONNET, script(&mut dice));
                house
                    .ask_deployment(
                        Some(&conversation),
                        QUESTIONS[dice.below(QUESTIONS.len())],
                        SONNET,
                    )
                    .await;
            }
            4 => {
                // Whenever that is: before, in the middle of, or after the answer.
                let request = question(Some(&conversation), "A puzzle", Some(OPUS));
                let sent = house.engine.send(request).await.unwrap();
                for _ in 0..dice.below(400) {
                    tokio::task::yield_now().await;
                }
                house.engine.stop(&sent.turn);
                ended(&mut window, &sent.turn).await;
            }
            5 => {
                let paused = Script::message().thinking(["Searching."]);
                let paused = paused.text(["So far"]).stop("pause_turn");
                house.emulator.next_for(HAIKU, paused);
                house.emulator.next_for(HAIKU, Script::reply([" and on."]));
                house
                    .ask_deployment(Some(&conversation), "Search", HAIKU)
                    .await;
            }
            _ => {
                let deployment = DEPLOYMENTS[dice.below(DEPLOYMENTS.len())];
                house
                    .ask_deployment(
                        Some(&conversation),
                        QUESTIONS[dice.below(QUESTIONS.len())],
                        deployment,
                    )
                    .await;
            }
        }
    }
    check(house, seed).await;
}

async fn check(house: House, seed: u64) {
    let (events, log) = house.close().await;
    assert!(log.len() > 20, "seed {seed}: hardly anything was asked");
    for exchange in &log {
        let received = &exchange.received;
        let missing = received.deployment.as_deref() == Some("fault-404");
        let expected = if missing { 404 } else { 200 };
        assert_eq!(
            exchange.status,
            Some(expected),
            "seed {seed}: {}",
            received.body
        );
    }
    let mut running = None;
    let mut last = 0;
    for event in events {
        let HearthEvent::Turn(event) = event else {
            continue;
        };
        assert_eq!(event.seq, last + 1, "seed {seed}");
        last = event.seq;
        use hearth_engine::api::Step;
        match event.step {
            Step::Started { question, .. } => {
                assert_eq!(question.role, Role::User);
                assert_eq!(running.replace(event.turn), None, "seed {seed}");
            }
            Step::Ended { answer } => {
                assert_ne!(answer.state, MessageState::Streaming);
                assert_eq!(running.take(), Some(event.turn), "seed {seed}");
            }
            _ => assert_eq!(running.as_ref(), Some(&event.turn), "seed {seed}"),
        }
    }
    assert_eq!(running, None, "seed {seed}");
}

#[tokio::test]
async fn every_request_of_a_long_conversation_is_accepted() {
    let walks = (1..=6).map(walk);
    futures_util::future::join_all(walks).await;
}
