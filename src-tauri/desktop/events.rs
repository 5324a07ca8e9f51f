//! The engine's events on their way into the web view.

use hearth_engine::Subscription;
use hearth_engine::api::HearthEvent;
use tauri::ipc::{Channel, InvokeResponseBody};

/// A message of this many bytes takes Tauri's slower path (tauri 2.12,
/// `ipc/channel.rs`, `MAX_JSON_DIRECT_EXECUTE_THRESHOLD`).
const FAST_PATH_ENDS: usize = 8192;

/// Passes on what happens until the engine ends or the web view is gone.
/// The subscription already gathers what belongs to one frame.
pub(crate) async fn forward(mut events: Subscription, channel: Channel) {
    while let Some(batch) = events.next().await {
        for message in messages(&batch) {
            if channel.send(InvokeResponseBody::Json(message)).is_err() {
                return;
            }
        }
    }
}

/// The events as JSON arrays, in order, each small enough for the fast path. An
/// event that is too large for it by itself travels alone.
fn messages(events: &[HearthEvent]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut message = String::new();
    for event in events {
        let json = serde_json::to_string(event).expect("BUG: an event does not serialise");
        if !message.is_empty() && message.len() + json.len() + 2 >= FAST_PATH_ENDS {
            message.push(']');
            messages.push(std::mem::take(&mut message));
        }
        message.push(if message.is_empty() { '[' } else { ',' });
        message.push_str(&json);
    }
    if !message.is_empty() {
        message.push(']');
        messages.push(message);
    }
    messages
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_engine::api::{ConversationId, MessageId, Step, TurnEvent, TurnId};

    fn delta(seq: u64, bytes: usize) -> HearthEvent {
        HearthEvent::Turn(TurnEvent {
            conversation: ConversationId("c".into()),
            turn: TurnId("t".into()),
            seq,
            step: Step::Delta {
                message: MessageId("m".into()),
                index: 0,
                text: "x".repeat(bytes),
            },
        })
    }

    /// The sequence numbers of each message.
    fn split(events: &[HearthEvent]) -> Vec<Vec<u64>> {
        messages(events)
            .iter()
            .map(|message| {
                let events: Vec<serde_json::Value> = serde_json::from_str(message).unwrap();
                events
                    .iter()
                    .map(|event| event["seq"].as_u64().unwrap())
                    .collect()
            })
            .collect()
    }

    #[test]
    fn what_fits_travels_together_and_in_order() {
        assert_eq!(split(&[]), Vec::<Vec<u64>>::new());
        assert_eq!(split(&[delta(1, 10), delta(2, 10)]), [[1, 2]]);
    }

    #[test]
    fn no_message_leaves_the_fast_path_unless_one_event_does() {
        let events: Vec<_> = (1..=40).map(|seq| delta(seq, 700)).collect();
        let messages = messages(&events);
        assert!(messages.len() > 1);
        assert!(
            messages
                .iter()
                .all(|message| message.len() < FAST_PATH_ENDS)
        );
        assert_eq!(split(&events).concat(), (1..=40).collect::<Vec<u64>>());
    }

    #[test]
    fn one_large_event_travels_alone() {
        let events = [delta(1, 10), delta(2, 20_000), delta(3, 10)];
        assert_eq!(split(&events), [vec![1], vec![2], vec![3]]);
    }

    #[test]
    fn a_message_may_fill_the_fast_path_to_the_last_byte() {
        let empty = messages(&[delta(1, 0), delta(2, 0)])[0].len();
        let room = FAST_PATH_ENDS - 1 - empty;
        assert_eq!(split(&[delta(1, 0), delta(2, room)]), [[1, 2]]);
        assert_eq!(split(&[delta(1, 0), delta(2, room + 1)]), [[1], [2]]);
    }
}
