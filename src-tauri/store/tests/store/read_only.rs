//! Starting where nothing can be written: what is there is read, and written to later.
//!
//! Each test runs once more in a mount namespace of its own, as those in `disk`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hearth_store::{DraftKey, MessageId, Shelf, Store, StoreError, TurnState, transcript::Format};

use crate::disk::{fill, folder, in_namespace};
use crate::support::*;

const SMALL: &str = "mount -t tmpfs -o size=6m none \"$1\"";

fn remount(folder: &Path, how: &str) {
    let mut mount = Command::new("mount");
    mount.args(["-o", &format!("remount,{how}")]).arg(folder);
    assert!(mount.status().unwrap().success(), "{how}");
}

/// The database and what lies beside it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect()
}

/// A folder as a killed program leaves it: an answer is being written, all of it in the log.
fn killed(folder: &Path, name: &str, without: &[&str]) -> PathBuf {
    let (living, dead) = (folder.join(format!("{name}-living")), folder.join(name));
    let store = Store::open(&living).unwrap();
    answered(&store, "c", "which owl?", "the barn owl", 1);
    let question = ask("q", Some("c-t-a"), "?", 1);
    store
        .begin_turn(&turn("t", existing("c"), question, 1))
        .unwrap();
    let entries = ["one".to_owned(), "two".to_owned()];
    store.append_journal(&"t-a".into(), &entries).unwrap();
    fs::create_dir_all(dead.join("running")).unwrap();
    for (path, content) in files(&living) {
        let file = path.file_name().unwrap().to_str().unwrap();
        if !without.iter().any(|suffix| file.ends_with(suffix)) {
            fs::write(dead.join(file), content).unwrap();
        }
    }
    assert_ne!(fs::read(dead.join("hearth.db-wal")).unwrap(), b"");
    dead
}

fn assert_reads_what_was_cut(store: &Store) {
    assert_eq!(branch(store, "c"), ["c-q", "c-t-a", "q", "t-a"]);
    assert_eq!(store.search("owl", 5).unwrap().len(), 2);
    let exported = store.export(&"c".into(), Format::Json).unwrap();
    let answer = &exported.conversation.messages[1].blocks[0];
    assert!(answer.body.as_str().contains("the barn owl"));
    let abandoned = store.abandoned().unwrap();
    assert_eq!(abandoned.len(), 1);
    assert_eq!(abandoned[0].journal, ["one", "two"]);
    assert_eq!(store.running_elsewhere(&"c".into()).unwrap(), None);
}

fn assert_refuses(store: &Store, why: &StoreError) {
    assert_eq!(store.refuses_writing().as_ref(), Some(why));
    let question = ask("q2", Some("c-t-a"), "?", 1);
    let refused = [
        store.begin_turn(&turn("t2", existing("c"), question, 1)),
        store.set_draft(&DraftKey::New, "typed", 2),
        store.rename(&"c".into(), "other"),
        store.trash(&"c".into(), 3),
        store.delete(&"c".into()).map(drop),
        store.attach(&DraftKey::New, &picture("p", b"pixels")),
        store.unfinished().map(drop),
    ];
    for (number, result) in refused.into_iter().enumerate() {
        assert_eq!(result.as_ref(), Err(why), "call {number}");
    }
}

/// From here on it is a store like any other.
fn assert_writes(store: &Store) {
    store.start_writing().unwrap();
    store.start_writing().unwrap();
    assert_eq!(store.refuses_writing(), None);
    let version = store.data_version().unwrap();
    store.set_draft(&DraftKey::New, "typed", 2).unwrap();
    assert_eq!(store.data_version().unwrap(), version);
    let other = Store::open(store.folder()).unwrap();
    assert_eq!(other.draft(&DraftKey::New).unwrap().unwrap().text, "typed");
    other.rename(&"c".into(), "seen").unwrap();
    assert_ne!(store.data_version().unwrap(), version);
    let rows = store.conversations(Shelf::Current).unwrap();
    assert_eq!(rows[0].title, "seen");
    // The lock of this run is known to others.
    let question = ask("q9", Some("c-t-a"), "?", 1);
    let begun = turn("t9", existing("c"), question, 9);
    store.begin_turn(&begun).unwrap();
    assert!(other.running_elsewhere(&"c".into()).unwrap().is_some());
}

#[test]
fn a_database_on_a_read_only_disk_is_read_and_written_to_later() {
    let test = "read_only::a_database_on_a_read_only_disk_is_read_and_written_to_later";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let profile = folder.join("odd ?#% ä name");
    let store = Store::open(&profile).unwrap();
    answered(&store, "c", "which owl?", "the barn owl", 1);
    drop(store);
    remount(&folder, "ro");
    let before = files(&profile);
    assert_eq!(before.len(), 1, "{:?}", before.keys());
    let store = Store::open_or_read(&profile).unwrap();
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    assert_eq!(store.search("owl", 5).unwrap().len(), 2);
    assert_refuses(&store, &StoreError::ReadOnly);
    assert_eq!(store.start_writing(), Err(StoreError::ReadOnly));
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    assert_eq!(files(&profile), before);
    remount(&folder, "rw");
    assert_writes(&store);
}

#[test]
fn what_a_killed_program_left_on_a_read_only_disk_is_read() {
    let test = "read_only::what_a_killed_program_left_on_a_read_only_disk_is_read";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let whole = killed(&folder, "whole", &[]);
    let bare = killed(&folder, "bare", &["-shm"]);
    remount(&folder, "ro");
    let opened: Vec<_> = [&whole, &bare]
        .into_iter()
        .map(|profile| {
            let before = files(profile);
            let store = Store::open_or_read(profile).unwrap();
            assert_reads_what_was_cut(&store);
            assert_refuses(&store, &StoreError::ReadOnly);
            assert_eq!(files(profile), before);
            store
        })
        .collect();
    remount(&folder, "rw");
    for store in opened {
        store.start_writing().unwrap();
        assert_reads_what_was_cut(&store);
        assert_eq!(store.unfinished().unwrap().len(), 1);
        let entries = ["three".to_owned()];
        store.append_journal(&"t-a".into(), &entries).unwrap();
        let journal = store.journal_since(&MessageId::from("t-a"), 0).unwrap();
        assert_eq!(journal, ["one", "two", "three"]);
    }
}

#[test]
fn a_disk_that_is_full_at_the_start_is_read_and_written_to_when_there_is_room() {
    let test =
        "read_only::a_disk_that_is_full_at_the_start_is_read_and_written_to_when_there_is_room";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let clean = folder.join("clean");
    let store = Store::open(&clean).unwrap();
    answered(&store, "c", "which owl?", "the barn owl", 1);
    drop(store);
    let whole = killed(&folder, "whole", &[]);
    let bare = killed(&folder, "bare", &["-shm"]);
    let ballast = folder.join("ballast");
    fill(&ballast, 0);
    let store = Store::open_or_read(&clean).unwrap();
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    assert_refuses(&store, &StoreError::Full);
    assert_eq!(store.start_writing(), Err(StoreError::Full));
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    let bare = Store::open_or_read(&bare).unwrap();
    assert_reads_what_was_cut(&bare);
    // An index that is there already needs no room; either way it is read.
    let whole = Store::open_or_read(&whole).unwrap();
    assert_reads_what_was_cut(&whole);

    fs::remove_file(&ballast).unwrap();
    assert_writes(&store);
    for store in [bare, whole] {
        store.start_writing().unwrap();
        assert_reads_what_was_cut(&store);
        store.set_draft(&DraftKey::New, "typed", 2).unwrap();
    }
}

#[test]
fn who_reads_alone_notices_who_writes() {
    let test = "read_only::who_reads_alone_notices_who_writes";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let profile = folder.join("profile");
    let store = Store::open(&profile).unwrap();
    answered(&store, "c", "question", "answer", 1);
    drop(store);
    remount(&folder, "ro");
    let reading = Store::open_or_read(&profile).unwrap();
    assert_eq!(branch(&reading, "c"), ["c-q", "c-t-a"]);
    let version = reading.data_version().unwrap();
    assert_eq!(reading.data_version().unwrap(), version);
    remount(&folder, "rw");
    let writing = Store::open(&profile).unwrap();
    for number in 0..20 {
        answered(&writing, &format!("d{number}"), "question", "answer", 2);
        let version = reading.data_version().unwrap();
        let rows = reading.conversations(Shelf::Current).unwrap();
        assert_eq!(rows.len(), number + 2);
        assert_eq!(rows[0].last_turn, Some(TurnState::Complete));
        assert_eq!(reading.data_version().unwrap(), version);
    }
    assert_ne!(reading.data_version().unwrap(), version);
    assert_eq!(reading.refuses_writing(), Some(StoreError::ReadOnly));
    // Both, and a third: the locks of one process hold each other up.
    reading.start_writing().unwrap();
    drop(writing);
    let third = Store::open(&profile).unwrap();
    reading.rename(&"c".into(), "by the first").unwrap();
    third.rename(&"d1".into(), "by the third").unwrap();
    assert_eq!(reading.conversations(Shelf::Current).unwrap().len(), 21);
}

#[test]
fn where_no_database_could_be_made_nothing_is_read_until_there_is_one() {
    let test = "read_only::where_no_database_could_be_made_nothing_is_read_until_there_is_one";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let profile = folder.join("profile");
    remount(&folder, "ro");
    let store = Store::open_or_read(&profile).unwrap();
    let version = store.data_version().unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap(), []);
    assert_eq!(store.search("owl", 5).unwrap(), []);
    assert_eq!(store.draft(&DraftKey::New).unwrap(), None);
    assert_refuses(&store, &StoreError::ReadOnly);
    assert_eq!(store.start_writing(), Err(StoreError::ReadOnly));
    assert_eq!(store.conversations(Shelf::Current).unwrap(), []);
    assert_eq!(files(&folder).len(), 0);

    // Somebody else is faster.
    remount(&folder, "rw");
    let other = Store::open(&profile).unwrap();
    answered(&other, "c", "which owl?", "the barn owl", 1);
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a"]);
    assert_ne!(store.data_version().unwrap(), version);
    assert_refuses(&store, &StoreError::ReadOnly);
    drop(other);
    assert_writes(&store);
}

#[test]
fn an_older_database_that_cannot_be_brought_up_to_date_says_so() {
    let test = "read_only::an_older_database_that_cannot_be_brought_up_to_date_says_so";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let profile = folder.join("profile");
    fs::create_dir(&profile).unwrap();
    crate::migration::of_the_first_version(&profile);
    fill(&folder.join("ballast"), 0);
    let outdated = |why| StoreError::Outdated {
        found: 1,
        known: 3,
        why: Box::new(why),
    };
    assert_eq!(
        Store::open_or_read(&profile).unwrap_err(),
        outdated(StoreError::Full)
    );
    fs::remove_file(folder.join("ballast")).unwrap();
    remount(&folder, "ro");
    let before = files(&profile);
    assert_eq!(
        Store::open_or_read(&profile).unwrap_err(),
        outdated(StoreError::ReadOnly)
    );
    assert_eq!(files(&profile), before);
    remount(&folder, "rw");
    let store = Store::open_or_read(&profile).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
}

#[test]
fn what_cannot_be_used_is_refused_on_a_read_only_disk_too() {
    let test = "read_only::what_cannot_be_used_is_refused_on_a_read_only_disk_too";
    if in_namespace(test, SMALL) {
        return;
    }
    let folder = folder();
    let profile = folder.join("profile");
    let store = Store::open(&profile).unwrap();
    answered(&store, "c", "question", "answer", 1);
    drop(store);
    let broken = folder.join("broken");
    fs::create_dir(&broken).unwrap();
    fs::write(broken.join("hearth.db"), vec![0x5a; 8192]).unwrap();
    remount(&folder, "ro");
    let error = Store::open_or_read(&broken).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(_)), "{error:?}");
    Store::open_or_read(&profile).unwrap();
}
