//! The rung on which somebody answers at the address.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;

use super::{Place, dns};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::failure::Failure;

/// A connection that came about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp {
    /// Who answered.
    pub peer: SocketAddr,
    /// How long it took, name resolution not included.
    pub took: Duration,
}

/// Connects to the endpoint itself, past every proxy. Where the way leads through a proxy, that
/// may rightly fail: [`super::proxy`] tells how that way is.
///
/// # Errors
///
/// [`Failure::HostUnknown`] and [`Failure::Unreachable`].
pub async fn connect(client: &Client, endpoint: &Endpoint) -> Result<Tcp, Failure> {
    let place = Place::of(endpoint);
    let (_, tcp) = reach(&place.host, place.port, client.connect_timeout()).await?;
    Ok(tcp)
}

/// The first address that answers.
pub(super) async fn reach(
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<(TcpStream, Tcp), Failure> {
    let addresses = dns::addresses(host, port, limit).await?;
    let began = Instant::now();
    // One address that swallows everything must not use up the time of those after it.
    let each = limit / u32::try_from(addresses.len().clamp(1, 4)).unwrap_or(1);
    let mut last = "no address answers".to_owned();
    let trying = async {
        for address in addresses {
            match tokio::time::timeout(each, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Some((stream, address)),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = "nobody answers in time".to_owned(),
            }
        }
        None
    };
    let reached = tokio::time::timeout(super::patience(limit), trying).await;
    match reached {
        Ok(Some((stream, peer))) => {
            // A hint only; the handshake works without.
            let _ = stream.set_nodelay(true);
            let took = began.elapsed();
            Ok((stream, Tcp { peer, took }))
        }
        Ok(None) => Err(Failure::Unreachable(last)),
        Err(_) => Err(Failure::Unreachable("nobody answers in time".to_owned())),
    }
}
