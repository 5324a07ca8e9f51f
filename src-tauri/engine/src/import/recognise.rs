//! What a text is, told by what stands in it.

use std::borrow::Cow;

use hearth_foundry::Environment;
use serde_json::Value;

use super::{Found, claude_code, curl, env_block, litellm};
use crate::api::{ErrorCode, ErrorReport, ImportSource};

/// More than this is not looked at while somebody types.
const GLANCE: usize = 256 * 1024;

/// What the text describes.
///
/// # Errors
/// [`ErrorCode::ImportEmpty`] when it is nothing known, and what the reader of its kind
/// refuses.
pub(super) fn read(
    text: &str,
    environment: &Environment,
) -> Result<(ImportSource, Vec<Found>), ErrorReport> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let source = source_of(text).ok_or_else(|| ErrorReport::new(ErrorCode::ImportEmpty))?;
    let plain = plain_quotes(text);
    let found = match source {
        ImportSource::Curl => curl::read(&plain, environment),
        ImportSource::LiteLlm => litellm::read(text, environment),
        ImportSource::ClaudeCode => claude_code::read(text, environment),
        ImportSource::EnvBlock | ImportSource::Environment => env_block::read(&plain),
    }?;
    Ok((source, found))
}

/// Editors and chats make quotes pretty. Where there are no others, they are the quotes; where
/// there are, they are a part of somebody's sentence.
fn plain_quotes(text: &str) -> Cow<'_, str> {
    const DOUBLE: [char; 3] = ['\u{201c}', '\u{201d}', '\u{201e}'];
    const SINGLE: [char; 3] = ['\u{2018}', '\u{2019}', '\u{201a}'];
    match text.contains(['"', '\'']) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.replace(DOUBLE, "\"").replace(SINGLE, "'")),
    }
}

/// Reading the text as an import would find something. Looks at little of it, because it
/// is asked at each keystroke.
pub(crate) fn looks_importable(text: &str) -> bool {
    text.len() <= GLANCE && source_of(text.trim_start_matches('\u{feff}').trim()).is_some()
}

fn source_of(text: &str) -> Option<ImportSource> {
    if text.lines().any(curl::begins) {
        return Some(ImportSource::Curl);
    }
    if text.starts_with('{')
        && let Ok(document) = serde_json::from_str::<Value>(text)
    {
        let has = |key: &str| document.get(key).is_some();
        return match (has("model_list"), has("env") || has("apiKeyHelper")) {
            (true, _) => Some(ImportSource::LiteLlm),
            (false, true) => Some(ImportSource::ClaudeCode),
            (false, false) => None,
        };
    }
    let is_list = |line: &str| line.trim_end().starts_with("model_list:");
    if text.lines().any(is_list) {
        return Some(ImportSource::LiteLlm);
    }
    let is_known = |name: &str| Environment::families().any(|known| known == name);
    let mut lines = text.lines();
    let found = lines.any(|line| env_block::sets_one(line, is_known));
    found.then_some(ImportSource::EnvBlock)
}
