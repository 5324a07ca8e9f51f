//! Rows back into conversations.

use std::collections::HashMap;

use rusqlite::types::FromSqlError;
use rusqlite::{OptionalExtension, Row, Transaction};

use crate::attachments::{INFO, info};
use crate::{
    AnswerFacts, Conversation, ConversationId, ConversationRow, Ending, MessageId, MessageState,
    Shelf, Store, StoreError, StoredBlock, StoredMessage, StoredTurn, writing,
};

impl Store {
    /// The list of conversations, the one last added to first.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn conversations(&self, shelf: Shelf) -> Result<Vec<ConversationRow>, StoreError> {
        let filter = match shelf {
            Shelf::Current => "c.trashed_at IS NULL",
            Shelf::Trash => "c.trashed_at IS NOT NULL",
        };
        self.read(|tx| {
            let mut statement = tx.prepare_cached(&format!(
                "{ROW} WHERE {filter} ORDER BY c.updated_at DESC, c.seq DESC"
            ))?;
            let rows = statement.query_map((), conversation_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One line of the list; also of a conversation in the trash.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn conversation_row(&self, id: &ConversationId) -> Result<ConversationRow, StoreError> {
        self.read(|tx| row_of(tx, id))
    }

    /// A conversation with every branch and turn; also one in the trash.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn conversation(&self, id: &ConversationId) -> Result<Conversation, StoreError> {
        self.read(|tx| whole_conversation(tx, id))
    }

    /// One message.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMessage`].
    pub fn message(&self, id: &MessageId) -> Result<StoredMessage, StoreError> {
        let none = || StoreError::NoSuchMessage(id.clone());
        self.read(|tx| {
            let seq: i64 = tx
                .query_row("SELECT seq FROM message WHERE id = ?1", [id], |row| {
                    row.get(0)
                })
                .optional()?
                .ok_or_else(none)?;
            messages(tx, "m.seq = ?1", seq)?.pop().ok_or_else(none)
        })
    }

    /// The messages with the same parent as this one, itself included, oldest first.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMessage`].
    pub fn siblings(&self, id: &MessageId) -> Result<Vec<MessageId>, StoreError> {
        self.read(|tx| {
            let mut statement = tx.prepare_cached(
                "SELECT s.id FROM message m JOIN message s
                     ON s.conversation = m.conversation AND s.parent IS m.parent
                 WHERE m.id = ?1 ORDER BY s.seq",
            )?;
            let found: Vec<MessageId> = statement
                .query_map([id], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            if found.is_empty() {
                return Err(StoreError::NoSuchMessage(id.clone()));
            }
            Ok(found)
        })
    }
}

pub(crate) fn whole_conversation(
    tx: &Transaction<'_>,
    id: &ConversationId,
) -> Result<Conversation, StoreError> {
    let seq = writing::conversation_row(tx, id)?;
    Ok(Conversation {
        row: row_of(tx, id)?,
        messages: messages(tx, "m.conversation = ?1", seq)?,
        turns: turns(tx, seq)?,
    })
}

const ROW: &str = "
    SELECT c.id, c.title, c.title_by, c.created_at, c.updated_at, c.demo, c.pinned_at,
           c.trashed_at, c.settings, h.id,
           (SELECT t.state FROM turn t WHERE t.conversation = c.seq ORDER BY t.seq DESC LIMIT 1)
    FROM conversation c LEFT JOIN message h ON h.seq = c.head";

fn row_of(tx: &Transaction<'_>, id: &ConversationId) -> Result<ConversationRow, StoreError> {
    tx.prepare_cached(&format!("{ROW} WHERE c.id = ?1"))?
        .query_row([id], conversation_row)
        .optional()?
        .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))
}

fn conversation_row(row: &Row<'_>) -> rusqlite::Result<ConversationRow> {
    Ok(ConversationRow {
        id: row.get(0)?,
        title: row.get(1)?,
        title_by: row.get(2)?,
        created_at: row.get(3)?,
        updated_at: row.get(4)?,
        demo: row.get(5)?,
        pinned_at: row.get(6)?,
        trashed_at: row.get(7)?,
        settings: row.get(8)?,
        head: row.get(9)?,
        last_turn: row.get(10)?,
    })
}

/// The messages that fulfil `filter`, with their blocks, in the order of their coming.
fn messages(
    tx: &Transaction<'_>,
    filter: &str,
    parameter: i64,
) -> Result<Vec<StoredMessage>, StoreError> {
    let mut blocks: HashMap<i64, Vec<StoredBlock>> = HashMap::new();
    let mut statement = tx.prepare_cached(&format!(
        "SELECT b.message, b.kind, b.seconds, b.body, b.attachment, {INFO}
         FROM message m JOIN block b ON b.message = m.seq
              LEFT JOIN attachment a ON a.seq = b.attachment
         WHERE {filter} ORDER BY b.message, b.position"
    ))?;
    let mut rows = statement.query([parameter])?;
    while let Some(row) = rows.next()? {
        blocks.entry(row.get(0)?).or_default().push(StoredBlock {
            kind: row.get(1)?,
            seconds: row.get(2)?,
            body: row.get(3)?,
            attachment: match row.get::<_, Option<i64>>(4)? {
                Some(_) => Some(info(row, 5)?),
                None => None,
            },
        });
    }
    let mut statement = tx.prepare_cached(&format!(
        "SELECT m.seq, m.id, p.id, t.id, m.role, m.state, m.stop_reason, m.error, m.created_at,
                m.ended_at, a.message, a.first_token_at, a.model, a.usage, a.request_id,
                a.apim_request_id, m.purpose
         FROM message m LEFT JOIN message p ON p.seq = m.parent LEFT JOIN turn t ON t.seq = m.turn
              LEFT JOIN answer a ON a.message = m.seq
         WHERE {filter} ORDER BY m.seq"
    ))?;
    let messages = statement.query_map([parameter], |row| {
        Ok(StoredMessage {
            id: row.get(1)?,
            parent: row.get(2)?,
            turn: row.get(3)?,
            role: row.get(4)?,
            purpose: row.get(16)?,
            state: message_state(row)?,
            created_at: row.get(8)?,
            ended_at: row.get(9)?,
            blocks: blocks.remove(&row.get(0)?).unwrap_or_default(),
            answer: answer_facts(row)?,
        })
    })?;
    Ok(messages.collect::<Result<_, _>>()?)
}

fn message_state(row: &Row<'_>) -> rusqlite::Result<MessageState> {
    let ending = match row.get::<_, String>(5)?.as_str() {
        "streaming" => return Ok(MessageState::Streaming),
        "complete" => Ending::Complete {
            stop_reason: row.get(6)?,
        },
        "stopped" => Ending::Stopped,
        "failed" => Ending::Failed { error: row.get(7)? },
        "interrupted" => Ending::Interrupted,
        _ => return Err(FromSqlError::InvalidType.into()),
    };
    Ok(MessageState::Ended(ending))
}

fn answer_facts(row: &Row<'_>) -> rusqlite::Result<Option<AnswerFacts>> {
    if row.get::<_, Option<i64>>(10)?.is_none() {
        return Ok(None);
    }
    Ok(Some(AnswerFacts {
        first_token_at: row.get(11)?,
        model: row.get(12)?,
        usage: row.get(13)?,
        request_id: row.get(14)?,
        apim_request_id: row.get(15)?,
    }))
}

fn turns(tx: &Transaction<'_>, conversation: i64) -> Result<Vec<StoredTurn>, StoreError> {
    let mut statement = tx.prepare_cached(
        "SELECT t.id, q.id, t.connection, t.deployment, t.base_model, t.settings, t.started_at,
                t.ended_at, t.state
         FROM turn t JOIN message q ON q.seq = t.question
         WHERE t.conversation = ?1 ORDER BY t.seq",
    )?;
    let turns = statement.query_map([conversation], |row| {
        Ok(StoredTurn {
            id: row.get(0)?,
            question: row.get(1)?,
            connection: row.get(2)?,
            deployment: row.get(3)?,
            base_model: row.get(4)?,
            settings: row.get(5)?,
            started_at: row.get(6)?,
            ended_at: row.get(7)?,
            state: row.get(8)?,
        })
    })?;
    Ok(turns.collect::<Result<_, _>>()?)
}
