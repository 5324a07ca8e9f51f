//! How much may stand in a request. What holds a few bytes each would take many times as much
//! memory as the body that it came in.

use memchr::memchr2;

use crate::openai::refusal::Refusal;

/// The most members of a request, and of what stands right in it.
pub(super) const MEMBERS: usize = 1_000;

/// The most messages. Source: <https://platform.claude.com/docs/en/api/messages/create>.
const MESSAGES: usize = 100_000;

/// The most that any other list or object in a request may hold.
const ENTRIES: usize = 10_000;

/// What lies deeper counts as if it stood here.
const DEEPEST: usize = 64;

/// The most parts of content that are strings with nothing around them. They become three times
/// as long as they came, or more.
pub(super) const BARE: usize = 10_000;

/// The refusal of an object with too many members: of the one at `key`, or the request itself.
pub(super) fn too_many_members(key: Option<&str>) -> Refusal {
    let place = key.map_or_else(|| "the request".to_owned(), |key| format!("`{key}`"));
    let message = format!("{place} has more than {MEMBERS} members; send less");
    Refusal::too_much(key, message)
}

/// Looks for lists and objects that hold too much in the member `key` of a request. Nothing is
/// kept of the value, which is valid JSON.
pub(super) fn check(key: &str, value: &str) -> Result<(), Refusal> {
    // An entry and what follows it take two bytes at least, so that most values are too short.
    if value.len() < 2 * ENTRIES {
        return Ok(());
    }
    let bytes = value.as_bytes();
    let mut entries = [0_usize; DEEPEST + 1];
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = end_of_text(bytes, at),
            b'[' | b'{' => {
                depth += 1;
                if depth <= DEEPEST {
                    entries[depth] = 1;
                }
            }
            b']' | b'}' => depth -= 1,
            b',' => {
                let level = depth.min(DEEPEST);
                entries[level] += 1;
                let is_messages = key == "messages" && level == 1;
                if entries[level] > if is_messages { MESSAGES } else { ENTRIES } {
                    return Err(too_many_entries(key, is_messages));
                }
            }
            _ => {}
        }
        at += 1;
    }
    Ok(())
}

/// Where the text ends that begins at `start`.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        // A backslash and what it escapes.
        at += 2;
    }
    unreachable!("BUG: a text in valid JSON ends")
}

fn too_many_entries(key: &str, is_messages: bool) -> Refusal {
    let message = match is_messages {
        true => format!("`messages` holds more than {MESSAGES} messages; the API takes no more"),
        false => {
            format!("a list or an object in `{key}` holds more than {ENTRIES} entries; send less")
        }
    };
    Refusal::too_much(Some(key), message)
}
