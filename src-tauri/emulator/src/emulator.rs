//! Building, starting and asking the emulator.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::accepting::{Serving, listen, on_loopback};
use crate::admission::{AUDIENCES, Door, TellsTenant};
use crate::answer::{Memory, Resource};
use crate::certificates::{Certificates, LOOPBACK};
use crate::clock::Clock;
use crate::deployments::{Deployments, UnknownBaseModel};
use crate::entra::Entra;
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
    scheme: &'static str,
    resource: Arc<Resource>,
    log: Log,
    serving: Serving,
}

impl Emulator {
    /// A stand-in with the key [`DEMO_KEY`], seed 0, answering as fast as it is read.
    pub fn builder() -> Builder {
        Builder {
            door: Door {
                key: DEMO_KEY.to_owned(),
                takes_keys: true,
                tokens: Vec::new(),
                signed_by: None,
                tenant: Entra::TENANT.to_owned(),
                tells: TellsTenant::No,
                audiences: AUDIENCES.map(str::to_owned).to_vec(),
                clock: Clock::default(),
            },
            tls: None,
            seed: 0,
            pace: Pace::Instant,
            deployments: Deployments::standard(),
            signatures: Signatures::Checked,
            memory: Memory::default(),
            elsewhere: None,
            on_request: None,
        }
    }

    /// `http://127.0.0.1:PORT`, or `https://…`, to which a client appends
    /// `/anthropic/v1/messages`.
    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The key that it takes.
    pub fn key(&self) -> &str {
        &self.resource.door.key
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
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

/// How the stand-in is to be.
pub struct Builder {
    door: Door,
    tls: Option<Tls>,
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
        self.door.key = key.into();
        self
    }

    /// Also takes this as a bearer token.
    #[must_use]
    pub fn token(mut self, token: impl Into<String>) -> Builder {
        self.door.tokens.push(token.into());
        self
    }

    /// False: keys are refused, 403 `AuthenticationTypeDisabled`.
    #[must_use]
    pub fn key_auth(mut self, taken: bool) -> Builder {
        self.door.takes_keys = taken;
        self
    }

    /// Takes bearer tokens of this tenant: signature, audience, time, tenant and role are
    /// checked, by the clock that the tenant has unless [`Builder::clock`] comes later.
    #[must_use]
    pub fn entra(mut self, entra: &Entra) -> Builder {
        self.door.signed_by = Some(entra.keys());
        self.door.clock = entra.clock().clone();
        self
    }

    /// The resource belongs to this tenant, and says so to tokens of others. Without this: to
    /// [`Entra::TENANT`], and it does not.
    #[must_use]
    pub fn tenant(mut self, tenant: &str, tells: TellsTenant) -> Builder {
        tenant.clone_into(&mut self.door.tenant);
        self.door.tells = tells;
        self
    }

    /// Which audiences of tokens are taken, without trailing slash. Without this:
    /// `https://ai.azure.com` and `https://cognitiveservices.azure.com`. Each is taken
    /// with a trailing slash too.
    #[must_use]
    pub fn audiences(mut self, audiences: &[&str]) -> Builder {
        let bare = |one: &&str| one.trim_end_matches('/').to_owned();
        self.door.audiences = audiences.iter().map(bare).collect();
        self
    }

    /// What time it is here: the `date` of answers, and by what tokens have run out.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> Builder {
        self.door.clock = clock.clone();
        self
    }

    /// A clock of its own, so many seconds ahead of this machine's, or behind it.
    #[must_use]
    pub fn clock_offset(self, seconds: i64) -> Builder {
        self.clock(&Clock::offset(seconds))
    }

    /// Serves over TLS as `localhost`, `127.0.0.1` and `::1`, with a certificate of this
    /// authority.
    #[must_use]
    pub fn tls(mut self, certificates: &Certificates) -> Builder {
        self.tls.get_or_insert_default().server = Some(certificates.clone());
        self
    }

    /// Serves over TLS with exactly this: another name, an expired certificate.
    #[must_use]
    pub fn tls_config(mut self, config: ServerConfig) -> Builder {
        self.tls.get_or_insert_default().config = Some(config);
        self
    }

    /// Over TLS, lets nobody in without a certificate of this authority.
    #[must_use]
    pub fn client_certificates(mut self, clients: &Certificates) -> Builder {
        self.tls.get_or_insert_default().clients = Some(clients.clone());
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
        self.serve(listen().await?)
    }

    /// Starts on a listener that is already bound, which must be on loopback.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn serve(self, listener: TcpListener) -> Result<Emulator, StartError> {
        let address = on_loopback(&listener)?;
        let stopping = CancellationToken::new();
        let log = Log::new(stopping.clone());
        let tls = self.tls.map(Tls::config);
        let scheme = if tls.is_some() { "https" } else { "http" };
        let resource = Arc::new(Resource {
            door: self.door,
            deployments: self.deployments,
            seed: self.seed,
            signatures: self.signatures,
            elsewhere: self.elsewhere.unwrap_or_else(|| {
                format!(
                    "{scheme}://localhost:{}/anthropic/v1/messages",
                    address.port()
                )
            }),
            memory: Mutex::new(self.memory),
        });
        let site = Site {
            resource: resource.clone(),
            log: log.clone(),
            pace: self.pace,
            on_request: self.on_request,
            tls: tls.map(Arc::new),
        };
        let serving = server::serve(listener, site, stopping.clone());
        Ok(Emulator {
            address,
            scheme,
            resource,
            log,
            serving: Serving::start(stopping, serving),
        })
    }
}

/// How TLS was asked for.
#[derive(Default)]
struct Tls {
    server: Option<Certificates>,
    clients: Option<Certificates>,
    config: Option<ServerConfig>,
}

impl Tls {
    fn config(self) -> ServerConfig {
        if let Some(config) = self.config {
            return config;
        }
        let server = self
            .server
            .unwrap_or_else(|| Certificates::new("Hearth emulator: Foundry"));
        match self.clients {
            Some(clients) => server.server_for_clients(LOOPBACK, &clients),
            None => server.server(LOOPBACK),
        }
    }
}
