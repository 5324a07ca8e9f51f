//! Device codes: made, shown to a person, and polled for.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::directory::{Application, Proof};
use super::grants::{Denied, required};
use super::pages;
use super::refusals::{Strikes, TokenRefusal};
use super::scope::{Asker, Scope};
use super::tenant::{Decision, Device, Tenant, make_room};
use super::tokens::random_text;
use crate::desk::{Called, Deed, Fields, Said};

/// Letters that are not mistaken for one another.
const LETTERS: &[u8] = b"BCDFGHJKLMNPQRSTVWXZ23456789";

impl Tenant {
    pub(crate) fn device_code(&self, tenant: &str, called: &Called) -> Deed {
        let outcome = self.new_device(tenant, &called.form);
        self.concluded(&called.path, &called.form, outcome)
    }

    fn new_device(&self, tenant: &str, form: &Fields) -> Result<Value, Denied> {
        self.named(tenant)?;
        let app = self.application(form)?;
        if let Some(fault) = app.fault
            && fault.strikes() == Strikes::Application
        {
            return Err(self.failing(fault, &app.id, form));
        }
        let scope = required(form, "scope", &app.id)?;
        let scope = Scope::parse(scope, Asker::Person, &app.id)?;
        let user_code = user_code();
        let device_code = random_text(120);
        let mut state = self.state();
        let (lifetime, interval) = (state.device_lifetime, state.interval);
        let device = Device {
            client: app.id,
            user_code: user_code.clone(),
            scope,
            until: self.clock.seconds() + lifetime,
            asked: None,
            decision: Decision::Open,
        };
        make_room(&mut state.devices);
        state.devices.insert(device_code.clone(), device);
        drop(state);
        let page = format!("{}/devicelogin", self.authority);
        Ok(json!({
            "user_code": user_code,
            "device_code": device_code,
            "verification_uri": page,
            "expires_in": lifetime,
            "interval": interval,
            "message": format!(
                "To sign in, use a web browser to open the page {page} and enter the code \
                 {user_code} to authenticate."
            ),
        }))
    }

    pub(crate) fn for_device(&self, app: &Application, form: &Fields) -> Result<Value, Denied> {
        let refused = |error| Err(Denied::Refused(TokenRefusal::device(error)));
        if app.proof == Proof::Federated {
            return Err(TokenRefusal::aadsts(7_000_218, &app.id, "").into());
        }
        let given = required(form, "device_code", &app.id)?;
        let mut state = self.state();
        let interval = Duration::from_secs(state.interval);
        let device = state.devices.get_mut(given);
        let Some(device) = device.filter(|one| one.client.eq_ignore_ascii_case(&app.id)) else {
            return refused("bad_verification_code");
        };
        if self.clock.seconds() >= device.until {
            return refused("expired_token");
        }
        let too_soon = device.asked.is_some_and(|last| last.elapsed() < interval);
        device.asked = Some(Instant::now());
        match device.decision {
            _ if too_soon => return refused("slow_down"),
            Decision::Open => return refused("authorization_pending"),
            Decision::Declined => return refused("authorization_declined"),
            Decision::Redeemed => return refused("bad_verification_code"),
            Decision::Approved => device.decision = Decision::Redeemed,
        }
        let scope = device.scope.clone();
        let refresh = scope.offline.then(|| state.refresh_token(&app.id, &scope));
        drop(state);
        Ok(self.for_person(app, &scope, refresh, None))
    }

    /// The page at which a person types the code.
    pub(crate) fn device_page(&self, query: &Fields) -> Said {
        let code = query.get("user_code").unwrap_or_default();
        Said::html(200, pages::device(code, None))
    }

    /// What the person decided there.
    pub(crate) fn device_decided(&self, form: &Fields) -> Said {
        let code = form.get("user_code").unwrap_or_default();
        let decision = match form.get("decision") {
            Some("signin") => Decision::Approved,
            _ => Decision::Declined,
        };
        match (self.decide_device(code, decision), decision) {
            (false, _) => {
                let problem = "That code did not work. Check the code and try again.";
                Said::html(200, pages::device(code, Some(problem)))
            }
            (true, Decision::Approved) => Said::html(200, pages::done("You have signed in.")),
            (true, _) => Said::html(200, pages::done("You have cancelled the sign-in.")),
        }
    }

    /// Whether an open code of that name was decided on.
    pub(crate) fn decide_device(&self, user_code: &str, decision: Decision) -> bool {
        let plain = |code: &str| code.replace(['-', ' '], "").to_ascii_uppercase();
        let wanted = plain(user_code);
        let now = self.clock.seconds();
        let mut state = self.state();
        let open = state.devices.values_mut().find(|device| {
            plain(&device.user_code) == wanted
                && device.decision == Decision::Open
                && now < device.until
        });
        match open {
            Some(device) => {
                device.decision = decision;
                true
            }
            None => false,
        }
    }
}

/// Such as `BCDF-GHJK`.
fn user_code() -> String {
    let mut bytes = [0; 8];
    aws_lc_rs::rand::fill(&mut bytes).expect("BUG: the system has randomness");
    let letter = |byte: &u8| char::from(LETTERS[usize::from(*byte) % LETTERS.len()]);
    let letters: String = bytes.iter().map(letter).collect();
    format!("{}-{}", &letters[..4], &letters[4..])
}
