//! What a failed connection means, read from the chain of errors below it.
//!
//! By type wherever the type is reachable. Name resolution and proxies are told by the words of
//! `hyper-util`, whose error types for them are private; those words are the library's own and
//! never translated, unlike the operating system's.

use std::error::Error;
use std::io;

use rustls::{AlertDescription, CertificateError};

use super::certificate::Certificate;
use super::{Hop, Presented};
use crate::failure::{Failure, Ids, Oddity, ProxyKind, ProxyProblem, TlsKind, TlsProblem};

/// The way on which a connection failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Way {
    /// The host that was asked.
    pub(crate) host: Option<String>,
    /// The proxy on the way.
    pub(crate) proxy: Option<Hop>,
    /// Another side has asked for a certificate of this machine's meanwhile. It may have been
    /// another connection's, so this decides only what nothing else tells.
    pub(crate) asked_for_certificate: bool,
    /// There was none to show.
    pub(crate) no_identity: bool,
}

/// Why a request got no answer, when nothing is known of the way.
pub(crate) fn failure(error: reqwest::Error) -> Failure {
    failure_on(error, &Way::default())
}

/// Why a request got no answer.
pub(crate) fn failure_on(error: reqwest::Error, way: &Way) -> Failure {
    // The address may hold a name that a person considers private; it is known without this.
    let error = error.without_url();
    let said = chain(&error);
    if let Some(tls) = tls_error(&error) {
        return Failure::Tls(Box::new(problem_of(tls, way)));
    }
    let words = words(&said);
    if let Some(kind) = proxy_kind(&said) {
        return way.proxy_failed(kind, words);
    }
    let resolving = said
        .iter()
        .any(|it| it == "error resolving for socks proxy");
    if resolving || error.is_dns() || said.iter().any(|text| text == "dns error") {
        return match way.proxy {
            // The name that is resolved here is the proxy's own.
            Some(_) if !resolving => way.proxy_failed(ProxyKind::Unreachable, words),
            _ => unresolved(&words),
        };
    }
    if way.asked_for_certificate && way.no_identity {
        // Who is refused for want of a certificate often gets no word of it, only the end of
        // the connection (TLS 1.3 tells after the handshake).
        return Failure::Tls(Box::new(TlsProblem {
            kind: TlsKind::ClientCertificateNeeded,
            said: words,
            host: way.host.clone(),
            chain: Vec::new(),
        }));
    }
    if is_no_http(&error) {
        // Somebody answered, and may have been paid for it: that passes by no waiting.
        return Failure::Unexpected {
            what: Oddity::Unreadable(words),
            ids: Ids::default(),
        };
    }
    Failure::Unreachable(words)
}

/// What came back cannot be read as an answer of HTTP.
fn is_no_http(error: &reqwest::Error) -> bool {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = next {
        if error.downcast_ref().is_some_and(hyper::Error::is_parse) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Why a name does not resolve: there is none, or (`EAI_AGAIN`) nobody could be asked. The standard
/// library tells of it in words only, those of the C library.
pub(crate) fn unresolved(said: &str) -> Failure {
    let lower = said.to_ascii_lowercase();
    if lower.contains("temporary failure") || lower.contains("try again") {
        return Failure::Unreachable(said.to_owned());
    }
    Failure::HostUnknown
}

impl Way {
    fn proxy_failed(&self, kind: ProxyKind, said: String) -> Failure {
        let status =
            (kind == ProxyKind::Credentials && said.contains("tunnel error")).then_some(407);
        Failure::Proxy(Box::new(ProxyProblem {
            kind,
            said,
            proxy: self.proxy.as_ref().map(Hop::shown),
            status,
        }))
    }
}

/// What kept a proxy from letting through, if it was the proxy.
fn proxy_kind(said: &[String]) -> Option<ProxyKind> {
    let about = |start: &str| said.iter().find_map(|text| text.strip_prefix(start));
    if let Some(tunnel) = about("tunnel error: ") {
        return Some(match tunnel {
            "proxy authorization required" => ProxyKind::Credentials,
            "failed to create underlying connection" => ProxyKind::Unreachable,
            _ => ProxyKind::Other,
        });
    }
    let socks = about("SOCKS error: ")?;
    Some(match socks {
        "failed to create underlying connection" => ProxyKind::Unreachable,
        "credentials not accepted" | "server does not support user/pass authentication" => {
            ProxyKind::Credentials
        }
        "connection not allowed" => ProxyKind::Refused,
        _ => ProxyKind::Other,
    })
}

/// The same, from one line of words.
pub(crate) fn proxy_kind_of(words: &str) -> Option<ProxyKind> {
    proxy_kind(&[words.to_owned()])
}

/// What a TLS error means.
pub(crate) fn problem_of(error: &rustls::Error, way: &Way) -> TlsProblem {
    let presented = presented(error);
    let cause = presented.map_or(error, |it| &it.error);
    let shown = presented.map(|it| it.chain.as_slice()).unwrap_or_default();
    TlsProblem {
        kind: kind_of(cause, way),
        said: cause.to_string(),
        host: presented.map(|it| it.host.clone()).or(way.host.clone()),
        chain: shown
            .iter()
            .filter_map(|der| Certificate::from_der(der))
            .collect(),
    }
}

fn presented(error: &rustls::Error) -> Option<&Presented> {
    match error {
        rustls::Error::InvalidCertificate(CertificateError::Other(other)) => other.0.downcast_ref(),
        _ => None,
    }
}

fn kind_of(error: &rustls::Error, way: &Way) -> TlsKind {
    match error {
        rustls::Error::InvalidCertificate(bad) => match bad {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsKind::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                TlsKind::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsKind::OtherName
            }
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsKind::Untrusted,
            // Signed with itself, and marked as an authority besides.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                TlsKind::Untrusted
            }
            _ => TlsKind::Other,
        },
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired
            | AlertDescription::NoCertificate
            | AlertDescription::BadCertificate
            | AlertDescription::UnsupportedCertificate
            | AlertDescription::CertificateRevoked
            | AlertDescription::CertificateExpired
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnknownCA
            | AlertDescription::AccessDenied => TlsKind::ClientCertificateNeeded,
            // TLS 1.2 has no word of its own for it.
            AlertDescription::HandshakeFailure if way.asked_for_certificate => {
                TlsKind::ClientCertificateNeeded
            }
            _ => TlsKind::Other,
        },
        _ => TlsKind::Other,
    }
}

/// The error's own words and those of everything below it.
pub(crate) fn words_of(error: &dyn Error) -> String {
    words(&chain(error))
}

fn chain(error: &dyn Error) -> Vec<String> {
    let mut said = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        said.push(error.to_string());
        next = error.source();
    }
    said
}

/// One line; many errors repeat the words of the one below.
fn words(said: &[String]) -> String {
    let repeated = |at: usize| {
        said[..at]
            .iter()
            .any(|earlier| earlier.contains(said[at].as_str()))
    };
    let fresh: Vec<&str> = (0..said.len())
        .filter(|at| !repeated(*at))
        .map(|at| said[at].as_str())
        .collect();
    fresh.join(": ")
}

pub(crate) fn tls_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(tls) = error.downcast_ref() {
            return Some(tls);
        }
        // tokio-rustls wraps it in an `io::Error`, whose `source` skips what it wraps.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        if let Some(tls) = wrapped.and_then(|wrapped| tls_error(wrapped)) {
            return Some(tls);
        }
        next = error.source();
    }
    None
}
