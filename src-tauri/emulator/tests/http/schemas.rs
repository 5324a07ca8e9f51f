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
