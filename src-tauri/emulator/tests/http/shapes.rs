//! Members of answers that strict readers check: absent or of the published kind, and null only
//! where that is published.

use serde_json::{Value, json};

use crate::support::*;

/// Blocks of every kind that the library sends, in one answer or two.
async fn whole_answers() -> Vec<Value> {
    let emulator = started().await;
    let mut asking = question(MODEL, "Solve the Monty Hall puzzle");
    asking["thinking"] = json!({"type": "adaptive", "display": "summarized"});
    let mut calling = question(MODEL, "Use look up");
    calling["tools"] = json!([{"name": "look_up", "input_schema": {"type": "object"}}]);
    let refusing = question("fault-refusal-late", "Hello");
    let pausing = question("fault-pause-turn", "Hello");
    let mut answers = Vec::new();
    for mut body in [asking, calling, refusing, pausing] {
        body["stream"] = json!(false);
        let response = post(&emulator, &body).send().await.expect("an answer");
        answers.push(response.json().await.expect("JSON"));
    }
    answers
}

/// The fields of an object that are null.
fn nulls(value: &Value) -> Vec<&str> {
    let fields = value.as_object().expect("an object").iter();
    let null = fields.filter(|(_, value)| value.is_null());
    null.map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn blocks_of_whole_answers_have_no_members_that_are_null() {
    let mut kinds = Vec::new();
    for answer in whole_answers().await {
        for block in answer["content"].as_array().expect("blocks") {
            assert_eq!(nulls(block), Vec::<&str>::new(), "{block}");
            kinds.push(block["type"].as_str().expect("a kind").to_owned());
        }
    }
    kinds.sort_unstable();
    kinds.dedup();
    let every = ["server_tool_use", "text", "thinking", "tool_use"];
    assert_eq!(kinds, every);
}

#[tokio::test]
async fn usage_is_of_the_published_kinds() {
    let emulator = started().await;
    let streamed = events_of(ask(&emulator, MODEL, "Hello").await).await;
    let mut messages = whole_answers().await;
    messages.push(streamed[0]["message"].clone());
    for message in messages {
        let usage = &message["usage"];
        let tier = usage["service_tier"].as_str().expect("a tier");
        assert!(["standard", "priority", "batch"].contains(&tier), "{tier}");
        assert_eq!(usage["inference_geo"], "loopback", "the mark");
        assert!(["standard", "fast"].contains(&usage["speed"].as_str().expect("a speed")));
        assert_eq!(nulls(usage), ["server_tool_use"]);
    }
}
