//! What `make run` does where there is no display: a short conversation with the demo.

use std::fs;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::shots::target;

#[tokio::test]
async fn a_short_conversation_is_held_and_kept() {
    let folder = target().join("demo");
    fs::create_dir_all(&folder).expect("a folder for the results");
    let (picture, transcript) = (folder.join("window.png"), folder.join("transcript.md"));
    let _ = fs::remove_file(&transcript);

    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.enter_demo().await;
    hearth.ask("Write a retry budget in Rust").await;
    let answer = hearth.answer().await;
    assert_eq!(answer.who, "Claude");

    hearth.settle().await;
    fs::write(&picture, hearth.page.screenshot().await.expect("a picture")).expect("it is kept");
    let text = hearth.save_transcript("Markdown", &transcript).await;
    assert!(text.contains("Write a retry budget in Rust"), "{text}");
    assert!(hearth.shows(Role::Button, "Save transcript").await);
    hearth.close().await;
}
