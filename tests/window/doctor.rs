//! The Doctor: in the form, over an error card, cancelled, and with a fix to press.

use hearth_emulator::Script;
use serde_json::json;

use crate::accessible::Role;
use crate::faults::QUESTION;
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::resource::{DEPLOYMENT, KEY, MODEL, resource};
use crate::screen;

/// The rungs of a ladder, each with how it stands.
const READ_LADDER: &str = "return [...document.querySelectorAll('section[aria-busy] li')] \
    .map(rung => [rung.querySelector('strong').innerText, rung.className.split(' ')[0]]);";

impl Hearth<'_> {
    async fn rungs(&self) -> Vec<(String, String)> {
        serde_json::from_value(self.script(READ_LADDER).await).unwrap_or_default()
    }

    async fn rung(&self, name: &str) -> String {
        let rungs = self.rungs().await;
        let found = rungs.iter().find(|(rung, _)| rung == name);
        found
            .unwrap_or_else(|| panic!("no rung {name}: {rungs:?}"))
            .1
            .clone()
    }
}

#[tokio::test]
async fn a_healthy_connection_passes_every_rung() {
    in_both_themes(healthy).await;
}

async fn healthy(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth
        .fill(Role::Textbox, "Endpoint", &resource.url())
        .await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.name_a_deployment(DEPLOYMENT, MODEL).await;
    hearth.click(Role::Button, "Test connection").await;
    hearth.says("Everything works").await;
    let rungs = hearth.rungs().await;
    assert_eq!(rungs.len(), 14, "{rungs:?}");
    for rung in [
        "Address",
        "Connection",
        "Credential",
        "Deployment",
        "Streaming",
        "Tools",
        "Thinking",
        "Effort",
        "Images",
        "Token count",
    ] {
        assert_eq!(hearth.rung(rung).await, "passed", "{rung}");
    }
    // Plain http on this machine has none of these.
    for rung in ["Proxy", "Secure connection"] {
        assert_eq!(hearth.rung(rung).await, "skipped", "{rung}");
    }
    hearth.picture("doctor-healthy", theme).await;
    hearth.click(Role::Button, "Details of Deployment").await;
    hearth.says("request-id").await;
    hearth.picture("doctor-details", theme).await;

    // What is copied for whoever can help has the facts and no key.
    hearth.click(Role::Button, "Copy report").await;
    let report = screen::clipboard(|copied| copied.contains("Everything works")).await;
    assert!(report.contains(&resource.url()), "{report}");
    assert!(!report.contains(KEY), "{report}");
    hearth.close().await;
}

#[tokio::test]
async fn a_broken_connection_is_named_and_mended_from_its_card() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth
        .connect(&resource.url(), "the-key-of-last-year", DEPLOYMENT)
        .await;
    hearth.ask(QUESTION).await;
    hearth.last_says("Key refused").await;
    hearth.click(Role::Button, "Run the Doctor").await;
    hearth.says("Chat does not work").await;
    assert_eq!(hearth.rung("Connection").await, "passed");
    assert_eq!(hearth.rung("Deployment").await, "failed");
    assert_eq!(hearth.rung("Streaming").await, "skipped");
    hearth.picture("doctor-broken", home.theme()).await;
    // The card behind the Doctor has a button of this name, too.
    hearth.click_last(Role::Button, "Replace key").await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.click(Role::Button, "Test connection").await;
    hearth
        .until("a verdict that is better", async || {
            let works = hearth.reads("Everything works").await;
            (works || hearth.reads("Chat works; something else does not").await).then_some(())
        })
        .await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.open_conversation(QUESTION).await;
    hearth.click(Role::Button, "Try again").await;
    hearth.is_answered(QUESTION).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_walk_that_takes_too_long_is_stopped() {
    let resource = resource().await;
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::silence());
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "Test connection").await;
    hearth
        .until("the rung that does not answer", async || {
            let rungs = hearth.rungs().await;
            let waits = ("Deployment".to_owned(), "running".to_owned());
            (rungs.contains(&waits) && resource.log().len() == 1).then_some(())
        })
        .await;
    hearth.picture("doctor-running", home.theme()).await;
    hearth.click(Role::Button, "Cancel").await;
    hearth.says("Not looked at: it was stopped.").await;
    hearth.picture("doctor-stopped", home.theme()).await;
    let gone = resource.wait_for(|log| log[0].ending.is_some());
    gone.await.expect("the question was given up");

    // A check that failed locks nobody out, and the next one begins anew.
    hearth.click(Role::Button, "Check again").await;
    hearth.says("Everything works").await;
    let state = hearth.invoke("app_state", json!({})).await;
    let state = state.expect("the state");
    assert_eq!(state["connections"][0]["name"], "Resource of the test");
    hearth.close().await;
}
