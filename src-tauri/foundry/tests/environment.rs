//! Secrets leave the environment before anything can inherit them.
//!
//! The environment belongs to a whole process, so this program runs itself again, with secrets in
//! its environment, and looks at what a child of that one inherits before and after.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;

use hearth_foundry::{Environment, FoundCredential};

const ROLE: &str = "HEARTH_ENVIRONMENT_ROLE";
/// Where Linux shows what a process was started with, to whoever may look at it.
const SHOWN: &str = "/proc/self/environ";

const SECRETS: [&str; 6] = [
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "AZURE_API_KEY",
    "AZURE_CLIENT_SECRET",
    "AZURE_AD_TOKEN",
    "AZURE_AI_API_KEY",
];

fn main() {
    if std::env::var_os(ROLE).is_some() {
        return take();
    }
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .env(ROLE, "take")
        .env("ANTHROPIC_FOUNDRY_RESOURCE", "res");
    for (number, name) in SECRETS.iter().enumerate() {
        command.env(name, format!("canary-{number}-0123456789"));
    }
    let ran = command.output().unwrap();
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

fn take() {
    assert_eq!(inherited().matches("canary-").count(), SECRETS.len());
    let shown = || String::from_utf8_lossy(&std::fs::read(SHOWN).unwrap()).into_owned();
    if cfg!(target_os = "linux") {
        assert_eq!(shown().matches("canary-").count(), SECRETS.len());
    }
    let environment = Environment::take();
    let left = inherited();
    assert!(!left.contains("canary-"), "{left}");
    if cfg!(target_os = "linux") {
        let shown = shown();
        assert!(!shown.contains("canary-"), "{shown}");
        assert!(shown.contains("ANTHROPIC_FOUNDRY_RESOURCE=res"), "{shown}");
    }
    assert!(left.contains("ANTHROPIC_FOUNDRY_RESOURCE=res"), "{left}");
    let choice = environment.choice().unwrap();
    let Some(FoundCredential::Key(key)) = choice.credential else {
        panic!("{choice:?}")
    };
    assert_eq!(key.expose(), "canary-0-0123456789");
}

/// What a child process finds in its environment.
fn inherited() -> String {
    let listed = Command::new("env").output().unwrap();
    String::from_utf8(listed.stdout).unwrap()
}
