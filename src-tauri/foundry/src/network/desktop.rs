//! The proxy that the desktop is set to, which programs that are started from its menus find in no
//! variable.
//!
//! Asked of the desktop's portal, which knows the settings of GNOME, KDE and others and reads
//! automatic configuration files
//! (<https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.ProxyResolver.html>).
//! Its answers hold for a while, so that a question does not wait for them twice. A portal that
//! fails takes nothing back of what it said before, and is asked again soon. Where no portal
//! runs, none is started: there is no desktop then.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

/// How long an answer holds.
const FRESH: Duration = Duration::from_secs(120);
/// How long the want of one holds at first, and twice as long after each further one.
const SOON: Duration = Duration::from_secs(10);
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
    /// How often the desktop failed to say it since.
    failures: u32,
    at: Instant,
}

impl Answer {
    /// What is known once the desktop `said` which ways there are, or failed to.
    fn after(before: Option<&Self>, said: Option<&[String]>) -> Self {
        let failures = match (said, before) {
            (Some(_), _) => 0,
            (None, None) => 1,
            (None, Some(before)) => before.failures.saturating_add(1),
        };
        let proxy = match said {
            Some(proxies) => first(proxies),
            None => before.and_then(|before| before.proxy.clone()),
        };
        Self {
            proxy,
            failures,
            at: Instant::now(),
        }
    }

    /// How long nobody asks again.
    fn life(&self) -> Duration {
        match self.failures {
            0 => FRESH,
            failures => (SOON * 2_u32.saturating_pow(failures - 1).min(60)).min(FRESH),
        }
    }

    fn holds(&self) -> bool {
        self.at.elapsed() < self.life()
    }
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
        if self.memory().get(&place).is_some_and(Answer::holds) {
            return;
        }
        let said = match tokio::time::timeout(LIMIT, portal::look_up(&place)).await {
            Ok(Ok(proxies)) => Some(proxies),
            Ok(Err(error)) => {
                tracing::debug!(%error, "the desktop does not say which proxy it is set to");
                None
            }
            Err(_) => {
                tracing::debug!("the desktop takes too long to say which proxy it is set to");
                None
            }
        };
        let mut memory = self.memory();
        let answer = Answer::after(memory.get(&place), said.as_deref());
        if memory.len() >= MOST {
            memory.clear();
        }
        memory.insert(place, answer);
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ways(ways: &[&str]) -> Vec<String> {
        ways.iter().map(|&way| way.to_owned()).collect()
    }

    #[test]
    fn a_desktop_that_fails_takes_nothing_back_and_is_asked_again_soon() {
        let proxy = "http://proxy.example:3128";
        let said = Answer::after(None, Some(&ways(&[proxy, "direct://"])));
        assert_eq!((said.proxy.as_deref(), said.life()), (Some(proxy), FRESH));
        let mut failed = Answer::after(Some(&said), None);
        assert_eq!(
            (failed.proxy.as_deref(), failed.life()),
            (Some(proxy), SOON)
        );
        // One that goes on failing is not waited for by every question.
        for _ in 0..40 {
            let next = Answer::after(Some(&failed), None);
            assert!(next.life() >= failed.life() && next.life() <= FRESH);
            failed = next;
        }
        assert_eq!(
            (failed.proxy.as_deref(), failed.life()),
            (Some(proxy), FRESH)
        );
        let direct = Answer::after(Some(&failed), Some(&ways(&["direct://"])));
        assert_eq!((direct.proxy.as_deref(), direct.life()), (None, FRESH));
    }

    #[test]
    fn a_desktop_that_never_said_anything_is_asked_again_soon() {
        let failed = Answer::after(None, None);
        assert_eq!((failed.proxy.as_deref(), failed.life()), (None, SOON));
        let none = Answer::after(Some(&failed), Some(&[]));
        assert_eq!((none.proxy.as_deref(), none.life()), (None, FRESH));
    }
}
