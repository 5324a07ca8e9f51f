//! Conversations as files.

use hearth_store::transcript::{
    BadTranscript, Exported, Format, Labels, file_name, json, markdown, read,
};
use hearth_store::{
    AnswerFacts, ContinueTurn, Ending, NewAnswer, NewBlock, NewConversation, NewMessage, Question,
    Store, Where,
};

use crate::support::{self, ask, complete, existing, finish, text_block, turn};

fn block(kind: &str, body: &str, seconds: Option<f64>) -> NewBlock {
    NewBlock {
        kind: kind.into(),
        body: support::json(body),
        plain: String::new(),
        seconds,
        attachment: None,
    }
}

/// A demo with a tool's call, a branch that is not shown, and a failure.
fn rich() -> Exported {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let new = NewConversation {
        id: "c".into(),
        title: "What\n  time?".into(),
        created_at: 1,
        demo: true,
        settings: support::json(r#"{"effort": "high"}"#),
    };
    let begin = turn("t", Where::New(new), ask("q", None, "What time?", 2), 3);
    store.begin_turn(&begin).unwrap();
    let thinking = r#"{"type":"thinking","thinking":"Look.\n\n</details>","signature":"s"}"#;
    let call =
        r#"{"type":"tool_use","id":"toolu_1","name":"current_time","input":{"b":1.0,  "a":"```"}}"#;
    let result =
        r#"{"type":"tool_result","tool_use_id":"toolu_1","content":"no clock","is_error":true}"#;
    let over = Ending::Complete {
        stop_reason: Some("tool_use".into()),
    };
    let blocks = vec![
        block("thinking", thinking, Some(2.0)),
        block("tool_use", call, None),
    ];
    let step = ContinueTurn {
        turn: "t".into(),
        finished: finish("t", over, blocks, 4).answer,
        results: Some(NewMessage {
            id: "r".into(),
            purpose: None,
            blocks: vec![block("tool_result", result, None)],
            created_at: 5,
        }),
        next: NewAnswer {
            id: "a2".into(),
            created_at: 6,
        },
    };
    store.continue_turn(&step).unwrap();
    let error = Ending::Failed {
        error: support::json(r#"{"code":"cut"}"#),
    };
    let blocks = vec![
        text_block("Look:\n\n~~~~rust\nlet noon = 12; // 😀\n"),
        block(
            "redacted_thinking",
            r#"{"type":"redacted_thinking","data":"x"}"#,
            None,
        ),
        block("hologram", r#"{"type":"hologram","depth":3}"#, None),
    ];
    let mut end = finish("t", error, blocks, 9);
    end.answer.id = "a2".into();
    end.answer.facts = AnswerFacts {
        model: Some("claude-x".into()),
        usage: Some(support::json(r#"{"output_tokens":3}"#)),
        ..AnswerFacts::default()
    };
    store.finish_turn(&end).unwrap();
    let again = turn("hidden", existing("c"), Question::Existing("q".into()), 20);
    store.begin_turn(&again).unwrap();
    store.set_head(&"c".into(), &"a2".into()).unwrap();
    store.export(&"c".into(), Format::Json).unwrap()
}

pub(crate) fn written(exported: &Exported) -> String {
    markdown(
        exported,
        &Labels {
            you: "You",
            claude: "Claude",
            continued: "Hearth",
            tools: "Tools",
            demo: "Demo",
            model: &|model| format!("by {model}"),
            time: &|at| format!("at {at}"),
            thought: &|seconds| format!("thought {seconds:?}"),
            attachment: &|it| format!("{} of {} bytes", it.name, it.length),
            redacted_thought: "hidden thought",
            tool_call: &|name| format!("calls {name}"),
            tool_result: "result",
            tool_failed: "failed result",
            other_block: &|kind| format!("a {kind}"),
            streaming: "being written",
            stopped: "stopped",
            interrupted: "interrupted",
            failed: &|error| format!("failed: {error}"),
        },
    )
}

#[test]
fn markdown_shows_the_branch() {
    let expected = r#"# What time?

**Demo**

at 1

## You

What time?

## Claude

by my-sonnet · at 3

> **thought Some(2.0)**
>
> Look.
>
> </details>

**calls current_time**

````json
{"b":1.0,  "a":"```"}
````

## Tools

**failed result**

```
no clock
```

## Claude

by claude-x · at 6

Look:

~~~~rust
let noon = 12; // 😀
~~~~

> **hidden thought**

**a hologram**

```json
{"type":"hologram","depth":3}
```

*failed: {"code":"cut"}*
"#;
    assert_eq!(written(&rich()), expected);
}

/// An answer with this text; its transcript has it unchanged, then `after`.
#[track_caller]
fn check_text(text: &str, after: &str) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    support::answered(&store, "c", "?", text, 1);
    let transcript = written(&store.export(&"c".into(), Format::Markdown).unwrap());
    let (_, answer) = transcript.split_once("by my-sonnet · at 1\n\n").unwrap();
    assert_eq!(answer, format!("{text}{after}\n"));
}

#[test]
fn a_text_stays_as_it_was_written() {
    check_text("plain", "");
    check_text("\n\n  trailing  \r\n\u{2028}\t<b>raw</b> & \\* ", "");
    check_text("```rust\nfn main() {}\n```", "");
    check_text("````\n```\n````\n\n| a | b |\n|---|---|\n", "");
    check_text("inline ``` is no fence", "");
    check_text("    ```\nan indented line is none either", "");
    check_text("```not `a` fence", "");
    // Cut within a fence: it is closed after the text.
    check_text("```python\nprint(1", "\n```");
    check_text("````\n```\n", "````");
    check_text("~~~\n```\n", "~~~");
    check_text("```a\n``` b\n", "```");
}

#[test]
fn endings_are_noted() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let place = Where::New(support::new_conversation("c", 1));
    let begin = turn("t", place, ask("q", None, "?", 1), 1);
    store.begin_turn(&begin).unwrap();
    let ends_with = |id: &str, note: &str| {
        let text = written(&store.export(&id.into(), Format::Markdown).unwrap());
        assert!(text.ends_with(note), "{text}");
    };
    ends_with("c", "at 1\n\n*being written*\n");
    let blocks = || vec![text_block("partial")];
    store
        .finish_turn(&finish("t", Ending::Stopped, blocks(), 2))
        .unwrap();
    ends_with("c", "partial\n\n*stopped*\n");
    let next = turn("t2", existing("c"), ask("q2", Some("t-a"), "?", 3), 3);
    store.begin_turn(&next).unwrap();
    store
        .finish_turn(&finish("t2", Ending::Interrupted, blocks(), 4))
        .unwrap();
    ends_with("c", "partial\n\n*interrupted*\n");
    let last = turn("t3", existing("c"), ask("q3", Some("t2-a"), "?", 5), 5);
    store.begin_turn(&last).unwrap();
    store
        .finish_turn(&finish("t3", complete(), blocks(), 6))
        .unwrap();
    ends_with("c", "partial\n");
}

#[test]
fn one_odd_block_does_not_spoil_the_export() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let place = Where::New(support::new_conversation("c", 1));
    store
        .begin_turn(&turn("t", place, ask("q", None, "?", 1), 1))
        .unwrap();
    let lone = r#"{"type":"text","text":"\ud800"}"#;
    let blocks = vec![
        block("text", lone, None),
        block("text", "[1]", None),
        block("tool_use", r#"{"type":"tool_use"}"#, None),
        text_block("the rest"),
    ];
    store
        .finish_turn(&finish("t", complete(), blocks, 2))
        .unwrap();
    let exported = store.export(&"c".into(), Format::Json).unwrap();
    let text = written(&exported);
    for part in [lone, "[1]", r#"{"type":"tool_use"}"#, "the rest"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert_eq!(read(&json(&exported)).unwrap(), exported);
}

#[test]
fn json_comes_back_as_it_was() {
    let exported = rich();
    let text = json(&exported);
    assert_eq!(read(&text).unwrap(), exported);
    for verbatim in [
        r#"{"b":1.0,  "a":"```"}"#,
        r#"{"effort": "high"}"#,
        r#""demo": true"#,
        r#""request_id": null"#,
    ] {
        assert!(text.contains(verbatim), "{verbatim} in {text}");
    }
}

/// A file that the first version of the format wrote. It can always be read.
#[test]
fn the_first_format_is_readable() {
    let text = r#"{"hearth":1,"conversation":{"id":"c","title":"T","title_by":"person",
        "created_at":1,"updated_at":2,"demo":false,"pinned_at":null,"trashed_at":null,
        "settings":{},"head":"a","last_turn":"failed"},
        "turns":[{"id":"t","question":"q","connection":"Work","deployment":"d","base_model":null,
        "settings":{},"started_at":1,"ended_at":2,"state":"failed"}],
        "messages":[{"id":"q","parent":null,"turn":null,"role":"user","state":"complete",
        "created_at":1,"ended_at":null,"blocks":[{"kind":"text","body":{"type":"text","text":"?"}}]},
        {"id":"a","parent":"q","turn":"t","role":"assistant","state":"failed","error":{"x":1},
        "created_at":1,"ended_at":2,"blocks":[],"answer":{"first_token_at":null,"model":null,
        "usage":null,"request_id":null,"apim_request_id":null}}]}"#;
    let exported = read(text).unwrap();
    assert_eq!(exported.conversation.branch().len(), 2);
    let squeeze = |text: &str| text.replace(char::is_whitespace, "");
    // Written again, it is of the newest form.
    let newest = squeeze(text).replace(r#"{"hearth":1"#, r#"{"hearth":2"#);
    let newest = format!("{},\"attachments\":[]}}", newest.strip_suffix('}').unwrap());
    assert_eq!(squeeze(&json(&exported)), newest);
}

#[test]
fn what_is_not_a_transcript_is_refused() {
    let newer = read(r#"{"hearth":3,"shape":"unknown"}"#);
    assert!(matches!(
        newer,
        Err(BadTranscript::Newer { found: 3, known: 2 })
    ));
    for text in ["", "{}", "[]", r#"{"hearth":1}"#] {
        assert!(matches!(read(text), Err(BadTranscript::Form(_))), "{text}");
    }
    let whole = json(&rich());
    for broken in [
        whole.replace(r#""head": "a2""#, r#""head": "nowhere""#),
        whole.replace(r#""parent": "q""#, r#""parent": "nowhere""#),
    ] {
        assert_ne!(broken, whole);
        assert!(matches!(read(&broken), Err(BadTranscript::Tree(_))));
    }
}

#[test]
fn a_file_name_is_a_name_everywhere() {
    let name = |date: &str, title: &str| file_name(date, title, Format::Markdown);
    assert_eq!(name("2026-11-22", "What time?"), "2026-11-22-What-time.md");
    assert_eq!(
        file_name("2026-11-22", "東京 für 2", Format::Json),
        "2026-11-22-東京-für-2.json"
    );
    assert_eq!(
        name("2026-11-22", "../../etc/passwd"),
        "2026-11-22-etc-passwd.md"
    );
    assert_eq!(
        name("2026-11-22", "C:\\a|b<c>d*e\0\n\u{202e}"),
        "2026-11-22-C-a-b-c-d-e.md"
    );
    assert_eq!(name("2026-11-22", "💬 ..."), "2026-11-22.md");
    assert_eq!(name("", ""), "transcript.md");
    assert_eq!(name("", "con"), "transcript-con.md");
    let long = name("2026-11-22", &"ほ".repeat(500));
    assert!(long.len() <= 124 && long.contains('ほ'), "{long}");
    let words = name("2026-11-22", &"word ".repeat(500));
    assert!(words.len() <= 124 && words.contains("word-word"), "{words}");
}
