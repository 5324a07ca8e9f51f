//! How much a request may hold.

use hearth_wire::models;
use hearth_wire::openai::Refusal;
use hearth_wire::openai::request::{ModelFacts, Policy, Translated, translate};

fn translated(body: &str) -> Result<Translated, Refusal> {
    let facts = ModelFacts {
        deployment: "d",
        model: models::find("claude-sonnet-4-6").expect("what the test put there"),
        hosting: None,
    };
    let policy = Policy {
        drop_params: true,
        ..Policy::default()
    };
    translate(body.as_bytes(), &facts, &policy)
}

/// This many times the same, as JSON lists and objects have it.
fn times(count: usize, entry: &str) -> String {
    vec![entry; count].join(",")
}

const HI: &str = r#"{"role":"user","content":"Hi"}"#;

/// What the request becomes in which a place holds so many, and one more.
fn judged(most: usize, body: impl Fn(usize) -> String) -> Refusal {
    let fits = translated(&body(most));
    assert!(fits.is_ok(), "{most}: {:?}", fits.map(|_| ()));
    let refused = translated(&body(most + 1)).expect_err("one too many");
    let code = refused.code.as_deref();
    assert_eq!((refused.status, code), (400, Some("invalid_value")));
    refused
}

#[test]
fn a_request_has_a_thousand_members() {
    let body = |count: usize| {
        let others = times(count - 2, r#""":1"#);
        format!(r#"{{"model":"m","messages":[{HI}],{others}}}"#)
    };
    let refused = judged(1_000, body);
    assert!(refused.message.contains("1000 members"), "{refused}");
    assert_eq!(refused.param, None);
}

#[test]
fn so_has_what_stands_right_in_it() {
    for member in ["metadata", "extra_headers", "extra_body"] {
        let body = |count: usize| {
            let entries = times(count, r#""a":"b""#);
            format!(r#"{{"model":"m","messages":[{HI}],"{member}":{{{entries}}}}}"#)
        };
        assert_eq!(judged(1_000, body).param.as_deref(), Some(member));
    }
}

#[test]
fn a_conversation_has_a_hundred_thousand_messages() {
    let body = |count: usize| format!(r#"{{"model":"m","messages":[{}]}}"#, times(count, HI));
    let refused = judged(100_000, body);
    assert!(refused.message.contains("100000 messages"), "{refused}");
    assert_eq!(refused.param.as_deref(), Some("messages"));
}

#[test]
fn other_lists_and_objects_have_ten_thousand_entries() {
    // What looks like entries in a text is none.
    let text = times(20_000, r#"\"[{"#);
    let part = format!(r#"{{"type":"text","text":"{text}"}}"#);
    let list = |count: usize| {
        let parts = times(count, &part.replace(&text, "a, b"));
        format!(
            r#"{{"model":"m","messages":[{HI},{{"role":"user","content":[{part}]}},{{"role":"user","content":[{parts}]}}]}}"#
        )
    };
    assert_eq!(judged(10_000, list).param.as_deref(), Some("messages"));
    let nested = |count: usize| {
        let (open, close) = (r#"{"items":["#.repeat(30), "]}".repeat(30));
        let schema = format!(
            r#"{{"type":"object","$defs":{open}{{{}}}{close}}}"#,
            times(count, r#""":1"#)
        );
        format!(
            r#"{{"model":"m","messages":[{HI}],"functions":[{{"name":"f","parameters":{schema}}}]}}"#
        )
    };
    assert_eq!(judged(10_000, nested).param.as_deref(), Some("functions"));
    // Where nobody looks any more, all that is there counts together.
    let (open, close) = ("[".repeat(100), "]".repeat(100));
    let deep = |count: usize| {
        let lists = format!("{open}{}{close}", times(count / 2, "[1,1]"));
        format!(r#"{{"model":"m","messages":[{HI}],"seed":{lists}}}"#)
    };
    assert!(translated(&deep(9_000)).is_ok());
    assert!(translated(&deep(90_000)).is_err());
}

#[test]
fn ten_thousand_parts_may_be_bare_strings() {
    let body = |count: usize| {
        let message = |count: usize| {
            format!(
                r#"{{"role":"user","content":[{}]}}"#,
                times(count, r#""a""#)
            )
        };
        format!(
            r#"{{"model":"m","messages":[{},{}]}}"#,
            message(5_000),
            message(count - 5_000)
        )
    };
    let refused = judged(10_000, body);
    assert_eq!(refused.param.as_deref(), Some("messages[1].content[5000]"));
}

#[test]
fn no_more_is_named_than_a_header_holds() {
    let others = times(100, r#""x":1"#);
    let message = format!(r#"{{"role":"user","content":"Hi",{others}}}"#);
    let body = format!(r#"{{"model":"m","messages":[{}]}}"#, times(100, &message));
    let dropped = translated(&body).expect("it is a request").dropped;
    assert_eq!(dropped.len(), 1_000);
    assert!(hearth_wire::openai::Dropped::header(&dropped).ends_with(", ..."));
}

#[test]
fn thousands_of_calls_in_content_are_each_told_once() {
    const CALLS: usize = 5_000;
    let join = |one: &dyn Fn(usize) -> String| (0..CALLS).map(one).collect::<Vec<_>>().join(",");
    let told =
        join(&|at| format!(r#"{{"id":"c{at}","type":"function","function":{{"name":"f"}}}}"#));
    let parts = |from: usize| {
        join(&|at| format!(r#"{{"type":"tool_use","id":"c{}","name":"f"}}"#, at + from))
    };
    let results = (0..CALLS + 10)
        .map(|at| format!(r#"{{"role":"tool","tool_call_id":"c{at}","content":"r"}}"#));
    let results = results.collect::<Vec<_>>().join(",");
    let body = format!(
        r#"{{"model":"m","messages":[{HI},{{"role":"assistant","tool_calls":[{told}],"content":[{},{}]}},{results}]}}"#,
        parts(0),
        parts(10)
    );
    let request = translated(&body).expect("it is a request").request;
    assert_eq!(request.messages[1].content.len(), CALLS + 10);
    assert_eq!(request.messages[2].content.len(), CALLS + 10);
}
