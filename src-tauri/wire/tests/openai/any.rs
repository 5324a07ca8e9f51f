//! Requests, answers and events as nobody would write them.

use hearth_wire::models;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Any JSON, with a liking for the words that mean something here.
pub(crate) fn any_json() -> impl Strategy<Value = Value> {
    let word = select(vec![
        "user",
        "assistant",
        "tool",
        "system",
        "function",
        "text",
        "image_url",
        "auto",
        "none",
        "f",
        "c",
        "",
        " ",
        "json_object",
        "json_schema",
        "object",
        "enabled",
        "adaptive",
        "high",
        "a.b",
        "data:image/png;base64,AAAA",
        "data:,",
        "\u{2028}é",
        "{\"a\":1}",
        "#/$defs/A",
        "allowed_tools",
        "input_image",
        "input_file",
        "custom",
        "https://x/a.pdf?b#c",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| json!(word)),
        any::<String>().prop_map(|text| json!(text)),
        any::<i64>().prop_map(|number| json!(number)),
        any::<f64>().prop_map(|number| json!(number)),
        any::<bool>().prop_map(|flag| json!(flag)),
        Just(Value::Null),
    ];
    let key = select(vec![
        "role",
        "content",
        "type",
        "text",
        "tool_calls",
        "function",
        "name",
        "arguments",
        "id",
        "tool_call_id",
        "image_url",
        "url",
        "file",
        "file_data",
        "thinking_blocks",
        "cache_control",
        "properties",
        "$ref",
        "$defs",
        "A",
        "items",
        "anyOf",
        "mode",
        "tools",
        "budget_tokens",
        "provider_specific_fields",
        "content_blocks",
        "json_schema",
        "schema",
        "effort",
        "input_image",
        "file_url",
        "format",
        "input_schema",
        "allOf",
        "enum",
        "const",
        "minItems",
        "citations",
    ]);
    leaf.prop_recursive(4, 40, 5, move |value| {
        let member = (key.clone(), value.clone()).prop_map(|(key, value)| (key.to_owned(), value));
        prop_oneof![
            vec(value, 0..5).prop_map(Value::Array),
            vec(member, 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A body with members of the right names and any values.
pub(crate) fn any_body() -> impl Strategy<Value = Value> {
    let key = select(vec![
        "messages",
        "tools",
        "functions",
        "tool_choice",
        "function_call",
        "response_format",
        "stop",
        "temperature",
        "top_p",
        "max_tokens",
        "max_completion_tokens",
        "thinking",
        "n",
        "metadata",
        "reasoning_effort",
        "stream_options",
        "extra_headers",
        "extra_body",
        "user",
        "system",
        "parallel_tool_calls",
        "logit_bias",
        "cache_control",
        "output_config",
        "betas",
        "seed",
    ]);
    vec((key, any_json()), 0..6).prop_map(|members| {
        let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "Hi"}]});
        for (key, value) in members {
            body[key] = value;
        }
        body
    })
}

/// Stands for half of a character, which no text of Rust can have: `spelled` puts it there.
pub(crate) const HALF: &str = "HALF";

/// The body as a client sends it.
pub(crate) fn spelled(body: &Value) -> String {
    body.to_string().replace(HALF, r"\ude00")
}

/// A conversation in which most things fit together.
pub(crate) fn conversation() -> impl Strategy<Value = Value> {
    let text = select(vec![
        "Hi",
        " \n",
        "",
        "a\u{2028}b",
        "é",
        HALF,
        r#"{"a":"\ud83d"}"#,
    ]);
    let message = (
        0..7_u8,
        text,
        0..3_u8,
        select(vec!["f", "a.b", "ü/ñ", "f_2"]),
    );
    vec(message, 0..8).prop_map(|messages| {
        let mut all = vec![];
        for (at, (kind, text, calls, name)) in messages.into_iter().enumerate() {
            match kind {
                0 => all.push(json!({"role": "system", "content": text})),
                1 | 2 => all.push(json!({"role": "user", "content": text, "name": name})),
                3 => all.push(json!({"role": "user", "content": [{"type": "text", "text": text}]})),
                4 => all.push(json!({"role": "assistant", "content": text})),
                _ => {
                    let ids: Vec<String> = (0..calls).map(|call| format!("c:{}_{call}", at % 2)).collect();
                    let call = |id: &String| json!({"id": id, "type": "function", "function": {"name": name, "arguments": text}});
                    let calls: Vec<Value> = ids.iter().map(call).collect();
                    all.push(json!({"role": "assistant", "content": null, "tool_calls": calls}));
                    let result = |id: &String| json!({"role": "tool", "tool_call_id": id, "content": text});
                    all.extend(ids.iter().rev().map(result));
                }
            }
        }
        json!({"model": "m", "messages": all})
    })
}

pub(crate) fn any_model() -> impl Strategy<Value = &'static models::BaseModel> {
    let mut all: Vec<_> = models::all().iter().collect();
    all.push(models::cautious());
    select(all)
}

/// Blocks of an answer, in any order: text with and without citations, thinking, calls,
/// those of the API's own tools, and what a client has no form for.
pub(crate) fn blocks() -> impl Strategy<Value = Vec<Value>> {
    let text = select(vec!["Hello", "\u{1F600}", "a\u{2028}", "é\"\\"]);
    let input = prop_oneof![
        Just(json!({})),
        any::<String>().prop_map(|text| json!({"a": text, "b": [1, null, {"c": 0.5}]})),
    ];
    vec((0..8_u8, text, input), 0..6).prop_map(|blocks| {
        let block = |(at, (kind, text, input)): (usize, (u8, &str, Value))| match kind {
            0 | 1 => json!({"type": "text", "text": text}),
            2 => json!({"type": "thinking", "thinking": text, "signature": format!("s{at}==")}),
            3 => json!({"type": "tool_use", "id": format!("toolu_{at}"), "name": "f", "input": input}),
            4 => json!({"type": "redacted_thinking", "data": format!("d{at}")}),
            5 => json!({"type": "text", "text": text, "citations": [
                {"type": "web_search_result_location", "url": text, "title": null, "cited_text": "c"},
                {"type": "page_location", "start_page_number": at},
            ]}),
            6 => json!({"type": "server_tool_use", "id": format!("srvtoolu_{at}"), "name": "web_search", "input": input}),
            _ => json!({"type": "web_search_tool_result", "tool_use_id": "srvtoolu_0", "content": [{"url": text}]}),
        };
        blocks.into_iter().enumerate().map(block).collect()
    })
}

pub(crate) fn any_event() -> impl Strategy<Value = String> {
    let index = 0..3_u32;
    let kind = select(vec![
        "text",
        "thinking",
        "tool_use",
        "redacted_thinking",
        "server_tool_use",
        "mcp_tool_use",
        "compaction",
        "new",
    ]);
    let delta = select(vec![
        r#"{"type":"text_delta","text":"a\ud83d"}"#,
        r#"{"type":"thinking_delta","thinking":"m"}"#,
        r#"{"type":"signature_delta","signature":"s"}"#,
        r#"{"type":"input_json_delta","partial_json":"{\"a\":"}"#,
        r#"{"type":"citations_delta","citation":{"type":"x","url":"\ud83d"}}"#,
        r#"{"type":"citations_delta","citation":null}"#,
        r#"{"type":"compaction_delta","content":null}"#,
        r#"{"type":"new_delta","x":1}"#,
    ]);
    let reason = select(vec![
        "\"end_turn\"",
        "\"tool_use\"",
        "\"max_tokens\"",
        "\"refusal\"",
        "\"new\"",
        "null",
        "7",
    ]);
    prop_oneof![
        2 => Just(r#"{"type":"message_start","message":{"id":"msg_1"}}"#.to_owned()),
        4 => (index.clone(), kind).prop_map(|(index, kind)| format!(r#"{{"type":"content_block_start","index":{index},"content_block":{{"type":"{kind}","id":"i","name":"f","text":"","thinking":""}}}}"#)),
        8 => (index.clone(), delta).prop_map(|(index, delta)| format!(r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#)),
        4 => index.prop_map(|index| format!(r#"{{"type":"content_block_stop","index":{index}}}"#)),
        1 => Just(r#"{"type":"message_delta","delta":{"container":{"id":"c"},"stop_details":7},"usage":{"iterations":[{}],"input_tokens":null}}"#.to_owned()),
        3 => reason.prop_map(|reason| format!(r#"{{"type":"message_delta","delta":{{"stop_reason":{reason}}}}}"#)),
        2 => Just(r#"{"type":"message_stop"}"#.to_owned()),
        1 => Just(r#"{"type":"ping"}"#.to_owned()),
        1 => Just(r#"{"type":"error","error":{"message":"x"}}"#.to_owned()),
    ]
}
