//! Attachments: their bytes, and how long they live.

use std::fs;
use std::path::Path;

use hearth_store::{AttachmentId, DraftKey, Fork, Store, StoreError, StoredAttachment, Where};

use crate::support::*;

const MARK: &[u8] = b"xylophone-quartz-picture";

/// Bytes that fill many pages, each with the mark in it.
fn large() -> Vec<u8> {
    MARK.repeat(50_000)
}

fn kept(store: &Store) -> i64 {
    count(store, "SELECT count(*) FROM attachment")
}

/// A conversation whose first question shows this picture.
fn asked_about(store: &Store, id: &str, picture: &str) {
    let place = Where::New(new_conversation(id, 1));
    let question = ask_about(&format!("{id}-q"), None, picture, 1);
    let mut begin = turn(&format!("{id}-t"), place, question, 1);
    begin.clears = sent(DraftKey::New, "typed");
    store.begin_turn(&begin).unwrap();
    let end = finish(&format!("{id}-t"), complete(), vec![text_block("Nice.")], 2);
    store.finish_turn(&end).unwrap();
}

fn fork(from: &str, up_to: &str, id: &str) -> Fork {
    Fork {
        from: from.into(),
        up_to: up_to.into(),
        id: id.into(),
        title: format!("title of {id}"),
        created_at: 50,
    }
}

fn occurrences(folder: &Path) -> usize {
    ["hearth.db", "hearth.db-wal"]
        .into_iter()
        .filter_map(|name| fs::read(folder.join(name)).ok())
        .map(|bytes| bytes.windows(MARK.len()).filter(|it| *it == MARK).count())
        .sum()
}

#[test]
fn every_byte_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let all: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let attachments = [
        picture("all", &all),
        picture("nothing", b""),
        text_file("odd", "../😀\n\0\u{202e}.txt", "\u{feff}text\0"),
    ];
    for attachment in &attachments {
        store.attach(&DraftKey::New, attachment).unwrap();
    }
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    for attachment in attachments {
        let expected = StoredAttachment {
            info: info(&attachment),
            bytes: attachment.bytes.clone(),
        };
        let found = store.attachment(&attachment.id).unwrap();
        assert_eq!(found, Some(expected));
    }
    assert_eq!(store.attachment(&"nowhere".into()).unwrap(), None);
}

#[test]
fn a_question_takes_its_pictures_over_from_the_draft() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (used, unused) = (picture("used", b"1"), picture("unused", b"2"));
    store.attach(&DraftKey::New, &used).unwrap();
    store.attach(&DraftKey::New, &unused).unwrap();
    asked_about(&store, "c", "used");
    let draft = store.draft(&DraftKey::New).unwrap().unwrap();
    assert_eq!(draft.attachments, [info(&unused)]);
    let question = store.message(&"c-q".into()).unwrap();
    assert_eq!(question.blocks[0].attachment, Some(info(&used)));
    assert_eq!(question.blocks[1].attachment, None);
    let conversation = store.conversation(&"c".into()).unwrap();
    assert_eq!(conversation.messages[0], question);
    // Taken out of the draft, the other one is gone.
    store.detach(&DraftKey::New, &unused.id).unwrap();
    assert_eq!(store.attachment(&unused.id).unwrap(), None);
    assert_eq!(kept(&store), 1);
}

#[test]
fn a_question_brings_pictures_that_were_in_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let (new, own) = (picture("new", b"1"), picture("own", b"2"));
    store.attach(&DraftKey::New, &own).unwrap();
    let place = Where::New(new_conversation("c", 1));
    let mut begin = turn("t", place, ask_about("q", Some("gone"), "new", 1), 1);
    begin.attachments = vec![new.clone()];
    // Refused, it leaves nothing behind.
    store.begin_turn(&begin).unwrap_err();
    assert_eq!(kept(&store), 1);
    begin.question = ask_about("q", None, "new", 1);
    store.begin_turn(&begin).unwrap();
    let draft = store.draft(&DraftKey::New).unwrap().unwrap();
    assert_eq!(draft.attachments, [info(&own)]);
    let stored = store.attachment(&new.id).unwrap().unwrap();
    assert_eq!((stored.info, stored.bytes), (info(&new), b"1".to_vec()));
    store.delete(&"c".into()).unwrap();
    assert_eq!(store.attachment(&new.id).unwrap(), None);
}

#[test]
fn a_question_with_a_picture_that_is_gone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store.set_draft(&DraftKey::New, "typed", 1).unwrap();
    let place = Where::New(new_conversation("c", 1));
    let mut begin = turn("t", place, ask_about("q", None, "gone", 1), 1);
    begin.clears = sent(DraftKey::New, "typed");
    let gone = AttachmentId::from("gone");
    assert_eq!(
        store.begin_turn(&begin),
        Err(StoreError::NoSuchAttachment(gone))
    );
    assert!(store.draft(&DraftKey::New).unwrap().is_some());
    assert!(store.conversation(&"c".into()).is_err());
}

#[test]
fn a_picture_lives_until_its_last_user_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .attach(&DraftKey::New, &picture("p", &large()))
        .unwrap();
    asked_about(&store, "c", "p");
    store.fork(&fork("c", "c-q", "forked")).unwrap();
    let edit = DraftKey::Edit("c-q".into());
    store.adopt_attachment(&edit, &"p".into(), 3).unwrap();
    store
        .adopt_attachment(&DraftKey::New, &"p".into(), 4)
        .unwrap();

    // The conversation goes with its edit's draft; the fork shows the picture still.
    store.delete(&"c".into()).unwrap();
    let left = store.conversation(&"forked".into()).unwrap();
    let shown = left.messages[0].blocks[0].attachment.as_ref().unwrap();
    let found = store.attachment(&shown.id).unwrap().unwrap();
    assert_eq!(found.bytes, large());
    store.trash(&"forked".into(), 60).unwrap();
    assert_eq!(kept(&store), 1);
    assert_eq!(
        store.purge_trash(61).unwrap().conversations,
        ["forked".into()]
    );
    // The draft has it as the last one.
    assert_eq!(kept(&store), 1);
    store.detach(&DraftKey::New, &"p".into()).unwrap();
    assert_eq!(kept(&store), 0);
    assert_eq!(store.draft(&DraftKey::New).unwrap(), None);
}

#[test]
fn a_deleted_picture_is_nowhere_in_the_files_and_frees_its_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .attach(&DraftKey::New, &picture("p", &large()))
        .unwrap();
    asked_about(&store, "c", "p");
    asked_about_nothing(&store, "kept");
    // Closed, so that everything is in the file and nothing in the log.
    drop(store);
    let length = || fs::metadata(folder.path().join("hearth.db")).unwrap().len();
    let before = length();
    assert_ne!(occurrences(folder.path()), 0, "it was there");
    let store = Store::open(folder.path()).unwrap();
    store.trash(&"c".into(), 60).unwrap();
    let purged = store.purge_trash(61).unwrap();
    assert_eq!(occurrences(folder.path()), 0);
    assert!(purged.freed > 1_000_000, "{purged:?}");
    assert_eq!(purged.freed, before - length(), "what is told is true");
    assert_eq!(branch(&store, "kept").len(), 2);
}

fn asked_about_nothing(store: &Store, id: &str) {
    answered(store, id, "question", "answer", 1);
}

#[test]
fn what_was_detached_earlier_is_freed_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    asked_about_nothing(&store, "c");
    let many = 3_000_u32;
    let bytes = vec![7; 4096 * usize::try_from(many).unwrap()];
    store.attach(&DraftKey::New, &picture("p", &bytes)).unwrap();
    store.detach(&DraftKey::New, &"p".into()).unwrap();
    // More pages than are cut off at once.
    let freed = store.delete(&"c".into()).unwrap().freed;
    assert!(freed > u64::from(many) * 4096, "{freed}");
    assert_eq!(count(&store, "PRAGMA freelist_count"), 0);
}

/// Pages that hold nothing but bytes of a picture are made unreadable: what does not read
/// them does not notice.
#[test]
fn a_conversation_is_read_without_its_pictures_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .attach(&DraftKey::New, &picture("p", &large()))
        .unwrap();
    asked_about(&store, "c", "p");
    let key = DraftKey::Edit("c-q".into());
    store.adopt_attachment(&key, &"p".into(), 3).unwrap();
    let before = store.conversation(&"c".into()).unwrap();
    drop(store);
    let file = folder.path().join("hearth.db");
    let mut bytes = fs::read(&file).unwrap();
    let mut spoilt = 0;
    for page in bytes.chunks_mut(4096) {
        // An overflow page: the number of the next one, then content.
        let content = &page[4..];
        if content.windows(MARK.len()).filter(|it| *it == MARK).count() > 160 {
            page[..4].fill(0xff);
            spoilt += 1;
        }
    }
    assert!(spoilt > 200, "{spoilt}");
    fs::write(&file, bytes).unwrap();

    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.conversation(&"c".into()).unwrap(), before);
    let draft = store.draft(&key).unwrap().unwrap();
    assert_eq!(draft.attachments, [info(&picture("p", &large()))]);
    assert_eq!(store.search("nice", 5).unwrap().len(), 1);
    let unreadable = store.attachment(&"p".into());
    assert!(
        matches!(unreadable, Err(StoreError::Unreadable(_))),
        "{unreadable:?}"
    );
}
