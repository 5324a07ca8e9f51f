//! The last resort when Hearth ends and the disk still does not take what it should.
//!
//! What a person would lose is written as a readable file wherever there is room, first
//! where it stays: beside the conversations, then in the home folder. Only where neither
//! takes it, it goes where a restart of the computer may remove it: the folder of this
//! login, then the system's for temporary files. Its path is in the log, and the next start
//! tells of it. Then the conversation has what was journalled before the disk was full,
//! marked as interrupted; the file is for the person, and is not read back. What was only
//! attached lies in files of its own, which that one names.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hearth_store as store;

use crate::api::{ConversationId, TranscriptFormat};
use crate::engine::Engine;
use crate::transcript;
use crate::words::Words;

/// What the names of these files begin and end with.
pub(crate) const PREFIX: &str = "hearth-not-saved-";
pub(crate) const SUFFIX: &str = ".md";

impl Engine {
    /// Tries once more to save what waits; what cannot be saved goes into a file.
    pub(crate) async fn leave_nothing_behind(&self) {
        let Err(error) = self.shared.save_before_asking().await else {
            return;
        };
        let text = self.not_saved().await;
        let files = self.shared.storage.files();
        if text.trim().is_empty() && files.is_empty() {
            // What waits is on disk except for how it ended.
            return;
        }
        let folders = folders(self.shared.profile.data_folder());
        let write = move || write_all(&folders, text, &files);
        let written = tokio::task::spawn_blocking(write).await;
        match written {
            Ok(Ok(path)) => {
                let path = path.display();
                tracing::error!(%error, %path, "what could not be saved was written to a file");
            }
            Ok(Err(nowhere)) => {
                tracing::error!(%error, %nowhere, "what could not be saved is lost");
            }
            Err(stopped) => tracing::error!(%error, %stopped, "what could not be saved is lost"),
        }
    }

    /// Everything that is in memory only, for a person to read.
    async fn not_saved(&self) -> String {
        let mut texts = self.shared.storage.drafts();
        for conversation in self.shared.storage.conversations() {
            let transcript = self.transcript(conversation.clone(), TranscriptFormat::Markdown);
            texts.push(match transcript.await {
                Ok(transcript) => transcript.text,
                // The disk that does not take it may not give the rest of it either.
                Err(error) => {
                    tracing::error!(%error, "a conversation cannot be read");
                    self.kept_alone(&conversation)
                }
            });
        }
        texts.join("\n\n")
    }

    fn kept_alone(&self, conversation: &ConversationId) -> String {
        let mut alone = self.shared.storage.alone(conversation);
        alone.row.title = Words::shared().say("rescue-alone", &[]);
        transcript::readable(alone)
    }
}

/// Where a file may go, the lasting places first.
pub(crate) fn folders(data: &Path) -> Vec<PathBuf> {
    let named = |name| std::env::var_os(name).map(PathBuf::from);
    let others = ["HOME", "XDG_RUNTIME_DIR"].into_iter().filter_map(named);
    std::iter::once(data.to_owned())
        .chain(others)
        .chain(std::iter::once(std::env::temp_dir()))
        .collect()
}

/// Writes the files that were attached, and then a text that ends with where they are.
fn write_all(
    folders: &[PathBuf],
    mut text: String,
    files: &[Arc<store::NewAttachment>],
) -> io::Result<PathBuf> {
    for file in files {
        let suffix = match file.media_type.as_str() {
            "text/plain" => ".txt",
            image => &image.replace("image/", "."),
        };
        match write_somewhere(folders, suffix, &file.bytes) {
            Ok(path) => {
                let facts = [
                    ("name", file.name.clone()),
                    ("path", path.display().to_string()),
                ];
                text.push_str("\n\n");
                text.push_str(&Words::shared().say("rescue-file", &facts));
            }
            Err(nowhere) => tracing::error!(name = file.name, %nowhere, "a file is lost"),
        }
    }
    write_somewhere(folders, SUFFIX, text.trim_start().as_bytes())
}

/// Writes a new file, for its owner's eyes only, in the first folder that takes it.
fn write_somewhere(folders: &[PathBuf], suffix: &str, content: &[u8]) -> io::Result<PathBuf> {
    let mut refused = io::Error::other("there is no folder");
    for folder in folders {
        match write_in(folder, suffix, content) {
            Ok(path) => return Ok(path),
            Err(error) => refused = error,
        }
    }
    Err(refused)
}

fn write_in(folder: &Path, suffix: &str, content: &[u8]) -> io::Result<PathBuf> {
    // `tempfile` makes files that only their owner can read, under names nobody guesses.
    let mut file = tempfile::Builder::new()
        .prefix(PREFIX)
        .suffix(suffix)
        .tempfile_in(folder)?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    Ok(file.keep()?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_folder_with_room_takes_it() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        let folders = [missing.clone(), folder.path().to_owned()];
        let path = write_somewhere(&folders, SUFFIX, b"all of it").unwrap();
        assert!(path.starts_with(folder.path()), "{path:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "all of it");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert!(write_somewhere(&[missing], SUFFIX, b"all of it").is_err());
    }
}
