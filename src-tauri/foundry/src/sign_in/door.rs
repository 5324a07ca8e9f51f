//! The port that the browser comes back to: one small HTTP server for one sign-in.

use std::convert::Infallible;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderValue, REFERRER_POLICY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;

use super::{Page, Pages};
use crate::credential::{SignInProblem, entra};
use crate::secret::Secret;

/// Most connections at once; browsers open some in advance.
const MOST: usize = 32;
/// Longest time for one connection, the question that it waits for included.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest time for the last answer to leave.
const FAREWELL: Duration = Duration::from_secs(2);
/// Most bytes of a request's head; a code of Entra's has some thousands.
const LONGEST_HEAD: usize = 64 * 1024;

/// Who may come in, and what they are shown.
pub(super) struct Door {
    /// What only the browser knows that was sent out.
    state: Secret,
    pages: Pages,
    visits: mpsc::Sender<Visit>,
}

/// A browser that came back with the right state.
pub(super) struct Visit {
    /// The code, or what the page said instead.
    pub(super) brought: Result<Arc<Secret>, SignInProblem>,
    /// To be told how it ended, for the page that is shown.
    pub(super) told: oneshot::Sender<bool>,
}

impl Door {
    pub(super) fn new(state: Secret, pages: Pages, visits: mpsc::Sender<Visit>) -> Self {
        Self {
            state,
            pages,
            visits,
        }
    }
}

/// Answers whoever comes to `listeners` until `waiting` ends, and the answers that are then on
/// their way leave.
pub(super) async fn open_while<T>(
    listeners: Vec<TcpListener>,
    door: Arc<Door>,
    waiting: impl Future<Output = T>,
) -> T {
    let (closing, closed) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut waiting = pin!(waiting);
    let ended = loop {
        tokio::select! {
            ended = &mut waiting => break ended,
            stream = accept(&listeners), if connections.len() < MOST => {
                connections.spawn(serve(stream, door.clone(), closed.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    };
    drop(listeners);
    // Connections that nothing was asked on end at once, the others after their answer.
    let _ = closing.send(true);
    let leaving = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(FAREWELL, leaving).await;
    ended
}

/// The next connection from this machine.
async fn accept(listeners: &[TcpListener]) -> TcpStream {
    loop {
        let next = listeners.iter().map(|listener| Box::pin(listener.accept()));
        let (accepted, ..) = futures_util::future::select_all(next).await;
        match accepted {
            Ok((stream, peer)) if peer.ip().is_loopback() => return stream,
            Ok(_) => {}
            // Too many open files, for a while.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(stream: TcpStream, door: Arc<Door>, mut closed: watch::Receiver<bool>) {
    let service = service_fn(|request| answer(&door, request));
    let mut connection = pin!(
        http1::Builder::new()
            .keep_alive(false)
            .max_buf_size(LONGEST_HEAD)
            .serve_connection(TokioIo::new(stream), service)
    );
    let serving = async {
        tokio::select! {
            served = &mut connection => served,
            _ = closed.changed() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        }
    };
    // Whoever does not speak HTTP, or too slowly, is of no interest.
    let _ = tokio::time::timeout(PATIENCE, serving).await;
}

async fn answer(door: &Door, request: Request<Incoming>) -> Result<Response<String>, Infallible> {
    if request.method() != Method::GET || request.uri().path() != "/" {
        return Ok(bare(StatusCode::NOT_FOUND));
    }
    let query = Query::read(request.uri().query().unwrap_or_default());
    if query.state.as_deref() != Some(door.state.expose()) {
        return Ok(page(StatusCode::BAD_REQUEST, &door.pages.failed));
    }
    let (told, hears) = oneshot::channel();
    let brought = query.brought();
    // Of several browsers with the same page, the first decides.
    let came = door.visits.try_send(Visit { brought, told });
    if came.is_ok() && hears.await == Ok(true) {
        return Ok(page(StatusCode::OK, &door.pages.done));
    }
    Ok(page(StatusCode::OK, &door.pages.failed))
}

/// What the authority sent the browser back with.
#[derive(Default)]
struct Query {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    description: Option<String>,
}

impl Query {
    fn read(query: &str) -> Self {
        let mut read = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let place = match name.as_ref() {
                "state" => &mut read.state,
                "code" => &mut read.code,
                "error" => &mut read.error,
                "error_description" => &mut read.description,
                _ => continue,
            };
            // The first counts; who says something twice has something in mind.
            place.get_or_insert(value.into_owned());
        }
        read
    }

    fn brought(self) -> Result<Arc<Secret>, SignInProblem> {
        match (self.error, self.code) {
            (None, Some(code)) if !code.is_empty() => Ok(Arc::new(Secret::new(code))),
            (error, _) => {
                let error = error.as_deref().unwrap_or("no code");
                Err(entra::described(
                    Some(error),
                    self.description.as_deref(),
                    &[],
                ))
            }
        }
    }
}

fn page(status: StatusCode, page: &Page) -> Response<String> {
    let mut response = bare(status);
    *response.body_mut() = page.html();
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

fn bare(status: StatusCode) -> Response<String> {
    let mut response = Response::new(String::new());
    *response.status_mut() = status;
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}
