//! Chat Completions: translated to Messages, asked, and the answer translated back.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use hearth_foundry::{Errand, ExtraHeader, Failure, Passed, Progress, Surface, Target};
use hearth_wire::openai::request::{ModelFacts, Policy, Translated, translate};
use hearth_wire::openai::stream::{Chunks, Frame};
use hearth_wire::openai::{Dropped, Refusal, errors, response};
use hearth_wire::{ApiError, StreamEvent, models};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::catalogue::Candidate;
use crate::course::Missed;
use crate::recording::{Entry, Outcome};
use crate::refusal;
use crate::relay;

/// Lists what of a request did not reach the model as it was sent.
const DROPPED: HeaderName = HeaderName::from_static("x-hearth-dropped-params");

/// A Chat Completions request that was let in.
pub(crate) struct Chat {
    body: Bytes,
    policy: Policy,
    /// The id of the completion.
    id: String,
    /// Seconds since 1970.
    created: u64,
}

type Answering = Pin<Box<dyn Stream<Item = Result<Progress, Failure>> + Send>>;

/// The members that limit an answer.
#[derive(Deserialize)]
struct Limited {
    max_tokens: Option<IgnoredAny>,
    max_completion_tokens: Option<IgnoredAny>,
}

impl Chat {
    pub(crate) fn new(body: Bytes, policy: Policy) -> Self {
        let now = Timestamp::now().as_second();
        Self {
            body,
            policy,
            id: format!("chatcmpl-{}", uuid::Uuid::new_v4().simple()),
            created: u64::try_from(now).unwrap_or_default(),
        }
    }

    /// Asks one deployment, once.
    pub(crate) async fn ask(
        &self,
        candidate: &Candidate<'_>,
        entry: &Arc<Entry>,
    ) -> Result<Response, Missed> {
        let translated = match self.translated(candidate) {
            Ok(translated) => translated,
            // It is wrong everywhere, and the caller is told what.
            Err(refused) => return Ok(refused_with(&refused)),
        };
        let dropped = Dropped::header(&translated.dropped);
        let mut answer = match translated.wants.stream {
            true => self.streamed(candidate, translated, entry).await?,
            false => self.whole(candidate, translated, entry).await?,
        };
        if !dropped.is_empty()
            && let Ok(dropped) = HeaderValue::from_str(&dropped)
        {
            answer.headers_mut().insert(DROPPED, dropped);
        }
        Ok(answer)
    }

    fn translated(&self, candidate: &Candidate<'_>) -> Result<Translated, Refusal> {
        let facts = ModelFacts {
            deployment: candidate.name,
            model: candidate.base_model().unwrap_or(models::cautious()),
            hosting: candidate.deployment.hosting,
        };
        let body = self.limited(candidate.deployment.max_tokens);
        translate(&body, &facts, &self.policy)
    }

    /// The body with the deployment's own limit, where it has one and the caller names none.
    fn limited(&self, max_tokens: Option<u32>) -> Bytes {
        let unlimited = serde_json::from_slice::<Limited>(&self.body)
            .is_ok_and(|it| it.max_tokens.is_none() && it.max_completion_tokens.is_none());
        let start = self.body.iter().position(|byte| *byte == b'{');
        match (max_tokens, start) {
            (Some(most), Some(start)) if unlimited => {
                let member = format!("{{\"max_tokens\":{most},");
                let rest = &self.body[start + 1..];
                [member.as_bytes(), rest].concat().into()
            }
            _ => self.body.clone(),
        }
    }

    async fn whole(
        &self,
        candidate: &Candidate<'_>,
        translated: Translated,
        entry: &Entry,
    ) -> Result<Response, Missed> {
        let deployment = candidate.deployment;
        let body = serde_json::to_vec(&translated.request);
        let errand = Errand {
            surface: Surface::Messages,
            query: None,
            headers: HeaderMap::new(),
            body: body.expect("BUG: a request is made of valid JSON").into(),
            stream: false,
        };
        let target = target(&deployment.target, &translated);
        let passed: Passed = deployment.client.forward(&target, &errand).await?;
        let (headers, bytes) = relay::gathered(passed, Surface::Messages, entry).await?;
        let text = String::from_utf8_lossy(&bytes);
        let answer = hearth_wire::Response::parse(&text).map_err(|error| error.to_string());
        let told = answer.map_err(|error| errors::broken(&error));
        let told = told.and_then(|answer| {
            response::translate(&answer, &translated.wants, &self.id, self.created)
        });
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
        translated: Translated,
        entry: &Arc<Entry>,
    ) -> Result<Response, Missed> {
        let deployment = candidate.deployment;
        let target = target(&deployment.target, &translated);
        let wants = translated.wants;
        let mut answering: Answering =
            Box::pin(deployment.client.stream(&target, translated.request));
        let mut chunks = Chunks::new(wants, &self.id, self.created);
        let mut frames = VecDeque::new();
        let mut headers = HeaderMap::new();
        // Until something of the answer is said, it may be asked for again: here or elsewhere,
        // and how often, is not for this client to say.
        loop {
            match answering.next().await {
                Some(Ok(Progress::Asking { .. })) => {}
                Some(Ok(Progress::Waiting { reason, .. })) => return Err(reason.into()),
                Some(Ok(Progress::Opened {
                    request_id,
                    apim_request_id,
                    ..
                })) => headers = ids(request_id, apim_request_id),
                Some(Ok(Progress::Event { event, .. })) => {
                    entry.heard(&event);
                    frames.extend(chunks.push(&event));
                    if !matches!(event, StreamEvent::MessageStart(_) | StreamEvent::Ping) {
                        break;
                    }
                }
                Some(Err(failure)) => return Err(failure.into()),
                None => return Err(Failure::Cut.into()),
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

/// The chunks of an answer as events, as the caller takes them.
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
            while frames.is_empty() {
                if chunks.is_over() {
                    return None;
                }
                match answering.next().await {
                    Some(Ok(Progress::Event { event, .. })) => {
                        entry.heard(&event);
                        frames.extend(chunks.push(&event));
                    }
                    Some(Ok(_)) => {}
                    Some(Err(failure)) => {
                        tracing::warn!("a translated stream broke off");
                        frames.extend(chunks.break_off(&refusal_of(&failure)));
                    }
                    None => frames.extend(chunks.finish()),
                }
            }
            match frames.back() {
                Some(Frame::Done) => entry.ended(Outcome::Answered),
                Some(Frame::Error(_)) => entry.ended(Outcome::BrokeOff),
                Some(Frame::Chunk(_)) | None => {}
            }
            // What one event became leaves in one piece.
            let mut text = String::new();
            for frame in frames.drain(..) {
                for part in ["data: ", frame.data(), "\n\n"] {
                    text.push_str(part);
                }
            }
            Some((Ok(Bytes::from(text)), (answering, chunks, frames, entry)))
        },
    )
}

/// The target with what this request has to be asked with besides.
fn target(target: &Target, translated: &Translated) -> Target {
    let mut target = target.clone();
    target.anthropic_version = translated.version;
    let betas = (!translated.betas.is_empty())
        .then(|| ("anthropic-beta".to_owned(), translated.betas.join(",")));
    for (name, value) in translated.headers.iter().cloned().chain(betas) {
        // What cannot be a header was refused when it was read.
        if let Ok(header) = ExtraHeader::new(&name, &value) {
            target.headers.push(header);
        }
    }
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
            message: other.to_string(),
            kind: "server_error".to_owned(),
            param: None,
            code: None,
        },
    }
}

/// What the caller is told of a failure.
pub(crate) fn missed(failure: &Failure) -> Response {
    let mut answer = refused_with(&refusal_of(failure));
    if let Failure::Rejected(rejection) = failure
        && let Some(wait) = rejection.retry_after
    {
        let seconds = HeaderValue::from(wait.as_secs().max(1));
        answer.headers_mut().insert(RETRY_AFTER, seconds);
    }
    let found = failure.ids();
    let headers = ids(found.request_id, found.apim_request_id);
    with_ids(answer, &headers)
}

/// A refusal as an answer.
pub(crate) fn refused_with(refused: &Refusal) -> Response {
    let status = StatusCode::from_u16(refused.status).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = spoken(Body::from(refused.json()), "application/json");
    // A proxy on our way out is none of the caller's.
    *answer.status_mut() = match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => StatusCode::BAD_GATEWAY,
        status => status,
    };
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
