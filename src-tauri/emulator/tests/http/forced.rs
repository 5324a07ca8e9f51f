//! Answers that must call a tool: by `tool_choice`, before results and after them.

use hearth_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::*;

/// A model that takes a forced choice.
const OBEDIENT: &str = "claude-haiku-4-5";

/// A tool for the facts and behind it one for the answer, as libraries offer them.
fn forced(text: &str, choice: Value) -> Value {
    let mut body = question(OBEDIENT, text);
    body["stream"] = json!(false);
    body["tools"] = json!([
        {"name": "get_weather", "input_schema": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        }},
        {"name": "json", "input_schema": {
            "type": "object",
            "properties": {"degrees": {"type": "number"}},
            "required": ["degrees"],
        }},
    ]);
    body["tool_choice"] = choice;
    body
}

async fn answer(emulator: &Emulator, body: &Value) -> Value {
    let response = post(emulator, body).send().await.expect("an answer");
    response.json().await.expect("JSON")
}

fn calls(answer: &Value) -> Vec<&Value> {
    let blocks = answer["content"].as_array().expect("blocks");
    let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
    calls.collect()
}

fn names(answer: &Value) -> Vec<&Value> {
    calls(answer).iter().map(|call| &call["name"]).collect()
}

/// The request that follows, with a result for every call.
fn answered(body: &Value, answer: &Value) -> Value {
    let result =
        |call: &&Value| json!({"type": "tool_result", "tool_use_id": call["id"], "content": "12"});
    let results: Vec<Value> = calls(answer).iter().map(result).collect();
    let mut next = body.clone();
    let messages = next["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": answer["content"]}));
    messages.push(json!({"role": "user", "content": results}));
    next
}

#[tokio::test]
async fn any_tool_leads_from_the_facts_to_the_answer() {
    let emulator = started().await;
    let any = json!({"type": "any", "disable_parallel_tool_use": true});
    let body = forced("Use get_weather for Berlin", any);
    let first = answer(&emulator, &body).await;
    assert_eq!(names(&first), ["get_weather"]);
    let body = answered(&body, &first);
    let second = answer(&emulator, &body).await;
    assert_eq!(names(&second), ["json"]);
    let blocks = second["content"].as_array().expect("blocks");
    assert_eq!(blocks.len(), 1, "no words: {second}");
    assert_eq!(calls(&second)[0]["input"], json!({"degrees": 1}));
    assert_eq!(second["stop_reason"], "tool_use");
    // Nothing is left that was not called: still no prose.
    let third = answer(&emulator, &answered(&body, &second)).await;
    assert_eq!(names(&third), ["json"]);
}

#[tokio::test]
async fn any_tool_without_a_hint_is_the_one_that_answers() {
    let emulator = started().await;
    let body = forced("How warm is it?", json!({"type": "any"}));
    assert_eq!(names(&answer(&emulator, &body).await), ["json"]);
}

#[tokio::test]
async fn a_named_tool_is_called_after_its_results_too() {
    let emulator = started().await;
    let body = forced(
        "How warm is it?",
        json!({"type": "tool", "name": "get_weather"}),
    );
    let first = answer(&emulator, &body).await;
    assert_eq!(names(&first), ["get_weather"]);
    let second = answer(&emulator, &answered(&body, &first)).await;
    assert_eq!(names(&second), ["get_weather"]);
}

#[tokio::test]
async fn tools_that_the_api_runs_are_not_called_as_the_clients() {
    let emulator = started().await;
    let mut body = question("claude-sonnet-4-5", "Use web_search");
    body["stream"] = json!(false);
    body["tools"] = json!([{"type": "web_search_20250305", "name": "web_search"}]);
    let said = answer(&emulator, &body).await;
    assert_eq!(said["stop_reason"], "end_turn", "{said}");
    body["tools"] = json!([{"name": "web_search", "input_schema": {"type": "object"}}]);
    assert_eq!(names(&answer(&emulator, &body).await), ["web_search"]);
}

#[tokio::test]
async fn an_answer_calls_only_so_many_tools() {
    let emulator = started().await;
    let names: Vec<String> = (0..100).map(|n| format!("tool_{n:03}")).collect();
    let tool = |name: &String| json!({"name": name, "input_schema": {"type": "object"}});
    let mut body = question(MODEL, &format!("Use {}", names.join(" ")));
    body["stream"] = json!(false);
    body["tools"] = names.iter().map(tool).collect();
    assert_eq!(calls(&answer(&emulator, &body).await).len(), 32);
}
