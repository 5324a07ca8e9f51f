//! The way of a request's record from the gateway to the engine.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hearth_engine::{Engine, RequestFrom, RequestOutcome, RequestRecord};
use hearth_gateway::{Outcome, Record};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// Records that may wait to be taken. The gateway sees to those that come beyond that.
const BACKLOG: usize = 256;

/// Connections that are remembered: a request lasts minutes, and nobody switches that often.
const MOST_LENT: usize = 64;

/// Takes records and keeps them in the profile.
pub(crate) struct Records {
    sender: Sender<Record>,
    lent: Arc<Mutex<History>>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

/// Which connection was lent since when.
#[derive(Default)]
struct History(VecDeque<(i64, String)>);

impl Records {
    pub(crate) fn start(engine: Engine) -> Self {
        let (sender, receiver) = mpsc::channel(BACKLOG);
        let (stop, stopped) = oneshot::channel();
        let lent = Arc::default();
        let task = tokio::spawn(keep(engine, receiver, Arc::clone(&lent), stopped));
        Self {
            sender,
            lent,
            stop,
            task,
        }
    }

    /// For a gateway.
    pub(crate) fn sender(&self) -> Sender<Record> {
        self.sender.clone()
    }

    /// From now on (milliseconds since the Unix epoch) this connection is lent.
    pub(crate) fn lends(&self, connection: &str, now: i64) {
        locked(&self.lent).add(connection, now);
    }

    /// Keeps what has come, and takes no more.
    pub(crate) async fn end(self) {
        // The task has ended by a defect when nobody takes it, which waiting for it tells.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "some records are lost");
        }
    }
}

impl History {
    fn add(&mut self, connection: &str, now: i64) {
        if self.0.back().is_some_and(|(_, last)| last == connection) {
            return;
        }
        if self.0.len() >= MOST_LENT {
            self.0.pop_front();
        }
        self.0.push_back((now, connection.to_owned()));
    }

    /// What was lent to a request that came then: it keeps that to its end.
    fn at(&self, moment: i64) -> String {
        let mut latest_first = self.0.iter().rev();
        let found = latest_first.find(|(since, _)| *since <= moment);
        let found = found.or(self.0.front());
        found.map(|(_, name)| name.clone()).unwrap_or_default()
    }
}

fn locked(history: &Mutex<History>) -> MutexGuard<'_, History> {
    history.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn keep(
    engine: Engine,
    mut records: Receiver<Record>,
    lent: Arc<Mutex<History>>,
    mut stopped: oneshot::Receiver<()>,
) {
    let take = |record: Record| {
        let connection = locked(&lent).at(record.at.as_millisecond());
        engine.record(request(record, connection));
    };
    loop {
        tokio::select! {
            record = records.recv() => match record {
                Some(record) => take(record),
                None => return,
            },
            _ = &mut stopped => break,
        }
    }
    records.close();
    while let Some(record) = records.recv().await {
        take(record);
    }
}

fn request(record: Record, connection: String) -> RequestRecord {
    RequestRecord {
        at: record.at,
        from: RequestFrom::Gateway { key: record.key },
        connection,
        deployment: record.deployment,
        model: record.model,
        answered_by: record.answered_by,
        status: record.status,
        outcome: match record.outcome {
            Outcome::Answered => RequestOutcome::Answered,
            Outcome::Refused => RequestOutcome::Refused,
            Outcome::BrokeOff => RequestOutcome::BrokeOff,
            Outcome::CallerLeft => RequestOutcome::Left,
        },
        duration: record.duration,
        usage: record.usage,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_belongs_to_what_was_lent_when_it_came() {
        let mut history = History::default();
        assert_eq!(history.at(5), "");
        for (since, name) in [(10, "home"), (20, "work"), (30, "work"), (40, "home")] {
            history.add(name, since);
        }
        for (moment, expected) in [
            (5, "home"),
            (10, "home"),
            (19, "home"),
            (35, "work"),
            (99, "home"),
        ] {
            assert_eq!(history.at(moment), expected, "{moment}");
        }
        for count in 0..1000 {
            history.add(&count.to_string(), 100 + count);
        }
        assert_eq!(history.0.len(), MOST_LENT);
        assert_eq!(history.at(i64::MAX), "999");
    }
}
