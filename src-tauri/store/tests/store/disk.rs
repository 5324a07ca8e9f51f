//! Disks that are full, cannot be written to, or fail.
//!
//! The disks are real: each test runs once more in a mount namespace of its own, where a
//! small file system is mounted over its folder. Where the system does not allow that,
//! the test says so and checks nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::Command;

use hearth_store::{
    DraftKey, Fork, MessageId, Shelf, Store, StoreError, Where, transcript::Format,
};

use crate::support::*;

const FOLDER: &str = "HEARTH_STORE_TEST_DISK";

/// Runs `test` in a namespace after `prepare`, a line of shell for which `$1` is the
/// folder. False in the namespace, where the test has to do its work in that folder.
#[expect(clippy::print_stdout, reason = "a test that is skipped says so")]
pub(crate) fn in_namespace(test: &str, prepare: &str) -> bool {
    if std::env::var_os(FOLDER).is_some() {
        return false;
    }
    let unshare = |script: &str, folder: &Path| {
        Command::new("unshare")
            .args(["-Urm", "sh", "-c", script, "sh"])
            .arg(folder)
            .arg(std::env::current_exe().unwrap())
            .arg(test)
            .env(FOLDER, folder)
            .output()
    };
    let folder = tempfile::tempdir().unwrap();
    let possible = unshare("mount -t tmpfs -o size=1m none \"$1\"", folder.path());
    let allowed = possible.as_ref().is_ok_and(|it| it.status.success());
    if !allowed {
        println!("SKIPPED {test}: no file system may be mounted here: {possible:?}");
        return true;
    }
    let script = format!("{prepare} && exec \"$2\" --exact \"$3\" --nocapture");
    let output = unshare(&script, folder.path()).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("1 passed"), "the test was not found: {said}");
    true
}

pub(crate) fn folder() -> std::path::PathBuf {
    std::env::var_os(FOLDER).unwrap().into()
}

/// Fills the disk up to so many bytes.
pub(crate) fn fill(ballast: &Path, leave: u64) {
    let mut file = File::create(ballast).unwrap();
    let block = [0x55; 4096];
    while file.write_all(&block).is_ok() {}
    let length = file.metadata().unwrap().len();
    file.set_len(length.saturating_sub(leave)).unwrap();
}

/// Journals until the disk is full; the entries that were taken.
fn journal_until_full(store: &Store, answer: &MessageId) -> Vec<String> {
    let mut taken = store.journal_since(answer, 0).unwrap();
    loop {
        let entry = format!("{} {}", taken.len(), "ä😀".repeat(1500));
        match store.append_journal(answer, std::slice::from_ref(&entry)) {
            Ok(()) => taken.push(entry),
            Err(error) => {
                assert_eq!(error, StoreError::Full);
                return taken;
            }
        }
    }
}

/// Everything that a person can do and that needs room is refused with the right word.
fn refused_for_want_of_room(store: &Store, round: usize) {
    let long = "word ".repeat(200_000);
    let id = format!("large{round}");
    let place = || Where::New(new_conversation(&id, 1));
    let question = ask(&format!("{id}-q"), None, &long, 1);
    let large = picture(&id, long.as_bytes());
    let refused = [
        store.begin_turn(&turn(&id, place(), question, 1)),
        store.finish_turn(&finish("t", complete(), vec![text_block(&long)], 2)),
        store.attach(&DraftKey::New, &large),
        store.set_draft(&DraftKey::New, &long, 3),
        store.rename(&"c".into(), &long),
        store.fork(&Fork {
            from: "c".into(),
            up_to: "c-t-a".into(),
            id: "copy".into(),
            title: long.clone(),
            created_at: 4,
        }),
    ];
    for (number, result) in refused.into_iter().enumerate() {
        assert_eq!(result, Err(StoreError::Full), "call {number}");
    }
    // What is small may fit or not.
    for result in [
        store.trash(&"third".into(), 5).map(|()| 0),
        store.restore(&"third".into()).map(|()| 0),
        store.grant(&"c".into(), "current_time", 6).map(|()| 0),
        store.revoke(&"c".into(), "current_time").map(|()| 0),
        store.purge_trash(0).map(|it| it.freed),
        store.unfinished().map(|_| 0),
    ] {
        assert!(
            matches!(result, Ok(_) | Err(StoreError::Full)),
            "{result:?}"
        );
    }
}

#[test]
fn a_full_disk_takes_nothing_loses_nothing_and_goes_on_when_there_is_room() {
    let test = "disk::a_full_disk_takes_nothing_loses_nothing_and_goes_on_when_there_is_room";
    if in_namespace(test, "mount -t tmpfs -o size=12m none \"$1\"") {
        return;
    }
    let (folder, answer) = (folder(), MessageId::from("t-a"));
    let ballast = folder.join("ballast");
    let store = Store::open(&folder).unwrap();
    answered(&store, "c", "question", "answer", 1);
    answered(&store, "other", "question", "answer", 1);
    answered(&store, "third", "?", "!", 1);
    store.set_draft(&DraftKey::New, "typed", 1).unwrap();
    let question = ask("q", Some("c-t-a"), "?", 1);
    store
        .begin_turn(&turn("t", existing("c"), question, 1))
        .unwrap();
    for (round, leave) in [0, 1, 4096, 10_000, 70_000, 300_000, 0]
        .into_iter()
        .enumerate()
    {
        fill(&ballast, leave);
        let taken = journal_until_full(&store, &answer);
        refused_for_want_of_room(&store, round);
        // Everything can be read, by this handle and by a new one.
        assert_eq!(store.journal_since(&answer, 0).unwrap(), taken);
        let whole = store.conversation(&"c".into()).unwrap();
        assert_eq!(store.search("answer", 5).unwrap().len(), 2);
        store.export(&"c".into(), Format::Json).unwrap();
        let draft = store.draft(&DraftKey::New).unwrap().unwrap();
        assert_eq!(draft.text, "typed");
        match Store::open(&folder) {
            Ok(other) => assert_eq!(other.conversation(&"c".into()).unwrap(), whole),
            Err(error) => assert_eq!(error, StoreError::Full),
        }

        // Room: the very next call is taken.
        fs::remove_file(&ballast).unwrap();
        store.append_journal(&answer, &["room".into()]).unwrap();
        let now = store.journal_since(&answer, 0).unwrap();
        assert_eq!(now.len(), taken.len() + 1);
        assert_eq!(now[..taken.len()], taken);
    }
    let long = "word ".repeat(100_000);
    let end = finish("t", complete(), vec![text_block(&long)], 9);
    store.finish_turn(&end).unwrap();
    store
        .attach(&DraftKey::New, &picture("p", long.as_bytes()))
        .unwrap();
    drop(store);
    let store = Store::open(&folder).unwrap();
    assert_eq!(branch(&store, "c"), ["c-q", "c-t-a", "q", "t-a"]);
    sound(&store);
}

fn sound(store: &Store) {
    let file = rusqlite::Connection::open(store.folder().join("hearth.db")).unwrap();
    let check = |sql: &str| -> String { file.query_row(sql, (), |row| row.get(0)).unwrap() };
    assert_eq!(check("PRAGMA integrity_check"), "ok");
    file.execute_batch(
        "INSERT INTO block_words (block_words) VALUES ('integrity-check');
         INSERT INTO title_words (title_words) VALUES ('integrity-check')",
    )
    .unwrap();
}

#[test]
fn a_disk_that_is_read_only_is_named_as_such() {
    let test = "disk::a_disk_that_is_read_only_is_named_as_such";
    let prepare = "mount -t tmpfs none \"$1\" && mkdir \"$1/new\"";
    if in_namespace(test, prepare) {
        return;
    }
    let folder = folder();
    let store = Store::open(&folder).unwrap();
    answered(&store, "c", "question", "answer", 1);
    drop(store);
    let remount = |how: &str| {
        let mut mount = Command::new("mount");
        mount.args(["-o", &format!("remount,{how}")]).arg(&folder);
        assert!(mount.status().unwrap().success(), "{how}");
    };
    remount("ro");
    let before = fs::read(folder.join("hearth.db")).unwrap();
    let refused = |folder: &Path| Store::open(folder).map(|_| ()).unwrap_err();
    assert_eq!(refused(&folder), StoreError::ReadOnly);
    assert_eq!(refused(&folder.join("new")), StoreError::ReadOnly);
    assert_eq!(refused(&folder.join("nowhere")), StoreError::ReadOnly);
    assert_eq!(fs::read(folder.join("hearth.db")).unwrap(), before);
    remount("rw");
    let store = Store::open(&folder).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
    answered(&store, "d", "question", "answer", 2);
}

/// The one failure that needs no disk of its own: files may not grow beyond a limit. It
/// stands for every error of the disk that is neither "full" nor "read-only".
#[test]
fn a_disk_that_fails_leaves_the_store_usable() {
    let test = "disk::a_disk_that_fails_leaves_the_store_usable";
    // In blocks of 512 bytes. Ignored, the signal becomes an error of the write.
    let prepare = "trap '' XFSZ && ulimit -S -f 1200 && mount -t tmpfs none \"$1\"";
    if in_namespace(test, prepare) {
        return;
    }
    let folder = folder();
    let store = Store::open(&folder).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let before = store.conversation(&"c".into()).unwrap();
    let large = picture("p", &vec![7; 2_000_000]);
    for _ in 0..3 {
        let failed = store.attach(&DraftKey::New, &large);
        assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
        assert_eq!(store.conversation(&"c".into()).unwrap(), before);
        store.set_draft(&DraftKey::New, "still typing", 1).unwrap();
    }
    let own = std::process::id().to_string();
    let lifted = Command::new("prlimit")
        .args(["--pid", &own, "--fsize=unlimited"])
        .status();
    if !lifted.is_ok_and(|it| it.success()) {
        println!("SKIPPED in part: the limit cannot be lifted here");
        return;
    }
    store.attach(&DraftKey::New, &large).unwrap();
    let draft = store.draft(&DraftKey::New).unwrap().unwrap();
    assert_eq!(
        (draft.text.as_str(), draft.attachments.len()),
        ("still typing", 1)
    );
    sound(&store);
}
