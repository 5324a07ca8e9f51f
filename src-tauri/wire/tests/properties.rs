//! What holds for every answer, however it is spelled and cut.

use hearth_wire::{
    ApiError, Assembled, Assembler, Block, BlockKind, Change, Delta, Message, MessagesRequest, Raw,
    Response, Role, StreamEvent, Usage,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// One unit of a JSON string's inside: a character as itself, an escape, or half of a
/// surrogate pair. Between any two of them a stream may be cut.
fn spelling() -> impl Strategy<Value = Vec<String>> {
    let plain = any::<char>().prop_map(|char| {
        let quoted = serde_json::to_string(&char).expect("a string");
        vec![quoted[1..quoted.len() - 1].to_owned()]
    });
    let escaped = any::<char>().prop_map(|char| {
        let mut units = [0; 2];
        let units = char.encode_utf16(&mut units);
        units.iter().map(|unit| format!("\\u{unit:04X}")).collect()
    });
    let odd = select(vec!["\\/", "\\ud800", "\\uDFFF", "\u{2028}", "\u{feff}"])
        .prop_map(|unit| vec![unit.to_owned()]);
    vec(prop_oneof![4 => plain, 2 => escaped, 1 => odd], 0..30)
        .prop_map(|characters| characters.concat())
}

/// JSON as a model may write it: any key order and repetition, any number, any space.
fn json_text() -> impl Strategy<Value = String> {
    let number = select(vec![
        "1e400",
        "0.10",
        "-0",
        "1E+2",
        "12345678901234567890123",
        "7",
    ]);
    let string = || spelling().prop_map(|units| format!("\"{}\"", units.concat()));
    let leaf = prop_oneof![
        number.prop_map(str::to_owned),
        string(),
        select(vec!["true", "false", "null"]).prop_map(str::to_owned),
    ];
    let space = select(vec!["", " ", "\n\t", "\r\n  "]);
    leaf.prop_recursive(3, 20, 4, move |value| {
        let member = (string(), space.clone(), value.clone());
        let member = member.prop_map(|(key, space, value)| format!("{key}{space}:{space}{value}"));
        prop_oneof![
            vec(member, 0..4).prop_map(|members| format!("{{{}}}", members.join(" ,"))),
            vec(value, 0..4).prop_map(|items| format!("[ {}]", items.join(","))),
        ]
    })
}

fn json_object() -> impl Strategy<Value = String> {
    vec((spelling(), json_text()), 0..5).prop_map(|members| {
        let member = |(key, value): (Vec<String>, String)| format!("\"{}\": {value}", key.concat());
        let members: Vec<String> = members.into_iter().map(member).collect();
        format!("{{{}}}", members.join(", "))
    })
}

/// Cuts `units` at some places and joins what lies between.
fn pieces(units: &[String], cuts: &[Index]) -> Vec<String> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(units.len() + 1)).collect();
    cuts.extend([0, units.len()]);
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|ends| units[ends[0]..ends[1]].concat());
    pieces.collect()
}

fn chars(text: &str) -> Vec<String> {
    text.chars().map(String::from).collect()
}

/// The inside of the JSON string of each piece.
fn inside(pieces: Vec<String>) -> Vec<String> {
    let inside = |piece: String| {
        let quoted = serde_json::to_string(&piece).expect("a string");
        quoted[1..quoted.len() - 1].to_owned()
    };
    pieces.into_iter().map(inside).collect()
}

/// Streams one block whose deltas carry `pieces`, each the inside of a string.
fn stream(start: &str, kind: &str, member: &str, pieces: &[String]) -> (Assembled, Vec<Change>) {
    let start = format!(r#"{{"type":"content_block_start","index":4,"content_block":{start}}}"#);
    let deltas = pieces.iter().map(|piece| {
        format!(
            r#"{{"type":"content_block_delta","index":4,"delta":{{"type":"{kind}","{member}":"{piece}"}}}}"#
        )
    });
    let stop = r#"{"type":"content_block_stop","index":4}"#.to_owned();
    let events = std::iter::once(start).chain(deltas).chain([stop]);
    let mut assembler = Assembler::default();
    let mut changes = vec![];
    for data in events {
        let event = StreamEvent::parse("", &data).expect("a readable event");
        changes.extend(assembler.push(&event).expect("a sensible event"));
    }
    (assembler.finish(), changes)
}

fn only_block(answer: &Assembled) -> &str {
    assert_eq!(answer.blocks.len(), 1);
    answer.blocks[0].block.json()
}

proptest! {
    #[test]
    fn any_split_of_a_text_gives_the_same_block(
        units in spelling(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let body = units.concat();
        for (kind, member, delta) in [
            ("text", "text", "text_delta"),
            ("thinking", "thinking", "thinking_delta"),
        ] {
            let block = |text: &str| {
                format!(r#"{{"a":1.0,"type":"{kind}","{member}":"{text}","z":null}}"#)
            };
            let (answer, _) = stream(&block(""), delta, member, &pieces(&units, &cuts));
            prop_assert_eq!(only_block(&answer), block(&body));
        }
    }

    #[test]
    fn any_split_of_a_tools_input_gives_its_very_text(
        input in json_object(),
        cuts in vec(any::<Index>(), 0..8),
    ) {
        let block = |input: &str| {
            format!(r#"{{"type":"tool_use","id":"t","name":"n","input":{input},"caller":{{}}}}"#)
        };
        let pieces = inside(pieces(&chars(&input), &cuts));
        let (answer, changes) = stream(&block("{}"), "input_json_delta", "partial_json", &pieces);
        prop_assert_eq!(only_block(&answer), block(&input));
        prop_assert!(answer.blocks[0].complete);
        prop_assert_eq!(shown(&changes), input);
    }

    #[test]
    fn what_is_shown_adds_up_to_the_text(text in vec(any::<char>(), 0..40), cuts in vec(any::<Index>(), 0..8)) {
        let text = String::from_iter(text);
        let pieces = inside(pieces(&chars(&text), &cuts));
        let (answer, changes) = stream(r#"{"type":"text","text":""}"#, "text_delta", "text", &pieces);
        prop_assert_eq!(&shown(&changes), &text);
        prop_assert_eq!(answer.blocks[0].block.view(), BlockKind::Text { text });
    }

    #[test]
    fn a_broken_input_is_kept_whole(
        input in json_object(),
        cut in any::<Index>(),
    ) {
        let cut: String = input.chars().take(cut.index(input.chars().count())).collect();
        prop_assume!(!cut.trim().is_empty());
        let pieces = inside(vec![cut.clone()]);
        let start = r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#;
        let (answer, _) = stream(start, "input_json_delta", "partial_json", &pieces);
        let BlockKind::ToolUse { input, .. } = answer.blocks[0].block.view() else {
            panic!("a tool call");
        };
        let wrapped: serde_json::Value = serde_json::from_str(&input).expect("valid JSON");
        prop_assert_eq!(wrapped, serde_json::json!({ "INVALID_JSON": cut }));
        prop_assert!(!answer.blocks[0].complete);
    }

    #[test]
    fn what_is_stored_is_what_is_sent_back(blocks in vec(json_object(), 1..4)) {
        let start = |(index, block): (usize, &String)| {
            format!(r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#)
        };
        let mut assembler = Assembler::default();
        for data in blocks.iter().enumerate().map(start) {
            let event = StreamEvent::parse("", &data).expect("a readable event");
            assembler.push(&event).expect("a sensible event");
        }
        // A store holds nothing but text.
        let stored: Vec<String> = assembler.finish().blocks.into_iter()
            .map(|block| block.block.json().to_owned())
            .collect();
        prop_assert_eq!(&stored, &blocks);
        let content = stored.into_iter().map(|json| Block::from_json(json).expect("a block"));
        let messages = vec![Message { role: Role::Assistant, content: content.collect() }];
        let request = MessagesRequest { messages, ..MessagesRequest::default() };
        let sent = serde_json::to_string(&request).expect("a request");
        let sent_back = format!(r#""content":[{}]"#, blocks.join(","));
        prop_assert!(sent.contains(&sent_back), "{} lacks {}", sent, sent_back);
    }

    #[test]
    fn unknown_events_and_deltas_keep_their_json(object in json_object()) {
        prop_assume!(!object.contains("type"));
        let event = StreamEvent::parse("later", &object).expect("a value");
        let name = "later".to_owned();
        prop_assert_eq!(event, StreamEvent::Unknown { name, data: object.clone() });

        let data = format!(r#"{{"type":"content_block_delta","index":0,"delta":{object}}}"#);
        let event = StreamEvent::parse("", &data).expect("a value");
        let raw = Raw::parse(object).expect("JSON");
        let delta = Delta::Unknown { kind: String::new(), raw };
        prop_assert_eq!(event, StreamEvent::BlockDelta { index: 0, delta });
    }

    #[test]
    fn reading_anything_does_not_panic(text in vec(any::<char>(), 0..60), name in select(vec![
        "", "message", "message_start", "content_block_start", "content_block_delta",
        "message_delta", "error", "ping", "later",
    ]), json in json_text()) {
        let text = String::from_iter(text);
        for text in [&text, &json] {
            drop(StreamEvent::parse(name, text));
            drop(Response::parse(text));
            drop(ApiError::parse(text));
            if let Ok(block) = Block::from_json(text.clone()) {
                drop(block.view());
            }
            if let Ok(raw) = Raw::parse(text.clone()) {
                drop(Usage::from_raw(raw));
            }
        }
    }

    #[test]
    fn any_sequence_leaves_blocks_that_can_be_stored(events in vec(some_event(), 0..30)) {
        let mut assembler = Assembler::default();
        for data in events {
            let Ok(event) = StreamEvent::parse("", &data) else { continue };
            let before = assembler.partial();
            if assembler.push(&event).is_err() {
                prop_assert_eq!(before, assembler.partial());
            }
        }
        for block in assembler.finish().blocks {
            prop_assert_eq!(Block::from_json(block.block.json()).expect("a block"), block.block);
        }
    }
}

/// What a window that only listens to changes would show.
fn shown(changes: &[Change]) -> String {
    let appended = changes.iter().filter_map(|change| match change {
        Change::Appended { text, .. } => Some(text.as_str()),
        Change::BlockStarted { .. }
        | Change::BlockFinished { .. }
        | Change::Usage
        | Change::Stopped => None,
    });
    appended.collect()
}

/// An event of a known kind in which little is as it should be.
fn some_event() -> impl Strategy<Value = String> {
    let block = prop_oneof![
        json_object(),
        select(vec![
            r#"{"type":"text","text":""}"#,
            r#"{"type":"text","text":5,"citations":{}}"#,
            r#"{"type":"tool_use","id":"t","name":"n","input":[]}"#,
            r#"{"type":"thinking"}"#,
        ])
        .prop_map(str::to_owned),
    ];
    let delta = prop_oneof![
        spelling()
            .prop_map(|units| format!(r#"{{"type":"text_delta","text":"{}"}}"#, units.concat())),
        spelling().prop_map(|units| format!(
            r#"{{"type":"input_json_delta","partial_json":"{}"}}"#,
            units.concat()
        )),
        json_text().prop_map(|json| format!(r#"{{"type":"citations_delta","citation":{json}}}"#)),
        json_object().prop_map(|json| format!(r#"{{"type":"compaction_delta","x":{json}}}"#)),
        json_object(),
    ];
    let index = 0..3_u32;
    prop_oneof![
        (index.clone(), block).prop_map(|(index, block)| format!(
            r#"{{"type":"content_block_start","index":{index},"content_block":{block}}}"#
        )),
        (index.clone(), delta).prop_map(|(index, delta)| format!(
            r#"{{"type":"content_block_delta","index":{index},"delta":{delta}}}"#
        )),
        index.prop_map(|index| format!(r#"{{"type":"content_block_stop","index":{index}}}"#)),
        json_object().prop_map(|json| format!(
            r#"{{"type":"message_delta","delta":{json},"usage":{json}}}"#
        )),
        json_object().prop_map(|json| format!(r#"{{"type":"message_start","message":{json}}}"#)),
        Just(r#"{"type":"message_stop"}"#.to_owned()),
    ]
}

#[test]
fn nesting_of_any_depth_costs_no_stack() {
    let deep = format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
    let block = format!(r#"{{"type":"deep","x":{deep}}}"#);
    let data = format!(r#"{{"type":"content_block_start","index":0,"content_block":{block}}}"#);
    let event = StreamEvent::parse("", &data).expect("a readable event");
    let mut assembler = Assembler::default();
    assembler.push(&event).expect("a sensible event");
    assert_eq!(only_block(&assembler.finish()), block);
}
