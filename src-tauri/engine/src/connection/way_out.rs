//! The way out of each connection: one client for each network and limits, made when it is
//! first needed and again when something about it changes.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hearth_foundry::{Certificate, Client, ClientOptions, Network, Proxy, ProxyAddress, Secret};

use super::{Connections, secrets};
use crate::api::{ConnectionLimits, ErrorCode, ErrorReport, NetworkSettings, ProxySettings};
use crate::settings::SavedConnection;

/// Clients that are kept at most, the longest unused going first. Connections of one network
/// with the same limits share one.
const MOST: usize = 16;

/// The largest PEM file that is read, in bytes: larger than the bundle of any system.
const LARGEST_PEM: u64 = 4 * 1024 * 1024;

/// Clients by what they were made of.
pub(crate) struct Clients {
    /// The limits and the network of who sets none.
    base: ClientOptions,
    /// Without any network settings: for this machine itself.
    plain: Client,
    made: Mutex<Vec<(Way, Client)>>,
}

/// What a client is made of.
#[derive(Clone)]
struct Way {
    limits: ConnectionLimits,
    proxy: ProxySettings,
    password: Option<Arc<Secret>>,
    roots: Vec<Vec<u8>>,
    identity: Option<Arc<Secret>>,
}

impl Clients {
    /// # Errors
    /// When TLS cannot be set up at all.
    pub(crate) fn new(base: ClientOptions) -> Result<Self, ErrorReport> {
        Ok(Self {
            plain: client(base.clone())?,
            base,
            made: Mutex::default(),
        })
    }

    /// For this machine itself, which is reached without proxies and certificates.
    pub(crate) fn plain(&self) -> &Client {
        &self.plain
    }

    pub(crate) fn network(&self) -> &Network {
        &self.base.network
    }

    /// The limits of a connection that has none of its own.
    pub(crate) fn default_limits(&self) -> ConnectionLimits {
        let seconds = |limit: Duration| u32::try_from(limit.as_secs()).ok();
        ConnectionLimits {
            connect_seconds: seconds(self.base.connect_timeout),
            idle_seconds: seconds(self.base.idle_timeout),
            whole_seconds: seconds(self.base.whole_timeout),
            attempts: Some(self.base.max_attempts),
            wait_seconds: seconds(self.base.max_wait_total),
        }
    }

    fn client(&self, way: Way) -> Result<Client, ErrorReport> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = made.iter().position(|(known, _)| known.same_as(&way)) {
            let found = made.remove(at);
            let client = found.1.clone();
            made.push(found);
            return Ok(client);
        }
        let new = client(self.options(&way)?)?;
        if made.len() >= MOST {
            made.remove(0);
        }
        made.push((way, new.clone()));
        Ok(new)
    }

    fn options(&self, way: &Way) -> Result<ClientOptions, ErrorReport> {
        let limits = &way.limits;
        let seconds = |own: Option<u32>, base: Duration| {
            own.map_or(base, |seconds| Duration::from_secs(seconds.into()))
        };
        let base = &self.base;
        let mut roots = base.network.roots.clone();
        roots.extend(way.roots.iter().cloned());
        Ok(ClientOptions {
            connect_timeout: seconds(limits.connect_seconds, base.connect_timeout),
            idle_timeout: seconds(limits.idle_seconds, base.idle_timeout),
            whole_timeout: seconds(limits.whole_seconds, base.whole_timeout),
            max_attempts: limits.attempts.unwrap_or(base.max_attempts),
            max_wait_total: seconds(limits.wait_seconds, base.max_wait_total),
            network: Network {
                proxy: match &way.proxy {
                    ProxySettings::System => base.network.proxy.clone(),
                    ProxySettings::Direct => Proxy::Direct,
                    ProxySettings::Manual {
                        url,
                        user,
                        no_proxy,
                    } => Proxy::Manual {
                        address: address(url)?,
                        user: user.clone(),
                        password: way.password.clone(),
                        no_proxy: no_proxy.clone(),
                    },
                },
                roots,
                identity: way.identity.clone().or(base.network.identity.clone()),
                desktop: base.network.desktop.clone(),
            },
        })
    }
}

impl Way {
    fn same_as(&self, other: &Self) -> bool {
        let same = |one: &Option<Arc<Secret>>, other: &Option<Arc<Secret>>| {
            one.as_ref().map(|it| it.expose()) == other.as_ref().map(|it| it.expose())
        };
        self.limits == other.limits
            && self.proxy == other.proxy
            && self.roots == other.roots
            && same(&self.password, &other.password)
            && same(&self.identity, &other.identity)
    }
}

fn client(options: ClientOptions) -> Result<Client, ErrorReport> {
    Client::new(options)
        .map_err(|error| ErrorReport::new(ErrorCode::TlsFailed).saying(error.to_string()))
}

fn address(url: &str) -> Result<ProxyAddress, ErrorReport> {
    let typed = ProxyAddress::parse(url);
    // What was typed is not repeated: a password may stand in it.
    let typed = typed
        .map_err(|error| ErrorReport::new(ErrorCode::ProxyInvalid).saying(error.to_string()))?;
    Ok(typed.address)
}

impl Connections {
    /// The client of a saved connection; none means one that has no settings of its own.
    /// Files are read now, so that a changed one counts from the next question on.
    ///
    /// # Errors
    /// [`ErrorCode::PemUnreadable`], [`ErrorCode::ProxyInvalid`], and what the keyring refuses.
    pub(crate) async fn client(
        &self,
        saved: Option<&SavedConnection>,
    ) -> Result<Client, ErrorReport> {
        let limits = saved.map(|saved| saved.limits).unwrap_or_default();
        let own = saved.and_then(|saved| Some((saved, saved.proxy.clone()?)));
        let (proxy, password) = match own {
            Some((saved, proxy)) => {
                let name = secrets::proxy(saved);
                let password = self.proxy_password(&proxy, &name).await?;
                (proxy, password)
            }
            None => self.common_proxy().await?,
        };
        self.client_through(limits, proxy, password).await
    }

    /// The proxy of who has none of their own, with its password.
    pub(super) async fn common_proxy(
        &self,
    ) -> Result<(ProxySettings, Option<Arc<Secret>>), ErrorReport> {
        let written = self.written();
        let name = secrets::network_proxy(written.proxy_edition.as_deref());
        let proxy = written.network.proxy;
        let password = self.proxy_password(&proxy, &name).await?;
        Ok((proxy, password))
    }

    /// A client of these limits through this proxy, with the certificates of the settings.
    pub(super) async fn client_through(
        &self,
        limits: ConnectionLimits,
        proxy: ProxySettings,
        password: Option<Arc<Secret>>,
    ) -> Result<Client, ErrorReport> {
        let (roots, identity) = certificates(self.written().network).await?;
        self.clients.client(Way {
            limits,
            proxy,
            password,
            roots,
            identity,
        })
    }

    /// A password is looked for only where it would be sent. Where nothing keeps secrets there
    /// is none: what that means, the proxy says.
    pub(super) async fn proxy_password(
        &self,
        proxy: &ProxySettings,
        name: &str,
    ) -> Result<Option<Arc<Secret>>, ErrorReport> {
        match proxy {
            ProxySettings::Manual { user: Some(_), .. } => match self.secrets.get(name).await {
                Err(error) if error.code == ErrorCode::KeyringMissing => Ok(None),
                found => found,
            },
            ProxySettings::Manual { user: None, .. }
            | ProxySettings::System
            | ProxySettings::Direct => Ok(None),
        }
    }
}

type Trusted = (Vec<Vec<u8>>, Option<Arc<Secret>>);

/// What the files of the settings hold.
async fn certificates(settings: NetworkSettings) -> Result<Trusted, ErrorReport> {
    if settings.certificates.is_empty() && settings.client_certificate.is_none() {
        return Ok((Vec::new(), None));
    }
    let read = move || {
        let mut roots = Vec::new();
        for path in &settings.certificates {
            let found = read_certificates(Path::new(path))?;
            roots.extend(found.iter().map(Certificate::der));
        }
        let identity = settings.client_certificate.as_deref().map(Path::new);
        let identity = identity.map(|path| {
            let text = read_pem(path)?;
            let identity = Arc::new(Secret::new(text));
            usable_identity(&identity, path)?;
            Ok(identity)
        });
        Ok((roots, identity.transpose()?))
    };
    match tokio::task::spawn_blocking(read).await {
        Ok(done) => done,
        Err(stopped) => Err(ErrorReport::new(ErrorCode::Internal).saying(stopped.to_string())),
    }
}

/// The certificates in a PEM file.
///
/// # Errors
/// [`ErrorCode::PemUnreadable`], about the file.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<Certificate>, ErrorReport> {
    let text = read_pem(path)?;
    Certificate::all_in(text.as_bytes()).map_err(|error| unreadable(path, error))
}

/// The same for a file that holds a private key, too.
///
/// # Errors
/// As [`read_certificates`], and when certificate and key cannot be used together.
pub(crate) fn read_identity(path: &Path) -> Result<Vec<Certificate>, ErrorReport> {
    let text = read_pem(path)?;
    let found = Certificate::all_in(text.as_bytes()).map_err(|error| unreadable(path, error))?;
    usable_identity(&Arc::new(Secret::new(text)), path)?;
    Ok(found)
}

fn usable_identity(identity: &Arc<Secret>, path: &Path) -> Result<(), ErrorReport> {
    let network = Network {
        identity: Some(identity.clone()),
        ..Network::default()
    };
    network.check().map_err(|error| unreadable(path, error))
}

fn read_pem(path: &Path) -> Result<String, ErrorReport> {
    use std::io::Read;
    let read = || {
        let file = std::fs::File::open(path)?;
        // A pipe or a device would be read for ever.
        if !file.metadata()?.is_file() {
            return Err(std::io::Error::other("it is not a file"));
        }
        let mut bytes = Vec::new();
        file.take(LARGEST_PEM + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST_PEM {
            return Err(std::io::Error::other("it is too large"));
        }
        // What stands between the certificates may be in any encoding.
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    read().map_err(|error| unreadable(path, error))
}

fn unreadable(path: &Path, error: impl std::fmt::Display) -> ErrorReport {
    ErrorReport::new(ErrorCode::PemUnreadable)
        .about(PathBuf::from(path).display().to_string())
        .saying(error.to_string())
}
