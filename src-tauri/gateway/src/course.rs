//! The course of one request: which deployments are asked, in which order, how often, and what
//! the caller is told when none answers.

use std::cmp::Reverse;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use hearth_foundry::retry::Budget;
use hearth_foundry::{Category, Errand, Failure, NotPassed, Refused, RefusedBody, Surface};
use hearth_wire::openai;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, StatusCode};

use crate::catalogue::{Candidate, Catalogue, Facts};
use crate::chat::{self, Chat};
use crate::head::Head;
use crate::headers::outward;
use crate::recording::{Entry, short};
use crate::refusal::{Dialect, Refusal, SHOULD_RETRY};
use crate::relay::{self, NoAnswer};

/// A request that was let in.
pub(crate) enum Request {
    /// To be passed on as it is.
    Messages(Passage),
    /// To be translated.
    Chat(Chat),
}

/// A request of the Messages API.
pub(crate) struct Passage {
    pub(crate) surface: Surface,
    pub(crate) query: Option<String>,
    /// As the resource gets them.
    pub(crate) headers: HeaderMap,
    pub(crate) head: Head,
    pub(crate) body: Bytes,
}

/// Why one deployment gave no answer.
pub(crate) enum Missed {
    /// The request cannot be translated for it, and so it was not asked.
    Untranslated(openai::Refusal),
    /// It was asked, or could not be.
    Failed(Box<Failed>),
}

/// How a deployment failed.
pub(crate) struct Failed {
    failure: Failure,
    /// Its own words.
    answer: Option<Refused>,
    /// An answer may have been written: nobody is asked again.
    begun: bool,
}

impl From<NotPassed> for Missed {
    fn from(missed: NotPassed) -> Self {
        Self::Failed(Box::new(Failed {
            begun: relay::may_be_paid(&missed.failure),
            failure: missed.failure,
            answer: missed.answer,
        }))
    }
}

impl From<NoAnswer> for Missed {
    fn from(missed: NoAnswer) -> Self {
        Self::Failed(Box::new(Failed {
            failure: missed.failure,
            answer: None,
            begun: missed.begun,
        }))
    }
}

impl Failed {
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

    /// How much it helps to know this failure of several: most, that waiting helps, and the
    /// shorter the wait the better; then what a resource said; least, that none was reached.
    fn worth(&self) -> impl Ord + use<> {
        let spoken = matches!(self.failure, Failure::Rejected(_));
        let wait = self.wanted_wait().unwrap_or_default();
        (self.is_passing(), spoken, Reverse(wait))
    }

    /// What the caller is told: the resource's own words, where there are any.
    fn response(self, request: &Request) -> Response {
        if matches!(request, Request::Chat(_)) {
            return chat::missed(&self.failure);
        }
        match self.answer {
            // A proxy on our way out is none of the caller's.
            Some(refused) if refused.status != StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                passed_on(refused, &self.failure)
            }
            Some(_) | None => {
                let mut told = Refusal::of(&self.failure).response(Dialect::Anthropic);
                told.headers_mut().extend(chat::ids_of(&self.failure));
                told
            }
        }
    }
}

/// A refusal in the resource's own words or, where half of them are lost, in ours.
fn passed_on(refused: Refused, failure: &Failure) -> Response {
    let mut headers = outward(&refused.headers);
    let body = match refused.body {
        RefusedBody::Whole(body) => {
            headers.insert(CONTENT_LENGTH, body.len().into());
            Body::from(body)
        }
        RefusedBody::Long(body) => Body::from_stream(body),
        RefusedBody::Lost => {
            let refusal = Refusal::new(refused.status, failure.to_string());
            let told = refusal.response(Dialect::Anthropic);
            // What it said of the words that are lost.
            headers.remove(CONTENT_ENCODING);
            headers.extend(told.headers().clone());
            told.into_body()
        }
    };
    // A token that has ended was renewed before this is told.
    if refused.status == StatusCode::UNAUTHORIZED {
        let never = HeaderValue::from_static("false");
        headers.entry(SHOULD_RETRY).or_insert(never);
    }
    let mut response = Response::new(body);
    *response.status_mut() = refused.status;
    *response.headers_mut() = headers;
    response
}

/// Asks whoever goes by the name, in turn, until one answers; then, as long as waiting may help
/// and there is time, once more.
pub(crate) async fn run(
    catalogue: &Catalogue,
    known: &str,
    request: &Request,
    entry: &Arc<Entry>,
) -> Response {
    let candidates = catalogue.candidates(known);
    let first = candidates.first();
    let first = first.expect("BUG: a name that is known has nobody behind it");
    let options = first.deployment.client.options();
    let mut budget = Budget::new(options.max_attempts, options.max_wait_total);
    let mut attempts = 0;
    let mut untranslated = Untranslated::default();
    loop {
        let mut told: Option<Box<Failed>> = None;
        for candidate in &candidates {
            if untranslated.covers(candidate) {
                continue;
            }
            let missed = match ask(candidate, request, entry).await {
                Ok(response) => {
                    candidate.warm();
                    return response;
                }
                Err(Missed::Untranslated(refusal)) => {
                    untranslated.add(candidate, refusal);
                    continue;
                }
                Err(Missed::Failed(missed)) => missed,
            };
            attempts += 1;
            let deployment = short(candidate.name);
            tracing::info!(deployment, attempts, failure = %kind(&missed.failure), "no answer");
            if !missed.is_worth_another() {
                return missed.response(request);
            }
            candidate.cool(missed.wanted_wait());
            // Of failures that are worth the same the first is told.
            if told
                .as_ref()
                .is_none_or(|told| missed.worth() > told.worth())
            {
                told = Some(missed);
            }
        }
        let Some(told) = told else {
            return untranslated.response();
        };
        match budget.spend(&told.failure, attempts) {
            Some(delay) => tokio::time::sleep(delay).await,
            None => return told.response(request),
        }
    }
}

/// For whom a request cannot be translated. That stays so, however often they are asked.
#[derive(Default)]
struct Untranslated {
    facts: Vec<Facts>,
    /// Why not for the first.
    refusal: Option<openai::Refusal>,
}

impl Untranslated {
    fn covers(&self, candidate: &Candidate<'_>) -> bool {
        !self.facts.is_empty() && self.facts.contains(&candidate.facts())
    }

    fn add(&mut self, candidate: &Candidate<'_>, refusal: openai::Refusal) {
        self.facts.push(candidate.facts());
        self.refusal.get_or_insert(refusal);
    }

    fn response(self) -> Response {
        let refusal = self.refusal;
        chat::refused_with(&refusal.expect("BUG: there was nobody to ask"))
    }
}

async fn ask(
    candidate: &Candidate<'_>,
    request: &Request,
    entry: &Arc<Entry>,
) -> Result<Response, Missed> {
    let passage = match request {
        Request::Messages(passage) => passage,
        Request::Chat(chat) => return chat.ask(candidate, entry).await,
    };
    entry.asking(candidate.name);
    let errand = Errand {
        surface: passage.surface,
        query: passage.query.clone(),
        headers: passage.headers.clone(),
        body: passage.head.renamed(&passage.body, candidate.name),
        stream: passage.head.stream && passage.surface == Surface::Messages,
    };
    let deployment = candidate.deployment;
    let forwarded = deployment.client.forward(&deployment.target, &errand);
    let answer = relay::answer(forwarded.await?, errand.surface, errand.stream, entry);
    Ok(answer.await?)
}

/// A failure for the log, without anybody's words in it.
fn kind(failure: &Failure) -> String {
    match failure {
        Failure::Rejected(rejection) => format!("status {}", rejection.status),
        other => format!("{:?}", other.category()),
    }
}
