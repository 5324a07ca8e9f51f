//! The gateway's keys: kept, shown by their ends, and found nowhere else.

use std::path::Path;
use std::process::Command;

use hearth_engine::api::{
    ErrorCode, GatewayKeyDraft, GatewayKeyId, GatewayKeyView, GatewaySettings, GatewayView,
    HearthEvent, SecretPlace, SnippetKind,
};
use hearth_engine::{Engine, GatewayKey};
use serde_json::{Value, json};

use crate::gateway::{on, settings_of};
use crate::support::*;

const OWN_PROCESS: &str = "HEARTH_TEST_IN_OWN_PROCESS";

/// A key whose text lives in memory only.
pub(crate) fn draft(name: &str) -> GatewayKeyDraft {
    GatewayKeyDraft {
        id: None,
        name: name.to_owned(),
        models: None,
        expires: None,
        this_run_only: true,
    }
}

async fn text(engine: &Engine, id: &GatewayKeyId) -> String {
    engine.gateway_key(id).await.unwrap().expose().to_owned()
}

fn key<'a>(view: &'a GatewayView, name: &str) -> &'a GatewayKeyView {
    view.keys.iter().find(|key| key.name == name).unwrap()
}

/// Runs this one test again in a process with another session bus; true in that process.
fn in_own_process(name: &str, command: &mut Command) -> bool {
    if std::env::var_os(OWN_PROCESS).is_some() {
        return true;
    }
    let done = command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(OWN_PROCESS, "1")
        .status()
        .unwrap();
    assert!(done.success(), "{name} failed in a process of its own");
    false
}

#[tokio::test]
async fn a_key_stands_nowhere_but_where_it_is_kept() {
    let house = House::new().await;
    let engine = &house.engine;
    let view = engine.save_gateway_key(draft("Editor")).await.unwrap();
    engine.save_gateway(on()).await.unwrap();
    let id = view.keys[0].id.clone();
    let secret = text(engine, &id).await;
    let random = secret.strip_prefix("hearth-").unwrap().to_owned();
    assert_eq!(random.len(), 40);
    assert!(
        random.chars().all(|it| it.is_ascii_alphanumeric()),
        "{random}"
    );
    assert!(random.ends_with(view.keys[0].ending.as_deref().unwrap()));
    assert_eq!(view.keys[0].place, Some(SecretPlace::ThisRun));
    for kind in [SnippetKind::Curl, SnippetKind::ClaudeCode] {
        let with = engine.gateway_snippet(kind, Some(&id)).await.unwrap();
        assert!(with.expose().contains(&secret));
        let without = engine.gateway_snippet(kind, None).await.unwrap();
        assert!(without.expose().contains("YOUR-KEY"));
        assert!(!without.expose().contains(&random));
    }
    let view = engine.gateway().await;
    let shown = serde_json::to_string(&view).unwrap() + &format!("{view:?}");
    let state = serde_json::to_string(&engine.state().await).unwrap();
    let folder = house.folder.path().to_owned();
    let planted = tempfile::tempdir_in(&folder).unwrap();
    std::fs::write(planted.path().join("here"), &secret).unwrap();
    assert!(on_disk(&folder, &random), "a search that finds nothing");
    planted.close().unwrap();
    // At its end it writes what it has not written yet.
    engine.shutdown().await;
    assert!(!on_disk(&folder, &random));
    let (events, _) = house.close().await;
    assert!(events.contains(&HearthEvent::GatewayChanged));
    let told = serde_json::to_string(&events).unwrap();
    for said in [shown, state, told] {
        assert!(!said.contains(&random), "{said}");
    }
}

/// Whether any file of a folder holds the text.
fn on_disk(folder: &Path, text: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => on_disk(&path, text),
            false => {
                let bytes = std::fs::read(&path).unwrap();
                bytes
                    .windows(text.len())
                    .any(|part| part == text.as_bytes())
            }
        }
    })
}

#[tokio::test]
async fn a_key_is_changed_ends_and_is_removed() {
    let house = House::new().await;
    let engine = &house.engine;
    engine.save_gateway_key(draft("Editor")).await.unwrap();
    let view = engine.save_gateway_key(draft("Old")).await.unwrap();
    let (editor, old) = (
        key(&view, "Editor").id.clone(),
        key(&view, "Old").id.clone(),
    );
    let secret = text(engine, &old).await;
    assert_ne!(text(engine, &editor).await, secret);
    let changed = GatewayKeyDraft {
        id: Some(old.clone()),
        models: Some(vec![OPUS.to_owned()]),
        expires: Some("2999-01-31".to_owned()),
        ..draft("Older")
    };
    engine.save_gateway_key(changed).await.unwrap();
    // Its last day goes by.
    let path = house.folder.path().join("settings.json");
    let written = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, written.replace("2999-01-31", "2020-01-31")).unwrap();
    let view = engine.gateway().await;
    assert!(!key(&view, "Editor").expired);
    assert!(key(&view, "Older").expired);
    assert_eq!(
        key(&view, "Older").models.as_deref(),
        Some(&[OPUS.to_owned()][..])
    );
    // Programs that have it go on with it.
    assert_eq!(text(engine, &old).await, secret);
    let keys = engine.gateway_keys().await;
    assert_eq!(keys.problem, None);
    let kept = keys.keys.iter().find(|key| key.name == "Older").unwrap();
    assert_eq!(kept.secret.expose(), secret);
    assert_eq!(kept.expires.as_deref(), Some("2020-01-31"));
    let snippet = engine.gateway_snippet(SnippetKind::Curl, Some(&old));
    assert!(snippet.await.unwrap().expose().contains(OPUS));

    let view = engine.remove_gateway_key(&old).await.unwrap();
    assert_eq!(view.keys.len(), 1);
    let gone = engine.gateway_key(&old).await.map(|_| ()).unwrap_err();
    assert_eq!(gone.code, ErrorCode::GatewayKeyGone);
    let snippet = engine.gateway_snippet(SnippetKind::Curl, Some(&old)).await;
    assert_eq!(
        snippet.map(|_| ()).unwrap_err().code,
        ErrorCode::GatewayKeyGone
    );
    // Said twice, it is no error.
    engine.remove_gateway_key(&old).await.unwrap();
}

#[tokio::test]
async fn a_key_of_an_earlier_run_is_left_out_and_made_anew_when_it_is_saved() {
    let name = "gateway_keys::a_key_of_an_earlier_run_is_left_out_and_made_anew_when_it_is_saved";
    if !in_own_process(name, &mut with_keyring(name)) {
        return;
    }
    let house = House::new().await;
    house
        .engine
        .save_gateway_key(draft("Editor"))
        .await
        .unwrap();
    let engine = Engine::open(profile(house.folder.path()), no_environment());
    let engine = engine.await.unwrap();
    let keys = engine.gateway_keys().await;
    assert_eq!((keys.keys.len(), keys.problem), (0, None));
    let view = engine.gateway().await;
    let id = view.keys[0].id.clone();
    assert_eq!((&view.keys[0].ending, view.keys[0].place), (&None, None));
    let gone = engine.gateway_key(&id).await.map(|_| ()).unwrap_err();
    assert_eq!(gone.code, ErrorCode::GatewayKeyGone);
    let before = text(&house.engine, &id).await;
    let again = GatewayKeyDraft {
        id: Some(id.clone()),
        this_run_only: false,
        ..draft("Editor")
    };
    let view = engine.save_gateway_key(again).await.unwrap();
    assert_eq!(view.keys[0].place, Some(SecretPlace::Keyring));
    assert_ne!(text(&engine, &id).await, before);
}

/// A session bus with an unlocked keyring on it, for as long as the program runs, in a home that
/// is named after the test.
fn with_keyring(name: &str) -> Command {
    let name = name.replace(':', "-");
    let home = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
    let script = "mkdir -m 700 -p \"$XDG_DATA_HOME\" \"$XDG_RUNTIME_DIR\" && \
        printf %s hearth | gnome-keyring-daemon --unlock --components=secrets >/dev/null && \
        \"$@\"; done=$?; rm -rf \"$HOME\"; exit $done";
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "sh", "-c", script, "sh"])
        .env("HOME", &home)
        .env("XDG_DATA_HOME", home.join("data"))
        .env("XDG_RUNTIME_DIR", home.join("run"));
    command
}

#[tokio::test]
async fn a_keyring_keeps_the_keys_until_the_next_run() {
    let name = "gateway_keys::a_keyring_keeps_the_keys_until_the_next_run";
    if !in_own_process(name, &mut with_keyring(name)) {
        return;
    }
    let house = House::new().await;
    let view = house.engine.save_gateway(on()).await.unwrap();
    assert_eq!(view.keys.len(), 1);
    assert_eq!(view.keys[0].name, "First key");
    assert_eq!(view.keys[0].place, Some(SecretPlace::Keyring));
    let id = view.keys[0].id.clone();
    let secret = text(&house.engine, &id).await;
    let view = house.engine.save_gateway(on()).await.unwrap();
    assert_eq!(view.keys.len(), 1);

    let engine = Engine::open(profile(house.folder.path()), no_environment());
    let engine = engine.await.unwrap();
    let keys = engine.gateway_keys().await;
    assert_eq!(keys.problem, None);
    assert_eq!(keys.keys[0].secret.expose(), secret);
    engine.remove_gateway_key(&id).await.unwrap();
    // Nothing of it is left for a third run either, whatever the settings say.
    let written = std::fs::read_to_string(house.folder.path().join("settings.json")).unwrap();
    assert!(!written.contains(&id.0), "{written}");
    let mut back: Value = serde_json::from_str(&written).unwrap();
    back["gateway"]["keys"] = json!([{"id": id.0, "name": "First key"}]);
    std::fs::write(house.folder.path().join("settings.json"), back.to_string()).unwrap();
    let third = Engine::open(profile(house.folder.path()), no_environment());
    let third = third.await.unwrap();
    assert_eq!(third.gateway_keys().await.keys.len(), 0);
}

#[tokio::test]
async fn without_a_keyring_a_key_needs_consent_and_nothing_is_half_saved() {
    let name = "gateway_keys::without_a_keyring_a_key_needs_consent_and_nothing_is_half_saved";
    let mut without = Command::new("env");
    without.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    if !in_own_process(name, &mut without) {
        return;
    }
    let house = House::new().await;
    let engine = &house.engine;
    let before = settings_of(house.folder.path());
    let unasked = GatewayKeyDraft {
        this_run_only: false,
        ..draft("Editor")
    };
    let error = engine.save_gateway_key(unasked).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyringMissing);
    let error = engine.save_gateway(on()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::KeyringMissing);
    assert_eq!(settings_of(house.folder.path()), before);
    engine.save_gateway_key(draft("Editor")).await.unwrap();
    let view = engine.save_gateway(on()).await.unwrap();
    assert!(view.settings.on);
    // Its name alone is no matter of the keyring.
    let renamed = GatewayKeyDraft {
        id: Some(view.keys[0].id.clone()),
        this_run_only: false,
        ..draft("Build server")
    };
    let secret = text(engine, &view.keys[0].id).await;
    let view = engine.save_gateway_key(renamed).await.unwrap();
    assert_eq!(view.keys[0].place, Some(SecretPlace::ThisRun));
    assert_eq!(text(engine, &view.keys[0].id).await, secret);
    let view = engine.remove_gateway_key(&view.keys[0].id).await.unwrap();
    assert_eq!(view.keys, []);
}

#[tokio::test]
async fn a_key_that_cannot_be_read_hides_none_that_lives_in_memory() {
    let name = "gateway_keys::a_key_that_cannot_be_read_hides_none_that_lives_in_memory";
    let mut without = Command::new("env");
    without.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    if !in_own_process(name, &mut without) {
        return;
    }
    let house = House::new().await;
    let engine = &house.engine;
    engine.save_gateway_key(draft("Editor")).await.unwrap();
    engine.save_gateway_key(draft("Script")).await.unwrap();
    let path = house.folder.path().join("settings.json");
    let mut written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let keys = written["gateway"]["keys"].as_array_mut().unwrap();
    keys.insert(0, json!({"id": "from-before", "name": "Of the keyring"}));
    keys.insert(2, json!({"id": "from-then", "name": "Of the keyring, too"}));
    std::fs::write(&path, written.to_string()).unwrap();
    let found = engine.gateway_keys().await;
    let names =
        |keys: Vec<GatewayKey>| -> Vec<String> { keys.into_iter().map(|key| key.name).collect() };
    assert_eq!(found.problem.unwrap().code, ErrorCode::KeyringMissing);
    assert_eq!(names(found.keys), ["Editor", "Script"]);
    // Without asking the keyring they are the same.
    assert_eq!(names(engine.gateway_keys_known()), ["Editor", "Script"]);
}

#[tokio::test]
async fn who_removes_the_last_key_gets_none_for_another_choice() {
    let house = House::new().await;
    let engine = &house.engine;
    let view = engine.save_gateway_key(draft("Editor")).await.unwrap();
    engine.save_gateway(on()).await.unwrap();
    engine.remove_gateway_key(&view.keys[0].id).await.unwrap();
    let other_port = GatewaySettings { port: 4711, ..on() };
    let view = engine.save_gateway(other_port).await.unwrap();
    assert_eq!(view.keys, []);
}

#[tokio::test]
async fn a_key_that_was_not_saved_is_none() {
    let house = House::new().await;
    let view = house
        .engine
        .save_gateway_key(draft("Editor"))
        .await
        .unwrap();
    let path = house.folder.path().join("settings.json");
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, "{ nonsense").unwrap();
    let made = house.engine.save_gateway_key(draft("Other")).await;
    assert_eq!(made.unwrap_err().code, ErrorCode::SettingsUnreadable);
    let removed = house.engine.remove_gateway_key(&view.keys[0].id).await;
    assert_eq!(removed.unwrap_err().code, ErrorCode::SettingsUnreadable);
    std::fs::write(&path, whole).unwrap();
    // Programs still have the one that could not be removed.
    let keys = house.engine.gateway_keys().await;
    assert_eq!(keys.keys.len(), 1);
}
