//! Events → chunks: where the bytes are cut, where they wait, and how they end.
//!
//! Pure: the same frames and the same seed give the same plan.

use std::collections::VecDeque;
use std::time::Duration;

use bytes::Bytes;

use crate::frames::{Frame, Moment, event};
use crate::gate::Gate;
use crate::random::Random;
use crate::script::{At, Limit, Then};

/// What a body does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// One chunk of the body.
    Chunk(Bytes),
    /// Waits until the pace allows so many more tokens.
    Tokens(u32),
    /// Waits for the test.
    Gate(Gate),
    /// Waits, whatever the pace.
    Wait(Duration),
    /// This chunk again and again, until the client goes.
    Endless(Bytes),
    /// Says nothing more and stays.
    Stall,
    /// Breaks the connection.
    Break,
    /// Resets the connection.
    Reset,
}

/// A body above this size is cut into larger chunks.
const HUGE: usize = 1024 * 1024;
/// Tokens' worth of waiting before the first one, as a model takes to begin.
const BEFORE_FIRST_TOKEN: u32 = 20;

/// The way from events to a body.
pub(crate) fn stream(
    mut frames: Vec<Frame>,
    limit: Option<&Limit>,
    gate: Option<&Gate>,
    mut random: Random,
    request_id: &str,
) -> VecDeque<Step> {
    if let Some(limit) = limit {
        shorten(&mut frames, limit, request_id);
    }
    let mut chunks = Chunks::default();
    let mut begun = false;
    for frame in &frames {
        match (frame.moment, gate) {
            (Moment::Framing, _) => {}
            (Moment::Token | Moment::Ending, Some(gate)) => chunks.wait(Step::Gate(gate.clone())),
            (Moment::Ending, None) => {}
            (Moment::Token, None) if begun => chunks.steps.push_back(Step::Tokens(1)),
            (Moment::Token, None) => {
                begun = true;
                chunks.wait(Step::Tokens(BEFORE_FIRST_TOKEN));
            }
        }
        chunks.push(&frame.bytes, &mut random);
    }
    chunks.flush();
    match limit {
        Some(Limit {
            at: At::Bytes(n),
            then,
        }) => cut(chunks.steps, *n, then),
        Some(Limit { then, .. }) => {
            chunks.steps.extend(then.step());
            chunks.steps
        }
        None => chunks.steps,
    }
}

/// The way from one text to a body that is cut by the seed but does not wait.
pub(crate) fn text(bytes: &[u8], limit: Option<&Limit>, mut random: Random) -> VecDeque<Step> {
    let mut chunks = Chunks::default();
    let mut rest = bytes;
    // What is huge is not torn into a million pieces.
    let most = if bytes.len() > HUGE { 64 * 1024 } else { 200 };
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(most)));
        chunks.push(piece, &mut random);
        rest = after;
    }
    chunks.flush();
    match limit {
        None => chunks.steps,
        // In one piece an error is told by the status.
        Some(Limit {
            then: Then::Error { .. },
            ..
        }) => chunks.steps,
        Some(Limit {
            at: At::Bytes(n),
            then,
        }) => cut(chunks.steps, *n, then),
        Some(Limit { then, .. }) => cut(chunks.steps, bytes.len() / 2, then),
    }
}

impl Then {
    fn step(&self) -> Option<Step> {
        match self {
            Then::Break => Some(Step::Break),
            Then::Reset => Some(Step::Reset),
            Then::Stall => Some(Step::Stall),
            Then::End | Then::Error { .. } => None,
        }
    }
}

/// Shortens the events as the limit says.
fn shorten(frames: &mut Vec<Frame>, limit: &Limit, request_id: &str) {
    match limit.at {
        At::Bytes(_) => {}
        At::Events(n) => frames.truncate(n),
        At::Inside(n) => {
            frames.truncate(n + 1);
            if let Some(last) = frames.last_mut() {
                last.bytes.truncate(last.bytes.len() / 2);
            }
        }
    }
    if let Then::Error { kind, message } = &limit.then {
        let data = crate::refusal::error_body(kind, message, None, request_id);
        frames.push(Frame {
            bytes: event("error", &data.to_string()),
            moment: Moment::Framing,
        });
    }
}

/// The first bytes of a body, and what comes instead of the rest.
fn cut(steps: VecDeque<Step>, mut left: usize, then: &Then) -> VecDeque<Step> {
    let mut kept = VecDeque::new();
    for step in steps {
        match step {
            Step::Chunk(bytes) if bytes.len() >= left => {
                kept.push_back(Step::Chunk(bytes.slice(..left)));
                break;
            }
            Step::Chunk(bytes) => {
                left -= bytes.len();
                kept.push_back(Step::Chunk(bytes));
            }
            other => kept.push_back(other),
        }
    }
    kept.extend(then.step());
    kept
}

/// Cuts bytes into chunks anywhere. Some of an event may lag behind and come with the next
/// one; before a wait that only someone else can end, everything is out.
#[derive(Default)]
struct Chunks {
    steps: VecDeque<Step>,
    lagging: Vec<u8>,
}

impl Chunks {
    fn push(&mut self, bytes: &[u8], random: &mut Random) {
        self.lagging.extend_from_slice(bytes);
        match random.below(4) {
            0 => self.flush(),
            1 | 2 => {
                let at = self.somewhere(random);
                self.chunk(at);
                self.flush();
            }
            _ => {
                let at = self.somewhere(random);
                self.chunk(at);
            }
        }
    }

    /// A place to cut at: one in two times inside a character, where there is one that
    /// takes several bytes.
    fn somewhere(&self, random: &mut Random) -> usize {
        let anywhere = random.below(self.lagging.len() + 1);
        let continuation = |byte: &u8| byte & 0b1100_0000 == 0b1000_0000;
        let inside = self.lagging.iter().skip(anywhere).position(continuation);
        match inside {
            Some(further) if random.below(2) == 0 => anywhere + further,
            Some(_) | None => anywhere,
        }
    }

    fn chunk(&mut self, length: usize) {
        if length > 0 {
            let rest = self.lagging.split_off(length);
            let chunk = std::mem::replace(&mut self.lagging, rest);
            self.steps.push_back(Step::Chunk(Bytes::from(chunk)));
        }
    }

    fn flush(&mut self) {
        self.chunk(self.lagging.len());
    }

    fn wait(&mut self, step: Step) {
        self.flush();
        self.steps.push_back(step);
    }
}
