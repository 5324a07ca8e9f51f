//! Secrets that nobody needs any more, and that the keyring still holds: it was missing or refused
//! when they were to go. Their names are kept, so that they go when it is back.

use std::sync::Arc;
use std::time::Duration;

use super::Connections;
use super::secrets::Forgotten;
use crate::Shared;
use crate::api::KeyringState;
use crate::settings::Settings;

/// Names that are kept at most, the newest of them: each is of a connection that a person removed,
/// or of a secret that they replaced.
const MOST: usize = 256;

/// Notes under which names something may be left.
pub(super) fn note(settings: &mut Settings, names: Vec<String>) {
    let left = &mut settings.left_in_keyring;
    for name in names {
        if !left.contains(&name) {
            left.push(name);
        }
    }
    let surplus = left.len().saturating_sub(MOST);
    left.drain(..surplus);
}

/// How long to wait before the keyring is tried again, at first and at most: it is asked without a
/// dialog, and may be slow or absent while a desktop is starting.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

impl Shared {
    /// Removes what had to be left in the keyring, by an earlier run or by this one, while
    /// everything else goes on.
    pub(crate) fn clear_leftovers(self: &Arc<Self>) {
        let shared = self.clone();
        self.turns.spawn(async move {
            tokio::select! {
                () = shared.quitting.cancelled() => {}
                () = shared.connections.keep_clearing_leftovers() => {}
            }
        });
    }
}

impl Connections {
    /// Forgets secrets that nothing refers to any more. What stays in the keyring all the same is
    /// removed later.
    pub(crate) async fn forget_all(&self, names: Vec<String>) {
        let (mut gone, mut left) = (Vec::new(), Vec::new());
        for name in names {
            match self.secrets().forget(&name).await {
                Ok(Forgotten::Gone) => gone.push(name),
                Ok(Forgotten::Later) => left.push(name),
                Err(error) => {
                    tracing::warn!(%error, "a secret without use stays in the keyring for now");
                    left.push(name);
                }
            }
        }
        let noted = self.written().left_in_keyring;
        let some_are_left = !left.is_empty();
        if !some_are_left && !noted.iter().any(|name| gone.contains(name)) {
            return;
        }
        let changed = self.change(|settings| {
            settings.left_in_keyring.retain(|name| !gone.contains(name));
            note(settings, left);
        });
        if let Err(error) = changed {
            tracing::warn!(%error, "it is not noted what stays in the keyring");
        }
        if some_are_left {
            self.something_is_left.notify_one();
        }
    }

    /// Never comes back: what is left now is tried again ever more rarely, and what is left later
    /// may come at any time.
    async fn keep_clearing_leftovers(&self) {
        let mut pause = FIRST_PAUSE;
        loop {
            self.clear_leftovers().await;
            if self.written().left_in_keyring.is_empty() {
                self.something_is_left.notified().await;
                pause = FIRST_PAUSE;
            } else {
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }

    /// Removes what was left, if the keyring is there and open: nobody is asked to open it.
    async fn clear_leftovers(&self) {
        let left = self.written().left_in_keyring;
        if left.is_empty() || self.keyring().await != KeyringState::Ready {
            return;
        }
        let _alone = self.alone().await;
        let mut gone = Vec::new();
        for name in left {
            match self.secrets().forget(&name).await {
                Ok(Forgotten::Gone) => gone.push(name),
                Ok(Forgotten::Later) => {}
                Err(error) => tracing::info!(%error, "a secret without use stays in the keyring"),
            }
        }
        let noted = self.change(|settings| {
            let left = &mut settings.left_in_keyring;
            left.retain(|name| !gone.contains(name));
        });
        if let Err(error) = noted {
            tracing::info!(%error, "what the keyring let go of is looked for once more");
        }
    }
}
