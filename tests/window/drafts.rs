//! What was typed and not sent: it outlives a kill, and belongs to its conversation.

use serde_json::{Value, json};

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::branches_of_questions::kill;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

/// Waits until a draft on disk has this text.
async fn stored(hearth: &Hearth<'_>, key: &Value, text: &str) {
    hearth
        .until(&format!("the draft “{text}” on disk"), async || {
            let draft = hearth.invoke("load_draft", json!({ "key": key })).await;
            (draft.ok()?["text"] == text).then_some(())
        })
        .await;
}

#[tokio::test]
async fn drafts_outlive_a_kill_each_in_its_place() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let notes = home.documents().join("notes.md");
    std::fs::write(&notes, "# Notes").expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["An answer."]));
    hearth.ask("A question").await;
    hearth.answered("An answer.").await;

    hearth
        .fill(Role::Textbox, "Message", "For the old one")
        .await;
    hearth.click(Role::Button, "New chat").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    hearth.fill(Role::Textbox, "Message", "For a new one").await;
    let script = "const data = new DataTransfer(); \
        data.items.add(new File(['# Notes'], 'notes.md')); \
        document.querySelector('textarea').dispatchEvent( \
            new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));";
    hearth.script(script).await;
    hearth.the(Role::Button, "Open notes.md").await;
    stored(&hearth, &json!({ "kind": "new" }), "For a new one").await;
    kill(&home).await;
    drop(hearth);

    let hearth = Hearth::open(&home).await;
    hearth.the(Role::Button, "Open notes.md").await;
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "For a new one"
    );
    hearth.open_conversation("A question").await;
    hearth
        .until("the draft of the old one", async || {
            let text = hearth.value(Role::Textbox, "Message").await;
            (text == "For the old one").then_some(())
        })
        .await;
    assert!(!hearth.shows(Role::Button, "Open notes.md").await);

    // Sent is sent: neither the text nor the file comes back.
    resource.next(Script::reply(["Another answer."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("Another answer.").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    kill(&home).await;
    drop(hearth);
    let hearth = Hearth::open(&home).await;
    hearth.open_conversation("A question").await;
    hearth.last_says("Another answer.").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    hearth.close().await;
}
