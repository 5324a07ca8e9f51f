//! What callers may take: size and time.

use std::time::Duration;

use futures_util::stream;
use hearth_gateway::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    ALIAS, HANGS, KEY, http, options, post, question, raw, receive, status, with,
};
use crate::upstream::{JSON, Upstream};

fn small() -> Limits {
    Limits {
        body: 1024,
        body_idle: Duration::from_millis(300),
        head: Duration::from_millis(300),
        ..Limits::default()
    }
}

async fn upstream() -> Upstream {
    Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await
}

/// A question of exactly this many bytes.
fn sized(bytes: usize) -> String {
    let question = question(ALIAS, false);
    let padding = " ".repeat(bytes - question.len());
    question + &padding
}

#[tokio::test]
async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), small()).await;
    assert_eq!(
        post(&gateway, "/v1/messages", sized(1024)).await.status,
        200
    );
    let came = post(&gateway, "/v1/messages", sized(1025)).await;
    assert_eq!(came.status, 413);
    assert_eq!(came.json()["error"]["type"], "request_too_large");
    assert_eq!(upstream.got().len(), 1);
}

#[tokio::test]
async fn a_body_without_a_length_has_the_same_limit() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), small()).await;
    for (bytes, expected) in [(1024, 200), (1025, 413), (4 * 1024 * 1024, 413)] {
        let pieces: Vec<Result<Vec<u8>, std::io::Error>> = sized(bytes)
            .into_bytes()
            .chunks(700)
            .map(|piece| Ok(piece.to_vec()))
            .collect();
        let request = http()
            .post(format!("{}/v1/messages", gateway.url()))
            .header("x-api-key", KEY)
            .header("content-type", "application/json")
            .body(reqwest::Body::wrap_stream(stream::iter(pieces)));
        assert_eq!(receive(request).await.status, expected, "{bytes}");
    }
}

#[tokio::test]
async fn a_large_body_that_is_refused_hears_why() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), Limits::default()).await;
    let came = post(&gateway, "/v1/messages", sized(33 * 1024 * 1024)).await;
    assert_eq!(came.status, 413);
    let request = http()
        .post(format!("{}/v1/messages", gateway.url()))
        .header("content-type", "application/json")
        .body(sized(8 * 1024 * 1024));
    assert_eq!(receive(request).await.status, 401);
    for (path, expected, said) in [
        ("/v1/responses", 404, "/v1/chat/completions"),
        ("/v1/embeddings", 404, "embeddings"),
        ("/v1/models", 405, "GET"),
        ("/v1/models/chat/completions", 404, "with /v1"),
        ("/health", 405, "GET"),
    ] {
        let body = sized(8 * 1024 * 1024);
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-api-key: {KEY}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        // It reads nothing before it has written all, as many clients do.
        let answer = raw(&gateway, &request).await;
        assert_eq!(status(&answer), Some(expected), "{path}");
        assert!(answer.contains(said), "{path}: {answer}");
    }
    assert!(upstream.got().is_empty());
}

#[tokio::test]
async fn bodies_together_have_a_limit() {
    let upstream = upstream().await;
    let limits = Limits {
        body: 4096,
        bodies: 2048,
        ..Limits::default()
    };
    let gateway = with(&[upstream.url()], options(), limits).await;
    assert_eq!(
        post(&gateway, "/v1/messages", sized(2048)).await.status,
        200
    );
    let came = post(&gateway, "/v1/messages", sized(2049)).await;
    assert_eq!(came.status, 503);
    assert_eq!(came.header("retry-after"), Some("1"));
    // What was given back can be taken again.
    assert_eq!(
        post(&gateway, "/v1/messages", sized(2048)).await.status,
        200
    );
}

#[tokio::test]
async fn a_body_that_is_translated_takes_more_room() {
    let upstream = upstream().await;
    let limits = Limits {
        bodies: 8000,
        ..Limits::default()
    };
    let gateway = with(&[upstream.url()], options(), limits).await;
    let asks = async |path: &str, bytes| post(&gateway, path, sized(bytes)).await.status;
    // For one alone the whole is enough.
    assert_ne!(asks("/v1/chat/completions", 5000).await, 503);
    let half = async |path: &str| {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{}",
            &sized(1000)[..900]
        );
        let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream
    };
    let waiting = half("/v1/chat/completions").await;
    let full = async {
        while asks("/v1/messages", 1000).await != 503 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HANGS, full)
        .await
        .expect("there is always room");
    drop(waiting);
    let free = async {
        while asks("/v1/messages", 1000).await != 200 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(HANGS, free)
        .await
        .expect("the room is not given back");
}

async fn said_until_closed(address: std::net::SocketAddr, bytes: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(HANGS, reading)
        .await
        .expect("it waits for ever");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn who_is_slow_is_not_waited_for() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), small()).await;
    let half = format!(
        "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{\"model\""
    );
    let answer = said_until_closed(gateway.address(), &half).await;
    assert_eq!(status(&answer), Some(408), "{answer}");
    // Half a head, and nothing at all.
    said_until_closed(gateway.address(), "POST /v1/messages HTTP/1.1\r\nhost: lo").await;
    said_until_closed(gateway.address(), "").await;
    assert!(upstream.got().is_empty());
}

#[tokio::test]
async fn compressed_bodies_are_refused() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), small()).await;
    let request = http()
        .post(format!("{}/v1/messages", gateway.url()))
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .body(question(ALIAS, false));
    assert_eq!(receive(request).await.status, 415);
}

#[tokio::test]
async fn a_head_takes_no_more_than_heads_do() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), Limits::default()).await;
    for (length, heard) in [(30_000, true), (300_000, false)] {
        let long = "x".repeat(length);
        let head = format!(
            "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-long: {long}\r\n\r\n"
        );
        let answer = said_until_closed(gateway.address(), &head).await;
        // Whoever still sends may not hear that it was too much.
        assert_eq!(status(&answer) == Some(401), heard, "{length}");
    }
}

#[tokio::test]
async fn who_waits_for_leave_to_send_a_body_that_nobody_wants_hears_so() {
    let upstream = upstream().await;
    let gateway = with(&[upstream.url()], options(), small()).await;
    let json = "content-type: application/json";
    let key = format!("x-api-key: {KEY}");
    for (headers, length, expected) in [
        (vec![json], 100, 401),
        (vec![json, "x-api-key: wrong"], 100, 401),
        (vec![key.as_str(), "content-type: text/plain"], 100, 415),
        (vec![json, key.as_str()], 5000, 413),
    ] {
        let head = format!(
            "POST /v1/messages HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: {length}\r\n{}\r\n\r\n",
            headers.join("\r\n")
        );
        let answer = said_until_closed(gateway.address(), &head).await;
        assert_eq!(status(&answer), Some(expected), "{answer}");
    }
    assert!(upstream.got().is_empty());
}
