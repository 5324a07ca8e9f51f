//! The store through its public API, on real files.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod attached_transcripts;
mod attachments;
mod conversations;
mod disk;
mod drafts;
mod forks;
mod grants;
mod kill;
mod ledger;
mod migration;
mod opening;
mod read_only;
mod search;
mod support;
mod transcripts;
mod tree;
mod turns;
mod two_handles;
