//! The gateway as the person chose it, and how it goes.
//!
//! The engine keeps the choice and the keys; the program around it serves, is told when to look
//! again, and tells how it goes.

mod keys;
mod snippets;

pub use keys::{GatewayKey, GatewayKeys};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hearth_foundry::Secret;
use tokio::sync::watch;
use url::{Position, Url};

use crate::api::{
    ErrorCode, ErrorReport, GatewayKeyId, GatewaySettings, GatewayState, GatewayView, HearthEvent,
    SnippetKind,
};
use crate::engine::Engine;
use crate::lending::lent_connection;
use crate::words::Words;
use snippets::Place;

/// How long a change waits for the program that serves to have made it, too: a key that was
/// removed is refused when the window says that it is gone. A port that is slow to open, or a
/// keyring that asks the person, is waited for no longer.
const SETTLING: Duration = Duration::from_secs(2);

/// What the program that serves is asked for, and how it goes.
pub(crate) struct Gateway {
    state: Mutex<GatewayState>,
    /// Counts the changes of what is to be served.
    asked: watch::Sender<u64>,
    /// The last of them that was served.
    done: watch::Sender<u64>,
}

impl Default for Gateway {
    fn default() -> Self {
        Self {
            state: Mutex::new(GatewayState::Off),
            asked: watch::Sender::new(0),
            done: watch::Sender::new(0),
        }
    }
}

impl Gateway {
    /// Tells the program that serves that something may be different.
    pub(crate) fn look_again(&self) {
        self.asked.send_modify(|count| *count += 1);
    }

    /// Waits until it has seen to all that was asked so far, where one serves.
    async fn settled(&self) {
        let asked = *self.asked.borrow();
        if self.asked.receiver_count() == 0 {
            return;
        }
        let mut done = self.done.subscribe();
        let seen_to = done.wait_for(|done| *done >= asked);
        if tokio::time::timeout(SETTLING, seen_to).await.is_err() {
            tracing::info!("the gateway takes its time to follow a change");
        }
    }

    fn state(&self) -> GatewayState {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.clone()
    }
}

impl Engine {
    /// The gateway as shown. What the disk does not tell of its requests is left out: a person
    /// can still switch it off.
    pub async fn gateway(&self) -> GatewayView {
        let connections = &self.shared.connections;
        let written = connections.written();
        let state = self.shared.gateway.state();
        let lent = lent_connection(&written);
        let running = matches!(state, GatewayState::Running { .. });
        let models = lent.filter(|_| running).map(|lent| {
            let names = lent.deployments.iter().map(|known| known.name.clone());
            names.collect()
        });
        let place = Place::new(&state, &written, None);
        let last_used = or_nothing(self.gateway_keys_last_used().await);
        GatewayView {
            keys: self
                .gateway_key_views(&written.gateway.keys, &last_used)
                .await,
            models: models.unwrap_or_default(),
            snippets: snippets::all(&place),
            today: or_nothing(self.gateway_sum_today().await),
            recent: or_nothing(self.gateway_recent().await),
            settings: written.gateway.chosen,
            state,
        }
    }

    /// Saves what the person chose. Switched on without any key, it gets a first one.
    ///
    /// # Errors
    /// [`ErrorCode::GatewayOriginInvalid`], [`ErrorCode::ConnectionNotFound`], a keyring that
    /// does not take the first key, and a settings file that cannot be written; then nothing
    /// has changed.
    pub async fn save_gateway(
        &self,
        settings: GatewaySettings,
    ) -> Result<GatewayView, ErrorReport> {
        let connections = &self.shared.connections;
        let changing = connections.alone().await;
        let written = connections.written();
        let settings = checked(settings)?;
        if let Some(id) = &settings.connection
            && written.connection(id).is_none()
            && written.gateway.chosen.connection.as_ref() != Some(id)
        {
            return Err(ErrorReport::new(ErrorCode::ConnectionNotFound));
        }
        let before = written.gateway;
        let is_switched_on = settings.on && !before.chosen.on;
        let first = match is_switched_on && before.keys.is_empty() {
            true => Some(Words::shared().say("gateway-first-key", &[])),
            false => None,
        };
        self.change_gateway(first, |gateway| gateway.chosen = settings)
            .await?;
        drop(changing);
        Ok(self.gateway_changed().await)
    }

    /// A key itself, for the clipboard.
    ///
    /// # Errors
    /// [`ErrorCode::GatewayKeyGone`], and what the keyring refuses.
    pub async fn gateway_key(&self, id: &GatewayKeyId) -> Result<Arc<Secret>, ErrorReport> {
        let written = self.shared.connections.written();
        self.gateway_secret(&written.gateway.keys, id).await
    }

    /// How a kind of program is pointed at the gateway, for the clipboard; with a key in its
    /// place, where one is named.
    ///
    /// # Errors
    /// As [`Engine::gateway_key`].
    pub async fn gateway_snippet(
        &self,
        kind: SnippetKind,
        key: Option<&GatewayKeyId>,
    ) -> Result<Secret, ErrorReport> {
        let written = self.shared.connections.written();
        let keys = &written.gateway.keys;
        let (known, secret) = match key {
            Some(id) => (
                keys.iter().find(|key| key.id == *id),
                Some(self.gateway_secret(keys, id).await?),
            ),
            None => (None, None),
        };
        let models = known.and_then(|key| key.models.as_deref());
        let place = Place::new(&self.shared.gateway.state(), &written, models);
        let secret = secret.as_ref().map(|secret| secret.expose());
        Ok(Secret::new(snippets::text(kind, &place, secret)))
    }

    /// For the program that serves: a number that changes whenever what is to be served may be
    /// different. It says with [`Engine::gateway_settled`] which of them it has seen to.
    #[must_use]
    pub fn gateway_changes(&self) -> watch::Receiver<u64> {
        self.shared.gateway.asked.subscribe()
    }

    /// For the program that serves: what was asked up to this number is served, or has failed.
    pub fn gateway_settled(&self, change: u64) {
        self.shared.gateway.done.send_replace(change);
    }

    /// For the program that serves: how it goes now.
    pub fn gateway_is(&self, state: GatewayState) {
        {
            let gateway = &self.shared.gateway;
            let mut known = gateway.state.lock().unwrap_or_else(PoisonError::into_inner);
            if *known == state {
                return;
            }
            *known = state;
        }
        self.shared.live().announce(HearthEvent::GatewayChanged);
    }

    /// Tells everybody of a change, and waits for a moment until it counts.
    async fn gateway_changed(&self) -> GatewayView {
        self.shared.gateway.look_again();
        self.shared.gateway.settled().await;
        self.shared.live().announce(HearthEvent::GatewayChanged);
        self.gateway().await
    }
}

fn or_nothing<T: Default>(read: Result<T, ErrorReport>) -> T {
    read.unwrap_or_else(|error| {
        tracing::warn!(%error, "the record of the gateway's requests cannot be read");
        T::default()
    })
}

fn checked(settings: GatewaySettings) -> Result<GatewaySettings, ErrorReport> {
    let mut origins = Vec::with_capacity(settings.origins.len());
    for typed in &settings.origins {
        let typed = typed.trim();
        if typed.is_empty() {
            continue;
        }
        let origin = origin(typed)
            .ok_or_else(|| ErrorReport::new(ErrorCode::GatewayOriginInvalid).about(typed))?;
        if !origins.contains(&origin) {
            origins.push(origin);
        }
    }
    Ok(GatewaySettings {
        origins,
        ..settings
    })
}

/// An origin as browsers write it (<https://fetch.spec.whatwg.org/#origin-header>): in small
/// letters, and without the port that its scheme has anyway. None for everything else, stars
/// included: nobody is meant by them.
fn origin(typed: &str) -> Option<String> {
    let url = Url::parse(typed).ok()?;
    let web = matches!(url.scheme(), "https" | "http");
    let bare = url.username().is_empty()
        && url.password().is_none()
        && matches!(&url[Position::BeforePath..], "" | "/");
    let host = url.host_str().filter(|host| !host.contains('*'));
    (web && bare && host.is_some()).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_kept_as_browsers_write_it() {
        for (typed, expected) in [
            ("https://Tool.Example.com/", "https://tool.example.com"),
            ("https://tool.example.com:443", "https://tool.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://[::1]:80", "http://[::1]"),
            ("https://bücher.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(origin(typed).as_deref(), Some(expected), "{typed}");
        }
        for typed in [
            "*",
            "null",
            "tool.example.com",
            "https://",
            "https://*.example.com",
            "https://tool.example.com/path",
            "https://tool.example.com?query",
            "https://tool.example.com#part",
            "https://user@tool.example.com",
            "ftp://tool.example.com",
            "file:///tmp",
            "chrome-extension://abcdef",
        ] {
            assert_eq!(origin(typed), None, "{typed}");
        }
    }

    #[test]
    fn what_is_chosen_is_tidied() {
        let chosen = GatewaySettings {
            origins: ["", " https://a.example ", "https://A.example/"]
                .map(str::to_owned)
                .into(),
            ..GatewaySettings::default()
        };
        assert_eq!(checked(chosen).unwrap().origins, ["https://a.example"]);
        let bad = GatewaySettings {
            origins: vec!["https://*".to_owned()],
            ..GatewaySettings::default()
        };
        let error = checked(bad).unwrap_err();
        assert_eq!(error.code, ErrorCode::GatewayOriginInvalid);
        assert_eq!(error.subject.as_deref(), Some("https://*"));
    }
}
