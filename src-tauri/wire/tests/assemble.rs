//! Streams as the API sends them, and as it should not, folded into blocks.

use hearth_wire::{
    Assembled, Assembler, BadSequence, BlockKind, Change, Response, StopReason, StreamEvent,
};

fn event(data: &str) -> StreamEvent {
    StreamEvent::parse("", data).expect("a readable event")
}

fn fold(stream: &[&str]) -> (Assembler, Vec<Change>) {
    let mut assembler = Assembler::default();
    let mut changes = vec![];
    for data in stream {
        changes.extend(assembler.push(&event(data)).expect("a sensible event"));
    }
    (assembler, changes)
}

fn assemble(stream: &[&str]) -> Assembled {
    fold(stream).0.finish()
}

/// The blocks of an answer, each as its JSON and whether it is complete.
fn blocks(answer: &Assembled) -> Vec<(&str, bool)> {
    let blocks = answer.blocks.iter();
    blocks
        .map(|block| (block.block.json(), block.complete))
        .collect()
}

/// One block out of its start and deltas, stopped.
#[track_caller]
fn check(start: &str, deltas: &[&str], want: &str, complete: bool) {
    let mut stream = vec![format!(
        r#"{{"type":"content_block_start","index":0,"content_block":{start}}}"#
    )];
    stream.extend(
        deltas
            .iter()
            .map(|delta| format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#)),
    );
    stream.push(r#"{"type":"content_block_stop","index":0}"#.to_owned());
    let stream: Vec<&str> = stream.iter().map(String::as_str).collect();
    assert_eq!(blocks(&assemble(&stream)), [(want, complete)]);
}

/// An answer with thinking, cited text and a tool call.
const ANSWER: [&str; 21] = [
    r#"{"type":"message_start","message":{"id":"msg_01","type":"message","role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"usage":{"input_tokens":472,"cache_creation_input_tokens":7,"cache_read_input_tokens":21,"output_tokens":2}}}"#,
    r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#,
    r#"{"type":"ping"}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Let me "}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"see."}}"#,
    r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB/+=="}}"#,
    r#"{"type":"content_block_stop","index":0}"#,
    r#"{"type":"content_block_start","index":1,"content_block":{"type":"text","text":"","citations":null,"later":[1, 2]}}"#,
    r#"{"type":"future_event","payload":1e999}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Hel"}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"lo\n"}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"char_location","start_char_index":0}}}"#,
    r#"{"type":"content_block_delta","index":1,"delta":{"type":"citations_delta","citation":{"type":"x", "n":1E+2}}}"#,
    r#"{"type":"content_block_stop","index":1}"#,
    r#"{"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"weather","input":{},"caller":{"type":"direct"}}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"z\": 0.10, \"a\""}}"#,
    r#"{"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":":1e400}"}}"#,
    r#"{"type":"content_block_stop","index":2}"#,
    r#"{"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":89}}"#,
    r#"{"type":"message_stop"}"#,
];

const ANSWER_BLOCKS: [&str; 3] = [
    r#"{"type":"thinking","thinking":"Let me see.","signature":"EqQB/+=="}"#,
    r#"{"type":"text","text":"Hello\n","citations":[{"type":"char_location","start_char_index":0},{"type":"x", "n":1E+2}],"later":[1, 2]}"#,
    r#"{"type":"tool_use","id":"toolu_1","name":"weather","input":{"z": 0.10, "a":1e400},"caller":{"type":"direct"}}"#,
];

#[test]
fn an_answer_becomes_its_blocks() {
    let answer = assemble(&ANSWER);
    assert_eq!(blocks(&answer), ANSWER_BLOCKS.map(|json| (json, true)));
    assert_eq!(answer.id.as_deref(), Some("msg_01"));
    assert_eq!(answer.model.as_deref(), Some("claude-opus-5-5"));
    assert_eq!(answer.stop_reason, Some(StopReason::ToolUse));
    assert_eq!(answer.usage.output_tokens, Some(89));
    assert_eq!(answer.usage.total_input(), Some(500));
    assert!(answer.ended);
}

#[test]
fn changes_tell_what_to_show() {
    let (_, changes) = fold(&ANSWER);
    let appended = |index, text: &str| Change::Appended {
        index,
        text: text.to_owned(),
    };
    let finished = |index: u32| Change::BlockFinished {
        index,
        block: hearth_wire::Block::from_json(ANSWER_BLOCKS[index as usize]).unwrap(),
    };
    let started = |index, block| Change::BlockStarted { index, block };
    let expected = [
        Change::Usage,
        started(
            0,
            BlockKind::Thinking {
                thinking: String::new(),
                signature: None,
            },
        ),
        appended(0, "Let me "),
        appended(0, "see."),
        finished(0),
        started(
            1,
            BlockKind::Text {
                text: String::new(),
            },
        ),
        appended(1, "Hel"),
        appended(1, "lo\n"),
        finished(1),
        started(
            2,
            BlockKind::ToolUse {
                id: "toolu_1".to_owned(),
                name: "weather".to_owned(),
                input: String::new(),
            },
        ),
        appended(2, r#"{"z": 0.10, "a""#),
        appended(2, ":1e400}"),
        finished(2),
        Change::Usage,
        Change::Stopped,
    ];
    assert_eq!(changes, expected);
}

#[test]
fn a_cut_stream_keeps_what_arrived_and_says_that_it_is_not_whole() {
    let answer = assemble(&ANSWER[..11]);
    let text = r#"{"type":"text","text":"Hello\n","citations":null,"later":[1, 2]}"#;
    assert_eq!(blocks(&answer), [(ANSWER_BLOCKS[0], true), (text, false)]);
    assert!(!answer.ended);

    let answer = assemble(&ANSWER[..17]);
    let call = r#"{"type":"tool_use","id":"toolu_1","name":"weather","input":{"INVALID_JSON":"{\"z\": 0.10, \"a\""},"caller":{"type":"direct"}}"#;
    assert_eq!(blocks(&answer)[2], (call, false));
}

#[test]
fn one_block_can_be_looked_at_while_it_grows() {
    let (assembler, _) = fold(&ANSWER[..5]);
    let thinking = assembler.block(0).expect("the thinking block");
    let json = r#"{"type":"thinking","thinking":"Let me see.","signature":""}"#;
    assert_eq!((thinking.block.json(), thinking.complete), (json, false));
    assert_eq!(assembler.block(1), None);
}

#[test]
fn a_block_that_arrives_whole_is_kept_to_the_last_space() {
    for start in [
        r#"{ "type" : "redacted_thinking", "data" : "Eg\/=" }"#,
        r#"{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"x":-0}]}"#,
        r#"{"type":"from_the_future","deep":[[[{"a":1.0e-7}]]],"a":1,"a":2}"#,
        r#"{"no_type":true}"#,
        r#"{"type":"text","text":"whole","citations":[]}"#,
        r#"{"type":"tool_use","id":"t","name":"n","input":{"b": 1, "a": 2}}"#,
    ] {
        check(start, &[], start, true);
    }
}

#[test]
fn tool_input_is_the_text_of_its_fragments() {
    let input = |text: &str| format!(r#"{{"type":"tool_use","id":"t","name":"n","input":{text}}}"#);
    let fragment = |text: &str| {
        let text = serde_json::to_string(text).unwrap();
        format!(r#"{{"type":"input_json_delta","partial_json":{text}}}"#)
    };
    let spellings = [
        r#"{"z":1,"a":2,"m":3}"#,
        r#"{"n":[1e400,0.10,-0,1E+2,123456789012345678901234567890]}"#,
        r#"{ "spaced" : [ ] ,"é":"\u00e9é" }"#,
        r#"{"lone":"\ud800","pair":"\ud83d\ude00","slash":"\/"}"#,
        "{\"line\":\"\u{2028}\u{2029}\"}",
        r#"{"twice":1,"twice":2}"#,
        "{}",
    ];
    for text in spellings {
        let (head, tail) = text.split_at(1);
        let deltas = ["", head, tail].map(fragment);
        let deltas: Vec<&str> = deltas.iter().map(String::as_str).collect();
        check(&input("{}"), &deltas, &input(text), true);
    }
}

#[test]
fn a_tool_without_arguments_has_an_empty_object() {
    let empty = r#"{"type":"input_json_delta","partial_json":""}"#;
    let call = r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#;
    check(call, &[], call, true);
    check(call, &[empty], call, true);
    check(call, &[empty, empty], call, true);
    let bare = r#"{"type":"tool_use","id":"t","name":"n"}"#;
    check(bare, &[empty], call, true);
}

#[test]
fn tool_input_that_is_no_object_is_wrapped_whole_and_not_complete() {
    let call = r#"{"type":"tool_use","id":"t","name":"n","input":{}}"#;
    // Truncated, not JSON, JSON of another kind, and a half character that no text in
    // Rust could hold: each stays in the spelling in which it came.
    for text in [
        r#"{\"path\": \"/tm"#,
        "{]",
        "[1]",
        r"nul",
        r#"{\"a\":\"\ud800\"}"#,
        r#"{} {}"#,
        "\u{2003}",
    ] {
        let delta = format!(r#"{{"type":"input_json_delta","partial_json":"{text}"}}"#);
        let want = format!(
            r#"{{"type":"tool_use","id":"t","name":"n","input":{{"INVALID_JSON":"{text}"}}}}"#
        );
        check(call, &[&delta], &want, false);
    }
}

#[test]
fn server_tools_stream_their_input_like_others() {
    check(
        r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{}}"#,
        &[r#"{"type":"input_json_delta","partial_json":"{\"query\":\"x\"}"}"#],
        r#"{"type":"server_tool_use","id":"s","name":"web_search","input":{"query":"x"}}"#,
        true,
    );
}

#[test]
fn a_character_split_between_two_fragments_is_whole_again() {
    check(
        r#"{"type":"text","text":"\u0041"}"#,
        &[
            r#"{"type":"text_delta","text":"\ud83d"}"#,
            r#"{"type":"text_delta","text":"\ude00"}"#,
        ],
        r#"{"type":"text","text":"\u0041\ud83d\ude00"}"#,
        true,
    );
    let smile = hearth_wire::Block::from_json(r#"{"type":"text","text":"\u0041\ud83d\ude00"}"#);
    let text = "A😀".to_owned();
    assert_eq!(smile.unwrap().view(), BlockKind::Text { text });
}

#[test]
fn omitted_thinking_is_a_signature_alone() {
    check(
        r#"{"type":"thinking","thinking":"","signature":""}"#,
        &[r#"{"type":"signature_delta","signature":"Eq\u002fB"}"#],
        r#"{"type":"thinking","thinking":"","signature":"Eq\u002fB"}"#,
        true,
    );
}

#[test]
fn compaction_takes_over_what_its_delta_brings() {
    check(
        r#"{"type":"compaction","content":null}"#,
        &[r#"{"type":"compaction_delta","content":"Summary","encrypted":"x=="}"#],
        r#"{"type":"compaction","content":"Summary","encrypted":"x=="}"#,
        true,
    );
}

#[test]
fn deltas_of_unknown_kinds_are_kept_beside_the_block() {
    let answer = assemble(&[
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"mood_delta","mood": 1.50}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
    ]);
    assert_eq!(blocks(&answer), [(r#"{"type":"text","text":"Hi"}"#, true)]);
    let kept: Vec<&str> = answer.blocks[0]
        .unapplied
        .iter()
        .map(|raw| raw.json())
        .collect();
    assert_eq!(kept, [r#"{"type":"mood_delta","mood": 1.50}"#]);
}

#[test]
fn counts_are_overwritten_and_silence_keeps_them() {
    let answer = assemble(&[
        r#"{"type":"message_start","message":{"usage":{"input_tokens":10,"output_tokens":1,"cache_read_input_tokens":5,"service_tier":"standard"}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":null},"usage":{"output_tokens":20,"input_tokens":null}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"pause_turn"},"usage":{"output_tokens":35,"cache_creation":{"ephemeral_1h_input_tokens":3}}}"#,
        r#"{"type":"message_delta","delta":{},"usage":{"output_tokens":36,"output_tokens_details":{"thinking_tokens":9},"iterations":[{"n":1.0}]}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    assert_eq!(answer.stop_reason, Some(StopReason::PauseTurn));
    let raw = r#"{"input_tokens":10,"output_tokens":36,"cache_read_input_tokens":5,"service_tier":"standard","cache_creation":{"ephemeral_1h_input_tokens":3},"output_tokens_details":{"thinking_tokens":9},"iterations":[{"n":1.0}]}"#;
    let expected = hearth_wire::Usage {
        input_tokens: Some(10),
        output_tokens: Some(36),
        cache_read_input_tokens: Some(5),
        cache_creation_1h_tokens: Some(3),
        thinking_tokens: Some(9),
        raw: Some(hearth_wire::Raw::parse(raw).unwrap()),
        ..hearth_wire::Usage::default()
    };
    assert_eq!(answer.usage, expected);
    assert_eq!(answer.usage.total_input(), Some(15));
}

#[test]
fn a_refusal_keeps_its_details() {
    let answer = assemble(&[
        r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber"}}}"#,
        r#"{"type":"message_stop"}"#,
    ]);
    assert_eq!(answer.stop_reason, Some(StopReason::Refusal));
    let details = answer.stop_details.expect("details");
    assert_eq!(details.json(), r#"{"type":"refusal","category":"cyber"}"#);
}

#[test]
fn a_message_that_begins_again_is_still_the_same() {
    let again = [&ANSWER[..2], &ANSWER[..1], &ANSWER[2..]].concat();
    assert_eq!(assemble(&again), assemble(&ANSWER));
}

#[test]
fn an_end_said_twice_is_one_end() {
    let twice = [&ANSWER[..7], &ANSWER[6..], &ANSWER[20..]].concat();
    assert_eq!(fold(&twice).1, fold(&ANSWER).1);
}

#[test]
fn a_repeated_key_counts_as_the_last_one() {
    let data = r#"{"type":"ping","type":"content_block_start","index":0,"content_block":{"type":"text","text":"a","text":"b"}}"#;
    let (assembler, _) = fold(&[
        data,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"c"}}"#,
    ]);
    let json = r#"{"type":"text","text":"a","text":"bc"}"#;
    assert_eq!(assembler.block(0).expect("a block").block.json(), json);
}

#[test]
fn a_block_left_open_at_the_end_is_not_complete() {
    let unstopped: Vec<&str> = [&ANSWER[..6], &ANSWER[19..]].concat();
    let answer = assemble(&unstopped);
    assert_eq!(blocks(&answer), [(ANSWER_BLOCKS[0], false)]);
    assert!(answer.ended);
}

#[test]
fn events_that_make_no_sense_change_nothing() {
    let start = r#"{"type":"content_block_start","index":1,"content_block":{"type":"text"}}"#;
    let delta =
        r#"{"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"x"}}"#;
    let stop = r#"{"type":"content_block_stop","index":1}"#;
    let other = r#"{"type":"message_start","message":{"id":"msg_02"}}"#;
    let cases: [(&[&str], &str, BadSequence); 7] = [
        (&ANSWER[..3], delta, BadSequence::NoSuchBlock(1)),
        (&ANSWER[..3], stop, BadSequence::NoSuchBlock(1)),
        (&ANSWER[..9], start, BadSequence::BlockStartedTwice(1)),
        (&ANSWER[..14], delta, BadSequence::BlockEnded(1)),
        (&ANSWER[..3], other, BadSequence::SecondMessage),
        (&ANSWER, delta, BadSequence::AfterEnd),
        (&ANSWER, start, BadSequence::AfterEnd),
    ];
    for (before, bad, error) in cases {
        let (mut assembler, _) = fold(before);
        assert_eq!(assembler.push(&event(bad)), Err(error));
        assert_eq!(assembler.finish(), assemble(before));
    }
}

#[test]
fn pings_errors_and_the_unknown_may_come_at_any_place() {
    let noise = [
        r#"{"type":"ping"}"#,
        r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
        r#"{"type":"from_the_future","index":0}"#,
    ];
    for at in 0..=ANSWER.len() {
        let noisy = [&ANSWER[..at], &noise, &ANSWER[at..]].concat();
        assert_eq!(assemble(&noisy), assemble(&ANSWER));
    }
}

#[test]
fn an_answer_in_one_piece_is_assembled_already() {
    let body = format!(
        r#"{{"id":"msg_01","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{}],"stop_reason":"tool_use","stop_sequence":null,"usage":{{"input_tokens":472,"cache_creation_input_tokens":7,"cache_read_input_tokens":21,"output_tokens":89}}}}"#,
        ANSWER_BLOCKS.join(", ")
    );
    let response = Response::parse(&body).expect("an answer");
    assert_eq!(response.raw.json(), body);
    assert_eq!(Assembled::from(response), assemble(&ANSWER));
}

#[test]
fn a_body_without_blocks_is_no_answer() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"content":"text"}"#,
        r#"{"content":[1]}"#,
        r#"{"error":{"message":"no"}}"#,
    ] {
        assert!(Response::parse(body).is_err(), "{body}");
    }
}
