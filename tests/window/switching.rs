//! Several connections, switched while answers are being written: each question goes where
//! it was asked.

use hearth_emulator::{Emulator, Script};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, draft, with_secret};

const WORK: &str = "Contoso work";
const LAB: &str = "Contoso lab";

async fn resource_with(key: &str) -> Emulator {
    Emulator::builder()
        .key(key)
        .deployment(DEPLOYMENT, MODEL)
        .expect("the base model is known")
        .start()
        .await
        .expect("a port on loopback")
}

fn named(name: &str, resource: &Emulator) -> Value {
    let key = with_secret(json!({ "kind": "key" }), resource.key());
    let mut draft = draft(&resource.url(), key, &[(DEPLOYMENT, MODEL)]);
    draft["name"] = json!(name);
    draft
}

#[tokio::test]
async fn each_question_goes_where_it_was_asked() {
    let work = resource_with("key-of-the-work-resource").await;
    let lab = resource_with("key-of-the-lab-resource").await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.save(named(WORK, &work)).await;
    hearth.save(named(LAB, &lab)).await;

    // The one that was saved last is asked. It is still writing when the other is chosen.
    let (script, gate) = Script::reply(["The lab begins, ", "and the lab ends."]).gate();
    lab.next(script);
    hearth.ask("Who are you?").await;
    gate.release(1);
    hearth.last_says("The lab begins,").await;
    hearth
        .click(Role::Button, &format!("Connection: {LAB}"))
        .await;
    hearth.picture("switching-menu", home.theme()).await;
    hearth.choose_in_menu(WORK).await;
    hearth
        .the(Role::Button, &format!("Connection: {WORK}"))
        .await;
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("And who are you?").await;
    hearth.is_answered("And who are you?").await;
    assert_eq!((lab.log().len(), work.log().len()), (1, 1));
    gate.open();
    hearth.open_conversation("Who are you?").await;
    hearth.answered("The lab begins, and the lab ends.").await;
    let body = |resource: &Emulator| resource.log()[0].received.clone();
    assert_eq!(body(&lab).header("x-api-key"), Some(lab.key()));
    assert_eq!(body(&work).header("x-api-key"), Some(work.key()));

    // In the settings, too; and what is chosen is what is asked after the next start.
    hearth.click(Role::Button, "Settings").await;
    hearth.picture("switching-settings", home.theme()).await;
    hearth.click(Role::Button, &format!("Use {LAB}")).await;
    hearth.the(Role::Button, &format!("Use {WORK}")).await;
    hearth.close().await;
    let hearth = Hearth::open(&home).await;
    hearth.ask("Where does this go?").await;
    hearth.is_answered("Where does this go?").await;
    assert_eq!((lab.log().len(), work.log().len()), (2, 1));
    hearth.close().await;
}
