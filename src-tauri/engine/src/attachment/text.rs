//! Text files: whatever decodes as text is text, whatever its name says.

/// Bytes of a text file at most, as UTF-8: about a quarter of a million tokens.
pub(super) const MOST_TEXT: usize = 1_000_000;

/// The text of a file, without a byte order mark; none when it is no text.
///
/// UTF-8, and UTF-16 where a byte order mark says so, as Windows writes it.
pub(super) fn decode(bytes: &[u8]) -> Option<String> {
    let text = match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => str::from_utf8(rest).ok()?.to_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        bytes => str::from_utf8(bytes).ok()?.to_owned(),
    };
    // No text has this character, and nearly everything that is not text does.
    (!text.contains('\0')).then_some(text)
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else {
        return None;
    };
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16_with_mark(text: &str, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        let marked = format!("\u{feff}{text}");
        marked.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_usual_encoding_is_read() {
        let text = "fn main() {}\r\n// 日本語 🦊\n";
        assert_eq!(decode(text.as_bytes()).as_deref(), Some(text));
        let marked = format!("\u{feff}{text}");
        assert_eq!(decode(marked.as_bytes()).as_deref(), Some(text));
        let little = utf16_with_mark(text, u16::to_le_bytes);
        assert_eq!(decode(&little).as_deref(), Some(text));
        let big = utf16_with_mark(text, u16::to_be_bytes);
        assert_eq!(decode(&big).as_deref(), Some(text));
    }

    #[test]
    fn what_is_no_text_is_none() {
        for bytes in [
            &b"\x7fELF\x02\x01\x01\0\0"[..],
            b"caf\xe9",
            b"\xff\xfea",
            b"\xff\xfe\x00\xd8",
            b"with a\0zero",
        ] {
            assert_eq!(decode(bytes), None, "{bytes:?}");
        }
    }
}
