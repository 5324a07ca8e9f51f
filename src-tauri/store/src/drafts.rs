//! What a person has typed and attached and not sent: one draft for each place.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::attachments::{INFO, info};
use crate::store::Survives;
use crate::{AttachmentInfo, ConversationId, MessageId, Store, StoreError};

/// Where a draft belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DraftKey {
    /// To a conversation that does not exist yet.
    New,
    /// To this conversation, as its next question.
    Of(ConversationId),
    /// To this question, as an edit of it that is not sent yet.
    Edit(MessageId),
}

/// A draft. Its text is the caller's: it may be more than what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What was typed.
    pub text: String,
    /// What was attached, in that order.
    pub attachments: Vec<AttachmentInfo>,
    /// When the text changed, in milliseconds since the Unix epoch.
    pub updated_at: i64,
}

impl Store {
    /// The draft, if there is one.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`] or [`StoreError::NoSuchMessage`] for its place.
    pub fn draft(&self, key: &DraftKey) -> Result<Option<Draft>, StoreError> {
        self.read(|tx| {
            let place = key.place(tx)?;
            let found = tx
                .query_row(
                    "SELECT seq, text, updated_at FROM draft
                     WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2",
                    params![place.conversation, place.edits],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let Some((seq, text, updated_at)) = found else {
                return Ok(None);
            };
            Ok(Some(Draft {
                text,
                attachments: attachments(tx, seq)?,
                updated_at,
            }))
        })
    }

    /// Keeps a draft's text in place of the one before, at a time (milliseconds since the
    /// Unix epoch). Its attachments stay; without any, an empty text removes the draft.
    /// The text survives the end of the process; a power loss may take what was typed last.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`] or [`StoreError::NoSuchMessage`] for its place.
    pub fn set_draft(&self, key: &DraftKey, text: &str, at: i64) -> Result<(), StoreError> {
        self.write(Survives::OwnEnd, |tx| {
            let draft = draft_row(tx, key, at)?;
            tx.execute(
                "UPDATE draft SET text = ?2, updated_at = ?3 WHERE seq = ?1",
                params![draft, text, at],
            )?;
            remove_if_empty(tx, &key.place(tx)?)
        })
    }
}

/// The rows that a draft's place names; none is 0, because rows count from 1.
pub(crate) struct Place {
    pub(crate) conversation: i64,
    pub(crate) edits: i64,
}

impl DraftKey {
    pub(crate) fn place(&self, tx: &Transaction<'_>) -> Result<Place, StoreError> {
        let row = |sql: &str, id: &str| tx.query_row(sql, [id], |row| row.get(0)).optional();
        Ok(match self {
            Self::New => Place {
                conversation: 0,
                edits: 0,
            },
            Self::Of(id) => Place {
                conversation: row("SELECT seq FROM conversation WHERE id = ?1", id.as_str())?
                    .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))?,
                edits: 0,
            },
            Self::Edit(id) => Place {
                conversation: 0,
                edits: row("SELECT seq FROM message WHERE id = ?1", id.as_str())?
                    .ok_or_else(|| StoreError::NoSuchMessage(id.clone()))?,
            },
        })
    }
}

/// The row of a draft; an empty one is made where there is none.
pub(crate) fn draft_row(tx: &Transaction<'_>, key: &DraftKey, at: i64) -> Result<i64, StoreError> {
    let place = key.place(tx)?;
    // The update changes nothing; without one, a row that is there would not be returned.
    Ok(tx.query_row(
        "INSERT INTO draft (conversation, edits, text, updated_at)
         VALUES (nullif(?1, 0), nullif(?2, 0), '', ?3)
         ON CONFLICT (ifnull(conversation, 0), ifnull(edits, 0)) DO UPDATE SET text = text
         RETURNING seq",
        params![place.conversation, place.edits, at],
        |row| row.get(0),
    )?)
}

pub(crate) fn clear_draft(tx: &Transaction<'_>, key: &DraftKey) -> Result<(), StoreError> {
    let place = key.place(tx)?;
    tx.execute(
        "DELETE FROM draft WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2",
        params![place.conversation, place.edits],
    )?;
    Ok(())
}

pub(crate) fn remove_if_empty(tx: &Transaction<'_>, place: &Place) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM draft
         WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2 AND text = ''
           AND NOT EXISTS (SELECT 1 FROM draft_attachment d WHERE d.draft = draft.seq)",
        params![place.conversation, place.edits],
    )?;
    Ok(())
}

fn attachments(tx: &Transaction<'_>, draft: i64) -> Result<Vec<AttachmentInfo>, StoreError> {
    let mut statement = tx.prepare_cached(&format!(
        "SELECT {INFO} FROM draft_attachment d JOIN attachment a ON a.seq = d.attachment
         WHERE d.draft = ?1 ORDER BY d.seq"
    ))?;
    let found = statement.query_map([draft], |row| info(row, 0))?;
    Ok(found.collect::<Result<_, _>>()?)
}
