//! Words in `$'…'`, as browsers copy them: bash's quoting with the escapes of C
//! (<https://www.gnu.org/software/bash/manual/html_node/ANSI_002dC-Quoting.html>), which POSIX
//! has only since 2024 and readers of shell words do not know.

use std::iter::Peekable;
use std::str::Chars;

/// The command with each `$'…'` as a word in single quotes. One that does not end is left.
pub(super) fn plain(command: &str) -> String {
    let mut plain = String::with_capacity(command.len());
    let mut quote = None;
    let mut chars = command.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '$') if chars.peek() == Some(&'\'') => {
                let mut ahead = chars.clone();
                ahead.next();
                if let Some(word) = decoded(&mut ahead) {
                    chars = ahead;
                    push_quoted(&mut plain, &word);
                    continue;
                }
            }
            (None | Some('"'), '\\') => {
                plain.push(c);
                plain.extend(chars.next());
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
        plain.push(c);
    }
    plain
}

fn push_quoted(plain: &mut String, word: &str) {
    plain.push('\'');
    plain.push_str(&word.replace('\'', "'\\''"));
    plain.push('\'');
}

/// The word up to its closing quote; none when there is none. `\x` and octal escapes are bytes,
/// of which several may be one character.
fn decoded(chars: &mut Peekable<Chars<'_>>) -> Option<String> {
    let mut bytes = Vec::new();
    loop {
        match chars.next()? {
            '\'' => break,
            '\\' => escape(chars, &mut bytes)?,
            c => push(&mut bytes, c),
        }
    }
    // A zero ends the word, as it does in bash.
    let end = bytes.iter().position(|byte| *byte == 0);
    bytes.truncate(end.unwrap_or(bytes.len()));
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

fn push(bytes: &mut Vec<u8>, c: char) {
    bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// What stands after a backslash.
fn escape(chars: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) -> Option<()> {
    let letter = chars.next()?;
    match letter {
        'a' => bytes.push(0x07),
        'b' => bytes.push(0x08),
        'e' | 'E' => bytes.push(0x1b),
        'f' => bytes.push(0x0c),
        'n' => bytes.push(b'\n'),
        'r' => bytes.push(b'\r'),
        't' => bytes.push(b'\t'),
        'v' => bytes.push(0x0b),
        '\\' | '\'' | '"' | '?' => push(bytes, letter),
        '0'..='7' => {
            let first = letter.to_digit(8)?;
            let value = number(chars, 8, 2, first).0;
            bytes.push(value.to_le_bytes()[0]);
        }
        'x' => hexadecimal(chars, letter, 2, bytes),
        'u' => hexadecimal(chars, letter, 4, bytes),
        'U' => hexadecimal(chars, letter, 8, bytes),
        'c' => bytes.push(u8::try_from(chars.next()?).unwrap_or_default() & 0x1f),
        // What is no escape stands for itself.
        other => {
            bytes.push(b'\\');
            push(bytes, other);
        }
    }
    Some(())
}

fn hexadecimal(chars: &mut Peekable<Chars<'_>>, letter: char, most: usize, bytes: &mut Vec<u8>) {
    let (value, digits) = number(chars, 16, most, 0);
    match (digits, letter) {
        (0, _) => {
            bytes.push(b'\\');
            push(bytes, letter);
        }
        (_, 'x') => bytes.push(value.to_le_bytes()[0]),
        _ => push(bytes, surrogates(chars, value)),
    }
}

/// At most `most` further digits of a number, and how many there were.
fn number(chars: &mut Peekable<Chars<'_>>, base: u32, most: usize, first: u32) -> (u32, usize) {
    let mut value = first;
    let mut digits = 0;
    while digits < most
        && let Some(digit) = chars.peek().and_then(|c| c.to_digit(base))
    {
        chars.next();
        value = value.wrapping_mul(base).wrapping_add(digit);
        digits += 1;
    }
    (value, digits)
}

/// The character of a number. Browsers write characters beyond the basic plane as the two halves
/// that JavaScript has of them.
fn surrogates(chars: &mut Peekable<Chars<'_>>, value: u32) -> char {
    if (0xd800..0xdc00).contains(&value) {
        let mut ahead = chars.clone();
        if ahead.next() == Some('\\') && ahead.next() == Some('u') {
            let (low, digits) = number(&mut ahead, 16, 4, 0);
            if digits == 4 && (0xdc00..0xe000).contains(&low) {
                *chars = ahead;
                let joined = 0x1_0000 + ((value - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_the_escapes_of_c_become_plain_ones() {
        for (written, plainly) in [
            (r"curl $'it\'s'", r"curl 'it'\''s'"),
            (r"$'a\u0021b' -H $'x: \x41\101\t'", "'a!b' -H 'x: AA\t'"),
            (r"$'\u65e5\U0001f98a \ud83e\udd8a'", "'日🦊 🦊'"),
            (r"$'\xe6\x97\xa5'", "'日'"),
            (r"$'\ud83e' $'\q\x' $'end\0 of it'", r"'�' '\q\x' 'end'"),
            // Elsewhere it is what it was.
            (r"'$'x", r"'$'x"),
            (r#""costs $'5'" \$'x'"#, r#""costs $'5'" \$'x'"#),
            (r"$'open", r"$'open"),
            ("$", "$"),
            ("", ""),
        ] {
            assert_eq!(plain(written), plainly, "{written}");
        }
    }

    #[test]
    fn what_bash_prints_of_them_is_what_they_become() {
        let words = r#"$'a\'b "c" \\ \n\t\u00e9 \x7e \60'"#;
        let printed = std::process::Command::new("bash")
            .env("LC_ALL", "C.UTF-8")
            .args(["-c", &format!("printf %s {words}")])
            .output()
            .unwrap();
        let printed = String::from_utf8(printed.stdout).unwrap();
        assert_eq!(shlex::split(&plain(words)).unwrap(), [printed]);
    }
}
