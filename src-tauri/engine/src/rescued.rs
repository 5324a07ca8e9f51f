//! Files with what an earlier run could not save, told of until a person has seen them.
//!
//! The files are the person's: they are neither read nor removed. What was dismissed is
//! remembered beside the conversations.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::api::ErrorReport;
use crate::engine::Engine;
use crate::rescue::{self, PREFIX, SUFFIX};

/// Files that are told of at most.
const MOST_TOLD: usize = 10;

/// Where the paths of dismissed files are kept, as a JSON list.
const DISMISSED: &str = "dismissed-rescues.json";

/// The files that a person has not dismissed.
#[derive(Debug, Default)]
pub(crate) struct Rescued(Mutex<Vec<PathBuf>>);

impl Rescued {
    fn files(&self) -> MutexGuard<'_, Vec<PathBuf>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The files that were there at the start.
    pub(crate) fn begin_with(&self, files: Vec<PathBuf>) {
        *self.files() = files;
    }

    /// Their paths, as a person reads them.
    pub(crate) fn paths(&self) -> Vec<String> {
        let files = self.files();
        files.iter().map(|it| it.display().to_string()).collect()
    }

    /// Takes one out; none when it was not among them.
    fn take(&self, path: &str) -> Option<PathBuf> {
        let mut files = self.files();
        let place = files
            .iter()
            .position(|it| it.display().to_string() == path)?;
        Some(files.remove(place))
    }
}

/// Looks for files that nobody has dismissed.
pub(crate) fn look(data: &Path) -> Vec<PathBuf> {
    let dismissed = dismissed(data);
    let mut found: Vec<_> = rescue::folders(data)
        .iter()
        .flat_map(|folder| rescues_in(folder, data))
        .filter(|path| !dismissed.contains(path))
        .collect();
    found.sort();
    found.dedup();
    found.truncate(MOST_TOLD);
    found
}

/// The files of that kind in a folder that are this person's: in a folder for temporary
/// files anybody may leave one.
fn rescues_in(folder: &Path, data: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let is_one = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy());
        name.is_some_and(|name| name.starts_with(PREFIX) && name.ends_with(SUFFIX))
            && fs::symlink_metadata(path).is_ok_and(|found| found.is_file())
            && has_owner_of(path, data)
    };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.filter(is_one).collect()
}

#[cfg(unix)]
fn has_owner_of(path: &Path, data: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let owner = |path: &Path| fs::metadata(path).map(|found| found.uid()).ok();
    // A profile that could not be made yet belongs to whom the home belongs to.
    let home = || owner(&PathBuf::from(std::env::var_os("HOME")?));
    owner(path) == owner(data).or_else(home)
}

#[cfg(not(unix))]
fn has_owner_of(_path: &Path, _data: &Path) -> bool {
    true
}

fn dismissed(data: &Path) -> BTreeSet<PathBuf> {
    let text = fs::read_to_string(data.join(DISMISSED)).unwrap_or_default();
    serde_json::from_str(&text).unwrap_or_default()
}

/// Remembers one more, and forgets those that are gone.
fn remember(data: &Path, path: PathBuf) -> io::Result<()> {
    let mut all = dismissed(data);
    all.insert(path);
    all.retain(|path| path.exists());
    let mut file = tempfile::NamedTempFile::new_in(data)?;
    serde_json::to_writer(&mut file, &all)?;
    file.flush()?;
    file.persist(data.join(DISMISSED))?;
    Ok(())
}

impl Engine {
    /// Tells no more of a file that an earlier run left. The file stays.
    ///
    /// # Errors
    /// None now; where it cannot be remembered, it is told of again at the next start.
    pub async fn dismiss_rescued(&self, path: String) -> Result<(), ErrorReport> {
        let Some(path) = self.shared.storage.rescued.take(&path) else {
            return Ok(());
        };
        let data = self.shared.profile.data_folder().to_owned();
        let remembered = tokio::task::spawn_blocking(move || remember(&data, path)).await;
        if let Ok(Err(error)) = remembered {
            tracing::warn!(%error, "a dismissed file will be told of again");
        }
        self.state_changed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str) -> PathBuf {
        let path = folder.join(name);
        fs::write(&path, "words").unwrap();
        path
    }

    fn here(data: &Path) -> Vec<PathBuf> {
        // The folders of whoever runs this test may hold some, too.
        let found = look(data).into_iter();
        found.filter(|path| path.starts_with(data)).collect()
    }

    #[test]
    fn files_are_told_of_until_they_are_dismissed() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path();
        assert_eq!(here(data), Vec::<PathBuf>::new());
        let first = file(data, "hearth-not-saved-a.md");
        let second = file(data, "hearth-not-saved-b.md");
        file(data, "hearth-not-saved-c.txt");
        fs::create_dir(data.join("hearth-not-saved-d.md")).unwrap();
        assert_eq!(here(data), [first.clone(), second.clone()]);
        remember(data, first.clone()).unwrap();
        assert_eq!(here(data), std::slice::from_ref(&second));
        remember(data, second).unwrap();
        assert_eq!(here(data), Vec::<PathBuf>::new());
        // A list that is damaged tells of too much rather than of too little.
        fs::write(data.join(DISMISSED), "nonsense").unwrap();
        assert_eq!(here(data).len(), 2);
        fs::remove_file(&first).unwrap();
        remember(data, first).unwrap();
        assert_eq!(fs::read_to_string(data.join(DISMISSED)).unwrap(), "[]");
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_no_file_of_ours() {
        let folder = tempfile::tempdir().unwrap();
        let target = file(folder.path(), "target");
        let link = folder.path().join("hearth-not-saved-l.md");
        std::os::unix::fs::symlink(target, &link).unwrap();
        assert_eq!(here(folder.path()), Vec::<PathBuf>::new());
    }
}
