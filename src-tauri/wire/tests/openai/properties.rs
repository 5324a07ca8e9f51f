//! What holds for every request, answer and stream.

use std::collections::BTreeSet;

use hearth_wire::openai::request::{ModelFacts, Policy, translate};
use hearth_wire::openai::stream::{Chunks, Frame};
use hearth_wire::openai::{Wants, errors, response};
use hearth_wire::{Response, StreamEvent, Tool, models};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::any::{any_body, any_event, any_model, blocks, conversation, spelled};

/// What the API demands of every request, of which some is checked here.
pub(crate) fn check_request(request: &Value) {
    let messages = request["messages"]
        .as_array()
        .expect("what the test put there");
    assert_eq!(messages[0]["role"], "user");
    let mut open = BTreeSet::new();
    let mut ids = BTreeSet::new();
    for pair in messages.windows(2) {
        assert_ne!(pair[0]["role"], pair[1]["role"], "{request}");
    }
    for message in messages {
        let blocks = message["content"]
            .as_array()
            .expect("what the test put there");
        assert!(!blocks.is_empty(), "{request}");
        let results: Vec<bool> = blocks
            .iter()
            .map(|block| block["type"] == "tool_result")
            .collect();
        assert!(
            results.is_sorted_by(|before, after| before >= after),
            "results first: {request}"
        );
        let answered: Vec<&Value> = blocks
            .iter()
            .filter(|block| block["type"] == "tool_result")
            .collect();
        if message["role"] == "user" {
            let answers: BTreeSet<_> = answered
                .iter()
                .map(|block| {
                    block["tool_use_id"]
                        .as_str()
                        .expect("what the test put there")
                })
                .collect();
            assert_eq!(answers.len(), answered.len(), "{request}");
            assert_eq!(answers, open, "{request}");
            open = BTreeSet::new();
        }
        for block in blocks {
            if block["type"] == "text" {
                assert!(
                    !block["text"]
                        .as_str()
                        .expect("what the test put there")
                        .trim()
                        .is_empty(),
                    "{request}"
                );
            }
            if block["type"] == "tool_use" {
                let id = block["id"].as_str().expect("what the test put there");
                assert!(ids.insert(id) && open.insert(id), "{request}");
                assert!(
                    id.chars()
                        .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
                );
                assert!(
                    Tool::is_name(block["name"].as_str().expect("what the test put there"))
                        && block["input"].is_object()
                );
                assert!(
                    !request["tools"]
                        .as_array()
                        .expect("what the test put there")
                        .is_empty(),
                    "{request}"
                );
            }
        }
    }
    assert!(open.is_empty(), "{request}");
}

fn answer(blocks: &[Value]) -> Response {
    let calls = blocks.iter().any(|block| block["type"] == "tool_use");
    let answer = json!({
        "id": "msg_1", "model": "claude", "content": blocks,
        "stop_reason": if calls { "tool_use" } else { "end_turn" },
        "usage": {"input_tokens": 3, "output_tokens": 2},
    });
    Response::parse(&answer.to_string()).expect("what the test put there")
}

/// The events of an answer, its blocks cut into fragments of `size` characters.
fn events(blocks: &[Value], size: usize) -> Vec<StreamEvent> {
    let mut told = vec![
        json!({"type": "message_start", "message": {"id": "msg_1", "usage": {"input_tokens": 3}}}),
    ];
    for (index, block) in blocks.iter().enumerate() {
        let (start, delta, member, whole) = match block["type"]
            .as_str()
            .expect("what the test put there")
        {
            "text" => (
                json!({"type": "text", "text": "", "citations": null}),
                "text_delta",
                "text",
                block["text"]
                    .as_str()
                    .expect("what the test put there")
                    .to_owned(),
            ),
            "thinking" => (
                json!({"type": "thinking", "thinking": ""}),
                "thinking_delta",
                "thinking",
                block["thinking"]
                    .as_str()
                    .expect("what the test put there")
                    .to_owned(),
            ),
            "tool_use" | "server_tool_use" => (
                json!({"type": block["type"], "id": block["id"], "name": block["name"], "input": {}}),
                "input_json_delta",
                "partial_json",
                block["input"].to_string(),
            ),
            _ => (block.clone(), "", "", String::new()),
        };
        told.push(json!({"type": "content_block_start", "index": index, "content_block": start}));
        let characters: Vec<char> = whole.chars().collect();
        for piece in characters.chunks(size) {
            let piece: String = piece.iter().collect();
            told.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": delta, member: piece}}));
        }
        for citation in block["citations"].as_array().into_iter().flatten() {
            told.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": "citations_delta", "citation": citation}}));
        }
        if let Some(signature) = block.get("signature") {
            told.push(json!({"type": "content_block_delta", "index": index, "delta": {"type": "signature_delta", "signature": signature}}));
        }
        told.push(json!({"type": "content_block_stop", "index": index}));
    }
    let reason = answer(blocks).stop_reason.expect("what the test put there");
    told.push(json!({"type": "message_delta", "delta": {"stop_reason": reason.as_str()}, "usage": {"output_tokens": 2}}));
    told.push(json!({"type": "message_stop"}));
    told.iter()
        .map(|event| StreamEvent::parse("", &event.to_string()).expect("what the test put there"))
        .collect()
}

/// Puts chunks together as OpenAI's clients do.
fn gathered(frames: &[Frame]) -> Value {
    let mut message = json!({"role": "assistant", "content": null, "refusal": null});
    let mut finish = Value::Null;
    let mut usage = Value::Null;
    let append = |message: &mut Value, key: &str, more: &Value| {
        let known = message[key].as_str().unwrap_or("").to_owned();
        message[key] = json!(known + more.as_str().expect("what the test put there"));
    };
    for frame in frames.iter().filter(|frame| **frame != Frame::Done) {
        let chunk: Value = serde_json::from_str(frame.data()).expect("what the test put there");
        let Some(choice) = chunk["choices"].get(0) else {
            usage = chunk["usage"].clone();
            continue;
        };
        for (key, value) in choice["delta"]
            .as_object()
            .expect("what the test put there")
        {
            match key.as_str() {
                "content" if value == "" => {}
                "content" | "reasoning_content" => append(&mut message, key, value),
                // One by one as they come, and in one piece as lists.
                "provider_specific_fields" if value.get("citation").is_some() => {}
                "thinking_blocks" | "annotations" => {
                    // OpenAI's clients fail at a second list, or keep the last only.
                    assert!(message.get(key).is_none(), "{key} came twice");
                    message[key] = value.clone();
                }
                "tool_calls" => {
                    for piece in value.as_array().expect("what the test put there") {
                        let at = piece["index"].as_u64().expect("what the test put there") as usize;
                        let mut calls = message[key].as_array().cloned().unwrap_or_default();
                        if at == calls.len() {
                            calls.push(json!({"id": piece["id"], "type": "function", "function": {"name": piece["function"]["name"], "arguments": ""}}));
                        }
                        append(
                            &mut calls[at]["function"],
                            "arguments",
                            &piece["function"]["arguments"],
                        );
                        message[key] = json!(calls);
                    }
                }
                _ => message[key] = value.clone(),
            }
        }
        if !choice["finish_reason"].is_null() {
            finish = choice["finish_reason"].clone();
        }
    }
    json!({"message": message, "finish_reason": finish, "usage": usage})
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..200), text in any::<String>(), status: u16) {
        let facts = ModelFacts { deployment: "d", model: models::cautious(), hosting: None };
        prop_assert!(translate(&bytes, &facts, &Policy::default()).is_err());
        for body in [String::from_utf8_lossy(&bytes).into_owned(), text] {
            let error = errors::of_answer(status, &body);
            prop_assert!(serde_json::from_str::<Value>(&error.json()).is_ok());
            prop_assert!(serde_json::from_str::<Value>(&errors::as_messages(&error, Some(&body))).is_ok());
        }
    }

    #[test]
    fn no_members_make_it_panic(body in any_body(), model in any_model(), drop_params: bool) {
        let facts = ModelFacts { deployment: "d", model, hosting: None };
        let policy = Policy { drop_params, ..Policy::default() };
        if let Ok(translated) = translate(body.to_string().as_bytes(), &facts, &policy) {
            let request = serde_json::to_value(&translated.request).expect("what the test put there");
            prop_assert!(request["max_tokens"].as_u64().expect("what the test put there") > 0);
        }
    }

    #[test]
    fn what_is_sent_fits_together(body in conversation(), model in any_model()) {
        let facts = ModelFacts { deployment: "d", model, hosting: None };
        if let Ok(translated) = translate(spelled(&body).as_bytes(), &facts, &Policy::default()) {
            check_request(&serde_json::to_value(&translated.request).expect("what the test put there"));
        }
    }

    #[test]
    fn no_order_of_events_makes_a_false_ending(events in vec(any_event(), 0..30)) {
        let mut chunks = Chunks::new(Wants::default(), "id", 1);
        let mut frames = vec![];
        let mut whole = false;
        for event in &events {
            let event = StreamEvent::parse("", event).expect("what the test put there");
            whole |= event == StreamEvent::MessageStop;
            frames.extend(chunks.push(&event));
        }
        frames.extend(chunks.finish());
        let (last, before) = frames.split_last().expect("what the test put there");
        prop_assert!(matches!(last, Frame::Done | Frame::Error(_)));
        prop_assert!(before.iter().all(|frame| matches!(frame, Frame::Chunk(_))));
        prop_assert!(whole || matches!(last, Frame::Error(_)), "only message_stop ends it well");
        let read = |frame: &Frame| serde_json::from_str::<Value>(frame.data()).expect("what the test put there");
        let finishes: Vec<Value> = before.iter().map(|frame| read(frame)["choices"][0]["finish_reason"].clone()).collect();
        let ended = finishes.iter().filter(|finish| !finish.is_null()).count();
        prop_assert_eq!(ended, usize::from(*last == Frame::Done));
        if let Some(first) = before.first() {
            prop_assert_eq!(&read(first)["choices"][0]["delta"]["role"], "assistant");
        }
        if ended == 1 {
            prop_assert!(!finishes.last().expect("what the test put there").is_null());
        }
    }

    #[test]
    fn an_answer_comes_back_as_it_was(blocks in blocks(), model in any_model()) {
        let completion = response::translate(&answer(&blocks), &Wants::default(), "id", 1).expect("what the test put there");
        let completion: Value = serde_json::from_str(&completion).expect("what the test put there");
        let mut messages = vec![json!({"role": "user", "content": "Hi"}), completion["choices"][0]["message"].clone()];
        let call = |block: &&Value| block["type"] == "tool_use";
        for block in blocks.iter().filter(call) {
            messages.push(json!({"role": "tool", "tool_call_id": block["id"], "content": "r"}));
        }
        messages.push(json!({"role": "user", "content": "Go on"}));
        let body = json!({"model": "m", "messages": messages, "tools": [{"type": "function", "function": {"name": "f"}}]});
        let facts = ModelFacts { deployment: "d", model, hosting: None };
        let translated = translate(body.to_string().as_bytes(), &facts, &Policy::default()).expect("what the test put there");
        prop_assert_eq!(&translated.dropped, &vec![]);
        let sent = serde_json::to_value(&translated.request).expect("what the test put there");
        let sent = if blocks.is_empty() { json!([]) } else { sent["messages"][1]["content"].clone() };
        // Texts in a row become one; nothing else may change.
        let sent = sent.as_array().expect("what the test put there");
        prop_assert_eq!(uncited(joined(sent)), uncited(joined(&blocks)));
    }

    #[test]
    fn a_stream_says_what_the_whole_says(blocks in blocks(), size in 1..5_usize) {
        let wants = Wants { stream: true, include_usage: true, ..Wants::default() };
        let whole = response::translate(&answer(&blocks), &wants, "id", 1).expect("what the test put there");
        let whole: Value = serde_json::from_str(&whole).expect("what the test put there");
        let mut chunks = Chunks::new(wants, "id", 1);
        let frames: Vec<Frame> = events(&blocks, size).iter().flat_map(|event| chunks.push(event)).collect();
        prop_assert_eq!(frames.last(), Some(&Frame::Done));
        let choice = &whole["choices"][0];
        let expected = json!({"message": choice["message"], "finish_reason": choice["finish_reason"], "usage": whole["usage"]});
        prop_assert_eq!(without_nulls(gathered(&frames)), without_nulls(expected));
    }

    #[test]
    fn names_are_taken_and_come_back(names in proptest::collection::btree_set("\\PC{1,80}", 1..6)) {
        let function = |name: &String| json!({"type": "function", "function": {"name": name}});
        let tools: Vec<Value> = names.iter().map(function).collect();
        let body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}], "tools": tools});
        let facts = ModelFacts { deployment: "d", model: models::cautious(), hosting: None };
        let translated = translate(body.to_string().as_bytes(), &facts, &Policy::default()).expect("what the test put there");
        let again = translate(body.to_string().as_bytes(), &facts, &Policy::default()).expect("what the test put there");
        prop_assert_eq!(&translated, &again);
        let sent = serde_json::to_value(&translated.request).expect("what the test put there");
        let sent: Vec<&str> = sent["tools"].as_array().expect("what the test put there").iter().map(|tool| tool["name"].as_str().expect("what the test put there")).collect();
        prop_assert!(sent.iter().all(|name| Tool::is_name(name)));
        prop_assert_eq!(sent.iter().collect::<BTreeSet<_>>().len(), names.len());
        for (sent, name) in sent.iter().zip(&names) {
            prop_assert_eq!(translated.wants.names.original(sent), name);
        }
    }
}

/// A text that cites nothing says so or not.
fn without_nulls(mut told: Value) -> Value {
    let blocks = told.pointer_mut("/message/provider_specific_fields/content_blocks");
    for block in blocks.and_then(Value::as_array_mut).into_iter().flatten() {
        let members = block.as_object_mut().expect("what the test put there");
        members.retain(|key, value| key != "citations" || !value.is_null());
    }
    told
}

/// Citations go back only where all blocks do.
fn uncited(mut blocks: Vec<Value>) -> Vec<Value> {
    for block in &mut blocks {
        let members = block.as_object_mut().expect("what the test put there");
        members.remove("citations");
    }
    blocks
}

/// The blocks, texts in a row as one.
fn joined(blocks: &[Value]) -> Vec<Value> {
    let mut joined: Vec<Value> = vec![];
    for block in blocks {
        match joined.last_mut() {
            Some(last) if last["type"] == "text" && block["type"] == "text" => {
                last["text"] = json!(
                    last["text"]
                        .as_str()
                        .expect("what the test put there")
                        .to_owned()
                        + block["text"].as_str().expect("what the test put there")
                );
            }
            _ => joined.push(block.clone()),
        }
    }
    joined
}
