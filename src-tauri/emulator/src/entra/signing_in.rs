//! Signing in with a browser: the authorization endpoint.
//!
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>; loopback
//! addresses: <https://learn.microsoft.com/entra/identity-platform/reply-url>, section
//! "Localhost exceptions".

use super::directory::{self, Application};
use super::pages;
use super::refusals::{Strikes, TokenRefusal};
use super::scope::{Asker, Scope};
use super::tenant::{Code, Tenant, make_room};
use super::tokens::random_text;
use crate::desk::{Fields, Said};

/// How long an authorization code lasts, in seconds.
const CODE_LASTS: i64 = 600;

/// What the person does at the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Choice {
    SignIn,
    Cancel,
}

/// A request that may be answered by sending the browser back.
struct Request<'a> {
    app: Application,
    redirect: &'a str,
    state: Option<&'a str>,
    fields: &'a Fields,
}

impl Tenant {
    /// The page, or the reason why there is none.
    pub(crate) fn sign_in_page(&self, tenant: &str, query: &Fields) -> Said {
        if let Err(refusal) = self.named(tenant) {
            return Said::html(refusal.status, pages::failed(&refusal.text));
        }
        match self.request(query).and_then(|request| {
            let checked = self.checked(&request).map(drop);
            checked.map_err(|error| request.back(&error))
        }) {
            Ok(()) => Said::html(
                200,
                pages::sign_in(
                    directory::USER,
                    query.get("client_id").unwrap_or_default(),
                    query,
                ),
            ),
            Err(said) => said,
        }
    }

    /// What follows the page's buttons.
    pub(crate) fn signed_in(&self, form: &Fields) -> Said {
        let choice = match form.get("decision") {
            Some("signin") => Choice::SignIn,
            _ => Choice::Cancel,
        };
        self.chosen(form, choice)
    }

    /// Sends the browser back with a code or with an error.
    pub(crate) fn chosen(&self, query: &Fields, choice: Choice) -> Said {
        let request = match self.request(query) {
            Ok(request) => request,
            Err(said) => return said,
        };
        let code = match self.checked(&request) {
            Ok(code) => code,
            Err(error) => return request.back(&error),
        };
        if choice == Choice::Cancel {
            let text = "AADSTS65004: User declined to consent to access the app.";
            return request.back(&[
                ("error", "access_denied".to_owned()),
                ("error_description", text.to_owned()),
                ("error_subcode", "cancel".to_owned()),
            ]);
        }
        let name = format!("1.A{}", random_text(300));
        let mut state = self.state();
        make_room(&mut state.codes);
        state.codes.insert(name.clone(), code);
        drop(state);
        request.back(&[
            ("code", name),
            ("session_state", uuid::Uuid::new_v4().to_string()),
        ])
    }

    /// Who asks, and where to send the browser. Without these an error is shown here.
    fn request<'a>(&self, query: &'a Fields) -> Result<Request<'a>, Said> {
        let shown = |refusal: TokenRefusal| Said::html(400, pages::failed(&refusal.text));
        let app = self.application(query).map_err(shown)?;
        if let Some(fault) = app.fault
            && fault.strikes() == Strikes::Application
            && let Ok(refusal) = fault.outcome(&app.id, "")
        {
            return Err(shown(refusal));
        }
        let redirect = query.get("redirect_uri").unwrap_or_default();
        if !is_loopback(redirect) {
            return Err(shown(TokenRefusal::aadsts(50011, &app.id, redirect)));
        }
        Ok(Request {
            app,
            redirect,
            state: query.get("state"),
            fields: query,
        })
    }

    /// The code that would be given. Errors are parameters of the redirect.
    fn checked(&self, request: &Request<'_>) -> Result<Code, Vec<(&'static str, String)>> {
        let error = |error: &str, text: String| {
            vec![("error", error.to_owned()), ("error_description", text)]
        };
        let field = |name: &str| request.fields.get(name);
        if field("response_type") != Some("code") {
            let text = "AADSTS700054: response_type is not enabled for the application.";
            return Err(error("unsupported_response_type", text.to_owned()));
        }
        if field("response_mode").is_some_and(|mode| mode != "query") {
            let text = "AADSTS70007: this value of 'response_mode' is not imitated.";
            return Err(error("invalid_request", text.to_owned()));
        }
        let challenge = match (field("code_challenge"), field("code_challenge_method")) {
            (Some(challenge), Some("S256")) if challenge.len() == 43 => challenge.to_owned(),
            _ => {
                let text = "AADSTS9002325: Proof Key for Code Exchange is required: \
                    'code_challenge' of 43 characters with 'code_challenge_method' S256.";
                return Err(error("invalid_request", text.to_owned()));
            }
        };
        let scope = field("scope").unwrap_or_default();
        let scope = Scope::parse(scope, Asker::Person, &request.app.id)
            .map_err(|refusal| error(refusal.error, refusal.text))?;
        Ok(Code {
            client: request.app.id.clone(),
            redirect: request.redirect.to_owned(),
            challenge,
            nonce: field("nonce").map(str::to_owned),
            scope,
            until: self.clock.seconds() + CODE_LASTS,
            redeemed: false,
        })
    }
}

impl Request<'_> {
    fn back<S: AsRef<str>>(&self, parameters: &[(&str, S)]) -> Said {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in parameters {
            query.append_pair(name, value.as_ref());
        }
        if let Some(state) = self.state {
            query.append_pair("state", state);
        }
        let joint = if self.redirect.contains('?') {
            '&'
        } else {
            '?'
        };
        Said::redirect(format!("{}{joint}{}", self.redirect, query.finish()))
    }
}

/// `http://localhost`, with any port and path, as programs on a person's machine have it.
/// Azure's portal takes `http://127.0.0.1` too.
fn is_loopback(redirect: &str) -> bool {
    let Some(rest) = redirect.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port),
        None => (authority, "80"),
    };
    let printable = redirect.bytes().all(|byte| byte.is_ascii_graphic());
    matches!(host, "localhost" | "127.0.0.1")
        && port.parse::<u16>().is_ok()
        && printable
        && !redirect.contains('#')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_sent_to_this_machine_only() {
        for good in [
            "http://localhost",
            "http://localhost:4711",
            "http://localhost:4711/callback",
            "http://127.0.0.1:4711/",
        ] {
            assert!(is_loopback(good), "{good}");
        }
        for bad in [
            "",
            "https://localhost:1/",
            "http://localhost.example.com/",
            "http://example.com:80/",
            "http://localhost@example.com/",
            "http://localhost:4711@example.com/",
            "http://localhost:99999/",
            "http://localhost:1/#fragment",
            "http://localhost:1/\r\nx: y",
        ] {
            assert!(!is_loopback(bad), "{bad}");
        }
    }
}
