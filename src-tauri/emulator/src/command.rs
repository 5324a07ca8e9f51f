//! `hearth emulator`, without the command line.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::emulator::{Emulator, StartError};
use crate::pour::Pace;

/// Serves on `listen` until `shutdown` is done. `on_ready` gets the address that was bound
/// (port 0 picks one): the caller prints it.
///
/// # Errors
/// [`StartError`]: the address is taken, or is not on loopback.
pub async fn serve_command(
    listen: SocketAddr,
    key: String,
    seed: u64,
    pace: Pace,
    on_ready: impl FnOnce(SocketAddr),
    shutdown: impl Future<Output = ()>,
) -> Result<(), StartError> {
    // Looked at before binding, so that a wrong address is never open, not even for a moment.
    if !listen.ip().is_loopback() {
        return Err(StartError::NotLoopback(listen));
    }
    let listener = TcpListener::bind(listen).await?;
    let emulator = Emulator::builder()
        .key(key)
        .seed(seed)
        .pace(pace)
        .serve(listener)?;
    on_ready(emulator.address());
    shutdown.await;
    emulator.shutdown().await;
    Ok(())
}
