//! The settings of one line, each by itself: shells take several of them.

/// What stands before a name where files and shells set a variable. They may follow each other.
const BEFORE: [&str; 15] = [
    // A prompt that was copied along.
    "$ ",
    "> ",
    "PS> ",
    // The shells of POSIX, and those of Windows.
    "export ",
    "declare -x ",
    "typeset -x ",
    "set ",
    "$env:",
    "$Env:",
    // Lists of containers and units.
    "- ",
    "-e ",
    "--env ",
    "ENV ",
    "Environment=",
    "\u{feff}",
];

/// What stands before a name that a space parts from its value: `cmd`, fish, and Docker of old.
const BEFORE_A_SPACE: [&str; 6] = [
    "setx ", "set -gx ", "set -x ", "set -Ux ", "set -xg ", "ENV ",
];

/// Most characters up to the end of a name, with what stands before it.
const LONGEST_NAME: usize = 200;

/// The pieces of a line that may each set a variable.
pub(super) fn of_line(line: &str) -> Vec<&str> {
    let line = line.trim();
    // A command goes on in the next line.
    let mut rest = line.strip_suffix(" \\").unwrap_or(line);
    let mut pieces = Vec::new();
    while let Some((piece, more)) = cut(rest) {
        pieces.push(piece);
        rest = more;
    }
    pieces.push(rest);
    pieces
}

/// The first piece and what follows it; none where the text is one piece.
fn cut(text: &str) -> Option<(&str, &str)> {
    let mut quote = None;
    let mut escaped = false;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let was_escaped = std::mem::take(&mut escaped);
        match (quote, c) {
            _ if was_escaped => {}
            (None | Some('"'), '\\') => escaped = true,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            // The rest is a comment.
            (None, '#') if before.is_whitespace() => return None,
            (None, c) => {
                if let Some(more) = following(text, at, c) {
                    return Some((&text[..at], more));
                }
            }
        }
        before = c;
    }
    None
}

/// What follows where this character at this place ends a piece.
fn following(text: &str, at: usize, c: char) -> Option<&str> {
    let rest = &text[at..];
    let (more, ends) = match c {
        ';' => (rest[1..].trim_start(), true),
        '&' => (rest.strip_prefix("&&")?.trim_start(), true),
        c if c.is_whitespace() => (rest.trim_start(), false),
        _ => return None,
    };
    let sets = match ends {
        true => more.is_empty() || more.starts_with("export ") || setting(begin(more)).is_some(),
        // A value may have spaces, which shells refuse and people write: what follows one has
        // to look like another setting.
        false => is_assignment(more) && setting(&text[..at]).is_some(),
    };
    sets.then_some(more)
}

/// Enough of a text to see a name in it: lines may be very long.
fn begin(text: &str) -> &str {
    let end = text.char_indices().nth(LONGEST_NAME).map(|(at, _)| at);
    &text[..end.unwrap_or(text.len())]
}

/// `NAME=…`, in capitals as variables of programs are.
fn is_assignment(text: &str) -> bool {
    let word = text.split(char::is_whitespace).next().unwrap_or_default();
    let name = word.split_once('=').map(|(name, _)| name);
    name.is_some_and(|name| is_name(name) && !name.contains(|c: char| c.is_ascii_lowercase()))
}

/// The name that a piece sets, and the value as it is written.
pub(super) fn setting(piece: &str) -> Option<(&str, &str)> {
    let piece = piece.trim();
    let spaced = BEFORE_A_SPACE.iter().find_map(|before| {
        let (name, value) = piece.strip_prefix(before)?.trim_start().split_once(' ')?;
        is_name(name).then_some((name, value.strip_suffix(" /M").unwrap_or(value)))
    });
    if let Some((name, value)) = spaced {
        return Some((name, value.trim()));
    }
    let (name, value) = bare(piece).split_once('=')?;
    let name = name.trim();
    // As Python programs set it: os.environ["NAME"] = "value".
    let name = match name.strip_prefix("os.environ[") {
        Some(quoted) => quoted.trim_matches(['"', '\'', ']']),
        None => name,
    };
    is_name(name).then_some((name, value.trim()))
}

/// The piece without what stands before the name.
fn bare(piece: &str) -> &str {
    let mut piece = piece;
    while let Some(rest) = BEFORE.iter().find_map(|before| piece.strip_prefix(before)) {
        piece = rest.trim_start();
    }
    // `cmd` users quote the whole: set "NAME=value".
    match piece.strip_prefix('"').and_then(|it| it.strip_suffix('"')) {
        Some(inner) if inner.split_once('=').is_some_and(|(name, _)| is_name(name)) => inner,
        _ => piece,
    }
}

fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}
