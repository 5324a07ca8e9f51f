//! The file of the settings: read, changed and saved whole.
//!
//! The window and the command line may have it open at once. A change is therefore made to
//! what the file says at that moment, under a lock, and what another process wrote is seen
//! at the next look.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::{Settings, VERSION, migration, unknown};
use crate::api::{ErrorCode, ErrorReport};
use crate::profile;

/// Settings are some kilobytes. What is larger is not ours, and would only fill the memory.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Longest time that another program may take to save. It takes some milliseconds; one that was
/// stopped in the middle shall not stop this one.
const PATIENCE: Duration = Duration::from_secs(3);
const GLANCE: Duration = Duration::from_millis(20);

/// Most links that are followed to where the settings lie, as on Linux (path_resolution(7)).
const MOST_LINKS: usize = 40;

/// The file, and what it said last.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    current: Settings,
    /// The document that they were read from, with what this program does not know.
    document: Value,
    /// How the file looked when it was read; none when there was none.
    seen: Option<Look>,
    /// The version that it was written in.
    written_in: u64,
}

/// What tells one content of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Look {
    modified: Option<SystemTime>,
    length: u64,
    #[cfg(unix)]
    inode: u64,
}

/// A document as read, with the version that it was written in.
struct Document {
    settings: Settings,
    raw: Value,
    version: u64,
    look: Option<Look>,
}

impl SettingsFile {
    /// Reads the file; a missing one means defaults. One of an earlier version is understood,
    /// and written anew, with a copy of the old one beside it, when something changes.
    ///
    /// # Errors
    /// A file that is newer than this program, or that cannot be understood. It is left as it is.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ErrorReport> {
        let found = read(&path)?;
        Ok(Self {
            path,
            current: found.settings,
            document: found.raw,
            seen: found.look,
            written_in: found.version,
        })
    }

    /// What the file says. One that cannot be read any more counts as unchanged: the window
    /// goes on with what it knows.
    pub(crate) fn current(&mut self) -> &Settings {
        if look(&self.path) != self.seen
            && let Err(error) = self.read_again()
        {
            tracing::warn!(%error, "the settings were changed and cannot be read");
            self.seen = look(&self.path);
        }
        &self.current
    }

    /// Changes the settings and saves them whole; on failure nothing has changed.
    ///
    /// # Errors
    /// When the file cannot be written, or somebody made it unreadable.
    pub(crate) fn change(&mut self, edit: impl FnOnce(&mut Settings)) -> Result<(), ErrorReport> {
        self.make_folder()?;
        let _alone = self.lock()?;
        self.read_again()?;
        let mut next = self.current.clone();
        edit(&mut next);
        if next == self.current {
            return Ok(());
        }
        let saved = self.keep_the_old().and_then(|()| self.save(&next));
        self.document = saved.map_err(|error| not_written(&self.path, &error))?;
        self.current = next;
        self.seen = look(&self.path);
        self.written_in = VERSION;
        Ok(())
    }

    /// A disk that took nothing at the start may have no folder yet.
    fn make_folder(&self) -> Result<(), ErrorReport> {
        match self.path.parent() {
            Some(folder) if !folder.exists() => {
                profile::private_folder(folder).map_err(|error| not_written(&self.path, &error))
            }
            Some(_) | None => Ok(()),
        }
    }

    fn read_again(&mut self) -> Result<(), ErrorReport> {
        let found = read(&self.path)?;
        self.current = found.settings;
        self.document = found.raw;
        self.seen = found.look;
        self.written_in = found.version;
        Ok(())
    }

    /// Held while the file is changed. Where a file system has no locks, changes go on without:
    /// two processes that save within the same moment are rarer than such file systems.
    fn lock(&self) -> Result<Option<File>, ErrorReport> {
        let beside = self.path.with_extension("lock");
        let Ok(file) = File::options().create(true).append(true).open(&beside) else {
            return Ok(None);
        };
        let until = Instant::now() + PATIENCE;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Some(file)),
                Err(TryLockError::Error(_)) => return Ok(None),
                Err(TryLockError::WouldBlock) if Instant::now() >= until => {
                    return Err(not_written(&beside, &"another program holds it"));
                }
                Err(TryLockError::WouldBlock) => std::thread::sleep(GLANCE),
            }
        }
    }

    /// Writes beside the file and renames over it, so that a crash leaves the old or the new one.
    /// Gives the document that was written.
    fn save(&self, settings: &Settings) -> std::io::Result<Value> {
        let document = unknown::kept(&self.document, &self.current, settings)?;
        let path = followed(&self.path);
        let mut file = beside(&path)?;
        serde_json::to_writer_pretty(&mut file, &document)?;
        file.write_all(b"\n")?;
        file.as_file().sync_all()?;
        file.persist(path)?;
        Ok(document)
    }

    /// Copies a file of an earlier version before it is written over.
    fn keep_the_old(&self) -> std::io::Result<()> {
        if self.written_in == VERSION || self.seen.is_none() {
            return Ok(());
        }
        let name = format!("settings.version-{}.json", self.written_in);
        let kept = self.path.with_file_name(name);
        let old = fs::read(&self.path)?;
        let mut file = beside(&kept)?;
        file.write_all(&old)?;
        file.as_file().sync_all()?;
        file.persist(kept)?;
        Ok(())
    }
}

fn read(path: &Path) -> Result<Document, ErrorReport> {
    let found = look(path);
    if found.is_some_and(|look| look.length > LARGEST) {
        return Err(unreadable(path, &"it is too large"));
    }
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Ok(Document {
                settings: Settings::default(),
                raw: Value::Null,
                version: VERSION,
                look: None,
            });
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let document: Value = serde_json::from_str(&text).map_err(|error| unreadable(path, &error))?;
    let version = match document.get("version") {
        None => 1,
        Some(version) => match version.as_u64() {
            Some(version) if version > 0 => version,
            // Read as another version, it would lose what it says.
            Some(_) | None => return Err(unreadable(path, &"its version is none")),
        },
    };
    if version > VERSION {
        return Err(ErrorReport::new(ErrorCode::SettingsNewer).about(path.display().to_string()));
    }
    let raw = migration::to_current(document);
    let settings = serde_json::from_value(raw.clone()).map_err(|error| unreadable(path, &error))?;
    Ok(Document {
        settings,
        raw,
        version,
        look: found,
    })
}

fn look(path: &Path) -> Option<Look> {
    let facts = fs::metadata(path).ok()?;
    Some(Look {
        modified: facts.modified().ok(),
        length: facts.len(),
        #[cfg(unix)]
        inode: std::os::unix::fs::MetadataExt::ino(&facts),
    })
}

fn unreadable(path: &Path, error: &impl ToString) -> ErrorReport {
    ErrorReport::new(ErrorCode::SettingsUnreadable)
        .about(path.display().to_string())
        .saying(error.to_string())
}

fn not_written(path: &Path, error: &impl ToString) -> ErrorReport {
    ErrorReport::new(ErrorCode::FileNotWritten)
        .about(path.display().to_string())
        .saying(error.to_string())
}

/// Where the file lies. A link, such as one into a folder of settings that are kept under version
/// control, stays one, also while nothing is behind it yet.
fn followed(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(to) = fs::read_link(&path) else {
            break;
        };
        path = path.parent().unwrap_or(Path::new("")).join(to);
    }
    path
}

/// `tempfile` makes its files readable by their owner alone (0600).
fn beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests;
