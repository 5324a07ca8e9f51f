//! The answer's way back: looked at closely enough that no failure passes as a success, and
//! otherwise left as it is.

use std::io;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt, stream};
use hearth_foundry::{
    Failure, Ids, Oddity, Passed, Surface, Veil, Veiling, Verbatim, begins_as_object,
};
use hearth_wire::ApiError;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue};

use crate::ending::{End, Watch};
use crate::headers::outward;
use crate::known;
use crate::recording::{Entry, Outcome};
use crate::refusal::error_event;

/// Most bytes of an answer in one piece; as many as a request may have.
const WHOLE: usize = 32 * 1024 * 1024;
/// As much of a wrong answer as is read to tell what it is.
const BEGINNING: usize = 8 * 1024;

/// An answer that is not passed on, and whether it may have been written all the same.
#[derive(Debug)]
pub(crate) struct NoAnswer {
    pub(crate) failure: Failure,
    /// It is not asked for again: something of it came and is paid for, or it says that it will
    /// never come.
    pub(crate) begun: bool,
}

/// Whether somebody answered with what cannot be read: it may have been written, and be paid for.
pub(crate) fn may_be_paid(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Unexpected {
            what: Oddity::Unreadable(_),
            ..
        }
    )
}

/// The answer as the caller gets it.
///
/// # Errors
/// When it is not what was asked for: a page, nothing, half of it.
pub(crate) async fn answer(
    passed: Passed,
    surface: Surface,
    stream: bool,
    entry: &Arc<Entry>,
) -> Result<Response, NoAnswer> {
    let passed = fitting(passed, stream, entry).await?;
    match stream {
        true => events_of(passed, entry).await,
        false => whole(passed, surface, entry).await,
    }
}

/// A message in one piece, to be translated, with the headers that it came with.
///
/// # Errors
/// As [`answer`].
pub(crate) async fn message(
    passed: Passed,
    entry: &Entry,
) -> Result<(HeaderMap, hearth_wire::Response), NoAnswer> {
    let passed = fitting(passed, false, entry).await?;
    let came = collected(passed).await?;
    // It is paid for; as with streams, only what is no text is lost.
    let text = String::from_utf8_lossy(&came.all);
    let Ok(message) = hearth_wire::Response::parse(known::unmarked(&text)) else {
        return Err(came.no_answer());
    };
    entry.used(message.model.as_deref(), &message.usage);
    Ok((came.headers, message))
}

/// The same answer, if it is of the form that was asked for.
async fn fitting(passed: Passed, stream: bool, entry: &Entry) -> Result<Passed, NoAnswer> {
    let kind = content_type(&passed.headers);
    let events = kind == "text/event-stream";
    let json = kind == "application/json";
    let encoded = passed.headers.contains_key(CONTENT_ENCODING);
    let fits = match stream {
        // Proxies lose it; what an answer is shows then as it begins.
        true => events || kind.is_empty(),
        false => json || kind.is_empty(),
    };
    match fits && !encoded {
        true => Ok(passed),
        false if json && !encoded => Err(in_one_piece(passed, entry).await),
        false => {
            let failure = other(passed, kind).await;
            // Answers in the other form were written, and cost the same.
            let begun = events || json;
            Err(NoAnswer { failure, begun })
        }
    }
}

/// What is wrong with an answer in one piece where a stream was asked for: the error that it is
/// or, of one that was written and cost the same, its form.
async fn in_one_piece(passed: Passed, entry: &Entry) -> NoAnswer {
    let headers = passed.headers.clone();
    match read(passed, Surface::Messages, entry).await {
        Err(other) => other,
        Ok(all) => NoAnswer {
            failure: odd(other_content(content_type(&headers), &all), &headers),
            begun: true,
        },
    }
}

/// A stream of events, of which the first bytes are here.
async fn events_of(passed: Passed, entry: &Arc<Entry>) -> Result<Response, NoAnswer> {
    let Passed {
        status,
        headers,
        mut body,
        veil,
    } = passed;
    let unnamed = content_type(&headers).is_empty();
    let begun = match unnamed {
        true => begun(&mut body, |bytes| begins_as_object(bytes).is_some()).await,
        false => begun(&mut body, |_| true).await,
    };
    let nothing = |failure| NoAnswer {
        failure: veil.failure(failure),
        begun: false,
    };
    let first = begun
        .map_err(nothing)?
        .ok_or_else(|| nothing(odd(Oddity::Empty, &headers)))?;
    let object = unnamed && begins_as_object(&first) == Some(true);
    if object || (unnamed && !begins_as_events(&first)) {
        let passed = Passed {
            status,
            headers,
            body: Box::pin(stream::iter([Ok(first)]).chain(body)),
            veil,
        };
        return Err(match object {
            true => in_one_piece(passed, entry).await,
            false => NoAnswer {
                failure: other(passed, String::new()).await,
                begun: false,
            },
        });
    }
    let watched = watched(first, body, veil.over_pieces(), entry.clone());
    let mut response = Response::new(Body::from_stream(watched));
    *response.status_mut() = status;
    *response.headers_mut() = outward(&headers);
    if unnamed {
        let events = HeaderValue::from_static("text/event-stream");
        response.headers_mut().insert(CONTENT_TYPE, events);
    }
    Ok(response)
}

/// What came first, as much as shows what it is; none when nothing came that does.
async fn begun(
    body: &mut Verbatim,
    shows: impl Fn(&[u8]) -> bool,
) -> Result<Option<Bytes>, Failure> {
    let mut begun = Bytes::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        begun = match begun.is_empty() {
            true => chunk,
            false => [begun, chunk].concat().into(),
        };
        if !begun.is_empty() && shows(&begun) {
            return Ok(Some(begun));
        }
    }
    Ok(None)
}

/// What a stream of events can begin with: a field's name, a comment, the end of a line. As much
/// of it as came first.
fn begins_as_events(first: &[u8]) -> bool {
    let first = first.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(first);
    ["event", "data", "id", "retry", ":", "\r", "\n"]
        .iter()
        .any(|begun| first.starts_with(begun.as_bytes()) || begun.as_bytes().starts_with(first))
}

/// Where a stream is.
enum Stage {
    First(Bytes),
    Passing,
    Over,
}

/// The stream, with an error event after it where it broke off, as the Messages API ends a
/// stream that cannot go on. Within an event nothing can be added, and so the connection breaks
/// off as the resource's did. What the resource says of an error loses what it was asked with;
/// nothing else is touched.
fn watched(
    first: Bytes,
    body: Verbatim,
    veiling: Veiling,
    entry: Arc<Entry>,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let state = (Stage::First(first), body, Watch::default(), veiling, entry);
    stream::unfold(
        state,
        |(stage, mut body, mut watch, mut veiling, entry)| async move {
            let next = match stage {
                Stage::First(first) => Some(Ok(first)),
                Stage::Passing => body.next().await,
                Stage::Over => return None,
            };
            let failure = match next {
                Some(Ok(chunk)) => {
                    watch.see(&chunk);
                    watch.counts().for_each(|event| entry.heard(&event));
                    // Many callers go as soon as they know that nothing follows.
                    match watch.end() {
                        Some(End::Stop) => entry.ended(Outcome::Answered),
                        Some(End::Error) => entry.ended(Outcome::BrokeOff),
                        None => {}
                    }
                    let chunk = match watch.error_from() {
                        None => chunk,
                        Some(at) => veiled(&chunk, at, &mut veiling),
                    };
                    return Some((Ok(chunk), (Stage::Passing, body, watch, veiling, entry)));
                }
                _ if watch.end().is_some() => {
                    let kept = veiling.end();
                    return (!kept.is_empty())
                        .then(|| (Ok(kept), (Stage::Over, body, watch, veiling, entry)));
                }
                None => Failure::Cut,
                Some(Err(failure)) => failure,
            };
            tracing::warn!(%failure, "a stream broke off");
            entry.ended(Outcome::BrokeOff);
            let last = match watch.is_between_events() {
                true => Ok(Bytes::from(error_event(&failure))),
                false => Err(io::Error::other(failure)),
            };
            Some((last, (Stage::Over, body, watch, veiling, entry)))
        },
    )
}

/// The same bytes, without what was sent from `at` on.
fn veiled(chunk: &Bytes, at: usize, veiling: &mut Veiling) -> Bytes {
    let hidden = veiling.push(chunk.slice(at..));
    match at {
        0 => hidden,
        _ => [chunk.slice(..at), hidden].concat().into(),
    }
}

/// An answer in one piece, complete.
async fn whole(passed: Passed, surface: Surface, entry: &Entry) -> Result<Response, NoAnswer> {
    let (status, headers) = (passed.status, passed.headers.clone());
    let all = read(passed, surface, entry).await?;
    entry.ended(Outcome::Answered);
    let length = all.len();
    let mut response = Response::new(Body::from(all));
    *response.status_mut() = status;
    *response.headers_mut() = outward(&headers);
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, length.into());
    let json = HeaderValue::from_static("application/json");
    headers.entry(CONTENT_TYPE).or_insert(json);
    Ok(response)
}

/// Reads an answer in one piece to its end, and looks whether it is one.
async fn read(passed: Passed, surface: Surface, entry: &Entry) -> Result<Bytes, NoAnswer> {
    let came = collected(passed).await?;
    match known::entered(&came.all, surface, entry) {
        true => Ok(came.all),
        false => Err(came.no_answer()),
    }
}

/// What came in one piece.
struct Collected {
    headers: HeaderMap,
    all: Bytes,
    veil: Veil,
}

impl Collected {
    /// What is wrong with it where it is no answer.
    fn no_answer(&self) -> NoAnswer {
        let Some(error) = error_in(&self.all) else {
            let kind = content_type(&self.headers);
            let what = match kind == "application/json" && !is_page(&kind, &self.all) {
                true => Oddity::Unreadable("it is no whole message in JSON".to_owned()),
                false => other_content(kind, &self.all),
            };
            let failure = self.veil.failure(odd(what, &self.headers));
            return NoAnswer {
                failure,
                begun: true,
            };
        };
        // It says that there is no answer, so none was written; but what is wrong with the
        // request is wrong everywhere.
        let wrong = ["invalid_request_error", "request_too_large"];
        let begun = error.kind.as_deref().is_some_and(|it| wrong.contains(&it));
        let ids = ids(&self.headers);
        let failure = self.veil.failure(Failure::StreamError { error, ids });
        NoAnswer { failure, begun }
    }
}

/// Reads what comes in one piece to its end.
async fn collected(passed: Passed) -> Result<Collected, NoAnswer> {
    let Passed {
        headers,
        mut body,
        veil,
        ..
    } = passed;
    let begun = |failure| NoAnswer {
        failure: veil.failure(failure),
        begun: true,
    };
    let mut all = BytesMut::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(begun)?;
        if all.len() + chunk.len() > WHOLE {
            return Err(begun(odd(Oddity::TooLong, &headers)));
        }
        all.extend_from_slice(&chunk);
    }
    if all.is_empty() {
        return Err(begun(odd(Oddity::Empty, &headers)));
    }
    let all = all.freeze();
    Ok(Collected { headers, all, veil })
}

/// The error that stands where the answer should, as gateways between send it with a status of
/// success.
fn error_in(bytes: &[u8]) -> Option<Box<ApiError>> {
    let error = ApiError::parse(&String::from_utf8_lossy(bytes))?;
    error.says_something().then(|| Box::new(error))
}

/// What an answer is that is of no form that was asked for.
async fn other(passed: Passed, kind: String) -> Failure {
    let Passed {
        headers,
        mut body,
        veil,
        ..
    } = passed;
    let mut beginning = Vec::new();
    while beginning.len() < BEGINNING {
        match body.next().await {
            Some(Ok(chunk)) => beginning.extend_from_slice(&chunk),
            Some(Err(_)) | None => break,
        }
    }
    let what = match beginning.is_empty() {
        true => Oddity::Empty,
        false => other_content(kind, &beginning),
    };
    veil.failure(odd(what, &headers))
}

/// The beginning is not repeated where it may be an answer's content.
fn other_content(content_type: String, bytes: &[u8]) -> Oddity {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(BEGINNING)]);
    let beginning = match is_page(&content_type, bytes) {
        true => hearth_foundry::called(&text),
        false => "not what was asked for".to_owned(),
    };
    Oddity::OtherContent {
        content_type,
        beginning,
    }
}

fn is_page(content_type: &str, bytes: &[u8]) -> bool {
    content_type.contains("html") || bytes.trim_ascii_start().starts_with(b"<")
}

fn odd(what: Oddity, headers: &HeaderMap) -> Failure {
    Failure::Unexpected {
        what,
        ids: ids(headers),
    }
}

fn ids(headers: &HeaderMap) -> Ids {
    let text = |name: &str| {
        let value = headers.get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    Ids {
        request_id: text("request-id"),
        apim_request_id: text("apim-request-id"),
    }
}

/// The media type in lower case, without its parameters.
fn content_type(headers: &HeaderMap) -> String {
    let value = headers.get(CONTENT_TYPE).map(|value| value.as_bytes());
    let text = String::from_utf8_lossy(value.unwrap_or_default());
    let kind = text.split(';').next().unwrap_or_default();
    kind.trim().to_ascii_lowercase()
}
