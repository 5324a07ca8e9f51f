//! An answer in one piece becomes the same answer when it is told as events.

use hearth_wire::{Assembled, Assembler, Response, StopReason, StreamEvent};

fn assembled(body: &str) -> Assembled {
    let response = Response::parse(body).expect("a message");
    let mut assembler = Assembler::default();
    for (event, data) in response.events() {
        let again = StreamEvent::parse("message", &data).expect("an event");
        assert_eq!(again, event, "{data}");
        assembler.push(&event).expect("in its place");
    }
    assembler.finish()
}

const BLOCKS: [&str; 4] = [
    r#"{"type":"thinking","thinking":"Hm. \u00e9","signature":"EqQB+/=="}"#,
    r#"{"type" : "text","text":"Gr\u00fc\u00dfe \ud83d\udc4b","citations":null}"#,
    r#"{"type":"later_block","n":1.50,"n":1e2,"deep":{"b":1,"a":[]}}"#,
    r#"{"type":"tool_use","id":"toolu_1","name":"clock","input":{"zone":"UTC"}}"#,
];

#[test]
fn every_block_is_verbatim_and_the_facts_are_the_same() {
    let body = format!(
        r#"{{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{}],
        "stop_reason":"stop_sequence","stop_sequence":"END","stop_details":{{"type":"x"}},
        "usage":{{"input_tokens":7,"output_tokens":9,"later":{{"a":1}}}}}}"#,
        BLOCKS.join(",")
    );
    let answer = assembled(&body);
    let blocks: Vec<&str> = answer.blocks.iter().map(|it| it.block.json()).collect();
    assert_eq!(blocks, BLOCKS);
    assert!(answer.blocks.iter().all(|it| it.complete));
    assert!(answer.ended);
    assert_eq!(answer.id.as_deref(), Some("msg_1"));
    assert_eq!(answer.model.as_deref(), Some("m"));
    assert_eq!(answer.stop_reason, Some(StopReason::StopSequence));
    assert_eq!(answer.stop_sequence.as_deref(), Some("END"));
    let details = answer.stop_details.expect("details");
    assert_eq!(details.json(), r#"{"type":"x"}"#);
    let usage = answer.usage;
    assert_eq!(
        (usage.input_tokens, usage.output_tokens),
        (Some(7), Some(9))
    );
}

#[test]
fn an_answer_that_does_not_say_why_it_ended_does_not_end() {
    for reason in ["null", ""] {
        let member = match reason {
            "" => String::new(),
            reason => format!(r#","stop_reason":{reason}"#),
        };
        let body = format!(r#"{{"content":[{{"type":"text","text":"Hi"}}]{member}}}"#);
        let answer = assembled(&body);
        assert_eq!(answer.blocks.len(), 1);
        assert!(!answer.ended, "{body}");
    }
    let empty = assembled(r#"{"content":[],"stop_reason":"a_later_reason"}"#);
    assert!(empty.ended && empty.blocks.is_empty());
}
