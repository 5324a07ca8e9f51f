//! Accepting connections until told to stop, and TLS on top of them.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use crate::emulator::StartError;

const MOST_CONNECTIONS: usize = 256;
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(60);

/// A connection, encrypted or not.
pub(crate) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Duplex for S {}

/// A connection whose encryption no longer matters.
pub(crate) type Line = Box<dyn Duplex>;

/// Serves each connection in a task of its own until the token is cancelled; then every
/// one is closed at once.
pub(crate) async fn accept<F, S>(listener: TcpListener, stopping: CancellationToken, serve: F)
where
    F: Fn(TcpStream) -> S,
    S: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    let mut connections = JoinSet::new();
    let accepting = async {
        loop {
            // Never closed, so there is always a permit to wait for.
            let Ok(permit) = room.clone().acquire_owned().await else {
                return;
            };
            match listener.accept().await {
                Ok((socket, _)) => {
                    // Each chunk leaves by itself: that is what a test of splits relies on.
                    if let Err(error) = socket.set_nodelay(true) {
                        tracing::debug!(%error, "no TCP_NODELAY");
                    }
                    let serving = serve(socket);
                    connections.spawn(async move {
                        serving.await;
                        drop(permit);
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
        () = stopping.cancelled() => {}
    }
    connections.shutdown().await;
}

/// Speaks TLS where the server does; none when the client did not come to an agreement.
pub(crate) async fn secured<S>(stream: S, tls: Option<&Arc<ServerConfig>>) -> Option<Line>
where
    S: Duplex + 'static,
{
    let Some(tls) = tls else {
        return Some(Box::new(stream));
    };
    let handshake = TlsAcceptor::from(tls.clone()).accept(stream);
    match tokio::time::timeout(HANDSHAKE_WITHIN, handshake).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a handshake failed");
            None
        }
        Err(_) => None,
    }
}

/// A free port of 127.0.0.1.
pub(crate) async fn listen() -> Result<TcpListener, StartError> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?)
}

/// Where a listener stands, which must be on loopback.
pub(crate) fn on_loopback(listener: &TcpListener) -> Result<SocketAddr, StartError> {
    let address = listener.local_addr()?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(StartError::NotLoopback(address))
    }
}

/// A task that serves. Dropped, it stops and closes every connection.
pub(crate) struct Serving {
    pub(crate) stopping: CancellationToken,
    task: Option<JoinHandle<()>>,
}

impl Serving {
    /// Runs what stops when `stopping` is cancelled.
    pub(crate) fn start(
        stopping: CancellationToken,
        serving: impl Future<Output = ()> + Send + 'static,
    ) -> Serving {
        Serving {
            stopping,
            task: Some(tokio::spawn(serving)),
        }
    }

    /// Stops and returns when every connection is closed.
    pub(crate) async fn shutdown(mut self) {
        self.stopping.cancel();
        if let Some(task) = self.task.take()
            && let Err(error) = task.await
        {
            tracing::warn!(%error, "a stand-in ended badly");
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}
