//! The way out of `hearth gateway`: through the proxy that the environment names, past it, and
//! with the authority that it names.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

#[path = "sdks/program.rs"]
mod program;

use std::path::Path;

use hearth_emulator::{Certificates, Emulator, Proxy};
use program::{Program, UPSTREAM_KEY};
use serde_json::json;
use tokio::runtime::Runtime;

/// A name that only the proxy can lead anywhere.
const RESOURCE: &str = "resource.invalid";
const USER: &str = "someone";
const PASSWORD: &str = "canary-proxy-password";

/// A resource behind TLS that only a proxy leads to.
struct Desk {
    runtime: Runtime,
    emulator: Emulator,
    proxy: Proxy,
    folder: tempfile::TempDir,
}

impl Desk {
    fn new(password: Option<&str>) -> Self {
        let runtime = Runtime::new().unwrap();
        let certificates = Certificates::new("A company's authority");
        let (emulator, proxy) = runtime.block_on(async {
            let emulator = Emulator::builder()
                .key(UPSTREAM_KEY)
                .tls_config(certificates.server(&[RESOURCE]));
            let emulator = emulator.start().await.unwrap();
            let mut proxy = Proxy::http().resolving(RESOURCE, emulator.address());
            if let Some(password) = password {
                proxy = proxy.password(USER, password);
            }
            (emulator, proxy.start().await.unwrap())
        });
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificates.ca_pem()).unwrap();
        Self {
            runtime,
            emulator,
            proxy,
            folder,
        }
    }

    fn authority(&self) -> String {
        let path = self.folder.path().join("ca.pem");
        path.to_str().unwrap().to_owned()
    }

    /// The gateway with these variables besides.
    fn gateway(&self, variables: &[(&str, &str)]) -> Program {
        let file = configuration(self.folder.path(), &format!("https://{RESOURCE}"));
        Program::start(
            self.folder.path(),
            &["--no-key", "--config", &file],
            variables,
        )
    }

    /// What every way of asking comes to: status and body.
    fn asked(&self, gateway: &Program) -> Vec<(u16, String)> {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut all = Vec::new();
        for path in ["/v1/messages", "/v1/chat/completions"] {
            for stream in [false, true] {
                let body = json!({
                    "model": "claude-sonnet-5-5", "max_tokens": 64, "stream": stream,
                    "messages": [{"role": "user", "content": "Hello"}],
                });
                let request = client
                    .post(format!("{}{path}", gateway.url))
                    .header("content-type", "application/json")
                    .body(body.to_string());
                let answer = self.runtime.block_on(async {
                    let response = request.send().await.unwrap();
                    (response.status().as_u16(), response.text().await.unwrap())
                });
                all.push(answer);
            }
        }
        all
    }
}

fn configuration(folder: &Path, base: &str) -> String {
    let path = folder.join("config.yaml");
    let text = format!(
        "model_list:
  - model_name: claude-sonnet-5-5
    litellm_params:
      model: azure_ai/claude-sonnet-5-5
      api_base: {base}/anthropic
      api_key: {UPSTREAM_KEY}
"
    );
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn assert_all(answers: &[(u16, String)], expected: u16) {
    assert_eq!(answers.len(), 4);
    for (status, body) in answers {
        assert_eq!(*status, expected, "{body}");
        assert!(
            !body.contains(PASSWORD) && !body.contains(UPSTREAM_KEY),
            "{body}"
        );
    }
}

#[test]
fn the_proxy_and_the_authority_of_the_environment_are_used() {
    let desk = Desk::new(None);
    let (proxy, authority) = (desk.proxy.url(), desk.authority());
    let variables = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("SSL_CERT_FILE", &authority),
    ];
    let gateway = desk.gateway(&variables);
    assert_all(&desk.asked(&gateway), 200);
    assert_eq!(desk.emulator.log().len(), 4);
    let log = desk.proxy.log();
    assert!(!log.is_empty());
    assert!(
        log.iter()
            .all(|it| it.reached && it.target == format!("{RESOURCE}:443")),
        "{log:?}"
    );
}

#[test]
fn a_server_that_nobody_vouches_for_gets_no_key() {
    let desk = Desk::new(None);
    let proxy = desk.proxy.url();
    let gateway = desk.gateway(&[("HTTPS_PROXY", &proxy)]);
    assert_all(&desk.asked(&gateway), 502);
    assert!(!desk.proxy.log().is_empty());
    assert!(desk.emulator.log().is_empty());
}

#[test]
fn what_no_proxy_names_is_asked_without_it() {
    let desk = Desk::new(None);
    let (proxy, authority) = (desk.proxy.url(), desk.authority());
    let variables = [
        ("HTTPS_PROXY", proxy.as_str()),
        ("NO_PROXY", ".invalid"),
        ("SSL_CERT_FILE", &authority),
    ];
    let gateway = desk.gateway(&variables);
    // Without the proxy nobody knows the name.
    assert_all(&desk.asked(&gateway), 502);
    assert!(desk.proxy.log().is_empty());
    assert!(desk.emulator.log().is_empty());
}

#[test]
fn this_machine_is_never_asked_through_a_proxy() {
    let desk = Desk::new(None);
    let proxy = desk.proxy.url();
    let plain = desk
        .runtime
        .block_on(Emulator::builder().key(UPSTREAM_KEY).start());
    let plain = plain.unwrap();
    let file = configuration(desk.folder.path(), &plain.url());
    let variables = [("HTTPS_PROXY", proxy.as_str()), ("HTTP_PROXY", &proxy)];
    let arguments = ["--no-key", "--config", &file];
    let gateway = Program::start(desk.folder.path(), &arguments, &variables);
    assert_all(&desk.asked(&gateway), 200);
    assert_eq!(plain.log().len(), 4);
    assert!(desk.proxy.log().is_empty());
}

#[test]
fn a_proxys_password_is_used_and_its_refusal_is_none_of_the_callers() {
    let desk = Desk::new(Some(PASSWORD));
    let authority = desk.authority();
    let login = |password: &str| {
        let address = desk.proxy.address();
        format!("http://{USER}:{password}@{address}")
    };
    let right = login(PASSWORD);
    let variables = [
        ("HTTPS_PROXY", right.as_str()),
        ("SSL_CERT_FILE", &authority),
    ];
    assert_all(&desk.asked(&desk.gateway(&variables)), 200);
    let wrong = login("canary-wrong");
    let variables = [
        ("HTTPS_PROXY", wrong.as_str()),
        ("SSL_CERT_FILE", &authority),
    ];
    let answers = desk.asked(&desk.gateway(&variables));
    assert_all(&answers, 502);
    assert!(
        answers
            .iter()
            .all(|(_, body)| !body.contains("canary-wrong"))
    );
    assert_eq!(desk.emulator.log().len(), 4);
}
