//! The library of good replies: chosen by the question, and showing that it was read.

use hearth_emulator::Emulator;
use serde_json::{Value, json};

use crate::support::*;

async fn answer(emulator: &Emulator, body: &Value) -> Vec<Value> {
    let response = post(emulator, body).send().await.expect("an answer");
    assert_eq!(response.status(), 200);
    let events = events_of(response).await;
    grammar(&events);
    events
}

async fn text(emulator: &Emulator, question_text: &str) -> String {
    said(
        &answer(emulator, &question(MODEL, question_text)).await,
        "text",
    )
}

#[tokio::test]
async fn each_question_finds_its_reply() {
    let emulator = started().await;
    let table = [
        ("Hello!", "offline demo"),
        ("Plan three days in Seattle", "Bainbridge Island"),
        (
            "Compare three databases in a table",
            "| **Writers at once** |",
        ),
        ("Show me a retry budget in code", "```typescript"),
        ("Give me a markdown tour", "- [ ] Someone to talk to"),
        ("Solve the Monty Hall puzzle", "Switch. It wins"),
        ("Greet me in many languages", "चूल्हा गर्म है"),
        ("日本語で挨拶して", "炉端は暖かい"),
        ("An emoji parade", "👨‍👩‍👧‍👦"),
        ("Something hostile", "<script>"),
        ("The history of tax law", "would need a real model"),
    ];
    for (asked, expected) in table {
        let said = text(&emulator, asked).await;
        assert!(said.contains(expected), "{asked}: {said}");
        assert!(
            said.starts_with(&format!("> {asked}\n\n")),
            "{asked}: {said}"
        );
    }
}

#[tokio::test]
async fn the_question_and_the_turns_before_it_show() {
    let emulator = started().await;
    let long = format!("Hello   there\n{}", "x".repeat(300));
    let said = text(&emulator, &long).await;
    assert!(
        said.starts_with(&format!("> Hello there {}…\n", "x".repeat(108))),
        "{said}"
    );
    assert!(said.contains("Your question is the first of this conversation."));
    assert!(!said.contains("I was told"));
    let mut body = question(MODEL, "");
    body["messages"] = json!([
        {"role": "user", "content": "one"},
        {"role": "assistant", "content": "two"},
        {"role": "user", "content": [{"type": "text", "text": "The third"}]},
    ]);
    let events = answer(&emulator, &body).await;
    let said = self::said(&events, "text");
    assert!(said.starts_with("> The third\n"), "{said}");
    assert!(said.contains("I read the 2 messages before your question"));
    body["system"] = json!("Answer like a pirate.");
    let events = answer(&emulator, &body).await;
    let said = self::said(&events, "text");
    assert!(
        said.contains("I was told: “Answer like a pirate.”."),
        "{said}"
    );
}

#[tokio::test]
async fn the_long_answer_is_long() {
    let emulator = started().await;
    let said = text(&emulator, "Write something long").await;
    assert!((100_000..140_000).contains(&said.len()), "{}", said.len());
    assert!(said.contains("## Night 12\n"));
}

#[tokio::test]
async fn thinking_is_shown_as_it_was_asked_for() {
    let emulator = started().await;
    let with = |model: &str, thinking: Value| {
        let mut body = question(model, "Solve the Monty Hall puzzle");
        body["thinking"] = thinking;
        body
    };
    let summarized = json!({"type": "adaptive", "display": "summarized"});
    let events = answer(&emulator, &with(MODEL, summarized.clone())).await;
    assert_eq!(grammar(&events), ["thinking", "text"]);
    assert!(said(&events, "thinking").contains("three doors"));
    let signature = said(&events, "signature");
    let ending = &events[events.len() - 2]["usage"];
    assert!(ending["output_tokens_details"]["thinking_tokens"].as_u64() > Some(100));

    let omitted = answer(&emulator, &with(MODEL, json!({"type": "adaptive"}))).await;
    assert_eq!(grammar(&omitted), ["thinking", "text"]);
    assert_eq!(said(&omitted, "thinking"), "");
    assert!(!said(&omitted, "signature").is_empty());

    let off = answer(
        &emulator,
        &with("claude-haiku-5-5", json!({"type": "disabled"})),
    )
    .await;
    assert_eq!(grammar(&off), ["text"]);

    // The block as it was streamed is taken back; a changed one is not.
    let back = |thinking: String| {
        let mut body = with(MODEL, summarized.clone());
        body["messages"] = json!([
            {"role": "user", "content": "Solve the Monty Hall puzzle"},
            {"role": "assistant", "content": [
                {"type": "thinking", "thinking": thinking, "signature": signature},
                {"type": "text", "text": said(&events, "text")},
            ]},
            {"role": "user", "content": "And with four doors?"},
        ]);
        body
    };
    answer(&emulator, &back(said(&events, "thinking"))).await;
    let changed = post(&emulator, &back("Something else".to_owned()))
        .send()
        .await;
    assert_eq!(changed.expect("an answer").status(), 400);
}

#[tokio::test]
async fn limits_and_stop_sequences_end_an_answer() {
    let emulator = started().await;
    let mut body = question(MODEL, "Plan three days in Seattle");
    body["max_tokens"] = json!(50);
    let events = answer(&emulator, &body).await;
    let ending = &events[events.len() - 2];
    assert_eq!(ending["delta"]["stop_reason"], "max_tokens");
    assert_eq!(ending["usage"]["output_tokens"], 50);

    body["max_tokens"] = json!(1000);
    body["stop_sequences"] = json!(["Kerry Park", "Bainbridge"]);
    let events = answer(&emulator, &body).await;
    let delta = &events[events.len() - 2]["delta"];
    assert_eq!(delta["stop_reason"], "stop_sequence");
    assert_eq!(delta["stop_sequence"], "Bainbridge");
    assert!(said(&events, "text").ends_with("Take the ferry to **"));

    body["max_tokens"] = json!(0);
    let events = answer(&emulator, &body).await;
    assert_eq!(grammar(&events), Vec::<String>::new());
}

#[tokio::test]
async fn tokens_are_counted() {
    let emulator = started().await;
    let count = async |text: &str| {
        let body = json!({"model": MODEL, "messages": [{"role": "user", "content": text}]});
        let url = format!("{}/anthropic/v1/messages/count_tokens", emulator.url());
        let request = client().post(url).header("api-key", emulator.key());
        let request = request
            .header("anthropic-version", "2023-06-01")
            .body(body.to_string());
        let response = request.send().await.expect("an answer");
        assert_eq!(response.status(), 200);
        let counted: Value = response.json().await.expect("JSON");
        counted["input_tokens"].as_u64().expect("a number")
    };
    let short = count("Hello").await;
    assert_eq!(short, count("Hello").await);
    assert!(count(&"Hello ".repeat(1000)).await > short + 1400);
    let events = answer(&emulator, &question(MODEL, "Hello")).await;
    assert_eq!(events[0]["message"]["usage"]["input_tokens"], short);
}
