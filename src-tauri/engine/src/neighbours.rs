//! Other programs at the same conversations: `hearth ask` beside the window, say.
//!
//! SQLite tells cheaply that somebody else has written (`PRAGMA data_version`), but not
//! what: so the lines of the list are compared with how they looked last. Windows are told
//! what changed there, and take new snapshots of what changed inside.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use hearth_store::{self as store, StoreError};

use crate::Shared;
use crate::api::{
    ConversationId, ConversationView, ErrorReport, HearthEvent, LiveTurn, MessageState, TurnId,
};
use crate::{recovery, view};

/// How often somebody looks, while there is a window to tell.
const LOOK: Duration = Duration::from_millis(200);

/// Looks between two that ask whether the others still live: nobody writes when they die.
const LOOKS_BETWEEN_CALLS: u32 = 5;

/// A version that no database has.
const NO_VERSION: i64 = -1;

/// What was seen of the others.
struct Seen {
    /// Whether somebody else has written since.
    version: i64,
    /// The list as it looked; none before the first look.
    rows: Option<HashMap<store::ConversationId, store::ConversationRow>>,
    /// Answers that others write: which, and how many entries of its journal were seen.
    writing: HashMap<store::ConversationId, (store::MessageId, usize)>,
    looks: u32,
}

/// What one look found.
#[derive(Default)]
struct Found {
    changed: Vec<store::ConversationRow>,
    removed: Vec<store::ConversationId>,
    /// Something inside is different.
    stale: Vec<store::ConversationId>,
    /// A turn runs that nobody alive runs.
    orphaned: bool,
}

impl Shared {
    /// Watches what other programs do with the conversations, until Hearth ends. `version`
    /// is that of the moment at which this one opened them.
    pub(crate) fn watch_neighbours(self: &Arc<Self>, version: i64) {
        let shared = self.clone();
        tokio::spawn(async move {
            let mut seen = Seen {
                version,
                rows: None,
                writing: HashMap::new(),
                looks: 0,
            };
            loop {
                tokio::select! {
                    () = shared.quitting.cancelled() => return,
                    () = tokio::time::sleep(LOOK) => {}
                }
                if !shared.live().is_watched() {
                    continue;
                }
                match shared.look(seen).await {
                    Ok(now) => seen = now,
                    Err((before, error)) => {
                        tracing::debug!(%error, "the neighbours cannot be seen");
                        seen = before;
                    }
                }
            }
        });
    }

    /// One look, and telling what it found, also where it failed in the middle. What was seen
    /// comes back in either case.
    async fn look(self: &Arc<Self>, mut seen: Seen) -> Result<Seen, (Seen, ErrorReport)> {
        let here: Vec<_> = self.live().running();
        let looked = self
            .store(move |store| {
                let mut found = Found::default();
                let looked = seen.look(store, &here, &mut found);
                Ok((seen, found, looked))
            })
            .await;
        // A defect of ours took what was seen with it.
        let (seen, found, looked) = looked.map_err(|error| (Seen::nothing(), error))?;
        self.tell(found).await;
        match looked {
            Ok(()) => Ok(seen),
            Err(error) => Err((seen, crate::report::store(&error))),
        }
    }

    async fn tell(self: &Arc<Self>, found: Found) {
        if found.orphaned
            && let Err(error) = recovery::finish_interrupted(self).await
        {
            tracing::warn!(%error, "an answer of another program has no ending");
        }
        let id = |id: &store::ConversationId| ConversationId(id.as_str().to_owned());
        for removed in &found.removed {
            let event = HearthEvent::ConversationRemoved { id: id(removed) };
            self.live().announce(event);
        }
        for row in &found.changed {
            // Read again under the lock that orders them: the last told is the newest.
            if let Err(error) = self.announce_row(&id(&row.id)).await {
                tracing::debug!(%error, "a line of the list is gone again");
            }
        }
        for stale in &found.stale {
            self.announce_stale(&id(stale));
        }
    }

    /// Puts what another program is writing into a snapshot. False when something is being
    /// written there and nobody writes it: by now it has its ending.
    pub(crate) async fn show_neighbour(
        &self,
        shown: &mut ConversationView,
    ) -> Result<bool, ErrorReport> {
        let mut messages = shown.messages.iter_mut();
        let written = messages.find(|it| it.state == MessageState::Streaming);
        let Some(message) = written.filter(|_| shown.turn.is_none()) else {
            return Ok(true);
        };
        let id = store::ConversationId::from(shown.summary.id.0.as_str());
        let running = self
            .store(move |store| store.running_elsewhere(&id))
            .await?;
        let Some(running) = running.filter(|it| it.answer.as_str() == message.id.0) else {
            return Ok(false);
        };
        let blocks = recovery::assembled(&running.journal).blocks;
        message.blocks = blocks
            .iter()
            .map(|it| view::block(&it.block, None))
            .collect();
        shown.turn = Some(LiveTurn {
            id: TurnId(running.turn.as_str().to_owned()),
            answer: message.id.clone(),
            waiting: None,
            elsewhere: true,
        });
        Ok(true)
    }
}

impl Seen {
    /// As if nothing had been seen yet: the next look tells everything.
    fn nothing() -> Self {
        Self {
            version: NO_VERSION,
            rows: None,
            writing: HashMap::new(),
            looks: 0,
        }
    }

    /// Compares what is there with what was seen. `here` is what this program writes itself.
    ///
    /// # Errors
    /// Where the store cannot be read: then the next look is a whole one.
    fn look(
        &mut self,
        store: &store::Store,
        here: &[ConversationId],
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let looked = self.look_closely(store, here, found);
        if looked.is_err() {
            self.version = NO_VERSION;
        }
        looked
    }

    fn look_closely(
        &mut self,
        store: &store::Store,
        here: &[ConversationId],
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let version = store.data_version()?;
        if version != self.version || self.rows.is_none() {
            self.compare(store, version, found)?;
            self.read_on(store, here, found)?;
        }
        self.looks = self.looks.wrapping_add(1);
        if self.looks.is_multiple_of(LOOKS_BETWEEN_CALLS) {
            self.call(store, found)?;
        }
        Ok(())
    }

    fn compare(
        &mut self,
        store: &store::Store,
        version: i64,
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let rows = store.conversations(store::Shelf::Current)?;
        let rows: HashMap<_, _> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
        // Before the first look nobody had written if the version is still that of the
        // opening; else it is not known what, and everything counts as changed.
        let first = self.rows.is_none();
        if !(first && version == self.version) {
            let before = self.rows.take().unwrap_or_default();
            for (id, row) in &rows {
                let known = before.get(id);
                if known != Some(row) {
                    found.changed.push(row.clone());
                }
                if known.is_none_or(|known| inside(known) != inside(row)) {
                    found.stale.push(id.clone());
                }
            }
            let gone = before.into_keys().filter(|id| !rows.contains_key(id));
            found.removed.extend(gone);
        }
        self.version = version;
        self.rows = Some(rows);
        Ok(())
    }

    /// Looks how far the answers are that others write.
    fn read_on(
        &mut self,
        store: &store::Store,
        here: &[ConversationId],
        found: &mut Found,
    ) -> Result<(), StoreError> {
        let rows = self.rows.iter().flat_map(HashMap::values);
        let running = rows.filter(|row| row.last_turn == Some(store::TurnState::Running));
        let elsewhere = running.filter(|row| here.iter().all(|it| it.0 != row.id.as_str()));
        for id in elsewhere.map(|row| row.id.clone()) {
            let more = match self.writing.get_mut(&id) {
                None => None,
                Some((answer, known)) => match store.journal_since(answer, *known) {
                    Ok(more) => {
                        *known += more.len();
                        Some(!more.is_empty())
                    }
                    // That answer is over; the turn may go on with another.
                    Err(StoreError::AlreadyFinished(_) | StoreError::NoSuchMessage(_)) => None,
                    Err(error) => return Err(error),
                },
            };
            match more {
                Some(false) => {}
                Some(true) => found.stale.push(id),
                None => match store.running_elsewhere(&id)? {
                    Some(running) => {
                        let entry = (running.answer, running.journal.len());
                        self.writing.insert(id.clone(), entry);
                        found.stale.push(id);
                    }
                    None => found.orphaned = true,
                },
            }
        }
        Ok(())
    }

    /// Asks whether those who wrote answers still live.
    fn call(&mut self, store: &store::Store, found: &mut Found) -> Result<(), StoreError> {
        for id in self.writing.keys().cloned().collect::<Vec<_>>() {
            match store.running_elsewhere(&id) {
                Ok(Some(_)) => {}
                Ok(None) | Err(StoreError::NoSuchConversation(_)) => {
                    self.writing.remove(&id);
                    found.orphaned = true;
                    found.stale.push(id);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What changes in a line when something inside its conversation does.
fn inside(
    row: &store::ConversationRow,
) -> (
    i64,
    Option<&store::MessageId>,
    Option<store::TurnState>,
    &store::Json,
) {
    (
        row.updated_at,
        row.head.as_ref(),
        row.last_turn,
        &row.settings,
    )
}
