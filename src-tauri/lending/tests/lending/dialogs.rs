//! A keyring that shows a dialog, and a person who does not answer it.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::*;

/// In the process of a test of its own: where its session bus is to be.
const BUS: &str = "HEARTH_TEST_BUS";

/// Changes the gateway's keys as another program does that shares the profile.
fn rewrite_keys(folder: &Path, change: impl FnOnce(&mut Vec<Value>)) {
    let path = folder.join("settings.json");
    let mut written: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    change(written["gateway"]["keys"].as_array_mut().unwrap());
    std::fs::write(&path, written.to_string()).unwrap();
}

/// A keyring that shows a dialog answers when the person does; here that is never.
#[tokio::test]
async fn a_key_that_is_removed_is_refused_while_the_keyring_asks_the_person() {
    let Some(bus) = std::env::var_os(BUS) else {
        let name = "dialogs::a_key_that_is_removed_is_refused_while_the_keyring_asks_the_person";
        let folder = tempfile::tempdir().unwrap();
        let bus = folder.path().join("bus");
        let done = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env(
                "DBUS_SESSION_BUS_ADDRESS",
                format!("unix:path={}", bus.display()),
            )
            .env(BUS, &bus)
            .status();
        assert!(done.unwrap().success());
        return;
    };
    let (house, url, key) = House::open().await;
    let (removed, removed_key) = house.key("Build server").await;
    let (_, third_key) = house.key("Script").await;
    let asking = client();
    for key in [&key, &removed_key, &third_key] {
        assert_eq!(ask(&asking, &url, key).await, Some(200));
    }
    // From here on the keyring takes questions and answers none.
    let keyring = UnixListener::bind(bus).unwrap();
    let refused = async |gone: &str| {
        let wait = async {
            while ask(&asking, &url, gone).await != Some(401) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        within(wait).await;
    };
    // In one step another key comes that only the keyring knows, and one goes.
    rewrite_keys(house.folder.path(), |keys| {
        keys.retain(|key| key["id"] != json!(removed.0));
        keys.push(json!({"id": "of-the-keyring", "name": "Of the keyring"}));
    });
    refused(&removed_key).await;
    keyring.accept().unwrap();
    // The question is still open, and another one goes.
    rewrite_keys(house.folder.path(), |keys| {
        keys.retain(|key| key["name"] != json!("Script"));
    });
    refused(&third_key).await;
    assert_eq!(ask(&asking, &url, &key).await, Some(200));
}
