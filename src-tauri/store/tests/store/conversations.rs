//! Whole conversations: listed, named, pinned, put into the trash, deleted.

use std::fs;
use std::path::Path;

use hearth_store::{ConversationRow, DraftKey, Json, Shelf, Store, StoreError, TitleBy};

use crate::support::*;

fn ids(rows: &[ConversationRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id.as_str()).collect()
}

/// How often the words stand anywhere in the files of the database.
fn occurrences(folder: &Path, words: &str) -> usize {
    ["hearth.db", "hearth.db-wal"]
        .into_iter()
        .filter_map(|name| fs::read(folder.join(name)).ok())
        .map(|bytes| {
            let windows = bytes.windows(words.len());
            windows.filter(|window| *window == words.as_bytes()).count()
        })
        .sum()
}

#[test]
fn the_newest_come_first_and_a_question_makes_one_newest() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for (id, at) in [("a", 10), ("b", 30), ("c", 20), ("same time as b", 30)] {
        answered(&store, id, "question", "answer", at);
    }
    let list = store.conversations(Shelf::Current).unwrap();
    assert_eq!(ids(&list), ["same time as b", "b", "c", "a"]);
    let more = turn("more", existing("a"), ask("q", Some("a-t-a"), "?", 40), 40);
    store.begin_turn(&more).unwrap();
    let list = store.conversations(Shelf::Current).unwrap();
    assert_eq!(ids(&list), ["a", "same time as b", "b", "c"]);
}

#[test]
fn what_a_person_changes_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .create_conversation(&new_conversation("c", 1))
        .unwrap();
    let c = "c".into();
    let settings = json(r#"{"effort":"high","later":[1e2]}"#);
    store.rename(&c, "Mine").unwrap();
    store.set_settings(&c, &settings).unwrap();
    store.set_pinned(&c, Some(5)).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let row = ConversationRow {
        id: c.clone(),
        title: "Mine".into(),
        title_by: TitleBy::Person,
        created_at: 1,
        updated_at: 1,
        demo: false,
        pinned_at: Some(5),
        trashed_at: None,
        settings,
        head: None,
        last_turn: None,
    };
    assert_eq!(store.conversation_row(&c).unwrap(), row);
    store.set_pinned(&c, None).unwrap();
    assert_eq!(store.conversation_row(&c).unwrap().pinned_at, None);

    let nowhere = "nowhere".into();
    let none = Err(StoreError::NoSuchConversation("nowhere".into()));
    assert_eq!(store.rename(&nowhere, "x"), none);
    assert_eq!(store.set_settings(&nowhere, &Json::empty_object()), none);
    assert_eq!(store.set_pinned(&nowhere, None), none);
    assert_eq!(store.trash(&nowhere, 1), none);
    assert_eq!(store.restore(&nowhere), none);
    assert_eq!(store.delete(&nowhere).map(|_| ()), none);
    assert_eq!(store.conversation(&nowhere).map(|_| ()), none);
}

#[test]
fn the_trash_gives_back_what_it_got() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "a", "question", "answer", 1);
    answered(&store, "b", "question", "answer", 2);
    let before = store.conversation(&"a".into()).unwrap();
    store.trash(&"a".into(), 100).unwrap();
    store.trash(&"a".into(), 200).unwrap();
    assert_eq!(ids(&store.conversations(Shelf::Current).unwrap()), ["b"]);
    let trash = store.conversations(Shelf::Trash).unwrap();
    assert_eq!(ids(&trash), ["a"]);
    assert_eq!(trash[0].trashed_at, Some(100));
    store.restore(&"a".into()).unwrap();
    assert_eq!(store.conversation(&"a".into()).unwrap(), before);
    assert_eq!(store.conversations(Shelf::Trash).unwrap(), []);
}

#[test]
fn a_purge_takes_the_old_trash_only() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for id in ["kept", "old", "young"] {
        answered(&store, id, "question", "answer", 1);
    }
    store.trash(&"old".into(), 100).unwrap();
    store.trash(&"young".into(), 200).unwrap();
    let purged = store.purge_trash(200).unwrap();
    assert_eq!(purged.conversations, ["old".into()]);
    assert_eq!(ids(&store.conversations(Shelf::Trash).unwrap()), ["young"]);
    assert_eq!(ids(&store.conversations(Shelf::Current).unwrap()), ["kept"]);
    assert_eq!(store.purge_trash(200).unwrap().conversations, []);
}

#[test]
fn what_is_deleted_is_nowhere_in_the_files_and_frees_its_room() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "kept", "question", "answer", 1);
    let long = "the password is xylophone-quartz ".repeat(20_000);
    answered(&store, "gone", "about xylophone-quartz", &long, 2);
    store.rename(&"gone".into(), "xylophone-quartz").unwrap();
    let key = DraftKey::Of("gone".into());
    store.set_draft(&key, "more xylophone-quartz", 3).unwrap();
    let open = turn("t", existing("gone"), ask("q", None, "?", 4), 4);
    store.begin_turn(&open).unwrap();
    let entry = "journalled xylophone-quartz".to_owned();
    store.append_journal(&"t-a".into(), &[entry]).unwrap();

    // The index holds the words apart and folded.
    for words in ["xylophone-quartz", "xylophone"] {
        assert_ne!(occurrences(folder.path(), words), 0, "{words} was there");
    }
    let purged = store.delete(&"gone".into()).unwrap();
    assert!(purged.freed > 1_000_000, "{purged:?}");
    for words in ["xylophone", "ylophone"] {
        assert_eq!(occurrences(folder.path(), words), 0, "{words}");
    }
    assert_eq!(store.search("xylophone", 10).unwrap(), []);
    assert_eq!(store.search("answer", 10).unwrap().len(), 1);
    assert_eq!(
        store.finish_turn(&finish("t", complete(), vec![], 5)),
        Err(StoreError::NoSuchMessage("t-a".into()))
    );
    let connection = rusqlite::Connection::open(folder.path().join("hearth.db")).unwrap();
    for table in ["conversation", "turn", "journal", "draft"] {
        let left: i64 = connection
            .query_row(&format!("SELECT count(*) FROM {table}"), (), |row| {
                row.get(0)
            })
            .unwrap();
        let kept = i64::from(matches!(table, "conversation" | "turn"));
        assert_eq!(left, kept, "{table}");
    }
}
