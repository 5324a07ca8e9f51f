//! The lossless transcript: every branch, every block verbatim, settings, usage, times,
//! and every attachment.

use std::collections::{BTreeMap, HashSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::Exported;
use crate::{
    AnswerFacts, AttachmentId, AttachmentInfo, Conversation, ConversationRow, Ending, Json,
    MessageId, MessageState, Purpose, Role, StoredBlock, StoredMessage, StoredTurn, TurnId,
};

/// The version of the format that is written. The first had no attachments.
const VERSION: u64 = 2;

/// Why a text is not a transcript.
#[derive(Debug, thiserror::Error)]
pub enum BadTranscript {
    /// It is not JSON, or not of this form.
    #[error("not a transcript: {0}")]
    Form(#[from] serde_json::Error),
    /// A newer Hearth wrote it.
    #[error("the transcript has version {found}, this program knows up to {known}")]
    Newer {
        /// Its version.
        found: u64,
        /// The newest version that this program can read.
        known: u64,
    },
    /// The parent of a message, or the head, is missing or stands after it.
    #[error("the transcript names message {0} before it comes, or never has it")]
    Tree(MessageId),
    /// The bytes of an attachment are missing, or are not those that its block tells of.
    #[error("the transcript has not the content of attachment {0}")]
    Attachment(AttachmentId),
}

/// The conversation as JSON, indented, except for what is kept verbatim.
pub fn json(exported: &Exported) -> String {
    let conversation = &exported.conversation;
    let document = Document {
        hearth: VERSION,
        conversation: conversation.row.clone(),
        turns: conversation.turns.clone(),
        messages: conversation.messages.iter().map(Message::from).collect(),
        attachments: exported.attachments.iter().map(Content::from).collect(),
    };
    let mut text =
        serde_json::to_string_pretty(&document).expect("BUG: a transcript has only JSON in it");
    text.push('\n');
    text
}

/// Reads a transcript back, also one of an older version: `read(&json(&e))` is `e`, each
/// block and each attachment byte for byte.
///
/// # Errors
/// [`BadTranscript`].
pub fn read(text: &str) -> Result<Exported, BadTranscript> {
    // Its own step: a newer form may differ in everything but its version.
    let Version { hearth } = serde_json::from_str(text)?;
    if hearth > VERSION {
        return Err(BadTranscript::Newer {
            found: hearth,
            known: VERSION,
        });
    }
    let document: Document = serde_json::from_str(text)?;
    let conversation = Conversation {
        row: document.conversation,
        turns: document.turns,
        messages: document
            .messages
            .into_iter()
            .map(StoredMessage::from)
            .collect(),
    };
    check_tree(&conversation)?;
    let attachments = contents(document.attachments)?;
    check_attachments(&conversation, &attachments)?;
    Ok(Exported {
        conversation,
        attachments,
    })
}

fn check_tree(conversation: &Conversation) -> Result<(), BadTranscript> {
    let mut seen = HashSet::new();
    let named = |id: Option<&MessageId>, seen: &HashSet<&MessageId>| match id {
        Some(id) if !seen.contains(id) => Err(BadTranscript::Tree(id.clone())),
        Some(_) | None => Ok(()),
    };
    for message in &conversation.messages {
        named(message.parent.as_ref(), &seen)?;
        seen.insert(&message.id);
    }
    named(conversation.row.head.as_ref(), &seen)
}

fn contents(written: Vec<Content>) -> Result<BTreeMap<AttachmentId, Vec<u8>>, BadTranscript> {
    let decoded = written.into_iter().map(|Content { id, base64 }| {
        let bytes = STANDARD.decode(base64);
        let bytes = bytes.map_err(|_| BadTranscript::Attachment(id.clone()))?;
        Ok((id, bytes))
    });
    decoded.collect()
}

fn check_attachments(
    conversation: &Conversation,
    contents: &BTreeMap<AttachmentId, Vec<u8>>,
) -> Result<(), BadTranscript> {
    let blocks = conversation.messages.iter().flat_map(|it| &it.blocks);
    for AttachmentInfo { id, length, .. } in blocks.filter_map(|it| it.attachment.as_ref()) {
        let found = contents.get(id).map(Vec::len);
        if found.map(u64::try_from) != Some(Ok(*length)) {
            return Err(BadTranscript::Attachment(id.clone()));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
struct Version {
    hearth: u64,
}

#[derive(Serialize, Deserialize)]
struct Document {
    hearth: u64,
    conversation: ConversationRow,
    turns: Vec<StoredTurn>,
    messages: Vec<Message>,
    #[serde(default)]
    attachments: Vec<Content>,
}

/// The bytes of an attachment, once, however many blocks show it. What else is known
/// about it stands at each of them.
#[derive(Serialize, Deserialize)]
struct Content {
    id: AttachmentId,
    base64: String,
}

impl From<(&AttachmentId, &Vec<u8>)> for Content {
    fn from((id, bytes): (&AttachmentId, &Vec<u8>)) -> Self {
        Self {
            id: id.clone(),
            base64: STANDARD.encode(bytes),
        }
    }
}

/// A message with its state in flat fields: `serde`'s tagged enums read their content
/// into values of their own, in which nothing stays verbatim.
#[derive(Serialize, Deserialize)]
struct Message {
    id: MessageId,
    parent: Option<MessageId>,
    turn: Option<TurnId>,
    role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    purpose: Option<Purpose>,
    state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stop_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<Json>,
    created_at: i64,
    ended_at: Option<i64>,
    blocks: Vec<StoredBlock>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerFacts>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Streaming,
    Complete,
    Stopped,
    Failed,
    Interrupted,
}

impl From<&StoredMessage> for Message {
    fn from(message: &StoredMessage) -> Self {
        let (state, stop_reason, error) = match &message.state {
            MessageState::Streaming => (State::Streaming, None, None),
            MessageState::Ended(Ending::Complete { stop_reason }) => {
                (State::Complete, stop_reason.clone(), None)
            }
            MessageState::Ended(Ending::Stopped) => (State::Stopped, None, None),
            MessageState::Ended(Ending::Failed { error }) => {
                (State::Failed, None, Some(error.clone()))
            }
            MessageState::Ended(Ending::Interrupted) => (State::Interrupted, None, None),
        };
        Self {
            id: message.id.clone(),
            parent: message.parent.clone(),
            turn: message.turn.clone(),
            role: message.role,
            purpose: message.purpose,
            state,
            stop_reason,
            error,
            created_at: message.created_at,
            ended_at: message.ended_at,
            blocks: message.blocks.clone(),
            answer: message.answer.clone(),
        }
    }
}

impl From<Message> for StoredMessage {
    fn from(message: Message) -> Self {
        let state = match message.state {
            State::Streaming => MessageState::Streaming,
            State::Complete => MessageState::Ended(Ending::Complete {
                stop_reason: message.stop_reason,
            }),
            State::Stopped => MessageState::Ended(Ending::Stopped),
            State::Failed => MessageState::Ended(Ending::Failed {
                error: message.error.unwrap_or_else(Json::empty_object),
            }),
            State::Interrupted => MessageState::Ended(Ending::Interrupted),
        };
        Self {
            id: message.id,
            parent: message.parent,
            turn: message.turn,
            role: message.role,
            purpose: message.purpose,
            state,
            created_at: message.created_at,
            ended_at: message.ended_at,
            blocks: message.blocks,
            answer: message.answer,
        }
    }
}
