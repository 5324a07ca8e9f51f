//! The handle: one connection that writes, one that reads.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::live::Run;
use crate::schema::{MIGRATIONS, Migration};
use crate::{StoreError, file};

/// The conversations of one profile. Clones share the connections; every call blocks.
///
/// Several handles, in one process or in several, may use the same folder at once: SQLite
/// lets one of them write at a time, and the others wait for it.
#[derive(Debug, Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    writer: Mutex<Connection>,
    // A reader of its own: the list does not wait for a disk that is busy with an answer.
    reader: Mutex<Connection>,
    run: Run,
    folder: PathBuf,
}

/// What a commit survives.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Survives {
    /// Also a power loss: the log is on the disk before the call returns.
    PowerLoss,
    /// The end of this process, however sudden. For the batches of an answer: waiting for
    /// the disk sixty times a second would slow the answer down, and a power loss takes
    /// at most the end of an answer that was being written.
    OwnEnd,
}

impl Store {
    /// Opens the database in `folder`, `hearth.db`; creates both where there is nothing.
    /// An older database is migrated, after a copy of it was put into `backups/`.
    /// The folder gets mode 0700, the files 0600.
    ///
    /// # Errors
    /// [`StoreError::Newer`] and [`StoreError::Unreadable`] when the file is not one that
    /// this program can use: it is left as it is, byte for byte.
    /// [`StoreError::Full`], [`StoreError::ReadOnly`] and [`StoreError::Busy`] as named.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_with(folder, MIGRATIONS)
    }

    pub(crate) fn open_with(folder: &Path, migrations: &[Migration]) -> Result<Self, StoreError> {
        file::make_folder(folder)?;
        let run = Run::start(folder.join("running"))?;
        let writer = file::open(folder, &run, migrations)?;
        let reader = file::open_for_reading(folder)?;
        Ok(Self {
            shared: Arc::new(Shared {
                writer: Mutex::new(writer),
                reader: Mutex::new(reader),
                run,
                folder: folder.to_owned(),
            }),
        })
    }

    /// The folder that it was opened in.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// A number that changes when anybody else has committed something to the database:
    /// another process, or another handle of this one. What this handle writes leaves it
    /// as it is. It may change for less; equal numbers mean that nothing was missed.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn data_version(&self) -> Result<i64, StoreError> {
        // Of the connection that writes: to the one that reads, this handle's own writes
        // are another connection's.
        self.maintain(|writer| Ok(writer.query_row("PRAGMA data_version", (), |row| row.get(0))?))
    }

    pub(crate) fn run(&self) -> &Run {
        &self.shared.run
    }

    /// Does `work` in one transaction: all of it is on disk when this returns, or none.
    pub(crate) fn write<T>(
        &self,
        survives: Survives,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = lock(&self.shared.writer);
        let synchronous = match survives {
            Survives::PowerLoss => "FULL",
            Survives::OwnEnd => "NORMAL",
        };
        connection.pragma_update(None, "synchronous", synchronous)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Does `work` on one state of the database, whatever is written meanwhile.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = lock(&self.shared.reader);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&transaction)
    }

    /// Does `work` on the writing connection, outside of a transaction.
    pub(crate) fn maintain<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(&lock(&self.shared.writer))
    }
}

/// A panic while the lock was held has rolled its transaction back: the connection is good.
fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
