//! What came back: an answer, or one of the many things that are none.

use std::time::{Duration, SystemTime};

use futures_util::StreamExt;
use hearth_wire::{ApiError, BadResponse, Response, StreamEvent};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, LOCATION, WWW_AUTHENTICATE};

use super::asking::Form;
use super::body::{self, BodyError, Bytestream};
use crate::failure::{Clock, Failure, Ids, Oddity, Rejection};
use crate::retry;
use crate::sse::{self, SseError};

/// Most bytes of a body that explains a failure.
const EXPLANATION: usize = 256 * 1024;
/// Longest time for it.
const EXPLANATION_TIME: Duration = Duration::from_secs(10);
/// Most bytes of an answer in one piece; as many as a request may have.
const WHOLE: usize = 32 * 1024 * 1024;
/// Most bytes of the events of an answer, which is kept for as long as it comes: the longest that
/// a model writes, token by token, is a quarter of it.
const STREAMED: usize = 64 * 1024 * 1024;

/// An answer with a status of success, unread.
pub(super) struct Answer {
    pub(super) ids: Ids,
    pub(super) emulator: bool,
    response: reqwest::Response,
}

/// Refusals and redirects become failures here.
pub(super) async fn judge(response: reqwest::Response) -> Result<Answer, Failure> {
    let status = response.status();
    let headers = response.headers();
    let ids = ids(headers);
    if status.is_redirection() {
        return Err(redirected(status, headers));
    }
    if !status.is_success() {
        return Err(Failure::Rejected(Box::new(rejection(response, ids).await)));
    }
    let emulator = headers.contains_key("x-hearth-emulator");
    Ok(Answer {
        ids,
        emulator,
        response,
    })
}

/// The ids under which an answer can be found.
pub(super) fn ids(headers: &HeaderMap) -> Ids {
    Ids {
        request_id: text(headers, "request-id"),
        apim_request_id: text(headers, "apim-request-id"),
    }
}

/// A redirect, which is never followed.
pub(super) fn redirected(status: StatusCode, headers: &HeaderMap) -> Failure {
    Failure::Redirected {
        status: status.as_u16(),
        to: text(headers, LOCATION.as_str()).map(|to| shortened(&to)),
        ids: ids(headers),
    }
}

/// What an answer turned out to be. Gateways answer in one piece where a stream was asked
/// for, and the reverse, so that is for the content type to say, and for the form that was
/// asked for only where there is none.
pub(super) enum Content {
    Events(Box<Events>),
    Whole(Whole),
}

impl Answer {
    /// The response itself, unread, and its ids.
    pub(super) fn unread(self) -> (reqwest::Response, Ids) {
        (self.response, self.ids)
    }

    /// The answer as what it is.
    pub(super) async fn content(self, asked: Form, idle: Duration) -> Result<Content, Failure> {
        let Self { ids, response, .. } = self;
        let content_type = text(response.headers(), CONTENT_TYPE.as_str()).unwrap_or_default();
        let Some(form) = form(&content_type, asked) else {
            return Err(Failure::Unexpected {
                what: other_content(response, content_type).await,
                ids,
            });
        };
        let bytes = body::chunks(response, idle);
        let (in_one_piece, bytes) = match form {
            Form::Events if content_type.is_empty() => body::object_or_not(bytes).await,
            form => (form == Form::Whole, bytes),
        };
        Ok(match in_one_piece {
            true => Content::Whole(Whole {
                bytes,
                content_type,
                ids,
            }),
            false => Content::Events(Box::new(Events {
                events: sse::Events::new(bytes),
                ids,
                any: false,
                bytes: 0,
            })),
        })
    }
}

/// An answer in one piece, unread.
pub(super) struct Whole {
    bytes: Bytestream,
    content_type: String,
    ids: Ids,
}

impl Whole {
    pub(super) async fn read(self) -> Result<Response, Failure> {
        let Self {
            bytes,
            content_type,
            ids,
        } = self;
        let odd = |what| Failure::Unexpected {
            what,
            ids: ids.clone(),
        };
        let bytes = body::whole(bytes, WHOLE)
            .await
            .map_err(|error| match error {
                BodyError::Stalled => Failure::Stalled,
                BodyError::Broken(_) => Failure::Cut,
                BodyError::TooLong => odd(Oddity::TooLong),
            })?;
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_start_matches('\u{FEFF}').trim();
        if text.is_empty() {
            return Err(odd(Oddity::Empty));
        }
        match Response::parse(text) {
            Ok(message) => Ok(message),
            Err(BadResponse::Json(error)) => Err(odd(Oddity::Unreadable(error.to_string()))),
            Err(BadResponse::NoContent) => match ApiError::parse(text) {
                Some(error) if error.says_something() => Err(Failure::StreamError {
                    error: Box::new(error),
                    ids,
                }),
                Some(_) | None => Err(odd(Oddity::OtherContent {
                    content_type,
                    beginning: shortened(text),
                })),
            },
        }
    }
}

/// The events of an answer.
pub(super) struct Events {
    events: sse::Events<Bytestream>,
    ids: Ids,
    any: bool,
    /// Of the events so far.
    bytes: usize,
}

impl Events {
    /// The next event with its data as it came. The end of the stream is a failure: whoever has
    /// seen `message_stop` does not ask again.
    pub(super) async fn next(&mut self) -> Result<(StreamEvent, String), Failure> {
        loop {
            let event = match self.events.next().await {
                Some(Ok(event)) => event,
                Some(Err(error)) => return Err(self.broken(error)),
                None if self.any => return Err(Failure::Cut),
                None => return Err(self.odd(Oddity::Empty)),
            };
            // An event without data says nothing; the official SDKs pass over it too.
            if event.data.is_empty() {
                continue;
            }
            self.any = true;
            self.bytes += event.data.len();
            if self.bytes > STREAMED {
                return Err(self.odd(Oddity::TooLong));
            }
            return match StreamEvent::parse(&event.name, &event.data) {
                Ok(StreamEvent::Error(error)) => Err(Failure::StreamError {
                    error: Box::new(error),
                    ids: self.ids.clone(),
                }),
                Ok(read) => Ok((read, event.data)),
                Err(error) => Err(self.odd(Oddity::Unreadable(error.to_string()))),
            };
        }
    }

    /// After `message_stop`: reads what is left, which is the end of the body, so that the
    /// connection can be used again. Nobody waits for it, and it does not last.
    pub(super) fn leave(mut self: Box<Self>) {
        tokio::spawn(tokio::time::timeout(Duration::from_secs(2), async move {
            while let Some(Ok(_)) = self.events.next().await {}
        }));
    }

    fn broken(&self, error: SseError<BodyError>) -> Failure {
        match error {
            SseError::Transport(BodyError::Stalled) => Failure::Stalled,
            SseError::Transport(BodyError::Broken(error)) => {
                tracing::debug!(error = %crate::network::words_of(&error), "a stream broke");
                Failure::Cut
            }
            SseError::Transport(BodyError::TooLong) | SseError::TooLong => {
                self.odd(Oddity::TooLong)
            }
            SseError::Malformed => self.odd(Oddity::Unreadable(error.to_string())),
        }
    }

    fn odd(&self, what: Oddity) -> Failure {
        Failure::Unexpected {
            what,
            ids: self.ids.clone(),
        }
    }
}

async fn rejection(response: reqwest::Response, ids: Ids) -> Rejection {
    let status = response.status();
    let headers = response.headers().clone();
    let body = body::beginning(response, EXPLANATION, EXPLANATION_TIME).await;
    refusal(status, &headers, ids, &String::from_utf8_lossy(&body))
}

/// What comes of a refusal's body, as bytes; the rest of a long one can be read afterwards.
pub(super) async fn explanation_of(body: &mut Bytestream) -> (Vec<u8>, body::Read) {
    body::begun(body, EXPLANATION, EXPLANATION_TIME).await
}

/// A status of failure, with what its headers and its body say.
pub(super) fn refusal(status: StatusCode, headers: &HeaderMap, ids: Ids, body: &str) -> Rejection {
    let clock = clock(headers);
    // A moment to wait for is one of the other side's clock.
    let now = clock.map_or_else(SystemTime::now, |clock| clock.theirs);
    let retry_after = retry::retry_after(headers, now);
    let should_retry = retry::should_retry(headers);
    let tenant = wanted_tenant(headers);
    let error = ApiError::parse(body).unwrap_or_default();
    let message = if error.message.is_empty() {
        explanation(body, status)
    } else {
        error.message
    };
    Rejection {
        status: status.as_u16(),
        kind: error.kind,
        code: error.code,
        request_id: ids.request_id.or(error.request_id),
        apim_request_id: ids.apim_request_id,
        retry_after: retry_after.or_else(|| retry::retry_after_in_words(&message)),
        should_retry,
        token: None,
        tenant,
        clock,
        attempts: 1,
        message,
    }
}

/// The directory that `www-authenticate` sends a client to, where it is named by its id. Names
/// such as `common` are no directory.
fn wanted_tenant(headers: &HeaderMap) -> Option<String> {
    let challenges = headers.get_all(WWW_AUTHENTICATE).iter();
    let mut named = challenges.filter_map(|challenge| {
        let (_, after) = challenge.to_str().ok()?.split_once("authorization_uri=")?;
        let address = after.trim_start_matches('"');
        let address = address.split(['"', ',', ' ']).next()?;
        let tenant = address.strip_prefix("https://")?.split('/').nth(1)?;
        uuid_like(tenant).then(|| tenant.to_ascii_lowercase())
    });
    named.next()
}

fn uuid_like(text: &str) -> bool {
    let digits = |part: &str| part.chars().all(|it| it.is_ascii_hexdigit());
    text.split('-').map(str::len).eq([8, 4, 4, 4, 12]) && text.split('-').all(digits)
}

/// What time the answer says it is.
fn clock(headers: &HeaderMap) -> Option<Clock> {
    let date = headers.get(DATE)?.to_str().ok()?;
    Some(Clock {
        theirs: httpdate::parse_http_date(date).ok()?,
        ours: SystemTime::now(),
    })
}

async fn other_content(response: reqwest::Response, content_type: String) -> Oddity {
    let body = body::beginning(response, EXPLANATION, EXPLANATION_TIME).await;
    let body = String::from_utf8_lossy(&body);
    if body.trim().is_empty() {
        return Oddity::Empty;
    }
    Oddity::OtherContent {
        content_type,
        beginning: called(&body),
    }
}

/// What a body says that is no API error: a page's title, or the text itself.
fn explanation(body: &str, status: StatusCode) -> String {
    let text = title(body).unwrap_or(body).trim();
    if text.is_empty() || text.starts_with('<') {
        return status
            .canonical_reason()
            .unwrap_or("unknown status")
            .to_owned();
    }
    shortened(text)
}

/// What a page that came in an answer's place calls itself, or else how it begins: at most 300
/// characters, on one line.
#[must_use]
pub fn called(page: &str) -> String {
    shortened(title(page).unwrap_or(page))
}

fn title(page: &str) -> Option<&str> {
    let lower = page.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower[start..].find("</title>")?;
    Some(page[start..end].trim())
}

/// At most 300 characters, on one line.
pub(super) fn shortened(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// A missing content type is forgiven, because proxies lose it: what follows is what was
/// asked for, or an object where a stream was, or fails.
fn form(content_type: &str, asked: Form) -> Option<Form> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    match kind.to_ascii_lowercase().as_str() {
        "" => Some(asked),
        "text/event-stream" => Some(Form::Events),
        "application/json" => Some(Form::Whole),
        _ => None,
    }
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_directory_that_a_challenge_names() {
        let wanted = |challenge: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            wanted_tenant(&headers)
        };
        let id = "22222222-2222-4222-8222-222222222222";
        for challenge in [
            "Bearer authorization_uri=\"https://login.windows.net/22222222-2222-4222-8222-222222222222\", error=\"invalid_token\"",
            "Bearer realm=\"\", authorization_uri=https://login.microsoftonline.com/22222222-2222-4222-8222-222222222222/oauth2/authorize, client_id=x",
        ] {
            assert_eq!(wanted(challenge).as_deref(), Some(id), "{challenge}");
        }
        for challenge in [
            "Bearer authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\"",
            "Bearer authorization_uri=\"http://evil.example/22222222-2222-4222-8222-222222222222\"",
            "Bearer authorization_uri=\"https://login.windows.net/\"",
            "Bearer authorization_uri=",
            "Basic realm=\"22222222-2222-4222-8222-222222222222\"",
        ] {
            assert_eq!(wanted(challenge), None, "{challenge}");
        }
    }
}
