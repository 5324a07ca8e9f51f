//! The HTTP server that lends a connection to other programs: what speaks the Messages API, or
//! OpenAI's Chat Completions, asks it with a key of the gateway's own.
//!
//! Messages are passed on byte for byte in both directions, save for credentials and for the
//! names of models; Chat Completions are translated by [`hearth_wire::openai`]. In front stand the
//! checks that a server on a person's machine needs: the name it is called by, the page that
//! calls, the key, the size, the time. When a request is over, a record of it is told, without
//! anything that was said.
//!
//! Deliberately ignorant of: conversations, settings, the disk, words. What it lends is given to
//! it as [`Deployment`]s, by whoever read the settings, or read from a configuration by
//! [`config::read`].
//!
//! Start reading at [`Gateway::serve`], then `routes`.

mod admission;
mod catalogue;
mod chat;
pub mod config;
mod course;
mod door;
mod ending;
mod head;
mod headers;
mod keys;
mod known;
mod listing;
mod nowhere;
mod patience;
mod peers;
mod recording;
mod refusal;
mod relay;
mod routes;
mod server;

pub use catalogue::{Catalogue, Deployment, Known};
pub use door::{BadName, Door};
pub use hearth_wire::Usage;
pub use hearth_wire::models::Hosting;
pub use hearth_wire::openai::request::DefaultMaxTokens;
pub use keys::{BadKey, Expiry, Key, Keys};
pub use recording::{Outcome, Record, Route};
pub use server::{Gateway, Lent, Limits, NotServing, Serving};
