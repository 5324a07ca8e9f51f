//! Images and text files that belong to a draft or a question.
//!
//! An attachment is stored when it is added to a draft, and goes with the last draft and
//! the last block that use it (the triggers of `schema/v2.sql`). Its bytes are read only
//! when they are asked for: lists and conversations carry [`AttachmentInfo`].

use std::borrow::Borrow;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use crate::drafts::{Place, draft_row, remove_if_empty};
use crate::store::Survives;
use crate::{AttachmentId, DraftKey, Store, StoreError};

/// An attachment to be stored. What its bytes are was checked by the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAttachment {
    /// A new identifier.
    pub id: AttachmentId,
    /// What the person knows it by: the file's name, without its folder.
    pub name: String,
    /// The type of `bytes`, say `image/png`.
    pub media_type: String,
    /// What is sent.
    pub bytes: Vec<u8>,
    /// The size of an image in `bytes`; none for a text.
    pub size: Option<PixelSize>,
    /// The size before, where the image was made smaller.
    pub original: Option<PixelSize>,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// Everything about an attachment except its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachmentInfo {
    /// Which attachment.
    pub id: AttachmentId,
    /// What the person knows it by.
    pub name: String,
    /// The type of its bytes, say `image/png`.
    pub media_type: String,
    /// How many bytes it has.
    pub length: u64,
    /// The size of an image; none for a text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<PixelSize>,
    /// The size before, where the image was made smaller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<PixelSize>,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// An attachment, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAttachment {
    /// What is known about it.
    pub info: AttachmentInfo,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The size of an image in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PixelSize {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl Store {
    /// Stores an attachment as the last one of a draft, which begins with it if it is
    /// not there yet.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`] or [`StoreError::NoSuchMessage`] for the draft's
    /// place; [`StoreError::Failed`] for an identifier that is taken.
    pub fn attach(&self, key: &DraftKey, new: &NewAttachment) -> Result<(), StoreError> {
        self.attach_all(key, std::slice::from_ref(new))
    }

    /// Stores several attachments as the last ones of a draft, in this order: all of them
    /// or none.
    ///
    /// # Errors
    /// As [`Store::attach`].
    pub fn attach_all(
        &self,
        key: &DraftKey,
        all: &[impl Borrow<NewAttachment>],
    ) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            for new in all.iter().map(Borrow::borrow) {
                let draft = draft_row(tx, key, new.created_at)?;
                let attachment = insert_attachment(tx, new)?;
                link(tx, draft, attachment)?;
            }
            Ok(())
        })
    }

    /// Adds an attachment that is stored already to a draft, as its last: the edit of a
    /// question begins with the question's own. One that the draft has stays where it is.
    /// A draft that is not there yet begins at a time (milliseconds since the Unix epoch).
    ///
    /// # Errors
    /// [`StoreError::NoSuchAttachment`], and as [`Store::attach`].
    pub fn adopt_attachment(
        &self,
        key: &DraftKey,
        id: &AttachmentId,
        at: i64,
    ) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| adopt(tx, key, id, at))
    }

    /// Takes an attachment out of a draft, and deletes it when nothing else uses it. One
    /// that the draft does not have is out of it already.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`] or [`StoreError::NoSuchMessage`] for the draft's
    /// place.
    pub fn detach(&self, key: &DraftKey, id: &AttachmentId) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let place = key.place(tx)?;
            unlink(tx, &place, id)?;
            remove_if_empty(tx, &place)
        })
    }

    /// An attachment with its bytes; none when it is gone.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn attachment(&self, id: &AttachmentId) -> Result<Option<StoredAttachment>, StoreError> {
        self.read(|tx| {
            let sql = format!("SELECT {INFO}, a.bytes FROM attachment a WHERE a.id = ?1");
            let found = tx.prepare_cached(&sql)?.query_row([id], |row| {
                Ok(StoredAttachment {
                    info: info(row, 0)?,
                    bytes: row.get(INFO_COLUMNS)?,
                })
            });
            Ok(found.optional()?)
        })
    }
}

/// What [`info`] reads, of the table `attachment a`. The length of a value is known
/// without reading it (sqlite.org/fileformat2.html, section 2.1).
pub(crate) const INFO: &str = "a.id, a.name, a.media_type, length(a.bytes), a.width, a.height,
    a.original_width, a.original_height, a.created_at";
const INFO_COLUMNS: usize = 9;

/// Reads the columns of [`INFO`], which begin at `first`.
pub(crate) fn info(row: &Row<'_>, first: usize) -> rusqlite::Result<AttachmentInfo> {
    Ok(AttachmentInfo {
        id: row.get(first)?,
        name: row.get(first + 1)?,
        media_type: row.get(first + 2)?,
        length: row.get::<_, i64>(first + 3)?.unsigned_abs(),
        size: pixels(row.get(first + 4)?, row.get(first + 5)?),
        original: pixels(row.get(first + 6)?, row.get(first + 7)?),
        created_at: row.get(first + 8)?,
    })
}

fn pixels(width: Option<u32>, height: Option<u32>) -> Option<PixelSize> {
    let (width, height) = width.zip(height)?;
    Some(PixelSize { width, height })
}

pub(crate) fn attachment_row(tx: &Transaction<'_>, id: &AttachmentId) -> Result<i64, StoreError> {
    tx.prepare_cached("SELECT seq FROM attachment WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NoSuchAttachment(id.clone()))
}

pub(crate) fn bytes_of(tx: &Transaction<'_>, id: &AttachmentId) -> Result<Vec<u8>, StoreError> {
    tx.prepare_cached("SELECT bytes FROM attachment WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NoSuchAttachment(id.clone()))
}

pub(crate) fn insert_attachment(
    tx: &Transaction<'_>,
    new: &NewAttachment,
) -> Result<i64, StoreError> {
    Ok(tx.query_row(
        "INSERT INTO attachment (id, name, media_type, width, height, original_width,
                                 original_height, created_at, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING seq",
        params![
            new.id,
            new.name,
            new.media_type,
            new.size.map(|size| size.width),
            new.size.map(|size| size.height),
            new.original.map(|size| size.width),
            new.original.map(|size| size.height),
            new.created_at,
            new.bytes
        ],
        |row| row.get(0),
    )?)
}

/// Makes an attachment that is stored the last one of a draft.
pub(crate) fn adopt(
    tx: &Transaction<'_>,
    key: &DraftKey,
    id: &AttachmentId,
    at: i64,
) -> Result<(), StoreError> {
    let attachment = attachment_row(tx, id)?;
    let draft = draft_row(tx, key, at)?;
    link(tx, draft, attachment)
}

/// Takes an attachment out of the draft in a place; one that it does not have is out already.
pub(crate) fn unlink(
    tx: &Transaction<'_>,
    place: &Place,
    id: &AttachmentId,
) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM draft_attachment
         WHERE attachment = (SELECT seq FROM attachment WHERE id = ?3)
           AND draft = (SELECT seq FROM draft
                        WHERE ifnull(conversation, 0) = ?1 AND ifnull(edits, 0) = ?2)",
        params![place.conversation, place.edits, id],
    )?;
    Ok(())
}

fn link(tx: &Transaction<'_>, draft: i64, attachment: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO draft_attachment (draft, attachment) VALUES (?1, ?2)
         ON CONFLICT (draft, attachment) DO NOTHING",
        [draft, attachment],
    )?;
    Ok(())
}
