//! What goes wrong is shown where it happened, and what arrived stays.

use hearth_emulator::{Emulator, Script};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_both_themes};

const KEY: &str = "refusals-key-77aa01";
const DEPLOYMENT: &str = "claude-sonnet-5-5";
const UNKNOWN: &str = "no-such-deployment";
const QUESTION: &str = "Is anybody there?";
/// One answer in three pieces; what a broken stream leaves of it is in the first.
const PIECES: [&str; 3] = [
    "Somebody is here, ",
    "and says so at some length, ",
    "until the end.",
];

#[tokio::test]
async fn a_wrong_key_is_named_and_can_be_replaced() {
    in_both_themes(wrong_key).await;
}

async fn wrong_key(theme: Theme) {
    let foundry = Emulator::builder()
        .key(KEY)
        .start()
        .await
        .expect("the emulator starts");
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth
        .fill_connection(&foundry.url(), "not-the-key-at-all", DEPLOYMENT)
        .await;
    hearth.click(Role::Button, "Test connection").await;
    hearth
        .until("the card of the test", async || {
            hearth.reads("Key refused").await.then_some(())
        })
        .await;
    hearth.picture("settings-failed", theme).await;
    hearth.click(Role::Button, "Save").await;

    hearth.ask(QUESTION).await;
    hearth.last_says("Key refused").await;
    hearth.click(Role::Button, "Details").await;
    hearth.last_says("401").await;
    hearth.picture("card-key-refused", theme).await;

    hearth.click(Role::Button, "Replace key").await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.click(Role::Button, "Save").await;
    hearth
        .until("the key saved", async || {
            hearth.reads("Saved").await.then_some(())
        })
        .await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, "Try again").await;
    let answer = hearth.beginning_of_the_answer().await;
    assert!(answer.text.contains(QUESTION), "{answer:?}");
    hearth.close().await;
    foundry.shutdown().await;
}

#[tokio::test]
async fn each_failure_has_its_card_and_the_text_stays() {
    in_both_themes(failures).await;
}

async fn failures(theme: Theme) {
    let foundry = Emulator::builder()
        .key(KEY)
        .start()
        .await
        .expect("the emulator starts");
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth
        .connect_to(&foundry, &[(UNKNOWN, DEPLOYMENT), (DEPLOYMENT, DEPLOYMENT)])
        .await;

    hearth.ask(QUESTION).await;
    let card = hearth
        .last_says("No deployment named “no-such-deployment” here")
        .await;
    assert!(card.all.contains("Choose deployment"), "{card:?}");
    hearth.picture("card-no-deployment", theme).await;

    // From here on a deployment that exists is asked, and each answer goes wrong in its own way.
    hearth.click(Role::Button, "New chat").await;
    hearth.choose_model(DEPLOYMENT).await;
    foundry.next(Script::reply(PIECES).cut_inside_event(3));
    hearth.ask(QUESTION).await;
    let card = hearth.last_says("Connection lost after").await;
    assert!(card.text.contains("Somebody is here,"), "{card:?}");
    assert!(!card.text.contains("until the end."), "{card:?}");
    hearth.picture("card-cut", theme).await;

    hearth.click(Role::Button, "New chat").await;
    hearth.choose_model(DEPLOYMENT).await;
    foundry.next(Script::reply(PIECES).error_after_events(3, "overloaded_error", "Overloaded"));
    hearth.ask(QUESTION).await;
    let card = hearth.last_says("The service broke off the answer").await;
    assert!(card.text.contains("Somebody is here,"), "{card:?}");
    hearth.picture("card-error", theme).await;

    hearth.click(Role::Button, "New chat").await;
    hearth.choose_model(DEPLOYMENT).await;
    foundry.next(rate_limited("3"));
    foundry.next(Script::reply(PIECES));
    hearth.ask(QUESTION).await;
    hearth.last_says("Retrying in").await;
    hearth.picture("waiting-429", theme).await;
    let answer = hearth.last_says("until the end.").await;
    assert!(!answer.all.contains("Retrying"), "{answer:?}");

    hearth.click(Role::Button, "New chat").await;
    hearth.choose_model(DEPLOYMENT).await;
    foundry.next(rate_limited("3600"));
    hearth.ask(QUESTION).await;
    hearth.last_says("Rate limit reached").await;
    hearth.picture("card-429", theme).await;
    hearth.close().await;
    foundry.shutdown().await;
}

/// 429 as the service words it (platform.claude.com/docs/en/api/errors).
fn rate_limited(seconds: &'static str) -> Script {
    let body = r#"{"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your rate limit."},"request_id":"req_429"}"#;
    Script::status(
        429,
        [
            ("retry-after", seconds),
            ("content-type", "application/json"),
        ],
        body,
    )
}
