//! A tool: it runs when the person says so, and not otherwise.

use hearth_emulator::{Emulator, Script};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::resource::{DEPLOYMENT, MODEL, last_request, resource};

/// Control, Alt and Enter, or Backspace.
const ALLOW: &str = "\u{e009}\u{e00a}\u{e007}\u{e000}";
const DENY: &str = "\u{e009}\u{e00a}\u{e003}\u{e000}";

fn calling(zones: &[&str]) -> Script {
    let asked = Script::reply(["I will look at the clock."]);
    zones.iter().fold(asked, |script, zone| {
        script.tool_use("current_time", [format!("{{\"time_zone\":\"{zone}\"}}")])
    })
}

/// The results that were sent last.
fn results(resource: &Emulator) -> Vec<Value> {
    let (_, body) = last_request(resource);
    let last = body["messages"].as_array().and_then(|all| all.last());
    let blocks = last.and_then(|message| message["content"].as_array());
    let blocks = blocks.expect("blocks").iter();
    blocks
        .filter(|block| block["type"] == "tool_result")
        .cloned()
        .collect()
}

/// Waits until a call reads so, as one line.
async fn line(hearth: &Hearth<'_>, words: &str) {
    let lines = "return [...document.querySelectorAll('[role=log] summary')] \
        .map(line => line.textContent.replace(/\\s+/g, ' ').trim())";
    hearth
        .until(&format!("the line “{words}”"), async || {
            let lines = hearth.script(lines).await;
            let is_there = lines.as_array()?.iter().any(|line| line == words);
            is_there.then_some(())
        })
        .await;
}

#[tokio::test]
async fn a_tool_is_allowed_denied_and_stopped() {
    in_both_themes(deciding).await;
}

async fn deciding(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let enable = json!({ "name": "current_time", "enabled": true });
    hearth
        .invoke("enable_tool", enable)
        .await
        .expect("a tool can be turned on");

    // Allowed, by the keys.
    resource.next(calling(&["Europe/Paris"]));
    resource.next(Script::reply(["It is late in Paris."]));
    hearth.ask("How late is it in Paris?").await;
    hearth.says("Europe/Paris").await;
    hearth.the(Role::Button, "Allow once").await;
    let asked = resource.log().len();
    hearth.picture("approval", theme).await;
    assert_eq!(resource.log().len(), asked, "nothing runs before a word");
    hearth.press(ALLOW).await;
    hearth.last_says("It is late in Paris.").await;
    line(&hearth, "Date and time · Europe/Paris · done").await;
    let given = results(&resource);
    assert!(
        given.len() == 1 && given[0]["is_error"] != true,
        "{given:?}"
    );
    hearth.click_beginning(Role::Button, "Date and time").await;
    hearth.picture("tool-done", theme).await;

    // Denied, by the keys: the model is told, and goes on.
    resource.next(calling(&["Asia/Tokyo"]));
    resource.next(Script::reply(["Then I cannot tell."]));
    hearth.ask("And in Tokyo?").await;
    hearth.says("Asia/Tokyo").await;
    hearth.the(Role::Button, "Deny").await;
    hearth.press(DENY).await;
    hearth.last_says("Then I cannot tell.").await;
    line(&hearth, "Date and time · Asia/Tokyo · denied").await;
    assert_eq!(results(&resource)[0]["is_error"], true);

    // Stopped while it waits: it never runs.
    resource.next(calling(&["America/New_York"]));
    hearth.ask("And in New York?").await;
    hearth.the(Role::Button, "Allow once").await;
    hearth.click(Role::Button, "Stop").await;
    hearth.last_says("Stopped. What arrived is kept.").await;
    line(&hearth, "Date and time · America/New_York · did not run").await;
    assert!(!hearth.shows(Role::Button, "Allow once").await);
    hearth.picture("tool-skipped", theme).await;
    hearth.close().await;
}

#[tokio::test]
async fn two_calls_of_one_answer_are_decided_one_by_one() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let enable = json!({ "name": "current_time", "enabled": true });
    hearth
        .invoke("enable_tool", enable)
        .await
        .expect("a tool can be turned on");
    resource.next(calling(&["Europe/Paris", "Asia/Tokyo"]));
    resource.next(Script::reply(["Paris is late."]));
    hearth.ask("How late is it in both?").await;
    let cards = "return [...document.querySelectorAll('[data-approval]')] \
        .map(card => card.innerText.includes('Asia/Tokyo') ? 'Tokyo' : 'Paris')";
    let waiting = async |wanted: Value| {
        hearth
            .until(&format!("cards for {wanted}"), async || {
                (hearth.script(cards).await == wanted).then_some(())
            })
            .await;
    };
    waiting(json!(["Paris"])).await;
    line(&hearth, "Date and time · Asia/Tokyo · waits").await;
    hearth.picture("two-approvals", Theme::Light).await;
    // Each word is for one call: the next waits for its own.
    hearth.click(Role::Button, "Allow once").await;
    waiting(json!(["Tokyo"])).await;
    assert_eq!(resource.log().len(), 1, "the other one still waits");
    hearth.click(Role::Button, "Deny").await;
    hearth.last_says("Paris is late.").await;
    line(&hearth, "Date and time · Europe/Paris · done").await;
    line(&hearth, "Date and time · Asia/Tokyo · denied").await;
    let given = results(&resource);
    let failed: Vec<_> = given.iter().map(|it| it["is_error"] == true).collect();
    assert_eq!(failed, [false, true], "{given:?}");
    hearth.close().await;
}

#[tokio::test]
async fn a_tool_that_was_allowed_in_a_conversation_is_asked_about_again_once_that_is_revoked() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let enable = json!({ "name": "current_time", "enabled": true });
    hearth
        .invoke("enable_tool", enable)
        .await
        .expect("a tool can be turned on");
    resource.next(calling(&["Europe/Paris", "Asia/Tokyo"]));
    resource.next(Script::reply(["Both are late."]));
    hearth.ask("How late is it there?").await;
    hearth
        .click(Role::Button, "Allow in this conversation")
        .await;
    hearth.last_says("Both are late.").await;
    assert_eq!(results(&resource).len(), 2);

    resource.next(calling(&["Europe/Berlin"]));
    resource.next(Script::reply(["Late as well."]));
    hearth.ask("And in Berlin?").await;
    hearth.last_says("Late as well.").await;

    hearth
        .click(Role::Button, "Instructions and sampling")
        .await;
    hearth.the(Role::Button, "Revoke Date and time").await;
    hearth.picture("choices-grants", Theme::Light).await;
    hearth.click(Role::Button, "Revoke Date and time").await;
    hearth.says("Each use of a tool waits for your word.").await;
    hearth.click(Role::Button, "Close").await;
    hearth.closed().await;
    resource.next(calling(&["Europe/Rome"]));
    hearth.ask("And in Rome?").await;
    hearth.the(Role::Button, "Allow once").await;
    hearth.click(Role::Button, "Stop").await;
    line(&hearth, "Date and time · Europe/Rome · did not run").await;
    hearth.close().await;
}

#[tokio::test]
async fn instructions_and_sampling_go_with_the_next_question() {
    in_both_themes(choosing).await;
}

async fn choosing(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth
        .click(Role::Button, "Instructions and sampling")
        .await;
    hearth
        .fill(Role::Textbox, "Instructions", "Answer in rhymes.")
        .await;
    hearth
        .fill(Role::Textbox, "Stop sequences", "THE END")
        .await;
    hearth.press(crate::acts::ENTER).await;
    hearth.the(Role::Button, "Remove THE END").await;
    hearth.says("This deployment takes no temperature").await;
    hearth.picture("choices", theme).await;
    hearth.click(Role::Button, "Close").await;
    hearth.closed().await;
    hearth
        .the(
            Role::Button,
            "Instructions and sampling: this conversation has instructions",
        )
        .await;
    resource.next(Script::reply(["A rhyme in time."]));
    hearth.ask("Say something").await;
    hearth.answered("A rhyme in time.").await;
    let (_, body) = last_request(&resource);
    assert!(
        body["system"].to_string().contains("Answer in rhymes."),
        "{}",
        body["system"]
    );
    assert_eq!(body["stop_sequences"], json!(["THE END"]));
    hearth.close().await;
}
