//! Which processes are alive: each holds a lock on a file of its own in `running/`.
//!
//! A turn that is stored as running may belong to another process, `hearth ask` beside
//! the window. Only when its lock is free has that process ended. The system frees the
//! lock of a process that is killed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

use crate::StoreError;
use crate::file::{make_folder, private};

/// This opening of the store. Dropping it declares it dead.
#[derive(Debug)]
pub(crate) struct Run {
    id: String,
    folder: PathBuf,
    /// None until something can be written, and so be this run's.
    lock: Mutex<Option<File>>,
}

impl Run {
    /// Takes a new identity in `folder`, and clears away what dead ones left there.
    pub(crate) fn start(folder: PathBuf) -> Result<Self, StoreError> {
        let run = Self::unheard_of(folder)?;
        run.declare()?;
        Ok(run)
    }

    /// An identity that nobody else hears of: nothing can be written there yet.
    pub(crate) fn unheard_of(folder: PathBuf) -> Result<Self, StoreError> {
        let id: String = Connection::open_in_memory()?.query_row(
            "SELECT lower(hex(randomblob(8)))",
            (),
            |row| row.get(0),
        )?;
        Ok(Self {
            id,
            folder,
            lock: Mutex::new(None),
        })
    }

    /// Lets others see that this run lives, once and for as long as it does.
    pub(crate) fn declare(&self) -> Result<(), StoreError> {
        let mut held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        make_folder(&self.folder)?;
        // Locked before it has its name, so that nobody takes it for one left behind.
        let unnamed = self.scratch_file("new");
        let lock = private(OpenOptions::new().write(true).create_new(true)).open(&unnamed)?;
        lock.lock()?;
        fs::rename(&unnamed, lock_file(&self.folder, &self.id))?;
        *held = Some(lock);
        self.clear_away_the_dead();
        Ok(())
    }

    /// What turns are marked with.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// A file that goes away with this run, whatever happens to it.
    pub(crate) fn scratch_file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", self.id))
    }

    /// Whether the process (or the handle) with that identity still holds its lock.
    pub(crate) fn is_alive(&self, id: &str) -> bool {
        id == self.id || is_locked(&lock_file(&self.folder, id))
    }

    /// What cannot be removed now is tried again at the next start: none of it matters.
    fn clear_away_the_dead(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let names: Vec<String> = entries
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            .collect();
        let stem = |name: &str| name.split('.').next().map(str::to_owned);
        let dead: Vec<String> = names
            .iter()
            .filter(|name| name.ends_with(".lock"))
            .filter_map(|name| stem(name))
            .filter(|id| !self.is_alive(id))
            .collect();
        for name in &names {
            if stem(name).is_some_and(|id| dead.contains(&id)) {
                let _ = fs::remove_file(self.folder.join(name));
            }
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        let _ = fs::remove_file(lock_file(&self.folder, &self.id));
    }
}

fn lock_file(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("{id}.lock"))
}

// Shared, so that two that look at the same time do not take each other for the owner.
fn is_locked(path: &Path) -> bool {
    match File::open(path).map(|file| file.try_lock_shared()) {
        Ok(Err(TryLockError::WouldBlock)) => true,
        Ok(Ok(()) | Err(TryLockError::Error(_))) | Err(_) => false,
    }
}
