//! Answers in one piece: the same steps as a stream, and the same failures.

use std::time::Duration;

use futures_util::StreamExt;
use hearth_foundry::{Category, Client, ClientOptions, Failure, Oddity, Progress};
use hearth_wire::Assembler;

use crate::server::{END, Reply, START, Server, TEXT, chunked, ended, head, refused, response};
use crate::support::{Course, client, follow, once, question, target, whole};

const JSON: (&str, &str) = ("content-type", "application/json; charset=utf-8");
const MESSAGE: &str = r#"{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Hi","later":1.50}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":2}}"#;

async fn course(reply: Reply) -> (Course, Server) {
    let server = Server::start(vec![reply]).await;
    let course = follow(client().stream(&target(&server.url()), whole("d"))).await;
    (course, server)
}

#[tokio::test]
async fn it_is_told_as_a_stream_would_have_been() {
    let headers = [JSON, ("request-id", "req_9")];
    let server = Server::start(vec![Reply::Fin(response("200 OK", &headers, MESSAGE))]).await;
    let target = target(&server.url());
    let steps: Vec<_> = client().stream(&target, whole("d")).collect().await;
    assert_eq!(steps[0], Ok(Progress::Asking { attempt: 1 }));
    let Ok(Progress::Opened { request_id, .. }) = &steps[1] else {
        panic!("{steps:?}");
    };
    assert_eq!(request_id.as_deref(), Some("req_9"));
    let mut assembler = Assembler::default();
    for step in &steps[2..] {
        let Ok(Progress::Event { event, .. }) = step else {
            panic!("{step:?}");
        };
        assembler.push(event).unwrap();
    }
    let answer = assembler.finish();
    let block = r#"{"type":"text","text":"Hi","later":1.50}"#;
    assert_eq!(answer.blocks[0].block.json(), block);
    assert!(answer.ended && answer.blocks.len() == 1);
    assert_eq!(answer.usage.output_tokens, Some(2));

    let request = &server.requests()[0];
    assert_eq!(request.header("accept"), Some("application/json"));
    assert!(!request.body.contains("\"stream\""), "{}", request.body);
}

#[tokio::test]
async fn what_is_no_answer_is_a_failure_and_is_asked_for_once() {
    let full = response("200 OK", &[JSON], MESSAGE);
    let html = [("content-type", "text/html")];
    let odd = Category::UnexpectedAnswer;
    for (name, bytes, category) in [
        ("a page", response("200 OK", &html, "<p>"), odd),
        ("empty", response("200 OK", &[JSON], ""), odd),
        (
            "another object",
            response("200 OK", &[JSON], "{\"hello\":1}"),
            odd,
        ),
        ("half", response("200 OK", &[JSON], &MESSAGE[..60]), odd),
        (
            "two",
            response("200 OK", &[JSON], format!("{MESSAGE}{MESSAGE}")),
            odd,
        ),
        ("cut", full[..full.len() - 3].to_vec(), Category::Cut),
    ] {
        for (reply, reset) in [
            (Reply::Fin(bytes.clone()), false),
            (Reply::Reset(bytes), true),
        ] {
            let (course, server) = course(reply).await;
            assert_eq!(server.requests().len(), 1, "{name}");
            assert!(!course.steps().contains(&"stop"), "{name}: {course:?}");
            let failure = course.failure();
            // A reset may overtake the end of a body whose length is known.
            let overtaken = reset && failure.category() == Category::Cut;
            assert!(
                failure.category() == category || overtaken,
                "{name}: {failure:?}"
            );
        }
    }
    let (course, _server) = course(Reply::Fin(response("200 OK", &[JSON], "[\"no\"]"))).await;
    assert!(matches!(
        course.failure(),
        Failure::Unexpected {
            what: Oddity::Unreadable(_),
            ..
        }
    ));
}

#[tokio::test]
async fn an_answer_that_does_not_say_why_it_ended_is_cut_and_kept() {
    let open = MESSAGE.replace("\"end_turn\"", "null");
    let (course, server) = course(Reply::Fin(response("200 OK", &[JSON], open))).await;
    assert!(!course.steps().contains(&"stop"));
    assert_eq!(course.failure(), Failure::Cut);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn refusals_and_errors_are_tried_again_and_cuts_of_the_body_are_not() {
    let server = Server::start(vec![refused("529 Overloaded", "overloaded_error")]).await;
    let course = follow(client().stream(&target(&server.url()), whole("d"))).await;
    let Failure::Rejected(rejection) = course.failure() else {
        panic!("not a refusal")
    };
    assert_eq!((rejection.attempts, server.requests().len()), (4, 4));

    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"Sorry"}}"#;
    let good = Reply::Fin(response("200 OK", &[JSON], MESSAGE));
    let server = Server::start(vec![
        Reply::Fin(response("200 OK", &[JSON], error)),
        Reply::Fin(Vec::new()),
        good,
    ])
    .await;
    let course = follow(client().stream(&target(&server.url()), whole("d"))).await;
    assert_eq!(course.failure, None);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn it_has_ten_minutes_in_all_and_a_limit_of_size() {
    assert_eq!(
        ClientOptions::default().whole_timeout,
        Duration::from_secs(600)
    );
    let options = ClientOptions {
        whole_timeout: Duration::from_secs(1),
        ..ClientOptions::default()
    };
    let impatient = Client::new(options).unwrap();
    let half = response("200 OK", &[JSON], MESSAGE)[..200].to_vec();
    for bytes in [Vec::new(), half] {
        let server = Server::start(vec![Reply::Hold(bytes)]).await;
        let course = follow(impatient.stream(&target(&server.url()), whole("d"))).await;
        assert_eq!(course.failure(), Failure::Stalled);
        assert_eq!(server.requests().len(), 1);
        server.client_closed().await;
    }
    // Bytes that trickle are no silence, and an end to them is none to wait for.
    let start = format!("{}{{\"content\":\"", head("200 OK", &[JSON]));
    let server = Server::start(vec![Reply::Endless(start.into_bytes(), vec![b'x'; 65536])]).await;
    let course = follow(once().stream(&target(&server.url()), whole("d"))).await;
    let Failure::Unexpected { what, .. } = course.failure() else {
        panic!("not unexpected")
    };
    assert_eq!(what, Oddity::TooLong);
    server.client_closed().await;
}

#[tokio::test]
async fn whoever_answers_in_the_other_form_is_understood() {
    let stream = ended(chunked(&[], &format!("{START}{TEXT}{END}")));
    let (streamed, _server) = course(Reply::Fin(stream)).await;
    assert_eq!(
        (streamed.steps.last().unwrap().as_str(), streamed.failure),
        ("stop", None)
    );

    let server = Server::start(vec![Reply::Fin(response("200 OK", &[JSON], MESSAGE))]).await;
    let told = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(
        (told.steps.last().unwrap().as_str(), told.failure),
        ("stop", None)
    );

    let bare = |body: String| Reply::Fin(response("200 OK", &[], body));
    let (whole, _server) = course(bare(MESSAGE.to_owned())).await;
    assert_eq!(whole.failure, None);
    // Without a content type, what was asked for is expected.
    let (events, _server) = course(bare(format!("{START}{TEXT}{END}"))).await;
    assert_eq!(events.failure().category(), Category::UnexpectedAnswer);
    // What begins as an object is no stream all the same, behind whatever may stand before one.
    for before in ["", "\n", "\r\n \t", "\u{FEFF}", "\u{FEFF}\n"] {
        let server = Server::start(vec![bare(format!("{before}{MESSAGE}"))]).await;
        let told = follow(client().stream(&target(&server.url()), question("d"))).await;
        assert_eq!(
            (told.steps.last().unwrap().as_str(), told.failure),
            ("stop", None),
            "{before:?}"
        );
        let stream = format!("{before}{START}{TEXT}{END}");
        let server = Server::start(vec![bare(stream)]).await;
        let told = follow(client().stream(&target(&server.url()), question("d"))).await;
        let last = told.steps.last().map(String::as_str);
        assert_eq!((last, told.failure), (Some("stop"), None), "{before:?}");
    }
    for nothing in ["", "\n", " ", "\u{FEFF}"] {
        let server = Server::start(vec![bare(nothing.to_owned())]).await;
        let told = follow(client().stream(&target(&server.url()), question("d"))).await;
        assert_eq!(told.failure().category(), Category::UnexpectedAnswer);
    }
}
