//! Counting tokens.

use std::sync::Arc;

use hearth_emulator::Emulator;
use hearth_foundry::{Category, Credential, Failure, Oddity, Secret};

use crate::server::{Reply, Server, refused, response};
use crate::support::{KEY, once, question, target, target_as};

const JSON: (&str, &str) = ("content-type", "application/json");

#[tokio::test]
async fn the_emulator_counts_what_it_would_answer() {
    let emulator = Emulator::builder().start().await.unwrap();
    let key = Arc::new(Secret::new(emulator.key().to_owned()));
    let target = target_as(&emulator.url(), Credential::Key(key));
    let client = once();
    let short = client
        .count_tokens(&target, &question("claude-opus-5-5"))
        .await
        .unwrap();
    let mut longer = question("claude-opus-5-5");
    longer.messages[0].content = vec![hearth_wire::Block::text(&"many words ".repeat(500))];
    let long = client.count_tokens(&target, &longer).await.unwrap();
    assert!(0 < short && short < long, "{short}, {long}");
    let missing = client
        .count_tokens(&target, &question("no-such-deployment"))
        .await;
    assert_eq!(
        missing.unwrap_err().category(),
        Category::DeploymentNotFound
    );
}

#[tokio::test]
async fn what_is_sent_is_the_question_without_what_is_not_counted() {
    let reply = Reply::Fin(response("200 OK", &[JSON], "{\"input_tokens\": 12}"));
    let server = Server::start(vec![reply]).await;
    let counted = once()
        .count_tokens(&target(&server.url()), &question("d"))
        .await;
    assert_eq!(counted, Ok(12));
    let request = &server.requests()[0];
    let first = request.head.lines().next().unwrap();
    assert_eq!(first, "POST /anthropic/v1/messages/count_tokens HTTP/1.1");
    assert_eq!(request.header("x-api-key"), Some(KEY));
    assert_eq!(request.header("anthropic-version"), Some("2026-10-21"));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    let names: Vec<_> = body.as_object().unwrap().keys().cloned().collect();
    assert_eq!(names, ["messages", "model"]);
}

#[tokio::test]
async fn what_is_no_count_is_told() {
    let html = [("content-type", "text/html")];
    for (reply, category) in [
        (
            refused("404 No", "not_found_error"),
            Category::DeploymentNotFound,
        ),
        (
            refused("503 Busy", "overloaded_error"),
            Category::Overloaded,
        ),
        (
            Reply::Fin(response("200 OK", &html, "<title>Sign in</title>")),
            Category::UnexpectedAnswer,
        ),
        (
            Reply::Fin(response("200 OK", &[JSON], "")),
            Category::UnexpectedAnswer,
        ),
        (
            Reply::Fin(response("200 OK", &[JSON], "{\"input_tokens\": -1}")),
            Category::UnexpectedAnswer,
        ),
        (
            Reply::Fin(response("200 OK", &[JSON], vec![b' '; 70_000])),
            Category::UnexpectedAnswer,
        ),
        (
            Reply::Fin(response(
                "200 OK",
                &[JSON],
                "{\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"x\"}}",
            )),
            Category::StreamError,
        ),
    ] {
        let server = Server::start(vec![reply]).await;
        let counted = once()
            .count_tokens(&target(&server.url()), &question("d"))
            .await;
        assert_eq!(counted.unwrap_err().category(), category);
        assert_eq!(server.requests().len(), 1, "asked again");
    }
    let empty = Reply::Fin(response("200 OK", &[JSON], ""));
    let server = Server::start(vec![empty]).await;
    let counted = once()
        .count_tokens(&target(&server.url()), &question("d"))
        .await;
    let Err(Failure::Unexpected { what, .. }) = counted else {
        panic!("{counted:?}");
    };
    assert_eq!(what, Oddity::Empty);
}
