//! One owner decides about scrolling: it follows the end until the person scrolls up.

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

const BOX: &str = "const box = document.querySelector('[role=log]').parentElement;";

#[tokio::test]
async fn the_log_follows_its_end_until_the_person_scrolls_up() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    let pieces: Vec<String> = (1..=60)
        .map(|n| format!("Paragraph {n} of many.\n\n"))
        .collect();
    let (script, gate) = Script::reply(pieces).gate();
    resource.next(script);
    hearth.ask("Many paragraphs").await;
    gate.release(40);
    hearth.last_says("Paragraph 40 of many.").await;
    is_at_the_end(&hearth).await;
    assert!(!hearth.shows(Role::Button, "Jump to latest").await);

    // Whoever scrolls up stays where they are, whatever arrives below.
    hearth.script(&format!("{BOX} box.scrollTop -= 300;")).await;
    hearth.the(Role::Button, "Jump to latest").await;
    let top = hearth.script(&format!("{BOX} return box.scrollTop;")).await;
    gate.release(10);
    hearth.last_says("Paragraph 50 of many.").await;
    hearth.settle().await;
    assert_eq!(
        hearth.script(&format!("{BOX} return box.scrollTop;")).await,
        top
    );

    hearth.click(Role::Button, "Jump to latest").await;
    is_at_the_end(&hearth).await;
    gate.open();
    hearth.last_says("Paragraph 60 of many.").await;
    hearth.the(Role::Button, "Send").await;
    is_at_the_end(&hearth).await;
    assert!(!hearth.shows(Role::Button, "Jump to latest").await);
}

#[tokio::test]
async fn an_answer_that_comes_at_once_is_seen_to_its_end() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    // Code is coloured, and thoughts collapse, after the text stands: both change its height.
    for question in ["Give me a markdown tour", "Show me a retry budget in code"] {
        hearth.ask(question).await;
        hearth
            .last_says("This demo reply was written in advance.")
            .await;
        hearth.the(Role::Button, "Send").await;
        hearth.settle().await;
        is_at_the_end(&hearth).await;
        assert!(
            !hearth.shows(Role::Button, "Jump to latest").await,
            "{question}"
        );
    }
}

async fn is_at_the_end(hearth: &Hearth<'_>) {
    let below = format!("{BOX} return box.scrollHeight - box.clientHeight - box.scrollTop;");
    hearth
        .until("the end of the log", async || {
            let below = hearth.script(&below).await.as_f64()?;
            (below < 2.0).then_some(())
        })
        .await;
}
