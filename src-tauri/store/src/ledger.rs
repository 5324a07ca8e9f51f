//! What was asked of resources: one row for each request, and sums of them.
//!
//! Rows outlive the conversations that they belong to. Neither rows nor sums are kept for ever,
//! and of rows only the newest are kept, so that the file stays small.

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use rusqlite::{Row, Transaction, params};

use crate::store::Survives;
use crate::values::stored_as;
use crate::{ConversationId, Store, StoreError};

/// For how long what was asked is remembered, in milliseconds: 400 days.
const REMEMBERED: i64 = 400 * 24 * 60 * 60 * 1000;
/// Most rows; sums are kept of those that are too many.
const MOST_ROWS: i64 = 100_000;
/// Most tokens of a request that are believed, so that no sum overflows.
const MOST_TOKENS: i64 = 1_000_000_000_000;
/// A quarter of an hour in milliseconds: what is summed together.
const QUARTER: i64 = 15 * 60 * 1000;

/// A request to a resource, when it was over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// When it came, in milliseconds since the Unix epoch.
    pub at: i64,
    /// Who asked.
    pub source: Source,
    /// The conversation that it was asked for, which may be gone.
    pub conversation: Option<ConversationId>,
    /// The name of the key that it came to the gateway with.
    pub key: Option<String>,
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
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub duration: i64,
    /// Input tokens that the cache had nothing to do with; none where nobody counted.
    pub input_tokens: Option<i64>,
    /// Output tokens, thinking included.
    pub output_tokens: Option<i64>,
    /// Input tokens read from the cache.
    pub cache_read_tokens: Option<i64>,
    /// Input tokens written to the cache.
    pub cache_creation_tokens: Option<i64>,
}

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// A conversation.
    Chat,
    /// Another program, through the gateway.
    Gateway,
}
stored_as!(Source { Chat = "chat", Gateway = "gateway" });

/// How a request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// With its answer, whole.
    Answered,
    /// With an error instead of an answer.
    Refused,
    /// Within its answer.
    BrokeOff,
    /// Whoever asked did not want the rest of it.
    Left,
}
stored_as!(Outcome {
    Answered = "answered",
    Refused = "refused",
    BrokeOff = "broke_off",
    Left = "left",
});

impl Outcome {
    /// Whoever asked did not get what they wanted.
    #[must_use]
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Refused | Self::BrokeOff)
    }
}

/// Requests, summed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequestSum {
    /// How many.
    pub requests: i64,
    /// Those of them that failed.
    pub failed: i64,
    /// Input tokens that the cache had nothing to do with.
    pub input_tokens: i64,
    /// Output tokens.
    pub output_tokens: i64,
    /// Input tokens read from the cache.
    pub cache_read_tokens: i64,
    /// Input tokens written to the cache.
    pub cache_creation_tokens: i64,
}

impl RequestSum {
    /// One more request.
    pub fn add(&mut self, request: &Request) {
        let add = |sum: &mut i64, tokens: Option<i64>| {
            let tokens = tokens.unwrap_or_default().clamp(0, MOST_TOKENS);
            *sum = sum.saturating_add(tokens);
        };
        self.requests += 1;
        self.failed += i64::from(request.outcome.is_failure());
        add(&mut self.input_tokens, request.input_tokens);
        add(&mut self.output_tokens, request.output_tokens);
        add(&mut self.cache_read_tokens, request.cache_read_tokens);
        add(
            &mut self.cache_creation_tokens,
            request.cache_creation_tokens,
        );
    }
}

impl Store {
    /// Remembers requests, all or none, and forgets those that are too old at `now`
    /// (milliseconds since the Unix epoch) or too many.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn add_requests(&self, requests: &[Request], now: i64) -> Result<(), StoreError> {
        self.write(Survives::OwnEnd, |tx| {
            for request in requests {
                insert(tx, request)?;
                add_to_sum(tx, request)?;
            }
            forget(tx, now.saturating_sub(REMEMBERED))
        })
    }

    /// The last requests from `source`, newest first, at most `most`.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn last_requests(&self, source: Source, most: u32) -> Result<Vec<Request>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT at, source, conversation, key, connection, deployment, model,
                        answered_by, status, outcome, duration, input_tokens, output_tokens,
                        cache_read_tokens, cache_creation_tokens
                 FROM request WHERE source = ?1 ORDER BY at DESC, seq DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![source, most], read)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What was asked from `source` between one moment and the next of `bounds` (milliseconds
    /// since the Unix epoch, ascending), one sum for each pair. Moments count as the quarter of
    /// an hour in which they lie, whose beginning the midnights of all time zones are.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn request_sums(
        &self,
        source: Source,
        bounds: &[i64],
    ) -> Result<Vec<RequestSum>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT coalesce(sum(requests), 0), coalesce(sum(failed), 0),
                        coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
                        coalesce(sum(cache_read_tokens), 0),
                        coalesce(sum(cache_creation_tokens), 0)
                 FROM request_sum WHERE source = ?1 AND quarter >= ?2 AND quarter < ?3",
            )?;
            let pairs = bounds.iter().zip(bounds.iter().skip(1));
            let sums = pairs.map(|(from, to)| {
                let range = params![source, from.div_euclid(QUARTER), to.div_euclid(QUARTER)];
                statement.query_row(range, |row| {
                    Ok(RequestSum {
                        requests: row.get(0)?,
                        failed: row.get(1)?,
                        input_tokens: row.get(2)?,
                        output_tokens: row.get(3)?,
                        cache_read_tokens: row.get(4)?,
                        cache_creation_tokens: row.get(5)?,
                    })
                })
            });
            Ok(sums.collect::<Result<_, _>>()?)
        })
    }

    /// When each key of the gateway was last used, by the key's name.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn keys_last_used(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT key, max(at) FROM request WHERE key IS NOT NULL GROUP BY key",
            )?;
            let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

fn insert(tx: &Transaction<'_>, new: &Request) -> Result<(), StoreError> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO request (at, source, conversation, key, connection, deployment, model,
             answered_by, status, outcome, duration, input_tokens, output_tokens,
             cache_read_tokens, cache_creation_tokens)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
    )?;
    statement.execute(params![
        new.at,
        new.source,
        new.conversation,
        new.key,
        new.connection,
        new.deployment,
        new.model,
        new.answered_by,
        new.status,
        new.outcome,
        new.duration,
        new.input_tokens,
        new.output_tokens,
        new.cache_read_tokens,
        new.cache_creation_tokens,
    ])?;
    Ok(())
}

fn add_to_sum(tx: &Transaction<'_>, new: &Request) -> Result<(), StoreError> {
    // Of a deployment that did not answer nobody knows whether there is one: names that somebody
    // made up get no sums of their own.
    let answered = matches!(new.status, Some(200..300));
    let deployment = new.deployment.as_deref().filter(|_| answered);
    let mut one = RequestSum::default();
    one.add(new);
    let mut statement = tx.prepare_cached(
        "INSERT INTO request_sum VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT DO UPDATE SET
             requests = requests + excluded.requests,
             failed = failed + excluded.failed,
             input_tokens = input_tokens + excluded.input_tokens,
             output_tokens = output_tokens + excluded.output_tokens,
             cache_read_tokens = cache_read_tokens + excluded.cache_read_tokens,
             cache_creation_tokens = cache_creation_tokens + excluded.cache_creation_tokens",
    )?;
    statement.execute(params![
        new.at.div_euclid(QUARTER),
        new.source,
        new.connection,
        deployment.unwrap_or_default(),
        one.requests,
        one.failed,
        one.input_tokens,
        one.output_tokens,
        one.cache_read_tokens,
        one.cache_creation_tokens,
    ])?;
    Ok(())
}

fn forget(tx: &Transaction<'_>, before: i64) -> Result<(), StoreError> {
    for source in [Source::Chat, Source::Gateway] {
        tx.prepare_cached("DELETE FROM request WHERE source = ?1 AND at < ?2")?
            .execute(params![source, before])?;
    }
    tx.prepare_cached("DELETE FROM request WHERE seq <= (SELECT max(seq) FROM request) - ?1")?
        .execute([MOST_ROWS])?;
    tx.prepare_cached("DELETE FROM request_sum WHERE quarter < ?1")?
        .execute([before.div_euclid(QUARTER)])?;
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Request> {
    Ok(Request {
        at: row.get(0)?,
        source: row.get(1)?,
        conversation: row.get(2)?,
        key: row.get(3)?,
        connection: row.get(4)?,
        deployment: row.get(5)?,
        model: row.get(6)?,
        answered_by: row.get(7)?,
        status: row.get(8)?,
        outcome: row.get(9)?,
        duration: row.get(10)?,
        input_tokens: row.get(11)?,
        output_tokens: row.get(12)?,
        cache_read_tokens: row.get(13)?,
        cache_creation_tokens: row.get(14)?,
    })
}
