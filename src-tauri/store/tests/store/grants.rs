//! What tools may do without asking.

use hearth_store::{Grant, Store, StoreError};

use crate::support::*;

#[test]
fn a_tool_may_run_where_it_was_allowed_until_that_is_taken_back() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    answered(&store, "other", "question", "answer", 1);
    let (c, other) = ("c".into(), "other".into());
    store.grant(&c, "weather", 7).unwrap();
    store.grant(&c, "current_time", 5).unwrap();
    store.grant(&c, "current_time", 6).unwrap();
    drop(store);
    let store = Store::open(folder.path()).unwrap();
    let grant = |tool: &str, granted_at| Grant {
        tool: tool.into(),
        granted_at,
    };
    let both = [grant("current_time", 5), grant("weather", 7)];
    assert_eq!(store.grants(&c).unwrap(), both);
    assert_eq!(store.grants(&other).unwrap(), []);

    store.revoke(&c, "current_time").unwrap();
    store.revoke(&c, "current_time").unwrap();
    assert_eq!(store.grants(&c).unwrap(), both[1..]);

    let none = Err(StoreError::NoSuchConversation("nowhere".into()));
    let nowhere = "nowhere".into();
    assert_eq!(store.grants(&nowhere).map(|_| ()), none);
    assert_eq!(store.grant(&nowhere, "x", 1), none);
    assert_eq!(store.revoke(&nowhere, "x"), none);

    store.delete(&c).unwrap();
    assert_eq!(count(&store, "SELECT count(*) FROM tool_grant"), 0);
}
