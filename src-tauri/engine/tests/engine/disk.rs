//! What is on disk, and when.

use std::sync::{Arc, Mutex};

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{Activity, BlockView, ErrorCode, HearthEvent, MessageState, Role};
use hearth_engine::{ClientOptions, Engine};
use hearth_store::{self as store, Shelf, Store};

use crate::support::*;

#[tokio::test]
async fn the_request_finds_its_question_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let found = Arc::new(Mutex::new(Vec::new()));
    let (path, seen) = (folder.path().to_owned(), found.clone());
    let builder = Emulator::builder().on_request(move |_| {
        let store = Store::open(&path).unwrap();
        let rows = store.conversations(Shelf::Current).unwrap();
        let stored = rows.iter().map(|row| store.conversation(&row.id).unwrap());
        seen.lock().unwrap().extend(stored);
    });
    let house = House::in_folder(folder, builder, ClientOptions::default()).await;
    let (sent, _) = house.ask(None, "Is it there before you are?").await;

    let found = found.lock().unwrap();
    let [stored] = found.as_slice() else {
        panic!("one request, one conversation: {found:?}");
    };
    assert_eq!(stored.row.id.as_str(), sent.conversation.0);
    assert_eq!(stored.row.title, "Is it there before you are?");
    let [question, answer] = stored.messages.as_slice() else {
        panic!("a question and its answer: {stored:?}");
    };
    assert_eq!(
        question.blocks[0].body.as_str(),
        r#"{"type":"text","text":"Is it there before you are?"}"#
    );
    assert_eq!(question.turn, None);
    assert_eq!(answer.parent.as_ref(), Some(&question.id));
    assert_eq!(answer.state, store::MessageState::Streaming);
    assert!(answer.blocks.is_empty());
    let turn = stored.turn(answer.turn.as_ref().unwrap()).unwrap();
    assert_eq!(turn.state, store::TurnState::Running);
    assert_eq!(turn.deployment, SONNET);
}

#[tokio::test]
async fn what_a_window_shows_survives_the_end_of_the_program() {
    let house = House::new().await;
    let pieces = ["One ", "two ", "three ", "four."];
    let script = Script::message().thinking(["Hm, ", "well."]).text(pieces);
    let (script, gate) = script.gate();
    house.emulator.next(script);
    let sent = house.send(None, "Count").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(2);
    for shown in 1..=pieces.len() {
        gate.release(1);
        let expected = pieces[..shown].concat();
        window
            .until(|view| text(view.messages.last().unwrap()) == expected)
            .await;

        let copy = copy_of(house.folder.path());
        let later = Engine::open(profile(copy.path()), no_environment())
            .await
            .unwrap();
        let view = later.conversation(sent.conversation.clone()).await.unwrap();
        let answer = view.messages.last().unwrap();
        assert_eq!(answer.id, sent.answer);
        assert_eq!(answer.state, MessageState::Interrupted);
        // Exactly what was shown: neither less, nor the piece that was held back.
        assert_eq!(text(answer), expected);
        let mut shown = window.answer().blocks.clone();
        forget_seconds(&mut shown);
        assert_eq!(answer.blocks, shown);
    }
    gate.open();
    window.until_over().await;
    assert_eq!(window.answer().state, complete("end_turn"));
}

/// How long a model thought is known to the program that watched it.
fn forget_seconds(blocks: &mut [BlockView]) {
    for block in blocks {
        if let BlockView::Thinking { seconds, .. } = block {
            *seconds = None;
        }
    }
}

#[tokio::test]
async fn an_interrupted_answer_can_be_followed_by_another_question() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["Half an ", "answer"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Tell me").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(1);
    window
        .until(|view| text(view.messages.last().unwrap()) == "Half an ")
        .await;
    let copy = copy_of(house.folder.path());

    let later = House::in_folder(copy, Emulator::builder(), ClientOptions::default()).await;
    let (_, answer) = later.ask(Some(&sent.conversation), "Go on").await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = &bodies(&later.emulator.log())[0];
    assert_eq!(body["messages"][0]["content"][0]["text"], "Tell me");
    assert_eq!(body["messages"][1]["content"][0]["text"], "Half an ");
    assert_eq!(body["messages"][2]["content"][0]["text"], "Go on");
}

#[tokio::test]
async fn an_answer_that_cannot_be_journalled_is_saved_whole_at_its_end() {
    let house = House::new().await;
    forbid(&house, "INSERT ON journal");
    let (sent, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert!(!text(&answer).is_empty());
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let view = later.conversation(sent.conversation).await.unwrap();
    assert_eq!(view.messages.last(), Some(&answer));
}

#[tokio::test]
async fn an_answer_that_cannot_be_saved_is_shown_and_says_so() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["All ", "of it"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    forbid(&house, "UPDATE ON turn");
    let mut window = house.engine.subscribe();
    gate.open();
    let answer = ended(&mut window, &sent.turn).await;
    let MessageState::Failed { error } = &answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, ErrorCode::StoreFailed);
    assert_eq!(text(&answer), "All of it");
    assert_eq!(answer.role, Role::Assistant);
    assert_eq!(answer.parent, Some(sent.question.clone()));
    let (events, _) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
    // The list does not say for ever that an answer is being written.
    let last = events.iter().rev().find_map(|event| match event {
        HearthEvent::ConversationChanged { summary } => Some(summary.activity),
        _ => None,
    });
    assert_eq!(last, Some(Activity::Failed));
}

#[tokio::test]
async fn a_turn_that_cannot_be_shown_does_not_count_as_running() {
    let house = House::new().await;
    // What is stored cannot be read again, as after a fault of the disk.
    run_sql(
        &house,
        "CREATE TRIGGER forbidden AFTER INSERT ON block
         BEGIN UPDATE block SET body = 'damaged' WHERE seq = new.seq; END",
    );
    let refused = house.engine.send(question(None, "Hello", None)).await;
    assert!(refused.is_err());
    run_sql(
        &house,
        r#"DROP TRIGGER forbidden; UPDATE block SET body = '{"type":"text","text":"Hello"}'"#,
    );
    let listed = house.engine.conversations().await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].activity, Activity::Failed);
    let view = house.view(&listed[0].id).await;
    assert_eq!(view.turn, None);
    assert!(matches!(
        view.messages[1].state,
        MessageState::Failed { .. }
    ));
    let (_, answer) = house.ask(Some(&listed[0].id), "Once more").await;
    assert_eq!(answer.state, complete("end_turn"));
}

/// Makes SQLite refuse something, as a broken disk would.
fn forbid(house: &House, what: &str) {
    let trigger = format!(
        "CREATE TRIGGER forbidden BEFORE {what} BEGIN SELECT RAISE(ABORT, 'the disk broke'); END"
    );
    run_sql(house, &trigger);
}

fn run_sql(house: &House, sql: &str) {
    let path = house.folder.path().join("hearth.db");
    let database = rusqlite::Connection::open(path).unwrap();
    database.execute_batch(sql).unwrap();
}
