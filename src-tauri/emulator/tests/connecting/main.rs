//! What stands around Foundry: a tenant that gives tokens, TLS, proxies, an identity
//! endpoint. Seen over real sockets by clients that share no code with the emulator.

mod browser;
mod command;
mod credentials;
mod devices;
mod foundry;
mod identity;
mod proxies;
mod support;
mod tls;
