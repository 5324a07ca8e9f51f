//! Conversations on disk: the message tree, drafts, the search index, transcripts.
//!
//! One SQLite file, `hearth.db`, holds everything. What the person wrote is on disk
//! when [`Store::begin_turn`] returns, and every batch of an answer when
//! [`Store::append_journal`] returns. History is a tree: nothing is overwritten, and
//! content blocks are kept verbatim, byte for byte. Beside it stands what was asked of
//! resources, without what was said.
//!
//! Deliberately absent: the network, the types of the Messages API (a block is a kind
//! and a JSON text; only the Markdown transcript reads a few of its fields), threads
//! (every call blocks; callers move it off their event loop), clocks and identifiers
//! (both are arguments, except for the messages of a fork), secrets (none ever comes here) and words for people
//! ([`transcript::Labels`] brings them).
//!
//! Start reading at [`Store`]; `schema/v1.sql` and what follows it are the shape of the file.

mod attachments;
mod conversations;
mod drafts;
mod error;
mod file;
mod forking;
mod grants;
mod input;
mod ledger;
mod live;
mod model;
mod read_only;
mod reading;
mod running;
mod schema;
mod search;
mod store;
pub mod transcript;
mod turns;
mod values;
mod writing;

pub use attachments::{AttachmentInfo, NewAttachment, PixelSize, StoredAttachment};
pub use conversations::{Purged, Shelf};
pub use drafts::{Draft, DraftKey, SentDraft};
pub use error::StoreError;
pub use forking::Fork;
pub use grants::Grant;
pub use input::{
    Asked, BeginTurn, ContinueTurn, FinishTurn, FinishedAnswer, NewAnswer, NewBlock,
    NewConversation, NewMessage, NewTurn, Question, Where,
};
pub use ledger::{Outcome, Request, RequestSum, Source};
pub use model::{
    AnswerFacts, Conversation, ConversationRow, Ending, MessageState, Purpose, Role, StoredBlock,
    StoredMessage, StoredTurn, TitleBy, TurnState,
};
pub use running::Unfinished;
pub use search::SearchHit;
pub use store::Store;
pub use values::{AttachmentId, ConversationId, Json, MessageId, NotJson, TurnId};
