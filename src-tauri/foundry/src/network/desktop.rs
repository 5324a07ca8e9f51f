//! The proxy that the desktop is set to, which programs that are started from its menus find in no
//! variable.
//!
//! Asked of the desktop's portal, which knows the settings of GNOME, KDE and others and reads
//! automatic configuration files
//! (<https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ProxyResolver.html>).
//! Its answers hold for a while, so that a question does not wait for them twice. Where no portal
//! runs, none is started: there is no desktop then.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

/// How long an answer holds, or the want of one.
const FRESH: Duration = Duration::from_secs(120);
/// Longest time for an answer. One that comes of a configuration file has to be fetched first.
const LIMIT: Duration = Duration::from_secs(3);
/// Most addresses that are remembered; more than anybody has connections.
const MOST: usize = 256;

/// What the desktop said about its proxy. Clones share one memory, as there is one desktop: whoever
/// has several ways out gives them all the same one.
#[derive(Clone, Default)]
pub struct Desktop {
    /// By scheme, host and port.
    known: Arc<Mutex<HashMap<String, Answer>>>,
}

impl fmt::Debug for Desktop {
    // A password may stand in what the desktop says.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desktop").finish_non_exhaustive()
    }
}

#[derive(Clone)]
struct Answer {
    /// With user and password, if the desktop keeps them there.
    proxy: Option<String>,
    at: Instant,
}

impl Desktop {
    /// The proxy for `url` as the desktop said it last, with user and password; none when the way
    /// is direct, or nobody has asked.
    pub(super) fn known(&self, url: &Url) -> Option<String> {
        self.memory().get(&place(url))?.proxy.clone()
    }

    /// Asks the desktop, unless its last answer still holds.
    pub(super) async fn ask(&self, url: &Url) {
        let place = place(url);
        let holds = |answer: &Answer| answer.at.elapsed() < FRESH;
        if self.memory().get(&place).is_some_and(holds) {
            return;
        }
        let proxy = match tokio::time::timeout(LIMIT, portal::look_up(&place)).await {
            Ok(Ok(proxies)) => first(&proxies),
            Ok(Err(error)) => {
                // The desktop may have failed now and answered before; but what holds is not known.
                tracing::debug!(%error, "the desktop does not say which proxy it is set to");
                None
            }
            Err(_) => {
                tracing::debug!("the desktop takes too long to say which proxy it is set to");
                None
            }
        };
        let mut memory = self.memory();
        if memory.len() >= MOST {
            memory.clear();
        }
        let at = Instant::now();
        memory.insert(place, Answer { proxy, at });
    }

    fn memory(&self) -> MutexGuard<'_, HashMap<String, Answer>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn place(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The first of the ways that the desktop names, in its order; none when that is the direct one.
fn first(proxies: &[String]) -> Option<String> {
    let first = proxies.first()?;
    let (scheme, rest) = first.split_once("://")?;
    match scheme {
        "http" | "https" | "socks5" | "socks5h" | "socks4" | "socks4a" => Some(first.clone()),
        // Of a version that is not said; almost all are of the fifth.
        "socks" => Some(format!("socks5h://{rest}")),
        _ => None,
    }
}

#[cfg(all(unix, not(target_os = "macos")))]
mod portal {
    use zbus::Connection;
    use zbus::fdo::DBusProxy;

    const NAME: &str = "org.freedesktop.portal.Desktop";

    pub(super) async fn look_up(url: &str) -> zbus::Result<Vec<String>> {
        let bus = Connection::session().await?;
        let name = NAME.try_into()?;
        if !DBusProxy::new(&bus).await?.name_has_owner(name).await? {
            return Ok(Vec::new());
        }
        let path = "/org/freedesktop/portal/desktop";
        let interface = Some("org.freedesktop.portal.ProxyResolver");
        let answer = bus
            .call_method(Some(NAME), path, interface, "Lookup", &(url,))
            .await?;
        answer.body().deserialize()
    }
}

/// Elsewhere nobody asks: the libraries read the system's settings themselves.
#[cfg(not(all(unix, not(target_os = "macos"))))]
mod portal {
    pub(super) async fn look_up(_: &str) -> Result<Vec<String>, std::convert::Infallible> {
        Ok(Vec::new())
    }
}
