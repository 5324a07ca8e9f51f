//! What callers give to be stored.

use crate::{
    AnswerFacts, AttachmentId, ConversationId, Ending, Json, MessageId, NewAttachment, Purpose,
    SentDraft, TurnId,
};

/// A question and the start of its answer.
#[derive(Debug, Clone)]
pub struct BeginTurn {
    /// The conversation.
    pub conversation: Where,
    /// What is answered.
    pub question: Question,
    /// Attachments that a new question shows and that are not stored yet: they were in no
    /// draft.
    pub attachments: Vec<NewAttachment>,
    /// The message that will hold the answer: a child of the question.
    pub answer: NewAnswer,
    /// The turn.
    pub turn: NewTurn,
    /// What has become the question; taken out of its draft in the same step, together with
    /// the attachments that the question shows. What another window has put into the draft
    /// meanwhile stays.
    pub clears: Option<SentDraft>,
}

/// The conversation of a turn.
#[derive(Debug, Clone)]
pub enum Where {
    /// One that exists, and is not in the trash.
    Existing {
        /// Which one.
        id: ConversationId,
        /// Replaces its settings; none leaves them.
        settings: Option<Json>,
        /// The head for which the question was given its place: where another has asked
        /// meanwhile, nothing is stored. None stores it whatever the head is.
        head: Option<MessageId>,
    },
    /// One that this question begins.
    New(NewConversation),
}

/// A conversation without messages.
#[derive(Debug, Clone)]
pub struct NewConversation {
    /// A new identifier.
    pub id: ConversationId,
    /// Its title, made from the first question.
    pub title: String,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
    /// Held with the emulator, not with a real resource.
    pub demo: bool,
    /// What its questions are asked with, in the caller's words.
    pub settings: Json,
}

/// What a turn answers.
#[derive(Debug, Clone)]
pub enum Question {
    /// A message of the person, stored with the turn.
    New {
        /// The message before it; none begins the conversation anew.
        parent: Option<MessageId>,
        /// The message.
        message: NewMessage,
    },
    /// A message that is there: the answer becomes a branch below it. It may be an answer
    /// that was cut, with which the new one goes on.
    Existing(MessageId),
}

/// A message that comes whole: a question, or the results of tools. Its role is the user's.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// A new identifier.
    pub id: MessageId,
    /// Set on what was written in the person's place.
    pub purpose: Option<Purpose>,
    /// Its content.
    pub blocks: Vec<NewBlock>,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// A message of the model, still empty.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// A new identifier.
    pub id: MessageId,
    /// Milliseconds since the Unix epoch.
    pub created_at: i64,
}

/// A turn that starts.
#[derive(Debug, Clone)]
pub struct NewTurn {
    /// A new identifier.
    pub id: TurnId,
    /// The connection's name.
    pub connection: String,
    /// The deployment that is asked.
    pub deployment: String,
    /// What the deployment is known to be.
    pub base_model: Option<String>,
    /// The settings as sent, in the caller's words.
    pub settings: Json,
    /// Milliseconds since the Unix epoch.
    pub started_at: i64,
}

/// Whom a turn asks, and with what.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The deployment.
    pub deployment: String,
    /// What it is known to be.
    pub base_model: Option<String>,
    /// The settings as sent, in the caller's words.
    pub settings: Json,
}

/// A content block.
#[derive(Debug, Clone)]
pub struct NewBlock {
    /// Its `type` in the Messages API.
    pub kind: String,
    /// The block itself, verbatim.
    pub body: Json,
    /// The words by which a search finds it; empty for what is not to be found.
    pub plain: String,
    /// How long the model took for it, in seconds, where that is shown.
    pub seconds: Option<f64>,
    /// What it shows, where that is not in the block itself: an attachment that is stored.
    pub attachment: Option<AttachmentId>,
}

/// The end of a turn.
#[derive(Debug, Clone)]
pub struct FinishTurn {
    /// Which turn. It ends as its answer did.
    pub turn: TurnId,
    /// Its last answer.
    pub answer: FinishedAnswer,
}

/// A message of the model with everything that arrived of it.
#[derive(Debug, Clone)]
pub struct FinishedAnswer {
    /// Which message.
    pub id: MessageId,
    /// How it ended.
    pub ending: Ending,
    /// Its content, unfinished blocks included.
    pub blocks: Vec<NewBlock>,
    /// What its request brought.
    pub facts: AnswerFacts,
    /// Milliseconds since the Unix epoch.
    pub ended_at: i64,
}

/// The step from one request of a turn to its next.
#[derive(Debug, Clone)]
pub struct ContinueTurn {
    /// Which turn.
    pub turn: TurnId,
    /// The answer that is over, say with a tool's call.
    pub finished: FinishedAnswer,
    /// What is sent next, say the tool's result: a child of that answer. None when the
    /// model merely goes on, as after `pause_turn`.
    pub results: Option<NewMessage>,
    /// The message that will hold the next answer: a child of the results, or, without
    /// them, of the answer that is over.
    pub next: NewAnswer,
}
