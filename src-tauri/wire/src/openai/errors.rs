//! Failures, from the API's and Azure's words to OpenAI's, and back.
//!
//! Sources: <https://platform.claude.com/docs/en/api/errors> and
//! <https://platform.openai.com/docs/guides/error-codes>.

use crate::api_error::ApiError;
use crate::literal::Literal;

use super::refusal::Refusal;

/// The error of an answer whose status was not 200. `body` is the answer's body, whatever
/// it is; bodies that say nothing, such as a proxy's pages, are not passed on.
#[must_use]
pub fn of_answer(status: u16, body: &str) -> Refusal {
    of_error(status, &ApiError::parse(body).unwrap_or_default())
}

/// The error of an answer whose status was not 200, as it was read.
#[must_use]
pub fn of_error(status: u16, error: &ApiError) -> Refusal {
    let message = if error.message.is_empty() {
        format!("the model's server answered with the status {status} and said nothing more")
    } else {
        error.message.clone()
    };
    Refusal {
        status,
        param: param(status, &message),
        code: code(status, error, &message).map(str::to_owned),
        kind: kind(status).to_owned(),
        message,
    }
}

/// The error that broke a stream off. Its status was sent long ago, so this one is for
/// those who read the object.
#[must_use]
pub fn of_event(error: &ApiError) -> Refusal {
    let status = match error.kind.as_deref() {
        Some(kind) => status_of(kind),
        None => error
            .code
            .as_deref()
            .and_then(|code| code.parse().ok())
            .unwrap_or(500),
    };
    of_error(status, error)
}

/// An answer came and is not what an answer should be.
#[must_use]
pub fn broken(message: &str) -> Refusal {
    Refusal {
        status: 502,
        message: format!("{message}; nothing is wrong with the request, which may be sent again"),
        kind: kind(502).to_owned(),
        param: None,
        code: Some("upstream_broken".to_owned()),
    }
}

/// The body that tells a client of the Messages API of the same failure.
#[must_use]
pub fn as_messages(error: &Refusal, request_id: Option<&str>) -> String {
    let quoted = |text: &str| Literal::from(text).quoted();
    let id = request_id.map(|id| format!(r#","request_id":{}"#, quoted(id)));
    format!(
        r#"{{"type":"error","error":{{"type":"{}","message":{}}}{}}}"#,
        messages_kind(error.status),
        quoted(&error.message),
        id.unwrap_or_default()
    )
}

/// OpenAI's word for a status. A model that is not there is a wrong request to it, with a
/// code of its own.
fn kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "insufficient_quota",
        403 => "permission_error",
        429 => "rate_limit_error",
        500.. => "server_error",
        _ => "invalid_request_error",
    }
}

/// The API's word for a status.
fn messages_kind(status: u16) -> &'static str {
    match status {
        401 => "authentication_error",
        402 => "billing_error",
        403 => "permission_error",
        404 => "not_found_error",
        409 => "conflict_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        408 | 504 => "timeout_error",
        503 | 529 => "overloaded_error",
        500.. => "api_error",
        _ => "invalid_request_error",
    }
}

/// The status that an error would have had before the stream began.
fn status_of(kind: &str) -> u16 {
    match kind {
        "invalid_request_error" => 400,
        "authentication_error" => 401,
        "billing_error" => 402,
        "permission_error" => 403,
        "not_found_error" => 404,
        "conflict_error" => 409,
        "request_too_large" => 413,
        "rate_limit_error" => 429,
        "timeout_error" => 504,
        "overloaded_error" => 529,
        _ => 500,
    }
}

/// OpenAI's code, which its clients branch on.
fn code(status: u16, error: &ApiError, message: &str) -> Option<&'static str> {
    let code = error.code.as_deref().unwrap_or_default();
    match (status, code) {
        (_, "DeploymentNotFound") => Some("model_not_found"),
        // What the API says of a model that it has not begins with this.
        (404, _) if message.starts_with("model:") => Some("model_not_found"),
        (_, "content_filter") => Some("content_filter"),
        (_, "enforced_spend_limit_reached" | "contract_spend_limit_reached") | (402, _) => {
            Some("insufficient_quota")
        }
        (401, _) => Some("invalid_api_key"),
        (429, _) => Some("rate_limit_exceeded"),
        // The API has no code for this, and clients that shorten the conversation need one.
        (400 | 413, _) if is_too_long(message) => Some("context_length_exceeded"),
        (404, _) => Some("not_found"),
        (413, _) => Some("request_too_large"),
        (503 | 529, _) => Some("overloaded"),
        _ => None,
    }
}

/// The prompt alone is too long, or together with the answer that is asked for.
fn is_too_long(message: &str) -> bool {
    message.starts_with("prompt is too long") || message.contains("exceed context limit")
}

/// The member that the API complains of, which it names before a colon.
fn param(status: u16, message: &str) -> Option<String> {
    let (named, _) = message.split_once(": ").filter(|_| status == 400)?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.');
    let member = named.starts_with(|c: char| c.is_ascii_lowercase()) && named.chars().all(plain);
    member.then(|| named.to_owned())
}
