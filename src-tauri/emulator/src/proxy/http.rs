//! An HTTP proxy: `CONNECT` (RFC 9110, section 9.3.6) and requests in absolute form
//! (RFC 9112, section 3.2.2).

use std::sync::Arc;

use axum::body::Body;
use axum::http::uri::{Authority, PathAndQuery};
use axum::http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Incoming;
use hyper::client::conn::http1 as client;
use hyper::server::conn::http1 as server;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::copy_bidirectional;
use tokio::net::TcpStream;

use super::Rules;
use crate::accepting::Line;

/// Serves a connection to the proxy.
pub(crate) async fn serve(line: Line, rules: Arc<Rules>) {
    let service = service_fn(move |request| {
        let rules = rules.clone();
        async move { Ok::<_, std::convert::Infallible>(proxied(request, &rules).await) }
    });
    let served = server::Builder::new()
        .timer(TokioTimer::new())
        .preserve_header_case(true)
        .serve_connection(TokioIo::new(line), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "a connection to a proxy ended early");
    }
}

async fn proxied(request: Request<Incoming>, rules: &Arc<Rules>) -> Response<Body> {
    let authority = request.uri().authority().cloned();
    let authorised = is_authorised(&request, rules);
    let target = authority.as_ref().map(|one| {
        let port = one.port_u16().unwrap_or(80);
        format!("{}:{port}", one.host())
    });
    let at = rules
        .log
        .add(target.as_deref().unwrap_or_default(), authorised);
    if !authorised {
        let mut response = page(407, "Proxy Authentication Required");
        let wanted = HeaderValue::from_static("Basic realm=\"Hearth emulator\"");
        response
            .headers_mut()
            .insert(header::PROXY_AUTHENTICATE, wanted);
        return response;
    }
    let Some(authority) = authority else {
        return page(400, "This is a proxy");
    };
    if let Some(status) = rules.refusing {
        return page(status, "Blocked by the policy of your organisation");
    }
    if request.method() == Method::CONNECT {
        return tunnel(request, &authority, rules.clone(), at).await;
    }
    let Some(stream) = reach(&authority, 80, rules).await else {
        return page(502, "The host could not be reached");
    };
    rules.log.reached(at);
    forward(request, &authority, stream, rules).await
}

fn is_authorised(request: &Request<Incoming>, rules: &Rules) -> bool {
    let Some((user, password)) = &rules.password else {
        return true;
    };
    let given = request.headers().get(header::PROXY_AUTHORIZATION);
    let given = given
        .and_then(|value| value.to_str().ok())
        .and_then(|value| {
            let (scheme, encoded) = value.split_once(' ')?;
            let basic = scheme.eq_ignore_ascii_case("basic");
            STANDARD.decode(encoded.trim()).ok().filter(|_| basic)
        });
    given.is_some_and(|given| given == format!("{user}:{password}").as_bytes())
}

async fn reach(authority: &Authority, port: u16, rules: &Rules) -> Option<TcpStream> {
    let port = authority.port_u16().unwrap_or(port);
    let address = rules.names.find(authority.host(), port)?;
    let stream = TcpStream::connect(address).await.ok()?;
    // What is passed on leaves at once.
    stream.set_nodelay(true).ok()?;
    Some(stream)
}

/// Answers 200 and passes bytes on in both directions, or opens TLS between them.
async fn tunnel(
    request: Request<Incoming>,
    authority: &Authority,
    rules: Arc<Rules>,
    at: usize,
) -> Response<Body> {
    let direct = match &rules.opening {
        Some(_) => None,
        None => match reach(authority, 443, &rules).await {
            Some(stream) => Some(stream),
            None => return page(502, "The host could not be reached"),
        },
    };
    let host = authority.host().to_owned();
    let port = authority.port_u16().unwrap_or(443);
    let tunnels = rules.tunnels.clone();
    tunnels.spawn(async move {
        let stopping = rules.stopping.clone();
        let passing = async {
            let Ok(upgraded) = hyper::upgrade::on(request).await else {
                return;
            };
            let mut near = TokioIo::new(upgraded);
            match (direct, &rules.opening) {
                (Some(mut far), _) => {
                    rules.log.reached(at);
                    ended(copy_bidirectional(&mut near, &mut far).await);
                }
                (None, Some(opening)) => {
                    let reached = || rules.log.reached(at);
                    opening.pass(near, &host, port, &rules.names, reached).await;
                }
                (None, None) => {}
            }
        };
        tokio::select! {
            () = passing => {}
            () = stopping.cancelled() => {}
        }
    });
    Response::new(Body::empty())
}

pub(crate) fn ended(copied: std::io::Result<(u64, u64)>) {
    if let Err(error) = copied {
        tracing::debug!(%error, "a tunnel broke");
    }
}

/// Passes one request on, in the form that a server expects.
async fn forward(
    mut request: Request<Incoming>,
    authority: &Authority,
    stream: TcpStream,
    rules: &Rules,
) -> Response<Body> {
    let Ok((mut sender, connection)) = client::handshake(TokioIo::new(stream)).await else {
        return page(502, "The host did not answer");
    };
    let stopping = rules.stopping.clone();
    rules.tunnels.spawn(async move {
        tokio::select! {
            ended = connection => if let Err(error) = ended {
                tracing::debug!(%error, "a proxied connection broke");
            },
            () = stopping.cancelled() => {}
        }
    });
    let path = request.uri().path_and_query().cloned();
    *request.uri_mut() = Uri::from(path.unwrap_or_else(|| PathAndQuery::from_static("/")));
    let headers = request.headers_mut();
    for hop in ["proxy-authorization", "proxy-connection", "connection"] {
        headers.remove(hop);
    }
    if let Ok(host) = HeaderValue::try_from(authority.as_str()) {
        headers.insert(header::HOST, host);
    }
    match sender.send_request(request).await {
        Ok(response) => response.map(Body::new),
        Err(_) => page(502, "The host did not answer"),
    }
}

fn page(status: u16, title: &str) -> Response<Body> {
    let page = format!(
        "<!doctype html>\n<html><head><title>{title}</title></head>\n\
         <body><h1>{title}</h1></body></html>\n"
    );
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    response
}
