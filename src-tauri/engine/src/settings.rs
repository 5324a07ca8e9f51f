//! Settings as written: a versioned file, saved whole, that keeps keys it does not know.
//!
//! What they mean once resolved (an endpoint, a credential) is `connection`'s affair.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{ConnectionId, DeploymentDraft, ErrorCode, ErrorReport};

/// The version that this program writes.
const VERSION: u64 = 1;

/// The whole file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Settings {
    version: u64,
    #[serde(default)]
    pub(crate) connections: Vec<SavedConnection>,
    #[serde(default)]
    pub(crate) active: Option<ConnectionId>,
    /// Hearth was showing the demo when it was last used.
    #[serde(default)]
    pub(crate) demo: bool,
    /// The tools that models are told of, by name; those that this program does not have
    /// are kept.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    #[serde(flatten)]
    unknown: Map<String, Value>,
}

/// A connection as the person wrote it. Its key is in the keyring, under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SavedConnection {
    pub(crate) id: ConnectionId,
    pub(crate) name: String,
    pub(crate) endpoint: String,
    #[serde(default)]
    pub(crate) deployments: Vec<DeploymentDraft>,
    #[serde(default)]
    pub(crate) default_deployment: Option<String>,
    #[serde(flatten)]
    pub(crate) unknown: Map<String, Value>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            connections: Vec::new(),
            active: None,
            demo: false,
            tools: Vec::new(),
            unknown: Map::new(),
        }
    }
}

impl Settings {
    pub(crate) fn connection(&self, id: &ConnectionId) -> Option<&SavedConnection> {
        self.connections
            .iter()
            .find(|connection| connection.id == *id)
    }

    pub(crate) fn active_connection(&self) -> Option<&SavedConnection> {
        self.connection(self.active.as_ref()?)
    }
}

/// The file and what it says; the only writer of that file.
#[derive(Debug)]
pub(crate) struct SettingsFile {
    path: PathBuf,
    current: Settings,
}

impl SettingsFile {
    /// Reads the file; a missing one means defaults.
    ///
    /// # Errors
    /// A file that is newer than this program, or that cannot be understood. It is left as it is.
    pub(crate) fn open(path: PathBuf) -> Result<Self, ErrorReport> {
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self {
                    path,
                    current: Settings::default(),
                });
            }
            Err(error) => return Err(unreadable(&path, &error)),
        };
        let document: Value =
            serde_json::from_str(&text).map_err(|error| unreadable(&path, &error))?;
        let found = document.get("version").and_then(Value::as_u64);
        if found.is_some_and(|version| version > VERSION) {
            return Err(
                ErrorReport::new(ErrorCode::SettingsNewer).about(path.display().to_string())
            );
        }
        let current =
            serde_json::from_value(document).map_err(|error| unreadable(&path, &error))?;
        Ok(Self { path, current })
    }

    pub(crate) fn current(&self) -> &Settings {
        &self.current
    }

    /// Changes the settings and saves them whole; on failure nothing has changed.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub(crate) fn change(&mut self, edit: impl FnOnce(&mut Settings)) -> Result<(), ErrorReport> {
        let mut next = self.current.clone();
        edit(&mut next);
        if next == self.current {
            return Ok(());
        }
        save(&self.path, &next).map_err(|error| {
            ErrorReport::new(ErrorCode::FileNotWritten)
                .about(self.path.display().to_string())
                .saying(error.to_string())
        })?;
        self.current = next;
        Ok(())
    }
}

fn unreadable(path: &Path, error: &impl ToString) -> ErrorReport {
    ErrorReport::new(ErrorCode::SettingsUnreadable)
        .about(path.display().to_string())
        .saying(error.to_string())
}

/// Writes beside the file and renames over it, so that a crash leaves the old or the new one.
fn save(path: &Path, settings: &Settings) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // `tempfile` makes its files readable by their owner alone (0600).
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    serde_json::to_writer_pretty(&mut file, settings)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file_with(text: &str) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        std::fs::write(&path, text).unwrap();
        (folder, path)
    }

    #[test]
    fn keys_of_a_later_minor_version_survive_a_save() {
        let (_folder, path) = file_with(
            r#"{"version":1,"theme":"dusk","connections":[{"id":"c","name":"n","endpoint":"https://h/anthropic","proxy":"system"}]}"#,
        );
        let mut file = SettingsFile::open(path.clone()).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        let saved: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert_eq!(saved["theme"], "dusk");
        assert_eq!(saved["connections"][0]["proxy"], "system");
        assert_eq!(saved["demo"], true);
    }

    #[test]
    fn a_newer_file_is_refused_and_left_alone() {
        let text = r#"{"version":2,"connections":"something else"}"#;
        let (_folder, path) = file_with(text);
        let error = SettingsFile::open(path.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsNewer);
        assert_eq!(std::fs::read_to_string(path).unwrap(), text);
    }

    #[test]
    fn a_broken_file_is_refused_and_left_alone() {
        let (_folder, path) = file_with("{ nonsense");
        let error = SettingsFile::open(path.clone()).unwrap_err();
        assert_eq!(error.code, ErrorCode::SettingsUnreadable);
        assert_eq!(std::fs::read_to_string(path).unwrap(), "{ nonsense");
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_can_read_the_file() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.json");
        let mut file = SettingsFile::open(path.clone()).unwrap();
        file.change(|settings| settings.demo = true).unwrap();
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
