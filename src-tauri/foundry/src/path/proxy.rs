//! The rung of the proxy: which one it is, that it is there, and that it lets through.

use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::SocksV5;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tower_service::Service;

use super::{Place, address, patience, tcp, tls};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, ProxyKind, ProxyProblem};
use crate::network::{Hop, ProxyScheme, proxy_kind_of, words_of};

/// Most bytes of a proxy's answer to `CONNECT`.
const HEAD: usize = 16 * 1024;

/// A proxy that lets through to the endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxyFacts {
    /// Its address, without user and password.
    pub proxy: String,
    /// The language that it speaks.
    pub scheme: ProxyScheme,
    /// Who answered there.
    pub peer: SocketAddr,
    /// It was given a user and a password.
    pub login: bool,
    /// How long it took to be let through.
    pub took: Duration,
}

/// Goes through the proxy to the endpoint, as far as the endpoint's own door; none when the way
/// is direct.
///
/// # Errors
///
/// [`Failure::Proxy`] with what the proxy said, and [`Failure::Tls`] for a proxy that is spoken
/// to over TLS.
pub async fn proxy(client: &Client, endpoint: &Endpoint) -> Result<Option<ProxyFacts>, Failure> {
    let loopback = endpoint.is_loopback();
    let Some(hop) = client.proxy_to(&address(endpoint), loopback).await else {
        return Ok(None);
    };
    let began = Instant::now();
    let (_, peer) = tunnel(client, &hop, &Place::of(endpoint), Login::Given).await?;
    Ok(Some(ProxyFacts {
        proxy: hop.shown(),
        scheme: hop.kind(),
        peer,
        login: hop.authorization().is_some() || hop.login().is_some(),
        took: began.elapsed(),
    }))
}

pub(super) trait Duplex: AsyncRead + AsyncWrite + Send {}
impl<S: AsyncRead + AsyncWrite + Send> Duplex for S {}
pub(super) type Wire = Pin<Box<dyn Duplex>>;

/// Whether a proxy is told the user and the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    Given,
    Withheld,
}

/// A connection to `place` through `hop`, and who answered at the proxy.
pub(super) async fn tunnel(
    client: &Client,
    hop: &Hop,
    place: &Place,
    login: Login,
) -> Result<(Wire, SocketAddr), Failure> {
    let limit = patience(client.connect_timeout());
    let failed = |kind, said: String, status| problem(hop, kind, said, status);
    let reached = tcp::reach(hop.host(), hop.port(), limit).await;
    let (stream, tcp) = reached.map_err(|failure| {
        let said = match failure {
            Failure::Unreachable(said) => said,
            other => other.to_string(),
        };
        failed(ProxyKind::Unreachable, said, None)
    })?;
    let opening = async {
        match hop.kind() {
            ProxyScheme::Http => connect(Box::pin(stream), hop, place, login).await,
            ProxyScheme::Https => {
                let name = ServerName::try_from(hop.host().to_owned());
                let name =
                    name.map_err(|error| failed(ProxyKind::Other, error.to_string(), None))?;
                let stream = tls::handshake(client, name, stream, tls::Alpn::None).await?;
                connect(Box::pin(stream), hop, place, login).await
            }
            ProxyScheme::Socks5 | ProxyScheme::Socks5h => socks(hop, place, login).await,
            ProxyScheme::Socks4 => Err(failed(
                ProxyKind::Other,
                "a proxy of this kind is not looked into".to_owned(),
                None,
            )),
        }
    };
    let opened = tokio::time::timeout(limit, opening).await;
    let silent = |_| {
        failed(
            ProxyKind::Other,
            "it does not answer in time".to_owned(),
            None,
        )
    };
    let wire = opened.map_err(silent)??;
    Ok((wire, tcp.peer))
}

/// Asks an HTTP proxy for a tunnel (RFC 9110, 9.3.6).
async fn connect(mut wire: Wire, hop: &Hop, place: &Place, login: Login) -> Result<Wire, Failure> {
    let broken = |error: std::io::Error| problem(hop, ProxyKind::Other, error.to_string(), None);
    let target = match place.host.contains(':') {
        true => format!("[{}]:{}", place.host, place.port),
        false => format!("{}:{}", place.host, place.port),
    };
    let mut head = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n").into_bytes();
    if let (Login::Given, Some(basic)) = (login, hop.authorization()) {
        head.extend_from_slice(b"Proxy-Authorization: ");
        head.extend_from_slice(basic.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    head.extend_from_slice(b"\r\n");
    wire.write_all(&head).await.map_err(broken)?;
    wire.flush().await.map_err(broken)?;
    let mut answer = Vec::new();
    // Byte by byte: what follows the head is already the endpoint's.
    while !answer.ends_with(b"\r\n\r\n") {
        if answer.len() == HEAD {
            let said = "its answer is longer than any".to_owned();
            return Err(problem(hop, ProxyKind::Other, said, None));
        }
        match wire.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(error) => return Err(broken(error)),
        }
        if answer.len() == 5 && !answer.starts_with(b"HTTP/") {
            let said = "it does not speak http".to_owned();
            return Err(problem(hop, ProxyKind::Other, said, None));
        }
    }
    let (status, said) = status_line(&answer);
    let kind = match status {
        Some(200..=299) => return Ok(wire),
        Some(407) => ProxyKind::Credentials,
        Some(403) => ProxyKind::Refused,
        Some(_) | None => ProxyKind::Other,
    };
    Err(problem(hop, kind, said, status))
}

/// The status of an answer's head, and what its first line says after the version; with a
/// refused login the ways to log in that the proxy names, of which Hearth knows `Basic` only.
fn status_line(head: &[u8]) -> (Option<u16>, String) {
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let line = lines.next().unwrap_or_default();
    let said = line.split_once(' ').map_or(line, |(_, said)| said);
    let status = said.split(' ').next().and_then(|code| code.parse().ok());
    let ways = lines.filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let named = name.eq_ignore_ascii_case("proxy-authenticate");
        named.then(|| value.split_whitespace().next())?
    });
    let ways: Vec<&str> = ways.collect();
    let said = match ways.is_empty() {
        true => said.to_owned(),
        false => format!("{said} ({})", ways.join(", ")),
    };
    let clean = said.chars().filter(|it| !it.is_control()).take(300);
    (status, clean.collect())
}

/// Asks a SOCKS proxy, which is connected to anew by the library that speaks it.
async fn socks(hop: &Hop, place: &Place, login: Login) -> Result<Wire, Failure> {
    let other = |said: String| problem(hop, ProxyKind::Other, said, None);
    let host = match hop.kind() {
        ProxyScheme::Socks5 => {
            let found = super::dns::addresses(&place.host, place.port, Duration::MAX).await?;
            let first = found.first().map(|address| address.ip().to_string());
            first.unwrap_or_else(|| place.host.clone())
        }
        _ => place.host.clone(),
    };
    let host = if host.contains(':') {
        format!("[{host}]")
    } else {
        host
    };
    let to: Result<Uri, _> = format!("https://{host}:{}", place.port).parse();
    let to = to.map_err(|error| other(error.to_string()))?;
    let mut tcp = HttpConnector::new();
    // The proxy's address has a scheme of its own.
    tcp.enforce_http(false);
    let mut connector = SocksV5::new(hop.uri(), tcp);
    if let (Login::Given, Some((user, password))) = (login, hop.login()) {
        connector = connector.with_auth(user.to_owned(), password.to_owned());
    }
    match connector.call(to).await {
        Ok(stream) => Ok(Box::pin(stream.into_inner())),
        Err(error) => {
            let said = words_of(&error);
            let kind = proxy_kind_of(&said).unwrap_or(ProxyKind::Other);
            Err(problem(hop, kind, said, None))
        }
    }
}

fn problem(hop: &Hop, kind: ProxyKind, said: String, status: Option<u16>) -> Failure {
    Failure::Proxy(Box::new(ProxyProblem {
        kind,
        said,
        proxy: Some(hop.shown()),
        status,
    }))
}
