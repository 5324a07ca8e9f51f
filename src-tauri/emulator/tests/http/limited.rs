//! Deployments that are healthy but for one thing: refused with it, answered without it.

use hearth_emulator::{Claims, Emulator, Entra};
use serde_json::{Value, json};

use crate::support::*;

/// A request in one piece, with some fields added.
fn with(model: &str, fields: &Value) -> Value {
    let mut body = question(model, "Hello");
    body["stream"] = json!(false);
    for (key, value) in fields.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    body
}

async fn verdict(emulator: &Emulator, body: &Value) -> (u16, String) {
    let response = post(emulator, body).send().await.expect("an answer");
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let message = body["error"]["message"].as_str().unwrap_or_default();
    (status, message.to_owned())
}

async fn counted(emulator: &Emulator, body: &Value) -> (u16, String) {
    let mut body = body.clone();
    let fields = body.as_object_mut().expect("a body");
    fields.remove("max_tokens");
    fields.remove("stream");
    let request = client()
        .post(format!(
            "{}/anthropic/v1/messages/count_tokens",
            emulator.url()
        ))
        .header("x-api-key", emulator.key())
        .header("anthropic-version", "2026-10-21")
        .body(body.to_string());
    let response = request.send().await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.text().await.expect("a body"))
}

fn picture() -> Value {
    let pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let source = json!({"type": "base64", "media_type": "image/png", "data": pixel});
    json!([{"role": "user", "content": [
        {"type": "text", "text": "What is this?"},
        {"type": "image", "source": source},
    ]}])
}

fn tools() -> Value {
    json!([{"name": "look", "input_schema": {"type": "object"}}])
}

#[tokio::test]
async fn each_refuses_one_thing_and_answers_without_it() {
    let emulator = started().await;
    let schema = json!({"format": {"type": "json_schema", "schema": {"type": "object"}}});
    let table = [
        (
            "fault-no-thinking",
            json!({"thinking": {"type": "adaptive"}}),
            "adaptive thinking is not supported on this model",
        ),
        (
            "fault-no-thinking",
            json!({"thinking": {"type": "between_tools"}}),
            "`thinking` is not supported for claude-sonnet-5-5",
        ),
        (
            "fault-no-xhigh-effort",
            json!({"output_config": {"effort": "xhigh"}}),
            "output_config.effort: 'xhigh' is not supported for claude-sonnet-5-5",
        ),
        (
            "fault-short-answers",
            json!({"max_tokens": 4_097}),
            "max_tokens: 4097 > 4096, which is the maximum allowed number of output tokens for \
             claude-sonnet-5-5",
        ),
        (
            "fault-short-context",
            json!({"system": "x".repeat(12_000)}),
            "prompt is too long: 3009 tokens > 2000 maximum",
        ),
        (
            "fault-no-vision",
            json!({"messages": picture()}),
            "'claude-sonnet-5-5' does not support image input.",
        ),
        (
            "fault-no-tools",
            json!({"tools": tools()}),
            "`tools` is not supported for claude-sonnet-5-5",
        ),
        (
            "fault-no-streaming",
            json!({"stream": true}),
            "`stream` is not supported for claude-sonnet-5-5",
        ),
        (
            "fault-no-effort",
            json!({"output_config": {"effort": "low"}}),
            "This model does not support the effort parameter.",
        ),
        (
            "fault-no-structured-outputs.claude-opus-4-7",
            json!({"output_config": schema}),
            "structured_outputs not supported in your workspace.",
        ),
    ];
    for (model, fields, message) in table {
        let body = with(model, &fields);
        let expected = (400, message.to_owned());
        assert_eq!(verdict(&emulator, &body).await, expected, "{model}");
        let without = with(model, &json!({}));
        assert_eq!(verdict(&emulator, &without).await.0, 200, "{model}");
        // The same request is taken where nothing is missing.
        let healthy = model.split('.').nth(1).unwrap_or(MODEL);
        let healthy = with(healthy, &fields);
        assert_eq!(verdict(&emulator, &healthy).await.0, 200, "{model}");
        if fields["stream"].is_null() {
            let (status, said) = counted(&emulator, &body).await;
            assert_eq!(status, 400, "{said}");
            assert!(said.contains("not support"), "{said}");
            assert_eq!(counted(&emulator, &without).await.0, 200, "{model}");
        }
    }
}

#[tokio::test]
async fn a_temperature_is_refused_where_the_model_takes_one() {
    let emulator = started().await;
    let ask = async |model: &str, fields: Value| {
        let request = post(&emulator, &with(model, &fields));
        let request = request.headers(version_2023());
        request.send().await.expect("an answer").status().as_u16()
    };
    let warm = || json!({"temperature": 0.5});
    let model = "fault-no-temperature.claude-sonnet-4-6";
    assert_eq!(ask("claude-sonnet-4-6", warm()).await, 200);
    assert_eq!(ask(model, warm()).await, 400);
    assert_eq!(ask(model, json!({})).await, 200);
}

fn version_2023() -> reqwest::header::HeaderMap {
    let mut headers = reqwest::header::HeaderMap::new();
    let version = reqwest::header::HeaderValue::from_static("2023-06-01");
    headers.insert("anthropic-version", version);
    headers
}

#[tokio::test]
async fn betas_are_refused_by_name() {
    let emulator = started().await;
    let ask = async |model: &str| {
        let request = post(&emulator, &with(model, &json!({})));
        let request = request.header("anthropic-beta", "compact-2026-01-12,other");
        let response = request.send().await.expect("an answer");
        (
            response.status().as_u16(),
            response.text().await.expect("a body"),
        )
    };
    assert_eq!(ask(MODEL).await.0, 200);
    let (status, said) = ask("fault-no-beta").await;
    assert_eq!(status, 400);
    assert!(
        said.contains("`compact-2026-01-12` for the `anthropic-beta` header"),
        "{said}"
    );
    let without = with("fault-no-beta", &json!({}));
    assert_eq!(verdict(&emulator, &without).await.0, 200);
}

#[tokio::test]
async fn tokens_are_not_counted_where_that_is_missing() {
    let emulator = started().await;
    let body = with("fault-no-count-tokens", &json!({}));
    let (status, said) = counted(&emulator, &body).await;
    assert_eq!(status, 404);
    assert!(said.contains("api_not_supported"), "{said}");
    assert_eq!(verdict(&emulator, &body).await.0, 200);
}

#[tokio::test]
async fn without_thinking_nothing_is_thought() {
    let emulator = started().await;
    let puzzle = "Here is a puzzle about a river";
    let thoughts = async |model: &str| {
        let body = with(
            model,
            &json!({"messages": [{"role": "user", "content": puzzle}]}),
        );
        let response = post(&emulator, &body).send().await.expect("an answer");
        response
            .text()
            .await
            .expect("a body")
            .contains("\"thinking\"")
    };
    assert!(thoughts(MODEL).await);
    assert!(!thoughts("fault-no-thinking").await);
}

#[tokio::test]
async fn a_deployment_that_is_being_made_answers_in_the_end() {
    let emulator = started().await;
    let ask = async |model: &str| verdict(&emulator, &with(model, &json!({}))).await;
    for (model, missing) in [
        ("fault-provisioning", 2),
        ("fault-provisioning-3", 3),
        ("fault-provisioning-0", 0),
    ] {
        for _ in 0..missing {
            let (status, said) = ask(model).await;
            assert_eq!(status, 404);
            assert!(said.starts_with("The API deployment for this resource does not exist."));
        }
        assert_eq!(ask(model).await.0, 200, "{model}");
        assert_eq!(ask(model).await.0, 200, "{model}");
    }
}

#[tokio::test]
async fn networks_and_keys_are_refused_in_azures_words() {
    let entra = Entra::builder().start().await.expect("a port");
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let ask = async |model: &str| verdict(&emulator, &with(model, &json!({}))).await;
    let (status, said) = ask("fault-network-rule").await;
    assert_eq!(status, 403);
    assert_eq!(said, "Access denied due to Virtual Network/Firewall rules.");
    let (status, said) = ask("fault-no-keys").await;
    assert_eq!(status, 403);
    assert_eq!(
        said,
        "Key based authentication is disabled for this resource."
    );
    let token = entra.mint(&Claims::user("https://ai.azure.com"));
    let body = with("fault-no-keys", &json!({}));
    let response = client()
        .post(format!("{}/anthropic/v1/messages", emulator.url()))
        .bearer_auth(token)
        .header("anthropic-version", "2026-10-21")
        .body(body.to_string())
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn streams_do_not_come_through() {
    let emulator = started().await;
    let stream = async |model: &str| {
        let response = ask(&emulator, model, "Hello").await;
        let kind = response.headers()["content-type"]
            .to_str()
            .expect("text")
            .to_owned();
        (response.status().as_u16(), kind, response)
    };
    let (status, kind, _) = stream("fault-stream-html").await;
    assert_eq!((status, kind.as_str()), (200, "text/html; charset=utf-8"));
    let (status, kind, response) = stream("fault-stream-whole").await;
    assert_eq!((status, kind.as_str()), (200, "application/json"));
    let message: Value = response.json().await.expect("JSON");
    assert_eq!(message["stop_reason"], "end_turn");
    let (status, kind, response) = stream("fault-stream-buffered").await;
    assert_eq!(
        (status, kind.as_str()),
        (200, "text/event-stream; charset=utf-8")
    );
    grammar(&events_of(response).await);
    for model in [
        "fault-stream-html",
        "fault-stream-whole",
        "fault-stream-buffered",
    ] {
        let whole = verdict(&emulator, &with(model, &json!({}))).await;
        assert_eq!(whole.0, 200, "{model}");
    }
}

/// The chunk that a gate holds back shows that nothing came before the end.
#[tokio::test]
async fn a_buffered_stream_says_nothing_before_its_end() {
    use hearth_emulator::Script;
    let emulator = started().await;
    for (model, early) in [(MODEL, true), ("fault-stream-buffered", false)] {
        let (script, gate) = Script::reply(["one ", "two ", "three"]).gate();
        emulator.next_for(model, script);
        let mut response = ask(&emulator, model, "Hello").await;
        gate.held().await.expect("held");
        let before = tokio::select! {
            biased;
            chunk = response.chunk() => chunk.expect("a chunk").is_some(),
            () = tokio::time::sleep(std::time::Duration::from_millis(300)) => false,
        };
        assert_eq!(before, early, "{model}");
        gate.open();
        let rest = drain(response).await;
        assert!(rest.whole);
        assert!(String::from_utf8_lossy(&rest.bytes).contains("message_stop"));
    }
}
