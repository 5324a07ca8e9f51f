//! Two programs at the same conversations. Each engine has its own handle of the database
//! and its own lock, as two processes have.

use std::path::Path;

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    ConversationId, ConversationView, ErrorCode, HearthEvent, MessageState, SendRequest,
    TurnSettings,
};
use hearth_engine::{ClientOptions, Engine, Subscription};

use crate::disk::sql_in;
use crate::support::*;

/// A window of another program in the same folder.
struct Neighbour {
    engine: Engine,
    window: Subscription,
}

impl Neighbour {
    async fn of(house: &House) -> Self {
        let engine = Engine::open(profile(house.folder.path()), no_environment())
            .await
            .unwrap();
        let window = engine.subscribe();
        Self { engine, window }
    }

    /// Takes a new snapshot whenever it is told to, until it is as wanted.
    async fn until(
        &mut self,
        conversation: &ConversationId,
        wanted: impl Fn(&ConversationView) -> bool,
    ) -> ConversationView {
        loop {
            let view = self
                .engine
                .conversation(conversation.clone())
                .await
                .unwrap();
            if wanted(&view) {
                return view;
            }
            self.told(|event| matches!(event, HearthEvent::ConversationStale { id } if id == conversation))
                .await;
        }
    }

    /// Waits to be told something.
    async fn told(&mut self, what: impl Fn(&HearthEvent) -> bool) -> HearthEvent {
        loop {
            let batch = within(self.window.next()).await.expect("the engine ended");
            if let Some(event) = batch.into_iter().find(&what) {
                return event;
            }
        }
    }
}

#[tokio::test]
async fn an_answer_grows_in_the_window_of_another_program() {
    let house = House::new().await;
    let mut other = Neighbour::of(&house).await;
    let pieces = ["One ", "two ", "three."];
    let (script, gate) = Script::reply(pieces).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Count").await;
    other
        .told(|event| matches!(event, HearthEvent::ConversationChanged { summary } if summary.id == sent.conversation))
        .await;
    let mut here = Window::open(&house.engine, &sent.conversation).await;
    for shown in 1..=pieces.len() {
        gate.release(1);
        let expected = pieces[..shown].concat();
        here.until(|view| text(view.messages.last().unwrap()) == expected)
            .await;
        let view = other
            .until(&sent.conversation, |view| {
                text(view.messages.last().unwrap()) == expected
            })
            .await;
        let turn = view.turn.expect("somebody writes it");
        assert!(turn.elsewhere);
        assert_eq!(turn.answer, sent.answer);
        assert_eq!(view.messages.last().unwrap().state, MessageState::Streaming);
    }
    gate.open();
    here.until_over().await;
    let view = other
        .until(&sent.conversation, |view| view.turn.is_none())
        .await;
    assert_eq!(view.messages.last(), Some(here.answer()));
    assert_eq!(view.messages.len(), 2);
}

#[tokio::test]
async fn nobody_asks_or_switches_where_another_program_answers() {
    let house = House::new().await;
    let other = Neighbour::of(&house).await;
    // Its key is in the memory of the first program only.
    let same = hearth_engine::api::ConnectionDraft {
        id: Some(house.saved.clone()),
        ..house.draft()
    };
    other.engine.save_connection(same).await.unwrap();
    let (sent, _) = house.ask(None, "Hello").await;
    let (script, gate) = Script::reply(["slow"]).gate();
    house.emulator.next(script);
    let running = house.send(Some(&sent.conversation), "Again").await;
    let refused = other
        .engine
        .send(question(Some(&sent.conversation), "Me too", None))
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::TurnRunning);
    let refused = other
        .engine
        .show_branch(sent.conversation.clone(), sent.answer.clone())
        .await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::TurnRunning);
    // Stopping from there does nothing, and breaks nothing.
    other.engine.stop(&running.turn);
    let mut here = Window::open(&house.engine, &sent.conversation).await;
    gate.open();
    here.until_over().await;
    assert_eq!(here.answer().state, complete("end_turn"));
    // Now it is the other's turn.
    let mut window = other.engine.subscribe();
    let asked = other
        .engine
        .send(question(Some(&sent.conversation), "Me too", None))
        .await
        .unwrap();
    ended(&mut window, &asked.turn).await;
    let here = house.view(&sent.conversation).await;
    assert_eq!(here.messages.len(), 6);
}

#[tokio::test]
async fn what_another_program_does_to_the_list_is_told() {
    let house = House::new().await;
    let (kept, _) = house.ask(None, "Kept").await;
    let (thrown, _) = house.ask(None, "Thrown").await;
    let mut other = Neighbour::of(&house).await;
    house
        .engine
        .rename(kept.conversation.clone(), "New name".into())
        .await
        .unwrap();
    other
        .told(|event| matches!(event, HearthEvent::ConversationChanged { summary } if summary.title == "New name"))
        .await;
    house
        .engine
        .trash(thrown.conversation.clone())
        .await
        .unwrap();
    let gone = HearthEvent::ConversationRemoved {
        id: thrown.conversation.clone(),
    };
    other.told(|event| *event == gone).await;
    house
        .engine
        .restore(thrown.conversation.clone())
        .await
        .unwrap();
    other
        .told(|event| matches!(event, HearthEvent::ConversationChanged { summary } if summary.id == thrown.conversation))
        .await;
    house
        .engine
        .delete_forever(thrown.conversation.clone())
        .await
        .unwrap();
    other.told(|event| *event == gone).await;
}

#[tokio::test]
async fn a_branch_that_another_program_shows_is_taken_over() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let mut other = Neighbour::of(&house).await;
    let mut window = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(sent.conversation.clone(), sent.answer.clone())
        .await
        .unwrap();
    ended(&mut window, &again.turn).await;
    let view = other
        .until(&sent.conversation, |view| {
            view.turn.is_none() && view.messages.last().unwrap().id == again.answer
        })
        .await;
    assert_eq!(view.messages.last().unwrap().branches.len(), 2);
}

#[tokio::test]
async fn what_is_chosen_is_told_to_every_window() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let conversation = &sent.conversation;
    let mut here = Neighbour {
        engine: house.engine.clone(),
        window: house.engine.subscribe(),
    };
    let mut other = Neighbour::of(&house).await;
    let mut chosen = TurnSettings {
        system: Some("Be brief.".into()),
        ..TurnSettings::default()
    };
    let choose = house.engine.choose(conversation.clone(), chosen.clone());
    choose.await.unwrap();
    // In this program with what changed alone: nobody reads thousands of messages again for it.
    let settings = |chosen: &TurnSettings| HearthEvent::ConversationSettings {
        id: conversation.clone(),
        settings: chosen.clone(),
    };
    let told = settings(&chosen);
    here.told(|event| *event == told).await;
    let stale = |event: &HearthEvent| matches!(event, HearthEvent::ConversationStale { id } if id == conversation);
    other.told(stale).await;
    for window in [&here, &other] {
        let view = window.engine.conversation(conversation.clone()).await;
        assert_eq!(view.unwrap().settings, chosen);
    }
    // A question brings what was chosen where it was asked.
    chosen.deployment = Some(OPUS.into());
    let request = SendRequest {
        settings: chosen.clone(),
        ..question(Some(conversation), "And now?", None)
    };
    let asked = house.engine.send(request.clone()).await.unwrap();
    for window in [&mut here, &mut other] {
        window
            .until(conversation, |view| view.settings == chosen)
            .await;
    }
    let mut window = house.engine.subscribe();
    Window::open(&house.engine, conversation)
        .await
        .until_over()
        .await;
    // The same once more is nothing that a window has to know.
    let again = house.engine.send(request).await.unwrap();
    ended(&mut window, &again.turn).await;
    let second = settings(&chosen);
    drop(here);
    let (events, _) = house.close().await;
    let about = |event: &&HearthEvent| matches!(event, HearthEvent::ConversationSettings { .. });
    let about: Vec<_> = events.iter().filter(about).collect();
    assert_eq!(about, [&told, &second]);
    let stale = |event: &HearthEvent| matches!(event, HearthEvent::ConversationStale { id } if *id == asked.conversation);
    assert!(!events.iter().any(stale), "{events:?}");
}

#[tokio::test]
async fn what_changed_is_told_though_another_look_fails() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["One ", "two"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Count").await;
    let mut other = Neighbour::of(&house).await;
    gate.release(1);
    other
        .until(&sent.conversation, |view| {
            text(view.messages.last().unwrap()) == "One "
        })
        .await;
    // Nobody can see how far the answer is, and meanwhile its title changes.
    sql_in(
        house.folder.path(),
        "ALTER TABLE journal RENAME TO elsewhere",
    );
    house
        .engine
        .rename(sent.conversation.clone(), "New name".into())
        .await
        .unwrap();
    other
        .told(|event| matches!(event, HearthEvent::ConversationChanged { summary } if summary.title == "New name"))
        .await;
    sql_in(
        house.folder.path(),
        "ALTER TABLE elsewhere RENAME TO journal",
    );
    gate.open();
    other
        .until(&sent.conversation, |view| view.turn.is_none())
        .await;
}

#[tokio::test]
async fn the_answer_of_a_program_that_died_gets_its_ending_while_others_live() {
    // A process counts as dead when its lock is free; the test takes the lock away.
    let folder = tempfile::tempdir().unwrap();
    let dying = House::in_folder(folder, Emulator::builder(), ClientOptions::default()).await;
    let (script, gate) = Script::reply(["Half ", "never"]).gate();
    dying.emulator.next(script);
    let sent = dying.send(None, "Hello").await;
    let mut other = Neighbour::of(&dying).await;
    gate.release(1);
    other
        .until(&sent.conversation, |view| {
            text(view.messages.last().unwrap()) == "Half "
        })
        .await;
    forget_the_older(dying.folder.path());
    let view = other
        .until(&sent.conversation, |view| {
            view.messages.last().unwrap().state == MessageState::Interrupted
        })
        .await;
    assert_eq!(text(view.messages.last().unwrap()), "Half ");
    assert_eq!(view.turn, None);
}

/// Takes the lock of the program that was there first: a file that is gone is not locked.
fn forget_the_older(folder: &Path) {
    let mut locks: Vec<_> = std::fs::read_dir(folder.join("running"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().extension().is_some_and(|it| it == "lock"))
        .map(|entry| (entry.metadata().unwrap().modified().unwrap(), entry.path()))
        .collect();
    locks.sort();
    assert_eq!(locks.len(), 2, "one of each program");
    std::fs::remove_file(&locks[0].1).unwrap();
}
