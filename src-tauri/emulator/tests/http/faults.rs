//! The deployments that misbehave, seen from the other end of the wire.

use std::io::Read;

use hearth_emulator::{Emulator, Script};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

async fn in_one_piece(emulator: &Emulator, model: &str) -> reqwest::Response {
    let mut body = question(model, "Hello");
    body["stream"] = json!(false);
    post(emulator, &body).send().await.expect("an answer")
}

/// How a raw connection ends, and what came before.
async fn end_of(emulator: &Emulator, model: &str) -> (Vec<u8>, std::io::Result<()>) {
    let mut socket = TcpStream::connect(emulator.address()).await.expect("open");
    let body = question(model, "Hello").to_string();
    let request = format!(
        "POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\
         anthropic-version: 2026-10-21\r\ncontent-length: {}\r\n\r\n{body}",
        emulator.key(),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    let end = socket.read_to_end(&mut bytes).await.map(drop);
    (bytes, end)
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_cut_is_an_end() {
    let emulator = started().await;
    for (model, reset, answered) in [
        ("fault-cut", false, true),
        ("fault-reset", true, true),
        ("fault-cut-at-700", false, true),
        ("fault-reset-at-700", true, true),
        ("fault-hang-up", false, false),
        ("fault-hang-up-reset", true, false),
    ] {
        let (bytes, end) = end_of(&emulator, model).await;
        let kind = end.as_ref().err().map(std::io::Error::kind);
        let expected = reset.then_some(std::io::ErrorKind::ConnectionReset);
        assert_eq!(kind, expected, "{model}");
        // What was sent before is not lost by the reset.
        assert_eq!(bytes.starts_with(b"HTTP/1.1 200"), answered, "{model}");
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(text.contains("message_start"), answered, "{model}");
    }
}

#[tokio::test]
async fn a_place_is_a_number_of_bytes_of_the_body() {
    let emulator = started().await;
    emulator.next_for("fault-end-at-300", Script::reply(["Hello"]));
    let arrived = drain(ask(&emulator, "fault-end-at-300", "Hello").await).await;
    assert!(arrived.whole);
    assert_eq!(arrived.bytes.len(), 300);
    let arrived = drain(in_one_piece(&emulator, "fault-cut-at-300").await).await;
    assert!(!arrived.whole);
    assert_eq!(arrived.bytes.len(), 300);
}

#[tokio::test]
async fn each_status_comes_in_its_shapes() {
    let emulator = started().await;
    for (model, status, key, value) in [
        ("fault-400", 400, "type", "invalid_request_error"),
        ("fault-400-azure", 400, "code", "BadRequest"),
        ("fault-402", 402, "type", "billing_error"),
        ("fault-404-anthropic", 404, "type", "not_found_error"),
        (
            "fault-404-api_not_supported",
            404,
            "code",
            "api_not_supported",
        ),
        ("fault-408", 408, "code", "Timeout"),
        ("fault-409", 409, "type", "conflict_error"),
        ("fault-413", 413, "type", "request_too_large"),
        ("fault-429-anthropic", 429, "type", "rate_limit_error"),
        ("fault-500-azure", 500, "code", "InternalServerError"),
        ("fault-503", 503, "code", "ServiceUnavailable"),
        ("fault-504", 504, "type", "timeout_error"),
        ("fault-529", 529, "type", "overloaded_error"),
    ] {
        for response in [
            ask(&emulator, model, "Hi").await,
            in_one_piece(&emulator, model).await,
        ] {
            assert_eq!(response.status(), status, "{model}");
            let body: Value = response.json().await.expect("JSON");
            assert_eq!(body["error"][key], value, "{model}: {body}");
            assert_eq!(body["type"] == "error", key == "type", "{model}: {body}");
        }
    }
    let header = async |model: &str, name: &str| {
        let response = ask(&emulator, model, "Hi").await;
        assert_eq!(response.status(), 429);
        let value = response.headers().get(name).cloned();
        value.map(|value| value.to_str().expect("text").to_owned())
    };
    assert_eq!(header("fault-429-bare", "retry-after").await, None);
    let milliseconds = header("fault-429-ms", "retry-after-ms").await;
    assert_eq!(milliseconds.as_deref(), Some("200"));
    let day = header("fault-429-day", "retry-after").await;
    assert_eq!(day.as_deref(), Some("86400"));
    let date = header("fault-429-date", "retry-after")
        .await
        .expect("a date");
    assert!(date.ends_with(" GMT"), "{date}");
}

#[tokio::test]
async fn redirects_lead_to_another_host() {
    let own = started().await;
    let named = start(Emulator::builder().elsewhere("https://elsewhere.example/")).await;
    let elsewhere = "https://elsewhere.example/".to_owned();
    let itself = format!(
        "http://localhost:{}/anthropic/v1/messages",
        own.address().port()
    );
    for (emulator, to) in [(&own, itself), (&named, elsewhere)] {
        for status in [301, 302, 303, 307, 308] {
            let unmoved = reqwest::Client::builder()
                .no_proxy()
                .redirect(reqwest::redirect::Policy::none())
                .build()
                .expect("a client");
            let body = question(&format!("fault-redirect-{status}"), "Hello");
            let request = post(emulator, &body).build().expect("a request");
            let response = unmoved.execute(request).await.expect("an answer");
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["location"], to.as_str());
        }
    }
}

#[tokio::test]
async fn streams_are_spoilt_as_their_names_say() {
    let emulator = started().await;
    let bytes = async |model: &str| drain(ask(&emulator, model, "Hello").await).await.bytes;
    let text = async |model: &str| String::from_utf8(bytes(model).await).expect("UTF-8");
    let count = |text: &str, what: &str| text.matches(what).count();

    let good = text(MODEL).await;
    assert_eq!(count(&good, "event: message_start"), 1);
    assert_eq!(
        count(&text("fault-duplicate-start").await, "event: message_start"),
        2
    );
    assert_eq!(
        count(&text("fault-second-message").await, "\"id\":\"msg_x"),
        1
    );
    assert_eq!(
        count(&text("fault-no-message-stop").await, "message_stop"),
        0
    );
    assert_eq!(
        count(&text("fault-no-block-stop").await, "content_block_stop"),
        0
    );
    assert!(text("fault-after-stop").await.contains("AFTER THE END"));
    assert!(!text("fault-unnamed-events").await.contains("event:"));
    assert!(
        text("fault-done-marker")
            .await
            .ends_with("data: [DONE]\n\n")
    );
    assert!(text("fault-bom").await.starts_with('\u{FEFF}'));
    assert!(!text("fault-cr").await.contains('\n'));
    let crlf = text("fault-crlf").await;
    assert_eq!(count(&crlf, "\r\n"), count(&crlf, "\n"));
    let unknown = text("fault-unknown").await;
    for new in ["event: session_update", "later_delta", "later_block"] {
        assert!(unknown.contains(new), "{new}");
    }
    assert!(String::from_utf8(bytes("fault-invalid-utf8").await).is_err());
    assert!(bytes("fault-huge-event").await.len() > 20 * 1024 * 1024);
    let first = text("fault-delta-before-start").await;
    let at = |what: &str| first.find(what).expect("it is there");
    assert!(at("content_block_delta") < at("content_block_start"));
    let broken = events_that_parse(&text("fault-bad-json").await);
    assert_eq!(broken, (true, false));
    assert_eq!(events_that_parse(&good), (true, true));
}

/// Whether some, and whether all, events hold JSON.
fn events_that_parse(stream: &str) -> (bool, bool) {
    let data = stream
        .lines()
        .filter_map(|line| line.strip_prefix("data: "));
    let parsed: Vec<bool> = data
        .map(|data| serde_json::from_str::<Value>(data).is_ok())
        .collect();
    (parsed.contains(&true), parsed.iter().all(|good| *good))
}

#[tokio::test]
async fn compressed_answers_are_compressed() {
    let emulator = started().await;
    let plain = reqwest::Client::builder().no_proxy().no_gzip().build();
    let plain = plain.expect("a client that leaves compression alone");
    for (model, whole) in [("fault-gzip", true), ("fault-half-gzip", false)] {
        for stream in [true, false] {
            let mut body = question(model, "Hello");
            body["stream"] = json!(stream);
            let request = post(&emulator, &body).build().expect("a request");
            let response = plain.execute(request).await.expect("an answer");
            assert_eq!(response.headers()["content-encoding"], "gzip");
            let packed = drain(response).await;
            assert!(packed.whole);
            let mut text = String::new();
            let read = flate2::read::GzDecoder::new(&packed.bytes[..]).read_to_string(&mut text);
            assert_eq!(read.is_ok(), whole, "{model}");
        }
    }
}

#[tokio::test]
async fn answers_in_one_piece_are_spoilt_too() {
    let emulator = started().await;
    let bytes = async |model: &str| drain(in_one_piece(&emulator, model).await).await.bytes;
    let json = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
    let good = json(&bytes(MODEL).await).expect("JSON");
    let text = |answer: &Value| answer["content"][0]["text"].clone();
    for model in [
        "fault-crlf",
        "fault-cr",
        "fault-bytewise",
        "fault-pings",
        "fault-unknown",
    ] {
        let answer = json(&bytes(model).await).expect("JSON");
        assert_eq!(text(&answer), text(&good), "{model}");
    }
    for model in [
        "fault-bad-json",
        "fault-after-stop",
        "fault-bom",
        "fault-invalid-utf8",
    ] {
        assert_eq!(json(&bytes(model).await), None, "{model}");
    }
    let open = json(&bytes("fault-no-message-stop").await).expect("JSON");
    assert!(open["stop_reason"].is_null());
    assert!(bytes("fault-huge-event").await.len() > 40 * 1024 * 1024);
    assert_eq!(bytes("fault-empty").await, b"");
}

#[tokio::test]
async fn an_endless_line_goes_on_until_the_client_goes() {
    let emulator = started().await;
    let mut response = ask(&emulator, "fault-endless-line", "Hello").await;
    let mut read = 0;
    while read < 4 * 1024 * 1024 {
        let chunk = response.chunk().await.expect("no break").expect("no end");
        assert!(!chunk.contains(&b'\n'));
        read += chunk.len();
    }
    drop(response);
    let gone = |log: &[hearth_emulator::Exchange]| {
        log[0].ending == Some(hearth_emulator::Ending::ClientGone)
    };
    emulator.wait_for(gone).await.expect("it is noticed");
}

#[tokio::test]
async fn a_fault_once_is_a_fault_for_one_question_once() {
    let emulator = started().await;
    for _ in 0..2 {
        let mut whole = Vec::new();
        for question in ["one", "one", "two", "two"] {
            let response = ask(&emulator, "fault-cut-once.claude-opus-5-5", question).await;
            whole.push(drain(response).await.whole);
        }
        let second_round = emulator.log().len() > 4;
        assert_eq!(whole, [second_round, true, second_round, true]);
    }
}
