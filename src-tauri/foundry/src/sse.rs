//! Server-sent events out of a byte stream that may be cut anywhere.
//!
//! `eventsource-stream` does the parsing. Left alone it panics on a byte order mark, holds back
//! an event whose last line ends in a lone CR, refuses invalid UTF-8, has no limit, and goes over
//! an unfinished line again with every chunk. So it is handed whole lines, already decoded, that
//! end in LF; every case of the WHATWG algorithm
//! (<https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation>)
//! then holds, whatever the chunks.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use eventsource_stream::{EventStream, EventStreamError};
use futures_util::Stream;

/// Most bytes that a line, or an event without its comments, may have: 16 MiB. The largest event
/// of the Messages API is a block that arrives in one piece, and a whole request is at most 32 MB.
pub(crate) const LIMIT: usize = 16 * 1024 * 1024;

/// One event as it was dispatched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SseEvent {
    /// The `event` field, or `message`.
    pub(crate) name: String,
    /// The `data` lines, joined by LF.
    pub(crate) data: String,
}

/// Why there are no more events.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SseError<E> {
    #[error("a line or an event is longer than {LIMIT} bytes")]
    TooLong,
    #[error(transparent)]
    Transport(E),
    #[error("not a line of an event stream")]
    Malformed,
}

/// The events of `bytes`. An event that the end of the stream cuts short is dropped, as the
/// standard says.
pub(crate) struct Events<S> {
    events: EventStream<LineStream<S>>,
}

impl<S> Events<S> {
    pub(crate) fn new(bytes: S) -> Self {
        Self {
            events: EventStream::new(LineStream {
                bytes,
                lines: Lines::new(),
                state: State::Reading,
            }),
        }
    }
}

impl<S, E> Stream for Events<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    type Item = Result<SseEvent, SseError<E>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Pin::new(&mut self.events).poll_next(cx).map(|item| {
            item.map(|event| match event {
                Ok(event) => Ok(SseEvent {
                    name: event.event,
                    data: event.data,
                }),
                Err(EventStreamError::Transport(error)) => Err(error),
                // Lines are strings that end in LF, so neither can happen.
                Err(EventStreamError::Utf8(_) | EventStreamError::Parser(_)) => {
                    Err(SseError::Malformed)
                }
            })
        })
    }
}

/// A stream of lines out of a stream of chunks.
struct LineStream<S> {
    bytes: S,
    lines: Lines,
    state: State,
}

/// How far a stream of lines is.
enum State {
    Reading,
    /// It fails as soon as the lines are told that were whole before the one that is too long:
    /// they may have come in the same chunk.
    Failing(TooLong),
    Over,
}

impl<S, E> Stream for LineStream<S>
where
    S: Stream<Item = Result<Bytes, E>> + Unpin,
{
    type Item = Result<String, SseError<E>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            if let Some(line) = self.lines.whole.pop_front() {
                return Poll::Ready(Some(Ok(line)));
            }
            match self.state {
                State::Reading => {}
                State::Failing(TooLong) => {
                    self.state = State::Over;
                    return Poll::Ready(Some(Err(SseError::TooLong)));
                }
                State::Over => return Poll::Ready(None),
            }
            match Pin::new(&mut self.bytes).poll_next(cx) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(None) => self.state = State::Over,
                Poll::Ready(Some(Ok(chunk))) => {
                    if let Err(too_long) = self.lines.push(&chunk) {
                        self.state = State::Failing(too_long);
                    }
                }
                Poll::Ready(Some(Err(error))) => {
                    self.state = State::Over;
                    return Poll::Ready(Some(Err(SseError::Transport(error))));
                }
            }
        }
    }
}

#[derive(Debug)]
struct TooLong;

/// The pure part: bytes in, whole lines out. CR, LF and CRLF all end a line, and none of them can
/// stand inside a UTF-8 sequence, so lines are cut as bytes and decoded afterwards.
struct Lines {
    whole: VecDeque<String>,
    unfinished: Vec<u8>,
    after_cr: bool,
    at_start: bool,
    /// Bytes of the event so far that the parser keeps.
    event: usize,
}

impl Lines {
    fn new() -> Self {
        Self {
            // An empty line dispatches nothing. It stands before everything so that the parser
            // never looks for a byte order mark, which it cannot handle: not even for a second
            // one, which is a letter of a field's name.
            whole: VecDeque::from(["\n".to_owned()]),
            unfinished: Vec::new(),
            after_cr: false,
            at_start: true,
            event: 0,
        }
    }

    fn push(&mut self, mut chunk: &[u8]) -> Result<(), TooLong> {
        while !chunk.is_empty() {
            if std::mem::take(&mut self.after_cr) && chunk[0] == b'\n' {
                chunk = &chunk[1..];
                continue;
            }
            let Some(end) = memchr::memchr2(b'\r', b'\n', chunk) else {
                self.extend(chunk)?;
                return Ok(());
            };
            self.extend(&chunk[..end])?;
            self.finish_line()?;
            self.after_cr = chunk[end] == b'\r';
            chunk = &chunk[end + 1..];
        }
        Ok(())
    }

    fn extend(&mut self, part: &[u8]) -> Result<(), TooLong> {
        if self.unfinished.len() + part.len() > LIMIT {
            return Err(TooLong);
        }
        self.unfinished.extend_from_slice(part);
        Ok(())
    }

    fn finish_line(&mut self) -> Result<(), TooLong> {
        let mut bytes = self.unfinished.as_slice();
        if std::mem::take(&mut self.at_start) {
            bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        }
        match bytes.first() {
            None => self.event = 0,
            Some(b':') => {}
            Some(_) => self.event += bytes.len(),
        }
        if self.event > LIMIT {
            return Err(TooLong);
        }
        let decoded = String::from_utf8_lossy(bytes);
        let mut line = String::with_capacity(decoded.len() + 1);
        line.push_str(&decoded);
        line.push('\n');
        self.whole.push_back(line);
        // A huge line's room is given back; an ordinary one's is used again.
        self.unfinished.clear();
        self.unfinished.shrink_to(64 * 1024);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
