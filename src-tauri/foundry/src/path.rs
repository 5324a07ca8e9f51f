//! The way to a resource, rung by rung: its name, the proxy, the address, TLS. What the client
//! does at once when it asks, these do one by one, so that a person learns where it breaks.
//!
//! Each is a plain function with a limit on its time, can be dropped at any moment, sends nothing
//! of the credential, and tells no secret.

mod dns;
mod proxy;
mod tcp;
mod tls;

use std::time::Duration;

pub use dns::{Resolved, resolve};
pub use proxy::{ProxyFacts, proxy};
pub use tcp::{Tcp, connect};
pub use tls::{Secured, secure};

use url::Url;

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, ProxyKind};
use crate::network::Hop;

/// A host and a port, as an endpoint names them.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    host: String,
    port: u16,
    tls: bool,
}

impl Place {
    fn of(endpoint: &Endpoint) -> Self {
        Self::at(&address(endpoint))
    }

    fn at(url: &Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        Self {
            // Addresses of IPv6 stand in brackets in an address, and nowhere else.
            host: host
                .trim_start_matches('[')
                .trim_end_matches(']')
                .to_owned(),
            port: url.port_or_known_default().unwrap_or(443),
            tls: url.scheme() == "https",
        }
    }
}

fn address(endpoint: &Endpoint) -> Url {
    Url::parse(endpoint.messages_url()).expect("BUG: an endpoint is an address")
}

/// What a proxy said that did not let through, and whether it was the proxy at all. Libraries
/// keep it to themselves, so the proxy is asked once more, without a word to the endpoint; where
/// that tells nothing new, `failure` stays.
pub(crate) async fn explained(
    client: &Client,
    failure: Failure,
    hop: Option<&Hop>,
    url: &Url,
) -> Failure {
    let Some(hop) = hop else {
        return failure;
    };
    let login = match &failure {
        // Told apart already but for the ways to log in, which a proxy names to strangers. The
        // login itself is not tried again: knocking on can lock people out.
        Failure::Proxy(problem) if problem.kind == ProxyKind::Credentials => proxy::Login::Withheld,
        Failure::Proxy(problem) if problem.kind == ProxyKind::Other => proxy::Login::Given,
        Failure::Unreachable(_) => proxy::Login::Given,
        _ => return failure,
    };
    match proxy::tunnel(client, hop, &Place::at(url), login).await {
        Err(Failure::Proxy(clear)) if login == proxy::Login::Given => Failure::Proxy(clear),
        Err(Failure::Proxy(clear)) if clear.status == Some(407) => Failure::Proxy(clear),
        // It lets through now, or fails otherwise now; what happened is still what happened.
        Err(_) | Ok(_) => failure,
    }
}

/// `limit`, and no longer than a person waits for one rung.
fn patience(limit: Duration) -> Duration {
    limit.min(Duration::from_secs(30))
}
