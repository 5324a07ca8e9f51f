//! A thousand random conversations of everything that a person can do. The emulator, which
//! judges each request as the real service would, refuses none; what is shown is what is
//! stored; nothing that was ever there is changed or gone.

use std::collections::{HashMap, HashSet};

use hearth_emulator::{Emulator, Script};
use hearth_engine::ClientOptions;
use hearth_engine::api::{
    BlockView, CallState, ConversationId, ConversationView, Decision, ErrorCode, MessageId,
    MessageState, MessageView, Role, SendRequest, TurnSettings,
};

use crate::dice::Dice;
use crate::support::*;

/// Conversations in all; each has some operations.
const SEQUENCES: u64 = 1000;
const MOST_OPERATIONS: usize = 9;

/// Houses side by side: each has its engine, its database and its emulator.
const HOUSES: u64 = 4;

/// Takes a temperature, and binds no thinking.
const OLD_SONNET: &str = "claude-sonnet-4-6";

const DEPLOYMENTS: [&str; 4] = [SONNET, OPUS, HAIKU, OLD_SONNET];

const QUESTIONS: [&str; 4] = ["Hello", "Think hard", "  日本 🦊  ", "What time is it?"];

/// A net under what would hang; nothing depends on its length.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(30);

/// What one operation was, for the report of a failure.
type Said = Vec<String>;

struct Walk<'a> {
    house: &'a House,
    dice: Dice,
    window: Window,
    settings: TurnSettings,
    /// Every message that ever was complete, as it was shown last, by its conversation.
    seen: HashMap<(ConversationId, MessageId), MessageView>,
    said: Said,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_refused_lost_or_overwritten() {
    let seed = match std::env::var("HEARTH_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => 20_261_122,
    };
    println!("seed {seed}");
    let houses = (0..HOUSES).map(|house| tokio::spawn(live(seed, house)));
    let mut requests = 0;
    let mut kinds = HashMap::new();
    for house in houses.collect::<Vec<_>>() {
        let (asked, done) = house.await.unwrap();
        requests += asked;
        for (kind, count) in done {
            *kinds.entry(kind).or_insert(0) += count;
        }
    }
    println!("{requests} requests, {kinds:?}");
    for kind in OPERATIONS {
        let count = kinds.get(kind).copied().unwrap_or(0);
        assert!(count > 50, "{kind} was tried {count} times");
    }
}

/// One house's share of the sequences.
async fn live(seed: u64, n: u64) -> (usize, HashMap<&'static str, usize>) {
    let folder = match std::path::Path::new("/dev/shm").is_dir() {
        // What is to be found here has nothing to do with the disk's patience.
        true => tempfile::tempdir_in("/dev/shm").unwrap(),
        false => tempfile::tempdir().unwrap(),
    };
    let limits = ClientOptions {
        max_attempts: 1,
        ..ClientOptions::default()
    };
    let house = House::in_folder(folder, Emulator::builder().seed(seed), limits).await;
    let deployments = DEPLOYMENTS.map(mapped);
    let mut draft = house.draft();
    draft.deployments = deployments.into();
    house.engine.save_connection(draft).await.unwrap();
    let mut kinds = HashMap::new();
    for sequence in (n..SEQUENCES).step_by(HOUSES as usize) {
        let seed = seed.wrapping_mul(10_000).wrapping_add(sequence);
        for kind in walk(&house, seed).await {
            *kinds.entry(kind).or_insert(0) += 1;
        }
    }
    let (_, log) = house.close().await;
    for exchange in &log {
        let body = &exchange.received.body;
        assert_eq!(exchange.status, Some(200), "{body}");
    }
    (log.len(), kinds)
}

const OPERATIONS: [&str; 10] = [
    "ask",
    "edit",
    "regenerate",
    "switch branch",
    "continue",
    "switch model",
    "system prompt",
    "tool",
    "stop",
    "fork",
];

async fn walk(house: &House, seed: u64) -> Vec<&'static str> {
    let mut dice = Dice(seed);
    let tool = dice.below(4) > 0;
    house.engine.enable_tool("current_time", tool).unwrap();
    // The conversation before may have left something to be said.
    house
        .emulator
        .next_for(SONNET, Script::reply(["Hello", " you."]));
    let (first, _) = house.ask(None, "Hello").await;
    let mut walk = Walk {
        house,
        dice,
        window: Window::open(&house.engine, &first.conversation).await,
        settings: TurnSettings::default(),
        seen: HashMap::new(),
        said: vec![format!("seed {seed}")],
    };
    let mut done = Vec::new();
    for _ in 0..=walk.dice.below(MOST_OPERATIONS) {
        let operation = *walk.dice.of(&OPERATIONS);
        walk.said.push(operation.to_owned());
        let said = walk.said.clone();
        let operated = tokio::time::timeout(PATIENCE, walk.operate(operation)).await;
        operated.unwrap_or_else(|_| panic!("it hangs: {said:?}"));
        walk.look().await;
        done.push(operation);
    }
    walk.check_all().await;
    done
}

impl Walk<'_> {
    async fn operate(&mut self, operation: &'static str) {
        match operation {
            "ask" => self.send(None).await,
            "edit" => {
                let questions = self.messages(|it| it.role == Role::User && it.answer.is_none());
                let replaced = self.dice.of(&questions).id.clone();
                self.send(Some(replaced)).await;
            }
            "regenerate" => {
                let message = self.any();
                self.script();
                let engine = &self.house.engine;
                let again = engine.regenerate(self.conversation(), message.id).await;
                self.begun(again.map(drop)).await;
            }
            "switch branch" => {
                let branches = self.any().branches;
                let branch = self.dice.of(&branches).clone();
                let engine = &self.house.engine;
                let shown = engine.show_branch(self.conversation(), branch.clone());
                self.window.view = shown.await.unwrap();
                let shown = &self.window.view.messages;
                assert!(shown.iter().any(|it| it.id == branch), "{:?}", self.said);
            }
            "continue" => {
                // Most answers are whole: this one is cut first.
                let cut = cut(&mut self.dice);
                self.answer_with(cut);
                self.ask("Tell me more").await;
                if self.dice.below(3) == 0 {
                    self.choose_model().await;
                }
                let last = self.window.answer().id.clone();
                self.script();
                let engine = &self.house.engine;
                let more = engine.continue_answer(self.conversation(), last).await;
                self.begun(more.map(drop)).await;
            }
            "switch model" => self.choose_model().await,
            "system prompt" => {
                let system = ["", "Be brief.", "Be kind."];
                self.settings.system = Some((*self.dice.of(&system)).into());
                self.choose().await;
            }
            "tool" => {
                let script = calls(&mut self.dice);
                self.answer_with(script);
                self.ask("What time is it?").await;
            }
            "stop" => {
                let (script, gate) = Script::message()
                    .thinking(["Hm."])
                    .text(["One ", "two ", "three"])
                    .gate();
                self.answer_with(script);
                let sent = self
                    .house
                    .engine
                    .send(self.question("Count"))
                    .await
                    .unwrap();
                gate.release(self.dice.below(5));
                gate.held().await.unwrap();
                self.house.engine.stop(&sent.turn);
                gate.open();
                self.settle().await;
            }
            "fork" => {
                let message = self.any();
                let engine = &self.house.engine;
                let fork = engine.fork(self.conversation(), message.id).await.unwrap();
                let before = self.window.view.messages.clone();
                self.window = Window::open(engine, &fork).await;
                for (old, new) in before.iter().zip(&self.window.view.messages) {
                    assert_eq!(old.blocks, new.blocks, "{:?}", self.said);
                    assert_eq!(old.state, new.state, "{:?}", self.said);
                }
            }
            other => panic!("{other} is no operation"),
        }
    }

    fn conversation(&self) -> ConversationId {
        self.window.view.summary.id.clone()
    }

    fn messages(&self, wanted: impl Fn(&MessageView) -> bool) -> Vec<MessageView> {
        let messages = self.window.view.messages.iter();
        messages.filter(|it| wanted(it)).cloned().collect()
    }

    fn any(&mut self) -> MessageView {
        let messages = self.messages(|_| true);
        self.dice.of(&messages).clone()
    }

    fn question(&self, text: &str) -> SendRequest {
        SendRequest {
            settings: self.settings.clone(),
            ..question(Some(&self.conversation()), text, None)
        }
    }

    async fn ask(&mut self, text: &str) {
        let sent = self.house.engine.send(self.question(text)).await;
        self.begun(sent.map(drop)).await;
    }

    async fn send(&mut self, replaces: Option<MessageId>) {
        self.script();
        let text = *self.dice.of(&QUESTIONS);
        let request = SendRequest {
            replaces,
            ..self.question(text)
        };
        let sent = self.house.engine.send(request).await;
        self.begun(sent.map(drop)).await;
    }

    /// What the next answer is; one that calls for tools is followed by a plain one.
    fn script(&mut self) {
        self.house.emulator.next(match self.dice.below(6) {
            0 => Script::message()
                .thinking(["Hm.", " So."])
                .text(["Yes", "."]),
            1 => calls(&mut self.dice),
            2 => cut(&mut self.dice),
            3 => Script::message().stop("refusal").text(["Part of"]),
            _ => plain(),
        });
        self.house.emulator.next(plain());
    }

    /// What the model that is chosen answers next, before whatever else waits to be said.
    fn answer_with(&self, script: Script) {
        let deployment = self.settings.deployment.as_deref().unwrap_or(SONNET);
        self.house.emulator.next_for(deployment, script);
    }

    async fn choose_model(&mut self) {
        let deployment = *self.dice.of(&DEPLOYMENTS);
        self.settings.deployment = Some(deployment.into());
        let warm = self.dice.below(3) == 0;
        self.settings.temperature = warm.then_some(0.5);
        self.said.push(format!("{deployment}, {warm}"));
        self.choose().await;
    }

    async fn choose(&mut self) {
        let chosen = self
            .house
            .engine
            .choose(self.conversation(), self.settings.clone());
        chosen.await.unwrap();
    }

    /// A turn began, or there was nothing to go on with.
    async fn begun(&mut self, begun: Result<(), hearth_engine::api::ErrorReport>) {
        match begun {
            Ok(()) => self.settle().await,
            Err(error) => {
                assert_eq!(error.code, ErrorCode::NothingToContinue, "{:?}", self.said);
            }
        }
    }

    /// Waits for the end of what runs; calls are allowed, denied or stopped on the way.
    async fn settle(&mut self) {
        // The turn may be over before its first event is read.
        let stored = self.house.view(&self.conversation()).await;
        let wanted = stored.seq;
        let mut decided = HashSet::new();
        loop {
            self.window
                .until(|view| {
                    let over = view.turn.is_none() && view.seq >= wanted;
                    over || asked(view).is_some_and(|call| !decided.contains(&call))
                })
                .await;
            let Some(turn) = self.window.view.turn.as_ref().map(|it| it.id.clone()) else {
                return;
            };
            let call = asked(&self.window.view).unwrap();
            let engine = &self.house.engine;
            match self.dice.below(8) {
                0 => engine.stop(&turn),
                1 | 2 => engine.decide(&turn, &call, Decision::Deny),
                3 => engine.decide(&turn, &call, Decision::Conversation),
                _ => engine.decide(&turn, &call, Decision::Once),
            }
            decided.insert(call);
        }
    }

    /// What is shown is what is stored, and what was there is as it was.
    async fn look(&mut self) {
        let stored = self.house.view(&self.conversation()).await;
        assert_eq!(
            self.window.view.messages, stored.messages,
            "{:?}",
            self.said
        );
        assert_eq!(stored.turn, None, "{:?}", self.said);
        let conversation = self.conversation();
        for message in stored.messages {
            if let MessageState::Failed { error } = &message.state {
                let expected = [ErrorCode::StreamCut, ErrorCode::ToolRoundsExceeded];
                assert!(expected.contains(&error.code), "{error:?} {:?}", self.said);
            }
            let key = (conversation.clone(), message.id.clone());
            if let Some(before) = self.seen.get(&key) {
                assert_same(before, &message, &self.said);
            }
            self.seen.insert(key, message);
        }
    }

    /// Every message that ever was, on whatever branch.
    async fn check_all(mut self) {
        while let Some((conversation, id)) = self.seen.keys().next().cloned() {
            let engine = &self.house.engine;
            let shown = engine.show_branch(conversation.clone(), id.clone());
            for now in shown.await.unwrap().messages {
                let before = self.seen.remove(&(conversation.clone(), now.id.clone()));
                if let Some(before) = before {
                    assert_same(&before, &now, &self.said);
                }
            }
            let gone = self.seen.contains_key(&(conversation, id));
            assert!(!gone, "a message is gone: {:?}", self.said);
        }
    }
}

/// Everything of a message but its siblings, which may be more by now.
fn assert_same(before: &MessageView, now: &MessageView, said: &Said) {
    let now_again = MessageView {
        branch: before.branch,
        branches: before.branches.clone(),
        ..now.clone()
    };
    assert_eq!(*before, now_again, "{said:?}");
    assert!(now.branches.starts_with(&before.branches), "{said:?}");
}

/// The call that waits for the person.
fn asked(view: &ConversationView) -> Option<String> {
    view.turn.as_ref()?;
    let blocks = view.messages.last()?.blocks.iter();
    let mut asked = blocks.filter_map(|block| match block {
        BlockView::ToolCall {
            id,
            state: CallState::Approval,
            ..
        } => Some(id.clone()),
        _ => None,
    });
    asked.next()
}

fn calls(dice: &mut Dice) -> Script {
    const INPUTS: [&str; 4] = ["{}", r#"{"time_zone":"Asia/Tokyo"}"#, r#"{"no":1}"#, "{"];
    let mut script = match dice.below(3) {
        0 => Script::message(),
        1 => Script::message().text(["Let me see."]),
        _ => Script::message()
            .thinking(["A clock."])
            .text(["Let me see."]),
    };
    for _ in 0..=dice.below(3) {
        let name = *dice.of(&["current_time", "current_time", "telephone"]);
        script = script.tool_use(name, [*dice.of(&INPUTS)]);
    }
    match dice.below(8) {
        0 => script.stop("max_tokens"),
        1 => script.cut_after_events(7),
        _ => script,
    }
}

fn plain() -> Script {
    Script::message().thinking(["Hm."]).text(["All", " right."])
}

fn cut(dice: &mut Dice) -> Script {
    let script =
        Script::message()
            .thinking(["Hm.", " So."])
            .text(["Once upon ", "a time \n", "there was"]);
    match dice.below(3) {
        0 => script.stop("max_tokens"),
        1 => script.cut_after_events(3 + dice.below(6)),
        _ => Script::reply(["Long "]).stop("max_tokens"),
    }
}
