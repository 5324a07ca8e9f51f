//! Talking to a Microsoft Foundry resource: where it is, who is asking, the request, the
//! stream that answers it, and when to try again.
//!
//! Deliberately ignorant of: disk, windows, conversations, settings, and what a model can do.
//! It takes a finished [`hearth_wire::MessagesRequest`] and hands back wire events one by one;
//! what they add up to is for others. It is the one home of secrets: [`Secret`] cannot be
//! printed or serialised, and the keyring is spoken to in [`vault`] alone.
//!
//! Start reading at [`Client::stream`].

pub mod client;
pub mod credential;
pub mod endpoint;
pub mod environment;
pub mod failure;
mod network;
pub mod retry;
pub mod secret;
mod sse;
pub mod vault;

pub use client::{ApiVersion, Client, ClientOptions, ClientUnavailable, Progress, Target};
pub use credential::{ClientSecret, Credential};
pub use endpoint::{BadEndpoint, Endpoint, Note, ParsedEndpoint};
pub use environment::{Choice, Environment};
pub use failure::{Category, Failure, Ids, Oddity, Rejection};
pub use secret::Secret;
pub use vault::{Place, Vault, VaultError, VaultState};
