//! The gateway's keys: made here, kept in the keyring, and shown by their ends.

mod draft;

use std::collections::HashMap;
use std::sync::Arc;

use hearth_foundry::Secret;
use jiff::Timestamp;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::Map;

use crate::api::{
    ErrorCode, ErrorReport, GatewayKeyDraft, GatewayKeyId, GatewayKeyView, GatewayView,
    KeyringState,
};
use crate::connection::secrets;
use crate::engine::Engine;
use crate::settings::{SavedGateway, SavedGatewayKey};

use draft::{checked, is_over};

/// Letters and digits of a key: 238 bits that nobody guesses.
const LETTERS: usize = 40;

/// A key that the gateway is to accept.
pub struct GatewayKey {
    /// For whom or what it was made.
    pub name: String,
    /// The key itself.
    pub secret: Arc<Secret>,
    /// The models that it may ask for; none means all.
    pub models: Option<Vec<String>>,
    /// Its last day in UTC, such as `2027-01-31`; none means that it does not end.
    pub expires: Option<String>,
}

impl GatewayKey {
    fn new(saved: SavedGatewayKey, secret: Arc<Secret>) -> Self {
        Self {
            secret,
            name: saved.name,
            models: saved.models,
            expires: saved.expires,
        }
    }
}

/// The keys that the gateway is to accept.
pub struct GatewayKeys {
    /// Those that can be read.
    pub keys: Vec<GatewayKey>,
    /// Why others cannot be read.
    pub problem: Option<ErrorReport>,
}

impl Engine {
    /// Makes a key, or changes what one may ask for and until when.
    ///
    /// # Errors
    /// [`ErrorCode::GatewayKeyInvalid`], [`ErrorCode::GatewayKeyGone`], a keyring that does not
    /// take the key, and a settings file that cannot be written; then nothing has changed.
    pub async fn save_gateway_key(
        &self,
        draft: GatewayKeyDraft,
    ) -> Result<GatewayView, ErrorReport> {
        let connections = &self.shared.connections;
        let changing = connections.alone().await;
        let keys = connections.written().gateway.keys;
        let checked = checked(&draft, &keys, Timestamp::now())?;
        let before = match &draft.id {
            Some(id) => Some(find(&keys, id)?),
            None => None,
        };
        let saved = match before {
            Some(before) => SavedGatewayKey {
                edition: match self.is_there(before, draft.this_run_only).await? {
                    true => before.edition.clone(),
                    false => secrets::new_edition(),
                },
                name: checked.name,
                models: checked.models,
                expires: checked.expires,
                ..before.clone()
            },
            None => SavedGatewayKey {
                name: checked.name,
                models: checked.models,
                expires: checked.expires,
                ..nameless()
            },
        };
        let is_new = before.is_none_or(|before| before.edition != saved.edition);
        if is_new {
            self.keep_new(&saved, draft.this_run_only).await?;
        }
        let name = secrets::gateway_key(&saved);
        let superfluous = before.filter(|_| is_new).map(secrets::gateway_key);
        let changed = connections.change(|written| {
            let keys = &mut written.gateway.keys;
            match keys.iter_mut().find(|known| known.id == saved.id) {
                Some(known) => *known = saved,
                None => keys.push(saved),
            }
        });
        if let Err(error) = changed {
            if is_new {
                connections.forget_all(vec![name]).await;
            }
            return Err(error);
        }
        connections
            .forget_all(superfluous.into_iter().collect())
            .await;
        drop(changing);
        Ok(self.gateway_changed().await)
    }

    /// Removes a key. From then on it is refused; one that is gone already is no error.
    ///
    /// # Errors
    /// A settings file that cannot be written; then nothing has changed.
    pub async fn remove_gateway_key(&self, id: &GatewayKeyId) -> Result<GatewayView, ErrorReport> {
        let connections = &self.shared.connections;
        let changing = connections.alone().await;
        let keys = connections.written().gateway.keys;
        if let Ok(removed) = find(&keys, id) {
            // First what makes it count: what a keyring does not let go of is then of no use.
            connections.change(|written| written.gateway.keys.retain(|key| key.id != *id))?;
            self.shared.gateway.look_again();
            let name = secrets::gateway_key(removed);
            connections.forget_all(vec![name]).await;
        }
        drop(changing);
        Ok(self.gateway_changed().await)
    }

    /// The keys that the gateway is to accept. The system may ask the person to unlock the
    /// keyring. A key that was kept for an earlier run is left out.
    pub async fn gateway_keys(&self) -> GatewayKeys {
        let secrets = self.shared.connections.secrets();
        let mut found = GatewayKeys {
            keys: Vec::new(),
            problem: None,
        };
        for saved in self.shared.connections.written().gateway.keys {
            let name = secrets::gateway_key(&saved);
            let secret = match &found.problem {
                None => secrets.get(&name).await,
                // The keyring would only ask the person again; what is known needs no keyring.
                Some(_) => Ok(secrets.known(&name).map(|known| known.secret)),
            };
            match secret {
                Ok(Some(secret)) => found.keys.push(GatewayKey::new(saved, secret)),
                Ok(None) => {}
                Err(error) => found.problem = Some(error),
            }
        }
        found
    }

    /// Those of the keys that were read before or live in memory. Asks nobody: whoever waits for
    /// the keyring learns from it which keys are removed meanwhile.
    #[must_use]
    pub fn gateway_keys_known(&self) -> Vec<GatewayKey> {
        let connections = &self.shared.connections;
        let saved = connections.written().gateway.keys.into_iter();
        let known = saved.filter_map(|saved| {
            let known = connections.secrets().known(&secrets::gateway_key(&saved))?;
            Some(GatewayKey::new(saved, known.secret))
        });
        known.collect()
    }

    /// How the system's keyring is. Asks the person nothing.
    pub async fn keyring(&self) -> KeyringState {
        self.shared.connections.keyring().await
    }

    /// Changes the gateway's settings, and adds a key of this name, where one is given.
    pub(super) async fn change_gateway(
        &self,
        first: Option<String>,
        edit: impl FnOnce(&mut SavedGateway),
    ) -> Result<(), ErrorReport> {
        let connections = &self.shared.connections;
        let first = first.map(|name| SavedGatewayKey { name, ..nameless() });
        if let Some(first) = &first {
            self.keep_new(first, false).await?;
        }
        let name = first.as_ref().map(secrets::gateway_key);
        let changed = connections.change(|written| {
            edit(&mut written.gateway);
            written.gateway.keys.extend(first);
        });
        if changed.is_err() {
            connections.forget_all(name.into_iter().collect()).await;
        }
        changed
    }

    pub(super) async fn gateway_key_views(
        &self,
        keys: &[SavedGatewayKey],
        last_used: &HashMap<String, i64>,
    ) -> Vec<GatewayKeyView> {
        let connections = &self.shared.connections;
        let keyring = match keys.is_empty() {
            true => KeyringState::Missing,
            false => connections.keyring().await,
        };
        let mut views = Vec::with_capacity(keys.len());
        for saved in keys {
            let known = connections
                .look(&secrets::gateway_key(saved), keyring)
                .await;
            let (ending, place) = known.unzip();
            views.push(GatewayKeyView {
                id: saved.id.clone(),
                name: saved.name.clone(),
                ending,
                place,
                models: saved.models.clone(),
                expires: saved.expires.clone(),
                expired: is_over(saved.expires.as_deref(), Timestamp::now()),
                last_used_at: last_used
                    .get(&saved.name)
                    .copied()
                    .filter(|at| *at >= made_at(&saved.id)),
            });
        }
        views
    }

    pub(super) async fn gateway_secret(
        &self,
        keys: &[SavedGatewayKey],
        id: &GatewayKeyId,
    ) -> Result<Arc<Secret>, ErrorReport> {
        let name = secrets::gateway_key(find(keys, id)?);
        let secret = self.shared.connections.secrets().get(&name).await?;
        secret.ok_or_else(gone)
    }

    /// Whether an old key stays as it is. One that is lost is made anew, but not because the
    /// keyring is locked: then only when the person agrees to keep another in memory.
    async fn is_there(
        &self,
        saved: &SavedGatewayKey,
        this_run_only: bool,
    ) -> Result<bool, ErrorReport> {
        let connections = &self.shared.connections;
        let name = secrets::gateway_key(saved);
        if connections.secrets().known(&name).is_some() {
            return Ok(true);
        }
        match connections.keyring().await {
            KeyringState::Ready => Ok(connections.secrets().get(&name).await?.is_some()),
            KeyringState::Missing | KeyringState::Locked => Ok(!this_run_only),
        }
    }

    async fn keep_new(
        &self,
        saved: &SavedGatewayKey,
        this_run_only: bool,
    ) -> Result<(), ErrorReport> {
        let text = Alphanumeric.sample_string(&mut rand::rng(), LETTERS);
        let secret = Arc::new(Secret::new(format!("hearth-{text}")));
        let name = secrets::gateway_key(saved);
        let secrets = self.shared.connections.secrets();
        secrets.keep(&name, secret, this_run_only).await
    }
}

fn nameless() -> SavedGatewayKey {
    SavedGatewayKey {
        id: GatewayKeyId(crate::new_id()),
        name: String::new(),
        edition: None,
        models: None,
        expires: None,
        unknown: Map::new(),
    }
}

/// When a key was made, in milliseconds since the Unix epoch, as its id tells: what was used under
/// the same name before then was another one.
fn made_at(id: &GatewayKeyId) -> i64 {
    let made = uuid::Uuid::parse_str(&id.0).ok();
    let (seconds, nanoseconds) = made
        .and_then(|id| id.get_timestamp())
        .map_or((0, 0), |made| made.to_unix());
    let milliseconds = seconds
        .saturating_mul(1000)
        .saturating_add(u64::from(nanoseconds / 1_000_000));
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn find<'a>(
    keys: &'a [SavedGatewayKey],
    id: &GatewayKeyId,
) -> Result<&'a SavedGatewayKey, ErrorReport> {
    keys.iter().find(|key| key.id == *id).ok_or_else(gone)
}

fn gone() -> ErrorReport {
    ErrorReport::new(ErrorCode::GatewayKeyGone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_when_its_key_was_made() {
        let before = crate::now();
        let made = made_at(&nameless().id);
        assert!((before..=crate::now()).contains(&made), "{made}");
        assert_eq!(made_at(&GatewayKeyId("by hand".to_owned())), 0);
    }
}
