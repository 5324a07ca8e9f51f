//! A small HTTP service: requests that are read whole, answers in one piece. Entra and the
//! managed identity are such; Foundry, which streams, is not.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::accepting::{Line, accept, secured};
use crate::clock::Clock;

/// More than any form.
const MOST_BODY: usize = 1024 * 1024;
const BODY_WITHIN: Duration = Duration::from_secs(60);

/// A request, read whole.
#[derive(Debug)]
pub(crate) struct Called {
    pub(crate) method: String,
    /// The path without the query.
    pub(crate) path: String,
    pub(crate) query: Fields,
    pub(crate) headers: HeaderMap,
    /// The body as a form.
    pub(crate) form: Fields,
}

impl Called {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The fields of a form or of a query, in their order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    pub(crate) fn parse(bytes: &[u8]) -> Fields {
        Fields(form_urlencoded::parse(bytes).into_owned().collect())
    }

    /// The first of that name that is not empty.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let mut named = self.0.iter().filter(|(key, _)| key == name);
        let (_, value) = named.find(|(_, value)| !value.is_empty())?;
        Some(value)
    }
}

/// What is done about a request.
pub(crate) enum Deed {
    Say(Said),
    /// The connection closes without an answer.
    HangUp,
    /// The connection stays open without an answer.
    Stall,
}

/// An answer.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Said {
    pub(crate) fn json(status: u16, body: &serde_json::Value) -> Said {
        Said {
            status,
            content_type: "application/json; charset=utf-8",
            headers: vec![("cache-control", "no-store".to_owned())],
            body: body.to_string(),
        }
    }

    pub(crate) fn html(status: u16, body: String) -> Said {
        Said {
            status,
            content_type: "text/html; charset=utf-8",
            headers: vec![("cache-control", "no-store".to_owned())],
            body,
        }
    }

    /// 302, as Entra sends a browser back.
    pub(crate) fn redirect(location: String) -> Said {
        Said {
            headers: vec![("location", location)],
            ..Said::html(302, String::new())
        }
    }
}

/// Who decides.
pub(crate) type Decide = Arc<dyn Fn(&Called) -> Deed + Send + Sync>;

/// All that a connection needs.
#[derive(Clone)]
pub(crate) struct Desk {
    pub(crate) tls: Option<Arc<ServerConfig>>,
    pub(crate) clock: Clock,
    pub(crate) decide: Decide,
    /// While true, answers that are ready wait.
    pub(crate) held: watch::Receiver<bool>,
}

/// Serves until the token is cancelled.
pub(crate) async fn serve(listener: TcpListener, desk: Desk, stopping: CancellationToken) {
    accept(listener, stopping, |socket| {
        let desk = desk.clone();
        async move {
            if let Some(line) = secured(socket, desk.tls.as_ref()).await {
                connection(line, desk).await;
            }
        }
    })
    .await;
}

async fn connection(line: Line, desk: Desk) {
    let service = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move { answer(request, &desk).await }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .serve_connection(TokioIo::new(line), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

#[derive(Debug, thiserror::Error)]
#[error("hung up without an answer")]
struct HungUp;

async fn answer(request: Request<Incoming>, desk: &Desk) -> Result<Response<Body>, HungUp> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST_BODY).collect();
    let body = match tokio::time::timeout(BODY_WITHIN, body).await {
        Ok(Ok(body)) => body.to_bytes(),
        // Too long, broken off, or dawdling.
        Ok(Err(_)) | Err(_) => return Err(HungUp),
    };
    let called = Called {
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()),
        headers: parts.headers,
        form: Fields::parse(&body),
    };
    match (desk.decide)(&called) {
        Deed::HangUp => Err(HungUp),
        Deed::Stall => std::future::pending().await,
        Deed::Say(said) => {
            // Who held them is gone: nobody will let them go.
            if desk.held.clone().wait_for(|held| !held).await.is_err() {
                return Err(HungUp);
            }
            Ok(response(said, &desk.clock))
        }
    }
}

fn response(said: Said, clock: &Clock) -> Response<Body> {
    let mut response = Response::new(Body::from(said.body));
    *response.status_mut() = StatusCode::from_u16(said.status).unwrap_or_default();
    let own = [
        ("content-type", said.content_type.to_owned()),
        ("date", clock.http_date()),
        ("x-hearth-emulator", "1".to_owned()),
    ];
    for (name, value) in own.into_iter().chain(said.headers) {
        if let Ok(value) = HeaderValue::try_from(value) {
            let name = HeaderName::from_static(name);
            response.headers_mut().insert(name, value);
        }
    }
    response
}
