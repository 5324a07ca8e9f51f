//! What no row of a table could say.

use hearth_wire::openai::request::{ModelFacts, Policy, Sent, translate};
use hearth_wire::openai::stream::{Chunks, Frame};
use hearth_wire::openai::{Dropped, Wants, Why, errors, response};
use hearth_wire::{Response, StreamEvent, models};
use serde_json::{Value, json};

fn facts() -> ModelFacts<'static> {
    let model = models::find("claude-haiku-5-5").expect("what the test put there");
    ModelFacts {
        deployment: "d",
        model,
        hosting: None,
    }
}

#[test]
fn the_order_of_keys_and_the_spelling_of_numbers_stay() {
    let body = r#"{"model":"m","tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"z":{"minimum":1.50},"a":{}}}}}],
        "messages":[{"role":"user","content":"Hi"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"z\":1E+2, \"a\":12345678901234567890123}"}}]},{"role":"tool","tool_call_id":"c","content":"r"}]}"#;
    let translated =
        translate(body.as_bytes(), &facts(), &Policy::default()).expect("what the test put there");
    let sent = serde_json::to_string(&translated.request).expect("what the test put there");
    assert!(
        sent.contains(r#"{"type":"object","properties":{"z":{"minimum":1.50},"a":{}}}"#),
        "{sent}"
    );
    assert!(
        sent.contains(r#""input":{"z":1E+2, "a":12345678901234567890123}"#),
        "{sent}"
    );
}

#[test]
fn arguments_come_back_in_their_spelling() {
    let answer = r#"{"content":[{"type":"tool_use","id":"c","name":"f","input":{"z":1E+2, "a":1.0}}],"stop_reason":"tool_use"}"#;
    let answer = Response::parse(answer).expect("what the test put there");
    let completion =
        response::translate(&answer, &Wants::default(), "id", 1).expect("what the test put there");
    let completion: Value = serde_json::from_str(&completion).expect("what the test put there");
    let call = &completion["choices"][0]["message"]["tool_calls"][0];
    assert_eq!(call["function"]["arguments"], r#"{"z":1E+2, "a":1.0}"#);
}

#[test]
fn signatures_go_back_to_the_letter() {
    let block = r#"{ "signature":"s\/=", "thinking":"a\u0041", "type":"thinking"}"#;
    let body = format!(
        r#"{{"model":"m","messages":[{{"role":"user","content":"Hi"}},{{"role":"assistant","content":"Ho","thinking_blocks":[{block}]}},{{"role":"user","content":"So"}}]}}"#
    );
    let translated =
        translate(body.as_bytes(), &facts(), &Policy::default()).expect("what the test put there");
    assert_eq!(translated.request.messages[1].content[0].json(), block);
}

#[test]
fn the_head_is_enough_to_find_a_deployment() {
    let body = br#"{"model":"azure_ai/x","stream":true,"stream_options":{"include_usage":true},"frobnicate":1}"#;
    let head = Sent::read(body)
        .and_then(|sent| sent.head())
        .expect("what the test put there");
    assert_eq!(
        (head.model.as_str(), head.stream, head.include_usage),
        ("azure_ai/x", true, true)
    );
}

#[test]
fn a_header_holds_what_was_dropped_and_nothing_else() {
    let dropped = |param: &str| Dropped {
        param: param.to_owned(),
        why: Why::Unknown,
    };
    let all = [
        dropped("seed"),
        dropped("a\r\nx-evil: 1"),
        dropped("é,b"),
        dropped("seed"),
    ];
    assert_eq!(Dropped::header(&all), "seed, a??x-evil:?1, ??b");
    let many: Vec<Dropped> = (0..1000)
        .map(|at| dropped(&format!("member{at}")))
        .collect();
    let header = Dropped::header(&many);
    assert!(header.len() < 1100 && header.ends_with(", ..."), "{header}");
    assert_eq!(Dropped::header(&[]), "");
}

/// Status and body of a failure, then type, code and param for OpenAI's clients and the
/// type for those of the Messages API.
type Failure<'a> = (u16, &'a str, &'a str, &'a str, &'a str, &'a str);

#[test]
fn failures_have_their_words() {
    let azure_401 = r#"{"error":{"code":"401","message":"Access denied due to invalid subscription key or wrong API endpoint."}}"#;
    let missing = r#"{"error":{"type":"invalid_request_error","code":"DeploymentNotFound","message":"The API deployment for this resource does not exist."}}"#;
    let spent = r#"{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":"enforced_spend_limit_reached"}}}"#;
    let ours = |kind: &str, message: &str| {
        json!({"type": "error", "error": {"type": kind, "message": message}}).to_string()
    };
    let table: [Failure<'_>; 15] = [
        (
            400,
            &ours(
                "invalid_request_error",
                "temperature: Extra inputs are not permitted",
            ),
            "invalid_request_error",
            "",
            "temperature",
            "invalid_request_error",
        ),
        (
            400,
            &ours(
                "invalid_request_error",
                "prompt is too long: 9 tokens > 8 maximum",
            ),
            "invalid_request_error",
            "context_length_exceeded",
            "",
            "invalid_request_error",
        ),
        (
            400,
            &ours("invalid_request_error", "messages.1.content.0: Invalid"),
            "invalid_request_error",
            "",
            "messages.1.content.0",
            "invalid_request_error",
        ),
        (
            401,
            azure_401,
            "authentication_error",
            "invalid_api_key",
            "",
            "authentication_error",
        ),
        (
            402,
            "",
            "insufficient_quota",
            "insufficient_quota",
            "",
            "billing_error",
        ),
        (
            403,
            r#"{"error":{"code":"PermissionDenied","message":"m"}}"#,
            "permission_error",
            "",
            "",
            "permission_error",
        ),
        (
            400,
            &ours(
                "invalid_request_error",
                "input length and `max_tokens` exceed context limit: 199000 + 20000 > 200000",
            ),
            "invalid_request_error",
            "context_length_exceeded",
            "",
            "invalid_request_error",
        ),
        (
            404,
            missing,
            "invalid_request_error",
            "model_not_found",
            "",
            "not_found_error",
        ),
        (
            404,
            &ours("not_found_error", "model: claude-none"),
            "invalid_request_error",
            "model_not_found",
            "",
            "not_found_error",
        ),
        (
            413,
            &ours("request_too_large", "m"),
            "invalid_request_error",
            "request_too_large",
            "",
            "request_too_large",
        ),
        (
            429,
            &ours("rate_limit_error", "m"),
            "rate_limit_error",
            "rate_limit_exceeded",
            "",
            "rate_limit_error",
        ),
        (
            429,
            spent,
            "rate_limit_error",
            "insufficient_quota",
            "",
            "rate_limit_error",
        ),
        (
            502,
            "<html>Bad gateway</html>",
            "server_error",
            "",
            "",
            "api_error",
        ),
        (504, "", "server_error", "", "", "timeout_error"),
        (
            529,
            &ours("overloaded_error", "Overloaded"),
            "server_error",
            "overloaded",
            "",
            "overloaded_error",
        ),
    ];
    for (status, body, kind, code, param, messages_kind) in table {
        let error = errors::of_answer(status, body);
        let is = (
            error.status,
            error.kind.as_str(),
            error.code.as_deref().unwrap_or_default(),
            error.param.as_deref().unwrap_or_default(),
        );
        assert_eq!(is, (status, kind, code, param), "{body}");
        assert!(
            !error.message.is_empty() && !error.message.contains("<html>"),
            "{}",
            error.message
        );
        let back: Value = serde_json::from_str(&errors::as_messages(&error, Some("req_1")))
            .expect("what the test put there");
        assert_eq!(
            back,
            json!({"type": "error", "error": {"type": messages_kind, "message": error.message}, "request_id": "req_1"})
        );
    }
}

#[test]
fn a_failure_of_the_caller_is_told_once() {
    let mut chunks = Chunks::new(Wants::default(), "id", 1);
    let start = StreamEvent::parse("", r#"{"type":"message_start","message":{"id":"a"}}"#)
        .expect("what the test put there");
    assert_eq!(chunks.push(&start).len(), 1);
    let error = errors::broken("the connection was lost");
    let frames = chunks.break_off(&error);
    assert!(
        matches!(&frames[..], [Frame::Error(json)] if json.contains("the connection was lost"))
    );
    assert!(chunks.break_off(&error).is_empty() && chunks.finish().is_empty());
}

#[test]
fn depth_costs_no_stack() {
    let deep = format!("{}1{}", r#"{"a":"#.repeat(100_000), "}".repeat(100_000));
    let tool = format!(r#"[{{"type":"function","function":{{"name":"f","parameters":{deep}}}}}]"#);
    let format =
        format!(r#"{{"type":"json_schema","json_schema":{{"name":"n","schema":{deep}}}}}"#);
    for (key, value) in [("tools", tool), ("response_format", format)] {
        let body = format!(
            r#"{{"model":"m","{key}":{value},"messages":[{{"role":"user","content":"Hi"}}]}}"#
        );
        let model = models::find("claude-sonnet-4-6").expect("what the test put there");
        let facts = ModelFacts {
            deployment: "d",
            model,
            hosting: None,
        };
        assert!(
            translate(body.as_bytes(), &facts, &Policy::default()).is_ok(),
            "{key}"
        );
    }
}

#[test]
fn unions_that_name_one_another_are_read_to_an_end() {
    // Each is twice the next: what there is to read doubles forty times.
    let doubled = |at: usize| {
        let next = json!({"$ref": format!("#/$defs/{}", at + 1)});
        (at.to_string(), json!({"allOf": [next, next]}))
    };
    let mut definitions: serde_json::Map<String, Value> = (0..40).map(doubled).collect();
    definitions.insert("40".to_owned(), json!({"properties": {"last": {}}}));
    let constants = (0..9_000).map(|at| json!({"properties": {"kind": {"const": at}}}));
    for (unions, kept) in [
        (vec![json!({"$ref": "#/$defs/0"})], 0),
        (constants.collect(), 9_000),
    ] {
        let schema = json!({"type": "object", "$defs": definitions, "oneOf": unions});
        let body = json!({
            "model": "m",
            "messages": [{"role": "user", "content": "Hi"}],
            "tools": [{"type": "function", "function": {"name": "f", "parameters": schema}}],
        });
        let body = body.to_string();
        let translated = translate(body.as_bytes(), &facts(), &Policy::default());
        let request = serde_json::to_value(&translated.unwrap().request).unwrap();
        let schema = &request["tools"][0]["input_schema"];
        assert!(schema.get("oneOf").is_none());
        let kinds = &schema["properties"]["kind"]["anyOf"];
        assert_eq!(kinds.as_array().map_or(0, Vec::len), kept);
    }
}
