//! SIGKILL at any moment of a conversation: what had been shown is there.
//!
//! A child process uses the engine as a window does: it asks, edits, regenerates, goes on,
//! forks, types and throws away, by chance. Whatever it is shown it first writes to a pipe,
//! which outlives it. It is killed at a random moment, two hundred times in the same
//! profile; after each kill the database is sound, and everything that the pipe tells of
//! is there and is found.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hearth_emulator::{Emulator, Pace};
use hearth_engine::Engine;
use hearth_engine::api::{
    BlockView, ConnectionDraft, ConversationId, DraftKey, HearthEvent, MessageId, MessageState,
    MessageView, SendRequest, Step, TranscriptFormat,
};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use crate::support::*;

const CHILD: &str = "HEARTH_ENGINE_TEST_KILLED";
const KILLS: u64 = 200;

/// What a child writes into the pipe, one line each, before it goes on.
fn tell(fact: &Value) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\u{1}{fact}").unwrap();
    out.flush().unwrap();
}

/// The child: uses the engine until it is killed.
fn use_until_killed(instruction: &str) {
    let mut words = instruction.splitn(4, ' ');
    let mut next = || words.next().unwrap().to_owned();
    let (seed, url, key, folder) = (next(), next(), next(), next());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let engine = Engine::open(profile(folder.as_ref()), no_environment())
            .await
            .unwrap();
        let connection = connection_to(&url, &key);
        engine.save_connection(connection).await.unwrap();
        tokio::spawn(watch(engine.clone()));
        let mut person = Person {
            random: SmallRng::seed_from_u64(seed.parse().unwrap()),
            seed,
            engine,
            asked: 0,
        };
        loop {
            person.does_something().await;
        }
    });
}

/// A window: tells of everything that it is shown.
async fn watch(engine: Engine) {
    let mut window = engine.subscribe();
    while let Some(batch) = window.next().await {
        for event in batch {
            let HearthEvent::Turn(event) = event else {
                continue;
            };
            let at = event.conversation.0;
            match event.step {
                Step::Started { question, answer } => {
                    tell(&json!({"at": at, "message": question.id, "whole": text(&question)}));
                    tell(&json!({"at": at, "message": answer.id, "text": ""}));
                }
                Step::BlockStarted {
                    message,
                    block: BlockView::Text { text },
                    ..
                } => tell(&json!({"at": at, "message": message, "text": text})),
                Step::Delta { message, text, .. } => {
                    tell(&json!({"at": at, "message": message, "text": text}));
                }
                Step::Ended { answer } => {
                    tell(&json!({"at": at, "message": answer.id, "whole": text(&answer)}));
                }
                _ => {}
            }
        }
    }
}

struct Person {
    random: SmallRng,
    seed: String,
    engine: Engine,
    asked: u32,
}

impl Person {
    fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end)
    }

    /// One thing that people do. That it may be refused is part of it: an answer runs here.
    async fn does_something(&mut self) {
        let listed = self.engine.conversations().await.unwrap();
        let what = self.below(12);
        if listed.is_empty() || what == 0 {
            return self.asks(None, None).await;
        }
        let place = self.below(listed.len().min(4));
        let id = listed[place].id.clone();
        let view = self.engine.conversation(id.clone()).await.unwrap();
        let message = view.messages[self.below(view.messages.len())].clone();
        match what {
            1..=3 => self.asks(Some(id), None).await,
            4 => {
                let question = view.messages[0].id.clone();
                self.asks(Some(id), Some(question)).await;
            }
            5 => drop(self.engine.regenerate(id, message.id).await),
            6 => drop(self.engine.continue_answer(id, message.id).await),
            7 => {
                if let Ok(fork) = self.engine.fork(id, message.id.clone()).await {
                    tell(&json!({"fork": fork, "shows": shown_before(&view.messages, &message)}));
                }
            }
            8 => {
                let branches = message.branches;
                let branch = branches[self.below(branches.len())].clone();
                drop(self.engine.show_branch(id, branch).await);
            }
            9 => self.types(id).await,
            10 => {
                if let Some(turn) = view.turn {
                    self.engine.stop(&turn.id);
                }
            }
            _ => {
                let pause = Duration::from_millis(self.below(20) as u64);
                tokio::time::sleep(pause).await;
            }
        }
    }

    /// Asks something that no other question says; `replaces` makes it an edit.
    async fn asks(&mut self, conversation: Option<ConversationId>, replaces: Option<MessageId>) {
        self.asked += 1;
        let text = format!("word{}x{} tell me of it", self.seed, self.asked);
        let request = SendRequest {
            replaces,
            ..question(conversation.as_ref(), &text, None)
        };
        if let Ok(sent) = self.engine.send(request).await {
            tell(&json!({"at": sent.conversation, "message": sent.question, "whole": text}));
        }
    }

    async fn types(&mut self, id: ConversationId) {
        self.asked += 1;
        let text = format!("typed {} {}", self.seed, self.asked);
        let key = DraftKey::Conversation { id: id.clone() };
        // Whether the next one got through is not known when it is the last that was tried.
        tell(&json!({"typing": id, "text": text}));
        self.engine.set_draft(key, text.clone()).await.unwrap();
        tell(&json!({"typed": id, "text": text}));
    }
}

/// The texts of the finished messages up to one of them, as a fork has to have them.
fn shown_before(messages: &[MessageView], last: &MessageView) -> Vec<String> {
    let end = messages.iter().position(|it| it.id == last.id).unwrap();
    let finished = messages[..=end]
        .iter()
        .filter(|it| it.state != MessageState::Streaming);
    finished.map(text).collect()
}

/// What a conversation's draft may be.
#[derive(Default)]
struct Typed {
    /// What is certainly stored, unless a later one replaced it or a question cleared it.
    certain: Option<String>,
    /// What was being stored after that.
    perhaps: Vec<String>,
}

impl Typed {
    fn allows(&self, text: &str) -> bool {
        let mut possible = self.certain.iter().chain(&self.perhaps);
        // Before the first one was stored, or after a question cleared it, there is none.
        text.is_empty() || possible.any(|it| it == text)
    }
}

/// Everything that one child was shown.
#[derive(Default)]
struct Shown {
    /// By message: where it is, what came of it, and whether that was all.
    messages: HashMap<String, (String, String, bool)>,
    forks: Vec<(String, Vec<String>)>,
    /// By conversation.
    drafts: HashMap<String, Typed>,
}

impl Shown {
    fn read(output: &str) -> Self {
        let mut shown = Self::default();
        // A line that the kill cut in two told nothing.
        let whole = output.rfind('\n').map_or("", |end| &output[..end]);
        for line in whole.lines().filter_map(|line| line.split_once('\u{1}')) {
            shown.take(&serde_json::from_str(line.1).unwrap());
        }
        shown
    }

    fn take(&mut self, fact: &Value) {
        let said = |name: &str| fact[name].as_str().map(str::to_owned);
        if let Some((at, message)) = said("at").zip(said("message")) {
            let known = self.messages.entry(message).or_default();
            known.0 = at;
            match said("whole") {
                Some(whole) => (known.1, known.2) = (whole, true),
                None if !known.2 => known.1.push_str(&said("text").unwrap()),
                None => {}
            }
        } else if let Some(fork) = said("fork") {
            let texts = serde_json::from_value(fact["shows"].clone()).unwrap();
            self.forks.push((fork, texts));
        } else if let Some(id) = said("typing") {
            let known = self.drafts.entry(id).or_default();
            known.perhaps.push(said("text").unwrap());
        } else if let Some(id) = said("typed") {
            let certain = said("text");
            let perhaps = Vec::new();
            self.drafts.insert(id, Typed { certain, perhaps });
        }
    }

    /// Adds what a later child was shown.
    fn add(&mut self, later: Self) {
        for (message, (at, text, whole)) in later.messages {
            let known = self.messages.entry(message).or_default();
            if whole || !known.2 {
                *known = (at, text, whole);
            }
        }
        self.forks.extend(later.forks);
        for (id, typed) in later.drafts {
            let known = self.drafts.entry(id).or_default();
            match typed.certain {
                Some(_) => *known = typed,
                // What an earlier child typed is still there, if this one did not get far enough.
                None => known.perhaps.extend(typed.perhaps),
            }
        }
    }

    /// Everything that was shown is there.
    async fn check(&self, engine: &Engine, history: &str) -> usize {
        let mut trees = HashMap::new();
        for (message, (at, text, whole)) in &self.messages {
            if !trees.contains_key(at) {
                trees.insert(at.clone(), texts(engine, at).await);
            }
            let stored = trees[at]
                .get(message)
                .unwrap_or_else(|| panic!("{history}: message {message} is gone"));
            match whole {
                true => assert_eq!(stored, text, "{history}"),
                false => assert!(
                    stored.starts_with(text.as_str()),
                    "{history}: {stored:?} {text:?}"
                ),
            }
        }
        for (fork, expected) in &self.forks {
            // Another branch of it may be shown by now.
            if !trees.contains_key(fork) {
                trees.insert(fork.clone(), texts(engine, fork).await);
            }
            for text in expected {
                let found = trees[fork].values().any(|it| it == text);
                assert!(found, "{history}: {fork} lacks {text:?}");
            }
        }
        for (at, text, _) in self.messages.values() {
            let Some(word) = text.split(' ').next().filter(|it| it.starts_with("word")) else {
                continue;
            };
            let hits = engine.search(word.to_owned()).await.unwrap();
            let found = hits.iter().any(|hit| hit.conversation.0 == *at);
            assert!(found, "{history}: {word} is not found");
        }
        self.messages.len()
    }

    /// What was typed is there, whichever child typed it.
    async fn check_drafts(&self, engine: &Engine, history: &str) {
        for (id, typed) in &self.drafts {
            let id = ConversationId(id.clone());
            let draft = engine.draft(DraftKey::Conversation { id }).await.unwrap();
            assert!(typed.allows(&draft.text), "{history}: {draft:?}");
        }
    }
}

/// The text of every message of every branch.
async fn texts(engine: &Engine, conversation: &str) -> HashMap<String, String> {
    let id = ConversationId(conversation.to_owned());
    let transcript = engine.transcript(id, TranscriptFormat::Json).await.unwrap();
    let transcript: Value = serde_json::from_str(&transcript.text).unwrap();
    let messages = transcript["messages"].as_array().unwrap();
    let text_of = |message: &Value| -> String {
        let blocks = message["blocks"].as_array().unwrap().iter();
        blocks
            .filter_map(|block| block["body"]["text"].as_str())
            .collect()
    };
    messages
        .iter()
        .map(|it| (it["id"].as_str().unwrap().to_owned(), text_of(it)))
        .collect()
}

fn connection_to(url: &str, key: &str) -> ConnectionDraft {
    ConnectionDraft {
        deployments: vec![mapped(HAIKU)],
        ..draft_to(url, key)
    }
}

fn start(seed: u64, emulator: &Emulator, folder: &Path) -> Child {
    // Its key was in memory only: each child connects anew.
    let _ = std::fs::remove_file(folder.join("settings.json"));
    let instruction = format!(
        "{seed} {} {} {}",
        emulator.url(),
        emulator.key(),
        folder.display()
    );
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(CHILD, instruction)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills a child at a random moment after it was shown something, or before.
fn killed(mut child: Child, random: &mut SmallRng) -> String {
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    let at_least = random.random_range(0..40);
    for _ in 0..at_least {
        assert_ne!(output.read_line(&mut text).unwrap(), 0, "{text}");
    }
    std::thread::sleep(Duration::from_micros(random.random_range(0..20_000)));
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_string(&mut text).unwrap();
    text
}

const TEST: &str = "kills::what_was_shown_survives_200_kills";

#[test]
fn what_was_shown_survives_200_kills() {
    if let Ok(instruction) = std::env::var(CHILD) {
        return use_until_killed(&instruction);
    }
    let seed = std::env::var("HEARTH_TEST_SEED").ok();
    let seed: u64 = seed.map_or_else(rand::random, |it| it.parse().unwrap());
    println!("HEARTH_TEST_SEED={seed}");
    let mut random = SmallRng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        // Fast enough for whole answers, slow enough to be killed in the middle of one.
        let builder = Emulator::builder().pace(Pace::PerSecond(2000.0));
        let emulator = builder.start().await.unwrap();
        let mut everything = Shown::default();
        let mut messages = 0;
        for kill in 0..KILLS {
            let child = start(seed.wrapping_add(kill), &emulator, folder.path());
            let shown = Shown::read(&killed(child, &mut random));
            let history = format!("seed {seed}, kill {kill}");
            sound(folder.path(), &history);
            let engine = Engine::open(profile(folder.path()), no_environment())
                .await
                .unwrap();
            messages += shown.check(&engine, &history).await;
            everything.add(shown);
            everything.check_drafts(&engine, &history).await;
            engine.shutdown().await;
        }
        let engine = Engine::open(profile(folder.path()), no_environment())
            .await
            .unwrap();
        everything
            .check(&engine, &format!("seed {seed}, at the end"))
            .await;
        println!("{KILLS} kills, {messages} messages");
        assert!(messages > 400, "hardly anything happened: {messages}");
    });
}

fn sound(folder: &Path, history: &str) {
    let path = folder.join("hearth.db");
    if !path.exists() {
        // Killed before there was one.
        return;
    }
    let database = rusqlite::Connection::open(path).unwrap();
    let check = |sql: &str| -> String { database.query_row(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(check("PRAGMA quick_check"), "ok", "{history}");
    let mut broken = database.prepare("PRAGMA foreign_key_check").unwrap();
    assert!(!broken.exists(()).unwrap(), "{history}");
    drop(broken);
    for index in ["block_words", "title_words"] {
        let sql = format!("INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)");
        database.execute(&sql, ()).unwrap();
    }
}
