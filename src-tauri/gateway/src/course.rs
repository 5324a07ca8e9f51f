//! The course of one request: which deployments are asked, in which order, how often, and what
//! the caller is told when none answers.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hearth_foundry::retry::Budget;
use hearth_foundry::{Category, Errand, Failure, NotPassed, Surface};
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};

use crate::catalogue::{Candidate, Catalogue};
use crate::head::Head;
use crate::headers::{inward, outward};
use crate::refusal::{Dialect, Refusal};
use crate::relay::{self, NoAnswer};

/// A request that was let in.
pub(crate) struct Request {
    pub(crate) surface: Surface,
    pub(crate) query: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) head: Head,
    pub(crate) body: Bytes,
}

/// Why one deployment gave no answer.
struct Missed {
    failure: Failure,
    /// Its own words.
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
    /// An answer may have been written: nobody is asked again.
    begun: bool,
}

impl From<NotPassed> for Missed {
    fn from(missed: NotPassed) -> Self {
        Self {
            failure: missed.failure,
            answer: missed.answer,
            begun: false,
        }
    }
}

impl From<NoAnswer> for Missed {
    fn from(missed: NoAnswer) -> Self {
        Self {
            failure: missed.failure,
            answer: None,
            begun: missed.begun,
        }
    }
}

impl Missed {
    /// Another deployment might answer all the same. What is wrong with the request is wrong
    /// everywhere, and what may have been written is paid for.
    fn is_worth_another(&self) -> bool {
        !self.begun
            && !matches!(
                self.failure.category(),
                Category::RequestInvalid
                    | Category::FeatureMissing
                    | Category::ThinkingInvalid
                    | Category::ContextExceeded
                    | Category::RequestTooLarge
                    | Category::Stalled
            )
    }

    /// Waiting might help.
    fn is_passing(&self) -> bool {
        !self.begun && self.failure.retry_delay(1).is_some()
    }

    fn wanted_wait(&self) -> Option<Duration> {
        match &self.failure {
            Failure::Rejected(rejection) => rejection.retry_after,
            _ => None,
        }
    }

    /// What the caller is told: the resource's own words, where there are any.
    fn response(self, dialect: Dialect) -> Response {
        match self.answer {
            // A proxy on our way out is none of the caller's.
            Some((status, headers, body))
                if status != StatusCode::PROXY_AUTHENTICATION_REQUIRED =>
            {
                let length = body.len();
                let mut response = Response::new(Body::from(body));
                *response.status_mut() = status;
                *response.headers_mut() = outward(&headers);
                response.headers_mut().insert(CONTENT_LENGTH, length.into());
                response
            }
            Some(_) | None => Refusal::of(&self.failure).response(dialect),
        }
    }
}

/// Asks whoever goes by the name, in turn, until one answers; then, as long as waiting may help
/// and there is time, once more.
pub(crate) async fn run(
    catalogue: &Catalogue,
    known: &str,
    request: &Request,
    dialect: Dialect,
) -> Response {
    let candidates = catalogue.candidates(known);
    let Some(first) = candidates.first() else {
        let message = format!("model: there is no {known}");
        return Refusal::new(StatusCode::NOT_FOUND, message).response(dialect);
    };
    let options = first.deployment.client.options();
    let mut budget = Budget::new(options.max_attempts, options.max_wait_total);
    let headers = inward(&request.headers);
    let mut attempts = 0;
    loop {
        let mut told: Option<Missed> = None;
        for candidate in &candidates {
            attempts += 1;
            let missed = match ask(candidate, request, &headers).await {
                Ok(response) => {
                    candidate.warm();
                    return response;
                }
                Err(missed) => missed,
            };
            let deployment = candidate.name;
            tracing::info!(deployment, attempts, failure = %kind(&missed.failure), "no answer");
            if !missed.is_worth_another() {
                return missed.response(dialect);
            }
            candidate.cool(missed.wanted_wait());
            // Of several failures the one is told that passes by itself.
            if told.as_ref().is_none_or(|told| !told.is_passing()) {
                told = Some(missed);
            }
        }
        let told = told.expect("BUG: there was somebody to ask");
        match budget.spend(&told.failure, attempts) {
            Some(delay) => tokio::time::sleep(delay).await,
            None => return told.response(dialect),
        }
    }
}

async fn ask(
    candidate: &Candidate<'_>,
    request: &Request,
    headers: &HeaderMap,
) -> Result<Response, Missed> {
    let errand = Errand {
        surface: request.surface,
        query: request.query.clone(),
        headers: headers.clone(),
        body: request.head.renamed(&request.body, candidate.name),
        stream: request.head.stream && request.surface == Surface::Messages,
    };
    let deployment = candidate.deployment;
    let passed = deployment
        .client
        .forward(&deployment.target, &errand)
        .await?;
    Ok(relay::answer(passed, errand.surface, errand.stream).await?)
}

/// A failure for the log, without anybody's words in it.
fn kind(failure: &Failure) -> String {
    match failure {
        Failure::Rejected(rejection) => format!("status {}", rejection.status),
        other => format!("{:?}", other.category()),
    }
}
