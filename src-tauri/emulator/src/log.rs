//! What was asked and how each exchange ended: the evidence that tests look at.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long [`Log::wait_for`] waits before it says what it saw instead.
const PATIENCE: Duration = Duration::from_secs(10);

/// What is remembered: a demo may run for days.
const MOST_EXCHANGES: usize = 10_000;
const MOST_BYTES: usize = 256 * 1024 * 1024;

/// A request as it arrived, judged by nobody yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// Its number, from 1, in the order of arrival.
    pub n: u64,
    /// `GET`, `POST` …
    pub method: String,
    /// The path, with the query if there was one.
    pub path: String,
    /// The headers; names are lower case.
    pub headers: HeaderMap,
    /// The body as text; bytes that are not UTF-8 became U+FFFD.
    pub body: String,
    /// What `model` in the body named.
    pub deployment: Option<String>,
}

impl Received {
    /// The first header of that name, if it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// How an exchange ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The emulator said everything that it had to say.
    Answered,
    /// The client closed the connection before that. It is noticed at once, also while
    /// nothing is being sent.
    ClientGone,
    /// The emulator broke the connection, because a script, a fault or its own end asked for it.
    Broken,
}

/// A request, the status of its answer and its end, as far as they exist yet.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The request.
    pub received: Arc<Received>,
    /// The status, once the answer has begun.
    pub status: Option<u16>,
    /// The end, once it has come.
    pub ending: Option<Ending>,
}

/// What was waited for was not seen in time; the text shows what was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not seen within 10 s; seen instead:\n{0}")]
pub struct NotSeen(pub String);

/// The record of the exchanges since the start, the oldest forgotten when there are very
/// many. A cheap handle.
#[derive(Clone)]
pub(crate) struct Log {
    record: Arc<Mutex<Record>>,
    changed: watch::Sender<()>,
    stopping: CancellationToken,
}

#[derive(Default)]
struct Record {
    arrived: u64,
    bytes: usize,
    exchanges: VecDeque<Exchange>,
}

impl Record {
    fn add(&mut self, mut received: Received) -> Arc<Received> {
        self.arrived += 1;
        received.n = self.arrived;
        self.bytes += received.body.len();
        let received = Arc::new(received);
        self.exchanges.push_back(Exchange {
            received: received.clone(),
            status: None,
            ending: None,
        });
        while self.exchanges.len() > MOST_EXCHANGES || self.bytes > MOST_BYTES {
            let Some(oldest) = self.exchanges.pop_front() else {
                break;
            };
            self.bytes -= oldest.received.body.len();
        }
        received
    }
}

impl Log {
    pub(crate) fn new(stopping: CancellationToken) -> Log {
        Log {
            record: Arc::default(),
            changed: watch::Sender::new(()),
            stopping,
        }
    }

    pub(crate) fn snapshot(&self) -> Vec<Exchange> {
        self.lock().exchanges.iter().cloned().collect()
    }

    pub(crate) async fn wait_for(
        &self,
        seen: impl Fn(&[Exchange]) -> bool,
    ) -> Result<Vec<Exchange>, NotSeen> {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                let now = self.snapshot();
                if seen(&now) {
                    return now;
                }
                // The sender lives as long as `self`, so this only ever reports a change.
                let _ = changed.changed().await;
            }
        };
        tokio::time::timeout(PATIENCE, search)
            .await
            .map_err(|_| NotSeen(self.to_string()))
    }

    /// Writes a request down and returns what must be told its end.
    pub(crate) fn begin(&self, received: Received) -> Open {
        let received = self.lock().add(received);
        self.changed.send_replace(());
        Open {
            log: self.clone(),
            received,
            ended: false,
        }
    }

    fn note(&self, n: u64, write: impl FnOnce(&mut Exchange)) {
        let mut record = self.lock();
        let mut newest_first = record.exchanges.iter_mut().rev();
        if let Some(exchange) = newest_first.find(|exchange| exchange.received.n == n) {
            write(exchange);
        }
        drop(record);
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Exchange {
            received,
            status,
            ending,
        } in self.snapshot()
        {
            let Received {
                n,
                method,
                path,
                deployment,
                ..
            } = &*received;
            writeln!(
                f,
                "{n}: {method} {path} {deployment:?} → {status:?}, {ending:?}"
            )?;
        }
        Ok(())
    }
}

/// An exchange that has not ended. Dropped before that, the client has gone: hyper drops
/// a handler and a body when it reads the end of the connection.
pub(crate) struct Open {
    log: Log,
    pub(crate) received: Arc<Received>,
    ended: bool,
}

impl Open {
    pub(crate) fn answering(&self, status: u16) {
        self.log
            .note(self.received.n, |exchange| exchange.status = Some(status));
    }

    pub(crate) fn end(&mut self, ending: Ending) {
        self.ended = true;
        self.log
            .note(self.received.n, |exchange| exchange.ending = Some(ending));
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.ended {
            let stopped = self.log.stopping.is_cancelled();
            self.end(if stopped {
                Ending::Broken
            } else {
                Ending::ClientGone
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_is_forgotten_and_late_ends_are_no_trouble() {
        let log = Log::new(CancellationToken::new());
        let received = || Received {
            n: 0,
            method: "POST".to_owned(),
            path: "/".to_owned(),
            headers: HeaderMap::new(),
            body: String::new(),
            deployment: None,
        };
        let first = log.begin(received());
        let mut second = log.begin(received());
        for _ in 1..MOST_EXCHANGES {
            log.begin(received()).end(Ending::Answered);
        }
        drop(first);
        second.end(Ending::Broken);
        let kept = log.snapshot();
        assert_eq!(kept.len(), MOST_EXCHANGES);
        assert_eq!(kept[0].received.n, 2);
        assert_eq!(kept[0].ending, Some(Ending::Broken));
    }
}
