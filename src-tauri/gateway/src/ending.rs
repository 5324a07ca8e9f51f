//! Whether a stream of events that passes by has come to its end: after `message_stop` or an
//! error it has, before it was cut (<https://platform.claude.com/docs/en/build-with-claude/streaming>).
//!
//! On the way it reads the two kinds of events that count tokens. Of all others it looks at the
//! beginnings of lines only and keeps nothing, so that passing on costs next to nothing.

use hearth_wire::StreamEvent;
use memchr::memchr2;

/// As much of a line as has to be seen to know it.
const ENOUGH: usize = 96;
/// May stand before the first line of a stream.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// How the data of everything begins that is no error, the most frequent first.
const ANSWERS: [&[u8]; 7] = [
    b"{\"type\":\"content_block_delta\"",
    b"{\"type\":\"ping\"",
    b"{\"type\":\"content_block_start\"",
    b"{\"type\":\"content_block_stop\"",
    b"{\"type\":\"message_start\"",
    b"{\"type\":\"message_delta\"",
    b"{\"type\":\"message_stop\"",
];
/// The longest event with counts that is read.
const LONGEST: usize = 64 * 1024;

/// What has passed by so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The beginning of the line that passes.
    line: Vec<u8>,
    /// The line has something in it.
    began: bool,
    /// The last byte was a carriage return: a line feed after it ends the same line.
    returned: bool,
    /// A line has passed: a byte order mark can stand before the first one only.
    begun: bool,
    /// Lines since the last empty one.
    lines: usize,
    /// What the event that passes is.
    kind: Kind,
    /// Events with counts that passed, until they are taken.
    counts: Vec<StreamEvent>,
    end: Option<End>,
    /// Where in the piece that was seen last the resource speaks of an error, or may: an event
    /// gets its name behind its data, too. What follows an error belongs to it: there is no more
    /// of the answer.
    error_from: Option<usize>,
}

/// What an event is, as far as its lines said so far. What comes later counts more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    #[default]
    Other,
    /// `message_start` or `message_delta`, which count tokens.
    Counts,
    Last(End),
}

/// How a stream said that it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// The answer is whole.
    Stop,
    /// There is no more of it.
    Error,
}

impl Watch {
    /// Looks at the next bytes.
    pub(crate) fn see(&mut self, bytes: &[u8]) {
        self.error_from = self.error_from.map(|_| 0);
        let mut rest = bytes;
        if self.returned && rest.first() == Some(&b'\n') {
            rest = &rest[1..];
        }
        if !bytes.is_empty() {
            self.returned = false;
        }
        while let Some(at) = memchr2(b'\n', b'\r', rest) {
            self.keep(&rest[..at]);
            self.look_for_error(bytes.len() - rest.len());
            if self.error_from.is_none() && undecided(self.text()) {
                // What it says goes on in the lines that follow.
                self.error_from = Some(bytes.len() - rest.len() + at);
            }
            self.line_ends();
            let pair = rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n');
            self.returned = rest[at] == b'\r' && at + 1 == rest.len();
            rest = &rest[at + 1 + usize::from(pair)..];
        }
        self.keep(rest);
        self.look_for_error(bytes.len() - rest.len());
    }

    /// From which byte on the piece that was seen last says something about an error; none as
    /// long as there was no error.
    pub(crate) fn error_from(&self) -> Option<usize> {
        self.error_from
    }

    /// How the stream said that it is over; none as long as it did not.
    pub(crate) fn end(&self) -> Option<End> {
        self.end
    }

    /// The events with counts that passed since this was asked last.
    pub(crate) fn counts(&mut self) -> impl Iterator<Item = StreamEvent> {
        self.counts.drain(..)
    }

    /// No event is half said, so another one can follow.
    pub(crate) fn is_between_events(&self) -> bool {
        !self.began && self.lines == 0
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.began |= !bytes.is_empty();
        let room = ENOUGH.saturating_sub(self.line.len());
        let (head, more) = bytes.split_at(bytes.len().min(room));
        self.line.extend_from_slice(head);
        if !more.is_empty() && self.has_counts() {
            let room = LONGEST - self.line.len();
            self.line.extend_from_slice(&more[..more.len().min(room)]);
        }
    }

    /// Looks whether the line that passes is about an error, as far as it is known. In the piece
    /// it begins at `at`.
    fn look_for_error(&mut self, at: usize) {
        if self.error_from.is_none() && may_speak_of_error(self.text()) {
            self.error_from = Some(at);
        }
    }

    /// The line that passes, as far as it is kept.
    fn text(&self) -> &[u8] {
        let mark = if self.begun {
            &b""[..]
        } else {
            BYTE_ORDER_MARK
        };
        self.line.strip_prefix(mark).unwrap_or(&self.line)
    }

    /// The line that passes is the data of an event with counts.
    fn has_counts(&self) -> bool {
        let line = self.text();
        let kind = self.kind.max(kind_of(line));
        kind == Kind::Counts && line.starts_with(b"data:")
    }

    fn line_ends(&mut self) {
        if !self.began {
            if let Kind::Last(end) = self.kind {
                self.end = self.end.or(Some(end));
            }
            self.lines = 0;
            self.kind = Kind::Other;
        } else {
            self.lines += 1;
            self.kind = self.kind.max(kind_of(self.text()));
            if self.kind == Kind::Counts {
                let counted = counted(self.text());
                self.counts.extend(counted);
            }
        }
        self.line.clear();
        self.began = false;
        self.begun = true;
    }
}

/// What a line says about its event: by name or, where names were lost, by the type in its data.
fn kind_of(line: &[u8]) -> Kind {
    if let Some(name) = field(line, b"event:") {
        return match name {
            b"message_start" | b"message_delta" => Kind::Counts,
            b"message_stop" => Kind::Last(End::Stop),
            b"error" => Kind::Last(End::Error),
            _ => Kind::Other,
        };
    }
    let Some(data) = field(line, b"data:") else {
        return Kind::Other;
    };
    let begins = |start| begins(data, start);
    if begins(b"{\"type\":\"message_stop\"") {
        Kind::Last(End::Stop)
    } else if begins(b"{\"type\":\"error\"") {
        Kind::Last(End::Error)
    } else if begins(b"{\"type\":\"message_start\"") || begins(b"{\"type\":\"message_delta\"") {
        Kind::Counts
    } else {
        Kind::Other
    }
}

/// An event is named as an error by this line, or its data is none of what the Messages API
/// writes: then it is an error, in whatever form, or may still be called one.
fn may_speak_of_error(line: &[u8]) -> bool {
    match line.first() {
        Some(b'e') => field(line, b"event:") == Some(b"error"),
        Some(b'd') => field(line, b"data:").is_some_and(|data| {
            let agrees = |start: &&[u8]| agreement(data, start) != Agreement::None;
            !ANSWERS.iter().any(agrees)
        }),
        _ => false,
    }
}

/// The data of an event is in this line, which is over, and it cannot be told yet what it is.
fn undecided(line: &[u8]) -> bool {
    field(line, b"data:").is_some_and(|data| {
        let agrees = |start: &&[u8]| agreement(data, start) == Agreement::Whole;
        !ANSWERS.iter().any(agrees)
    })
}

/// How far data and a beginning are the same, however the data is spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Agreement {
    /// The data begins like this.
    Whole,
    /// As far as the data is known.
    SoFar,
    None,
}

fn agreement(data: &[u8], start: &[u8]) -> Agreement {
    let mut plain = data.iter().filter(|byte| !byte.is_ascii_whitespace());
    for expected in start {
        match plain.next() {
            None => return Agreement::SoFar,
            Some(byte) if byte == expected => {}
            Some(_) => return Agreement::None,
        }
    }
    Agreement::Whole
}

/// The data begins like this, however it is spaced, and goes on.
fn begins(data: &[u8], start: &[u8]) -> bool {
    let plain = data.iter().copied();
    let mut plain = plain.filter(|byte| !byte.is_ascii_whitespace());
    start.iter().all(|byte| plain.next() == Some(*byte)) && plain.next().is_some()
}

/// The event whose data is in this line; none where it is not one that can be read.
fn counted(line: &[u8]) -> Option<StreamEvent> {
    let data = std::str::from_utf8(field(line, b"data:")?).ok()?;
    StreamEvent::parse("", data).ok()
}

/// The value of a line's field, if it is the one of this name.
fn field<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let value = line.strip_prefix(name)?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":\"event: message_stop\\n\\n\"}}\n\n";
    const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    /// What is known after the text came in pieces of every size.
    fn seen(text: &str) -> (Option<End>, bool) {
        let mut outcomes = (1..=text.len().max(1)).map(|size| {
            let mut watch = Watch::default();
            text.as_bytes()
                .chunks(size)
                .for_each(|piece| watch.see(piece));
            (watch.end(), watch.is_between_events())
        });
        let first = outcomes.next().unwrap_or_default();
        assert!(outcomes.all(|outcome| outcome == first), "{text:?}");
        first
    }

    #[test]
    fn an_end_is_seen_however_it_is_cut_and_spelled() {
        let error = "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n";
        for text in [
            STOP.to_owned(),
            format!("{DELTA}{STOP}"),
            STOP.replace('\n', "\r\n"),
            STOP.replace('\n', "\r"),
            STOP.replace(": ", ":"),
            "data: {\"type\": \"message_stop\"}\n\n".to_owned(),
            format!("\u{feff}{STOP}"),
            "data: {\"type\":\"message_stop\"}\nevent: message_stop\n\n".to_owned(),
            // What follows the end changes nothing.
            format!("{STOP}{error}"),
        ] {
            assert_eq!(seen(&text), (Some(End::Stop), true), "{text:?}");
        }
        for text in [
            error.to_owned(),
            error.replace("event: error\n", ""),
            format!("{error}{STOP}"),
        ] {
            assert_eq!(seen(&text), (Some(End::Error), true), "{text:?}");
        }
    }

    #[test]
    fn what_only_looks_like_an_end_is_none() {
        for (text, between) in [
            ("", true),
            (DELTA, true),
            (": event: message_stop\n\n", true),
            ("event: message_stopping\n\n", true),
            ("event: message_stop\n", false),
            ("event: message_stop\r\n", false),
            ("event: ping\r\ndata: {}\r\n", false),
            (&STOP[..STOP.len() - 1], false),
            (
                "data: {\"type\":\"ping\",\"x\":{\"type\":\"message_stop\"}}\n\n",
                true,
            ),
            ("data: half", false),
        ] {
            assert_eq!(seen(text), (None, between), "{text:?}");
        }
    }

    /// What the events with counts said, after the text came in pieces of every size.
    fn counted(text: &str) -> Vec<(Option<String>, Option<u64>, Option<u64>)> {
        let counts = |size| {
            let mut watch = Watch::default();
            let mut counts = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                watch.see(piece);
                counts.extend(watch.counts().map(|event| match event {
                    StreamEvent::MessageStart(it) => {
                        (it.model, it.usage.total_input(), it.usage.output_tokens)
                    }
                    StreamEvent::MessageDelta(it) => (None, None, it.usage.output_tokens),
                    other => panic!("{other:?}"),
                }));
            }
            counts
        };
        let first = counts(1);
        assert!((2..=text.len()).all(|size| counts(size) == first), "{text}");
        first
    }

    #[test]
    fn counts_are_read_however_they_are_cut_and_spelled() {
        let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_0123456789012345678901234567890123456789\",\"model\":\"m\",\"usage\":{\"input_tokens\":3,\"cache_read_input_tokens\":4}}}\n\n";
        let delta = "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\",\"stop_sequence\":null},\"usage\":{\"output_tokens\":9}}\n\n";
        let whole = format!("{start}{DELTA}{delta}{STOP}");
        let nameless = whole.replace("event: message_start\n", "");
        for text in [
            whole.clone(),
            whole.replace('\n', "\r\n"),
            nameless.replace("event: message_delta\n", ""),
            // A name, and a type that stands behind other members.
            whole.replace(
                "{\"type\":\"message_start\",",
                "{\"more\":{},\"type\":\"message_start\",",
            ),
        ] {
            let expected = [(Some("m".to_owned()), Some(7), None), (None, None, Some(9))];
            assert_eq!(counted(&text), expected, "{text}");
        }
    }

    /// Of a text that comes in pieces of a size, what was known to be about an error.
    fn about_an_error(text: &str, size: usize) -> String {
        let mut watch = Watch::default();
        let pieces = text.as_bytes().chunks(size);
        let found = pieces.flat_map(|piece| {
            watch.see(piece);
            watch.error_from().map_or(&b""[..], |at| &piece[at..])
        });
        String::from_utf8(found.copied().collect()).unwrap()
    }

    #[test]
    fn where_an_error_begins_is_known_before_its_words_come() {
        let named =
            "event: error\ndata: {\"error\":{\"message\":\"words\"},\"type\":\"error\"}\n\n";
        let data = "data: {\"message\":\"words\"}\n";
        for error in [
            named.to_owned(),
            named.replace('\n', "\r\n"),
            named.replace('\n', "\r"),
            named.replace(": ", ":"),
            // The name may stand behind, and the data in several lines.
            format!("{data}event: error\n\n"),
            format!("{data}event:error\n\n").replace('\n', "\r"),
            "data: {\ndata: \"message\":\ndata: \"words\"}\nevent: error\n\n".to_owned(),
            "data: {\"type\":\ndata: \"error\", \"message\": \"words\"}\n\n".to_owned(),
            "id: 1\ndata:words\"\nevent: error\n\n".to_owned(),
            named.replace("event: error\n", ""),
            "data: { \"type\" : \"error\", \"error\": {\"message\": \"words\"}}\n\n".to_owned(),
        ] {
            let text = format!("{DELTA}{error}: more\n");
            for size in 1..=text.len() {
                let found = about_an_error(&text, size);
                assert!(found.contains("words\""), "{size}: {found}, of {error:?}");
                assert!(text.ends_with(&found), "{size}: {found}");
                assert!(!found.contains("delta"), "{size}: {found}");
            }
        }
        // As the first that comes, behind a byte order mark.
        for error in [
            "event: error\ndata: words\"\n\n",
            "data: words\"\nevent: error\n\n",
        ] {
            let text = format!("\u{feff}{error}");
            for size in 1..=text.len() {
                let found = about_an_error(&text, size);
                assert!(found.contains("words\""), "{size}: {found}");
            }
        }
        let ping = "event: ping\ndata: {\"type\": \"ping\"}\n\n";
        for none in [
            DELTA,
            STOP,
            ping,
            "\u{feff}data: {\"type\":\"ping\"}\n\n",
            "event: errors\n\n",
            ": error\n\n",
        ] {
            assert_eq!(about_an_error(none, none.len()), "", "{none}");
        }
    }

    #[test]
    fn what_has_no_counts_is_not_kept() {
        let mut watch = Watch::default();
        let long = DELTA.replace("stop", &"x".repeat(100_000));
        watch.see(&long.as_bytes()[..90_000]);
        assert!(watch.line.capacity() <= 2 * ENOUGH);
        watch.see(&long.as_bytes()[90_000..]);
        assert_eq!(watch.counts().count(), 0);
        // One that is too long is passed over, and held no longer than it may be.
        let endless = format!(
            "data: {{\"type\":\"message_start\",\"x\":\"{}",
            "x".repeat(200_000)
        );
        watch.see(endless.as_bytes());
        assert_eq!(watch.line.len(), LONGEST);
        watch.see(b"\"}\n\n");
        assert_eq!(watch.counts().count(), 0);
        watch.see(STOP.as_bytes());
        assert_eq!(watch.end(), Some(End::Stop));
    }
}
