//! SIGKILL at any moment: what was acknowledged is there.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hearth_store::{Ending, MessageState, Store};
use rusqlite::Connection;

use crate::support::*;

const CHILD: &str = "HEARTH_STORE_TEST_KILLED_IN";

/// The n-th entry of a turn's journal: of every size, with letters that take several bytes.
fn entry(turn: usize, n: usize) -> String {
    format!("{turn}/{n} {}", "ä€😀".repeat((turn * 31 + n * 17) % 400))
}

/// Entries before the turn is finished.
fn length(turn: usize) -> usize {
    5 + turn % 7
}

/// Begins, journals and finishes turns until it is killed, and says what is done: `turn
/// entries`, where one more than all means that it is finished.
fn use_until_killed(folder: &Path) {
    let store = Store::open(folder).unwrap();
    let mut out = std::io::stdout().lock();
    let mut say = |turn: usize, done: usize| {
        writeln!(out, "done {turn} {done}").unwrap();
        out.flush().unwrap();
    };
    for number in 0.. {
        answered_in_steps(&store, number, &mut say);
    }
}

fn answered_in_steps(store: &Store, number: usize, say: &mut impl FnMut(usize, usize)) {
    let (c, t) = (format!("c{number}"), format!("t{number}"));
    let place = hearth_store::Where::New(new_conversation(&c, 1));
    let question = ask(&format!("q{number}"), None, "?", 1);
    store.begin_turn(&turn(&t, place, question, 1)).unwrap();
    say(number, 0);
    for n in 0..length(number) {
        let answer = format!("{t}-a").as_str().into();
        store.append_journal(&answer, &[entry(number, n)]).unwrap();
        say(number, n + 1);
    }
    let blocks = vec![text_block(&format!("finished{number}"))];
    store
        .finish_turn(&finish(&t, complete(), blocks, 2))
        .unwrap();
    say(number, length(number) + 1);
}

fn start(folder: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "kill::what_was_acknowledged_survives",
            "--nocapture",
        ])
        .env(CHILD, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Kills the child after so many acknowledgements; the last one that it gave.
fn killed_after(folder: &Path, acknowledgements: usize) -> (usize, usize) {
    let mut child = start(folder);
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut text = String::new();
    while text.matches("done ").count() < acknowledgements {
        assert_ne!(output.read_line(&mut text).unwrap(), 0, "{text}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    output.read_to_string(&mut text).unwrap();
    // A line that the kill cut in two is not an acknowledgement.
    let whole = &text[..text.rfind('\n').unwrap()];
    let (_, last) = whole.rsplit_once("done ").unwrap();
    let (turn, done) = last.split_once(' ').unwrap();
    (turn.parse().unwrap(), done.parse().unwrap())
}

fn check_what_is_left(folder: &Path, turn: usize, done: usize) {
    let store = Store::open(folder).unwrap();
    for earlier in 0..turn {
        let hits = store.search(&format!("finished{earlier}"), 5).unwrap();
        let found = hits.iter().any(|hit| {
            hit.message.as_ref().map(|id| id.as_str()) == Some(&format!("t{earlier}-a"))
        });
        assert!(found, "finished{earlier}");
    }
    let unfinished = store.unfinished().unwrap();
    assert!(unfinished.len() <= 1, "{unfinished:?}");
    if let Some(found) = unfinished.first() {
        // The child may have done one thing more than it could say.
        let id = found.turn.as_str();
        if id == format!("t{turn}") {
            assert!(
                found.journal.len() >= done,
                "{} < {done}",
                found.journal.len()
            );
        } else {
            assert_eq!(id, format!("t{}", turn + 1));
        }
        let number: usize = id[1..].parse().unwrap();
        let written = 0..found.journal.len();
        let expected: Vec<String> = written.map(|n| entry(number, n)).collect();
        assert_eq!(found.journal, expected);
        let end = finish(id, Ending::Interrupted, vec![text_block("rescued")], 3);
        store.finish_turn(&end).unwrap();
    } else {
        let answer = store
            .message(&format!("t{turn}-a").as_str().into())
            .unwrap();
        assert_eq!(answer.state, MessageState::Ended(complete()));
        assert!(done >= length(turn), "{done}");
    }
    drop(store);
    let connection = Connection::open(folder.join("hearth.db")).unwrap();
    let sound: String = connection
        .query_row("PRAGMA quick_check", (), |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
    connection
        .execute_batch("INSERT INTO block_words (block_words) VALUES ('integrity-check')")
        .unwrap();
}

#[test]
fn what_was_acknowledged_survives() {
    if let Ok(folder) = std::env::var(CHILD) {
        use_until_killed(folder.as_ref());
        return;
    }
    for round in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let (turn, done) = killed_after(folder.path(), 1 + round * 5);
        check_what_is_left(folder.path(), turn, done);
    }
}
