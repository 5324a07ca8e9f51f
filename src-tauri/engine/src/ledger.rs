//! What was asked of resources: kept for the person, without what was said.
//!
//! Whoever asks does not wait until it is on disk, and a disk that takes nothing stops nobody:
//! what it does not take waits in memory, counts all the same, and is written when there is room.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_foundry::Failure;
use hearth_store::{self as store, RequestSum, Source};
use hearth_wire::{Raw, Usage};
use jiff::{Timestamp, Zoned};
use tokio::time::Instant;

use crate::Shared;
use crate::api::{
    ConversationId, ErrorReport, GatewayEnding, GatewayRequest, GatewaySum, HearthEvent,
};
use crate::engine::Engine;
use crate::storage::NotSaved;

pub use hearth_store::Outcome as RequestOutcome;

/// Most requests that wait for the disk; the oldest of more are lost, and counted.
const MOST_WAITING: usize = 10_000;
/// Least time between two writings, and so between two announcements.
const PAUSE: Duration = Duration::from_millis(500);
/// Longest time between two attempts on a disk that takes nothing.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
/// Most characters of a name that somebody else chose.
const LONGEST_NAME: usize = 200;
/// How many of the last requests are shown.
const RECENT: u32 = 50;

/// A request to a resource that is over.
#[derive(Debug, Clone)]
pub struct RequestRecord {
    /// When it came.
    pub at: Timestamp,
    /// Who asked.
    pub from: RequestFrom,
    /// The person's name for the connection that was asked.
    pub connection: String,
    /// The deployment that was asked last; none when none was.
    pub deployment: Option<String>,
    /// The model that was asked for.
    pub model: Option<String>,
    /// The model as the answer calls it.
    pub answered_by: Option<String>,
    /// The HTTP status; none without one.
    pub status: Option<u16>,
    /// How it ended.
    pub outcome: RequestOutcome,
    /// How long it took.
    pub duration: Duration,
    /// What it used; none when nobody counted.
    pub usage: Option<Usage>,
}

/// Who asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RequestFrom {
    /// A conversation.
    Chat(ConversationId),
    /// Another program, through the gateway.
    Gateway {
        /// The name of its key; none where no key is asked for.
        key: Option<String>,
    },
}

/// What waits for the disk.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    waiting: Mutex<Waiting>,
    /// Held while what waits is written, and while it is read together with what is on disk: so
    /// nothing is counted twice.
    order: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Waiting {
    requests: VecDeque<store::Request>,
    /// Those of them, from the oldest on, that are being written just now.
    writing: usize,
    /// How many were too many since the last writing.
    lost: u64,
    /// Somebody writes, or tries to.
    busy: bool,
}

impl Ledger {
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps one more. True when nobody writes, and somebody has to.
    fn add(&self, request: store::Request) -> bool {
        let mut waiting = self.waiting();
        if waiting.requests.len() >= MOST_WAITING {
            waiting.requests.pop_front();
            waiting.writing = waiting.writing.saturating_sub(1);
            waiting.lost += 1;
        }
        waiting.requests.push_back(request);
        !std::mem::replace(&mut waiting.busy, true)
    }

    /// All that waits, to be written.
    fn begin(&self) -> Vec<store::Request> {
        let mut waiting = self.waiting();
        waiting.writing = waiting.requests.len();
        waiting.requests.iter().cloned().collect()
    }

    /// What was begun is written, or never will be.
    fn end(&self) {
        let mut waiting = self.waiting();
        let written = std::mem::take(&mut waiting.writing);
        waiting.requests.drain(..written);
        let lost = std::mem::take(&mut waiting.lost);
        if lost > 0 {
            tracing::warn!(
                lost,
                "requests are missing from the record: the disk took nothing for too long"
            );
        }
    }

    /// Nothing waits, and whoever wrote goes. False when there is more to write.
    fn rests(&self) -> bool {
        let mut waiting = self.waiting();
        waiting.busy = !waiting.requests.is_empty();
        !waiting.busy
    }

    /// What waits from a source, newest first.
    fn newest(&self, source: Source) -> Vec<store::Request> {
        let waiting = self.waiting();
        let requests = waiting.requests.iter().rev();
        requests.filter(|it| it.source == source).cloned().collect()
    }
}

impl Shared {
    /// Remembers a request. Nobody waits for the disk.
    pub(crate) fn record(self: &Arc<Self>, record: RequestRecord) {
        if self.ledger.add(row(record)) {
            let shared = self.clone();
            tokio::spawn(async move { shared.write_while_there_are_requests().await });
        }
    }

    async fn write_while_there_are_requests(&self) {
        let mut pause = PAUSE;
        loop {
            let news = self.ledger.newest(Source::Gateway);
            match self.write_requests().await {
                Ok(()) => pause = PAUSE,
                Err(error) => {
                    tracing::debug!(%error, "the record of requests is not on disk");
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
            if !news.is_empty() {
                self.live().announce(HearthEvent::GatewayChanged);
            }
            tokio::select! {
                // What is left then is written by whoever ends the engine.
                () = self.quitting.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
            if self.ledger.rests() || self.quitting.is_cancelled() {
                return;
            }
        }
    }

    /// Writes what waits.
    ///
    /// # Errors
    /// What the disk says; then all of it still waits.
    pub(crate) async fn write_requests(&self) -> Result<(), ErrorReport> {
        let _order = self.ledger.order.lock().await;
        let requests = self.ledger.begin();
        if requests.is_empty() {
            return Ok(());
        }
        let now = crate::now();
        let written = self.attempt(move |store| store.add_requests(&requests, now));
        match written.await {
            Err(NotSaved::Passes(error)) => return Err(error),
            Err(NotSaved::Never(error)) => {
                tracing::warn!(%error, "requests are missing from the record");
            }
            Ok(()) => {}
        }
        self.ledger.end();
        Ok(())
    }

    /// Requests from a source since a moment, those that wait included.
    async fn sum(&self, source: Source, from: i64, to: i64) -> Result<RequestSum, ErrorReport> {
        let _order = self.ledger.order.lock().await;
        let sums = self.store(move |store| store.request_sums(source, &[from, to]));
        let mut sum = sums.await?.pop().unwrap_or_default();
        let waiting = self.ledger.newest(source);
        let within = waiting.iter().filter(|it| (from..to).contains(&it.at));
        within.for_each(|request| sum.add(request));
        Ok(sum)
    }
}

impl Engine {
    /// Remembers a request. Nobody waits for the disk. To be called within a tokio runtime.
    pub fn record(&self, record: RequestRecord) {
        self.shared.record(record);
    }

    /// What went through the gateway today, in the time zone of this machine.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn gateway_sum_today(&self) -> Result<GatewaySum, ErrorReport> {
        let (from, to) = day_of(&Zoned::now());
        let sum = self.shared.sum(Source::Gateway, from, to).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or_default();
        let cached = sum
            .cache_read_tokens
            .saturating_add(sum.cache_creation_tokens);
        Ok(GatewaySum {
            requests: count(sum.requests),
            failed: count(sum.failed),
            input_tokens: count(sum.input_tokens.saturating_add(cached)),
            output_tokens: count(sum.output_tokens),
        })
    }

    /// The last requests that went through the gateway, newest first; at most 50.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn gateway_recent(&self) -> Result<Vec<GatewayRequest>, ErrorReport> {
        let shared = &self.shared;
        let _order = shared.ledger.order.lock().await;
        let mut all = shared.ledger.newest(Source::Gateway);
        let stored = shared.store(|store| store.last_requests(Source::Gateway, RECENT));
        all.extend(stored.await?);
        // They are kept in the order in which they ended.
        all.sort_by_key(|request| std::cmp::Reverse(request.at));
        all.truncate(RECENT as usize);
        Ok(all.into_iter().map(shown).collect())
    }

    /// When each key of the gateway was last used, by its name, in milliseconds since the Unix
    /// epoch.
    ///
    /// # Errors
    /// What the disk says.
    pub async fn gateway_keys_last_used(&self) -> Result<HashMap<String, i64>, ErrorReport> {
        let shared = &self.shared;
        let stored = shared.store(store::Store::keys_last_used).await?;
        let mut last: HashMap<String, i64> = stored.into_iter().collect();
        for request in shared.ledger.newest(Source::Gateway) {
            if let Some(key) = request.key {
                let known = last.entry(key).or_insert(request.at);
                *known = request.at.max(*known);
            }
        }
        Ok(last)
    }
}

/// The beginning and the end of a moment's day, in milliseconds since the Unix epoch.
fn day_of(now: &Zoned) -> (i64, i64) {
    let begins = |day: Result<Zoned, jiff::Error>| {
        let midnight = day.and_then(|day| day.start_of_day());
        midnight.map(|at| at.timestamp().as_millisecond())
    };
    let from = begins(Ok(now.clone())).unwrap_or_default();
    (from, begins(now.tomorrow()).unwrap_or(i64::MAX))
}

/// A chat's request that is being made.
pub(crate) struct Asked {
    at: Timestamp,
    since: Instant,
}

impl Asked {
    pub(crate) fn now() -> Self {
        Self {
            at: Timestamp::now(),
            since: Instant::now(),
        }
    }

    /// Its record, to be completed with how it ended.
    pub(crate) fn record(
        &self,
        conversation: &ConversationId,
        connection: &str,
        deployment: &str,
        ended: Ended<'_>,
    ) -> RequestRecord {
        RequestRecord {
            at: self.at,
            from: RequestFrom::Chat(conversation.clone()),
            connection: connection.to_owned(),
            deployment: Some(deployment.to_owned()),
            model: Some(deployment.to_owned()),
            answered_by: ended.facts.model.clone(),
            status: ended.status(),
            outcome: ended.outcome,
            duration: self.since.elapsed(),
            usage: ended.usage(),
        }
    }
}

/// How a chat's request ended.
#[derive(Clone, Copy)]
pub(crate) struct Ended<'a> {
    pub(crate) outcome: RequestOutcome,
    pub(crate) failure: Option<&'a Failure>,
    /// An answer began.
    pub(crate) opened: bool,
    pub(crate) facts: &'a store::AnswerFacts,
}

impl Ended<'_> {
    fn status(&self) -> Option<u16> {
        match self.failure {
            Some(Failure::Rejected(rejection)) => Some(rejection.status),
            Some(Failure::Redirected { status, .. }) => Some(*status),
            _ => self.opened.then_some(200),
        }
    }

    fn usage(&self) -> Option<Usage> {
        let raw = Raw::parse(self.facts.usage.as_ref()?.as_str()).ok()?;
        Some(Usage::from_raw(raw))
    }
}

fn row(record: RequestRecord) -> store::Request {
    let usage = record.usage.unwrap_or_default();
    let count = |tokens: Option<u64>| tokens.map(|it| i64::try_from(it).unwrap_or(i64::MAX));
    let (source, conversation, key) = match record.from {
        RequestFrom::Chat(id) => (Source::Chat, Some(id.0.as_str().into()), None),
        RequestFrom::Gateway { key } => (Source::Gateway, None, key),
    };
    store::Request {
        at: record.at.as_millisecond(),
        source,
        conversation,
        key: key.map(short),
        connection: short(record.connection),
        deployment: record.deployment.map(short),
        model: record.model.map(short),
        answered_by: record.answered_by.map(short),
        status: record.status,
        outcome: record.outcome,
        duration: i64::try_from(record.duration.as_millis()).unwrap_or(i64::MAX),
        input_tokens: count(usage.input_tokens),
        output_tokens: count(usage.output_tokens),
        cache_read_tokens: count(usage.cache_read_input_tokens),
        cache_creation_tokens: count(usage.cache_creation_input_tokens),
    }
}

fn short(name: String) -> String {
    match name.char_indices().nth(LONGEST_NAME) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name,
    }
}

fn shown(request: store::Request) -> GatewayRequest {
    let count = |tokens: i64| u64::try_from(tokens).unwrap_or_default();
    let cached = [request.cache_read_tokens, request.cache_creation_tokens];
    let cached = cached.into_iter().flatten().fold(0, i64::saturating_add);
    let input = request
        .input_tokens
        .map(|fresh| fresh.saturating_add(cached));
    GatewayRequest {
        at: request.at,
        key: request.key,
        model: request.model,
        status: request.status,
        ending: match request.outcome {
            RequestOutcome::Answered => GatewayEnding::Answered,
            RequestOutcome::Refused => GatewayEnding::Refused,
            RequestOutcome::BrokeOff => GatewayEnding::BrokeOff,
            RequestOutcome::Left => GatewayEnding::Left,
        },
        duration: count(request.duration),
        input_tokens: input.map(count),
        output_tokens: request.output_tokens.map(count),
    }
}

#[cfg(test)]
mod tests;
