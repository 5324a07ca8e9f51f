//! What of a conversation goes back to the model.

use hearth_emulator::Script;
use hearth_engine::api::{MessageState, TranscriptFormat};
use serde_json::Value;

use crate::support::*;

/// The messages of the last request, as they were written.
fn last_messages(house: &House) -> Vec<Value> {
    let body = bodies(&house.emulator.log()).pop().unwrap();
    body["messages"].as_array().unwrap().clone()
}

#[tokio::test]
async fn thinking_goes_back_byte_for_byte() {
    let house = House::new().await;
    let script = Script::message()
        .thinking(["Zwölf \u{1F98A} ", "über \"alles\"\n"])
        .text(["The ", "answer."]);
    house.emulator.next(script);
    let (sent, _) = house.ask(None, "Think").await;
    let stored: Vec<String> = stored_blocks(&house, &sent.conversation.0);
    assert_eq!(stored.len(), 3, "{stored:?}");
    house.ask(Some(&sent.conversation), "And now?").await;
    let body = house.emulator.log().pop().unwrap().received.body.clone();
    let sent_back = format!("[{},{}]", stored[1], stored[2]);
    assert!(body.contains(&sent_back), "{sent_back}\nis not in\n{body}");
    assert!(stored[1].contains("signature"));
}

/// The blocks of a conversation as they lie in the database.
fn stored_blocks(house: &House, conversation: &str) -> Vec<String> {
    let path = house.folder.path().join("hearth.db");
    let database = rusqlite::Connection::open(path).unwrap();
    let mut blocks = database
        .prepare(
            "SELECT b.body FROM block b JOIN message m ON m.seq = b.message
             JOIN conversation c ON c.seq = m.conversation
             WHERE c.id = ?1 ORDER BY m.seq, b.position",
        )
        .unwrap();
    let blocks = blocks.query_map([conversation], |row| row.get(0)).unwrap();
    blocks.map(Result::unwrap).collect()
}

#[tokio::test]
async fn thinking_stays_behind_when_the_deployment_changes_and_comes_back_with_it() {
    let house = House::new().await;
    let thoughtful = || Script::message().thinking(["Hm."]).text(["Yes."]);
    house.emulator.next(thoughtful());
    let (sent, _) = house.ask_deployment(None, "Think", SONNET).await;
    let conversation = sent.conversation;
    let thinking = |house: &House| {
        let messages = last_messages(house);
        let blocks = messages
            .iter()
            .flat_map(|it| it["content"].as_array().unwrap().clone());
        blocks.filter(|block| block["type"] == "thinking").count()
    };
    house.emulator.next(thoughtful());
    let (other, _) = house
        .ask_deployment(Some(&conversation), "You too", OPUS)
        .await;
    assert_eq!(thinking(&house), 0);
    assert_eq!(last_messages(&house)[1]["content"][0]["text"], "Yes.");

    // Back on the branch before, nothing before the first answer is different.
    house
        .engine
        .show_branch(conversation.clone(), other.answer.clone())
        .await
        .unwrap();
    let (_, answer) = house
        .ask_deployment(Some(&conversation), "And you again", SONNET)
        .await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(thinking(&house), 1);
    // The store has both.
    let json = house
        .engine
        .transcript(conversation, TranscriptFormat::Json)
        .await
        .unwrap();
    assert_eq!(json.text.matches("\"Hm.\"").count(), 2);
}

#[tokio::test]
async fn a_stopped_answer_goes_back_as_its_text() {
    let house = House::new().await;
    let script = Script::message()
        .thinking(["Hm."])
        .text(["Once upon ", "a time"]);
    let (script, gate) = script.gate();
    house.emulator.next(script);
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Tell me a story").await;
    let mut shown = Window::open(&house.engine, &sent.conversation).await;
    gate.release(2);
    shown
        .until(|view| text(view.messages.last().unwrap()) == "Once upon ")
        .await;
    house.engine.stop(&sent.turn);
    ended(&mut window, &sent.turn).await;
    let (_, answer) = house.ask(Some(&sent.conversation), "Go on").await;
    assert_eq!(answer.state, complete("end_turn"));
    let messages = last_messages(&house);
    assert_eq!(messages.len(), 3);
    let content = messages[1]["content"].as_array().unwrap();
    assert_eq!(content.len(), 1, "{content:?}");
    assert_eq!(content[0]["text"], "Once upon ");
}

#[tokio::test]
async fn an_answer_with_nothing_to_read_does_not_spoil_the_conversation() {
    let house = House::new().await;
    house
        .emulator
        .next(Script::reply(["\n\n", "never"]).cut_after_events(3));
    let (sent, answer) = house.ask(None, "Hello").await;
    assert!(matches!(answer.state, MessageState::Failed { .. }));
    assert_eq!(text(&answer), "\n\n");
    let (_, answer) = house.ask(Some(&sent.conversation), "Hello?").await;
    assert_eq!(answer.state, complete("end_turn"));
    // What was asked twice is one message of two texts.
    let messages = last_messages(&house);
    assert_eq!(messages.len(), 1);
    let content = messages[0]["content"].as_array().unwrap();
    let texts: Vec<_> = content.iter().map(|it| it["text"].clone()).collect();
    assert_eq!(texts, ["Hello", "Hello?"]);
}

#[tokio::test]
async fn regenerating_adds_a_branch_and_loses_none() {
    let house = House::new().await;
    let (first, one) = house.ask(None, "Hello").await;
    let conversation = first.conversation.clone();
    let (_, follow_up) = house.ask(Some(&conversation), "And then?").await;
    let mut window = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(conversation.clone(), first.answer.clone())
        .await
        .unwrap();
    assert_eq!(again.question, first.question);
    let two = ended(&mut window, &again.turn).await;
    assert_eq!(last_messages(&house).len(), 1);
    let view = house.view(&conversation).await;
    assert_eq!(view.messages.len(), 2);
    assert_eq!(view.messages[1], two);
    assert_eq!(two.branches, [one.id.clone(), two.id.clone()]);
    assert_eq!(two.branch, 1);

    let view = house
        .engine
        .show_branch(conversation.clone(), one.id.clone())
        .await
        .unwrap();
    assert_eq!(view.messages.len(), 4);
    assert_eq!(view.messages[1].blocks, one.blocks);
    assert_eq!(view.messages[3].blocks, follow_up.blocks);
    let view = house
        .engine
        .show_branch(conversation.clone(), two.id.clone())
        .await
        .unwrap();
    assert_eq!(view.messages[1], two);
}

#[tokio::test]
async fn what_is_asked_with_is_what_was_chosen() {
    use hearth_engine::api::{Effort, SendRequest, TurnSettings};
    let house = House::new().await;
    let settings = TurnSettings {
        deployment: Some(OPUS.into()),
        effort: Some(Effort::Low),
        max_tokens: Some(4321),
        ..TurnSettings::default()
    };
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        settings: settings.clone(),
        ..question(None, "Hello", None)
    };
    let sent = house.engine.send(request).await.unwrap();
    ended(&mut window, &sent.turn).await;
    let body = bodies(&house.emulator.log()).pop().unwrap();
    assert_eq!(body["model"], OPUS);
    assert_eq!(body["max_tokens"], 4321);
    assert_eq!(body["output_config"]["effort"], "low");
    assert_eq!(body["thinking"]["display"], "summarized");
    assert_eq!(house.view(&sent.conversation).await.settings, settings);
    let other = TurnSettings::default();
    house
        .engine
        .choose(sent.conversation.clone(), other.clone())
        .await
        .unwrap();
    assert_eq!(house.view(&sent.conversation).await.settings, other);
}

/// Asks with these settings and returns the body of the request.
async fn asked_with(house: &House, settings: hearth_engine::api::TurnSettings) -> Value {
    use hearth_engine::api::SendRequest;
    let mut window = house.engine.subscribe();
    let request = SendRequest {
        settings,
        ..question(None, "Hello", None)
    };
    let sent = house.engine.send(request).await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    let over = matches!(answer.state, MessageState::Complete { .. });
    assert!(over, "{answer:?}");
    bodies(&house.emulator.log()).pop().unwrap()
}

#[tokio::test]
async fn system_prompt_stop_sequences_and_one_piece_reach_the_model() {
    use hearth_engine::api::TurnSettings;
    let house = House::new().await;
    let settings = TurnSettings {
        system: Some("Be brief.".into()),
        stop_sequences: vec!["END".into(), " ".into()],
        whole: true,
        ..TurnSettings::default()
    };
    let body = asked_with(&house, settings).await;
    assert_eq!(body["system"], "Be brief.");
    assert_eq!(body["stop_sequences"], serde_json::json!(["END"]));
    assert_eq!(body.get("stream"), None);
    assert_eq!(body["max_tokens"], 16_000);
}

#[tokio::test]
async fn a_temperature_is_sent_to_models_that_take_one() {
    use hearth_engine::api::TurnSettings;
    let house = House::new().await;
    let mut draft = house.draft();
    draft.deployments.push(mapped("claude-sonnet-4-6"));
    house.engine.save_connection(draft).await.unwrap();
    for (deployment, taken) in [("claude-sonnet-4-6", true), (HAIKU, true), (OPUS, false)] {
        let settings = TurnSettings {
            deployment: Some(deployment.into()),
            temperature: Some(0.25),
            ..TurnSettings::default()
        };
        let body = asked_with(&house, settings).await;
        let expected = if taken { Some(0.25) } else { None };
        assert_eq!(body["temperature"].as_f64(), expected, "{deployment}");
        assert_eq!(body.get("thinking").is_none(), taken, "{deployment}");
    }
}

#[tokio::test]
async fn thinking_stays_behind_while_the_system_prompt_is_another() {
    use hearth_engine::api::{SendRequest, TurnSettings};
    let house = House::new().await;
    house
        .emulator
        .next(Script::message().thinking(["Hm."]).text(["Yes."]));
    let (first, _) = house.ask(None, "Think").await;
    for (system, thinking) in [("Be kind.", false), ("", true)] {
        let mut window = house.engine.subscribe();
        let request = SendRequest {
            settings: TurnSettings {
                system: Some(system.into()),
                ..TurnSettings::default()
            },
            ..question(Some(&first.conversation), "And now?", None)
        };
        let sent = house.engine.send(request).await.unwrap();
        let answer = ended(&mut window, &sent.turn).await;
        assert_eq!(answer.state, complete("end_turn"));
        let messages = last_messages(&house);
        assert_eq!(messages[1].to_string().contains("Hm."), thinking);
        // The store has it either way.
        let json = house
            .engine
            .transcript(first.conversation.clone(), TranscriptFormat::Json);
        assert!(json.await.unwrap().text.contains("Hm."));
    }
}
