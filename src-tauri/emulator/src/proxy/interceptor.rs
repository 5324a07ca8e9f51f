//! A proxy that opens TLS: what it shows the client is signed by its own authority.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::http::ended;
use super::names::Names;
use super::{Proxied, Proxy};
use crate::accepting::{Duplex, Line, secured};
use crate::certificates::Certificates;
use crate::emulator::StartError;

/// Where an interceptor passes on what it has opened.
#[derive(Clone)]
pub struct Upstream {
    /// None: where the client wanted to go, if that is on loopback.
    address: Option<SocketAddr>,
    /// None: unencrypted.
    tls: Option<Arc<ClientConfig>>,
}

impl Upstream {
    /// All of it to this address on loopback, unencrypted.
    pub fn plain(address: SocketAddr) -> Upstream {
        Upstream {
            address: Some(address),
            tls: None,
        }
    }

    /// All of it to this address on loopback, encrypted again for a server of this authority.
    pub fn tls(address: SocketAddr, trusted: &Certificates) -> Upstream {
        Upstream {
            address: Some(address),
            tls: Some(Arc::new(trusted.client())),
        }
    }

    /// Where the client wanted to go, which must be on loopback, encrypted again for
    /// servers of this authority.
    pub fn wherever(trusted: &Certificates) -> Upstream {
        Upstream {
            address: None,
            tls: Some(Arc::new(trusted.client())),
        }
    }
}

/// A running HTTP proxy that opens the TLS of what goes through it, for any name. Dropped,
/// it stops and closes every connection.
pub struct Interceptor(Proxy);

impl Interceptor {
    /// Starts on a free port of 127.0.0.1. `certificates` is the authority that signs what
    /// clients see, such as `Certificates::new("Zscaler Root CA")`.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn start(
        certificates: &Certificates,
        upstream: Upstream,
    ) -> Result<Interceptor, StartError> {
        let opening = Opening {
            certificates: certificates.clone(),
            upstream,
            made: Mutex::default(),
        };
        Proxy::http()
            .opening(opening)
            .start()
            .await
            .map(Interceptor)
    }

    /// `http://127.0.0.1:PORT`, to be set as a proxy.
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.0.address()
    }

    /// What went through it so far. `reached` is true once a client has accepted the
    /// certificate that it was shown.
    pub fn log(&self) -> Vec<Proxied> {
        self.0.log()
    }
}

/// How tunnels are opened.
pub(crate) struct Opening {
    certificates: Certificates,
    upstream: Upstream,
    /// The servers that were made up so far, by name.
    made: Mutex<HashMap<String, Arc<ServerConfig>>>,
}

impl Opening {
    /// Passes on what goes through one tunnel.
    pub(crate) async fn pass<S: Duplex + 'static>(
        &self,
        near: S,
        host: &str,
        port: u16,
        names: &Names,
        reached: impl FnOnce(),
    ) {
        let server = self.server(host);
        let Some(mut near) = secured(near, Some(&server)).await else {
            return;
        };
        let Some(mut far) = self.far(host, port, names).await else {
            return;
        };
        reached();
        ended(copy_bidirectional(&mut near, &mut far).await);
    }

    fn server(&self, host: &str) -> Arc<ServerConfig> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let server = made
            .entry(host.to_owned())
            .or_insert_with(|| Arc::new(self.certificates.server(&[host])));
        server.clone()
    }

    async fn far(&self, host: &str, port: u16, names: &Names) -> Option<Line> {
        let wanted = || names.find(host, port);
        let address = self.upstream.address.or_else(wanted)?;
        if !address.ip().is_loopback() {
            return None;
        }
        let stream = TcpStream::connect(address).await.ok()?;
        stream.set_nodelay(true).ok()?;
        let Some(tls) = &self.upstream.tls else {
            return Some(Box::new(stream));
        };
        // The server behind is one of ours, whatever the client calls it.
        let name = ServerName::try_from("localhost").expect("BUG: a host name");
        let stream = TlsConnector::from(tls.clone()).connect(name, stream).await;
        match stream {
            Ok(stream) => Some(Box::new(stream)),
            Err(error) => {
                tracing::debug!(%error, "the server behind an interceptor is not trusted");
                None
            }
        }
    }
}
