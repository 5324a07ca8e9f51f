//! Sockets: listening, accepting, limits, and an end that cuts nobody off.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use hearth_wire::openai::request::DefaultMaxTokens;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::Sender;
use tokio::task::{JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::admission::Room;
use crate::catalogue::Catalogue;
use crate::door::Door;
use crate::keys::Keys;
use crate::patience::Patient;
use crate::peers::Peers;
use crate::recording::Record;
use crate::routes::{self, Heard, Open, Site};

/// Most bytes of a head, and of what waits in a connection in either direction.
const BUFFER: usize = 64 * 1024;

/// What callers may take, with the defaults that people get.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a request's body. Default 32 MiB, as the API's own
    /// (<https://platform.claude.com/docs/en/api/overview>).
    pub body: usize,
    /// Most bytes of all bodies that are held at once; one that is translated counts ten times,
    /// for what is made of it. Default 320 MiB.
    pub bodies: usize,
    /// Longest silence within a request's body. Default 30 s.
    pub body_idle: Duration,
    /// Longest time to a request's head. Default 30 s; it closes idle connections, too.
    pub head: Duration,
    /// Longest time to the first head of a connection, from its beginning. Default 10 s: until
    /// somebody shows a key they take a place that others need.
    pub first_head: Duration,
    /// Longest time for which a caller may take nothing of its answer. Default two minutes.
    pub stalled: Duration,
    /// Most connections at once; more wait to be accepted. Default 512.
    pub connections: usize,
    /// Most connections at once of one address, where the gateway listens beyond this machine;
    /// more are closed. Default 64.
    pub connections_of_one: usize,
    /// Longest time that answers get to come to their end after the gateway was told to stop.
    /// Default ten minutes, as long as an answer in one piece may take.
    pub draining: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 32 * 1024 * 1024,
            bodies: 320 * 1024 * 1024,
            body_idle: Duration::from_secs(30),
            head: Duration::from_secs(30),
            first_head: Duration::from_secs(10),
            stalled: Duration::from_secs(120),
            connections: 512,
            connections_of_one: 64,
            draining: Duration::from_secs(600),
        }
    }
}

/// What is lent, and to whom.
#[derive(Debug, Default)]
pub struct Lent {
    /// What can be asked.
    pub catalogue: Catalogue,
    /// Who may ask; none lets in everybody on this machine, with any key or without one.
    pub keys: Option<Keys>,
    /// What a model does not take is left out of translated requests, and not refused.
    pub drop_params: bool,
    /// The limit of translated requests that name none, where their deployment has none either.
    pub default_max_tokens: DefaultMaxTokens,
}

/// A gateway that does not listen yet.
#[derive(Debug)]
pub struct Gateway {
    /// What is lent, and to whom.
    pub lent: Lent,
    /// Who may call, and by which name.
    pub door: Door,
    /// What callers may take.
    pub limits: Limits,
    /// Where the records of requests go, each when its request is over. Who reads too slowly
    /// loses some: nobody is served later because of it.
    pub recorder: Option<Sender<Record>>,
}

/// Why a gateway does not serve.
#[derive(Debug, thiserror::Error)]
pub enum NotServing {
    /// Without keys it would lend itself to the whole network.
    #[error("without keys a gateway listens on this machine only, not on {0}")]
    NotLoopback(SocketAddr),
    /// The system does not say where it listens.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Gateway {
    /// Serves whoever comes to the listener, until it is told to stop. To be called within a
    /// tokio runtime.
    ///
    /// # Errors
    /// [`NotServing::NotLoopback`] without keys on an address that others reach.
    pub fn serve(self, listener: TcpListener) -> Result<Serving, NotServing> {
        let address = listener.local_addr()?;
        let open = opened(self.lent, self.door, address)?;
        let limits = self.limits.clone();
        let site = Arc::new(Site {
            open: RwLock::new(Arc::new(open)),
            recorder: self.recorder,
            listening: address,
            most_body: limits.body,
            body_idle: limits.body_idle,
            room: Room::new(limits.bodies),
        });
        let router = routes::router(site.clone());
        let stopping = CancellationToken::new();
        let task = tokio::spawn(accept(listener, router, limits, stopping.clone()));
        Ok(Serving {
            address,
            site,
            stopping,
            task: Some(task),
        })
    }
}

/// What is to be open at an address.
fn opened(mut lent: Lent, door: Door, address: SocketAddr) -> Result<Open, NotServing> {
    let keys = lent.keys.take();
    match keys.is_some() || address.ip().is_loopback() {
        true => Ok(Open {
            lent: Arc::new(lent),
            keys,
            door,
        }),
        false => Err(NotServing::NotLoopback(address)),
    }
}

/// A gateway that serves. Dropped, it cuts everybody off.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    site: Arc<Site>,
    stopping: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Serving {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The same, as programs are told it.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Lends something else, or to others, to the requests that come from now on. What runs goes
    /// on as it began.
    ///
    /// # Errors
    /// [`NotServing::NotLoopback`] without keys on an address that others reach; then all stays
    /// as it is.
    pub fn replace(&self, lent: Lent, door: Door) -> Result<(), NotServing> {
        self.site.reopen(opened(lent, door, self.address)?);
        Ok(())
    }

    /// Lends the same as before to these only, from the next request on: what was taken back is
    /// refused at once, also while what is to be lent instead is still being found out.
    pub fn admit_only(&self, keys: Keys, door: Door) {
        self.site.narrow(keys, door);
    }

    /// Accepts nobody else, lets what runs come to its end, and returns then.
    pub async fn shutdown(mut self) {
        self.stopping.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "the gateway ended badly");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn accept(
    listener: TcpListener,
    router: Router,
    limits: Limits,
    stopping: CancellationToken,
) {
    let room = Arc::new(Semaphore::new(limits.connections));
    let reachable = listener
        .local_addr()
        .is_ok_and(|address| !address.ip().is_loopback());
    let peers = reachable.then(|| Peers::new(limits.connections_of_one));
    let mut connections = JoinSet::new();
    let accepting = async {
        // Never closed, so there is always a permit to wait for.
        while let Ok(permit) = room.clone().acquire_owned().await {
            match listener.accept().await {
                Ok((socket, peer)) => {
                    let place = peers.as_ref().map(|peers| peers.place(peer.ip()));
                    if matches!(place, Some(None)) {
                        tracing::debug!("an address has too many connections");
                        continue;
                    }
                    let serving = connection(socket, router.clone(), &limits, stopping.clone());
                    connections.spawn(async move {
                        serving.await;
                        drop((permit, place));
                    });
                }
                Err(error) => {
                    tracing::warn!(%error, "a connection cannot be accepted");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            while connections.try_join_next().is_some() {}
        }
    };
    tokio::select! {
        () = accepting => {}
        () = ticking() => {}
        () = stopping.cancelled() => {}
    }
    // Whoever comes now is told at once that nobody listens.
    drop(listener);
    let draining = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(limits.draining, draining)
        .await
        .is_err()
    {
        tracing::warn!("some answers did not come to their end");
        connections.shutdown().await;
    }
}

/// Does nothing, every five seconds, so that there is always a timer that is due soon. tokio asks
/// the system to wake it for the first timer that is due, and asks again whenever a new one comes
/// before all others. The limit for the next head, which each answered request sets anew, would
/// often be such a one: two calls of the system for every request.
async fn ticking() {
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
}

fn connection(
    socket: TcpStream,
    router: Router,
    limits: &Limits,
    stopping: CancellationToken,
) -> impl Future<Output = ()> + Send + use<> {
    // Each piece of an answer leaves by itself.
    if let Err(error) = socket.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(BUFFER);
    let stream = TokioIo::new(Patient::new(socket, limits.stalled));
    let first_head = limits.first_head;
    async move {
        let routes = TowerToHyperService::new(router);
        let heard = Heard::default();
        let silent = nothing_heard(first_head, heard.clone());
        let service = service_fn(move |mut request: http::Request<Incoming>| {
            request.extensions_mut().insert(heard.clone());
            routes.call(request)
        });
        let mut serving = pin!(builder.serve_connection(stream, service));
        let serving = async {
            tokio::select! {
                served = serving.as_mut() => served,
                () = stopping.cancelled() => {
                    serving.as_mut().graceful_shutdown();
                    serving.await
                }
            }
        };
        tokio::select! {
            served = serving => if let Err(error) = served {
                tracing::debug!(%error, "a connection ended early");
            },
            () = silent => tracing::debug!("a connection that asked nothing is closed"),
        }
    }
}

/// Comes to its end when nobody on a connection has asked anything within the limit.
async fn nothing_heard(limit: Duration, heard: Heard) {
    tokio::time::sleep(limit).await;
    if heard.is_something() {
        std::future::pending::<()>().await;
    }
}
