use serde_json::{Value, json};

use super::*;
use crate::deployments::Deployments;
use crate::frames::{self, Letterhead, Pings};
use crate::random::Random;
use crate::script::{Part, Stop};

/// A request that every model takes, with some fields replaced or added (null removes).
fn asking(changes: Value) -> Value {
    let mut body = json!({
        "model": "claude-sonnet-5-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "Hello"}],
    });
    let Value::Object(changes) = changes else {
        panic!("an object of changes");
    };
    for (key, value) in changes {
        match value {
            Value::Null => {
                body.as_object_mut().expect("a body").remove(&key);
            }
            value => body[key] = value,
        }
    }
    body
}

fn judge_as(body: &Value, version: Version, betas: Vec<&str>) -> Result<Asked, Refusal> {
    let name = body["model"].as_str().unwrap_or("claude-sonnet-5-5");
    let bench = Bench {
        call: Call::Messages,
        version,
        betas,
        deployment: Deployments::standard()
            .get(name)
            .expect("a known deployment"),
        lacks: None,
        signatures: Signatures::Checked,
        own_kinds: HashSet::from(["from_a_script".to_owned()]),
    };
    request(body.as_object().expect("a body"), &bench)
}

fn judge(body: &Value) -> Result<Asked, Refusal> {
    judge_as(body, Version::V2026, Vec::new())
}

fn complaint(verdict: Result<Asked, Refusal>) -> String {
    match verdict {
        Ok(_) => "taken".to_owned(),
        Err(refusal) => {
            assert_eq!(refusal.status, 400);
            let body: Value = serde_json::from_str(&refusal.body("req_1")).expect("JSON");
            assert_eq!(body["type"], "error");
            assert_eq!(body["error"]["type"], "invalid_request_error");
            assert_eq!(body["request_id"], "req_1");
            body["error"]["message"]
                .as_str()
                .expect("a message")
                .to_owned()
        }
    }
}

fn check(changes: Value, expected: &str) {
    let label = changes.to_string();
    let said = complaint(judge(&asking(changes)));
    assert!(
        said.contains(expected),
        "{label}\n said: {said}\n not: {expected}"
    );
}

#[test]
fn top_level_fields() {
    check(json!({}), "taken");
    check(json!({"max_tokens": null}), "max_tokens: Field required");
    check(json!({"messages": null}), "messages: Field required");
    check(
        json!({"max_tokens": "9"}),
        "max_tokens: Input should be a valid integer",
    );
    check(json!({"max_tokens": 0}), "taken");
    check(
        json!({"max_tokens": 128_001}),
        "max_tokens: 128001 > 128000, which is the maximum allowed number of output tokens for \
         claude-sonnet-5-5",
    );
    check(
        json!({"model": "claude-haiku-4-5", "max_tokens": 64_001}),
        "max_tokens: 64001 > 64000, which is the maximum allowed number of output tokens for",
    );
    check(
        json!({"stream_options": {}}),
        "stream_options: Extra inputs are not permitted",
    );
    check(
        json!({"inference_geo": "us"}),
        "inference_geo: Extra inputs are not permitted",
    );
    check(
        json!({"context_management": {}}),
        "context_management: Extra inputs are not permitted",
    );
    check(
        json!({"speed": "fast"}),
        "speed: Extra inputs are not permitted",
    );
    check(
        json!({"model": "claude-opus-5-5", "speed": "fast"}),
        "taken",
    );
    check(
        json!({"stop_sequences": [" "]}),
        "each stop sequence must contain non-whitespace",
    );
    check(json!({"system": ""}), "taken");
    check(
        json!({"system": [{"type": "text", "text": ""}]}),
        "must be non-empty",
    );
    let beta = judge_as(
        &asking(json!({"context_management": {}})),
        Version::V2026,
        vec!["context-management-2025-06-27"],
    );
    assert_eq!(complaint(beta), "taken");
}

#[test]
fn sampling_depends_on_version_and_model() {
    let warm = |model: &str, value: f64| asking(json!({"model": model, "temperature": value}));
    let older = |body: &Value| complaint(judge_as(body, Version::V2023, Vec::new()));
    for key in ["temperature", "top_p", "top_k"] {
        check(
            json!({key: 1}),
            &format!("{key}: Extra inputs are not permitted"),
        );
    }
    assert_eq!(older(&warm("claude-sonnet-4-6", 0.2)), "taken");
    assert_eq!(older(&warm("claude-sonnet-5-5", 1.0)), "taken");
    assert!(older(&warm("claude-sonnet-5-5", 0.2)).contains("not supported"));
    assert!(older(&warm("claude-sonnet-4-6", 1.2)).contains("range: 0..1"));
    let both = asking(json!({"model": "claude-sonnet-4-5", "temperature": 0.5, "top_p": 0.5}));
    assert!(older(&both).contains("cannot both be specified"));
}

#[test]
fn thinking_per_model() {
    let mut table: Vec<(&str, Vec<&str>)> = Vec::new();
    for base in crate::models::BASES {
        let kinds = ["adaptive", "enabled", "disabled", "between_tools"];
        let taken = kinds.into_iter().filter(|kind| {
            let mut thinking = json!({"type": kind});
            if *kind == "enabled" {
                thinking["budget_tokens"] = json!(1024);
            }
            let body = asking(json!({"model": base.id, "max_tokens": 2000, "thinking": thinking}));
            judge(&body).is_ok()
        });
        table.push((base.id, taken.collect()));
    }
    let expected: Vec<(&str, Vec<&str>)> = vec![
        ("claude-fable-5-2", vec!["adaptive"]),
        ("claude-fable-5-1", vec!["adaptive"]),
        ("claude-fable-5", vec!["adaptive"]),
        ("claude-opus-5-5", vec!["adaptive"]),
        ("claude-opus-5", vec!["adaptive", "disabled"]),
        ("claude-opus-4-8", vec!["adaptive", "disabled"]),
        ("claude-opus-4-7", vec!["adaptive", "disabled"]),
        ("claude-opus-4-6", vec!["adaptive", "enabled", "disabled"]),
        ("claude-opus-4-5", vec!["enabled", "disabled"]),
        ("claude-sonnet-5-5", vec!["adaptive", "between_tools"]),
        ("claude-sonnet-5", vec!["adaptive", "disabled"]),
        ("claude-sonnet-4-6", vec!["adaptive", "enabled", "disabled"]),
        ("claude-sonnet-4-5", vec!["enabled", "disabled"]),
        ("claude-haiku-5-5", vec!["adaptive", "disabled"]),
        ("claude-haiku-4-5", vec!["enabled", "disabled"]),
    ];
    assert_eq!(table, expected);
}

#[test]
fn thinking_in_the_published_words() {
    let unsupported = |kind: &str| {
        format!(
            "\"thinking.type.{kind}\" is not supported for this model. Use \
             \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior."
        )
    };
    check(
        json!({"thinking": {"type": "disabled"}}),
        &unsupported("disabled"),
    );
    check(
        json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}),
        &unsupported("enabled"),
    );
    check(
        json!({"model": "claude-opus-4-5", "thinking": {"type": "adaptive"}}),
        "adaptive thinking is not supported on this model",
    );
    let budget = |tokens: u32| json!({"model": "claude-opus-4-5", "thinking": {"type": "enabled", "budget_tokens": tokens}});
    check(
        budget(1000),
        "budget_tokens: Input should be greater than or equal to 1024",
    );
    check(
        budget(1024),
        "`max_tokens` must be greater than `thinking.budget_tokens`",
    );
    check(
        json!({"thinking": {"type": "adaptive", "display": "loud"}}),
        "thinking.adaptive.display",
    );
    check(
        json!({"thinking": {"type": "adaptive", "display": "summarized"}}),
        "taken",
    );
    check(
        json!({"model": "claude-opus-4-8", "thinking": {"type": "disabled", "display": "omitted"}}),
        "thinking.disabled.display: Extra inputs are not permitted",
    );
    check(json!({"thinking": {}}), "thinking.type: Field required");
    check(json!({"thinking": {"type": "deep"}}), "Input tag 'deep'");
}

#[test]
fn effort_per_model() {
    let with = |model: &str, effort: &str| {
        complaint(judge(&asking(
            json!({"model": model, "output_config": {"effort": effort}}),
        )))
    };
    assert_eq!(with("claude-opus-5-5", "xhigh"), "taken");
    assert_eq!(with("claude-opus-4-6", "max"), "taken");
    assert!(with("claude-opus-4-6", "xhigh").contains("'xhigh' is not supported"));
    assert!(with("claude-opus-4-5", "max").contains("'max' is not supported"));
    assert!(with("claude-haiku-4-5", "low").contains("does not support the effort parameter"));
    assert!(with("claude-opus-5-5", "huge").contains("output_config.effort: Input should be"));
    let opus = |effort: &str| json!({"model": "claude-opus-5", "thinking": {"type": "disabled"}, "output_config": {"effort": effort}});
    check(opus("high"), "taken");
    check(opus("max"), "\"thinking.type.disabled\" is not supported");
    check(
        json!({"thinking": {"type": "between_tools"}, "output_config": {"effort": "max"}}),
        "\"thinking.type.between_tools\" is not supported with",
    );
    check(
        json!({"output_config": {"format": {"type": "json_schema"}}}),
        "structured_outputs not supported in your workspace.",
    );
}

#[test]
fn messages_have_a_structure() {
    let says = |messages: Value, expected: &str| check(json!({"messages": messages}), expected);
    let user = |content: Value| json!([{"role": "user", "content": content}]);
    says(json!([]), "messages: at least one message is required");
    says(
        json!([{"role": "assistant", "content": "x"}]),
        "first message must use the \"user\" role",
    );
    says(
        json!([{"role": "system", "content": "x"}]),
        "Unexpected role \"system\"",
    );
    says(
        json!([{"role": "tool", "content": "x"}]),
        "messages.0.role: Input should be",
    );
    says(
        json!([{"role": "user", "content": "x", "id": 1}]),
        "messages.0.id: Extra inputs are not permitted",
    );
    says(
        user(json!("")),
        "messages.0: all messages must have non-empty content",
    );
    says(
        user(json!([{"type": "text", "text": ""}])),
        "messages: text content blocks must be non-empty",
    );
    says(
        user(json!([{"type": "text", "text": " \n"}])),
        "must contain non-whitespace text",
    );
    says(
        user(json!([{"type": "text"}])),
        "messages.0.content.0.text.text: Field required",
    );
    says(
        user(json!([{"type": "text", "text": "x", "index": 0}])),
        "messages.0.content.0.text.index: Extra inputs are not permitted",
    );
    says(
        user(json!([{"type": "thinking", "thinking": "", "signature": ""}])),
        "Input tag 'thinking'",
    );
    says(
        user(json!([{"type": "from_a_script"}])),
        "Input tag 'from_a_script'",
    );
    let prefilled =
        json!([{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}]);
    says(
        prefilled.clone(),
        "This model does not support assistant message prefill. The conversation must end with a \
         user message.",
    );
    check(
        json!({"model": "claude-opus-4-5", "messages": prefilled}),
        "taken",
    );
    let marked = json!({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}});
    says(user(json!(vec![marked.clone(); 4])), "taken");
    says(
        user(json!(vec![marked; 5])),
        "A maximum of 4 blocks with cache_control",
    );
    let echoed = json!([
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": [{"type": "from_a_script"}]},
        {"role": "user", "content": "y"},
    ]);
    says(echoed, "taken");
}

#[test]
fn neighbours_of_one_role_are_one_message() {
    let two = json!([{"role": "user", "content": "one"}, {"role": "user", "content": "two"}]);
    let asked = judge(&asking(json!({"messages": two}))).expect("taken");
    assert_eq!(asked.turns.len(), 1);
    assert_eq!(asked.question(), "one\ntwo");
}

#[test]
fn tool_calls_and_results_belong_together() {
    let call = |id: &str| json!({"type": "tool_use", "id": id, "name": "f", "input": {}});
    let result = |id: &str| json!({"type": "tool_result", "tool_use_id": id, "content": "r"});
    let text = json!({"type": "text", "text": "x"});
    let says = |calls: Value, results: Value, expected: &str| {
        let messages = json!([
            {"role": "user", "content": "x"},
            {"role": "assistant", "content": calls},
            {"role": "user", "content": results},
        ]);
        check(json!({"messages": messages}), expected);
    };
    says(
        json!([call("a"), call("b")]),
        json!([result("b"), result("a"), text]),
        "taken",
    );
    says(
        json!([call("a"), call("b")]),
        json!([result("a")]),
        "`tool_use` ids were found without `tool_result` blocks immediately after: b",
    );
    says(
        json!([text]),
        json!([result("a")]),
        "unexpected `tool_use_id` found",
    );
    says(
        json!([call("a")]),
        json!([text, result("a")]),
        "must come first in the message",
    );
    says(
        json!([call("a")]),
        json!([result("a"), result("a")]),
        "multiple `tool_result` blocks",
    );
    says(
        json!([call("a"), call("a")]),
        json!([result("a")]),
        "`tool_use` ids must be unique: a",
    );
}

#[test]
fn forced_choice_and_names_of_tools() {
    let tool = json!([{"name": "f", "input_schema": {"type": "object"}}]);
    let with =
        |model: &str, choice: Value| json!({"model": model, "tools": tool, "tool_choice": choice});
    check(with("claude-sonnet-5-5", json!({"type": "auto"})), "taken");
    check(
        with("claude-sonnet-5-5", json!({"type": "any"})),
        "tool_choice.type \"any\" is not supported",
    );
    check(with("claude-haiku-5-5", json!({"type": "any"})), "taken");
    check(
        with("claude-haiku-5-5", json!({"type": "tool", "name": "g"})),
        "Tool 'g' not found",
    );
    check(
        json!({"tools": [{"name": "a b", "input_schema": {"type": "object"}}]}),
        "should match pattern",
    );
    check(
        json!({"tools": [{"name": "a"}]}),
        "tools.0.custom.input_schema: Field required",
    );
    let search = json!([{"type": "web_search_20260318", "name": "web_search"}]);
    check(
        json!({"tools": search}),
        "web_search not supported in your workspace.",
    );
    check(
        json!({"model": "claude-opus-4-7", "tools": search}),
        "taken",
    );
}

#[test]
fn a_prompt_has_a_greatest_length() {
    let body = |length: usize| json!({"model": "claude-haiku-4-5", "messages": [{"role": "user", "content": "x".repeat(length)}]});
    check(body(790_000), "taken");
    check(
        body(800_000),
        "prompt is too long: 200007 tokens > 200000 maximum",
    );
}

/// The thinking of an answer, sent back in another request.
#[test]
fn thinking_comes_back_as_it_was_made() {
    let asked = judge(&asking(json!({}))).expect("taken");
    let head = Letterhead {
        base_model: "claude-sonnet-5-5",
        input_tokens: 1,
        signer: asked.signer,
        ids: Random::new(1),
        pings: Pings::Never,
    };
    let part = Part::Thinking(vec!["so".to_owned(), " it is".to_owned()]);
    let message = frames::message(&[part], &Stop::default(), head);
    let made = message["content"][0].clone();
    let back = |first: &str, block: &Value| {
        json!([
            {"role": "user", "content": [{"type": "text", "text": first, "cache_control": {"type": "ephemeral"}}]},
            {"role": "assistant", "content": [block]},
            {"role": "user", "content": "and?"},
        ])
    };
    check(json!({"messages": back("Hello", &made)}), "taken");
    let mut changed = made.clone();
    changed["thinking"] = json!("so it is not");
    check(
        json!({"messages": back("Hello", &changed)}),
        "messages.1.content.0: `thinking` or",
    );
    changed["signature"] = json!("forged");
    check(
        json!({"messages": back("Hello", &changed)}),
        "Invalid `signature` in `thinking` block",
    );
    check(
        json!({"messages": back("Good day", &made)}),
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound to a \
         different conversation.",
    );
    // Another model drops it, an unbinding one ignores what came before.
    check(
        json!({"model": "claude-opus-5-5", "messages": back("Hello", &made)}),
        "taken",
    );
    let tolerant = asking(json!({
        "messages": back("Good day", &made),
        "thinking": {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}},
    }));
    let betas = vec!["thinking-binding-controls-2026-08-01"];
    assert_eq!(
        complaint(judge_as(&tolerant, Version::V2026, betas)),
        "taken"
    );
    assert!(complaint(judge(&tolerant)).contains("block_binding: Extra inputs"));
}
