//! The gateway's addresses, and the way of a request: the door, the key, the kind, the size, the
//! model, and then on to the resource.

use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Extension, Path, Query, Request, State};
use axum::handler::Handler;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, get, post};
use hearth_foundry::Surface;
use hearth_wire::openai::request::{Policy, Sent};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, CONNECTION, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use jiff::Timestamp;
use serde_json::json;
use tokio::sync::mpsc::Sender;
use tokio_util::sync::CancellationToken;

use crate::admission::{self, Room, TRANSLATED};
use crate::catalogue::Catalogue;
use crate::chat::{self, Chat};
use crate::course::{self, Passage};
use crate::door::Door;
use crate::head::Head;
use crate::headers::inward;
use crate::keys::{Key, Keys};
use crate::listing::{self, Page};
use crate::nowhere::{nowhere, only_read, only_read_by_name, only_taken};
use crate::recording::{Entry, Record, Route};
use crate::refusal::{Dialect, Refusal};
use crate::server::Lent;

/// The headers of an answer that pages may read besides those that every page may.
const TOLD: &str =
    "x-hearth-dropped-params, retry-after, request-id, x-request-id, apim-request-id";

/// What is lent, to whom and through which door: the same for a request from its beginning to its
/// end, whatever is lent to those that come later.
#[derive(Debug)]
pub(crate) struct Open {
    /// Its keys are those below.
    pub(crate) lent: Arc<Lent>,
    /// Who may ask; none lets in everybody on this machine.
    pub(crate) keys: Option<Keys>,
    pub(crate) door: Door,
}

/// All that a request needs.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) open: RwLock<Arc<Open>>,
    pub(crate) recorder: Option<Sender<Record>>,
    pub(crate) listening: SocketAddr,
    pub(crate) most_body: usize,
    pub(crate) body_idle: Duration,
    /// Bytes of bodies that may be held at once.
    pub(crate) room: Room,
}

impl Site {
    /// What is open to a request that comes now.
    fn open(&self) -> Arc<Open> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        open.clone()
    }

    /// Opens something else to the requests that come from now on.
    pub(crate) fn reopen(&self, open: Open) {
        let mut now = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(open);
    }

    /// Lends the same as before, to these only.
    pub(crate) fn narrow(&self, keys: Keys, door: Door) {
        let mut now = self.open.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(Open {
            lent: now.lent.clone(),
            keys: Some(keys),
            door,
        });
    }
}

/// Whether anybody on a connection has asked anything yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(CancellationToken);

impl Heard {
    pub(crate) fn is_something(&self) -> bool {
        self.0.is_cancelled()
    }

    /// Somebody has asked with this.
    fn by(request: &Request) {
        if let Some(heard) = request.extensions().get::<Self>() {
            heard.0.cancel();
        }
    }
}

/// Whoever was let in.
#[derive(Clone)]
struct Caller {
    open: Arc<Open>,
    /// The key it came with; none where there are no keys.
    key: Option<Arc<Key>>,
}

impl Caller {
    fn key(&self) -> Option<&Key> {
        self.key.as_deref()
    }

    fn catalogue(&self) -> &Catalogue {
        &self.open.lent.catalogue
    }

    fn name(&self) -> &str {
        self.key().map_or("anybody", |key| &key.name)
    }
}

pub(crate) fn router(site: Arc<Site>) -> Router {
    let behind = Router::new()
        .route("/anthropic/v1/messages", taken(messages))
        .route("/v1/messages", taken(messages))
        .route("/anthropic/v1/messages/count_tokens", taken(count_tokens))
        .route("/v1/messages/count_tokens", taken(count_tokens))
        .route("/chat/completions", taken(chat_completions))
        .route("/v1/chat/completions", taken(chat_completions))
        .route("/models", get(models).fallback(only_read))
        .route("/v1/models", get(models).fallback(only_read))
        .route("/anthropic/v1/models", get(models).fallback(only_read))
        .route("/models/{*id}", named())
        .route("/v1/models/{*id}", named())
        .route("/anthropic/v1/models/{*id}", named())
        .route("/health", get(health).fallback(only_read))
        .route("/", get(health).fallback(only_read))
        .fallback(nowhere)
        .with_state(site.clone());
    // Around all of it, so that what turns somebody away says nothing of what is behind it.
    Router::new()
        .fallback_service(behind)
        .layer(middleware::from_fn_with_state(site, admit))
}

/// An address that takes what is posted, and nothing else.
fn taken<T: 'static>(handler: impl Handler<T, Arc<Site>>) -> MethodRouter<Arc<Site>> {
    post(handler).fallback(only_taken)
}

/// An address of one model.
fn named() -> MethodRouter<Arc<Site>> {
    get(model).fallback(only_read_by_name)
}

/// Nothing behind this is reached without having passed the door and shown a key.
async fn admit(State(site): State<Arc<Site>>, mut request: Request, next: Next) -> Response {
    let dialect = Dialect::of(request.uri().path(), request.headers());
    let open = site.open();
    let page = match open
        .door
        .pass(request.headers(), request.uri(), site.listening)
    {
        Ok(page) => page,
        Err(shut) => return turn_away(request, &shut.into(), dialect, None).await,
    };
    if let Some(page) = &page
        && request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(ACCESS_CONTROL_REQUEST_METHOD)
    {
        return leave_to_ask(request.headers(), page);
    }
    let key = match &open.keys {
        None => None,
        Some(keys) => match keys.admit(request.headers(), Timestamp::now()) {
            Ok(key) => Some(key.clone()),
            Err(refused) => return turn_away(request, &refused.into(), dialect, page).await,
        },
    };
    Heard::by(&request);
    request.extensions_mut().insert(Caller { open, key });
    shown_to(next.run(request).await, page)
}

async fn turn_away(
    request: Request,
    refusal: &Refusal,
    dialect: Dialect,
    page: Option<HeaderValue>,
) -> Response {
    tracing::info!(status = refusal.status.as_u16(), "turned away");
    Heard::by(&request);
    let (parts, body) = request.into_parts();
    admission::throw_away(&parts.headers, body).await;
    let mut response = refusal.response(dialect);
    // Who has shown no key keeps no place that others need.
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    shown_to(response, page)
}

/// A page that is let in may read the answer; no other may.
fn shown_to(mut response: Response, page: Option<HeaderValue>) -> Response {
    if let Some(page) = page {
        let headers = response.headers_mut();
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, page);
        headers.insert(
            ACCESS_CONTROL_EXPOSE_HEADERS,
            HeaderValue::from_static(TOLD),
        );
        headers.append(VARY, HeaderValue::from_static("origin"));
    }
    response
}

/// What a browser asks before it lets a page ask
/// (<https://fetch.spec.whatwg.org/#http-cors-protocol>).
fn leave_to_ask(asked: &HeaderMap, page: &HeaderValue) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    if let Some(wanted) = asked.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(
        ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    shown_to(response, Some(page.clone()))
}

async fn messages(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    as_it_is(&site, &caller, request, Route::Messages, Surface::Messages).await
}

async fn count_tokens(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    as_it_is(
        &site,
        &caller,
        request,
        Route::CountTokens,
        Surface::CountTokens,
    )
    .await
}

async fn as_it_is(
    site: &Site,
    caller: &Caller,
    request: Request,
    route: Route,
    surface: Surface,
) -> Response {
    recorded(site, caller, route, async |entry| {
        let answered = passed_on(site, caller, &entry, request, surface).await;
        answered.unwrap_or_else(|refusal| refusal.response(Dialect::Anthropic))
    })
    .await
}

/// A request for an answer or a count, entered in the records.
async fn recorded(
    site: &Site,
    caller: &Caller,
    route: Route,
    answering: impl AsyncFnOnce(Arc<Entry>) -> Response,
) -> Response {
    let entry = Entry::new(site.recorder.clone(), route, caller.key());
    let entry = Arc::new(entry);
    let response = answering(entry.clone()).await;
    let status = response.status();
    entry.told(status);
    tracing::info!(
        key = caller.name(),
        ?route,
        model = entry.model(),
        status = status.as_u16(),
        "answered"
    );
    response
}

/// The body of a request, if it is one that is read.
async fn body_of(
    site: &Site,
    headers: &HeaderMap,
    body: Body,
    weight: usize,
) -> Result<admission::Read, Refusal> {
    if let Err(refusal) = admission::is_json(headers) {
        admission::throw_away(headers, body).await;
        return Err(refusal);
    }
    let (most, idle) = (site.most_body, site.body_idle);
    admission::read(headers, body, most, idle, &site.room, weight).await
}

async fn passed_on(
    site: &Site,
    caller: &Caller,
    entry: &Arc<Entry>,
    request: Request,
    surface: Surface,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let read = body_of(site, &parts.headers, body, 1).await?;
    let head = Head::read(&read.bytes)
        .map_err(|wrong| Refusal::new(StatusCode::BAD_REQUEST, wrong.to_string()))?;
    entry.asks_for(&head.model);
    let asked = head.model.clone();
    let known = allowed(caller, &asked)?;
    let request = course::Request::Messages(Passage {
        surface,
        query: parts.uri.query().map(str::to_owned),
        headers: inward(&parts.headers),
        head,
        body: read.bytes.clone(),
    });
    Ok(course::run(caller.catalogue(), known, &request, entry).await)
}

/// The name by which the catalogue has the model, if the caller may ask for it.
fn allowed<'a>(caller: &Caller, asked: &'a str) -> Result<&'a str, Refusal> {
    let may_ask = |name: &str| caller.key().is_none_or(|key| key.may_ask(name));
    let Some(known) = caller.catalogue().known(asked) else {
        let names: Vec<_> = caller
            .catalogue()
            .names()
            .map(|(name, _)| name)
            .filter(|name| may_ask(name))
            .collect();
        let message = format!(
            "model: there is none of this name; there are: {}",
            names.join(", ")
        );
        return Err(Refusal::new(StatusCode::NOT_FOUND, message));
    };
    match may_ask(known) {
        true => Ok(known),
        false => Err(Refusal::new(
            StatusCode::FORBIDDEN,
            "model: this key of the gateway may not ask for it: change the key in Hearth's settings or in the gateway's configuration, or use another",
        )),
    }
}

async fn chat_completions(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    recorded(&site, &caller, Route::Chat, async |entry| {
        let answered = translated(&site, &caller, &entry, request).await;
        answered.unwrap_or_else(|refusal| refusal.response(Dialect::OpenAi))
    })
    .await
}

async fn translated(
    site: &Site,
    caller: &Caller,
    entry: &Arc<Entry>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    let read = body_of(site, &parts.headers, body, TRANSLATED).await?;
    let (body, place) = (read.bytes, read.place);
    let reading = move || {
        let sent = Sent::read(&body)?;
        Ok((sent.head()?.model, sent))
    };
    let (asked, sent) = match admission::aside(&place, reading).await {
        Ok(read) => read,
        Err(refused) => return Ok(chat::refused_with(&refused)),
    };
    entry.asks_for(&asked);
    let known = allowed(caller, &asked)?;
    let policy = Policy {
        drop_params: caller.open.lent.drop_params,
        default_max_tokens: caller.open.lent.default_max_tokens,
    };
    let request = course::Request::Chat(Chat::new(sent, place, &parts.headers, policy));
    Ok(course::run(caller.catalogue(), known, &request, entry).await)
}

async fn models(
    Extension(caller): Extension<Caller>,
    page: Result<Query<Page>, QueryRejection>,
    request: Request,
) -> Response {
    let page = page.as_ref().map(|Query(page)| page).ok();
    let list = page.and_then(|page| listing::list(caller.catalogue(), caller.key(), page));
    match list {
        Some(list) => Json(list).into_response(),
        None => {
            let message = "limit, after_id, before_id: a number, and ids of models that there are";
            let refusal = Refusal::new(StatusCode::BAD_REQUEST, message);
            refusal.response(Dialect::of(request.uri().path(), request.headers()))
        }
    }
}

async fn model(
    Extension(caller): Extension<Caller>,
    id: Result<Path<String>, PathRejection>,
    request: Request,
) -> Response {
    // What is no text is no name either.
    let id = id.as_ref().map(|Path(id)| id).ok();
    match id.and_then(|id| listing::one(caller.catalogue(), caller.key(), id)) {
        Some(model) => Json(model).into_response(),
        None => {
            let refusal = Refusal::new(
                StatusCode::NOT_FOUND,
                "model: there is none of this name; /v1/models lists those that this key may ask for",
            );
            refusal.response(Dialect::of(request.uri().path(), request.headers()))
        }
    }
}

async fn health() -> Response {
    Json(json!({"status": "ok"})).into_response()
}

#[cfg(test)]
mod tests;
