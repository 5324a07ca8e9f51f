//! The store through its public API, on real files.

mod conversations;
mod kill;
mod opening;
mod search;
mod support;
mod transcripts;
mod tree;
mod turns;
mod two_handles;
