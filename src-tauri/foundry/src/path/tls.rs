//! The rung of TLS: exactly the handshake that the client makes, with what was agreed on and
//! shown.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::client::Resumption;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Place, address, patience, proxy, tcp};
use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::failure::{Failure, TlsKind, TlsProblem};
use crate::network::{Certificate, Way, problem_of, tls_error};

/// How long a server that asked for a certificate and got none has to object. TLS 1.3 objects
/// after the handshake, which then has succeeded already.
const OBJECTION: Duration = Duration::from_secs(1);

/// A secure connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secured {
    /// Such as `TLS 1.3`.
    pub protocol: String,
    /// Such as `TLS13_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// What is spoken inside, such as `h2`; none when it was not agreed on.
    pub application: Option<String>,
    /// The certificates that were shown, the other side's own first.
    pub chain: Vec<Certificate>,
    /// The proxy on the way, without user and password.
    pub proxy: Option<String>,
    /// How long the handshake took.
    pub took: Duration,
}

/// What is to be spoken inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alpn {
    /// HTTP/2 or HTTP/1.1.
    Http,
    /// Nothing is agreed on, as with proxies.
    None,
}

/// Secures a connection to the endpoint, through the proxy where there is one, and closes it.
/// None for an endpoint on this machine that does without TLS.
///
/// # Errors
///
/// [`Failure::Tls`], and what keeps from a connection at all.
pub async fn secure(client: &Client, endpoint: &Endpoint) -> Result<Option<Secured>, Failure> {
    let place = Place::of(endpoint);
    if !place.tls {
        return Ok(None);
    }
    let hop = client
        .proxy_to(&address(endpoint), endpoint.is_loopback())
        .await;
    let wire: proxy::Wire = match &hop {
        Some(hop) => {
            proxy::tunnel(client, hop, &place, proxy::Login::Given)
                .await?
                .0
        }
        None => {
            let reached = tcp::reach(&place.host, place.port, client.connect_timeout()).await?;
            Box::pin(reached.0)
        }
    };
    let name = ServerName::try_from(place.host.clone());
    let name = name.map_err(|error| other(&place.host, error.to_string()))?;
    let began = Instant::now();
    let stream = handshake(client, name, wire, Alpn::Http).await?;
    let (_, session) = stream.get_ref();
    let chain = session.peer_certificates().unwrap_or_default();
    let version = session.protocol_version();
    let application = session.alpn_protocol();
    Ok(Some(Secured {
        protocol: version
            .and_then(|it| it.as_str())
            .unwrap_or_default()
            .replace('v', " ")
            .replace('_', "."),
        cipher: session
            .negotiated_cipher_suite()
            .and_then(|suite| suite.suite().as_str())
            .unwrap_or_default()
            .to_owned(),
        application: application.map(|it| String::from_utf8_lossy(it).into_owned()),
        chain: chain
            .iter()
            .filter_map(|der| Certificate::from_der(der))
            .collect(),
        proxy: hop.map(|hop| hop.shown()),
        took: began.elapsed(),
    }))
}

/// A handshake as the client makes it.
pub(super) async fn handshake<S: AsyncRead + AsyncWrite + Unpin>(
    client: &Client,
    name: ServerName<'static>,
    stream: S,
    alpn: Alpn,
) -> Result<TlsStream<S>, Failure> {
    let tls = client.tls();
    let asked = tls.asked();
    let host = name.to_str().into_owned();
    let mut config = tls.config.clone();
    // A resumed session would not be judged again.
    config.resumption = Resumption::disabled();
    if alpn == Alpn::None {
        config.alpn_protocols.clear();
    }
    let failed = |error: io::Error| {
        let way = Way {
            host: Some(host.clone()),
            proxy: None,
            asked_for_certificate: tls.asked() != asked,
            no_identity: !tls.has_identity(),
        };
        match tls_error(&error) {
            Some(error) => Failure::Tls(Box::new(problem_of(error, &way))),
            None if way.asked_for_certificate && way.no_identity => {
                let kind = TlsKind::ClientCertificateNeeded;
                tls_problem(kind, &host, error.to_string())
            }
            None => other(&host, error.to_string()),
        }
    };
    let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
    let limit = patience(client.connect_timeout());
    let shaken = tokio::time::timeout(limit, connecting).await;
    let silent = |_| other(&host, "the handshake came to a halt".to_owned());
    let mut stream = shaken.map_err(silent)?.map_err(failed)?;
    if tls.asked() != asked {
        let objection = tokio::time::timeout(OBJECTION, stream.read(&mut [0])).await;
        if let Ok(Err(error)) = objection {
            return Err(failed(error));
        }
    }
    Ok(stream)
}

fn other(host: &str, said: String) -> Failure {
    tls_problem(TlsKind::Other, host, said)
}

fn tls_problem(kind: TlsKind, host: &str, said: String) -> Failure {
    Failure::Tls(Box::new(TlsProblem {
        kind,
        said,
        host: Some(host.to_owned()),
        chain: Vec::new(),
    }))
}
