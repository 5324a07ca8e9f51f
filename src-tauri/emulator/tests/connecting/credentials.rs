//! Tokens for applications: secrets, assertions, scopes, tenants, and everything that goes
//! wrong.

use std::time::Duration;

use hearth_emulator::{Clock, Entra, EntraFault};
use serde_json::Value;

use crate::support::*;

#[tokio::test]
async fn a_secret_gives_a_token_of_the_right_form() {
    let entra = entra().await;
    let (status, body) = token(&entra, &client_credentials(AI_SCOPE)).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 3599);
    assert_eq!(body["ext_expires_in"], 3599);
    assert_eq!(body["refresh_token"], Value::Null);
    let claims = claims(&text(&body, "access_token"));
    assert_eq!(claims["aud"], AI);
    assert_eq!(claims["tid"], Entra::TENANT);
    assert_eq!(claims["appid"], Entra::CLIENT);
    assert_eq!(claims["ver"], "1.0");
    assert!(
        claims["roles"]
            .as_array()
            .is_some_and(|roles| !roles.is_empty())
    );
    let span = claims["exp"].as_i64().zip(claims["iat"].as_i64());
    assert!(span.is_some_and(|(end, start)| end > start));

    let log = entra.log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].grant_type, "client_credentials");
    assert_eq!(log[0].client_id, Entra::CLIENT);
    assert_eq!(log[0].scope, AI_SCOPE);
    assert_eq!(log[0].field("client_secret"), Some(Entra::SECRET));
    assert_eq!(log[0].path, format!("/{}/oauth2/v2.0/token", Entra::TENANT));
    assert_eq!(log[0].status, Some(200));
}

#[tokio::test]
async fn the_audience_is_spelt_as_it_was_asked_for() {
    let entra = entra().await;
    for (scope, audience) in [
        ("https://cognitiveservices.azure.com/.default", COGNITIVE),
        (
            "https://cognitiveservices.azure.com//.default",
            "https://cognitiveservices.azure.com/",
        ),
    ] {
        let (_, body) = token(&entra, &client_credentials(scope)).await;
        assert_eq!(claims(&text(&body, "access_token"))["aud"], audience);
    }
}

#[tokio::test]
async fn a_secret_may_come_in_the_header() {
    let entra = entra().await;
    let send = |secret: &'static str| {
        client_of(entra.certificates())
            .post(format!(
                "{}/{}/oauth2/v2.0/token",
                entra.authority(),
                Entra::DOMAIN
            ))
            .basic_auth(Entra::CLIENT, Some(secret))
            .body(form(&[
                ("grant_type", "client_credentials"),
                ("scope", AI_SCOPE),
            ]))
            .send()
    };
    assert_eq!(send(Entra::SECRET).await.expect("an answer").status(), 200);
    assert_eq!(send("wrong").await.expect("an answer").status(), 401);
}

/// What is wrong, and how Entra says so.
#[tokio::test]
async fn what_is_wrong_is_named() {
    let entra = entra().await;
    let right = client_credentials(AI_SCOPE);
    let with = |key: &'static str, value: &'static str| {
        let mut fields = right.clone();
        fields.retain(|(name, _)| *name != key);
        fields.push((key, value));
        fields
    };
    let unknown = "00000000-0000-0000-0000-000000000000";
    let table = [
        (
            Entra::TENANT,
            with("client_secret", "wrong"),
            401,
            "invalid_client",
            7_000_215,
        ),
        (
            Entra::TENANT,
            with("client_secret", ""),
            401,
            "invalid_client",
            7_000_218,
        ),
        (
            Entra::TENANT,
            with("client_id", unknown),
            400,
            "unauthorized_client",
            700_016,
        ),
        (
            Entra::TENANT,
            with("client_id", ""),
            400,
            "invalid_request",
            900_144,
        ),
        (
            Entra::TENANT,
            with("grant_type", ""),
            400,
            "invalid_request",
            900_144,
        ),
        (
            Entra::TENANT,
            with("grant_type", "password"),
            400,
            "unsupported_grant_type",
            70003,
        ),
        (
            Entra::TENANT,
            with("scope", AI),
            400,
            "invalid_scope",
            70011,
        ),
        (
            Entra::TENANT,
            with("scope", ""),
            400,
            "invalid_scope",
            70011,
        ),
        (
            Entra::TENANT,
            with("scope", "https://example.com/.default"),
            400,
            "invalid_resource",
            500_011,
        ),
        (unknown, right.clone(), 400, "invalid_request", 90002),
        (
            "contoso.onmicrosoft.com",
            right.clone(),
            400,
            "invalid_request",
            90002,
        ),
        ("contoso", right.clone(), 400, "invalid_request", 900_023),
        (
            "organizations",
            right.clone(),
            400,
            "invalid_request",
            50059,
        ),
    ];
    for (tenant, fields, status, error, code) in table {
        let (seen, body) = at(&entra, tenant, &fields).await;
        assert_eq!(
            (seen, body["error"].as_str()),
            (status, Some(error)),
            "{body}"
        );
        assert_error_body(&entra, &body, code);
    }
    assert!(entra.log().iter().all(|one| one.error.is_some()));
}

fn assert_error_body(entra: &Entra, body: &Value, code: u32) {
    assert_eq!(body["error_codes"], serde_json::json!([code]), "{body}");
    let description = text(body, "error_description");
    assert!(
        description.starts_with(&format!("AADSTS{code}: ")),
        "{body}"
    );
    for (label, key) in [
        ("Trace ID: ", "trace_id"),
        ("Correlation ID: ", "correlation_id"),
        ("Timestamp: ", "timestamp"),
    ] {
        assert!(
            description.contains(&format!("{label}{}", text(body, key))),
            "{body}"
        );
    }
    let uri = format!("{}/error?code={code}", entra.authority());
    assert_eq!(body["error_uri"], uri);
}

#[tokio::test]
async fn a_client_named_after_an_error_gets_it() {
    let entra = entra().await;
    let table = [
        ("fault-7000215", 401, "invalid_client", 7_000_215),
        ("fault-7000222", 401, "invalid_client", 7_000_222),
        ("fault-700016", 400, "unauthorized_client", 700_016),
        ("fault-90002", 400, "invalid_request", 90002),
        ("fault-900023", 400, "invalid_request", 900_023),
        ("fault-500011", 400, "invalid_resource", 500_011),
        ("fault-70011", 400, "invalid_scope", 70011),
        ("fault-1002012", 400, "invalid_scope", 1_002_012),
        ("fault-65001", 400, "invalid_grant", 65001),
        ("fault-50076", 400, "interaction_required", 50076),
        ("fault-50079", 400, "interaction_required", 50079),
        ("fault-53003", 400, "interaction_required", 53003),
        ("fault-7000218", 401, "invalid_client", 7_000_218),
        ("fault-50020", 400, "invalid_grant", 50020),
        ("fault-50034", 400, "invalid_grant", 50034),
        ("fault-50126", 400, "invalid_grant", 50126),
        ("fault-50059", 400, "invalid_request", 50059),
    ];
    for (client, status, error, code) in table {
        let mut fields = client_credentials(AI_SCOPE);
        fields[1].1 = client;
        for _ in 0..2 {
            let (seen, body) = token(&entra, &fields).await;
            assert_eq!(
                (seen, body["error"].as_str()),
                (status, Some(error)),
                "{body}"
            );
            assert_error_body(&entra, &body, code);
            assert!(!text(&body, "error_description").contains('{'), "{body}");
        }
    }
}

#[tokio::test]
async fn servers_fail_too() {
    let entra = entra().await;
    let ask = async |client: &str| {
        let mut fields = client_credentials(AI_SCOPE);
        fields[1].1 = client;
        let path = format!("{}/oauth2/v2.0/token", Entra::TENANT);
        let response = post(&entra, &path, &fields).await;
        let kind = response.headers()["content-type"].to_str().expect("text");
        (response.status().as_u16(), kind.starts_with("text/html"))
    };
    assert_eq!(ask("fault-500").await, (500, false));
    assert_eq!(ask("fault-429").await, (429, false));
    assert_eq!(ask("fault-html").await, (502, true));
    assert_eq!(ask("fault-200-html").await, (200, true));
    assert_eq!(ask("fault-503-twice").await, (503, false));
    assert_eq!(ask("fault-503-twice").await, (503, false));
    assert_eq!(ask("fault-503-twice").await, (200, false));
    assert_eq!(ask("fault-503-twice").await, (200, false));
    assert_eq!(ask("fault-503").await, (503, false));
}

#[tokio::test]
async fn a_stalled_endpoint_says_nothing_until_the_client_leaves() {
    let entra = entra().await;
    let mut fields = client_credentials(AI_SCOPE);
    fields[1].1 = "fault-stall";
    let client = client_of(entra.certificates());
    let asking = client
        .post(format!(
            "{}/{}/oauth2/v2.0/token",
            entra.authority(),
            Entra::TENANT
        ))
        .body(form(&fields))
        .send();
    tokio::select! {
        answer = asking => panic!("{answer:?}"),
        seen = entra.wait_for(|log| log.len() == 1) => {
            assert_eq!(seen.expect("one request")[0].status, None);
        }
    }
}

#[tokio::test]
async fn the_next_request_can_be_made_to_fail() {
    let entra = entra().await;
    entra.next_error(EntraFault::Aadsts(7_000_222));
    entra.next_error(EntraFault::Status(503));
    let ask = async || token(&entra, &client_credentials(AI_SCOPE)).await;
    assert_eq!(ask().await.1["error_codes"][0], 7_000_222);
    assert_eq!(ask().await.0, 503);
    assert_eq!(ask().await.0, 200);
}

#[tokio::test]
async fn a_workload_proves_itself_by_an_assertion() {
    let entra = entra().await;
    let ask = async |assertion: &str, client: &str| {
        let fields = [
            ("grant_type", "client_credentials"),
            ("client_id", client),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", assertion),
            ("scope", AI_SCOPE),
        ];
        let (status, body) = token(&entra, &fields).await;
        (status, body["error_codes"][0].as_u64())
    };
    let good = entra.federated_token(600);
    assert_eq!(ask(&good, Entra::FEDERATED_CLIENT).await, (200, None));
    let late = entra.federated_token(-1);
    assert_eq!(
        ask(&late, Entra::FEDERATED_CLIENT).await,
        (401, Some(700_024))
    );
    let other = Entra::builder().start().await.expect("a port");
    let foreign = other.federated_token(600);
    assert_eq!(
        ask(&foreign, Entra::FEDERATED_CLIENT).await,
        (401, Some(700_027))
    );
    let access = entra.mint(&hearth_emulator::Claims::application(AI));
    assert_eq!(
        ask(&access, Entra::FEDERATED_CLIENT).await,
        (401, Some(700_211))
    );
    assert_eq!(ask(&good, Entra::CLIENT).await, (401, Some(700_027)));
    assert_eq!(ask(&good, Entra::PUBLIC_CLIENT).await, (401, Some(700_025)));
}

#[tokio::test]
async fn lifetimes_and_the_clock_are_the_tests_to_set() {
    let clock = Clock::offset(-86_400);
    let entra = Entra::builder()
        .clock(&clock)
        .lifetime(Duration::from_secs(30));
    let entra = entra.start().await.expect("a port");
    let (_, body) = token(&entra, &client_credentials(AI_SCOPE)).await;
    assert_eq!(body["expires_in"], 30);
    let ends = claims(&text(&body, "access_token"))["exp"]
        .as_i64()
        .expect("a time");
    assert!((clock.seconds()..=clock.seconds() + 30).contains(&ends));
    entra.lifetime(Duration::from_secs(5));
    let (_, body) = token(&entra, &client_credentials(AI_SCOPE)).await;
    assert_eq!(body["expires_in"], 5);
}

#[tokio::test]
async fn the_published_key_is_the_one_that_signs() {
    let entra = entra().await;
    let client = client_of(entra.certificates());
    let get = async |url: String| -> Value {
        let response = client.get(url).send().await.expect("an answer");
        response.json().await.expect("JSON")
    };
    let url = format!(
        "{}/{}/v2.0/.well-known/openid-configuration",
        entra.authority(),
        Entra::TENANT
    );
    let configuration = get(url).await;
    assert_eq!(
        configuration["issuer"],
        format!("{}/{}/v2.0", entra.authority(), Entra::TENANT)
    );
    let keys = get(text(&configuration, "jwks_uri")).await;
    let key: jsonwebtoken::jwk::Jwk =
        serde_json::from_value(keys["keys"][0].clone()).expect("a key");
    let (_, body) = token(&entra, &client_credentials(AI_SCOPE)).await;
    let access = text(&body, "access_token");
    let header = jsonwebtoken::decode_header(&access).expect("a header");
    assert_eq!(header.kid, key.common.key_id);
    let mut validation = jsonwebtoken::Validation::new(header.alg);
    validation.set_audience(&[AI]);
    let key = jsonwebtoken::DecodingKey::from_jwk(&key).expect("a key");
    let read = jsonwebtoken::decode::<Value>(&access, &key, &validation);
    assert_eq!(read.expect("signed by it").claims["tid"], Entra::TENANT);
    let url = format!(
        "{}/nowhere/v2.0/.well-known/openid-configuration",
        entra.authority()
    );
    assert_eq!(get(url).await["error_codes"][0], 900_023);
}

#[tokio::test]
async fn answers_can_be_held() {
    let entra = entra().await;
    let soon = Duration::from_millis(500);
    let fields = client_credentials(AI_SCOPE);
    let free = tokio::time::timeout(soon * 20, token(&entra, &fields));
    assert_eq!(free.await.expect("in time").0, 200);
    entra.hold(true);
    let asking = token(&entra, &fields);
    tokio::pin!(asking);
    let early = tokio::time::timeout(soon, &mut asking).await;
    assert!(early.is_err(), "{early:?}");
    assert_eq!(entra.log().len(), 2, "it is judged at once");
    entra.hold(false);
    assert_eq!(asking.await.0, 200);
}
