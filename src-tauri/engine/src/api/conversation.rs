//! Conversations as they are shown.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::attachment::{AttachmentId, AttachmentView};
use super::connection::{Capability, ConnectionId};
use super::error::ErrorReport;
use super::tool::CallState;

/// Names one identifier type after what it identifies.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}
pub(super) use id;

id!(
    /// A conversation; a version 7 UUID, so identifiers sort by time of creation.
    ConversationId
);
id!(
    /// A message in the tree of a conversation.
    MessageId
);
id!(
    /// One turn: from a question to the end of its answer.
    TurnId
);

/// How much the model should think and write: `output_config.effort`
/// (platform.claude.com/docs/en/build-with-claude/effort).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Effort {
    /// Least.
    Low,
    /// Between low and high.
    Medium,
    /// The default of most models.
    High,
    /// More than high; from Opus 4.7 on.
    Xhigh,
    /// No restraint; from 4.6 on.
    Max,
}

/// What a person chose for the answers of one conversation.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
pub struct TurnSettings {
    /// The deployment to ask; none means the connection's default.
    pub deployment: Option<String>,
    /// None means the model's own default; ignored by models without effort.
    pub effort: Option<Effort>,
    /// None means the model's limit, at most 32,000.
    pub max_tokens: Option<u32>,
    /// The system prompt; none or empty sends none.
    pub system: Option<String>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
    /// From 0 to 1; ignored by models that do not take it.
    pub temperature: Option<f64>,
    /// Ask for the answer in one piece, for networks that hold streams back.
    pub whole: bool,
}

/// A line of the sidebar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSummary {
    /// Which conversation.
    pub id: ConversationId,
    /// From the first question, or as the person renamed it.
    pub title: String,
    /// Milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub created_at: i64,
    /// When a message was last added, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub updated_at: i64,
    /// Held with the emulator, not with a real resource.
    pub demo: bool,
    /// What its last turn is doing.
    pub activity: Activity,
    /// Kept at the top of the list.
    pub pinned: bool,
}

/// A conversation in the trash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TrashedConversation {
    /// Which conversation.
    pub id: ConversationId,
    /// Its title.
    pub title: String,
    /// Held with the emulator, not with a real resource.
    pub demo: bool,
    /// When it went there, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub trashed_at: i64,
    /// When it will be deleted, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub deleted_at: i64,
}

/// What the last turn of a conversation is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// Nothing runs, and the last turn came to its end.
    Idle,
    /// An answer is being written.
    Working,
    /// An answer waits for the person to allow a tool's call.
    NeedsApproval,
    /// The last turn failed.
    Failed,
}

/// A whole conversation as shown: the branch that leads to its head.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConversationView {
    /// As in the sidebar.
    pub summary: ConversationSummary,
    /// What the next question would be asked with.
    pub settings: TurnSettings,
    /// From the first question to the head of the branch shown.
    pub messages: Vec<MessageView>,
    /// The turn that is writing into this conversation now.
    pub turn: Option<LiveTurn>,
    /// The number of the last event that this snapshot already contains.
    /// Events of this conversation with a number up to it are to be dropped.
    #[ts(type = "number")]
    pub seq: u64,
}

/// A turn in progress, for windows that open late.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LiveTurn {
    /// Which turn; what Stop names.
    pub id: TurnId,
    /// The message that is being written.
    pub answer: MessageId,
    /// Set while the engine waits to try again.
    pub waiting: Option<Waiting>,
    /// Another program writes this answer: it can be read here, not stopped.
    pub elsewhere: bool,
}

/// A pause before another attempt.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Waiting {
    /// The attempt that comes next, counting from 1.
    pub attempt: u32,
    /// How many attempts there are at most.
    pub attempts: u32,
    /// The end of the pause, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub until: i64,
    /// Why the last attempt failed.
    pub reason: ErrorReport,
}

/// Who wrote a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// A message as shown.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MessageView {
    /// Which message.
    pub id: MessageId,
    /// The message before it; none for the first.
    pub parent: Option<MessageId>,
    /// Who wrote it.
    pub role: Role,
    /// Its content, in order.
    pub blocks: Vec<BlockView>,
    /// How far it came.
    pub state: MessageState,
    /// Milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub created_at: i64,
    /// What the answer was made with; none for questions.
    pub answer: Option<AnswerFacts>,
    /// Its place among the messages with the same parent, from 0.
    pub branch: u32,
    /// The messages with the same parent, itself included, oldest first.
    pub branches: Vec<MessageId>,
    /// Set on what Hearth itself wrote in the person's place.
    pub purpose: Option<Purpose>,
}

/// What a message is for that Hearth wrote in the person's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// It asks the model to go on with an answer that was cut.
    Continue,
}

/// How far a message came. What arrived is kept in every state.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one for each message that is shown, and only what failed is large"
)]
pub enum MessageState {
    /// Being written now.
    Streaming,
    /// Came to its end.
    #[serde(rename_all = "camelCase")]
    Complete {
        /// The API's word: `end_turn`, `max_tokens`, `refusal`, … None for questions.
        stop_reason: Option<String>,
    },
    /// The person pressed Stop.
    Stopped,
    /// The turn failed.
    Failed {
        /// What went wrong.
        error: ErrorReport,
    },
    /// Hearth itself ended in the middle of the answer.
    Interrupted,
}

/// What an answer was made with and what it used.
#[derive(Debug, Clone, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct AnswerFacts {
    /// The saved connection that was asked, which may be gone since; none for the demo and for
    /// what the environment names.
    pub connection: Option<ConnectionId>,
    /// The deployment that was asked.
    pub deployment: String,
    /// The `model` of the response, when one came.
    pub model: Option<String>,
    /// Input tokens, cache reads and writes included.
    #[ts(type = "number | null")]
    pub input_tokens: Option<u64>,
    /// Of these, read from the cache.
    #[ts(type = "number | null")]
    pub cache_read_tokens: Option<u64>,
    /// Output tokens, thinking included.
    #[ts(type = "number | null")]
    pub output_tokens: Option<u64>,
    /// From the request to the end, in milliseconds.
    #[ts(type = "number | null")]
    pub duration_ms: Option<u64>,
    /// `request-id` of the response.
    pub request_id: Option<String>,
    /// `apim-request-id` of the response.
    pub apim_request_id: Option<String>,
    /// What was left out of the request, because the deployment had refused it.
    pub without: Vec<Capability>,
    /// The output tokens that were asked for, where the deployment takes fewer than were wanted.
    pub lowered_to: Option<u32>,
}

/// A content block as shown. The store keeps the block itself, verbatim.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum BlockView {
    /// Markdown.
    Text {
        /// The text so far.
        text: String,
    },
    /// Summarised reasoning; `text` may be empty when the model shows none.
    Thinking {
        /// The text so far.
        text: String,
        /// How long the model thought; none while it does.
        seconds: Option<f64>,
        /// The API hid the text (`redacted_thinking`).
        redacted: bool,
    },
    /// The model asks for a tool.
    ToolCall {
        /// The API's id of the call.
        id: String,
        /// The tool.
        name: String,
        /// JSON, as the model wrote it.
        input: String,
        /// How far it came.
        state: CallState,
    },
    /// What a tool answered.
    ToolResult {
        /// The call that it answers.
        call: String,
        /// Its text.
        text: String,
        /// The tool failed or was denied.
        failed: bool,
    },
    /// An image that the person attached.
    Image {
        /// Which one.
        attachment: AttachmentView,
    },
    /// A text file that the person attached.
    File {
        /// Which one.
        attachment: AttachmentView,
    },
    /// A kind of block that Hearth does not know yet. It is kept and sent back.
    Unknown {
        /// Its `type`.
        name: String,
        /// The whole block as JSON.
        json: String,
    },
}

/// A question.
#[derive(Debug, Clone, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SendRequest {
    /// None starts a new conversation.
    pub conversation: Option<ConversationId>,
    /// What the person wrote; may be empty when something is attached.
    pub text: String,
    /// What goes with it, in order: attachments of the draft, or of the question that
    /// is replaced.
    pub attachments: Vec<AttachmentId>,
    /// What to ask with; kept as the conversation's settings.
    pub settings: TurnSettings,
    /// The question that this one is an edit of: it becomes a branch beside it. None adds
    /// to the end of the branch that is shown.
    pub replaces: Option<MessageId>,
    /// The last message that the person saw when they asked; ignored with `replaces`. Where
    /// the branch that is shown has gone on from it, the question goes to the end of that
    /// branch; where another branch is shown meanwhile, it goes after this message. None
    /// takes whatever is shown.
    pub after: Option<MessageId>,
}

/// Where a question went.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Sent {
    /// The conversation, new or old.
    pub conversation: ConversationId,
    /// The turn that answers.
    pub turn: TurnId,
    /// The stored question.
    pub question: MessageId,
    /// The message that will hold the answer.
    pub answer: MessageId,
}

/// A place where the words of a search were found.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SearchHit {
    /// The conversation.
    pub conversation: ConversationId,
    /// The message, or none when the title matched.
    pub message: Option<MessageId>,
    /// The conversation's title.
    pub title: String,
    /// Text around the hit, plain.
    pub excerpt: String,
    /// Where the words stand in `excerpt`: start and end of each, in UTF-16 code units.
    pub marks: Vec<(u32, u32)>,
    /// When what was found was written, in milliseconds since the Unix epoch.
    #[ts(type = "number")]
    pub at: i64,
    /// It lies on the branch that the conversation shows.
    pub shown: bool,
    /// When the conversation was last added to.
    #[ts(type = "number")]
    pub updated_at: i64,
}

/// The forms in which a conversation can be saved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptFormat {
    /// To read.
    Markdown,
    /// Lossless: every branch, every block verbatim.
    Json,
}
