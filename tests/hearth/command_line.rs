//! The real `hearth` against the real emulator: what it prints, what it keeps, how it ends.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use hearth_emulator::{Emulator, Pace, Script};
use serde_json::Value;

const KEY: &str = "canary-7f1c2d3e4b5a69788796a5b4c3d2e1f0";

struct Desk {
    profile: tempfile::TempDir,
    emulator: Emulator,
    runtime: tokio::runtime::Runtime,
}

impl Desk {
    fn new() -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let emulator = runtime
            .block_on(Emulator::builder().key(KEY).pace(Pace::Instant).start())
            .unwrap();
        Self {
            profile: tempfile::tempdir().unwrap(),
            emulator,
            runtime,
        }
    }

    /// The program with this desk's profile and no environment of ours but the connection.
    fn hearth(&self, arguments: &[&str]) -> Command {
        let mut command = bare(self.profile.path(), arguments);
        command
            .env("AZURE_API_BASE", self.emulator.url())
            .env("AZURE_API_KEY", KEY);
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.hearth(arguments).output().unwrap()
    }
}

fn bare(profile: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
    command
        .env_clear()
        .env("HOME", profile)
        .arg("--profile")
        .arg(profile)
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_answer_is_printed_and_kept() {
    let desk = Desk::new();
    desk.emulator
        .next(Script::reply(["Two ", "words ", "and 🦊."]));
    let asked = desk.run(&["ask", "Say two words"]);
    assert_eq!(text(&asked.stdout), "Two words and 🦊.\n");
    assert!(asked.status.success());
    let said = text(&asked.stderr);
    assert!(said.contains("AZURE_API_BASE, AZURE_API_KEY"), "{said}");

    let list = text(&desk.run(&["export"]).stderr);
    assert!(list.contains("Say two words"), "{list}");
    let id = list
        .lines()
        .find(|line| line.contains("Say two words"))
        .and_then(|line| line.split_whitespace().next())
        .unwrap();
    let markdown = text(&desk.run(&["export", id]).stdout);
    assert!(markdown.contains("\nTwo words and 🦊.\n"), "{markdown}");
    let json = desk.run(&["export", "--format", "json", id]).stdout;
    let json: Value = serde_json::from_slice(&json).unwrap();
    assert_eq!(json["hearth"], 1);
}

#[test]
fn standard_input_is_a_question_and_json_an_answer() {
    let desk = Desk::new();
    desk.emulator.next(Script::reply(["pong"]));
    let mut child = desk
        .hearth(&["ask", "--json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"ping\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answer["answer"]["blocks"][0]["text"], "pong");
    assert_eq!(answer["answer"]["state"]["stopReason"], "end_turn");
    let asked = desk.emulator.log();
    assert!(asked[0].received.body.contains("ping"));
}

#[test]
fn an_answer_that_did_not_come_to_its_end_is_a_failure_with_a_sentence() {
    let cases = [
        ("fault-401", "Key refused"),
        ("fault-404", "No deployment named “fault-404” here"),
        ("fault-error", "The service broke off the answer"),
        ("fault-cut", "Connection lost after"),
        ("fault-refusal", "declined"),
        ("no-such-thing", "No deployment named “no-such-thing” here"),
    ];
    let desk = Desk::new();
    for (deployment, sentence) in cases {
        let output = desk.run(&["ask", "--model", deployment, "Tell me about Seattle"]);
        let said = text(&output.stderr);
        assert!(!output.status.success(), "{deployment}: {said}");
        assert!(said.contains(sentence), "{deployment}: {said}");
        assert!(!said.contains(KEY), "{deployment}: {said}");
    }
    desk.emulator
        .next(Script::reply(["half"]).stop("max_tokens"));
    let output = desk.run(&["ask", "Write a lot"]);
    assert_eq!(text(&output.stdout), "half\n");
    assert!(!output.status.success());
    assert!(text(&output.stderr).contains("limit of output tokens"));
}

#[test]
fn without_a_connection_it_says_what_to_set() {
    let profile = tempfile::tempdir().unwrap();
    let output = bare(profile.path(), &["ask", "hello"]).output().unwrap();
    assert!(!output.status.success());
    let said = text(&output.stderr);
    assert!(said.contains("No connection yet"), "{said}");
    assert!(said.contains("AZURE_API_BASE"), "{said}");
}

#[test]
fn not_saved_means_not_there() {
    let desk = Desk::new();
    desk.emulator.next(Script::reply(["gone"]));
    let output = desk.run(&["ask", "--no-save", "forget-this-question"]);
    assert_eq!(text(&output.stdout), "gone\n");
    let list = text(&desk.run(&["export"]).stderr);
    assert!(!list.contains("forget-this-question"), "{list}");
}

/// Every file under a folder whose bytes hold the needle.
fn files_with(folder: &Path, needle: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, needle));
        } else if std::fs::read(&path)
            .unwrap()
            .windows(needle.len())
            .any(|bytes| bytes == needle.as_bytes())
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn the_key_is_in_no_file() {
    let desk = Desk::new();
    for deployment in ["claude-sonnet-5-5", "fault-401", "fault-cut"] {
        let mut command = desk.hearth(&["ask", "--model", deployment, "hello"]);
        let output = command.env("HEARTH_LOG", "trace").output().unwrap();
        // The log is real, and the key is not in it.
        let log = text(&output.stderr);
        assert!(!log.contains(KEY), "{deployment}: {log}");
    }
    // What is looked for was sent, or looking for it would prove nothing.
    let log = desk.emulator.log();
    assert_eq!(log[0].received.header("x-api-key"), Some(KEY));
    std::fs::write(desk.profile.path().join("planted"), KEY).unwrap();
    let planted = files_with(desk.profile.path(), KEY);
    assert_eq!(planted.len(), 1, "{planted:?}");
}

fn first_line(child: &mut Child) -> (String, BufReader<std::process::ChildStdout>) {
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    (line, lines)
}

#[test]
fn the_emulator_says_where_it_listens_and_ends_when_told_to() {
    let profile = tempfile::tempdir().unwrap();
    let mut child = bare(profile.path(), &["emulator", "--key", "k", "--pace", "0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (line, mut rest) = first_line(&mut child);
    let url = line.trim().strip_prefix("listening on ").unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{line}");

    let asked = bare(
        profile.path(),
        &["ask", "--model", "claude-haiku-5-5", "hello"],
    )
    .env("ANTHROPIC_FOUNDRY_BASE_URL", url)
    .env("ANTHROPIC_FOUNDRY_API_KEY", "k")
    .output()
    .unwrap();
    assert!(asked.status.success(), "{}", text(&asked.stderr));
    assert!(text(&asked.stdout).contains("offline demo"));

    let told = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut more = String::new();
    rest.read_to_string(&mut more).unwrap();
    assert_eq!(more, "");
}

#[test]
fn interrupting_keeps_what_came_and_closes_the_socket() {
    let desk = Desk::new();
    let (script, gate) = Script::reply(["kept ", "never sent"]).gate();
    desk.emulator.next(script);
    let mut child = desk
        .hearth(&["ask", "count to ten"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    gate.release(1);
    let mut shown = [0; 5];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut shown).unwrap();
    assert_eq!(&shown, b"kept ");
    let told = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(told.success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let gone = desk.runtime.block_on(
        desk.emulator
            .wait_for(|log| log[0].ending == Some(hearth_emulator::Ending::ClientGone)),
    );
    gone.unwrap();
    let list = text(&desk.run(&["export"]).stderr);
    let id = list
        .lines()
        .find(|line| line.contains("count to ten"))
        .and_then(|line| line.split_whitespace().next())
        .unwrap();
    let markdown = text(&desk.run(&["export", id]).stdout);
    assert!(markdown.contains("kept"), "{markdown}");
    assert!(markdown.contains("Stopped here"), "{markdown}");
}
