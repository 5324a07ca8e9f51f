//! What goes wrong at the token endpoint: by the id of a client, or once, by a test.

use super::refusals::{self, Strikes, TokenRefusal};
use crate::desk::{Deed, Said};

/// A way in which the token endpoint fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntraFault {
    /// A numbered error, such as 7000215, with the status and the `error` that it has.
    /// A number that is not imitated becomes `AADSTS9002313`.
    Aadsts(u32),
    /// A numbered error of the server itself with this status: 429, 500 or 503.
    Status(u16),
    /// 503 twice, and then no more.
    UnavailableTwice,
    /// 502 with a proxy's HTML page.
    Page,
    /// 200 with a sign-in page of a network.
    PortalPage,
    /// 200 with JSON that carries no token.
    NoToken,
    /// No answer, and the connection stays open.
    Stall,
    /// The connection ends without an answer.
    HangUp,
    /// `authorization_pending`, `slow_down`, `authorization_declined`, `expired_token` or
    /// `bad_verification_code`; anything else becomes `slow_down`.
    Device(&'static str),
}

/// The client ids that fail, besides `fault-` with a number of [`refusals`].
pub(crate) const NAMED: &[(&str, EntraFault)] = &[
    ("fault-429", EntraFault::Status(429)),
    ("fault-500", EntraFault::Status(500)),
    ("fault-503", EntraFault::Status(503)),
    ("fault-503-twice", EntraFault::UnavailableTwice),
    ("fault-html", EntraFault::Page),
    ("fault-200-html", EntraFault::PortalPage),
    ("fault-no-token", EntraFault::NoToken),
    ("fault-stall", EntraFault::Stall),
    ("fault-hang-up", EntraFault::HangUp),
];

/// What a client of this id suffers; none when it is none of these.
pub(crate) fn parse(id: &str) -> Option<EntraFault> {
    if let Some((_, fault)) = NAMED.iter().find(|(name, _)| *name == id) {
        return Some(*fault);
    }
    let code = id.strip_prefix("fault-")?.parse().ok()?;
    refusals::aadsts(code).map(|known| EntraFault::Aadsts(known.code))
}

impl EntraFault {
    /// When it strikes by itself.
    pub(crate) fn strikes(self) -> Strikes {
        match self {
            EntraFault::Aadsts(code) => {
                refusals::aadsts(code).map_or(Strikes::Application, |known| known.strikes)
            }
            _ => Strikes::Token,
        }
    }

    /// What is answered: an error in Entra's shape, or something else entirely.
    pub(crate) fn outcome(self, app: &str, what: &str) -> Result<TokenRefusal, Deed> {
        match self {
            EntraFault::Aadsts(code) => {
                let code = refusals::aadsts(code).map_or(9_002_313, |known| known.code);
                Ok(TokenRefusal::aadsts(code, app, what))
            }
            EntraFault::Status(status) => Ok(TokenRefusal::server(status)),
            EntraFault::UnavailableTwice => Ok(TokenRefusal::server(503)),
            EntraFault::Device(error) => Ok(TokenRefusal::device(error)),
            EntraFault::Page => Err(Deed::Say(page(502, "502 Bad Gateway"))),
            EntraFault::PortalPage => Err(Deed::Say(page(200, "Sign in to the network"))),
            EntraFault::NoToken => Err(Deed::Say(Said::json(
                200,
                &serde_json::json!({"status": "ok"}),
            ))),
            EntraFault::Stall => Err(Deed::Stall),
            EntraFault::HangUp => Err(Deed::HangUp),
        }
    }
}

fn page(status: u16, title: &str) -> Said {
    let page = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head>\n\
         <body><h1>{title}</h1><hr>proxy</body></html>\n"
    );
    Said::html(status, page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_a_client_and_is_documented() {
        let mut seen = 0;
        for code in refusals::codes() {
            assert_eq!(
                parse(&format!("fault-{code}")),
                Some(EntraFault::Aadsts(code))
            );
            seen += 1;
        }
        assert!(seen >= 30);
        let documented = include_str!("../../../../docs/emulator.md");
        let numbered = refusals::codes().map(|code| format!("fault-{code}"));
        let named = NAMED.iter().map(|(name, _)| (*name).to_owned());
        for client in numbered.chain(named) {
            let row = format!("\n| `{client}` | ");
            assert!(documented.contains(&row), "docs/emulator.md lacks {client}");
        }
        assert_eq!(parse("fault-1"), None);
        assert_eq!(parse("fault-"), None);
        assert_eq!(parse("7000215"), None);
    }
}
