//! What was asked and how each exchange ended: the evidence that tests look at.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::HeaderMap;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How long [`Log::wait_for`] waits before it says what it saw instead.
const PATIENCE: Duration = Duration::from_secs(10);

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

/// The record of every exchange since the start. A cheap handle.
#[derive(Clone)]
pub(crate) struct Log {
    exchanges: Arc<Mutex<Vec<Exchange>>>,
    changed: watch::Sender<()>,
    stopping: CancellationToken,
}

impl Log {
    pub(crate) fn new(stopping: CancellationToken) -> Log {
        Log {
            exchanges: Arc::default(),
            changed: watch::Sender::new(()),
            stopping,
        }
    }

    pub(crate) fn snapshot(&self) -> Vec<Exchange> {
        self.lock().clone()
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
    pub(crate) fn begin(&self, mut received: Received) -> Open {
        let mut exchanges = self.lock();
        received.n = exchanges.len() as u64 + 1;
        let received = Arc::new(received);
        exchanges.push(Exchange {
            received: received.clone(),
            status: None,
            ending: None,
        });
        drop(exchanges);
        self.changed.send_replace(());
        Open {
            log: self.clone(),
            received,
            ended: false,
        }
    }

    fn note(&self, n: u64, write: impl FnOnce(&mut Exchange)) {
        if let Some(exchange) = self.lock().get_mut(n as usize - 1) {
            write(exchange);
        }
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Exchange>> {
        self.exchanges
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
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
