//! The first rung: the name resolves.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::{Place, patience};
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::network::unresolved;

/// Longest time for a name. Resolvers try several servers, five seconds each.
const LIMIT: Duration = Duration::from_secs(15);

/// A name that resolves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// The name.
    pub host: String,
    /// Its addresses, in the order in which they are tried.
    pub addresses: Vec<SocketAddr>,
    /// How long it took.
    pub took: Duration,
}

/// Resolves an endpoint's name, as the operating system does.
///
/// # Errors
///
/// [`Failure::HostUnknown`] when there is no such name, and [`Failure::Unreachable`] when nobody
/// could be asked: there is no network, or no name server answers. Not every system tells the
/// two apart.
pub async fn resolve(endpoint: &Endpoint) -> Result<Resolved, Failure> {
    let place = Place::of(endpoint);
    let began = Instant::now();
    let addresses = addresses(&place.host, place.port, LIMIT).await?;
    Ok(Resolved {
        host: place.host,
        addresses,
        took: began.elapsed(),
    })
}

pub(super) async fn addresses(
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<Vec<SocketAddr>, Failure> {
    let looking = tokio::net::lookup_host((host, port));
    match tokio::time::timeout(patience(limit), looking).await {
        Ok(Ok(found)) => {
            let found: Vec<_> = found.collect();
            if found.is_empty() {
                return Err(Failure::HostUnknown);
            }
            Ok(found)
        }
        Ok(Err(error)) => Err(unresolved(&error.to_string())),
        Err(_) => Err(Failure::Unreachable("no name server answers".to_owned())),
    }
}
