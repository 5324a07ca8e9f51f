//! What a gateway is to lend, and to whom, read from an engine.

use hearth_engine::api::{ErrorReport, GatewaySettings};
use hearth_engine::{Engine, GatewayKey};
use hearth_gateway::{Catalogue, DefaultMaxTokens, Door, Expiry, Key, Keys, Known, Lent};

use crate::{Callers, Terms};

/// What can be opened.
pub(crate) struct Offer {
    pub(crate) lent: Lent,
    pub(crate) door: Door,
    /// The person's name of the connection.
    pub(crate) connection: String,
    /// Some of the keys cannot be read yet.
    pub(crate) incomplete: bool,
}

/// Reads the connection and the keys. The system may ask the person to unlock the keyring.
///
/// # Errors
/// What lending the connection can fail with, and why no key at all can be read.
pub(crate) async fn read(
    engine: &Engine,
    terms: &Terms,
    settings: &GatewaySettings,
) -> Result<Offer, ErrorReport> {
    let named = terms.connection.as_ref().or(settings.connection.as_ref());
    let lent = match terms.environment {
        true => engine.lend(named).await?,
        false => engine.lend_saved(named).await?,
    };
    let (keys, incomplete) = match &terms.callers {
        Callers::Anybody => (None, false),
        Callers::WithKey(own) => {
            let (keys, incomplete) = keys(engine, own).await?;
            (Some(keys), incomplete)
        }
    };
    let known = lent.deployments.into_iter().map(|known| Known {
        name: known.name,
        base_model: known.base_model,
        hosting: known.hosting,
    });
    Ok(Offer {
        lent: Lent {
            catalogue: Catalogue::of_connection(&lent.target, &lent.client, known),
            keys,
            drop_params: settings.drop_params,
            default_max_tokens: match settings.model_limit {
                true => DefaultMaxTokens::ModelLimit,
                false => DefaultMaxTokens::Documented,
            },
        },
        door: door(&settings.origins),
        connection: lent.name,
        incomplete,
    })
}

/// Who may ask of those that are known without asking the keyring, and from which pages; no keys
/// where everybody may.
pub(crate) fn known_callers(
    engine: &Engine,
    terms: &Terms,
    settings: &GatewaySettings,
) -> Option<(Keys, Door)> {
    let Callers::WithKey(own) = &terms.callers else {
        return None;
    };
    let mut keys = Keys::default();
    let known = engine.gateway_keys_known();
    for key in own
        .iter()
        .cloned()
        .chain(known.into_iter().filter_map(accepted))
    {
        add(&mut keys, key);
    }
    Some((keys, door(&settings.origins)))
}

async fn keys(engine: &Engine, own: &[Key]) -> Result<(Keys, bool), ErrorReport> {
    let mut keys = Keys::default();
    for key in own {
        add(&mut keys, key.clone());
    }
    let found = engine.gateway_keys().await;
    for key in found.keys.into_iter().filter_map(accepted) {
        add(&mut keys, key);
    }
    match found.problem {
        // It would serve, and let nobody in.
        Some(problem) if keys.is_empty() => Err(problem),
        problem => Ok((keys, problem.is_some())),
    }
}

/// The key as the gateway takes it; none when its last day is no day: it may be over.
fn accepted(key: GatewayKey) -> Option<Key> {
    let expires = match &key.expires {
        None => None,
        Some(day) => Some(Expiry::parse(day)?),
    };
    Some(Key {
        name: key.name,
        secret: key.secret,
        models: key.models,
        expires,
    })
}

fn add(keys: &mut Keys, key: Key) {
    let name = key.name.clone();
    if let Err(error) = keys.add(key) {
        tracing::warn!(name, %error, "a key of the gateway is left out");
    }
}

fn door(origins: &[String]) -> Door {
    let mut door = Door::default();
    for origin in origins {
        // Whoever wrote something else into the file by hand has let nobody in.
        if let Err(error) = door.allow_origin(origin) {
            tracing::warn!(origin, %error, "a page is not let in");
        }
    }
    door
}
