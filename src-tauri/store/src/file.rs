//! The database file: its place, its modes, and what is refused before SQLite sees it.
//!
//! The header is read here first (sqlite.org/fileformat2.html, section 1.3), because
//! SQLite opens an empty file as a new database, and deletes a write-ahead log that lies
//! beside one: exactly what must not happen to a file that lost its content.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use crate::StoreError;
use crate::live::Run;
use crate::schema::{self, Migration};

/// "HRTH": marks the file as ours.
pub(crate) const APPLICATION_ID: u32 = 0x4852_5448;

/// How long a call waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens, and first creates or migrates, the database in `folder`.
pub(crate) fn open(
    folder: &Path,
    run: &Run,
    migrations: &[Migration],
) -> Result<Connection, StoreError> {
    let path = database(folder);
    match fs::symlink_metadata(&path) {
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => create(folder, run, migrations)?,
        Err(error) => return Err(error.into()),
    }
    refuse_what_is_not_ours(&path, migrations)?;
    let mut connection = connect(&path)?;
    // Until the version is known, closing must not move the log into the file: a
    // database that is refused stays as it is, byte for byte.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    schema::refuse_newer(&connection, migrations)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;
    if connection.is_readonly("main")? {
        return Err(StoreError::ReadOnly);
    }
    set_mode(&path, Mode::File)?;
    use_log(&connection)?;
    schema::migrate(&mut connection, migrations, &folder.join("backups"))?;
    // Deleted text is overwritten, not only unlinked.
    connection.pragma_update(None, "secure_delete", true)?;
    // After a burst of writing the log shrinks to this again.
    connection.pragma_update(None, "journal_size_limit", 16 << 20)?;
    Ok(connection)
}

/// A second connection, for reading beside the writer.
pub(crate) fn open_for_reading(folder: &Path) -> Result<Connection, StoreError> {
    let connection = connect(&database(folder))?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Where the database lies.
pub(crate) fn database(folder: &Path) -> PathBuf {
    folder.join("hearth.db")
}

/// Makes a folder that only its owner may enter. A folder that is there already is
/// narrowed when it is empty or Hearth's own; a foreign one (say `/tmp`) is left alone.
pub(crate) fn make_folder(folder: &Path) -> Result<(), StoreError> {
    let ours = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none() || database(folder).exists(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(folder)?;
            true
        }
        Err(error) => return Err(error.into()),
    };
    if ours {
        set_mode(folder, Mode::Folder)?;
    }
    Ok(())
}

/// Files made with these options can be read by their owner only, whatever the umask.
pub(crate) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

#[derive(Clone, Copy)]
pub(crate) enum Mode {
    File,
    Folder,
}

/// Elsewhere than on Unix, a person's folder is closed to others by the system.
#[cfg_attr(not(unix), allow(unused_variables))]
pub(crate) fn set_mode(path: &Path, mode: Mode) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let wanted = match mode {
            Mode::File => 0o600,
            Mode::Folder => 0o700,
        };
        if fs::metadata(path)?.permissions().mode() & 0o7777 != wanted {
            fs::set_permissions(path, fs::Permissions::from_mode(wanted))?;
        }
    }
    Ok(())
}

/// Makes what was written to a folder or file survive a power loss.
pub(crate) fn sync(path: &Path) -> Result<(), StoreError> {
    // Windows has no handle for a folder; NTFS logs its changes itself.
    if cfg!(unix) || path.is_file() {
        File::open(path)?.sync_all()?;
    }
    Ok(())
}

/// Makes a new database under another name and gives it its name when it is whole, so
/// that a file of that name is never half a database.
fn create(folder: &Path, run: &Run, migrations: &[Migration]) -> Result<(), StoreError> {
    let path = database(folder);
    refuse_lone_log(folder)?;
    let scratch = run.scratch_file("db");
    private(OpenOptions::new().write(true).create_new(true)).open(&scratch)?;
    let made = fill(&scratch, migrations)
        .and_then(|()| sync(&scratch))
        .and_then(|()| name_if_free(&scratch, &path));
    let _ = fs::remove_file(&scratch);
    made?;
    sync(folder)
}

/// Refuses a log whose database is missing: what is in it belongs to that one.
pub(crate) fn refuse_lone_log(folder: &Path) -> Result<(), StoreError> {
    match length(&beside(&database(folder), "-wal"))? {
        0 => Ok(()),
        _ => Err(StoreError::Unreadable(
            "hearth.db is missing, but its log hearth.db-wal is there".into(),
        )),
    }
}

fn fill(scratch: &Path, migrations: &[Migration]) -> Result<(), StoreError> {
    let mut connection = connect(scratch)?;
    connection.pragma_update(None, "auto_vacuum", "incremental")?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    use_log(&connection)?;
    schema::apply(&mut connection, migrations)?;
    connection.close().map_err(|(_, error)| error.into())
}

/// Another process may have been faster: then its database is the one.
fn name_if_free(scratch: &Path, path: &Path) -> Result<(), StoreError> {
    match fs::hard_link(scratch, path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        // A file system without hard links.
        Err(_) if !path.exists() => Ok(fs::rename(scratch, path)?),
        Err(_) => Ok(()),
    }
}

pub(crate) fn refuse_what_is_not_ours(
    path: &Path,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let unreadable = |what: &str| Err(StoreError::Unreadable(what.into()));
    if !fs::metadata(path)?.is_file() {
        return unreadable("hearth.db is not a file");
    }
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    if header.is_empty() {
        return unreadable("hearth.db is empty");
    }
    if header.len() < 100 || !header.starts_with(b"SQLite format 3\0") {
        return unreadable("hearth.db is not a database");
    }
    let number = |at: usize| {
        header[at..at + 4]
            .iter()
            .fold(0, |n, b| n << 8 | u32::from(*b))
    };
    if number(68) != APPLICATION_ID {
        return unreadable("hearth.db belongs to another program");
    }
    let (found, known) = (i64::from(number(60)), schema::newest(migrations));
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    // 1 stands for 65,536, which does not fit. While a log exists, pages may be in it
    // that are not in the file yet.
    let page = match (u64::from(header[16]) << 8) | u64::from(header[17]) {
        1 => 65_536,
        size => size,
    };
    if length(&beside(path, "-wal"))? == 0 && length(path)? < page * u64::from(number(28)) {
        return unreadable("hearth.db was cut short");
    }
    Ok(())
}

fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    as_used(Connection::open_with_flags(path, flags)?)
}

/// Sets what every connection has, however it was opened.
pub(crate) fn as_used(connection: Connection) -> Result<Connection, StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.set_prepared_statement_cache_capacity(64);
    Ok(connection)
}

fn use_log(connection: &Connection) -> Result<(), StoreError> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", (), |row| row.get(0))?;
    if mode == "wal" {
        Ok(())
    } else {
        Err(StoreError::Failed(format!(
            "no write-ahead log here, only journal mode {mode}"
        )))
    }
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The length of a file in bytes; one that is not there has none.
pub(crate) fn length(path: &Path) -> Result<u64, StoreError> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
