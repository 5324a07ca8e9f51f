//! The client against real sockets: the emulator where it can misbehave as needed, and a server
//! that plays back bytes where it cannot.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod counting;
mod emulated;
mod faults;
mod http2;
mod network;
mod proxies;
mod redirects;
mod refusals;
mod requests;
mod retries;
mod rungs;
mod server;
mod skipping;
mod support;
mod trust;
mod whole;
