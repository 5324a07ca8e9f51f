//! Several deployments of one name: asked in turn, and one for the other.

use hearth_foundry::ClientOptions;
use hearth_gateway::{Limits, Serving};

use crate::support::{ALIAS, in_front_of, options, post, question, with};
use crate::upstream::{JSON, Reply, SSE, Upstream, chunked, whole};

const MESSAGE: &str = r#"{"type":"message","content":[],"stop_reason":"end_turn"}"#;

async fn good() -> Upstream {
    Upstream::saying("200 OK", &[JSON], MESSAGE).await
}

async fn ask(gateway: &Serving) -> u16 {
    post(gateway, "/v1/messages", question(ALIAS, false))
        .await
        .status
}

/// Nobody is asked twice.
fn once() -> ClientOptions {
    ClientOptions {
        max_attempts: 1,
        ..options()
    }
}

#[tokio::test]
async fn deployments_of_one_name_are_asked_in_turn() {
    let (one, two, three) = (good().await, good().await, good().await);
    let gateway = in_front_of(&[one.url(), two.url(), three.url()]).await;
    for _ in 0..9 {
        assert_eq!(ask(&gateway).await, 200);
    }
    for upstream in [one, two, three] {
        assert_eq!(upstream.got().len(), 3);
    }
}

#[tokio::test]
async fn another_is_asked_for_one_that_fails_and_the_failed_one_last_for_a_while() {
    for (status, headers, body) in [
        ("401 Unauthorized", &[JSON][..], "{}"),
        ("403 Forbidden", &[JSON], "{}"),
        ("404 Not Found", &[JSON], "{}"),
        ("408 Request Timeout", &[JSON], "{}"),
        (
            "429 Too Many Requests",
            &[JSON, ("retry-after", "30")],
            "{}",
        ),
        ("500 Internal Server Error", &[JSON], "{}"),
        ("503 Service Unavailable", &[JSON], "{}"),
        ("529 Overloaded", &[JSON], "{}"),
        ("302 Found", &[("location", "http://127.0.0.1:1/")], ""),
        (
            "200 OK",
            &[("content-type", "text/html")],
            "<title>Sign in</title>",
        ),
        (
            "200 OK",
            &[JSON],
            r#"{"type":"error","error":{"type":"api_error"}}"#,
        ),
        (
            "200 OK",
            &[JSON],
            r#"{"type":"error","error":{"type":"authentication_error"}}"#,
        ),
    ] {
        let (bad, fine) = (Upstream::saying(status, headers, body).await, good().await);
        let gateway = with(&[bad.url(), fine.url()], once(), Limits::default()).await;
        for _ in 0..5 {
            assert_eq!(ask(&gateway).await, 200, "{status}");
        }
        assert_eq!(bad.got().len(), 1, "{status}: asked last while it cools");
        assert_eq!(fine.got().len(), 5);
    }
}

#[tokio::test]
async fn one_that_answered_again_has_its_turn_again() {
    let busy = whole("529 Overloaded", &[JSON, ("retry-after", "30")], "{}");
    let fine = whole("200 OK", &[JSON], MESSAGE);
    let replies = |order: [&Vec<u8>; 3]| order.map(|it| Reply::Pieces(vec![it.clone()])).into();
    let one = Upstream::start(replies([&busy, &fine, &fine])).await;
    let two = Upstream::start(replies([&fine, &busy, &fine])).await;
    let gateway = with(&[one.url(), two.url()], once(), Limits::default()).await;
    for _ in 0..4 {
        assert_eq!(ask(&gateway).await, 200);
    }
    // The first answered when the second failed, and so only the second is asked last.
    assert_eq!((one.got().len(), two.got().len()), (4, 2));
}

#[tokio::test]
async fn another_is_asked_where_nobody_answers() {
    let fine = good().await;
    let gateway = with(
        &["http://127.0.0.1:1", fine.url()],
        once(),
        Limits::default(),
    )
    .await;
    assert_eq!(ask(&gateway).await, 200);
    assert_eq!(fine.got().len(), 1);
}

#[tokio::test]
async fn what_is_wrong_everywhere_or_paid_for_is_asked_once() {
    for reply in [
        whole(
            "400 Bad Request",
            &[JSON],
            r#"{"error":{"type":"invalid_request_error","message":"x"}}"#,
        ),
        whole("413 Payload Too Large", &[JSON], "{}"),
        // Half of an answer was written.
        whole("200 OK", &[JSON], MESSAGE)[..100].to_vec(),
        whole(
            "200 OK",
            &[JSON],
            r#"{"type":"error","error":{"type":"invalid_request_error"}}"#,
        ),
        whole("200 OK", &[SSE], "event: message_stop\ndata: {}\n\n"),
    ] {
        let said = String::from_utf8_lossy(&reply).into_owned();
        let bad = Upstream::start(vec![Reply::Pieces(vec![reply])]).await;
        let fine = good().await;
        let gateway = in_front_of(&[bad.url(), fine.url()]).await;
        assert!(ask(&gateway).await >= 400, "{said}");
        assert_eq!((bad.got().len(), fine.got().len()), (1, 0), "{said}");
    }
}

#[tokio::test]
async fn one_alone_is_asked_again_after_what_passes() {
    let busy = whole("529 Overloaded", &[JSON, ("retry-after-ms", "1")], "{}");
    let fine = whole("200 OK", &[JSON], MESSAGE);
    let upstream = Upstream::start(vec![
        Reply::Pieces(vec![busy.clone()]),
        Reply::Pieces(vec![busy.clone()]),
        Reply::Pieces(vec![fine]),
    ])
    .await;
    let gateway = in_front_of(&[upstream.url()]).await;
    assert_eq!(ask(&gateway).await, 200);
    assert_eq!(upstream.got().len(), 3);
    // As often as a chat would, and not more.
    let upstream = Upstream::start(vec![Reply::Pieces(vec![busy])]).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    assert_eq!(ask(&gateway).await, 529);
    assert_eq!(upstream.got().len(), 4);
}

#[tokio::test]
async fn a_wait_that_is_too_long_is_told_and_not_waited_for() {
    let headers = [JSON, ("retry-after", "3600")];
    let upstream = Upstream::saying("429 Too Many Requests", &headers, "{}").await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
    assert_eq!(
        (came.status, came.header("retry-after")),
        (429, Some("3600"))
    );
    assert_eq!(upstream.got().len(), 1);
}

#[tokio::test]
async fn of_several_failures_the_one_is_told_that_passes() {
    let limited = Upstream::saying(
        "429 Too Many Requests",
        &[JSON, ("retry-after", "3600")],
        "{}",
    )
    .await;
    let refused = Upstream::saying("401 Unauthorized", &[JSON], "{}").await;
    let gateway = with(&[limited.url(), refused.url()], once(), Limits::default()).await;
    for _ in 0..2 {
        let came = post(&gateway, "/v1/messages", question(ALIAS, false)).await;
        assert_eq!(came.status, 429);
    }
}

#[tokio::test]
async fn a_stream_that_gave_nothing_is_asked_for_elsewhere() {
    let empty = Upstream::start(vec![Reply::Pieces(chunked(&[], true))]).await;
    let stop = b"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n";
    let fine = Upstream::start(vec![Reply::Pieces(chunked(&[stop], true))]).await;
    let gateway = with(&[empty.url(), fine.url()], once(), Limits::default()).await;
    let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
    assert_eq!((came.status, came.body.as_slice()), (200, &stop[..]));
}
