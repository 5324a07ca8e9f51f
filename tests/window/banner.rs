//! A disk that is full, and has room again.

use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use hearth_emulator::Script;
use hearth_store::{Shelf, Store};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, in_both_themes};
use crate::processes;
use crate::resource::{DEPLOYMENT, MODEL, resource};

const QUESTION: &str = "Is there room?";
const ANSWER: &str = "Before, after, and to the end.";

#[tokio::test]
async fn an_answer_that_the_disk_does_not_take_is_saved_once_it_does() {
    if !a_disk_can_be_mounted() {
        return;
    }
    in_both_themes(async |theme| {
        let resource = resource().await;
        let home = Home::new(theme);
        on_a_small_disk(&home);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        let (script, gate) = Script::reply(["Before, ", "after, ", "and to the end."]).gate();
        resource.next(script);
        hearth.ask(QUESTION).await;
        gate.release(1);
        hearth.last_says("Before,").await;
        assert!(!hearth.reads("Not saved").await, "all is well so far");

        let disk = disk_of(&home.profile());
        let filler = fill(&disk);
        gate.open();
        // The answer is neither held up nor called a failure.
        hearth.answered(ANSWER).await;
        hearth.says("Not saved: the disk is full.").await;
        hearth.says("1 answer is kept in memory.").await;
        assert!(hearth.reads(&home.profile().display().to_string()).await);
        hearth.picture("storage", theme).await;
        hearth.click(Role::Button, "Try now").await;
        hearth.the(Role::Button, "Try now").await;
        hearth.says("1 answer is kept in memory.").await;
        assert!(!words_on(&disk).contains(ANSWER), "the disk is full");

        std::fs::remove_file(filler).expect("there can be room again");
        hearth
            .until("everything saved", async || {
                // It is tried by itself, too, and then there is nothing left to press.
                if hearth.shows(Role::Button, "Try now").await {
                    hearth.click(Role::Button, "Try now").await;
                }
                (!hearth.reads("Not saved").await).then_some(())
            })
            .await;
        assert!(words_on(&disk).contains(ANSWER), "what was kept is on disk");
        hearth.close().await;
    })
    .await;
}

/// Says so where a container forbids it: no other disk can be filled without harm.
#[expect(
    clippy::print_stdout,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]
pub(crate) fn a_disk_can_be_mounted() -> bool {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tried = std::process::Command::new("unshare")
        .args([
            "--map-root-user",
            "--mount",
            "mount",
            "-t",
            "tmpfs",
            "tmpfs",
        ])
        .arg(folder.path())
        .output();
    let possible = tried.as_ref().is_ok_and(|it| it.status.success());
    if !possible {
        println!("SKIPPED banner: no file system may be mounted here: {tried:?}");
    }
    possible
}

/// Gives Hearth a disk of a few megabytes, which lives as long as the program.
fn on_a_small_disk(home: &Home) {
    std::fs::create_dir_all(home.profile()).expect("a folder for the disk");
    let driver = format!(
        "#!/bin/sh\n\
        real=$(PATH=${{PATH#*:}} command -v WebKitWebDriver)\n\
        exec unshare --map-root-user --mount sh -c \
            'mount -t tmpfs -o size=24m,mode=0700 tmpfs \"$0\" && exec \"$@\"' \
            '{}' \"$real\" \"$@\"\n",
        home.profile().display()
    );
    home.install("WebKitWebDriver", &driver);
}

/// The disk, as it can be seen from outside of what Hearth sees.
fn disk_of(profile: &Path) -> PathBuf {
    let running = processes::with_argument(profile);
    let hearth = running.first().expect("Hearth runs");
    let inside = profile.strip_prefix("/").expect("a path from the root");
    PathBuf::from(format!("/proc/{}/root", hearth.id)).join(inside)
}

/// Fills a disk to its last byte; the file returned is what fills it.
fn fill(disk: &Path) -> PathBuf {
    let path = disk.join("filler");
    let mut file = std::fs::File::create(&path).expect("there is room for a file");
    let full = loop {
        if let Err(error) = file.write_all(&[0; 4096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), ErrorKind::StorageFull);
    path
}

/// Everything that was said, as it is on disk: read from a copy, since reading takes room, too.
fn words_on(disk: &Path) -> String {
    let copy = tempfile::tempdir().expect("a temporary folder");
    for name in ["hearth.db", "hearth.db-wal"] {
        match std::fs::copy(disk.join(name), copy.path().join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => panic!("{name}: {error}"),
            _ => {}
        }
    }
    let store = Store::open(copy.path()).expect("the database can be read");
    let rows = store.conversations(Shelf::Current).expect("the list");
    assert_eq!(
        rows.len(),
        1,
        "the question is on disk, whatever became of the answer"
    );
    let blocks = rows.iter().flat_map(|row| {
        let conversation = store.conversation(&row.id).expect("a conversation");
        conversation
            .messages
            .into_iter()
            .flat_map(|message| message.blocks)
    });
    blocks.map(|block| block.body.as_str().to_owned()).collect()
}
