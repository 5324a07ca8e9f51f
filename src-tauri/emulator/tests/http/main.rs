//! The emulator over real HTTP, seen by a client that shares no code with it.

mod endings;
mod faults;
mod limited;
mod refusals;
mod replies;
mod scenarios;
mod schemas;
mod streams;
mod support;
