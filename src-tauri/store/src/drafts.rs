//! What a person has typed and attached and not sent: one draft for each place.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::attachments::{INFO, adopt, info, unlink};
use crate::store::Survives;
use crate::{AttachmentId, AttachmentInfo, ConversationId, MessageId, Store, StoreError};

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

/// What was sent of a draft, beside the attachments that the question shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentDraft {
    /// Which draft.
    pub key: DraftKey,
    /// The text that was sent. The draft's own may be the beginning of it, saved while the
    /// end was being typed, and may have other white space around it.
    pub text: String,
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
            set_text(tx, key, text, at)?;
            remove_if_empty(tx, &key.place(tx)?)
        })
    }

    /// Begins a draft with a text and with attachments that are stored already, in this
    /// order, at a time (milliseconds since the Unix epoch): all of it or nothing. A draft
    /// that has begun already stays as it is.
    ///
    /// # Errors
    /// As [`Store::set_draft`]; [`StoreError::NoSuchAttachment`].
    pub fn begin_draft(
        &self,
        key: &DraftKey,
        text: &str,
        attachments: &[AttachmentId],
        at: i64,
    ) -> Result<(), StoreError> {
        self.write(Survives::OwnEnd, |tx| {
            if text_in(tx, &key.place(tx)?)?.is_some() {
                return Ok(());
            }
            set_text(tx, key, text, at)?;
            for attachment in attachments {
                adopt(tx, key, attachment, at)?;
            }
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

fn set_text(tx: &Transaction<'_>, key: &DraftKey, text: &str, at: i64) -> Result<(), StoreError> {
    let draft = draft_row(tx, key, at)?;
    tx.execute(
        "UPDATE draft SET text = ?2, updated_at = ?3 WHERE seq = ?1",
        params![draft, text, at],
    )?;
    Ok(())
}

/// Takes out of a draft what was sent of it: these attachments, and its text if it is the
/// one that was sent. Whatever else another window has put there stays.
pub(crate) fn clear_draft<'a>(
    tx: &Transaction<'_>,
    sent: &SentDraft,
    attachments: impl Iterator<Item = &'a AttachmentId>,
) -> Result<(), StoreError> {
    let place = sent.key.place(tx)?;
    for attachment in attachments {
        unlink(tx, &place, attachment)?;
    }
    let was_sent = |text: String| sent.text.trim_start().starts_with(text.trim());
    if text_in(tx, &place)?.is_some_and(was_sent) {
        tx.execute(
            "UPDATE draft SET text = ''
             WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2",
            params![place.conversation, place.edits],
        )?;
    }
    remove_if_empty(tx, &place)
}

/// The text of the draft in a place, if there is a draft.
fn text_in(tx: &Transaction<'_>, place: &Place) -> Result<Option<String>, StoreError> {
    let text = tx.query_row(
        "SELECT text FROM draft WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2",
        params![place.conversation, place.edits],
        |row| row.get(0),
    );
    Ok(text.optional()?)
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
