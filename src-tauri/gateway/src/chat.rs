//! Chat Completions: translated to Messages, asked, and the answer translated back.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, poll, stream};
use hearth_foundry::{Client, Errand, Failure, Passed, Progress, Surface, Target};
use hearth_wire::openai::request::{
    DefaultMaxTokens, ModelFacts, Policy, Sent, Translated, translate_sent_with,
};
use hearth_wire::openai::stream::{Chunks, Frame};
use hearth_wire::openai::{Dropped, Refusal, Why, errors, response};
use hearth_wire::{ApiError, MessagesRequest, StreamEvent, models};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use tokio::time::Instant;

use crate::admission::{Place, aside};
use crate::catalogue::Candidate;
use crate::course::Missed;
use crate::recording::{Entry, Outcome};
use crate::refusal::{self, SHOULD_RETRY};
use crate::relay;

/// Lists what of a request did not reach the model as it was sent.
const DROPPED: HeaderName = HeaderName::from_static("x-hearth-dropped-params");

/// Headers by which a caller speaks of the Messages API: OpenAI's client sends what it is given
/// as `extra_headers` beside the body.
const SPOKEN: [&str; 2] = ["anthropic-beta", "anthropic-version"];

/// A Chat Completions request that was let in.
pub(crate) struct Chat {
    sent: Arc<Sent>,
    /// The room that it takes up.
    place: Place,
    /// Of the caller's headers those that are translated.
    spoken: Vec<(&'static str, String)>,
    policy: Policy,
    /// The id of the completion.
    id: String,
    /// Seconds since 1970.
    created: u64,
}

type Answering = Pin<Box<dyn Stream<Item = Result<Progress, Failure>> + Send>>;

impl Chat {
    pub(crate) fn new(sent: Sent, place: Place, headers: &HeaderMap, policy: Policy) -> Self {
        let now = Timestamp::now().as_second();
        let spoken = SPOKEN.iter().flat_map(|name| {
            let values = headers.get_all(*name).iter();
            values.map(|value| {
                (
                    *name,
                    String::from_utf8_lossy(value.as_bytes()).into_owned(),
                )
            })
        });
        Self {
            spoken: spoken.collect(),
            sent: Arc::new(sent),
            place,
            policy,
            id: format!("chatcmpl-{}", uuid::Uuid::new_v4().simple()),
            created: u64::try_from(now).unwrap_or_default(),
        }
    }

    /// Asks one deployment, once, if the request can be translated for it.
    pub(crate) async fn ask(
        &self,
        candidate: &Candidate<'_>,
        entry: &Arc<Entry>,
    ) -> Result<Response, Missed> {
        let translated = self.translated(candidate).await;
        let mut translated = translated.map_err(Missed::Untranslated)?;
        entry.asking(candidate.name);
        let target = target(&candidate.deployment.target, &mut translated);
        let dropped = Dropped::header(&translated.dropped);
        let mut answer = match translated.wants.stream {
            true => self.streamed(candidate, &target, translated, entry).await?,
            false => self.whole(candidate, &target, translated, entry).await?,
        };
        if !dropped.is_empty()
            && let Ok(dropped) = HeaderValue::from_str(&dropped)
        {
            answer.headers_mut().insert(DROPPED, dropped);
        }
        Ok(answer)
    }

    async fn translated(&self, candidate: &Candidate<'_>) -> Result<Translated, Refusal> {
        let (deployment, hosting) = (candidate.name.to_owned(), candidate.deployment.hosting);
        let model = candidate.base_model().unwrap_or(models::cautious());
        let mut policy = self.policy;
        if let Some(own) = candidate.deployment.max_tokens {
            policy.default_max_tokens = DefaultMaxTokens::Own(own);
        }
        let (sent, spoken) = (self.sent.clone(), self.spoken.clone());
        let translating = move || {
            let facts = ModelFacts {
                deployment: &deployment,
                model,
                hosting,
            };
            let spoken = spoken.iter().map(|(name, value)| (*name, value.as_str()));
            let spoken: Vec<_> = spoken.collect();
            translate_sent_with(&sent, &spoken, &facts, &policy)
        };
        aside(&self.place, translating).await
    }

    /// The request's text. Writing a large one, and letting go of what it was made of, takes as
    /// long as reading it.
    async fn written(&self, request: MessagesRequest) -> Bytes {
        aside(&self.place, move || request.json()).await.into()
    }

    /// The same for a stream: the client writes the request before anything of it is polled.
    async fn asking(
        &self,
        client: &Client,
        target: &Target,
        request: MessagesRequest,
    ) -> Answering {
        let (client, target) = (client.clone(), target.clone());
        let writing = move || -> Answering { Box::pin(client.stream(&target, request)) };
        aside(&self.place, writing).await
    }

    async fn whole(
        &self,
        candidate: &Candidate<'_>,
        target: &Target,
        translated: Translated,
        entry: &Entry,
    ) -> Result<Response, Missed> {
        let deployment = candidate.deployment;
        let body = self.written(translated.request).await;
        let errand = Errand {
            surface: Surface::Messages,
            query: None,
            headers: HeaderMap::new(),
            body,
            stream: false,
        };
        let passed: Passed = deployment.client.forward(target, &errand).await?;
        let (headers, answer) = relay::message(passed, entry).await?;
        let told = response::translate(&answer, &translated.wants, &self.id, self.created);
        Ok(match told {
            Ok(json) => {
                entry.ended(Outcome::Answered);
                with_ids(spoken(Body::from(json), "application/json"), &headers)
            }
            Err(refused) => refused_with(&refused),
        })
    }

    async fn streamed(
        &self,
        candidate: &Candidate<'_>,
        target: &Target,
        translated: Translated,
        entry: &Arc<Entry>,
    ) -> Result<Response, Missed> {
        let deployment = candidate.deployment;
        let wants = translated.wants;
        let mut answering = self
            .asking(&deployment.client, target, translated.request)
            .await;
        let mut chunks = Chunks::new(wants, &self.id, self.created);
        let mut frames = VecDeque::new();
        let mut headers = HeaderMap::new();
        let mut begun = false;
        // The answer comes in one piece, which was written before its head was sent.
        let mut written = false;
        // Until an answer has begun, it may be asked for again: here or elsewhere, and how often,
        // is not for this client to say. Only a token is renewed by it.
        loop {
            match answering.next().await {
                Some(Ok(Progress::Asking { .. })) => {}
                Some(Ok(Progress::Waiting { delay, .. })) if delay.is_zero() && !begun => {}
                Some(Ok(Progress::Waiting { reason, .. })) => return Err(cut_short(reason, begun)),
                Some(Ok(Progress::Opened {
                    request_id,
                    apim_request_id,
                    in_one_piece,
                    ..
                })) => {
                    headers = ids(request_id, apim_request_id);
                    written = in_one_piece;
                }
                Some(Ok(Progress::Event { event, .. })) => {
                    entry.heard(&event);
                    frames.extend(chunks.push(&event));
                    match event {
                        StreamEvent::MessageStart(_) => begun = true,
                        StreamEvent::Ping => {}
                        _ => break,
                    }
                }
                Some(Err(failure)) => {
                    let none = matches!(failure, Failure::StreamError { .. });
                    let begun = begun || relay::may_be_paid(&failure) || (written && !none);
                    return Err(cut_short(failure, begun));
                }
                None => return Err(cut_short(Failure::Cut, begun)),
            }
        }
        let mut answer = spoken(
            Body::from_stream(told(answering, chunks, frames, entry.clone())),
            "text/event-stream; charset=utf-8",
        );
        let no_cache = HeaderValue::from_static("no-cache");
        answer.headers_mut().insert(CACHE_CONTROL, no_cache);
        Ok(with_ids(answer, &headers))
    }
}

/// A stream that failed before anything of it was told. One that had begun was written and is
/// paid for, save where the resource itself says that there is no answer for now.
fn cut_short(failure: Failure, begun: bool) -> Missed {
    let withdrawn =
        matches!(failure, Failure::StreamError { .. }) && failure.retry_delay(1).is_some();
    let begun = begun && !withdrawn;
    relay::NoAnswer { failure, begun }.into()
}

/// Most bytes of an answer that leave in one piece, if one event does not make more.
const PIECE: usize = 8 * 1024;

/// After so much silence towards the caller, while the answer goes on with what is told later, it
/// is told that it goes on.
const SILENCE: Duration = Duration::from_secs(5);
/// A comment: whoever stands between and waits for bytes sees that it goes on.
const GOES_ON: &str = ": ping\n\n";

/// The chunks of an answer as events, as the caller takes them. What is there at the same time
/// leaves in one piece.
fn told(
    answering: Answering,
    chunks: Chunks,
    frames: VecDeque<Frame>,
    entry: Arc<Entry>,
) -> impl Stream<Item = Result<Bytes, std::convert::Infallible>> + Send {
    let state = (answering, chunks, frames, entry);
    stream::unfold(
        state,
        |(mut answering, mut chunks, mut frames, entry)| async move {
            let mut text = String::new();
            let since = Instant::now();
            loop {
                for frame in frames.drain(..) {
                    match frame {
                        Frame::Done => entry.ended(Outcome::Answered),
                        Frame::Error(_) => entry.ended(Outcome::BrokeOff),
                        Frame::Chunk(_) => {}
                    }
                    for part in ["data: ", frame.data(), "\n\n"] {
                        text.push_str(part);
                    }
                }
                if chunks.is_over() || text.len() >= PIECE {
                    break;
                }
                let next = match text.is_empty() {
                    true => answering.next().await,
                    false => match poll!(answering.next()) {
                        Poll::Ready(next) => next,
                        Poll::Pending => break,
                    },
                };
                match next {
                    Some(Ok(Progress::Event { event, .. })) => {
                        entry.heard(&event);
                        frames.extend(chunks.push(&event));
                        let silent = frames.is_empty() && text.is_empty();
                        if matches!(event, StreamEvent::Ping)
                            || (silent && since.elapsed() >= SILENCE)
                        {
                            text.push_str(GOES_ON);
                        }
                    }
                    Some(Ok(_)) => {}
                    Some(Err(failure)) => {
                        tracing::warn!("a translated stream broke off");
                        frames.extend(chunks.break_off(&refusal_of(&failure)));
                    }
                    None => frames.extend(chunks.finish()),
                }
            }
            let more = (!text.is_empty()).then(|| Ok(Bytes::from(text)));
            more.map(|more| (more, (answering, chunks, frames, entry)))
        },
    )
}

/// The target with what this request has to be asked with besides. Headers of the caller's that
/// are not sent are noted as dropped.
fn target(target: &Target, translated: &mut Translated) -> Target {
    let betas = (!translated.betas.is_empty())
        .then(|| ("anthropic-beta".to_owned(), translated.betas.join(",")));
    let wanted: Vec<_> = translated.headers.iter().cloned().chain(betas).collect();
    let (mut target, left_out) = target.with_callers(&wanted);
    target.anthropic_version = translated.version;
    let left_out = left_out.into_iter().map(|name| Dropped {
        param: format!("extra_headers.{name}"),
        why: Why::Overruled,
    });
    translated.dropped.extend(left_out);
    target
}

/// A failure as OpenAI's clients know it.
fn refusal_of(failure: &Failure) -> Refusal {
    match failure {
        Failure::Rejected(rejection) => {
            let error = ApiError {
                kind: rejection.kind.clone(),
                code: rejection.code.clone(),
                message: rejection.message.clone(),
                request_id: None,
            };
            errors::of_error(rejection.status, &error)
        }
        Failure::StreamError { error, .. } => errors::of_event(error),
        other => Refusal {
            status: refusal::status_of(other).as_u16(),
            message: refusal::words_of(other),
            kind: "server_error".to_owned(),
            param: None,
            code: None,
        },
    }
}

/// What the caller is told of a failure.
pub(crate) fn missed(failure: &Failure) -> Response {
    let mut answer = refused_with(&refusal_of(failure));
    if let Failure::Rejected(rejection) = failure {
        let headers = answer.headers_mut();
        if let Some(wait) = rejection.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        if let Some(should) = rejection.should_retry {
            let should = if should { "true" } else { "false" };
            headers.insert(SHOULD_RETRY, HeaderValue::from_static(should));
        }
    }
    with_ids(answer, &ids_of(failure))
}

/// The ids under which the resource knows what failed.
pub(crate) fn ids_of(failure: &Failure) -> HeaderMap {
    let found = failure.ids();
    ids(found.request_id, found.apim_request_id)
}

/// A refusal as an answer.
pub(crate) fn refused_with(refused: &Refusal) -> Response {
    let mut answer = spoken(Body::from(refused.json()), "application/json");
    *answer.status_mut() = refusal::status_told(refused.status);
    answer
}

fn spoken(body: Body, kind: &'static str) -> Response {
    let mut answer = Response::new(body);
    let kind = HeaderValue::from_static(kind);
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer
}

fn ids(request_id: Option<String>, apim_request_id: Option<String>) -> HeaderMap {
    let named = [
        ("request-id", request_id),
        ("apim-request-id", apim_request_id),
    ];
    let mut headers = HeaderMap::new();
    for (name, id) in named {
        if let Some(id) = id.and_then(|id| HeaderValue::try_from(id).ok()) {
            headers.insert(name, id);
        }
    }
    headers
}

/// The answer with the ids under which the resource knows it; OpenAI's clients look for one of
/// them under a name of their own.
fn with_ids(mut answer: Response, headers: &HeaderMap) -> Response {
    for (theirs, ours) in [
        ("request-id", "request-id"),
        ("request-id", "x-request-id"),
        ("apim-request-id", "apim-request-id"),
    ] {
        if let Some(id) = headers.get(theirs) {
            answer.headers_mut().insert(ours, id.clone());
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use hearth_foundry::{ApiVersion, ClientOptions, Credential, Endpoint, Secret, Skip};

    use super::*;
    use crate::admission::Room;
    use crate::catalogue::{Catalogue, Known};
    use crate::recording::Route;

    /// How long this thread has worked. On Linux it is the first number of its statistics
    /// (<https://docs.kernel.org/scheduler/sched-stats.html>).
    fn worked() -> Duration {
        let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        let nanoseconds = statistics.split(' ').next().unwrap().parse().unwrap();
        Duration::from_nanos(nanoseconds)
    }

    /// A resource at which nobody is.
    fn nobody() -> Catalogue {
        let key = Secret::new("canary-chat".to_owned());
        let target = Target {
            endpoint: Endpoint::parse("http://127.0.0.1:1").unwrap().endpoint,
            credential: Credential::Key(Arc::new(key)),
            anthropic_version: ApiVersion::V2023_06_01,
            headers: Vec::new(),
            skip: Skip::new(),
        };
        let client = Client::new(ClientOptions::default()).unwrap();
        Catalogue::of_connection(&target, &client, Vec::<Known>::new())
    }

    #[tokio::test]
    #[cfg(target_os = "linux")]
    async fn a_large_request_is_neither_read_nor_written_where_others_wait() {
        let catalogue = nobody();
        let roles = ["user", "assistant"].into_iter().cycle();
        let messages = roles.map(|role| serde_json::json!({"role": role, "content": "hello"}));
        let messages: Vec<_> = messages.take(49_999).collect();
        for stream in [false, true] {
            let body = serde_json::json!({"model": "m", "stream": stream, "messages": messages});
            let began = worked();
            let body = serde_json::to_vec(&body).unwrap();
            let writing = worked() - began;
            let policy = Policy::default();
            let sent = Sent::read(&body).unwrap();
            let place = Room::new(body.len()).place(body.len());
            let chat = Chat::new(sent, place, &HeaderMap::new(), policy);
            let candidate = &catalogue.candidates("m")[0];
            let entry = Arc::new(Entry::new(None, Route::Chat, None));
            let began = worked();
            let missed = chat.ask(candidate, &entry).await;
            let here = worked() - began;
            assert!(matches!(missed, Err(Missed::Failed(_))));
            assert!(
                here < writing / 4,
                "{here:?} of {writing:?}, stream: {stream}"
            );
        }
    }
}
