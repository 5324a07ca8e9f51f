//! A secret stays with the host and the kind that it was given for, and answers with the demo
//! that gives them.

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    ConnectionDraft, ConnectionId, CredentialChoice, CredentialDraft, CredentialState,
    DoctorReport, DoctorTarget, EntraSettings, ErrorCode, Fix, HeaderDraft, ImportedSecret,
    KeyringState, MessageState, Printed, RungId,
};
use hearth_engine::{DemoAddress, Engine, Environment};

use crate::support::*;

/// What the Doctor says of a form's credential, without anything being saved.
async fn tried(engine: &Engine, draft: ConnectionDraft) -> (DoctorReport, Option<ErrorCode>) {
    let report = engine.diagnose(DoctorTarget::Draft { draft }, |_| {}).await;
    let mut rungs = report.rungs.iter();
    let rung = rungs.find(|rung| rung.id == RungId::Credential).unwrap();
    let code = rung.problem.as_ref().map(|problem| problem.code);
    (report.clone(), code)
}

#[tokio::test]
async fn a_saved_key_does_not_go_to_another_host() {
    let house = House::new().await;
    let other = Emulator::builder()
        .key("another-key")
        .start()
        .await
        .unwrap();
    let id = connection_of(&house.engine.state().await);
    let moved = ConnectionDraft {
        id: Some(id.clone()),
        endpoint: other.url(),
        credential: without_secret(CredentialChoice::Key),
        ..house.draft()
    };
    let (_, code) = tried(&house.engine, moved.clone()).await;
    assert_eq!(code, Some(ErrorCode::KeyForOtherHost));
    let error = house.engine.save_connection(moved.clone()).await;
    let error = error.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    let host = house.emulator.address().to_string();
    assert_eq!(error.subject, Some(host));
    let kept = house.engine.state().await.connections[0].endpoint.clone();
    assert!(kept.starts_with(&house.emulator.url()), "{kept}");
    assert_eq!(other.log(), []);

    // With a key of its own the other host is asked, and gets that key only. This also
    // shows that it would have noticed the saved one.
    let with_another = ConnectionDraft {
        credential: with_key("another-key"),
        ..moved
    };
    house.engine.save_connection(with_another).await.unwrap();
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    let keys: Vec<_> = other
        .log()
        .iter()
        .map(|it| it.received.header("x-api-key").map(str::to_owned))
        .collect();
    assert_eq!(keys, [Some("another-key".to_owned())]);

    // Another path of the same host is the same host.
    let same = ConnectionDraft {
        id: Some(id),
        endpoint: format!("{}/anthropic/v1/messages", other.url()),
        credential: without_secret(CredentialChoice::Key),
        ..house.draft()
    };
    house.engine.save_connection(same).await.unwrap();
}

#[tokio::test]
async fn hosts_of_one_azure_resource_share_its_key_and_others_do_not() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    let draft = draft_to("https://mine.openai.azure.com", "the-key-of-mine");
    let saved = engine.save_connection(draft.clone()).await.unwrap();
    let moved = |endpoint: &str| ConnectionDraft {
        id: Some(saved.id.clone()),
        endpoint: endpoint.into(),
        credential: without_secret(CredentialChoice::Key),
        ..draft.clone()
    };
    let view = engine.save_connection(moved("https://mine.services.ai.azure.com"));
    let view = view.await.unwrap();
    assert!(matches!(
        view.credential.state,
        CredentialState::Kept { .. }
    ));
    for other in [
        "https://other.services.ai.azure.com",
        // Whoever has the name in another cloud is somebody else.
        "https://mine.services.ai.azure.us",
        "https://mine.services.ai.azure.com.evil.example",
        "https://mine.evil.example",
    ] {
        let error = engine.save_connection(moved(other)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::KeyForOtherHost, "{other}");
    }
}

#[tokio::test]
async fn a_way_out_moves_a_key_within_its_resource_only() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    let draft = draft_to("https://mine.openai.azure.com", "the-key-of-mine");
    let id = engine.save_connection(draft).await.unwrap().id;
    let to = |endpoint: &str| Fix::UseEndpoint {
        endpoint: endpoint.into(),
    };
    for other in [
        "https://evil.example",
        "https://other.services.ai.azure.com",
        "https://mine.openai.azure.us",
    ] {
        let error = engine.apply_fix(id.clone(), to(other)).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::KeyForOtherHost, "{other}");
    }
    let own = "https://mine.services.ai.azure.com/anthropic";
    let view = engine.apply_fix(id.clone(), to(own)).await.unwrap();
    assert_eq!(view.endpoint, own);
    // What does not fit the connection, or needs the person, changes nothing.
    let scope = Fix::UseScope {
        scope: "https://ai.azure.com/.default".into(),
    };
    for fix in [scope, Fix::TrustCertificate, Fix::ReplaceSecret] {
        let error = engine.apply_fix(id.clone(), fix).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::Internal);
    }
    let nobody = engine.apply_fix(ConnectionId("nobody".into()), to(own));
    assert_eq!(
        nobody.await.unwrap_err().code,
        ErrorCode::ConnectionNotFound
    );
}

#[tokio::test]
async fn a_secret_is_never_used_as_one_of_another_kind() {
    let house = House::new().await;
    let id = connection_of(&house.engine.state().await);
    let as_kind = |choice: CredentialChoice| ConnectionDraft {
        id: Some(id.clone()),
        credential: without_secret(choice),
        ..house.draft()
    };
    let as_token = as_kind(CredentialChoice::Token);
    let (_, code) = tried(&house.engine, as_token.clone()).await;
    assert_eq!(code, Some(ErrorCode::CredentialMissing));
    let view = house.engine.save_connection(as_token).await.unwrap();
    assert_eq!(view.credential.state, CredentialState::Missing);
    let expected = match house.engine.state().await.keyring {
        KeyringState::Ready => ErrorCode::CredentialMissing,
        KeyringState::Missing => ErrorCode::KeyringMissing,
        KeyringState::Locked => ErrorCode::KeyringLocked,
    };
    let error = house.engine.send(question(None, "Hello", None)).await;
    assert_eq!(error.unwrap_err().code, expected);
    // Nor does it come back when the kind does.
    let as_key = as_kind(CredentialChoice::Key);
    let view = house.engine.save_connection(as_key).await.unwrap();
    assert_eq!(view.credential.state, CredentialState::Missing);
    assert_eq!(house.emulator.log(), []);
}

#[tokio::test]
async fn a_secret_header_stays_with_its_host() {
    let house = House::new().await;
    let other = Emulator::builder().start().await.unwrap();
    let header = |value: Option<&str>| HeaderDraft {
        name: "X-Gateway-Key".into(),
        value: value.map(str::to_owned),
        secret: true,
    };
    let draft = ConnectionDraft {
        id: Some(connection_of(&house.engine.state().await)),
        headers: vec![header(Some("gateway-secret-77"))],
        ..house.draft()
    };
    let view = house.engine.save_connection(draft.clone()).await.unwrap();
    assert_eq!(view.headers[0].value, None);
    assert_eq!(view.headers[0].last_four.as_deref(), Some("t-77"));
    house.ask(None, "Hello").await;
    let log = house.emulator.log();
    let sent = log[0].received.header("x-gateway-key");
    assert_eq!(sent, Some("gateway-secret-77"));

    let moved = ConnectionDraft {
        endpoint: other.url(),
        headers: vec![header(None)],
        ..draft.clone()
    };
    let error = house.engine.save_connection(moved).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    // Kept at its own host, refused where it is no header of the person's.
    let kept = ConnectionDraft {
        headers: vec![header(None)],
        ..draft.clone()
    };
    house.engine.save_connection(kept).await.unwrap();
    house.ask(None, "Hello").await;
    let log = house.emulator.log();
    let sent = log[1].received.header("x-gateway-key");
    assert_eq!(sent, Some("gateway-secret-77"));
    for (name, value) in [
        ("Authorization", Some("x")),
        ("a b", Some("x")),
        ("X-New", None),
    ] {
        let refused = ConnectionDraft {
            headers: vec![HeaderDraft {
                name: name.into(),
                ..header(value)
            }],
            ..draft.clone()
        };
        let error = house.engine.save_connection(refused).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::HeaderInvalid, "{name}");
        assert_eq!(error.subject.as_deref(), Some(name));
    }
}

#[tokio::test]
async fn a_key_of_the_environment_does_not_go_to_another_host() {
    let house = House::new().await;
    let vars = [
        ("AZURE_API_BASE", "https://named.services.ai.azure.com"),
        ("AZURE_API_KEY", "key-of-the-named-resource"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), Environment::from_vars(vars))
        .await
        .unwrap();
    let offers = engine.find_imports().await.unwrap();
    let draft = ConnectionDraft {
        credential: CredentialDraft {
            imported: Some(ImportedSecret {
                import: offers[0].id.clone(),
                index: 0,
            }),
            ..without_secret(CredentialChoice::Key)
        },
        ..house.draft()
    };
    let (_, code) = tried(&engine, draft.clone()).await;
    assert_eq!(code, Some(ErrorCode::KeyForOtherHost));
    let error = engine.save_connection(draft).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyForOtherHost);
    assert_eq!(
        error.subject.as_deref(),
        Some("named.services.ai.azure.com")
    );
    assert_eq!(house.emulator.log(), []);
}

#[cfg(unix)]
#[tokio::test]
async fn a_command_is_started_as_the_person_saw_it_and_for_that_host() {
    let house = House::new().await;
    let other = Emulator::builder().start().await.unwrap();
    let marker = house.folder.path().join("started");
    let script = house.folder.path().join("key.sh");
    let text = format!(
        "#!/bin/sh\necho x >> {}\necho {}\n",
        marker.display(),
        house.emulator.key()
    );
    executable(&script, &text);
    let draft = |argv: &[&str], agreed| ConnectionDraft {
        id: Some(house.saved.clone()),
        credential: CredentialDraft {
            agreed,
            ..without_secret(CredentialChoice::Command {
                argv: argv.iter().map(|it| (*it).to_owned()).collect(),
                prints: Printed::Key,
            })
        },
        ..house.draft()
    };
    let path = script.display().to_string();
    let view = house.engine.save_connection(draft(&[&path], false));
    let view = view.await.unwrap();
    assert_eq!(view.credential.state, CredentialState::NotAgreed);
    let error = house.engine.send(question(None, "Hello", None)).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::CommandNotAgreed);
    let (_, code) = tried(&house.engine, draft(&[&path], false)).await;
    assert_eq!(code, Some(ErrorCode::CommandNotAgreed));
    assert!(!marker.exists());

    let view = house.engine.save_connection(draft(&[&path], true));
    let view = view.await.unwrap();
    assert_eq!(view.credential.state, CredentialState::Ambient);
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    assert!(marker.exists());
    // Said once, it holds for exactly this.
    let again = house.engine.save_connection(draft(&[&path], false));
    assert_eq!(
        again.await.unwrap().credential.state,
        CredentialState::Ambient
    );
    let changed = house
        .engine
        .save_connection(draft(&[&path, "--more"], false));
    let state = changed.await.unwrap().credential.state;
    assert_eq!(state, CredentialState::NotAgreed);
    house
        .engine
        .save_connection(draft(&[&path], true))
        .await
        .unwrap();
    let moved = ConnectionDraft {
        endpoint: other.url(),
        ..draft(&[&path], false)
    };
    let state = house
        .engine
        .save_connection(moved)
        .await
        .unwrap()
        .credential
        .state;
    assert_eq!(state, CredentialState::NotAgreed);
}

#[tokio::test]
async fn a_way_out_takes_nothing_to_another_host() {
    let house = House::new().await;
    let other = Emulator::builder().start().await.unwrap();
    let to_other = Fix::UseEndpoint {
        endpoint: other.url(),
    };
    let command = CredentialChoice::Command {
        argv: vec!["/bin/true".into()],
        prints: Printed::Key,
    };
    let azure_cli = CredentialChoice::AzureCli {
        entra: EntraSettings::default(),
    };
    for choice in [command, azure_cli] {
        let draft = ConnectionDraft {
            id: Some(house.saved.clone()),
            credential: CredentialDraft {
                agreed: true,
                ..without_secret(choice)
            },
            ..house.draft()
        };
        let saved = house.engine.save_connection(draft).await.unwrap();
        let fixed = house
            .engine
            .apply_fix(house.saved.clone(), to_other.clone());
        assert_eq!(fixed.await.unwrap_err().code, ErrorCode::KeyForOtherHost);
        let now = house.engine.state().await.connections[0].clone();
        assert_eq!(now.endpoint, saved.endpoint);
    }
}

#[tokio::test]
async fn leaving_the_demo_stops_its_answers_as_a_person_would() {
    let emulator = Emulator::builder().start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), no_environment())
        .await
        .unwrap();
    engine
        .start_demo(DemoAddress {
            url: emulator.url(),
            key: emulator.key().to_owned(),
        })
        .await
        .unwrap();
    let (script, gate) = Script::reply(["half of ", "an answer"]).gate();
    emulator.next(script);
    let mut window = engine.subscribe();
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    gate.release(1);
    within(gate.held()).await.unwrap();
    engine.leave_demo().await.unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, MessageState::Stopped);
}
