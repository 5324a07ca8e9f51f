//! The table of answers in one piece.

use std::collections::BTreeMap;

use hearth_wire::Response;
use hearth_wire::openai::request::translate;
use hearth_wire::openai::{Wants, response};
use serde_json::{Value, json};

use crate::rows::{facts, merged, name, none_wrong, policy, rows};

/// What the request that a row's answer belongs to wants.
pub(crate) fn wants(row: &Value) -> Wants {
    let base = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
    let body = merged(base, &row["asked"]).to_string();
    translate(body.as_bytes(), &facts(row), &policy(row))
        .expect("what the test put there")
        .wants
}

fn judge(row: &Value) -> Vec<String> {
    let base = json!({
        "id": "msg_1", "type": "message", "role": "assistant", "model": "claude",
        "content": [{"type": "text", "text": "Hello"}], "stop_reason": "end_turn",
        "usage": {"input_tokens": 3, "output_tokens": 2}
    });
    let answer = merged(base, &row["answer"]).to_string();
    let answer = match (Response::parse(&answer), row.get("unreadable")) {
        (Ok(answer), None) => answer,
        (Err(_), Some(_)) => return vec![],
        (read, _) => return vec![format!("{}: {read:?}", name(row))],
    };
    let completion = match response::translate(&answer, &wants(row), "chatcmpl-1", 7) {
        Ok(completion) => completion,
        Err(error) => {
            let expected = row["fails"].as_str().unwrap_or("no failure");
            let fits = error.status == 502 && error.message.contains(expected);
            return if fits {
                vec![]
            } else {
                vec![format!("{}: {error:?}", name(row))]
            };
        }
    };
    assert!(
        !completion.contains(['\u{85}', '\u{2028}', '\u{2029}']),
        "{}",
        name(row)
    );
    let mut is: Value = serde_json::from_str(&completion).expect("what the test put there");
    let mut expected = whole(row);
    if row.get("usage").is_none() {
        is.as_object_mut()
            .expect("what the test put there")
            .remove("usage");
        expected
            .as_object_mut()
            .expect("what the test put there")
            .remove("usage");
    }
    if is == expected && row.get("fails").is_none() {
        return vec![];
    }
    vec![format!(
        "{}\n  is       {is}\n  expected {expected}",
        name(row)
    )]
}

/// The whole completion that a row expects: it says what is special.
fn whole(row: &Value) -> Value {
    let message = json!({"role": "assistant", "content": "Hello"});
    let mut message = merged(message, &row["message"]);
    for key in ["content", "refusal"] {
        let null = message.get(key).is_none();
        if null {
            message[key] = Value::Null;
        }
    }
    let mut choice = json!({
        "index": 0, "message": message, "logprobs": null,
        "finish_reason": row["finish"].as_str().unwrap_or("stop"),
    });
    if let Some(fields) = row.get("unsaid") {
        choice["provider_specific_fields"] = fields.clone();
    }
    let usage = row["usage"].as_object().map(|counts| {
        let count = |key: &str| counts.get(key).cloned().unwrap_or(json!(0));
        let mut usage = json!({
            "prompt_tokens": count("prompt"), "completion_tokens": count("completion"),
            "total_tokens": count("total"),
            "prompt_tokens_details": {"cached_tokens": count("read"), "cache_creation_tokens": count("written")},
            "completion_tokens_details": {"reasoning_tokens": count("reasoning")},
            "cache_creation_input_tokens": count("written"), "cache_read_input_tokens": count("read"),
        });
        if let Some(kept) = counts.get("kept") {
            usage["prompt_tokens_details"]["cache_creation_token_details"] =
                json!({"ephemeral_5m_input_tokens": kept[0], "ephemeral_1h_input_tokens": kept[1]});
        }
        merged(usage, counts.get("beside").unwrap_or(&Value::Null))
    });
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 7, "model": "m",
        "choices": [choice], "usage": usage,
    })
}

#[test]
fn every_answer_becomes_what_the_table_says() {
    let rows = rows("responses");
    assert!(rows.len() >= 40, "{} rows", rows.len());
    let wrong: Vec<String> = rows.iter().flat_map(judge).collect();
    none_wrong(&wrong);
}

#[test]
fn a_row_that_expects_another_answer_is_found() {
    for row in [
        json!({"name": "planted", "finish": "length"}),
        json!({"name": "planted", "message": {"content": "Hallo"}}),
        json!({"name": "planted", "fails": "something"}),
        json!({"name": "planted", "usage": {"prompt": 4}}),
        json!({"name": "planted", "unreadable": true}),
        json!({"name": "planted", "answer": {"content": "Hello"}}),
    ] {
        assert_eq!(judge(&row).len(), 1, "{row}");
    }
}

#[test]
fn every_stop_reason_is_in_the_table() {
    let mut finishes = BTreeMap::new();
    for row in rows("responses") {
        if let Some(stop) = row["answer"]["stop_reason"].as_str() {
            finishes.insert(stop.to_owned(), row["finish"].clone());
        }
    }
    for cut in [
        "max_tokens",
        "pause_turn",
        "model_context_window_exceeded",
        "compaction",
    ] {
        assert_eq!(
            finishes[cut], "length",
            "{cut}: a cut is never called a stop"
        );
    }
    assert_eq!(finishes["refusal"], "content_filter");
}
