//! Ending a wait early.

use std::time::Duration;

use futures_util::StreamExt;
use hearth_foundry::{Client, ClientOptions, Progress, Skip};

use crate::server::{Reply, Server, good, response};
use crate::support::{question, target};

fn busy(seconds: &str) -> Reply {
    let headers = [
        ("content-type", "application/json"),
        ("retry-after", seconds),
    ];
    Reply::Fin(response("429 Too Many", &headers, "{}"))
}

/// Longer than any test may take.
const LONG: &str = "3000";

fn patient() -> Client {
    Client::new(ClientOptions {
        max_wait_total: Duration::from_secs(86_400),
        ..ClientOptions::default()
    })
    .unwrap()
}

#[tokio::test]
async fn a_wait_ends_when_somebody_says_so() {
    let server = Server::start(vec![busy(LONG), busy(LONG), good()]).await;
    let target = target(&server.url());
    let mut answer = Box::pin(patient().stream(&target, question("d")));
    let mut waits = 0;
    while let Some(step) = answer.next().await {
        if let Progress::Waiting { delay, .. } = step.unwrap() {
            assert_eq!(delay, Duration::from_secs(3000));
            waits += 1;
            target.skip.now();
        }
    }
    assert_eq!((waits, server.requests().len()), (2, 3));
}

#[tokio::test]
async fn it_ends_while_it_goes_on_too_and_from_another_task() {
    let server = Server::start(vec![busy(LONG), good()]).await;
    let target = target(&server.url());
    let skip: Skip = target.skip.clone();
    let mut answer = Box::pin(patient().stream(&target, question("d")));
    let announced = answer.next().await;
    assert_eq!(announced, Some(Ok(Progress::Asking { attempt: 1 })));
    assert!(matches!(
        answer.next().await,
        Some(Ok(Progress::Waiting { .. }))
    ));
    let (again, ()) = tokio::join!(answer.next(), async {
        tokio::task::yield_now().await;
        skip.now();
    });
    assert_eq!(again, Some(Ok(Progress::Asking { attempt: 2 })));
}

#[tokio::test]
async fn what_was_said_before_a_wait_does_not_end_it() {
    let server = Server::start(vec![busy("3000"), good()]).await;
    let target = target(&server.url());
    target.skip.now();
    let mut answer = Box::pin(patient().stream(&target, question("d")));
    answer.next().await;
    assert!(matches!(
        answer.next().await,
        Some(Ok(Progress::Waiting { .. }))
    ));
    let waiting = tokio::time::timeout(Duration::from_millis(200), answer.next()).await;
    assert!(waiting.is_err(), "the wait was not waited for: {waiting:?}");
}
