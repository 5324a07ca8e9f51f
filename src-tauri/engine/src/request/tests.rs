use hearth_wire::models::{self, BaseModel};
use hearth_wire::{Block, StopReason};
use serde_json::{Value, json};

use super::*;

mod rules;

const SONNET: &str = "claude-sonnet-5-5";

#[derive(Clone)]
struct Given<'a> {
    base: &'a BaseModel,
    deployment: &'a str,
    settings: api::TurnSettings,
    tools: Vec<Tool>,
    contents: Contents,
}

fn given(base: &BaseModel) -> Given<'_> {
    Given {
        base,
        deployment: "my-claude",
        settings: api::TurnSettings::default(),
        tools: Vec::new(),
        contents: Contents::default(),
    }
}

fn built(given: &Given<'_>, past: &[Past]) -> Built {
    build(&Ask {
        deployment: given.deployment,
        base: given.base,
        connection: "c1",
        settings: &given.settings,
        tools: &given.tools,
        past,
        contents: &given.contents,
    })
}

fn sent(given: &Given<'_>, past: &[Past]) -> Value {
    serde_json::to_value(built(given, past).request).unwrap()
}

fn effort(effort: api::Effort) -> api::TurnSettings {
    api::TurnSettings {
        effort: Some(effort),
        ..api::TurnSettings::default()
    }
}

fn asked(text: &str) -> Past {
    Past::question(vec![Block::text(text)])
}

fn turn(id: &str) -> Option<api::TurnId> {
    Some(api::TurnId(id.into()))
}

fn thinking(text: &str) -> Block {
    let block = json!({"type": "thinking", "thinking": text, "signature": "s=="});
    Block::from_json(block.to_string()).unwrap()
}

/// An answer that was asked for with exactly `past` before it.
fn answer(id: &str, past: &[Past], blocks: Vec<Block>) -> Past {
    let sonnet = models::find(SONNET).unwrap();
    Past {
        role: api::Role::Assistant,
        turn: turn(id),
        blocks,
        whole: true,
        stop_reason: Some(StopReason::EndTurn),
        prefix: Some(built(&given(sonnet), past).prefix),
    }
}

fn texts(sent: &Value) -> Vec<String> {
    let messages = sent["messages"].as_array().unwrap().iter();
    let blocks = messages.flat_map(|message| message["content"].as_array().unwrap());
    blocks
        .filter_map(|block| block["text"].as_str().or(block["thinking"].as_str()))
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_unknown_deployment_is_sent_nothing_that_some_model_refuses() {
    let given = Given {
        settings: effort(api::Effort::High),
        ..given(models::cautious())
    };
    assert_eq!(
        sent(&given, &[asked("Hi")]),
        json!({
            "model": "my-claude",
            "max_tokens": 16_000,
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
            "stream": true,
        })
    );
}

#[test]
fn a_model_is_asked_for_what_it_has() {
    let sonnet = Given {
        settings: effort(api::Effort::Max),
        ..given(models::find(SONNET).unwrap())
    };
    let past = [asked("Hi")];
    let body = sent(&sonnet, &past);
    assert_eq!(body["output_config"], json!({"effort": "max"}));
    assert_eq!(
        body["thinking"],
        json!({"type": "adaptive", "display": "summarized"})
    );
    assert_eq!(built(&sonnet, &past).version.as_str(), "2026-10-21");

    // A model without efforts gets none, and an older one a budget.
    let haiku = Given {
        settings: effort(api::Effort::Max),
        ..given(models::find("claude-haiku-4-5").unwrap())
    };
    let body = sent(&haiku, &past);
    assert_eq!(body.get("output_config"), None);
    assert_eq!(body["thinking"]["type"], "enabled");
}

#[test]
fn max_tokens_stay_within_the_model() {
    for (base, chosen, expected) in [
        (models::find(SONNET).unwrap(), None, 32_000),
        (models::find(SONNET).unwrap(), Some(100_000), 100_000),
        (models::find(SONNET).unwrap(), Some(500_000), 128_000),
        (models::find(SONNET).unwrap(), Some(0), 1),
        (models::cautious(), None, 16_000),
        (models::cautious(), Some(32_000), 16_000),
    ] {
        let given = Given {
            settings: api::TurnSettings {
                max_tokens: chosen,
                ..api::TurnSettings::default()
            },
            ..given(base)
        };
        let body = sent(&given, &[asked("Hi")]);
        assert_eq!(body["max_tokens"], expected, "{chosen:?}");
    }
}

#[test]
fn thinking_goes_back_only_where_nothing_before_it_changed() {
    let sonnet = given(models::find(SONNET).unwrap());
    let mut past = vec![asked("One")];
    let first = answer("t1", &past, vec![thinking("T1"), Block::text("A1")]);
    past.extend([first, asked("Two")]);
    let second = answer("t2", &past, vec![thinking("T2"), Block::text("A2")]);
    past.extend([second, asked("Three")]);
    let all = ["One", "T1", "A1", "Two", "T2", "A2", "Three"];
    assert_eq!(texts(&sent(&sonnet, &past)), all);

    let other = Given {
        deployment: "another",
        ..sonnet
    };
    assert_eq!(
        texts(&sent(&other, &past)),
        ["One", "A1", "Two", "A2", "Three"]
    );

    // Another first question: nothing after it was thought about this conversation.
    past[0] = asked("Uno");
    let sonnet = given(models::find(SONNET).unwrap());
    assert_eq!(
        texts(&sent(&sonnet, &past)),
        ["Uno", "A1", "Two", "A2", "Three"]
    );
}

#[test]
fn the_thinking_of_a_turn_of_several_requests_goes_back_together() {
    let sonnet = given(models::find(SONNET).unwrap());
    let question = [asked("Search")];
    let one = answer("t1", &question, vec![thinking("T1"), Block::text("A1")]);
    // What is stored with the turn is where it began, for both of its answers.
    let two = answer("t1", &question, vec![thinking("T2"), Block::text("A2")]);
    let one = Past {
        stop_reason: Some(StopReason::PauseTurn),
        ..one
    };
    let mut past = vec![question[0].clone(), one, two, asked("Thanks")];
    assert_eq!(
        texts(&sent(&sonnet, &past)),
        ["Search", "T1", "A1", "T2", "A2", "Thanks"]
    );
    past[0] = asked("Look");
    assert_eq!(texts(&sent(&sonnet, &past)), ["Look", "A1", "A2", "Thanks"]);
}

#[test]
fn a_broken_answer_gives_its_text_alone() {
    let sonnet = given(models::find(SONNET).unwrap());
    let question = [asked("One")];
    let call = json!({"type": "tool_use", "id": "t", "name": "n", "input": {}});
    let novelty = json!({"type": "novelty"});
    let blocks = vec![
        thinking("T1"),
        Block::text("Half"),
        Block::text(" \n"),
        Block::from_json(call.to_string()).unwrap(),
        Block::from_json(novelty.to_string()).unwrap(),
    ];
    let broken = Past {
        whole: false,
        stop_reason: None,
        ..answer("t1", &question, blocks)
    };
    let past = [question[0].clone(), broken, asked("Two")];
    let body = sent(&sonnet, &past);
    assert_eq!(
        body["messages"][1]["content"],
        json!([{"type": "text", "text": "Half"}])
    );
}

#[test]
fn a_refused_turn_leaves_with_everything_it_said() {
    let sonnet = given(models::find(SONNET).unwrap());
    let start = vec![asked("One")];
    let kept = answer("t1", &start, vec![Block::text("A1")]);
    let paused = answer("t2", &start, vec![Block::text("Searching")]);
    let refused = Past {
        stop_reason: Some(StopReason::Refusal),
        ..answer("t2", &start, vec![Block::text("No")])
    };
    let past = [
        start[0].clone(),
        kept,
        asked("Bad"),
        paused,
        refused,
        asked("Good"),
    ];
    assert_eq!(texts(&sent(&sonnet, &past)), ["One", "A1", "Good"]);
    assert_eq!(texts(&sent(&sonnet, &past[..5])), ["One", "A1"]);
}
