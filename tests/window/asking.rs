//! Asking with the hands on the keys: typing, sending, stopping, and nothing typed is ever lost.

use hearth_emulator::{Ending, Script};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::acts::{ENTER, ESCAPE, LINE_END};
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, KEY, MODEL, last_request, resource};

const HELD: [&str; 3] = ["First words. ", "More words. ", "Last words."];

#[tokio::test]
async fn enter_sends_and_escape_stops_and_closes_the_connection() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    input_methods_do_not_send(&hearth).await;
    hearth.fill(Role::Textbox, "Message", "Two").await;
    hearth.press(LINE_END).await;
    hearth.press("lines").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "Two\nlines");

    let (script, gate) = Script::reply(HELD).gate();
    resource.next(script);
    hearth.press(ENTER).await;
    gate.release(1);
    hearth.last_says("First words.").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    assert_eq!(hearth.messages().await[0].text, "Two\nlines");
    assert!(
        !hearth.shows(Role::Button, "Send").await,
        "one answer at a time"
    );
    gate.release(1);
    hearth.last_says("More words.").await;

    // What is typed meanwhile stays, and Enter does not send it.
    hearth
        .fill(Role::Textbox, "Message", "A thought for later")
        .await;
    hearth.press(ENTER).await;
    hearth.press(ESCAPE).await;
    hearth.says("Stopped. What arrived is kept.").await;
    hearth.answered("First words. More words.").await;
    assert_eq!(hearth.messages().await.len(), 2);
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "A thought for later"
    );
    let gone = resource.wait_for(|log| {
        log.last()
            .is_some_and(|exchange| exchange.ending == Some(Ending::ClientGone))
    });
    gone.await.expect("stopping closes the connection at once");

    // The broken answer goes along with the next question, as it was shown.
    resource.next(Script::reply(["Gladly."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("Gladly.").await;
    let (_, body) = last_request(&resource);
    assert_eq!(
        body["messages"][1]["content"][0]["text"],
        "First words. More words. "
    );
    hearth.close().await;
}

/// Enter that ends a composition of an input method belongs to the input method. The same
/// key without one sends, so the look for nothing is no empty one.
async fn input_methods_do_not_send(hearth: &Hearth<'_>) {
    hearth.fill(Role::Textbox, "Message", "日本").await;
    for composing in [
        "{ key: 'Enter', isComposing: true }",
        "{ key: 'Process' }",
        "{ key: 'Enter', keyCode: 229 }",
    ] {
        let refused = enter(hearth, composing).await;
        assert!(
            !refused,
            "{composing}: the window took the key from the input method"
        );
    }
    hearth.settle().await;
    assert_eq!(hearth.messages().await.len(), 0);
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "日本");
    hearth.fill(Role::Textbox, "Message", " ").await;
    assert!(
        enter(hearth, "{ key: 'Enter' }").await,
        "a plain Enter is the window’s"
    );
}

/// Sends a key event to the composer; whether the window took it.
async fn enter(hearth: &Hearth<'_>, key: &str) -> bool {
    let script = format!(
        "const event = new KeyboardEvent('keydown', Object.assign({{ bubbles: true, cancelable: true }}, {key})); \
         return !document.querySelector('textarea').dispatchEvent(event);"
    );
    hearth.script(&script).await == true
}

#[tokio::test]
async fn what_was_chosen_in_the_header_is_what_is_asked_with() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let deployments = [
        (DEPLOYMENT, MODEL),
        ("claude-haiku-4-5", "claude-haiku-4-5"),
    ];
    let connection = hearth.connect_to(&resource, &deployments).await;

    resource.next(Script::reply(["As always."]));
    hearth.ask("With nothing chosen").await;
    hearth.answered("As always.").await;
    let (received, body) = last_request(&resource);
    assert_eq!(received.header("x-api-key"), Some(KEY));
    assert_eq!(body["model"], DEPLOYMENT);
    assert_eq!(body["max_tokens"], 32_000);
    assert_eq!(body["stream"], true);
    assert_eq!(body["thinking"]["display"], "summarized");

    hearth.click_beginning(Role::Button, "Effort").await;
    hearth.choose_in_menu("low").await;
    hearth.the(Role::Button, "Effort: low").await;
    hearth.click_beginning(Role::Button, "Answer length").await;
    hearth
        .fill(Role::Textbox, "Longest answer, in tokens", "1234")
        .await;
    hearth.press(ESCAPE).await;
    resource.next(Script::reply(["In short."]));
    hearth.ask("Briefly").await;
    hearth.answered("In short.").await;
    let (_, body) = last_request(&resource);
    assert_eq!(body["output_config"]["effort"], "low");
    assert_eq!(body["max_tokens"], 1234);

    // Another model is asked within its own limits, not with what was chosen for this one.
    hearth.choose_model("claude-haiku-4-5").await;
    resource.next(Script::reply(["Smaller."]));
    hearth.ask("And you?").await;
    hearth.answered("Smaller.").await;
    let (_, body) = last_request(&resource);
    assert_eq!(body["model"], "claude-haiku-4-5");
    assert_eq!(body["output_config"]["effort"], Value::Null);
    assert_eq!(body["max_tokens"], 32_000);

    text_survives_a_closed_composer(&hearth, &connection, &resource).await;
    hearth.close().await;
}

/// A connection without deployments closes the composer; what was typed stays in it.
async fn text_survives_a_closed_composer(
    hearth: &Hearth<'_>,
    connection: &str,
    resource: &hearth_emulator::Emulator,
) {
    hearth
        .fill(Role::Textbox, "Message", "Do not lose this")
        .await;
    hearth
        .save_connection(json!(connection), resource, &[])
        .await;
    hearth.says("Add a deployment to ask here.").await;
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "Do not lose this"
    );
    hearth
        .save_connection(json!(connection), resource, &[(DEPLOYMENT, MODEL)])
        .await;
    hearth.says_no_more("Add a deployment to ask here.").await;
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "Do not lose this"
    );
}

#[tokio::test]
async fn a_page_that_is_loaded_again_goes_on_with_the_answer() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    let pieces: Vec<String> = (1..=40)
        .map(|n| format!("Sentence number {n} stands here. "))
        .collect();
    let (script, gate) = Script::reply(pieces.clone()).gate();
    resource.next(script);
    hearth.ask("Count").await;
    gate.release(10);
    hearth.last_says("number 10 ").await;
    hearth.fill(Role::Textbox, "Message", "A draft").await;

    hearth.reload().await;
    // The answer goes on while nobody looks.
    gate.release(10);
    hearth.open_conversation("Count").await;
    hearth.last_says("number 20 ").await;
    hearth.the(Role::Button, "Stop").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "A draft");
    gate.release(10);
    hearth.last_says("number 30 ").await;

    hearth.reload().await;
    gate.open();
    hearth.open_conversation("Count").await;
    hearth.last_says("number 40 ").await;
    hearth.answered(pieces.concat().trim()).await;
    assert_eq!(hearth.messages().await.len(), 2);
    hearth.close().await;
}
