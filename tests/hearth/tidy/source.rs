//! The project's own files, as text.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A file of the project.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// From the project's root, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    pub(crate) fn is(&self, extension: &str) -> bool {
        Path::new(&self.path)
            .extension()
            .is_some_and(|found| found == extension)
    }

    pub(crate) fn under(&self, folder: &str) -> bool {
        self.path.starts_with(folder)
    }

    /// Lines with their numbers from 1, without those that are only a comment.
    pub(crate) fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        (1..)
            .zip(self.text.lines())
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    /// Says where something stands, the way editors understand it.
    pub(crate) fn at(&self, line: usize, what: &str) -> String {
        format!("{}:{line}: {what}", self.path)
    }
}

/// The project's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One file that must be there.
pub(crate) fn file(path: &str) -> Source {
    let text = std::fs::read_to_string(root().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"));
    Source::new(path, &text)
}

/// Every text file that git keeps or would keep.
pub(crate) fn all() -> Vec<Source> {
    let listed = Command::new("git")
        .args([
            "ls-files",
            "--cached",
            "--others",
            "--exclude-standard",
            "-z",
        ])
        .current_dir(root())
        .output()
        .expect("git lists the project's files");
    assert!(listed.status.success(), "git ls-files failed");
    let paths = String::from_utf8(listed.stdout).expect("paths are UTF-8");
    let sources: Vec<_> = paths.split_terminator('\0').filter_map(read).collect();
    assert!(
        sources.len() > 50,
        "only {} files were found",
        sources.len()
    );
    sources
}

/// The file's text; none when it was deleted and not yet committed, or is no text.
fn read(path: &str) -> Option<Source> {
    let text = std::fs::read_to_string(root().join(path)).ok()?;
    Some(Source::new(path, &text))
}

/// Fails with every violation on a line of its own.
#[track_caller]
pub(crate) fn none(violations: &[String]) {
    assert!(violations.is_empty(), "\n{}\n", violations.join("\n"));
}

/// Whether `name` stands in `text` as a word: not as a part of a longer name.
/// A name that ends in punctuation, such as `tauri_`, is open at its end.
pub(crate) fn names(text: &str, name: &str) -> bool {
    let part_of_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let closed = name.ends_with(|c: char| c.is_alphanumeric());
    text.match_indices(name).any(|(start, _)| {
        let before = text[..start].chars().next_back();
        let after = text[start + name.len()..].chars().next();
        !(before.is_some_and(part_of_a_name) || closed && after.is_some_and(part_of_a_name))
    })
}

#[test]
fn a_name_is_found_as_a_word_only() {
    assert!(names("use tauri::State;", "tauri::"));
    assert!(names("(unsafe {", "unsafe"));
    assert!(names("tauri_plugin_dialog::init()", "tauri_"));
    assert!(!names("src-tauri/desktop", "tauri"));
    assert!(!names("unsafe_code", "unsafe"));
}
