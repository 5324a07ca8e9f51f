//! A new conversation that begins with a copy of a branch of another.

use std::collections::HashMap;

use rusqlite::{Transaction, params};

use crate::store::Survives;
use crate::writing::{insert_conversation, message_in, open_conversation};
use crate::{ConversationId, MessageId, NewConversation, Store, StoreError, TurnState};

/// What a fork begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    /// The conversation that is copied from; it stays as it is.
    pub from: ConversationId,
    /// The last message of the copy. One that is still being written is not copied: then
    /// the copy ends with the message before.
    pub up_to: MessageId,
    /// A new identifier.
    pub id: ConversationId,
    /// The title of the new conversation.
    pub title: String,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

impl Store {
    /// Stores a conversation with copies of the messages from the first question to
    /// [`Fork::up_to`], of their turns and of what their requests brought, and shows
    /// them. Blocks are the same byte for byte, attachments are shared, messages and turns
    /// get identifiers of their own. Settings and the mark of a demo are copied; drafts,
    /// the pin and what tools may do are not.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`], [`StoreError::NoSuchMessage`];
    /// [`StoreError::Failed`] for an identifier that is taken.
    pub fn fork(&self, fork: &Fork) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let source = open_conversation(tx, &fork.from, None)?;
            let last = message_in(tx, source, &fork.up_to)?;
            let mut copy = Copy {
                tx,
                conversation: begin(tx, source, fork)?,
                at: fork.created_at,
                messages: HashMap::new(),
                turns: HashMap::new(),
            };
            let mut head = None;
            for message in finished_path(tx, last)? {
                head = Some(copy.message(&message, head)?);
            }
            tx.execute(
                "UPDATE conversation SET head = ?2 WHERE seq = ?1",
                params![copy.conversation, head],
            )?;
            Ok(())
        })
    }
}

fn begin(tx: &Transaction<'_>, source: i64, fork: &Fork) -> Result<i64, StoreError> {
    let new = tx.query_row(
        "SELECT demo, settings FROM conversation WHERE seq = ?1",
        [source],
        |row| {
            Ok(NewConversation {
                id: fork.id.clone(),
                title: fork.title.clone(),
                created_at: fork.created_at,
                demo: row.get(0)?,
                settings: row.get(1)?,
            })
        },
    )?;
    insert_conversation(tx, &new)
}

/// A message of the branch, by its rows.
struct Original {
    seq: i64,
    turn: Option<i64>,
}

/// The messages down to this one, as far as they are over.
fn finished_path(tx: &Transaction<'_>, last: i64) -> Result<Vec<Original>, StoreError> {
    // A message comes after its parent, so the order of rows is that of the branch.
    let mut statement = tx.prepare_cached(
        "WITH RECURSIVE path (seq, parent, turn, state) AS (
             SELECT seq, parent, turn, state FROM message WHERE seq = ?1
             UNION ALL
             SELECT m.seq, m.parent, m.turn, m.state FROM path JOIN message m ON m.seq = path.parent
         )
         SELECT seq, turn, state = 'streaming' FROM path ORDER BY seq",
    )?;
    let mut rows = statement.query([last])?;
    let mut path = Vec::new();
    while let Some(row) = rows.next()? {
        if row.get(2)? {
            break;
        }
        path.push(Original {
            seq: row.get(0)?,
            turn: row.get(1)?,
        });
    }
    Ok(path)
}

/// A copy on its way, with the rows that were made for those that are copied.
struct Copy<'a> {
    tx: &'a Transaction<'a>,
    conversation: i64,
    at: i64,
    messages: HashMap<i64, i64>,
    turns: HashMap<i64, i64>,
}

impl Copy<'_> {
    fn message(&mut self, original: &Original, parent: Option<i64>) -> Result<i64, StoreError> {
        let turn = match original.turn {
            Some(turn) => Some(self.turn(turn)?),
            None => None,
        };
        let new: i64 = self
            .tx
            .prepare_cached(
                "INSERT INTO message (id, conversation, parent, turn, role, purpose, state,
                                      stop_reason, error, created_at, ended_at)
                 SELECT lower(hex(randomblob(16))), ?2, ?3, ?4, role, purpose, state,
                        stop_reason, error, created_at, ended_at
                 FROM message WHERE seq = ?1 RETURNING seq",
            )?
            .query_row(
                params![original.seq, self.conversation, parent, turn],
                |row| row.get(0),
            )?;
        self.content(original.seq, new)?;
        self.messages.insert(original.seq, new);
        Ok(new)
    }

    fn content(&self, original: i64, new: i64) -> Result<(), StoreError> {
        for copy in [
            "INSERT INTO answer (message, first_token_at, model, usage, request_id, apim_request_id)
             SELECT ?2, first_token_at, model, usage, request_id, apim_request_id
             FROM answer WHERE message = ?1",
            "INSERT INTO block (message, position, kind, body, seconds, attachment)
             SELECT ?2, position, kind, body, seconds, attachment
             FROM block WHERE message = ?1 ORDER BY position",
            "INSERT INTO block_words (rowid, text)
             SELECT n.seq, w.text
             FROM block o JOIN block n ON n.message = ?2 AND n.position = o.position
                  JOIN block_words w ON w.rowid = o.seq
             WHERE o.message = ?1 ORDER BY n.seq",
        ] {
            self.tx.prepare_cached(copy)?.execute([original, new])?;
        }
        Ok(())
    }

    /// A turn that still runs goes on in its own conversation: here it was cut.
    fn turn(&mut self, original: i64) -> Result<i64, StoreError> {
        if let Some(copied) = self.turns.get(&original) {
            return Ok(*copied);
        }
        let mut question = self
            .tx
            .prepare_cached("SELECT question FROM turn WHERE seq = ?1")?;
        let question: i64 = question.query_row([original], |row| row.get(0))?;
        let question = self.messages.get(&question).ok_or_else(|| {
            StoreError::Failed("an answer stands outside of the branch that it answers".into())
        })?;
        let new = self
            .tx
            .prepare_cached(
                "INSERT INTO turn (id, conversation, question, connection, deployment, base_model,
                                   settings, started_at, ended_at, state, run)
                 SELECT lower(hex(randomblob(16))), ?2, ?3, connection, deployment, base_model,
                        settings, started_at, iif(state = ?4, ?5, ended_at),
                        iif(state = ?4, ?6, state), run
                 FROM turn WHERE seq = ?1 RETURNING seq",
            )?
            .query_row(
                params![
                    original,
                    self.conversation,
                    question,
                    TurnState::Running,
                    self.at,
                    TurnState::Interrupted
                ],
                |row| row.get(0),
            )?;
        self.turns.insert(original, new);
        Ok(new)
    }
}
