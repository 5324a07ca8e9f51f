//! Several handles on one file, in one process and in two.

use std::process::{Command, Stdio};

use hearth_store::{Shelf, Store};

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
