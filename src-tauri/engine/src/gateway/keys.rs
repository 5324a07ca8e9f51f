//! The gateway's keys: made here, kept in the keyring, and shown by their ends.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_foundry::Secret;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::Map;

use crate::api::{
    ErrorCode, ErrorReport, GatewayKeyDraft, GatewayKeyId, GatewayKeyView, GatewayView,
    KeyringState,
};
use crate::connection::secrets;
use crate::engine::Engine;
use crate::settings::{SavedGateway, SavedGatewayKey};

/// Most characters of a key's name.
const LONGEST_NAME: usize = 80;

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

/// A draft that can be saved.
struct Checked {
    name: String,
    models: Option<Vec<String>>,
    expires: Option<String>,
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

/// A draft as it would be saved at this moment.
fn checked(
    draft: &GatewayKeyDraft,
    keys: &[SavedGatewayKey],
    now: Timestamp,
) -> Result<Checked, ErrorReport> {
    let invalid = |member: &str| ErrorReport::new(ErrorCode::GatewayKeyInvalid).about(member);
    let name = draft.name.trim();
    let lower = name.to_lowercase();
    let mut others = keys.iter().filter(|key| Some(&key.id) != draft.id.as_ref());
    let taken = others.any(|key| key.name.to_lowercase() == lower);
    // Names stand in logs, each in its line.
    let odd = name.is_empty() || name.chars().any(char::is_control);
    if odd || taken || name.chars().count() > LONGEST_NAME {
        return Err(invalid("name"));
    }
    let models = match &draft.models {
        None => None,
        Some(named) => {
            let mut models: Vec<String> = Vec::with_capacity(named.len());
            for model in named.iter().map(|model| model.trim()) {
                if !model.is_empty() && !models.iter().any(|known| known == model) {
                    models.push(model.to_owned());
                }
            }
            if models.is_empty() {
                return Err(invalid("models"));
            }
            Some(models)
        }
    };
    let typed = draft.expires.as_deref().map(str::trim);
    let expires = typed.filter(|day| !day.is_empty());
    if let Some(day) = expires {
        last_day(day).ok_or_else(|| invalid("expires"))?;
        if !kept_until(draft, keys, day) && is_over(Some(day), now) {
            return Err(invalid("expires-over"));
        }
    }
    Ok(Checked {
        name: name.to_owned(),
        models,
        expires: expires.map(str::to_owned),
    })
}

/// The key that is changed ends on this day already. It may be over by now, which is no reason
/// not to give it another name.
fn kept_until(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey], day: &str) -> bool {
    let mut keys = keys.iter();
    let known = keys.find(|key| Some(&key.id) == draft.id.as_ref());
    known.is_some_and(|key| key.expires.as_deref() == Some(day))
}

/// A day that another follows; none for everything that is written otherwise.
fn last_day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (day.to_string() == text && day.tomorrow().is_ok()).then_some(day)
}

/// The last day is over in UTC, or is none.
fn is_over(expires: Option<&str>, now: Timestamp) -> bool {
    let today = now.to_zoned(TimeZone::UTC).date();
    expires.is_some_and(|day| last_day(day).is_none_or(|day| today > day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str) -> GatewayKeyDraft {
        GatewayKeyDraft {
            id: None,
            name: name.to_owned(),
            models: None,
            expires: None,
            this_run_only: true,
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey]) -> Result<Checked, ErrorReport> {
        checked(draft, keys, at("2027-01-31T12:00:00Z"))
    }

    fn refused(draft: &GatewayKeyDraft, keys: &[SavedGatewayKey]) -> Option<String> {
        let error = read(draft, keys).err()?;
        assert_eq!(error.code, ErrorCode::GatewayKeyInvalid);
        error.subject
    }

    #[test]
    fn a_name_is_there_short_printable_and_nobody_else_s() {
        let known = SavedGatewayKey {
            name: "Editor".to_owned(),
            ..nameless()
        };
        let keys = [known.clone()];
        for bad in ["", "  ", "editor", " EDITOR ", "a\nb", "a\u{1b}b"] {
            assert_eq!(
                refused(&draft(bad), &keys).as_deref(),
                Some("name"),
                "{bad:?}"
            );
        }
        let long = "ü".repeat(LONGEST_NAME);
        assert_eq!(refused(&draft(&long), &keys), None);
        assert!(refused(&draft(&format!("{long}u")), &keys).is_some());
        let same = GatewayKeyDraft {
            id: Some(known.id),
            ..draft(" editor ")
        };
        assert_eq!(read(&same, &keys).unwrap().name, "editor");
    }

    #[test]
    fn models_and_days_are_read_strictly() {
        let mut key = draft("a");
        key.models = Some(vec![
            " sonnet ".to_owned(),
            "sonnet".to_owned(),
            String::new(),
        ]);
        assert_eq!(read(&key, &[]).unwrap().models.unwrap(), ["sonnet"]);
        key.models = Some(vec![" ".to_owned()]);
        assert_eq!(refused(&key, &[]).as_deref(), Some("models"));
        key.models = None;
        for bad in [
            "soon",
            "2027-02-29",
            "20270131",
            "2027-1-31",
            "31.01.2027",
            "9999-12-31",
            "2027-01-31T10:00",
        ] {
            key.expires = Some(bad.to_owned());
            assert_eq!(refused(&key, &[]).as_deref(), Some("expires"), "{bad}");
        }
        for (typed, expected) in [(" 2027-01-31 ", Some("2027-01-31")), ("", None)] {
            key.expires = Some(typed.to_owned());
            assert_eq!(read(&key, &[]).unwrap().expires.as_deref(), expected);
        }
    }

    #[test]
    fn a_last_day_that_is_over_is_refused_unless_the_key_has_it_already() {
        let noon = at("2027-01-31T12:00:00Z");
        let ending = |day: &str| GatewayKeyDraft {
            expires: Some(day.to_owned()),
            ..draft("Editor")
        };
        let refused = |draft: &GatewayKeyDraft, keys: &[SavedGatewayKey], now| {
            let error = checked(draft, keys, now).err()?;
            assert_eq!(error.code, ErrorCode::GatewayKeyInvalid);
            error.subject
        };
        let over = Some("expires-over".to_owned());
        assert_eq!(refused(&ending("2027-01-30"), &[], noon), over);
        assert_eq!(refused(&ending(" 1999-12-31 "), &[], noon), over);
        assert_eq!(refused(&ending("2027-01-31"), &[], noon), None);
        // The day is over when it is so in UTC, and not before.
        let last = at("2027-01-31T23:59:59Z");
        assert_eq!(refused(&ending("2027-01-31"), &[], last), None);
        let next = at("2027-02-01T00:00:00Z");
        assert_eq!(refused(&ending("2027-01-31"), &[], next), over);
        // A key that has ended keeps its day while something else of it changes.
        let ended = SavedGatewayKey {
            name: "Old".to_owned(),
            expires: Some("2027-01-30".to_owned()),
            ..nameless()
        };
        let changing = |day: &str| GatewayKeyDraft {
            id: Some(ended.id.clone()),
            ..ending(day)
        };
        let keys = [ended.clone()];
        assert_eq!(refused(&changing("2027-01-30"), &keys, noon), None);
        assert_eq!(refused(&changing("2027-01-29"), &keys, noon), over);
        assert_eq!(refused(&ending("2027-01-30"), &keys, noon), over);
    }

    #[test]
    fn an_id_tells_when_its_key_was_made() {
        let before = crate::now();
        let made = made_at(&nameless().id);
        assert!((before..=crate::now()).contains(&made), "{made}");
        assert_eq!(made_at(&GatewayKeyId("by hand".to_owned())), 0);
    }

    #[test]
    fn a_key_ends_when_its_last_day_is_over() {
        let day = Some("2027-01-31");
        assert!(!is_over(day, at("2027-01-31T23:59:59Z")));
        assert!(is_over(day, at("2027-02-01T00:00:00Z")));
        assert!(!is_over(None, at("2027-02-01T00:00:00Z")));
        // What somebody wrote into the file by hand lets nobody in.
        assert!(is_over(Some("whenever"), at("2027-01-01T00:00:00Z")));
    }
}
