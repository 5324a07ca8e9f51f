//! Requests as they go out.

use hearth_wire::{
    Block, BlockKind, Display, Effort, Message, MessagesRequest, Object, OutputConfig, Raw, Role,
    Thinking, Tool, ToolChoice,
};

fn json(request: &MessagesRequest) -> String {
    serde_json::to_string(request).expect("a request")
}

#[test]
fn what_is_absent_stays_absent() {
    let request = MessagesRequest {
        model: "my-opus".to_owned(),
        max_tokens: 32_000,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("Say \"hi\"\n")],
        }],
        output_config: Some(OutputConfig::default()),
        ..MessagesRequest::default()
    };
    assert_eq!(
        json(&request),
        r#"{"model":"my-opus","max_tokens":32000,"messages":[{"role":"user","content":[{"type":"text","text":"Say \"hi\"\n"}]}]}"#
    );
}

#[test]
fn everything_at_once() {
    let request = MessagesRequest {
        model: "d".to_owned(),
        max_tokens: 1,
        system: Some("Be brief.".to_owned()),
        messages: vec![],
        thinking: Some(Thinking::Adaptive {
            display: Some(Display::Summarized),
        }),
        output_config: Some(OutputConfig {
            effort: Some(Effort::Xhigh),
        }),
        tools: vec![Tool {
            name: "clock".to_owned(),
            description: "Tells the time.".to_owned(),
            input_schema: Raw::parse(r#"{"type": "object"}"#).unwrap(),
        }],
        tool_choice: Some(ToolChoice::None),
        stop_sequences: vec!["END".to_owned()],
        temperature: Some(0.5),
        stream: true,
        extra: Object::parse(r#"{"speed":"fast","metadata":{"n": 1.0}}"#).unwrap(),
    };
    assert_eq!(
        json(&request),
        r#"{"model":"d","max_tokens":1,"stream":true,"thinking":{"type":"adaptive","display":"summarized"},"output_config":{"effort":"xhigh"},"temperature":0.5,"stop_sequences":["END"],"system":"Be brief.","tools":[{"name":"clock","description":"Tells the time.","input_schema":{"type": "object"}}],"tool_choice":{"type":"none"},"messages":[],"speed":"fast","metadata":{"n": 1.0}}"#
    );
}

#[test]
fn thinking_in_each_of_its_kinds() {
    for (thinking, expected) in [
        (
            Thinking::Adaptive { display: None },
            r#"{"type":"adaptive"}"#,
        ),
        (
            Thinking::Enabled {
                budget_tokens: 2048,
                display: Some(Display::Omitted),
            },
            r#"{"type":"enabled","budget_tokens":2048,"display":"omitted"}"#,
        ),
        (Thinking::BetweenTools, r#"{"type":"between_tools"}"#),
        (Thinking::Disabled, r#"{"type":"disabled"}"#),
    ] {
        assert_eq!(serde_json::to_string(&thinking).unwrap(), expected);
    }
}

#[test]
fn an_extra_member_takes_the_place_of_a_field() {
    let request = MessagesRequest {
        system: Some("plain".to_owned()),
        extra: Object::parse(r#"{"system":[{"type":"text","text":"cached"}]}"#).unwrap(),
        ..MessagesRequest::default()
    };
    assert_eq!(
        json(&request),
        r#"{"model":"","max_tokens":0,"messages":[],"system":[{"type":"text","text":"cached"}]}"#
    );
}

#[test]
fn blocks_that_are_made_here_say_what_they_were_given() {
    let text = "\u{0}\"\\\u{2028}😀";
    let kind = BlockKind::Text {
        text: text.to_owned(),
    };
    assert_eq!(Block::text(text).view(), kind);
    for failed in [false, true] {
        let kind = BlockKind::ToolResult {
            tool_use_id: "toolu_1".to_owned(),
            text: text.to_owned(),
            is_error: failed,
        };
        assert_eq!(Block::tool_result("toolu_1", text, failed).view(), kind);
    }
}

#[test]
fn blocks_are_read_as_far_as_they_are_known() {
    let view = |json: &str| Block::from_json(json).expect("a block").view();
    let unknown = |kind: &str| BlockKind::Unknown {
        kind: kind.to_owned(),
    };
    assert_eq!(
        view(r#"{"type":"redacted_thinking","data":"x"}"#),
        BlockKind::RedactedThinking
    );
    assert_eq!(
        view(r#"{"type":"server_tool_use","id":"s"}"#),
        unknown("server_tool_use")
    );
    assert_eq!(view("{}"), unknown(""));
    let lone = BlockKind::Text {
        text: "a\u{FFFD}b\u{FFFD}".to_owned(),
    };
    assert_eq!(view(r#"{"type":"text","text":"a\ud800b\udfff"}"#), lone);
    let result = r#"{"type":"tool_result","tool_use_id":"t","is_error":true,"content":[{"type":"text","text":"one"},{"type":"image","text":"no text"},{"type":"text","text":"two"}]}"#;
    let expected = BlockKind::ToolResult {
        tool_use_id: "t".to_owned(),
        text: "one\ntwo".to_owned(),
        is_error: true,
    };
    assert_eq!(view(result), expected);
}

#[test]
fn a_block_is_an_object() {
    for json in ["", "[]", "\"text\"", "1", "{", "{} {}"] {
        assert!(Block::from_json(json).is_err(), "{json}");
    }
    let block = Block::from_json(" {\"type\":\"x\"}\n").unwrap();
    assert_eq!(block.json(), r#"{"type":"x"}"#);
}

#[test]
fn the_names_of_tools() {
    let longest = "x".repeat(64);
    for name in ["current_time", "A-1", longest.as_str()] {
        assert!(Tool::is_name(name), "{name}");
    }
    let too_long = "x".repeat(65);
    for name in ["", "a b", "a.b", "ä", too_long.as_str()] {
        assert!(!Tool::is_name(name), "{name}");
    }
}

#[test]
fn what_a_person_attaches() {
    assert_eq!(
        Block::image("image/png", "aGk=").json(),
        r#"{"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGk="}}"#
    );
    assert_eq!(
        Block::text_document("a \"b\".txt", "one\ntwo").json(),
        r#"{"type":"document","source":{"type":"text","media_type":"text/plain","data":"one\ntwo"},"title":"a \"b\".txt"}"#
    );
}
