//! What a test tells the emulator to answer next.

use serde_json::Value;

use crate::gate::Gate;

/// One answer, written by a test. It is given to the next valid request, streamed or not.
///
/// ```
/// use hearth_emulator::Script;
/// let greeting = Script::reply(["Hel", "lo"]);
/// let cut = Script::reply(["Hel", "lo"]).cut_after_events(3);
/// let (held, gate) = Script::reply(["Hel", "lo"]).gate();
/// gate.release(1);
/// # let _ = (greeting, cut, held);
/// ```
#[derive(Debug, Clone)]
pub struct Script {
    pub(crate) opening: Opening,
    pub(crate) parts: Vec<Part>,
    pub(crate) stop: Stop,
    pub(crate) limit: Option<Limit>,
    pub(crate) gate: Option<Gate>,
}

/// How an answer begins.
#[derive(Debug, Clone)]
pub(crate) enum Opening {
    /// 200 with a message.
    Message,
    /// 200 `text/event-stream` with exactly these bytes.
    Bytes(Vec<u8>),
    /// Any status with any body.
    Status {
        status: u16,
        headers: Vec<(String, String)>,
        body: String,
    },
    /// The connection closes without an answer.
    HangUp,
    /// The connection stays open without an answer.
    Silence,
}

/// A content block or something else between the events.
#[derive(Debug, Clone)]
pub(crate) enum Part {
    Thinking(Vec<String>),
    Text(Vec<String>),
    ToolUse {
        name: String,
        fragments: Vec<String>,
    },
    /// Arrives whole in `content_block_start`.
    Whole(Value),
    /// Any event, in its place.
    Event {
        name: String,
        data: String,
    },
}

/// `stop_reason` and what belongs to it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop {
    /// None: `tool_use` when the last block is one, else `end_turn`.
    pub(crate) reason: Option<String>,
    pub(crate) sequence: Option<String>,
    pub(crate) details: Value,
}

/// Where an answer ends early, and what comes instead of the rest.
#[derive(Debug, Clone)]
pub(crate) struct Limit {
    pub(crate) at: At,
    pub(crate) then: Then,
}

/// A place in an answer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum At {
    /// After that many bytes of the body.
    Bytes(usize),
    /// After that many events.
    Events(usize),
    /// Half-way through the event after these.
    Inside(usize),
}

/// What comes where an answer ends early.
#[derive(Debug, Clone)]
pub(crate) enum Then {
    /// The connection ends.
    Break,
    /// The connection is reset.
    Reset,
    /// Silence.
    Stall,
    /// The proper end of a body, without `message_stop`.
    End,
    /// An `error` event and the proper end.
    Error { kind: String, message: String },
}

impl Script {
    fn opening(opening: Opening) -> Script {
        Script {
            opening,
            parts: Vec::new(),
            stop: Stop::default(),
            limit: None,
            gate: None,
        }
    }

    /// An answer without any content, to which blocks can be added.
    pub fn message() -> Script {
        Script::opening(Opening::Message)
    }

    /// One text block; each piece is a delta.
    pub fn reply<S: Into<String>>(pieces: impl IntoIterator<Item = S>) -> Script {
        Script::message().text(pieces)
    }

    /// The status, headers and body given, instead of a message.
    pub fn status(
        status: u16,
        headers: impl IntoIterator<Item = (&'static str, &'static str)>,
        body: impl Into<String>,
    ) -> Script {
        let headers = headers
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Script::opening(Opening::Status {
            status,
            headers: headers.collect(),
            body: body.into(),
        })
    }

    /// 200 `text/event-stream` whose body is these bytes, cut into chunks by the seed.
    pub fn raw_sse(bytes: impl Into<Vec<u8>>) -> Script {
        Script::opening(Opening::Bytes(bytes.into()))
    }

    /// The connection closes without a byte of an answer.
    pub fn hang_up() -> Script {
        Script::opening(Opening::HangUp)
    }

    /// No answer at all: the connection stays open until the client closes it.
    pub fn silence() -> Script {
        Script::opening(Opening::Silence)
    }

    fn part(mut self, part: Part) -> Script {
        self.parts.push(part);
        self
    }

    /// Adds a text block; each piece is a delta.
    #[must_use]
    pub fn text<S: Into<String>>(self, pieces: impl IntoIterator<Item = S>) -> Script {
        self.part(Part::Text(pieces.into_iter().map(Into::into).collect()))
    }

    /// Adds a thinking block; each piece is a delta. The signature is the emulator's own and
    /// checked when the block comes back. No pieces: as with `display: omitted`.
    #[must_use]
    pub fn thinking<S: Into<String>>(self, pieces: impl IntoIterator<Item = S>) -> Script {
        self.part(Part::Thinking(pieces.into_iter().map(Into::into).collect()))
    }

    /// Adds a tool call; each fragment of its input is a delta, after the empty first one.
    #[must_use]
    pub fn tool_use<S: Into<String>>(
        self,
        name: impl Into<String>,
        fragments: impl IntoIterator<Item = S>,
    ) -> Script {
        let fragments = fragments.into_iter().map(Into::into).collect();
        self.part(Part::ToolUse {
            name: name.into(),
            fragments,
        })
    }

    /// Adds a block that arrives whole, of a kind that nobody may know yet. When it comes
    /// back in a later request it is taken.
    #[must_use]
    pub fn block(self, block: Value) -> Script {
        self.part(Part::Whole(block))
    }

    /// Adds any event in this place; `data` is sent as it is and may not contain line ends.
    #[must_use]
    pub fn event(self, name: impl Into<String>, data: impl Into<String>) -> Script {
        self.part(Part::Event {
            name: name.into(),
            data: data.into(),
        })
    }

    /// Ends with this `stop_reason`. Otherwise: `tool_use` after a tool call, else `end_turn`.
    #[must_use]
    pub fn stop(mut self, reason: impl Into<String>) -> Script {
        self.stop.reason = Some(reason.into());
        self
    }

    /// Ends with this `stop_details`.
    #[must_use]
    pub fn stop_details(mut self, details: Value) -> Script {
        self.stop.details = details;
        self
    }

    fn limit(mut self, at: At, then: Then) -> Script {
        self.limit = Some(Limit { at, then });
        self
    }

    /// Breaks the connection after `n` bytes of the body.
    #[must_use]
    pub fn cut_after_bytes(self, n: usize) -> Script {
        self.limit(At::Bytes(n), Then::Break)
    }

    /// Resets the connection after `n` bytes of the body.
    #[must_use]
    pub fn reset_after_bytes(self, n: usize) -> Script {
        self.limit(At::Bytes(n), Then::Reset)
    }

    /// Sends `n` bytes of the body and then nothing, until the client closes the connection.
    #[must_use]
    pub fn stall_after_bytes(self, n: usize) -> Script {
        self.limit(At::Bytes(n), Then::Stall)
    }

    /// Breaks the connection after `n` events, `message_start` being the first.
    #[must_use]
    pub fn cut_after_events(self, n: usize) -> Script {
        self.limit(At::Events(n), Then::Break)
    }

    /// Breaks the connection half-way through the event after the first `n`.
    #[must_use]
    pub fn cut_inside_event(self, n: usize) -> Script {
        self.limit(At::Inside(n), Then::Break)
    }

    /// Ends the body properly after `n` events: an end that only the missing
    /// `message_stop` gives away.
    #[must_use]
    pub fn end_after_events(self, n: usize) -> Script {
        self.limit(At::Events(n), Then::End)
    }

    /// Sends `n` events and then nothing, until the client closes the connection.
    #[must_use]
    pub fn stall_after_events(self, n: usize) -> Script {
        self.limit(At::Events(n), Then::Stall)
    }

    /// Sends `n` events, an `error` event, and ends.
    #[must_use]
    pub fn error_after_events(
        self,
        n: usize,
        kind: impl Into<String>,
        message: impl Into<String>,
    ) -> Script {
        let (kind, message) = (kind.into(), message.into());
        self.limit(At::Events(n), Then::Error { kind, message })
    }

    /// Holds back each delta, and then the ending, until the test releases it.
    pub fn gate(mut self) -> (Script, Gate) {
        let gate = Gate::closed();
        self.gate = Some(gate.clone());
        (self, gate)
    }
}
