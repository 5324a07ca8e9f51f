//! Both official clients for Foundry talk to the emulator.
//!
//! The emulator is our own idea of Foundry; these are not. Each client is installed, in the
//! versions that stand beside this file, under the build folder, and its script checks what
//! the client promises: messages, streams, tools, errors by type, counting.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hearth_emulator::{Emulator, Exchange};

const KEY: &str = "key-of-the-official-clients";

#[tokio::test]
async fn the_official_python_client_talks_to_the_emulator() {
    let python = python();
    let log = run(&python, "official.py", &sources().join("official.py")).await;
    // It sends the key under both names, and the version of the API that we know.
    for exchange in log.iter().filter(|exchange| asked_with_key(exchange)) {
        let header = |name| exchange.received.header(name);
        assert_eq!(header("api-key"), Some(KEY));
        assert_eq!(header("anthropic-version"), Some("2026-10-21"));
    }
}

#[tokio::test]
async fn the_official_javascript_client_talks_to_the_emulator() {
    let folder = javascript();
    let log = run(
        Path::new("node"),
        "official.mjs",
        &folder.join("official.mjs"),
    )
    .await;
    for exchange in log.iter().filter(|exchange| asked_with_key(exchange)) {
        let version = exchange.received.header("anthropic-version");
        assert_eq!(version, Some("2026-10-21"));
    }
}

fn asked_with_key(exchange: &Exchange) -> bool {
    exchange.received.header("x-api-key") == Some(KEY)
}

/// Runs a script against an emulator of its own and returns what was asked.
async fn run(program: &Path, name: &str, script: &Path) -> Vec<Exchange> {
    let emulator = Emulator::builder().key(KEY).start().await;
    let emulator = emulator.expect("a free port on loopback");
    let mut command = Command::new(program);
    command
        .arg(script)
        .env("EMULATOR_URL", emulator.url())
        .env("EMULATOR_KEY", KEY)
        // Nothing of this machine's own settings is used, and no proxy between the two.
        .env_remove("ANTHROPIC_FOUNDRY_RESOURCE")
        .env_remove("ANTHROPIC_FOUNDRY_BASE_URL")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.expect("no panic").expect("the script starts");
    let said = said(&output);
    assert!(output.status.success(), "{name} failed:\n{said}");
    let passed = said.lines().filter(|line| line.starts_with("passed: "));
    assert!(passed.count() >= 10, "{name} checked too little:\n{said}");
    let log = emulator.log();
    assert!(log.iter().any(asked_with_key), "{name} asked nobody");
    log
}

fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdk")
}

/// The interpreter of an environment that has the client.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk-python");
    let python = folder.join("bin/python");
    installed(&folder, &["requirements.txt"], || {
        let created = Command::new("python3")
            .args(["-m", "venv"])
            .arg(&folder)
            .output();
        must("python3 -m venv", created)?;
        let mut pip = Command::new(&python);
        pip.args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--requirement",
        ]);
        must(
            "pip install",
            pip.arg(sources().join("requirements.txt")).output(),
        )
    });
    python
}

/// The folder that has the client in its `node_modules`, and the script.
fn javascript() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sdk-javascript");
    let files = ["package.json", "package-lock.json", "official.mjs"];
    installed(&folder, &files, || {
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for file in files {
            let copied = std::fs::copy(sources().join(file), folder.join(file));
            copied.map_err(|error| format!("{file}: {error}"))?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--ignore-scripts"]);
        must("npm ci", npm.current_dir(&folder).output())
    });
    folder
}

/// Installs anew unless that was done from these very files. An installation that was
/// interrupted has no mark, and begins again.
fn installed(folder: &Path, files: &[&str], install: impl FnOnce() -> Result<(), String>) {
    let read = |file: &&str| {
        let text = std::fs::read_to_string(sources().join(file));
        text.unwrap_or_else(|error| panic!("{file}: {error}"))
    };
    let wanted: String = files.iter().map(read).collect();
    let mark = folder.join("installed-from");
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return;
    }
    // It may not be there, which is as good.
    let _ = std::fs::remove_dir_all(folder);
    if let Err(reason) = install() {
        panic!(
            "An official client could not be installed. This test needs python3 with venv, node \
             with npm, and the network from which these two fetch packages. {reason}"
        );
    }
    std::fs::write(&mark, wanted).expect("the build folder can be written");
}

fn must(what: &str, output: std::io::Result<Output>) -> Result<(), String> {
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{what} said:\n{}", said(&output))),
        Err(error) => Err(format!("{what}: {error}")),
    }
}
