//! TLS for everything that leaves this machine: the system's judgement of certificates, with the
//! certificates kept when it is a refusal, so that a person can see whom not to trust.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ResolvesClientCert, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, OtherError, SignatureScheme,
};
use rustls_platform_verifier::Verifier;

use super::certificate::{self, Certificate};
use super::{BadNetwork, BadPem, Network};

/// TLS as set up for one way out.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) config: ClientConfig,
    asked: Arc<AtomicU64>,
    has_identity: bool,
}

impl Tls {
    pub(crate) fn new(network: &Network) -> Result<Self, BadNetwork> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let asked = Arc::new(AtomicU64::new(0));
        let identity = match &network.identity {
            Some(pem) => Some(identity(pem.expose().as_bytes(), &provider)?),
            None => None,
        };
        let has_identity = identity.is_some();
        let resolver = Shown {
            identity: identity.map(Arc::new),
            asked: asked.clone(),
        };
        let verifier = Arc::new(Recording {
            inner: verifier(network, &provider)?,
            trusted: network.roots.clone(),
        });
        let said = |error: Error| BadNetwork::Tls(error.to_string());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(said)?
            .dangerous()
            .with_custom_certificate_verifier(verifier)
            .with_client_cert_resolver(Arc::new(resolver));
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config,
            asked,
            has_identity,
        })
    }

    /// How often another side has asked for this machine's certificate so far.
    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Relaxed)
    }

    /// There is a certificate to show.
    pub(crate) fn has_identity(&self) -> bool {
        self.has_identity
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The configuration holds a private key.
        f.debug_struct("Tls")
            .field("has_identity", &self.has_identity)
            .finish_non_exhaustive()
    }
}

fn verifier(network: &Network, provider: &Arc<CryptoProvider>) -> Result<Verifier, BadNetwork> {
    let mut roots = Vec::with_capacity(network.roots.len());
    for der in &network.roots {
        let der = CertificateDer::from(der.clone());
        // The library takes what it cannot read for a trust anchor of nobody.
        Certificate::from_der(&der).ok_or(BadNetwork::Root)?;
        roots.push(der);
    }
    let made = Verifier::new_with_extra_roots(roots, provider.clone());
    made.map_err(|error| match error {
        Error::InvalidCertificate(_) => BadNetwork::Root,
        other => BadNetwork::Tls(other.to_string()),
    })
}

fn identity(pem: &[u8], provider: &CryptoProvider) -> Result<CertifiedKey, BadNetwork> {
    let chain = certificate::ders(pem).map_err(BadNetwork::Identity)?;
    let key = certificate::key(pem).map_err(BadNetwork::Identity)?;
    CertifiedKey::from_der(chain, key, provider).map_err(|_| BadNetwork::Identity(BadPem::KeyUnfit))
}

/// Shows this machine's certificate to whoever asks for one, and counts the asking.
#[derive(Debug)]
struct Shown {
    identity: Option<Arc<CertifiedKey>>,
    asked: Arc<AtomicU64>,
}

impl ResolvesClientCert for Shown {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let identity = self.identity.as_ref()?;
        identity.key.choose_scheme(schemes)?;
        Some(identity.clone())
    }

    fn has_certs(&self) -> bool {
        // Without one, too: whoever asks is to be noticed.
        true
    }
}

/// The platform's verifier; what it refuses is kept in the error.
#[derive(Debug)]
struct Recording {
    inner: Verifier,
    /// The certificates that the person trusts. A server's own may be among them: those that
    /// companies sign with themselves for one machine are often marked as authorities, which the
    /// platform's judgement takes for none of a server's.
    trusted: Vec<Vec<u8>>,
}

impl Recording {
    /// How a certificate stands that the person trusts itself: it has to be for this name and
    /// this day. None for any other.
    fn judged_itself(
        &self,
        certificate: &CertificateDer<'_>,
        name: &ServerName<'_>,
        now: UnixTime,
    ) -> Option<Result<(), Error>> {
        let trusted = self.trusted.iter().any(|it| it == certificate.as_ref());
        let read = Certificate::from_der(certificate).filter(|_| trusted)?;
        let now = i64::try_from(now.as_secs().saturating_mul(1000)).unwrap_or(i64::MAX);
        if now < read.not_before {
            return Some(Err(CertificateError::NotValidYet.into()));
        }
        if now > read.not_after {
            return Some(Err(CertificateError::Expired.into()));
        }
        let parsed = ParsedCertificate::try_from(certificate);
        Some(parsed.and_then(|parsed| verify_server_name(&parsed, name)))
    }
}

/// A refused certificate with what was shown.
#[derive(Debug)]
pub(crate) struct Presented {
    pub(crate) error: Error,
    pub(crate) host: String,
    pub(crate) chain: Vec<CertificateDer<'static>>,
}

impl fmt::Display for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl std::error::Error for Presented {}

impl ServerCertVerifier for Recording {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judged = self.inner.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        judged.or_else(|error| {
            let error = match self.judged_itself(end_entity, server_name, now) {
                Some(Ok(())) => return Ok(ServerCertVerified::assertion()),
                Some(Err(itself)) => itself,
                None => error,
            };
            let shown = std::iter::once(end_entity).chain(intermediates);
            let presented = Presented {
                error,
                host: server_name.to_str().into_owned(),
                chain: shown.map(|der| der.clone().into_owned()).collect(),
            };
            let other = OtherError(Arc::new(presented));
            Err(Error::InvalidCertificate(CertificateError::Other(other)))
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}
