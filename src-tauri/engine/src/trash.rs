//! Conversations that were thrown away: thirty days long they can come back.

use std::sync::Arc;
use std::time::Duration;

use hearth_store::{self as store, Shelf};

use crate::Shared;
use crate::api::{ConversationId, ErrorReport, HearthEvent, TrashedConversation};
use crate::engine::Engine;

/// How long a conversation stays in the trash, in milliseconds.
const KEPT: i64 = 30 * 24 * 60 * 60 * 1000;

/// How often what is older is looked for.
const LOOK: Duration = Duration::from_secs(24 * 60 * 60);

impl Engine {
    /// The conversations in the trash, the one thrown away last first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn trashed(&self) -> Result<Vec<TrashedConversation>, ErrorReport> {
        let rows = self
            .shared
            .store(|store| store.conversations(Shelf::Trash))
            .await?;
        let mut trashed: Vec<_> = rows.iter().filter_map(trashed).collect();
        trashed.sort_by_key(|it| std::cmp::Reverse(it.trashed_at));
        Ok(trashed)
    }

    /// Deletes a conversation for good, in the trash or not; a turn in it stops. Answers
    /// with the bytes by which the database became smaller.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn delete_forever(&self, id: ConversationId) -> Result<u64, ErrorReport> {
        let stored = store::ConversationId::from(id.0.as_str());
        let purged = self
            .shared
            .store(move |store| store.delete(&stored))
            .await?;
        self.shared.live().stop_in(&id);
        self.shared.announce_removed(&purged);
        Ok(purged.freed)
    }

    /// Deletes everything in the trash for good. Answers with the bytes by which the
    /// database became smaller.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn empty_trash(&self) -> Result<u64, ErrorReport> {
        let purged = self
            .shared
            .store(|store| store.purge_trash(i64::MAX))
            .await?;
        self.shared.announce_removed(&purged);
        Ok(purged.freed)
    }
}

fn trashed(row: &store::ConversationRow) -> Option<TrashedConversation> {
    let trashed_at = row.trashed_at?;
    Some(TrashedConversation {
        id: ConversationId(row.id.as_str().to_owned()),
        title: row.title.clone(),
        demo: row.demo,
        trashed_at,
        deleted_at: trashed_at.saturating_add(KEPT),
    })
}

impl Shared {
    fn announce_removed(&self, purged: &store::Purged) {
        for id in &purged.conversations {
            let id = ConversationId(id.as_str().to_owned());
            self.live()
                .announce(HearthEvent::ConversationRemoved { id });
        }
    }

    async fn delete_what_is_due(&self) -> Result<(), ErrorReport> {
        let before = crate::now().saturating_sub(KEPT);
        let purged = self
            .store(move |store| {
                let trash = store.conversations(Shelf::Trash)?;
                let due = trash.iter().any(|row| row.trashed_at < Some(before));
                // Nothing is written where nothing is due.
                due.then(|| store.purge_trash(before)).transpose()
            })
            .await?;
        if let Some(purged) = purged {
            self.announce_removed(&purged);
        }
        Ok(())
    }

    /// Deletes what was in the trash for too long: now, and once a day until Hearth ends.
    pub(crate) fn keep_trash_short(self: &Arc<Self>) {
        let shared = self.clone();
        tokio::spawn(async move {
            loop {
                if let Err(error) = shared.delete_what_is_due().await {
                    tracing::warn!(%error, "the trash was not emptied");
                }
                tokio::select! {
                    () = shared.quitting.cancelled() => return,
                    () = tokio::time::sleep(LOOK) => {}
                }
            }
        });
    }
}
