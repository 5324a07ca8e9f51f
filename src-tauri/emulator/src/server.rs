//! Sockets: accepting, reading requests, writing answers, noticing who has gone.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::accepting::{Line, accept, secured};
use crate::answer::{Answer, Resource};
use crate::faults::Rudeness;
use crate::log::{Ending, Log, Open, Received};
use crate::pour::{self, Pace};
use crate::random::Random;
use crate::saying::Saying;
use crate::wire::{Socket, Wire};

/// The API's limit on a request.
const MOST_BODY: usize = 32 * 1024 * 1024;
/// What is read and thrown away beyond it, so that the client hears the refusal.
const MOST_DISCARDED: usize = 256 * 1024 * 1024;
const HEAD_WITHIN: Duration = Duration::from_secs(300);
const BODY_WITHIN: Duration = Duration::from_secs(60);

/// Looks at a request before its answer begins.
pub(crate) type OnRequest = Arc<dyn Fn(&Received) + Send + Sync>;

/// All that a connection needs.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) resource: Arc<Resource>,
    pub(crate) log: Log,
    pub(crate) pace: Pace,
    pub(crate) on_request: Option<OnRequest>,
    pub(crate) tls: Option<Arc<ServerConfig>>,
}

/// Serves until the token is cancelled; then every connection is closed at once.
pub(crate) async fn serve(listener: TcpListener, site: Site, stopping: CancellationToken) {
    let tls = site.tls.clone();
    let router = Router::new().fallback(handle).with_state(site);
    accept(listener, stopping, |socket| {
        let (router, tls) = (router.clone(), tls.clone());
        async move {
            let wire = Wire::default();
            let socket = Socket::new(socket, wire.clone());
            if let Some(line) = secured(socket, tls.as_ref()).await {
                connection(line, wire, router).await;
            }
        }
    })
    .await;
}

async fn connection(line: Line, wire: Wire, router: Router) {
    let inner = TowerToHyperService::new(router);
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(wire.clone());
        let answering = inner.call(request);
        async move {
            let Ok(response) = answering.await;
            match response.extensions().get::<HangUp>() {
                Some(HangUp) => Err(HungUp),
                None => Ok(response),
            }
        }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_WITHIN)
        .serve_connection(TokioIo::new(line), service)
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Marks a response that is never sent.
#[derive(Clone)]
struct HangUp;

#[derive(Debug, thiserror::Error)]
#[error("hung up without an answer, as asked")]
struct HungUp;

async fn handle(State(site): State<Site>, request: Request) -> Result<Response, Infallible> {
    let (parts, body) = request.into_parts();
    let (body, size) = match tokio::time::timeout(BODY_WITHIN, read(body)).await {
        Ok(Some(read)) => read,
        // The client went away or dawdles: nobody waits for an answer.
        Ok(None) | Err(_) => return Ok(hang_up()),
    };
    let body = String::from_utf8_lossy(&body).into_owned();
    let wire = parts.extensions.get::<Wire>().cloned().unwrap_or_default();
    let exchange = site.log.begin(Received {
        n: 0,
        method: parts.method.to_string(),
        path: parts.uri.to_string(),
        headers: parts.headers,
        deployment: deployment(&body),
        body,
    });
    if let Some(look) = &site.on_request {
        look(&exchange.received);
    }
    Ok(answer(&site, exchange, size, wire).await)
}

async fn answer(site: &Site, mut exchange: Open, size: Size, wire: Wire) -> Response {
    let mut random = Random::of(site.resource.seed, "request", exchange.received.n);
    let request_id = format!("req_01{}", random.letters(22));
    let too_large = matches!(size, Size::TooLarge);
    match site
        .resource
        .answer(&exchange.received, too_large, &request_id)
    {
        Answer::HangUp(rudeness) => {
            if rudeness == Rudeness::Reset {
                wire.reset_at_end();
            }
            exchange.end(Ending::Broken);
            hang_up()
        }
        Answer::Silence => std::future::pending().await,
        Answer::Say(mut saying) => {
            if !saying.delay.is_zero() {
                tokio::time::sleep(saying.delay).await;
            }
            exchange.answering(saying.status);
            let steps = std::mem::take(&mut saying.steps);
            let body = pour::body(steps, site.pace, exchange, wire);
            let date = site.resource.door.clock.http_date();
            say(body, saying, &request_id, date, &mut random)
        }
    }
}

fn say(
    body: Body,
    saying: Saying,
    request_id: &str,
    date: String,
    random: &mut Random,
) -> Response {
    let apim_id = u128::from(random.next()) << 64 | u128::from(random.next());
    let apim_id = uuid::Builder::from_random_bytes(apim_id.to_be_bytes()).into_uuid();
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(saying.status).unwrap_or_default();
    let content_type = saying
        .content_type
        .map(|kind| (header::CONTENT_TYPE.as_str(), kind.to_owned()));
    let own = [
        ("request-id", request_id.to_owned()),
        ("apim-request-id", apim_id.to_string()),
        ("x-hearth-emulator", "1".to_owned()),
        ("date", date),
    ];
    let own = content_type.into_iter().chain(own);
    let own = own.map(|(name, value)| (name.to_owned(), value));
    // A script's headers come last: they replace the emulator's own.
    for (name, value) in own.chain(saying.headers) {
        let header = (HeaderName::try_from(name), HeaderValue::try_from(value));
        if let (Ok(name), Ok(value)) = header {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn hang_up() -> Response {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

enum Size {
    Fits,
    TooLarge,
}

/// The body, or none when it broke off. Beyond the limit nothing is kept.
async fn read(mut body: Body) -> Option<(Vec<u8>, Size)> {
    let mut kept = Vec::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        length += data.len();
        if length <= MOST_BODY {
            kept.extend_from_slice(&data);
        } else if length > MOST_DISCARDED {
            break;
        } else {
            kept = Vec::new();
        }
    }
    let size = if length > MOST_BODY {
        Size::TooLarge
    } else {
        Size::Fits
    };
    Some((kept, size))
}

fn deployment(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    Some(body["model"].as_str()?.to_owned())
}
