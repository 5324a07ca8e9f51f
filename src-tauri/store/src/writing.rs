//! The rows of a turn. Each function is one part of a transaction that its caller holds.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::attachments::attachment_row;
use crate::input::{FinishedAnswer, NewAnswer, NewBlock, NewConversation, NewMessage, NewTurn};
use crate::search::{index_block, index_title};
use crate::{
    ConversationId, Ending, Json, MessageId, Role, StoreError, TitleBy, TurnId, TurnState,
};

/// The row of a message that is still being written.
pub(crate) struct Streaming {
    pub(crate) seq: i64,
    pub(crate) conversation: i64,
    pub(crate) turn: i64,
}

pub(crate) fn insert_conversation(
    tx: &Transaction<'_>,
    new: &NewConversation,
) -> Result<i64, StoreError> {
    let seq = tx.query_row(
        "INSERT INTO conversation (id, title, title_by, created_at, updated_at, demo, settings)
         VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6) RETURNING seq",
        params![
            new.id,
            new.title,
            TitleBy::Question,
            new.created_at,
            new.demo,
            new.settings
        ],
        |row| row.get(0),
    )?;
    index_title(tx, seq, &new.title)?;
    Ok(seq)
}

pub(crate) fn open_conversation(
    tx: &Transaction<'_>,
    id: &ConversationId,
    settings: Option<&Json>,
) -> Result<i64, StoreError> {
    tx.query_row(
        "UPDATE conversation SET settings = ifnull(?2, settings)
         WHERE id = ?1 AND trashed_at IS NULL RETURNING seq",
        params![id, settings],
        |row| row.get(0),
    )
    .optional()?
    .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))
}

pub(crate) fn conversation_row(
    tx: &Transaction<'_>,
    id: &ConversationId,
) -> Result<i64, StoreError> {
    tx.prepare_cached("SELECT seq FROM conversation WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))
}

pub(crate) fn insert_whole_message(
    tx: &Transaction<'_>,
    conversation: i64,
    parent: Option<i64>,
    turn: Option<i64>,
    new: &NewMessage,
) -> Result<i64, StoreError> {
    let seq = tx.query_row(
        "INSERT INTO message (id, conversation, parent, turn, role, purpose, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'complete', ?7) RETURNING seq",
        params![
            new.id,
            conversation,
            parent,
            turn,
            Role::User,
            new.purpose,
            new.created_at
        ],
        |row| row.get(0),
    )?;
    insert_blocks(tx, seq, &new.blocks)?;
    Ok(seq)
}

pub(crate) fn insert_turn(
    tx: &Transaction<'_>,
    conversation: i64,
    question: i64,
    run: &str,
    new: &NewTurn,
) -> Result<i64, StoreError> {
    Ok(tx.query_row(
        "INSERT INTO turn (id, conversation, question, connection, deployment, base_model,
                           settings, started_at, state, run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) RETURNING seq",
        params![
            new.id,
            conversation,
            question,
            new.connection,
            new.deployment,
            new.base_model,
            new.settings,
            new.started_at,
            TurnState::Running,
            run
        ],
        |row| row.get(0),
    )?)
}

/// Stores an empty answer and makes it the head.
pub(crate) fn insert_answer(
    tx: &Transaction<'_>,
    conversation: i64,
    parent: i64,
    turn: i64,
    new: &NewAnswer,
) -> Result<(), StoreError> {
    let seq: i64 = tx.query_row(
        "INSERT INTO message (id, conversation, parent, turn, role, state, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 'streaming', ?6) RETURNING seq",
        params![
            new.id,
            conversation,
            parent,
            turn,
            Role::Assistant,
            new.created_at
        ],
        |row| row.get(0),
    )?;
    tx.execute("INSERT INTO answer (message) VALUES (?1)", [seq])?;
    tx.execute(
        "UPDATE conversation SET head = ?2, updated_at = ?3 WHERE seq = ?1",
        params![conversation, seq, new.created_at],
    )?;
    Ok(())
}

fn insert_blocks(
    tx: &Transaction<'_>,
    message: i64,
    blocks: &[NewBlock],
) -> Result<(), StoreError> {
    let mut insert = tx.prepare_cached(
        "INSERT INTO block (message, position, kind, body, seconds, attachment)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6) RETURNING seq",
    )?;
    for (position, block) in (0_i64..).zip(blocks) {
        let attachment = match &block.attachment {
            Some(id) => Some(attachment_row(tx, id)?),
            None => None,
        };
        let seq = insert.query_row(
            params![
                message,
                position,
                block.kind,
                block.body,
                block.seconds,
                attachment
            ],
            |row| row.get(0),
        )?;
        index_block(tx, seq, &block.plain)?;
    }
    Ok(())
}

pub(crate) fn finish_answer(
    tx: &Transaction<'_>,
    turn: &TurnId,
    finished: &FinishedAnswer,
) -> Result<Streaming, StoreError> {
    let answer = streaming_message(tx, &finished.id)?;
    let owner: TurnId =
        tx.query_row("SELECT id FROM turn WHERE seq = ?1", [answer.turn], |row| {
            row.get(0)
        })?;
    if owner != *turn {
        return Err(StoreError::NoSuchTurn(turn.clone()));
    }
    let (stop_reason, error) = match &finished.ending {
        Ending::Complete { stop_reason } => (stop_reason.as_ref(), None),
        Ending::Failed { error } => (None, Some(error)),
        Ending::Stopped | Ending::Interrupted => (None, None),
    };
    tx.execute(
        "UPDATE message SET state = ?2, stop_reason = ?3, error = ?4, ended_at = ?5 WHERE seq = ?1",
        params![
            answer.seq,
            finished.ending.turn_state(),
            stop_reason,
            error,
            finished.ended_at
        ],
    )?;
    let facts = &finished.facts;
    tx.execute(
        "UPDATE answer SET first_token_at = ?2, model = ?3, usage = ?4, request_id = ?5,
                           apim_request_id = ?6 WHERE message = ?1",
        params![
            answer.seq,
            facts.first_token_at,
            facts.model,
            facts.usage,
            facts.request_id,
            facts.apim_request_id
        ],
    )?;
    insert_blocks(tx, answer.seq, &finished.blocks)?;
    tx.execute("DELETE FROM journal WHERE message = ?1", [answer.seq])?;
    Ok(answer)
}

pub(crate) fn streaming_message(
    tx: &Transaction<'_>,
    id: &MessageId,
) -> Result<Streaming, StoreError> {
    let found = tx
        .prepare_cached(
            "SELECT seq, conversation, turn, state = 'streaming' FROM message WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    match found {
        None => Err(StoreError::NoSuchMessage(id.clone())),
        Some((seq, conversation, Some(turn), true)) => Ok(Streaming {
            seq,
            conversation,
            turn,
        }),
        Some((_, _, _, _)) => Err(StoreError::AlreadyFinished(id.clone())),
    }
}

pub(crate) fn message_in(
    tx: &Transaction<'_>,
    conversation: i64,
    id: &MessageId,
) -> Result<i64, StoreError> {
    tx.query_row(
        "SELECT seq FROM message WHERE id = ?1 AND conversation = ?2",
        params![id, conversation],
        |row| row.get(0),
    )
    .optional()?
    .ok_or_else(|| StoreError::NoSuchMessage(id.clone()))
}
