//! Names of tools, as the client and as the API spell them.

use std::collections::BTreeMap;

use crate::request::Tool;

/// The names of a request's tools in both spellings.
///
/// The API takes letters, digits, `_` and `-`, at most 64. A name that it takes stays as
/// it is; any other is spelled with these and ends in a hash of the original, so that it
/// depends on nothing but the name and stays the same from request to request, as prompt
/// caches and signed thinking need. Source for the rule:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToolNames {
    /// The client's names by the API's.
    originals: BTreeMap<String, String>,
}

impl ToolNames {
    /// The client's name of the tool that the API calls `name`.
    #[must_use]
    pub fn original<'a>(&'a self, name: &'a str) -> &'a str {
        self.originals.get(name).map_or(name, String::as_str)
    }

    /// Keeps a name that the API takes, so that no other name is spelled like it.
    pub(super) fn reserve(&mut self, name: &str) {
        if Tool::is_name(name) {
            self.originals.insert(name.to_owned(), name.to_owned());
        }
    }

    /// The API's name of the tool that the client calls `original`.
    pub(super) fn spell(&mut self, original: &str) -> String {
        for attempt in 0_u64.. {
            let name = spelling(original, attempt);
            let taken = self.originals.entry(name.clone());
            if taken.or_insert_with(|| original.to_owned()) == original {
                return name;
            }
        }
        unreachable!("BUG: names do not run out")
    }

    /// A name for a tool of our own that no other tool has.
    pub(super) fn own(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        while self.originals.contains_key(&name) {
            name.push('_');
        }
        self.originals.insert(name.clone(), name.clone());
        name
    }
}

/// An id that the API takes. One that it takes already stays as it is.
pub(super) fn id(original: &str) -> String {
    if !original.is_empty() && original.chars().all(is_plain) {
        return original.to_owned();
    }
    format!("{}_{:016x}", plain(original, 64), hash(original))
}

fn spelling(original: &str, attempt: u64) -> String {
    if attempt == 0 && Tool::is_name(original) {
        return original.to_owned();
    }
    let mark = hash(original).wrapping_add(attempt) & 0xFFFF_FFFF;
    format!("{}_{mark:08x}", plain(original, 64 - 9))
}

fn plain(text: &str, most: usize) -> String {
    let plain = |c| if is_plain(c) { c } else { '_' };
    text.chars().take(most).map(plain).collect()
}

fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-')
}

/// FNV-1a. It has to be the same in every release, which the standard library's hash is
/// not, and need not withstand an attacker: a collision costs another attempt.
fn hash(text: &str) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325;
    text.bytes().fold(start, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
