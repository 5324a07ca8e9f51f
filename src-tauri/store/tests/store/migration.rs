//! A database of the first version, as that version made it.

use std::path::Path;

use hearth_store::{
    Conversation, ConversationRow, Draft, DraftKey, Ending, MessageState, Role, Shelf, Store,
    StoredBlock, StoredMessage, StoredTurn, TitleBy, TurnState, Unfinished,
};
use rusqlite::Connection;

use crate::support::*;

/// A conversation with an answer, one whose answer was cut by a crash, and two drafts.
const CONTENT: &str = r#"
    INSERT INTO conversation VALUES
        (1, 'c', 'Owls', 'person', 1, 3, 1, 9, NULL, '{"effort":"high"}', 2),
        (2, 'd', 'cut', 'question', 4, 6, 0, NULL, 8, '{}', 4);
    INSERT INTO turn VALUES
        (1, 't', 1, 1, 'Work', 'my-sonnet', NULL, '{}', 2, 3, 'complete', 'gone'),
        (2, 'u', 2, 3, 'Work', 'my-sonnet', NULL, '{}', 5, NULL, 'running', 'gone');
    INSERT INTO message VALUES
        (1, 'q', 1, NULL, NULL, 'user', 'complete', NULL, NULL, 1, NULL),
        (2, 'a', 1, 1, 1, 'assistant', 'complete', 'end_turn', NULL, 2, 3),
        (3, 'r', 2, NULL, NULL, 'user', 'complete', NULL, NULL, 4, NULL),
        (4, 'b', 2, 3, 2, 'assistant', 'streaming', NULL, NULL, 6, NULL),
        (5, 's', 2, NULL, NULL, 'user', 'complete', NULL, NULL, 4, NULL);
    INSERT INTO answer (message) VALUES (2), (4);
    INSERT INTO block VALUES
        (1, 1, 0, 'text', '{"type":"text","text":"Do owls hoot?"}', NULL),
        (2, 2, 0, 'text', '{"type": "text", "text":"They do.", "n":1.0}', 0.5),
        (3, 3, 0, 'text', '{"type":"text","text":"?"}', NULL);
    INSERT INTO block_words (rowid, text) VALUES (1, 'Do owls hoot?'), (2, 'They do.');
    INSERT INTO title_words (rowid, text) VALUES (1, 'Owls'), (2, 'cut');
    INSERT INTO journal (message, entry) VALUES (4, 'one'), (4, 'two');
    INSERT INTO draft VALUES (NULL, 'new', 10), (1, 'of c', 11);
"#;

pub(crate) fn of_the_first_version(folder: &Path) {
    let file = Connection::open(folder.join("hearth.db")).unwrap();
    file.pragma_update(None, "auto_vacuum", "incremental")
        .unwrap();
    file.pragma_update(None, "application_id", 0x4852_5448)
        .unwrap();
    file.pragma_update(None, "journal_mode", "wal").unwrap();
    file.execute_batch(include_str!("../../src/schema/v1.sql"))
        .unwrap();
    file.execute_batch(&format!("BEGIN; {CONTENT} COMMIT;"))
        .unwrap();
    file.pragma_update(None, "user_version", 1).unwrap();
}

fn message(id: &str, parent: Option<&str>, turn: Option<&str>, text: &str) -> StoredMessage {
    let answer = turn.is_some();
    StoredMessage {
        id: id.into(),
        parent: parent.map(Into::into),
        turn: turn.map(Into::into),
        role: if answer { Role::Assistant } else { Role::User },
        purpose: None,
        state: MessageState::Ended(Ending::Complete {
            stop_reason: answer.then(|| "end_turn".into()),
        }),
        created_at: if answer { 2 } else { 1 },
        ended_at: answer.then_some(3),
        blocks: vec![StoredBlock {
            kind: "text".into(),
            seconds: answer.then_some(0.5),
            attachment: None,
            body: json(text),
        }],
        answer: answer.then(Default::default),
    }
}

#[test]
fn the_first_version_is_brought_up_with_everything_in_it() {
    let folder = tempfile::tempdir().unwrap();
    of_the_first_version(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let row = ConversationRow {
        id: "c".into(),
        title: "Owls".into(),
        title_by: TitleBy::Person,
        created_at: 1,
        updated_at: 3,
        demo: true,
        pinned_at: Some(9),
        trashed_at: None,
        settings: json(r#"{"effort":"high"}"#),
        head: Some("a".into()),
        last_turn: Some(TurnState::Complete),
    };
    let answer = r#"{"type": "text", "text":"They do.", "n":1.0}"#;
    let expected = Conversation {
        row,
        messages: vec![
            message("q", None, None, r#"{"type":"text","text":"Do owls hoot?"}"#),
            message("a", Some("q"), Some("t"), answer),
        ],
        turns: vec![StoredTurn {
            id: "t".into(),
            question: "q".into(),
            connection: "Work".into(),
            deployment: "my-sonnet".into(),
            base_model: None,
            settings: json("{}"),
            started_at: 2,
            ended_at: Some(3),
            state: TurnState::Complete,
        }],
    };
    assert_eq!(store.conversation(&"c".into()).unwrap(), expected);
    let trash = store.conversations(Shelf::Trash).unwrap();
    assert_eq!(trash[0].id, "d".into());
    let draft = |text: &str, updated_at| Draft {
        text: text.into(),
        attachments: vec![],
        updated_at,
    };
    let found = store.draft(&DraftKey::New).unwrap();
    assert_eq!(found, Some(draft("new", 10)));
    let found = store.draft(&DraftKey::Of("c".into())).unwrap();
    assert_eq!(found, Some(draft("of c", 11)));
    let hits = store.search("owls", 10).unwrap();
    assert_eq!(hits[0].message, Some("q".into()));
    assert_eq!(hits.len(), 1);
    let titles = "SELECT count(*) FROM title_words WHERE title_words MATCH 'owls'";
    assert_eq!(count(&store, titles), 1);
    let unfinished = Unfinished {
        conversation: "d".into(),
        turn: "u".into(),
        answer: "b".into(),
        journal: vec!["one".into(), "two".into()],
    };
    assert_eq!(store.unfinished().unwrap(), [unfinished]);
    assert_eq!(count(&store, "SELECT count(*) FROM block_words"), 2);
    // The second has two first questions.
    let branched = "SELECT sum(seq) FROM conversation WHERE branched";
    assert_eq!(count(&store, branched), 2);
}

#[test]
fn what_the_second_version_brought_works_on_what_the_first_left() {
    let folder = tempfile::tempdir().unwrap();
    of_the_first_version(folder.path());
    let store = Store::open(folder.path()).unwrap();
    let key = DraftKey::Of("c".into());
    store.attach(&key, &picture("p", b"picture")).unwrap();
    store.grant(&"c".into(), "current_time", 20).unwrap();
    let mut begin = turn("v", existing("c"), ask_about("q2", Some("a"), "p", 21), 21);
    begin.clears = sent(key, "");
    store.begin_turn(&begin).unwrap();
    assert_eq!(branch(&store, "c"), ["q", "a", "q2", "v-a"]);
    store.delete(&"c".into()).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM attachment"), 0);
    // Made once, on the first opening.
    drop(store);
    Store::open(folder.path()).unwrap();
    let backups = std::fs::read_dir(folder.path().join("backups")).unwrap();
    assert_eq!(backups.count(), 1);
}
