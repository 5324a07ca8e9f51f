//! Chat Completions: asked in OpenAI's dialect, answered in it, and asked of the resource as
//! Messages.

use hearth_emulator::{Emulator, Script};
use hearth_foundry::ClientOptions;
use hearth_gateway::{Catalogue, DefaultMaxTokens, Deployment, Door, Hosting, Limits, Serving};
use serde_json::{Value, json};

use crate::support::{
    ALIAS, Answer, DEPLOYMENT, UPSTREAM_KEY, deployment, in_front_of, keys, lending, options, post,
    serve, with,
};
use crate::upstream::{JSON, Reply, Upstream, chunked, whole};

const PATHS: [&str; 2] = ["/chat/completions", "/v1/chat/completions"];

fn asked(more: &Value) -> String {
    let mut request = json!({
        "model": ALIAS,
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello!"},
        ],
    });
    for (name, value) in more.as_object().unwrap() {
        request[name] = value.clone();
    }
    request.to_string()
}

async fn chat(gateway: &Serving, more: &Value) -> Answer {
    post(gateway, PATHS[1], asked(more)).await
}

/// The data of every event.
fn events(answer: &Answer) -> Vec<String> {
    let text = answer.text();
    let events = text.split("\n\n").filter(|event| !event.is_empty());
    events
        .map(|event| event.strip_prefix("data: ").unwrap().to_owned())
        .collect()
}

async fn emulated() -> (Emulator, Serving) {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = mapped(&emulator.url(), None).await;
    (emulator, gateway)
}

/// A gateway whose deployment is mapped to its base model.
async fn mapped(url: &str, max_tokens: Option<u32>) -> Serving {
    known(Deployment {
        base_model: Some(DEPLOYMENT.to_owned()),
        max_tokens,
        ..deployment(url, DEPLOYMENT, options())
    })
    .await
}

async fn known(known: Deployment) -> Serving {
    let mut catalogue = Catalogue::default();
    catalogue.add(ALIAS.to_owned(), known);
    serve(lending(catalogue, Some(keys()))).await
}

fn sent(upstream: &Upstream) -> Value {
    serde_json::from_slice(&upstream.got().last().unwrap().body).unwrap()
}

#[tokio::test]
async fn a_question_is_answered_at_both_addresses() {
    let (emulator, gateway) = emulated().await;
    for path in PATHS {
        emulator.next(Script::reply(["Hello ", "there."]));
        let came = post(&gateway, path, asked(&json!({"seed": 7}))).await;
        assert_eq!(came.status, 200, "{}", came.text());
        let answer = came.json();
        assert_eq!(answer["object"], "chat.completion");
        assert_eq!(answer["model"], ALIAS);
        assert!(answer["id"].as_str().unwrap().starts_with("chatcmpl-"));
        let choice = &answer["choices"][0];
        assert_eq!(choice["message"]["role"], "assistant");
        assert_eq!(choice["message"]["content"], "Hello there.");
        assert_eq!(choice["finish_reason"], "stop");
        assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
        assert_eq!(came.header("x-hearth-dropped-params"), Some("seed"));
        assert!(came.header("x-request-id").unwrap().starts_with("req_"));
    }
    for exchange in emulator.log() {
        let sent: Value = serde_json::from_str(&exchange.received.body).unwrap();
        assert_eq!(sent["model"], DEPLOYMENT);
        assert_eq!(sent["max_tokens"], 4096);
        assert_eq!(sent["messages"][0]["role"], "user");
        assert!(sent["system"].to_string().contains("Be brief."));
        assert!(exchange.received.path.starts_with("/anthropic/v1/messages"));
    }
}

#[tokio::test]
async fn a_stream_has_openais_grammar() {
    let (emulator, gateway) = emulated().await;
    emulator.next(Script::reply(["Hel", "lo ä"]));
    let more = json!({"stream": true, "stream_options": {"include_usage": true}});
    let came = chat(&gateway, &more).await;
    assert_eq!(came.status, 200, "{}", came.text());
    let kind = came.header("content-type").unwrap();
    assert!(kind.starts_with("text/event-stream"), "{kind}");
    let mut events = events(&came);
    assert_eq!(events.pop().unwrap(), "[DONE]");
    let chunks: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str(event).unwrap())
        .collect();
    assert_eq!(chunks[0]["choices"][0]["delta"]["role"], "assistant");
    let text: String = chunks
        .iter()
        .filter_map(|chunk| chunk["choices"][0]["delta"]["content"].as_str())
        .collect();
    assert_eq!(text, "Hello ä");
    let [.., last, usage] = chunks.as_slice() else {
        panic!("{chunks:?}");
    };
    assert_eq!(last["choices"][0]["finish_reason"], "stop");
    assert_eq!(usage["choices"], json!([]));
    assert!(usage["usage"]["completion_tokens"].as_u64().unwrap() > 0);
    assert!(chunks.iter().all(|chunk| chunk["id"] == chunks[0]["id"]));
}

#[tokio::test]
async fn a_tool_is_called_and_its_result_goes_back() {
    let (_emulator, gateway) = emulated().await;
    let question = json!({"role": "user", "content": "What time is it in Tokyo and Berlin?"});
    let tools = json!([{"type": "function", "function": {
        "name": "current_time", "description": "Tells the time.",
        "parameters": {"type": "object", "properties": {"time_zone": {"type": "string"}}},
    }}]);
    let first = chat(&gateway, &json!({"messages": [question], "tools": tools})).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let message = first.json()["choices"][0]["message"].clone();
    assert_eq!(first.json()["choices"][0]["finish_reason"], "tool_calls");
    let calls = message["tool_calls"].as_array().unwrap();
    assert_eq!(calls.len(), 2, "{message}");
    let mut messages = vec![question, message.clone()];
    for call in calls {
        let result = json!({"role": "tool", "tool_call_id": call["id"], "content": "23:45"});
        messages.push(result);
    }
    let last = chat(&gateway, &json!({"messages": messages, "tools": tools})).await;
    assert_eq!(last.status, 200, "{}", last.text());
    let text = last.json()["choices"][0]["message"]["content"].to_string();
    assert!(text.contains("23:45"), "{text}");
}

#[tokio::test]
async fn a_deployments_own_limit_counts_where_the_caller_has_none() {
    let answer =
        r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = mapped(upstream.url(), Some(777)).await;
    for (more, expected) in [
        (json!({}), 777),
        (json!({"max_tokens": 5}), 5),
        (json!({"max_completion_tokens": 6}), 6),
    ] {
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{}", came.text());
        assert_eq!(came.header("x-hearth-dropped-params"), None);
        assert_eq!(sent(&upstream)["max_tokens"], expected);
    }
}

#[tokio::test]
async fn the_models_limit_counts_where_that_is_chosen_and_nobody_names_another() {
    let answer =
        r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let limit = hearth_wire::models::find(DEPLOYMENT).unwrap().max_output;
    assert_ne!(limit, 4096);
    for (chosen, own, more, expected) in [
        (DefaultMaxTokens::Documented, None, json!({}), 4096),
        (DefaultMaxTokens::ModelLimit, None, json!({}), limit),
        (DefaultMaxTokens::ModelLimit, Some(777), json!({}), 777),
        (
            DefaultMaxTokens::ModelLimit,
            Some(777),
            json!({"max_tokens": 5}),
            5,
        ),
        (
            DefaultMaxTokens::ModelLimit,
            None,
            json!({"max_completion_tokens": 6}),
            6,
        ),
    ] {
        let gateway = mapped(upstream.url(), own).await;
        let mut catalogue = Catalogue::default();
        let known = Deployment {
            base_model: Some(DEPLOYMENT.to_owned()),
            max_tokens: own,
            ..deployment(upstream.url(), DEPLOYMENT, options())
        };
        catalogue.add(ALIAS.to_owned(), known);
        let mut lent = lending(catalogue, Some(keys())).lent;
        lent.default_max_tokens = chosen;
        gateway.replace(lent, Door::default()).unwrap();
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{}", came.text());
        assert_eq!(sent(&upstream)["max_tokens"], expected);
    }
}

#[tokio::test]
async fn what_a_model_does_not_take_is_left_out_where_that_is_chosen() {
    let answer =
        r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let more = json!({"temperature": 0.5});
    assert_eq!(chat(&gateway, &more).await.status, 400);
    let mut catalogue = Catalogue::default();
    catalogue.add(
        ALIAS.to_owned(),
        deployment(upstream.url(), DEPLOYMENT, options()),
    );
    let mut lent = lending(catalogue, Some(keys())).lent;
    lent.drop_params = true;
    gateway.replace(lent, Door::default()).unwrap();
    let came = chat(&gateway, &more).await;
    assert_eq!(came.status, 200, "{}", came.text());
    assert_eq!(came.header("x-hearth-dropped-params"), Some("temperature"));
    assert!(sent(&upstream).get("temperature").is_none());
}

#[tokio::test]
async fn the_version_and_the_headers_that_a_request_needs_go_along() {
    let answer =
        r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = known(Deployment {
        base_model: Some("claude-haiku-4-5".to_owned()),
        ..deployment(upstream.url(), "prod", options())
    })
    .await;
    let headers = json!({"x-mine": "1", "anthropic-beta": "one,two"});
    for (more, version) in [
        (json!({"extra_headers": headers}), "2026-10-21"),
        (
            json!({"extra_headers": headers, "temperature": 0.5}),
            "2023-06-01",
        ),
    ] {
        let came = chat(&gateway, &more).await;
        assert_eq!(came.status, 200, "{}", came.text());
        let got = upstream.got().pop().unwrap();
        assert_eq!(got.all("anthropic-version"), [version]);
        assert_eq!(got.all("anthropic-beta"), ["one,two"]);
        assert_eq!(got.all("x-mine"), ["1"]);
    }
}

#[tokio::test]
async fn a_proxy_on_the_way_out_is_none_of_the_callers() {
    let status = "407 Proxy Authentication Required";
    let upstream = Upstream::saying(status, &[("proxy-authenticate", "Basic")], "").await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for stream in [true, false] {
        let came = chat(&gateway, &json!({"stream": stream})).await;
        assert_eq!(came.status, 502, "{}", came.text());
        assert_eq!(came.header("proxy-authenticate"), None);
    }
    let body = asked(&json!({}));
    let came = post(&gateway, "/v1/messages", body).await;
    assert_eq!(came.status, 502, "{}", came.text());
    assert_eq!(came.header("proxy-authenticate"), None);
}

#[tokio::test]
async fn a_schema_is_asked_for_as_the_host_of_the_deployment_has_it() {
    let both = "claude-opus-4-8";
    assert_eq!(hearth_wire::models::find(both).unwrap().hosting.len(), 2);
    let format = json!({"response_format": {"type": "json_schema", "json_schema": {
        "name": "city", "schema": {"type": "object", "additionalProperties": false,
            "properties": {"city": {"type": "string"}}, "required": ["city"]},
    }}});
    for (hosting, theirs, native) in [
        (Some(Hosting::Azure), hearth_emulator::Hosting::Azure, false),
        (
            Some(Hosting::Anthropic),
            hearth_emulator::Hosting::Anthropic,
            true,
        ),
        (None, hearth_emulator::Hosting::Azure, false),
    ] {
        let emulator = Emulator::builder()
            .key(UPSTREAM_KEY)
            .hosted_deployment("prod", both, theirs)
            .unwrap();
        let emulator = emulator.start().await.unwrap();
        let gateway = known(Deployment {
            base_model: Some(both.to_owned()),
            hosting,
            ..deployment(&emulator.url(), "prod", options())
        })
        .await;
        let came = chat(&gateway, &format).await;
        assert_eq!(came.status, 200, "{hosting:?}: {}", came.text());
        let log = emulator.log();
        let sent: Value = serde_json::from_str(&log[0].received.body).unwrap();
        assert_eq!(
            sent["output_config"]["format"].is_object(),
            native,
            "{sent}"
        );
        assert_eq!(sent["tools"].is_array(), !native, "{sent}");
    }
}

#[tokio::test]
async fn a_stream_is_asked_for_elsewhere_until_it_has_begun() {
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{}}}\n\n";
    let error = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    for pieces in [
        chunked(&[], true),
        chunked(&[ping.as_bytes()], false),
        chunked(&[start.as_bytes(), error.as_bytes()], true),
        chunked(&[error.as_bytes()], true),
        vec![whole("401 Unauthorized", &[JSON], "{}")],
        vec![whole("404 Not Found", &[JSON], "{}")],
        vec![whole(
            "200 OK",
            &[("content-type", "text/html")],
            "<title>x</title>",
        )],
    ] {
        let said = pieces.concat();
        let bad = Upstream::start(vec![Reply::Pieces(pieces)]).await;
        let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
        emulator.next(Script::reply(["Hello"]));
        let gateway = in_front_of(&[bad.url(), &emulator.url()]).await;
        let came = chat(&gateway, &json!({"stream": true})).await;
        let said = String::from_utf8_lossy(&said);
        assert_eq!(came.status, 200, "{said}: {}", came.text());
        let events = events(&came);
        assert_eq!(events.last().unwrap(), "[DONE]", "{said}");
        assert_eq!(came.text().matches("\"role\":\"assistant\"").count(), 1);
        assert_eq!((bad.got().len(), emulator.log().len()), (1, 1), "{said}");
    }
}

#[tokio::test]
async fn of_several_failures_the_most_useful_one_is_told() {
    let limited = [JSON, ("retry-after", "3600")];
    let sooner = [JSON, ("retry-after", "600")];
    let none = "http://127.0.0.1:1";
    for stream in [true, false] {
        let slow = Upstream::saying("429 Too Many Requests", &limited, "{}").await;
        let soon = Upstream::saying("429 Too Many Requests", &sooner, "{}").await;
        let refused = Upstream::saying("401 Unauthorized", &[JSON], "{}").await;
        let missing = Upstream::saying("404 Not Found", &[JSON], "{}").await;
        for (urls, expected, wait) in [
            // What passes by itself, and the sooner the better, wherever it stands.
            ([slow.url(), soon.url(), refused.url()], 429, Some("600")),
            ([refused.url(), soon.url(), slow.url()], 429, Some("600")),
            (
                [refused.url(), slow.url(), missing.url()],
                429,
                Some("3600"),
            ),
            // Of what does not, the first.
            ([refused.url(), missing.url(), missing.url()], 401, None),
            ([missing.url(), refused.url(), refused.url()], 404, None),
        ] {
            let once = ClientOptions {
                max_attempts: 1,
                ..options()
            };
            let gateway = with(&urls, once, Limits::default()).await;
            let came = chat(&gateway, &json!({"stream": stream})).await;
            assert_eq!(came.status, expected, "{stream} {}", came.text());
            assert_eq!(came.header("retry-after"), wait, "{stream}");
        }
        // What somebody said helps more than that somebody could not be reached.
        let busy = Upstream::saying("529 Overloaded", &[JSON], "{}").await;
        for urls in [[none, busy.url()], [busy.url(), none]] {
            let once = ClientOptions {
                max_attempts: 1,
                ..options()
            };
            let gateway = with(&urls, once, Limits::default()).await;
            assert_eq!(chat(&gateway, &json!({"stream": stream})).await.status, 529);
        }
    }
}

#[tokio::test]
async fn refusals_come_in_openais_shape() {
    let (_emulator, gateway) = emulated().await;
    for (body, status) in [
        ("{".to_owned(), 400),
        ("{}".to_owned(), 400),
        (asked(&json!({"model": "none"})), 404),
        (asked(&json!({"n": 2})), 400),
        (asked(&json!({"messages": "x"})), 400),
    ] {
        let came = post(&gateway, PATHS[1], body.clone()).await;
        assert_eq!(came.status, status, "{body}: {}", came.text());
        let error = &came.json()["error"];
        assert_eq!(error["type"], "invalid_request_error", "{body}");
        assert!(error["message"].as_str().is_some_and(|it| !it.is_empty()));
    }
    let limited = [JSON, ("retry-after", "3600"), ("request-id", "req_9")];
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Slow down"}}"#;
    let upstream = Upstream::saying("429 Too Many Requests", &limited, body).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for stream in [true, false] {
        let came = chat(&gateway, &json!({"stream": stream})).await;
        assert_eq!(came.status, 429, "{}", came.text());
        assert_eq!(came.json()["error"]["type"], "rate_limit_error");
        assert_eq!(came.json()["error"]["message"], "Slow down");
        assert_eq!(came.header("retry-after"), Some("3600"));
        assert_eq!(came.header("x-request-id"), Some("req_9"));
    }
    assert_eq!(upstream.got().len(), 2);
}

#[tokio::test]
async fn what_breaks_off_is_never_done() {
    let begun = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"Hi\"}}\n\n";
    let upstream = Upstream::start(vec![Reply::Pieces(chunked(&[begun.as_bytes()], true))]).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let came = chat(&gateway, &json!({"stream": true})).await;
    assert_eq!(came.status, 200);
    let events = events(&came);
    assert!(events[0].contains("assistant"), "{events:?}");
    let last: Value = serde_json::from_str(events.last().unwrap()).unwrap();
    assert!(last["error"]["message"].is_string(), "{last}");
    assert!(!came.text().contains("[DONE]"));
    for reply in [
        whole(
            "200 OK",
            &[("content-type", "text/html")],
            "<title>x</title>",
        ),
        whole("200 OK", &[JSON], ""),
        whole("200 OK", &[JSON], "{\"content\":["),
        whole("200 OK", &[JSON], "{\"type\":\"message\",\"content\":[]}"),
    ] {
        let upstream = Upstream::start(vec![Reply::Pieces(vec![reply])]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = chat(&gateway, &json!({})).await;
        assert_eq!(came.status, 502, "{}", came.text());
        assert_eq!(came.json()["error"]["type"], "server_error");
    }
}

#[tokio::test]
async fn another_deployment_is_asked_for_one_that_fails() {
    let busy = "529 Overloaded";
    for stream in [true, false] {
        let bad = Upstream::saying(busy, &[JSON, ("retry-after", "30")], "{}").await;
        let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
        let gateway = in_front_of(&[bad.url(), &emulator.url()]).await;
        for _ in 0..3 {
            let came = chat(&gateway, &json!({"stream": stream})).await;
            assert_eq!(came.status, 200, "{}", came.text());
        }
        assert_eq!((bad.got().len(), emulator.log().len()), (1, 3));
    }
}

#[tokio::test]
async fn one_alone_is_asked_again_as_often_as_in_a_chat() {
    for stream in [true, false] {
        let headers = [JSON, ("retry-after-ms", "1")];
        let bad = Upstream::saying("529 Overloaded", &headers, "{}").await;
        let gateway = in_front_of(&[bad.url()]).await;
        let came = chat(&gateway, &json!({"stream": stream})).await;
        assert_eq!(came.status, 529, "{}", came.text());
        assert_eq!(bad.got().len(), 4);
    }
}
