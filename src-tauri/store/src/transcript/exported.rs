//! A conversation together with what a transcript shows of its attachments.

use std::collections::{BTreeMap, HashSet};

use super::Format;
use crate::attachments::bytes_of;
use crate::reading::whole_conversation;
use crate::{
    AttachmentId, AttachmentInfo, Conversation, ConversationId, Store, StoreError, StoredMessage,
};

/// What a transcript is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The conversation.
    pub conversation: Conversation,
    /// The bytes of its attachments: of all of them for JSON, for Markdown of those texts
    /// that it shows.
    pub attachments: BTreeMap<AttachmentId, Vec<u8>>,
}

impl Store {
    /// A conversation with everything that a transcript of this form needs, all of one
    /// moment.
    ///
    /// # Errors
    /// [`StoreError::NoSuchConversation`].
    pub fn export(&self, id: &ConversationId, format: Format) -> Result<Exported, StoreError> {
        self.read(|tx| {
            let conversation = whole_conversation(tx, id)?;
            let mut attachments = BTreeMap::new();
            for id in needed(&conversation, format) {
                attachments.insert(id.clone(), bytes_of(tx, id)?);
            }
            Ok(Exported {
                conversation,
                attachments,
            })
        })
    }
}

fn needed(conversation: &Conversation, format: Format) -> HashSet<&AttachmentId> {
    fn attached(message: &StoredMessage) -> impl Iterator<Item = &AttachmentInfo> {
        message
            .blocks
            .iter()
            .filter_map(|it| it.attachment.as_ref())
    }
    match format {
        Format::Json => {
            let attachments = conversation.messages.iter().flat_map(attached);
            attachments.map(|it| &it.id).collect()
        }
        Format::Markdown => {
            let attachments = conversation.branch().into_iter().flat_map(attached);
            let texts = attachments.filter(|it| is_text(it));
            texts.map(|it| &it.id).collect()
        }
    }
}

/// Whether Markdown shows its content.
pub(super) fn is_text(attachment: &AttachmentInfo) -> bool {
    attachment.media_type.starts_with("text/")
}
