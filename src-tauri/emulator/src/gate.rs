//! A test's hand on the answer: nothing passes until it is let through.

use std::time::Duration;

use tokio::sync::watch;

use crate::log::NotSeen;

/// How long [`Gate::held`] waits.
const PATIENCE: Duration = Duration::from_secs(10);

/// Holds back the deltas of a scripted reply, each one, and then its ending.
/// A cheap handle: clones are the same gate.
#[derive(Debug, Clone)]
pub struct Gate(watch::Sender<State>);

/// Kept under one lock, so that "held" is never a moment out of date.
#[derive(Debug, Clone, Copy)]
struct State {
    permits: usize,
    open: bool,
    /// An answer asked, and there was no permit.
    held: bool,
}

impl Gate {
    pub(crate) fn closed() -> Gate {
        Gate(watch::Sender::new(State {
            permits: 0,
            open: false,
            held: false,
        }))
    }

    /// Lets `n` more pieces through. The ending (`content_block_stop`, `message_delta`,
    /// `message_stop`) counts as one piece after the last delta.
    pub fn release(&self, n: usize) {
        self.0.send_modify(|state| {
            state.permits += n;
            state.held = state.held && state.permits == 0;
        });
    }

    /// Lets everything through from now on.
    pub fn open(&self) {
        self.0.send_modify(|state| {
            state.open = true;
            state.held = false;
        });
    }

    /// Waits until the answer stands before the gate: everything released has been handed
    /// to the connection, and nothing more will come by itself.
    ///
    /// # Errors
    /// [`NotSeen`] when no answer reached the gate within 10 s.
    pub async fn held(&self) -> Result<(), NotSeen> {
        let mut state = self.0.subscribe();
        let held = state.wait_for(|state| state.held);
        match tokio::time::timeout(PATIENCE, held).await {
            Ok(_) => Ok(()),
            Err(_) => Err(NotSeen("no answer stands before the gate".to_owned())),
        }
    }

    pub(crate) async fn pass(&self) {
        let mut changes = self.0.subscribe();
        loop {
            let mut passed = false;
            self.0.send_if_modified(|state| {
                let before = state.held;
                passed = state.open || state.permits > 0;
                if passed && !state.open {
                    state.permits -= 1;
                }
                state.held = !passed;
                before != state.held
            });
            if passed {
                return;
            }
            // Marks the change made just above as seen; a release since then is not lost,
            // because it changed the permits that `wait_for` looks at first.
            let ready = changes
                .wait_for(|state| state.open || state.permits > 0)
                .await;
            if ready.is_err() {
                return;
            }
        }
    }
}
