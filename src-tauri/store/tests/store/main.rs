//! The store through its public API, on real files.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod conversations;
mod kill;
mod opening;
mod search;
mod support;
mod transcripts;
mod tree;
mod turns;
mod two_handles;
