//! What happens, as told to every window.

use serde::Serialize;
use ts_rs::TS;

use super::conversation::{
    BlockView, ConversationId, ConversationSummary, MessageId, MessageView, TurnId, TurnSettings,
    Waiting,
};
use super::credential::SignInView;
use super::doctor::DoctorReport;
use super::storage::StorageProblem;
use super::tool::CallState;

/// One thing that happened. A window receives them in batches and in order.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "events are moved a few times each and never kept in numbers"
)]
pub enum HearthEvent {
    /// Something within a conversation.
    Turn(TurnEvent),
    /// A conversation is new, was renamed, or its last turn changed its activity.
    ConversationChanged {
        /// Its line in the sidebar.
        summary: ConversationSummary,
    },
    /// A conversation went to the trash, or was deleted.
    ConversationRemoved {
        /// Which one.
        id: ConversationId,
    },
    /// Connections, tools or the demo changed: ask for the state again.
    StateChanged,
    /// The disk stopped taking what is written, or takes it again.
    StorageChanged {
        /// What is wrong now; none when all is saved.
        problem: Option<StorageProblem>,
    },
    /// The next question of a conversation is asked with something else.
    ConversationSettings {
        /// Which one.
        id: ConversationId,
        /// With what, as of now: what is told last counts.
        settings: TurnSettings,
    },
    /// This conversation shows something else, as another window or program wants it:
    /// take a new snapshot where it is shown.
    ConversationStale {
        /// Which one.
        id: ConversationId,
    },
    /// The Doctor took a step.
    Doctor {
        /// All that it has found so far.
        report: DoctorReport,
    },
    /// A sign-in went on.
    SignIn {
        /// How far it is.
        sign_in: SignInView,
    },
    /// The gateway's state, keys or traffic changed: ask for it again. At most twice a second.
    GatewayChanged,
    /// This window read too slowly and missed events: take new snapshots.
    Missed,
}

/// Something that happened to a turn.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TurnEvent {
    /// The conversation.
    pub conversation: ConversationId,
    /// The turn.
    pub turn: TurnId,
    /// Counts the events of this conversation, from 1, without gaps, for as long
    /// as the program runs. A gap means: take a new snapshot.
    #[ts(type = "number")]
    pub seq: u64,
    /// What happened.
    pub step: Step,
}

/// The steps of a turn. `Started` comes first; exactly one `Ended` comes last.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "events are moved a few times each and never kept in numbers"
)]
pub enum Step {
    /// Question and empty answer are on disk.
    Started {
        /// The question; the same one again when an answer is regenerated.
        question: MessageView,
        /// The answer, still empty.
        answer: MessageView,
    },
    /// An attempt failed before anything was shown; another follows.
    Waiting {
        /// The pause.
        waiting: Waiting,
    },
    /// The request goes out (again): the pause is over.
    Asking,
    /// A block begins.
    BlockStarted {
        /// The message that it belongs to.
        message: MessageId,
        /// Its place in the message.
        index: u32,
        /// The block, empty or, if the API sends it whole, complete.
        block: BlockView,
    },
    /// More of a block: text, thinking, or the JSON of a tool's input.
    Delta {
        /// The message.
        message: MessageId,
        /// The block's place in it.
        index: u32,
        /// What to append.
        text: String,
    },
    /// A block is complete; what it became.
    BlockFinished {
        /// The message.
        message: MessageId,
        /// The block's place in it.
        index: u32,
        /// The whole block.
        block: BlockView,
    },
    /// A tool's call went on: it waits for the person, runs, is over.
    ToolState {
        /// The message that holds the call.
        message: MessageId,
        /// The call's place in it.
        index: u32,
        /// How far it is.
        state: CallState,
    },
    /// One request of the turn is over and the next begins: the model goes on, or a
    /// tool's results go back to it.
    Continued {
        /// The answer that is over, as stored.
        finished: MessageView,
        /// What was sent next, if anything was; a message of the user's role.
        results: Option<MessageView>,
        /// The next answer, still empty; from here on the one that is written.
        answer: MessageView,
    },
    /// The turn is over; its ending is on disk.
    Ended {
        /// The answer as stored, its state never `Streaming`.
        answer: MessageView,
    },
}
