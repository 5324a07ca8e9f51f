//! From the documents of earlier versions to the one that this program reads.

use serde_json::{Map, Value};

/// What connections of the first version were made of; everything else in one came from
/// somewhere unknown.
const FIRST_CONNECTION: [&str; 5] = [
    "id",
    "name",
    "endpoint",
    "deployments",
    "default_deployment",
];

/// The same of the whole document.
const FIRST_SETTINGS: [&str; 5] = ["version", "connections", "active", "demo", "tools"];

/// The same of a deployment.
const FIRST_DEPLOYMENT: [&str; 2] = ["name", "baseModel"];

/// What the second version added, and whose names an unknown key may therefore have.
const SECOND: [&str; 16] = [
    "credential",
    "edition",
    "agreed",
    "account",
    "this_run_only",
    "headers",
    "anthropic_version",
    "limits",
    "proxy",
    "proxy_edition",
    "network",
    "left_in_keyring",
    "gateway",
    "hosting",
    "known",
    "refusedEfforts",
];

/// Where keys go that nobody knew when they were written, and that mean something now.
const SET_ASIDE: &str = "unknown_in_version_1";

/// The document as version 2 has it. Whatever it does not know stays.
pub(super) fn to_current(mut document: Value) -> Value {
    let Some(settings) = document.as_object_mut() else {
        return document;
    };
    let from = settings.get("version").and_then(Value::as_u64).unwrap_or(1);
    if from == 1 {
        set_aside(settings, &FIRST_SETTINGS);
        let connections = settings
            .get_mut("connections")
            .and_then(Value::as_array_mut);
        for connection in connections.into_iter().flatten() {
            if let Some(connection) = connection.as_object_mut() {
                set_aside(connection, &FIRST_CONNECTION);
                let deployments = connection
                    .get_mut("deployments")
                    .and_then(Value::as_array_mut);
                let deployments = deployments.into_iter().flatten();
                for deployment in deployments.filter_map(Value::as_object_mut) {
                    set_aside(deployment, &FIRST_DEPLOYMENT);
                }
            }
        }
        settings.insert("version".to_owned(), Value::from(2));
    }
    document
}

/// Moves keys out of the way that version 1 did not know and that version 2 reads.
fn set_aside(object: &mut Map<String, Value>, known: &[&str]) {
    let clashing: Vec<String> = object
        .keys()
        .filter(|key| SECOND.contains(&key.as_str()) && !known.contains(&key.as_str()))
        .cloned()
        .collect();
    if clashing.is_empty() {
        return;
    }
    let moved = clashing
        .into_iter()
        .filter_map(|key| object.remove_entry(&key));
    let moved: Map<String, Value> = moved.collect();
    object.insert(SET_ASIDE.to_owned(), Value::Object(moved));
}
