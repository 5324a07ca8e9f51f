//! The client against real sockets: the emulator where it can misbehave as needed, and a server
//! that plays back bytes where it cannot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod emulated;
mod faults;
mod network;
mod redirects;
mod requests;
mod retries;
mod server;
mod sign_in;
mod support;
mod whole;
