//! What is asked arrives as it was sent, and what is answered as it came.

use hearth_emulator::{Emulator, Script};
use hearth_gateway::Serving;
use serde_json::json;

use crate::support::{
    ALIAS, Answer, DEPLOYMENT, KEY, UPSTREAM_KEY, http, in_front_of, post, question, receive,
};
use crate::upstream::{JSON, Reply, Upstream, chunked, whole};

/// JSON that nobody would write like this, with everything that rewriting would change.
const ODD: &str = "{ \"max_tokens\":1e2 ,\t\"model\": \"the-alias\", \"temperature\":1.0,\n \"x_new_field\":{\"z\":1,\"a\":[1.50,-0,1E5]},\"messages\":[{\"role\":\"user\",\"content\":\"\\u00e4\u{2028}\\/ \\ud83d\\ude00\"}],\"metadata\":{\"model\":\"the-alias\"}}";

const EVENTS: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"content\":[]}}\n\n: a comment\r\n\r\nevent: not_known_yet\ndata: {\"type\":\"not_known_yet\", \"n\": 1.0}\n\nevent: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"text\":\"ä\u{2028}😀\"}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";

async fn ask(gateway: &Serving, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = http().post(format!("{}{path}", gateway.url()));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request
        .header("content-type", "application/json")
        .body(body.to_owned());
    receive(request).await
}

#[tokio::test]
async fn a_request_arrives_as_it_was_sent_save_for_the_key_and_the_models_name() {
    let answer = r#"{ "type":"message","content":[],"x_new":1.0 }"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let bearer = format!("bearer {KEY}");
    let came = ask(
        &gateway,
        "/anthropic/v1/messages?beta=true&x=%20y",
        &[
            ("authorization", &bearer),
            ("anthropic-version", "2026-10-21"),
            ("anthropic-beta", "one-2026-01-01"),
            ("anthropic-beta", "two-2026-02-02"),
            ("x-stainless-lang", "python"),
            ("x-forwarded-for", "10.0.0.9"),
            ("cookie", "session=canary"),
            ("user-agent", "somebody/1.0"),
        ],
        ODD,
    )
    .await;
    assert_eq!(came.status, 200);
    assert_eq!(came.text(), answer);
    let got = upstream.got();
    let got = &got[0];
    let first = got.head.lines().next().unwrap();
    assert_eq!(
        first,
        "POST /anthropic/v1/messages?beta=true&x=%20y HTTP/1.1"
    );
    let expected = ODD.replacen("\"the-alias\"", &format!("\"{DEPLOYMENT}\""), 1);
    assert_eq!(String::from_utf8(got.body.clone()).unwrap(), expected);
    assert_eq!(got.all("anthropic-version"), ["2026-10-21"]);
    assert_eq!(
        got.all("anthropic-beta"),
        ["one-2026-01-01", "two-2026-02-02"]
    );
    assert_eq!(got.all("x-stainless-lang"), ["python"]);
    assert_eq!(got.all("user-agent"), ["somebody/1.0"]);
    assert_eq!(got.all("x-api-key"), [UPSTREAM_KEY]);
    assert_eq!(got.all("api-key"), [UPSTREAM_KEY]);
    for absent in ["authorization", "cookie", "x-forwarded-for"] {
        assert!(got.all(absent).is_empty(), "{absent}");
    }
    assert!(!got.head.contains(KEY), "{}", got.head);
}

#[tokio::test]
async fn the_version_is_said_for_those_who_do_not() {
    let answer = r#"{"input_tokens":7}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for path in [
        "/v1/messages/count_tokens",
        "/anthropic/v1/messages/count_tokens",
    ] {
        let came = post(&gateway, path, question(ALIAS, false)).await;
        assert_eq!((came.status, came.text().as_str()), (200, answer));
    }
    for got in upstream.got() {
        assert!(
            got.head
                .starts_with("POST /anthropic/v1/messages/count_tokens HTTP")
        );
        assert_eq!(got.all("anthropic-version"), ["2023-06-01"]);
    }
}

#[tokio::test]
async fn the_route_that_litellm_writes_before_a_name_means_the_same() {
    let answer = r#"{"content":[]}"#;
    let upstream = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let came = post(
        &gateway,
        "/v1/messages",
        question("azure_ai/the-alias", false),
    )
    .await;
    assert_eq!(came.status, 200);
    let body = upstream.got()[0].body.clone();
    assert_eq!(body, question(DEPLOYMENT, false).into_bytes());
    let came = post(
        &gateway,
        "/v1/messages",
        question("azure_ai/another", false),
    )
    .await;
    assert_eq!(came.status, 404);
    assert_eq!(came.json()["error"]["type"], "not_found_error");
    assert_eq!(upstream.got().len(), 1);
}

#[tokio::test]
async fn refusals_come_back_word_for_word() {
    for (status, kind, body) in [
        (
            "400 Bad Request",
            "application/json",
            "{\"type\":\"error\", \"error\":{\"type\":\"invalid_request_error\",\"message\":\"x: Extra\"},\"n\":1.0}",
        ),
        (
            "401 Unauthorized",
            "application/json",
            "{\"error\":{\"code\":\"401\",\"message\":\"Access denied\"}}",
        ),
        (
            "404 Not Found",
            "application/json",
            "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"no\"}}",
        ),
        (
            "413 Payload Too Large",
            "text/html",
            "<html>too large</html>",
        ),
        ("422 Unprocessable", "text/plain", ""),
    ] {
        let headers = [
            ("content-type", kind),
            ("request-id", "req_77"),
            ("apim-request-id", "1-2-3"),
            ("retry-after", "7"),
            ("access-control-allow-origin", "*"),
            ("x-ms-region", "Sweden Central"),
        ];
        let upstream = Upstream::saying(status, &headers, body).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
        assert_eq!(came.status.to_string(), status[..3]);
        assert_eq!(came.text(), body);
        assert_eq!(came.header("content-type"), Some(kind));
        assert_eq!(came.header("request-id"), Some("req_77"));
        assert_eq!(came.header("apim-request-id"), Some("1-2-3"));
        assert_eq!(came.header("retry-after"), Some("7"));
        assert_eq!(came.header("x-ms-region"), Some("Sweden Central"));
        assert_eq!(came.header("access-control-allow-origin"), None);
        assert_eq!(upstream.got().len(), 1, "{status} is asked for once");
    }
}

#[tokio::test]
async fn a_stream_comes_back_byte_for_byte_however_it_is_cut() {
    let bytes = EVENTS.as_bytes();
    for size in [1, 2, 3, 7, 64, 1000, bytes.len()] {
        let pieces: Vec<&[u8]> = bytes.chunks(size).collect();
        let upstream = Upstream::start(vec![Reply::Pieces(chunked(&pieces, true))]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
        assert_eq!(came.status, 200);
        assert!(came.whole, "in pieces of {size}");
        assert_eq!(came.text(), EVENTS, "in pieces of {size}");
        assert_eq!(
            came.header("content-type"),
            Some("text/event-stream; charset=utf-8")
        );
        assert_eq!(came.header("request-id"), Some("req_1"));
    }
}

#[tokio::test]
async fn an_answer_in_one_piece_keeps_its_spelling() {
    let body = "\u{a0}".trim().to_owned()
        + "{\"content\":[{\"type\":\"new\",\"x\":1.0}], \"usage\":{\"a\":1e3}}\n";
    let upstream = Upstream::start(vec![Reply::Pieces(
        whole("200 OK", &[JSON], &body)
            .chunks(5)
            .map(<[u8]>::to_vec)
            .collect(),
    )])
    .await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    assert_eq!(came.text(), body);
    let length = body.len().to_string();
    assert_eq!(came.header("content-length"), Some(length.as_str()));
}

#[tokio::test]
async fn the_emulator_is_asked_and_answers_as_if_nobody_stood_between() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = in_front_of(&[&emulator.url()]).await;
    for stream in [false, true] {
        emulator.next(Script::reply(["Hel", "lo ä"]));
        let came = post(&gateway, "/anthropic/v1/messages", question(ALIAS, stream)).await;
        assert_eq!(came.status, 200, "{}", came.text());
        assert!(came.text().contains("Hel"), "{}", came.text());
        assert!(came.header("apim-request-id").is_some());
    }
    let log = emulator.log();
    assert_eq!(log.len(), 2);
    for exchange in &log {
        assert_eq!(exchange.received.deployment.as_deref(), Some(DEPLOYMENT));
    }
    // The emulator knows what is wrong with a request, and says it itself.
    let wrong = json!({"model": ALIAS, "max_tokens": 0, "messages": []}).to_string();
    let came = post(&gateway, "/v1/messages", wrong).await;
    assert_eq!(came.status, 400);
    assert_eq!(came.json()["error"]["type"], "invalid_request_error");
}

#[tokio::test]
async fn what_has_no_model_is_refused_before_anybody_is_asked() {
    let upstream = Upstream::saying("200 OK", &[JSON], "{\"content\":[]}").await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for body in [
        "",
        "{",
        "[]",
        "{}",
        "{\"model\":1}",
        "{\"model\":\"a\",\"model\":\"the-alias\"}",
    ] {
        let came = post(&gateway, "/v1/messages", body).await;
        assert_eq!(came.status, 400, "{body}");
        assert_eq!(came.json()["error"]["type"], "invalid_request_error");
    }
    assert!(upstream.got().is_empty());
}
