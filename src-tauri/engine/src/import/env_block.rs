//! Lines of `NAME=value`: a `.env` file, or the lines that set variables in a shell.

mod statements;

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
    let pieces = text.lines().flat_map(statements::of_line);
    pieces.filter_map(variable).collect()
}

/// Whether a line sets a variable whose name is one of these. Looks at no value.
pub(super) fn sets_one(line: &str, is_one: impl Fn(&str) -> bool) -> bool {
    let pieces = statements::of_line(line).into_iter();
    let mut names = pieces.filter_map(|piece| Some(statements::setting(piece)?.0));
    names.any(is_one)
}

fn variable(piece: &str) -> Option<(String, String)> {
    let (name, value) = statements::setting(piece)?;
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
