//! A conversation as a file: JSON that loses nothing, Markdown to read.
//!
//! Start at [`Store::export`](crate::Store::export), [`json`] and [`markdown`]. Words and the spelling of dates come from the
//! caller, in [`Labels`].

mod exported;
mod json;
mod markdown;

pub use exported::Exported;
pub use json::{BadTranscript, json, read};
pub use markdown::{Labels, markdown};

/// The forms of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// To read.
    Markdown,
    /// Lossless.
    Json,
}

impl Format {
    /// The ending of the file's name, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
        }
    }
}

/// The longest name, in bytes, that every file system takes with room for " (2)".
const LONGEST_NAME: usize = 120;

/// A name to suggest for the file: date, then the title's words, joined by hyphens.
///
/// Every character is a letter, a digit, a hyphen, an underscore or the one dot before
/// the extension, so the name is the same on every system and is never a path. Where
/// nothing of the title is left, the name is the date; where nothing of the date is left
/// either, `transcript`.
pub fn file_name(date: &str, title: &str, format: Format) -> String {
    let mut name = String::new();
    for word in [date, title].into_iter().flat_map(words) {
        if name.len() + word.len() + 1 > LONGEST_NAME {
            break;
        }
        if !name.is_empty() {
            name.push('-');
        }
        name.push_str(&word);
    }
    // Windows takes `con.txt` for the console: a name that begins with a digit is none
    // of its reserved ones.
    if !name.starts_with(|c: char| c.is_ascii_digit()) {
        let rest = std::mem::replace(&mut name, "transcript".into());
        if !rest.is_empty() {
            name.push('-');
            name.push_str(&rest);
        }
    }
    format!("{name}.{}", format.extension())
}

fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| !word.is_empty())
        .map(|word| {
            // A title without spaces is one long word: its beginning serves.
            let end = (0..=40).rev().find(|end| word.is_char_boundary(*end));
            word[..end.unwrap_or(0).min(word.len())].to_owned()
        })
}
