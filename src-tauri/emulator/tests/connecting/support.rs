//! A client, a form, and a question.

use std::time::Duration;

use hearth_emulator::{Builder, Certificates, Emulator, Entra};
use reqwest::{Certificate, Client, ClientBuilder, Response};
use serde_json::{Value, json};

pub(crate) const AI: &str = "https://ai.azure.com";
pub(crate) const COGNITIVE: &str = "https://cognitiveservices.azure.com";
pub(crate) const AI_SCOPE: &str = "https://ai.azure.com/.default";

/// What hangs is broken: no test waits longer for an answer.
const LIMIT: Duration = Duration::from_secs(30);

pub(crate) async fn entra() -> Entra {
    Entra::builder().start().await.expect("a free port")
}

pub(crate) async fn start(builder: Builder) -> Emulator {
    builder.start().await.expect("a free port")
}

/// A client that trusts this authority and nobody else.
pub(crate) fn trusting(certificates: &Certificates) -> ClientBuilder {
    let authority = Certificate::from_der(&certificates.ca_der()).expect("a certificate");
    builder().tls_certs_only([authority])
}

pub(crate) fn builder() -> ClientBuilder {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(LIMIT)
}

pub(crate) fn client_of(certificates: &Certificates) -> Client {
    trusting(certificates).build().expect("a client")
}

pub(crate) fn form(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}

pub(crate) async fn post(entra: &Entra, path: &str, fields: &[(&str, &str)]) -> Response {
    client_of(entra.certificates())
        .post(format!("{}/{path}", entra.authority()))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form(fields))
        .send()
        .await
        .expect("an answer")
}

/// Status and body of a request for a token.
pub(crate) async fn token(entra: &Entra, fields: &[(&str, &str)]) -> (u16, Value) {
    at(entra, Entra::TENANT, fields).await
}

pub(crate) async fn at(entra: &Entra, tenant: &str, fields: &[(&str, &str)]) -> (u16, Value) {
    let response = post(entra, &format!("{tenant}/oauth2/v2.0/token"), fields).await;
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

pub(crate) fn client_credentials(scope: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "client_credentials"),
        ("client_id", Entra::CLIENT),
        ("client_secret", Entra::SECRET),
        ("scope", scope),
    ]
}

/// A field of a body as text.
pub(crate) fn text(body: &Value, key: &str) -> String {
    let value = body[key].as_str();
    value
        .unwrap_or_else(|| panic!("no {key} in {body}"))
        .to_owned()
}

/// What a token says, without checking who says it.
pub(crate) fn claims(token: &str) -> Value {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let payload = token.split('.').nth(1).expect("three parts");
    let payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}

pub(crate) fn question(model: &str) -> Value {
    json!({
        "model": model,
        "max_tokens": 32_000,
        "messages": [{"role": "user", "content": "Hello"}],
    })
}

/// Asks with this header, and says what came.
pub(crate) async fn asked(client: &Client, url: &str, header: (&str, &str)) -> (u16, Value) {
    let response = client
        .post(format!("{url}/anthropic/v1/messages"))
        .header(header.0, header.1)
        .header("anthropic-version", "2026-10-21")
        .header("content-type", "application/json")
        .body(question("claude-sonnet-5-5").to_string())
        .send()
        .await
        .expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.expect("JSON"))
}

/// Asks over plain HTTP with a token.
pub(crate) async fn with_token(emulator: &Emulator, token: &str) -> (u16, Value) {
    let client = builder().build().expect("a client");
    let bearer = format!("Bearer {token}");
    asked(&client, &emulator.url(), ("authorization", &bearer)).await
}
