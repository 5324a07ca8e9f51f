//! Asks as chat asks, and looks at how the answer comes.

use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hearth_foundry::{ApiVersion, Failure, Progress};
use hearth_wire::{
    Assembler, BadSequence, Block, BlockKind, Delta, MessagesRequest, StopReason, StreamEvent,
};

use crate::connection::Used;
use crate::turn::Plan;

/// The longest pause before another attempt that a walk waits for. Whoever asks for more is
/// busy, and that is what the person is told.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);

/// An answer that takes less than this is too quick to say whether it was held back.
const TOO_QUICK: Duration = Duration::from_secs(1);

/// Bytes of text that no stream brings in one event.
const A_FEW_WORDS: usize = 60;

/// How often is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attempts {
    /// As often as chat would.
    AsChat,
    /// Once: what is tried has failed already, or only has to show whether it works now.
    Once,
}

/// How far an answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Until {
    /// To the first sign that the request was accepted: the rest is not needed, and dropped.
    Accepted,
    /// To its end.
    End,
}

/// What came.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) model: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) apim_request_id: Option<String>,
    /// From the question to the first word.
    pub(super) first_word: Option<Duration>,
    /// From the question to the last.
    pub(super) last_word: Option<Duration>,
    pub(super) blocks: Vec<Block>,
    /// How many events its text came in.
    pub(super) pieces: usize,
    pub(super) stop_reason: Option<StopReason>,
}

impl Answer {
    /// All of it came at once: after a time in which it was being written, or as one piece
    /// where a stream would have had many.
    pub(super) fn was_held_back(&self) -> bool {
        let (Some(first), Some(last)) = (self.first_word, self.last_word) else {
            return false;
        };
        let texts = self.blocks.iter().filter_map(|block| match block.view() {
            BlockKind::Text { text } => Some(text.len()),
            _ => None,
        });
        let (blocks, bytes) =
            texts.fold((0, 0), |(blocks, bytes), text| (blocks + 1, bytes + text));
        held_back(first, last) || (self.pieces <= blocks && bytes > A_FEW_WORDS)
    }
}

fn held_back(first: Duration, last: Duration) -> bool {
    last >= TOO_QUICK && last.saturating_sub(first) < last / 20
}

/// Asks, as the plan's connection does; `first` is called at the first word.
///
/// # Errors
/// What chat would fail with. A pause that is too long is the failure that it follows.
pub(super) async fn ask(
    plan: &Plan,
    version: ApiVersion,
    request: MessagesRequest,
    attempts: Attempts,
    until: Until,
    mut first: impl FnMut(&Answer),
) -> Result<Answer, Failure> {
    let used: &Used = &plan.used;
    let mut stream = std::pin::pin!(used.client.stream(&plan.target(version), request));
    let mut assembler = Assembler::default();
    let mut answer = Answer::default();
    let mut asked = Instant::now();
    while let Some(step) = stream.next().await {
        match step? {
            Progress::Asking { .. } => {
                asked = Instant::now();
                assembler = Assembler::default();
                answer = Answer::default();
            }
            // No pause at all means that a refused token was renewed; chat asks again then, too.
            Progress::Waiting { delay, .. } if delay.is_zero() => {}
            Progress::Waiting { delay, reason, .. }
                if attempts == Attempts::Once || delay > LONGEST_PAUSE =>
            {
                return Err(reason);
            }
            Progress::Waiting { .. } => {}
            Progress::Opened {
                request_id,
                apim_request_id,
                ..
            } => {
                answer.request_id = request_id;
                answer.apim_request_id = apim_request_id;
            }
            Progress::Event { event, .. } => {
                match &event {
                    StreamEvent::MessageStart(start) => answer.model = start.model.clone(),
                    StreamEvent::BlockStart { .. } | StreamEvent::BlockDelta { .. } => {
                        if matches!(
                            &event,
                            StreamEvent::BlockDelta {
                                delta: Delta::Text(_),
                                ..
                            }
                        ) {
                            answer.pieces += 1;
                        }
                        answer.last_word = Some(asked.elapsed());
                        if answer.first_word.is_none() {
                            answer.first_word = answer.last_word;
                            first(&answer);
                        }
                    }
                    _ => {}
                }
                if until == Until::Accepted && answer.model.is_some() {
                    return Ok(answer);
                }
                let unreadable = |bad: BadSequence| Failure::Unexpected {
                    what: hearth_foundry::Oddity::Unreadable(bad.to_string()),
                    ids: hearth_foundry::Ids::default(),
                };
                assembler.push(&event).map_err(unreadable)?;
            }
        }
    }
    let assembled = assembler.finish();
    answer.stop_reason = assembled.stop_reason;
    answer.blocks = assembled.blocks.into_iter().map(|it| it.block).collect();
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_comes_all_at_once_was_held_back() {
        let ms = Duration::from_millis;
        assert!(held_back(ms(2_990), ms(3_000)));
        assert!(held_back(ms(1_000), ms(1_000)));
        assert!(!held_back(ms(600), ms(3_000)));
        assert!(!held_back(ms(2_000), ms(2_200)));
        // Too quick to say.
        assert!(!held_back(ms(900), ms(901)));
    }
}
