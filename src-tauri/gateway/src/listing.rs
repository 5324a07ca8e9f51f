//! The list of models, in one shape for two dialects: OpenAI's members
//! (<https://platform.openai.com/docs/api-reference/models/list>) beside those of the Messages
//! API (<https://platform.claude.com/docs/en/api/models-list>).

use hearth_wire::models;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::catalogue::Catalogue;
use crate::keys::Key;

/// Whose models they are said to be.
const OWNER: &str = "microsoft-foundry";

/// Which models are wanted, as clients of the Messages API say it. Those of OpenAI want all.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Page {
    limit: Option<usize>,
    after_id: Option<String>,
    before_id: Option<String>,
}

/// The models that the key may ask for, as many as are wanted; all of them where there are no
/// keys. None when those are wanted that come after, or before, one that there is not.
pub(crate) fn list(catalogue: &Catalogue, key: Option<&Key>, page: &Page) -> Option<Value> {
    let names = catalogue.names();
    let all: Vec<_> = names
        .filter(|(name, _)| key.is_none_or(|key| key.may_ask(name)))
        .collect();
    let place = |id: &String| all.iter().position(|(name, _)| name == id);
    let limit = page.limit.unwrap_or(usize::MAX).max(1);
    let (wanted, more) = match (&page.after_id, &page.before_id) {
        (None, Some(before)) => {
            let earlier = &all[..place(before)?];
            let first = earlier.len().saturating_sub(limit);
            (&earlier[first..], first > 0)
        }
        (after, _) => {
            let later = match after {
                Some(after) => &all[place(after)? + 1..],
                None => &all[..],
            };
            let last = later.len().min(limit);
            (&later[..last], last < later.len())
        }
    };
    let data: Vec<Value> = wanted
        .iter()
        .map(|(name, base)| model(name, *base))
        .collect();
    let id = |model: Option<&Value>| model.map_or(Value::Null, |model| model["id"].clone());
    Some(json!({
        "object": "list",
        "first_id": id(data.first()),
        "last_id": id(data.last()),
        "has_more": more,
        "data": data,
    }))
}

/// One model, under its name or with the route before it, as requests may name it; none when
/// there is no such name, or the key may not ask for it.
pub(crate) fn one(catalogue: &Catalogue, key: Option<&Key>, wanted: &str) -> Option<Value> {
    let wanted = catalogue.known(wanted)?;
    let mut names = catalogue.names();
    let (name, base) = names.find(|(name, _)| *name == wanted)?;
    let allowed = key.is_none_or(|key| key.may_ask(name));
    allowed.then(|| model(name, base))
}

fn model(name: &str, base: Option<&str>) -> Value {
    let base = base.and_then(models::find);
    let released = base.and_then(|base| base.released.as_deref());
    // Where the day is not known, the API says the first of all moments.
    let released = released.and_then(day).unwrap_or(Timestamp::UNIX_EPOCH);
    json!({
        "id": name,
        "object": "model",
        "created": released.as_second(),
        "owned_by": OWNER,
        "type": "model",
        "display_name": base.map_or(name, |base| base.name.as_str()),
        "created_at": released.to_string(),
    })
}

fn day(text: &str) -> Option<Timestamp> {
    let day = text.parse::<Date>().ok()?;
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}
