//! To whom the models are lent: the master key, and the section `hearth`, in which stand keys of
//! other people with what each may ask and for how long, and who may call by which name.

use super::entry::Reader;
use super::section::Section;
use super::yaml::Node;
use super::{BadConfig, Reason};
use crate::catalogue::Catalogue;
use crate::door::Door;
use crate::keys::{Expiry, Key, Keys};

/// The name under which the master key appears in logs.
const MASTER: &str = "master";

/// `general_settings.master_key`, which may ask everything for ever.
pub(super) fn master_key(
    general: &mut Section,
    reader: &Reader,
    keys: &mut Keys,
) -> Result<(), BadConfig> {
    let Some(key) = reader.secret(general, "master_key")? else {
        return Ok(());
    };
    let master = Key {
        name: MASTER.to_owned(),
        secret: key.value.clone(),
        models: None,
        expires: None,
    };
    keys.add(master)
        .map_err(|_| key.refuse(Reason::BadKey).naming("master_key"))
}

/// The section `hearth`.
pub(super) fn read(
    mut hearth: Section,
    reader: &Reader,
    catalogue: &Catalogue,
    keys: &mut Keys,
) -> Result<Door, BadConfig> {
    for node in hearth.list("keys")? {
        key(node, reader, catalogue, keys)?;
    }
    let mut door = Door::default();
    for host in hearth.texts("hosts")? {
        let allowed = door.allow_host(&host.value);
        allowed.map_err(|_| host.refuse(Reason::BadHost).naming("hosts"))?;
    }
    for origin in hearth.texts("origins")? {
        let allowed = door.allow_origin(&origin.value);
        allowed.map_err(|_| origin.refuse(Reason::BadHost).naming("origins"))?;
    }
    hearth.end()?;
    Ok(door)
}

fn key(
    node: Node,
    reader: &Reader,
    catalogue: &Catalogue,
    keys: &mut Keys,
) -> Result<(), BadConfig> {
    let mut section = Section::of(node)?;
    let name = reader.plain(&mut section, "name")?;
    let name = name.ok_or_else(|| section.refuse(Reason::Missing, "name"))?;
    let secret = reader.secret(&mut section, "key")?;
    let secret = secret.ok_or_else(|| section.refuse(Reason::Missing, "key"))?;
    let scoped = section.has("models");
    let models = section.texts("models")?;
    for model in &models {
        if !catalogue.has(&model.value) {
            return Err(model
                .refuse(Reason::UnknownModel)
                .naming_what_is_written(&model.value));
        }
    }
    let models = models.into_iter().map(|model| model.value).collect();
    let expires = match reader.plain(&mut section, "expires")? {
        None => None,
        Some(text) => match Expiry::parse(&text.value) {
            Some(expiry) => Some(expiry),
            None => return Err(text.refuse(Reason::BadExpiry).naming("expires")),
        },
    };
    section.end()?;
    let key = Key {
        name: name.value,
        secret: secret.value.clone(),
        // An empty list allows nothing; no list allows everything.
        models: scoped.then_some(models),
        expires,
    };
    keys.add(key)
        .map_err(|_| secret.refuse(Reason::BadKey).naming("key"))
}
