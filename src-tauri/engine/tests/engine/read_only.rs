//! Starting on a disk that takes nothing: everything can be read, nothing is lost, and it
//! goes on when the disk takes it again.
//!
//! The disks are real, as in `full_disk`.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    Activity, ConnectionDraft, ConversationId, DraftKey, ErrorCode, HearthEvent, MessageState,
    TranscriptFormat,
};
use hearth_engine::{ClientOptions, Engine, Subscription};

use crate::attachments::file;
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
        let attached = engine.attach(key.clone(), file("notes.txt", "words"));
        let attached = attached.await.unwrap();
        let draft = engine.draft(key).await.unwrap();
        assert_eq!((draft.text, draft.attachments), (typed, vec![attached]));
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
        let draft = later.draft(key).await.unwrap();
        assert_eq!(draft.text, "typed without a disk");
        let [attached] = draft.attachments.as_slice() else {
            panic!("{draft:?}");
        };
        let content = later.attachment(attached.id.clone()).await.unwrap();
        assert_eq!(content.bytes, b"words");
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

/// Hearth begins where nothing is and nothing can be, and asks once it can.
async fn begins_with_nothing(folder: &Path, why: ErrorCode, let_it_write: impl FnOnce()) {
    let emulator = Emulator::builder().start().await.unwrap();
    let engine = Engine::open(profile(folder), no_environment())
        .await
        .unwrap();
    let problem = engine.state().await.storage.expect("a problem");
    assert_eq!((problem.error.code, problem.reading_only), (why, true));
    assert_eq!(engine.conversations().await.unwrap(), []);
    assert_eq!(engine.search("barn".into()).await.unwrap(), []);
    let connection = || draft_to(&emulator.url(), emulator.key());
    let refused = engine.save_connection(connection()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::FileNotWritten);
    assert_eq!(engine.retry_saving().await.unwrap_err().code, why);
    let typed = "typed without a disk".to_owned();
    engine
        .set_draft(DraftKey::New, typed.clone())
        .await
        .unwrap();
    let notes = file("notes.txt", "attached without a disk");
    let notes = engine.attach(DraftKey::New, notes).await.unwrap();

    let mut window = engine.subscribe();
    let_it_write();
    until_saved(&mut window).await;
    let found = engine.draft(DraftKey::New).await.unwrap();
    assert_eq!((&found.text, found.attachments), (&typed, vec![notes]));
    let copy = copy_of(folder);
    let later = Engine::open(profile(copy.path()), no_environment()).await;
    let saved = later.unwrap().draft(DraftKey::New).await.unwrap();
    assert_eq!(saved, engine.draft(DraftKey::New).await.unwrap());
    engine.save_connection(connection()).await.unwrap();
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(engine.conversations().await.unwrap().len(), 1);
    for made in [folder.to_owned(), folder.join("web")] {
        let mode = fs::metadata(&made).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{made:?}");
    }
}

/// The same on a disk that is read-only.
async fn begins_on_a_read_only_disk(disk: &Path, folder: &str) {
    remount(disk, "ro");
    let before = contents(disk);
    let let_it_write = || {
        assert_eq!(contents(disk), before);
        remount(disk, "rw");
    };
    let folder = disk.join(folder);
    begins_with_nothing(&folder, ErrorCode::StoreReadOnly, let_it_write).await;
}

#[tokio::test]
async fn without_conversations_a_read_only_disk_begins_with_nothing_and_goes_on() {
    let test = "read_only::without_conversations_a_read_only_disk_begins_with_nothing_and_goes_on";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    fs::create_dir_all(disk.join("profile/web")).unwrap();
    begins_on_a_read_only_disk(&disk, "profile").await;
}

#[tokio::test]
async fn without_a_folder_a_read_only_disk_begins_with_nothing_and_goes_on() {
    let test = "read_only::without_a_folder_a_read_only_disk_begins_with_nothing_and_goes_on";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    begins_on_a_read_only_disk(&disk, "not/yet/there").await;
}

#[tokio::test]
async fn without_conversations_a_full_disk_begins_with_nothing_and_goes_on() {
    let test = "read_only::without_conversations_a_full_disk_begins_with_nothing_and_goes_on";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    let folder = disk.join("profile");
    fs::create_dir_all(&folder).unwrap();
    let ballast = disk.join("ballast");
    fill(&ballast);
    let let_it_write = || fs::remove_file(&ballast).unwrap();
    begins_with_nothing(&folder, ErrorCode::DiskFull, let_it_write).await;
}

#[tokio::test]
async fn conversations_that_cannot_be_seen_are_no_empty_list() {
    let test = "read_only::conversations_that_cannot_be_seen_are_no_empty_list";
    let Some(disk) = in_namespace(test) else {
        return;
    };
    // Behind this link there will be a database again, and this log belongs to one.
    let (linked, logged) = (disk.join("linked"), disk.join("logged"));
    for folder in [&linked, &logged] {
        fs::create_dir(folder).unwrap();
    }
    std::os::unix::fs::symlink("/elsewhere/hearth.db", linked.join("hearth.db")).unwrap();
    fs::write(logged.join("hearth.db-wal"), "words").unwrap();
    remount(&disk, "ro");
    let cases = [
        (linked, ErrorCode::StoreReadOnly),
        (logged, ErrorCode::StoreUnreadable),
    ];
    for (folder, code) in cases {
        let opened = Engine::open(profile(&folder), no_environment()).await;
        let error = opened.err().expect("a failure");
        assert_eq!(error.code, code);
        assert!(error.subject.unwrap().contains(folder.to_str().unwrap()));
    }
}
