//! A command of any shell as POSIX shells would have it.

/// Long commands are broken with `\` (POSIX), `^` (cmd) or `` ` `` (PowerShell), which also take
/// what they stand before for itself.
pub(super) fn one_line(command: &str) -> String {
    // Documents and chats put spaces that do not break a line.
    let command = command.replace("\r\n", "\n").replace('\u{a0}', " ");
    if command.contains("^\n") || command.contains("^\"") {
        return without_escapes(&command.replace("\\\n", " "), '^', |c| c == '\n');
    }
    let joined = command.replace("\\\n", " ");
    // In a POSIX shell the first one begins a command that is to be run.
    let first = joined.split_once('`').map(|(_, after)| after);
    if first.is_some_and(|after| after.starts_with(['\n', '"'])) {
        return of_power_shell(&joined);
    }
    joined
}

/// The text with what follows an escape as it is, and a space for what breaks a line.
fn without_escapes(command: &str, escape: char, breaks: impl Fn(char) -> bool) -> String {
    let mut plain = String::with_capacity(command.len());
    let mut chars = command.chars();
    while let Some(c) = chars.next() {
        if c != escape {
            plain.push(c);
            continue;
        }
        match chars.next() {
            Some(c) if breaks(c) => plain.push(' '),
            Some(escaped) => plain.push(escaped),
            None => {}
        }
    }
    plain
}

/// PowerShell escapes with `` ` ``, but for a quote within quotes, which stays one.
fn of_power_shell(command: &str) -> String {
    let quoted = command.replace("`\"", "\\\"");
    without_escapes(&quoted, '`', |c| c == '\n')
}
