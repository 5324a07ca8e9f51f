//! What is refused, with status, shape and words.

use hearth_emulator::{Emulator, Ending, StartError};
use reqwest::Response;
use serde_json::{Value, json};

use crate::support::*;

async fn refused(response: Response) -> (u16, Value) {
    assert_eq!(response.headers()["x-hearth-emulator"], "1");
    assert!(
        response.headers()["request-id"]
            .to_str()
            .expect("text")
            .starts_with("req_")
    );
    assert_eq!(response.headers()["apim-request-id"].len(), 36);
    let status = response.status().as_u16();
    let text = response.text().await.expect("a body");
    (status, serde_json::from_str(&text).expect("JSON"))
}

#[tokio::test]
async fn keys_are_taken_in_three_headers() {
    let emulator = start(Emulator::builder().key("right").token("a-token")).await;
    let url = format!("{}/anthropic/v1/messages", emulator.url());
    let try_with = async |name: &str, value: &str| {
        let request = client()
            .post(&url)
            .header("anthropic-version", "2026-10-21");
        let request = request.body(question(MODEL, "Hello").to_string());
        request
            .header(name, value)
            .send()
            .await
            .expect("an answer")
            .status()
            .as_u16()
    };
    assert_eq!(try_with("x-api-key", "right").await, 200);
    assert_eq!(try_with("api-key", "right").await, 200);
    assert_eq!(try_with("authorization", "Bearer right").await, 200);
    assert_eq!(try_with("authorization", "bearer a-token").await, 200);
    assert_eq!(try_with("authorization", "Basic right").await, 401);
    assert_eq!(try_with("x-api-key", "a-token").await, 401);
    assert_eq!(try_with("x-api-key", "wrong").await, 401);
    assert_eq!(try_with("x-other", "right").await, 401);
}

#[tokio::test]
async fn a_wrong_key_gets_azures_words() {
    let emulator = started().await;
    let response = post(&emulator, &question(MODEL, "Hello"));
    let response = response
        .header("x-api-key", "second value")
        .send()
        .await
        .expect("an answer");
    assert_eq!(response.status(), 200, "the first value counts");
    let request = client().post(format!("{}/anthropic/v1/messages", emulator.url()));
    let (status, body) = refused(request.send().await.expect("an answer")).await;
    let message = "Access denied due to invalid subscription key or wrong API endpoint. Make sure \
        to provide a valid key for an active subscription and use a correct regional API endpoint \
        for your resource.";
    assert_eq!(
        (status, body),
        (401, json!({"error": {"code": "401", "message": message}}))
    );
}

#[tokio::test]
async fn other_paths_are_not_served() {
    let emulator = started().await;
    let message = "Requested API is currently not supported";
    let expected = json!({"error": {"code": "api_not_supported", "message": message}});
    for path in [
        "/",
        "/anthropic/v1/models",
        "/openai/v1/chat/completions",
        "/anthropic/v1/messages",
    ] {
        let request = client().get(format!("{}{path}", emulator.url()));
        let answer = refused(
            request
                .header("x-api-key", emulator.key())
                .send()
                .await
                .expect("one"),
        );
        assert_eq!(answer.await, (404, expected.clone()), "{path}");
    }
}

#[tokio::test]
async fn deployments_are_found_by_name() {
    let builder = Emulator::builder()
        .deployment("team-claude", "claude-haiku-5-5")
        .expect("known");
    let emulator = start(builder).await;
    assert!(Emulator::builder().deployment("x", "claude-9").is_err());
    assert_eq!(ask(&emulator, "team-claude", "Hello").await.status(), 200);
    assert_eq!(
        ask(&emulator, "Claude-Opus-5-5", "Hello").await.status(),
        200
    );
    let (status, body) = refused(ask(&emulator, "gpt-5", "Hello").await).await;
    assert_eq!(status, 404);
    assert_eq!(body["error"]["code"], "DeploymentNotFound");
    assert_eq!(body["error"]["type"], "invalid_request_error");
    let message = body["error"]["message"].as_str().expect("a message");
    assert!(message.starts_with("The API deployment for this resource does not exist."));
}

#[tokio::test]
async fn the_version_is_required_and_known() {
    let emulator = started().await;
    for version in [None, Some("2020-01-01")] {
        let url = format!("{}/anthropic/v1/messages", emulator.url());
        let mut request = client().post(url).header("x-api-key", emulator.key());
        if let Some(version) = version {
            request = request.header("anthropic-version", version);
        }
        let body = question(MODEL, "Hello").to_string();
        let (status, body) = refused(request.body(body).send().await.expect("an answer")).await;
        assert_eq!(status, 400);
        assert_eq!(body["type"], "error");
        assert_eq!(body["error"]["type"], "invalid_request_error");
        assert!(
            body["error"]["message"]
                .as_str()
                .expect("one")
                .starts_with("anthropic-version:")
        );
        assert!(
            body["request_id"]
                .as_str()
                .expect("an id")
                .starts_with("req_")
        );
    }
}

#[tokio::test]
async fn a_request_is_judged() {
    let emulator = started().await;
    let mut warm = question(MODEL, "Hello");
    warm["temperature"] = json!(1);
    let (status, body) = refused(post(&emulator, &warm).send().await.expect("an answer")).await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"]["message"],
        "temperature: Extra inputs are not permitted"
    );
    let broken = post(&emulator, &json!(null)).body("{");
    let (status, body) = refused(broken.send().await.expect("an answer")).await;
    assert_eq!(status, 400);
    assert!(
        body["error"]["message"]
            .as_str()
            .expect("one")
            .contains("not valid JSON")
    );
}

#[tokio::test]
async fn thirty_two_megabytes_are_the_limit() {
    let emulator = started().await;
    let url = format!("{}/anthropic/v1/messages", emulator.url());
    let send = |length: usize| {
        let request = client().post(&url).header("x-api-key", emulator.key());
        request
            .header("anthropic-version", "2026-10-21")
            .body("x".repeat(length))
            .send()
    };
    let most = 32 * 1024 * 1024;
    assert_eq!(refused(send(most).await.expect("an answer")).await.0, 400);
    let (status, body) = refused(send(most + 1).await.expect("an answer")).await;
    assert_eq!(status, 413);
    assert_eq!(body["error"]["type"], "request_too_large");
}

#[tokio::test]
async fn faults_that_come_before_the_answer() {
    let emulator = started().await;
    let table = [
        ("fault-401", 401, "code", "401"),
        ("fault-403", 403, "code", "PermissionDenied"),
        ("fault-404", 404, "code", "DeploymentNotFound"),
        ("fault-429", 429, "code", "RateLimitReached"),
        ("fault-spend-limit", 429, "type", "rate_limit_error"),
        ("fault-500", 500, "type", "api_error"),
        ("fault-overloaded", 529, "type", "overloaded_error"),
    ];
    for (name, status, key, value) in table {
        for _ in 0..2 {
            let response = ask(&emulator, name, "Hello").await;
            let retry_after = response.headers().get("retry-after").cloned();
            assert_eq!(
                retry_after.is_some_and(|after| after == "2"),
                name == "fault-429",
                "{name}"
            );
            let (seen, body) = refused(response).await;
            assert_eq!(
                (seen, body["error"][key].as_str()),
                (status, Some(value)),
                "{name}"
            );
        }
    }
    let page = ask(&emulator, "fault-html", "Hello").await;
    assert_eq!(page.status(), 502);
    assert_eq!(page.headers()["content-type"], "text/html");
    let log = emulator.log();
    assert_eq!(log.len(), 15);
    assert!(
        log.iter()
            .all(|exchange| exchange.ending == Some(Ending::Answered))
    );
}

#[tokio::test]
async fn faults_that_strike_once() {
    let emulator = started().await;
    for (name, status) in [("fault-429-once", 429), ("fault-overloaded-once", 529)] {
        let ask = async |text: &str| ask(&emulator, name, text).await.status().as_u16();
        assert_eq!(ask("one").await, status);
        assert_eq!(ask("two").await, status);
        assert_eq!(ask("one").await, 200);
        assert_eq!(ask("two").await, 200);
    }
}

#[tokio::test]
async fn only_loopback_is_served() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0")
        .await
        .expect("a port");
    let refused = Emulator::builder().serve(listener).err();
    assert!(matches!(refused, Some(StartError::NotLoopback(_))));
}
