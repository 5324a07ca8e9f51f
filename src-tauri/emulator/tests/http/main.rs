//! The emulator over real HTTP, seen by a client that shares no code with it.

mod endings;
mod faults;
mod forced;
mod limited;
mod newer;
mod refusals;
mod replies;
mod scenarios;
mod schemas;
mod shapes;
mod streams;
mod support;
