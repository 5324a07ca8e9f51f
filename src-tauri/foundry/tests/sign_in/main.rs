//! Every credential against the emulator's Entra tenant over real sockets, and the one cache in
//! front of them all.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod browser;
mod cache;
mod code;
mod grants;
mod session;
mod support;
