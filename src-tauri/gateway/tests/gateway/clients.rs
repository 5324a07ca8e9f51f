//! Anthropic's own client for Python asks the gateway as it would ask Anthropic: with a base
//! address and a key, and nothing that knows of gateways.
//!
//! The client is installed, in the version that stands beside this file, under the build folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use hearth_emulator::Emulator;

use crate::support::{KEY, UPSTREAM_KEY, in_front_of};

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/gateway/clients")
}

#[tokio::test]
async fn the_official_python_client_asks_through_the_gateway() {
    let python = tokio::task::spawn_blocking(python).await.unwrap();
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let gateway = in_front_of(&[&emulator.url()]).await;
    let mut command = Command::new(python);
    command
        .arg(sources().join("official.py"))
        .env("GATEWAY_URL", gateway.url())
        .env("GATEWAY_KEY", KEY)
        .env_remove("ANTHROPIC_API_KEY")
        .env_remove("ANTHROPIC_BASE_URL")
        .env("NO_PROXY", "127.0.0.1")
        .env("no_proxy", "127.0.0.1");
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.unwrap().unwrap();
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let passed = said.lines().filter(|line| line.starts_with("passed: "));
    assert!(passed.count() >= 7, "{said}");
}

fn said(output: &Output) -> String {
    let text = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    text.concat()
}

/// The interpreter of an environment that has the client. An installation that was interrupted
/// has no mark, and begins again.
fn python() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("gateway-clients");
    let python = folder.join("bin/python");
    let requirements = sources().join("requirements.txt");
    let wanted = std::fs::read_to_string(&requirements).unwrap();
    let mark = folder.join("installed-from");
    if std::fs::read_to_string(&mark).is_ok_and(|found| found == wanted) {
        return python;
    }
    // It may not be there, which is as good.
    let _ = std::fs::remove_dir_all(&folder);
    let run = |command: &mut Command| {
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "This test needs python3 with venv, and the network to install the client from. {}",
            said(&output)
        );
    };
    run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
    run(Command::new(&python)
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--requirement",
        ])
        .arg(&requirements));
    std::fs::write(&mark, wanted).unwrap();
    python
}
