//! Asking a saved connection by its name, with a credential that a command prints: no keyring
//! is needed for it.

use std::os::unix::fs::PermissionsExt;

use hearth_emulator::Emulator;
use serde_json::json;

use crate::{Desk, KEY, bare, text};

/// Two saved connections, the first of them active; the second is another emulator.
fn two_saved() -> (Desk, Emulator) {
    let desk = Desk::new();
    let other = desk.runtime.block_on(Emulator::builder().key(KEY).start());
    let other = other.unwrap();
    let script = desk.profile.path().join("key.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho {KEY}\n")).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let connection = |id: &str, name: &str, emulator: &Emulator| {
        let argv = [script.to_str().unwrap()];
        json!({
            "id": id,
            "name": name,
            "endpoint": format!("{}/anthropic", emulator.url()),
            "credential": {"kind": "command", "argv": argv, "prints": "key"},
            "agreed": {"argv": argv, "host": emulator.address().to_string()},
            "deployments": [{"name": "claude-opus-5-5", "baseModel": "claude-opus-5-5"}],
        })
    };
    let settings = json!({
        "version": 2,
        "active": "1-first",
        "connections": [
            connection("1-first", "Work", &desk.emulator),
            connection("2-second", "Häuschen", &other),
        ],
    });
    let path = desk.profile.path().join("settings.json");
    std::fs::write(path, settings.to_string()).unwrap();
    (desk, other)
}

#[test]
fn a_connection_is_asked_by_its_name_whatever_the_environment_says() {
    let (desk, other) = two_saved();
    // By its name, in other letters, and by the beginning of its id.
    for name in ["Häuschen", "HÄUSCHEN", "2-s"] {
        let asked = desk.run(&["ask", "--connection", name, "Hello"]);
        let said = text(&asked.stderr);
        assert!(asked.status.success(), "{name}: {said}");
        assert!(!said.contains("AZURE_API_BASE"), "{said}");
    }
    assert_eq!((desk.emulator.log().len(), other.log().len()), (0, 3));
    // Without a name the active one is asked, and the environment is none of its business.
    let asked = bare(desk.profile.path(), &["ask", "Hello"])
        .output()
        .unwrap();
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    assert_eq!((desk.emulator.log().len(), other.log().len()), (1, 3));
}

#[test]
fn a_name_that_nobody_has_is_refused_with_those_that_there_are() {
    let (desk, other) = two_saved();
    for name in ["Home", "", "1-first-and-more"] {
        let asked = desk.run(&["ask", "--connection", name, "Hello"]);
        let said = text(&asked.stderr);
        assert!(!asked.status.success() && asked.stdout.is_empty());
        assert!(said.contains("Work") && said.contains("Häuschen"), "{said}");
    }
    assert_eq!((desk.emulator.log().len(), other.log().len()), (0, 0));
}
