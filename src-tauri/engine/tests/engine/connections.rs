//! Connections: their keys, and what the environment offers.

use std::path::Path;
use std::process::Command;

use hearth_emulator::Emulator;
use hearth_engine::api::{
    ConnectionDraft, CredentialChoice, CredentialDraft, CredentialState, ErrorCode, KeyringState,
    MessageState, SecretPlace,
};
use hearth_engine::{ClientOptions, Engine, Environment, Words};

use crate::support::*;

const NO_KEYRING: &str = "HEARTH_TEST_WITHOUT_KEYRING";

/// Runs this one test in a process that finds no Secret Service: a keyring that the machine
/// may have is none of its business. True in that process.
fn without_keyring(name: &str) -> bool {
    if std::env::var_os(NO_KEYRING).is_some() {
        return true;
    }
    let done = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(NO_KEYRING, "1")
        .env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .status()
        .unwrap();
    assert!(done.success(), "{name} failed without a keyring");
    false
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_keyring_a_key_is_kept_for_this_run_if_the_person_says_so() {
    let name = "connections::without_a_keyring_a_key_is_kept_for_this_run_if_the_person_says_so";
    if !without_keyring(name) {
        return;
    }
    let house = House::new().await;
    let saved = house.engine.state().await;
    let known = connection_of(&saved);
    assert_eq!(saved.keyring, KeyringState::Missing);
    let to_keyring = ConnectionDraft {
        name: "Second".into(),
        credential: CredentialDraft {
            this_run_only: false,
            ..with_key(house.emulator.key())
        },
        ..house.draft()
    };
    let error = house
        .engine
        .save_connection(to_keyring.clone())
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyringMissing);
    // Whoever reads it is told the way out.
    let said = Words::english().explain(&error);
    assert!(said.contains("for this run only"), "{said}");
    assert_eq!(house.engine.state().await.connections.len(), 1);

    let this_run = ConnectionDraft {
        credential: with_key(house.emulator.key()),
        ..to_keyring
    };
    let view = house.engine.save_connection(this_run).await.unwrap();
    let key = house.emulator.key();
    assert_eq!(view.credential.choice, CredentialChoice::Key);
    assert_eq!(
        view.credential.state,
        CredentialState::Kept {
            last_four: key[key.len() - 4..].into(),
            kept: SecretPlace::ThisRun,
        }
    );
    let state = house.engine.state().await;
    assert_eq!(state.active, Some(view.id.clone()));
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));

    // There being no keyring is no reason to keep a connection for ever.
    house.engine.remove_connection(view.id).await.unwrap();
    let state = house.engine.state().await;
    assert_eq!(state.active, Some(known.clone()));
    house.engine.remove_connection(known).await.unwrap();
    assert!(house.engine.state().await.connections.is_empty());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_key_of_an_earlier_run_is_missed_before_anything_is_stored() {
    let name = "connections::a_key_of_an_earlier_run_is_missed_before_anything_is_stored";
    if !without_keyring(name) {
        return;
    }
    let house = House::new().await;
    let later = Engine::open(profile(house.folder.path()), no_environment())
        .await
        .unwrap();
    let view = &later.state().await.connections[0];
    assert_eq!(view.credential.state, CredentialState::Missing);
    let error = later.send(question(None, "Hello", None)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyringMissing);
    assert_eq!(later.conversations().await.unwrap(), []);
}

#[tokio::test]
async fn no_file_of_the_profile_holds_the_key() {
    let key = "canary-4f6b2d81c93e";
    let builder = Emulator::builder().key(key);
    let house = House::with(builder, ClientOptions::default()).await;
    let (_, answer) = house.ask(None, "Hello").await;
    assert_eq!(answer.state, complete("end_turn"));
    house.ask_deployment(None, "Hello", "fault-401").await;
    assert_eq!(files_with(house.folder.path(), key), Vec::<String>::new());
    // The search finds what is there.
    assert!(!files_with(house.folder.path(), &house.emulator.url()).is_empty());
    std::fs::write(house.folder.path().join("planted"), format!("x{key}x")).unwrap();
    assert_eq!(files_with(house.folder.path(), key), ["planted"]);
    let state = house.engine.state().await;
    let told = serde_json::to_string(&state).unwrap();
    assert!(told.contains("c93e") && !told.contains(key));
    let draft = house.draft();
    let printed = format!("{draft:?}");
    assert!(printed.contains("redacted") && !printed.contains(key));
    let mistaken = ConnectionDraft {
        endpoint: key.into(),
        ..draft
    };
    assert!(!format!("{mistaken:?}").contains(key));
}

pub(crate) fn files_with(folder: &Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            found.extend(files_with(&entry.path(), needle));
            continue;
        }
        let bytes = std::fs::read(entry.path()).unwrap();
        if bytes
            .windows(needle.len())
            .any(|it| it == needle.as_bytes())
        {
            found.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    found
}

fn environment(house: &House, more: &[(&str, &str)]) -> Environment {
    let url = house.emulator.url();
    let given = [
        ("AZURE_API_BASE", url.as_str()),
        ("AZURE_API_KEY", house.emulator.key()),
    ];
    let vars = given.iter().chain(more);
    Environment::from_vars(vars.map(|(name, value)| (name.to_string(), value.to_string())))
}

#[tokio::test]
async fn the_terminal_asks_what_the_environment_names() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let environment = environment(&house, &[("ANTHROPIC_DEFAULT_SONNET_MODEL", OPUS)]);
    let engine = Engine::open(profile(folder.path()), environment)
        .await
        .unwrap();
    let offer = engine.from_environment().unwrap();
    assert_eq!(offer.used, ["AZURE_API_BASE", "AZURE_API_KEY"]);
    let mut window = engine.subscribe();
    let sent = engine
        .send_from_terminal(question(None, "Hello", None), Vec::new(), None)
        .await
        .unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    let body = bodies(&house.emulator.log()).pop().unwrap();
    assert_eq!(body["model"], OPUS);
    // What a deployment is, nobody reads out of its name.
    assert!(body.get("thinking").is_none());
    // The window does not ask what the person did not save.
    let error = engine
        .send(question(None, "Hello", None))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NoConnection);
}

#[tokio::test]
async fn without_a_name_base_models_are_tried_newest_first() {
    let house = House::new().await;
    let refusal = r#"{"error":{"code":"DeploymentNotFound","message":"Not here"}}"#;
    for _ in 0..2 {
        let script = hearth_emulator::Script::status(404, [], refusal);
        house.emulator.next(script);
    }
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::open(profile(folder.path()), environment(&house, &[]))
        .await
        .unwrap();
    let mut window = engine.subscribe();
    let sent = engine
        .send_from_terminal(question(None, "Hello", None), Vec::new(), None)
        .await
        .unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    assert_eq!(answer.state, complete("end_turn"));
    let asked: Vec<_> = bodies(&house.emulator.log())
        .iter()
        .map(|body| body["model"].as_str().unwrap().to_owned())
        .collect();
    let newest = engine.state().await.base_models;
    let newest: Vec<_> = newest.iter().take(3).map(|base| base.id.clone()).collect();
    assert_eq!(asked, newest);
    // What is kept names the one that answered, and so its thinking may go back later.
    assert_eq!(answer.answer.unwrap().deployment, newest[2]);
}

#[tokio::test]
async fn a_refused_token_is_not_called_a_key() {
    let house = House::new().await;
    let folder = tempfile::tempdir().unwrap();
    let vars = [
        ("AZURE_API_BASE", house.emulator.url()),
        ("AZURE_AD_TOKEN", "expired".to_owned()),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value));
    let engine = Engine::open(profile(folder.path()), Environment::from_vars(vars))
        .await
        .unwrap();
    let mut window = engine.subscribe();
    let request = question(None, "Hello", Some(SONNET));
    let sent = engine
        .send_from_terminal(request, Vec::new(), None)
        .await
        .unwrap();
    let answer = ended(&mut window, &sent.turn).await;
    let MessageState::Failed { error } = answer.state else {
        panic!("{answer:?}");
    };
    assert_eq!(error.code, ErrorCode::TokenRefused);
}
