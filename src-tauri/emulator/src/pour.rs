//! A plan, carried out as the body of a response.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream;
use tokio::time::Instant;

use crate::log::{Ending, Open};
use crate::plan::Step;

/// How fast answers are given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Pace {
    /// So many tokens a second; a token is about four characters.
    PerSecond(f64),
    /// As fast as the client reads.
    Instant,
}

impl Pace {
    fn of(self, tokens: u64) -> Duration {
        match self {
            Pace::PerSecond(rate) if rate > 0.0 => {
                // A pace slower than a token an hour is a typing error, not a wish.
                Duration::try_from_secs_f64(tokens as f64 / rate.max(1.0 / 3600.0))
                    .unwrap_or_default()
            }
            Pace::PerSecond(_) | Pace::Instant => Duration::ZERO,
        }
    }
}

struct Pour {
    steps: VecDeque<Step>,
    pace: Pace,
    began: Instant,
    tokens: u64,
    exchange: Open,
}

/// A body that follows the plan and writes its end into the log.
pub(crate) fn body(steps: VecDeque<Step>, pace: Pace, exchange: Open) -> Body {
    let pour = Pour {
        steps,
        pace,
        began: Instant::now(),
        tokens: 0,
        exchange,
    };
    Body::from_stream(stream::unfold(Some(pour), |pour| async move {
        let mut pour = pour?;
        match pour.next().await {
            Some(Ok(chunk)) => Some((Ok(chunk), Some(pour))),
            Some(Err(broken)) => Some((Err(broken), None)),
            None => None,
        }
    }))
}

impl Pour {
    async fn next(&mut self) -> Option<io::Result<Bytes>> {
        loop {
            match self.steps.pop_front() {
                Some(Step::Chunk(chunk)) => return Some(Ok(chunk)),
                Some(Step::Tokens(tokens)) => {
                    self.tokens += u64::from(tokens);
                    // From the beginning of the answer, so that late timers do not add up.
                    tokio::time::sleep_until(self.began + self.pace.of(self.tokens)).await;
                }
                Some(Step::Gate(gate)) => gate.pass().await,
                Some(Step::Stall) => std::future::pending().await,
                Some(Step::Break) => {
                    // hyper flushes what was said before only when the body is not ready.
                    tokio::task::yield_now().await;
                    self.exchange.end(Ending::Broken);
                    return Some(Err(io::Error::other("the answer breaks off here")));
                }
                None => {
                    self.exchange.end(Ending::Answered);
                    return None;
                }
            }
        }
    }
}
