//! `hearth emulator --tls`: what it prints is enough to sign in and to ask.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// The program with these arguments, ended when dropped.
struct Server(Child);

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hearth"));
        command
            .env_clear()
            .args(["emulator", "--pace", "0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Self(command.spawn().unwrap())
    }

    /// The lines that describe it, by their first word; the last is the authority's file.
    fn described(&mut self) -> (String, HashMap<String, Vec<String>>) {
        let mut lines = BufReader::new(self.0.stdout.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        let mut described = HashMap::new();
        for line in lines {
            let line = line.unwrap();
            let mut words = line.split(' ').map(str::to_owned);
            let name = words.next().unwrap();
            let last = name == "ca";
            described.insert(name, words.collect());
            if last {
                break;
            }
        }
        (first, described)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn client(authority: &Path) -> reqwest::Client {
    let pem = std::fs::read(authority).unwrap();
    let authority = reqwest::Certificate::from_pem(&pem).unwrap();
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only([authority])
        .timeout(std::time::Duration::from_secs(60))
        .build()
        .unwrap()
}

#[test]
fn a_tenant_stands_beside_the_resource() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("authority.pem");
    let mut server = Server::start(&["--tls", "--ca-out", out.to_str().unwrap()]);
    let (first, said) = server.described();
    let url = first.strip_prefix("listening on ").unwrap();
    assert!(url.starts_with("https://127.0.0.1:"), "{first}");
    assert_eq!(said["ca"], [out.to_str().unwrap()]);
    for grant in [
        "authorization-code",
        "device-code",
        "workload-identity",
        "without-role",
    ] {
        assert!(!said[grant].is_empty(), "{grant}");
    }
    let assertion = std::fs::read_to_string(&said["workload-identity"][1]).unwrap();
    assert_eq!(assertion.split('.').count(), 3);

    let [id, secret] = said["client-credentials"].as_slice() else {
        panic!("{said:?}");
    };
    let form = format!(
        "grant_type=client_credentials&client_id={id}&client_secret={secret}\
         &scope=https%3A%2F%2Fai.azure.com%2F.default"
    );
    let token_url = format!(
        "{}/{}/oauth2/v2.0/token",
        said["authority"][0], said["tenant"][0]
    );
    let question = serde_json::json!({
        "model": "claude-haiku-5-5",
        "max_tokens": 1024,
        "messages": [{"role": "user", "content": "hello"}],
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let client = client(&out);
        let token = client.post(token_url).body(form).send().await.unwrap();
        let token: serde_json::Value = token.json().await.unwrap();
        let asked = client
            .post(format!("{url}/anthropic/v1/messages"))
            .bearer_auth(token["access_token"].as_str().unwrap())
            .header("anthropic-version", "2026-10-21")
            .body(question.to_string())
            .send()
            .await
            .unwrap();
        assert_eq!(asked.status(), 200);
    });
}

#[test]
fn without_a_place_the_authority_goes_to_a_temporary_file() {
    let mut server = Server::start(&["--tls"]);
    let (_, said) = server.described();
    let pem = std::fs::read_to_string(&said["ca"][0]).unwrap();
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    assert!(!pem.contains("PRIVATE KEY"));
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let server = Server::start(&["--tls", "--ca-out", "/nowhere/at/all.pem"]);
    let output = wait(server);
    assert!(!output.0);
    assert!(output.1.contains("/nowhere/at/all.pem"), "{}", output.1);
}

fn wait(mut server: Server) -> (bool, String) {
    let mut said = String::new();
    for line in BufReader::new(server.0.stderr.take().unwrap()).lines() {
        said.push_str(&line.unwrap());
    }
    (server.0.wait().unwrap().success(), said)
}

#[test]
fn a_file_without_tls_is_refused() {
    let (success, said) = wait(Server::start(&["--ca-out", "x.pem"]));
    assert!(!success);
    assert!(said.contains("--tls"), "{said}");
}

#[test]
fn the_deployments_that_lack_something_are_listed() {
    let mut server = Server::start(&["--help"]);
    let help = std::io::read_to_string(server.0.stdout.take().unwrap()).unwrap();
    for mode in hearth_emulator::limited_modes() {
        assert!(help.contains(mode.name), "{}: {help}", mode.name);
    }
    assert!(help.contains("fault-provisioning-N\n"), "{help}");
}
