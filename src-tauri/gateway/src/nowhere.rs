//! What is said at addresses that there are not: mostly somebody set up a program with half an
//! address too much, or for an API that these models have not.

use axum::extract::Request;
use axum::response::Response;
use http::header::ALLOW;
use http::{HeaderValue, StatusCode};

use crate::refusal::{Dialect, Refusal};

/// What is said where nothing better is known.
const SERVED: &str = "there is nothing here; this gateway serves /v1/messages, /v1/chat/completions, /v1/messages/count_tokens, /v1/models and /health";

/// An address that there is not.
pub(crate) async fn nowhere(request: Request) -> Response {
    let message = hint(request.uri().path()).unwrap_or(SERVED);
    told(&request, StatusCode::NOT_FOUND, message)
}

/// A method that the address has not.
pub(crate) async fn wrong_method(request: Request) -> Response {
    let path = request.uri().path();
    // A name of a model may have any number of parts.
    if path.contains("/models/")
        && let Some(hint) = hint(path)
    {
        return told(&request, StatusCode::NOT_FOUND, hint);
    }
    let read = path.contains("models") || path.len() < 8;
    let (allowed, message) = match read {
        true => ("GET, HEAD", "this address is read, with GET"),
        false => ("POST", "this address takes POST"),
    };
    let mut response = told(&request, StatusCode::METHOD_NOT_ALLOWED, message);
    let headers = response.headers_mut();
    headers.insert(ALLOW, HeaderValue::from_static(allowed));
    response
}

fn told(request: &Request, status: StatusCode, message: &str) -> Response {
    let dialect = Dialect::of(request.uri().path(), request.headers());
    Refusal::new(status, message).response(dialect)
}

/// What was probably meant by an address that there is not, and what would do.
fn hint(path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('/').collect();
    let has = |part: &str| parts.contains(&part);
    Some(match parts.last().copied().unwrap_or_default() {
        "completions" if has("deployments") => {
            "this gateway is asked as OpenAI is, not as Azure OpenAI: set the program's base URL to the gateway's address with /v1"
        }
        "completions" if has("chat") => {
            "Chat Completions stand at /v1/chat/completions: set the program's base URL to the gateway's address with /v1"
        }
        "completions" | "complete" => {
            "text completions are not served: set the program to Chat Completions, at /v1/chat/completions"
        }
        _ if has("responses") => {
            "OpenAI's Responses API is not served: set the program to Chat Completions, at /v1/chat/completions"
        }
        _ if has("batches") => {
            "there are no batches in Microsoft Foundry: ask one by one, at /v1/messages"
        }
        "messages" | "count_tokens" => {
            "Messages stand at /v1/messages: set the program's base URL to the gateway's address without /v1"
        }
        "embeddings" => "these models have no embeddings: ask another service for them",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probably_meant() {
        for (path, said) in [
            ("/v1/responses", "Responses API"),
            ("/v1/responses/resp_1/cancel", "Responses API"),
            ("/openai/v1/responses", "Responses API"),
            ("/v1/completions", "text completions"),
            ("/v1/complete", "text completions"),
            ("/v1/v1/chat/completions", "with /v1"),
            ("/anthropic/v1/chat/completions", "with /v1"),
            ("/models/chat/completions", "with /v1"),
            ("/openai/deployments/a/chat/completions", "Azure OpenAI"),
            ("/v1/v1/messages", "without /v1"),
            ("/messages", "without /v1"),
            ("/v1/v1/messages/count_tokens", "without /v1"),
            ("/v1/messages/batches", "batches"),
            ("/v1/messages/batches/b_1/results", "batches"),
            ("/v1/embeddings", "embeddings"),
        ] {
            let hint = hint(path).unwrap_or_default();
            assert!(hint.contains(said), "{path}: {hint}");
        }
        for path in ["/", "", "/v1", "/v1/models", "/v1/messages/", "/metrics"] {
            assert_eq!(hint(path), None, "{path}");
        }
    }
}
