//! Several handles on one file, in one process and in two.

use std::process::{Command, Stdio};

use hearth_store::{DraftKey, Shelf, Store, StoreError, Unfinished, Where};

use crate::support::*;

const CHILD: &str = "HEARTH_STORE_TEST_WRITES_INTO";
const EACH: i64 = 60;

fn write(store: &Store, who: &str) {
    for number in 0..EACH {
        let id = format!("{who}-{number}");
        answered(store, &id, "question", &format!("answer {id}"), number);
        let again = format!("{id}-again");
        let question = ask(
            &format!("{again}-q"),
            Some(&format!("{id}-t-a")),
            "?",
            number,
        );
        store
            .begin_turn(&turn(&again, existing(&id), question, number))
            .unwrap();
        let answer = format!("{again}-a").as_str().into();
        store.append_journal(&answer, &[id]).unwrap();
    }
}

#[test]
fn two_processes_lose_no_write() {
    if let Ok(folder) = std::env::var(CHILD) {
        write(&Store::open(folder.as_ref()).unwrap(), "child");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "two_handles::two_processes_lose_no_write"])
        .env(CHILD, folder.path())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let second = Store::open(folder.path()).unwrap();
    std::thread::scope(|scope| {
        let (store, second) = (&store, &second);
        scope.spawn(move || write(store, "one"));
        scope.spawn(move || write(second, "two"));
    });
    assert!(child.wait().unwrap().success());

    for who in ["child", "one", "two"] {
        for number in 0..EACH {
            let id = format!("{who}-{number}");
            let path = [
                format!("{id}-q"),
                format!("{id}-t-a"),
                format!("{id}-again-q"),
                format!("{id}-again-a"),
            ];
            assert_eq!(branch(&store, &id), path);
        }
    }
    let all = usize::try_from(3 * EACH).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), all);
    // Only the child is gone, so only its turns are handed out, each with its journal.
    let found = store.unfinished().unwrap();
    let journals: Vec<&str> = found.iter().map(|u| u.journal[0].as_str()).collect();
    let expected: Vec<String> = (0..EACH).map(|number| format!("child-{number}")).collect();
    assert_eq!(journals, expected);
}

/// A question that is being answered by this handle: turn `t` of conversation "c".
fn answering(store: &Store) {
    let place = Where::New(new_conversation("c", 1));
    let begin = turn("t", place, ask("q", None, "?", 2), 3);
    store.begin_turn(&begin).unwrap();
}

fn another(name: &str) -> hearth_store::BeginTurn {
    let question = ask(&format!("{name}-q"), Some("q"), "?", 4);
    turn(name, existing("c"), question, 4)
}

#[test]
fn a_conversation_is_answered_by_one_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    answering(&store);
    answered(&store, "free", "question", "answer", 1);
    let before = other.conversation(&"c".into()).unwrap();
    let running = Err(StoreError::TurnRunning("c".into()));
    assert_eq!(other.begin_turn(&another("u")), running);
    let again = hearth_store::Question::Existing("q".into());
    let again = turn("u", existing("c"), again, 4);
    assert_eq!(other.begin_turn(&again), running);
    assert_eq!(other.conversation(&"c".into()).unwrap(), before);
    // What is nobody's business but its own: other conversations, and its own turns.
    let elsewhere = turn("v", existing("free"), ask("v-q", None, "?", 5), 5);
    other.begin_turn(&elsewhere).unwrap();
    store.begin_turn(&another("w")).unwrap();
    let end = finish("w", complete(), vec![], 6);
    store.finish_turn(&end).unwrap();
    assert_eq!(other.begin_turn(&another("u")), running);
    // Once it is over, the other may.
    store
        .finish_turn(&finish("t", complete(), vec![], 7))
        .unwrap();
    other.begin_turn(&another("u")).unwrap();
    let running = Err(StoreError::TurnRunning("c".into()));
    assert_eq!(store.begin_turn(&another("x")), running);
}

#[test]
fn nothing_is_asked_where_another_has_asked_and_ended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let read_as = |head: &str| Where::Existing {
        id: "c".into(),
        settings: Some(json(r#"{"effort":"high"}"#)),
        head: Some(head.into()),
    };
    let below = |name: &str, head: &str| {
        let question = ask(&format!("{name}-q"), Some(head), "?", 4);
        turn(name, read_as(head), question, 4)
    };
    let late = below("late", "c-t-a");
    other.begin_turn(&below("first", "c-t-a")).unwrap();
    other
        .finish_turn(&finish("first", complete(), vec![], 5))
        .unwrap();
    let before = store.conversation(&"c".into()).unwrap();
    let refused = store.begin_turn(&late);
    assert_eq!(refused, Err(StoreError::HeadMoved("c".into())));
    assert_eq!(store.conversation(&"c".into()).unwrap(), before);
    // Whoever looks again may.
    store.begin_turn(&below("late", "first-a")).unwrap();
    let path = ["c-q", "c-t-a", "first-q", "first-a", "late-q", "late-a"];
    assert_eq!(branch(&store, "c"), path);
}

#[test]
fn a_turn_whose_process_is_gone_is_in_nobodys_way() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    answering(&store);
    assert!(other.begin_turn(&another("u")).is_err());
    drop(store);
    other.begin_turn(&another("u")).unwrap();
    // Its answer waits to be finished all the same.
    assert_eq!(other.unfinished().unwrap().len(), 1);
}

#[test]
fn two_who_ask_at_the_same_time_do_not_both_get_their_turn() {
    for _ in 0..20 {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        answered(&store, "c", "question", "answer", 1);
        let others: Vec<Store> = (0..3)
            .map(|_| Store::open(folder.path()).unwrap())
            .collect();
        let begun: Vec<bool> = std::thread::scope(|scope| {
            let asking: Vec<_> = others
                .iter()
                .enumerate()
                .map(|(number, store)| {
                    let name = format!("t{number}");
                    let question = ask(&format!("q{number}"), Some("c-t-a"), "?", 2);
                    let begin = turn(&name, existing("c"), question, 2);
                    scope.spawn(move || store.begin_turn(&begin).is_ok())
                })
                .collect();
            asking.into_iter().map(|it| it.join().unwrap()).collect()
        });
        assert_eq!(begun.iter().filter(|it| **it).count(), 1, "{begun:?}");
    }
}

#[test]
fn an_answer_that_another_writes_can_be_followed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    let (c, answer) = ("c".into(), "t-a".into());
    answering(&store);
    let entry = |n: usize| format!("entry {n} ä😀");
    store
        .append_journal(&answer, &[entry(0), entry(1)])
        .unwrap();

    assert_eq!(store.running_elsewhere(&c).unwrap(), None, "it is its own");
    let unfinished = Unfinished {
        conversation: c.clone(),
        turn: "t".into(),
        answer: answer.clone(),
        journal: vec![entry(0), entry(1)],
    };
    assert_eq!(other.running_elsewhere(&c).unwrap(), Some(unfinished));
    assert_eq!(other.unfinished().unwrap(), [], "it was not taken over");
    assert_eq!(other.journal_since(&answer, 2).unwrap(), [""; 0]);
    store
        .append_journal(&answer, &[entry(2), entry(3)])
        .unwrap();
    assert_eq!(other.journal_since(&answer, 0).unwrap().len(), 4);
    let new = [entry(2), entry(3)];
    assert_eq!(other.journal_since(&answer, 2).unwrap(), new);
    assert_eq!(other.journal_since(&answer, 99).unwrap(), [""; 0]);

    store
        .finish_turn(&finish("t", complete(), vec![], 9))
        .unwrap();
    let over = Err(StoreError::AlreadyFinished(answer.clone()));
    assert_eq!(other.journal_since(&answer, 4), over);
    assert_eq!(other.running_elsewhere(&c).unwrap(), None);
    let nowhere = other.journal_since(&"nowhere".into(), 0);
    assert_eq!(nowhere, Err(StoreError::NoSuchMessage("nowhere".into())));
    let nowhere = other.running_elsewhere(&"nowhere".into());
    let error = StoreError::NoSuchConversation("nowhere".into());
    assert_eq!(nowhere, Err(error));
}

#[test]
fn an_answer_whose_process_is_gone_is_not_running_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    answering(&store);
    assert!(other.running_elsewhere(&"c".into()).unwrap().is_some());
    drop(store);
    assert_eq!(other.running_elsewhere(&"c".into()).unwrap(), None);
}

#[test]
fn the_version_of_the_data_tells_what_others_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let other = Store::open(folder.path()).unwrap();
    let mut known = store.data_version().unwrap();
    assert_eq!(store.data_version().unwrap(), known);
    // Its own writes, and reading, are no news.
    answering(&store);
    store.append_journal(&"t-a".into(), &["x".into()]).unwrap();
    store.conversation(&"c".into()).unwrap();
    other.conversation(&"c".into()).unwrap();
    assert_eq!(store.data_version().unwrap(), known);
    let c = "c".into();
    let writes: [&dyn Fn(); 3] = [
        &|| other.rename(&c, "Renamed").unwrap(),
        &|| other.set_draft(&DraftKey::New, "x", 1).unwrap(),
        &|| answered(&other, "d", "question", "answer", 1),
    ];
    for write in writes {
        write();
        // A write of its own in between hides nothing.
        store.append_journal(&"t-a".into(), &["y".into()]).unwrap();
        let now = store.data_version().unwrap();
        assert_ne!(now, known);
        known = now;
        assert_eq!(store.data_version().unwrap(), known);
    }
}
