//! What keeps a question from being asked: nothing is stored, and the reason has a code.

use hearth_emulator::Script;
use hearth_engine::api::{ConnectionDraft, ConversationId, ErrorCode, MessageId, SendRequest};
use hearth_engine::{DemoAddress, Engine};

use crate::support::*;

async fn refused(engine: &Engine, request: SendRequest) -> ErrorCode {
    engine.send(request).await.unwrap_err().code
}

#[tokio::test]
async fn nothing_to_send() {
    let house = House::new().await;
    assert_eq!(
        refused(&house.engine, question(None, " \n\t", None)).await,
        ErrorCode::NothingToSend
    );
    assert_nothing_stored(&house).await;
    assert_can_ask(&house).await;
}

#[tokio::test]
async fn no_connection() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    assert_eq!(
        refused(&engine, question(None, "Hello", None)).await,
        ErrorCode::NoConnection
    );
    let error = engine
        .send_from_terminal(question(None, "Hello", None), Vec::new(), None)
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NoConnection);
    assert_eq!(engine.conversations().await.unwrap(), []);
}

#[tokio::test]
async fn no_deployment() {
    let house = House::new().await;
    let draft = ConnectionDraft {
        deployments: vec![unmapped("  ")],
        ..house.draft()
    };
    house.engine.save_connection(draft).await.unwrap();
    let error = house
        .engine
        .send(question(None, "Hello", None))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NoDeployment);
    assert_eq!(error.subject.as_deref(), Some("Emulator"));
    assert_nothing_stored(&house).await;
    // One that is named with the question will do.
    let (_, answer) = house.ask_deployment(None, "Hello", SONNET).await;
    assert_eq!(answer.state, complete("end_turn"));
}

#[tokio::test]
async fn a_turn_runs_already() {
    let house = House::new().await;
    let (script, gate) = Script::reply(["One"]).gate();
    house.emulator.next(script);
    let sent = house.send(None, "Hello").await;
    let conversation = sent.conversation.clone();
    let mut window = house.engine.subscribe();
    let request = question(Some(&conversation), "And?", None);
    assert_eq!(
        refused(&house.engine, request).await,
        ErrorCode::TurnRunning
    );
    let again = house
        .engine
        .regenerate(conversation.clone(), sent.answer.clone());
    assert_eq!(again.await.unwrap_err().code, ErrorCode::TurnRunning);
    let shown = house
        .engine
        .show_branch(conversation.clone(), sent.answer.clone());
    assert_eq!(shown.await.unwrap_err().code, ErrorCode::TurnRunning);
    assert_eq!(house.view(&conversation).await.messages.len(), 2);
    gate.open();
    ended(&mut window, &sent.turn).await;
    let (_, answer) = house.ask(Some(&conversation), "And?").await;
    assert_eq!(answer.state, complete("end_turn"));
}

#[tokio::test]
async fn of_two_questions_at_once_one_is_asked() {
    let house = House::new().await;
    let (first, _) = house.ask(None, "Hello").await;
    let conversation = first.conversation;
    for round in 0..20 {
        let asked = (0..3).map(|n| {
            let text = format!("Question {round}.{n}");
            let request = question(Some(&conversation), &text, Some("fault-404"));
            house.engine.send(request)
        });
        for sent in futures_util::future::join_all(asked).await {
            match sent {
                Ok(_) => {}
                Err(error) => assert_eq!(error.code, ErrorCode::TurnRunning),
            }
        }
        // Every question follows the answer before it: no branch came about by accident.
        let view = wait_until_idle(&house, &conversation).await;
        for message in &view.messages {
            assert_eq!(message.branches.len(), 1, "{message:?}");
        }
    }
}

async fn wait_until_idle(
    house: &House,
    conversation: &ConversationId,
) -> hearth_engine::api::ConversationView {
    let mut window = Window::open(&house.engine, conversation).await;
    window.until_over().await;
    house.view(conversation).await
}

#[tokio::test]
async fn the_demo_and_real_connections_do_not_mix() {
    let house = House::new().await;
    let (real, _) = house.ask(None, "Hello").await;
    let state = house
        .engine
        .start_demo(DemoAddress {
            url: house.emulator.url(),
            key: house.emulator.key().to_owned(),
        })
        .await
        .unwrap();
    assert!(state.demo && house.engine.wants_demo());
    let request = question(Some(&real.conversation), "Go on", None);
    assert_eq!(
        refused(&house.engine, request).await,
        ErrorCode::DemoMismatch
    );
    let (demo, answer) = house.ask(None, "Hello, demo").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert!(house.view(&demo.conversation).await.summary.demo);
    let state = house.engine.leave_demo().await.unwrap();
    assert!(!state.demo);
    let request = question(Some(&demo.conversation), "Go on", None);
    assert_eq!(
        refused(&house.engine, request).await,
        ErrorCode::DemoMismatch
    );
    let again = house.engine.regenerate(demo.conversation, demo.answer);
    assert_eq!(again.await.unwrap_err().code, ErrorCode::DemoMismatch);
    assert_eq!(house.view(&real.conversation).await.messages.len(), 2);
    let (_, answer) = house.ask(Some(&real.conversation), "Go on").await;
    assert_eq!(answer.state, complete("end_turn"));
}

#[tokio::test]
async fn what_is_not_there() {
    let house = House::new().await;
    let (sent, _) = house.ask(None, "Hello").await;
    let nowhere = ConversationId("nowhere".into());
    let request = question(Some(&nowhere), "Hello", None);
    // Twice: a failure gives the place back.
    for _ in 0..2 {
        assert_eq!(
            refused(&house.engine, request.clone()).await,
            ErrorCode::ConversationNotFound
        );
        let nobody = MessageId("nobody".into());
        let again = house
            .engine
            .regenerate(sent.conversation.clone(), nobody.clone());
        assert_eq!(again.await.unwrap_err().code, ErrorCode::MessageNotFound);
        let shown = house.engine.show_branch(sent.conversation.clone(), nobody);
        assert_eq!(shown.await.unwrap_err().code, ErrorCode::MessageNotFound);
    }
    house.engine.trash(sent.conversation.clone()).await.unwrap();
    let request = question(Some(&sent.conversation), "Hello", None);
    assert_eq!(
        refused(&house.engine, request).await,
        ErrorCode::ConversationNotFound
    );
}

#[tokio::test]
async fn a_connection_that_is_saved_ends_the_demo() {
    let house = House::new().await;
    let address = DemoAddress {
        url: house.emulator.url(),
        key: house.emulator.key().to_owned(),
    };
    assert!(house.engine.start_demo(address).await.unwrap().demo);
    house.engine.save_connection(house.draft()).await.unwrap();
    assert!(!house.engine.state().await.demo && !house.engine.wants_demo());
    let (sent, _) = house.ask(None, "Hello").await;
    assert!(!house.view(&sent.conversation).await.summary.demo);
}

async fn assert_nothing_stored(house: &House) {
    assert_eq!(house.engine.conversations().await.unwrap(), []);
    assert_eq!(house.emulator.log(), []);
}

async fn assert_can_ask(house: &House) {
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert_eq!(house.engine.conversations().await.unwrap().len(), 1);
    assert_eq!(house.emulator.log().len(), 1);
}
