//! The client against real sockets: the emulator where it can misbehave as needed, and a server
//! that plays back bytes where it cannot.

mod emulated;
mod faults;
mod network;
mod redirects;
mod requests;
mod retries;
mod server;
mod sign_in;
mod support;
