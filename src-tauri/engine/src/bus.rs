//! Events from the engine to every window: ordered, numbered, bounded.

use std::collections::HashMap;

use tokio::sync::broadcast;

use crate::api::{ConversationId, HearthEvent, Step, TurnEvent, TurnId};

/// Batches that a slow window may lag behind before it has to take a snapshot.
/// A turn sends at most one batch a frame, so this is about eight seconds of one stream.
const BACKLOG: usize = 512;

/// Where events enter. Numbers are given while its owner holds it locked, so
/// they are published in their order.
#[derive(Debug)]
pub(crate) struct Bus {
    sender: broadcast::Sender<Vec<HearthEvent>>,
    last: HashMap<ConversationId, u64>,
}

impl Bus {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(BACKLOG),
            last: HashMap::new(),
        }
    }

    /// The number of the last event of a conversation; 0 before the first.
    pub(crate) fn last(&self, conversation: &ConversationId) -> u64 {
        self.last.get(conversation).copied().unwrap_or(0)
    }

    /// Numbers the steps of a turn and hands them to every window, as one batch.
    pub(crate) fn steps(&mut self, conversation: &ConversationId, turn: &TurnId, steps: Vec<Step>) {
        let last = self.last.entry(conversation.clone()).or_default();
        let events = steps
            .into_iter()
            .map(|step| {
                *last += 1;
                HearthEvent::Turn(TurnEvent {
                    conversation: conversation.clone(),
                    turn: turn.clone(),
                    seq: *last,
                    step,
                })
            })
            .collect();
        self.publish(events);
    }

    pub(crate) fn publish(&self, events: Vec<HearthEvent>) {
        // No window is no failure: a turn belongs to the engine.
        let _ = self.sender.send(events);
    }

    /// Whether any window listens.
    pub(crate) fn is_watched(&self) -> bool {
        self.sender.receiver_count() > 0
    }

    pub(crate) fn subscribe(&self) -> Subscription {
        Subscription {
            receiver: self.sender.subscribe(),
        }
    }
}

/// One window's view of what happens.
#[derive(Debug)]
pub struct Subscription {
    receiver: broadcast::Receiver<Vec<HearthEvent>>,
}

impl Subscription {
    /// Waits for something to happen and returns all that has; none when the
    /// engine has ended. A window that was too slow receives
    /// [`HearthEvent::Missed`] in place of what it missed.
    pub async fn next(&mut self) -> Option<Vec<HearthEvent>> {
        use broadcast::error::{RecvError, TryRecvError};
        let mut batch = match self.receiver.recv().await {
            Ok(events) => events,
            Err(RecvError::Lagged(_)) => vec![HearthEvent::Missed],
            Err(RecvError::Closed) => return None,
        };
        loop {
            match self.receiver.try_recv() {
                Ok(events) => batch.extend(events),
                Err(TryRecvError::Lagged(_)) => batch.push(HearthEvent::Missed),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return Some(batch),
            }
        }
    }
}
