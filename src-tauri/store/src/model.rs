//! What is stored, as it is read back.
//!
//! The names of the fields are those of the JSON transcript: renaming one changes a
//! file format.

use std::collections::HashMap;

use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};
use serde::{Deserialize, Serialize};

use crate::values::stored_as;
use crate::{AttachmentInfo, ConversationId, Json, MessageId, TurnId};

/// A conversation with its whole tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// Its line in the list.
    pub row: ConversationRow,
    /// Every message of every branch, in the order in which they were added: a message
    /// comes after its parent.
    pub messages: Vec<StoredMessage>,
    /// Every turn, in the order in which they were started.
    pub turns: Vec<StoredTurn>,
}

impl Conversation {
    /// The branch that is shown: from the first question to the head.
    pub fn branch(&self) -> Vec<&StoredMessage> {
        let by_id: HashMap<&MessageId, &StoredMessage> =
            self.messages.iter().map(|m| (&m.id, m)).collect();
        let mut branch = Vec::new();
        let mut next = self.row.head.as_ref();
        while let Some(message) = next.and_then(|id| by_id.get(id)) {
            branch.push(*message);
            next = message.parent.as_ref();
        }
        branch.reverse();
        branch
    }

    /// The messages with this parent (none: the first questions), oldest first.
    pub fn children(&self, parent: Option<&MessageId>) -> Vec<&MessageId> {
        let children = self.messages.iter();
        children
            .filter(|m| m.parent.as_ref() == parent)
            .map(|m| &m.id)
            .collect()
    }

    /// The newest message of the newest branch below a message: the head when a person
    /// switches to it. Itself, when nothing follows it.
    pub fn newest_leaf<'a>(&'a self, below: &'a MessageId) -> &'a MessageId {
        let mut leaf = below;
        // A message stands after its parent, so one pass meets each newer child in turn.
        let mut last_child: HashMap<&MessageId, &MessageId> = HashMap::new();
        for message in &self.messages {
            if let Some(parent) = &message.parent {
                last_child.insert(parent, &message.id);
            }
        }
        while let Some(child) = last_child.get(leaf) {
            leaf = child;
        }
        leaf
    }

    /// The turn with this id.
    pub fn turn(&self, id: &TurnId) -> Option<&StoredTurn> {
        self.turns.iter().find(|turn| turn.id == *id)
    }
}

/// A line of the list of conversations. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationRow {
    /// Which conversation.
    pub id: ConversationId,
    /// What the list calls it.
    pub title: String,
    /// Where the title comes from.
    pub title_by: TitleBy,
    /// When it began.
    pub created_at: i64,
    /// When a message was last added.
    pub updated_at: i64,
    /// Held with the emulator, not with a real resource.
    pub demo: bool,
    /// When it was pinned, if it is.
    pub pinned_at: Option<i64>,
    /// When it went to the trash, if it did.
    pub trashed_at: Option<i64>,
    /// What the next question would be asked with, in the caller's words.
    pub settings: Json,
    /// The last message of the branch that is shown.
    pub head: Option<MessageId>,
    /// How far the newest turn came.
    pub last_turn: Option<TurnState>,
}

/// Who gave a conversation its title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TitleBy {
    /// It was made from the first question.
    Question,
    /// A person renamed it.
    Person,
}
stored_as!(TitleBy { Question = "question", Person = "person" });

/// A message of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredMessage {
    /// Which message.
    pub id: MessageId,
    /// The message before it; none for a first question.
    pub parent: Option<MessageId>,
    /// The turn that wrote it; none for questions, which several turns may answer.
    pub turn: Option<TurnId>,
    /// Who wrote it.
    pub role: Role,
    /// Set on what was written in the person's place.
    pub purpose: Option<Purpose>,
    /// How far it came.
    pub state: MessageState,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
    /// When its ending was stored, in milliseconds since the Unix epoch. None while it
    /// is written, and for messages that came whole.
    pub ended_at: Option<i64>,
    /// Its content, in order. Empty while it is written: that is in the journal.
    pub blocks: Vec<StoredBlock>,
    /// What its request brought; none for messages of the person.
    pub answer: Option<AnswerFacts>,
}

/// Who wrote a message, in the Messages API's sense: tool results are the user's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person, or a tool on their behalf.
    User,
    /// The model.
    Assistant,
}
stored_as!(Role { User = "user", Assistant = "assistant" });

/// What a message is for that was written in the person's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It asks the model to go on with an answer that was cut.
    Continue,
}
stored_as!(Purpose { Continue = "continue" });

/// How far a message came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MessageState {
    /// It is being written, or was when its process ended: see [`crate::Store::unfinished`].
    Streaming,
    /// It is over.
    Ended(Ending),
}

/// How a message came to its end. What had arrived is kept in every case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// Regularly.
    Complete {
        /// The API's word for it; none for messages of the person.
        stop_reason: Option<String>,
    },
    /// The person stopped it.
    Stopped,
    /// The turn failed.
    Failed {
        /// What went wrong, in the caller's words.
        error: Json,
    },
    /// The process ended in the middle of it.
    Interrupted,
}

impl Ending {
    /// The same as a state of a turn.
    pub fn turn_state(&self) -> TurnState {
        match self {
            Self::Complete { .. } => TurnState::Complete,
            Self::Stopped => TurnState::Stopped,
            Self::Failed { .. } => TurnState::Failed,
            Self::Interrupted => TurnState::Interrupted,
        }
    }
}

/// A content block.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredBlock {
    /// Its `type` in the Messages API.
    pub kind: String,
    /// How long the model took for it, in seconds, where that is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// What it shows, where that is not in the block itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attachment: Option<AttachmentInfo>,
    /// The block itself, verbatim.
    pub body: Json,
}

/// What one request brought besides content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerFacts {
    /// When the first content arrived, in milliseconds since the Unix epoch.
    pub first_token_at: Option<i64>,
    /// The `model` of the response.
    pub model: Option<String>,
    /// The `usage` of the response, as it came.
    pub usage: Option<Json>,
    /// Its `request-id`.
    pub request_id: Option<String>,
    /// Its `apim-request-id`.
    pub apim_request_id: Option<String>,
}

/// A turn, with the settings that were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredTurn {
    /// Which turn.
    pub id: TurnId,
    /// The message that it answers.
    pub question: MessageId,
    /// The connection's name at that time.
    pub connection: String,
    /// The deployment that was asked.
    pub deployment: String,
    /// What the deployment was known to be.
    pub base_model: Option<String>,
    /// The settings as sent, in the caller's words.
    pub settings: Json,
    /// Milliseconds since the Unix epoch.
    pub started_at: i64,
    /// Milliseconds since the Unix epoch; none while it runs.
    pub ended_at: Option<i64>,
    /// How far it came.
    pub state: TurnState,
}

/// How far a turn came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnState {
    /// It runs, or did when its process ended.
    Running,
    /// It came to its end.
    Complete,
    /// The person stopped it.
    Stopped,
    /// It failed.
    Failed,
    /// The process ended in the middle of it.
    Interrupted,
}
stored_as!(TurnState {
    Running = "running",
    Complete = "complete",
    Stopped = "stopped",
    Failed = "failed",
    Interrupted = "interrupted",
});
