//! The engine against the emulator, over HTTP and with a real database.

mod connections;
mod disk;
mod endings;
mod faults;
mod history;
mod property;
mod refusals;
mod support;
mod transcripts;
mod windows;
