//! Whether a stream of events that passes by has come to its end: after `message_stop` or an
//! error it has, before it was cut (<https://platform.claude.com/docs/en/build-with-claude/streaming>).
//!
//! It looks at the beginnings of lines only and keeps nothing else, so that passing on costs
//! next to nothing.

/// As much of a line as has to be seen to know it.
const ENOUGH: usize = 96;

/// What has passed by so far.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    /// The beginning of the line that passes.
    line: Vec<u8>,
    /// The line has something in it.
    began: bool,
    /// The last byte was a carriage return: a line feed after it ends the same line.
    returned: bool,
    /// Lines since the last empty one.
    lines: usize,
    /// The event that passes is the last.
    last: bool,
    ended: bool,
}

impl Watch {
    /// Looks at the next bytes.
    pub(crate) fn see(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if self.returned && rest.first() == Some(&b'\n') {
            rest = &rest[1..];
        }
        if !bytes.is_empty() {
            self.returned = false;
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.keep(&rest[..at]);
            self.line_ends();
            let pair = rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n');
            self.returned = rest[at] == b'\r' && at + 1 == rest.len();
            rest = &rest[at + 1 + usize::from(pair)..];
        }
        self.keep(rest);
    }

    /// The stream said that it is over, or that it failed.
    pub(crate) fn has_ended(&self) -> bool {
        self.ended
    }

    /// No event is half said, so another one can follow.
    pub(crate) fn is_between_events(&self) -> bool {
        !self.began && self.lines == 0
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.began |= !bytes.is_empty();
        let room = ENOUGH - self.line.len();
        self.line.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn line_ends(&mut self) {
        if !self.began {
            self.ended |= self.last;
            self.lines = 0;
            self.last = false;
        } else {
            self.lines += 1;
            self.last |= is_last(&self.line);
        }
        self.line.clear();
        self.began = false;
    }
}

/// The line names the last event, as its name or, where names were lost, as its type.
fn is_last(line: &[u8]) -> bool {
    let field = |name: &[u8]| {
        let value = line.strip_prefix(name)?;
        Some(value.strip_prefix(b" ").unwrap_or(value))
    };
    if let Some(name) = field(b"event:") {
        return matches!(name, b"message_stop" | b"error");
    }
    let Some(data) = field(b"data:") else {
        return false;
    };
    let mut plain = data
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace());
    [&b"{\"type\":\"message_stop\""[..], b"{\"type\":\"error\""]
        .iter()
        .any(|start| plain.clone().take(start.len()).eq(start.iter().copied()))
        && plain.next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"event: message_stop\\n\\n\"}}\n\n";
    const STOP: &str = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

    /// What is known after the text came in pieces of every size.
    fn seen(text: &str) -> (bool, bool) {
        let mut outcomes = (1..=text.len().max(1)).map(|size| {
            let mut watch = Watch::default();
            text.as_bytes()
                .chunks(size)
                .for_each(|piece| watch.see(piece));
            (watch.has_ended(), watch.is_between_events())
        });
        let first = outcomes.next().unwrap_or_default();
        assert!(outcomes.all(|outcome| outcome == first), "{text:?}");
        first
    }

    #[test]
    fn an_end_is_seen_however_it_is_cut_and_spelled() {
        for text in [
            STOP.to_owned(),
            format!("{DELTA}{STOP}"),
            STOP.replace('\n', "\r\n"),
            STOP.replace('\n', "\r"),
            STOP.replace(": ", ":"),
            "data: {\"type\": \"message_stop\"}\n\n".to_owned(),
            "event: error\ndata: {\"type\":\"error\",\"error\":{}}\n\n".to_owned(),
        ] {
            assert_eq!(seen(&text), (true, true), "{text:?}");
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
            (&STOP[..STOP.len() - 1], false),
            (
                "data: {\"type\":\"ping\",\"x\":{\"type\":\"message_stop\"}}\n\n",
                true,
            ),
            ("data: half", false),
        ] {
            assert_eq!(seen(text), (false, between), "{text:?}");
        }
    }
}
