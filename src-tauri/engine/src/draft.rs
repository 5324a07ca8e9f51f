//! What is typed and attached and not sent yet: in the store, so that it survives whatever
//! happens to the window, the program or the machine.

use hearth_store as store;

use crate::api::{BlockView, ConversationId, DraftKey, DraftView, ErrorReport, MessageId};
use crate::engine::Engine;
use crate::view;

/// A draft's key as the store has it.
pub(crate) fn stored_key(key: &DraftKey) -> store::DraftKey {
    match key {
        DraftKey::New => store::DraftKey::New,
        DraftKey::Conversation { id } => store::DraftKey::Of(id.0.as_str().into()),
        DraftKey::Edit { message, .. } => store::DraftKey::Edit(message.0.as_str().into()),
    }
}

impl Engine {
    /// A draft as it was left. The edit of a question that was never begun begins here: with
    /// the question's own text and attachments.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConversationNotFound`], [`crate::api::ErrorCode::MessageNotFound`],
    /// and when the store cannot be read.
    pub async fn draft(&self, key: DraftKey) -> Result<DraftView, ErrorReport> {
        let stored = stored_key(&key);
        // Looked up before the disk: what is saved meanwhile is there or here, never nowhere.
        let kept = self.shared.storage.draft(&stored);
        let draft = kept.over(self.stored_draft(stored.clone()).await?);
        // An edit that was emptied begins anew.
        let has_something = |it: &DraftView| !(it.text.is_empty() && it.attachments.is_empty());
        if let Some(draft) = draft.filter(has_something) {
            return Ok(draft);
        }
        match key {
            DraftKey::New | DraftKey::Conversation { .. } => Ok(DraftView::default()),
            DraftKey::Edit {
                conversation,
                message,
            } => self.begin_edit(stored, &conversation, &message).await,
        }
    }

    async fn stored_draft(&self, key: store::DraftKey) -> Result<Option<DraftView>, ErrorReport> {
        let found = self.shared.store(move |store| store.draft(&key)).await?;
        Ok(found.map(|draft| DraftView {
            text: draft.text,
            attachments: draft.attachments.iter().map(view::attachment).collect(),
        }))
    }

    /// Begins the edit of a question with what the question has.
    async fn begin_edit(
        &self,
        key: store::DraftKey,
        conversation: &ConversationId,
        message: &MessageId,
    ) -> Result<DraftView, ErrorReport> {
        let stored = self.shared.read(conversation).await?;
        let question = self.shared.stored_message(&stored, message);
        let question = question.ok_or_else(|| {
            ErrorReport::new(crate::api::ErrorCode::MessageNotFound).about(message.0.as_str())
        })?;
        let draft = as_draft(&question.blocks);
        self.shared.begin_draft(key, &draft).await;
        Ok(draft)
    }

    /// Keeps what was typed in place of what was typed before; what is attached stays. When
    /// the disk does not take it, it is kept in memory and saved as soon as there is room.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConversationNotFound`], [`crate::api::ErrorCode::MessageNotFound`].
    pub async fn set_draft(&self, key: DraftKey, text: String) -> Result<(), ErrorReport> {
        self.shared.keep_draft(stored_key(&key), text).await
    }
}

/// A question as the text and the attachments that it was made of.
fn as_draft(blocks: &[BlockView]) -> DraftView {
    let mut draft = DraftView::default();
    for block in blocks {
        match block {
            BlockView::Text { text } => draft.text.push_str(text),
            BlockView::Image { attachment } | BlockView::File { attachment } => {
                draft.attachments.push(attachment.clone());
            }
            BlockView::Thinking { .. }
            | BlockView::ToolCall { .. }
            | BlockView::ToolResult { .. }
            | BlockView::Unknown { .. } => {}
        }
    }
    draft
}
