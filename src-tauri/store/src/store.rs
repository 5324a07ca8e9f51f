//! The handle: one connection that writes, one that reads. Where nothing can be written,
//! there is only the one that reads, until writing works.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::live::Run;
use crate::read_only::{self, Reader};
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
    writer: Mutex<Writer>,
    // A reader of its own: the list does not wait for a disk that is busy with an answer.
    // None only while nothing can be written and the last attempt to read failed.
    reader: Mutex<Option<Reader>>,
    /// How often the connections were opened anew.
    reopened: AtomicI64,
    run: Run,
    folder: PathBuf,
    /// There was no database when it was opened, and none could be made.
    began_without: bool,
}

#[derive(Debug)]
enum Writer {
    Open(Connection),
    /// Nothing can be written, and why.
    Refused(StoreError),
}

impl Writer {
    fn connection(&mut self) -> Result<&mut Connection, StoreError> {
        match self {
            Self::Open(connection) => Ok(connection),
            Self::Refused(why) => Err(why.clone()),
        }
    }
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
        let reader = Reader::beside_a_writer(folder)?;
        Ok(Self::of(folder, run, Writer::Open(writer), reader))
    }

    /// The same; but where the disk does not let anything be written, a database that is
    /// there already is opened for reading, and in the place of one that never was an empty
    /// one is read. Every write then fails with the reason until [`Store::start_writing`]
    /// succeeds.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::Outdated`].
    pub fn open_or_read(folder: &Path) -> Result<Self, StoreError> {
        let why = match Self::open(folder) {
            Err(why) if why.passes() => why,
            other => return other,
        };
        let run = Run::unheard_of(folder.join("running"))?;
        let reader = match (read_only::there_is_none(folder), &why) {
            (false, _) => Reader::without_a_writer(folder, &why),
            (true, StoreError::Full | StoreError::ReadOnly) => Reader::of_nothing(folder),
            (true, _) => return Err(why),
        };
        match reader {
            Ok(reader) => Ok(Self::of(folder, run, Writer::Refused(why), reader)),
            // Not even reading works: then the first reason says more.
            Err(error) if error.passes() => Err(why),
            Err(error) => Err(error),
        }
    }

    fn of(folder: &Path, run: Run, writer: Writer, reader: Reader) -> Self {
        let began_without = reader.is_of_nothing();
        Self {
            shared: Arc::new(Shared {
                writer: Mutex::new(writer),
                reader: Mutex::new(Some(reader)),
                reopened: AtomicI64::new(0),
                run,
                folder: folder.to_owned(),
                began_without,
            }),
        }
    }

    /// Why nothing can be written; none when the database is open for writing.
    pub fn refuses_writing(&self) -> Option<StoreError> {
        match &*lock(&self.shared.writer) {
            Writer::Open(_) => None,
            Writer::Refused(why) => Some(why.clone()),
        }
    }

    /// Tries to open for writing what could be opened for reading only. Where that was done
    /// already, nothing is done.
    ///
    /// # Errors
    /// As [`Store::open`]; then everything can still be read.
    pub fn start_writing(&self) -> Result<(), StoreError> {
        let shared = &self.shared;
        let mut writer = lock(&shared.writer);
        if matches!(*writer, Writer::Open(_)) {
            return Ok(());
        }
        let mut reader = lock(&shared.reader);
        // Closed first: a file that is closed without locks takes the locks of this process
        // with it (sqlite.org/howtocorrupt.html, section 2.2).
        *reader = None;
        shared.reopened.fetch_add(1, Ordering::Relaxed);
        match shared.open_both() {
            Ok((opened, beside)) => {
                *reader = Some(beside);
                *writer = Writer::Open(opened);
                Ok(())
            }
            Err(error) => {
                *writer = Writer::Refused(error.clone());
                Err(error)
            }
        }
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
        let version = |connection: &Connection| -> Result<i64, StoreError> {
            Ok(connection.query_row("PRAGMA data_version", (), |row| row.get(0))?)
        };
        // Of the connection that writes: to the one that reads, this handle's own writes
        // are another connection's.
        let found = match &*lock(&self.shared.writer) {
            Writer::Open(connection) => version(connection)?,
            Writer::Refused(_) => {
                let mut reader = lock(&self.shared.reader);
                version(self.shared.fresh(&mut reader)?)?
            }
        };
        // Each connection counts for itself.
        let reopened = self.shared.reopened.load(Ordering::Relaxed);
        Ok((reopened << 32) + found)
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
        let mut writer = lock(&self.shared.writer);
        let connection = writer.connection()?;
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
        let mut reader = lock(&self.shared.reader);
        let connection = self.shared.fresh(&mut reader)?;
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&transaction)
    }

    /// Does `work` on the writing connection, outside of a transaction.
    pub(crate) fn maintain<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        work(lock(&self.shared.writer).connection()?)
    }
}

impl Shared {
    fn open_both(&self) -> Result<(Connection, Reader), StoreError> {
        file::make_folder(&self.folder)?;
        self.run.declare()?;
        let writer = file::open(&self.folder, &self.run, MIGRATIONS)?;
        Ok((writer, Reader::beside_a_writer(&self.folder)?))
    }

    /// The connection that reads, opened again where it would not notice who writes.
    fn fresh<'a>(&self, reader: &'a mut Option<Reader>) -> Result<&'a mut Connection, StoreError> {
        let kept = reader.take().filter(|it| !it.is_stale(&self.folder));
        let fresh = match kept {
            Some(kept) => kept,
            None => {
                self.reopened.fetch_add(1, Ordering::Relaxed);
                self.without_a_writer()?
            }
        };
        Ok(&mut reader.insert(fresh).connection)
    }

    fn without_a_writer(&self) -> Result<Reader, StoreError> {
        // Conversations that were there once are not gone because they cannot be seen.
        match self.began_without && read_only::there_is_none(&self.folder) {
            true => Reader::of_nothing(&self.folder),
            false => Reader::without_a_writer(&self.folder, &StoreError::ReadOnly),
        }
    }
}

/// A panic while the lock was held has rolled its transaction back: the connection is good.
fn lock<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
