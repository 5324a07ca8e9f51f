//! OpenAI's Chat Completions, told as the Messages API, and back.
//!
//! [`request::translate`] turns a Chat Completions request into a
//! [`crate::MessagesRequest`], [`response::translate`] and [`stream::Chunks`] turn what
//! comes back into completions and chunks, and [`errors`] does so for failures.
//!
//! Nothing of a request is lost in silence. Every member is translated, or named in
//! [`request::Translated::dropped`], or refused with OpenAI's error shape. Ids, times and
//! random numbers come from the caller, so everything here is a function of its
//! arguments.
//!
//! Sources: <https://platform.openai.com/docs/api-reference/chat>, for what comes in and
//! goes out, and <https://platform.claude.com/docs/en/api/messages/create>, for what lies
//! between. Where LiteLLM does otherwise is written in `docs/litellm-differences.md`.

mod citations;
mod content;
mod dropped;
pub mod errors;
mod finish;
mod lists;
mod media;
mod names;
mod nothing;
mod refusal;
pub mod request;
pub mod response;
mod schema;
pub mod stream;
mod text;
mod union;
mod usage;
mod wants;

pub use dropped::{Dropped, Why};
pub use names::ToolNames;
pub use refusal::Refusal;
pub use wants::{JsonTool, Wants};
