//! What the settings hold that this program does not know: written by a later one, or by hand,
//! it stays where it lies.

use serde_json::{Map, Value};

use super::Settings;

/// What tells one element of a list from another, whatever their order.
const NAMES: [&str; 2] = ["id", "name"];

/// What tells one kind of object from another: what belongs to the one means nothing in the other.
const KIND: &str = "kind";

/// `next` as a document, with everything of `read` that was not understood as part of `current`.
///
/// # Errors
/// None that can happen with settings that were read.
pub(super) fn kept(
    read: &Value,
    current: &Settings,
    next: &Settings,
) -> Result<Value, serde_json::Error> {
    let understood = serde_json::to_value(current)?;
    let mut next = serde_json::to_value(next)?;
    keep(read, &understood, &mut next);
    Ok(next)
}

fn keep(read: &Value, understood: &Value, next: &mut Value) {
    match (read, understood, next) {
        (Value::Object(read), Value::Object(understood), Value::Object(next)) => {
            keep_members(read, understood, next);
        }
        (Value::Array(read), Value::Array(understood), Value::Array(next)) => {
            for element in next {
                let same = |other: &&Value| name(element).is_some() && name(other) == name(element);
                if let Some(read) = read.iter().find(same)
                    && let Some(understood) = understood.iter().find(same)
                {
                    keep(read, understood, element);
                }
            }
        }
        _ => {}
    }
}

fn keep_members(
    read: &Map<String, Value>,
    understood: &Map<String, Value>,
    next: &mut Map<String, Value>,
) {
    if read.get(KIND) != next.get(KIND) {
        return;
    }
    for (key, value) in read {
        match (understood.get(key), next.get_mut(key)) {
            (Some(understood), Some(next)) => keep(value, understood, next),
            // It was understood, and is gone on purpose, or it is new.
            (Some(_), None) | (None, Some(_)) => {}
            // What says that there is nothing says nothing.
            (None, None) if value.is_null() => {}
            (None, None) => drop(next.insert(key.clone(), value.clone())),
        }
    }
}

fn name(element: &Value) -> Option<&str> {
    NAMES.iter().find_map(|key| element.get(key)?.as_str())
}
