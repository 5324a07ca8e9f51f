//! Proxies: as typed, as chosen, and as used for an address.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use reqwest::header::HeaderValue;
use url::Url;

use super::desktop;
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
    desktop: bool,
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
    pub(crate) fn of(proxy: &Proxy) -> Self {
        let named = match proxy {
            Proxy::Direct => None,
            Proxy::System => Some(Matcher::from_system()),
            Proxy::Manual { no_proxy, .. } => {
                let url = with_login(proxy).unwrap_or_default();
                let builder = Matcher::builder().all(url).no(no_proxy.join(","));
                Some(builder.build())
            }
        };
        let asked = cfg!(all(unix, not(target_os = "macos")));
        let desktop = asked && matches!(proxy, Proxy::System) && !environment_speaks();
        Self { named, desktop }
    }

    /// Finds out what is to be known of the way to `url`. [`Route::to`] tells it from then on.
    pub(crate) async fn settle(&self, url: &Url) {
        if self.desktop {
            desktop::ask(url).await;
        }
    }

    /// The proxy on the way to `url`; none where the way is direct.
    pub(crate) fn to(&self, url: &str) -> Option<Hop> {
        let uri: Uri = url.parse().ok()?;
        let named = self.named.as_ref().and_then(|it| it.intercept(&uri));
        if named.is_some() || !self.desktop {
            return named.map(Hop);
        }
        let proxy = desktop::known(&Url::parse(url).ok()?)?;
        let desktops = Matcher::builder().all(proxy).build();
        desktops.intercept(&uri).map(Hop)
    }

    /// The same for an HTTP library, which asks for each connection; with user and password. None
    /// where the library does by itself what [`Route::to`] says.
    pub(crate) fn for_library(&self) -> Option<reqwest::Proxy> {
        self.desktop.then(|| reqwest::Proxy::custom(desktop::known))
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
        self.0.uri().to_string().trim_end_matches('/').to_owned()
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

/// A manual proxy's address with its user and password, as HTTP libraries take it; not to be
/// shown. None for others.
pub(crate) fn with_login(proxy: &Proxy) -> Option<String> {
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
