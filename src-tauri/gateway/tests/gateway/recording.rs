//! What is told of requests when they are over.

use hearth_emulator::{Emulator, Ending, Script};
use hearth_gateway::{Catalogue, Gateway, Outcome, Record, Route, Serving};
use serde_json::json;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc::{self, Receiver};

use crate::endings::asking;
use crate::support::{
    ALIAS, DEPLOYMENT, HANGS, UPSTREAM_KEY, deployment, http, keys, lending, options, post,
    question, receive, serve,
};
use crate::upstream::{JSON, Reply, SSE, Upstream, chunked, head, whole};

const START: &str = "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-sonnet-5-5\",\"content\":[],\"usage\":{\"input_tokens\":5,\"cache_read_input_tokens\":6,\"cache_creation_input_tokens\":7,\"output_tokens\":1}}}\n\n";
const TEXT: &str = "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":\"canary-answer\"}}\n\n";
const END: &str = "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}\n\nevent: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":9}}\n\nevent: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
const ERROR: &str = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}\n\n";
const WHOLE: &str = r#"{"type":"message","model":"claude-sonnet-5-5","content":[{"type":"text","text":"canary-answer"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"cache_read_input_tokens":6,"cache_creation_input_tokens":7,"output_tokens":9}}"#;

/// A gateway that tells, with room for `room` records.
async fn telling(url: &str, room: usize) -> (Serving, Receiver<Record>) {
    let mut catalogue = Catalogue::default();
    let known = deployment(url, DEPLOYMENT, options());
    catalogue.add(ALIAS.to_owned(), known);
    let (recorder, records) = mpsc::channel(room);
    let gateway = Gateway {
        recorder: Some(recorder),
        ..lending(catalogue, Some(keys()))
    };
    (serve(gateway).await, records)
}

async fn next(records: &mut Receiver<Record>) -> Record {
    let next = tokio::time::timeout(HANGS, records.recv()).await;
    next.expect("no record comes").unwrap()
}

fn chat(stream: bool) -> String {
    let message = json!({"role": "user", "content": "canary-question"});
    json!({"model": ALIAS, "stream": stream, "messages": [message]}).to_string()
}

/// Input with and without what the cache had to do with, and output.
fn counts(record: &Record) -> Option<(u64, u64, u64)> {
    let usage = record.usage.as_ref()?;
    let tokens = (usage.input_tokens, usage.total_input(), usage.output_tokens);
    Some((tokens.0?, tokens.1?, tokens.2?))
}

#[tokio::test]
async fn an_answer_is_told_with_who_asked_and_what_it_used() {
    let streamed = chunked(&[START, TEXT, END].map(str::as_bytes), true);
    let in_one_piece = vec![whole("200 OK", &[JSON], WHOLE)];
    let question = question(ALIAS, false).replace("hello", "canary-question");
    for (path, body, reply, route) in [
        (
            "/v1/messages",
            question.clone(),
            in_one_piece.clone(),
            Route::Messages,
        ),
        (
            "/v1/messages",
            question.replace("false", "true"),
            streamed.clone(),
            Route::Messages,
        ),
        (
            "/v1/chat/completions",
            chat(false),
            in_one_piece,
            Route::Chat,
        ),
        ("/v1/chat/completions", chat(true), streamed, Route::Chat),
    ] {
        let upstream = Upstream::start(vec![Reply::Pieces(reply)]).await;
        let (gateway, mut records) = telling(upstream.url(), 8).await;
        let before = jiff::Timestamp::now();
        let came = post(&gateway, path, body).await;
        assert_eq!(came.status, 200, "{}", came.text());
        assert!(came.text().contains("canary-answer"));
        let record = next(&mut records).await;
        assert!(before <= record.at && record.at <= jiff::Timestamp::now());
        assert_eq!(record.key.as_deref(), Some("test"));
        assert_eq!(record.route, route);
        assert_eq!(record.model.as_deref(), Some(ALIAS));
        assert_eq!(record.deployment.as_deref(), Some(DEPLOYMENT));
        assert_eq!(record.answered_by.as_deref(), Some("claude-sonnet-5-5"));
        assert_eq!(record.status, Some(200));
        assert_eq!(record.outcome, Outcome::Answered);
        assert_eq!(counts(&record), Some((5, 18, 9)), "{path}");
        let all = format!("{record:?}");
        assert!(all.contains("test"), "{all}");
        assert!(!all.contains("canary"), "{all}");
        assert!(records.try_recv().is_err(), "one record for one request");
    }
}

#[tokio::test]
async fn a_count_of_tokens_is_told_and_uses_none() {
    let upstream = Upstream::saying("200 OK", &[JSON], "{\"input_tokens\":7}").await;
    let (gateway, mut records) = telling(upstream.url(), 8).await;
    let path = "/anthropic/v1/messages/count_tokens";
    assert_eq!(
        post(&gateway, path, question(ALIAS, false)).await.status,
        200
    );
    let record = next(&mut records).await;
    assert_eq!(
        (record.route, record.outcome),
        (Route::CountTokens, Outcome::Answered)
    );
    assert_eq!(record.usage, None);
}

#[tokio::test]
async fn refusals_are_told_with_their_status_and_who_is_not_let_in_is_not_told() {
    let upstream = Upstream::saying(
        "404 Not Found",
        &[JSON],
        "{\"error\":{\"code\":\"DeploymentNotFound\"}}",
    )
    .await;
    let (gateway, mut records) = telling(upstream.url(), 16).await;
    for (path, body, status, model, deployment) in [
        (
            "/v1/messages",
            question(ALIAS, false),
            404,
            Some(ALIAS),
            Some(DEPLOYMENT),
        ),
        (
            "/v1/messages",
            question("none", false),
            404,
            Some("none"),
            None,
        ),
        ("/v1/messages", "{".to_owned(), 400, None, None),
        (
            "/v1/chat/completions",
            chat(true),
            404,
            Some(ALIAS),
            Some(DEPLOYMENT),
        ),
        ("/v1/chat/completions", "{".to_owned(), 400, None, None),
        (
            "/v1/chat/completions",
            chat(false).replace("\"messages\"", "\"n\":2,\"messages\""),
            400,
            Some(ALIAS),
            None,
        ),
    ] {
        assert_eq!(post(&gateway, path, body.clone()).await.status, status);
        let record = next(&mut records).await;
        assert_eq!(
            (record.status, record.outcome),
            (Some(status), Outcome::Refused)
        );
        assert_eq!(record.model.as_deref(), model, "{body}");
        assert_eq!(record.deployment.as_deref(), deployment, "{body}");
        assert_eq!(record.usage, None);
    }
    let wrong = http()
        .post(format!("{}/v1/messages", gateway.url()))
        .header("x-api-key", "canary-wrong")
        .header("content-type", "application/json")
        .body(question(ALIAS, false));
    assert_eq!(receive(wrong).await.status, 401);
    assert_eq!(post(&gateway, "/nowhere", "").await.status, 404);
    // Both would have come before this one.
    post(&gateway, "/v1/messages", question("last", false)).await;
    assert_eq!(next(&mut records).await.model.as_deref(), Some("last"));
}

#[tokio::test]
async fn what_breaks_off_is_told_as_broken_with_what_it_used_so_far() {
    for (path, stream) in [
        ("/v1/messages", question(ALIAS, true)),
        ("/v1/chat/completions", chat(true)),
    ] {
        for pieces in [
            chunked(&[START, TEXT].map(str::as_bytes), true),
            chunked(&[START, TEXT].map(str::as_bytes), false),
            chunked(&[START, TEXT, ERROR].map(str::as_bytes), true),
        ] {
            let upstream = Upstream::start(vec![Reply::Pieces(pieces)]).await;
            let (gateway, mut records) = telling(upstream.url(), 8).await;
            let came = post(&gateway, path, stream.clone()).await;
            assert_eq!(came.status, 200);
            let record = next(&mut records).await;
            assert_eq!(
                (record.status, record.outcome),
                (Some(200), Outcome::BrokeOff)
            );
            assert_eq!(counts(&record), Some((5, 18, 1)), "{path}");
        }
    }
}

#[tokio::test]
async fn who_goes_away_is_told_wherever_it_was() {
    // Before there is an answer.
    let silent = Upstream::start(vec![Reply::Hold(Vec::new())]).await;
    let (gateway, mut records) = telling(silent.url(), 8).await;
    let stream = asking(gateway.address()).await;
    silent.was_asked().await;
    drop(stream);
    let record = next(&mut records).await;
    assert_eq!((record.status, record.outcome), (None, Outcome::CallerLeft));
    assert_eq!(record.deployment.as_deref(), Some(DEPLOYMENT));
    // Within it.
    let mut begun = head("200 OK", &[SSE]);
    begun.push_str("\r\n");
    begun.push_str(START);
    let mut held = Upstream::start(vec![Reply::Hold(begun.clone().into_bytes())]).await;
    let (gateway, mut records) = telling(held.url(), 8).await;
    let mut stream = asking(gateway.address()).await;
    until(&mut stream, "\"output_tokens\":1").await;
    drop(stream);
    held.was_closed().await;
    let record = next(&mut records).await;
    assert_eq!(
        (record.status, record.outcome),
        (Some(200), Outcome::CallerLeft)
    );
    assert_eq!(counts(&record), Some((5, 18, 1)));
    // After all of it was said, and before the resource closed.
    begun.push_str(TEXT);
    begun.push_str(END);
    let mut held = Upstream::start(vec![Reply::Hold(begun.into_bytes())]).await;
    let (gateway, mut records) = telling(held.url(), 8).await;
    let mut stream = asking(gateway.address()).await;
    until(&mut stream, "message_stop\"}").await;
    drop(stream);
    held.was_closed().await;
    let record = next(&mut records).await;
    assert_eq!(
        (record.status, record.outcome),
        (Some(200), Outcome::Answered)
    );
    assert_eq!(counts(&record), Some((5, 18, 9)));
}

/// Reads until this was said.
async fn until(stream: &mut tokio::net::TcpStream, last: &str) {
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains(last) {
        let read = stream.read_buf(&mut said);
        let read = tokio::time::timeout(HANGS, read).await.unwrap().unwrap();
        assert!(read > 0, "{}", String::from_utf8_lossy(&said));
    }
}

#[tokio::test]
async fn the_one_that_answered_is_told_and_not_the_one_that_failed() {
    let bad = Upstream::saying("529 Overloaded", &[JSON, ("retry-after", "30")], "{}").await;
    let fine = Upstream::saying("200 OK", &[JSON], WHOLE).await;
    let mut catalogue = Catalogue::default();
    for (url, name) in [(bad.url(), "first"), (fine.url(), "second")] {
        catalogue.add(ALIAS.to_owned(), deployment(url, name, options()));
    }
    let (recorder, mut records) = mpsc::channel(8);
    let gateway = serve(Gateway {
        recorder: Some(recorder),
        ..lending(catalogue, None)
    })
    .await;
    for path in ["/v1/messages", "/v1/chat/completions"] {
        let came = post(&gateway, path, question(ALIAS, false)).await;
        assert_eq!(came.status, 200, "{}", came.text());
        let record = next(&mut records).await;
        assert_eq!(record.deployment.as_deref(), Some("second"));
        assert_eq!((record.key, record.outcome), (None, Outcome::Answered));
    }
    assert_eq!(bad.got().len(), 1);
}

#[tokio::test]
async fn what_one_used_that_broke_off_is_not_counted_for_another() {
    let pieces = chunked(&[START, ERROR].map(str::as_bytes), true);
    let begun = Upstream::start(vec![Reply::Pieces(pieces)]).await;
    let start = START.replace(
        "\"input_tokens\":5,\"cache_read_input_tokens\":6,\"cache_creation_input_tokens\":7",
        "\"input_tokens\":1",
    );
    let pieces = chunked(&[start.as_str(), TEXT, END].map(str::as_bytes), true);
    let fine = Upstream::start(vec![Reply::Pieces(pieces)]).await;
    let mut catalogue = Catalogue::default();
    for (url, name) in [(begun.url(), "first"), (fine.url(), "second")] {
        catalogue.add(ALIAS.to_owned(), deployment(url, name, options()));
    }
    let (recorder, mut records) = mpsc::channel(8);
    let gateway = serve(Gateway {
        recorder: Some(recorder),
        ..lending(catalogue, None)
    })
    .await;
    let came = post(&gateway, "/v1/chat/completions", chat(true)).await;
    assert_eq!(came.status, 200, "{}", came.text());
    assert_eq!(begun.got().len(), 1);
    let record = next(&mut records).await;
    assert_eq!(record.deployment.as_deref(), Some("second"));
    assert_eq!(counts(&record), Some((1, 1, 9)));
}

#[tokio::test]
async fn nobody_waits_for_whoever_does_not_take_the_records() {
    let upstream = Upstream::saying("200 OK", &[JSON], WHOLE).await;
    let (gateway, mut records) = telling(upstream.url(), 1).await;
    for _ in 0..20 {
        let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
        assert_eq!(came.status, 200);
    }
    // The first was kept, and of the others as many as came soon enough.
    assert_eq!(next(&mut records).await.status, Some(200));
    drop(records);
    let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    assert_eq!(came.status, 200);
    assert_eq!(upstream.got().len(), 21);
}

#[tokio::test]
async fn names_are_told_up_to_a_length() {
    let upstream = Upstream::saying("200 OK", &[JSON], WHOLE).await;
    let (gateway, mut records) = telling(upstream.url(), 8).await;
    let long = "ä".repeat(100_000);
    for path in ["/v1/messages", "/v1/chat/completions"] {
        assert_eq!(
            post(&gateway, path, question(&long, false)).await.status,
            404
        );
        let model = next(&mut records).await.model.unwrap();
        assert!(
            model.starts_with("ää") && model.len() <= 512,
            "{}",
            model.len()
        );
    }
}

#[tokio::test]
async fn the_emulators_answer_is_told_with_its_own_counts() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let (gateway, mut records) = telling(&emulator.url(), 8).await;
    for stream in [false, true] {
        emulator.next(Script::reply(["Hello ", "there."]));
        let came = post(&gateway, "/v1/messages", question(ALIAS, stream)).await;
        assert!(came.whole && came.status == 200);
        let record = next(&mut records).await;
        let (input, total, output) = counts(&record).unwrap();
        assert!(input > 0 && total >= input && output > 0, "{record:?}");
        let said = came.text();
        assert!(
            said.contains(&format!("\"output_tokens\":{output}")),
            "{said}"
        );
        assert!(
            said.contains(&format!("\"input_tokens\":{input}")),
            "{said}"
        );
    }
    let answered = |log: &[hearth_emulator::Exchange]| {
        log.iter()
            .filter(|it| it.ending == Some(Ending::Answered))
            .count()
            == 2
    };
    emulator.wait_for(answered).await.unwrap();
}
