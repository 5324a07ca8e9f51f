//! What a resource says instead of an answer: whole however long it is, or in words of ours, and
//! never with what the connection was asked with.

use std::time::Duration;

use hearth_foundry::ClientOptions;
use hearth_gateway::{Limits, Serving};

use crate::support::{
    ALIAS, Answer, UPSTREAM_KEY, http, in_front_of, options, post, question, receive, with,
};
use crate::upstream::{JSON, Reply, Upstream, chunked, head, whole};

/// As much of a refusal as is read before any of it is passed on.
const READ_FIRST: usize = 256 * 1024;
/// As much of a refusal as is passed on.
const MOST: usize = 32 * 1024 * 1024;

/// One attempt, and little patience.
fn impatient() -> ClientOptions {
    ClientOptions {
        max_attempts: 1,
        idle_timeout: Duration::from_millis(300),
        whole_timeout: Duration::from_millis(300),
        ..options()
    }
}

/// A refusal that is `length` bytes long and says this at its end.
fn refusal(length: usize, said: &str) -> String {
    let empty =
        "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"\"}}";
    let words = format!(
        "{}{said}",
        "ä".repeat(length.saturating_sub(empty.len() + said.len()) / 2)
    );
    empty.replace("\"\"", &format!("\"{words}\""))
}

async fn ask(gateway: &Serving, path: &str) -> Answer {
    post(gateway, path, question(ALIAS, false)).await
}

#[tokio::test]
async fn a_long_refusal_comes_back_whole() {
    let key = UPSTREAM_KEY.len();
    for length in [
        1000,
        READ_FIRST - 1,
        READ_FIRST,
        READ_FIRST + key,
        3_000_000,
    ] {
        let told = refusal(length, &format!("{UPSTREAM_KEY}."));
        // The key lies across the place to which it is read first, and in pieces.
        let pieces = whole("400 Bad Request", &[JSON], &told);
        let pieces = pieces.chunks(READ_FIRST / 3 + 7).map(<[u8]>::to_vec);
        let upstream = Upstream::start(vec![Reply::Pieces(pieces.collect())]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let came = ask(&gateway, "/v1/messages").await;
        assert_eq!((came.status, came.whole), (400, true), "{length}");
        assert!(told.contains(UPSTREAM_KEY));
        assert!(
            came.text() == told.replace(UPSTREAM_KEY, "<redacted>"),
            "{length}"
        );
        assert_eq!(came.header("content-type"), Some("application/json"));
        let came = ask(&gateway, "/v1/chat/completions").await;
        assert_eq!(came.status, 400, "{length}");
        assert_eq!(came.json()["error"]["type"], "invalid_request_error");
        assert!(!came.text().contains(UPSTREAM_KEY));
        assert_eq!(upstream.got().len(), 2, "{length}");
    }
}

#[tokio::test]
async fn a_refusal_without_an_end_is_cut_off_and_does_not_look_whole() {
    let begun = head("400 Bad Request", &[JSON]) + "\r\n{\"type\":\"error\",\"x\":\"";
    let more = vec![b'x'; 64 * 1024];
    let mut endless = Upstream::start(vec![Reply::Endless(begun.into_bytes(), more)]).await;
    let gateway = in_front_of(&[endless.url()]).await;
    let came = ask(&gateway, "/v1/messages").await;
    assert_eq!((came.status, came.whole), (400, false));
    assert!(came.body.len() <= MOST, "{}", came.body.len());
    assert!(endless.was_closed().await >= MOST);
}

#[tokio::test]
async fn half_a_refusal_is_told_in_our_words_with_its_status() {
    let headers = [
        JSON,
        ("request-id", "req_7"),
        ("retry-after", "9"),
        ("content-encoding", "identity"),
    ];
    let told = refusal(1000, UPSTREAM_KEY);
    for status in ["400 Bad Request", "429 Too Many Requests", "529 "] {
        let mut half = whole(status, &headers, &told);
        half.truncate(half.len() - 4);
        for reply in [Reply::Pieces(vec![half.clone()]), Reply::Hold(half)] {
            let upstream = Upstream::start(vec![reply]).await;
            let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
            let came = ask(&gateway, "/v1/messages").await;
            assert_eq!(came.status.to_string(), status[..3]);
            assert!(came.whole);
            assert_eq!(came.json()["type"], "error", "{}", came.text());
            let message = came.json()["error"]["message"].to_string();
            assert!(message.contains(&status[..3]), "{message}");
            assert!(!came.text().contains(UPSTREAM_KEY), "{message}");
            assert_eq!(came.header("request-id"), Some("req_7"));
            assert_eq!(came.header("retry-after"), Some("9"));
            assert_eq!(came.header("content-type"), Some("application/json"));
            assert_eq!(came.header("content-encoding"), None);
        }
    }
}

#[tokio::test]
async fn who_fails_at_length_is_left_for_another() {
    let begun = head("503 Service Unavailable", &[JSON]) + "\r\n{\"type\":\"error\",\"x\":\"";
    let more = vec![b'x'; 64 * 1024];
    let mut endless = Upstream::start(vec![Reply::Endless(begun.into_bytes(), more)]).await;
    let answer = "{\"content\":[],\"stop_reason\":\"end_turn\"}";
    let fine = Upstream::saying("200 OK", &[JSON], answer).await;
    let gateway = in_front_of(&[endless.url(), fine.url()]).await;
    let came = ask(&gateway, "/v1/messages").await;
    assert_eq!((came.status, came.text().as_str()), (200, answer));
    endless.was_closed().await;
}

#[tokio::test]
async fn an_error_within_a_stream_does_not_repeat_what_was_asked_with() {
    // What the model writes is not touched, whatever it is.
    let before = format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"x\":\"{UPSTREAM_KEY}\"}}\n\n: {UPSTREAM_KEY}\n\n"
    );
    let escaped = UPSTREAM_KEY.replace('-', "\\u002d");
    let words = |key: &str| format!("{{\"message\":\"no: {key}, {key}\",\"type\":\"api_error\"}}");
    for event in [
        "event: error\ndata: {\"type\":\"error\",\"error\":ERROR}\n\n",
        "event: error\r\ndata: {\"error\":ERROR,\"type\":\"error\"}\r\n\r\n",
        "data: {\"type\": \"error\", \"error\": ERROR}\n\n",
    ] {
        for key in [UPSTREAM_KEY, &escaped] {
            let told = format!("{before}{}", event.replace("ERROR", &words(key)));
            let expected = event.replace("ERROR", &words("<redacted>"));
            for size in [1, 2, 3, 7, 64, told.len()] {
                let pieces: Vec<&[u8]> = told.as_bytes().chunks(size).collect();
                let upstream = Upstream::start(vec![Reply::Pieces(chunked(&pieces, true))]).await;
                let gateway = in_front_of(&[upstream.url()]).await;
                let came = post(&gateway, "/v1/messages", question(ALIAS, true)).await;
                assert_eq!((came.status, came.whole), (200, true), "{size}");
                assert_eq!(came.text(), format!("{before}{expected}"), "{size}");
            }
        }
    }
}

#[tokio::test]
async fn what_would_be_refused_again_says_so() {
    let never = ("x-should-retry", "false");
    for (status, more, messages, chat) in [
        ("401 Unauthorized", None, Some("false"), None),
        (
            "401 Unauthorized",
            Some(("x-should-retry", "true")),
            Some("true"),
            Some("true"),
        ),
        ("429 Too Many Requests", None, None, None),
        ("529 Overloaded", Some(never), Some("false"), Some("false")),
    ] {
        let headers: Vec<_> = std::iter::once(JSON).chain(more).collect();
        let upstream = Upstream::saying(status, &headers, &refusal(100, "no")).await;
        let gateway = with(&[upstream.url()], impatient(), Limits::default()).await;
        for (path, expected) in [("/v1/messages", messages), ("/v1/chat/completions", chat)] {
            let came = ask(&gateway, path).await;
            assert_eq!(came.header("x-should-retry"), expected, "{status} {path}");
            let wrong = http().post(format!("{}{path}", gateway.url()));
            let came = receive(wrong.header("authorization", "Bearer wrong")).await;
            assert_eq!(came.status, 401);
            assert_eq!(came.header("x-should-retry"), Some("false"), "{path}");
        }
    }
}
