//! What the disk did not take in the middle of a turn, or beside other programs: none of
//! it is lost, and none is replaced by something that is less.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use hearth_emulator::Script;
use hearth_engine::Engine;
use hearth_engine::api::{
    CallState, Decision, ErrorCode, HearthEvent, MessageState, MessageView, Sent, TurnId,
};

use crate::disk::{allow, forbid, on_disk, rescued, sql_in};
use crate::support::*;
use crate::tools::{calls, house_with_clock, last_sent, results, states, until_asked};

/// A call that ran, its result, and an answer that says why nothing came of it.
fn assert_ran(messages: &[MessageView]) {
    let [_, asked, result, answer] = messages else {
        panic!("{messages:?}");
    };
    assert_eq!(states(asked), [CallState::Done]);
    assert_eq!(asked.state, complete("tool_use"));
    let told = results(result);
    assert!(matches!(told.as_slice(), [(_, false)]), "{told:?}");
    let MessageState::Failed { error } = &answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, ErrorCode::StoreFailed);
}

/// A call in a new conversation.
struct Called {
    sent: Sent,
    window: Window,
    turn: TurnId,
    call: String,
}

/// The model calls the clock, and waits for the person.
async fn called(house: &House) -> Called {
    house.emulator.next(calls(&["{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    Called {
        sent,
        window,
        turn,
        call,
    }
}

/// The call ran, and the disk did not take what it brought.
async fn ran_unsaved(house: &House) -> Called {
    let mut called = called(house).await;
    forbid(house, "UPDATE ON message");
    house
        .engine
        .decide(&called.turn, &called.call, Decision::Once);
    called.window.until_over().await;
    assert_ran(&called.window.view.messages);
    called
}

#[tokio::test]
async fn what_a_tool_did_is_kept_when_the_disk_does_not_take_it() {
    let house = house_with_clock().await;
    let Called {
        sent, window, call, ..
    } = ran_unsaved(&house).await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages, window.view.messages);
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.waiting, 1);

    allow(&house);
    house.engine.retry_saving().await.unwrap();
    assert_eq!(house.engine.state().await.storage, None);
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let saved = later.conversation(sent.conversation.clone()).await.unwrap();
    assert_eq!(saved.messages, window.view.messages);
    // The model goes on with what the tool brought.
    house.emulator.next(Script::reply(["It is late."]));
    let mut events = house.engine.subscribe();
    let last = window.answer().id.clone();
    let more = house.engine.continue_answer(sent.conversation, last);
    let answer = ended(&mut events, &more.await.unwrap().turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(last_sent(&house)[0]["tool_use_id"], call);
}

#[tokio::test]
async fn a_fork_has_what_the_disk_did_not_take_at_first() {
    let house = house_with_clock().await;
    let Called { sent, window, .. } = ran_unsaved(&house).await;
    let last = window.answer().id.clone();
    let fork = house.engine.fork(sent.conversation.clone(), last.clone());
    assert_eq!(fork.await.unwrap_err().code, ErrorCode::StoreFailed);

    allow(&house);
    let fork = house.engine.fork(sent.conversation, last).await.unwrap();
    assert_ran(&house.view(&fork).await.messages);
}

/// An answer whose end nothing on the disk takes, and whose conversation cannot even be read,
/// once `break_it` was called: its words are in a file when the program ends.
async fn is_rescued(break_it: impl FnOnce(&Path), why: ErrorCode) {
    let house = House::new().await;
    let words = format!("unreadable {}", std::process::id());
    let (script, gate) = Script::reply(["These words are ", words.as_str()]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(1);
    window
        .until(|view| text(view.messages.last().unwrap()) == "These words are ")
        .await;
    break_it(house.folder.path());
    let mut events = house.engine.subscribe();
    gate.open();
    let answer = ended(&mut events, &sent.turn).await;
    assert_eq!(text(&answer), format!("These words are {words}"));
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.error.code, why);
    assert_eq!(problem.waiting, 1);
    house.engine.shutdown().await;
    let whole = format!("These words are {words}");
    assert_eq!(rescued(house.folder.path(), &whole).len(), 1);
}

#[tokio::test]
async fn an_answer_is_rescued_though_its_conversation_cannot_be_read() {
    let without_messages = |folder: &Path| {
        sql_in(folder, "ALTER TABLE message RENAME TO gone");
    };
    is_rescued(without_messages, ErrorCode::StoreFailed).await;
}

#[tokio::test]
async fn what_a_tool_did_is_rescued_though_its_conversation_cannot_be_read() {
    let house = house_with_clock().await;
    let Called {
        sent, turn, call, ..
    } = called(&house).await;
    sql_in(house.folder.path(), "ALTER TABLE message RENAME TO gone");
    let mut events = house.engine.subscribe();
    house.engine.decide(&turn, &call, Decision::Once);
    ended(&mut events, &sent.turn).await;
    let folder = house.folder.path();
    assert_eq!(rescued(folder, "current_time"), Vec::<PathBuf>::new());
    house.engine.shutdown().await;
    let files = rescued(folder, "current_time");
    let [file] = files.as_slice() else {
        panic!("{files:?}");
    };
    let said = std::fs::read_to_string(file).unwrap();
    assert!(said.contains("utc_offset"), "{said}");
}

#[tokio::test]
async fn an_answer_is_rescued_from_beside_a_damaged_database() {
    let damaged = |folder: &Path| {
        let file = folder.join("hearth.db");
        let database = rusqlite::Connection::open(&file).unwrap();
        // Everything is in the one file then, and whoever has it open reads it anew.
        let busy = "PRAGMA wal_checkpoint(TRUNCATE)";
        let busy: i64 = database.query_row(busy, (), |row| row.get(0)).unwrap();
        assert_eq!(busy, 0);
        let mut pages = std::fs::read(&file).unwrap();
        pages[4096..].fill(0x55);
        std::fs::write(&file, pages).unwrap();
    };
    is_rescued(damaged, ErrorCode::StoreUnreadable).await;
}

#[tokio::test]
async fn an_answer_that_is_kept_outlives_the_end_of_another_program() {
    let house = House::new().await;
    let ours = locks(house.folder.path());
    let (script, gate) = Script::reply(["All ", "of it"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(1);
    window
        .until(|view| text(view.messages.last().unwrap()) == "All ")
        .await;
    let other = Engine::open(profile(house.folder.path()), no_environment())
        .await
        .unwrap();
    other.save_connection(house.draft()).await.unwrap();
    let (script, other_gate) = Script::reply(["Half ", "never"]).gate();
    house.emulator.next(script);
    let cut = other.send(question(None, "Count", None)).await.unwrap();
    let mut there = Window::open(&other, &cut.conversation).await;
    other_gate.release(1);
    there
        .until(|view| text(view.messages.last().unwrap()) == "Half ")
        .await;

    forbid(&house, "UPDATE ON turn");
    gate.open();
    window.until_over().await;
    let mut told = house.engine.subscribe();
    // A program counts as dead when its lock is gone.
    let theirs = locks(house.folder.path());
    for lock in theirs.difference(&ours) {
        std::fs::remove_file(lock).unwrap();
    }
    let interrupted = async {
        loop {
            let view = house.view(&cut.conversation).await;
            if view.messages.last().unwrap().state == MessageState::Interrupted {
                return view;
            }
            let stale = HearthEvent::ConversationStale {
                id: cut.conversation.clone(),
            };
            while !told.next().await.unwrap().contains(&stale) {}
        }
    };
    let view = within(interrupted).await;
    assert_eq!(text(view.messages.last().unwrap()), "Half ");
    let kept = house.view(&sent.conversation).await;
    assert_eq!(text(kept.messages.last().unwrap()), "All of it");
    assert_eq!(kept.messages.last(), Some(window.answer()));

    allow(&house);
    house.engine.retry_saving().await.unwrap();
    assert_eq!(house.engine.state().await.storage, None);
    assert_eq!(on_disk(&house, &sent).await, complete("end_turn"));
    assert_eq!(on_disk(&house, &cut).await, MessageState::Interrupted);
}

/// The locks of the programs that work in a folder.
fn locks(folder: &Path) -> BTreeSet<PathBuf> {
    let entries = std::fs::read_dir(folder.join("running")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "lock"))
        .collect()
}

#[tokio::test]
async fn a_request_that_is_stored_whole_has_nothing_that_is_not_saved() {
    let house = House::new().await;
    let paused = Script::reply(["First half"]).stop("pause_turn");
    let (paused, gate) = paused.gate();
    house.emulator.next(paused);
    house.emulator.next(Script::reply([", second half"]));
    let mut events = house.engine.subscribe();
    let request = question(None, "Search for it", Some(HAIKU));
    let sent = house.engine.send(request).await.unwrap();
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    forbid(&house, "INSERT ON journal");
    gate.release(1);
    window
        .until(|view| text(view.messages.last().unwrap()) == "First half")
        .await;
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.waiting, 1);
    allow(&house);
    gate.open();
    ended(&mut events, &sent.turn).await;
    assert_eq!(house.engine.state().await.storage, None);
}
