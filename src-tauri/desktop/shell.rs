//! What the commands share: the engine, or why there is none, and what only a desktop has.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hearth_emulator::{Emulator, Pace};
use hearth_engine::api::{AppState, ConnectionDraft, ConnectionView, ErrorCode, ErrorReport};
use hearth_engine::{DemoAddress, Engine, Words};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

use crate::events;

/// Files that wait in one window at most. It is more than can be attached at once, so that
/// whoever drops more is told that they are too many, and misses none of them silently.
const MOST_WAITING: usize = 100;

/// The state behind every command.
pub(crate) struct Shell {
    engine: Result<Engine, ErrorReport>,
    words: Words,
    /// Held across starting and leaving, so that two clicks start one emulator.
    demo: tokio::sync::Mutex<Option<Emulator>>,
    /// Made when first needed and then kept: on X11 a selection lives as long as its owner.
    clipboard: Mutex<Option<arboard::Clipboard>>,
    /// One stream of events for each web view, by its label.
    watches: Mutex<HashMap<String, JoinHandle<()>>>,
    /// The files that were dropped on each window and not fetched yet, by its label.
    dropped: Mutex<HashMap<String, Vec<PathBuf>>>,
}

impl Shell {
    pub(crate) fn new(engine: Result<Engine, ErrorReport>, words: Words) -> Self {
        Self {
            engine,
            words,
            demo: tokio::sync::Mutex::default(),
            clipboard: Mutex::default(),
            watches: Mutex::default(),
            dropped: Mutex::default(),
        }
    }

    /// The engine, or why it could not be opened: then every command says so.
    pub(crate) fn engine(&self) -> Result<&Engine, ErrorReport> {
        self.engine.as_ref().map_err(Clone::clone)
    }

    /// The sentence of a key.
    pub(crate) fn word(&self, key: &str) -> String {
        self.words.say(key, &[])
    }

    /// Starts the stand-in resource on loopback and points the engine at it.
    pub(crate) async fn start_demo(&self) -> Result<AppState, ErrorReport> {
        let engine = self.engine()?;
        let mut demo = self.demo.lock().await;
        if demo.is_none() {
            *demo = Some(start_emulator().await?);
        }
        let emulator = demo.as_ref().expect("BUG: the emulator was just started");
        let address = DemoAddress {
            url: emulator.url(),
            key: emulator.key().to_owned(),
        };
        engine.start_demo(address).await
    }

    /// Saves a connection. The demo is over then, and its emulator with it.
    pub(crate) async fn save_connection(
        &self,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, ErrorReport> {
        let mut demo = self.demo.lock().await;
        let saved = self.engine()?.save_connection(draft).await?;
        if let Some(emulator) = demo.take() {
            emulator.shutdown().await;
        }
        Ok(saved)
    }

    /// Leaves the demo, and ends the emulator once nothing points at it any more.
    pub(crate) async fn leave_demo(&self) -> Result<AppState, ErrorReport> {
        let mut demo = self.demo.lock().await;
        let state = self.engine()?.leave_demo().await?;
        if let Some(emulator) = demo.take() {
            emulator.shutdown().await;
        }
        Ok(state)
    }

    /// Goes on with the demo when Hearth ended in it.
    pub(crate) async fn resume_demo(&self) {
        let wanted = self.engine.as_ref().is_ok_and(Engine::wants_demo);
        if !wanted {
            return;
        }
        if let Err(error) = self.start_demo().await {
            tracing::warn!(%error, "the demo could not be resumed");
        }
    }

    /// Streams events into a web view. A page that was loaded again asks again, and the
    /// stream of the page before it ends. What was dropped on that one is forgotten.
    pub(crate) fn watch(&self, label: &str, channel: Channel) -> Result<(), ErrorReport> {
        let subscription = self.engine()?.subscribe();
        let task = tauri::async_runtime::spawn(events::forward(subscription, channel));
        if let Some(before) = locked(&self.watches).insert(label.to_owned(), task) {
            before.abort();
            locked(&self.dropped).remove(label);
        }
        Ok(())
    }

    /// Ends the stream of a web view that is gone, and forgets what else was kept for it.
    pub(crate) fn forget(&self, label: &str) {
        if let Some(task) = locked(&self.watches).remove(label) {
            task.abort();
        }
        locked(&self.dropped).remove(label);
    }

    /// Keeps the files that were dropped on a window until its page fetches them. Those of
    /// earlier drops wait with them: a page that still reads the ones before fetches late.
    pub(crate) fn keep_dropped(&self, label: &str, paths: Vec<PathBuf>) {
        let mut dropped = locked(&self.dropped);
        let waiting = dropped.entry(label.to_owned()).or_default();
        let room = MOST_WAITING.saturating_sub(waiting.len());
        waiting.extend(paths.into_iter().take(room));
    }

    /// Every file that was dropped on a window and not fetched yet, in the order of the
    /// drops. A later call for one of these drops finds none.
    pub(crate) fn take_dropped(&self, label: &str) -> Vec<PathBuf> {
        locked(&self.dropped).remove(label).unwrap_or_default()
    }

    /// Puts text on the system's clipboard.
    pub(crate) fn copy(&self, text: String) -> Result<(), ErrorReport> {
        let failed = |error: arboard::Error| {
            ErrorReport::new(ErrorCode::Internal).saying(format!("clipboard: {error}"))
        };
        let mut clipboard = locked(&self.clipboard);
        let owner = match clipboard.as_mut() {
            Some(owner) => owner,
            None => clipboard.insert(arboard::Clipboard::new().map_err(failed)?),
        };
        owner.set_text(text).map_err(failed)
    }

    /// Ends turns, demo and engine, in this order; what came so far is stored.
    pub(crate) async fn shutdown(&self) {
        if let Ok(engine) = &self.engine {
            engine.shutdown().await;
        }
        if let Some(emulator) = self.demo.lock().await.take() {
            emulator.shutdown().await;
        }
    }
}

/// The pace of a real model: fast enough to read along, slow enough to press Stop.
const READABLE: Pace = Pace::PerSecond(60.0);

async fn start_emulator() -> Result<Emulator, ErrorReport> {
    // Random, so that no other program on this machine can use the demo by guessing.
    let key = uuid::Uuid::new_v4().simple().to_string();
    let emulator = Emulator::builder().key(key).pace(READABLE);
    emulator
        .start()
        .await
        .map_err(|error| ErrorReport::new(ErrorCode::Internal).saying(format!("demo: {error}")))
}

/// A panic while a lock was held leaves maps and clipboards in working order.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        let closed = ErrorReport::new(ErrorCode::StoreUnreadable);
        Shell::new(Err(closed), Words::english())
    }

    fn paths(names: &[&str]) -> Vec<PathBuf> {
        names.iter().map(PathBuf::from).collect()
    }

    #[test]
    fn a_drop_before_the_last_was_fetched_takes_nothing_from_it() {
        let shell = shell();
        shell.keep_dropped("main", paths(&["a.png", "b.png"]));
        shell.keep_dropped("main", paths(&["c.png"]));
        shell.keep_dropped("other", paths(&["d.png"]));
        let mut fetched = shell.take_dropped("main");
        fetched.extend(shell.take_dropped("main"));
        assert_eq!(fetched, paths(&["a.png", "b.png", "c.png"]));
        assert_eq!(shell.take_dropped("main"), paths(&[]));
        assert_eq!(shell.take_dropped("other"), paths(&["d.png"]));
    }

    #[test]
    fn more_than_can_be_attached_waits_and_not_everything() {
        let shell = shell();
        for _ in 0..3 {
            shell.keep_dropped("main", paths(&["a.png"; 60]));
        }
        assert_eq!(shell.take_dropped("main").len(), MOST_WAITING);
    }

    #[test]
    fn what_was_dropped_on_a_closed_window_is_forgotten() {
        let shell = shell();
        shell.keep_dropped("main", paths(&["a.png"]));
        shell.forget("main");
        assert_eq!(shell.take_dropped("main"), paths(&[]));
    }
}
