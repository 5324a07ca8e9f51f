//! Tools, pauses, pictures: requests whose answers depend on more than the words.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hearth_emulator::Emulator;
use image::{DynamicImage, ImageFormat};
use serde_json::{Value, json};

use crate::support::*;

fn clock() -> Value {
    json!({
        "name": "current_time",
        "description": "Tells the time.",
        "input_schema": {"type": "object", "properties": {"time_zone": {"type": "string"}}},
    })
}

/// An answer in one piece, or the words of its refusal.
async fn complete(emulator: &Emulator, body: &Value) -> Result<Value, String> {
    let mut body = body.clone();
    body["stream"] = json!(false);
    let response = post(emulator, &body).send().await.expect("an answer");
    let good = response.status() == 200;
    let answer: Value = response.json().await.expect("JSON");
    let message = || {
        answer["error"]["message"]
            .as_str()
            .expect("a message")
            .to_owned()
    };
    if good { Ok(answer) } else { Err(message()) }
}

fn text_of(answer: &Value) -> String {
    let blocks = answer["content"].as_array().expect("blocks");
    let texts = blocks.iter().filter_map(|block| block["text"].as_str());
    texts.collect()
}

fn calls(answer: &Value) -> Vec<Value> {
    let blocks = answer["content"].as_array().expect("blocks");
    let calls = blocks.iter().filter(|block| block["type"] == "tool_use");
    calls.cloned().collect()
}

fn with_tools(text: &str) -> Value {
    let mut body = question(MODEL, text);
    body["tools"] = json!([clock()]);
    body
}

/// The next request of a tool loop.
fn answered(body: &Value, answer: &Value, results: &[Value]) -> Value {
    let mut body = body.clone();
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": answer["content"]}));
    messages.push(json!({"role": "user", "content": results}));
    body
}

fn result(call: &Value, content: &Value, is_error: bool) -> Value {
    json!({
        "type": "tool_result",
        "tool_use_id": call["id"],
        "content": content,
        "is_error": is_error,
    })
}

#[tokio::test]
async fn a_tool_is_called_when_it_is_offered_and_asked_for() {
    let emulator = started().await;
    for (text, inputs) in [
        ("What time is it?", vec![json!({})]),
        (
            "What time is it in Berlin and in Tokyo?",
            vec![
                json!({"time_zone": "Europe/Berlin"}),
                json!({"time_zone": "Asia/Tokyo"}),
            ],
        ),
        ("Plan three days in Seattle", vec![]),
        ("Hello", vec![]),
    ] {
        let answer = complete(&emulator, &with_tools(text)).await.expect("taken");
        let called: Vec<Value> = calls(&answer)
            .iter()
            .map(|it| it["input"].clone())
            .collect();
        assert_eq!(called, inputs, "{text}");
        let expected = if inputs.is_empty() {
            "end_turn"
        } else {
            "tool_use"
        };
        assert_eq!(answer["stop_reason"], expected, "{text}");
    }
    let without = complete(&emulator, &question(MODEL, "What time is it?")).await;
    assert!(calls(&without.expect("taken")).is_empty());

    let mut body = with_tools("What time is it in Berlin and in Tokyo?");
    body["tool_choice"] = json!({"type": "auto", "disable_parallel_tool_use": true});
    assert_eq!(
        calls(&complete(&emulator, &body).await.expect("taken")).len(),
        1
    );
    body["tool_choice"] = json!({"type": "none"});
    assert_eq!(
        calls(&complete(&emulator, &body).await.expect("taken")).len(),
        0
    );
    let mut forced = with_tools("Hello");
    forced["model"] = json!("claude-haiku-4-5");
    forced["tool_choice"] = json!({"type": "tool", "name": "current_time"});
    assert_eq!(
        calls(&complete(&emulator, &forced).await.expect("taken")).len(),
        1
    );
}

#[tokio::test]
async fn any_tool_is_called_by_its_name_with_an_input_that_fits() {
    let emulator = started().await;
    let mut body = question(MODEL, "Please use look up for me");
    body["tools"] = json!([{
        "name": "look_up",
        "input_schema": {
            "type": "object",
            "required": ["words", "most", "kind", "exact"],
            "properties": {
                "words": {"type": "string"},
                "most": {"type": "integer"},
                "kind": {"enum": ["page", "picture"]},
                "exact": {"type": "boolean"},
                "left_out": {"type": "string"},
            },
        },
    }]);
    let answer = complete(&emulator, &body).await.expect("taken");
    let expected = json!({
        "words": "please use look up for me", "most": 1, "kind": "page", "exact": true,
    });
    assert_eq!(calls(&answer)[0]["input"], expected);
}

#[tokio::test]
async fn results_are_woven_in_and_errors_are_taken() {
    let emulator = started().await;
    let body = with_tools("What time is it in Berlin and on Mars?");
    let first = complete(&emulator, &body).await.expect("taken");
    let calls = calls(&first);
    let results = vec![
        result(
            &calls[0],
            &json!([{"type": "text", "text": "12:34"}]),
            false,
        ),
        result(&calls[1], &json!("No such time zone."), true),
    ];
    let last = complete(&emulator, &answered(&body, &first, &results)).await;
    let last = last.expect("taken");
    assert_eq!(last["stop_reason"], "end_turn");
    let said = text_of(&last);
    assert!(said.contains("**current_time** says: 12:34"), "{said}");
    assert!(
        said.contains("gave no answer (“No such time zone.”)"),
        "{said}"
    );
    // One result is missing.
    let refused = complete(&emulator, &answered(&body, &first, &results[..1])).await;
    assert!(
        refused
            .expect_err("refused")
            .contains("without `tool_result`")
    );

    let endless = with_tools("What time is it? Ask again and again.");
    let first = complete(&emulator, &endless).await.expect("taken");
    let call = &self::calls(&first)[0];
    let next = answered(&endless, &first, &[result(call, &json!("12:34"), false)]);
    let next = complete(&emulator, &next).await.expect("taken");
    assert_eq!(next["stop_reason"], "tool_use");
    assert_ne!(self::calls(&next)[0]["id"], call["id"]);
}

#[tokio::test]
async fn a_call_that_max_tokens_cuts_is_cut() {
    let emulator = started().await;
    let mut body = with_tools("What time is it in Berlin?");
    body["max_tokens"] = json!(7);
    let events = events_of(post(&emulator, &body).send().await.expect("an answer")).await;
    assert_eq!(grammar(&events), ["thinking", "text", "tool_use"]);
    assert_eq!(
        events[events.len() - 2]["delta"]["stop_reason"],
        "max_tokens"
    );
    let input = said(&events, "partial_json");
    assert!(serde_json::from_str::<Value>(&input).is_err(), "{input}");
}

#[tokio::test]
async fn within_a_tool_loop_thinking_with_a_budget_comes_back() {
    let emulator = started().await;
    let mut body = with_tools("What time is it?");
    body["model"] = json!("claude-sonnet-4-5");
    body["max_tokens"] = json!(4096);
    body["thinking"] = json!({"type": "enabled", "budget_tokens": 1024});
    let stripped = without_its_thinking(&emulator, &body).await;
    let refused = complete(&emulator, &stripped).await.expect_err("refused");
    assert!(refused.contains("Expected `thinking`"), "{refused}");
    // Once the loop is over, it may be left out.
    let mut over = stripped;
    let messages = over["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": "12:34"}));
    messages.push(json!({"role": "user", "content": "Thanks"}));
    complete(&emulator, &over).await.expect("taken");
}

#[tokio::test]
async fn a_model_that_decides_itself_how_much_it_thinks_does_not_miss_it() {
    let emulator = started().await;
    let mut body = with_tools("What time is it?");
    for thinking in [
        json!({"type": "adaptive", "display": "summarized"}),
        Value::Null,
    ] {
        body["thinking"] = thinking;
        if body["thinking"].is_null() {
            body.as_object_mut().expect("an object").remove("thinking");
        }
        let stripped = without_its_thinking(&emulator, &body).await;
        let answer = complete(&emulator, &stripped).await.expect("taken");
        assert!(text_of(&answer).contains("12:34"), "{answer}");
    }
}

/// The second request of a tool loop, without the thinking that led to its call; it is taken
/// with it.
async fn without_its_thinking(emulator: &Emulator, body: &Value) -> Value {
    let first = complete(emulator, body).await.expect("taken");
    assert_eq!(first["content"][0]["type"], "thinking");
    let results = vec![result(&calls(&first)[0], &json!("12:34"), false)];
    let mut whole = answered(body, &first, &results);
    complete(emulator, &whole).await.expect("taken");
    let content = whole["messages"][1]["content"].as_array_mut();
    content.expect("blocks").remove(0);
    whole
}

#[tokio::test]
async fn a_paused_turn_goes_on_when_it_is_sent_back() {
    let emulator = started().await;
    let body = question("fault-pause-turn", "Hello");
    let first = complete(&emulator, &body).await.expect("taken");
    assert_eq!(first["stop_reason"], "pause_turn");
    let mut back = body.clone();
    back["messages"] = json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": first["content"]},
    ]);
    let second = complete(&emulator, &back)
        .await
        .expect("no prefill, though it ends so");
    assert_eq!(second["stop_reason"], "end_turn");
    assert_eq!(second["content"][0]["type"], "web_search_tool_result");
    // The next question, with the turn in two messages as it came.
    let messages = back["messages"].as_array_mut().expect("messages");
    let unfinished = messages.clone();
    messages.push(json!({"role": "assistant", "content": second["content"]}));
    messages.push(json!({"role": "user", "content": "Thanks"}));
    complete(&emulator, &back).await.expect("taken");
    back["messages"] = json!(unfinished);
    let messages = back["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "user", "content": "Thanks"}));
    let refused = complete(&emulator, &back).await.expect_err("refused");
    assert!(refused.contains("without a corresponding `web_search_tool_result`"));
    // Words alone are still a prefill, which this model does not take.
    let mut prefill = body;
    prefill["messages"] = json!([
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Well,"},
    ]);
    let refused = complete(&emulator, &prefill).await.expect_err("refused");
    assert!(refused.contains("does not support assistant message prefill"));
}

fn picture(width: u32, height: u32, format: ImageFormat, media_type: &str) -> Value {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = DynamicImage::new_rgb8(width, height);
    image.write_to(&mut bytes, format).expect("a picture");
    source(media_type, &STANDARD.encode(bytes.into_inner()))
}

fn source(media_type: &str, data: &str) -> Value {
    let source = json!({"type": "base64", "media_type": media_type, "data": data});
    json!({"type": "image", "source": source})
}

fn showing(model: &str, mut blocks: Vec<Value>) -> Value {
    blocks.push(json!({"type": "text", "text": "Hello"}));
    let mut body = question(model, "");
    body["messages"] = json!([{"role": "user", "content": blocks}]);
    body
}

#[tokio::test]
async fn pictures_are_seen_when_they_are_what_they_say() {
    let emulator = started().await;
    let png = |width, height| picture(width, height, ImageFormat::Png, "image/png");
    let seen = complete(&emulator, &showing(MODEL, vec![png(640, 480), png(3, 2)])).await;
    let said = text_of(&seen.expect("taken"));
    assert!(
        said.contains("I see an image of 640 × 480 pixels."),
        "{said}"
    );
    assert!(said.contains("I see an image of 3 × 2 pixels."), "{said}");
    for (format, media_type) in [
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::Gif, "image/gif"),
        (ImageFormat::WebP, "image/webp"),
    ] {
        let body = showing(MODEL, vec![picture(8, 9, format, media_type)]);
        let said = text_of(&complete(&emulator, &body).await.expect("taken"));
        assert!(said.contains("8 × 9 pixels"), "{media_type}: {said}");
    }
    for (block, complaint) in [
        (
            picture(8, 8, ImageFormat::Png, "image/jpeg"),
            "appears to be a image/png image",
        ),
        (
            source("image/png", &STANDARD.encode(b"BM\x46\0\0\0")),
            "Could not process image",
        ),
        (
            picture(8, 8, ImageFormat::Png, "image/bmp"),
            "media_type: Input should be",
        ),
        (
            source("image/png", "bm90IGEgcGljdHVyZQ=="),
            "Could not process image",
        ),
        (source("image/png", "%%%"), "Invalid base64 data"),
        (source("image/png", ""), "Could not process image"),
        (
            source("image/png", &"A".repeat(10 * 1024 * 1024 + 4)),
            "exceeds 10 MB maximum",
        ),
        (png(8001, 1), "max allowed size: 8000 pixels"),
        (
            json!({"type": "image", "source": {"type": "attachment"}}),
            "Input tag 'attachment'",
        ),
    ] {
        let refused = complete(&emulator, &showing(MODEL, vec![block])).await;
        let said = refused.expect_err(complaint);
        assert!(said.contains(complaint), "{said}");
    }
    complete(&emulator, &showing(MODEL, vec![png(8000, 1)]))
        .await
        .expect("taken");
}

#[tokio::test]
async fn many_pictures_must_be_smaller_and_not_too_many() {
    let emulator = started().await;
    let few = vec![picture(2001, 1, ImageFormat::Png, "image/png"); 20];
    complete(&emulator, &showing(MODEL, few.clone()))
        .await
        .expect("taken");
    let many = [few, vec![picture(1, 1, ImageFormat::Png, "image/png")]].concat();
    let refused = complete(&emulator, &showing(MODEL, many))
        .await
        .expect_err("refused");
    assert!(
        refused.contains("many-image requests: 2000 pixels"),
        "{refused}"
    );
    for (model, most) in [("claude-haiku-4-5", 100), (MODEL, 600)] {
        let all = vec![picture(1, 1, ImageFormat::Png, "image/png"); most];
        complete(&emulator, &showing(model, all.clone()))
            .await
            .expect("taken");
        let over = [all.clone(), vec![all[0].clone()]].concat();
        let refused = complete(&emulator, &showing(model, over))
            .await
            .expect_err("refused");
        assert!(refused.contains(&format!("> {most} maximum")), "{refused}");
    }
    // Those in the results of tools are counted and looked at, too.
    let body = with_tools("What time is it?");
    let first = complete(&emulator, &body).await.expect("taken");
    let large = picture(8001, 1, ImageFormat::Png, "image/png");
    let results = vec![result(&calls(&first)[0], &json!([large]), false)];
    let refused = complete(&emulator, &answered(&body, &first, &results)).await;
    assert!(refused.expect_err("refused").contains("8000 pixels"));
}

#[tokio::test]
async fn documents_are_read() {
    let emulator = started().await;
    let document =
        |source: Value| json!({"type": "document", "title": "notes.txt", "source": source});
    let text = |data: &str| json!({"type": "text", "media_type": "text/plain", "data": data});
    let body = showing(MODEL, vec![document(text("one\ntwo"))]);
    let said = text_of(&complete(&emulator, &body).await.expect("taken"));
    assert!(
        said.contains("I read “notes.txt”, which has 2 lines."),
        "{said}"
    );
    let pdf = |data: &str| json!({"type": "base64", "media_type": "application/pdf", "data": data});
    let good = STANDARD.encode("%PDF-1.7\n");
    complete(&emulator, &showing(MODEL, vec![document(pdf(&good))]))
        .await
        .expect("taken");
    for (source, complaint) in [
        (pdf("bm90IGEgUERG"), "PDF specified was not valid"),
        (pdf("%"), "Invalid base64 data"),
        (
            json!({"type": "text", "media_type": "text/html", "data": "x"}),
            "'text/plain'",
        ),
        (
            json!({"type": "text", "media_type": "text/plain"}),
            "data: Field required",
        ),
    ] {
        let refused = complete(&emulator, &showing(MODEL, vec![document(source)])).await;
        let said = refused.expect_err(complaint);
        assert!(said.contains(complaint), "{said}");
    }
}

#[tokio::test]
async fn temperature_and_prefill_go_without_thinking_only() {
    let emulator = started().await;
    let mut body = question("claude-sonnet-4-5", "Hello");
    body["temperature"] = json!(0.3);
    let old = async |body: &Value| {
        let mut body = body.clone();
        body["stream"] = json!(false);
        let request = post(&emulator, &body).header("anthropic-version", "2023-06-01");
        // The second value of a header that was set already is not looked at.
        let mut request = request.build().expect("a request");
        let version = "2023-06-01".parse().expect("a value");
        request.headers_mut().insert("anthropic-version", version);
        let response = client().execute(request).await.expect("an answer");
        response.status().as_u16()
    };
    assert_eq!(old(&body).await, 200);
    body["thinking"] = json!({"type": "enabled", "budget_tokens": 2000});
    assert_eq!(old(&body).await, 400);
    body["temperature"] = json!(1);
    assert_eq!(old(&body).await, 200);
    let messages = body["messages"].as_array_mut().expect("messages");
    messages.push(json!({"role": "assistant", "content": "Well,"}));
    assert_eq!(old(&body).await, 400);
    body["thinking"] = json!({"type": "disabled"});
    assert_eq!(old(&body).await, 200);
}
