//! A stand-in Entra tenant over TLS on loopback.
//!
//! It gives and refuses tokens as Microsoft's does: client credentials, workload
//! identities, authorization codes with PKCE, device codes, refresh tokens. A resource that
//! trusts it ([`crate::Builder::entra`]) checks what it has signed.

mod device;
mod directory;
mod faults;
mod grants;
mod log;
mod pages;
mod refusals;
mod scope;
mod signing_in;
mod tenant;
mod tokens;

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::accepting::{Serving, listen, on_loopback};
use crate::certificates::{Certificates, LOOPBACK};
use crate::clock::Clock;
use crate::desk::{Desk, Fields, serve};
use crate::emulator::StartError;
use crate::log::NotSeen;

pub use faults::EntraFault;
pub use log::TokenRequest;
pub use tokens::Claims;

use signing_in::Choice;
use tenant::{Decision, Refreshing, State, Tenant};
pub(crate) use tokens::{Keys, Wrong, random_text};

/// A running stand-in tenant. Dropped, it stops and closes every connection.
pub struct Entra {
    tenant: Arc<Tenant>,
    certificates: Certificates,
    held: watch::Sender<bool>,
    serving: Serving,
}

impl Entra {
    /// The tenant's id.
    pub const TENANT: &str = directory::TENANT;
    /// Another tenant behind the same address. Applications are registered in both; nobody
    /// signs in to this one.
    pub const OTHER_TENANT: &str = directory::OTHER_TENANT;
    /// The tenant's domain, which names it too.
    pub const DOMAIN: &str = directory::DOMAIN;
    /// An application with [`Entra::SECRET`] and a data role.
    pub const CLIENT: &str = directory::CLIENT;
    /// The secret of [`Entra::CLIENT`].
    pub const SECRET: &str = directory::SECRET;
    /// A program on a person's machine: signs in by browser or device code, has no secret.
    pub const PUBLIC_CLIENT: &str = directory::PUBLIC_CLIENT;
    /// A workload that proves itself by [`Entra::federated_token`].
    pub const FEDERATED_CLIENT: &str = directory::FEDERATED_CLIENT;
    /// Takes any secret or none in every grant; its tokens carry no data role.
    pub const CLIENT_WITHOUT_ROLE: &str = directory::CLIENT_WITHOUT_ROLE;
    /// Who signs in.
    pub const USER: &str = directory::USER;

    /// A tenant with tokens of 3599 seconds and an authority of its own.
    pub fn builder() -> EntraBuilder {
        EntraBuilder {
            certificates: None,
            clock: Clock::default(),
            lifetime: Duration::from_secs(3_599),
            interval: 5,
            listener: None,
        }
    }

    /// `https://localhost:PORT`, to which a client appends `/{tenant}/oauth2/v2.0/token`.
    pub fn authority(&self) -> &str {
        &self.tenant.authority
    }

    /// The authority that a client has to trust to talk to the tenant.
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// The tenant's id.
    pub fn tenant(&self) -> &str {
        Entra::TENANT
    }

    /// The requests for tokens and device codes so far.
    pub fn log(&self) -> Vec<TokenRequest> {
        self.tenant.log.snapshot()
    }

    /// Waits until the requests satisfy a condition, and returns them.
    ///
    /// # Errors
    /// [`NotSeen`], with the requests in words, when that did not happen within 10 s.
    pub async fn wait_for(
        &self,
        seen: impl Fn(&[TokenRequest]) -> bool,
    ) -> Result<Vec<TokenRequest>, NotSeen> {
        self.tenant.log.wait_for(seen).await
    }

    /// A token directly, for tests of static tokens.
    pub fn mint(&self, claims: &Claims) -> String {
        let now = self.tenant.clock.seconds();
        self.tenant.keys.access_token(claims, now)
    }

    /// What stands in the file that `AZURE_FEDERATED_TOKEN_FILE` names: an assertion for
    /// [`Entra::FEDERATED_CLIENT`] that is good for so many seconds (negative: it ran out).
    pub fn federated_token(&self, expires_in: i64) -> String {
        let now = self.tenant.clock.seconds();
        self.tenant.keys.sign(&serde_json::json!({
            "iss": grants::CLUSTER,
            "aud": grants::EXCHANGE,
            "sub": "system:serviceaccount:hearth:hearth",
            "iat": now.min(now.saturating_add(expires_in)),
            "exp": now.saturating_add(expires_in),
        }))
    }

    /// How long access tokens last that are given from now on.
    pub fn lifetime(&self, lifetime: Duration) {
        self.tenant.state().lifetime = seconds(lifetime);
    }

    /// How long a poller of device codes has to wait, in seconds, from now on.
    pub fn interval(&self, seconds: u64) {
        self.tenant.state().interval = seconds;
    }

    /// How long device codes last that are given from now on.
    pub fn device_code_lifetime(&self, lifetime: Duration) {
        self.tenant.state().device_lifetime = seconds(lifetime);
    }

    /// Every refresh token that was given is void: `AADSTS50173`.
    pub fn revoke_refresh_tokens(&self) {
        for refresh in self.tenant.state().refreshes.values_mut() {
            refresh.revoked = true;
        }
    }

    /// Whether replies to a refresh leave out the new refresh token, so that the old one
    /// has to be kept.
    pub fn omit_refresh_token(&self, omit: bool) {
        self.tenant.state().refreshing = if omit {
            Refreshing::Omitted
        } else {
            Refreshing::New
        };
    }

    /// Whether a refresh token is void once it was used, so that the new one has to be kept.
    pub fn rotate_refresh_tokens(&self, rotate: bool) {
        self.tenant.state().refreshing = if rotate {
            Refreshing::Rotating
        } else {
            Refreshing::New
        };
    }

    /// Answers the next request for a token with this, whoever asks. Several line up.
    pub fn next_error(&self, fault: EntraFault) {
        self.tenant.state().next.push_back(fault);
    }

    /// Whether answers wait from now on, until this is called again. What was asked is
    /// judged and logged at once: the moment at which several callers want the same token.
    pub fn hold(&self, hold: bool) {
        self.held.send_replace(hold);
    }

    /// The person types this code and signs in. False: no open code is called that.
    pub fn approve(&self, user_code: &str) -> bool {
        self.tenant.decide_device(user_code, Decision::Approved)
    }

    /// The person types this code and cancels. False: no open code is called that.
    pub fn decline(&self, user_code: &str) -> bool {
        self.tenant.decide_device(user_code, Decision::Declined)
    }

    /// What the page behind this `…/authorize?…` address does when "Sign in" is pressed:
    /// the address that the browser is sent to. None: the page shows an error instead.
    pub fn sign_in(&self, authorize: &str) -> Option<String> {
        self.pressed(authorize, Choice::SignIn)
    }

    /// The same for "Cancel".
    pub fn cancel(&self, authorize: &str) -> Option<String> {
        self.pressed(authorize, Choice::Cancel)
    }

    fn pressed(&self, authorize: &str, choice: Choice) -> Option<String> {
        let (_, query) = authorize.split_once('?')?;
        let said = self.tenant.chosen(&Fields::parse(query.as_bytes()), choice);
        let mut headers = said.headers.into_iter();
        headers.find_map(|(name, value)| (name == "location").then_some(value))
    }

    /// What a resource needs to judge this tenant's tokens.
    pub(crate) fn keys(&self) -> Keys {
        self.tenant.keys.clone()
    }

    /// The clock that it was given.
    pub(crate) fn clock(&self) -> &Clock {
        &self.tenant.clock
    }

    /// How long its tokens last now, in seconds.
    pub(crate) fn token_lifetime(&self) -> i64 {
        self.tenant.state().lifetime
    }

    /// Stops and closes every connection; returns when that is done.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

/// How the tenant is to be.
pub struct EntraBuilder {
    certificates: Option<Certificates>,
    clock: Clock,
    lifetime: Duration,
    interval: u64,
    listener: Option<TcpListener>,
}

impl EntraBuilder {
    /// Serves with a certificate of this authority instead of one of its own.
    #[must_use]
    pub fn certificates(mut self, certificates: &Certificates) -> EntraBuilder {
        self.certificates = Some(certificates.clone());
        self
    }

    /// What time it is for the tenant.
    #[must_use]
    pub fn clock(mut self, clock: &Clock) -> EntraBuilder {
        self.clock = clock.clone();
        self
    }

    /// How long access tokens last.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> EntraBuilder {
        self.lifetime = lifetime;
        self
    }

    /// How long a poller of device codes has to wait, in seconds.
    #[must_use]
    pub fn interval(mut self, seconds: u64) -> EntraBuilder {
        self.interval = seconds;
        self
    }

    /// Serves on a listener that is already bound, which must be on loopback.
    #[must_use]
    pub fn listener(mut self, listener: TcpListener) -> EntraBuilder {
        self.listener = Some(listener);
        self
    }

    /// Starts, on a free port of 127.0.0.1 unless a listener was given.
    ///
    /// # Errors
    /// [`StartError`].
    pub async fn start(self) -> Result<Entra, StartError> {
        let listener = match self.listener {
            Some(listener) => listener,
            None => listen().await?,
        };
        let address = on_loopback(&listener)?;
        let certificates = self
            .certificates
            .unwrap_or_else(|| Certificates::new("Hearth emulator: Entra"));
        let state = State::new(seconds(self.lifetime), self.interval);
        let authority = format!("https://localhost:{}", address.port());
        let tenant = Tenant::new(Keys::generate(), self.clock.clone(), authority, state);
        let tenant = Arc::new(tenant);
        let deciding = tenant.clone();
        let held = watch::Sender::new(false);
        let desk = Desk {
            tls: Some(Arc::new(certificates.server(LOOPBACK))),
            clock: self.clock,
            decide: Arc::new(move |called| deciding.decide(called)),
            held: held.subscribe(),
        };
        let stopping = CancellationToken::new();
        let serving = serve(listener, desk, stopping.clone());
        Ok(Entra {
            tenant,
            certificates,
            held,
            serving: Serving::start(stopping, serving),
        })
    }
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}
