//! What was deleted: had back, or gone for good.

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::acts::ESCAPE;
use crate::harness::{Hearth, Home, in_both_themes};
use crate::resource::{DEPLOYMENT, MODEL, resource};

const OTTERS: &str = "How do otters sleep?";
const HERONS: &str = "How do herons fish?";
const DELETE: &str = "\u{e017}";

#[tokio::test]
async fn the_trash_gives_back_and_forgets() {
    in_both_themes(async |theme| {
        let resource = resource().await;
        let home = Home::new(theme);
        let hearth = Hearth::open(&home).await;
        hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
        for (question, answer) in [(OTTERS, "In a raft of kelp."), (HERONS, "Standing still.")] {
            resource.next(Script::reply([answer]));
            hearth.ask(question).await;
            hearth.answered(answer).await;
            hearth.shortcut('n').await;
            hearth.says_no_more(answer).await;
        }
        hearth.click(Role::Button, "Trash").await;
        hearth.says("The trash is empty").await;
        hearth.picture("trash-empty", theme).await;
        for question in [OTTERS, HERONS] {
            let row = hearth.the(Role::Button, question).await;
            row.send_keys(DELETE).await.expect("a row takes keys");
            hearth
                .the(Role::Button, &format!("Restore {question}"))
                .await;
        }
        hearth.says("deleted in 29 days").await;
        hearth.picture("trash", theme).await;

        hearth
            .click(Role::Button, &format!("Restore {OTTERS}"))
            .await;
        hearth.the(Role::Button, OTTERS).await;
        hearth
            .click(Role::Button, &format!("Delete {HERONS} now"))
            .await;
        hearth
            .the(Role::Dialog, &format!("Delete “{HERONS}” for good?"))
            .await;
        hearth.settle().await;
        hearth.picture("trash-delete", theme).await;
        // Escape takes nothing away.
        hearth.press(ESCAPE).await;
        hearth
            .click(Role::Button, &format!("Delete {HERONS} now"))
            .await;
        hearth.click(Role::Button, "Delete for good").await;
        hearth.noticed("freed").await;
        hearth.says("The trash is empty").await;

        hearth.press(ESCAPE).await;
        hearth.search("herons").await;
        hearth.says("Nothing found for “herons”").await;
        hearth.press(ESCAPE).await;
        hearth.closed().await;
        hearth.search("kelp").await;
        hearth.the_one_beginning(Role::MenuItem, OTTERS).await;
        hearth.close().await;
    })
    .await;
}
