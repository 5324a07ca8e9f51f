//! A turn from question to answer, settings, and the one public API of everything
//! without a window.
//!
//! [`Engine`] is what the window and the command line hold. It owns the turns, so that
//! an answer goes on whichever window comes or goes; it writes the question to disk
//! before it asks, and each batch of the answer before it shows it.
//!
//! Deliberately absent: Tauri, serving HTTP, SQL, and the framing of the wire. What
//! people read is named here by key and stands in `words/en.ftl`.
//!
//! Start reading at [`Engine::send`], then `turn::run`.

#![expect(
    clippy::result_large_err,
    reason = "a report is made once a failure, and is never on a path that has to be fast"
)]

pub mod api;
mod asking;
mod attachment;
mod bus;
mod capability;
mod connecting;
mod connection;
mod contents;
mod continuing;
mod conversation;
mod doctor;
mod draft;
mod engine;
mod gateway;
mod import;
mod ledger;
mod lending;
mod live;
mod neighbours;
mod network;
mod past;
mod permission;
mod profile;
mod recovery;
mod report;
mod request;
mod rescue;
mod rescued;
mod results;
mod settings;
mod sign_in;
mod storage;
mod title;
mod transcript;
mod trash;
mod turn;
mod view;
mod words;

pub use bus::Subscription;
pub use connecting::FromEnvironment;
pub use connection::DemoAddress;
pub use engine::Engine;
pub(crate) use engine::Shared;
pub use gateway::{GatewayKey, GatewayKeys};
pub use hearth_foundry::{ClientOptions, Environment, Secret};
pub use ledger::{RequestFrom, RequestOutcome, RequestRecord};
pub use lending::{GatewayPlan, Lent, LentDeployment};
pub use profile::Profile;
pub use transcript::Transcript;
pub use words::Words;

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A new identifier; later ones sort after earlier ones.
pub(crate) fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}
