//! Questions that another program was faster than, seen from inside.

use hearth_emulator::Emulator;

use super::*;
use crate::api::{
    ConnectionDraft, ConnectionLimits, CredentialChoice, CredentialDraft, DeploymentDraft,
    HearthEvent,
};
use crate::profile::Profile;
use hearth_foundry::Environment;

const MODEL: &str = "claude-sonnet-5-5";

/// A program at the conversations of a folder.
async fn program(folder: &std::path::Path, emulator: &Emulator) -> Engine {
    let engine = Engine::open(Profile::in_folder(folder), Environment::from_vars([]));
    let engine = engine.await.unwrap();
    let draft = ConnectionDraft {
        id: None,
        opened_on: None,
        name: "Emulator".into(),
        endpoint: emulator.url(),
        credential: CredentialDraft {
            choice: CredentialChoice::Key,
            secret: Some(emulator.key().to_owned()),
            imported: None,
            sign_in: None,
            agreed: false,
            this_run_only: true,
        },
        headers: Vec::new(),
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: None,
        proxy_password: None,
        deployments: vec![DeploymentDraft {
            name: MODEL.into(),
            base_model: Some(MODEL.into()),
            hosting: None,
        }],
        default_deployment: None,
    };
    let saved = engine.save_connection(draft).await.unwrap();
    engine.use_connection(saved.id).await.unwrap();
    engine
}

fn words(conversation: Option<&ConversationId>, text: &str) -> SendRequest {
    SendRequest {
        conversation: conversation.cloned(),
        text: text.to_owned(),
        attachments: Vec::new(),
        replaces: None,
        after: None,
        settings: TurnSettings::default(),
    }
}

/// Asks, and waits until the turn is over.
async fn ask(engine: &Engine, request: SendRequest) -> Sent {
    let mut window = engine.subscribe();
    let sent = engine.send(request).await.unwrap();
    loop {
        let events = window.next().await.expect("the engine ended");
        let is_over = |event: &HearthEvent| {
            matches!(event, HearthEvent::Turn(event)
                if event.turn == sent.turn && matches!(event.step, Step::Ended { .. }))
        };
        if events.iter().any(is_over) {
            return sent;
        }
    }
}

#[tokio::test]
async fn a_question_goes_behind_what_another_program_asked_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = Emulator::builder().start().await.unwrap();
    let engine = program(folder.path(), &emulator).await;
    let first = ask(&engine, words(None, "Hello")).await;
    let there = Some(&first.conversation);

    let asked = Asked {
        used: engine.shared.connections.used().await.unwrap(),
        conversation: first.conversation.clone(),
        turn: TurnId(crate::new_id()),
        is_new: false,
        wanted: Wanted::New {
            text: "And then?".into(),
            attachments: Vec::new(),
            files: Vec::new(),
            settings: Box::default(),
            replaces: None,
            after: Some(first.answer.clone()),
            draft: None,
        },
    };
    // The question has its place; while its images are read, another program asks, and ends.
    let prepared = engine.prepared(&asked).await.unwrap();
    let other = program(folder.path(), &emulator).await;
    let faster = ask(&other, words(there, "Me first")).await;
    let begun = engine.store_prepared(&asked, prepared).await.unwrap();

    let stored = engine.shared.read(&first.conversation).await.unwrap();
    let branch: Vec<_> = stored.branch().iter().map(|it| it.id.as_str()).collect();
    let expected =
        [&first, &faster, &begun.sent].map(|it| [it.question.0.as_str(), it.answer.0.as_str()]);
    assert_eq!(branch, expected.concat());
    // What is sent holds it, too.
    assert_eq!(begun.plan.past.len(), 5);
}
