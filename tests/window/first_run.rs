//! The main job: start, try the demo, ask, read, stop, come back tomorrow, save.

use serde_json::Value;

use crate::accessible::Role;
use crate::chat::Shown;
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::words;

const TABLE: &str = "Compare three ways to keep session data, in a table";
const CODE: &str = "Write a retry budget in Rust";
const ESCAPE: &str = "\u{e00c}";

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
    assert!(
        answer.text.contains(TABLE),
        "the demo shows that it read the question: {answer:?}"
    );
    hearth.picture("finished-table", theme).await;

    hearth.ask(CODE).await;
    hearth.last_says("Thinking").await;
    hearth.picture("thinking", theme).await;
    hearth.beginning_of_the_answer().await;
    hearth.press(ESCAPE).await;
    let stopped = hearth.answer().await;
    assert!(
        stopped.all.contains("Stopped. What arrived is kept."),
        "{stopped:?}"
    );
    hearth.picture("stopped", theme).await;
    let before = hearth.messages().await;
    assert_eq!(speakers(&before), ["You", "Claude", "You", "Claude"]);
    hearth.close().await;

    let hearth = tomorrow(&home, &before).await;
    hearth.click_last(Role::Button, "Ask again").await;
    hearth.beginning_of_the_answer().await;
    let whole = hearth.answer().await;
    assert!(whole.text.len() > stopped.text.len(), "{whole:?}");
    assert!(
        whole.all.contains("2/2"),
        "the answer that was stopped is still there: {whole:?}"
    );
    hearth.picture("finished-code", theme).await;
    transcripts_equal_the_screen(&hearth, &home).await;
    hearth.close().await;
}

/// The demo goes on where it was left, and every word is still there.
async fn tomorrow<'a>(home: &'a Home, before: &[Shown]) -> Hearth<'a> {
    let hearth = Hearth::open(home).await;
    hearth.open_conversation(TABLE).await;
    let after = hearth
        .until("all messages again", async || {
            let shown = hearth.messages().await;
            (shown.len() == before.len()).then_some(shown)
        })
        .await;
    for (now, then) in after.iter().zip(before) {
        assert_eq!((&now.who, &now.text), (&then.who, &then.text));
    }
    hearth
}

async fn transcripts_equal_the_screen(hearth: &Hearth<'_>, home: &Home) {
    let documents = home.documents();
    let markdown = hearth
        .save_transcript("Markdown", &documents.join("talk.md"))
        .await;
    let written = words::messages(&markdown);
    let shown = hearth.messages().await;
    assert_eq!(written.len(), shown.len(), "{markdown}");
    for ((who, text), shown) in written.iter().zip(&shown) {
        assert_eq!(who, &shown.who);
        let (written, shown) = (words::of_markdown(text), words::of_text(&shown.text));
        assert!(
            shown.len() > 3 && words::contain(&written, &shown),
            "{text}\n— and on the screen —\n{shown:?}"
        );
    }

    let json = hearth
        .save_transcript("JSON", &documents.join("talk.json"))
        .await;
    let json: Value = serde_json::from_str(&json).expect("the lossless transcript is JSON");
    let json = json.to_string();
    assert!(json.contains(TABLE) && json.contains(CODE));
}

fn speakers(messages: &[Shown]) -> Vec<&str> {
    messages
        .iter()
        .map(|message| message.who.as_str())
        .collect()
}
