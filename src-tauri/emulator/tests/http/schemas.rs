//! Answers that have to fit a schema, as libraries write them.

use serde_json::{Value, json};

use crate::support::*;

/// What the schema asks for, and a value of it.
fn schema() -> (Value, Value) {
    let schema = json!({
        "type": "object",
        "additionalProperties": false,
        "$defs": {
            "Kind": {"enum": ["a", "b"], "type": "string"},
            "Inner": {
                "type": "object",
                "additionalProperties": false,
                "required": ["x", "maybe"],
                "properties": {
                    "x": {"type": "integer"},
                    "maybe": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/Kind"}]},
                },
            },
        },
        "required": ["kind", "inner", "maybe", "fixed", "words", "list", "several"],
        "properties": {
            "kind": {"$ref": "#/$defs/Kind"},
            "inner": {"allOf": [{"$ref": "#/$defs/Inner"}]},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "fixed": {"const": "v1"},
            "words": {"type": ["string", "null"]},
            "list": {"type": "array", "items": {"type": "boolean"}},
            "several": {"type": "array", "items": {"type": "number"}, "minItems": 1},
            "left_out": {"type": "string"},
        },
    });
    let fits = json!({
        "kind": "a", "inner": {"x": 1, "maybe": null}, "maybe": 1, "fixed": "v1",
        "words": "describe", "list": [], "several": [1],
    });
    (schema, fits)
}

/// How many values there are in a value, itself among them.
fn values(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(fields) => fields.values().map(values).sum::<usize>(),
        _ => 0,
    }
}

/// The one block that comes after what was thought.
async fn last_block(body: &Value) -> Value {
    let emulator = started().await;
    let mut body = body.clone();
    body["stream"] = json!(false);
    let response = post(&emulator, &body).send().await.expect("an answer");
    let answer: Value = response.json().await.expect("JSON");
    answer["content"]
        .as_array()
        .and_then(|blocks| blocks.last())
        .unwrap_or_else(|| panic!("{answer}"))
        .clone()
}

#[tokio::test]
async fn a_tool_that_the_system_prompt_wants_the_answer_by_is_called() {
    let (schema, fits) = schema();
    let mut body = question(MODEL, "Describe");
    body["system"] = json!("Give it only by calling the tool `answer`, and write no text.");
    body["tools"] = json!([
        {"name": "answer", "input_schema": schema},
        {"name": "other", "input_schema": {"type": "object"}},
    ]);
    let block = last_block(&body).await;
    assert_eq!(block["name"], "answer");
    assert_eq!(block["input"], fits);
}

#[tokio::test]
async fn structured_outputs_fit_their_schema() {
    let (schema, fits) = schema();
    let mut body = question("claude-sonnet-4-5", "Describe");
    body["output_config"] = json!({"format": {"type": "json_schema", "schema": schema}});
    let block = last_block(&body).await;
    let text = block["text"].as_str().expect("a text");
    let value: Value = serde_json::from_str(text).expect("JSON");
    assert_eq!(value, fits);
}

#[tokio::test]
async fn a_schema_that_leads_to_itself_has_an_end() {
    let mut body = question(MODEL, "Use endless");
    body["tools"] = json!([{"name": "endless", "input_schema": {
        "type": "object",
        "$defs": {"Loop": {"$ref": "#/$defs/Loop"}},
        "required": ["loop"],
        "properties": {"loop": {"$ref": "#/$defs/Loop"}},
    }}]);
    assert_eq!(last_block(&body).await["input"], json!({"loop": null}));
}

#[tokio::test]
async fn a_schema_that_branches_into_itself_is_not_followed_everywhere() {
    let names = ["a", "b", "c", "d", "e"];
    let itself = names.map(|name| (name.to_owned(), json!({"$ref": "#"})));
    let mut body = question(MODEL, "Use endless");
    body["tools"] = json!([{"name": "endless", "input_schema": {
        "type": "object",
        "required": names,
        "properties": serde_json::Map::from_iter(itself),
    }}]);
    let input = last_block(&body).await["input"].clone();
    assert!(input["a"]["a"].is_object(), "{input}");
    let many = values(&input);
    assert!((900..=1_100).contains(&many), "{many}");
}

#[tokio::test]
async fn a_large_value_that_is_named_often_is_not_copied_everywhere() {
    let names: Vec<String> = (0..900).map(|n| format!("n{n}")).collect();
    let large = names
        .iter()
        .map(|name| (name.clone(), json!({"$ref": "#/$defs/Large"})));
    let mut body = question(MODEL, "Use large");
    body["tools"] = json!([{"name": "large", "input_schema": {
        "type": "object",
        "$defs": {"Large": {"const": "x".repeat(20_000)}},
        "required": names,
        "properties": serde_json::Map::from_iter(large),
    }}]);
    let input = last_block(&body).await["input"].clone();
    assert_eq!(input["n0"].as_str().map(str::len), Some(20_000));
    assert!(input.to_string().len() < 100_000);
}

#[tokio::test]
async fn a_long_constant_is_not_filled_up_with_nulls() {
    let long = vec!["x".repeat(1_000); 3_000];
    let mut body = question(MODEL, "Use long");
    body["tools"] = json!([{"name": "long", "input_schema": {
        "type": "object",
        "required": ["list", "after"],
        "properties": {"list": {"const": long}, "after": {"type": "boolean"}},
    }}]);
    let input = last_block(&body).await["input"].clone();
    assert_eq!(input["list"][0], long[0]);
    assert!(values(&input) <= 1_100, "{}", values(&input));
}

#[tokio::test]
async fn a_tools_input_is_always_an_object() {
    for schema in [
        json!({"type": "object", "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
        json!({"type": "object", "const": 5}),
    ] {
        let mut body = question(MODEL, "Use odd");
        body["tools"] = json!([{"name": "odd", "input_schema": schema}]);
        assert_eq!(last_block(&body).await["input"], json!({}), "{schema}");
    }
    // Where fields of its own stand beside a choice, they count.
    let mut body = question(MODEL, "Use both");
    body["tools"] = json!([{"name": "both", "input_schema": {
        "type": "object",
        "properties": {"a": {"type": "boolean"}, "b": {"type": "boolean"}},
        "required": ["a"],
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }}]);
    assert_eq!(last_block(&body).await["input"], json!({"a": true}));
}
