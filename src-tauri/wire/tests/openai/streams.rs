//! The table of streams.

use hearth_wire::StreamEvent;
use hearth_wire::openai::stream::{Chunks, Frame};
use serde_json::{Value, json};

use crate::responses::wants;
use crate::rows::{name, none_wrong, rows};

/// A row's events. Short forms stand for the commonest ones.
pub(crate) fn data(row: &Value, short: &Value) -> Value {
    match short {
        Value::String(word) => match word.as_str() {
            "start" => {
                json!({"type": "message_start", "message": {"id": "msg_1", "model": "claude", "content": [], "usage": {"input_tokens": 3, "output_tokens": 1}}})
            }
            "stop" => json!({"type": "message_stop"}),
            "ping" => json!({"type": "ping"}),
            other => panic!("{}: no event is called {other}", name(row)),
        },
        Value::Array(items) => match (
            items[0].as_str().expect("what the test put there"),
            &items[1..],
        ) {
            ("begin", [index, block]) => {
                json!({"type": "content_block_start", "index": index, "content_block": block})
            }
            ("text", [index, text]) => delta(index, &json!({"type": "text_delta", "text": text})),
            ("think", [index, text]) => {
                delta(index, &json!({"type": "thinking_delta", "thinking": text}))
            }
            ("sign", [index, text]) => delta(
                index,
                &json!({"type": "signature_delta", "signature": text}),
            ),
            ("json", [index, text]) => delta(
                index,
                &json!({"type": "input_json_delta", "partial_json": text}),
            ),
            ("end", [index]) => json!({"type": "content_block_stop", "index": index}),
            ("because", [reason]) => {
                json!({"type": "message_delta", "delta": {"stop_reason": reason}, "usage": {"output_tokens": 9}})
            }
            other => panic!("{}: {other:?}", name(row)),
        },
        other => other.clone(),
    }
}

fn event(row: &Value, short: &Value) -> StreamEvent {
    let data = data(row, short);
    // What a JSON value cannot say, such as half a character, is written out.
    let data = data["verbatim"]
        .as_str()
        .map_or_else(|| data.to_string(), str::to_owned);
    StreamEvent::parse("", &data).expect("what the test put there")
}

fn delta(index: &Value, delta: &Value) -> Value {
    json!({"type": "content_block_delta", "index": index, "delta": delta})
}

/// What the client gets, in a short form: the delta of each chunk, what ends it, the
/// usage, the message of an error, and `[DONE]`.
fn short(row: &Value, frame: &Frame) -> Value {
    assert!(
        !frame
            .data()
            .contains(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'])
    );
    let include_usage = row["asked"]["stream_options"]["include_usage"] == true;
    let json: Value = match frame {
        Frame::Done => return json!("[DONE]"),
        Frame::Chunk(json) | Frame::Error(json) => {
            serde_json::from_str(json).expect("what the test put there")
        }
    };
    if matches!(frame, Frame::Error(_)) {
        let error = json["error"].as_object().expect("what the test put there");
        assert!(
            ["message", "type", "param", "code"]
                .iter()
                .all(|key| error.contains_key(*key))
        );
        return json!({"error": error["message"], "code": error["code"]});
    }
    let head = ["chatcmpl-1", "chat.completion.chunk", "m"];
    assert_eq!(
        [&json["id"], &json["object"], &json["model"]],
        head,
        "{}",
        name(row)
    );
    assert_eq!(json["created"], 7);
    let members = json.as_object().expect("what the test put there").len();
    let choices = json["choices"].as_array().expect("what the test put there");
    if choices.is_empty() {
        assert_eq!(members, 6);
        return json!({"usage": [json["usage"]["prompt_tokens"], json["usage"]["completion_tokens"]]});
    }
    assert_eq!(
        members,
        if include_usage { 6 } else { 5 },
        "{}: {json}",
        name(row)
    );
    assert!(json.get("usage").is_none_or(Value::is_null));
    let choice = &choices[0];
    assert_eq!(
        (&choice["index"], choices.len(), &choice["logprobs"]),
        (&json!(0), 1, &Value::Null)
    );
    let mut short = choice["delta"].clone();
    let finish = choice
        .get("finish_reason")
        .expect("every chunk has a finish_reason");
    if !finish.is_null() {
        short["finish"] = finish.clone();
    }
    if let Some(unsaid) = choice.get("provider_specific_fields") {
        short["unsaid"] = unsaid.clone();
    }
    short
}

fn judge(row: &Value) -> Vec<String> {
    let mut chunks = Chunks::new(wants(row), "chatcmpl-1", 7);
    let mut frames = vec![];
    for short in row["events"].as_array().expect("a row has events") {
        frames.extend(chunks.push(&event(row, short)));
    }
    frames.extend(chunks.finish());
    assert!(chunks.is_over() && chunks.finish().is_empty());
    let mut is: Vec<Value> = frames.iter().map(|frame| short(row, frame)).collect();
    let role = json!({"role": "assistant", "content": "", "refusal": null});
    if is.first() == Some(&role) {
        is[0] = json!("role");
    }
    let expected = row["chunks"].as_array().expect("a row has chunks");
    let whole = is.last() == Some(&json!("[DONE]"));
    let fits = match is.last() {
        // Of an error the words are not fixed to the last letter.
        Some(last) if last.get("error").is_some() => {
            let wanted = expected.last().expect("what the test put there");
            let says = last["error"].as_str().expect("what the test put there");
            let wanted_says = wanted["error"].as_str().unwrap_or("[DONE] was expected");
            is[..is.len() - 1] == expected[..expected.len() - 1]
                && says.contains(wanted_says)
                && last["code"] == wanted["code"]
        }
        _ => whole && is == *expected,
    };
    if fits {
        return vec![];
    }
    vec![format!(
        "{}\n  is       {}\n  expected {}",
        name(row),
        json!(is),
        json!(expected)
    )]
}

#[test]
fn every_stream_becomes_what_the_table_says() {
    let rows = rows("streams");
    assert!(rows.len() >= 30, "{} rows", rows.len());
    let wrong: Vec<String> = rows.iter().flat_map(judge).collect();
    none_wrong(&wrong);
}

#[test]
fn a_row_that_expects_another_stream_is_found() {
    let events = json!(["start", ["because", "end_turn"], "stop"]);
    for chunks in [
        json!(["role", {"finish": "stop"}]),
        json!(["role", {"error": "", "code": null}]),
    ] {
        let row = json!({"name": "planted", "events": events, "chunks": chunks});
        assert_eq!(judge(&row).len(), 1, "{row}");
    }
    let cut = json!({"name": "planted", "events": ["start"], "chunks": ["role", {"finish": "stop"}, "[DONE]"]});
    assert_eq!(judge(&cut).len(), 1, "a cut stream has no ending");
}
