//! Tools: asked for, allowed or not, run, answered, stopped; and what of it goes back.

use hearth_emulator::Script;
use hearth_engine::api::{
    Activity, BlockView, CallState, ConversationId, Decision, ErrorCode, HearthEvent, MessageState,
    MessageView, Role, TranscriptFormat, TurnId,
};
use serde_json::{Value, json};

use crate::support::*;

/// A message that calls the clock once for each of these arguments.
pub(crate) fn calls(arguments: &[&str]) -> Script {
    let script = Script::message()
        .thinking(["I need a clock."])
        .text(["Let me look."]);
    arguments.iter().fold(script, |script, arguments| {
        script.tool_use("current_time", [*arguments])
    })
}

pub(crate) async fn house_with_clock() -> House {
    let house = House::new().await;
    house.engine.enable_tool("current_time", true).unwrap();
    house
}

/// How far the calls of a message came.
pub(crate) fn states(message: &MessageView) -> Vec<CallState> {
    let blocks = message.blocks.iter();
    blocks
        .filter_map(|block| match block {
            BlockView::ToolCall { state, .. } => Some(*state),
            _ => None,
        })
        .collect()
}

fn call_ids(message: &MessageView) -> Vec<String> {
    let blocks = message.blocks.iter();
    blocks
        .filter_map(|block| match block {
            BlockView::ToolCall { id, .. } => Some(id.clone()),
            _ => None,
        })
        .collect()
}

pub(crate) fn results(message: &MessageView) -> Vec<(String, bool)> {
    let blocks = message.blocks.iter();
    blocks
        .filter_map(|block| match block {
            BlockView::ToolResult { text, failed, .. } => Some((text.clone(), *failed)),
            _ => None,
        })
        .collect()
}

/// Waits until a call of the answer that is written waits for the person, and names it.
pub(crate) async fn until_asked(window: &mut Window) -> (TurnId, String) {
    window
        .until(|view| {
            let last = view.messages.last().unwrap();
            view.turn.is_some() && states(last).contains(&CallState::Approval)
        })
        .await;
    let answer = window.answer();
    let place = states(answer)
        .iter()
        .position(|state| *state == CallState::Approval);
    let call = call_ids(answer)[place.unwrap()].clone();
    (window.view.turn.as_ref().unwrap().id.clone(), call)
}

async fn activity(house: &House, conversation: &ConversationId) -> Activity {
    let list = house.engine.conversations().await.unwrap();
    let row = list.iter().find(|row| row.id == *conversation);
    row.unwrap().activity
}

/// The blocks of the last request's last message.
pub(crate) fn last_sent(house: &House) -> Vec<Value> {
    let body = bodies(&house.emulator.log()).pop().unwrap();
    let last = body["messages"].as_array().unwrap().last().unwrap().clone();
    last["content"].as_array().unwrap().clone()
}

#[tokio::test]
async fn no_model_is_told_of_a_tool_that_nobody_turned_on() {
    let house = House::new().await;
    house.ask(None, "What time is it?").await;
    house.engine.enable_tool("current_time", true).unwrap();
    house.ask(None, "Hello").await;
    house.engine.enable_tool("current_time", false).unwrap();
    house.ask(None, "Hello").await;
    let offered: Vec<_> = bodies(&house.emulator.log())
        .iter()
        .map(|body| body["tools"][0]["name"].clone())
        .collect();
    assert_eq!(offered, [Value::Null, json!("current_time"), Value::Null]);
}

#[tokio::test]
async fn a_call_waits_for_the_person_runs_and_goes_back() {
    let house = house_with_clock().await;
    house
        .emulator
        .next(calls(&[r#"{"time_zone": "Europe/Berlin"}"#]));
    house.emulator.next(Script::reply(["It is late."]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    assert_eq!(
        activity(&house, &sent.conversation).await,
        Activity::NeedsApproval
    );
    // A window that opens now sees the same.
    let mut late = Window::open(&house.engine, &sent.conversation).await;
    assert_eq!(late.view.messages, window.view.messages);
    assert_eq!(house.emulator.log().len(), 1);

    house.engine.decide(&turn, &call, Decision::Once);
    window.until_over().await;
    late.until_over().await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(window.view.messages, view.messages);
    assert_eq!(late.view.messages, view.messages);
    assert_eq!(activity(&house, &sent.conversation).await, Activity::Idle);
    let [_, asked, result, answer] = view.messages.as_slice() else {
        panic!("{:?}", view.messages);
    };
    assert_eq!(states(asked), [CallState::Done]);
    assert_eq!(asked.state, complete("tool_use"));
    assert_eq!(result.role, Role::User);
    let told = results(result);
    let [(text, false)] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert!(
        text.contains("Europe/Berlin") && text.contains("weekday"),
        "{text}"
    );
    assert_eq!(answer.state, complete("end_turn"));
    // Thinking, text and call went back as they came, then the result.
    let body = bodies(&house.emulator.log()).pop().unwrap();
    let content = body["messages"][1]["content"].as_array().unwrap();
    let kinds: Vec<_> = content.iter().map(|block| block["type"].clone()).collect();
    assert_eq!(kinds, ["thinking", "text", "tool_use"]);
    assert_eq!(last_sent(&house)[0]["tool_use_id"], json!(call));
    // The permission was for once.
    house.emulator.next(calls(&["{}"]));
    house.send(Some(&sent.conversation), "And now?").await;
    let (turn, _) = until_asked(&mut window).await;
    house.engine.stop(&turn);
    window.until_over().await;
}

#[tokio::test]
async fn a_denied_call_goes_back_as_an_error_and_the_turn_goes_on() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    house.emulator.next(Script::reply(["Then I do not know."]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Deny);
    // Another window that decides too late changes nothing.
    house.engine.decide(&turn, &call, Decision::Conversation);
    window.until_over().await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(window.view.messages, view.messages);
    assert_eq!(states(&view.messages[1]), [CallState::Denied]);
    assert!(results(&view.messages[2])[0].1);
    assert_eq!(view.messages[3].state, complete("end_turn"));
    let sent_back = last_sent(&house);
    assert_eq!(sent_back[0]["is_error"], true);
    assert_eq!(sent_back[0].get("hearth"), None, "{sent_back:?}");
    let grants = house.engine.grants(sent.conversation).await.unwrap();
    assert_eq!(grants, []);
}

#[tokio::test]
async fn what_is_allowed_in_a_conversation_runs_there_and_nowhere_else() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Conversation);
    window.until_over().await;
    let grants = house
        .engine
        .grants(sent.conversation.clone())
        .await
        .unwrap();
    assert_eq!(grants[0].tool, "current_time");

    house.emulator.next(calls(&["{}"]));
    let (_, answer) = house.ask(Some(&sent.conversation), "And now?").await;
    assert_eq!(answer.state, complete("end_turn"));

    house.emulator.next(calls(&["{}"]));
    let other = house.send(None, "And here?").await;
    let mut elsewhere = Window::open(&house.engine, &other.conversation).await;
    let (turn, _) = until_asked(&mut elsewhere).await;
    house.engine.stop(&turn);
    elsewhere.until_over().await;

    let conversation = sent.conversation;
    house
        .engine
        .revoke(conversation.clone(), "current_time".into())
        .await
        .unwrap();
    house.emulator.next(calls(&["{}"]));
    house.send(Some(&conversation), "Once more?").await;
    let (turn, _) = until_asked(&mut window).await;
    house.engine.stop(&turn);
    window.until_over().await;
}

#[tokio::test]
async fn several_calls_are_decided_in_their_order_and_answered_in_it() {
    let house = house_with_clock().await;
    let script = calls(&[r#"{"time_zone":"Asia/Tokyo"}"#, "{}"]).tool_use("telephone", ["{}"]);
    house.emulator.next(script);
    let sent = house.send(None, "What time is it in Tokyo and here?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, first) = until_asked(&mut window).await;
    let ids = call_ids(window.answer());
    assert_eq!(first, ids[0]);
    assert_eq!(states(window.answer())[1..], [CallState::Asked; 2]);
    house.engine.decide(&turn, &first, Decision::Deny);
    window
        .until(|view| states(view.messages.last().unwrap())[1] == CallState::Approval)
        .await;
    house.engine.decide(&turn, &ids[1], Decision::Once);
    window.until_over().await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(window.view.messages, view.messages);
    // A tool that there is not is answered without asking anybody.
    assert_eq!(
        states(&view.messages[1]),
        [CallState::Denied, CallState::Done, CallState::Failed]
    );
    let sent_back = last_sent(&house);
    let answered: Vec<_> = sent_back
        .iter()
        .map(|block| block["tool_use_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(answered, ids);
    assert!(
        sent_back[2]["content"]
            .as_str()
            .unwrap()
            .contains("telephone")
    );
}

#[tokio::test]
async fn what_the_tool_cannot_do_is_told_to_the_model() {
    let house = house_with_clock().await;
    let arguments = [
        r#"{"time_zone":"Atlantis"}"#,
        r#"{"zone":1}"#,
        r#"{"time_zone":"#,
    ];
    house.emulator.next(calls(&arguments));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Conversation);
    window.until_over().await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(states(&view.messages[1]), [CallState::Failed; 3]);
    assert_eq!(view.messages[3].state, complete("end_turn"));
    let told = last_sent(&house);
    assert!(told[0]["content"].as_str().unwrap().contains("Atlantis"));
    assert!(told.iter().all(|block| block["is_error"] == true));
}

#[tokio::test]
async fn stop_while_the_person_is_asked_runs_nothing() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}", "{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.stop(&turn);
    window.until_over().await;
    house.engine.decide(&turn, &call, Decision::Once);
    let view = house.view(&sent.conversation).await;
    assert_eq!(window.view.messages, view.messages);
    assert_eq!(view.messages[1].state, MessageState::Stopped);
    assert_eq!(states(&view.messages[1]), [CallState::Skipped; 2]);
    assert_eq!(house.emulator.log().len(), 1);
    assert_eq!(activity(&house, &sent.conversation).await, Activity::Idle);
    // The calls are left out of what comes next, and stay in the store.
    let (_, answer) = house.ask(Some(&sent.conversation), "Never mind").await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = bodies(&house.emulator.log()).pop().unwrap();
    assert_eq!(body["messages"][1]["content"].as_array().unwrap().len(), 1);
    assert_eq!(
        states(&house.view(&sent.conversation).await.messages[1]).len(),
        2
    );
}

#[tokio::test]
async fn stop_keeps_what_has_run_and_says_what_has_not() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}", "{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Once);
    window
        .until(|view| {
            let states = states(view.messages.last().unwrap());
            states == [CallState::Done, CallState::Approval]
        })
        .await;
    house.engine.stop(&turn);
    window.until_over().await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(window.view.messages, view.messages);
    assert_eq!(
        states(&view.messages[1]),
        [CallState::Done, CallState::Skipped]
    );
    assert_eq!(view.messages[3].state, MessageState::Stopped);
    assert_eq!(view.messages[3].blocks, []);
    assert_eq!(house.emulator.log().len(), 1);
    // It can go on from there: the results go back as they are.
    let mut all = house.engine.subscribe();
    let last = view.messages[3].id.clone();
    let more = house
        .engine
        .continue_answer(sent.conversation.clone(), last);
    let more = more.await.unwrap();
    let answer = ended(&mut all, &more.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(last_sent(&house).len(), 2);
}

#[tokio::test]
async fn a_call_that_was_cut_off_never_runs() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]).stop("max_tokens"));
    let (sent, answer) = house.ask(None, "What time is it?").await;
    assert_eq!(answer.state, complete("max_tokens"));
    assert_eq!(states(&answer), [CallState::Skipped]);
    let (_, answer) = house.ask(Some(&sent.conversation), "So?").await;
    assert_eq!(answer.state, complete("end_turn"));
}

#[tokio::test]
async fn a_model_that_calls_without_end_is_ended_and_can_go_on() {
    let house = house_with_clock().await;
    for _ in 0..26 {
        house
            .emulator
            .next(Script::message().tool_use("current_time", ["{}"]));
    }
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Conversation);
    window.until_over().await;
    let last = window.answer().clone();
    let MessageState::Failed { error } = &last.state else {
        panic!("{last:?}");
    };
    assert_eq!(error.code, ErrorCode::ToolRoundsExceeded);
    assert_eq!(states(&last), [CallState::Skipped]);
    assert_eq!(house.emulator.log().len(), 26);
    let mut all = house.engine.subscribe();
    let more = house.engine.continue_answer(sent.conversation, last.id);
    let more = more.await.unwrap();
    assert_eq!(
        ended(&mut all, &more.turn).await.state,
        complete("end_turn")
    );
    assert_eq!(last_sent(&house)[0]["type"], "tool_result");
}

#[tokio::test]
async fn after_a_kill_the_call_is_there_and_goes_nowhere() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    until_asked(&mut window).await;
    let after = copy_of(house.folder.path());
    // The copy's process is gone, and with it its lock.
    let _ = std::fs::remove_dir_all(after.path().join("running"));
    let again = House::in_folder(
        after,
        hearth_emulator::Emulator::builder(),
        Default::default(),
    );
    let again = again.await;
    let view = again.view(&sent.conversation).await;
    assert_eq!(view.messages[1].state, MessageState::Interrupted);
    assert_eq!(states(&view.messages[1]), [CallState::Skipped]);
    let (_, answer) = again.ask(Some(&sent.conversation), "So?").await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = bodies(&again.emulator.log()).pop().unwrap();
    assert!(!body["messages"].to_string().contains("tool_use"));
}

#[tokio::test]
async fn earlier_calls_go_back_when_the_tool_is_off_and_to_another_model() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Once);
    window.until_over().await;
    house.engine.enable_tool("current_time", false).unwrap();
    let (_, answer) = house
        .ask_deployment(Some(&sent.conversation), "Thanks", HAIKU)
        .await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = bodies(&house.emulator.log()).pop().unwrap();
    assert_eq!(body["tool_choice"], json!({"type": "none"}));
    assert_eq!(body["tools"][0]["name"], "current_time");
    assert!(body["messages"].to_string().contains("tool_result"));
    assert!(!body["messages"].to_string().contains("thinking"));
}

#[tokio::test]
async fn a_transcript_holds_the_calls_and_what_came_of_them() {
    let house = house_with_clock().await;
    house
        .emulator
        .next(calls(&[r#"{"time_zone":"Asia/Tokyo"}"#, "{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, first) = until_asked(&mut window).await;
    let ids = call_ids(window.answer());
    house.engine.decide(&turn, &first, Decision::Once);
    window
        .until(|view| states(view.messages.last().unwrap())[1] == CallState::Approval)
        .await;
    house.engine.decide(&turn, &ids[1], Decision::Deny);
    window.until_over().await;
    let text = |format| house.engine.transcript(sent.conversation.clone(), format);
    let markdown = text(TranscriptFormat::Markdown).await.unwrap().text;
    for expected in ["current_time", "Asia/Tokyo", "weekday", "declined"] {
        assert!(
            markdown.contains(expected),
            "{expected} is not in\n{markdown}"
        );
    }
    let json = text(TranscriptFormat::Json).await.unwrap().text;
    assert!(json.contains(&ids[0]) && json.contains(&ids[1]), "{json}");
}

#[tokio::test]
async fn the_list_is_told_when_the_person_is_needed_and_when_no_more() {
    let house = house_with_clock().await;
    house.emulator.next(calls(&["{}"]));
    let sent = house.send(None, "What time is it?").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    let (turn, call) = until_asked(&mut window).await;
    house.engine.decide(&turn, &call, Decision::Once);
    window.until_over().await;
    let (events, _) = house.close().await;
    let mut told: Vec<Activity> = events
        .iter()
        .filter_map(|event| match event {
            HearthEvent::ConversationChanged { summary } => Some(summary.activity),
            _ => None,
        })
        .collect();
    told.dedup();
    assert_eq!(
        told,
        [
            Activity::Working,
            Activity::NeedsApproval,
            Activity::Working,
            Activity::Idle
        ]
    );
}
