//! What is sent, and what a good answer becomes.

use std::sync::Arc;

use futures_util::StreamExt;
use hearth_foundry::{
    ApiVersion, Credential, ExtraHeader, Failure, Progress, Secret, TokenSource, Tokens,
};

use crate::server::{END, Reply, START, Server, TEXT, chunked, ended, good};
use crate::support::{KEY, client, follow, question, target, target_as};

#[tokio::test]
async fn a_key_goes_into_both_headers_and_nowhere_else() {
    let server = Server::start(vec![good()]).await;
    let course = follow(client().stream(&target(&server.url()), question("my-deployment"))).await;
    assert_eq!(course.steps(), ["ask 1", "open", "text Hi", "stop"]);

    let request = &server.requests()[0];
    assert!(
        request
            .head
            .starts_with("POST /anthropic/v1/messages HTTP/1.1\r\n"),
        "{}",
        request.head
    );
    for (name, value) in [
        ("x-api-key", Some(KEY)),
        ("api-key", Some(KEY)),
        ("authorization", None),
        ("anthropic-version", Some("2026-10-21")),
        ("content-type", Some("application/json")),
        ("accept", Some("text/event-stream")),
        (
            "user-agent",
            Some(concat!("hearth/", env!("CARGO_PKG_VERSION"))),
        ),
    ] {
        assert_eq!(request.header(name), value, "{name}");
    }
    assert_eq!(request.head.matches(KEY).count(), 2);
    assert!(!request.body.contains(KEY));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(
        (&body["model"], &body["stream"]),
        (&"my-deployment".into(), &true.into())
    );
}

#[tokio::test]
async fn a_token_goes_into_authorization_alone() {
    let server = Server::start(vec![good()]).await;
    let given = TokenSource::Given(Arc::new(Secret::new(KEY.into())));
    let token = Credential::Tokens(Tokens::new(given, String::new()));
    let mut target = target_as(&server.url(), token);
    target.anthropic_version = ApiVersion::V2023_06_01;
    follow(client().stream(&target, question("d"))).await;
    let request = &server.requests()[0];
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {KEY}").as_str())
    );
    assert_eq!(
        (request.header("x-api-key"), request.header("api-key")),
        (None, None)
    );
    assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
}

#[tokio::test]
async fn headers_of_the_persons_own_go_along() {
    let server = Server::start(vec![good()]).await;
    let mut target = target(&server.url());
    for (name, value) in [
        ("X-Team", "blue"),
        ("anthropic-beta", "a-1"),
        ("anthropic-beta", "b-2"),
    ] {
        target.headers.push(ExtraHeader::new(name, value).unwrap());
    }
    follow(client().stream(&target, question("d"))).await;
    let head = &server.requests()[0].head;
    for line in ["x-team: blue", "anthropic-beta: a-1", "anthropic-beta: b-2"] {
        assert!(head.lines().any(|it| it == line), "{head}");
    }
    assert!(!format!("{target:?}").contains("blue"));
}

#[tokio::test]
async fn a_key_that_cannot_be_sent_is_not_sent() {
    let server = Server::start(vec![good()]).await;
    for text in ["canary\r\nx-evil: 1", "canary-schlüssel", ""] {
        let credential = Credential::Key(Arc::new(Secret::new(text.into())));
        let course =
            follow(client().stream(&target_as(&server.url(), credential), question("d"))).await;
        assert_eq!(course.failure(), Failure::BadCredential);
    }
    assert!(server.requests().is_empty());
    follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn ids_the_emulators_mark_and_raw_data_come_along() {
    let headers = [
        ("request-id", "req_1"),
        ("apim-request-id", "apim-1"),
        ("x-hearth-emulator", "1"),
    ];
    let plain = good();
    let marked = Reply::Fin(ended(chunked(&headers, &format!("{START}{TEXT}{END}"))));
    let server = Server::start(vec![marked, plain]).await;
    let steps: Vec<_> = client()
        .stream(&target(&server.url()), question("d"))
        .collect()
        .await;
    let opened = Progress::Opened {
        request_id: Some("req_1".into()),
        apim_request_id: Some("apim-1".into()),
        emulator: true,
        in_one_piece: false,
    };
    assert_eq!(steps[1], Ok(opened));
    let Some(Ok(Progress::Event { raw, .. })) = steps.last() else {
        panic!("{steps:?}")
    };
    assert_eq!(raw, "{\"type\":\"message_stop\"}");

    let steps: Vec<_> = client()
        .stream(&target(&server.url()), question("d"))
        .collect()
        .await;
    assert_eq!(
        steps[1],
        Ok(Progress::Opened {
            request_id: None,
            apim_request_id: None,
            emulator: false,
            in_one_piece: false,
        })
    );
}

#[tokio::test]
async fn message_stop_is_the_end_even_if_the_connection_stays() {
    let server = Server::start(vec![Reply::Hold(chunked(
        &[],
        &format!("{START}{TEXT}{END}"),
    ))])
    .await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(
        (course.steps.last().map(String::as_str), course.failure),
        (Some("stop"), None)
    );
    server.client_closed().await;
}

#[tokio::test]
async fn nothing_is_sent_before_somebody_listens() {
    let server = Server::start(vec![good()]).await;
    let answer = client().stream(&target(&server.url()), question("d"));
    drop(answer);
    follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn dropping_the_stream_closes_the_connection() {
    let server = Server::start(vec![Reply::Hold(chunked(&[], &format!("{START}{TEXT}")))]).await;
    let mut answer = Box::pin(client().stream(&target(&server.url()), question("d")));
    while let Some(step) = answer.next().await {
        if matches!(step, Ok(Progress::Event { .. })) {
            break;
        }
    }
    drop(answer);
    server.client_closed().await;
}

#[tokio::test]
async fn dropping_the_stream_before_the_answers_head_closes_the_connection() {
    let server = Server::start(vec![Reply::Hold(Vec::new())]).await;
    let client = client();
    let target = target(&server.url());
    let mut answer = Box::pin(client.stream(&target, question("d")));
    assert_eq!(
        answer.next().await,
        Some(Ok(Progress::Asking { attempt: 1 }))
    );
    // The question is on its way when the server has read it; then nobody wants the answer.
    tokio::select! {
        step = answer.next() => panic!("an answer: {step:?}"),
        () = async { while server.requests().is_empty() { tokio::task::yield_now().await } } => {}
    }
    drop(answer);
    server.client_closed().await;
}
