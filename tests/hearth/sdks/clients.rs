//! Programs in the clients' own languages: each asks a gateway with a configuration, and one that
//! lends a saved connection. What a client promises is checked in the programs; what reached the
//! resource is checked here.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use hearth_emulator::{Emulator, Exchange, Script};
use serde_json::json;

use crate::installing::{javascript, python, said, sources};
use crate::program::{Program, UPSTREAM_KEY};
use crate::seed::{as_printed, configuration};

/// The key that the clients were given.
const KEY: &str = "sk-of-the-clients";

/// The models that are asked for, and what they are.
const MODELS: &[(&str, &str)] = &[
    ("claude-sonnet-4-5", "claude-sonnet-4-5"),
    ("claude-haiku-4-5", "claude-haiku-4-5"),
    // Retired since the seed was written; its successor stands in for it.
    ("claude-opus-4-1", "claude-opus-4-5"),
    ("claude-opus-5-5", "claude-opus-5-5"),
    ("claude-haiku-5-5", "claude-haiku-5-5"),
    ("scripted-json", "claude-sonnet-4-5"),
    ("scripted-json-stream", "claude-sonnet-4-5"),
    ("scripted-refusal", "claude-sonnet-4-5"),
    ("scripted-unicode", "claude-sonnet-4-5"),
];

/// Deployments of the emulator that fail, each in the way of its name.
const FAULTS: &[&str] = &[
    "fault-400",
    "fault-403",
    "fault-413",
    "fault-429-day",
    "fault-context-exceeded",
    "fault-cut",
    "fault-error",
];

/// Where a gateway has its deployments from.
#[derive(Debug, Clone, Copy)]
enum From {
    Configuration,
    SavedConnection,
}

#[test]
fn openai_for_python() {
    for log in with_both("openai_client.py") {
        // Structured outputs went as such where the deployment has them.
        let of = |name: &'static str| {
            let asked = log
                .iter()
                .filter(move |it| it.received.deployment.as_deref() == Some(name));
            asked.map(|it| it.received.body.contains("json_schema"))
        };
        assert!(of("scripted-json").all(|native| native));
        assert_eq!(of("scripted-json").count(), 1);
        assert!(of("claude-haiku-4-5").all(|native| !native));
        assert!(of("claude-haiku-4-5").count() > 2);
    }
}

#[test]
fn anthropic_for_python() {
    with_both("anthropic_client.py");
}

#[test]
fn litellm_for_python() {
    with_both("litellm_client.py");
}

#[test]
fn openai_for_javascript() {
    with_both("openai_client.mjs");
}

#[test]
fn anthropic_for_javascript() {
    with_both("anthropic_client.mjs");
}

/// Runs a program against both kinds of gateway at once, and gives what they asked.
fn with_both(program: &'static str) -> [Vec<Exchange>; 2] {
    let runs = [From::Configuration, From::SavedConnection]
        .map(|from| std::thread::spawn(move || with(program, from)));
    runs.map(|run| match run.join() {
        Ok(log) => log,
        Err(panic) => std::panic::resume_unwind(panic),
    })
}

fn with(program: &str, from: From) -> Vec<Exchange> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulator = runtime.block_on(emulated());
    let folder = tempfile::tempdir().unwrap();
    let gateway = in_front_of(&emulator, folder.path(), from);
    let mut command = interpreted(program);
    command
        .env("GATEWAY_URL", as_printed(&gateway))
        .env("GATEWAY_KEY", KEY)
        .env("NO_PROXY", "127.0.0.1,0.0.0.0,localhost")
        .env("no_proxy", "127.0.0.1,0.0.0.0,localhost");
    let output = command.output().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{program} with {from:?}:\n{said}");
    let passed = said.lines().filter(|line| line.starts_with("passed: "));
    assert_eq!(passed.count(), checks(program), "{program}:\n{said}");
    let log = emulator.log();
    for exchange in &log {
        let received = &exchange.received;
        assert_eq!(received.header("x-api-key"), Some(UPSTREAM_KEY));
        // The clients' key is the gateway's alone, wherever they write it.
        let everything = format!("{:?}{}", received.headers, received.body);
        assert!(!everything.contains(KEY), "{everything}");
    }
    assert!(!log.is_empty());
    log
}

/// How many checks a program has.
fn checks(program: &str) -> usize {
    let text = std::fs::read_to_string(sources().join(program)).unwrap();
    let begins = ["def check_", "  async check"];
    let is_check = |line: &&str| begins.iter().any(|begin| line.starts_with(begin));
    let count = text.lines().filter(is_check).count();
    assert!(count >= 6, "{program}");
    count
}

/// A program with its interpreter, and nothing of this machine's own settings.
fn interpreted(program: &str) -> Command {
    let path = std::env::var_os("PATH").unwrap_or_default();
    if program.ends_with(".mjs") {
        let mut command = Command::new("node");
        command.arg(javascript().join(program)).env_clear();
        command.env("PATH", path);
        return command;
    }
    let mut command = Command::new(python());
    command
        .args(["-W", "ignore::DeprecationWarning"])
        .arg(sources().join(program))
        .env_clear()
        .env("PATH", path)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // LiteLLM would fetch its list of prices.
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
    command
}

async fn emulated() -> Emulator {
    let mut builder = Emulator::builder().key(UPSTREAM_KEY);
    for (name, base) in MODELS {
        builder = builder.deployment(name, base).unwrap();
    }
    let emulator = builder.start().await.unwrap();
    let json = r#"{"name":"Seattle","population":737015}"#;
    for name in ["scripted-json", "scripted-json-stream"] {
        emulator.next_for(name, Script::reply([&json[..9], &json[9..]]));
    }
    let details = json!({
        "type": "refusal",
        "category": "bio",
        "explanation": "It would be dangerous.",
    });
    let refusal = Script::reply(["I"]).stop("refusal").stop_details(details);
    emulator.next_for("scripted-refusal", refusal);
    for _ in 0..2 {
        let text = "a\u{2028}b\u{2029}c\u{85}d \u{feff}👩‍👩‍👧 \0 e\u{301} 日本 \\u2028 \"\\";
        let pieces = text.chars().map(String::from);
        emulator.next_for("scripted-unicode", Script::reply(pieces));
    }
    emulator
}

fn in_front_of(emulator: &Emulator, folder: &Path, from: From) -> Program {
    match from {
        From::Configuration => {
            let faults = FAULTS.iter().map(|name| (*name, "claude-sonnet-5-5"));
            let models = MODELS.iter().copied().chain(faults);
            let file = configuration(folder, &emulator.url(), models);
            let variables = [("AZURE_API_KEY", UPSTREAM_KEY), ("MASTER", KEY)];
            Program::start(folder, &["--config", &file], &variables)
        }
        From::SavedConnection => {
            saved(folder, emulator, MODELS);
            let variables = [("HEARTH_GATEWAY_KEY", KEY)];
            Program::start(folder, &["--connection", "Work"], &variables)
        }
    }
}

/// Saves a connection of the name “Work”, whose key a command prints: no keyring is needed.
pub(crate) fn saved(profile: &Path, emulator: &Emulator, models: &[(&str, &str)]) {
    let script = profile.join("key.sh");
    std::fs::write(&script, format!("#!/bin/sh\necho {UPSTREAM_KEY}\n")).unwrap();
    std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o700)).unwrap();
    let argv = [script.to_str().unwrap()];
    let deployments: Vec<_> = models
        .iter()
        .map(|(name, base)| json!({"name": name, "baseModel": base}))
        .collect();
    let connection = json!({
        "id": "1-first",
        "name": "Work",
        "endpoint": format!("{}/anthropic", emulator.url()),
        "credential": {"kind": "command", "argv": argv, "prints": "key"},
        "agreed": {"argv": argv, "host": emulator.address().to_string()},
        "deployments": deployments,
    });
    let settings = json!({"version": 2, "active": "1-first", "connections": [connection]});
    std::fs::write(profile.join("settings.json"), settings.to_string()).unwrap();
}
