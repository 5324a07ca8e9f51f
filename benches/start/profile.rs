//! The profile of somebody who has used Hearth's demo for a while.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use hearth_emulator::Emulator;
use hearth_engine::api::{HearthEvent, SendRequest, Step, TurnSettings};
use hearth_engine::{DemoAddress, Engine, Environment, Profile, Subscription};
use hearth_store::{Ending, MessageState, Shelf, Store};

/// What is asked, over and over: prose, code, a table, thinking, other scripts.
const QUESTIONS: &[&str] = &[
    "Hello",
    "Write a retry budget in Rust",
    "Compare three databases in a table",
    "A puzzle: who owns the fish?",
    "Say good morning in ten languages",
];
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) struct UsedProfile {
    folder: PathBuf,
    store: Store,
}

impl UsedProfile {
    /// Holds conversations with the emulator, as fast as it answers. The profile stays in the
    /// demo, so that a window that opens it goes on there.
    pub(crate) fn fill(folder: &Path, conversations: usize) -> Self {
        let runtime = tokio::runtime::Runtime::new().expect("an asynchronous runtime");
        runtime.block_on(hold(folder, conversations));
        let store = Store::open(folder).expect("the profile has a store");
        let found = store.conversations(Shelf::Current).expect("it can be read");
        assert_eq!(found.len(), conversations, "every conversation was kept");
        Self {
            folder: folder.to_owned(),
            store,
        }
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Types a question into the window and waits until its answer is complete on disk.
    pub(crate) fn ask_in_the_window(&self) {
        let before = self.complete_answers();
        type_into_the_window(QUESTIONS[1]);
        let patience = Instant::now() + PATIENCE;
        while self.complete_answers() == before {
            assert!(Instant::now() < patience, "the question was not answered");
            thread::sleep(Duration::from_millis(200));
        }
    }

    fn complete_answers(&self) -> usize {
        let rows = self.store.conversations(Shelf::Current).expect("the list");
        let whole = rows.iter().map(|row| self.store.conversation(&row.id));
        whole
            .flat_map(|conversation| conversation.expect("a conversation").messages)
            .filter(|message| {
                let state = &message.state;
                let over = matches!(state, MessageState::Ended(Ending::Complete { .. }));
                over && message.turn.is_some()
            })
            .count()
    }
}

async fn hold(folder: &Path, conversations: usize) {
    let emulator = Emulator::builder()
        .start()
        .await
        .expect("the emulator starts");
    let nothing = Environment::from_vars(std::iter::empty::<(String, String)>());
    let engine = Engine::open(Profile::in_folder(folder), nothing)
        .await
        .unwrap_or_else(|report| panic!("no engine: {report}"));
    let address = DemoAddress {
        url: emulator.url(),
        key: emulator.key().to_owned(),
    };
    engine
        .start_demo(address)
        .await
        .unwrap_or_else(|report| panic!("no demo: {report}"));
    let mut events = engine.subscribe();
    for question in QUESTIONS.iter().cycle().take(conversations) {
        let request = SendRequest {
            conversation: None,
            text: (*question).to_owned(),
            attachments: Vec::new(),
            replaces: None,
            after: None,
            settings: TurnSettings::default(),
        };
        engine
            .send(request)
            .await
            .unwrap_or_else(|report| panic!("not asked: {report}"));
        the_end(&mut events).await;
    }
    engine.shutdown().await;
    emulator.shutdown().await;
}

async fn the_end(events: &mut Subscription) {
    while let Some(batch) = events.next().await {
        let ended = batch.iter().any(|event| {
            matches!(event, HearthEvent::Turn(turn) if matches!(turn.step, Step::Ended { .. }))
        });
        if ended {
            return;
        }
    }
    panic!("the engine ended before its answer did");
}

/// Without a window manager nobody else gives a window the focus.
fn type_into_the_window(text: &str) {
    xdotool(&[
        "search",
        "--sync",
        "--onlyvisible",
        "--name",
        "^Hearth$",
        "windowfocus",
        "--sync",
    ]);
    xdotool(&["type", "--clearmodifiers", text]);
    xdotool(&["key", "Return"]);
}

fn xdotool(arguments: &[&str]) {
    let done = Command::new("xdotool").args(arguments).status();
    let done = done.expect("xdotool is installed");
    assert!(done.success(), "xdotool {arguments:?}");
}
