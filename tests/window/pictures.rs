//! What the window looks like in the states that no other story passes through, in light and in
//! dark, large and small. In every one of them, everything that can be operated has a name.

use hearth_emulator::{Emulator, Script};
use serde_json::json;

use crate::accessible::{self, Role};
use crate::acts::ESCAPE;
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::resource::{DEPLOYMENT, KEY, MODEL, resource};

#[tokio::test]
async fn every_other_state_is_pictured() {
    in_both_themes(states).await;
}

async fn states(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme).with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let hearth = Hearth::open(&home).await;
    nameless_controls_are_found(&hearth).await;
    connecting_without_a_keyring(&hearth, &resource, theme).await;
    answers(&hearth, &resource, theme).await;
    failures(&hearth, &resource, theme).await;
    menus_and_search(&hearth, theme).await;
    settings(&hearth, theme).await;
    hearth.close().await;

    // A file that is no database: nothing can be shown, and nothing is replaced.
    let database = home.profile().join("hearth.db");
    assert!(database.is_file(), "{database:?}");
    std::fs::write(
        &database,
        "not a database, and longer than the header of one would be ".repeat(20),
    )
    .expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.says("cannot be read").await;
    state(&hearth, "unreadable", theme).await;
    hearth.close().await;
}

/// Keeps a picture, and checks the names of all that is on it.
async fn state(hearth: &Hearth<'_>, name: &str, theme: Theme) {
    hearth.picture(name, theme).await;
    let nameless = accessible::nameless(&hearth.page).await;
    assert_eq!(nameless, Vec::<String>::new(), "in the state “{name}”");
}

async fn nameless_controls_are_found(hearth: &Hearth<'_>) {
    hearth.the(Role::Button, "Try the demo").await;
    let plant = "const made = document.createElement('button'); made.id = 'planted'; made.style.width = '9px'; \
        made.style.height = '9px'; document.querySelector('main').append(made)";
    hearth.script(plant).await;
    let found = accessible::nameless(&hearth.page).await;
    assert!(
        found.len() == 1 && found[0].contains("planted"),
        "{found:?}"
    );
    hearth
        .script("document.getElementById('planted').remove()")
        .await;
    assert_eq!(
        accessible::nameless(&hearth.page).await,
        Vec::<String>::new()
    );
}

async fn connecting_without_a_keyring(hearth: &Hearth<'_>, resource: &Emulator, theme: Theme) {
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.fill(Role::Textbox, "Endpoint", "my-resource").await;
    hearth.says("The resource’s name became an address.").await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.fill(Role::Textbox, "Name", "Contoso").await;
    hearth.name_a_deployment(DEPLOYMENT, MODEL).await;
    hearth
        .add_a_deployment("claude-opus-5-5", "claude-opus-5-5")
        .await;
    state(hearth, "settings-filled", theme).await;
    hearth.click(Role::Button, "Save").await;
    hearth.says("No Secret Service runs here").await;
    state(hearth, "keyring-missing", theme).await;
    hearth
        .fill(Role::Textbox, "Endpoint", &resource.url())
        .await;
    hearth
        .says(&format!("{}/anthropic/v1/messages", resource.url()))
        .await;
    hearth.click(Role::Checkbox, "Keep for this run only").await;
    hearth.click(Role::Button, "Save").await;
    hearth.the(Role::Textbox, "Message").await;
    state(hearth, "saved-notice", theme).await;
}

async fn answers(hearth: &Hearth<'_>, resource: &Emulator, theme: Theme) {
    for (question, last, name) in [
        (
            "Greet me in many languages",
            "demo reply was written in advance",
            "languages",
        ),
        (
            "Give me a markdown tour",
            "demo reply was written in advance",
            "markdown",
        ),
        (
            "Solve the Monty Hall puzzle",
            "demo reply was written in advance",
            "thought",
        ),
    ] {
        hearth.click(Role::Button, "New chat").await;
        hearth.ask(question).await;
        hearth.last_says(last).await;
        hearth.the(Role::Button, "Send").await;
        state(hearth, name, theme).await;
        hearth
            .script("document.querySelector('[role=log]').parentElement.scrollTop = 0")
            .await;
        hearth.settle().await;
        state(hearth, &format!("{name}-top"), theme).await;
    }
    hearth.click_beginning(Role::Button, "Thought").await;
    state(hearth, "thought-open", theme).await;

    hearth.click(Role::Button, "New chat").await;
    resource.next(Script::reply(["Up to here, and no further."]).stop("refusal"));
    hearth
        .ask("Something that Claude would rather not do")
        .await;
    hearth.last_says("Claude declined").await;
    state(hearth, "refusal", theme).await;
}

async fn failures(hearth: &Hearth<'_>, resource: &Emulator, theme: Theme) {
    hearth.click(Role::Button, "New chat").await;
    let body = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_011CSHoEeqs5C35K2UUqR7Fy"}"#;
    for _ in 0..4 {
        resource.next(Script::status(
            529,
            [
                ("retry-after-ms", "1"),
                ("content-type", "application/json"),
            ],
            body,
        ));
    }
    hearth.ask("Is anybody there?").await;
    hearth.card("Service busy").await;
    hearth.click(Role::Button, "Details").await;
    state(hearth, "card-busy-details", theme).await;
    resource.next(Script::reply([
        "Now there is: a second answer, beside the one that failed.",
    ]));
    hearth.click(Role::Button, "Try again").await;
    hearth.last_says("2/2").await;
    state(hearth, "branches", theme).await;
}

async fn menus_and_search(hearth: &Hearth<'_>, theme: Theme) {
    hearth.shortcut('M').await;
    hearth.the_one_beginning(Role::MenuItem, DEPLOYMENT).await;
    state(hearth, "menu-model", theme).await;
    hearth.dismiss().await;
    hearth.click_beginning(Role::Button, "Answer length").await;
    hearth.the(Role::Textbox, "Longest answer, in tokens").await;
    state(hearth, "popover-limit", theme).await;
    hearth.dismiss().await;
    hearth.click(Role::Button, "Save transcript").await;
    hearth.the_one_beginning(Role::MenuItem, "Markdown").await;
    state(hearth, "menu-save", theme).await;
    hearth.dismiss().await;

    hearth.search("answer").await;
    hearth
        .until("results", async || {
            let found = "return document.querySelectorAll('[role=option] mark').length > 1";
            (hearth.script(found).await == true).then_some(())
        })
        .await;
    state(hearth, "search", theme).await;
    hearth.dismiss().await;
    hearth.search("xylophone").await;
    hearth.says("Nothing found for").await;
    state(hearth, "search-empty", theme).await;
    hearth.dismiss().await;
    hearth.shortcut('/').await;
    hearth.the(Role::Dialog, "Shortcuts").await;
    hearth.settle().await;
    state(hearth, "shortcuts", theme).await;
    hearth.dismiss().await;

    hearth
        .click_beginning(Role::Button, "Give me a markdown tour")
        .await;
    hearth.last_says("demo reply was written in advance").await;
    hearth
        .script("document.querySelector('[role=log] .prose a').click()")
        .await;
    hearth.the(Role::Dialog, "Open this address?").await;
    state(hearth, "link", theme).await;
    hearth.click(Role::Button, "Cancel").await;

    hearth.says_no_more("Open this address?").await;
    let row = hearth
        .the_one_beginning(Role::Button, "Something that Claude")
        .await;
    row.send_keys("\u{e017}").await.expect("a row takes keys");
    hearth.noticed("Moved to the trash:").await;
    state(hearth, "trash-notice", theme).await;

    hearth.resize(720, 520).await;
    hearth.click(Role::Button, "Show sidebar").await;
    hearth.the(Role::Button, "New chat").await;
    hearth.settle().await;
    let variant = format!("{}-720x520", theme.name());
    crate::shots::keep(&hearth.page, "sidebar-over", &variant).await;
    hearth.press(ESCAPE).await;
    hearth.resize(1200, 800).await;
}

async fn settings(hearth: &Hearth<'_>, theme: Theme) {
    hearth.click(Role::Button, "Settings").await;
    hearth.says("for this run only").await;
    state(hearth, "settings-this-run", theme).await;
    hearth.click(Role::Button, "Remove connection").await;
    hearth.says("the keyring never had them").await;
    state(hearth, "settings-remove", theme).await;
    hearth.click(Role::Button, "Cancel").await;
    hearth.click(Role::Button, "Tools").await;
    hearth.says("Claude may ask Hearth").await;
    state(hearth, "settings-tools", theme).await;
    hearth.click(Role::Button, "About").await;
    hearth.says("None on this desktop").await;
    state(hearth, "about", theme).await;

    // The demo, with its mark on everything.
    hearth
        .invoke("start_demo", json!({}))
        .await
        .expect("the demo starts");
    hearth.click(Role::Button, "New chat").await;
    hearth.says("This is the demo.").await;
    state(hearth, "demo", theme).await;
    hearth
        .click_beginning(Role::Button, "Give me a markdown tour")
        .await;
    hearth
        .says("This conversation was held with a real connection, and the demo runs now.")
        .await;
    state(hearth, "demo-mismatch", theme).await;
}
