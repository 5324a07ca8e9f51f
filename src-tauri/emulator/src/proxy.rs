//! Proxies as companies have them: HTTP and SOCKS5, with and without a password, and one
//! that opens TLS ([`Interceptor`]).
//!
//! They lead to loopback only. A name that tests make up, such as that of a real resource,
//! is led there by [`ProxyBuilder::resolving`].

mod http;
mod interceptor;
mod names;
mod socks;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accepting::{Serving, accept, listen, on_loopback, secured};
use crate::certificates::{Certificates, LOOPBACK};
use crate::emulator::StartError;

use interceptor::Opening;
pub use interceptor::{Interceptor, Upstream};
use names::Names;

/// What went through a proxy, or tried to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxied {
    /// `host:port` as the client named it; empty where it was not asked for one, because
    /// its password was wrong.
    pub target: String,
    /// The password was right, or none is wanted.
    pub authorised: bool,
    /// The target was reached.
    pub reached: bool,
}

/// A running proxy. Dropped, it stops and closes every connection.
pub struct Proxy {
    address: SocketAddr,
    scheme: &'static str,
    log: ProxyLog,
    serving: Serving,
}

impl Proxy {
    /// A proxy for HTTP and, by `CONNECT`, for everything else.
    pub fn http() -> ProxyBuilder {
        ProxyBuilder::new(Kind::Http)
    }

    /// A SOCKS5 proxy (RFC 1928, with the passwords of RFC 1929).
    pub fn socks5() -> ProxyBuilder {
        ProxyBuilder::new(Kind::Socks5)
    }

    /// `http://127.0.0.1:PORT`, `https://…` or `socks5h://…`, without a password in it.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What went through it so far.
    pub fn log(&self) -> Vec<Proxied> {
        self.log.lock().clone()
    }

    /// Stops and closes every connection; returns when that is done.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Http,
    Socks5,
}

/// How a proxy is to be.
pub struct ProxyBuilder {
    kind: Kind,
    tls: Option<Arc<ServerConfig>>,
    rules: Rules,
}

/// What a proxy goes by.
pub(crate) struct Rules {
    pub(crate) password: Option<(String, String)>,
    pub(crate) names: Names,
    /// The status with which every request is refused.
    pub(crate) refusing: Option<u16>,
    pub(crate) opening: Option<Opening>,
    pub(crate) log: ProxyLog,
    pub(crate) stopping: CancellationToken,
    /// What goes on after a connection was handed over.
    pub(crate) tunnels: TaskTracker,
}

impl ProxyBuilder {
    fn new(kind: Kind) -> ProxyBuilder {
        ProxyBuilder {
            kind,
            tls: None,
            rules: Rules {
                password: None,
                names: Names::default(),
                refusing: None,
                opening: None,
                log: ProxyLog::default(),
                stopping: CancellationToken::new(),
                tunnels: TaskTracker::new(),
            },
        }
    }

    /// Lets nobody through without these: 407, or SOCKS's refusal.
    #[must_use]
    pub fn password(mut self, user: &str, password: &str) -> ProxyBuilder {
        self.rules.password = Some((user.to_owned(), password.to_owned()));
        self
    }

    /// Leads a name (`host`, or `host:port`) to an address on loopback. Several add up;
    /// addresses elsewhere are not reached.
    #[must_use]
    pub fn resolving(mut self, name: &str, address: SocketAddr) -> ProxyBuilder {
        self.rules.names.add(name, address);
        self
    }

    /// An HTTP proxy that is itself reached over TLS, as `https://…`.
    #[must_use]
    pub fn tls(mut self, certificates: &Certificates) -> ProxyBuilder {
        self.tls = Some(Arc::new(certificates.server(LOOPBACK)));
        self
    }

    /// Refuses every request with this status and a page: a rule against the address. An
    /// HTTP proxy only; SOCKS answers "not allowed".
    #[must_use]
    pub fn refusing(mut self, status: u16) -> ProxyBuilder {
        self.rules.refusing = Some(status);
        self
    }

    /// Opens TLS on its way through.
    fn opening(mut self, opening: Opening) -> ProxyBuilder {
        self.rules.opening = Some(opening);
        self
    }

    /// Starts on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn start(self) -> Result<Proxy, StartError> {
        let listener = listen().await?;
        let address = on_loopback(&listener)?;
        let log = self.rules.log.clone();
        let stopping = self.rules.stopping.clone();
        let tunnels = self.rules.tunnels.clone();
        let rules = Arc::new(self.rules);
        let (kind, tls) = (self.kind, self.tls);
        let scheme = match (kind, &tls) {
            (Kind::Http, None) => "http",
            (Kind::Http, Some(_)) => "https",
            (Kind::Socks5, _) => "socks5h",
        };
        let serving = accept(listener, stopping.clone(), move |socket| {
            let (rules, tls) = (rules.clone(), tls.clone());
            async move {
                let Some(line) = secured(socket, tls.as_ref()).await else {
                    return;
                };
                match kind {
                    Kind::Http => http::serve(line, rules).await,
                    Kind::Socks5 => socks::serve(line, &rules).await,
                }
            }
        });
        let serving = async move {
            serving.await;
            tunnels.close();
            tunnels.wait().await;
        };
        Ok(Proxy {
            address,
            scheme,
            log,
            serving: Serving::start(stopping, serving),
        })
    }
}

/// A cheap handle on what went through.
#[derive(Clone, Default)]
pub(crate) struct ProxyLog(Arc<Mutex<Vec<Proxied>>>);

const MOST_PROXIED: usize = 10_000;

impl ProxyLog {
    /// Writes a target down and returns its place.
    pub(crate) fn add(&self, target: &str, authorised: bool) -> usize {
        let mut log = self.lock();
        if log.len() < MOST_PROXIED {
            log.push(Proxied {
                target: target.to_owned(),
                authorised,
                reached: false,
            });
        }
        log.len() - 1
    }

    pub(crate) fn reached(&self, at: usize) {
        if let Some(one) = self.lock().get_mut(at) {
            one.reached = true;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Proxied>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
