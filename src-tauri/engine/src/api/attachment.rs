//! Drafts and what is attached to them.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::conversation::{ConversationId, MessageId, id};

id!(
    /// An image or a text file that a person attached.
    AttachmentId
);

/// An attachment as shown; its content is fetched when it is looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AttachmentView {
    /// Which attachment.
    pub id: AttachmentId,
    /// The file's name, or one made up for what was pasted.
    pub name: String,
    /// `image/png`, `text/plain`, …
    pub media_type: String,
    /// Its length in bytes, as it is sent.
    #[ts(type = "number")]
    pub bytes: u64,
    /// An image's width in pixels, as it is sent.
    pub width: Option<u32>,
    /// An image's height in pixels, as it is sent.
    pub height: Option<u32>,
    /// The width that it had, when it was made smaller for the model.
    pub original_width: Option<u32>,
    /// The height that it had, when it was made smaller for the model.
    pub original_height: Option<u32>,
}

/// A file as it came from the person: nothing about it was checked.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Its name, without a folder.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The content of an attachment.
#[derive(Debug, Clone)]
pub struct AttachmentContent {
    /// `image/png`, `text/plain`, …
    pub media_type: String,
    /// The content as it is sent.
    pub bytes: Vec<u8>,
}

/// Where a draft belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DraftKey {
    /// To a conversation that does not exist yet.
    New,
    /// To the composer of this conversation.
    Conversation {
        /// Which one.
        id: ConversationId,
    },
    /// To the edit of a question that is there.
    Edit {
        /// Its conversation.
        conversation: ConversationId,
        /// The question.
        message: MessageId,
    },
}

/// What was typed and attached, and is not sent yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct DraftView {
    /// What was typed.
    pub text: String,
    /// What was attached, in order.
    pub attachments: Vec<AttachmentView>,
}
