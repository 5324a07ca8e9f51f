//! A stand-in Foundry resource on loopback: the demo, and the one fake server of the tests.
//!
//! It judges what a client sends as the real service would, in its words, and answers from
//! a library of good replies, from a test's [`Script`], or with the fault that a deployment
//! is named after. `seed` fixes every byte and every chunk.
//!
//! That it is the emulator shows in every answer: header `x-hearth-emulator: 1`, and
//! `usage.inference_geo` is `loopback`.
//!
//! Deliberately absent: the client's request and event types (it must not share their
//! mistakes), models that think, windows, disks, and any address that is not loopback.
//!
//! Start reading at [`Emulator`]; a request's way is `server` → `answer` → `validate` →
//! `library` or [`Script`] → `saying` → `frames` → `plan` → `pour`. On this way `faults`
//! spoils what the deployment's name says; `docs/emulator.md` lists them all.

mod accepting;
mod admission;
mod answer;
mod certificates;
mod clock;
mod command;
mod deployments;
mod desk;
mod emulator;
mod entra;
mod faults;
mod frames;
mod gate;
mod identity;
mod library;
mod log;
mod media;
mod models;
mod plan;
mod pour;
mod proxy;
mod random;
mod refusal;
mod request;
mod saying;
mod script;
mod server;
mod signature;
mod validate;
mod wire;

pub use admission::TellsTenant;
pub use certificates::Certificates;
pub use clock::Clock;
pub use command::{CommandOptions, CommandServer};
pub use deployments::UnknownBaseModel;
pub use emulator::{Builder, DEMO_KEY, Emulator, StartError};
pub use entra::{Claims, Entra, EntraBuilder, EntraFault, TokenRequest};
pub use faults::{FaultMode, fault_modes, limited_modes};
pub use gate::Gate;
pub use identity::{IdentityFault, IdentityRequest, ManagedIdentity};
pub use log::{Ending, Exchange, NotSeen, Received};
pub use models::Hosting;
pub use pour::Pace;
pub use proxy::{Interceptor, Proxied, Proxy, ProxyBuilder, Upstream};
pub use script::Script;
