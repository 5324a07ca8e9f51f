//! After a failure: what is kept, what is offered, and every attempt stays as a branch.

use hearth_emulator::{Emulator, Script};

use crate::accessible::{self, Role};
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, last_request, resource};

const MISSING: &str = "no-such-deployment";
const OTHER: &str = "claude-opus-5-5";
const PIECES: [&str; 3] = ["This much came, ", "and this, ", "but not this."];
const KEPT: &str = "This much came, and this,";

#[tokio::test]
async fn a_failed_answer_can_be_asked_for_again_and_stays_beside_the_next() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let deployments = [(DEPLOYMENT, MODEL), (MISSING, MODEL), (OTHER, OTHER)];
    hearth.connect_to(&resource, &deployments).await;

    a_cut_answer(&hearth, &resource).await;
    an_answer_broken_off_by_the_service(&hearth, &resource).await;
    a_failure_that_nobody_saw(&hearth, &resource).await;
    a_busy_service(&hearth, &resource).await;
    an_unknown_deployment(&hearth, &resource).await;
    hearth.close().await;
}

async fn a_cut_answer(hearth: &Hearth<'_>, resource: &Emulator) {
    resource.next(Script::reply(PIECES).cut_inside_event(4));
    hearth.ask("A question that is cut").await;
    let card = hearth.card("Connection lost after 2").await;
    assert_eq!(card.actions[..2], ["Continue", "Try again"], "{card:?}");
    assert_eq!(hearth.words().await, KEPT);

    hearth.click(Role::Button, "Details").await;
    let card = hearth.card("Connection lost after 2").await;
    let (received, _) = last_request(resource);
    assert!(
        card.text.contains("stream-cut") && card.text.contains("request-id"),
        "{card:?}"
    );
    assert_eq!(
        received.n, 1,
        "an answer that was shown is not asked for again by itself"
    );

    resource.next(Script::reply(["The whole answer."]));
    hearth.click(Role::Button, "Try again").await;
    hearth.answered("The whole answer.").await;
    hearth.last_says("2/2").await;
    hearth.click(Role::Button, "Previous answer").await;
    hearth.card("Connection lost after 2").await;
    hearth.last_says("1/2").await;
    assert_eq!(hearth.words().await, KEPT);
    hearth.click(Role::Button, "Next answer").await;
    hearth.answered("The whole answer.").await;

    resource.next(Script::reply(["A third one."]));
    hearth.click(Role::Button, "Ask again").await;
    hearth.answered("A third one.").await;
    hearth.last_says("3/3").await;
    assert_eq!(
        hearth.messages().await.len(),
        2,
        "a branch is no second question"
    );
}

async fn an_answer_broken_off_by_the_service(hearth: &Hearth<'_>, resource: &Emulator) {
    hearth.click(Role::Button, "New chat").await;
    resource.next(Script::reply(PIECES).error_after_events(4, "api_error", "Something burst"));
    hearth.ask("A question that bursts").await;
    let card = hearth.card("The service broke off the answer").await;
    assert!(card.text.contains("Something burst"), "{card:?}");
    assert_eq!(hearth.words().await, KEPT);
}

async fn a_failure_that_nobody_saw(hearth: &Hearth<'_>, resource: &Emulator) {
    hearth.click(Role::Button, "New chat").await;
    let bursting = Script::reply(PIECES).error_after_events(4, "api_error", "Something burst");
    let (bursting, gate) = bursting.gate();
    resource.next(bursting);
    hearth.ask("A question left alone").await;
    hearth.click(Role::Button, "New chat").await;
    gate.open();
    hearth
        .until("the mark of a failure in the list", async || {
            let row = |name: &str| name.starts_with("A question left alone");
            let row = accessible::find(&hearth.page, Role::Button, row).await?;
            let name = accessible::name(&hearth.page, &row).await?;
            name.contains("The last answer failed").then_some(())
        })
        .await;
}

async fn a_busy_service(hearth: &Hearth<'_>, resource: &Emulator) {
    hearth.click(Role::Button, "New chat").await;
    for _ in 0..4 {
        resource.next(overloaded());
    }
    hearth.ask("A question for a busy service").await;
    let card = hearth.card("Service busy").await;
    assert!(card.text.contains("it was asked 4 times"), "{card:?}");
    assert_eq!(card.actions[..2], ["Try again", "Choose deployment"]);

    // Another deployment may have room: it is chosen here, and asked the same.
    hearth.click(Role::Button, "Choose deployment").await;
    hearth.choose_in_menu(OTHER).await;
    resource.next(Script::reply(["There is room here."]));
    hearth.click(Role::Button, "Try again").await;
    hearth.answered("There is room here.").await;
    let (_, body) = last_request(resource);
    assert_eq!(body["model"], OTHER);
    let question = &body["messages"][0]["content"][0]["text"];
    assert_eq!(question, "A question for a busy service");
}

async fn an_unknown_deployment(hearth: &Hearth<'_>, resource: &Emulator) {
    hearth.click(Role::Button, "New chat").await;
    hearth.choose_model(MISSING).await;
    hearth.ask("A question for nobody").await;
    let card = hearth
        .card(&format!("No deployment named “{MISSING}” here"))
        .await;
    assert_eq!(
        card.actions[..3],
        ["Choose deployment", "Try again", "Open settings"]
    );
    hearth.click(Role::Button, "Choose deployment").await;
    hearth.choose_in_menu(DEPLOYMENT).await;
    resource.next(Script::reply(["Somebody after all."]));
    hearth.click(Role::Button, "Try again").await;
    hearth.answered("Somebody after all.").await;
    hearth.last_says("2/2").await;
}

#[tokio::test]
async fn a_pause_counts_down_and_can_be_cancelled() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    resource.next(limited("50"));
    hearth.ask("Is there room?").await;
    hearth.last_says("Rate limit reached").await;
    let first = countdown(&hearth).await;
    hearth
        .until("the countdown", async || {
            (countdown(&hearth).await < first).then_some(())
        })
        .await;
    hearth.last_says("attempt 2 of 4").await;
    hearth.click(Role::Button, "Cancel").await;
    hearth.says("Stopped. What arrived is kept.").await;
    hearth.the(Role::Button, "Send").await;
    assert_eq!(resource.log().len(), 1, "who cancels does not ask again");

    resource.next(limited("1"));
    resource.next(Script::reply(["Now there is."]));
    hearth.ask("And now?").await;
    hearth.last_says("Retrying in").await;
    hearth.answered("Now there is.").await;
    assert_eq!(resource.log().len(), 3);
    assert_eq!(hearth.notices().await, "");
    hearth.close().await;
}

/// The seconds until the next attempt, as shown.
async fn countdown(hearth: &Hearth<'_>) -> u32 {
    let seconds = hearth
        .until("the seconds of the pause", async || {
            let last = hearth.messages().await.pop()?.all;
            let (_, after) = last.split_once("Retrying in ")?;
            after.split_whitespace().next()?.parse().ok()
        })
        .await;
    assert!(seconds <= 50, "{seconds}");
    seconds
}

#[tokio::test]
async fn an_answer_that_ends_early_says_why() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    for (reason, note) in [
        ("refusal", "Claude declined to go on with this answer"),
        ("max_tokens", "The answer reached its limit of tokens"),
        (
            "model_context_window_exceeded",
            "The conversation has filled the model’s context",
        ),
        ("end_turn", "end_turn"),
    ] {
        resource.next(Script::reply(["Up to here."]).stop(reason));
        hearth.ask(&format!("What about {reason}?")).await;
        hearth.answered("Up to here.").await;
        let last = hearth.messages().await.pop().expect("an answer");
        assert_eq!(last.all.contains(note), reason != "end_turn", "{last:?}");
        hearth.click(Role::Button, "New chat").await;
    }
    hearth.close().await;
}

/// 529, with a pause of a millisecond before the next attempt.
fn overloaded() -> Script {
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#;
    Script::status(
        529,
        [
            ("retry-after-ms", "1"),
            ("content-type", "application/json"),
        ],
        body,
    )
}

/// 429, with a pause of so many seconds before the next attempt.
fn limited(seconds: &'static str) -> Script {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"Too many tokens a minute"}}"#;
    Script::status(
        429,
        [
            ("retry-after", seconds),
            ("content-type", "application/json"),
        ],
        body,
    )
}
