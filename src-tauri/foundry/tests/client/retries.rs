//! Attempts and waits.

use std::time::Duration;

use futures_util::StreamExt;
use hearth_foundry::{Category, Failure, Progress};

use crate::server::{
    PING, Reply, START, Server, TEXT, chunked, ended, error_event, good, refused, response,
};
use crate::support::{client, follow, question, target};

#[tokio::test]
async fn what_passes_is_tried_again_and_each_wait_is_announced_first() {
    for status in [
        "408 Timeout",
        "409 Conflict",
        "429 Too Many",
        "500 Oops",
        "503 Busy",
        "529 Overloaded",
    ] {
        let server = Server::start(vec![refused(status, "x"), refused(status, "x"), good()]).await;
        let course = follow(client().stream(&target(&server.url()), question("d"))).await;
        let steps = [
            "ask 1", "wait 2", "ask 2", "wait 3", "ask 3", "open", "text Hi", "stop",
        ];
        assert_eq!(
            (course.steps(), &course.failure),
            (steps.to_vec(), &None),
            "{status}"
        );
        let requests = server.requests();
        assert_eq!(requests.len(), 3, "{status}");
        assert!(
            requests
                .iter()
                .all(|request| request.body == requests[0].body),
            "{status}"
        );
    }
}

#[tokio::test]
async fn a_wait_says_how_long_and_why() {
    let server = Server::start(vec![refused("529 Overloaded", "overloaded_error"), good()]).await;
    let steps: Vec<_> = client()
        .stream(&target(&server.url()), question("d"))
        .collect()
        .await;
    let Ok(Progress::Waiting {
        attempt,
        attempts,
        delay,
        reason,
    }) = &steps[1]
    else {
        panic!("{steps:?}")
    };
    assert_eq!(
        (*attempt, *attempts, *delay),
        (2, 4, Duration::from_millis(1))
    );
    assert_eq!(reason.category(), Category::Overloaded);
}

#[tokio::test]
async fn attempts_end() {
    let server = Server::start(vec![refused("503 Busy", "x")]).await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(course.steps.last().map(String::as_str), Some("ask 4"));
    let Failure::Rejected(rejection) = course.failure() else {
        panic!("not a refusal")
    };
    assert_eq!((rejection.status, rejection.attempts), (503, 4));
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn a_wait_longer_than_a_minute_is_not_begun() {
    let headers = [("retry-after", "86400")];
    let body = "{\"error\":{\"code\":\"429\",\"message\":\"Please retry after 86400 seconds.\"}}";
    let server = Server::start(vec![Reply::Fin(response("429 Too Many", &headers, body))]).await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(course.steps(), ["ask 1"]);
    let Failure::Rejected(rejection) = course.failure() else {
        panic!("not a refusal")
    };
    assert_eq!(rejection.retry_after, Some(Duration::from_secs(86_400)));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_does_not_pass_is_asked_once() {
    let spend = "{\"type\":\"error\",\"error\":{\"type\":\"rate_limit_error\",\"message\":\"limit\",\"details\":{\"error_code\":\"enforced_spend_limit_reached\"}}}";
    let told = [
        ("x-should-retry", "false"),
        ("content-type", "application/json"),
    ];
    for (reply, category) in [
        (
            refused("400 Bad Request", "invalid_request_error"),
            Category::RequestInvalid,
        ),
        (
            refused("401 Unauthorized", "authentication_error"),
            Category::Unauthorized,
        ),
        (
            refused("402 Payment Required", "billing_error"),
            Category::Billing,
        ),
        (
            refused("403 Forbidden", "permission_error"),
            Category::Forbidden,
        ),
        (
            refused("413 Too Large", "request_too_large"),
            Category::RequestTooLarge,
        ),
        (
            Reply::Fin(response("429 Too Many", &[], spend)),
            Category::SpendLimit,
        ),
        (
            Reply::Fin(response("500 Oops", &told, "{}")),
            Category::Upstream,
        ),
    ] {
        let server = Server::start(vec![reply, good()]).await;
        let course = follow(client().stream(&target(&server.url()), question("d"))).await;
        assert_eq!(course.steps(), ["ask 1"], "{category:?}");
        assert_eq!(course.failure().category(), category);
        assert_eq!(server.requests().len(), 1, "{category:?}");
    }
}

#[tokio::test]
async fn an_error_event_is_retried_before_content_and_never_after() {
    let early = ended(chunked(
        &[],
        &format!("{START}{PING}{}", error_event("overloaded_error")),
    ));
    let server = Server::start(vec![Reply::Fin(early), good()]).await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(
        course.steps(),
        [
            "ask 1", "open", "wait 2", "ask 2", "open", "text Hi", "stop"
        ]
    );

    let late = ended(chunked(
        &[],
        &format!("{START}{TEXT}{}", error_event("overloaded_error")),
    ));
    let server = Server::start(vec![Reply::Fin(late), good()]).await;
    let course = follow(client().stream(&target(&server.url()), question("d"))).await;
    assert_eq!(course.steps(), ["ask 1", "open", "text Hi"]);
    let Failure::StreamError { error, .. } = course.failure() else {
        panic!("not an error event")
    };
    assert_eq!(
        (error.kind.as_deref(), error.message.as_str()),
        (Some("overloaded_error"), "Sorry")
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_cut_is_retried_before_content_and_never_after() {
    for (end, name) in [
        (Reply::Fin as fn(Vec<u8>) -> Reply, "fin"),
        (Reply::Reset, "reset"),
    ] {
        let server = Server::start(vec![end(Vec::new()), end(chunked(&[], START)), good()]).await;
        let course = follow(client().stream(&target(&server.url()), question("d"))).await;
        assert_eq!(
            course.steps.last().map(String::as_str),
            Some("stop"),
            "{name}: {course:?}"
        );
        assert_eq!(server.requests().len(), 3, "{name}");

        let server =
            Server::start(vec![end(chunked(&[], &format!("{START}{TEXT}"))), good()]).await;
        let course = follow(client().stream(&target(&server.url()), question("d"))).await;
        assert_eq!(course.failure(), Failure::Cut, "{name}");
        assert_eq!(server.requests().len(), 1, "{name}");
    }
}
