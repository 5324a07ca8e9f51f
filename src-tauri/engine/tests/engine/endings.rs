//! Stop, deleting and quitting.

use hearth_emulator::{Ending, Gate, Script};
use hearth_engine::api::{HearthEvent, MessageState, Sent};

use crate::support::*;

/// A turn that has shown "One two " and stands before "three".
async fn halfway(house: &House) -> (Sent, Gate) {
    let (script, gate) = Script::reply(["One ", "two ", "three"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Count").await;
    let mut window = Window::open(&house.engine, &sent.conversation).await;
    gate.release(2);
    window
        .until(|view| text(view.messages.last().unwrap()) == "One two ")
        .await;
    (sent, gate)
}

/// Nothing of the answer passes the gate any more, so an end of the exchange can only be
/// the client's doing.
async fn assert_socket_closed(house: &House) {
    house
        .emulator
        .wait_for(|log| log[0].ending == Some(Ending::ClientGone))
        .await
        .unwrap();
}

#[tokio::test]
async fn stop_closes_the_socket_and_keeps_the_text() {
    let house = House::new().await;
    let (sent, _gate) = halfway(&house).await;
    let mut window = house.engine.subscribe();
    assert_eq!(house.emulator.log()[0].ending, None);
    house.engine.stop(&sent.turn);
    let answer = ended(&mut window, &sent.turn).await;
    assert_socket_closed(&house).await;
    assert_eq!(answer.state, MessageState::Stopped);
    assert_eq!(text(&answer), "One two ");
    // What it cost is said at an answer's end, and this one had none.
    let facts = answer.answer.as_ref().unwrap();
    assert_eq!(
        (facts.deployment.as_str(), facts.output_tokens),
        (SONNET, None)
    );
    assert!(facts.input_tokens.is_some() && facts.request_id.is_some());
    assert_eq!(
        house.view(&sent.conversation).await.messages.last(),
        Some(&answer)
    );
    house.engine.stop(&sent.turn);
    let (events, _) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
}

#[tokio::test]
async fn stop_before_the_first_byte_ends_at_once() {
    let house = House::new().await;
    house.emulator.next(Script::silence());
    let mut window = house.engine.subscribe();
    let sent = house.send(None, "Anybody there?").await;
    house.emulator.wait_for(|log| log.len() == 1).await.unwrap();
    house.engine.stop(&sent.turn);
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, MessageState::Stopped);
    assert_socket_closed(&house).await;
}

#[tokio::test]
async fn a_conversation_in_the_trash_writes_no_further() {
    let house = House::new().await;
    let (sent, _gate) = halfway(&house).await;
    house.engine.trash(sent.conversation.clone()).await.unwrap();
    assert_socket_closed(&house).await;
    house.engine.shutdown().await;
    assert!(house.engine.conversations().await.unwrap().is_empty());
    house
        .engine
        .restore(sent.conversation.clone())
        .await
        .unwrap();
    let view = house.view(&sent.conversation).await;
    assert_eq!(view.messages[1].state, MessageState::Stopped);
    assert_eq!(text(&view.messages[1]), "One two ");
    let (events, _) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
    // Between going and coming back the list was never told that it is there.
    let told: Vec<bool> = events
        .iter()
        .filter_map(|event| match event {
            HearthEvent::ConversationChanged { .. } => Some(true),
            HearthEvent::ConversationRemoved { .. } => Some(false),
            _ => None,
        })
        .collect();
    let gone = told.iter().position(|there| !there).expect("it went");
    let back = told.len() - 1;
    assert!(told[back] && told[gone..back].iter().all(|there| !there));
}

#[tokio::test]
async fn quitting_stores_what_arrived() {
    let house = House::new().await;
    let (sent, _gate) = halfway(&house).await;
    house.engine.shutdown().await;
    assert_socket_closed(&house).await;
    let answer = house.view(&sent.conversation).await.messages[1].clone();
    assert_eq!(answer.state, MessageState::Stopped);
    assert_eq!(text(&answer), "One two ");
    let (events, _) = house.close().await;
    assert_whole(&steps(&events, &sent.turn));
}

#[tokio::test]
async fn a_question_whose_asker_went_away_is_answered_all_the_same() {
    let house = House::new().await;
    let mut window = house.engine.subscribe();
    // Polled a few times and dropped, wherever that happens to be.
    for polls in 1..=6 {
        let engine = house.engine.clone();
        let request = question(None, &format!("Question {polls}"), None);
        let mut asking = Box::pin(async move { engine.send(request).await });
        for _ in 0..polls {
            if futures_util::poll!(asking.as_mut()).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(asking);
    }
    let mut started = 0;
    let mut over = 0;
    while over < 6 {
        for event in within(window.next()).await.unwrap() {
            if let HearthEvent::Turn(event) = event {
                match event.step {
                    hearth_engine::api::Step::Started { .. } => started += 1,
                    hearth_engine::api::Step::Ended { .. } => over += 1,
                    _ => {}
                }
            }
        }
    }
    assert_eq!(started, 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_list_is_told_the_newest_title_last() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    // Its ending may still be told.
    house.engine.shutdown().await;
    let mut window = house.engine.subscribe();
    for round in 0..100 {
        let renames = (0..4).map(|n| {
            let engine = house.engine.clone();
            let id = sent.conversation.clone();
            tokio::spawn(async move { engine.rename(id, format!("Title {round}.{n}")).await })
        });
        for renamed in futures_util::future::join_all(renames).await {
            renamed.unwrap().unwrap();
        }
        let mut told = Vec::new();
        while told.len() < 4 {
            for event in within(window.next()).await.unwrap() {
                if let HearthEvent::ConversationChanged { summary } = event {
                    told.push(summary.title);
                }
            }
        }
        let title = house.view(&sent.conversation).await.summary.title;
        assert_eq!(told, [&told[..3], &[title]].concat(), "round {round}");
    }
}
