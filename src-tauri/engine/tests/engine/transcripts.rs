//! Conversations as files.

use hearth_emulator::Script;
use hearth_engine::api::{ErrorCode, TranscriptFormat};
use hearth_engine::{DemoAddress, Words};
use serde_json::Value;

use crate::support::*;

#[tokio::test]
async fn the_markdown_holds_the_answer_exactly() {
    let house = House::new().await;
    let said =
        "| a | b |\n|---|---|\n| 1 | *2* |\n\n```rust\nfn main() {}\n```\n\nÜber 日本 \u{1F98A}.";
    house.emulator.next(Script::reply([said]));
    let (sent, answer) = house.ask(None, "# A table, please").await;
    assert_eq!(text(&answer), said);
    let transcript = house
        .engine
        .transcript(sent.conversation.clone(), TranscriptFormat::Markdown)
        .await
        .unwrap();
    assert!(transcript.text.contains(said), "{}", transcript.text);
    assert!(transcript.text.contains("# A table, please"));
    assert!(transcript.file_name.ends_with(".md"));
    let demo = Words::english().say("transcript-demo", &[]);
    assert!(!transcript.text.contains(&demo));
}

#[tokio::test]
async fn the_json_holds_every_branch() {
    let house = House::new().await;
    house.emulator.next(Script::reply(["first try"]));
    let (sent, _) = house.ask(None, "Try").await;
    house.emulator.next(Script::reply(["second try"]));
    let mut window = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(sent.conversation.clone(), sent.answer.clone())
        .await
        .unwrap();
    ended(&mut window, &again.turn).await;
    let transcript = house
        .engine
        .transcript(sent.conversation, TranscriptFormat::Json)
        .await
        .unwrap();
    let document: Value = serde_json::from_str(&transcript.text).unwrap();
    let messages = document["messages"].as_array().unwrap();
    assert_eq!(messages.len(), 3);
    assert!(transcript.text.contains("first try") && transcript.text.contains("second try"));
    assert!(transcript.file_name.ends_with(".json"));
}

#[tokio::test]
async fn a_conversation_of_the_demo_says_so() {
    let house = House::new().await;
    let address = DemoAddress {
        url: house.emulator.url(),
        key: house.emulator.key().to_owned(),
    };
    house.engine.start_demo(address).await.unwrap();
    let (sent, _) = house.ask(None, "Hello").await;
    let markdown = house
        .engine
        .transcript(sent.conversation.clone(), TranscriptFormat::Markdown)
        .await
        .unwrap();
    let demo = Words::english().say("transcript-demo", &[]);
    assert!(markdown.text.contains(&demo), "{}", markdown.text);
    let json = house
        .engine
        .transcript(sent.conversation, TranscriptFormat::Json)
        .await
        .unwrap();
    let document: Value = serde_json::from_str(&json.text).unwrap();
    assert_eq!(document["conversation"]["demo"], true);
}

#[tokio::test]
async fn a_failed_answer_says_why() {
    let house = House::new().await;
    let (sent, _) = house.ask_deployment(None, "Hello", "fault-404").await;
    let markdown = house
        .engine
        .transcript(sent.conversation, TranscriptFormat::Markdown)
        .await
        .unwrap();
    assert!(
        markdown
            .text
            .contains("No deployment named “fault-404” here."),
        "{}",
        markdown.text
    );
}

#[tokio::test]
async fn a_file_is_replaced_whole_or_not_at_all() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a transcript.md");
    std::fs::write(&path, "old").unwrap();
    let old = std::fs::File::open(&path).unwrap();
    house
        .engine
        .save_transcript(sent.conversation.clone(), TranscriptFormat::Markdown, &path)
        .await
        .unwrap();
    let expected = house
        .engine
        .transcript(sent.conversation.clone(), TranscriptFormat::Markdown)
        .await
        .unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected.text);
    // Whoever had the old file open still reads all of it: it was never written into.
    assert_eq!(std::io::read_to_string(old).unwrap(), "old");
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing else is left behind");

    let nowhere = folder.path().join("no such folder").join("t.md");
    let error = house
        .engine
        .save_transcript(sent.conversation, TranscriptFormat::Markdown, &nowhere)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::FileNotWritten);
    assert_eq!(error.subject, Some(nowhere.display().to_string()));
    assert!(error.message.is_some());
}
