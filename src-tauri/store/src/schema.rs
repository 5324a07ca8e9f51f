//! Versions of the file's shape, and the way from one to the next.
//!
//! `PRAGMA user_version` counts the migrations that were applied. A migration that was
//! released is never edited: what it got wrong, the next one puts right.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use rusqlite::{Connection, TransactionBehavior};

use crate::StoreError;
use crate::file::{Mode, make_folder, private, set_mode, sync};

/// SQL that turns one version into the next.
pub(crate) type Migration = &'static str;

/// All of them, oldest first.
pub(crate) const MIGRATIONS: &[Migration] = &[
    include_str!("schema/v1.sql"),
    include_str!("schema/v2.sql"),
    include_str!("schema/v3.sql"),
];

/// Copies of older versions that are kept.
const BACKUPS: usize = 5;

/// The version that these migrations lead to.
pub(crate) fn newest(migrations: &[Migration]) -> i64 {
    i64::try_from(migrations.len()).expect("BUG: there are not that many migrations")
}

/// Refuses a database that a newer program wrote.
pub(crate) fn refuse_newer(
    connection: &Connection,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, newest(migrations));
    if found > known {
        return Err(StoreError::Newer { found, known });
    }
    Ok(())
}

/// Refuses a database that an older program wrote and that cannot be migrated, because of
/// `why`: its tables are not those that are read.
pub(crate) fn refuse_older(
    connection: &Connection,
    migrations: &[Migration],
    why: &StoreError,
) -> Result<(), StoreError> {
    let (found, known) = (version(connection)?, newest(migrations));
    if found < known {
        return Err(StoreError::Outdated {
            found,
            known,
            why: Box::new(why.clone()),
        });
    }
    Ok(())
}

/// Brings an older database to the newest version: first a backup, then everything that
/// is pending in one transaction. When anything fails, the database is as it was.
pub(crate) fn migrate(
    connection: &mut Connection,
    migrations: &[Migration],
    backups: &Path,
) -> Result<(), StoreError> {
    let from = version(connection)?;
    if from == newest(migrations) {
        return Ok(());
    }
    back_up(connection, from, backups)?;
    apply(connection, migrations)
}

/// Applies what is pending, in one transaction.
pub(crate) fn apply(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    // A table cannot be rebuilt under foreign keys; they are checked at the end instead
    // (sqlite.org/lang_altertable.html, section 7).
    connection.pragma_update(None, "foreign_keys", false)?;
    let applied = apply_in_one_transaction(connection, migrations);
    connection.pragma_update(None, "foreign_keys", true)?;
    applied
}

fn apply_in_one_transaction(
    connection: &mut Connection,
    migrations: &[Migration],
) -> Result<(), StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again under the lock: another process may have migrated meanwhile.
    refuse_newer(&transaction, migrations)?;
    let from = usize::try_from(version(&transaction)?)
        .map_err(|_| StoreError::Unreadable("its version is negative".into()))?;
    for migration in &migrations[from..] {
        transaction.execute_batch(migration)?;
    }
    let mut broken = transaction.prepare("PRAGMA foreign_key_check")?;
    if broken.exists(())? {
        return Err(StoreError::Failed("a migration broke a reference".into()));
    }
    drop(broken);
    transaction.pragma_update(None, "user_version", newest(migrations))?;
    Ok(transaction.commit()?)
}

fn version(connection: &Connection) -> Result<i64, StoreError> {
    Ok(connection.query_row("PRAGMA user_version", (), |row| row.get(0))?)
}

/// Writes a consistent copy to `hearth-v{version}-{time}.db` and drops the oldest ones.
fn back_up(connection: &Connection, from: i64, folder: &Path) -> Result<(), StoreError> {
    make_folder(folder)?;
    set_mode(folder, Mode::Folder)?;
    let time: String =
        connection.query_row("SELECT strftime('%Y%m%dT%H%M%f', 'now')", (), |row| {
            row.get(0)
        })?;
    let copy = folder.join(format!("hearth-v{from}-{time}.db"));
    // SQLite accepts an empty file as the target, which already has the right mode.
    private(OpenOptions::new().write(true).create_new(true)).open(&copy)?;
    let written = match copy.to_str() {
        Some(path) => connection
            .execute("VACUUM INTO ?1", [path])
            .map_err(StoreError::from),
        None => Err(StoreError::Failed("the folder's name is not UTF-8".into())),
    };
    // VACUUM INTO does not wait for the disk.
    if let Err(error) = written
        .and_then(|_| sync(&copy))
        .and_then(|()| sync(folder))
    {
        let _ = fs::remove_file(&copy);
        return Err(error);
    }
    drop_the_oldest(folder);
    Ok(())
}

/// A backup too many is no reason to fail.
fn drop_the_oldest(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut copies: Vec<(String, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((time_of(entry.file_name().to_str()?)?, entry.path())))
        .collect();
    copies.sort();
    let surplus = copies.len().saturating_sub(BACKUPS);
    for (_, path) in &copies[..surplus] {
        let _ = fs::remove_file(path);
    }
}

/// The time in a backup's name, which sorts as text; none for other files.
fn time_of(name: &str) -> Option<String> {
    let (_, time) = name
        .strip_prefix("hearth-v")?
        .strip_suffix(".db")?
        .split_once('-')?;
    Some(time.to_owned())
}

#[cfg(test)]
mod tests;
