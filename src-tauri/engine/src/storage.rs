//! What the disk does not take: kept in memory, shown as what it is, and saved as soon as
//! there is room.
//!
//! What is kept here is bounded: an answer only gets here when its turn was running already,
//! since a question that cannot be stored is refused, and a conversation has one turn at a
//! time. A draft has one text, and the files of all drafts have a limit (`drafts`).

mod drafts;
mod kept;
mod only_reading;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_store::{self as store, StoreError};
use tokio::sync::Notify;

use crate::Shared;
use crate::api::{ConversationId, ErrorReport, HearthEvent, MessageId, StorageProblem};
use crate::engine::Engine;
use crate::report;
use crate::rescued::Rescued;
use drafts::KeptDrafts;

/// The pause before the first attempt to save again, and the longest one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// An answer whose ending is not on disk.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) conversation: ConversationId,
    /// The step that leads to the answer, with what its tools brought, where that is not
    /// on disk either.
    pub(crate) step: Option<store::ContinueTurn>,
    pub(crate) finish: store::FinishTurn,
}

impl Kept {
    fn id(&self) -> MessageId {
        MessageId(self.finish.answer.id.as_str().to_owned())
    }

    /// It would be lost with this program. What an earlier run did not finish would not: it
    /// was made from the journal, which is on disk.
    fn is_in_memory_only(&self) -> bool {
        self.step.is_some() || self.finish.answer.ending != store::Ending::Interrupted
    }
}

/// Everything that is not on disk.
#[derive(Debug, Default)]
pub(crate) struct Storage {
    state: Mutex<State>,
    /// Files of an earlier run with what it could not save.
    pub(crate) rescued: Rescued,
    try_now: Notify,
    /// Held while something is saved: what is saved twice at once would fail once.
    saving: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct State {
    /// What the disk said last; none when all is saved.
    error: Option<ErrorReport>,
    /// Why the database is open for reading only; none when it is not.
    only_reading: Option<ErrorReport>,
    /// By the answer's identifier, which sorts by age.
    answers: BTreeMap<String, Kept>,
    /// Answers that are being written, and whose journal the disk does not take.
    writing: HashSet<MessageId>,
    drafts: KeptDrafts,
    /// Somebody tries again already.
    retrying: bool,
    /// What the windows were told last.
    told: Option<StorageProblem>,
}

impl State {
    fn problem(&self) -> Option<StorageProblem> {
        let lost = self
            .answers
            .values()
            .filter(|kept| kept.is_in_memory_only());
        let waiting = lost.count() + self.writing.len();
        Some(StorageProblem {
            error: self.only_reading.clone().or_else(|| self.error.clone())?,
            waiting: u32::try_from(waiting).unwrap_or(u32::MAX),
            reading_only: self.only_reading.is_some(),
        })
    }

    /// Something could be saved that is not.
    fn waits(&self) -> bool {
        !self.answers.is_empty() || self.drafts.wait() || self.only_reading.is_some()
    }

    fn is_saved(&self) -> bool {
        self.answers.is_empty() && self.writing.is_empty() && !self.drafts.wait()
    }
}

impl Storage {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is wrong now.
    pub(crate) fn problem(&self) -> Option<StorageProblem> {
        self.state().problem()
    }

    /// The turns whose endings are kept here.
    pub(crate) fn turns(&self) -> HashSet<store::TurnId> {
        let state = self.state();
        let kept = state.answers.values();
        kept.map(|kept| kept.finish.turn.clone()).collect()
    }

    /// Completes what was read from the disk with what the disk did not take.
    pub(crate) fn complete(&self, stored: &mut store::Conversation) {
        self.complete_row(&mut stored.row);
        let state = self.state();
        for Kept { step, finish, .. } in state.answers.values() {
            if let Some(step) = step {
                kept::add_step(stored, step);
            }
            kept::end(stored, &finish.answer);
            if let Some(turn) = stored.turns.iter_mut().find(|it| it.id == finish.turn) {
                turn.state = finish.answer.ending.turn_state();
                turn.ended_at = Some(finish.answer.ended_at);
            }
        }
    }

    /// The same for a conversation's line in the list.
    pub(crate) fn complete_row(&self, row: &mut store::ConversationRow) {
        let state = self.state();
        let mut newest_first = state.answers.values().rev();
        let newest = newest_first.find(|kept| kept.conversation.0 == row.id.as_str());
        if let Some(Kept { finish, .. }) = newest
            && row.last_turn == Some(store::TurnState::Running)
        {
            row.last_turn = Some(finish.answer.ending.turn_state());
        }
    }

    /// Everything that is not on disk, oldest first.
    pub(crate) fn all_answers(&self) -> Vec<Kept> {
        self.state().answers.values().cloned().collect()
    }

    /// What is kept of a conversation, as if that were all of it: for when the rest cannot be
    /// read.
    pub(crate) fn alone(&self, id: &ConversationId) -> store::Conversation {
        let state = self.state();
        let kept = state.answers.values();
        let here = kept.filter(|kept| kept.conversation == *id && kept.is_in_memory_only());
        kept::alone(id, here)
    }

    /// The conversations with answers that would be lost with this program, each once.
    pub(crate) fn conversations(&self) -> Vec<ConversationId> {
        let state = self.state();
        let lost = state
            .answers
            .values()
            .filter(|kept| kept.is_in_memory_only());
        let ids: BTreeSet<_> = lost.map(|kept| kept.conversation.0.clone()).collect();
        ids.into_iter().map(ConversationId).collect()
    }
}

impl Shared {
    /// The disk does not take what arrives of an answer that is being written.
    pub(crate) fn is_not_saved(self: &Arc<Self>, answer: &MessageId, error: ErrorReport) {
        {
            let mut state = self.storage.state();
            state.error = Some(error);
            state.writing.insert(answer.clone());
        }
        self.tell_of_storage();
    }

    /// All that arrived of an answer is on disk, or its ending takes care of the rest.
    pub(crate) fn is_saved(&self, answer: &MessageId) {
        {
            let mut state = self.storage.state();
            state.writing.remove(answer);
            if state.is_saved() {
                state.error = None;
            }
        }
        self.tell_of_storage();
    }

    /// Stores the ending of a turn, or keeps it until the disk takes it. Either way it is
    /// there for everybody who reads the conversation.
    ///
    /// # Errors
    /// When it has no place any more.
    pub(crate) async fn keep_ending(
        self: &Arc<Self>,
        conversation: &ConversationId,
        finish: store::FinishTurn,
    ) -> Result<(), ErrorReport> {
        let kept = Kept {
            conversation: conversation.clone(),
            step: None,
            finish: finish.clone(),
        };
        let tried = self.attempt(move |store| store.finish_turn(&finish)).await;
        let not_now = match tried {
            Err(NotSaved::Passes(error)) => error,
            Ok(()) | Err(NotSaved::Never(_)) => {
                self.is_saved(&kept.id());
                return tried.map_err(NotSaved::into_report);
            }
        };
        self.keep(kept, not_now);
        Ok(())
    }

    /// Keeps what the disk did not take, and saves it as soon as it does. Of a turn that is
    /// kept already nothing is replaced: it was there first, and is at least as much.
    pub(crate) fn keep(self: &Arc<Self>, kept: Kept, not_now: ErrorReport) {
        tracing::error!(error = %not_now, "an answer is in memory only");
        {
            let mut state = self.storage.state();
            state.error = Some(not_now);
            state.writing.remove(&kept.id());
            if let Some(step) = &kept.step {
                let before = MessageId(step.finished.id.as_str().to_owned());
                state.writing.remove(&before);
            }
            state.answers.entry(kept.id().0).or_insert(kept);
        }
        self.tell_of_storage();
        self.try_until_saved();
    }

    /// Saves what was kept, as far as the disk takes it.
    ///
    /// # Errors
    /// What the disk says about the first that it does not take; the rest is still kept.
    pub(crate) async fn save_what_waits(&self) -> Result<(), ErrorReport> {
        let saved = {
            let _order = self.storage.saving.lock().await;
            match self.start_writing().await {
                Ok(()) => self.save_all().await,
                Err(error) => Err(error),
            }
        };
        {
            let mut state = self.storage.state();
            match &saved {
                Err(error) => state.error = Some(error.clone()),
                Ok(()) if state.is_saved() => state.error = None,
                Ok(()) => {}
            }
        }
        self.tell_of_storage();
        saved
    }

    /// Saves what waits, before anything is added to it. Where nothing waits, nothing is
    /// done.
    ///
    /// # Errors
    /// What the disk says: then it does not take a question either.
    pub(crate) async fn save_before_asking(&self) -> Result<(), ErrorReport> {
        let waits = self.storage.state().waits();
        match waits {
            true => self.save_what_waits().await,
            false => Ok(()),
        }
    }

    async fn save_all(&self) -> Result<(), ErrorReport> {
        for kept in self.storage.all_answers() {
            match self.save_answer(&kept).await {
                Ok(()) => {}
                Err(NotSaved::Passes(error)) => return Err(error),
                // The conversation was deleted meanwhile, and the answer with it.
                Err(NotSaved::Never(error)) => {
                    tracing::warn!(%error, "an answer has no place any more");
                }
            }
            self.storage.state().answers.remove(&kept.id().0);
            if let Err(error) = self.announce_row(&kept.conversation).await {
                tracing::warn!(%error, "the list does not know that an answer was saved");
            }
        }
        self.save_drafts().await
    }

    async fn save_answer(&self, kept: &Kept) -> Result<(), NotSaved> {
        if let Some(step) = kept.step.clone() {
            let stepped = self.attempt(move |store| store.continue_turn(&step)).await;
            // One that is refused for ever may be there already: then its ending fits.
            if let Err(NotSaved::Passes(error)) = stepped {
                return Err(NotSaved::Passes(error));
            }
            // Never stored twice, should its ending have to wait longer.
            if let Some(kept) = self.storage.state().answers.get_mut(&kept.id().0) {
                kept.step = None;
            }
        }
        let finish = kept.finish.clone();
        self.attempt(move |store| store.finish_turn(&finish)).await
    }

    /// Tries to store something, telling what passes from what does not.
    pub(crate) async fn attempt<T: Send + 'static>(
        &self,
        work: impl FnOnce(&store::Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, NotSaved> {
        let tried = self.store(move |store| Ok(work(store))).await;
        match tried {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) if error.has_no_place() => Err(NotSaved::Never(report::store(&error))),
            // Also a damaged database: until the program ends, somebody may put it right.
            Ok(Err(error)) => Err(NotSaved::Passes(report::store(&error))),
            Err(error) => Err(NotSaved::Passes(error)),
        }
    }

    /// Tries again and again, with growing pauses, until all is saved or Hearth ends.
    pub(crate) fn try_until_saved(self: &Arc<Self>) {
        {
            let mut state = self.storage.state();
            if state.retrying {
                return;
            }
            state.retrying = true;
        }
        let shared = self.clone();
        tokio::spawn(async move {
            let mut pause = FIRST_PAUSE;
            loop {
                tokio::select! {
                    () = shared.quitting.cancelled() => return,
                    () = shared.storage.try_now.notified() => {}
                    () = tokio::time::sleep(pause) => {}
                }
                // Why not is told to the windows already.
                let _ = shared.save_what_waits().await;
                {
                    let mut state = shared.storage.state();
                    if !state.waits() {
                        state.retrying = false;
                        return;
                    }
                }
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        });
    }

    /// Tells the windows what is wrong, when that is something else than before.
    fn tell_of_storage(&self) {
        let mut state = self.storage.state();
        let problem = state.problem();
        if problem != state.told {
            state.told.clone_from(&problem);
            // Told under the lock, so that the last that windows hear is what is so.
            self.live()
                .announce(HearthEvent::StorageChanged { problem });
        }
    }
}

/// Why something is not on disk.
#[derive(Debug)]
pub(crate) enum NotSaved {
    /// The disk does not take it now.
    Passes(ErrorReport),
    /// It has no place: trying again is no use.
    Never(ErrorReport),
}

impl NotSaved {
    fn into_report(self) -> ErrorReport {
        match self {
            Self::Passes(error) | Self::Never(error) => error,
        }
    }
}

impl Engine {
    /// Tries at once to save what the disk did not take.
    ///
    /// # Errors
    /// What the disk says now; everything is still kept, and tried again later.
    pub async fn retry_saving(&self) -> Result<(), ErrorReport> {
        let saved = self.shared.save_what_waits().await;
        self.shared.storage.try_now.notify_waiters();
        saved
    }
}
