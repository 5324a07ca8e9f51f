//! A real connection: the form, the test, the key in the keyring, and a chat.

use hearth_emulator::{Emulator, Ending};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_both_themes};

const KEY: &str = "window-key-0f3a9c21d7";
const DEPLOYMENT: &str = "claude-sonnet-5-5";

#[tokio::test]
async fn an_endpoint_and_a_key_are_enough_to_chat() {
    in_both_themes(connects).await;
}

async fn connects(theme: Theme) {
    let foundry = Emulator::builder()
        .key(KEY)
        .start()
        .await
        .expect("the emulator starts");
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.the(Role::Textbox, "Endpoint").await;
    hearth.picture("settings-empty", theme).await;

    hearth
        .fill_connection(&format!(" {}/ ", foundry.url()), KEY, DEPLOYMENT)
        .await;
    let address = format!("{}/anthropic/v1/messages", foundry.url());
    hearth
        .until("the final address", async || {
            hearth.reads(&address).await.then_some(())
        })
        .await;
    hearth.click(Role::Button, "Test connection").await;
    hearth
        .until("the outcome of the test", async || {
            hearth.reads("Everything works").await.then_some(())
        })
        .await;
    hearth.picture("settings-tested", theme).await;
    hearth.click(Role::Button, "Save").await;

    hearth.ask("What are you?").await;
    let answer = hearth.answer().await;
    assert!(answer.text.contains("What are you?"), "{answer:?}");
    let log = foundry.log();
    let last = log.last().expect("the emulator was asked");
    assert_eq!(last.received.header("x-api-key"), Some(KEY));
    assert_eq!(last.received.header("api-key"), Some(KEY));
    assert_eq!(last.received.deployment.as_deref(), Some(DEPLOYMENT));
    hearth.close().await;

    // The key comes back from the keyring, and only its end can be seen.
    let hearth = Hearth::open(&home).await;
    hearth.ask("And tomorrow?").await;
    hearth.answer().await;
    hearth.click(Role::Button, "Settings").await;
    let field = hearth.the(Role::Textbox, "API key").await;
    let hint = field
        .attr("placeholder")
        .await
        .expect("an attribute")
        .unwrap_or_default();
    assert!(hint.ends_with(&KEY[KEY.len() - 4..]), "{hint}");
    assert_eq!(
        field.prop("value").await.expect("a property").as_deref(),
        Some("")
    );
    hearth.picture("settings-saved", theme).await;
    hearth.close().await;
    foundry.shutdown().await;
}

#[tokio::test]
async fn stop_closes_the_connection_and_keeps_the_text() {
    let foundry = Emulator::builder()
        .key(KEY)
        .start()
        .await
        .expect("the emulator starts");
    let (script, gate) =
        hearth_emulator::Script::reply(["The first words stand. ", "These never come."]).gate();
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.connect(&foundry.url(), KEY, DEPLOYMENT).await;

    foundry.next(script);
    hearth.ask("Say two things").await;
    gate.release(1);
    hearth.last_says("The first words stand.").await;
    hearth.click(Role::Button, "Stop").await;
    let stopped = hearth.answer().await;
    assert_eq!(stopped.text.trim(), "The first words stand.");
    let ended = foundry.wait_for(|log| {
        log.iter()
            .any(|exchange| exchange.ending == Some(Ending::ClientGone))
    });
    ended
        .await
        .expect("the connection was closed before its end");
    hearth.close().await;
    foundry.shutdown().await;
}
