//! Single events: what is read, what is refused, and what is kept unread.

use hearth_wire::{ApiError, BadEvent, Delta, StreamEvent};

#[test]
fn the_type_is_that_of_the_data_and_the_name_stands_in() {
    let ping = |name, data| matches!(StreamEvent::parse(name, data), Ok(StreamEvent::Ping));
    assert!(ping("message_stop", r#"{"type":"ping"}"#));
    assert!(ping("ping", r#"{"cost":0}"#));
    assert!(ping("ping", "not json"));
    assert!(ping("", r#"{"type":"ping"}"#));
}

#[test]
fn an_unknown_event_keeps_its_data() {
    for (name, data, named) in [
        ("soon", r#"{"type":"later", "x":1.0}"#, "later"),
        ("soon", r#"{"x":1E2}"#, "soon"),
        ("soon", "no json at all", "soon"),
        ("soon", "[1]", "soon"),
        ("message", "[DONE]", "message"),
    ] {
        let expected = StreamEvent::Unknown {
            name: named.to_owned(),
            data: data.to_owned(),
        };
        assert_eq!(StreamEvent::parse(name, data).unwrap(), expected);
    }
}

#[test]
fn an_unknown_delta_keeps_its_json() {
    let data = r#"{"type":"content_block_delta","index":3,"delta":{"type":"new_delta", "n":1E2}}"#;
    let Ok(StreamEvent::BlockDelta { index, delta }) = StreamEvent::parse("", data) else {
        panic!("a delta");
    };
    let Delta::Unknown { kind, raw } = delta else {
        panic!("an unknown delta");
    };
    let json = r#"{"type":"new_delta", "n":1E2}"#;
    assert_eq!((index, kind.as_str(), raw.json()), (3, "new_delta", json));
}

#[test]
fn an_error_event_is_read_like_an_error_body() {
    let data = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#;
    let expected = StreamEvent::Error(ApiError {
        kind: Some("overloaded_error".to_owned()),
        code: None,
        message: "Overloaded".to_owned(),
        request_id: Some("req_1".to_owned()),
    });
    assert_eq!(StreamEvent::parse("error", data).unwrap(), expected);
}

#[test]
fn an_error_without_type_or_name_is_an_error() {
    let data = r#"{"error":{"code":"429","message":"Slow down."}}"#;
    let expected = ApiError {
        code: Some("429".to_owned()),
        message: "Slow down.".to_owned(),
        ..ApiError::default()
    };
    for name in ["", "message", "error"] {
        let event = StreamEvent::parse(name, data).unwrap();
        assert_eq!(event, StreamEvent::Error(expected.clone()), "{name}");
    }
}

#[test]
fn what_is_not_an_object_is_refused_where_one_must_be() {
    for (name, data) in [
        ("message_start", "{"),
        ("content_block_delta", r#""text""#),
        ("error", "<html>"),
        ("", "hello"),
        ("message", r#"{"type":"ping"} trailing"#),
    ] {
        let event = StreamEvent::parse(name, data);
        assert!(matches!(event, Err(BadEvent::NotAnObject { .. })), "{data}");
    }
}

#[test]
fn a_delta_of_nothing_says_nothing() {
    for (kind, member) in [
        ("text_delta", "text"),
        ("thinking_delta", "thinking"),
        ("signature_delta", "signature"),
        ("input_json_delta", "partial_json"),
    ] {
        let event = |said: &str| {
            let delta = format!(r#"{{"type":"{kind}","{member}":{said}}}"#);
            let data = format!(r#"{{"type":"content_block_delta","index":0,"delta":{delta}}}"#);
            StreamEvent::parse("", &data).unwrap()
        };
        assert_eq!(event("null"), event(r#""""#), "{kind}");
    }
}

#[test]
fn a_known_event_without_what_it_is_for_is_refused() {
    for (data, missing) in [
        (r#"{"type":"message_start"}"#, "message"),
        (r#"{"type":"message_start","message":[]}"#, "message"),
        (
            r#"{"type":"content_block_start","content_block":{}}"#,
            "index",
        ),
        (
            r#"{"type":"content_block_start","index":0}"#,
            "content_block",
        ),
        (
            r#"{"type":"content_block_start","index":0,"content_block":"x"}"#,
            "content_block",
        ),
        (r#"{"type":"content_block_delta","index":0}"#, "delta"),
        (
            r#"{"type":"content_block_delta","index":-1,"delta":{}}"#,
            "index",
        ),
        (
            r#"{"type":"content_block_delta","index":4294967296,"delta":{}}"#,
            "index",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta"}}"#,
            "text",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":5}}"#,
            "text",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta"}}"#,
            "thinking",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta"}}"#,
            "signature",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta"}}"#,
            "partial_json",
        ),
        (
            r#"{"type":"content_block_delta","index":0,"delta":{"type":"citations_delta"}}"#,
            "citation",
        ),
        (r#"{"type":"content_block_stop"}"#, "index"),
        (r#"{"type":"message_delta"}"#, "delta"),
        (r#"{"type":"error"}"#, "error"),
    ] {
        match StreamEvent::parse("", data) {
            Err(BadEvent::Lacks { member, .. }) => assert_eq!(member, missing, "{data}"),
            other => panic!("{data} became {other:?}"),
        }
    }
}

#[test]
fn unknown_members_are_no_reason_to_refuse() {
    let data = r#"{"type":"content_block_stop","index":7,"new":{"x":[]},"index_hint":"y"}"#;
    let expected = StreamEvent::BlockStop { index: 7 };
    assert_eq!(StreamEvent::parse("", data).unwrap(), expected);
}
