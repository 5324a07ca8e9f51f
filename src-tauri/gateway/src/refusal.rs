//! What a program is told when it gets no answer, in the shape of the dialect that it speaks:
//! <https://platform.claude.com/docs/en/api/errors>, and
//! <https://platform.openai.com/docs/guides/error-codes>.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use hearth_foundry::{Category, Failure, ProxyKind, TlsKind};
use hearth_wire::ApiError;
use hearth_wire::openai::errors;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

/// What the SDKs of both dialects obey before they look at the status. Claude Code asks for minutes
/// after a 401 that does not have it, and says nothing meanwhile.
pub(crate) const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");

/// Whether the same request would be refused again.
fn is_settled(status: StatusCode) -> bool {
    let passes = matches!(
        status,
        StatusCode::REQUEST_TIMEOUT | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS
    );
    status.is_client_error() && !passes
}

/// Whose error shape a caller reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Anthropic,
    OpenAi,
}

impl Dialect {
    /// What is spoken at an address; at those that both dialects have, and at those that there
    /// are not, what the caller speaks.
    pub(crate) fn of(path: &str, headers: &HeaderMap) -> Self {
        let messages = path.starts_with("/anthropic") || path.starts_with("/v1/messages");
        let chat = path.ends_with("/chat/completions");
        match messages || (!chat && headers.contains_key("anthropic-version")) {
            true => Self::Anthropic,
            false => Self::OpenAi,
        }
    }
}

/// No answer, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) message: String,
    pub(crate) retry_after: Option<Duration>,
    /// The error's type in the resource's own words; without them that of the status.
    pub(crate) kind: Option<String>,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: None,
            kind: None,
        }
    }

    /// What a failure on the way to the resource means for a caller of ours. An error that came
    /// in an answer's place has a type and words of its own.
    pub(crate) fn of(failure: &Failure) -> Self {
        let Failure::StreamError { error, .. } = failure else {
            return Self::new(status_of(failure), words_of(failure));
        };
        let told = errors::of_event(error);
        Self {
            kind: error.kind.clone(),
            ..Self::new(status_told(told.status), told.message)
        }
    }

    pub(crate) fn response(&self, dialect: Dialect) -> Response {
        let body = match dialect {
            Dialect::Anthropic => anthropic(self.kind(), &self.message).to_string(),
            Dialect::OpenAi => self.open_ai(),
        };
        let mut response = Response::new(Body::from(body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if is_settled(self.status) {
            headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        }
        response
    }

    /// The error's type, as the Messages API has it.
    fn kind(&self) -> &str {
        if let Some(kind) = &self.kind {
            return kind;
        }
        match self.status.as_u16() {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            408 | 504 => "timeout_error",
            413 => "request_too_large",
            429 => "rate_limit_error",
            503 | 529 => "overloaded_error",
            500.. => "api_error",
            _ => "invalid_request_error",
        }
    }

    /// The same words as for what the resource refuses, so that clients need to know only one
    /// kind of error.
    fn open_ai(&self) -> String {
        let error = ApiError {
            message: self.message.clone(),
            ..ApiError::default()
        };
        errors::of_error(self.status.as_u16(), &error).json()
    }
}

/// The status that a caller is told of what a resource says. A proxy on our way out is none of the
/// caller's, and an error whose code is that of no error is no success.
pub(crate) fn status_told(status: u16) -> StatusCode {
    match StatusCode::from_u16(status) {
        Ok(StatusCode::PROXY_AUTHENTICATION_REQUIRED) | Err(_) => StatusCode::BAD_GATEWAY,
        Ok(status) if status.is_client_error() || status.is_server_error() => status,
        Ok(_) => StatusCode::BAD_GATEWAY,
    }
}

/// The status of a failure on the way to the resource.
pub(crate) fn status_of(failure: &Failure) -> StatusCode {
    match failure.category() {
        Category::Stalled | Category::UpstreamTimeout => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// What a failure on the way is called, and what helps against it.
pub(crate) fn words_of(failure: &Failure) -> String {
    match remedy(failure.category()) {
        Some(remedy) => format!("{failure}; {remedy}"),
        None => failure.to_string(),
    }
}

/// What whoever runs the gateway, or asks it, can do. What a resource says itself stands alone.
fn remedy(category: Category) -> Option<&'static str> {
    Some(match category {
        Category::HostUnknown => "check the resource's address, and the gateway's network",
        Category::Unreachable => {
            "ask again, and check the resource's address and the gateway's network"
        }
        Category::Cut => "ask again",
        Category::Stalled => "ask again, or allow more time with request_timeout",
        Category::Redirected => "check the resource's address",
        Category::UnexpectedAnswer => {
            "check the resource's address, and what stands between it and the gateway"
        }
        Category::Tls(TlsKind::Untrusted) => {
            "name a file with the authority to trust in SSL_CERT_FILE"
        }
        Category::Tls(TlsKind::Expired | TlsKind::NotYetValid) => {
            "check the clock of the gateway's machine, and the certificate"
        }
        Category::Tls(_) => "check the resource's address, and what stands between",
        Category::Proxy(ProxyKind::Credentials) => "check the user and the password in HTTPS_PROXY",
        Category::Proxy(_) => "check HTTPS_PROXY and NO_PROXY",
        Category::SignIn(_) => "check how the gateway signs in to the resource",
        Category::BadCredential => "enter the connection's key or token again",
        _ => return None,
    })
}

/// An error of the Messages API.
fn anthropic(kind: &str, message: &str) -> Value {
    json!({"type": "error", "error": {"type": kind, "message": message}})
}

/// The event that ends a stream which cannot go on.
pub(crate) fn error_event(failure: &Failure) -> String {
    let refusal = Refusal::of(failure);
    let data = anthropic(refusal.kind(), &refusal.message);
    format!("event: error\ndata: {data}\n\n")
}
