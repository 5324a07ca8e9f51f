//! The endpoint of managed identities.

use hearth_emulator::{Emulator, IdentityFault, ManagedIdentity};
use serde_json::Value;

use crate::support::*;

async fn get(identity: &ManagedIdentity, query: &str, header: &str) -> (u16, Value) {
    let url = format!("{}?{query}", identity.endpoint());
    let client = builder().build().expect("a client");
    let response = client.get(url).header("X-IDENTITY-HEADER", header).send();
    let response = response.await.expect("an answer");
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

const QUERY: &str = "api-version=2019-08-01&resource=https%3A%2F%2Fai.azure.com";

#[tokio::test]
async fn an_identity_gets_a_token_that_foundry_takes() {
    let entra = entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let identity = ManagedIdentity::start(&entra).await.expect("a port");
    let (status, body) = get(&identity, QUERY, identity.header()).await;
    assert_eq!(status, 200, "{body}");
    let until: i64 = text(&body, "expires_on").parse().expect("seconds");
    let token = text(&body, "access_token");
    assert_eq!(claims(&token)["exp"], until);
    assert_eq!(with_token(&emulator, &token).await.0, 200);
    let assigned = format!("{QUERY}&client_id={}", ManagedIdentity::ASSIGNED);
    assert_eq!(get(&identity, &assigned, identity.header()).await.0, 200);
    let log = identity.log();
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|one| one.authorised && one.resource == AI));
    assert_eq!(log[1].client_id.as_deref(), Some(ManagedIdentity::ASSIGNED));
}

#[tokio::test]
async fn what_is_wrong_is_refused_and_faults_strike() {
    let entra = entra().await;
    let identity = ManagedIdentity::start(&entra).await.expect("a port");
    let header = identity.header();
    assert_eq!(get(&identity, QUERY, "wrong").await.0, 401);
    assert_eq!(get(&identity, "resource=x", header).await.0, 400);
    assert_eq!(
        get(&identity, "api-version=2019-08-01", header).await.0,
        400
    );
    let other = format!("{QUERY}&client_id=nobody");
    assert_eq!(get(&identity, &other, header).await.0, 400);
    for (fault, status) in [
        (IdentityFault::NoIdentity, 400),
        (IdentityFault::WrongHeader, 401),
        (IdentityFault::NotFound, 404),
        (IdentityFault::Broken, 500),
    ] {
        identity.fail(Some(fault));
        assert_eq!(get(&identity, QUERY, header).await.0, status, "{fault:?}");
    }
    identity.fail(None);
    assert_eq!(get(&identity, QUERY, header).await.0, 200);
}
