//! Starting on a disk that takes nothing: everything can be read, nothing is lost, and it
//! goes on when the disk takes it again.
//!
//! The disks are real, as in `full_disk`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    Activity, ConnectionDraft, ConversationId, DraftKey, ErrorCode, HearthEvent, MessageState,
    TranscriptFormat,
};
use hearth_engine::{ClientOptions, Engine, Subscription};

use crate::full_disk::{fill, in_namespace};
use crate::support::*;

fn remount(disk: &Path, how: &str) {
    let mut mount = Command::new("mount");
    mount.args(["-o", &format!("remount,{how}")]).arg(disk);
    assert!(mount.status().unwrap().success(), "{how}");
}

/// Every file of a folder and below it.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(contents(&path)),
            false => drop(all.insert(path.clone(), fs::read(&path).unwrap())),
        }
    }
    all
}

/// A profile as a killed program leaves it: one answer whole, one half.
struct Left {
    folder: PathBuf,
    house: House,
    whole: ConversationId,
    half: ConversationId,
}

impl Left {
    async fn on(disk: &Path) -> Self {
        let house = House::with(Emulator::builder(), ClientOptions::default()).await;
        house.emulator.next(Script::reply(["The barn owl."]));
        let (whole, _) = house.ask(None, "Which owl?").await;
        let (script, gate) = Script::reply(["Half an ", "answer"]).gate();
        house.emulator.next(script);
        let half = house.send(None, "Hello").await;
        let mut window = Window::open(&house.engine, &half.conversation).await;
        gate.release(1);
        window
            .until(|view| text(view.messages.last().unwrap()) == "Half an ")
            .await;
        let folder = disk.join("profile");
        let copied = Command::new("cp")
            .arg("-r")
            .arg(house.folder.path())
            .arg(&folder)
            .status();
        assert!(copied.unwrap().success());
        Self {
            folder,
            whole: whole.conversation,
            half: half.conversation,
            house,
        }
    }

    /// Starts Hearth on it. Nothing is written for the key to be known.
    async fn start(&self) -> Engine {
        let engine = Engine::open(profile(&self.folder), no_environment())
            .await
            .unwrap();
        let draft = ConnectionDraft {
            id: Some(connection_of(&engine.state().await)),
            ..self.house.draft()
        };
        engine.save_connection(draft).await.unwrap();
        engine
    }

    async fn assert_reads(&self, engine: &Engine) {
        let rows = engine.conversations().await.unwrap();
        assert_eq!(rows.len(), 2);
        let activity = |id: &ConversationId| {
            let row = rows.iter().find(|row| row.id == *id);
            row.unwrap().activity
        };
        assert_eq!(activity(&self.whole), Activity::Idle);
        assert_eq!(activity(&self.half), Activity::Failed);
        let view = engine.conversation(self.half.clone()).await.unwrap();
        let answer = view.messages.last().unwrap();
        assert_eq!(answer.state, MessageState::Interrupted);
        assert_eq!(text(answer), "Half an ");
        let hits = engine.search("barn".into()).await.unwrap();
        assert_eq!(hits.len(), 1);
        let transcript = engine
            .transcript(self.whole.clone(), TranscriptFormat::Markdown)
            .await
            .unwrap();
        assert!(transcript.text.contains("The barn owl."));
    }

    /// Nothing can be asked, and what is typed is kept.
    async fn assert_keeps(&self, engine: &Engine, why: ErrorCode) {
        let problem = engine.state().await.storage.expect("a problem");
        assert_eq!(problem.error.code, why);
        assert_eq!((problem.waiting, problem.reading_only), (0, true));
        let more = question(Some(&self.whole), "More", None);
        assert_eq!(engine.send(more).await.unwrap_err().code, why);
        assert_eq!(engine.retry_saving().await.unwrap_err().code, why);
        let key = DraftKey::Conversation {
            id: self.whole.clone(),
        };
        let typed = "typed without a disk".to_owned();
        engine.set_draft(key.clone(), typed.clone()).await.unwrap();
        assert_eq!(engine.draft(key).await.unwrap().text, typed);
    }

    /// Everything that was kept is on disk, and questions are asked.
    async fn assert_goes_on(&self, engine: &Engine) {
        assert_eq!(engine.state().await.storage, None);
        let copy = copy_of(&self.folder);
        let later = Engine::open(profile(copy.path()), no_environment())
            .await
            .unwrap();
        assert_eq!(later.state().await.storage, None);
        let key = DraftKey::Conversation {
            id: self.whole.clone(),
        };
        assert_eq!(later.draft(key).await.unwrap().text, "typed without a disk");
        self.assert_reads(&later).await;
        let mut window = engine.subscribe();
        let more = question(Some(&self.half), "More", None);
        let sent = engine.send(more).await.unwrap();
        let answer = ended(&mut window, &sent.turn).await;
        assert_eq!(answer.state, complete("end_turn"));
    }
}

async fn until_saved(window: &mut Subscription) {
    let saved = HearthEvent::StorageChanged { problem: None };
    while !within(window.next()).await.unwrap().contains(&saved) {}
}

#[tokio::test]
async fn a_start_on_a_read_only_disk_reads_keeps_and_goes_on() {
    let test = "read_only::a_start_on_a_read_only_disk_reads_keeps_and_goes_on";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let left = Left::on(&disk).await;
    remount(&disk, "ro");
    let before = contents(&left.folder);
    let engine = left.start().await;
    left.assert_reads(&engine).await;
    left.assert_keeps(&engine, ErrorCode::StoreReadOnly).await;
    assert_eq!(contents(&left.folder), before);

    let mut window = engine.subscribe();
    remount(&disk, "rw");
    until_saved(&mut window).await;
    left.assert_goes_on(&engine).await;
    left.house.close().await;
}

#[tokio::test]
async fn a_start_on_a_full_disk_reads_keeps_and_goes_on() {
    let test = "read_only::a_start_on_a_full_disk_reads_keeps_and_goes_on";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let left = Left::on(&disk).await;
    // The index that a crash leaves behind would need no room.
    fs::remove_file(left.folder.join("hearth.db-shm")).unwrap();
    fill(&disk.join("ballast"));
    let engine = left.start().await;
    left.assert_reads(&engine).await;
    left.assert_keeps(&engine, ErrorCode::DiskFull).await;

    fs::remove_file(disk.join("ballast")).unwrap();
    engine.retry_saving().await.unwrap();
    left.assert_goes_on(&engine).await;
    left.house.close().await;
}

#[tokio::test]
async fn what_is_typed_on_a_read_only_disk_is_rescued_and_what_lies_there_is_not() {
    let test = "read_only::what_is_typed_on_a_read_only_disk_is_rescued_and_what_lies_there_is_not";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let left = Left::on(&disk).await;
    remount(&disk, "ro");
    let engine = left.start().await;
    let before = rescues();
    engine.shutdown().await;
    // The interrupted answer is on the disk.
    assert_eq!(rescues(), before);
    let engine = left.start().await;
    let typed = format!("typed by {}", std::process::id());
    let key = DraftKey::Conversation {
        id: left.whole.clone(),
    };
    engine.set_draft(key, typed.clone()).await.unwrap();
    engine.shutdown().await;
    let new: Vec<_> = rescues()
        .into_iter()
        .filter(|path| !before.contains(path))
        .collect();
    assert_eq!(new.len(), 1, "{new:?}");
    assert_eq!(fs::read_to_string(&new[0]).unwrap(), typed);
    // The next start tells of it, and is told for its own time that it was seen.
    let engine = left.start().await;
    let told = new[0].display().to_string();
    assert!(engine.state().await.rescued.contains(&told));
    engine.dismiss_rescued(told.clone()).await.unwrap();
    assert!(!engine.state().await.rescued.contains(&told));
    fs::remove_file(&new[0]).unwrap();
}

/// The files of that kind in the home folder, the first place that takes one here.
fn rescues() -> Vec<PathBuf> {
    let home = std::env::var_os("HOME").unwrap();
    let entries = fs::read_dir(home).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("hearth-not-saved-")
        })
        .collect()
}

#[tokio::test]
async fn without_conversations_a_read_only_disk_is_a_failure_that_names_the_folder() {
    let test =
        "read_only::without_conversations_a_read_only_disk_is_a_failure_that_names_the_folder";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    fs::create_dir_all(disk.join("profile/web")).unwrap();
    remount(&disk, "ro");
    for folder in ["profile", "missing"] {
        let folder = disk.join(folder);
        let opened = Engine::open(profile(&folder), no_environment()).await;
        let error = opened.err().expect("nothing can be kept there");
        assert_eq!(error.code, ErrorCode::FileNotWritten);
        assert!(error.subject.unwrap().contains(folder.to_str().unwrap()));
    }
}
