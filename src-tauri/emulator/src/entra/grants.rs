//! The token endpoint: who asks, what for, and what is given.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>,
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::directory::{self, Application, Named, Proof};
use super::faults::EntraFault;
use super::log::TokenRequest;
use super::refusals::{Strikes, TokenRefusal};
use super::scope::{Asker, Scope};
use super::tenant::{Refreshing, Tenant};
use super::tokens::{Claims, sha256_url};
use crate::desk::{Called, Deed, Fields, Said};

const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The audience of a workload's assertion.
pub(crate) const EXCHANGE: &str = "api://AzureADTokenExchange";
/// The cluster that signs assertions.
pub(crate) const CLUSTER: &str = "https://cluster.hearth-emulator.example/";

/// Why no token is given.
pub(crate) enum Denied {
    Refused(TokenRefusal),
    /// Something else than an answer of Entra's.
    Otherwise(Deed),
}

impl From<TokenRefusal> for Denied {
    fn from(refusal: TokenRefusal) -> Denied {
        Denied::Refused(refusal)
    }
}

/// Short for the numbered error.
fn aadsts(code: u32, app: &str, what: &str) -> Denied {
    Denied::Refused(TokenRefusal::aadsts(code, app, what))
}

impl Tenant {
    pub(crate) fn token(&self, tenant: &str, called: &Called) -> Deed {
        let form = with_basic(called);
        let outcome = self.granted(tenant, &form);
        self.concluded(&called.path, &form, outcome)
    }

    /// Writes down what was asked and says what came of it.
    pub(crate) fn concluded(
        &self,
        path: &str,
        form: &Fields,
        outcome: Result<Value, Denied>,
    ) -> Deed {
        let (deed, status, error) = match outcome {
            Ok(body) => (Deed::Say(Said::json(200, &body)), Some(200), None),
            Err(Denied::Refused(refusal)) => {
                let body = refusal.body(&self.clock, &self.authority);
                let mut said = Said::json(refusal.status, &body);
                if refusal.status == 429 {
                    said.headers.push(("retry-after", "1".to_owned()));
                }
                let status = Some(refusal.status);
                (Deed::Say(said), status, Some(refusal.error))
            }
            Err(Denied::Otherwise(Deed::Say(said))) => {
                let status = Some(said.status);
                (Deed::Say(said), status, None)
            }
            Err(Denied::Otherwise(deed)) => (deed, None, None),
        };
        self.log.add(TokenRequest::new(path, form, status, error));
        deed
    }

    fn granted(&self, tenant: &str, form: &Fields) -> Result<Value, Denied> {
        let next = self.state().next.pop_front();
        let id = form.get("client_id").unwrap_or_default();
        if let Some(fault) = next {
            return Err(self.failing(fault, id, form));
        }
        let named = self.named(tenant)?;
        let grant = required(form, "grant_type", id)?;
        let application = self.application(form)?;
        self.suffers(&application, form, grant)?;
        prove(
            &application,
            form,
            |token| self.keys.read(token),
            self.clock.seconds(),
        )?;
        match grant {
            "client_credentials" if named == Named::Anyone => Err(aadsts(50059, id, "")),
            "client_credentials" => self.for_itself(&application, named, form),
            // Nobody lives in the other tenant: only applications are at home in several.
            _ if named == Named::There => Err(aadsts(50020, id, "")),
            "authorization_code" => self.for_code(&application, form),
            "refresh_token" => self.for_refresh(&application, form),
            DEVICE_CODE => self.for_device(&application, form),
            other => Err(aadsts(70003, id, other)),
        }
    }

    /// The tenant that a path names.
    pub(crate) fn named(&self, tenant: &str) -> Result<Named, TokenRefusal> {
        match directory::tenant(tenant) {
            Named::Malformed => Err(TokenRefusal::aadsts(900_023, "", tenant)),
            Named::Unknown => Err(TokenRefusal::aadsts(90002, "", tenant)),
            known => Ok(known),
        }
    }

    /// The application that asks.
    pub(crate) fn application(&self, form: &Fields) -> Result<Application, TokenRefusal> {
        let id = required(form, "client_id", "")?;
        directory::application(id).ok_or_else(|| TokenRefusal::aadsts(700_016, id, ""))
    }

    /// What the application's id brings upon it.
    fn suffers(&self, app: &Application, form: &Fields, grant: &str) -> Result<(), Denied> {
        let Some(fault) = app.fault else {
            return Ok(());
        };
        let spared = match fault.strikes() {
            Strikes::Application | Strikes::Token => false,
            Strikes::Refresh => grant != "refresh_token",
        };
        if spared || (fault == EntraFault::UnavailableTwice && !self.strikes_again(&app.id)) {
            return Ok(());
        }
        Err(self.failing(fault, &app.id, form))
    }

    fn strikes_again(&self, app: &str) -> bool {
        let mut state = self.state();
        let times = state.unavailable.entry(app.to_owned()).or_default();
        *times += 1;
        *times <= 2
    }

    pub(crate) fn failing(&self, fault: EntraFault, app: &str, form: &Fields) -> Denied {
        let scope = form.get("scope").unwrap_or_default();
        match fault.outcome(app, scope) {
            Ok(refusal) => Denied::Refused(refusal),
            Err(deed) => Denied::Otherwise(deed),
        }
    }

    fn for_itself(&self, app: &Application, named: Named, form: &Fields) -> Result<Value, Denied> {
        if app.proof == Proof::Public {
            return Err(aadsts(7_000_218, &app.id, ""));
        }
        let scope = form.get("scope").unwrap_or_default();
        let scope = Scope::parse(scope, Asker::Application, &app.id)?;
        let mut claims = self.claims(app, Claims::application(&scope.resource));
        if named == Named::There {
            directory::OTHER_TENANT.clone_into(&mut claims.tenant);
        }
        Ok(json!({
            "token_type": "Bearer",
            "expires_in": claims.expires_in,
            "ext_expires_in": claims.expires_in,
            "access_token": self.keys.access_token(&claims, self.clock.seconds()),
        }))
    }

    fn for_code(&self, app: &Application, form: &Fields) -> Result<Value, Denied> {
        let given = required(form, "code", &app.id)?;
        let redirect = required(form, "redirect_uri", &app.id)?;
        let verifier = required(form, "code_verifier", &app.id)?;
        let mut state = self.state();
        let code = state.codes.get_mut(given);
        let code = code.filter(|code| code.client.eq_ignore_ascii_case(&app.id));
        let code = code.ok_or_else(|| aadsts(70000, &app.id, ""))?;
        if code.redeemed {
            return Err(aadsts(54005, &app.id, ""));
        }
        if self.clock.seconds() >= code.until {
            return Err(aadsts(70008, &app.id, ""));
        }
        if code.redirect != redirect {
            return Err(aadsts(500_112, &app.id, redirect));
        }
        if sha256_url(verifier.as_bytes()) != code.challenge {
            return Err(aadsts(501_481, &app.id, ""));
        }
        code.redeemed = true;
        let (scope, nonce) = (code.scope.clone(), code.nonce.clone());
        let refresh = scope.offline.then(|| state.refresh_token(&app.id, &scope));
        drop(state);
        Ok(self.for_person(app, &scope, refresh, nonce))
    }

    fn for_refresh(&self, app: &Application, form: &Fields) -> Result<Value, Denied> {
        let given = required(form, "refresh_token", &app.id)?;
        let mut state = self.state();
        let refresh = state.refreshes.get(given);
        let refresh = refresh.filter(|one| one.client.eq_ignore_ascii_case(&app.id));
        let refresh = refresh.ok_or_else(|| aadsts(70000, &app.id, ""))?;
        if refresh.revoked {
            return Err(aadsts(50173, &app.id, ""));
        }
        // Entra's refresh tokens are good for every resource that the person may use.
        let scope = match form.get("scope") {
            Some(scope) => Scope::parse(scope, Asker::Person, &app.id)?,
            None => refresh.scope.clone(),
        };
        let policy = state.refreshing;
        if policy == Refreshing::Rotating {
            state.refreshes.remove(given);
        }
        let renewed = (policy != Refreshing::Omitted).then(|| state.refresh_token(&app.id, &scope));
        drop(state);
        Ok(self.for_person(app, &scope, renewed, None))
    }

    /// What a person's sign-in gives.
    pub(crate) fn for_person(
        &self,
        app: &Application,
        scope: &Scope,
        refresh: Option<String>,
        nonce: Option<String>,
    ) -> Value {
        let now = self.clock.seconds();
        let mut claims = self.claims(app, Claims::user(&scope.resource));
        claims.application.clone_from(&app.id);
        let mut body = json!({
            "token_type": "Bearer",
            "scope": scope.text,
            "expires_in": claims.expires_in,
            "ext_expires_in": claims.expires_in,
            "access_token": self.keys.access_token(&claims, now),
        });
        if let Some(refresh) = refresh {
            body["refresh_token"] = json!(refresh);
        }
        if scope.openid {
            body["id_token"] = json!(self.id_token(app, now, nonce));
        }
        body
    }

    fn claims(&self, app: &Application, mut claims: Claims) -> Claims {
        claims.application.clone_from(&app.id);
        claims.expires_in = self.state().lifetime;
        if app.has_role {
            claims
        } else {
            claims.without_role()
        }
    }

    /// <https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference>
    fn id_token(&self, app: &Application, now: i64, nonce: Option<String>) -> String {
        let mut claims = json!({
            "aud": app.id,
            "iss": self.issuer(),
            "iat": now,
            "nbf": now,
            "exp": now + 3_600,
            "name": "Alex Emulator",
            "oid": directory::USER_ID,
            "preferred_username": directory::USER,
            "sub": format!("{}-{}", directory::USER_ID, app.id),
            "tid": directory::TENANT,
            "ver": "2.0",
        });
        if let Some(nonce) = nonce {
            claims["nonce"] = json!(nonce);
        }
        self.keys.sign(&claims)
    }
}

/// A field that has to be there.
pub(crate) fn required<'a>(
    form: &'a Fields,
    name: &str,
    app: &str,
) -> Result<&'a str, TokenRefusal> {
    form.get(name)
        .ok_or_else(|| TokenRefusal::aadsts(900_144, app, name))
}

/// The form, with the client's id and secret from `Authorization: Basic` where they came
/// that way (RFC 6749, section 2.3.1).
fn with_basic(called: &Called) -> Fields {
    let mut form = called.form.clone();
    let pair = called.header("authorization").and_then(|header| {
        let (scheme, encoded) = header.split_once(' ')?;
        let decoded = STANDARD.decode(encoded.trim()).ok()?;
        let decoded = String::from_utf8(decoded).ok()?;
        let (id, secret) = decoded.split_once(':')?;
        let pair = format!("client_id={id}&client_secret={secret}");
        scheme.eq_ignore_ascii_case("basic").then_some(pair)
    });
    if let Some(pair) = pair {
        form.0.extend(Fields::parse(pair.as_bytes()).0);
    }
    form
}

/// Whether the application is what it says it is.
fn prove(
    app: &Application,
    form: &Fields,
    read: impl Fn(&str) -> Option<Value>,
    now: i64,
) -> Result<(), TokenRefusal> {
    let refused = |code: u32, what: &str| Err(TokenRefusal::aadsts(code, &app.id, what));
    let secret = form.get("client_secret");
    let assertion = form.get("client_assertion");
    match (app.proof, secret, assertion) {
        (Proof::Anything, ..) | (Proof::Public, None, None) => Ok(()),
        (Proof::Public, ..) => refused(700_025, ""),
        (Proof::Secret, Some(given), _) if given == directory::SECRET => Ok(()),
        (Proof::Secret | Proof::Federated, Some(_), _) => refused(7_000_215, ""),
        (Proof::Secret | Proof::Federated, None, None) => refused(7_000_218, ""),
        (Proof::Secret, None, Some(_)) => refused(700_027, ""),
        (Proof::Federated, None, Some(assertion)) => {
            let Some(claims) = read(assertion) else {
                return refused(700_027, "");
            };
            let issuer = claims["iss"].as_str().unwrap_or_default();
            let audience = claims["aud"].as_str().unwrap_or_default();
            if issuer != CLUSTER {
                return refused(700_211, issuer);
            }
            if audience != EXCHANGE {
                return refused(700_212, audience);
            }
            if now >= claims["exp"].as_i64().unwrap_or_default() {
                return refused(700_024, "");
            }
            Ok(())
        }
    }
}
