//! The wait between two attempts: whoever does not want to wait asks again at once.

use std::time::Duration;

use hearth_emulator::{Emulator, Script};
use hearth_engine::ClientOptions;
use hearth_engine::api::{HearthEvent, Step, TurnEvent, TurnId};

use crate::support::*;

#[tokio::test]
async fn a_wait_is_over_when_the_person_says_so() {
    let limits = ClientOptions {
        max_wait_total: Duration::from_secs(7_200),
        ..ClientOptions::default()
    };
    let house = House::with(Emulator::builder(), limits).await;
    // An hour: without the press of the button the test would not end in time.
    let busy = r#"{"error":{"type":"rate_limit_error","message":"Busy"}}"#;
    for _ in 0..2 {
        let script = Script::status(429, [("retry-after", "3600")], busy);
        house.emulator.next(script);
    }
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Hello").await;
    // A turn that there is not, and one press for each wait.
    house.engine.retry_now(&TurnId("nobody".into()));
    for _ in 0..2 {
        loop {
            let batch = within(window.next()).await.unwrap();
            let waits = batch.iter().any(|event| {
                matches!(
                    event,
                    HearthEvent::Turn(TurnEvent {
                        step: Step::Waiting { .. },
                        ..
                    })
                )
            });
            if waits {
                break;
            }
        }
        house.engine.retry_now(&sent.turn);
    }
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(house.emulator.log().len(), 3);
    // One that is over has nothing to wait for.
    house.engine.retry_now(&sent.turn);
}
