//! Building, starting and asking the emulator.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::answer::{Memory, Resource};
use crate::deployments::{Deployments, UnknownBaseModel};
use crate::log::{Exchange, Log, NotSeen, Received};
use crate::models::Hosting;
use crate::pour::Pace;
use crate::script::Script;
use crate::server::{self, OnRequest, Site};
use crate::validate::Signatures;

/// The key that is taken when none is set.
pub const DEMO_KEY: &str = "demo-key";

/// Why the emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No socket.
    #[error("the emulator cannot listen: {0}")]
    Listen(#[from] io::Error),
    /// Anybody in the network could reach it.
    #[error("the emulator listens on loopback only, and {0} is not")]
    NotLoopback(SocketAddr),
}

/// A running stand-in resource. Dropped, it stops and closes every connection.
pub struct Emulator {
    address: SocketAddr,
    resource: Arc<Resource>,
    log: Log,
    stopping: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl Emulator {
    /// A stand-in with the key [`DEMO_KEY`], seed 0, answering as fast as it is read.
    pub fn builder() -> Builder {
        Builder {
            key: DEMO_KEY.to_owned(),
            tokens: Vec::new(),
            seed: 0,
            pace: Pace::Instant,
            deployments: Deployments::standard(),
            signatures: Signatures::Checked,
            memory: Memory::default(),
            elsewhere: None,
            on_request: None,
        }
    }

    /// `http://127.0.0.1:PORT`, to which a client appends `/anthropic/v1/messages`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The key that it takes.
    pub fn key(&self) -> &str {
        &self.resource.key
    }

    /// Answers the next message that passes every check with this, whichever deployment it asks.
    pub fn next(&self, script: Script) {
        self.resource.memory().next.push_back(script);
    }

    /// Answers the next message to this deployment with this. Goes before [`Emulator::next`].
    pub fn next_for(&self, deployment: &str, script: Script) {
        let name = deployment.to_ascii_lowercase();
        self.resource
            .memory()
            .next_for
            .entry(name)
            .or_default()
            .push_back(script);
    }

    /// Every exchange so far, in the order of arrival.
    pub fn log(&self) -> Vec<Exchange> {
        self.log.snapshot()
    }

    /// Waits until the log satisfies a condition, and returns it.
    ///
    /// # Errors
    /// [`NotSeen`], with the log in words, when that did not happen within 10 s.
    pub async fn wait_for(
        &self,
        seen: impl Fn(&[Exchange]) -> bool,
    ) -> Result<Vec<Exchange>, NotSeen> {
        self.log.wait_for(seen).await
    }

    /// Stops and closes every connection; returns when that is done.
    pub async fn shutdown(mut self) {
        self.stopping.cancel();
        if let Some(serving) = self.serving.take()
            && let Err(error) = serving.await
        {
            tracing::warn!(%error, "the emulator ended badly");
        }
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stopping.cancel();
    }
}

/// How the stand-in is to be.
pub struct Builder {
    key: String,
    tokens: Vec<String>,
    seed: u64,
    pace: Pace,
    deployments: Deployments,
    signatures: Signatures,
    memory: Memory,
    elsewhere: Option<String>,
    on_request: Option<OnRequest>,
}

impl Builder {
    /// The key, taken as `x-api-key`, `api-key` or `Authorization: Bearer`.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Builder {
        self.key = key.into();
        self
    }

    /// Also takes this as a bearer token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Builder {
        self.tokens.push(token.into());
        self
    }

    /// Fixes ids, the pieces of text and where chunks are cut: the n-th request of two
    /// emulators with one seed, asked the same, is answered with the same bytes.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Builder {
        self.seed = seed;
        self
    }

    /// How fast streams run. Answers that are not streamed come at once.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Builder {
        self.pace = pace;
        self
    }

    /// Adds a deployment, hosted as its base model is by default.
    ///
    /// # Errors
    /// [`UnknownBaseModel`].
    pub fn deployment(mut self, name: &str, base_model: &str) -> Result<Builder, UnknownBaseModel> {
        self.deployments.add(name, base_model, None)?;
        Ok(self)
    }

    /// Adds a deployment hosted as said.
    ///
    /// # Errors
    /// [`UnknownBaseModel`].
    pub fn hosted_deployment(
        mut self,
        name: &str,
        base_model: &str,
        hosting: Hosting,
    ) -> Result<Builder, UnknownBaseModel> {
        self.deployments.add(name, base_model, Some(hosting))?;
        Ok(self)
    }

    /// As [`Emulator::next`], before the start.
    #[must_use]
    pub fn script(mut self, script: Script) -> Builder {
        self.memory.next.push_back(script);
        self
    }

    /// Takes thinking blocks back whatever their signature.
    #[must_use]
    pub fn accept_any_signature(mut self) -> Builder {
        self.signatures = Signatures::Accepted;
        self
    }

    /// Where the `fault-redirect-…` deployments lead. Without it: to this emulator by its
    /// other name, `localhost`, which is another host to every client.
    #[must_use]
    pub fn elsewhere(mut self, url: impl Into<String>) -> Builder {
        self.elsewhere = Some(url.into());
        self
    }

    /// Called with each request, refused ones too, when it has arrived whole and before its
    /// answer begins: the moment at which a test can look at the client's disk. It may block.
    #[must_use]
    pub fn on_request(mut self, look: impl Fn(&Received) + Send + Sync + 'static) -> Builder {
        self.on_request = Some(Arc::new(look));
        self
    }

    /// Starts on a free port of 127.0.0.1, within the running tokio runtime.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn start(self) -> Result<Emulator, StartError> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        self.serve(listener)
    }

    /// Starts on a listener that is already bound, which must be on loopback.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn serve(self, listener: TcpListener) -> Result<Emulator, StartError> {
        let address = listener.local_addr()?;
        if !address.ip().is_loopback() {
            return Err(StartError::NotLoopback(address));
        }
        let stopping = CancellationToken::new();
        let log = Log::new(stopping.clone());
        let resource = Arc::new(Resource {
            key: self.key,
            tokens: self.tokens,
            deployments: self.deployments,
            seed: self.seed,
            signatures: self.signatures,
            elsewhere: self.elsewhere.unwrap_or_else(|| {
                format!("http://localhost:{}/anthropic/v1/messages", address.port())
            }),
            memory: Mutex::new(self.memory),
        });
        let site = Site {
            resource: resource.clone(),
            log: log.clone(),
            pace: self.pace,
            on_request: self.on_request,
        };
        let serving = tokio::spawn(server::serve(listener, site, stopping.clone()));
        Ok(Emulator {
            address,
            resource,
            log,
            stopping,
            serving: Some(serving),
        })
    }
}
