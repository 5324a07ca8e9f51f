//! What the seed says of the proxy, run as it is printed: with curl itself, and with its
//! configuration.

use std::path::Path;
use std::process::Command;

use hearth_emulator::{Claims, Emulator, Entra};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::program::{Program, UPSTREAM_KEY};

/// The seed's configuration for each of these names, in front of the resource at `base`.
pub(crate) fn configuration<'a>(
    folder: &Path,
    base: &str,
    models: impl Iterator<Item = (&'a str, &'a str)>,
) -> String {
    let mut text = "model_list:\n".to_owned();
    for (name, model) in models {
        text.push_str(&format!(
            "  - model_name: {name}
    litellm_params:
      model: azure_ai/{name}
      api_base: {base}/anthropic
      api_key: os.environ/AZURE_API_KEY
    model_info:
      base_model: {model}
"
        ));
    }
    text.push_str("general_settings:\n  master_key: os.environ/MASTER\n");
    written(folder, &text)
}

/// The gateway's address as the seed has it: the one that means every address, with its port.
pub(crate) fn as_printed(gateway: &Program) -> String {
    gateway.url.replace("127.0.0.1", "0.0.0.0")
}

/// The seed's own entry, with these members beside its model.
fn the_seeds(folder: &Path, members: &str) -> String {
    let text = format!(
        "model_list:
  - model_name: claude-sonnet-4-5
    litellm_params:
      model: azure_ai/claude-sonnet-4-5
{members}"
    );
    written(folder, &text)
}

fn written(folder: &Path, text: &str) -> String {
    let path = folder.join("config.yaml");
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

struct Desk {
    runtime: Runtime,
    emulator: Emulator,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let runtime = Runtime::new().unwrap();
        let emulator = runtime.block_on(Emulator::builder().key(UPSTREAM_KEY).start());
        Self {
            runtime,
            emulator: emulator.unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The seed's configuration, word for word but for the resource's address.
    fn open(&self) -> Program {
        let base = self.emulator.url();
        let members =
            format!("      api_base: {base}/anthropic\n      api_key: os.environ/AZURE_API_KEY\n");
        let file = the_seeds(self.folder.path(), &members);
        let variables = [("AZURE_API_KEY", UPSTREAM_KEY)];
        Program::start(
            self.folder.path(),
            &["--config", &file, "--no-key"],
            &variables,
        )
    }
}

/// What curl prints of an answer, and its status.
fn curl(arguments: &[&str]) -> (Value, u16) {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--noproxy", "*"])
        .args(["--write-out", "\n%{http_code}"])
        .args(arguments)
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let Some((body, status)) = said.rsplit_once('\n') else {
        panic!("{}", String::from_utf8_lossy(&output.stderr));
    };
    let body = serde_json::from_str(body).unwrap_or_else(|_| body.into());
    (body, status.parse().unwrap())
}

const CHAT: &str = r#"{
    "model": "claude-sonnet-4-5",
    "messages": [
        {
            "role": "user",
            "content": "Hello!"
        }
    ],
    "max_tokens": 1000
}"#;

const MESSAGE: &str = r#"{
    "model": "claude-sonnet-4-5",
    "max_tokens": 1024,
    "messages": [
        {"role": "user", "content": "Hello, world"}
    ]
}"#;

#[test]
fn the_seeds_curl_examples_as_printed() {
    let desk = Desk::new();
    let gateway = desk.open();
    let printed = as_printed(&gateway);
    let (answer, status) = curl(&[
        "--location",
        &format!("{printed}/chat/completions"),
        "--header",
        "Content-Type: application/json",
        "--data",
        CHAT,
    ]);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["object"], "chat.completion");
    assert_eq!(answer["choices"][0]["finish_reason"], "stop");
    let text = answer["choices"][0]["message"]["content"].as_str().unwrap();
    assert!(
        text.starts_with("> Hello!\n\nHello! This is Hearth"),
        "{text}"
    );

    let (answer, status) = curl(&[
        "--request",
        "POST",
        "--url",
        &format!("{printed}/anthropic/v1/messages"),
        "--header",
        "accept: application/json",
        "--header",
        "content-type: application/json",
        "--header",
        "Authorization: bearer sk-anything",
        "--data",
        MESSAGE,
    ]);
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["stop_reason"], "end_turn");
    let text = answer["content"][0]["text"].as_str().unwrap();
    assert!(
        text.starts_with("> Hello, world\n\nHello! This is"),
        "{text}"
    );
    let log = desk.emulator.log();
    assert_eq!(log.len(), 2);
    assert!(
        log.iter()
            .all(|it| it.received.header("x-api-key") == Some(UPSTREAM_KEY))
    );
    assert!(
        log.iter()
            .all(|it| it.received.header("authorization").is_none())
    );
    // It was reached by the name that is printed.
    let (_, status) = curl(&[
        &format!("{}/health", gateway.url),
        "--header",
        &format!("Host: {}", printed.trim_start_matches("http://")),
    ]);
    assert_eq!(status, 200);
}

#[test]
fn keys_come_in_every_form_of_the_seed() {
    let desk = Desk::new();
    let models = [("claude-sonnet-4-5", "claude-sonnet-4-5")];
    let file = configuration(desk.folder.path(), &desk.emulator.url(), models.into_iter());
    let variables = [("AZURE_API_KEY", UPSTREAM_KEY), ("MASTER", "sk-master")];
    let gateway = Program::start(desk.folder.path(), &["--config", &file], &variables);
    for (path, body) in [
        ("/chat/completions", CHAT),
        ("/anthropic/v1/messages", MESSAGE),
    ] {
        for (header, expected) in [
            ("Authorization: Bearer sk-master", 200),
            ("Authorization: bearer sk-master", 200),
            ("AUTHORIZATION: BEARER sk-master", 200),
            ("api-key: sk-master", 200),
            ("x-api-key: sk-master", 200),
            ("api-key: sk-maste", 401),
            ("Authorization: sk-master", 401),
            ("Authorization: Basic sk-master", 401),
            ("x-nothing: sk-master", 401),
        ] {
            let url = format!("{}{path}", gateway.url);
            let kind = "content-type: application/json";
            let (answer, status) = curl(&[&url, "-H", kind, "-H", header, "--data", body]);
            assert_eq!(status, expected, "{path} {header}: {answer}");
        }
    }
    assert_eq!(desk.emulator.log().len(), 10);
}

#[test]
fn the_seeds_limit_where_there_is_none() {
    let desk = Desk::new();
    let gateway = desk.open();
    let body =
        r#"{"model":"azure_ai/claude-sonnet-4-5","messages":[{"role":"user","content":"Hello!"}]}"#;
    let url = format!("{}/v1/chat/completions", as_printed(&gateway));
    let kind = "content-type: application/json";
    let (answer, status) = curl(&[&url, "-H", kind, "--data", body]);
    assert_eq!(
        (status, &answer["model"]),
        (200, &json!("azure_ai/claude-sonnet-4-5"))
    );
    let log = desk.emulator.log();
    let sent: Value = serde_json::from_str(&log[0].received.body).unwrap();
    assert_eq!(
        (&sent["max_tokens"], &sent["model"]),
        (&json!(4096), &json!("claude-sonnet-4-5"))
    );
}

#[test]
fn every_form_of_the_address_is_understood() {
    let desk = Desk::new();
    for form in [
        "",
        "/",
        "/anthropic",
        "/anthropic/",
        "/anthropic/v1",
        "/anthropic/v1/messages",
    ] {
        let members = format!(
            "      api_base: {}{form}\n      api_key: {UPSTREAM_KEY}\n",
            desk.emulator.url()
        );
        let file = the_seeds(desk.folder.path(), &members);
        let gateway = Program::start(desk.folder.path(), &["--config", &file, "--no-key"], &[]);
        assert_eq!(asked(&gateway), 200, "{form}");
    }
    assert!(
        desk.emulator
            .log()
            .iter()
            .all(|it| it.received.path == "/anthropic/v1/messages")
    );
}

fn asked(gateway: &Program) -> u16 {
    let url = format!("{}/chat/completions", gateway.url);
    curl(&[&url, "-H", "content-type: application/json", "--data", CHAT]).1
}

/// A resource that takes tokens of a tenant's, both on loopback, and the file that names the
/// authority behind their certificates.
fn with_a_tenant() -> (Desk, Entra, String) {
    let runtime = Runtime::new().unwrap();
    let (entra, emulator) = runtime.block_on(async {
        let entra = Entra::builder().start().await.unwrap();
        let emulator = Emulator::builder().key(UPSTREAM_KEY).entra(&entra);
        (entra, emulator.start().await.unwrap())
    });
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.pem");
    std::fs::write(&authority, entra.certificates().ca_pem()).unwrap();
    let authority = authority.to_str().unwrap().to_owned();
    let desk = Desk {
        runtime,
        emulator,
        folder,
    };
    (desk, entra, authority)
}

const AUDIENCE: &str = "https://cognitiveservices.azure.com/.default";

#[test]
fn what_the_environment_names_is_asked() {
    let (desk, entra, authority) = with_a_tenant();
    let base = format!("{}/anthropic", desk.emulator.url());
    let token = entra.mint(&Claims::application("https://ai.azure.com"));
    let of_the_program = [
        ("AZURE_API_BASE", base.as_str()),
        ("SSL_CERT_FILE", &authority),
    ];
    let key = vec![("AZURE_API_KEY", UPSTREAM_KEY)];
    let given = vec![("AZURE_AD_TOKEN", token.as_str())];
    let application = vec![
        ("AZURE_TENANT_ID", Entra::TENANT),
        ("AZURE_CLIENT_ID", Entra::CLIENT),
        ("AZURE_CLIENT_SECRET", Entra::SECRET),
        ("AZURE_SCOPE", AUDIENCE),
        ("AZURE_AUTHORITY_HOST", entra.authority()),
    ];
    for (variables, bearer) in [(key, false), (given, true), (application, true)] {
        let variables = [&of_the_program[..], &variables].concat();
        // An environment alone, and a file that leaves the credential to it.
        let bare = format!("      api_base: {base}\n");
        let file = the_seeds(desk.folder.path(), &bare);
        for arguments in [vec!["--no-key"], vec!["--no-key", "--config", &file]] {
            let gateway = Program::start(desk.folder.path(), &arguments, &variables);
            assert_eq!(asked(&gateway), 200, "{arguments:?} {bearer}");
            let log = desk.emulator.log();
            let received = &log.last().unwrap().received;
            assert_eq!(received.header("authorization").is_some(), bearer);
            assert_eq!(received.header("x-api-key").is_none(), bearer);
        }
    }
    assert!(!entra.log().is_empty());
}

#[test]
fn an_application_of_a_configuration_signs_in() {
    let (desk, entra, authority) = with_a_tenant();
    let members = format!(
        "      api_base: {}/anthropic
      tenant_id: os.environ/AZURE_TENANT_ID
      client_id: {}
      client_secret: os.environ/AZURE_CLIENT_SECRET
      azure_scope: {AUDIENCE}
",
        desk.emulator.url(),
        Entra::CLIENT
    );
    let file = the_seeds(desk.folder.path(), &members);
    let variables = [
        ("AZURE_TENANT_ID", Entra::TENANT),
        ("AZURE_CLIENT_SECRET", Entra::SECRET),
        ("AZURE_AUTHORITY_HOST", entra.authority()),
        ("SSL_CERT_FILE", &authority),
    ];
    let arguments = ["--no-key", "--config", &file];
    let gateway = Program::start(desk.folder.path(), &arguments, &variables);
    assert_eq!(asked(&gateway), 200);
    let log = desk
        .runtime
        .block_on(desk.emulator.wait_for(|log| log.len() == 1));
    let log = log.unwrap();
    let bearer = log[0].received.header("authorization").unwrap();
    assert!(bearer.starts_with("Bearer ey"));
    assert_eq!(entra.log().len(), 1);
    drop(gateway);
    // A token that is written down is asked with as it is.
    let token = entra.mint(&Claims::application("https://ai.azure.com"));
    let members = format!(
        "      api_base: {}/anthropic\n      azure_ad_token: os.environ/AZURE_AD_TOKEN\n",
        desk.emulator.url()
    );
    let file = the_seeds(desk.folder.path(), &members);
    let arguments = ["--no-key", "--config", &file];
    let variables = [("AZURE_AD_TOKEN", token.as_str())];
    let gateway = Program::start(desk.folder.path(), &arguments, &variables);
    assert_eq!(asked(&gateway), 200);
    let log = desk.emulator.log();
    let bearer = format!("Bearer {token}");
    assert_eq!(
        log[1].received.header("authorization"),
        Some(bearer.as_str())
    );
}
