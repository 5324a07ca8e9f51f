//! A gateway that follows an engine's settings, over HTTP, in front of the emulator.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod connections;
#[cfg(target_os = "linux")]
mod dialogs;
mod endings;
mod keys;
mod places;
mod support;
