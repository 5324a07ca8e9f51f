//! Answers that were written and cost the same: passed on where they can be read at all, told for
//! what they are where not, and never asked for twice.

use hearth_gateway::Limits;

use crate::support::{ALIAS, in_front_of, options, post, question, with};
use crate::upstream::{JSON, Reply, Upstream, chunked, head};

const PATHS: [&str; 2] = ["/v1/messages", "/v1/chat/completions"];
const MESSAGE: &str = r#"{"type":"message","model":"one","model":"claude-sonnet-5-5","content":[{"type":"text","text":"paid"}],"stop_reason":"end_turn","usage":{"input_tokens":1},"usage":{"input_tokens":5,"output_tokens":9}}"#;

/// A reply in one piece of these bytes.
fn whole(headers: &[(&str, &str)], body: &[u8]) -> Reply {
    let mut reply = head("200 OK", headers);
    reply.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    Reply::Pieces(vec![[reply.as_bytes(), body].concat()])
}

#[tokio::test]
async fn what_can_be_read_in_spite_of_what_is_wrong_with_it_is_passed_on() {
    let mark = [b"\xEF\xBB\xBF".as_slice(), MESSAGE.as_bytes()].concat();
    let mut bad = MESSAGE.as_bytes().to_vec();
    let within = MESSAGE.find("paid").unwrap() + 4;
    bad.insert(within, 0xFF);
    let mut bad_name = MESSAGE.as_bytes().to_vec();
    bad_name.insert(1, b'"');
    bad_name.splice(2..2, *b"\xFE\":\"\xFF\",");
    for (name, body) in [
        ("a byte order mark", mark),
        ("a byte that is no text", bad),
        ("a name that is no text", bad_name),
        (
            "members that stand there twice",
            MESSAGE.as_bytes().to_vec(),
        ),
    ] {
        for headers in [&[JSON][..], &[]] {
            let upstream = Upstream::start(vec![whole(headers, &body)]).await;
            let gateway = in_front_of(&[upstream.url()]).await;
            for path in PATHS {
                let came = post(&gateway, path, question(ALIAS, false)).await;
                assert_eq!(came.status, 200, "{name} {path}: {}", came.text());
                assert!(came.text().contains("paid"), "{name}: {}", came.text());
                if path == PATHS[0] {
                    assert_eq!(came.body, body, "{name}");
                }
            }
            assert_eq!(upstream.got().len(), 2, "{name}");
        }
    }
}

#[tokio::test]
async fn a_count_is_one_in_spite_of_what_is_wrong_with_it() {
    let mark = b"\xEF\xBB\xBF{\"input_tokens\":7}".as_slice();
    let bad = b"{\"\xFF\":1,\"input_tokens\":1,\"input_tokens\":7}";
    for (body, expected) in [(mark, 200), (bad, 200), (b"{\"input_tokens\":\"7\"}", 502)] {
        let upstream = Upstream::start(vec![whole(&[JSON], body)]).await;
        let gateway = in_front_of(&[upstream.url()]).await;
        let path = "/v1/messages/count_tokens";
        let came = post(&gateway, path, question(ALIAS, false)).await;
        assert_eq!(came.status, expected, "{}", came.text());
        assert_eq!(came.body == body, expected == 200);
    }
}

#[tokio::test]
async fn an_error_with_a_status_of_success_has_its_own_type_and_words() {
    let error = |kind: &str| {
        format!("{{\"type\":\"error\",\"error\":{{\"type\":\"{kind}\",\"message\":\"Overmuch\"}}}}")
    };
    let azure =
        |code: &str| format!("{{\"error\":{{\"code\":\"{code}\",\"message\":\"Overmuch\"}}}}");
    for (body, status, kind) in [
        (error("overloaded_error"), 529, "overloaded_error"),
        (error("invalid_request_error"), 400, "invalid_request_error"),
        (error("timeout_error"), 504, "timeout_error"),
        (error("billing_error"), 402, "billing_error"),
        (error("a_new_error"), 500, "a_new_error"),
        (azure("429"), 429, "rate_limit_error"),
        (azure("200"), 502, "api_error"),
    ] {
        for headers in [
            &[JSON, ("request-id", "req_9")][..],
            &[("request-id", "req_9")],
        ] {
            let reply = whole(headers, body.as_bytes());
            let upstream = Upstream::start(vec![reply]).await;
            let options = hearth_foundry::ClientOptions {
                max_attempts: 1,
                ..options()
            };
            let gateway = with(&[upstream.url()], options, Limits::default()).await;
            for path in PATHS {
                for stream in [false, true] {
                    let came = post(&gateway, path, question(ALIAS, stream)).await;
                    let said = format!("{path} {stream} {headers:?} {}", came.text());
                    assert_eq!(came.status, status, "{said}");
                    assert_eq!(came.header("request-id"), Some("req_9"), "{said}");
                    let json = came.json();
                    assert_eq!(json["error"]["message"], "Overmuch", "{said}");
                    if path == PATHS[0] {
                        assert_eq!(json["type"], "error", "{said}");
                        assert_eq!(json["error"]["type"], kind, "{said}");
                    }
                }
            }
        }
    }
}

/// A stream without a content type, in chunks of these.
fn unnamed(pieces: &[&[u8]]) -> Reply {
    let mut reply = chunked(pieces, true);
    let lines = String::from_utf8(reply[0].clone()).unwrap();
    let lines = lines
        .lines()
        .filter(|line| !line.starts_with("content-type"));
    reply[0] = lines
        .fold(String::new(), |all, line| all + line + "\r\n")
        .into_bytes();
    Reply::Pieces(reply)
}

#[tokio::test]
async fn what_came_in_one_piece_without_a_name_is_no_stream_however_it_begins() {
    for before in ["", "\n", "\r\n \t", "\u{FEFF}", "\u{FEFF}\n\n"] {
        let told = format!("{before}{MESSAGE}");
        for size in [1, 3, told.len()] {
            let pieces: Vec<&[u8]> = told.as_bytes().chunks(size).collect();
            let upstream = Upstream::start(vec![unnamed(&pieces)]).await;
            let gateway = in_front_of(&[upstream.url()]).await;
            let came = post(&gateway, PATHS[0], question(ALIAS, true)).await;
            assert_eq!(came.status, 502, "{before:?} {size}: {}", came.text());
            assert!(!came.text().contains("empty"), "{}", came.text());
            // What can be translated is told as a stream would have been.
            let came = post(&gateway, PATHS[1], question(ALIAS, true)).await;
            assert_eq!(came.status, 200, "{before:?} {size}: {}", came.text());
            assert!(came.text().contains("paid"), "{}", came.text());
            assert!(came.text().ends_with("data: [DONE]\n\n"), "{}", came.text());
            assert_eq!(upstream.got().len(), 2);
        }
    }
}

#[tokio::test]
async fn who_answers_in_no_http_may_have_been_paid_and_nobody_else_is_asked() {
    for said in ["SSH-2.0-OpenSSH_9.9\r\n", "HTTP/1.1 abc\r\n\r\n"] {
        for path in PATHS {
            for stream in [false, true] {
                let reply = Reply::Pieces(vec![said.as_bytes().to_vec()]);
                let one = Upstream::start(vec![reply.clone()]).await;
                let two = Upstream::start(vec![reply]).await;
                let gateway = in_front_of(&[one.url(), two.url()]).await;
                let came = post(&gateway, path, question(ALIAS, stream)).await;
                assert_eq!(came.status, 502, "{path} {stream}: {}", came.text());
                let asked = (one.got().len(), two.got().len());
                assert_eq!(asked, (1, 0), "{path} {stream} {said}");
            }
        }
    }
}
