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
pub mod network;
pub mod path;
pub mod retry;
pub mod secret;
pub mod sign_in;
mod sse;
pub mod vault;

pub use client::{
    ApiVersion, BadHeader, Client, ClientOptions, ClientUnavailable, Errand, ExtraHeader,
    NotPassed, Passed, Progress, Refused, RefusedBody, Skip, Surface, Target, Veil, Veiling,
    Verbatim, begins_as_object, called,
};
pub use credential::{
    Command, Credential, Printed, Session, SignInKind, SignInProblem, TokenFacts, TokenSource,
    Tokens,
};
pub use endpoint::{BadEndpoint, Endpoint, Note, ParsedEndpoint};
pub use environment::{Choice, Environment, FoundCredential};
pub use failure::{
    Category, Clock, Failure, Ids, Oddity, ProxyKind, ProxyProblem, Rejection, TlsKind, TlsProblem,
};
pub use network::{
    BadNetwork, BadPem, BadProxy, Certificate, Desktop, Network, Proxy, ProxyAddress, ProxyScheme,
    TypedProxy,
};
pub use secret::Secret;
pub use sign_in::{
    BrowserSignIn, DeviceSignIn, EntraPlace, Page, Pages, SignedIn, in_browser, with_code,
};
pub use vault::{Place, Vault, VaultError, VaultState};
