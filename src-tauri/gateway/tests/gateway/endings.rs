//! How answers end: no failure looks like a success, and who goes away is not worked for.

use std::time::Duration;

use hearth_emulator::{Emulator, Ending, Script};
use hearth_foundry::ClientOptions;
use hearth_gateway::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    ALIAS, HANGS, KEY, UPSTREAM_KEY, http, in_front_of, options, post, question, with,
};
use crate::upstream::{JSON, Reply, SSE, Upstream, chunked, head, whole};

const DELTA: &str = "event: content_block_delta\ndata: {\"type\":\"content_block_delta\"}\n\n";

/// Without its last byte, though what is there could be read.
fn cut(mut reply: Vec<u8>) -> Vec<u8> {
    reply.pop();
    reply
}

/// One attempt, and little patience.
fn impatient() -> ClientOptions {
    ClientOptions {
        max_attempts: 1,
        idle_timeout: Duration::from_millis(300),
        whole_timeout: Duration::from_millis(300),
        ..options()
    }
}

#[tokio::test]
async fn an_error_of_azures_with_a_status_of_success_is_told_in_its_words() {
    let said = "{\"error\":{\"code\":\"RateLimitReached\",\"message\":\"Slow down, please\"}}";
    let upstream = Upstream::saying("200 OK", &[JSON], said).await;
    let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
    for path in ["/v1/messages", "/v1/chat/completions"] {
        for stream in [false, true] {
            let came = post(&gateway, path, question(ALIAS, stream)).await;
            assert!(came.status >= 400, "{path} {stream}");
            let message = came.json()["error"]["message"].to_string();
            assert!(message.contains("Slow down"), "{path} {stream}: {message}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_lost_its_content_type_gets_it_back() {
    let told = r#"{"type":"message","content":[],"stop_reason":"end_turn"}"#;
    let upstream = Upstream::saying("200 OK", &[], told).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    assert_eq!((came.status, came.text().as_str()), (200, told));
    assert_eq!(came.header("content-type"), Some("application/json"));
}

#[tokio::test]
async fn a_stream_that_lost_its_content_type_is_known_by_how_it_begins() {
    let stop = "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    for (begun, passes) in [
        (DELTA, true),
        (": a comment\n\n", true),
        ("\ndata: {\"type\":\"ping\"}\n\n", true),
        ("{\"type\":\"message\"}", false),
        ("<p>event: of the day</p>", false),
        ("Welcome", false),
    ] {
        let told = format!("{begun}{stop}");
        for size in [1, told.len()] {
            let pieces: Vec<&[u8]> = told.as_bytes().chunks(size).collect();
            let mut reply = chunked(&pieces, true);
            reply[0] = String::from_utf8(reply[0].clone())
                .unwrap()
                .replace(&format!("{}: {}\r\n", SSE.0, SSE.1), "")
                .into_bytes();
            let upstream = Upstream::start(vec![Reply::Pieces(reply)]).await;
            let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
            let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
            if passes {
                assert_eq!((came.status, came.text()), (200, told.clone()), "{size}");
                let kind = came.header("content-type");
                assert_eq!(kind, Some("text/event-stream"), "{told}");
            } else {
                assert_eq!(came.status, 502, "{told} {}", came.text());
            }
        }
    }
}

#[tokio::test]
async fn what_is_no_answer_of_http_is_told_and_not_asked_for_again() {
    let long = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\n", "x".repeat(1_000_000));
    for said in ["SSH-2.0-OpenSSH_9.9\r\n", "HTTP/1.1 abc\r\n\r\n", &long] {
        for path in ["/v1/messages", "/v1/chat/completions"] {
            let reply = Reply::Pieces(vec![said.as_bytes().to_vec()]);
            let upstream = Upstream::start(vec![reply]).await;
            let gateway = in_front_of(&[upstream.url()]).await;
            let came = post(&gateway, path, question(ALIAS, false)).await;
            assert_eq!(came.status, 502);
            let message = came.json()["error"]["message"].to_string();
            assert!(message.contains("is not a message"), "{message}");
            assert_eq!(upstream.got().len(), 1, "{path} {message}");
        }
    }
}

#[tokio::test]
async fn an_answer_with_bytes_that_are_no_text_is_told_with_marks_in_their_place() {
    let told = r#"{"type":"message","content":[{"type":"text","text":"Hi ? there"}],"stop_reason":"end_turn"}"#;
    let mut reply = whole("200 OK", &[JSON], told);
    let at = reply.iter().rposition(|byte| *byte == b'?').unwrap();
    reply[at] = 0xff;
    let upstream = Upstream::start(vec![Reply::Pieces(vec![reply])]).await;
    let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
    let came = post(&gateway, "/v1/chat/completions", question(ALIAS, false)).await;
    assert_eq!(came.status, 200, "{}", came.text());
    let content = &came.json()["choices"][0]["message"]["content"];
    assert_eq!(content, "Hi \u{fffd} there");
}

#[tokio::test]
async fn an_answer_that_is_translated_does_not_grow_without_an_end() {
    let event =
        |name: &str, rest: &str| format!("event: {name}\ndata: {{\"type\":\"{name}\",{rest}}}\n\n");
    let long = "x".repeat(256 * 1024);
    let block = "\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}";
    let delta = format!("\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{long}\"}}");
    let begun = head("200 OK", &[SSE])
        + "\r\n"
        + &event("message_start", "\"message\":{\"content\":[]}")
        + &event("content_block_start", block);
    let more = event("content_block_delta", &delta).into_bytes();
    let mut endless = Upstream::start(vec![Reply::Endless(begun.into_bytes(), more)]).await;
    let gateway = in_front_of(&[endless.url()]).await;
    let came = post(&gateway, "/v1/chat/completions", question(ALIAS, true)).await;
    assert_eq!((came.status, came.whole), (200, true));
    assert!(came.body.len() < 80 * 1024 * 1024, "{}", came.body.len());
    let end = String::from_utf8_lossy(&came.body[came.body.len() - 300..]).into_owned();
    assert!(end.contains("longer than any message"), "{end}");
    assert!(!end.contains("[DONE]"), "{end}");
    endless.was_closed().await;
}

#[tokio::test]
async fn a_success_that_is_none_is_an_error() {
    let page = "<html><head><title>Sign in to the proxy</title></head></html>";
    for (stream, reply) in [
        (
            false,
            whole("200 OK", &[("content-type", "text/html")], page),
        ),
        (
            true,
            whole("200 OK", &[("content-type", "text/html")], page),
        ),
        (true, whole("200 OK", &[], page)),
        (false, whole("200 OK", &[], page)),
        (false, whole("200 OK", &[JSON], "")),
        (true, whole("200 OK", &[SSE], "")),
        (false, whole("204 No Content", &[], "")),
        (false, whole("200 OK", &[JSON], "{\"content\":[")),
        (false, whole("200 OK", &[JSON], "{\"content\":[]}")),
        (
            false,
            whole("200 OK", &[JSON], "{\"content\":[],\"stop_reason\":null}"),
        ),
        (false, whole("200 OK", &[JSON], "[]")),
        (false, whole("200 OK", &[JSON], "{\"status\":\"ok\"}")),
        (
            false,
            whole("200 OK", &[JSON], "{\"type\":\"error\",\"error\":{}}"),
        ),
        (false, whole("200 OK", &[SSE], DELTA)),
        // Compressed in a way that nobody here unpacks, so that nobody can look into it.
        (
            false,
            whole(
                "200 OK",
                &[JSON, ("content-encoding", "compress")],
                "{\"content\":[],\"stop_reason\":\"x\"}",
            ),
        ),
        (
            true,
            whole("200 OK", &[SSE, ("content-encoding", "compress")], DELTA),
        ),
        (
            true,
            whole("200 OK", &[JSON], "{\"content\":[],\"stop_reason\":\"x\"}"),
        ),
        (
            false,
            cut(whole(
                "200 OK",
                &[JSON],
                "{\"content\":[],\"stop_reason\":\"x\"}  ",
            )),
        ),
        (
            false,
            whole("302 Found", &[("location", "https://evil.example")], ""),
        ),
    ] {
        let said = String::from_utf8_lossy(&reply).into_owned();
        let upstream = Upstream::start(vec![Reply::Pieces(vec![reply])]).await;
        let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, stream)).await;
        assert_eq!(came.status, 502, "{said}: {}", came.text());
        assert_eq!(came.json()["type"], "error");
        assert_eq!(came.json()["error"]["type"], "api_error");
        assert!(!came.text().contains(UPSTREAM_KEY));
    }
}

#[tokio::test]
async fn an_error_in_an_answers_place_is_told_in_its_words_and_asked_again_where_it_passes() {
    let piece = whole("200 OK", &[JSON], "{\"content\":[],\"stop_reason\":\"x\"}");
    let events = whole("200 OK", &[SSE], "event: message_stop\ndata: {}\n\n");
    for (stream, kind, asked, expected) in [
        (false, "overloaded_error", 2, 200),
        (false, "invalid_request_error", 1, 400),
        (true, "overloaded_error", 2, 200),
        (true, "invalid_request_error", 1, 400),
    ] {
        let error = format!(
            "{{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"their words\"}}}}"
        );
        let error = whole("200 OK", &[JSON], &error);
        let answer = if stream { &events } else { &piece };
        let replies = [error, answer.clone()].map(|it| Reply::Pieces(vec![it]));
        let replies = replies.to_vec();
        let upstream = Upstream::start(replies).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, stream)).await;
        assert_eq!(came.status, expected, "{kind}: {}", came.text());
        assert_eq!(came.text().contains("their words"), expected == 400);
        assert_eq!(upstream.got().len(), asked, "{kind}");
    }
}

#[tokio::test]
async fn an_answer_that_has_no_end_is_not_held() {
    let most = 32 * 1024 * 1024;
    for (more, expected) in [(0, 200), (1, 502)] {
        let empty = "{\"content\":[],\"stop_reason\":\"x\",\"x\":\"\"}";
        let filling = "x".repeat(most + more - empty.len());
        let answer = empty.replace(":\"\"", &format!(":\"{filling}\""));
        let upstream = Upstream::saying("200 OK", &[JSON], &answer).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
        assert_eq!(came.status, expected);
        assert_eq!(upstream.got().len(), 1);
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_between_events_ends_with_an_error_event() {
    for ends in [true, false] {
        let pieces = chunked(&[DELTA.as_bytes()], ends);
        let upstream = Upstream::start(vec![Reply::Pieces(pieces)]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
        assert_eq!(came.status, 200);
        let text = came.text();
        let error = text.strip_prefix(DELTA).unwrap();
        let data = error.strip_prefix("event: error\ndata: ").unwrap();
        let error: serde_json::Value = serde_json::from_str(data.trim()).unwrap();
        assert_eq!(error["error"]["type"], "api_error");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_off_within_an_event_breaks_off() {
    for ends in [true, false] {
        let half = &DELTA.as_bytes()[..DELTA.len() - 4];
        let pieces = chunked(&[DELTA.as_bytes(), half], ends);
        let upstream = Upstream::start(vec![Reply::Pieces(pieces)]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
        assert!(!came.whole, "it must not look whole: {}", came.text());
        assert!(came.text().starts_with(DELTA));
    }
}

#[tokio::test]
async fn silence_is_not_borne_for_ever() {
    let silent = Upstream::start(vec![Reply::Hold(Vec::new())]).await;
    let gateway = with(&[silent.url()], impatient(), Limits::default()).await;
    for stream in [true, false] {
        let came = post(&gateway, "/v1/messages", question(ALIAS, stream)).await;
        assert_eq!(came.status, 504, "{}", came.text());
        assert_eq!(came.json()["error"]["type"], "timeout_error");
    }
    let mut begun = head("200 OK", &[SSE]);
    begun.push_str("\r\n");
    begun.push_str(DELTA);
    let stalls = Upstream::start(vec![Reply::Hold(begun.into_bytes())]).await;
    let gateway = with(&[stalls.url()], impatient(), Limits::default()).await;
    let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
    assert!(came.text().starts_with(DELTA));
    assert!(came.text().contains("timeout_error"), "{}", came.text());
}

/// A raw request for a stream; the connection is the caller's.
pub(crate) async fn asking(address: std::net::SocketAddr) -> TcpStream {
    asking_at(address, "/v1/messages").await
}

pub(crate) async fn asking_at(address: std::net::SocketAddr, path: &str) -> TcpStream {
    let body = question(ALIAS, true);
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn who_goes_away_while_waiting_is_not_worked_for() {
    let mut silent = Upstream::start(vec![Reply::Hold(Vec::new())]).await;
    let gateway = in_front_of(&[silent.url()]).await;
    let stream = asking(gateway.address()).await;
    silent.was_asked().await;
    drop(stream);
    assert_eq!(silent.was_closed().await, 0);
}

#[tokio::test]
async fn who_goes_away_while_reading_is_not_worked_for() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = in_front_of(&[&emulator.url()]).await;
    emulator.next(Script::reply(["Hello"]).stall_after_events(2));
    let mut stream = asking(gateway.address()).await;
    let mut first = [0; 16];
    stream.read_exact(&mut first).await.unwrap();
    assert!(first.starts_with(b"HTTP/1.1 200"));
    drop(stream);
    let gone = |log: &[hearth_emulator::Exchange]| {
        log.iter()
            .any(|exchange| exchange.ending == Some(Ending::ClientGone))
    };
    emulator.wait_for(gone).await.unwrap();
}

/// Bytes that the system itself may keep between two programs: what one sends and what the
/// other has not read yet.
fn kept_by_the_system() -> usize {
    let most = |name: &str| -> usize {
        let limits = std::fs::read_to_string(format!("/proc/sys/net/ipv4/{name}"));
        // Elsewhere than on Linux it is not asked for, and less.
        let limits = limits.unwrap_or_else(|_| "0 0 8388608".to_owned());
        limits.split_whitespace().last().unwrap().parse().unwrap()
    };
    most("tcp_wmem") + most("tcp_rmem")
}

#[tokio::test]
async fn who_does_not_read_holds_back_the_resource_and_is_cut_off() {
    let start = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"role\":\"assistant\",\"content\":[],\"usage\":{}}}\n\nevent: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n";
    let delta = format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"{}\"}}}}\n\n",
        "x".repeat(16 * 1024)
    );
    for path in ["/v1/messages", "/v1/chat/completions"] {
        let mut begun = head("200 OK", &[SSE]);
        begun.push_str("\r\n");
        begun.push_str(start);
        let more = delta.clone().into_bytes();
        let mut endless = Upstream::start(vec![Reply::Endless(begun.into_bytes(), more)]).await;
        let limits = Limits {
            stalled: Duration::from_millis(500),
            ..Limits::default()
        };
        let gateway = with(&[endless.url()], options(), limits).await;
        let stream = asking_at(gateway.address(), path).await;
        let written = endless.was_closed().await;
        // On the way to the gateway, and on the way to the caller; the gateway itself keeps no
        // more than a piece.
        let most = 2 * kept_by_the_system() + 2 * 1024 * 1024;
        assert!(written > 100_000, "{path}: {written} bytes only");
        assert!(
            written < most,
            "{path}: {written} bytes were taken for nobody"
        );
        drop(stream);
    }
}

#[tokio::test]
async fn told_to_stop_it_lets_answers_come_to_their_end() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = in_front_of(&[&emulator.url()]).await;
    let (script, gate) = Script::reply(["Hello"]).gate();
    emulator.next(script);
    let address = gateway.address();
    let url = format!("{}/v1/messages", gateway.url());
    let idle = TcpStream::connect(address).await.unwrap();
    let request = http()
        .post(url)
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .body(question(ALIAS, true));
    let answering = tokio::spawn(crate::support::receive(request));
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    let stopping = tokio::spawn(gateway.shutdown());
    let refused = async {
        while TcpStream::connect(address).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(HANGS, refused).await.unwrap();
    assert!(!stopping.is_finished());
    gate.open();
    let came = answering.await.unwrap();
    assert!(
        came.whole && came.text().contains("message_stop"),
        "{}",
        came.text()
    );
    tokio::time::timeout(HANGS, stopping)
        .await
        .unwrap()
        .unwrap();
    drop(idle);
}
