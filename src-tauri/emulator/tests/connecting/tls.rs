//! TLS as a client meets it.

use hearth_emulator::{Certificates, Emulator};
use reqwest::{Client, Identity};

use crate::support::*;

async fn status(client: &Client, emulator: &Emulator) -> Result<u16, String> {
    let response = client
        .post(format!("{}/anthropic/v1/messages", emulator.url()))
        .header("x-api-key", emulator.key())
        .header("anthropic-version", "2026-10-21")
        .body(question("claude-sonnet-5-5").to_string())
        .send()
        .await;
    match response {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => Err(format!("{:?}", error)),
    }
}

#[tokio::test]
async fn foundry_is_served_over_tls() {
    let certificates = Certificates::new("A company's authority");
    let emulator = start(Emulator::builder().tls(&certificates)).await;
    assert!(emulator.url().starts_with("https://127.0.0.1:"));
    let client = client_of(&certificates);
    assert_eq!(status(&client, &emulator).await, Ok(200));
    let stranger = client_of(&Certificates::new("Another authority"));
    let refused = status(&stranger, &emulator).await.expect_err("not trusted");
    assert!(refused.contains("UnknownIssuer"), "{refused}");
    let by_name = format!("https://localhost:{}", emulator.address().port());
    let (seen, _) = asked(&client, &by_name, ("x-api-key", emulator.key())).await;
    assert_eq!(seen, 200);
}

#[tokio::test]
async fn wrong_names_and_old_certificates_can_be_served() {
    let certificates = Certificates::new("A company's authority");
    let client = client_of(&certificates);
    let other = certificates.server(&["elsewhere.example"]);
    let emulator = start(Emulator::builder().tls_config(other)).await;
    let refused = status(&client, &emulator)
        .await
        .expect_err("another's name");
    assert!(refused.contains("NotValidForName"), "{refused}");
    let old = certificates.expired_server(&["127.0.0.1"]);
    let emulator = start(Emulator::builder().tls_config(old)).await;
    let refused = status(&client, &emulator).await.expect_err("expired");
    assert!(refused.contains("Expired"), "{refused}");
}

#[tokio::test]
async fn client_certificates_can_be_wanted() {
    let certificates = Certificates::new("Servers");
    let people = Certificates::new("People");
    let closed = Emulator::builder()
        .tls(&certificates)
        .client_certificates(&people);
    let emulator = start(closed).await;
    let with = |pem: String| {
        let identity = Identity::from_pem(pem.as_bytes()).expect("certificate and key");
        let client = trusting(&certificates).identity(identity);
        client.build().expect("a client")
    };
    let known = with(people.client_pem("Alex Émulateur"));
    assert_eq!(status(&known, &emulator).await, Ok(200));
    let unknown = with(Certificates::new("Others").client_pem("alex"));
    assert!(status(&unknown, &emulator).await.is_err());
    assert!(status(&client_of(&certificates), &emulator).await.is_err());
}

#[tokio::test]
async fn faults_are_the_same_over_tls() {
    let certificates = Certificates::new("A company's authority");
    let emulator = start(Emulator::builder().tls(&certificates)).await;
    let client = client_of(&certificates);
    let ask = async |model: &str| {
        let mut body = question(model);
        body["stream"] = serde_json::json!(true);
        let response = client
            .post(format!("{}/anthropic/v1/messages", emulator.url()))
            .header("x-api-key", emulator.key())
            .header("anthropic-version", "2026-10-21")
            .body(body.to_string())
            .send()
            .await?;
        response.bytes().await
    };
    let whole = ask("claude-sonnet-5-5").await.expect("an answer");
    assert!(whole.ends_with(b"data: {\"type\":\"message_stop\"}\n\n"));
    for broken in [
        "fault-cut",
        "fault-reset",
        "fault-hang-up",
        "fault-hang-up-reset",
    ] {
        assert!(ask(broken).await.is_err(), "{broken}");
    }
}
