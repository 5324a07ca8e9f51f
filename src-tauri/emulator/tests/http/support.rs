//! A client, and a reader of event streams that knows just enough.

use std::time::Duration;

use hearth_emulator::{Builder, Emulator};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const MODEL: &str = "claude-sonnet-5-5";

pub(crate) async fn started() -> Emulator {
    start(Emulator::builder()).await
}

pub(crate) async fn start(builder: Builder) -> Emulator {
    builder.start().await.expect("a free port on loopback")
}

/// What hangs is broken: no test waits longer for an answer.
const LIMIT: Duration = Duration::from_secs(30);

/// A connection of its own each time: nothing of an earlier test lingers in a pool.
pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .timeout(LIMIT)
        .build()
        .expect("a client")
}

pub(crate) fn question(model: &str, text: &str) -> Value {
    json!({
        "model": model,
        "max_tokens": 32_000,
        "stream": true,
        "messages": [{"role": "user", "content": text}],
    })
}

/// The request that everything is right about.
pub(crate) fn post(emulator: &Emulator, body: &Value) -> RequestBuilder {
    client()
        .post(format!("{}/anthropic/v1/messages", emulator.url()))
        .header("x-api-key", emulator.key())
        .header("anthropic-version", "2026-10-21")
        .header("content-type", "application/json")
        .body(body.to_string())
}

pub(crate) async fn ask(emulator: &Emulator, model: &str, text: &str) -> Response {
    post(emulator, &question(model, text))
        .send()
        .await
        .expect("an answer")
}

/// What arrived of a body, and whether it ended properly.
pub(crate) struct Arrived {
    pub(crate) bytes: Vec<u8>,
    pub(crate) whole: bool,
}

pub(crate) async fn drain(mut response: Response) -> Arrived {
    let mut bytes = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Arrived { bytes, whole: true },
            Err(_) => {
                return Arrived {
                    bytes,
                    whole: false,
                };
            }
        }
    }
}

/// Complete events, each checked to be exactly `event:` and `data:` of one type.
pub(crate) fn events(bytes: &[u8]) -> Vec<Value> {
    let text = String::from_utf8_lossy(bytes);
    let complete = text.rfind("\n\n").map_or("", |end| &text[..end]);
    complete
        .split("\n\n")
        .filter(|event| !event.is_empty())
        .map(|event| {
            let (name, data) = event.split_once('\n').expect("two lines");
            let data: Value =
                serde_json::from_str(data.strip_prefix("data: ").expect("data")).expect("JSON");
            assert_eq!(
                name,
                format!("event: {}", data["type"].as_str().expect("a type"))
            );
            data
        })
        .collect()
}

pub(crate) async fn events_of(response: Response) -> Vec<Value> {
    let arrived = drain(response).await;
    assert!(arrived.whole, "the body broke off");
    events(&arrived.bytes)
}

pub(crate) fn types(events: &[Value]) -> Vec<&str> {
    events
        .iter()
        .map(|event| event["type"].as_str().expect("a type"))
        .collect()
}

/// Everything that deltas of one kind carried.
pub(crate) fn said(events: &[Value], key: &str) -> String {
    events
        .iter()
        .filter_map(|event| event["delta"][key].as_str())
        .collect()
}

/// Walks the events as the documented grammar allows and says which blocks there were.
pub(crate) fn grammar(events: &[Value]) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut open = false;
    let mut events = events.iter().filter(|event| event["type"] != "ping");
    assert_eq!(
        events.next().expect("a first event")["type"],
        "message_start"
    );
    let delta = loop {
        let event = events.next().expect("an ending");
        match event["type"].as_str().expect("a type") {
            "content_block_start" => {
                assert!(!open, "blocks do not overlap");
                assert_eq!(event["index"], json!(blocks.len()));
                let kind = event["content_block"]["type"].as_str().expect("a kind");
                blocks.push(kind.to_owned());
                open = true;
            }
            "content_block_delta" => {
                assert!(open);
                assert_eq!(event["index"], json!(blocks.len() - 1));
            }
            "content_block_stop" => {
                assert_eq!(event["index"], json!(blocks.len() - 1));
                open = false;
            }
            other => {
                assert!(!open);
                assert_eq!(other, "message_delta");
                break event;
            }
        }
    };
    assert!(delta["delta"]["stop_reason"].is_string());
    assert!(delta["usage"]["output_tokens"].is_u64());
    assert_eq!(
        events.next().expect("the last event")["type"],
        "message_stop"
    );
    assert_eq!(events.next(), None);
    blocks
}
