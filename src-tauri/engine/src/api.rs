//! What the window and the command line see of the engine: plain data, nothing else.
//!
//! Every type here that crosses into the web view derives [`ts_rs::TS`]; a test
//! writes them to `ui/src/host/types.ts` and fails when the file is out of date.
//! They carry no compatibility burden: both ends are built together.

mod attachment;
mod connection;
mod conversation;
mod credential;
mod doctor;
mod error;
mod event;
mod gateway;
mod import;
mod network;
mod storage;
mod tool;
#[cfg(test)]
mod typescript;

pub use attachment::*;
pub use connection::*;
pub use conversation::*;
pub use credential::*;
pub use doctor::*;
pub use error::*;
pub use event::*;
pub use gateway::*;
pub use import::*;
pub use network::*;
pub use storage::*;
pub use tool::*;
