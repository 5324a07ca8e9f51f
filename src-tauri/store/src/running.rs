//! Turns that have no ending yet: whose they are, and what is there of their answers.

use rusqlite::{Row, Transaction, params};

use crate::store::Survives;
use crate::writing::{conversation_row, streaming_message};
use crate::{ConversationId, MessageId, Store, StoreError, TurnId};

/// An answer that has no ending yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// Its conversation.
    pub conversation: ConversationId,
    /// Its turn.
    pub turn: TurnId,
    /// The message.
    pub answer: MessageId,
    /// Every entry that was journalled, in order.
    pub journal: Vec<String>,
}

impl Store {
    /// The answers that a process began and did not live to finish, oldest first. They
    /// become this process's: each is handed out once, and the caller finishes it.
    /// Answers that a living process is writing are not among them.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn unfinished(&self) -> Result<Vec<Unfinished>, StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let mut running = tx.prepare(&format!("{RUNNING} ORDER BY m.seq"))?;
            let mut found = Vec::new();
            let mut rows = running.query(())?;
            while let Some(row) = rows.next()? {
                if self.run().is_alive(&row.get::<_, String>(1)?) {
                    continue;
                }
                tx.execute(
                    "UPDATE turn SET run = ?2 WHERE seq = ?1",
                    params![row.get::<_, i64>(0)?, self.run().id()],
                )?;
                found.push(unfinished(tx, row)?);
            }
            Ok(found)
        })
    }

    /// The same answers, only read: they stay whose they are. For a disk that does not
    /// even take who cares for them.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn abandoned(&self) -> Result<Vec<Unfinished>, StoreError> {
        self.read(|tx| {
            let mut running = tx.prepare(&format!("{RUNNING} ORDER BY m.seq"))?;
            let mut found = Vec::new();
            let mut rows = running.query(())?;
            while let Some(row) = rows.next()? {
                if !self.run().is_alive(&row.get::<_, String>(1)?) {
                    found.push(unfinished(tx, row)?);
                }
            }
            Ok(found)
        })
    }

    /// The newest answer of a conversation that another living process (or handle) is
    /// writing, with its journal so far; [`Store::journal_since`] tells how it goes on.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn running_elsewhere(&self, id: &ConversationId) -> Result<Option<Unfinished>, StoreError> {
        self.read(|tx| {
            let conversation = conversation_row(tx, id)?;
            let sql = format!("{RUNNING} AND t.conversation = ?1 ORDER BY m.seq DESC");
            let mut running = tx.prepare_cached(&sql)?;
            let mut rows = running.query([conversation])?;
            while let Some(row) = rows.next()? {
                if self.is_elsewhere(&row.get::<_, String>(1)?) {
                    return Ok(Some(unfinished(tx, row)?));
                }
            }
            Ok(None)
        })
    }

    /// What was journalled of an answer after its first `known` entries, whoever writes it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMessage`]; [`StoreError::AlreadyFinished`] when the answer has
    /// its ending and content by now.
    pub fn journal_since(
        &self,
        answer: &MessageId,
        known: usize,
    ) -> Result<Vec<String>, StoreError> {
        self.read(|tx| journal(tx, streaming_message(tx, answer)?.seq, known))
    }

    /// Refuses when a living process (or handle) other than this one is answering there.
    pub(crate) fn refuse_if_running_elsewhere(
        &self,
        tx: &Transaction<'_>,
        conversation: i64,
    ) -> Result<(), StoreError> {
        let mut running = tx.prepare_cached(
            "SELECT t.run, c.id FROM turn t JOIN conversation c ON c.seq = t.conversation
             WHERE t.state = 'running' AND t.conversation = ?1",
        )?;
        let mut rows = running.query([conversation])?;
        while let Some(row) = rows.next()? {
            if self.is_elsewhere(&row.get::<_, String>(0)?) {
                return Err(StoreError::TurnRunning(row.get(1)?));
            }
        }
        Ok(())
    }

    fn is_elsewhere(&self, run: &str) -> bool {
        run != self.run().id() && self.run().is_alive(run)
    }
}

/// Columns: the turn's row, its run, the answer's row, conversation, turn, answer.
const RUNNING: &str = "
    SELECT t.seq, t.run, m.seq, c.id, t.id, m.id
    FROM turn t JOIN message m ON m.turn = t.seq AND m.conversation = t.conversation
         JOIN conversation c ON c.seq = t.conversation
    WHERE t.state = 'running' AND m.state = 'streaming'";

fn unfinished(tx: &Transaction<'_>, row: &Row<'_>) -> Result<Unfinished, StoreError> {
    Ok(Unfinished {
        conversation: row.get(3)?,
        turn: row.get(4)?,
        answer: row.get(5)?,
        journal: journal(tx, row.get(2)?, 0)?,
    })
}

fn journal(tx: &Transaction<'_>, message: i64, known: usize) -> Result<Vec<String>, StoreError> {
    let mut entries = tx.prepare_cached(
        "SELECT entry FROM journal WHERE message = ?1 ORDER BY seq LIMIT -1 OFFSET ?2",
    )?;
    let known = i64::try_from(known).unwrap_or(i64::MAX);
    let entries = entries.query_map([message, known], |row| row.get(0))?;
    Ok(entries.collect::<Result<_, _>>()?)
}
