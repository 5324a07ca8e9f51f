//! What is asked arrives as it was sent, and what is answered as it came.

use hearth_emulator::{Emulator, Script};
use hearth_foundry::ExtraHeader;
use hearth_gateway::{Catalogue, Serving};
use serde_json::{Value, json};

use crate::support::{
    ALIAS, Answer, DEPLOYMENT, KEY, UPSTREAM_KEY, deployment, http, in_front_of, keys, lending,
    options, post, question, receive, serve,
};
use crate::upstream::{JSON, Reply, SSE, Upstream, chunked, whole};

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
    let answer = r#"{ "type":"message","content":[],"stop_reason":"x","x_new":1.0 }"#;
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
    let answer = r#"{"content":[],"stop_reason":"end_turn"}"#;
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
        + "{\"content\":[{\"type\":\"new\",\"x\":1.0}], \"stop_reason\":\"new\", \"usage\":{\"a\":1e3}}\n";
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
    let upstream = Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await;
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

/// A gateway whose connection sends headers of its own.
async fn with_headers(url: &str, own: &[(&str, &str)]) -> Serving {
    let mut deployment = deployment(url, DEPLOYMENT, options());
    let own = own.iter();
    deployment.target.headers = own
        .map(|(name, value)| ExtraHeader::new(name, value).unwrap())
        .collect();
    let mut catalogue = Catalogue::default();
    catalogue.add(ALIAS.to_owned(), deployment);
    serve(lending(catalogue, Some(keys()))).await
}

#[tokio::test]
async fn betas_go_along_from_both_and_else_the_connections_header_wins() {
    let answer =
        r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;
    let events = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{}}}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let own = [("anthropic-beta", "own-1,both-2"), ("x-team", "ours")];
    for stream in [false, true] {
        let upstream = match stream {
            true => Upstream::saying("200 OK", &[SSE], events).await,
            false => Upstream::saying("200 OK", &[JSON], answer).await,
        };
        let gateway = with_headers(upstream.url(), &own).await;
        let passed = [
            ("x-api-key", KEY),
            ("anthropic-beta", "theirs-3"),
            ("anthropic-beta", "both-2"),
            ("x-team", "theirs"),
            ("x-mine", "1"),
        ];
        let body = question(ALIAS, stream);
        let came = ask(&gateway, "/v1/messages", &passed, &body).await;
        assert_eq!(came.status, 200, "{}", came.text());
        let mut chat: Value = serde_json::from_str(&body).unwrap();
        chat["extra_headers"] =
            json!({"anthropic-beta": "theirs-3,both-2", "X-Team": "theirs", "x-mine": "1"});
        let came = post(&gateway, "/v1/chat/completions", chat.to_string()).await;
        assert_eq!(came.status, 200, "{}", came.text());
        let dropped = came.header("x-hearth-dropped-params");
        assert_eq!(dropped, Some("extra_headers.x-team"), "{stream}");
        let got = upstream.got();
        assert_eq!(got.len(), 2);
        for got in got {
            let betas = got.all("anthropic-beta");
            assert_eq!(betas, ["theirs-3,both-2,own-1"], "{}", got.head);
            assert_eq!(got.all("x-team"), ["ours"]);
            assert_eq!(got.all("x-mine"), ["1"]);
        }
    }
}

#[tokio::test]
async fn what_a_connection_is_asked_with_is_no_callers_to_see() {
    let secret = "canary/header+secret";
    let escaped = "canary\\/header\\u002Bsecret";
    let said = |what: &str| {
        format!(
            "{{\"type\":\"error\", \"error\":{{\"type\":\"authentication_error\",\"message\":\"{what}\"}}}}"
        )
    };
    let told = said(&format!("{UPSTREAM_KEY} with {escaped}, {secret}. "));
    let veiled = said("<redacted> with <redacted>, <redacted>. ");
    let echo = format!("key={UPSTREAM_KEY}");
    for (status, headers, expected) in [
        ("401 Unauthorized", vec![JSON, ("x-echo", &echo)], 401),
        ("400 Bad Request", vec![JSON, ("x-echo", &echo)], 400),
        ("302 Found", vec![("location", &*echo)], 502),
        ("200 OK", vec![JSON], 401),
        ("200 OK", vec![("content-type", "text/html")], 502),
    ] {
        let upstream = Upstream::saying(status, &headers, &told).await;
        let gateway = with_headers(upstream.url(), &[("x-proxy-key", secret)]).await;
        for stream in [false, true] {
            for path in ["/v1/messages", "/v1/chat/completions"] {
                let came = post(&gateway, path, question(ALIAS, stream)).await;
                // Chat Completions have a status for every error that comes with a success.
                assert!(came.status >= 400, "{status} {path}: {}", came.text());
                let all = format!("{:?} {}", came.headers, came.text());
                for part in [UPSTREAM_KEY, secret, escaped] {
                    assert!(!all.contains(part), "{status} {path} {stream}: {all}");
                }
                if path == "/v1/messages" {
                    assert_eq!(came.status, expected, "{status}: {}", came.text());
                }
                if path == "/v1/messages" && expected < 500 && status != "200 OK" {
                    assert_eq!(came.text(), veiled);
                    assert_eq!(came.header("x-echo"), Some("key=<redacted>"));
                }
            }
        }
        let sent = upstream.got();
        assert!(sent.iter().all(|got| got.all("x-proxy-key") == [secret]));
    }
}
