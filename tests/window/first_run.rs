//! The main job: start, try the demo, ask, read, stop, come back tomorrow, save.

use serde_json::Value;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_both_themes};

const TABLE: &str = "Compare three ways to keep session data, in a table";
const CODE: &str = "Write a retry budget in Rust";

#[tokio::test]
async fn from_the_first_start_to_a_saved_conversation() {
    in_both_themes(first_run).await;
}

async fn first_run(theme: Theme) {
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.the(Role::Button, "Try the demo").await;
    hearth.picture("welcome", theme).await;
    hearth.enter_demo().await;
    hearth.picture("empty", theme).await;

    hearth.ask(TABLE).await;
    hearth.beginning_of_the_answer().await;
    hearth.picture("streaming", theme).await;
    let answer = hearth.answer().await;
    assert_eq!(answer.who, "Claude");
    hearth.picture("finished-table", theme).await;

    // Thinking, then stopped by the key that stops.
    hearth.ask(CODE).await;
    hearth.the_one_beginning(Role::Button, "Thinking").await;
    hearth.picture("thinking", theme).await;
    hearth.beginning_of_the_answer().await;
    hearth.press("\u{e00c}").await;
    let stopped = hearth.answer().await;
    assert!(stopped.text.contains("Stopped."), "{stopped:?}");
    hearth.picture("stopped", theme).await;
    let before = hearth.messages().await;
    assert_eq!(before.iter().map(|message| message.who.as_str()).collect::<Vec<_>>(), ["You", "Claude", "You", "Claude"]);
    hearth.close().await;

    // Tomorrow: the demo goes on, and every word is still there.
    let hearth = Hearth::open(&home).await;
    hearth.open_conversation(TABLE).await;
    let after = hearth.until("all messages again", async || {
        let shown = hearth.messages().await;
        (shown.len() == before.len()).then_some(shown)
    });
    assert_same_words(&after.await, &before);

    // Asked again, the answer that was stopped comes to its end, beside the first.
    hearth.click_last(Role::Button, "Ask again").await;
    let whole = hearth.answer().await;
    assert!(whole.text.len() > stopped.text.len(), "{whole:?}");
    hearth.picture("finished-code", theme).await;

    let markdown = hearth.save_transcript("Markdown", &home.documents().join("talk.md")).await;
    let shown = hearth.messages().await;
    for message in &shown {
        let words = hearth.words_of(&message.text);
        assert_in_order(&markdown, &words);
    }
    let json = hearth.save_transcript("JSON", &home.documents().join("talk.json")).await;
    let json: Value = serde_json::from_str(&json).expect("the lossless transcript is JSON");
    assert!(json.to_string().contains(CODE));
    hearth.close().await;
}
