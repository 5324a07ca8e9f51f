//! The form of a connection: what it makes of what is typed, and what it gives away.

use hearth_emulator::Emulator;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, KEY, LAST_FOUR, MODEL, first_request, last_request, resource};

const SECOND: &str = "claude-opus-5-5";

#[tokio::test]
async fn what_is_typed_becomes_a_connection_that_shows_no_key() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    the_address_is_shown_while_it_is_typed(&hearth, &resource).await;

    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.name_a_deployment(DEPLOYMENT, MODEL).await;
    hearth.add_a_deployment(SECOND, SECOND).await;

    hearth.click(Role::Button, "Test connection").await;
    hearth.says("Everything works").await;
    let (tested, test) = first_request(&resource);
    hearth.click(Role::Button, "Save").await;
    hearth.the(Role::Textbox, "Message").await;
    hearth
        .the(Role::Button, &format!("Model: {DEPLOYMENT}"))
        .await;
    hearth.noticed("Saved").await;

    hearth.ask("Hello?").await;
    hearth.answer().await;
    let (asked, mut chat) = last_request(&resource);
    assert_eq!(asked.header("x-api-key"), Some(KEY));
    assert_eq!((tested.method, tested.path), (asked.method, asked.path));
    assert_eq!(
        tested.headers.get("anthropic-version"),
        asked.headers.get("anthropic-version")
    );
    chat["messages"] = test["messages"].clone();
    assert_eq!(chat, test, "the test makes the call that chat makes");

    the_key_is_not_shown_again(&hearth).await;
    hearth.close().await;
}

async fn the_address_is_shown_while_it_is_typed(hearth: &Hearth<'_>, resource: &Emulator) {
    hearth.fill(Role::Textbox, "Endpoint", "my-resource").await;
    hearth
        .says("https://my-resource.services.ai.azure.com/anthropic/v1/messages")
        .await;
    hearth.says("The resource’s name became an address.").await;
    hearth
        .fill(Role::Textbox, "Endpoint", "http://example.com")
        .await;
    hearth.says("The connection would not be secure").await;
    let pasted = format!("{}/anthropic/v1/messages/?api-version=1", resource.url());
    hearth.fill(Role::Textbox, "Endpoint", &pasted).await;
    hearth
        .says(&format!("{}/anthropic/v1/messages", resource.url()))
        .await;
    hearth.says("The query was dropped.").await;
    hearth.says_no_more("api-version").await;
}

async fn the_key_is_not_shown_again(hearth: &Hearth<'_>) {
    hearth.click(Role::Button, "Settings").await;
    let field = hearth.the(Role::Textbox, "API key").await;
    assert_eq!(hearth.value(Role::Textbox, "API key").await, "");
    let hint = field
        .attr("placeholder")
        .await
        .expect("an attribute")
        .unwrap_or_default();
    assert!(
        hint.ends_with(LAST_FOUR) && !hint.contains(&KEY[KEY.len() - 5..]),
        "{hint}"
    );
    hearth.says("in the system keyring").await;

    // Saving without a new key keeps the one there is.
    hearth.fill(Role::Textbox, "Name", "Renamed").await;
    hearth.click(Role::Button, "Save").await;
    hearth.the(Role::Button, "Renamed").await;
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("Still there?").await;
    let answer = hearth.answer().await;
    assert!(answer.text.contains("Still there?"), "{answer:?}");
}
