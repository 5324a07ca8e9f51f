//! `hearth gateway`, as it is started from a terminal.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hearth_emulator::{Emulator, Script};

const KEY: &str = "canary-upstream-key";

/// The program with these arguments and variables, ended when dropped.
struct Program(Child);

impl Program {
    fn start(profile: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
        if !arguments.contains(&"--listen") {
            command.args(["gateway", "--listen", "127.0.0.1:0"]);
        } else {
            command.arg("gateway");
        }
        command
            .env_clear()
            .env("HEARTH_PROFILE", profile)
            .envs(variables.iter().copied())
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// Where it listens, as its first line says.
    fn url(&mut self) -> String {
        let mut line = String::new();
        let mut out = BufReader::new(self.0.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let url = line.trim_end().strip_prefix("listening on ");
        url.unwrap_or_else(|| panic!("{line} {}", self.errors()))
            .to_owned()
    }

    /// What it says on standard error until it ends.
    fn errors(&mut self) -> String {
        let mut said = String::new();
        let mut errors = self.0.stderr.take().unwrap();
        errors.read_to_string(&mut said).unwrap();
        said
    }

    fn terminate(&self) {
        let told = Command::new("kill").arg(self.0.id().to_string()).status();
        assert!(told.unwrap().success());
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// An emulator, and a runtime for it and for those who ask.
fn emulated() -> (tokio::runtime::Runtime, Emulator) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let emulator = runtime.block_on(Emulator::builder().key(KEY).start());
    (runtime, emulator.unwrap())
}

fn question(model: &str) -> String {
    format!(
        "{{\"model\":\"{model}\",\"max_tokens\":1024,\"messages\":[{{\"role\":\"user\",\"content\":\"Hello, world\"}}]}}"
    )
}

fn asking(url: &str, model: &str, key: Option<&str>) -> reqwest::RequestBuilder {
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .unwrap();
    let request = client
        .post(format!("{url}/anthropic/v1/messages"))
        .header("content-type", "application/json")
        .body(question(model));
    match key {
        Some(key) => request.header("Authorization", format!("bearer {key}")),
        None => request,
    }
}

fn status(runtime: &tokio::runtime::Runtime, request: reqwest::RequestBuilder) -> u16 {
    let sending = async { request.send().await.unwrap().status().as_u16() };
    runtime.block_on(sending)
}

/// A configuration as the manuals of LiteLLM show it, for this address.
fn config(folder: &Path, base: &str, more: &str) -> String {
    let path = folder.join("config.yaml");
    let text = format!(
        "model_list:\n  - model_name: claude-sonnet-4-5\n    litellm_params:\n      model: azure_ai/claude-sonnet-5-5\n      api_base: {base}/anthropic\n      api_key: os.environ/AZURE_API_KEY\n{more}"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_configuration_is_served_and_told_to_stop_it_ends_well() {
    let (runtime, emulator) = emulated();
    let folder = tempfile::tempdir().unwrap();
    let more = "general_settings:\n  master_key: os.environ/MASTER\n";
    let path = config(folder.path(), &emulator.url(), more);
    let variables = [("AZURE_API_KEY", KEY), ("MASTER", "sk-master")];
    let mut program = Program::start(folder.path(), &["--config", &path], &variables);
    let url = program.url();
    let ask = |model, key| status(&runtime, asking(&url, model, key));
    assert_eq!(ask("claude-sonnet-4-5", Some("sk-master")), 200);
    assert_eq!(ask("azure_ai/claude-sonnet-4-5", Some("sk-master")), 200);
    assert_eq!(ask("another", Some("sk-master")), 404);
    assert_eq!(ask("claude-sonnet-4-5", Some("sk-other")), 401);
    assert_eq!(ask("claude-sonnet-4-5", None), 401);
    // A configuration leaves the profile alone.
    let files = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(files, 1);

    // An answer that runs comes to its end.
    let (script, gate) = Script::reply(["slowly"]).gate();
    emulator.next(script);
    let request = asking(&url, "claude-sonnet-4-5", Some("sk-master"));
    let answering = runtime.spawn(async move { request.send().await.unwrap().text().await });
    let asked = emulator.wait_for(|log| log.len() == 3);
    runtime.block_on(asked).unwrap();
    program.terminate();
    gate.open();
    let text = runtime.block_on(answering).unwrap().unwrap();
    assert!(text.contains("slowly"), "{text}");
    assert!(program.0.wait().unwrap().success());
    let said = program.errors();
    for secret in [KEY, "sk-master"] {
        assert!(!said.contains(secret), "{said}");
    }
}

#[test]
fn without_keys_the_seeds_requests_work_with_any_key() {
    let (runtime, emulator) = emulated();
    let folder = tempfile::tempdir().unwrap();
    let path = config(folder.path(), &emulator.url(), "");
    let arguments = ["--config", &path, "--no-key"];
    let mut program = Program::start(folder.path(), &arguments, &[("AZURE_API_KEY", KEY)]);
    let url = program.url();
    for key in [Some("sk-anything"), None] {
        let request = asking(&url, "claude-sonnet-4-5", key);
        let port = url.rsplit(':').next().unwrap();
        let request = request.header("host", format!("0.0.0.0:{port}"));
        assert_eq!(status(&runtime, request), 200);
    }
    program.terminate();
    assert!(program.0.wait().unwrap().success());
    assert!(program.errors().contains("No key is asked for"));
}

#[test]
fn what_the_environment_names_is_lent_where_nothing_is_saved() {
    let (runtime, emulator) = emulated();
    let folder = tempfile::tempdir().unwrap();
    let base = format!("{}/anthropic", emulator.url());
    let variables = [
        ("AZURE_API_BASE", base.as_str()),
        ("AZURE_API_KEY", KEY),
        ("HEARTH_GATEWAY_KEY", "sk-gateway"),
    ];
    let mut program = Program::start(folder.path(), &[], &variables);
    let url = program.url();
    let ask = |model, key| status(&runtime, asking(&url, model, key));
    assert_eq!(ask("claude-sonnet-5-5", Some("sk-gateway")), 200);
    assert_eq!(ask("nobody-has-this", Some("sk-gateway")), 404);
    assert_eq!(ask("claude-sonnet-5-5", Some(KEY)), 401);
    let log = emulator.log();
    // The resource was asked for the unknown one, too: it says itself what it has not.
    assert_eq!(log.len(), 2);
    assert!(
        log.iter()
            .all(|it| it.received.header("x-api-key") == Some(KEY))
    );
    program.terminate();
    assert!(program.0.wait().unwrap().success());
    let said = program.errors();
    assert!(said.contains("AZURE_API_BASE"), "{said}");
    assert!(
        !said.contains("sk-gateway") && !said.contains(KEY),
        "{said}"
    );
}

#[test]
fn what_cannot_be_served_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = config(folder.path(), "https://r.example", "router_settings: {}\n");
    let good = folder.path().join("good");
    std::fs::create_dir(&good).unwrap();
    let good = config(&good, "https://r.example", "");
    let key = ("AZURE_API_KEY", KEY);
    for (arguments, variables, expected) in [
        (vec![], vec![], "AZURE_API_BASE"),
        (
            vec!["--config", "/nowhere/at/all.yaml"],
            vec![],
            "/nowhere/at/all.yaml",
        ),
        (
            vec!["--config", &path],
            vec![key],
            "config.yaml:7: The gateway does not know “router_settings”",
        ),
        (
            vec!["--config", &good],
            vec![],
            "config.yaml:6: The environment variable AZURE_API_KEY is not set",
        ),
        (vec!["--config", &good], vec![key], "HEARTH_GATEWAY_KEY"),
        (
            vec!["--config", &good],
            vec![key, ("HEARTH_GATEWAY_KEY", "two words")],
            "HEARTH_GATEWAY_KEY cannot be used",
        ),
        (
            vec!["--config", &good, "--no-key", "--listen", "0.0.0.0:0"],
            vec![key],
            "Leave out --no-key",
        ),
        (
            vec!["--config", &good, "--no-key", "--listen", "192.0.2.1:1"],
            vec![key],
            "192.0.2.1:1",
        ),
        (
            vec!["--config", &good, "--connection", "x"],
            vec![key],
            "--connection",
        ),
    ] {
        let mut program = Program::start(folder.path(), &arguments, &variables);
        let said = program.errors();
        assert!(!program.0.wait().unwrap().success(), "{arguments:?}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains(KEY), "{said}");
    }
}
