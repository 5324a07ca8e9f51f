//! Finding conversations again: the list, and the keys that lead there.

use fantoccini::actions::{InputSource, MouseActions, PointerAction};
use hearth_emulator::Script;

use crate::accessible::Role;
use crate::acts::{ENTER, ESCAPE};
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

const OTTERS: &str = "How do otters sleep?";
const HERONS: &str = "How do herons fish?";
const DELETE: &str = "\u{e017}";

#[tokio::test]
async fn conversations_are_found_renamed_and_deleted() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    resource.next(Script::reply([
        "On their backs, holding **hands**, in a raft of kelp.",
    ]));
    hearth.ask(OTTERS).await;
    hearth.last_says("kelp").await;
    hearth.the(Role::Button, "Send").await;
    hearth.shortcut('n').await;
    hearth.says_no_more("kelp").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    // The new chat takes keys at once.
    resource.next(Script::reply(["Standing still."]));
    hearth.press(HERONS).await;
    hearth.press(ENTER).await;
    hearth.last_says("Standing still.").await;
    lists(&hearth, &["Today", HERONS, OTTERS]).await;

    pin(&hearth).await;
    rename(&hearth).await;
    delete_and_undo(&hearth).await;
    hearth.close().await;

    let hearth = Hearth::open(&home).await;
    hearth.the_one_beginning(Role::Button, "Herons").await;
    lists(&hearth, &["Today", "Herons"]).await;
    hearth.close().await;
}

/// Headings and titles of the list, from top to bottom.
async fn listed(hearth: &Hearth<'_>) -> Vec<String> {
    let script = "return [...document.querySelectorAll('nav h2, nav li .title')].map(line => line.innerText.trim())";
    serde_json::from_value(hearth.script(script).await).unwrap_or_default()
}

/// Waits until the list is this one.
async fn lists(hearth: &Hearth<'_>, lines: &[&str]) {
    hearth
        .until(&format!("the list {lines:?}"), async || {
            (listed(hearth).await == lines).then_some(())
        })
        .await;
}

async fn pin(hearth: &Hearth<'_>) {
    open_menu(hearth, OTTERS).await;
    hearth.choose_in_menu("Pin").await;
    lists(hearth, &["Pinned", OTTERS, "Today", HERONS]).await;
    open_menu(hearth, OTTERS).await;
    hearth.choose_in_menu("Unpin").await;
    lists(hearth, &["Today", HERONS, OTTERS]).await;
}

async fn rename(hearth: &Hearth<'_>) {
    open_menu(hearth, HERONS).await;
    hearth.choose_in_menu("Rename").await;
    // The old title is selected, so that typing replaces it.
    hearth.the(Role::Textbox, "Title").await;
    hearth.press("Herons").await;
    hearth.press(ENTER).await;
    lists(hearth, &["Today", "Herons", OTTERS]).await;
    let heading = hearth
        .script("return document.querySelector('header h1').innerText.trim()")
        .await;
    assert_eq!(
        heading, "Herons",
        "the conversation that is open has its new title above it"
    );
}

async fn delete_and_undo(hearth: &Hearth<'_>) {
    open_menu(hearth, OTTERS).await;
    hearth.choose_in_menu("Move to trash").await;
    lists(hearth, &["Today", "Herons"]).await;
    hearth
        .noticed(&format!("Moved to the trash: {OTTERS}"))
        .await;
    hearth.click(Role::Button, "Undo").await;
    hearth
        .until("the conversation back", async || {
            (listed(hearth).await.len() == 3).then_some(())
        })
        .await;
    hearth.click_beginning(Role::Button, OTTERS).await;
    hearth.last_says("in a raft of kelp").await;

    // With the keyboard, and while it is open: the window goes on to a new chat.
    let row = hearth.the_one_beginning(Role::Button, OTTERS).await;
    row.send_keys(DELETE).await.expect("a row takes keys");
    hearth.says_no_more("in a raft of kelp").await;
    lists(hearth, &["Today", "Herons"]).await;
}

/// Opens the menu of a row, which shows itself when the pointer is over the row.
async fn open_menu(hearth: &Hearth<'_>, title: &str) {
    let row = hearth.the_one_beginning(Role::Button, title).await;
    // The driver moves nothing when the pointer stands there already, though the row is a new one.
    let over = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo {
            duration: None,
            x: 600.0,
            y: 300.0,
        })
        .then(PointerAction::MoveToElement {
            element: row,
            duration: None,
            x: 0.0,
            y: 0.0,
        });
    hearth
        .page
        .perform_actions(over)
        .await
        .expect("the pointer moves");
    hearth
        .click(Role::Button, &format!("More about {title}"))
        .await;
}

#[tokio::test]
async fn the_keys_lead_everywhere() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth
        .connect_to(
            &resource,
            &[(DEPLOYMENT, MODEL), ("claude-opus-5-5", "claude-opus-5-5")],
        )
        .await;

    hearth.shortcut(',').await;
    hearth.the(Role::Textbox, "Endpoint").await;
    hearth.shortcut(',').await;
    hearth.the(Role::Textbox, "Message").await;

    hearth.shortcut('M').await;
    hearth
        .the_one_beginning(Role::MenuItem, "claude-opus-5-5")
        .await;
    // Escape closes the menu first, and only then would it stop an answer.
    let (script, gate) = Script::reply(["Half. ", "Whole."]).gate();
    hearth.dismiss().await;
    resource.next(script);
    hearth.ask("Slowly, please").await;
    gate.release(1);
    hearth.last_says("Half.").await;
    hearth.shortcut('M').await;
    hearth
        .the_one_beginning(Role::MenuItem, "claude-opus-5-5")
        .await;
    hearth.settle().await;
    hearth.dismiss().await;
    hearth.the(Role::Button, "Stop").await;
    gate.open();
    hearth.answered("Half. Whole.").await;

    hearth.shortcut('b').await;
    hearth.the(Role::Button, "Show sidebar").await;
    assert!(!hearth.shows(Role::Button, "New chat").await);
    hearth.shortcut('b').await;
    hearth.the(Role::Button, "New chat").await;
    a_narrow_window_lays_the_sidebar_over(&hearth).await;
    hearth.close().await;
}

async fn a_narrow_window_lays_the_sidebar_over(hearth: &Hearth<'_>) {
    hearth.resize(720, 520).await;
    hearth.click(Role::Button, "Show sidebar").await;
    hearth.settle().await;
    hearth.click_beginning(Role::Button, "Slowly, please").await;
    // Choosing puts it away again.
    hearth.the(Role::Button, "Show sidebar").await;
    hearth.the(Role::Textbox, "Message").await;
    hearth.click(Role::Button, "Show sidebar").await;
    hearth.the(Role::Button, "New chat").await;
    hearth.press(ESCAPE).await;
    hearth
        .until("the sidebar is gone", async || {
            (!hearth.shows(Role::Button, "New chat").await).then_some(())
        })
        .await;
}
