//! Disks that are full or cannot be written to.

use super::*;
use crate::{NewConversation, Shelf};

fn conversation(id: &str, title: &str) -> NewConversation {
    NewConversation {
        id: id.into(),
        title: title.into(),
        created_at: 1,
        demo: false,
        settings: crate::Json::empty_object(),
    }
}

#[test]
fn a_full_disk_takes_nothing_and_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    store
        .create_conversation(&conversation("before", ""))
        .unwrap();
    // SQLite answers this limit as it answers a disk without room: SQLITE_FULL.
    let limit = |pages: i64| {
        store.maintain(|connection| {
            let set = format!("PRAGMA max_page_count = {pages}");
            Ok(connection.query_row(&set, (), |row| row.get::<_, i64>(0))?)
        })
    };
    let now = limit(1).unwrap();
    let large = conversation("large", &"word ".repeat(100_000));
    assert_eq!(store.create_conversation(&large), Err(StoreError::Full));
    let rows = store.conversations(Shelf::Current).unwrap();
    assert_eq!(rows.len(), 1);
    limit(now + 10_000).unwrap();
    store.create_conversation(&large).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 2);
}

#[test]
fn a_database_that_cannot_be_written_to_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let refuse = |on: bool| store.maintain(|c| Ok(c.pragma_update(None, "query_only", on)?));
    refuse(true).unwrap();
    let new = conversation("c", "");
    assert_eq!(store.create_conversation(&new), Err(StoreError::ReadOnly));
    refuse(false).unwrap();
    store.create_conversation(&new).unwrap();
}

#[test]
fn a_panic_in_a_call_leaves_the_store_usable() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let also = store.clone();
    let panicked = std::thread::spawn(move || {
        also.write(Survives::PowerLoss, |tx| -> Result<(), StoreError> {
            tx.execute_batch("DROP TABLE conversation")?;
            panic!("planted")
        })
    });
    assert!(panicked.join().is_err());
    store.create_conversation(&conversation("c", "")).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
}
