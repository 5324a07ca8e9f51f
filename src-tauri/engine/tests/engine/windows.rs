//! What windows are told: early ones, late ones, slow ones.

use hearth_emulator::Script;
use hearth_engine::api::{HearthEvent, MessageState, Step};

use crate::support::*;

#[tokio::test]
async fn a_window_that_opens_at_any_point_shows_the_same() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    let mut early = Window::open(&house.engine, &conversation).await;
    let script = Script::message()
        .thinking(["Let me ", "see."])
        .text(["a", "b", "c", "d"])
        .tool_use("lookup", ["{\"q\":", "1}"])
        .text(["e", "f"]);
    let (script, gate) = script.gate();
    house.emulator.next(script);
    house.send(Some(&conversation), "And now?").await;
    early.until(|view| view.turn.is_some()).await;

    let shown_pieces = 10;
    let mut late = Vec::new();
    for piece in 0..=shown_pieces {
        late.push(Window::open(&house.engine, &conversation).await);
        if piece < shown_pieces {
            let before = early.view.messages.last().cloned();
            gate.release(1);
            early
                .until(|view| view.messages.last() != before.as_ref())
                .await;
        }
    }
    // Every one of them opened at another point of the answer.
    let mut points: Vec<u64> = late.iter().map(|window| window.first_seq).collect();
    points.dedup();
    assert_eq!(points.len(), late.len());

    gate.open();
    early.until_over().await;
    let stored = house.view(&conversation).await;
    assert_eq!(early.view.messages, stored.messages);
    assert_eq!(early.view.seq, stored.seq);
    assert_eq!(stored.messages[3].blocks.len(), 4);
    for window in &mut late {
        window.until_over().await;
        assert_eq!(window.view.messages, stored.messages);
        assert_eq!(window.view.turn, None);
    }
}

#[tokio::test]
async fn events_are_numbered_without_gaps_through_turns_and_branches() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation.clone();
    house.ask(Some(&conversation), "Write a table").await;
    let mut window = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(conversation.clone(), first.answer.clone())
        .await
        .unwrap();
    ended(&mut window, &again.turn).await;
    let seq = house.view(&conversation).await.seq;
    let (events, _) = house.close().await;
    let numbers: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            HearthEvent::Turn(event) => Some(event.seq),
            _ => None,
        })
        .collect();
    assert_eq!(numbers, (1..=seq).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_slow_window_is_told_that_it_missed_something_and_recovers() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    let mut slow = Window::open(&house.engine, &conversation).await;
    // More than the backlog of one window holds: each rename is told to all of them.
    for n in 0..600 {
        let title = format!("Title {n}");
        house
            .engine
            .rename(conversation.clone(), title)
            .await
            .unwrap();
    }
    let (second, answer) = house.ask(Some(&conversation), "Still there?").await;
    let mut read_slowly = Vec::new();
    let view = house.view(&conversation).await;
    assert!(view.messages.contains(&answer));
    slow.until_missed(&mut read_slowly).await;
    assert_eq!(read_slowly.first(), Some(&HearthEvent::Missed));
    // The events after the gap come in order, and a snapshot contains or precedes them all.
    let mut recovered = Window::open(&house.engine, &conversation).await;
    assert_eq!(recovered.view.messages, view.messages);
    for event in read_slowly {
        if let HearthEvent::Turn(event) = event {
            assert!(event.seq <= recovered.view.seq, "{event:?}");
        }
    }
    let (script, gate) = Script::reply(["Yes"]).gate();
    house.emulator.next(script);
    house.send(Some(&conversation), "Once more").await;
    recovered.until(|view| view.turn.is_some()).await;
    gate.open();
    recovered.until_over().await;
    assert_eq!(
        recovered.view.messages,
        house.view(&conversation).await.messages
    );
    assert_ne!(recovered.answer().id, second.answer);
}

#[tokio::test]
async fn a_paused_turn_goes_on_by_itself() {
    let house = House::new().await;
    let paused = Script::message()
        .thinking(["Searching."])
        .text(["First half"])
        .stop("pause_turn");
    let (paused, gate) = paused.gate();
    house.emulator.next(paused);
    house.emulator.next(
        Script::message()
            .thinking(["Found."])
            .text([", second half"]),
    );
    let mut window = house.engine.subscribe();
    let request = question(None, "Search for it", Some(HAIKU));
    let sent = house.engine.send(request).await.unwrap();
    let mut shown = Window::open(&house.engine, &sent.conversation).await;
    gate.open();
    let last = ended(&mut window, &sent.turn).await;
    shown.until_over().await;
    assert_eq!(last.state, complete("end_turn"));
    let view = house.view(&sent.conversation).await;
    assert_eq!(shown.view.messages, view.messages);
    let texts: Vec<String> = view.messages.iter().map(text).collect();
    assert_eq!(texts, ["Search for it", "First half", ", second half"]);
    assert_eq!(view.messages[1].state, complete("pause_turn"));

    // The thinking of both halves goes back with the next question.
    house
        .ask_deployment(Some(&sent.conversation), "Thanks", HAIKU)
        .await;
    let log = bodies(&house.emulator.log());
    assert_eq!(log.len(), 3);
    let content = log[2]["messages"][1]["content"].as_array().unwrap();
    let thoughts: Vec<_> = content
        .iter()
        .filter_map(|it| it["thinking"].as_str())
        .collect();
    assert_eq!(thoughts, ["Searching.", "Found."], "{content:?}");

    // Asked again, the whole turn is one branch beside the new one.
    let again = house
        .engine
        .regenerate(sent.conversation.clone(), last.id)
        .await
        .unwrap();
    assert_eq!(again.question, sent.question);
    ended(&mut window, &again.turn).await;
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages.len(), 2);
    assert_eq!(view.messages[1].branches.len(), 2);

    let (events, _) = house.close().await;
    let steps = steps(&events, &sent.turn);
    assert_whole(&steps);
    assert_eq!(count(&steps, |it| matches!(it, Step::Continued { .. })), 1);
}

#[tokio::test]
async fn a_paused_turn_that_is_stopped_does_not_go_on() {
    let house = House::new().await;
    let (paused, gate) = Script::reply(["So far"]).stop("pause_turn").gate();
    house.emulator.next(paused);
    let (second, second_gate) = Script::reply(["never shown"]).gate();
    house.emulator.next(second);
    let mut window = house.engine.subscribe();
    let request = question(None, "Search", Some(HAIKU));
    let sent = house.engine.send(request).await.unwrap();
    let mut shown = Window::open(&house.engine, &sent.conversation).await;
    gate.open();
    shown.until(|view| view.messages.len() == 3).await;
    second_gate.held().await.unwrap();
    house.engine.stop(&sent.turn);
    let last = ended(&mut window, &sent.turn).await;
    assert_eq!(last.state, MessageState::Stopped);
    let view = house.view(&sent.conversation).await;
    assert_eq!(text(&view.messages[1]), "So far");
    assert_eq!(text(&view.messages[2]), "");
    shown.until_over().await;
    assert_eq!(shown.view.messages, view.messages);
}

#[tokio::test]
async fn a_branch_that_one_window_shows_is_told_to_the_others() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let mut events = house.engine.subscribe();
    let again = house
        .engine
        .regenerate(sent.conversation.clone(), sent.answer.clone())
        .await
        .unwrap();
    ended(&mut events, &again.turn).await;
    let mut other = house.engine.subscribe();
    house
        .engine
        .show_branch(sent.conversation.clone(), sent.answer.clone())
        .await
        .unwrap();
    let stale = HearthEvent::ConversationStale {
        id: sent.conversation,
    };
    while !within(other.next()).await.unwrap().contains(&stale) {}
}
