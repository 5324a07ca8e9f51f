//! What a person does with conversations besides asking: read, stop, rename, throw away, find.

use hearth_store::{self as store, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::api::{
    ConversationId, ConversationSummary, ConversationView, ErrorCode, ErrorReport, HearthEvent,
    MessageId, SearchHit, TurnId, TurnSettings,
};
use crate::asking::json;
use crate::engine::Engine;
use crate::view;

/// Hits of a search at most; a person refines the words instead of reading on.
const MOST_HITS: u32 = 50;

impl Shared {
    /// Tells the windows that something inside a conversation is different.
    pub(crate) fn announce_stale(&self, id: &ConversationId) {
        let id = id.clone();
        let stale = HearthEvent::ConversationStale { id };
        self.live().announce(stale);
    }

    /// Tells the windows what a conversation is asked with from now on. They need not read all
    /// of it again: that takes a while for thousands of messages.
    pub(crate) async fn announce_settings(&self, id: &ConversationId) {
        // Read again under the lock that orders them: the last told is the newest.
        let _order = self.rows.lock().await;
        let event = match self.row(id).await {
            Ok(row) => HearthEvent::ConversationSettings {
                id: id.clone(),
                settings: view::settings(&row),
            },
            Err(error) => {
                tracing::debug!(%error, "what was chosen cannot be read again");
                HearthEvent::ConversationStale { id: id.clone() }
            }
        };
        self.live().announce(event);
    }
}

impl Engine {
    /// The conversations, the one last added to first; none from the trash.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn conversations(&self) -> Result<Vec<ConversationSummary>, ErrorReport> {
        let rows = self.shared.list().await?;
        Ok(rows.iter().map(|row| self.shared.summary(row)).collect())
    }

    /// A conversation as shown, with what runs in it at this moment.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be read.
    pub async fn conversation(&self, id: ConversationId) -> Result<ConversationView, ErrorReport> {
        let mut shown = self.snapshot(&id).await?;
        if !self.shared.show_neighbour(&mut shown).await? {
            // The other program came to its end between the two looks.
            shown = self.snapshot(&id).await?;
            self.shared.show_neighbour(&mut shown).await?;
        }
        Ok(shown)
    }

    async fn snapshot(&self, id: &ConversationId) -> Result<ConversationView, ErrorReport> {
        // First the events, then the store: what happens in between is in the store
        // already and comes once more as an event, which changes nothing the second time.
        let (seq, running) = self.shared.live().snapshot(id);
        let stored = self.shared.read(id).await?;
        let mut messages = view::branch(&stored);
        let turn = running.map(|(turn, answer)| {
            if let Some(shown) = messages.iter_mut().find(|it| it.id == answer.id) {
                *shown = answer;
            }
            turn
        });
        Ok(ConversationView {
            summary: self.shared.summary(&stored.row),
            settings: view::settings(&stored.row),
            messages,
            turn,
            seq,
        })
    }

    /// Shows the branch on which this message lies, down to its newest end.
    ///
    /// # Errors
    /// [`ErrorCode::MessageNotFound`], [`ErrorCode::TurnRunning`] while an answer is
    /// being written into the branch that is shown.
    pub async fn show_branch(
        &self,
        conversation: ConversationId,
        message: MessageId,
    ) -> Result<ConversationView, ErrorReport> {
        // Holds the conversation while its branch changes: no turn begins below the old one.
        let taken = self.shared.reserve(
            &conversation,
            &TurnId(String::new()),
            CancellationToken::new(),
        );
        let taken = taken.ok_or_else(|| ErrorReport::new(ErrorCode::TurnRunning))?;
        let engine = self.clone();
        let id = conversation.clone();
        self.to_its_end(async move {
            let shown = engine.set_head(&id, &message).await;
            drop(taken);
            shown
        })
        .await?;
        self.shared.announce_row(&conversation).await?;
        // The line of the list does not tell the other windows which branch they show.
        self.shared.announce_stale(&conversation);
        self.conversation(conversation).await
    }

    async fn set_head(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
    ) -> Result<(), ErrorReport> {
        let stored = self.shared.read(conversation).await?;
        let wanted = store::MessageId::from(message.0.as_str());
        let head = stored.newest_leaf(&wanted).clone();
        let id = stored.row.id;
        self.shared
            .store(move |store| match store.running_elsewhere(&id)? {
                Some(_) => Err(StoreError::TurnRunning(id)),
                None => store.set_head(&id, &head),
            })
            .await
    }

    /// Ends a turn early; what arrived is kept. One that is over has nothing to stop.
    pub fn stop(&self, turn: &TurnId) {
        self.shared.live().stop(turn);
    }

    /// What the next question of a conversation is asked with.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn choose(
        &self,
        conversation: ConversationId,
        settings: TurnSettings,
    ) -> Result<(), ErrorReport> {
        let id = store::ConversationId::from(conversation.0.as_str());
        let settings = json(&settings);
        self.shared
            .store(move |store| store.set_settings(&id, &settings))
            .await?;
        // Another window would ask with what was chosen before, and store it.
        self.shared.announce_settings(&conversation).await;
        Ok(())
    }

    /// Gives a conversation a name; an empty one changes nothing.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn rename(&self, id: ConversationId, title: String) -> Result<(), ErrorReport> {
        let title = title.trim().to_owned();
        if title.is_empty() {
            return Ok(());
        }
        let stored = store::ConversationId::from(id.0.as_str());
        self.shared
            .store(move |store| store.rename(&stored, &title))
            .await?;
        self.shared.announce_row(&id).await
    }

    /// Pins a conversation to the top of the list, or takes it off.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn pin(&self, id: ConversationId, pinned: bool) -> Result<(), ErrorReport> {
        let stored = store::ConversationId::from(id.0.as_str());
        let at = pinned.then(crate::now);
        self.shared
            .store(move |store| store.set_pinned(&stored, at))
            .await?;
        self.shared.announce_row(&id).await
    }

    /// Puts a conversation into the trash; a turn in it stops.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn trash(&self, id: ConversationId) -> Result<(), ErrorReport> {
        let stored = store::ConversationId::from(id.0.as_str());
        let at = crate::now();
        self.shared
            .store(move |store| store.trash(&stored, at))
            .await?;
        // Only now: no turn begins in the trash, so this one is the last.
        self.shared.live().stop_in(&id);
        self.shared.announce_row(&id).await
    }

    /// Takes a conversation out of the trash, as it was.
    ///
    /// # Errors
    /// [`ErrorCode::ConversationNotFound`], and when the store cannot be written.
    pub async fn restore(&self, id: ConversationId) -> Result<(), ErrorReport> {
        let stored = store::ConversationId::from(id.0.as_str());
        self.shared
            .store(move |store| store.restore(&stored))
            .await?;
        self.shared.announce_row(&id).await
    }

    /// Finds conversations by words of their titles and texts, the newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn search(&self, query: String) -> Result<Vec<SearchHit>, ErrorReport> {
        let hits = self
            .shared
            .store(move |store| store.search(&query, MOST_HITS))
            .await?;
        Ok(hits.into_iter().map(view::hit).collect())
    }
}
