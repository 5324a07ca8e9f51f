//! What a person has typed and not sent, one text for each conversation.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::store::Survives;
use crate::{ConversationId, Store, StoreError};

/// Where a draft belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum DraftKey {
    /// To a conversation that does not exist yet.
    New,
    /// To this conversation.
    Of(ConversationId),
}

/// A draft. Its text is the caller's: it may be more than what was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What was typed.
    pub text: String,
    /// When, in milliseconds since the Unix epoch.
    pub updated_at: i64,
}

impl Store {
    /// The draft, if there is one.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn draft(&self, key: &DraftKey) -> Result<Option<Draft>, StoreError> {
        self.read(|tx| {
            let conversation = seq_of(tx, key)?;
            Ok(tx
                .query_row(
                    "SELECT text, updated_at FROM draft WHERE ifnull(conversation, 0) = ?1",
                    [conversation.unwrap_or(0)],
                    |row| {
                        Ok(Draft {
                            text: row.get(0)?,
                            updated_at: row.get(1)?,
                        })
                    },
                )
                .optional()?)
        })
    }

    /// Keeps a draft in place of the one before; an empty text removes it. It survives the
    /// end of the process; a power loss may take what was typed last.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn set_draft(&self, key: &DraftKey, draft: &Draft) -> Result<(), StoreError> {
        self.write(Survives::OwnEnd, |tx| {
            if draft.text.is_empty() {
                return clear_draft(tx, key);
            }
            tx.execute(
                "INSERT INTO draft (conversation, text, updated_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (ifnull(conversation, 0))
                 DO UPDATE SET text = excluded.text, updated_at = excluded.updated_at",
                params![seq_of(tx, key)?, draft.text, draft.updated_at],
            )?;
            Ok(())
        })
    }
}

pub(crate) fn clear_draft(tx: &Transaction<'_>, key: &DraftKey) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM draft WHERE ifnull(conversation, 0) = ?1",
        [seq_of(tx, key)?.unwrap_or(0)],
    )?;
    Ok(())
}

/// The conversation's row; none for the draft of a new one. Rows count from 1.
fn seq_of(tx: &Transaction<'_>, key: &DraftKey) -> Result<Option<i64>, StoreError> {
    match key {
        DraftKey::New => Ok(None),
        DraftKey::Of(id) => tx
            .query_row("SELECT seq FROM conversation WHERE id = ?1", [id], |row| {
                row.get(0)
            })
            .optional()?
            .map(Some)
            .ok_or_else(|| StoreError::NoSuchConversation(id.clone())),
    }
}
