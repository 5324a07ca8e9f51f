//! What is on disk, and when.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    Activity, BlockView, DraftKey, ErrorCode, HearthEvent, MessageState, Role, Sent, Step,
    TranscriptFormat,
};
use hearth_engine::{ClientOptions, Engine, Subscription};
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
        // Nobody knows how long it took.
        assert_eq!(answer.answer.as_ref().unwrap().duration_ms, None);
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
async fn an_answer_that_cannot_be_saved_is_kept_as_it_ended_and_saved_later() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["All ", "of it"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    forbid(&house, "UPDATE ON turn");
    let mut window = house.engine.subscribe();
    gate.open();
    let answer = ended(&mut window, &sent.turn).await;
    // It came to its end; that the disk did not take it is another matter.
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(text(&answer), "All of it");
    assert_eq!(answer.role, Role::Assistant);
    assert_eq!(answer.parent, Some(sent.question.clone()));
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.error.code, ErrorCode::StoreFailed);
    assert_eq!(problem.waiting, 1);

    // Whoever looks sees it: the conversation, the list, a transcript.
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages.last(), Some(&answer));
    assert_eq!(view.summary.activity, Activity::Idle);
    let listed = house.engine.conversations().await.unwrap();
    assert_eq!(listed[0].activity, Activity::Idle);
    let transcript = house
        .engine
        .transcript(sent.conversation.clone(), TranscriptFormat::Markdown)
        .await
        .unwrap();
    assert!(transcript.text.contains("All of it"), "{}", transcript.text);
    assert_eq!(on_disk(&house, &sent).await, MessageState::Interrupted);
    // Nothing is added to what is not saved.
    let more = question(Some(&sent.conversation), "More", None);
    let refused = house.engine.send(more).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::StoreFailed);
    let refused = house.engine.retry_saving().await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::StoreFailed);

    allow(&house);
    house.engine.retry_saving().await.unwrap();
    assert_eq!(house.engine.state().await.storage, None);
    assert_eq!(on_disk(&house, &sent).await, complete("end_turn"));
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages.last(), Some(&answer));
    let (_, more) = house.ask(Some(&sent.conversation), "More").await;
    assert_eq!(more.state, complete("end_turn"));
    let (events, _) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
    assert_eq!(problems(&events), [Some(1), None]);
}

#[tokio::test]
async fn what_waits_is_saved_by_itself_when_there_is_room() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["All ", "of it"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    forbid(&house, "UPDATE ON turn");
    let mut window = house.engine.subscribe();
    gate.open();
    ended(&mut window, &sent.turn).await;
    allow(&house);
    until_saved(&mut window).await;
    assert_eq!(on_disk(&house, &sent).await, complete("end_turn"));
}

#[tokio::test]
async fn the_next_question_saves_what_waits_first() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["All ", "of it"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    forbid(&house, "UPDATE ON turn");
    let mut window = house.engine.subscribe();
    gate.open();
    ended(&mut window, &sent.turn).await;
    allow(&house);
    let (_, more) = house.ask(Some(&sent.conversation), "More").await;
    assert_eq!(more.state, complete("end_turn"));
    let bodies = bodies(&house.emulator.log());
    assert_eq!(bodies[1]["messages"][1]["content"][0]["text"], "All of it");
    assert_eq!(house.view(&sent.conversation).await.messages.len(), 4);
}

#[tokio::test]
async fn a_journal_that_stopped_goes_on_without_a_gap() {
    let house = House::new().await;
    let pieces = ["One ", "two ", "three ", "four "];
    let (script, gate) = Script::reply(pieces).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Count").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let shows = async |window: &mut Window, expected: &str| {
        window
            .until(|view| text(view.messages.last().unwrap()) == expected)
            .await;
    };
    gate.release(1);
    shows(&mut window, "One ").await;
    forbid(&house, "INSERT ON journal");
    gate.release(1);
    shows(&mut window, "One two ").await;
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.waiting, 1);
    allow(&house);
    // Asked again after a second at the earliest: the clock is the engine's own.
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    let mut events = house.engine.subscribe();
    gate.release(1);
    shows(&mut window, "One two three ").await;
    until_saved(&mut events).await;
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let view = later.conversation(sent.conversation.clone()).await.unwrap();
    assert_eq!(text(view.messages.last().unwrap()), "One two three ");
    gate.open();
    window.until_over().await;
    assert_eq!(text(window.answer()), pieces.concat());
}

#[tokio::test]
async fn a_draft_that_the_disk_does_not_take_is_kept() {
    let house = House::new().await;
    let mut window = house.engine.subscribe();
    forbid(&house, "INSERT ON draft");
    let typed = "typed on a full disk".to_owned();
    house
        .engine
        .set_draft(DraftKey::New, typed.clone())
        .await
        .unwrap();
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!(problem.waiting, 0);
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(draft.text, typed);
    allow(&house);
    until_saved(&mut window).await;
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    assert_eq!(later.draft(DraftKey::New).await.unwrap().text, typed);
}

#[tokio::test]
async fn a_start_without_room_shows_interrupted_answers_all_the_same() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["Half an ", "answer"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(1);
    window
        .until(|view| text(view.messages.last().unwrap()) == "Half an ")
        .await;
    for what in ["UPDATE ON turn", "UPDATE ON message"] {
        let folder = copy_of(house.folder.path());
        sql_in(folder.path(), &forbidding(what));
        let later = Engine::open(profile(folder.path()), no_environment())
            .await
            .unwrap();
        let view = later.conversation(sent.conversation.clone()).await.unwrap();
        let answer = view.messages.last().unwrap();
        assert_eq!(answer.state, MessageState::Interrupted, "{what}");
        assert_eq!(text(answer), "Half an ");
        assert_eq!(view.summary.activity, Activity::Failed);
        let problem = later.state().await.storage.expect("a problem");
        // Only how it ended waits: the rest is in the journal.
        assert_eq!((problem.waiting, problem.reading_only), (0, false));
        sql_in(folder.path(), "DROP TRIGGER forbidden");
        later.retry_saving().await.unwrap();
        assert_eq!(later.state().await.storage, None);
        let saved = copy_of(folder.path());
        let last = Engine::open(profile(saved.path()), no_environment())
            .await
            .unwrap();
        let view = last.conversation(sent.conversation.clone()).await.unwrap();
        assert_eq!(view.messages.last().unwrap().state, answer.state);
        assert_eq!(last.state().await.storage, None);
        later.shutdown().await;
    }
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
    let mut window = house.engine.subscribe();
    let hello = house.engine.send(question(None, "Hello", None)).await;
    // It is on disk: whoever asked must not ask once more.
    let sent = hello.unwrap();
    let stale = HearthEvent::ConversationStale {
        id: sent.conversation.clone(),
    };
    // Both may come at once.
    let mut seen = Vec::new();
    let over = |seen: &[HearthEvent]| {
        let steps = steps(seen, &sent.turn);
        steps.into_iter().find_map(|step| match step {
            Step::Ended { answer } => Some(answer),
            _ => None,
        })
    };
    while over(&seen).is_none() || !seen.contains(&stale) {
        seen.extend(within(window.next()).await.unwrap());
    }
    let answer = over(&seen).unwrap();
    assert_eq!(answer.id, sent.answer);
    assert!(matches!(answer.state, MessageState::Failed { .. }));
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

#[tokio::test]
async fn what_is_not_saved_at_the_end_goes_into_a_file() {
    let house = House::new().await;
    let words = format!("rescued {}", std::process::id());
    let (script, gate) = Script::reply([words.as_str()]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    forbid(&house, "UPDATE ON turn");
    let mut window = house.engine.subscribe();
    gate.open();
    ended(&mut window, &sent.turn).await;
    let rescued = || rescued(house.folder.path(), &words);
    assert_eq!(rescued(), Vec::<PathBuf>::new());
    house.engine.shutdown().await;
    // Where it stays through a restart, and where the conversations are.
    let files = rescued();
    assert_eq!(files.len(), 1, "{files:?}");
    told_until_dismissed(house.folder.path(), &files[0]).await;
    // Once all is saved, there is nothing to rescue.
    std::fs::remove_file(&files[0]).unwrap();
    allow(&house);
    house.engine.shutdown().await;
    assert_eq!(rescued(), Vec::<PathBuf>::new());
    assert_eq!(on_disk(&house, &sent).await, complete("end_turn"));
}

/// Programs that start now tell of a file until one of them is told to stop.
async fn told_until_dismissed(folder: &std::path::Path, file: &std::path::Path) {
    let file = file.display().to_string();
    let is_told = async |engine: &Engine| engine.state().await.rescued.contains(&file);
    let open = async || {
        Engine::open(profile(folder), no_environment())
            .await
            .unwrap()
    };
    assert!(is_told(&open().await).await);
    let (first, second) = (open().await, open().await);
    let mut window = first.subscribe();
    first.dismiss_rescued(file.clone()).await.unwrap();
    assert!(!is_told(&first).await);
    assert!(
        within(window.next())
            .await
            .unwrap()
            .contains(&HearthEvent::StateChanged)
    );
    // What is not told of is not dismissed; another program's list is its own.
    first.dismiss_rescued("/etc/hostname".into()).await.unwrap();
    assert!(is_told(&second).await);
    assert!(!is_told(&open().await).await);
    assert!(std::path::Path::new(&file).exists());
}

/// The files of that kind that hold these words.
pub(crate) fn rescued(folder: &std::path::Path, words: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let ours = paths.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("hearth-not-saved-")
    });
    let hold = |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|it| it.contains(words));
    ours.filter(hold).collect()
}

/// How an answer would be found by a program that starts now.
pub(crate) async fn on_disk(house: &House, sent: &Sent) -> MessageState {
    let copy = copy_of(house.folder.path());
    sql_in(copy.path(), "DROP TRIGGER IF EXISTS forbidden");
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let view = later.conversation(sent.conversation.clone()).await.unwrap();
    let found = view.messages.iter().find(|it| it.id == sent.answer);
    found.unwrap().state.clone()
}

/// Waits until a window is told that all is saved.
async fn until_saved(window: &mut Subscription) {
    let saved = HearthEvent::StorageChanged { problem: None };
    while !within(window.next()).await.unwrap().contains(&saved) {}
}

/// How many answers waited, each time that windows were told.
fn problems(events: &[HearthEvent]) -> Vec<Option<u32>> {
    let told = events.iter().filter_map(|event| match event {
        HearthEvent::StorageChanged { problem } => Some(problem.as_ref().map(|it| it.waiting)),
        _ => None,
    });
    told.collect()
}

/// Makes SQLite refuse something, as a broken disk would.
pub(crate) fn forbid(house: &House, what: &str) {
    run_sql(house, &forbidding(what));
}

fn forbidding(what: &str) -> String {
    format!(
        "CREATE TRIGGER forbidden BEFORE {what} BEGIN SELECT RAISE(ABORT, 'the disk broke'); END"
    )
}

pub(crate) fn allow(house: &House) {
    run_sql(house, "DROP TRIGGER forbidden");
}

fn run_sql(house: &House, sql: &str) {
    sql_in(house.folder.path(), sql);
}

pub(crate) fn sql_in(folder: &std::path::Path, sql: &str) {
    let database = rusqlite::Connection::open(folder.join("hearth.db")).unwrap();
    database.execute_batch(sql).unwrap();
}
