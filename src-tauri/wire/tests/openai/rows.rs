//! Tables of cases.

use std::collections::BTreeSet;
use std::path::Path;

use hearth_wire::models;
use hearth_wire::models::Hosting;
use hearth_wire::openai::request::{DefaultMaxTokens, ModelFacts, Policy};
use serde_json::Value;

/// The rows of the tables whose files begin with `table`, in their order. Every row has a
/// name of its own and says why it expects what it expects.
pub(crate) fn rows(table: &str) -> Vec<Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/openai");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("what the test put there")
        .map(|entry| entry.expect("what the test put there").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .filter(|path| {
            path.file_name()
                .expect("what the test put there")
                .to_str()
                .expect("what the test put there")
                .starts_with(table)
        })
        .collect();
    files.sort();
    let mut rows = vec![];
    for file in files {
        let text = std::fs::read_to_string(&file).expect("what the test put there");
        for (at, line) in (1..).zip(text.lines()) {
            let row: Value = serde_json::from_str(line)
                .unwrap_or_else(|error| panic!("{}:{at}: {error}", file.display()));
            assert!(
                row["why"].as_str().is_some_and(|why| why.len() > 10),
                "{}:{at}",
                file.display()
            );
            rows.push(row);
        }
    }
    let names: BTreeSet<_> = rows.iter().map(name).collect();
    assert_eq!(names.len(), rows.len(), "every row has a name of its own");
    rows
}

pub(crate) fn name(row: &Value) -> &str {
    row["name"].as_str().expect("a row has a name")
}

/// The deployment that a row is about: `on` its base model, `none` for one that is mapped
/// to none, and who hosts it.
pub(crate) fn facts(row: &Value) -> ModelFacts<'static> {
    let id = row["on"].as_str().unwrap_or("claude-sonnet-4-6");
    let model = match id {
        "none" => models::cautious(),
        id => models::find(id).unwrap_or_else(|| panic!("no model {id}")),
    };
    let hosting = match row["hosting"].as_str() {
        Some("azure") => Some(Hosting::Azure),
        Some("anthropic") => Some(Hosting::Anthropic),
        _ => None,
    };
    ModelFacts {
        deployment: "d",
        model,
        hosting,
    }
}

pub(crate) fn policy(row: &Value) -> Policy {
    Policy {
        drop_params: row["drop"] == true,
        default_max_tokens: if row["limit"] == true {
            DefaultMaxTokens::ModelLimit
        } else {
            DefaultMaxTokens::Documented
        },
    }
}

/// `base` with the members of `changes`; null takes a member away.
pub(crate) fn merged(mut base: Value, changes: &Value) -> Value {
    let members = base.as_object_mut().expect("a base is an object");
    for (key, value) in changes.as_object().into_iter().flatten() {
        if value.is_null() {
            members.remove(key);
        } else {
            members.insert(key.clone(), value.clone());
        }
    }
    base
}

/// Fails with everything that was found, so that one run shows every row that is wrong.
pub(crate) fn none_wrong(wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} rows:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
