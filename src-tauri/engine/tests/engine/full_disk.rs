//! A disk that is really full.
//!
//! The test runs once more in a mount namespace of its own, where a small file system is
//! mounted over its folder. Where the system does not allow that, it says so and checks
//! nothing.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{DraftKey, ErrorCode, HearthEvent, StorageProblem};
use hearth_engine::{ClientOptions, Engine};

use crate::support::*;

const FOLDER: &str = "HEARTH_ENGINE_TEST_DISK";

/// Runs a test in a namespace with a small disk; none in there, and that disk to work on.
#[expect(
    clippy::print_stdout,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]
pub(crate) fn in_namespace(test: &str) -> Option<PathBuf> {
    if let Some(disk) = std::env::var_os(FOLDER) {
        return Some(disk.into());
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
    let mount = "mount -t tmpfs -o size=12m none \"$1\"";
    let folder = tempfile::tempdir().unwrap();
    let possible = unshare(mount, folder.path());
    if !possible.as_ref().is_ok_and(|it| it.status.success()) {
        println!("SKIPPED {test}: no file system may be mounted here: {possible:?}");
        return None;
    }
    let script = format!("{mount} && exec \"$2\" --exact \"$3\" --nocapture");
    let output = unshare(&script, folder.path()).unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(said.contains("1 passed"), "the test was not found: {said}");
    None
}

/// Takes all the room that there is.
pub(crate) fn fill(ballast: &Path) {
    let mut file = File::create(ballast).unwrap();
    let block = [0x55; 4096];
    while file.write_all(&block).is_ok() {}
    while file.write_all(&block[..1]).is_ok() {}
}

#[tokio::test]
async fn what_a_full_disk_does_not_take_is_saved_when_there_is_room() {
    let test = "full_disk::what_a_full_disk_does_not_take_is_saved_when_there_is_room";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let folder = tempfile::tempdir_in(&disk).unwrap();
    let house = House::in_folder(folder, Emulator::builder(), ClientOptions::default()).await;
    let long = "many words ".repeat(1000);
    let pieces = vec![long.as_str(); 40];
    let (script, gate) = Script::reply(pieces).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Tell me everything").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(1);
    window
        .until(|view| !text(view.messages.last().unwrap()).is_empty())
        .await;
    let ballast = disk.join("ballast");
    fill(&ballast);
    let mut told = house.engine.subscribe();
    gate.open();
    window.until_over().await;
    assert_eq!(window.answer().state, complete("end_turn"));
    assert_eq!(text(window.answer()), long.repeat(40));
    let problem = house.engine.state().await.storage;
    let waiting = |it: &StorageProblem| (it.error.code, it.waiting);
    assert_eq!(
        problem.as_ref().map(waiting),
        Some((ErrorCode::DiskFull, 1))
    );
    let more = question(Some(&sent.conversation), "More", None);
    let refused = house.engine.send(more).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::DiskFull);
    let typed = "typed without room ".repeat(5000);
    let key = DraftKey::Conversation {
        id: sent.conversation.clone(),
    };
    house
        .engine
        .set_draft(key.clone(), typed.clone())
        .await
        .unwrap();
    assert_eq!(house.engine.draft(key.clone()).await.unwrap().text, typed);

    fs::remove_file(&ballast).unwrap();
    let saved = HearthEvent::StorageChanged { problem: None };
    while !within(told.next()).await.unwrap().contains(&saved) {}
    let copy = copy_of(house.folder.path());
    let later = Engine::open(profile(copy.path()), no_environment())
        .await
        .unwrap();
    let view = later.conversation(sent.conversation).await.unwrap();
    assert_eq!(view.messages.last(), Some(window.answer()));
    assert_eq!(later.draft(key).await.unwrap().text, typed);
}
