//! `hearth gateway`, as it is started from a terminal.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hearth_emulator::{Emulator, Script};
use hearth_engine::api::{
    ConnectionDraft, ConnectionId, ConnectionLimits, CredentialChoice, CredentialDraft,
    DeploymentDraft, GatewayKeyDraft, Printed,
};
use hearth_engine::{Engine, Environment, Profile};

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

/// A connection whose key a command prints: a program that runs beside this one has no other way
/// to it without a keyring.
fn draft(name: &str, emulator: &Emulator) -> ConnectionDraft {
    let argv = ["echo", emulator.key()].map(str::to_owned).into();
    let choice = CredentialChoice::Command {
        argv,
        prints: Printed::Key,
    };
    let deployment = |name: &str| DeploymentDraft {
        name: name.to_owned(),
        base_model: Some(name.to_owned()),
        hosting: None,
    };
    ConnectionDraft {
        id: None,
        opened_on: None,
        name: name.to_owned(),
        endpoint: emulator.url(),
        credential: CredentialDraft {
            choice,
            secret: None,
            imported: None,
            sign_in: None,
            agreed: true,
            this_run_only: false,
        },
        headers: Vec::new(),
        anthropic_version: None,
        limits: ConnectionLimits::default(),
        proxy: None,
        proxy_password: None,
        deployments: vec![deployment("claude-sonnet-5-5")],
        default_deployment: None,
    }
}

/// The profile as another program has it open: a window, say.
async fn beside(folder: &Path) -> Engine {
    let engine = Engine::open(Profile::in_folder(folder), Environment::from_vars([]));
    engine.await.unwrap()
}

async fn save(engine: &Engine, draft: ConnectionDraft) -> ConnectionId {
    engine.save_connection(draft).await.unwrap().id
}

#[test]
fn a_saved_connection_is_lent_as_it_is_chosen_and_what_is_asked_is_recorded() {
    let (runtime, first) = emulated();
    // What the window's engine leaves behind at its end needs a runtime, too.
    let _inside = runtime.enter();
    let second = runtime.block_on(Emulator::builder().key("another-key").start());
    let second = second.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let window = runtime.block_on(beside(folder.path()));
    let home = runtime.block_on(save(&window, draft("Home", &first)));
    // Found by the command that prints the key.
    let path = std::env::var("PATH").unwrap();
    let variables = [("HEARTH_GATEWAY_KEY", "sk-gateway"), ("PATH", &path)];
    let mut program = Program::start(folder.path(), &[], &variables);
    let url = program.url();
    let ask = || {
        let request = asking(&url, "claude-sonnet-5-5", Some("sk-gateway"));
        status(&runtime, request)
    };
    assert_eq!(ask(), 200);
    assert_eq!((first.log().len(), second.log().len()), (1, 0));
    // The window chooses another, while this program runs.
    runtime.block_on(save(&window, draft("Work", &second)));
    while second.log().is_empty() {
        assert_eq!(ask(), 200);
    }
    // And none at all: nobody is asked then, until there is one again.
    let view = runtime.block_on(window.gateway());
    let mut chosen = view.settings;
    chosen.connection = Some(home.clone());
    runtime
        .block_on(window.save_gateway(chosen.clone()))
        .unwrap();
    runtime.block_on(window.remove_connection(home)).unwrap();
    let refused = || {
        let request = asking(&url, "claude-sonnet-5-5", Some("sk-gateway"));
        runtime.block_on(request.send()).is_err()
    };
    while !refused() {}
    chosen.connection = None;
    runtime.block_on(window.save_gateway(chosen)).unwrap();
    program.terminate();
    assert!(program.0.wait().unwrap().success());
    let said = program.errors();
    for part in [
        "Lending the connection Home.",
        "Lending the connection Work.",
    ] {
        assert!(said.contains(part), "{said}");
    }
    assert!(
        !said.contains("sk-gateway") && !said.contains(KEY),
        "{said}"
    );
    let recent = runtime.block_on(window.gateway_recent()).unwrap();
    assert!(recent.len() >= 2, "{recent:?}");
    for request in &recent {
        assert_eq!(request.key.as_deref(), Some("HEARTH_GATEWAY_KEY"));
        assert_eq!(request.model.as_deref(), Some("claude-sonnet-5-5"));
        assert!(request.output_tokens.is_some_and(|tokens| tokens > 0));
    }
}

/// Runs this one test again on a session bus of its own with an unlocked keyring on it; true in
/// that process.
fn with_keyring(name: &str) -> bool {
    const WITHIN: &str = "HEARTH_TEST_WITH_KEYRING";
    if std::env::var_os(WITHIN).is_some() {
        return true;
    }
    let home = tempfile::tempdir().unwrap();
    let script = "mkdir -m 700 \"$XDG_DATA_HOME\" \"$XDG_RUNTIME_DIR\" && \
        printf %s hearth | gnome-keyring-daemon --unlock --components=secrets >/dev/null && \
        exec \"$@\"";
    let done = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", script, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", home.path().join("run"))
        .env(WITHIN, "1")
        .status()
        .expect("the packages dbus and gnome-keyring are installed");
    assert!(done.success(), "{name} failed with a keyring of its own");
    false
}

#[test]
fn keys_that_were_made_in_a_window_are_accepted_here_too() {
    if !with_keyring("keys_that_were_made_in_a_window_are_accepted_here_too") {
        return;
    }
    let (runtime, emulator) = emulated();
    let _inside = runtime.enter();
    let folder = tempfile::tempdir().unwrap();
    let window = runtime.block_on(beside(folder.path()));
    runtime.block_on(save(&window, draft("Home", &emulator)));
    let made = GatewayKeyDraft {
        id: None,
        name: "Editor".to_owned(),
        models: None,
        expires: None,
        this_run_only: false,
    };
    let view = runtime.block_on(window.save_gateway_key(made)).unwrap();
    let id = view.keys[0].id.clone();
    let key = runtime.block_on(window.gateway_key(&id)).unwrap();
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").unwrap();
    let path = std::env::var("PATH").unwrap();
    let variables = [("DBUS_SESSION_BUS_ADDRESS", bus.as_str()), ("PATH", &path)];
    let mut program = Program::start(folder.path(), &[], &variables);
    let url = program.url();
    let ask = |key: &str| status(&runtime, asking(&url, "claude-sonnet-5-5", Some(key)));
    assert_eq!(ask(key.expose()), 200);
    assert_eq!(ask("hearth-other"), 401);
    // The window removes it while this program runs.
    runtime.block_on(window.remove_gateway_key(&id)).unwrap();
    while ask(key.expose()) == 200 {}
    assert_eq!(ask(key.expose()), 401);
    program.terminate();
    assert!(program.0.wait().unwrap().success());
    let said = program.errors();
    assert!(!said.contains(key.expose()), "{said}");
}

#[test]
fn what_cannot_be_served_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = config(folder.path(), "https://r.example", "router_settings: {}\n");
    let good = folder.path().join("good");
    std::fs::create_dir(&good).unwrap();
    let good = config(&good, "https://r.example", "");
    // As some shells write what they redirect.
    let utf16 = folder.path().join("utf16");
    std::fs::create_dir(&utf16).unwrap();
    let utf16 = config(&utf16, "https://r.example", "");
    let text = std::fs::read_to_string(&utf16).unwrap();
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
    std::fs::write(
        &utf16,
        [0xff, 0xfe].into_iter().chain(wide).collect::<Vec<u8>>(),
    )
    .unwrap();
    let key = ("AZURE_API_KEY", KEY);
    let azure = [
        ("AZURE_API_BASE", "https://r.example/anthropic"),
        key,
        ("HEARTH_GATEWAY_KEY", "sk-gateway"),
    ];
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();
    for (arguments, variables, expected) in [
        (vec![], vec![], "AZURE_API_BASE"),
        (
            vec![],
            vec![
                (
                    "AZURE_API_BASE",
                    "https://<resource-name>.services.ai.azure.com/anthropic",
                ),
                key,
            ],
            "AZURE_API_BASE in the environment is not the address of a Foundry resource",
        ),
        (
            vec![],
            azure[..1].to_vec(),
            "(AZURE_API_BASE) and no credential for it. Set the key",
        ),
        (
            vec!["--config", &utf16],
            vec![key],
            "config.yaml:1: This is not text in UTF-8",
        ),
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
        (vec!["--listen", &taken], azure.to_vec(), &taken),
        (
            vec!["--no-key", "--listen", "0.0.0.0:0"],
            azure.to_vec(),
            "Leave out --no-key",
        ),
        (vec![], azure[..2].to_vec(), "make one in Hearth’s settings"),
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
