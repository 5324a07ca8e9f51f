//! Which tools may run in a conversation without asking the person each time.

use rusqlite::params;

use crate::store::Survives;
use crate::writing::conversation_row;
use crate::{ConversationId, Store, StoreError};

/// A tool that may run in a conversation without asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The tool's name.
    pub tool: String,
    /// When the person allowed it, in milliseconds since the Unix epoch.
    pub granted_at: i64,
}

impl Store {
    /// What may run in a conversation, by name. A fork begins with nothing allowed.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn grants(&self, id: &ConversationId) -> Result<Vec<Grant>, StoreError> {
        self.read(|tx| {
            let conversation = conversation_row(tx, id)?;
            let mut statement = tx.prepare_cached(
                "SELECT tool, granted_at FROM tool_grant WHERE conversation = ?1 ORDER BY tool",
            )?;
            let grants = statement.query_map([conversation], |row| {
                Ok(Grant {
                    tool: row.get(0)?,
                    granted_at: row.get(1)?,
                })
            })?;
            Ok(grants.collect::<Result<_, _>>()?)
        })
    }

    /// Lets a tool run in a conversation from a time on (milliseconds since the Unix
    /// epoch). One that may already keeps its time.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn grant(&self, id: &ConversationId, tool: &str, at: i64) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let conversation = conversation_row(tx, id)?;
            tx.execute(
                "INSERT INTO tool_grant (conversation, tool, granted_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (conversation, tool) DO NOTHING",
                params![conversation, tool, at],
            )?;
            Ok(())
        })
    }

    /// Takes the permission back; a tool that has none keeps having none.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn revoke(&self, id: &ConversationId, tool: &str) -> Result<(), StoreError> {
        self.write(Survives::PowerLoss, |tx| {
            let conversation = conversation_row(tx, id)?;
            tx.execute(
                "DELETE FROM tool_grant WHERE conversation = ?1 AND tool = ?2",
                params![conversation, tool],
            )?;
            Ok(())
        })
    }
}
