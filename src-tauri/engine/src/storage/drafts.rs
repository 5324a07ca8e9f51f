//! Drafts that the disk does not take: what was typed, what was attached, and the edits of
//! questions that could not even be begun there.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_store as store;

use super::{NotSaved, State, Storage};
use crate::Shared;
use crate::api::{AttachmentId, DraftView, ErrorCode, ErrorReport};
use crate::{attachment, view};

/// Bytes of the attached files that are kept, of all drafts together. It is more than two
/// questions take along, and less than a machine would miss.
const MOST_KEPT: usize = 64_000_000;

/// What the disk does not have of the drafts, by their places.
#[derive(Debug, Default)]
pub(super) struct KeptDrafts(HashMap<store::DraftKey, KeptDraft>);

/// What the disk does not have of one draft.
#[derive(Debug, Clone, Default)]
pub(crate) struct KeptDraft {
    /// The edit of a question as it began: with what the question has, all of it on disk.
    begun: Option<DraftView>,
    /// The text, where it is another by now.
    text: Option<KeptText>,
    /// Attached after everything that the disk has.
    files: Vec<Arc<store::NewAttachment>>,
}

#[derive(Debug, Clone)]
struct KeptText {
    text: String,
    at: i64,
}

impl KeptDraft {
    /// Something of it would be lost with this program.
    fn waits(&self) -> bool {
        self.text.is_some() || !self.files.is_empty()
    }

    /// The draft as it is, `stored` being what the disk has of it; none where there is none.
    pub(crate) fn over(&self, stored: Option<DraftView>) -> Option<DraftView> {
        let below = stored.or_else(|| self.begun.clone());
        if below.is_none() && !self.waits() {
            return None;
        }
        let mut draft = below.unwrap_or_default();
        if let Some(kept) = &self.text {
            draft.text.clone_from(&kept.text);
        }
        for file in &self.files {
            // It may have been saved since this was looked up.
            if draft
                .attachments
                .iter()
                .all(|it| it.id.0 != file.id.as_str())
            {
                let info = attachment::info(file);
                draft.attachments.push(view::attachment(&info));
            }
        }
        Some(draft)
    }

    /// Takes out an attachment; false when the disk has it, or nobody.
    fn take_out(&mut self, id: &AttachmentId) -> bool {
        let before = self.files.len();
        self.files.retain(|it| it.id.as_str() != id.0);
        let mut found = self.files.len() < before;
        if let Some(begun) = &mut self.begun {
            let before = begun.attachments.len();
            begun.attachments.retain(|it| it.id != *id);
            found |= begun.attachments.len() < before;
        }
        found
    }

    /// Puts it on the disk; done again, it leaves what is there.
    fn save(&self, store: &store::Store, key: &store::DraftKey) -> Result<(), store::StoreError> {
        if let Some(begun) = &self.begun {
            let ids = begun.attachments.iter().map(|it| it.id.0.as_str().into());
            store.begin_draft(key, &begun.text, &ids.collect::<Vec<_>>(), crate::now())?;
        }
        if let Some(kept) = &self.text {
            store.set_draft(key, &kept.text, kept.at)?;
        }
        match self.files.is_empty() {
            true => Ok(()),
            false => store.attach_all(key, &self.files),
        }
    }
}

impl KeptDrafts {
    pub(super) fn wait(&self) -> bool {
        self.0.values().any(KeptDraft::waits)
    }

    fn files(&self) -> impl Iterator<Item = &Arc<store::NewAttachment>> {
        self.0.values().flat_map(|it| &it.files)
    }

    fn of(&mut self, key: &store::DraftKey) -> &mut KeptDraft {
        self.0.entry(key.clone()).or_default()
    }

    /// Keeps files after those that a draft has.
    ///
    /// # Errors
    /// [`ErrorCode::AttachmentsNotKept`] when that were too many bytes: then none is kept.
    fn add(
        &mut self,
        key: &store::DraftKey,
        new: Vec<Arc<store::NewAttachment>>,
    ) -> Result<(), ErrorReport> {
        let bytes: usize = self.files().chain(&new).map(|it| it.bytes.len()).sum();
        if bytes > MOST_KEPT {
            let megabytes = MOST_KEPT / 1_000_000;
            let report = ErrorReport::new(ErrorCode::AttachmentsNotKept);
            return Err(report.about(megabytes.to_string()));
        }
        self.of(key).files.extend(new);
        Ok(())
    }
}

impl State {
    fn forget_draft(&mut self, key: &store::DraftKey) {
        self.drafts.0.remove(key);
        if self.is_saved() {
            self.error = None;
        }
    }
}

impl Storage {
    /// What the disk does not have of a draft.
    pub(crate) fn draft(&self, key: &store::DraftKey) -> KeptDraft {
        self.state().drafts.0.get(key).cloned().unwrap_or_default()
    }

    /// An attachment that is not on disk.
    pub(crate) fn file(&self, id: &AttachmentId) -> Option<Arc<store::NewAttachment>> {
        let state = self.state();
        let mut files = state.drafts.files();
        files.find(|it| it.id.as_str() == id.0).cloned()
    }

    /// Everything attached that is not on disk.
    pub(crate) fn files(&self) -> Vec<Arc<store::NewAttachment>> {
        self.state().drafts.files().cloned().collect()
    }

    /// The texts of the drafts that are not on disk.
    pub(crate) fn drafts(&self) -> Vec<String> {
        let state = self.state();
        let texts = state.drafts.0.values().filter_map(|it| it.text.as_ref());
        texts.map(|it| it.text.clone()).collect()
    }
}

impl Shared {
    /// Stores a draft's text, or keeps it until the disk takes it.
    ///
    /// # Errors
    /// When the draft's place is gone.
    pub(crate) async fn keep_draft(
        self: &Arc<Self>,
        key: store::DraftKey,
        text: String,
    ) -> Result<(), ErrorReport> {
        let _order = self.storage.saving.lock().await;
        let at = crate::now();
        self.storage.state().drafts.of(&key).text = Some(KeptText { text, at });
        let saved = self.save_draft(&key).await;
        self.settle(&key, saved)
    }

    /// Attaches files to a draft, on the disk or until it takes them in memory: all or none.
    ///
    /// # Errors
    /// When the draft's place is gone; [`ErrorCode::AttachmentsNotKept`].
    pub(crate) async fn keep_files(
        self: &Arc<Self>,
        key: store::DraftKey,
        files: Vec<store::NewAttachment>,
    ) -> Result<(), ErrorReport> {
        let _order = self.storage.saving.lock().await;
        let files: Vec<_> = files.into_iter().map(Arc::new).collect();
        // What was attached before comes before.
        let mut saved = self.save_draft(&key).await;
        if saved.is_ok() {
            let (key, files) = (key.clone(), files.clone());
            let attach = move |store: &store::Store| store.attach_all(&key, &files);
            saved = self.attempt(attach).await;
        }
        if let Err(NotSaved::Passes(_)) = saved {
            self.storage.state().drafts.add(&key, files)?;
        }
        self.settle(&key, saved)
    }

    /// Takes an attachment out of a draft. One that is not there any more is no failure.
    ///
    /// # Errors
    /// When it is on a disk that takes nothing.
    pub(crate) async fn let_go(
        &self,
        key: store::DraftKey,
        id: AttachmentId,
    ) -> Result<(), ErrorReport> {
        let _order = self.storage.saving.lock().await;
        let was_here = {
            let mut state = self.storage.state();
            let kept = state.drafts.0.get_mut(&key);
            let found = kept.is_some_and(|it| it.take_out(&id));
            if found && state.is_saved() {
                state.error = None;
            }
            found
        };
        if was_here {
            self.tell_of_storage();
            return Ok(());
        }
        let id = store::AttachmentId::from(id.0);
        self.store(move |store| store.detach(&key, &id)).await
    }

    /// Begins the edit of a question with what the question has. An edit can be looked at
    /// without room on the disk, and goes there with the first change of it.
    pub(crate) async fn begin_draft(&self, key: store::DraftKey, draft: &DraftView) {
        let _order = self.storage.saving.lock().await;
        let begun = KeptDraft {
            begun: Some(draft.clone()),
            ..KeptDraft::default()
        };
        let kept = {
            let (begun, key) = (begun.clone(), key.clone());
            self.store(move |store| begun.save(store, &key)).await
        };
        let Err(error) = kept else {
            return;
        };
        tracing::warn!(%error, "an edit is not kept yet");
        let mut state = self.storage.state();
        let here = state.drafts.of(&key);
        here.begun = begun.begun;
        // It was emptied, so that it begins anew, and the disk does not know of that yet.
        if let Some(kept) = &mut here.text {
            kept.text.clone_from(&draft.text);
        }
    }

    /// Saves the drafts that wait.
    ///
    /// # Errors
    /// What the disk says about the first that it does not take; the rest is still kept.
    pub(super) async fn save_drafts(&self) -> Result<(), ErrorReport> {
        let keys: Vec<_> = self.storage.state().drafts.0.keys().cloned().collect();
        for key in keys {
            match self.save_draft(&key).await {
                Ok(()) | Err(NotSaved::Never(_)) => {
                    self.storage.state().drafts.0.remove(&key);
                }
                Err(NotSaved::Passes(error)) => return Err(error),
            }
        }
        Ok(())
    }

    async fn save_draft(&self, key: &store::DraftKey) -> Result<(), NotSaved> {
        let kept = self.storage.state().drafts.0.get(key).cloned();
        let Some(kept) = kept else {
            return Ok(());
        };
        let key = key.clone();
        self.attempt(move |store| kept.save(store, &key)).await
    }

    /// What became of a draft: nothing of it is kept any more, or it is tried again.
    fn settle(
        self: &Arc<Self>,
        key: &store::DraftKey,
        saved: Result<(), NotSaved>,
    ) -> Result<(), ErrorReport> {
        let settled = match saved {
            Ok(()) => {
                self.storage.state().forget_draft(key);
                Ok(())
            }
            Err(NotSaved::Never(error)) => {
                self.storage.state().forget_draft(key);
                Err(error)
            }
            Err(NotSaved::Passes(error)) => {
                self.storage.state().error = Some(error);
                self.try_until_saved();
                Ok(())
            }
        };
        self.tell_of_storage();
        settled
    }
}
