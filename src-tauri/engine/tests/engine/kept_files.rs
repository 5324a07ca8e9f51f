//! Files that are attached while the disk takes nothing: shown, kept, and saved as soon as
//! it does.

use hearth_engine::Engine;
use hearth_engine::api::{
    AttachmentView, ConversationId, DraftKey, ErrorCode, HearthEvent, NewFile, SendRequest, Sent,
};

use crate::attachments::{file, png};
use crate::disk::{allow, forbid, sql_in};
use crate::support::*;

const NOTHING: &str = "INSERT ON draft";

fn of(id: &ConversationId) -> DraftKey {
    DraftKey::Conversation { id: id.clone() }
}

fn edit_of(sent: &Sent) -> DraftKey {
    DraftKey::Edit {
        conversation: sent.conversation.clone(),
        message: sent.question.clone(),
    }
}

fn names(attachments: &[AttachmentView]) -> Vec<&str> {
    attachments.iter().map(|it| it.name.as_str()).collect()
}

/// A program that begins with what is on the disk now, and with a disk that takes everything.
async fn later(house: &House) -> (tempfile::TempDir, Engine) {
    let copy = copy_of(house.folder.path());
    sql_in(copy.path(), "DROP TRIGGER IF EXISTS forbidden");
    let later = Engine::open(profile(copy.path()), no_environment()).await;
    (copy, later.unwrap())
}

async fn save(house: &House) {
    let mut window = house.engine.subscribe();
    allow(house);
    let saved = HearthEvent::StorageChanged { problem: None };
    while !within(window.next()).await.unwrap().contains(&saved) {}
}

#[tokio::test]
async fn a_file_that_the_disk_does_not_take_is_shown_kept_and_saved() {
    let house = House::new().await;
    let attach = async |file: NewFile| house.engine.attach(DraftKey::New, file).await.unwrap();
    let first = attach(file("first.txt", "on the disk")).await;
    forbid(&house, "INSERT ON draft_attachment");
    let picture = attach(file("garden.png", png(40, 30))).await;
    let notes = attach(file("notes.txt", "kept in memory")).await;
    assert_eq!((picture.width, picture.height), (Some(40), Some(30)));
    let problem = house.engine.state().await.storage.expect("a problem");
    assert_eq!((problem.waiting, problem.reading_only), (0, false));
    // It looks like every other one.
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    let all = [first, picture.clone(), notes.clone()];
    assert_eq!(draft.attachments, all);
    let content = house.engine.attachment(picture.id.clone()).await.unwrap();
    assert_eq!(content.media_type, "image/png");
    assert_eq!(content.bytes, png(40, 30));
    // The disk has none of it yet, and the one that it has.
    let (_copy, engine) = later(&house).await;
    let there = engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(names(&there.attachments), ["first.txt"]);

    save(&house).await;
    assert_eq!(house.engine.state().await.storage, None);
    let (_copy, engine) = later(&house).await;
    let saved = engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(saved.attachments, all);
    let content = engine.attachment(notes.id).await.unwrap();
    assert_eq!(content.bytes, b"kept in memory");
    let content = engine.attachment(picture.id).await.unwrap();
    assert_eq!(content.bytes, png(40, 30));
}

#[tokio::test]
async fn a_question_takes_along_what_was_kept() {
    let house = House::new().await;
    forbid(&house, NOTHING);
    let notes = file("notes.txt", "kept in memory");
    let notes = house.engine.attach(DraftKey::New, notes).await.unwrap();
    let ask = SendRequest {
        attachments: vec![notes.id],
        ..question(None, "What is this?", None)
    };
    let refused = house.engine.send(ask.clone()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::StoreFailed);
    assert!(house.emulator.log().is_empty(), "nothing leaves unsaved");
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(names(&draft.attachments), ["notes.txt"]);

    // Not waited for: the question saves it first.
    allow(&house);
    let mut window = house.engine.subscribe();
    let sent = house.engine.send(ask).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = bodies(&house.emulator.log()).remove(0).to_string();
    assert!(body.contains("kept in memory"), "{body}");
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(names(&draft.attachments), Vec::<&str>::new());
}

#[tokio::test]
async fn what_is_kept_can_be_taken_out_again() {
    let house = House::new().await;
    forbid(&house, NOTHING);
    let attach = async |name| {
        let attached = house.engine.attach(DraftKey::New, file(name, "words"));
        attached.await.unwrap()
    };
    let (first, second) = (attach("first.txt").await, attach("second.txt").await);
    let detach = async |id| house.engine.detach(DraftKey::New, id).await.unwrap();
    detach(first.id.clone()).await;
    let draft = house.engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(names(&draft.attachments), ["second.txt"]);
    let gone = house.engine.attachment(first.id).await.unwrap_err();
    assert_eq!(gone.code, ErrorCode::AttachmentNotFound);
    assert!(house.engine.state().await.storage.is_some());
    // Nothing is missing on the disk any more.
    detach(second.id).await;
    assert_eq!(house.engine.state().await.storage, None);
    allow(&house);
    house.engine.retry_saving().await.unwrap();
    let (_copy, engine) = later(&house).await;
    let draft = engine.draft(DraftKey::New).await.unwrap();
    assert_eq!(names(&draft.attachments), Vec::<&str>::new());
}

#[tokio::test]
async fn no_more_is_kept_than_a_machine_can_spare() {
    let house = House::new().await;
    let mut drafts = vec![DraftKey::New];
    for _ in 0..3 {
        drafts.push(of(&house.ask(None, "Hello").await.0.conversation));
    }
    forbid(&house, NOTHING);
    let large = |number| file(&format!("{number}.txt"), vec![b'x'; 1_000_000]);
    let attach = async |draft: &DraftKey, files: Vec<NewFile>| {
        house.engine.attach_all(draft.clone(), files).await
    };
    for draft in &drafts[..3] {
        attach(draft, (0..20).map(large).collect()).await.unwrap();
    }
    // 60 MB are kept, and 64 fit: all of these or none.
    let last = &drafts[3];
    let refused = attach(last, (0..5).map(large).collect()).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AttachmentsNotKept);
    assert_eq!(refused.subject.as_deref(), Some("64"));
    let count = async |draft: &DraftKey| {
        let draft = house.engine.draft(draft.clone()).await.unwrap();
        draft.attachments.len()
    };
    assert_eq!(count(last).await, 0);
    let four = attach(last, (0..4).map(large).collect()).await.unwrap();
    let full = attach(last, vec![file("one.txt", "x")]).await.unwrap_err();
    assert_eq!(full.code, ErrorCode::AttachmentsNotKept);
    // What is taken out makes room.
    let first = four[0].id.clone();
    house.engine.detach(last.clone(), first).await.unwrap();
    attach(last, vec![file("one.txt", "x")]).await.unwrap();

    save(&house).await;
    for draft in &drafts[..3] {
        assert_eq!(count(draft).await, 20);
    }
    assert_eq!(count(last).await, 4);
    attach(last, (0..9).map(large).collect()).await.unwrap();
}

/// A question with one file.
async fn asked_with_a_file(house: &House) -> Sent {
    let own = file("own.txt", "the question's own");
    let own = house.engine.attach(DraftKey::New, own).await.unwrap();
    let ask = SendRequest {
        attachments: vec![own.id],
        ..question(None, "Hello", None)
    };
    let mut window = house.engine.subscribe();
    let sent = house.engine.send(ask).await.unwrap();
    ended(&mut window, &sent.turn).await;
    sent
}

#[tokio::test]
async fn an_edit_that_could_not_be_begun_keeps_what_its_question_has() {
    let house = House::new().await;
    let sent = asked_with_a_file(&house).await;
    forbid(&house, NOTHING);
    let key = edit_of(&sent);
    let begun = house.engine.draft(key.clone()).await.unwrap();
    assert_eq!(begun.text, "Hello");
    // Only looked at, it is nothing that waits.
    assert_eq!(house.engine.state().await.storage, None);
    let typed = "Hello again".to_owned();
    house.engine.set_draft(key.clone(), typed).await.unwrap();
    let more = file("more.txt", "more");
    house.engine.attach(key.clone(), more).await.unwrap();
    let assert_whole = async |engine: &Engine| {
        let draft = engine.draft(key.clone()).await.unwrap();
        assert_eq!(draft.text, "Hello again");
        assert_eq!(names(&draft.attachments), ["own.txt", "more.txt"]);
    };
    assert_whole(&house.engine).await;
    save(&house).await;
    assert_whole(&house.engine).await;
    let (_copy, engine) = later(&house).await;
    assert_whole(&engine).await;
}

#[tokio::test]
async fn an_edit_begins_anew_while_the_disk_takes_nothing() {
    let house = House::new().await;
    let sent = asked_with_a_file(&house).await;
    forbid(&house, NOTHING);
    let key = edit_of(&sent);
    let begun = house.engine.draft(key.clone()).await.unwrap();
    let set = async |text: &str| {
        let kept = house.engine.set_draft(key.clone(), text.to_owned());
        kept.await.unwrap();
    };
    set("Something else").await;
    // As the window starts it over.
    for attachment in &begun.attachments {
        let id = attachment.id.clone();
        house.engine.detach(key.clone(), id).await.unwrap();
    }
    set("").await;
    for _ in 0..2 {
        assert_eq!(house.engine.draft(key.clone()).await.unwrap(), begun);
    }
    save(&house).await;
    assert_eq!(house.engine.draft(key.clone()).await.unwrap(), begun);
    let (_copy, engine) = later(&house).await;
    assert_eq!(engine.draft(key.clone()).await.unwrap(), begun);
}

#[tokio::test]
async fn what_was_only_attached_is_rescued_with_a_text_that_says_where() {
    let house = House::new().await;
    forbid(&house, NOTHING);
    let bytes = png(4, 3);
    for new in [
        file("pasted.png", bytes.clone()),
        file("notes.txt", "notes"),
    ] {
        house.engine.attach(DraftKey::New, new).await.unwrap();
    }
    house.engine.shutdown().await;
    let ending = |wanted: &str| {
        let found = std::fs::read_dir(house.folder.path()).unwrap();
        let mut found = found.map(|it| it.unwrap().path()).filter(|path| {
            let name = path.file_name().unwrap().to_string_lossy();
            name.starts_with("hearth-not-saved-") && name.ends_with(wanted)
        });
        let first = found.next().unwrap_or_else(|| panic!("no {wanted}"));
        assert_eq!(found.next(), None);
        first
    };
    let (picture, notes) = (ending(".png"), ending(".txt"));
    assert_eq!(std::fs::read(&picture).unwrap(), bytes);
    assert_eq!(std::fs::read(&notes).unwrap(), b"notes");
    let said = std::fs::read_to_string(ending(".md")).unwrap();
    for (name, path) in [("pasted.png", picture), ("notes.txt", notes)] {
        let path = path.display();
        assert!(said.contains(&format!("{name}, kept in {path}")), "{said}");
    }
}
