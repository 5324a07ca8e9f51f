//! A stand-in for what gives managed identities their tokens on Azure's hosts.
//!
//! <https://learn.microsoft.com/azure/app-service/overview-managed-identity>, section
//! "REST endpoint reference".

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::accepting::{Serving, listen, on_loopback};
use crate::clock::Clock;
use crate::desk::{Called, Deed, Desk, Said, serve};
use crate::emulator::StartError;
use crate::entra::{Claims, Keys};

/// The client id of the identity that is assigned by a user.
const ASSIGNED: &str = "c11e0000-5ec2-4e7a-8001-000000000005";

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityFault {
    /// 400: no identity is assigned to this host.
    NoIdentity,
    /// 401: the header is wrong, whatever was sent.
    WrongHeader,
    /// 404: nothing of the kind is served here.
    NotFound,
    /// 500.
    Broken,
    /// No answer, and the connection stays open.
    Stall,
}

/// A request for an identity's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityRequest {
    /// `resource`.
    pub resource: String,
    /// `client_id`, when an identity was named.
    pub client_id: Option<String>,
    /// The header was the right one.
    pub authorised: bool,
}

/// A running stand-in for the endpoint that `IDENTITY_ENDPOINT` names. Dropped, it stops.
pub struct ManagedIdentity {
    address: SocketAddr,
    header: String,
    state: Arc<Mutex<State>>,
    held: watch::Sender<bool>,
    serving: Serving,
}

#[derive(Default)]
struct State {
    fault: Option<IdentityFault>,
    log: Vec<IdentityRequest>,
}

impl ManagedIdentity {
    /// The client id of an identity that may be asked for by name, besides the host's own.
    pub const ASSIGNED: &str = ASSIGNED;

    /// Starts on a free port of 127.0.0.1 and gives tokens of this tenant, which last as
    /// long as the tenant's own at this moment.
    ///
    /// # Errors
    /// [`StartError::Listen`].
    pub async fn start(entra: &crate::entra::Entra) -> Result<ManagedIdentity, StartError> {
        let listener = listen().await?;
        let address = on_loopback(&listener)?;
        let state = Arc::new(Mutex::new(State::default()));
        let header = crate::entra::random_text(24);
        let host = Host {
            keys: entra.keys(),
            clock: entra.clock().clone(),
            lifetime: entra.token_lifetime(),
            header: header.clone(),
            state: state.clone(),
        };
        let held = watch::Sender::new(false);
        let desk = Desk {
            tls: None,
            clock: entra.clock().clone(),
            decide: Arc::new(move |called| host.decide(called)),
            held: held.subscribe(),
        };
        let stopping = CancellationToken::new();
        let serving = serve(listener, desk, stopping.clone());
        Ok(ManagedIdentity {
            address,
            header,
            state,
            held,
            serving: Serving::start(stopping, serving),
        })
    }

    /// The value of `IDENTITY_ENDPOINT`.
    pub fn endpoint(&self) -> String {
        format!("http://{}/msi/token", self.address)
    }

    /// The value of `IDENTITY_HEADER`.
    pub fn header(&self) -> &str {
        &self.header
    }

    /// Fails like this from now on; none ends that.
    pub fn fail(&self, fault: Option<IdentityFault>) {
        locked(&self.state).fault = fault;
    }

    /// Whether answers wait from now on, until this is called again.
    pub fn hold(&self, hold: bool) {
        self.held.send_replace(hold);
    }

    /// The requests so far.
    pub fn log(&self) -> Vec<IdentityRequest> {
        locked(&self.state).log.clone()
    }

    /// Stops and closes every connection; returns when that is done.
    pub async fn shutdown(self) {
        self.serving.shutdown().await;
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The endpoint itself.
struct Host {
    keys: Keys,
    clock: Clock,
    lifetime: i64,
    header: String,
    state: Arc<Mutex<State>>,
}

impl Host {
    fn decide(&self, called: &Called) -> Deed {
        let resource = called.query.get("resource").unwrap_or_default();
        let client = called.query.get("client_id");
        let authorised = called.header("x-identity-header") == Some(&self.header);
        let fault = {
            let mut state = locked(&self.state);
            state.log.push(IdentityRequest {
                resource: resource.to_owned(),
                client_id: client.map(str::to_owned),
                authorised,
            });
            state.fault
        };
        match fault {
            Some(IdentityFault::Stall) => return Deed::Stall,
            Some(IdentityFault::NotFound) => return not_found(),
            Some(IdentityFault::WrongHeader) => return forbidden(),
            Some(IdentityFault::NoIdentity) => return unassigned(),
            Some(IdentityFault::Broken) => return refused(500, "An internal error occurred."),
            None => {}
        }
        let version = called.query.get("api-version");
        match (called.method.as_str(), called.path.as_str()) {
            ("GET", "/msi/token") if !authorised => forbidden(),
            ("GET", "/msi/token") if version != Some("2019-08-01") => {
                refused(400, "The api-version is not supported.")
            }
            ("GET", "/msi/token") if resource.is_empty() => {
                refused(400, "The parameter 'resource' is missing.")
            }
            ("GET", "/msi/token") if client.is_some_and(|id| id != ASSIGNED) => unassigned(),
            ("GET", "/msi/token") => self.token(resource, client),
            _ => not_found(),
        }
    }

    fn token(&self, resource: &str, client: Option<&str>) -> Deed {
        let now = self.clock.seconds();
        let mut claims = Claims::application(resource);
        client
            .unwrap_or(ASSIGNED)
            .clone_into(&mut claims.application);
        claims.expires_in = self.lifetime;
        let body = json!({
            "access_token": self.keys.access_token(&claims, now),
            // A text, as App Service has it.
            "expires_on": (now + self.lifetime).to_string(),
            "resource": resource,
            "token_type": "Bearer",
            "client_id": claims.application,
        });
        Deed::Say(Said::json(200, &body))
    }
}

fn refused(status: u16, message: &str) -> Deed {
    let body = json!({"statusCode": status, "message": message});
    Deed::Say(Said::json(status, &body))
}

fn forbidden() -> Deed {
    refused(401, "The header X-IDENTITY-HEADER is missing or wrong.")
}

fn unassigned() -> Deed {
    refused(400, "No managed identity is assigned to this resource.")
}

fn not_found() -> Deed {
    Deed::Say(Said::html(404, "<h1>404 Not Found</h1>\n".to_owned()))
}
