//! The Messages API as plain data: requests, content blocks, stream events, and the
//! fold from events to blocks.
//!
//! Deliberately absent: sockets, clocks, threads, settings, files. Everything here is a
//! function of its arguments, so a recorded stream is a complete test. Nothing here
//! fails on what it does not know: an unknown event, block, delta or stop reason is a
//! value that keeps its JSON as it arrived.
//!
//! Content is never re-serialised. A [`Block`] holds its JSON text, and what was
//! received is what is sent back, byte for byte: signatures, ids, key order, the
//! spelling of numbers.
//!
//! Start reading at [`Assembler`], which turns a stream of [`StreamEvent`]s into
//! [`Assembled`] blocks; [`MessagesRequest`] is the way out. [`openai`] is the way in and
//! out for those who speak OpenAI's Chat Completions.
//!
//! ```
//! use hearth_wire::{Assembler, StreamEvent};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let mut assembler = Assembler::default();
//! for (name, data) in [
//!     ("content_block_start", r#"{"index":0,"content_block":{"type":"text","text":""}}"#),
//!     ("content_block_delta", r#"{"index":0,"delta":{"type":"text_delta","text":"Hi"}}"#),
//!     ("content_block_stop", r#"{"index":0}"#),
//! ] {
//!     assembler.push(&StreamEvent::parse(name, data)?)?;
//! }
//! let answer = assembler.finish();
//! assert_eq!(answer.blocks[0].block.json(), r#"{"type":"text","text":"Hi"}"#);
//! assert!(answer.blocks[0].complete && !answer.ended);
//! # Ok(())
//! # }
//! ```

mod api_error;
mod assemble;
mod block;
mod event;
mod extras;
pub mod headers;
mod items;
mod literal;
pub mod models;
mod object;
pub mod openai;
mod raw;
mod request;
mod response;
mod retold;
mod stop;
mod usage;
mod version;

pub use api_error::ApiError;
pub use assemble::{Assembled, AssembledBlock, Assembler, BadSequence, Change};
pub use block::{Block, BlockKind};
pub use event::{BadEvent, Delta, MessageDelta, MessageStart, StreamEvent};
pub use extras::Extras;
pub use literal::Literal;
pub use object::Object;
pub use raw::{BadJson, Raw};
pub use request::{
    Display, Effort, Message, MessagesRequest, OutputConfig, Role, Thinking, Tool, ToolChoice,
    UnknownEffort,
};
pub use response::{BadResponse, Response};
pub use stop::StopReason;
pub use usage::Usage;
pub use version::ApiVersion;
