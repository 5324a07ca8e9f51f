//! The gateway over real HTTP on loopback: in front of the emulator, and in front of servers that
//! send whatever bytes a test wants.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod addresses;
mod chats;
mod clients;
mod connections;
mod doors;
mod endings;
mod failing_over;
mod judged;
mod keys;
mod limits;
mod logging;
mod models;
mod paid;
mod passing;
mod recording;
mod refusals;
mod replacing;
mod support;
mod translating;
mod upstream;
