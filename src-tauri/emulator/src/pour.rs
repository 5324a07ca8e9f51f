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
use crate::wire::Wire;

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
    endless: usize,
    exchange: Open,
    wire: Wire,
}

/// Nobody reads further than this.
const MOST_ENDLESS: usize = 512 * 1024 * 1024;

/// A body that follows the plan and writes its end into the log.
pub(crate) fn body(steps: VecDeque<Step>, pace: Pace, exchange: Open, wire: Wire) -> Body {
    let pour = Pour {
        steps,
        pace,
        began: Instant::now(),
        tokens: 0,
        endless: 0,
        exchange,
        wire,
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
                Some(Step::Wait(time)) => tokio::time::sleep(time).await,
                Some(Step::Endless(chunk)) => {
                    self.endless += chunk.len();
                    if self.endless < MOST_ENDLESS {
                        self.steps.push_front(Step::Endless(chunk.clone()));
                    }
                    return Some(Ok(chunk));
                }
                Some(Step::Stall) => std::future::pending().await,
                Some(Step::Reset) => {
                    self.wire.reset_at_end();
                    self.steps.push_front(Step::Break);
                }
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

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::log::{Log, Received};

    /// Virtual time: the sleeps are real, the clock is not.
    #[tokio::test(start_paused = true)]
    async fn tokens_come_at_the_pace() {
        let log = Log::new(CancellationToken::new());
        let exchange = log.begin(Received {
            n: 0,
            method: String::new(),
            path: String::new(),
            headers: axum::http::HeaderMap::new(),
            body: String::new(),
            deployment: None,
        });
        let chunk = || Step::Chunk(Bytes::from_static(b"x"));
        let steps = [Step::Tokens(20), chunk(), Step::Tokens(1), chunk(), chunk()];
        let mut body = body(
            VecDeque::from(steps),
            Pace::PerSecond(10.0),
            exchange,
            Wire::default(),
        );
        let began = Instant::now();
        let mut arrivals = Vec::new();
        while let Some(frame) = body.frame().await {
            frame.expect("a chunk");
            arrivals.push(began.elapsed().as_millis());
        }
        assert_eq!(arrivals, [2000, 2100, 2100]);
        assert_eq!(log.snapshot()[0].ending, Some(Ending::Answered));
    }

    #[test]
    fn odd_paces_are_no_trouble() {
        assert_eq!(Pace::Instant.of(5), Duration::ZERO);
        assert_eq!(Pace::PerSecond(0.0).of(5), Duration::ZERO);
        assert_eq!(Pace::PerSecond(f64::NAN).of(5), Duration::ZERO);
        assert_eq!(Pace::PerSecond(1e-300).of(1), Duration::from_secs(3600));
    }
}
