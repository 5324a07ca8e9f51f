//! Passing on what others ask, byte for byte: nothing of a request or of an answer is read here
//! but the head.
//!
//! One errand is one attempt. Whoever runs it knows whether there is another resource to ask, so
//! waiting and asking again are theirs; see [`Budget`](crate::retry::Budget).

use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use http::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use tokio::time::Instant;

use super::asking::SentWith;
use super::gather::Gathered;
use super::headers;
use super::refused::Refused;
use super::veil::Veil;
use super::{Client, Target, answer, refused};
use crate::failure::Failure;

/// Slower uplinks than this are not silence, in bytes a second.
const SLOWEST_UPLINK: f64 = 32.0 * 1024.0;

/// Which address of the resource is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Surface {
    /// `/v1/messages`.
    Messages,
    /// `/v1/messages/count_tokens`.
    CountTokens,
}

/// A request of somebody else's, to be passed on.
#[derive(Debug, Clone)]
pub struct Errand {
    /// Where to.
    pub surface: Surface,
    /// The query as it came, without its question mark.
    pub query: Option<String>,
    /// Headers as they came. Credentials, and what belongs to one connection only, are for the
    /// caller to leave out; headers of the target replace those of the same name, except that the
    /// values of `anthropic-beta` are joined.
    pub headers: HeaderMap,
    /// The body as it came.
    pub body: Bytes,
    /// A stream of events is asked for. It decides how long silence is borne.
    pub stream: bool,
}

/// The bytes of an answer. Dropping it closes the connection.
pub type Verbatim = Pin<Box<dyn Stream<Item = Result<Bytes, Failure>> + Send>>;

/// An answer with a status of success.
pub struct Passed {
    /// The status.
    pub status: StatusCode,
    /// The headers. Where the body was compressed, it is not any more, and they say so.
    pub headers: HeaderMap,
    /// The body, unread.
    pub body: Verbatim,
    /// Takes what was sent out of whatever is told of this answer.
    pub veil: Veil,
}

/// Why there is no answer that could be passed on.
#[derive(Debug)]
pub struct NotPassed {
    /// What it means.
    pub failure: Failure,
    /// The refusal, where there is one.
    pub answer: Option<Refused>,
}

impl From<Failure> for NotPassed {
    fn from(failure: Failure) -> Self {
        Self {
            failure,
            answer: None,
        }
    }
}

impl Client {
    /// Passes a request on, once. A token that was refused is renewed, and then it is passed on
    /// once more.
    ///
    /// The connection is closed as soon as the future, or the answer's body, is dropped.
    ///
    /// # Errors
    ///
    /// When no answer's head comes, when it redirects, and when its status says that there is no
    /// answer; in that case with everything that came.
    pub async fn forward(&self, target: &Target, errand: &Errand) -> Result<Passed, NotPassed> {
        let (refused, with) = match self.pass(target, errand).await {
            Ok(passed) => return Ok(passed),
            Err(refused) => refused,
        };
        if !with.renewed(&refused.failure, target) {
            return Err(refused);
        }
        self.pass(target, errand)
            .await
            .map_err(|(refused, _)| refused)
    }

    async fn pass(
        &self,
        target: &Target,
        errand: &Errand,
    ) -> Result<Passed, (NotPassed, SentWith)> {
        let nothing_sent = |failure: Failure| (failure.into(), SentWith::default());
        let (request, with) = self.errand(target, errand).await.map_err(nothing_sent)?;
        let options = self.options();
        let allowed = match errand.stream {
            true => options.idle_timeout,
            false => options.whole_timeout,
        };
        let upload = Duration::from_secs_f64(errand.body.len() as f64 / SLOWEST_UPLINK);
        let until = Instant::now() + allowed + upload;
        let loopback = target.endpoint.is_loopback();
        let veil = with.veil(target);
        let sent = self.send(request, loopback, allowed + upload).await;
        let response = match sent {
            Ok(response) => response,
            Err(failure) => return Err((veil.failure(failure).into(), with)),
        };
        let patience = match errand.stream {
            true => Patience::Silence(options.idle_timeout),
            false => Patience::Until(until),
        };
        match received(response, patience, options.idle_timeout, veil).await {
            Ok(passed) => Ok(passed),
            Err(refused) => {
                let NotPassed { failure, answer } = refused;
                let failure = with.explain(failure, target);
                Err((NotPassed { failure, answer }, with))
            }
        }
    }

    /// The request to the resource, and what it is sent with.
    async fn errand(
        &self,
        target: &Target,
        errand: &Errand,
    ) -> Result<(reqwest::Request, SentWith), Failure> {
        let (mut headers, _) = headers::merged(errand.headers.clone(), &target.headers);
        let version = HeaderName::from_static("anthropic-version");
        headers
            .entry(version)
            .or_insert(HeaderValue::from_static(target.anthropic_version.as_str()));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.entry(ACCEPT).or_insert(match errand.stream {
            true => HeaderValue::from_static("text/event-stream"),
            false => HeaderValue::from_static("application/json"),
        });
        let token = target.credential.authorize(self, &mut headers).await?;
        let address = match errand.surface {
            Surface::Messages => target.endpoint.messages(),
            Surface::CountTokens => target.endpoint.count_tokens(),
        };
        let mut address = address.clone();
        address.set_query(errand.query.as_deref());
        let request = self
            .http(target.endpoint.is_loopback())
            .post(address)
            .headers(headers)
            .body(errand.body.clone());
        let request = request.build().map_err(crate::network::failure)?;
        Ok((request, SentWith::of(token)))
    }
}

/// How long an answer may take.
#[derive(Clone, Copy)]
enum Patience {
    /// As long as it takes, without longer silence than this.
    Silence(Duration),
    Until(Instant),
}

async fn received(
    response: reqwest::Response,
    patience: Patience,
    idle: Duration,
    veil: Veil,
) -> Result<Passed, NotPassed> {
    let status = response.status();
    let headers = response.headers().clone();
    if status.is_redirection() {
        return Err(veil.failure(answer::redirected(status, &headers)).into());
    }
    if !status.is_success() {
        return Err(refused::read(response, idle, veil).await);
    }
    Ok(Passed {
        status,
        headers,
        body: verbatim(response, patience),
        veil,
    })
}

fn verbatim(response: reqwest::Response, patience: Patience) -> Verbatim {
    let bytes = Gathered::new(Box::pin(response.bytes_stream()));
    Box::pin(stream::unfold(Some(bytes), move |bytes| async move {
        let mut bytes = bytes?;
        let until = match patience {
            Patience::Silence(most) => Instant::now() + most,
            Patience::Until(until) => until,
        };
        match tokio::time::timeout_at(until, bytes.next()).await {
            Ok(None) => None,
            Ok(Some(Ok(chunk))) => Some((Ok(chunk), Some(bytes))),
            Ok(Some(Err(error))) => {
                tracing::debug!(error = %crate::network::words_of(&error), "an answer broke");
                Some((Err(Failure::Cut), None))
            }
            Err(_) => Some((Err(Failure::Stalled), None)),
        }
    }))
}
