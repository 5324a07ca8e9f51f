//! Two programs that make the first database at the same time.

use super::*;

#[test]
fn a_database_that_is_there_keeps_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let (scratch, path) = (folder.path().join("scratch"), database(folder.path()));
    fs::write(&scratch, "slower").unwrap();
    fs::write(&path, "faster").unwrap();
    name_if_free(&scratch, &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"faster");
    fs::remove_file(&path).unwrap();
    name_if_free(&scratch, &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"slower");
}
