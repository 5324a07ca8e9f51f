//! The file of the settings: read, changed and saved whole.
//!
//! The window and the command line may have it open at once. A change is therefore made to
//! what the file says at that moment, under a lock, and what another process wrote is seen
//! at the next look.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde_json::Value;

use super::{Settings, VERSION, migration};
use crate::api::{ErrorCode, ErrorReport};

/// Settings are some kilobytes. What is larger is not ours, and would only fill the memory.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The file, and what it said last.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    current: Settings,
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
        let _alone = self.lock();
        self.read_again()?;
        let mut next = self.current.clone();
        edit(&mut next);
        if next == self.current {
            return Ok(());
        }
        let saved = self.keep_the_old().and_then(|()| save(&self.path, &next));
        saved.map_err(|error| {
            ErrorReport::new(ErrorCode::FileNotWritten)
                .about(self.path.display().to_string())
                .saying(error.to_string())
        })?;
        self.current = next;
        self.seen = look(&self.path);
        self.written_in = VERSION;
        Ok(())
    }

    fn read_again(&mut self) -> Result<(), ErrorReport> {
        let found = read(&self.path)?;
        self.current = found.settings;
        self.seen = found.look;
        self.written_in = found.version;
        Ok(())
    }

    /// Held while the file is changed. Where a file system has no locks, changes go on without:
    /// two processes that save within the same moment are rarer than such file systems.
    fn lock(&self) -> Option<File> {
        let beside = self.path.with_extension("lock");
        let file = File::options()
            .create(true)
            .append(true)
            .open(beside)
            .ok()?;
        file.lock().ok()?;
        Some(file)
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
    let settings = serde_json::from_value(migration::to_current(document))
        .map_err(|error| unreadable(path, &error))?;
    Ok(Document {
        settings,
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

/// Writes beside the file and renames over it, so that a crash leaves the old or the new one.
fn save(path: &Path, settings: &Settings) -> std::io::Result<()> {
    let mut file = beside(path)?;
    serde_json::to_writer_pretty(&mut file, settings)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// `tempfile` makes its files readable by their owner alone (0600).
fn beside(path: &Path) -> std::io::Result<tempfile::NamedTempFile> {
    tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::CredentialChoice;

    fn file_with(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        fs::write(&path, text).unwrap();
        (folder, path)
    }

    fn saved(path: &Path) -> Value {
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
    }

    const FIRST: &str = r#"{"version":1,"theme":"dusk","network":"wired","active":"c","tools":["now"],"connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","proxy":"system","color":"red","deployments":[{"name":"d","baseModel":"claude-opus-5-5"}],"default_deployment":"d"}]}"#;

    #[test]
    fn a_file_of_the_first_version_is_understood_and_kept_beside_the_new_one() {
        let (folder, path) = file_with(FIRST);
        let mut file = SettingsFile::open(path.clone()).unwrap();
        let connection = file.current().active_connection().unwrap().clone();
        assert_eq!(connection.credential, CredentialChoice::Key);
        assert_eq!(connection.deployments[0].name, "d");
        assert_eq!(
            connection.deployments[0].base_model.as_deref(),
            Some("claude-opus-5-5")
        );
        assert_eq!(connection.default_deployment.as_deref(), Some("d"));
        assert_eq!(connection.proxy, None);
        // Looking changes nothing on the disk.
        assert_eq!(fs::read_to_string(&path).unwrap(), FIRST);

        file.change(|settings| settings.demo = true).unwrap();
        let written = saved(&path);
        assert_eq!(written["version"], 2);
        assert_eq!(written["theme"], "dusk");
        assert_eq!(written["unknown_in_version_1"]["network"], "wired");
        let connection = &written["connections"][0];
        assert_eq!(connection["color"], "red");
        assert_eq!(connection["unknown_in_version_1"]["proxy"], "system");
        let kept = folder.path().join("settings.version-1.json");
        assert_eq!(fs::read_to_string(kept).unwrap(), FIRST);
        assert_eq!(SettingsFile::open(path).unwrap().current(), file.current());
    }

    #[test]
    fn a_key_that_version_1_did_not_know_is_no_word_of_ours() {
        let (_folder, path) = file_with(
            r#"{"version":1,"proxy_edition":7,"connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","this_run_only":"maybe","edition":1,"proxy_edition":2,"agreed":true,"deployments":[{"name":"d","baseModel":null,"hosting":"here","known":"all"}]}]}"#,
        );
        let mut file = SettingsFile::open(path.clone()).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        let written = saved(&path);
        assert_eq!(written["unknown_in_version_1"]["proxy_edition"], 7);
        let connection = &written["connections"][0];
        let aside = &connection["unknown_in_version_1"];
        assert_eq!(aside["this_run_only"], "maybe");
        assert_eq!(aside["agreed"], true);
        let deployment = &connection["deployments"][0];
        assert_eq!(deployment["unknown_in_version_1"]["hosting"], "here");
        assert_eq!(deployment["unknown_in_version_1"]["known"], "all");
        assert_eq!(deployment["name"], "d");
    }

    #[test]
    fn a_version_that_is_none_is_refused_and_left_alone() {
        for version in ["\"2\"", "0", "-1", "1.5", "null", "[]"] {
            let text = format!(r#"{{"version":{version},"connections":[]}}"#);
            let (_folder, path) = file_with(&text);
            let error = SettingsFile::open(path.clone()).unwrap_err();
            assert_eq!(error.code, ErrorCode::SettingsUnreadable, "{version}");
            assert_eq!(fs::read_to_string(path).unwrap(), text);
        }
    }

    #[test]
    fn keys_of_a_later_minor_version_survive_a_save() {
        let (folder, path) = file_with(
            r#"{"version":2,"theme":"dusk","connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","color":"red","deployments":[{"name":"d","size":3}]}]}"#,
        );
        let mut file = SettingsFile::open(path.clone()).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        let written = saved(&path);
        assert_eq!(written["theme"], "dusk");
        assert_eq!(written["connections"][0]["color"], "red");
        assert_eq!(written["connections"][0]["deployments"][0]["size"], 3);
        assert_eq!(written["demo"], true);
        assert!(!folder.path().join("settings.version-2.json").exists());
    }

    #[test]
    fn what_another_process_wrote_is_seen_and_not_written_over() {
        let (_folder, path) = file_with(r#"{"version":2}"#);
        let mut here = SettingsFile::open(path.clone()).unwrap();
        let mut there = SettingsFile::open(path).unwrap();
        there
            .change(|settings| settings.tools = vec!["now".to_owned()])
            .unwrap();
        assert_eq!(here.current().tools, ["now"]);
        there.change(|settings| settings.tools.clear()).unwrap();
        here.change(|settings| settings.demo = true).unwrap();
        let both = there.current();
        assert!(both.demo && both.tools.is_empty());
    }

    #[test]
    fn a_file_that_became_unreadable_is_neither_believed_nor_written_over() {
        let (_folder, path) = file_with(r#"{"version":2,"tools":["now"]}"#);
        let mut file = SettingsFile::open(path.clone()).unwrap();
        fs::write(&path, "{ nonsense").unwrap();
        assert_eq!(file.current().tools, ["now"]);
        let error = file.change(|settings| settings.demo = true).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsUnreadable);
        assert_eq!(fs::read_to_string(path).unwrap(), "{ nonsense");
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let text = r#"{"version":3,"connections":"something else"}"#;
        let (_folder, path) = file_with(text);
        let error = SettingsFile::open(path.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsNewer);
        assert_eq!(fs::read_to_string(path).unwrap(), text);
    }

    #[test]
    fn a_broken_file_is_refused_and_left_alone() {
        let (_folder, path) = file_with("{ nonsense");
        let error = SettingsFile::open(path.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsUnreadable);
        assert_eq!(fs::read_to_string(path).unwrap(), "{ nonsense");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_file_and_its_backup() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, path) = file_with(FIRST);
        let mut file = SettingsFile::open(path).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        for name in ["settings.json", "settings.version-1.json"] {
            let mode = fs::metadata(folder.path().join(name)).unwrap();
            assert_eq!(mode.permissions().mode() & 0o777, 0o600, "{name}");
        }
    }
}
