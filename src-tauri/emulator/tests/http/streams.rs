//! Event streams: their grammar, and where they are cut.

use hearth_emulator::{Emulator, Script};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

/// The chunks of the body exactly as HTTP/1.1 framed them, which no client library shows.
async fn chunks(seed: u64, text: &str) -> Vec<Vec<u8>> {
    let emulator = start(Emulator::builder().seed(seed)).await;
    let mut socket = TcpStream::connect(emulator.address())
        .await
        .expect("a connection");
    let body = question(MODEL, text).to_string();
    let request = format!(
        "POST /anthropic/v1/messages HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\
         anthropic-version: 2026-10-21\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
        emulator.key(),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("read");
    let head = answer
        .windows(4)
        .position(|at| at == b"\r\n\r\n")
        .expect("headers")
        + 4;
    let mut rest = &answer[head..];
    let mut chunks = Vec::new();
    loop {
        let line = rest
            .windows(2)
            .position(|at| at == b"\r\n")
            .expect("a length");
        let length = std::str::from_utf8(&rest[..line]).expect("digits");
        let length = usize::from_str_radix(length, 16).expect("hexadecimal");
        if length == 0 {
            return chunks;
        }
        chunks.push(rest[line + 2..line + 2 + length].to_vec());
        rest = &rest[line + length + 4..];
    }
}

#[tokio::test]
async fn every_base_model_streams_by_the_grammar() {
    let emulator = started().await;
    for model in [
        "claude-fable-5-2",
        "claude-fable-5-1",
        "claude-fable-5",
        "claude-opus-5-5",
        "claude-opus-5",
        "claude-opus-4-8",
        "claude-opus-4-7",
        "claude-opus-4-6",
        "claude-opus-4-5",
        "claude-sonnet-5-5",
        "claude-sonnet-5",
        "claude-sonnet-4-6",
        "claude-sonnet-4-5",
        "claude-haiku-5-5",
        "claude-haiku-4-5",
    ] {
        let response = ask(&emulator, model, "Give me a markdown tour").await;
        assert_eq!(response.status(), 200, "{model}");
        assert_eq!(
            response.headers()["content-type"],
            "text/event-stream; charset=utf-8"
        );
        assert_eq!(response.headers()["x-hearth-emulator"], "1");
        let events = events_of(response).await;
        assert_eq!(grammar(&events), ["text"]);
        let start = &events[0]["message"];
        assert_eq!(start["model"], model);
        assert_eq!(start["usage"]["inference_geo"], "loopback");
        assert!(
            types(&events)
                .iter()
                .filter(|name| **name == "ping")
                .count()
                > 1
        );
    }
}

#[tokio::test]
async fn a_script_is_streamed_piece_by_piece() {
    let script = Script::message()
        .thinking(["so", " then"])
        .text(["Hel", "lo"])
        .block(json!({"type": "from_tomorrow", "x": 1}))
        .event("surprise", r#"{"type":"surprise"}"#)
        .tool_use("get_weather", ["{\"a\":", "1e0}"]);
    let emulator = start(Emulator::builder().script(script)).await;
    let events = events_of(ask(&emulator, MODEL, "Hello").await).await;
    let start = "content_block_start";
    let (delta, stop) = ("content_block_delta", "content_block_stop");
    let thinking = [start, delta, delta, delta, stop];
    let text = [start, delta, delta, stop];
    let rest = [start, stop, "surprise", start, delta, delta, delta, stop];
    let mut expected = vec!["message_start"];
    expected.extend(thinking.into_iter().chain(text).chain(rest));
    expected.extend(["message_delta", "message_stop"]);
    assert_eq!(types(&events), expected);
    assert_eq!(said(&events, "thinking"), "so then");
    assert_eq!(said(&events, "text"), "Hello");
    assert_eq!(said(&events, "partial_json"), "{\"a\":1e0}");
    assert!(said(&events, "signature").len() > 40);
    let ending = &events[events.len() - 2];
    assert_eq!(ending["delta"]["stop_reason"], "tool_use");
    assert_eq!(
        ending["usage"]["output_tokens_details"]["thinking_tokens"],
        2
    );
}

#[tokio::test]
async fn without_a_stream_the_same_answer_is_one_message() {
    let script = || {
        Script::message()
            .thinking(["so"])
            .text(["Hel", "lo"])
            .tool_use("f", ["{\"a\":1}"])
    };
    let emulator = start(Emulator::builder().script(script()).script(script())).await;
    let mut body = question(MODEL, "Hello");
    let events = events_of(post(&emulator, &body).send().await.expect("an answer")).await;
    body["stream"] = json!(false);
    let response = post(&emulator, &body).send().await.expect("an answer");
    assert_eq!(response.headers()["content-type"], "application/json");
    let message: Value = response.json().await.expect("JSON");
    assert_eq!(message["type"], "message");
    assert_eq!(message["stop_reason"], "tool_use");
    assert_eq!(message["usage"]["inference_geo"], "loopback");
    let content = &message["content"];
    assert_eq!(content[0]["thinking"], "so");
    assert_eq!(content[0]["signature"], said(&events, "signature"));
    assert_eq!(content[1]["text"], "Hello");
    assert_eq!(content[2]["input"], json!({"a": 1}));
    let output = events[events.len() - 2]["usage"]["output_tokens"].clone();
    assert_eq!(message["usage"]["output_tokens"], output);
}

#[tokio::test]
async fn raw_bytes_arrive_as_they_are() {
    let raw = b"data: one\rdata: two\r\n\r\n: comment\n\xff".to_vec();
    let emulator = start(Emulator::builder().script(Script::raw_sse(raw.clone()))).await;
    let arrived = drain(ask(&emulator, MODEL, "Hello").await).await;
    assert!(arrived.whole);
    assert_eq!(arrived.bytes, raw);
}

#[tokio::test]
async fn the_seed_fixes_every_chunk() {
    let text = "Greet me in many languages";
    let one = chunks(7, text).await;
    assert!(one.len() > 200, "{} chunks", one.len());
    assert_eq!(one, chunks(7, text).await);
    let other = chunks(8, text).await;
    assert_ne!(one, other);
    let said_by = |chunks: &[Vec<u8>]| said(&events(&chunks.concat()), "text");
    assert_eq!(said_by(&one), said_by(&other));
}

#[tokio::test]
async fn chunks_end_inside_characters_and_inside_events() {
    let chunks = chunks(1, "Greet me in many languages").await;
    let inside_character = chunks
        .iter()
        .filter(|chunk| std::str::from_utf8(chunk).is_err())
        .count();
    assert!(inside_character > 20, "{inside_character}");
    let inside_event = chunks
        .iter()
        .filter(|chunk| !chunk.ends_with(b"\n\n"))
        .count();
    assert!(inside_event > 200, "{inside_event}");
    let event_ends_inside = |chunk: &&Vec<u8>| {
        let end = chunk.windows(2).position(|at| at == b"\n\n");
        end.is_some_and(|end| end + 2 < chunk.len())
    };
    assert!(chunks.iter().filter(event_ends_inside).count() > 50);
    grammar(&events(&chunks.concat()));
}
