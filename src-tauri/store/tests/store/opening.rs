//! Opening: modes, and what is refused and left as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use hearth_store::{Shelf, Store, StoreError};
use rusqlite::Connection;

use crate::support::*;

/// Every file below a folder with its content.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            all.insert(path.clone(), fs::read(path).unwrap());
        }
    }
    all
}

/// A folder with a database that holds the conversation "c".
fn used() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", "answer", 1);
    folder
}

/// Opening fails, and leaves every file as it was.
fn refused(folder: &Path) -> StoreError {
    let before = contents(folder);
    let error = Store::open(folder).unwrap_err();
    assert_eq!(contents(folder), before, "after {error}");
    error
}

fn unreadable(folder: &Path) -> String {
    match refused(folder) {
        StoreError::Unreadable(what) => what,
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/profile");
    let store = Store::open(&folder).unwrap();
    answered(&store, "c", "question", "answer", 1);
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("running")), 0o700);
    let files: Vec<PathBuf> = contents(&folder).into_keys().collect();
    for name in ["hearth.db", "hearth.db-wal", "hearth.db-shm"] {
        assert!(files.contains(&folder.join(name)), "{name} in {files:?}");
    }
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
    drop(store);
    // What somebody widened is narrowed again; a folder of others is theirs.
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(folder.join("hearth.db"), fs::Permissions::from_mode(0o644)).unwrap();
    Store::open(&folder).unwrap();
    assert_eq!(mode(&folder), 0o700);
    assert_eq!(mode(&folder.join("hearth.db")), 0o600);
    let shared = parent.path().join("shared");
    fs::create_dir(&shared).unwrap();
    fs::write(shared.join("note"), "theirs").unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o755)).unwrap();
    Store::open(&shared).unwrap();
    assert_eq!(mode(&shared), 0o755);
}

#[test]
fn a_newer_database_is_refused() {
    let folder = used();
    let file = folder.path().join("hearth.db");
    Connection::open(&file)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let newer = StoreError::Newer {
        found: 99,
        known: 3,
    };
    assert_eq!(refused(folder.path()), newer);
}

#[test]
fn a_database_whose_log_makes_it_newer_is_refused() {
    let folder = used();
    let original = folder.path().join("hearth.db");
    let connection = Connection::open(&original).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    // As a crash leaves it: the new version is in the log only.
    let crashed = tempfile::tempdir().unwrap();
    for name in ["hearth.db", "hearth.db-wal"] {
        fs::copy(folder.path().join(name), crashed.path().join(name)).unwrap();
    }
    let header = fs::read(crashed.path().join("hearth.db")).unwrap();
    assert_eq!(header[60..64], [0, 0, 0, 3], "not in the file yet");
    let before = contents(crashed.path());
    let newer = StoreError::Newer {
        found: 99,
        known: 3,
    };
    assert_eq!(Store::open(crashed.path()).unwrap_err(), newer);
    for (path, content) in before {
        assert_eq!(fs::read(&path).unwrap(), content, "{}", path.display());
    }
}

#[test]
fn what_is_not_a_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hearth.db");
    fs::create_dir(folder.path().join("running")).unwrap();
    fs::write(&file, "").unwrap();
    assert_eq!(unreadable(folder.path()), "hearth.db is empty");
    fs::write(&file, "SQLite form").unwrap();
    assert_eq!(unreadable(folder.path()), "hearth.db is not a database");
    fs::write(&file, vec![0x5a; 8192]).unwrap();
    assert_eq!(unreadable(folder.path()), "hearth.db is not a database");
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert_eq!(unreadable(folder.path()), "hearth.db is not a file");
}

#[test]
fn a_database_of_another_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("running")).unwrap();
    Connection::open(folder.path().join("hearth.db"))
        .unwrap()
        .execute_batch("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1);")
        .unwrap();
    let what = unreadable(folder.path());
    assert_eq!(what, "hearth.db belongs to another program");
}

#[test]
fn a_database_that_was_cut_short_is_refused() {
    let folder = used();
    let file = folder.path().join("hearth.db");
    let whole = fs::read(&file).unwrap();
    for length in [100, 4096, whole.len() - 1] {
        fs::write(&file, &whole[..length]).unwrap();
        assert_eq!(unreadable(folder.path()), "hearth.db was cut short");
    }
    fs::write(&file, &whole).unwrap();
    Store::open(folder.path()).unwrap();
}

#[test]
fn a_damaged_schema_is_refused() {
    let folder = used();
    let file = folder.path().join("hearth.db");
    let mut bytes = fs::read(&file).unwrap();
    bytes[100..4096].fill(0xff);
    fs::write(&file, bytes).unwrap();
    let before = fs::read(&file).unwrap();
    let error = Store::open(folder.path()).unwrap_err();
    assert!(matches!(error, StoreError::Unreadable(_)), "{error:?}");
    assert_eq!(fs::read(&file).unwrap(), before);
}

#[test]
fn a_lost_database_is_not_replaced_while_its_log_is_there() {
    let folder = used();
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "in the log", "question", "answer", 5);
    let lost = tempfile::tempdir().unwrap();
    fs::create_dir(lost.path().join("running")).unwrap();
    let log = "hearth.db-wal";
    fs::copy(folder.path().join(log), lost.path().join(log)).unwrap();
    let what = unreadable(lost.path());
    assert!(what.contains("hearth.db is missing"), "{what}");
}

#[test]
fn an_older_database_without_a_version_is_backed_up_and_migrated() {
    let folder = tempfile::tempdir().unwrap();
    let old = Connection::open(folder.path().join("hearth.db")).unwrap();
    old.execute_batch(
        "PRAGMA application_id = 0x48525448;
         CREATE TABLE old (words TEXT); INSERT INTO old VALUES ('precious');",
    )
    .unwrap();
    drop(old);
    let store = Store::open(folder.path()).unwrap();
    answered(&store, "c", "question", &"answer ".repeat(50_000), 1);
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
    // It was made without `auto_vacuum`: free pages stay in the file, and that is told.
    assert_eq!(store.delete(&"c".into()).unwrap().freed, 0);
    assert_ne!(count(&store, "PRAGMA freelist_count"), 0);
    let backups: Vec<PathBuf> = contents(&folder.path().join("backups"))
        .into_keys()
        .collect();
    let [backup] = backups.as_slice() else {
        panic!("{backups:?}")
    };
    let name = backup.file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("hearth-v0-2"), "{name}");
    let tables: Vec<String> = Connection::open(backup)
        .unwrap()
        .prepare("SELECT name || ': ' || words FROM sqlite_schema, old")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(tables, ["old: precious"]);
}

#[test]
fn opening_many_at_once_makes_one_database() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                let store = Store::open(path).unwrap();
                answered(&store, &format!("c{number}"), "question", "answer", number);
            });
        }
    });
    let store = Store::open(folder.path()).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 8);
    // Nothing of the making is left; the one lock is this handle's.
    assert_eq!(contents(&folder.path().join("running")).len(), 1);
}
