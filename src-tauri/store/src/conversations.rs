//! What a person does with whole conversations.

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::search::index_title;
use crate::store::Survives;
use crate::writing::{conversation_row, message_in};
use crate::{ConversationId, Json, MessageId, Store, StoreError, TitleBy};

/// Which conversations a list shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shelf {
    /// Those in use.
    Current,
    /// Those in the trash.
    Trash,
}

/// How many free pages are cut off the file before others get their turn: about 8 MB.
const AT_ONCE: u32 = 2000;

/// What a purge removed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purged {
    /// The conversations.
    pub conversations: Vec<ConversationId>,
    /// By how much the database file shrank, in bytes. Zero while another program reads it.
    pub freed: u64,
}

impl Store {
    /// Gives a conversation the title that a person chose.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn rename(&self, id: &ConversationId, title: &str) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let seq = update(
                tx,
                "UPDATE conversation SET title = ?2, title_by = ?3 WHERE id = ?1 RETURNING seq",
                id,
                params![id, title, TitleBy::Person],
            )?;
            index_title(tx, seq, title)
        })
    }

    /// Replaces what the next question would be asked with.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn set_settings(&self, id: &ConversationId, settings: &Json) -> Result<(), StoreError> {
        self.set(
            "UPDATE conversation SET settings = ?2 WHERE id = ?1 RETURNING seq",
            id,
            params![id, settings],
        )
    }

    /// Pins a conversation at a time (milliseconds since the Unix epoch), or unpins it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn set_pinned(&self, id: &ConversationId, at: Option<i64>) -> Result<(), StoreError> {
        self.set(
            "UPDATE conversation SET pinned_at = ?2 WHERE id = ?1 RETURNING seq",
            id,
            params![id, at],
        )
    }

    /// Shows the branch that leads to this message.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`], [`StoreError::NoSuchMessage`].
    pub fn set_head(&self, id: &ConversationId, head: &MessageId) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let seq = conversation_row(tx, id)?;
            let head = message_in(tx, seq, head)?;
            tx.execute(
                "UPDATE conversation SET head = ?2 WHERE seq = ?1",
                [seq, head],
            )?;
            Ok(())
        })
    }

    /// Puts a conversation into the trash at a time (milliseconds since the Unix epoch).
    /// One that is there already keeps its time.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn trash(&self, id: &ConversationId, at: i64) -> Result<(), StoreError> {
        self.set(
            "UPDATE conversation SET trashed_at = ifnull(trashed_at, ?2) WHERE id = ?1 RETURNING seq",
            id,
            params![id, at],
        )
    }

    /// Takes a conversation out of the trash, as it was.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn restore(&self, id: &ConversationId) -> Result<(), StoreError> {
        self.set(
            "UPDATE conversation SET trashed_at = NULL WHERE id = ?1 RETURNING seq",
            id,
            params![id],
        )
    }

    /// Deletes for good what went to the trash before a time (milliseconds since the Unix
    /// epoch), with the attachments that nothing else uses, and gives its room on the disk
    /// back. The words are then nowhere in the database; copies made before a migration (`backups/`) may still have them.
    ///
    /// # Errors
    /// What [`Store::open`] names.
    pub fn purge_trash(&self, before: i64) -> Result<Purged, StoreError> {
        self.purge(|tx| {
            let mut delete =
                tx.prepare("DELETE FROM conversation WHERE trashed_at < ?1 RETURNING id")?;
            let gone = delete.query_map([before], |row| row.get(0))?;
            Ok(gone.collect::<Result<_, _>>()?)
        })
    }

    /// Deletes one conversation for good, in the trash or not; otherwise as
    /// [`Store::purge_trash`].
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn delete(&self, id: &ConversationId) -> Result<Purged, StoreError> {
        self.purge(
            |tx| match tx.execute("DELETE FROM conversation WHERE id = ?1", [id])? {
                0 => Err(StoreError::NoSuchConversation(id.clone())),
                _ => Ok(vec![id.clone()]),
            },
        )
    }

    fn purge(
        &self,
        delete: impl FnOnce(&Transaction<'_>) -> Result<Vec<ConversationId>, StoreError>,
    ) -> Result<Purged, StoreError> {
        let conversations = self.write(Survives::PowerLoss, delete)?;
        if conversations.is_empty() {
            return Ok(Purged {
                conversations,
                freed: 0,
            });
        }
        // The deletion stands, even if its room cannot be given back now.
        let freed = self.give_back_room().unwrap_or(0);
        Ok(Purged {
            conversations,
            freed,
        })
    }

    /// Step by step: an answer that is being written does not wait for all of it.
    fn give_back_room(&self) -> Result<u64, StoreError> {
        let before = self.maintain(size)?;
        // A file that was made without `auto_vacuum` keeps its free pages.
        let mut left = i64::MAX;
        loop {
            let now = self.maintain(cut_some)?;
            if now == 0 || now >= left {
                break;
            }
            left = now;
        }
        if !self.maintain(empty_log)? {
            return Ok(0);
        }
        Ok(before.saturating_sub(self.maintain(size)?))
    }

    fn set(
        &self,
        sql: &str,
        id: &ConversationId,
        parameters: impl rusqlite::Params,
    ) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            update(tx, sql, id, parameters).map(|_| ())
        })
    }
}

/// Runs an update that returns the row's `seq`.
fn update(
    tx: &Transaction<'_>,
    sql: &str,
    id: &ConversationId,
    parameters: impl rusqlite::Params,
) -> Result<i64, StoreError> {
    tx.query_row(sql, parameters, |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::NoSuchConversation(id.clone()))
}

/// Cuts some free pages off the file; how many are left.
fn cut_some(connection: &Connection) -> Result<i64, StoreError> {
    // It frees one page a step, and a statement is not stepped to its end by itself.
    let mut vacuum = connection.prepare(&format!("PRAGMA incremental_vacuum({AT_ONCE})"))?;
    let mut rows = vacuum.query(())?;
    while rows.next()?.is_some() {}
    Ok(connection.query_row("PRAGMA freelist_count", (), |row| row.get(0))?)
}

/// Empties the log, which still has the old pages; whether nobody was reading them.
fn empty_log(connection: &Connection) -> Result<bool, StoreError> {
    let blocked: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get(0))?;
    Ok(!blocked)
}

/// The length of the database file without its log, in bytes.
fn size(connection: &Connection) -> Result<u64, StoreError> {
    let pages: i64 = connection.query_row("PRAGMA page_count", (), |row| row.get(0))?;
    let page: i64 = connection.query_row("PRAGMA page_size", (), |row| row.get(0))?;
    Ok(u64::try_from(pages * page).unwrap_or(0))
}
