//! The emulator over real HTTP, seen by a client that shares no code with it.

mod endings;
mod refusals;
mod replies;
mod streams;
mod support;
