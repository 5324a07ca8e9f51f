//! A certificate authority made at start, which lives in memory and nowhere else.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

/// The names under which a stand-in can be reached.
pub(crate) const LOOPBACK: &[&str] = &["localhost", "127.0.0.1", "::1"];

/// A certificate authority. A cheap handle: clones are the same one.
#[derive(Clone)]
pub struct Certificates {
    authority: Arc<Authority>,
    /// Whether its servers show its own certificate behind theirs.
    sends_authority: bool,
}

struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Server,
    /// A server's, of a time long gone.
    ExpiredServer,
    Client,
}

impl Certificates {
    /// An authority whose own certificate carries this as its common name: a client that
    /// shows the issuer shows it.
    pub fn new(name: &str) -> Certificates {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, new_key())
            .expect("BUG: a certificate of fixed form can be signed");
        Certificates {
            authority: Arc::new(Authority { issuer }),
            sends_authority: false,
        }
    }

    /// The same authority, whose servers send its own certificate along from now on, as
    /// those of companies do that want to be trusted. A client needs no certificate of an
    /// authority from the server (RFC 8446, section 4.4.2), so most servers send none.
    pub fn sending_authority(self) -> Certificates {
        Certificates {
            sends_authority: true,
            ..self
        }
    }

    /// Its own certificate, which a client has to trust, as PEM.
    pub fn ca_pem(&self) -> String {
        self.authority.issuer.pem()
    }

    /// Its own certificate as DER.
    pub fn ca_der(&self) -> Vec<u8> {
        self.authority.issuer.der().to_vec()
    }

    /// A server of these names (host names or addresses), with a key of its own.
    pub fn server(&self, names: &[&str]) -> ServerConfig {
        self.serving(names, Use::Server, None)
    }

    /// The same with a certificate that ran out in the year 2001.
    pub fn expired_server(&self, names: &[&str]) -> ServerConfig {
        self.serving(names, Use::ExpiredServer, None)
    }

    /// A server of these names that lets nobody in without a certificate of `clients`.
    pub fn server_for_clients(&self, names: &[&str], clients: &Certificates) -> ServerConfig {
        self.serving(names, Use::Server, Some(clients))
    }

    /// A client's certificate and its private key (PKCS #8), as one PEM text.
    pub fn client_pem(&self, name: &str) -> String {
        let (certificate, key) = self.issue(&[name], Use::Client);
        format!("{}{}", certificate.pem(), key.serialize_pem())
    }

    /// A client that trusts this authority and no other.
    pub(crate) fn client(&self) -> ClientConfig {
        ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("BUG: the provider has the default versions")
            .with_root_certificates(self.roots())
            .with_no_client_auth()
    }

    fn serving(
        &self,
        names: &[&str],
        purpose: Use,
        clients: Option<&Certificates>,
    ) -> ServerConfig {
        let (certificate, key) = self.issue(names, purpose);
        let config = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .expect("BUG: the provider has the default versions");
        let config = match clients {
            None => config.with_no_client_auth(),
            Some(clients) => {
                let roots = Arc::new(clients.roots());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
                let verifier = verifier.build().expect("BUG: there is a root to trust");
                config.with_client_cert_verifier(verifier)
            }
        };
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = config
            .with_single_cert(self.chain_of(&certificate), key)
            .expect("BUG: the key belongs to the certificate");
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        config
    }

    /// What a server with this certificate shows.
    fn chain_of(&self, certificate: &rcgen::Certificate) -> Vec<CertificateDer<'static>> {
        let mut chain = vec![certificate.der().clone()];
        if self.sends_authority {
            chain.push(CertificateDer::from(self.ca_der()));
        }
        chain
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let own = CertificateDer::from(self.ca_der());
        roots.add(own).expect("BUG: an authority's own certificate");
        roots
    }

    fn issue(&self, names: &[&str], purpose: Use) -> (rcgen::Certificate, KeyPair) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let common = names.first().cloned().unwrap_or_default();
        // What is no name for a certificate (a person's) stands in the subject alone.
        let mut params = CertificateParams::new(names).unwrap_or_default();
        params.distinguished_name.push(DnType::CommonName, common);
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![match purpose {
            Use::Server | Use::ExpiredServer => ExtendedKeyUsagePurpose::ServerAuth,
            Use::Client => ExtendedKeyUsagePurpose::ClientAuth,
        }];
        if purpose == Use::ExpiredServer {
            params.not_before = date_time_ymd(2000, 1, 1);
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        let key = new_key();
        let certificate = params
            .signed_by(&key, &self.authority.issuer)
            .expect("BUG: a certificate of fixed form can be signed");
        (certificate, key)
    }
}

fn new_key() -> KeyPair {
    KeyPair::generate().expect("BUG: the provider makes P-256 keys")
}

/// The provider by name: a process that has several must not have to choose one for us.
fn provider() -> Arc<CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}
