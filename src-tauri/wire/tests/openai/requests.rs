//! The table of requests.

use hearth_wire::openai::Refusal;
use hearth_wire::openai::request::{Translated, translate};
use serde_json::{Value, json};

use crate::rows::{facts, merged, name, none_wrong, policy, rows};

fn asked(row: &Value) -> Result<Translated, Refusal> {
    // A body that no JSON value could spell is written out.
    let body = match row["body"].as_str() {
        Some(body) => body.to_owned(),
        None => {
            let base = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
            let mut body = merged(base, &row["with"]);
            if let Some(nulls) = row["null"].as_array() {
                for key in nulls {
                    body[key.as_str().expect("what the test put there")] = Value::Null;
                }
            }
            body.to_string()
        }
    };
    translate(body.as_bytes(), &facts(row), &policy(row))
}

fn differences(row: &Value, translated: &Translated) -> Vec<String> {
    let hi = json!([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]);
    let base = json!({"model": "d", "max_tokens": 4096, "messages": hi});
    let mut wrong = vec![];
    let mut compare = |what: &str, is: Value, expected: Value| {
        if is != expected {
            wrong.push(format!(
                "{}: {what}\n  is       {is}\n  expected {expected}",
                name(row)
            ));
        }
    };
    let list = |key: &str| row.get(key).cloned().unwrap_or(json!([]));
    let request = serde_json::to_value(&translated.request).expect("what the test put there");
    compare("request", request, merged(base, &row["gives"]));
    let dropped: Vec<&str> = translated
        .dropped
        .iter()
        .map(|dropped| dropped.param.as_str())
        .collect();
    compare("dropped", json!(dropped), list("dropped"));
    compare("betas", json!(translated.betas), list("betas"));
    compare("headers", json!(translated.headers), list("headers"));
    let version = row.get("version").cloned().unwrap_or(json!("2026-10-21"));
    compare("version", json!(translated.version.as_str()), version);
    if let Some(wants) = row.get("wants") {
        let json_tool = translated.wants.json_tool.as_ref();
        let is = json!({
            "model": translated.wants.model,
            "stream": translated.wants.stream,
            "include_usage": translated.wants.include_usage,
            "json_tool": json_tool.map(|tool| json!({"name": tool.name, "wrapped": tool.wrapped})),
            "legacy": translated.wants.legacy_functions,
        });
        let plain = json!({"model": "m", "stream": false, "include_usage": false, "json_tool": null, "legacy": false});
        let mut expected = plain;
        for (key, value) in wants.as_object().expect("what the test put there") {
            expected[key] = value.clone();
        }
        compare("wants", is, expected);
    }
    wrong
}

fn unlike_refusal(row: &Value, expected: &Value, refusal: &Refusal) -> Vec<String> {
    let is = json!({
        "status": refusal.status,
        "param": refusal.param,
        "code": refusal.code,
    });
    let base = json!({"status": 400, "code": "invalid_value", "param": null});
    let mut wanted = base;
    for (key, value) in expected.as_object().expect("what the test put there") {
        if key != "says" {
            wanted[key] = value.clone();
        }
    }
    let says = expected["says"].as_str().unwrap_or("");
    let mut wrong = vec![];
    if is != wanted || !refusal.message.contains(says) {
        wrong.push(format!(
            "{}:\n  is       {is} {}\n  expected {wanted} {says}",
            name(row),
            refusal.message
        ));
    }
    let body: Value = serde_json::from_str(&refusal.json()).expect("what the test put there");
    if body["error"]["message"] != refusal.message || body["error"]["param"] != is["param"] {
        wrong.push(format!("{}: {body}", name(row)));
    }
    wrong
}

fn judge(row: &Value) -> Vec<String> {
    match (asked(row), row.get("refused")) {
        (Ok(translated), None) => differences(row, &translated),
        (Err(refusal), Some(expected)) => unlike_refusal(row, expected, &refusal),
        (Ok(translated), Some(_)) => {
            vec![format!(
                "{}: was not refused: {:?}",
                name(row),
                translated.request
            )]
        }
        (Err(refusal), None) => vec![format!("{}: was refused: {}", name(row), refusal.json())],
    }
}

#[test]
fn every_request_becomes_what_the_table_says() {
    let rows = rows("requests");
    assert!(rows.len() >= 150, "{} rows", rows.len());
    let wrong: Vec<String> = rows.iter().flat_map(judge).collect();
    none_wrong(&wrong);
}

#[test]
fn a_row_that_expects_something_else_is_found() {
    let row = json!({"name": "planted", "with": {"seed": 1}});
    assert_eq!(
        judge(&row).len(),
        1,
        "the member that was dropped is not expected"
    );
    let row = json!({"name": "planted", "with": {"seed": 1}, "refused": {}});
    assert_eq!(judge(&row).len(), 1, "it is not refused");
    let row = json!({"name": "planted", "with": {"temperature": 9}, "refused": {"param": "top_p"}});
    assert_eq!(judge(&row).len(), 1, "it is refused for something else");
}
