//! Answers that are none, or not whole.

use std::io::Write;
use std::time::Duration;

use hearth_foundry::{Category, Failure, Oddity};

use crate::server::{END, Reply, SSE, START, Server, TEXT, chunked, ended, head, response};
use crate::support::{Course, client, follow, impatient, once, question, target};

async fn course(reply: Reply) -> Course {
    let server = Server::start(vec![reply]).await;
    follow(once().stream(&target(&server.url()), question("d"))).await
}

#[tokio::test]
async fn an_end_without_message_stop_is_a_cut() {
    let whole = format!("{START}{TEXT}{END}");
    let without_stop = whole.rsplit_once("event: message_stop").unwrap().0;
    for (name, body) in [
        ("between events", without_stop.to_owned()),
        ("inside an event", whole[..whole.len() - 12].to_owned()),
        (
            "before the last empty line",
            whole[..whole.len() - 1].to_owned(),
        ),
        ("after the first event", START.to_owned()),
    ] {
        for (end, reply) in [
            ("orderly", Reply::Fin(ended(chunked(&[], &body)))),
            ("fin", Reply::Fin(chunked(&[], &body))),
            ("reset", Reply::Reset(chunked(&[], &body))),
        ] {
            let course = course(reply).await;
            assert!(!course.steps().contains(&"stop"), "{name}, {end}");
            assert_eq!(course.failure(), Failure::Cut, "{name}, {end}");
        }
    }
}

#[tokio::test]
async fn silence_is_a_stall_before_the_head_and_in_the_middle() {
    let client = impatient(Duration::from_secs(1));
    for (bytes, steps) in [
        (Vec::new(), vec!["ask 1"]),
        (chunked(&[], START), vec!["ask 1", "open"]),
        (
            chunked(&[], &format!("{START}{TEXT}")),
            vec!["ask 1", "open", "text Hi"],
        ),
    ] {
        let server = Server::start(vec![Reply::Hold(bytes)]).await;
        let course = follow(client.stream(&target(&server.url()), question("d"))).await;
        assert_eq!(course.steps(), steps);
        assert_eq!(course.failure(), Failure::Stalled);
        assert_eq!(server.requests().len(), 1);
        server.client_closed().await;
    }
}

#[tokio::test]
async fn what_is_not_a_stream_of_events_says_what_it_is() {
    let page = "<html><head><title>Sign in to\n Contoso Wi-Fi</title></head><body>…</body></html>";
    let html = [("content-type", "text/html"), ("request-id", "req_7")];
    let Failure::Unexpected { what, ids } = course(Reply::Fin(response("200 OK", &html, page)))
        .await
        .failure()
    else {
        panic!("not unexpected");
    };
    let beginning = "Sign in to Contoso Wi-Fi".to_owned();
    assert_eq!(
        what,
        Oddity::OtherContent {
            content_type: "text/html".into(),
            beginning
        }
    );
    assert_eq!(ids.request_id.as_deref(), Some("req_7"));

    let json = [("content-type", "application/json")];
    let what = |failure| match failure {
        Failure::Unexpected { what, .. } => what,
        other => panic!("{other:?}"),
    };
    for reply in [
        response("200 OK", &json, ""),
        response("200 OK", &[SSE], ""),
        response("204 No Content", &[], ""),
    ] {
        assert_eq!(
            what(course(Reply::Fin(reply)).await.failure()),
            Oddity::Empty
        );
    }
}

#[tokio::test]
async fn an_event_that_cannot_be_read_ends_the_answer() {
    let bad = format!(
        "{START}{TEXT}event: content_block_delta\ndata: {{\"type\":\"content_block_d\n\n{END}"
    );
    let course = course(Reply::Fin(ended(chunked(&[], &bad)))).await;
    assert_eq!(course.steps(), ["ask 1", "open", "text Hi"]);
    assert_eq!(course.failure().category(), Category::UnexpectedAnswer);
}

#[tokio::test]
async fn a_byte_order_mark_crlf_unknown_events_and_a_missing_content_type_are_no_trouble() {
    let unknown = "event: mood\ndata: {\"type\":\"mood\",\"is\":\"good\"}\n\nevent: empty\ndata\n\n: comment\n\n";
    let body = format!("\u{feff}{START}{unknown}{TEXT}{END}data: [DONE]\n\n").replace('\n', "\r\n");
    let bare = format!("{}{body}", head("200 OK", &[])).into_bytes();
    for bytes in [ended(chunked(&[], &body)), bare] {
        let course = course(Reply::Fin(bytes)).await;
        assert_eq!(
            (course.steps.last().map(String::as_str), course.failure),
            (Some("stop"), None)
        );
    }
}

#[tokio::test]
async fn gzip_is_read_and_half_of_it_is_a_cut() {
    // Text that does not compress, so that half of the bytes hold some of the events.
    let noise: String = (0_u32..4000)
        .map(|n| format!("{:x}", n.wrapping_mul(2_654_435_761)))
        .collect();
    let delta = TEXT.replace("\"text\":\"Hi\"", &format!("\"text\":\"{noise}\""));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(format!("{START}{TEXT}{delta}{END}").as_bytes())
        .unwrap();
    let packed = gzip.finish().unwrap();
    let headers = [SSE, ("content-encoding", "gzip")];

    let whole = course(Reply::Fin(response("200 OK", &headers, &packed))).await;
    assert_eq!(
        (whole.steps.last().map(String::as_str), whole.failure),
        (Some("stop"), None)
    );

    let half = course(Reply::Fin(response(
        "200 OK",
        &headers,
        &packed[..packed.len() / 2],
    )))
    .await;
    assert_eq!(half.failure(), Failure::Cut);
}

#[tokio::test]
async fn a_line_without_end_is_given_up_at_16_mib() {
    let start = format!("{}{START}{TEXT}data: ", head("200 OK", &[SSE]));
    let server = Server::start(vec![Reply::Endless(
        start.into_bytes(),
        vec![b'x'; 64 * 1024],
    )])
    .await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    let Failure::Unexpected { what, .. } = course.failure() else {
        panic!("not unexpected")
    };
    assert_eq!(what, Oddity::TooLong);
    // What was written and not read lies in the sockets' buffers; the client held 16 MiB of it.
    let written = server.client_closed().await;
    assert!((16 << 20..48 << 20).contains(&written), "{written} bytes");
}

#[tokio::test]
async fn a_refusal_keeps_its_facts_in_both_shapes() {
    let azure = "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for this resource does not exist.\"}}";
    let headers = [
        ("apim-request-id", "apim-3"),
        ("content-type", "application/json"),
    ];
    let Failure::Rejected(refusal) = course(Reply::Fin(response("404 Not Found", &headers, azure)))
        .await
        .failure()
    else {
        panic!("not a refusal");
    };
    assert_eq!(
        (refusal.status, refusal.code.as_deref()),
        (404, Some("DeploymentNotFound"))
    );
    assert_eq!(
        refusal.message,
        "The API deployment for this resource does not exist."
    );
    assert_eq!(
        (refusal.apim_request_id.as_deref(), refusal.attempts),
        (Some("apim-3"), 1)
    );

    let own = "{\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":\"temperature: Extra inputs are not permitted\"},\"request_id\":\"req_body\"}";
    let Failure::Rejected(refusal) = course(Reply::Fin(response("400 Bad Request", &[], own)))
        .await
        .failure()
    else {
        panic!("not a refusal");
    };
    assert_eq!(refusal.kind.as_deref(), Some("invalid_request_error"));
    assert_eq!(refusal.request_id.as_deref(), Some("req_body"));
}

#[tokio::test]
async fn a_refusal_that_is_no_api_error_says_what_it_can() {
    for (body, message) in [
        (
            "<html><title>502 Bad Gateway</title><h1>nginx</h1></html>",
            "502 Bad Gateway",
        ),
        ("<html><h1>nginx</h1></html>", "Bad Gateway"),
        ("", "Bad Gateway"),
        ("upstream  connect\nerror", "upstream connect error"),
    ] {
        let Failure::Rejected(refusal) = course(Reply::Fin(response("502 Bad Gateway", &[], body)))
            .await
            .failure()
        else {
            panic!("not a refusal");
        };
        assert_eq!(refusal.message, message);
    }
    // A huge explanation is not read to its end, nor waited for.
    let start = head("500 Oops", &[]).into_bytes();
    let server = Server::start(vec![Reply::Endless(start, vec![b'x'; 64 * 1024])]).await;
    let course = follow(once().stream(&target(&server.url()), question("d"))).await;
    let Failure::Rejected(refusal) = course.failure() else {
        panic!("not a refusal")
    };
    assert_eq!(refusal.message.len(), 300);
    server.client_closed().await;
}

#[tokio::test]
async fn wherever_an_answer_is_cut_what_came_is_its_beginning() {
    let deltas: String = ["Grüße", ", ", "世界", " 👋"]
        .map(|text| TEXT.split_once("\n\n").unwrap().1.replace("Hi", text))
        .concat();
    let body = format!("{START}{TEXT}{deltas}{END}");
    let whole = course(Reply::Fin(ended(chunked(&[], &body)))).await;
    let texts = |course: &Course| -> Vec<String> {
        course
            .steps
            .iter()
            .filter(|step| step.starts_with("text"))
            .cloned()
            .collect()
    };
    let all = texts(&whole);
    assert_eq!(all.len(), 5);

    let bytes = chunked(&[], &body);
    let start = bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .unwrap()
        + 4;
    // Each server takes its cuts one after the other; 3 is no divisor of any event's length.
    for reset in [false, true] {
        let offsets: Vec<usize> = (start..bytes.len() - 4).step_by(3).collect();
        let cut = |at: &usize| {
            let kept = bytes[..*at].to_vec();
            if reset {
                Reply::Reset(kept)
            } else {
                Reply::Fin(kept)
            }
        };
        let server = Server::start(offsets.iter().map(cut).collect()).await;
        let client = once();
        for at in offsets {
            let course = follow(client.stream(&target(&server.url()), question("d"))).await;
            let seen = texts(&course);
            assert!(all.starts_with(&seen), "cut at {at}: {seen:?}");
            assert!(!course.steps().contains(&"stop"), "cut at {at}");
            assert!(course.failure.is_some(), "cut at {at}");
        }
    }
}
