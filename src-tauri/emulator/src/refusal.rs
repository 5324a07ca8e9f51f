//! The two error shapes that reach a client of Foundry, with their own words.
//!
//! Anthropic's: <https://platform.claude.com/docs/en/api/errors>. Azure's gateway
//! answers itself for keys, deployments and unknown paths, in its own shape.

use serde_json::{Value, json};

use crate::admission::TellsTenant;

/// An answer that is an error.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    shape: Shape,
}

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Anthropic {
        kind: &'static str,
        message: String,
        details: Option<Value>,
    },
    Azure {
        kind: Option<&'static str>,
        code: &'static str,
        message: String,
    },
    /// Azure's older shape: no `error`, the status and a sentence.
    Flat(&'static str),
    Html(&'static str),
    Nothing,
}

impl Refusal {
    pub(crate) fn anthropic(
        status: u16,
        kind: &'static str,
        message: impl Into<String>,
    ) -> Refusal {
        let message = message.into();
        Refusal {
            status,
            headers: Vec::new(),
            shape: Shape::Anthropic {
                kind,
                message,
                details: None,
            },
        }
    }

    /// The same with `error.details`.
    pub(crate) fn detailed(mut self, said: Value) -> Refusal {
        if let Shape::Anthropic { details, .. } = &mut self.shape {
            *details = Some(said);
        }
        self
    }

    /// 400 `invalid_request_error`.
    pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
        Refusal::anthropic(400, "invalid_request_error", message)
    }

    /// `path: Extra inputs are not permitted`.
    pub(crate) fn extra(path: &str) -> Refusal {
        Refusal::invalid(format!("{path}: Extra inputs are not permitted"))
    }

    pub(crate) fn overloaded() -> Refusal {
        Refusal::anthropic(529, "overloaded_error", "Overloaded")
    }

    pub(crate) fn too_large() -> Refusal {
        Refusal::anthropic(413, "request_too_large", "Request exceeds the maximum size")
    }

    /// A limit that waiting does not lift, so it carries no `retry-after`.
    pub(crate) fn spend_limit() -> Refusal {
        let message = "You have reached your specified API usage limits.";
        Refusal::anthropic(429, "rate_limit_error", message)
            .detailed(json!({"error_code": "enforced_spend_limit_reached"}))
    }

    /// Threads are not kept: the official clients for Foundry say so of it. Other clients of
    /// Anthropic's know the code, and go on with the whole conversation.
    pub(crate) fn no_threads() -> Refusal {
        let message = "thread: Threads are not supported here. Send the full conversation \
            without `thread`.";
        Refusal::invalid(message).detailed(json!({"error_code": "thread_unsupported_request"}))
    }

    /// A status without a body.
    pub(crate) fn empty(status: u16) -> Refusal {
        Refusal {
            status,
            headers: Vec::new(),
            shape: Shape::Nothing,
        }
    }

    pub(crate) fn azure(
        status: u16,
        kind: Option<&'static str>,
        code: &'static str,
        message: &str,
    ) -> Refusal {
        let message = message.to_owned();
        Refusal {
            status,
            headers: Vec::new(),
            shape: Shape::Azure {
                kind,
                code,
                message,
            },
        }
    }

    pub(crate) fn wrong_key() -> Refusal {
        let message = "Access denied due to invalid subscription key or wrong API endpoint. Make \
            sure to provide a valid key for an active subscription and use a correct regional API \
            endpoint for your resource.";
        Refusal::azure(401, None, "401", message)
    }

    /// The token is no good: signature, audience or time.
    pub(crate) fn wrong_token() -> Refusal {
        let message = "Unauthorized. Access token is missing, invalid, audience is incorrect \
            (https://cognitiveservices.azure.com), or have expired.";
        Refusal {
            status: 401,
            headers: Vec::new(),
            shape: Shape::Flat(message),
        }
    }

    /// The token is of tenant `theirs`, and one of `ours` is wanted.
    pub(crate) fn wrong_tenant(theirs: &str, ours: &str, tells: TellsTenant) -> Refusal {
        let wanted = match tells {
            TellsTenant::InBody => format!(" {ours}"),
            TellsTenant::No | TellsTenant::InHeader => String::new(),
        };
        let message = format!("Token tenant {theirs} does not match resource tenant{wanted}.");
        let code = "Tenant provided in token does not match resource token";
        let mut refusal = Refusal::azure(400, None, code, &message);
        if tells == TellsTenant::InHeader {
            let challenge = format!(
                "Bearer authorization_uri=\"https://login.microsoftonline.com/{ours}\", \
                 error=\"invalid_token\""
            );
            refusal.headers.push(("www-authenticate", challenge));
        }
        refusal
    }

    pub(crate) fn keys_disabled() -> Refusal {
        let message = "Key based authentication is disabled for this resource.";
        Refusal::azure(403, None, "AuthenticationTypeDisabled", message)
    }

    pub(crate) fn network_rule() -> Refusal {
        let message = "Access denied due to Virtual Network/Firewall rules.";
        Refusal::azure(403, None, "403", message)
    }

    pub(crate) fn no_role(principal: &str) -> Refusal {
        let message = format!(
            "The principal `{principal}` lacks the required data action \
             `Microsoft.CognitiveServices/accounts/providers/messages/action` to perform \
             `POST /anthropic/v1/messages` operation."
        );
        Refusal::azure(403, None, "PermissionDenied", &message)
    }

    pub(crate) fn no_deployment() -> Refusal {
        let message = "The API deployment for this resource does not exist. If you created the \
            deployment within the last 5 minutes, please wait a moment and try again.";
        Refusal::azure(
            404,
            Some("invalid_request_error"),
            "DeploymentNotFound",
            message,
        )
    }

    pub(crate) fn no_such_api() -> Refusal {
        let message = "Requested API is currently not supported";
        Refusal::azure(404, None, "api_not_supported", message)
    }

    pub(crate) fn rate_limited(seconds: u32) -> Refusal {
        let message = format!(
            "Requests to this deployment have exceeded the token rate limit of your current \
             pricing tier. Please retry after {seconds} seconds."
        );
        let mut refusal = Refusal::azure(429, None, "RateLimitReached", &message);
        refusal.headers.push(("retry-after", seconds.to_string()));
        refusal
    }

    pub(crate) fn proxy_page() -> Refusal {
        let page = "<!doctype html>\n<html><head><title>502 Bad Gateway</title></head>\n\
            <body><center><h1>502 Bad Gateway</h1></center><hr><center>proxy</center></body></html>\n";
        Refusal {
            status: 502,
            headers: Vec::new(),
            shape: Shape::Html(page),
        }
    }

    pub(crate) fn content_type(&self) -> &'static str {
        match self.shape {
            Shape::Anthropic { .. } | Shape::Azure { .. } | Shape::Flat(_) => "application/json",
            Shape::Html(_) | Shape::Nothing => "text/html",
        }
    }

    pub(crate) fn body(&self, request_id: &str) -> String {
        match &self.shape {
            Shape::Html(page) => (*page).to_owned(),
            Shape::Nothing => String::new(),
            Shape::Flat(message) => {
                json!({"statusCode": self.status, "message": message}).to_string()
            }
            Shape::Azure {
                kind,
                code,
                message,
            } => {
                let mut error = json!({"code": code, "message": message});
                if let Some(kind) = kind {
                    error["type"] = json!(kind);
                }
                json!({"error": error}).to_string()
            }
            Shape::Anthropic {
                kind,
                message,
                details,
            } => error_body(kind, message, details.as_ref(), request_id).to_string(),
        }
    }
}

/// The body of an error, which is also the data of an `error` event.
pub(crate) fn error_body(
    kind: &str,
    message: &str,
    details: Option<&Value>,
    request_id: &str,
) -> Value {
    json!({
        "type": "error",
        "error": {"type": kind, "message": message, "details": details},
        "request_id": request_id,
    })
}
