//! The engine against the emulator, over HTTP and with a real database.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod connections;
mod disk;
mod endings;
mod faults;
mod history;
mod hosts;
mod property;
mod refusals;
mod support;
mod transcripts;
mod windows;
