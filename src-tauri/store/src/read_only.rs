//! A database that cannot be written to, and how it is read all the same.
//!
//! A reader of a write-ahead log needs its index, `hearth.db-shm`, and a place to make it
//! (sqlite.org/wal.html, "Read-Only Databases"). A disk that is read-only or full has
//! none, so there are three ways, by what lies beside the file. Where there is no database
//! yet, an empty one is read. Nothing is ever written.

use std::io;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::file::{self, beside, database, length};
use crate::schema::{self, Migration};
use crate::{StoreError, schema::MIGRATIONS};

/// SQLite's file system without locks (sqlite.org/vfs.html, section 2.1).
const WITHOUT_LOCKS: &str = if cfg!(windows) {
    "win32-none"
} else {
    "unix-none"
};

/// A connection that reads.
#[derive(Debug)]
pub(crate) struct Reader {
    pub(crate) connection: Connection,
    of: Of,
}

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    /// The database, with notice of everybody who writes.
    Shared,
    /// The database, without: nobody wrote when it was opened.
    Alone,
    /// An empty database in memory, in the place of one that was never made.
    Nothing,
}

impl Reader {
    /// The reader beside a connection that writes.
    pub(crate) fn beside_a_writer(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            connection: file::open_for_reading(folder)?,
            of: Of::Shared,
        })
    }

    /// A reader of nothing: there is no database in the folder, or no folder yet.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] for a log without its database.
    pub(crate) fn of_nothing(folder: &Path) -> Result<Self, StoreError> {
        file::refuse_lone_log(folder)?;
        let mut connection = file::as_used(Connection::open_in_memory()?)?;
        schema::apply(&mut connection, MIGRATIONS)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self {
            connection,
            of: Of::Nothing,
        })
    }

    /// A reader of a database that cannot be written to, because of `why`.
    ///
    /// # Errors
    /// What [`crate::Store::open`] refuses, and [`StoreError::Outdated`].
    pub(crate) fn without_a_writer(folder: &Path, why: &StoreError) -> Result<Self, StoreError> {
        let path = database(folder);
        file::refuse_what_is_not_ours(&path, MIGRATIONS)?;
        let alone = !has_log(folder);
        let connection = match (alone, length(&beside(&path, "-wal"))?) {
            // An index that nobody keeps is made anew in memory.
            (false, _) => by_address(&path, "readonly_shm=1")?,
            (true, 0) => by_address(&path, "immutable=1")?,
            // A log without its index. Nobody writes: whoever did would have one.
            (true, _) => exclusively(&path)?,
        };
        let connection = file::as_used(connection)?;
        refuse_other_versions(&connection, MIGRATIONS, why)?;
        let of = if alone { Of::Alone } else { Of::Shared };
        Ok(Self { connection, of })
    }

    pub(crate) fn is_of_nothing(&self) -> bool {
        self.of == Of::Nothing
    }

    /// Whether somebody may write now, or have written, whom this reader would not notice.
    pub(crate) fn is_stale(&self, folder: &Path) -> bool {
        match self.of {
            Of::Shared => false,
            Of::Alone => has_log(folder),
            Of::Nothing => !there_is_none(folder),
        }
    }
}

/// Whether it is known that there is no database in a folder. One that cannot be looked for
/// may well be there.
pub(crate) fn there_is_none(folder: &Path) -> bool {
    let found = std::fs::symlink_metadata(database(folder));
    found.is_err_and(|error| error.kind() == io::ErrorKind::NotFound)
}

/// A log and its index are there, as they are while somebody writes.
fn has_log(folder: &Path) -> bool {
    let path = database(folder);
    ["-wal", "-shm"]
        .iter()
        .all(|suffix| beside(&path, suffix).exists())
}

fn refuse_other_versions(
    connection: &Connection,
    migrations: &[Migration],
    why: &StoreError,
) -> Result<(), StoreError> {
    schema::refuse_newer(connection, migrations)?;
    schema::refuse_older(connection, migrations, why)
}

/// Flags of a connection that neither writes nor makes a file.
fn flags() -> OpenFlags {
    OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn by_address(path: &Path, parameter: &str) -> Result<Connection, StoreError> {
    let address = format!("{}?{parameter}", address(path));
    let flags = flags() | OpenFlags::SQLITE_OPEN_URI;
    Ok(Connection::open_with_flags(address, flags)?)
}

/// The path as SQLite takes it in an address (sqlite.org/uri.html, section 3).
fn address(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(&byte);
    let mut address = "file://".to_owned();
    if !path.as_os_str().as_encoded_bytes().starts_with(b"/") {
        address.push('/');
    }
    for byte in path.as_os_str().as_encoded_bytes() {
        match plain(*byte) {
            true => address.push(char::from(*byte)),
            false => address.push_str(&format!("%{byte:02x}")),
        }
    }
    address
}

/// Alone with the file, its log is read without an index on the disk.
fn exclusively(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags_and_vfs(path, flags(), WITHOUT_LOCKS)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let _: String =
        connection.query_row("PRAGMA locking_mode = EXCLUSIVE", (), |row| row.get(0))?;
    Ok(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_of_any_letters_is_an_address() {
        let of = |path: &str| address(Path::new(path));
        assert_eq!(of("/a/b-c_d.db"), "file:///a/b-c_d.db");
        assert_eq!(of("/a b?c#d%e&ä/x"), "file:///a%20b%3fc%23d%25e%26%c3%a4/x");
        assert!(of("relative").starts_with("file:///"));
    }
}
