//! What the commands share: the engine, or why there is none, and what only a desktop has.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_emulator::{Emulator, Pace};
use hearth_engine::api::{
    AppState, ConnectionDraft, ConnectionId, ConnectionView, ErrorCode, ErrorReport, ImportId,
    ImportOutcome,
};
use hearth_engine::{DemoAddress, Engine, Words};
use hearth_lending::{Lending, Terms};
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

use crate::dropping::{DropNumber, Dropped};
use crate::events;

/// How long other programs' answers may go on when a person closes Hearth: they wait for it.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// The state behind every command.
pub(crate) struct Shell {
    engine: Result<Engine, ErrorReport>,
    words: Words,
    /// Serves other programs while the settings say so; none before it began, and at the end.
    lending: Mutex<Option<Lending>>,
    /// Held across starting and leaving, so that two clicks start one emulator.
    demo: tokio::sync::Mutex<Option<Emulator>>,
    /// Made when first needed and then kept: on X11 a selection lives as long as its owner.
    clipboard: Mutex<Option<arboard::Clipboard>>,
    /// One stream of events for each web view, by its label.
    watches: Mutex<HashMap<String, JoinHandle<()>>>,
    /// The files that were dropped on the windows and not fetched yet.
    dropped: Mutex<Dropped>,
}

impl Shell {
    pub(crate) fn new(engine: Result<Engine, ErrorReport>, words: Words) -> Self {
        Self {
            engine,
            words,
            lending: Mutex::default(),
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

    /// Saves a connection. A new one ends the demo, and its emulator with it.
    pub(crate) async fn save_connection(
        &self,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, ErrorReport> {
        let mut demo = self.demo.lock().await;
        let saved = self.engine()?.save_connection(draft).await?;
        self.end_unused(&mut demo).await?;
        Ok(saved)
    }

    /// Saves connections that an import found; the same holds.
    pub(crate) async fn accept_import(
        &self,
        id: ImportId,
        indexes: Vec<u32>,
        this_run_only: bool,
    ) -> Result<ImportOutcome, ErrorReport> {
        let mut demo = self.demo.lock().await;
        let saved = self.engine()?.accept_import(id, indexes, this_run_only);
        let saved = saved.await;
        // Of several, some may have been saved before one was refused.
        self.end_unused(&mut demo).await?;
        saved
    }

    /// Switches to a saved connection. The demo is over then, and its emulator with it.
    pub(crate) async fn use_connection(&self, id: ConnectionId) -> Result<AppState, ErrorReport> {
        let mut demo = self.demo.lock().await;
        let state = self.engine()?.use_connection(id).await?;
        self.end_unused(&mut demo).await?;
        Ok(state)
    }

    /// Ends the emulator once nothing points at it any more.
    async fn end_unused(&self, demo: &mut Option<Emulator>) -> Result<(), ErrorReport> {
        if !self.engine()?.is_demo()
            && let Some(emulator) = demo.take()
        {
            emulator.shutdown().await;
        }
        Ok(())
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

    /// Begins to follow what the person chose of the gateway. Waits for nothing; to be called
    /// within the runtime.
    pub(crate) fn lend(&self) {
        if let Ok(engine) = &self.engine {
            let lending = Lending::start(engine.clone(), Terms::default());
            *locked(&self.lending) = Some(lending);
        }
    }

    /// Streams events into a web view. A page that was loaded again asks again, and the
    /// stream of the page before it ends. What was dropped on that one is forgotten.
    pub(crate) fn watch(&self, label: &str, channel: Channel) -> Result<(), ErrorReport> {
        let subscription = self.engine()?.subscribe();
        let task = tauri::async_runtime::spawn(events::forward(subscription, channel));
        if let Some(before) = locked(&self.watches).insert(label.to_owned(), task) {
            before.abort();
            locked(&self.dropped).forget(label);
        }
        Ok(())
    }

    /// Ends the stream of a web view that is gone, and forgets what else was kept for it.
    pub(crate) fn forget(&self, label: &str) {
        if let Some(task) = locked(&self.watches).remove(label) {
            task.abort();
        }
        locked(&self.dropped).forget(label);
    }

    /// Keeps the files of a drop on a window until its page fetches them.
    pub(crate) fn keep_dropped(&self, label: &str, paths: Vec<PathBuf>) -> DropNumber {
        locked(&self.dropped).keep(label, paths)
    }

    /// The files of one drop on a window; none when they were fetched or forgotten.
    pub(crate) fn take_dropped(&self, label: &str, drop: DropNumber) -> Vec<PathBuf> {
        locked(&self.dropped).take(label, drop)
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

    /// Ends gateway, turns, engine and demo, in this order; what came so far is stored.
    pub(crate) async fn shutdown(&self) {
        let lending = locked(&self.lending).take();
        if let Some(lending) = lending {
            lending.shutdown(LAST_ANSWERS).await;
        }
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
