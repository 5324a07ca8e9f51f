//! The proxy that the desktop is set to, which programs that are started from its menus find in no
//! variable.
//!
//! Asked of the desktop's portal, which knows the settings of GNOME, KDE and others and reads
//! automatic configuration files
//! (<https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ProxyResolver.html>).
//! Its answers hold for a while, so that a question does not wait for them twice. Where no portal
//! runs, none is started: there is no desktop then.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

/// How long an answer holds, or the want of one.
const FRESH: Duration = Duration::from_secs(120);
/// Longest time for an answer. One that comes of a configuration file has to be fetched first.
const LIMIT: Duration = Duration::from_secs(3);
/// Most addresses that are remembered; more than anybody has connections.
const MOST: usize = 256;

/// What the desktop said last, by scheme, host and port. One desktop, so one memory.
static KNOWN: Mutex<Option<HashMap<String, Answer>>> = Mutex::new(None);

#[derive(Clone)]
struct Answer {
    /// With user and password, if the desktop keeps them there.
    proxy: Option<String>,
    at: Instant,
}

/// The proxy for `url` as the desktop said it last, with user and password; none when the way is
/// direct, or nobody has asked.
pub(super) fn known(url: &Url) -> Option<String> {
    memory()
        .get_or_insert_default()
        .get(&place(url))?
        .proxy
        .clone()
}

/// Asks the desktop, unless its last answer still holds.
pub(super) async fn ask(url: &Url) {
    let place = place(url);
    let holds = |answer: &Answer| answer.at.elapsed() < FRESH;
    let asked = memory()
        .get_or_insert_default()
        .get(&place)
        .is_some_and(holds);
    if asked {
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
    let mut memory = memory();
    let memory = memory.get_or_insert_default();
    if memory.len() >= MOST {
        memory.clear();
    }
    let at = Instant::now();
    memory.insert(place, Answer { proxy, at });
}

fn memory() -> MutexGuard<'static, Option<HashMap<String, Answer>>> {
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner)
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
