//! A command of the person's own that prints a key or a token.

use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use hearth_emulator::Emulator;
use hearth_foundry::{
    ApiVersion, Command, Credential, Endpoint, Failure, Printed, SignInKind, SignInProblem, Skip,
    Target, TokenFacts, TokenSource,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};

use crate::stage::*;

const SCENES: [&str; 8] = [
    "a key is printed",
    "a key is refused",
    "a token is printed",
    "nothing goes through a shell",
    "what cannot be used",
    "a command that is given up leaves nothing",
    "a command that takes too long",
    "a command that leaves something running",
];

/// Prints what stands in a file of the scene, and counts.
const HELPER: &str =
    r#"echo "$#:$*" >> "$HOME/asked"; env > "$HOME/env"; pwd > "$HOME/pwd"; cat "$HOME/prints""#;

pub(crate) fn all() {
    for scene in SCENES {
        Stage::new().program("bin", "helper", HELPER).play(scene);
    }
}

/// Plays a scene of this file; false when there is none of that name.
pub(crate) fn play(scene: &str) -> bool {
    match scene {
        "a key is printed" => block_on(a_key()),
        "a key is refused" => block_on(a_refused_key()),
        "a token is printed" => block_on(a_token()),
        "nothing goes through a shell" => block_on(no_shell()),
        "what cannot be used" => block_on(unusable()),
        "a command that is given up leaves nothing" => given_up(),
        "a command that takes too long" => too_long(),
        "a command that leaves something running" => block_on(leaves_something()),
        _ => return false,
    }
    true
}

fn prints(text: &str) {
    std::fs::write(folder().join("prints"), text).unwrap();
}

fn command(argv: &[&str]) -> Command {
    Command::new(argv.iter().map(|&part| part.to_owned()).collect())
}

fn token(argv: &[&str]) -> Credential {
    tokens(TokenSource::Command(command(argv)))
}

async fn ask(resource: &Emulator, credential: &Credential) -> Result<(), Failure> {
    let target = Target {
        endpoint: Endpoint::parse(&resource.url()).unwrap().endpoint,
        credential: credential.clone(),
        anthropic_version: ApiVersion::default(),
        headers: Vec::new(),
        skip: Skip::default(),
    };
    let request = MessagesRequest {
        model: "claude-haiku-4-5".into(),
        max_tokens: 16,
        messages: vec![Message {
            role: Role::User,
            content: vec![Block::text("hello")],
        }],
        stream: true,
        ..MessagesRequest::default()
    };
    let client = client();
    let mut answer = std::pin::pin!(client.stream(&target, request));
    while let Some(step) = answer.next().await {
        step?;
    }
    Ok(())
}

async fn a_key() {
    let resource = Emulator::builder()
        .key("canary-key-1")
        .start()
        .await
        .unwrap();
    prints("  canary-key-1\r\n");
    let credential = Credential::PrintedKey(Printed::new(command(&["helper", "--for", "me"])));
    for _ in 0..3 {
        ask(&resource, &credential).await.unwrap();
    }
    assert_eq!(
        written("asked"),
        "2:--for me\n",
        "started once, not for each question"
    );
    let received = &resource.log()[0].received;
    assert_eq!(received.header("x-api-key"), Some("canary-key-1"));
    assert_eq!(received.header("api-key"), Some("canary-key-1"));
    assert_eq!(received.header("authorization"), None);
    assert_eq!(credential.facts(), None);
    // Nothing of ours is lent to it, and it runs where a person would expect it.
    let its = written("env");
    assert!(its.contains("HEARTH_PROGRAMS_SCENE="), "{its}");
    for (name, canary) in OURS {
        assert!(!its.contains(name) && !its.contains(canary), "{its}");
    }
    assert_eq!(
        Path::new(written("pwd").trim()),
        folder().canonicalize().unwrap()
    );
    assert!(!format!("{credential:?}").contains("--for"));
}

async fn a_refused_key() {
    let resource = Emulator::builder()
        .key("canary-new-key")
        .start()
        .await
        .unwrap();
    prints("canary-old-key");
    let credential = Credential::PrintedKey(Printed::new(command(&["helper"])));
    let Failure::Rejected(refusal) = ask(&resource, &credential).await.unwrap_err() else {
        panic!("not a refusal");
    };
    // Printed anew once, then it is the person's turn.
    assert_eq!((refusal.status, refusal.attempts), (401, 2));
    assert_eq!(refusal.token, None);
    assert_eq!(written("asked").lines().count(), 2);
    prints("canary-new-key");
    ask(&resource, &credential).await.unwrap();
}

async fn a_token() {
    let resource = Emulator::builder()
        .token("canary-opaque-token")
        .start()
        .await
        .unwrap();
    prints("canary-opaque-token\n");
    let credential = token(&["helper"]);
    for _ in 0..3 {
        ask(&resource, &credential).await.unwrap();
    }
    assert_eq!(written("asked").lines().count(), 1);
    let received = &resource.log()[0].received;
    assert_eq!(
        received.header("authorization"),
        Some("Bearer canary-opaque-token")
    );
    assert_eq!(received.header("x-api-key"), None);
}

async fn no_shell() {
    prints("canary-key");
    let arguments = ["$(touch evil)", "a b", "'\"", "; touch evil", "*", "~"];
    let argv = [&["helper"][..], &arguments].concat();
    token(&argv).prepare(&client()).await.unwrap();
    assert_eq!(written("asked"), format!("6:{}\n", arguments.join(" ")));
    assert!(!folder().join("evil").exists());
}

async fn failing(argv: &[&str]) -> SignInProblem {
    let problem = problem(token(argv).prepare(&client()).await);
    assert_eq!(problem.kind, SignInKind::CommandFailed, "{problem:?}");
    problem
}

async fn unusable() {
    for (printed, said) in [
        ("", "it printed nothing"),
        (" \n\n ", "it printed nothing"),
        (
            "one\ntwo",
            "it printed more than a key or token on one line",
        ),
        (
            "two words",
            "it printed more than a key or token on one line",
        ),
        (
            "schlüssel",
            "it printed more than a key or token on one line",
        ),
    ] {
        prints(printed);
        assert_eq!(failing(&["helper"]).await.said, said, "{printed:?}");
    }
    std::fs::write(folder().join("prints"), [0xff, 0xfe, 0x00]).unwrap();
    assert_eq!(
        failing(&["helper"]).await.said,
        "what it printed is not text"
    );
    assert_eq!(failing(&["yes"]).await.said, "yes prints without end");
    assert_eq!(failing(&[]).await.said, "no command is set");
    assert_eq!(failing(&["", "x"]).await.said, "no command is set");
    let missing = failing(&["no-such-program", "canary-argument"]).await;
    assert_eq!(missing.said, "there is no program no-such-program");
    assert!(
        failing(&["/etc/passwd"])
            .await
            .said
            .starts_with("/etc/passwd: ")
    );

    let script =
        "echo first >&2; echo 'denied for canary-0123456789-abcdefghij at /etc/x' >&2; exit 3";
    let failed = failing(&["sh", "-c", script]).await;
    assert_eq!(
        failed.said,
        "exit status: 3 denied for <redacted> at /etc/x"
    );
    let script = "echo 'no https://v.example/a https://me:canary@v.example/a https://v.example/?t=canary' >&2; exit 3";
    let failed = failing(&["sh", "-c", script]).await;
    assert_eq!(
        failed.said,
        "exit status: 3 no https://v.example/a <redacted> <redacted>"
    );
}

/// Two processes, of which one is the other's child, write down their numbers and go to sleep.
const SLEEPER: &str = r#"sleep 1000 & echo $! > "$HOME/pids"; echo $$ >> "$HOME/pids"; wait"#;

fn given_up() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let pids = runtime.block_on(async {
        let (credential, client) = (token(&["sh", "-c", SLEEPER]), client());
        tokio::select! {
            printed = credential.prepare(&client) => panic!("it printed {printed:?}"),
            pids = wait_for_lines("pids", 2) => pids,
        }
    });
    assert!(pids.iter().all(|pid| is_running(pid)), "{pids:?}");
    runtime.shutdown_timeout(Duration::from_secs(5));
    gone(&pids);
}

fn too_long() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    let problem = problem(runtime.block_on(async {
        let credential = token(&["sh", "-c", SLEEPER]);
        credential.prepare(&client()).await
    }));
    assert_eq!(problem.kind, SignInKind::CommandFailed);
    assert_eq!(problem.said, "no answer in time");
    let pids: Vec<String> = written("pids").lines().map(str::to_owned).collect();
    gone(&pids);
}

/// As those do that start an agent: it lives on, with the outputs that it inherited.
async fn leaves_something() {
    let script = r#"sleep 1000 & echo $! > "$HOME/pids"; echo canary-key-1"#;
    let said = token(&["sh", "-c", script]).prepare(&client()).await;
    let pids = wait_for_lines("pids", 1).await;
    let pid = rustix::process::Pid::from_raw(pids[0].parse().unwrap()).unwrap();
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
    assert_eq!(said, Ok(Some(TokenFacts::default())));
}

fn is_running(pid: &str) -> bool {
    let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // What is dead and not yet waited for is shown as Z.
    !state.is_empty() && !state.contains(") Z ")
}

#[track_caller]
fn gone(pids: &[String]) {
    let since = Instant::now();
    while pids.iter().any(|pid| is_running(pid)) {
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{pids:?} are left"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
