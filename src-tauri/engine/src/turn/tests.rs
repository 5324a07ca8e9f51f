use hearth_foundry::{Client, ClientOptions, Credential, Endpoint, Environment, Secret, Skip};
use hearth_wire::Block;

use super::*;
use crate::api::{CredentialChoice, HearthEvent, MessageState, TurnSettings};
use crate::connection::Used;
use crate::request::{Contents, Past};
use crate::{Engine, Profile};

struct Given {
    _folder: tempfile::TempDir,
    engine: Engine,
    plan: Plan,
    answer: MessageId,
}

/// A turn that nobody has begun to ask for; the port is one that nobody listens on.
async fn given() -> Given {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open_with(
        Profile::in_folder(folder.path()),
        Environment::from_vars([]),
        ClientOptions::default(),
    )
    .await
    .unwrap();
    let endpoint = Endpoint::parse("http://127.0.0.1:9").unwrap().endpoint;
    let plan = Plan {
        conversation: ConversationId("c".into()),
        turn: TurnId("t".into()),
        used: Used {
            id: "c1".into(),
            name: "Nobody".into(),
            endpoint,
            choice: CredentialChoice::Key,
            credential: Credential::Key(Arc::new(Secret::new("key".into()))),
            client: Client::new(ClientOptions::default()).unwrap(),
            headers: Vec::new(),
            anthropic_version: None,
            deployments: Vec::new(),
            candidates: vec!["d".into()],
            demo: false,
        },
        settings: TurnSettings::default(),
        candidates: vec!["d".into()],
        past: vec![Past::question(vec![Block::text("Hi")])],
        tools: Vec::new(),
        contents: Contents::default(),
        without: Vec::new(),
        most_output: None,
        skip: Skip::new(),
    };
    Given {
        _folder: folder,
        engine,
        plan,
        answer: MessageId("a".into()),
    }
}

fn outcome_of(given: &Given, stop_reason: &str, events: usize, ending: Ending) -> Outcome {
    let mut writing = Writing::new(&given.engine.shared, &given.plan, &given.answer);
    let delta = format!(
        r#"{{"type":"message_delta","delta":{{"stop_reason":"{stop_reason}"}},"usage":{{}}}}"#
    );
    let all = [
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":"Hi"}}"#,
        r#"{"type":"content_block_stop","index":0}"#,
        &delta,
        r#"{"type":"message_stop"}"#,
    ];
    for event in &all[..events] {
        let read = StreamEvent::parse("", event).unwrap();
        writing.event(&read, (*event).to_owned()).unwrap();
    }
    writing.outcome(ending)
}

#[tokio::test]
async fn an_ending_is_what_the_stream_says() {
    let given = given().await;
    let outcome = |reason, events, ending| outcome_of(&given, reason, events, ending).ending;
    let whole = outcome("end_turn", 4, Ending::Complete);
    assert!(matches!(whole, Ending::Complete));
    let cut = outcome("end_turn", 3, Ending::Complete);
    assert!(matches!(cut, Ending::Failed(Failure::Cut)));
    let stopped = outcome("end_turn", 3, Ending::Stopped);
    assert!(matches!(stopped, Ending::Stopped));
    // Stop came when there was nothing left to stop.
    let late = outcome("end_turn", 4, Ending::Stopped);
    assert!(matches!(late, Ending::Complete));
    // A pause would have gone on.
    let paused = outcome("pause_turn", 4, Ending::Stopped);
    assert!(matches!(paused, Ending::Stopped));
}

#[tokio::test]
async fn a_turn_that_breaks_ends_all_the_same() {
    // A question on disk whose turn waits for a resource that is not there.
    let given = given().await;
    let shared = &given.engine.shared;
    let (conversation, turn) = (&given.plan.conversation, &given.plan.turn);
    let mut window = given.engine.subscribe();
    let reserved = shared.reserve(conversation, turn, CancellationToken::new());
    reserved.unwrap().hand_over();
    let message = crate::api::MessageView {
        id: given.answer.clone(),
        parent: None,
        role: crate::api::Role::Assistant,
        blocks: vec![crate::api::BlockView::Text { text: "So".into() }],
        state: MessageState::Streaming,
        created_at: 0,
        answer: None,
        branch: 0,
        branches: Vec::new(),
        purpose: None,
    };
    let started = Step::Started {
        question: message.clone(),
        answer: message.clone(),
    };
    shared.live().show(conversation, turn, vec![started]);

    let another = TurnId("another".into());
    unbroken(shared, conversation, &another, async { panic!("planted") }).await;
    unbroken(shared, conversation, turn, async {}).await;
    assert!(shared.live().snapshot(conversation).1.is_some());
    unbroken(shared, conversation, turn, async { panic!("planted") }).await;
    unbroken(shared, conversation, turn, async { panic!("planted") }).await;
    let endings: Vec<_> = window.next().await.unwrap();
    let endings: Vec<_> = endings
        .into_iter()
        .filter_map(|event| match event {
            HearthEvent::Turn(event) => match event.step {
                Step::Ended { answer } => Some(answer),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let [answer] = endings.as_slice() else {
        panic!("one ending: {endings:?}");
    };
    assert_eq!(answer.blocks, message.blocks);
    let MessageState::Failed { error } = &answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, ErrorCode::Internal);
    assert_eq!(shared.live().snapshot(conversation).1, None);
}
