//! Transcripts of conversations with images, files and prompts that Hearth wrote.

use std::collections::BTreeMap;

use hearth_store::transcript::{BadTranscript, Exported, Format, json, read};
use hearth_store::{
    DraftKey, Ending, NewAttachment, NewBlock, NewMessage, Purpose, Question, Store, Where,
};

use crate::support::{self, *};
use crate::transcripts::written;

fn file_block(id: &str, name: &str) -> NewBlock {
    let source = format!(r#"{{"type":"attachment","id":"{id}","media_type":"text/plain"}}"#);
    let title = serde_json::to_string(name).unwrap();
    let body = format!(r#"{{"type":"document","source":{source},"title":{title}}}"#);
    NewBlock {
        kind: "document".into(),
        body: support::json(&body),
        plain: String::new(),
        seconds: None,
        attachment: Some(id.into()),
    }
}

/// Every byte, so that no encoding of text would do.
fn every_byte() -> Vec<u8> {
    (0..=255).cycle().take(70_001).collect()
}

fn attachments() -> [NewAttachment; 4] {
    [
        picture("p", &every_byte()),
        text_file("rust", "main.rs", "fn main() {}\n// ``` ä😀"),
        text_file("odd", "notes\n# not a heading", ""),
        picture("hidden", b"of a branch that is not shown"),
    ]
}

/// A question with all of them, whose answer was stopped and went on.
fn attached() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    for attachment in attachments() {
        store.attach(&DraftKey::New, &attachment).unwrap();
    }
    let question = |id: &str, blocks: Vec<NewBlock>| Question::New {
        parent: None,
        message: NewMessage {
            id: id.into(),
            purpose: None,
            blocks,
            created_at: 2,
        },
    };
    let place = Where::New(new_conversation("c", 1));
    let hidden = question("other", vec![picture_block("hidden")]);
    store.begin_turn(&turn("h", place, hidden, 1)).unwrap();
    let blocks = vec![
        picture_block("p"),
        file_block("rust", "main.rs"),
        file_block("odd", "odd"),
        text_block("See?"),
    ];
    let mut begin = turn("t", existing("c"), question("q", blocks), 3);
    begin.clears = sent(DraftKey::New, "");
    store.begin_turn(&begin).unwrap();
    let partial = finish("t", Ending::Stopped, vec![text_block("I see")], 4);
    store.finish_turn(&partial).unwrap();
    let go_on = Question::New {
        parent: Some("t-a".into()),
        message: NewMessage {
            id: "go on".into(),
            purpose: Some(Purpose::Continue),
            blocks: vec![text_block("Go on after “I see”.")],
            created_at: 5,
        },
    };
    let next = turn("u", existing("c"), go_on, 6);
    store.begin_turn(&next).unwrap();
    let rest = finish("u", complete(), vec![text_block(" a picture.")], 7);
    store.finish_turn(&rest).unwrap();
    (folder, store)
}

#[test]
fn markdown_names_images_and_shows_files() {
    let (_folder, store) = attached();
    let exported = store.export(&"c".into(), Format::Markdown).unwrap();
    let needed: Vec<&str> = exported.attachments.keys().map(|id| id.as_str()).collect();
    assert_eq!(needed, ["odd", "rust"], "images are not read");
    let expected = r#"# title of c

at 1

## You

**p.png of 70001 bytes**

**main.rs of 26 bytes**

````rs
fn main() {}
// ``` ä😀
````

**notes # not a heading of 0 bytes**

```

```

See?

## Claude

by my-sonnet · at 3

I see

*stopped*

## Hearth

Go on after “I see”.

## Claude

by my-sonnet · at 6

 a picture.
"#;
    assert_eq!(written(&exported), expected);
}

#[test]
fn json_brings_every_byte_back() {
    let (_folder, store) = attached();
    let exported = store.export(&"c".into(), Format::Json).unwrap();
    let bytes: BTreeMap<_, _> = attachments()
        .into_iter()
        .map(|it| (it.id, it.bytes))
        .collect();
    assert_eq!(exported.attachments, bytes);
    let text = json(&exported);
    assert!(text.contains(r#""purpose": "continue""#));
    let back = read(&text).unwrap();
    assert_eq!(back, exported);
    let found = back.conversation.messages.iter().flat_map(|it| &it.blocks);
    let infos: Vec<_> = found.filter_map(|it| it.attachment.clone()).collect();
    let [p, rust, odd, hidden] = attachments();
    assert_eq!(infos, [&hidden, &p, &rust, &odd].map(info));
}

#[test]
fn an_attachment_without_its_content_is_refused() {
    let (_folder, store) = attached();
    let exported = store.export(&"c".into(), Format::Json).unwrap();
    let refused = |broken: &Exported| match read(&json(broken)) {
        Err(BadTranscript::Attachment(id)) => id.into_string(),
        other => panic!("{other:?}"),
    };
    let mut missing = exported.clone();
    missing.attachments.remove(&"rust".into());
    assert_eq!(refused(&missing), "rust");
    let mut cut = exported.clone();
    let picture = cut.attachments.get_mut(&"p".into()).unwrap();
    picture.pop();
    assert_eq!(refused(&cut), "p");
    let garbled = json(&exported).replace(r#""base64": "AAEC"#, r#""base64": "*AEC"#);
    assert!(matches!(
        read(&garbled),
        Err(BadTranscript::Attachment(id)) if id == "p".into()
    ));
    assert!(matches!(
        store.export(&"nowhere".into(), Format::Json),
        Err(hearth_store::StoreError::NoSuchConversation(_))
    ));
}
