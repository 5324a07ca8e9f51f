//! Error statuses in the two shapes that reach a client of Foundry.

use std::time::{Duration, SystemTime};

use super::{Later, Refusing};
use crate::refusal::Refusal;

impl Refusing {
    /// The answer.
    pub(crate) fn refusal(self) -> Refusal {
        match self {
            Refusing::Usual(status) => usual(status),
            Refusing::Azure(status) => azure(status),
            Refusing::Anthropic(status) => anthropic(status),
            Refusing::ApiNotSupported => Refusal::no_such_api(),
            Refusing::PromptTooLong => {
                Refusal::invalid("prompt is too long: 1000001 tokens > 1000000 maximum")
            }
            Refusing::Later(later) => later.refusal(),
            Refusing::SpendLimit => Refusal::spend_limit(),
            Refusing::NetworkRule => Refusal::network_rule(),
            Refusing::EmptyBody => Refusal::empty(500),
        }
    }
}

impl Later {
    fn refusal(self) -> Refusal {
        let mut refusal = anthropic(429);
        refusal.headers.clear();
        match self {
            Later::Unsaid => {}
            Later::Milliseconds => refusal.headers.push(("retry-after-ms", "200".to_owned())),
            Later::Day => refusal.headers.push(("retry-after", "86400".to_owned())),
            Later::Date => {
                let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(10));
                refusal.headers.push(("retry-after", date));
            }
        }
        refusal
    }
}

/// The shape in which a status is usually seen.
fn usual(status: u16) -> Refusal {
    match status {
        401 | 403 | 404 | 408 | 429 | 503 => azure(status),
        502 => Refusal::proxy_page(),
        _ => anthropic(status),
    }
}

fn azure(status: u16) -> Refusal {
    let (code, message) = match status {
        401 => return Refusal::wrong_key(),
        403 => return Refusal::no_role("00000000-0000-0000-0000-000000000000"),
        404 => return Refusal::no_deployment(),
        429 => return Refusal::rate_limited(2),
        402 => (
            "PaymentRequired",
            "The subscription has no means of payment.",
        ),
        408 => ("Timeout", "The operation was timeout."),
        409 => (
            "Conflict",
            "The resource is being changed by another operation.",
        ),
        413 => ("RequestEntityTooLarge", "The request body is too large."),
        503 => (
            "ServiceUnavailable",
            "The service is temporarily unable to process your request. Please try again later.",
        ),
        504 => (
            "GatewayTimeout",
            "The gateway did not receive a response in time.",
        ),
        500.. => (
            "InternalServerError",
            "The server had an error while processing your request.",
        ),
        _ => ("BadRequest", "The request is not valid."),
    };
    Refusal::azure(status, None, code, message)
}

/// Types: <https://platform.claude.com/docs/en/api/errors>.
fn anthropic(status: u16) -> Refusal {
    let (kind, message) = match status {
        401 => ("authentication_error", "invalid x-api-key"),
        402 => ("billing_error", "Your credit balance is too low."),
        403 => (
            "permission_error",
            "Your key does not have permission to use this resource.",
        ),
        404 => ("not_found_error", "model: not found"),
        408 | 504 => ("timeout_error", "The request timed out."),
        409 => (
            "conflict_error",
            "The resource was changed at the same time.",
        ),
        413 => return Refusal::too_large(),
        429 => {
            let message = "This request would exceed your rate limit.";
            let mut refusal = Refusal::anthropic(429, "rate_limit_error", message);
            refusal.headers.push(("retry-after", "2".to_owned()));
            return refusal;
        }
        529 => return Refusal::overloaded(),
        500.. => ("api_error", "Internal server error"),
        _ => ("invalid_request_error", "The request is not valid."),
    };
    Refusal::anthropic(status, kind, message)
}
