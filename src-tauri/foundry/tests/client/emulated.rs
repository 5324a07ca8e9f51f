//! Against the stand-in resource: what it accepts, and its faults by name.

use std::time::Duration;

use futures_util::StreamExt;
use hearth_emulator::{Emulator, Script};
use hearth_foundry::{Category, Client, ClientOptions, Credential, Progress, Secret};

use crate::support::{client, follow, impatient, once, question, target_as};

fn demo_key(emulator: &Emulator) -> Credential {
    Credential::Key(Secret::new(emulator.key().into()).into())
}

#[tokio::test]
async fn it_answers_and_says_what_it_is() {
    let emulator = Emulator::builder().start().await.unwrap();
    emulator.next(Script::reply(["Hel", "lo"]));
    let target = target_as(&emulator.url(), demo_key(&emulator));
    let steps: Vec<_> = client()
        .stream(&target, question("claude-opus-5-5"))
        .collect()
        .await;
    let opened = |step: &Result<Progress, _>| {
        matches!(
            step,
            Ok(Progress::Opened {
                emulator: true,
                request_id: Some(_),
                ..
            })
        )
    };
    assert!(steps.iter().any(opened), "{steps:?}");
    assert!(steps.iter().all(Result::is_ok), "{steps:?}");
}

#[tokio::test]
async fn each_fault_has_its_category() {
    let emulator = Emulator::builder().start().await.unwrap();
    for (deployment, category) in [
        ("fault-401", Category::Unauthorized),
        ("fault-403", Category::RoleMissing),
        ("fault-404", Category::DeploymentNotFound),
        ("no-such-deployment", Category::DeploymentNotFound),
        ("fault-429", Category::RateLimited),
        ("fault-spend-limit", Category::SpendLimit),
        ("fault-overloaded", Category::Overloaded),
        ("fault-500", Category::Upstream),
        ("fault-html", Category::Upstream),
        ("fault-empty", Category::UnexpectedAnswer),
        ("fault-error", Category::StreamError),
        ("fault-cut", Category::Cut),
    ] {
        let target = target_as(&emulator.url(), demo_key(&emulator));
        let failure = follow(once().stream(&target, question(deployment)))
            .await
            .failure();
        assert_eq!(failure.category(), category, "{deployment}: {failure:?}");
    }
    let target = target_as(&emulator.url(), demo_key(&emulator));
    let failure =
        follow(impatient(Duration::from_secs(1)).stream(&target, question("fault-stall")))
            .await
            .failure();
    assert_eq!(failure.category(), Category::Stalled);
    let wrong = target_as(
        &emulator.url(),
        Credential::Key(Secret::new("wrong-key-123".into()).into()),
    );
    let failure = follow(client().stream(&wrong, question("claude-opus-5-5")))
        .await
        .failure();
    assert_eq!(failure.category(), Category::Unauthorized);
}

#[tokio::test]
async fn a_passing_fault_passes() {
    let emulator = Emulator::builder().start().await.unwrap();
    let target = target_as(&emulator.url(), demo_key(&emulator));
    let course = follow(client().stream(&target, question("fault-overloaded-once"))).await;
    assert_eq!(course.failure, None);
    assert_eq!(course.steps()[..3], ["ask 1", "wait 2", "ask 2"]);
    // Two seconds asked for are more than this client has.
    let options = ClientOptions {
        max_wait_total: Duration::from_secs(1),
        ..ClientOptions::default()
    };
    let short = Client::new(options).unwrap();
    let course = follow(short.stream(&target, question("fault-429-once"))).await;
    assert_eq!(course.failure().category(), Category::RateLimited);
}
