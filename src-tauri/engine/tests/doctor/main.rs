//! The Doctor and what the engine learns about deployments, over real sockets: every injected
//! fault has its diagnosis, and the same fault in a chat has the same error card.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

mod again;
mod capabilities;
mod credentials;
mod desk;
mod faults;
mod keyring;
mod limits;
mod network;
mod remedies;
mod walks;
