use std::time::Duration;

use hearth_emulator::{Emulator, Pace, Script};
use hearth_engine::Words;

use super::*;

/// A net under waits that would otherwise hang; nothing depends on its length.
const PATIENCE: Duration = Duration::from_secs(60);

/// More events than a subscription keeps for who does not listen.
const TOO_MANY: usize = 600;

async fn until_a_call_waits(window: &mut Subscription) {
    loop {
        let batch = window.next().await.unwrap();
        let waits = batch.iter().any(|event| {
            matches!(event, HearthEvent::Turn(event)
                if matches!(event.step, Step::ToolState { state: CallState::Approval, .. }))
        });
        if waits {
            return;
        }
    }
}

#[tokio::test]
async fn a_call_whose_question_was_missed_is_denied() {
    let key = "canary-7f1c2d3e4b5a69788796a5b4c3d2e1f0";
    let emulator = Emulator::builder().key(key).pace(Pace::Instant);
    let emulator = emulator.start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let environment = Environment::from_vars([
        ("AZURE_API_BASE".to_owned(), emulator.url()),
        ("AZURE_API_KEY".to_owned(), key.to_owned()),
    ]);
    let engine = Engine::open(Profile::in_folder(folder.path()), environment);
    let engine = engine.await.unwrap();
    engine.enable_tool("current_time", true).unwrap();
    let mut events = engine.subscribe();
    let mut window = engine.subscribe();
    emulator.next(Script::message().tool_use("current_time", ["{}"]));
    emulator.next(Script::reply(["Without a clock I cannot know."]));
    let place = Place {
        conversation: None,
        settings: TurnSettings::default(),
    };
    let sent = send(&engine, place, "What time is it?".into(), Vec::new(), None);
    let sent = sent.await.unwrap();
    let waits = tokio::time::timeout(PATIENCE, until_a_call_waits(&mut window));
    waits.await.expect("the call is shown");
    for _ in 0..TOO_MANY {
        engine.enable_tool("current_time", true).unwrap();
    }

    let words = Words::english();
    let terminal = Terminal::new(&words);
    let followed = follow(&engine, &mut events, &sent, Output::Json, &terminal);
    let answer = tokio::time::timeout(PATIENCE, followed).await;
    let answer = answer.expect("nobody is waited for").unwrap();
    assert_eq!(text_of(&answer), "Without a clock I cannot know.");
    let view = engine.conversation(sent.conversation).await.unwrap();
    let mut blocks = view.messages.iter().flat_map(|it| &it.blocks);
    let denied = blocks.any(|block| {
        matches!(
            block,
            BlockView::ToolCall {
                state: CallState::Denied,
                ..
            }
        )
    });
    assert!(denied, "{view:?}");
    engine.shutdown().await;
}
