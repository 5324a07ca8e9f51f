//! Calls and results, what is attached, how an answer goes on, and the settings.

use super::*;

fn call(id: &str) -> Block {
    let call = json!({"type": "tool_use", "id": id, "name": "current_time", "input": {}});
    Block::from_json(call.to_string()).unwrap()
}

fn result(id: &str) -> Block {
    Block::tool_result(id, "noon", false)
}

fn results(turn: &str, ids: &[&str]) -> Past {
    let blocks = ids.iter().map(|id| result(id)).collect();
    Past::results(api::TurnId(turn.into()), blocks)
}

fn called(id: &str, past: &[Past], blocks: Vec<Block>) -> Past {
    Past {
        stop_reason: Some(StopReason::ToolUse),
        ..answer(id, past, blocks)
    }
}

fn sonnet() -> Given<'static> {
    given(models::find(SONNET).unwrap())
}

fn haiku() -> Given<'static> {
    given(models::find("claude-haiku-4-5").unwrap())
}

fn clock() -> Tool {
    wire_tool(hearth_tools::find("current_time").unwrap())
}

fn kinds(body: &Value) -> Vec<Vec<String>> {
    let messages = body["messages"].as_array().unwrap().iter();
    messages
        .map(|message| {
            let blocks = message["content"].as_array().unwrap().iter();
            blocks
                .map(|block| block["type"].as_str().unwrap().to_owned())
                .collect()
        })
        .collect()
}

#[test]
fn an_open_loop_goes_back_as_it_is() {
    let given = Given {
        tools: vec![clock()],
        ..sonnet()
    };
    let question = asked("What time is it?");
    let prefix = built(&given, std::slice::from_ref(&question)).prefix;
    let blocks = vec![thinking("T"), Block::text("Look"), call("a"), call("b")];
    let answer = Past {
        prefix: Some(prefix),
        ..called("t1", &[], blocks)
    };
    let past = [question, answer, results("t1", &["a", "b"])];
    let built = built(&given, &past);
    assert!(!built.torn_loop);
    let body = serde_json::to_value(built.request).unwrap();
    assert_eq!(
        kinds(&body)[1..],
        [
            vec!["thinking", "text", "tool_use", "tool_use"],
            vec!["tool_result", "tool_result"]
        ]
    );
    assert_eq!(body["tools"][0]["name"], "current_time");
    assert_eq!(body.get("tool_choice"), None);
}

#[test]
fn a_loop_whose_thinking_belongs_elsewhere_is_torn_until_a_word_closes_it() {
    let question = asked("What time is it?");
    let answer = called("t1", &[asked("Other")], vec![thinking("T"), call("a")]);
    let mut past = vec![question, answer, results("t1", &["a"])];
    assert!(built(&sonnet(), &past).torn_loop);
    past.push(asked("Go on"));
    let built = built(&sonnet(), &past);
    assert!(!built.torn_loop);
    let body = serde_json::to_value(built.request).unwrap();
    assert_eq!(
        kinds(&body)[1..],
        [vec!["tool_use"], vec!["tool_result", "text"]]
    );
}

#[test]
fn a_call_without_its_result_stays_behind_and_takes_the_thinking_of_its_turn_along() {
    let question = [asked("What time is it?")];
    let blocks = vec![thinking("T"), Block::text("Look"), call("a"), call("b")];
    let cut = Past {
        stop_reason: Some(StopReason::MaxTokens),
        ..answer("t1", &question, blocks)
    };
    let past = [question[0].clone(), cut.clone(), asked("So?")];
    let body = sent(&sonnet(), &past);
    assert_eq!(kinds(&body), [vec!["text"], vec!["text"], vec!["text"]]);
    assert_eq!(body.get("tools"), None);

    // Of two calls one has a result.
    let past = [question[0].clone(), cut.clone(), results("t1", &["b"])];
    let body = sent(&sonnet(), &past);
    assert_eq!(
        kinds(&body)[1..],
        [vec!["text", "tool_use"], vec!["tool_result"]]
    );
    assert_eq!(body["messages"][1]["content"][1]["id"], "b");

    // A result without its call.
    let past = [
        question[0].clone(),
        cut,
        results("t1", &["x"]),
        asked("So?"),
    ];
    assert_eq!(kinds(&sent(&sonnet(), &past))[2], ["text"]);
}

#[test]
fn an_id_counts_once_and_the_last_loop_is_the_one_that_counts() {
    let question = asked("Time?");
    let first = called("t1", &[], vec![Block::text("One"), call("a")]);
    let second = called("t2", &[], vec![Block::text("Two"), call("a"), call("a")]);
    let past = [
        question.clone(),
        first,
        results("t1", &["a"]),
        question,
        second,
        results("t2", &["a"]),
    ];
    let body = sent(&sonnet(), &past);
    assert_eq!(
        kinds(&body),
        [
            vec!["text"],
            vec!["text"],
            vec!["text"],
            vec!["text", "tool_use"],
            vec!["tool_result"]
        ]
    );
}

#[test]
fn without_tools_earlier_calls_name_theirs_and_no_new_ones_are_allowed() {
    let unknown = json!({"type": "tool_use", "id": "b", "name": "telephone", "input": {}});
    let bad = json!({"type": "tool_use", "id": "c", "name": "not a name", "input": {}});
    let blocks = [unknown, bad].map(|it| Block::from_json(it.to_string()).unwrap());
    let [unknown, bad] = blocks;
    let past = [
        asked("Time?"),
        called("t1", &[], vec![call("a"), unknown, bad]),
        results("t1", &["a", "b", "c"]),
        asked("Thanks"),
    ];
    let body = sent(&sonnet(), &past);
    let named = body["tools"].as_array().unwrap();
    let names: Vec<_> = named.iter().map(|tool| tool["name"].clone()).collect();
    assert_eq!(names, ["current_time", "telephone"]);
    assert_eq!(body["tools"][1]["input_schema"], json!({"type": "object"}));
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(kinds(&body)[1], ["tool_use", "tool_use"]);
    // With tools the list is what it was when the turn began, whatever the model calls.
    let given = Given {
        tools: vec![clock()],
        ..sonnet()
    };
    let body = sent(&given, &past);
    assert_eq!(body["tools"].as_array().unwrap().len(), 1);
    assert_eq!(body.get("tool_choice"), None);
}

#[test]
fn thinking_is_bound_to_the_system_prompt_and_the_tools() {
    let plain = sonnet();
    let question = [asked("One")];
    let first = answer("t1", &question, vec![thinking("T1"), Block::text("A1")]);
    let past = [question[0].clone(), first, asked("Two")];
    assert_eq!(texts(&sent(&plain, &past)), ["One", "T1", "A1", "Two"]);
    let with_system = |system: &str| Given {
        settings: api::TurnSettings {
            system: Some(system.into()),
            ..api::TurnSettings::default()
        },
        ..sonnet()
    };
    // One with nothing in it is none.
    assert_eq!(
        texts(&sent(&with_system(" \n"), &past)),
        ["One", "T1", "A1", "Two"]
    );
    let body = sent(&with_system("Be brief."), &past);
    assert_eq!(body["system"], "Be brief.");
    assert_eq!(texts(&body), ["One", "A1", "Two"]);
    let with_tools = Given {
        tools: vec![clock()],
        ..sonnet()
    };
    assert_eq!(texts(&sent(&with_tools, &past)), ["One", "A1", "Two"]);
}

#[test]
fn an_answer_goes_on_from_its_own_text() {
    let question = [asked("Tell me")];
    let cut = Past {
        whole: false,
        stop_reason: None,
        ..answer("t1", &question, vec![thinking("T"), Block::text("Once \n")])
    };
    let empty = Past {
        whole: false,
        stop_reason: None,
        ..answer("t2", &question, vec![thinking("T")])
    };
    let past = [question[0].clone(), cut, empty];
    let body = sent(&haiku(), &past);
    assert_eq!(texts(&body), ["Tell me", "Once"]);
    assert_eq!(body.get("thinking"), None);
    // After a pause the answer goes back with its thinking, and more is thought.
    let paused = Past {
        stop_reason: Some(StopReason::PauseTurn),
        prefix: Some(built(&haiku(), &question).prefix),
        ..answer("t1", &question, vec![thinking("T"), Block::text("So ")])
    };
    let past = [question[0].clone(), paused];
    let body = sent(&haiku(), &past);
    assert_eq!(texts(&body), ["Tell me", "T", "So "]);
    assert_eq!(body["thinking"]["type"], "enabled");
}

#[test]
fn an_older_model_does_not_think_in_the_middle_of_a_turn_that_began_without() {
    let with_clock = |given| Given {
        tools: vec![clock()],
        ..given
    };
    let haiku = || with_clock(haiku());
    let past = |blocks| {
        let question = asked("Time?");
        let prefix = Some(built(&haiku(), std::slice::from_ref(&question)).prefix);
        let answer = Past {
            prefix,
            ..called("t1", &[], blocks)
        };
        [question, answer, results("t1", &["a"])]
    };
    let without = sent(&haiku(), &past(vec![call("a")]));
    assert_eq!(without.get("thinking"), None);
    let with = sent(&haiku(), &past(vec![thinking("T"), call("a")]));
    assert_eq!(with["thinking"]["type"], "enabled");
    let newer = sent(&with_clock(sonnet()), &past(vec![call("a")]));
    assert_eq!(newer["thinking"]["type"], "adaptive");
}

#[test]
fn a_temperature_goes_where_it_is_taken_and_before_thinking() {
    let warm = |base: &str, temperature| {
        let given = Given {
            settings: api::TurnSettings {
                temperature: Some(temperature),
                ..api::TurnSettings::default()
            },
            ..given(models::find(base).unwrap())
        };
        let built = built(&given, &[asked("Hi")]);
        let version = built.version.as_str();
        (serde_json::to_value(built.request).unwrap(), version)
    };
    let (body, version) = warm("claude-sonnet-4-6", 0.5);
    assert_eq!(body["temperature"], 0.5);
    assert_eq!(body.get("thinking"), None);
    assert_eq!(version, "2023-06-01");
    assert_eq!(warm("claude-sonnet-4-6", 7.0).0["temperature"], 1.0);
    let (body, version) = warm("claude-sonnet-4-6", f64::NAN);
    assert_eq!(body.get("temperature"), None);
    assert_eq!(version, "2026-10-21");
    let (body, version) = warm(SONNET, 0.5);
    assert_eq!(body.get("temperature"), None);
    assert_eq!(body["thinking"]["type"], "adaptive");
    assert_eq!(version, "2026-10-21");
}

#[test]
fn stop_sequences_with_nothing_in_them_are_left_out() {
    let given = Given {
        settings: api::TurnSettings {
            stop_sequences: vec!["END".into(), " ".into(), String::new(), "\n\nHuman:".into()],
            ..api::TurnSettings::default()
        },
        ..sonnet()
    };
    let body = sent(&given, &[asked("Hi")]);
    assert_eq!(body["stop_sequences"], json!(["END", "\n\nHuman:"]));
}

#[test]
fn an_answer_in_one_piece_is_asked_for_within_what_servers_wait_for() {
    for (chosen, expected) in [(None, 16_000), (Some(100_000), 16_000), (Some(500), 500)] {
        let given = Given {
            settings: api::TurnSettings {
                whole: true,
                max_tokens: chosen,
                ..api::TurnSettings::default()
            },
            ..sonnet()
        };
        let body = sent(&given, &[asked("Hi")]);
        assert_eq!(body["max_tokens"], expected);
        assert_eq!(body.get("stream"), None);
    }
}

fn attachment(id: &str, name: &str, media_type: &str) -> api::AttachmentView {
    api::AttachmentView {
        id: api::AttachmentId(id.into()),
        name: name.into(),
        media_type: media_type.into(),
        bytes: 1,
        width: None,
        height: None,
        original_width: None,
        original_height: None,
    }
}

#[test]
fn what_is_attached_is_sent_as_what_it_is() {
    let image = reference_block(&attachment("i", "x.png", "image/png"));
    let file = reference_block(&attachment("f", "a \"b\".rs", "text/plain"));
    let gone = reference_block(&attachment("g", "gone.txt", "text/plain"));
    assert_eq!(
        referred(&file),
        Some(Reference {
            id: api::AttachmentId("f".into()),
            is_image: false,
            title: "a \"b\".rs".into()
        })
    );
    assert_eq!(referred(&Block::text("i")), None);
    assert_eq!(referred(&Block::image("image/png", "aGk=")), None);
    let mut given = sonnet();
    let id = |id: &str| api::AttachmentId(id.into());
    given.contents.known = [
        (
            id("i"),
            Content::Image {
                media_type: "image/png".into(),
                data: "aGk=".into(),
                fitted: None,
            },
        ),
        (id("f"), Content::Text("fn main() {}".into())),
    ]
    .into();
    given.contents.missing = [(id("g"), "gone".to_owned())].into();
    let past = [Past::question(vec![
        image,
        file,
        gone,
        Block::text("Well?"),
    ])];
    let body = sent(&given, &past);
    assert_eq!(
        body["messages"][0]["content"],
        json!([
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "aGk="}},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "fn main() {}"}, "title": "a \"b\".rs"},
            {"type": "text", "text": "gone"},
            {"type": "text", "text": "Well?"},
        ])
    );
    // An image that is sent smaller is another image; one that is gone is no image.
    let before = built(&given, &past).prefix;
    let Some(Content::Image { fitted, .. }) = given.contents.known.get_mut(&id("i")) else {
        panic!("an image");
    };
    *fitted = Some(2000);
    let smaller = built(&given, &past).prefix;
    assert_ne!(before, smaller);
    given.contents.known.remove(&id("i"));
    assert_ne!(built(&given, &past).prefix, smaller);
}
