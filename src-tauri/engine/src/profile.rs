//! Where Hearth keeps its files.

use std::path::{Path, PathBuf};

use etcetera::{AppStrategy, AppStrategyArgs, choose_app_strategy};

use crate::api::{ErrorCode, ErrorReport};

/// The folders of one person's Hearth. Everything that is ever written lies under them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    config: PathBuf,
    data: PathBuf,
}

impl Profile {
    /// One folder for everything: what `--profile DIR` and `HEARTH_PROFILE` name.
    #[must_use]
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        let folder = folder.into();
        Self {
            config: folder.clone(),
            data: folder,
        }
    }

    /// The folder that was named on the command line, else the one that
    /// `HEARTH_PROFILE` names, else the platform's own places (XDG on Linux).
    ///
    /// # Errors
    /// When the platform has no home folder to offer.
    pub fn from_args(named: Option<PathBuf>) -> Result<Self, ErrorReport> {
        let named = named.or_else(|| {
            std::env::var_os("HEARTH_PROFILE")
                .filter(|value| !value.is_empty())
                .map(PathBuf::from)
        });
        if let Some(folder) = named {
            // Made absolute once, so that a later change of directory moves nothing.
            let folder = std::path::absolute(&folder).unwrap_or(folder);
            return Ok(Self::in_folder(folder));
        }
        let places = choose_app_strategy(AppStrategyArgs {
            top_level_domain: "dev".into(),
            author: "Hearth".into(),
            app_name: "hearth".into(),
        })
        .map_err(|error| {
            ErrorReport::new(ErrorCode::FileNotWritten).saying(format!("no home folder: {error}"))
        })?;
        Ok(Self {
            config: places.config_dir(),
            data: places.data_dir(),
        })
    }

    /// The same settings, with conversations in another folder.
    #[must_use]
    pub fn with_data_in(self, folder: impl Into<PathBuf>) -> Self {
        Self {
            data: folder.into(),
            ..self
        }
    }

    /// Settings as the person wrote them.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.config.join("settings.json")
    }

    /// The folder of the database and its backups.
    #[must_use]
    pub fn data_folder(&self) -> &Path {
        &self.data
    }

    /// What the web view keeps.
    #[must_use]
    pub fn web_folder(&self) -> PathBuf {
        self.data.join("web")
    }

    /// Makes the folders, readable by this person alone. A disk that takes nothing is no
    /// failure: they are made once it does.
    ///
    /// # Errors
    /// When a folder cannot be made for another reason, such as a file of its name.
    pub fn prepare(&self) -> Result<(), ErrorReport> {
        for folder in [&self.config, &self.data, &self.web_folder()] {
            let made = match private_folder(folder) {
                Err(error) if takes_nothing(&error) => {
                    tracing::warn!(%error, folder = %folder.display(), "a folder is not prepared");
                    Ok(())
                }
                made => made,
            };
            made.map_err(|error| {
                ErrorReport::new(ErrorCode::FileNotWritten)
                    .about(folder.display().to_string())
                    .saying(error.to_string())
            })?;
        }
        Ok(())
    }
}

/// The disk does not let anything be written.
fn takes_nothing(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem
            | ErrorKind::PermissionDenied
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
    )
}

/// Makes a folder, and what leads to it, that only its owner may enter. One that is there
/// already is narrowed when it is empty or Hearth's own; a foreign one (say `/tmp`) is left
/// alone: it may be somebody else's too.
pub(crate) fn private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    #[cfg(unix)]
    if is_ours(folder)? {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(unix)]
fn is_ours(folder: &Path) -> std::io::Result<bool> {
    let empty = std::fs::read_dir(folder)?.next().is_none();
    let known = ["hearth.db", "settings.json"];
    Ok(empty || known.iter().any(|name| folder.join(name).exists()))
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(folder: &Path) -> u32 {
        std::fs::metadata(folder).unwrap().permissions().mode() & 0o777
    }

    fn folder_with_mode(mode: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(mode)).unwrap();
        folder
    }

    #[test]
    fn what_hearth_makes_is_private() {
        let folder = folder_with_mode(0o755);
        let profile = Profile::in_folder(folder.path().join("new"));
        profile.prepare().unwrap();
        assert_eq!(mode(profile.data_folder()), 0o700);
        assert_eq!(mode(&profile.web_folder()), 0o700);
        // An empty folder, and one that was Hearth's before, become so.
        let empty = folder_with_mode(0o755);
        Profile::in_folder(empty.path()).prepare().unwrap();
        assert_eq!(mode(empty.path()), 0o700);
        let known = folder_with_mode(0o755);
        std::fs::write(known.path().join("settings.json"), "{}").unwrap();
        Profile::in_folder(known.path()).prepare().unwrap();
        assert_eq!(mode(known.path()), 0o700);
    }

    #[test]
    fn a_folder_of_somebody_else_is_left_as_it_is() {
        let foreign = folder_with_mode(0o755);
        std::fs::write(foreign.path().join("theirs"), "").unwrap();
        let profile = Profile::in_folder(foreign.path());
        profile.prepare().unwrap();
        assert_eq!(mode(foreign.path()), 0o755);
        assert_eq!(mode(&profile.web_folder()), 0o700);
    }
}
