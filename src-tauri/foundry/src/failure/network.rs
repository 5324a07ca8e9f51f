//! What can go wrong on the way: TLS and proxies, with the facts that tell the cases apart.

use crate::network::Certificate;

/// No secure connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct TlsProblem {
    /// Which problem.
    pub kind: TlsKind,
    /// The library's own words.
    pub said: String,
    /// The host that showed the certificates; none when it is not known. A proxy that is spoken
    /// to over TLS is one, too.
    pub host: Option<String>,
    /// The certificates that were shown, the other side's own first; empty when there were none.
    pub chain: Vec<Certificate>,
}

/// A kind of problem with TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TlsKind {
    /// The certificate was signed by somebody whom this machine does not trust.
    Untrusted,
    /// The certificate has expired.
    Expired,
    /// The certificate is not valid yet.
    NotYetValid,
    /// The certificate is for another name.
    OtherName,
    /// The other side wants a certificate of this machine's, or another one than it was shown.
    ClientCertificateNeeded,
    /// Anything else.
    Other,
}

/// The proxy stands in the way.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{said}")]
pub struct ProxyProblem {
    /// Which problem.
    pub kind: ProxyKind,
    /// The proxy's own words, the library's, or the operating system's.
    pub said: String,
    /// The proxy's address, without user and password; none when it is not known.
    pub proxy: Option<String>,
    /// The HTTP status that the proxy answered with, where it is known.
    pub status: Option<u16>,
}

/// A kind of problem with a proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyKind {
    /// It wants a user and a password, or other ones (407; in SOCKS its own refusals).
    Credentials,
    /// It cannot be reached, or its name does not resolve.
    Unreachable,
    /// It does not let through to this host.
    Refused,
    /// Anything else: it cannot reach the host itself, or does not speak its language.
    Other,
}

impl ProxyKind {
    /// It may pass by itself, as with a resource that cannot be reached. A login is never tried
    /// twice: knocking on can lock people out.
    pub(super) fn is_passing(self) -> bool {
        match self {
            Self::Unreachable | Self::Other => true,
            Self::Credentials | Self::Refused => false,
        }
    }
}
