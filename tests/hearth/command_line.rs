//! The real `hearth` against the real emulator: what it prints, what it keeps, how it ends.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

#[cfg(unix)]
#[path = "command_line/connections.rs"]
mod connections;
#[path = "command_line/doctor.rs"]
mod doctor;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use hearth_emulator::{Emulator, Pace, Script};
use hearth_engine::api::{BlockView, ConversationId, LiveTurn};
use hearth_engine::{Engine, Environment, Profile};
use serde_json::Value;

/// A net under waits that would otherwise hang; nothing depends on its length.
const PATIENCE: Duration = Duration::from_secs(60);

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
    assert_eq!(json["hearth"], 2);
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

/// The identifier of the conversation whose title has these words.
fn id_of(desk: &Desk, title: &str) -> String {
    let list = text(&desk.run(&["export"]).stderr);
    let line = list.lines().find(|line| line.contains(title));
    let id = line.and_then(|line| line.split_whitespace().next());
    id.unwrap_or_else(|| panic!("{list}")).to_owned()
}

#[test]
fn a_conversation_goes_on_from_the_terminal() {
    let desk = Desk::new();
    let ask = |arguments: &[&str], reply: &str| {
        desk.emulator.next(Script::reply([reply]));
        let output = desk.run(&[&["ask"], arguments].concat());
        assert!(output.status.success(), "{}", text(&output.stderr));
    };
    ask(
        &["--system", "Answer in one word.", "First question"],
        "One",
    );
    ask(&["Another conversation"], "Other");
    let id = id_of(&desk, "First question");
    ask(&["--conversation", &id[..30], "Second question"], "Two");
    ask(&["--conversation", "last", "Third question"], "Three");
    let log = desk.emulator.log();
    let last: Value = serde_json::from_str(&log[3].received.body).unwrap();
    let said: Vec<_> = last["messages"].as_array().unwrap().iter().collect();
    assert_eq!(said.len(), 5, "{last}");
    assert_eq!(said[0]["content"][0]["text"], "First question");
    assert_eq!(said[3]["content"][0]["text"], "Two");
    assert_eq!(said[4]["content"][0]["text"], "Third question");
    // What was said once is kept with the conversation.
    assert!(last["system"].to_string().contains("Answer in one word."));
    let other: Value = serde_json::from_str(&log[1].received.body).unwrap();
    assert!(other["system"].is_null());
}

/// What a window has of the last message, whoever writes it.
async fn last_text(engine: &Engine, id: &ConversationId) -> (String, Option<LiveTurn>) {
    let view = engine.conversation(id.clone()).await.unwrap();
    let last = view.messages.last().unwrap();
    let texts = last.blocks.iter().filter_map(|block| match block {
        BlockView::Text { text } => Some(text.as_str()),
        _ => None,
    });
    (texts.collect(), view.turn)
}

#[test]
fn an_answer_to_the_terminal_grows_in_an_open_window() {
    let desk = Desk::new();
    desk.emulator.next(Script::reply(["One"]));
    desk.run(&["ask", "First question"]);
    let id = ConversationId(id_of(&desk, "First question"));
    let pieces = ["alpha ", "beta ", "gamma"];
    let (script, gate) = Script::reply(pieces).gate();
    desk.emulator.next(script);
    desk.runtime.block_on(async {
        let profile = Profile::in_folder(desk.profile.path());
        let engine = Engine::open(profile, Environment::from_vars([])).await;
        let engine = engine.unwrap();
        let mut window = engine.subscribe();
        let mut command = desk.hearth(&["ask", "--conversation", &id.0, "Second question"]);
        let child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        for shown in 1..=pieces.len() {
            gate.release(1);
            let expected = pieces[..shown].concat();
            loop {
                let (text, turn) = last_text(&engine, &id).await;
                // Never more, never out of order, never anything twice.
                assert!(expected.starts_with(&text) || text == "One", "{text}");
                if text == expected {
                    assert!(turn.is_some_and(|turn| turn.elsewhere));
                    break;
                }
                let told = tokio::time::timeout(PATIENCE, window.next()).await;
                told.expect("the window is told").unwrap();
            }
        }
        gate.open();
        let output = child.wait_with_output().unwrap();
        assert_eq!(text(&output.stdout), "alpha beta gamma\n");
        while last_text(&engine, &id).await.1.is_some() {
            let told = tokio::time::timeout(PATIENCE, window.next()).await;
            told.expect("the window is told").unwrap();
        }
        assert_eq!(last_text(&engine, &id).await.0, "alpha beta gamma");
        let view = engine.conversation(id.clone()).await.unwrap();
        assert_eq!(view.messages.len(), 4);
    });
}

#[test]
fn a_conversation_that_is_not_there_is_named() {
    let desk = Desk::new();
    let refused = |arguments: &[&str]| {
        let output = desk.run(&[&["ask"], arguments, &["Hello"]].concat());
        assert!(!output.status.success());
        text(&output.stderr)
    };
    let said = refused(&["--conversation", "last"]);
    assert!(said.contains("no conversation yet"), "{said}");
    let said = refused(&["--conversation", "nothing-like-it"]);
    assert!(said.contains("nothing-like-it"), "{said}");
    let said = refused(&["--no-save", "--conversation", "last"]);
    assert!(said.contains("--no-save"), "{said}");
    assert!(desk.emulator.log().is_empty());
}

#[test]
fn files_go_with_a_question_and_stay_with_no_draft() {
    let desk = Desk::new();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, content: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path.display().to_string()
    };
    let notes = file("notes.txt", "remember the milk".as_bytes());
    let code = file("main.rs", b"fn main() {}");
    let paper = file("paper.pdf", b"%PDF-1.7\n%%EOF");
    desk.emulator.next(Script::reply(["read"]));
    let output = desk.run(&["ask", "--attach", &notes, "--attach", &code, "Read this"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let body = &desk.emulator.log()[0].received.body;
    assert!(body.contains("remember the milk"), "{body}");
    assert!(body.contains("fn main() {}"), "{body}");

    let output = desk.run(&["ask", "--attach", &notes, "--attach", &paper, "Read this"]);
    let said = text(&output.stderr);
    assert!(!output.status.success());
    assert!(said.contains("paper.pdf cannot be attached"), "{said}");
    assert_eq!(desk.emulator.log().len(), 1);
    // No window finds files in its composer that nobody put there.
    let store = hearth_store::Store::open(desk.profile.path()).unwrap();
    assert_eq!(store.draft(&hearth_store::DraftKey::New).unwrap(), None);
}

#[test]
fn files_of_a_question_have_nothing_to_do_with_what_lies_in_the_window() {
    let desk = Desk::new();
    let path = desk.profile.path().join("notes.txt");
    std::fs::write(&path, "remember the milk").unwrap();
    let store = hearth_store::Store::open(desk.profile.path()).unwrap();
    let new = hearth_store::DraftKey::New;
    let theirs: Vec<_> = (0..20)
        .map(|number| hearth_store::NewAttachment {
            id: format!("theirs-{number}").as_str().into(),
            name: "theirs.txt".into(),
            media_type: "text/plain".into(),
            bytes: b"theirs".into(),
            size: None,
            original: None,
            created_at: 1,
        })
        .collect();
    store.attach_all(&new, &theirs).unwrap();
    store.set_draft(&new, "Read this", 2).unwrap();
    let draft = store.draft(&new).unwrap();
    desk.emulator.next(Script::reply(["read"]));
    let notes = path.display().to_string();
    // The window is full: that is no matter of the terminal's.
    let output = desk.run(&["ask", "--attach", &notes, "Read this"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let body = &desk.emulator.log()[0].received.body;
    assert!(body.contains("remember the milk"), "{body}");
    assert!(!body.contains("theirs"), "{body}");
    assert_eq!(store.draft(&new).unwrap(), draft);
    // It is the conversation's now.
    desk.emulator.next(Script::reply(["again"]));
    let output = desk.run(&["ask", "--conversation", "last", "And now?"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let body = &desk.emulator.log()[1].received.body;
    assert!(body.contains("remember the milk"), "{body}");
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
        // The log is real, and the key is not in it; nor are colours, for this is no terminal.
        let log = text(&output.stderr);
        assert!(log.contains("TRACE"), "{deployment}: {log}");
        assert!(!log.contains('\x1b'), "{deployment}: {log}");
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

#[test]
fn the_emulator_names_its_faults() {
    let profile = tempfile::tempdir().unwrap();
    let help = bare(profile.path(), &["emulator", "--help"])
        .output()
        .unwrap();
    let help = text(&help.stdout);
    for mode in hearth_emulator::fault_modes() {
        assert!(help.contains(mode.name), "{}: {help}", mode.name);
    }
    assert!(help.contains("fault-cut-at-N\n"), "{help}");
}
