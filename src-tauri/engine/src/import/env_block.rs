//! Lines of `NAME=value`: a `.env` file, or the lines that set variables in a shell.

use hearth_foundry::Environment;

use super::{Found, unreadable};
use crate::api::{ErrorCode, ErrorReport};

/// What the variables of the text describe.
///
/// # Errors
/// [`ErrorCode::ImportUnreadable`] when it sets an endpoint that is none.
pub(super) fn read(text: &str) -> Result<Vec<Found>, ErrorReport> {
    from_variables(&Environment::from_vars(variables(text)))
}

/// The same of variables that were read otherwise.
pub(super) fn from_variables(variables: &Environment) -> Result<Vec<Found>, ErrorReport> {
    let found = super::environment::read(variables);
    match (found.is_empty(), variables.unreadable_endpoint()) {
        (true, Some((name, error))) => Err(unreadable(error.to_string()).about(name)),
        (true, None) => {
            let alone: Vec<&str> = variables.found().collect();
            let error = ErrorReport::new(ErrorCode::ImportEmpty);
            Err(match alone.is_empty() {
                true => error,
                false => error.about(alone.join(", ")),
            })
        }
        (false, _) => Ok(found),
    }
}

/// Every variable that the text sets. Lines that set none are passed over: people paste
/// what stands around them, too.
pub(super) fn variables(text: &str) -> Vec<(String, String)> {
    text.lines().flat_map(variable).collect()
}

/// The name that a line sets, without looking at the value.
pub(super) fn name_set_by(line: &str) -> Option<&str> {
    let (name, _) = bare(line).split_once('=')?;
    let name = name.trim();
    // As Python programs set it: os.environ["NAME"] = "value".
    let name = match name.strip_prefix("os.environ[") {
        Some(quoted) => quoted.trim_matches(['"', '\'', ']']),
        None => name,
    };
    is_name(name).then_some(name)
}

fn variable(line: &str) -> Option<(String, String)> {
    let name = name_set_by(line)?;
    let (_, value) = bare(line).split_once('=')?;
    let value = value.trim();
    let quiet = format!("{name}={}", unexpanded(value));
    let mut read = dotenvy::from_read_iter(quiet.as_bytes());
    match read.next() {
        Some(Ok(pair)) => Some(pair),
        // A value with spaces and no quotes, which shells refuse and people write.
        Some(Err(_)) | None => Some((name.to_owned(), value.to_owned())),
    }
}

/// The value in a spelling that refers to no variable: a `$` in a key is a `$`, and what is
/// pasted here shall not read this machine's environment.
fn unexpanded(value: &str) -> String {
    // Within single quotes nothing is expanded anyway, and a backslash would stay.
    if value.starts_with('\'') {
        return value.to_owned();
    }
    let mut quiet = String::with_capacity(value.len());
    let mut escaped = false;
    for c in value.chars() {
        if c == '$' && !escaped {
            quiet.push('\\');
        }
        escaped = c == '\\' && !escaped;
        quiet.push(c);
    }
    quiet
}

/// The line without what the shells write before the name: `export` (POSIX), `set` (cmd),
/// `$env:` (PowerShell), `$` and `>` (a prompt that was copied along).
fn bare(line: &str) -> &str {
    let mut line = line.trim().trim_start_matches('\u{feff}');
    for before in ["$ ", "> ", "PS> "] {
        line = line.strip_prefix(before).unwrap_or(line).trim_start();
    }
    for before in ["export ", "set ", "setx "] {
        line = line.strip_prefix(before).unwrap_or(line).trim_start();
    }
    let line = line
        .strip_prefix("$env:")
        .or_else(|| line.strip_prefix("$Env:"))
        .unwrap_or(line);
    // `cmd` users quote the whole: set "NAME=value".
    match line.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) if inner.split_once('=').is_some_and(|(name, _)| is_name(name)) => inner,
        _ => line,
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
