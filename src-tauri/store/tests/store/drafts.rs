//! Drafts: what was typed and attached and not sent.

use hearth_store::{Draft, DraftKey, NewAttachment, Store, StoreError};

use crate::support::*;

fn draft(text: &str, attachments: &[&NewAttachment], updated_at: i64) -> Draft {
    Draft {
        text: text.into(),
        attachments: attachments.iter().map(|it| info(it)).collect(),
        updated_at,
    }
}

#[test]
fn a_draft_goes_only_when_its_question_is_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let of_c = DraftKey::Of("c".into());
    store.set_draft(&DraftKey::New, "a", 6).unwrap();
    store.set_draft(&DraftKey::New, "new", 7).unwrap();
    store.set_draft(&of_c, "of c", 8).unwrap();

    let mut refused = turn("t2", existing("c"), ask("q2", Some("nowhere"), "?", 3), 3);
    refused.clears = sent(of_c.clone(), "of c");
    store.begin_turn(&refused).unwrap_err();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let new = Some(draft("new", &[], 7));
    assert_eq!(store.draft(&of_c).unwrap(), Some(draft("of c", &[], 8)));
    assert_eq!(store.draft(&DraftKey::New).unwrap(), new);

    let mut asked = turn("t2", existing("c"), ask("q2", Some("c-t-a"), "?", 3), 3);
    asked.clears = sent(of_c.clone(), "of c");
    store.begin_turn(&asked).unwrap();
    assert_eq!(store.draft(&of_c).unwrap(), None);
    assert_eq!(store.draft(&DraftKey::New).unwrap(), new);
    store.set_draft(&DraftKey::New, "", 9).unwrap();
    assert_eq!(store.draft(&DraftKey::New).unwrap(), None);
    assert_eq!(count(&store, "SELECT count(*) FROM draft"), 0);
}

#[test]
fn a_draft_belongs_to_something_that_is_there() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let picture = picture("p", b"picture");
    store.attach(&DraftKey::New, &picture).unwrap();
    let places = [
        (
            DraftKey::Of("nowhere".into()),
            StoreError::NoSuchConversation("nowhere".into()),
        ),
        (
            DraftKey::Edit("nowhere".into()),
            StoreError::NoSuchMessage("nowhere".into()),
        ),
    ];
    for (nowhere, error) in places {
        let none = || Err(error.clone());
        assert_eq!(store.set_draft(&nowhere, "x", 1), none());
        assert_eq!(store.draft(&nowhere).map(|_| ()), none());
        assert_eq!(store.attach(&nowhere, &picture), none());
        assert_eq!(store.adopt_attachment(&nowhere, &"p".into(), 1), none());
        assert_eq!(store.detach(&nowhere, &"p".into()), none());
    }
    assert_eq!(count(&store, "SELECT count(*) FROM draft"), 1);
}

#[test]
fn attachments_stay_when_the_text_changes() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let new = DraftKey::New;
    let (one, two) = (picture("one", b"1"), text_file("two", "notes.txt", "ä"));
    store.attach(&new, &one).unwrap();
    store.attach(&new, &two).unwrap();
    let found = store.draft(&new).unwrap();
    assert_eq!(found, Some(draft("", &[&one, &two], 5)));
    store.set_draft(&new, "with words", 8).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let found = store.draft(&new).unwrap();
    assert_eq!(found, Some(draft("with words", &[&one, &two], 8)));

    // Without words it is still a draft; without anything it is none.
    store.set_draft(&new, "", 9).unwrap();
    assert_eq!(
        store.draft(&new).unwrap(),
        Some(draft("", &[&one, &two], 9))
    );
    store.detach(&new, &one.id).unwrap();
    store.detach(&new, &one.id).unwrap();
    assert_eq!(store.draft(&new).unwrap(), Some(draft("", &[&two], 9)));
    store.detach(&new, &two.id).unwrap();
    assert_eq!(store.draft(&new).unwrap(), None);
    assert_eq!(count(&store, "SELECT count(*) FROM attachment"), 0);
}

#[test]
fn a_question_takes_only_what_was_sent_out_of_its_draft() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let new = DraftKey::New;
    let (own, other) = (picture("own", b"1"), picture("other", b"2"));
    store.attach(&new, &own).unwrap();
    store.attach(&new, &other).unwrap();
    let asked = |name: &str, text: &str| {
        let place = hearth_store::Where::New(new_conversation(name, 1));
        let question = ask_about(&format!("{name}-q"), None, "own", 1);
        let mut begin = turn(name, place, question, 1);
        begin.clears = sent(DraftKey::New, text);
        store.begin_turn(&begin).unwrap();
        store.draft(&DraftKey::New).unwrap()
    };
    // Written by another window, which this one has not seen.
    store.set_draft(&new, "a long text", 7).unwrap();
    let kept = Some(draft("a long text", &[&other], 7));
    assert_eq!(asked("one", "ok"), kept);
    assert_eq!(asked("two", ""), kept);
    assert_eq!(asked("three", "a long"), kept);
    // With other white space it is the same, and so is what was saved in mid-word.
    store.set_draft(&new, " a long text\n", 8).unwrap();
    let without_text = Some(draft("", &[&other], 8));
    assert_eq!(asked("four", "a long text"), without_text);
    store.set_draft(&new, "a lo", 9).unwrap();
    assert_eq!(asked("five", "a long text"), Some(draft("", &[&other], 9)));
    store.detach(&new, &other.id).unwrap();
    assert_eq!(store.draft(&new).unwrap(), None);
    assert!(store.attachment(&own.id).unwrap().is_some());
}

#[test]
fn several_attachments_are_added_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let of_c = DraftKey::Of("c".into());
    let (one, two) = (picture("one", b"1"), picture("two", b"2"));
    let twice = store.attach_all(&of_c, &[one.clone(), two.clone(), one.clone()]);
    assert!(matches!(twice, Err(StoreError::Failed(_))), "{twice:?}");
    assert_eq!(store.draft(&of_c).unwrap(), None);
    assert_eq!(count(&store, "SELECT count(*) FROM attachment"), 0);
    store
        .attach_all(&of_c, &[two.clone(), one.clone()])
        .unwrap();
    assert_eq!(
        store.draft(&of_c).unwrap(),
        Some(draft("", &[&two, &one], 5))
    );
    let none: [NewAttachment; 0] = [];
    store.attach_all(&DraftKey::New, &none).unwrap();
    assert_eq!(store.draft(&DraftKey::New).unwrap(), None);
}

#[test]
fn a_draft_begins_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let (one, two) = (picture("one", b"1"), picture("two", b"2"));
    let of_c = DraftKey::Of("c".into());
    store
        .attach_all(&of_c, &[one.clone(), two.clone()])
        .unwrap();
    let edit = DraftKey::Edit("c-q".into());
    let ids = |last: &str| [two.id.clone(), last.into()];
    let refused = store.begin_draft(&edit, "question", &ids("gone"), 20);
    assert_eq!(refused, Err(StoreError::NoSuchAttachment("gone".into())));
    assert_eq!(store.draft(&edit).unwrap(), None);
    store
        .begin_draft(&edit, "question", &ids("one"), 20)
        .unwrap();
    let begun = Some(draft("question", &[&two, &one], 20));
    assert_eq!(store.draft(&edit).unwrap(), begun);
    // Another window was faster: what it has begun stays.
    store.begin_draft(&edit, "anew", &[], 21).unwrap();
    assert_eq!(store.draft(&edit).unwrap(), begun);
}

#[test]
fn an_identifier_that_is_taken_is_refused_and_leaves_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    let of_c = DraftKey::Of("c".into());
    store.attach(&of_c, &picture("p", b"first")).unwrap();
    let twice = store.attach(&DraftKey::New, &picture("p", b"second"));
    assert!(matches!(twice, Err(StoreError::Failed(_))), "{twice:?}");
    assert_eq!(store.draft(&DraftKey::New).unwrap(), None);
    let kept = store.attachment(&"p".into()).unwrap().unwrap();
    assert_eq!(kept.bytes, b"first");
}

#[test]
fn an_edit_begins_with_what_the_question_has() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let picture = picture("p", b"picture");
    store.attach(&DraftKey::New, &picture).unwrap();
    let place = hearth_store::Where::New(new_conversation("c", 1));
    let mut begin = turn("t", place, ask_about("q", None, "p", 1), 1);
    begin.clears = sent(DraftKey::New, "");
    store.begin_turn(&begin).unwrap();
    let (edit, of_c) = (DraftKey::Edit("q".into()), DraftKey::Of("c".into()));

    store.adopt_attachment(&edit, &picture.id, 20).unwrap();
    store.adopt_attachment(&edit, &picture.id, 21).unwrap();
    store.set_draft(&edit, "edited", 22).unwrap();
    store.set_draft(&of_c, "next", 23).unwrap();
    let editing = draft("edited", &[&picture], 22);
    assert_eq!(store.draft(&edit).unwrap(), Some(editing));
    assert_eq!(store.draft(&of_c).unwrap(), Some(draft("next", &[], 23)));

    // Taken out of the edit, it is still the question's.
    store.detach(&edit, &picture.id).unwrap();
    assert_eq!(store.draft(&edit).unwrap(), Some(draft("edited", &[], 22)));
    assert!(store.attachment(&picture.id).unwrap().is_some());
    let gone = store.adopt_attachment(&edit, &"gone".into(), 24);
    assert_eq!(gone, Err(StoreError::NoSuchAttachment("gone".into())));

    let mut asked = turn("t2", existing("c"), ask("q2", None, "edited", 30), 30);
    asked.clears = sent(edit.clone(), "edited");
    store.begin_turn(&asked).unwrap();
    assert_eq!(store.draft(&edit).unwrap(), None);
    assert_eq!(store.draft(&of_c).unwrap(), Some(draft("next", &[], 23)));

    // A draft goes with its conversation.
    store.set_draft(&edit, "again", 40).unwrap();
    store.delete(&"c".into()).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM draft"), 0);
}
