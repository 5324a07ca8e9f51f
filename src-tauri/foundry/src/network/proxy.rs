//! Proxies: as typed, as chosen, and as used for an address.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::header::HeaderValue;
use url::Url;

use super::Desktop;
use crate::secret::Secret;

/// Through what requests leave this machine. Questions to this machine itself never go through
/// a proxy.
#[derive(Debug, Clone, Default)]
pub enum Proxy {
    /// What the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, …) names or, where it names
    /// nothing, what the system or the desktop is set to.
    #[default]
    System,
    /// None.
    Direct,
    /// This one.
    Manual {
        /// Where it is.
        address: ProxyAddress,
        /// The user's name there.
        user: Option<String>,
        /// The password; without a user it is not sent.
        password: Option<Arc<Secret>>,
        /// Hosts, domains (`.example.com`, with all below them) and networks (`10.0.0.0/8`)
        /// that are reached without it; `*` is every host.
        no_proxy: Vec<String>,
    },
}

/// Where a proxy is: a scheme, a host, a port, and never a user or a password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyAddress(Url);

/// A proxy's address as typed, taken apart.
#[derive(Debug)]
pub struct TypedProxy {
    /// Where it is.
    pub address: ProxyAddress,
    /// The user that stood in it.
    pub user: Option<String>,
    /// The password that stood in it.
    pub password: Option<Secret>,
}

/// Why a text is no proxy's address. No variant repeats it: a password may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadProxy {
    /// There is nothing in it.
    #[error("the proxy's address is empty")]
    Empty,
    /// It is no address.
    #[error("the proxy's address cannot be read")]
    NotAnAddress,
    /// It is neither `http`, `https`, `socks5` nor `socks5h`.
    #[error("the proxy is of a kind that is not supported")]
    Scheme,
}

impl ProxyAddress {
    /// Reads `http://`, `https://`, `socks5://` (names are resolved here) or `socks5h://` (names
    /// are resolved by the proxy), a host and a port; without a scheme, `http://`. A user and a
    /// password in it are handed back beside it, also when they hold characters that an address
    /// would have to spell otherwise.
    ///
    /// # Errors
    ///
    /// Says which kind of mistake it is; never contains the text.
    pub fn parse(text: &str) -> Result<TypedProxy, BadProxy> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadProxy::Empty);
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let scheme = match scheme.to_ascii_lowercase().as_str() {
            "http" => "http",
            "https" => "https",
            "socks" | "socks5" => "socks5",
            "socks5h" => "socks5h",
            _ => return Err(BadProxy::Scheme),
        };
        // A password may hold any character, and an address has no `@` after the host.
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let url = Url::parse(&format!("{scheme}://{place}"));
        let mut url = url.map_err(|_| BadProxy::NotAnAddress)?;
        // What has a path is a page, most often that of an automatic configuration.
        let bare = matches!(url.path(), "" | "/") && url.query().is_none();
        if url.host_str().is_none_or(str::is_empty) || !bare || url.fragment().is_some() {
            return Err(BadProxy::NotAnAddress);
        }
        if url.port().is_none() && scheme.starts_with("socks") {
            // Port 1080 is registered for SOCKS.
            let _ = url.set_port(Some(1080));
        }
        url.set_path("");
        let (user, password) = login.map(login_of).unwrap_or_default();
        Ok(TypedProxy {
            address: Self(url),
            user,
            password,
        })
    }
}

fn login_of(text: &str) -> (Option<String>, Option<Secret>) {
    let plain = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let (user, password) = match text.split_once(':') {
        Some((user, password)) => (user, Some(password)),
        None => (text, None),
    };
    let user = plain(user);
    let password = password.filter(|it| !it.is_empty());
    (
        (!user.is_empty()).then_some(user),
        password.map(|it| Secret::new(plain(it))),
    )
}

impl fmt::Display for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for ProxyAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The way to each address: through which proxy, if any.
#[derive(Debug)]
pub(crate) struct Route {
    named: Option<Matcher>,
    /// Whoever is not answered by `named` asks the desktop.
    desktop: Option<Desktop>,
}

/// The language that a proxy speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProxyScheme {
    /// HTTP, with `CONNECT` (RFC 9110, 9.3.6).
    Http,
    /// The same over TLS.
    Https,
    /// SOCKS 5 (RFC 1928); names are resolved on this machine.
    Socks5,
    /// SOCKS 5; names are resolved by the proxy.
    Socks5h,
    /// SOCKS 4 or 4a, which only the environment can name.
    Socks4,
}

/// One proxy, as used.
#[derive(Clone)]
pub(crate) struct Hop(Intercept);

impl Route {
    pub(crate) fn of(proxy: &Proxy, desktop: &Desktop) -> Self {
        let named = match proxy {
            Proxy::Direct => None,
            Proxy::System | Proxy::Manual { .. } => Some(match Named::by(proxy) {
                Some(named) => Matcher::builder()
                    .all(named.address)
                    .no(named.except)
                    .build(),
                None => Matcher::from_system(),
            }),
        };
        let asked = cfg!(all(unix, not(target_os = "macos")));
        let asked = asked && matches!(proxy, Proxy::System) && !environment_speaks();
        Self {
            named,
            desktop: asked.then(|| desktop.clone()),
        }
    }

    /// Finds out what is to be known of the way to `url`. [`Route::to`] tells it from then on.
    pub(crate) async fn settle(&self, url: &Url) {
        if let Some(desktop) = &self.desktop {
            desktop.ask(url).await;
        }
    }

    /// The proxy on the way to `url`; none where the way is direct.
    pub(crate) fn to(&self, url: &str) -> Option<Hop> {
        let uri: Uri = url.parse().ok()?;
        let named = self.named.as_ref().and_then(|it| it.intercept(&uri));
        if named.is_some() {
            return named.map(Hop);
        }
        let proxy = self.desktop.as_ref()?.known(&Url::parse(url).ok()?)?;
        let desktops = Matcher::builder().all(proxy).build();
        desktops.intercept(&uri).map(Hop)
    }

    /// The same for an HTTP library, which asks for each connection; with user and password. None
    /// where the library does by itself what [`Route::to`] says.
    pub(crate) fn for_library(&self) -> Option<reqwest::Proxy> {
        let desktop = self.desktop.clone()?;
        Some(reqwest::Proxy::custom(move |url| desktop.known(url)))
    }
}

/// The environment names a proxy for secure connections, or hosts to be reached without one. What
/// it says then goes before the desktop, as with every other program.
fn environment_speaks() -> bool {
    ["HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].iter().any(|name| {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        set(name) || set(&name.to_ascii_lowercase())
    })
}

impl Hop {
    /// Its address, without user and password.
    pub(crate) fn shown(&self) -> String {
        let uri = self.0.uri();
        let place = uri.authority().map(|it| it.as_str()).unwrap_or_default();
        // A password with an `@` in it can be taken for a part of the host.
        let place = place.rsplit('@').next().unwrap_or_default();
        format!("{}://{place}", uri.scheme_str().unwrap_or("http"))
    }

    /// Its address, for libraries; without user and password.
    pub(crate) fn uri(&self) -> Uri {
        self.0.uri().clone()
    }

    pub(crate) fn kind(&self) -> ProxyScheme {
        match self.0.uri().scheme_str() {
            Some("https") => ProxyScheme::Https,
            Some("socks5") => ProxyScheme::Socks5,
            Some("socks5h") => ProxyScheme::Socks5h,
            Some("socks4" | "socks4a") => ProxyScheme::Socks4,
            _ => ProxyScheme::Http,
        }
    }

    pub(crate) fn host(&self) -> &str {
        let host = self.0.uri().host().unwrap_or_default();
        host.trim_start_matches('[').trim_end_matches(']')
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.uri().port_u16().unwrap_or(match self.kind() {
            ProxyScheme::Http => 80,
            ProxyScheme::Https => 443,
            ProxyScheme::Socks5 | ProxyScheme::Socks5h | ProxyScheme::Socks4 => 1080,
        })
    }

    /// `Proxy-Authorization`, which is marked as sensitive.
    pub(crate) fn authorization(&self) -> Option<&HeaderValue> {
        self.0.basic_auth()
    }

    /// The user and the password for SOCKS.
    pub(crate) fn login(&self) -> Option<(&str, &str)> {
        self.0.raw_auth()
    }
}

impl fmt::Debug for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown())
    }
}

/// A proxy that somebody named outright, as HTTP libraries take it; not to be shown.
pub(crate) struct Named {
    /// With user and password.
    pub(crate) address: String,
    /// What is reached without it, separated by commas.
    pub(crate) except: String,
}

impl Named {
    /// The proxy that the person chose, or the one that the environment names; none where that is
    /// for the system to say, or there is none.
    pub(crate) fn by(proxy: &Proxy) -> Option<Self> {
        match proxy {
            Proxy::Direct => None,
            Proxy::System => Self::by_environment(),
            Proxy::Manual { no_proxy, .. } => Some(Self {
                address: with_login(proxy)?,
                except: exceptions(&no_proxy.join(",")),
            }),
        }
    }

    /// Read here, because the library takes a password for a part of the host, or the whole for
    /// no proxy, where it holds what an address would spell otherwise.
    fn by_environment() -> Option<Self> {
        let set = |name: &&str| std::env::var(name).ok().filter(|it| !it.is_empty());
        let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        let except = ["NO_PROXY", "no_proxy"].iter().find_map(set);
        Some(Self {
            address: names.iter().filter_map(set).find_map(|it| spelled(&it))?,
            except: exceptions(&except.unwrap_or_default()),
        })
    }
}

/// A proxy's address with its user and password as an address spells them.
fn spelled(text: &str) -> Option<String> {
    let typed = ProxyAddress::parse(text).ok()?;
    with_login(&Proxy::Manual {
        address: typed.address,
        user: typed.user,
        password: typed.password.map(Arc::new),
        no_proxy: Vec::new(),
    })
}

/// What is reached without a proxy, as the libraries understand it.
fn exceptions(text: &str) -> String {
    let entries = text.split(|it: char| it == ',' || it == ';' || it.is_whitespace());
    let entries = entries.filter(|entry| !entry.is_empty()).map(exception);
    entries.collect::<Vec<_>>().join(",")
}

/// One of them. Libraries know neither `*.` before a domain, nor ports, nor the brackets around an
/// address of IPv6, and would pass over what has them without a word.
fn exception(entry: &str) -> &str {
    let entry = match entry.strip_prefix('*') {
        Some(domain) if domain.starts_with('.') => domain,
        _ => entry,
    };
    let in_brackets = entry.strip_prefix('[').and_then(|it| it.split_once(']'));
    if let Some((address, _)) = in_brackets {
        return address;
    }
    match entry.split_once(':') {
        Some((host, port)) if port.bytes().all(|it| it.is_ascii_digit()) => host,
        _ => entry,
    }
}

/// A manual proxy's address with its user and password, as HTTP libraries take it; not to be
/// shown. None for others.
fn with_login(proxy: &Proxy) -> Option<String> {
    let Proxy::Manual {
        address,
        user,
        password,
        ..
    } = proxy
    else {
        return None;
    };
    let address = address.to_string();
    let Some(user) = user.as_deref().filter(|user| !user.is_empty()) else {
        return Some(address);
    };
    let (scheme, place) = address.split_once("://")?;
    let spelled = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let password = password.as_ref().map(|it| spelled(it.expose()));
    let password = password.unwrap_or_default();
    Some(format!("{scheme}://{}:{password}@{place}", spelled(user)))
}

#[cfg(test)]
mod tests;
