//! What a second walk finds: it measures for itself, whatever the first one remembered.

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{Capability, ErrorCode, Origin, RungId, RungState};
use serde_json::Value;

use crate::capabilities::{bodies, desk_with, known};
use crate::desk::*;

fn counting() -> Script {
    Script::reply(["1, ", "2, ", "3, ", "4, ", "5"])
}

/// Whether the last message was asked for as a stream.
fn streamed(emulator: &Emulator) -> bool {
    bodies(emulator).last().unwrap()["stream"] == Value::Bool(true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_broke_once_is_said_and_not_held_against_the_deployment() {
    for hiccup in [
        counting().cut_after_events(4),
        counting().stall_after_events(4),
        counting().end_after_events(4),
        counting().stall_after_events(1),
    ] {
        let emulator = Emulator::builder().start().await.unwrap();
        let desk = desk_with(&emulator, &[(SONNET, Some(SONNET))]).await;
        emulator.next(hiccup);
        let first = desk.walk(None).await;
        let streaming = rung(&first, RungId::Streaming);
        assert_eq!(streaming.state, RungState::Warned, "{first:#?}");
        let said = streaming.problem.as_ref().map(|it| it.code);
        assert!(
            matches!(said, Some(ErrorCode::StreamCut | ErrorCode::StreamStalled)),
            "{said:?}"
        );
        let now = known(&desk.engine.state().await, SONNET, Capability::Streaming);
        assert!(now.has, "{now:?}");
        desk.ask(on(None)).await;
        assert!(streamed(&emulator));

        let second = desk.walk(None).await;
        assert_eq!(rung(&second, RungId::Streaming).state, RungState::Passed);
        desk.ask(on(None)).await;
        assert!(streamed(&emulator));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_that_were_broken_are_looked_at_again() {
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = desk_with(&emulator, &[(SONNET, Some(SONNET))]).await;
    // A stream, the answer in one piece, and a stream again.
    emulator.next(counting().cut_after_events(4));
    emulator.next(counting());
    emulator.next(counting().cut_after_events(4));
    let first = desk.walk(None).await;
    assert_eq!(rung(&first, RungId::Streaming).state, RungState::Warned);
    let lacks = known(&desk.engine.state().await, SONNET, Capability::Streaming);
    assert_eq!((lacks.has, lacks.origin), (false, Origin::Measured));
    desk.ask(on(None)).await;
    assert!(!streamed(&emulator));

    let asked = bodies(&emulator).len();
    let second = desk.walk(None).await;
    assert_eq!(bodies(&emulator)[asked]["stream"], true);
    assert_eq!(rung(&second, RungId::Streaming).state, RungState::Passed);
    let has = known(&desk.engine.state().await, SONNET, Capability::Streaming);
    assert_eq!((has.has, has.origin), (true, Origin::Measured));
    desk.ask(on(None)).await;
    assert!(streamed(&emulator));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_still_lacking_is_found_again() {
    for (name, capability, member) in [
        ("fault-no-tools", Capability::Tools, "tools"),
        ("fault-no-streaming", Capability::Streaming, "stream"),
        ("fault-stream-html", Capability::Streaming, "stream"),
        (
            "fault-no-thinking",
            Capability::AdaptiveThinking,
            "thinking",
        ),
        ("fault-no-effort", Capability::Effort, "output_config"),
    ] {
        let emulator = Emulator::builder().start().await.unwrap();
        let desk = desk_with(&emulator, &[(name, Some(SONNET))]).await;
        for walk in 1..=3 {
            let asked = bodies(&emulator).len();
            desk.walk(None).await;
            let bodies = bodies(&emulator);
            let wanted = |body: &Value| body.get(member).is_some_and(|it| *it != false);
            assert!(bodies[asked..].iter().any(wanted), "{name}, walk {walk}");
            let found = known(&desk.engine.state().await, name, capability);
            assert_eq!(
                (found.has, found.origin),
                (false, Origin::Measured),
                "{name}, walk {walk}"
            );
        }
    }
}
