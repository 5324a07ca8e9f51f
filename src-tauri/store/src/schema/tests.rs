//! Migrations that do not exist yet, on databases that do.

use std::fs;
use std::path::Path;

use super::*;
use crate::{NewConversation, Shelf, Store};

const NEXT: Migration = "CREATE TABLE next (a); ALTER TABLE conversation ADD COLUMN b TEXT;";
const BROKEN: Migration =
    "DELETE FROM conversation; CREATE TABLE half (a); SELECT no_such_thing();";
const ORPHANING: Migration = "UPDATE conversation SET head = 77;";

/// Those that exist, and these.
fn and(more: &[Migration]) -> Vec<Migration> {
    [MIGRATIONS, more].concat()
}

fn used(folder: &Path) {
    let store = Store::open(folder).unwrap();
    store
        .create_conversation(&NewConversation {
            id: "c".into(),
            title: "precious".into(),
            created_at: 1,
            demo: false,
            settings: crate::Json::empty_object(),
        })
        .unwrap();
}

fn titles(file: &Path) -> Vec<String> {
    let connection = Connection::open(file).unwrap();
    let mut statement = connection
        .prepare("SELECT title FROM conversation")
        .unwrap();
    let titles = statement.query_map((), |row| row.get(0)).unwrap();
    titles.collect::<Result<_, _>>().unwrap()
}

fn backups(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder.join("backups")) else {
        return Vec::new();
    };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn a_migration_leaves_a_copy_of_what_was() {
    let folder = tempfile::tempdir().unwrap();
    used(folder.path());
    assert_eq!(backups(folder.path()), Vec::<PathBuf>::new());
    let store = Store::open_with(folder.path(), &and(&[NEXT])).unwrap();
    let now = store.read(|tx| version(tx)).unwrap();
    let known = newest(MIGRATIONS);
    assert_eq!(now, known + 1);
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
    let copies = backups(folder.path());
    assert_eq!(copies.len(), 1);
    assert_eq!(titles(&copies[0]), ["precious"]);
    let copy = Connection::open(&copies[0]).unwrap();
    assert_eq!(version(&copy).unwrap(), known);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&copies[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o7777, 0o600);
    }
    drop(store);
    // The program of before refuses what this one made; its copy it can use.
    let older = Store::open(folder.path()).map(|_| ());
    let found = known + 1;
    assert_eq!(older, Err(StoreError::Newer { found, known }));
    let rescued = tempfile::tempdir().unwrap();
    fs::copy(&copies[0], rescued.path().join("hearth.db")).unwrap();
    let store = Store::open(rescued.path()).unwrap();
    assert_eq!(store.conversations(Shelf::Current).unwrap().len(), 1);
}

#[test]
fn a_migration_that_fails_changes_nothing() {
    for bad in [BROKEN, ORPHANING] {
        let folder = tempfile::tempdir().unwrap();
        used(folder.path());
        let failed = Store::open_with(folder.path(), &and(&[NEXT, bad]));
        assert!(matches!(failed, Err(StoreError::Failed(_))), "{failed:?}");
        let store = Store::open(folder.path()).unwrap();
        let rows = store.conversations(Shelf::Current).unwrap();
        assert_eq!(rows[0].title, "precious");
        let left = store.read(|tx| {
            let names = "SELECT count(*) FROM sqlite_schema WHERE name IN ('next', 'half')";
            Ok(tx.query_row(names, (), |row| row.get::<_, i64>(0))?)
        });
        assert_eq!(left, Ok(0));
    }
}

#[test]
fn the_last_copies_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    used(folder.path());
    let copies = folder.path().join("backups");
    fs::create_dir(&copies).unwrap();
    // Version 10 sorts before version 9; what counts is the time.
    let older = [
        "v10-20200101",
        "v9-20200102",
        "v9-20200103",
        "v9-20200104",
        "v9-20200105",
    ];
    for name in older {
        fs::write(copies.join(format!("hearth-{name}.db")), name).unwrap();
    }
    fs::write(copies.join("mine.db"), "a person's own").unwrap();
    Store::open_with(folder.path(), &and(&[NEXT])).unwrap();
    let names: Vec<String> = backups(folder.path())
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(names.len(), 6, "{names:?}");
    assert!(!names.contains(&"hearth-v10-20200101.db".to_owned()));
    assert!(names.contains(&"mine.db".to_owned()));
    let newest = format!("hearth-v{}-2", newest(MIGRATIONS));
    assert!(names.iter().any(|name| name.starts_with(&newest)));
}
