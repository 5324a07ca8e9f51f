//! What is said at addresses that there are not: mostly somebody set up a program with half an
//! address too much, or for an API that these models have not.

use axum::extract::Request;
use axum::response::Response;
use http::StatusCode;

use crate::admission::throw_away;
use crate::refusal::{Dialect, Refusal};

/// What is said where nothing better is known.
const SERVED: &str = "there is nothing here; this gateway serves /v1/messages, /v1/chat/completions, /v1/messages/count_tokens, /v1/models and /health";

/// Addresses that take what is posted.
const TAKEN: [&str; 6] = [
    "/v1/messages",
    "/anthropic/v1/messages",
    "/v1/messages/count_tokens",
    "/anthropic/v1/messages/count_tokens",
    "/v1/chat/completions",
    "/chat/completions",
];

/// An address that there is not.
pub(crate) async fn nowhere(request: Request) -> Response {
    let message = hint(request.uri().path()).unwrap_or(SERVED);
    told(request, StatusCode::NOT_FOUND, message).await
}

/// Another method than that of an address which takes what is posted. Which it has is told beside
/// it, here and below, by the router.
pub(crate) async fn only_taken(request: Request) -> Response {
    told(
        request,
        StatusCode::METHOD_NOT_ALLOWED,
        "this address takes POST",
    )
    .await
}

/// Another method than those of an address which is read.
pub(crate) async fn only_read(request: Request) -> Response {
    told(
        request,
        StatusCode::METHOD_NOT_ALLOWED,
        "this address is read, with GET",
    )
    .await
}

/// The same for the address of one model: its name may have any number of parts, and what was
/// meant for another address, with half of one too much, may look like one.
pub(crate) async fn only_read_by_name(request: Request) -> Response {
    match hint(request.uri().path()) {
        Some(hint) => told(request, StatusCode::NOT_FOUND, hint).await,
        None => only_read(request).await,
    }
}

/// A refusal, once all of the request has come.
async fn told(request: Request, status: StatusCode, message: &str) -> Response {
    let dialect = Dialect::of(request.uri().path(), request.headers());
    let (parts, body) = request.into_parts();
    throw_away(&parts.headers, body).await;
    Refusal::new(status, message).response(dialect)
}

/// What was probably meant by an address that there is not, and what would do.
fn hint(path: &str) -> Option<&'static str> {
    let ends = path.trim_end_matches('/');
    let parts: Vec<&str> = ends.split('/').collect();
    let has = |part: &str| parts.contains(&part);
    Some(match parts.last().copied().unwrap_or_default() {
        _ if ends != path && TAKEN.contains(&ends) => {
            "there is no slash at the end of this address: leave it out"
        }
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
            ("/v1/embeddings/", "embeddings"),
            ("/v1/messages/", "no slash"),
            ("/chat/completions//", "no slash"),
            ("/v1/v1/messages/", "without /v1"),
        ] {
            let hint = hint(path).unwrap_or_default();
            assert!(hint.contains(said), "{path}: {hint}");
        }
        for path in ["/", "", "/v1", "/v1/models", "/metrics"] {
            assert_eq!(hint(path), None, "{path}");
        }
    }
}
