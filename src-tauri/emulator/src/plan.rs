//! Events → chunks: where the bytes are cut, where they wait, and how they end.
//!
//! Pure: the same frames and the same seed give the same plan.

use std::collections::VecDeque;

use bytes::Bytes;

use crate::frames::{Frame, Moment, event};
use crate::gate::Gate;
use crate::random::Random;
use crate::script::Limit;

/// What a body does next.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// One chunk of the body.
    Chunk(Bytes),
    /// Waits until the pace allows so many more tokens.
    Tokens(u32),
    /// Waits for the test.
    Gate(Gate),
    /// Says nothing more and stays.
    Stall,
    /// Breaks the connection.
    Break,
}

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
    let last = end(&mut frames, limit, request_id);
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
    chunks.steps.extend(last);
    match limit {
        Some(Limit::CutBytes(n)) => cut(chunks.steps, *n),
        _ => chunks.steps,
    }
}

/// The way from one text to a body that is cut by the seed but does not wait.
pub(crate) fn text(bytes: &[u8], limit: Option<&Limit>, mut random: Random) -> VecDeque<Step> {
    let mut chunks = Chunks::default();
    let mut rest = bytes;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.len().min(1 + random.below(200)));
        chunks.push(piece, &mut random);
        rest = after;
    }
    chunks.flush();
    let half = bytes.len() / 2;
    match limit {
        None | Some(Limit::EndEvents(_) | Limit::ErrorEvents { .. }) => chunks.steps,
        Some(Limit::CutBytes(n)) => cut(chunks.steps, *n),
        Some(Limit::CutEvents(_) | Limit::CutInside(_)) => cut(chunks.steps, half),
        Some(Limit::StallEvents(_)) => {
            let mut steps = cut(chunks.steps, half);
            steps.pop_back();
            steps.push_back(Step::Stall);
            steps
        }
    }
}

/// Shortens the events as the limit says; what the body does after them.
fn end(frames: &mut Vec<Frame>, limit: Option<&Limit>, request_id: &str) -> Option<Step> {
    match limit? {
        Limit::CutBytes(_) => None,
        Limit::CutEvents(n) => {
            frames.truncate(*n);
            Some(Step::Break)
        }
        Limit::CutInside(n) => {
            frames.truncate(n + 1);
            if let Some(last) = frames.last_mut() {
                last.bytes.truncate(last.bytes.len() / 2);
            }
            Some(Step::Break)
        }
        Limit::EndEvents(n) => {
            frames.truncate(*n);
            None
        }
        Limit::StallEvents(n) => {
            frames.truncate(*n);
            Some(Step::Stall)
        }
        Limit::ErrorEvents {
            after,
            kind,
            message,
        } => {
            frames.truncate(*after);
            let data = crate::refusal::error_body(kind, message, None, request_id);
            let bytes = event("error", &data.to_string());
            frames.push(Frame {
                bytes,
                moment: Moment::Framing,
            });
            None
        }
    }
}

fn cut(steps: VecDeque<Step>, mut left: usize) -> VecDeque<Step> {
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
    kept.push_back(Step::Break);
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
