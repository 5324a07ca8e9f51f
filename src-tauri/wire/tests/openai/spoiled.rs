//! The rows of the tables with one thing in them spoiled: nothing panics, what is sent fits
//! together all the same, and what a client gets is JSON.

use std::sync::LazyLock;

use hearth_wire::openai::request::{Policy, translate};
use hearth_wire::openai::response;
use hearth_wire::openai::stream::{Chunks, Frame};
use hearth_wire::{Response, StreamEvent};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

use crate::any::any_json;
use crate::properties::check_request;
use crate::responses::wants;
use crate::rows::{facts, merged, rows};
use crate::streams::data;

static REQUESTS: LazyLock<Vec<Value>> = LazyLock::new(|| rows("requests"));
static RESPONSES: LazyLock<Vec<Value>> = LazyLock::new(|| rows("responses"));
static STREAMS: LazyLock<Vec<Value>> = LazyLock::new(|| rows("streams"));

/// Where something stands in a value, the value itself included.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                places(item, &format!("{here}/{at}"), found);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                let key = key.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{here}/{key}"), found);
            }
        }
        _ => {}
    }
}

/// Puts something else where something stands, or takes it away.
fn spoil(value: &mut Value, place: &Index, other: Option<Value>) {
    let mut found = vec![];
    places(value, "", &mut found);
    let place: &String = place.get(&found);
    spoil_at(value, place, other);
}

fn spoil_at(value: &mut Value, place: &str, other: Option<Value>) {
    match (other, place.rsplit_once('/')) {
        (Some(other), _) => *value.pointer_mut(place).expect("it was found") = other,
        (None, None) => *value = Value::Null,
        (None, Some((holder, key))) => match value.pointer_mut(holder).expect("it was found") {
            Value::Array(items) => drop(items.remove(key.parse().expect("a place in a list"))),
            Value::Object(members) => {
                members.remove(&key.replace("~1", "/").replace("~0", "~"));
            }
            _ => unreachable!("only lists and objects hold something"),
        },
    }
}

proptest! {
    #[test]
    fn a_request(row in any::<Index>(), place in any::<Index>(), other in proptest::option::weighted(0.8, any_json()), drop_params: bool) {
        let row = row.get(&REQUESTS);
        prop_assume!(row.get("body").is_none());
        let base = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
        let mut body = merged(base, &row["with"]);
        spoil(&mut body, &place, other);
        let policy = Policy { drop_params, ..Policy::default() };
        if let Ok(translated) = translate(body.to_string().as_bytes(), &facts(row), &policy) {
            check_request(&serde_json::to_value(&translated.request).expect("what the test put there"));
        }
    }

    #[test]
    fn an_answer(row in any::<Index>(), place in any::<Index>(), other in proptest::option::weighted(0.8, any_json())) {
        let row = row.get(&RESPONSES);
        let mut answer = json!({"content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn", "usage": {"input_tokens": 3, "output_tokens": 2}});
        answer = merged(answer, &row["answer"]);
        spoil(&mut answer, &place, other);
        if let Ok(answer) = Response::parse(&answer.to_string())
            && let Ok(completion) = response::translate(&answer, &wants(row), "id", 1)
        {
            let completion: Value = serde_json::from_str(&completion).expect("JSON");
            prop_assert!(completion["choices"][0]["finish_reason"].is_string());
        }
    }

    #[test]
    fn a_stream(row in any::<Index>(), event in any::<Index>(), place in any::<Index>(), other in proptest::option::weighted(0.8, any_json())) {
        let row = row.get(&STREAMS);
        let mut events: Vec<Value> = row["events"].as_array().expect("a row has events").iter().map(|short| data(row, short)).collect();
        prop_assume!(!events.is_empty());
        let at = event.index(events.len());
        spoil(&mut events[at], &place, other);
        let mut chunks = Chunks::new(wants(row), "id", 1);
        let mut frames = vec![];
        // What cannot be read ends the stream.
        for event in &events {
            let Ok(event) = StreamEvent::parse("", &event.to_string()) else { break };
            frames.extend(chunks.push(&event));
        }
        frames.extend(chunks.finish());
        let (last, before) = frames.split_last().expect("a stream ends");
        prop_assert!(matches!(last, Frame::Done | Frame::Error(_)));
        for frame in before {
            prop_assert!(matches!(frame, Frame::Chunk(_)));
            let chunk: Value = serde_json::from_str(frame.data()).expect("JSON");
            prop_assert_eq!(&chunk["object"], "chat.completion.chunk");
        }
    }
}

#[test]
fn everything_that_stands_somewhere_can_be_spoiled() {
    let whole = json!({"a": [1, {"b/c": 2}]});
    let mut found = vec![];
    places(&whole, "", &mut found);
    assert_eq!(found, ["", "/a", "/a/0", "/a/1", "/a/1/b~1c"]);
    for (place, left) in [
        ("/a/1/b~1c", json!({"a": [1, {}]})),
        ("/a/0", json!({"a": [{"b/c": 2}]})),
        ("", Value::Null),
    ] {
        let mut spoiled = whole.clone();
        spoil_at(&mut spoiled, place, None);
        assert_eq!(spoiled, left);
    }
}
