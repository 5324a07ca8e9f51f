//! What the tenant remembers, and which of its endpoints is asked.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::json;

use super::directory;
use super::faults::EntraFault;
use super::log::TokenLog;
use super::scope::Scope;
use super::tokens::{Keys, random_text};
use crate::clock::Clock;
use crate::desk::{Called, Deed, Said};

/// The tenant behind the address.
pub(crate) struct Tenant {
    pub(crate) keys: Keys,
    pub(crate) clock: Clock,
    /// `https://localhost:PORT`
    pub(crate) authority: String,
    pub(crate) log: TokenLog,
    state: Mutex<State>,
}

/// What changes.
pub(crate) struct State {
    /// How long new access tokens last, in seconds.
    pub(crate) lifetime: i64,
    /// How long the poller of a device code has to wait, in seconds.
    pub(crate) interval: u64,
    /// How long device codes last, in seconds.
    pub(crate) device_lifetime: i64,
    pub(crate) refreshing: Refreshing,
    /// Faults that strike the next requests, whoever asks.
    pub(crate) next: VecDeque<EntraFault>,
    /// How often a client that is refused twice has been.
    pub(crate) unavailable: HashMap<String, u32>,
    pub(crate) codes: HashMap<String, Code>,
    pub(crate) devices: HashMap<String, Device>,
    pub(crate) refreshes: HashMap<String, Refresh>,
}

/// What a refresh token is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refreshing {
    /// A new one; the old one stays good, as Entra has it.
    New,
    /// A new one, and the old one is void.
    Rotating,
    /// None: the old one is to be kept.
    Omitted,
}

/// An authorization code.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) redirect: String,
    /// PKCE's `S256` challenge.
    pub(crate) challenge: String,
    pub(crate) nonce: Option<String>,
    pub(crate) scope: Scope,
    /// Seconds since 1970.
    pub(crate) until: i64,
    pub(crate) redeemed: bool,
}

/// A device code.
#[derive(Debug, Clone)]
pub(crate) struct Device {
    pub(crate) client: String,
    pub(crate) user_code: String,
    pub(crate) scope: Scope,
    pub(crate) until: i64,
    pub(crate) asked: Option<Instant>,
    pub(crate) decision: Decision,
}

/// What the person has done about a device code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Open,
    Approved,
    Declined,
    /// Approved, and the tokens are taken.
    Redeemed,
}

/// A refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Refresh {
    pub(crate) client: String,
    pub(crate) scope: Scope,
    pub(crate) revoked: bool,
}

/// More of a kind than any test makes; beyond it the old ones are forgotten.
const MOST: usize = 10_000;

/// Makes room before something is added.
pub(crate) fn make_room<T>(kept: &mut HashMap<String, T>) {
    if kept.len() >= MOST {
        kept.clear();
    }
}

impl State {
    pub(crate) fn new(lifetime: i64, interval: u64) -> State {
        State {
            lifetime,
            interval,
            device_lifetime: 900,
            refreshing: Refreshing::New,
            next: VecDeque::new(),
            unavailable: HashMap::new(),
            codes: HashMap::new(),
            devices: HashMap::new(),
            refreshes: HashMap::new(),
        }
    }

    /// A new refresh token, as long as Entra's are.
    pub(crate) fn refresh_token(&mut self, client: &str, scope: &Scope) -> String {
        make_room(&mut self.refreshes);
        let token = format!("1.A{}", random_text(900));
        let refresh = Refresh {
            client: client.to_owned(),
            scope: scope.clone(),
            revoked: false,
        };
        self.refreshes.insert(token.clone(), refresh);
        token
    }
}

impl Tenant {
    pub(crate) fn new(keys: Keys, clock: Clock, authority: String, state: State) -> Tenant {
        Tenant {
            keys,
            clock,
            authority,
            log: TokenLog::default(),
            state: Mutex::new(state),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Decides on a request.
    pub(crate) fn decide(&self, called: &Called) -> Deed {
        let path = called.path.trim_matches('/');
        let segments: Vec<&str> = path.split('/').collect();
        match (called.method.as_str(), segments.as_slice()) {
            ("POST", [tenant, "oauth2", "v2.0", "token"]) => self.token(tenant, called),
            ("POST", [tenant, "oauth2", "v2.0", "devicecode"]) => self.device_code(tenant, called),
            ("GET", [tenant, "oauth2", "v2.0", "authorize"]) => {
                Deed::Say(self.sign_in_page(tenant, &called.query))
            }
            ("POST", ["signin"]) => Deed::Say(self.signed_in(&called.form)),
            ("GET", ["devicelogin"]) => Deed::Say(self.device_page(&called.query)),
            ("POST", ["devicelogin"]) => Deed::Say(self.device_decided(&called.form)),
            ("GET", [tenant, "v2.0", ".well-known", "openid-configuration"]) => {
                Deed::Say(self.configuration(tenant))
            }
            ("GET", [_, "discovery", "v2.0", "keys"]) => {
                Deed::Say(Said::json(200, &self.keys.published()))
            }
            _ => Deed::Say(Said::html(404, "<h1>404 Not Found</h1>\n".to_owned())),
        }
    }

    /// <https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc>
    fn configuration(&self, tenant: &str) -> Said {
        if let Err(refusal) = self.named(tenant) {
            let body = refusal.body(&self.clock, &self.authority);
            return Said::json(refusal.status, &body);
        }
        let at = |rest: &str| format!("{}/{tenant}/{rest}", self.authority);
        let issuer = self.issuer();
        let configuration = json!({
            "issuer": issuer,
            "authorization_endpoint": at("oauth2/v2.0/authorize"),
            "token_endpoint": at("oauth2/v2.0/token"),
            "device_authorization_endpoint": at("oauth2/v2.0/devicecode"),
            "jwks_uri": at("discovery/v2.0/keys"),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "client_secret_basic", "private_key_jwt"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
        });
        Said::json(200, &configuration)
    }

    /// `iss` of id tokens.
    pub(crate) fn issuer(&self) -> String {
        format!("{}/{}/v2.0", self.authority, directory::TENANT)
    }
}
