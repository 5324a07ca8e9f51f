//! A gateway that follows the settings of an engine: it starts, stops, moves and lends something
//! else as the person chooses, and cuts off nothing that runs.
//!
//! The engine knows what is chosen and the keys, the gateway knows how to serve; this knows both,
//! and keeps nothing itself.
//!
//! Start reading at [`Lending::start`], then `keeper`.

mod keeper;
mod offer;
mod records;

use std::net::SocketAddr;
use std::time::Duration;

use hearth_engine::Engine;
use hearth_engine::api::{ConnectionId, GatewayState};
use hearth_gateway::Key;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use keeper::Keeper;

/// What the program that lends decides itself. The default leaves all to the settings.
#[derive(Debug, Default)]
pub struct Terms {
    /// Where to listen; none means on this machine, at the port of the settings.
    pub listen: Option<SocketAddr>,
    /// Serve also while the settings say that it is off.
    pub always: bool,
    /// The connection to lend; none means that of the settings.
    pub connection: Option<ConnectionId>,
    /// Where no connection is saved, lend what the environment names.
    pub environment: bool,
    /// Who may ask.
    pub callers: Callers,
}

/// Who may ask.
#[derive(Debug)]
pub enum Callers {
    /// Those with a key of the settings, or with one of these.
    WithKey(Vec<Key>),
    /// Everybody on this machine, with any key or without one.
    Anybody,
}

impl Default for Callers {
    fn default() -> Self {
        Self::WithKey(Vec::new())
    }
}

/// A gateway that follows an engine's settings. Dropped, it cuts everybody off.
#[derive(Debug)]
pub struct Lending {
    stop: oneshot::Sender<Duration>,
    state: watch::Receiver<GatewayState>,
    task: JoinHandle<()>,
}

impl Lending {
    /// Follows the engine from now on. Waits for nothing; to be called within a tokio runtime.
    #[must_use]
    pub fn start(engine: Engine, terms: Terms) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (keeper, state) = Keeper::new(engine, terms);
        Self {
            stop,
            state,
            task: tokio::spawn(keeper.run(stopped)),
        }
    }

    /// How it goes, from now on.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<GatewayState> {
        self.state.clone()
    }

    /// Accepts nobody else, gives what runs this long to come to its end, and returns when the
    /// last record is kept.
    pub async fn shutdown(self, patience: Duration) {
        // Nobody takes it when the task has ended by a defect, which waiting for it tells.
        let _ = self.stop.send(patience);
        if let Err(error) = self.task.await {
            tracing::warn!(%error, "the gateway ended badly");
        }
    }
}
