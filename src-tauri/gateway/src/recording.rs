//! What is told of a request when it is over: whose it was, what it was for, how it ended and
//! what it used. Never what was said.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hearth_wire::{StreamEvent, Usage};
use http::StatusCode;
use jiff::Timestamp;
use tokio::runtime::Handle;
use tokio::sync::mpsc::Sender;
use tokio::sync::mpsc::error::TrySendError;

use crate::keys::Key;

/// Most characters of a name that a caller chose.
const LONGEST_NAME: usize = 200;
/// How long whoever reads the records is waited for. Nobody is served later because of it.
const MOMENT: Duration = Duration::from_secs(1);

/// A request that was let in, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// When it came.
    pub at: Timestamp,
    /// The name of its key; none where no key is asked for.
    pub key: Option<String>,
    /// What it was for.
    pub route: Route,
    /// The model that it asked for, as the caller wrote it; none when it could not be read.
    pub model: Option<String>,
    /// The deployment that was asked last; none when none was.
    pub deployment: Option<String>,
    /// The model as the answer calls it; none when there is no answer, or it does not say.
    pub answered_by: Option<String>,
    /// The status that the caller was told; none when it went away before.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: Outcome,
    /// From its head to its end.
    pub duration: Duration,
    /// What it used, as the resource counts; none when it did not say.
    pub usage: Option<Usage>,
}

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Route {
    /// An answer, in the Messages API's dialect.
    Messages,
    /// A count of tokens.
    CountTokens,
    /// An answer, in OpenAI's dialect.
    Chat,
}

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// With its answer, whole.
    Answered,
    /// With an error instead of an answer.
    Refused,
    /// Within its answer.
    BrokeOff,
    /// The caller went away before the end.
    CallerLeft,
}

/// A request that goes on. Its record leaves when nobody has it any more.
#[derive(Debug)]
pub(crate) struct Entry {
    recorder: Option<Sender<Record>>,
    since: Instant,
    record: Mutex<Record>,
}

impl Entry {
    pub(crate) fn new(recorder: Option<Sender<Record>>, route: Route, key: Option<&Key>) -> Self {
        Self {
            recorder,
            since: Instant::now(),
            record: Mutex::new(Record {
                at: Timestamp::now(),
                key: key.map(|key| key.name.clone()),
                route,
                model: None,
                deployment: None,
                answered_by: None,
                status: None,
                outcome: Outcome::CallerLeft,
                duration: Duration::ZERO,
                usage: None,
            }),
        }
    }

    /// The model that is asked for.
    pub(crate) fn asks_for(&self, model: &str) {
        self.record().model = Some(short(model));
    }

    /// The model that is asked for, once it is known.
    pub(crate) fn model(&self) -> Option<String> {
        self.record().model.clone()
    }

    /// A deployment is asked; what another one said before counts no more.
    pub(crate) fn asking(&self, deployment: &str) {
        let mut record = self.record();
        record.deployment = Some(short(deployment));
        record.answered_by = None;
        record.usage = None;
    }

    /// An event of the answer came.
    pub(crate) fn heard(&self, event: &StreamEvent) {
        match event {
            StreamEvent::MessageStart(start) => self.used(start.model.as_deref(), &start.usage),
            StreamEvent::MessageDelta(delta) => self.used(None, &delta.usage),
            _ => {}
        }
    }

    /// What was used so far, and by which model, where that is said.
    pub(crate) fn used(&self, model: Option<&str>, usage: &Usage) {
        let mut record = self.record();
        if let Some(model) = model {
            record.answered_by = Some(short(model));
        }
        match &mut record.usage {
            Some(known) => known.overwrite(usage),
            none if usage.raw.is_some() => *none = Some(usage.clone()),
            _ => {}
        }
    }

    /// The caller is told this status. An error is the end; what follows a success says itself
    /// how it ends.
    pub(crate) fn told(&self, status: StatusCode) {
        let mut record = self.record();
        record.status = Some(status.as_u16());
        if !status.is_success() {
            record.outcome = Outcome::Refused;
        }
    }

    /// It is over.
    pub(crate) fn ended(&self, outcome: Outcome) {
        self.record().outcome = outcome;
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let recorder = self.recorder.take();
        let record = self.record.get_mut();
        let record = record.unwrap_or_else(PoisonError::into_inner);
        // Nobody else sees it: what would have answered is dropped.
        if record.outcome == Outcome::CallerLeft {
            let (key, model) = (record.key.as_deref(), record.model.as_deref());
            let route = record.route;
            tracing::info!(key, ?route, model, "the caller went away");
        }
        let Some(recorder) = recorder else {
            return;
        };
        let mut record = record.clone();
        record.duration = self.since.elapsed();
        send(recorder, record);
    }
}

/// As much of a name as is recorded, and logged.
pub(crate) fn short(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}

/// Sends a record, and waits for a moment where there is no room, beside everything else.
fn send(recorder: Sender<Record>, record: Record) {
    let record = match recorder.try_send(record) {
        Ok(()) | Err(TrySendError::Closed(_)) => return,
        Err(TrySendError::Full(record)) => record,
    };
    // Without a runtime everything ends just now.
    if let Ok(runtime) = Handle::try_current() {
        runtime.spawn(async move {
            if recorder.send_timeout(record, MOMENT).await.is_err() {
                tracing::warn!("a record of a request is lost: nobody takes it");
            }
        });
    }
}
