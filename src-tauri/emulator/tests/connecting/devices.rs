//! Device codes, and refresh tokens.

use std::time::Duration;

use hearth_emulator::{Claims, Clock, Emulator, Entra, EntraFault};
use serde_json::Value;

use crate::support::*;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
const SCOPE: &str = "https://ai.azure.com/.default offline_access openid";

async fn code(entra: &Entra, client: &str) -> Value {
    let fields = [("client_id", client), ("scope", SCOPE)];
    let path = format!("{}/oauth2/v2.0/devicecode", Entra::TENANT);
    let response = post(entra, &path, &fields).await;
    response.json().await.expect("JSON")
}

async fn poll(entra: &Entra, code: &Value) -> (u16, Value) {
    poll_as(entra, Entra::PUBLIC_CLIENT, &text(code, "device_code")).await
}

async fn poll_as(entra: &Entra, client: &str, code: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", GRANT),
        ("client_id", client),
        ("device_code", code),
    ];
    token(entra, &fields).await
}

async fn refresh(entra: &Entra, token: &str) -> (u16, Value) {
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", Entra::PUBLIC_CLIENT),
        ("refresh_token", token),
        ("scope", SCOPE),
    ];
    self::token(entra, &fields).await
}

async fn signed_in(entra: &Entra) -> Value {
    let code = code(entra, Entra::PUBLIC_CLIENT).await;
    assert!(entra.approve(&text(&code, "user_code")));
    let (status, body) = poll(entra, &code).await;
    assert_eq!(status, 200, "{body}");
    body
}

#[tokio::test]
async fn a_code_is_polled_for_until_the_person_has_signed_in() {
    let entra = Entra::builder().interval(0).start().await.expect("a port");
    let code = code(&entra, Entra::PUBLIC_CLIENT).await;
    assert_eq!(code["expires_in"], 900);
    assert_eq!(code["interval"], 0);
    let page = text(&code, "verification_uri");
    assert_eq!(page, format!("{}/devicelogin", entra.authority()));
    let user_code = text(&code, "user_code");
    assert_eq!(user_code.len(), 9);
    let message = text(&code, "message");
    assert!(message.contains(&page) && message.contains(&user_code));

    let (status, body) = poll(&entra, &code).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("authorization_pending"))
    );
    assert!(entra.approve(&user_code.to_lowercase().replace('-', " ")));
    let (status, body) = poll(&entra, &code).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(body["scope"], SCOPE);
    let access = claims(&text(&body, "access_token"));
    assert_eq!(access["aud"], AI);
    assert_eq!(access["upn"], Entra::USER);
    assert_eq!(access["appid"], Entra::PUBLIC_CLIENT);
    let id = claims(&text(&body, "id_token"));
    assert_eq!(id["aud"], Entra::PUBLIC_CLIENT);
    assert_eq!(id["preferred_username"], Entra::USER);
    assert!(text(&body, "refresh_token").len() > 1_000);
    let (_, again) = poll(&entra, &code).await;
    assert_eq!(again["error"], "bad_verification_code");
    assert!(!entra.approve(&user_code), "no longer open");
}

#[tokio::test]
async fn who_polls_too_fast_is_told() {
    let entra = Entra::builder()
        .interval(3_600)
        .start()
        .await
        .expect("a port");
    let code = code(&entra, Entra::PUBLIC_CLIENT).await;
    assert_eq!(
        poll(&entra, &code).await.1["error"],
        "authorization_pending"
    );
    assert_eq!(poll(&entra, &code).await.1["error"], "slow_down");
    entra.interval(0);
    assert_eq!(
        poll(&entra, &code).await.1["error"],
        "authorization_pending"
    );
    entra.next_error(EntraFault::Device("slow_down"));
    assert_eq!(poll(&entra, &code).await.1["error"], "slow_down");
}

#[tokio::test]
async fn codes_are_declined_run_out_or_were_never_given() {
    let clock = Clock::default();
    let entra = Entra::builder()
        .clock(&clock)
        .interval(0)
        .start()
        .await
        .expect("a port");
    let declined = code(&entra, Entra::PUBLIC_CLIENT).await;
    assert!(entra.decline(&text(&declined, "user_code")));
    assert_eq!(
        poll(&entra, &declined).await.1["error"],
        "authorization_declined"
    );
    let late = code(&entra, Entra::PUBLIC_CLIENT).await;
    clock.advance(900);
    assert_eq!(poll(&entra, &late).await.1["error"], "expired_token");
    assert!(!entra.approve(&text(&late, "user_code")));
    entra.device_code_lifetime(Duration::from_secs(5));
    assert_eq!(code(&entra, Entra::PUBLIC_CLIENT).await["expires_in"], 5);
    let unknown = poll_as(&entra, Entra::PUBLIC_CLIENT, "nonsense").await;
    assert_eq!(unknown.1["error"], "bad_verification_code");
    let other = code(&entra, "fault-700082").await;
    let stolen = poll(&entra, &other).await;
    assert_eq!(stolen.1["error"], "bad_verification_code");
}

#[tokio::test]
async fn not_every_application_may() {
    let entra = entra().await;
    assert_eq!(
        code(&entra, "fault-7000218").await["error_codes"][0],
        7_000_218
    );
    assert_eq!(code(&entra, "nobody").await["error_codes"][0], 700_016);
    let confidential = code(&entra, Entra::CLIENT).await;
    let polled = poll_as(&entra, Entra::CLIENT, &text(&confidential, "device_code")).await;
    assert_eq!(polled.1["error_codes"][0], 7_000_218);
    let blocked = code(&entra, "fault-53003").await;
    assert!(entra.approve(&text(&blocked, "user_code")));
    let polled = poll_as(&entra, "fault-53003", &text(&blocked, "device_code")).await;
    assert_eq!(polled.1["error"], "interaction_required");
}

#[tokio::test]
async fn refreshing_gives_a_new_token_for_any_resource() {
    let entra = entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let first = text(&signed_in(&entra).await, "refresh_token");
    let (status, body) = refresh(&entra, &first).await;
    assert_eq!(status, 200, "{body}");
    let second = text(&body, "refresh_token");
    assert_ne!(first, second);
    assert_eq!(
        with_token(&emulator, &text(&body, "access_token")).await.0,
        200
    );
    assert_eq!(
        refresh(&entra, &first).await.0,
        200,
        "the old one stays good"
    );
    let fields = [
        ("grant_type", "refresh_token"),
        ("client_id", Entra::PUBLIC_CLIENT),
        ("refresh_token", &second),
        ("scope", "https://cognitiveservices.azure.com/.default"),
    ];
    let (_, other) = token(&entra, &fields).await;
    assert_eq!(claims(&text(&other, "access_token"))["aud"], COGNITIVE);
}

#[tokio::test]
async fn refresh_tokens_are_left_out_rotated_and_revoked() {
    let entra = entra().await;
    let first = text(&signed_in(&entra).await, "refresh_token");
    entra.omit_refresh_token(true);
    for _ in 0..2 {
        let (status, body) = refresh(&entra, &first).await;
        assert_eq!((status, &body["refresh_token"]), (200, &Value::Null));
    }
    entra.rotate_refresh_tokens(true);
    let (_, body) = refresh(&entra, &first).await;
    let second = text(&body, "refresh_token");
    assert_eq!(refresh(&entra, &first).await.1["error"], "invalid_grant");
    entra.revoke_refresh_tokens();
    let (status, body) = refresh(&entra, &second).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    assert_eq!(body["error_codes"][0], 50173);
    assert_eq!(
        refresh(&entra, "nonsense").await.1["error"],
        "invalid_grant"
    );
}

#[tokio::test]
async fn a_client_can_sign_in_and_then_fail_to_refresh() {
    let entra = entra().await;
    for (client, error) in [("fault-700082", 700_082), ("fault-70043", 70043)] {
        let code = code(&entra, client).await;
        assert!(entra.approve(&text(&code, "user_code")));
        let (status, body) = poll_as(&entra, client, &text(&code, "device_code")).await;
        assert_eq!(status, 200, "{body}");
        let fields = [
            ("grant_type", "refresh_token"),
            ("client_id", client),
            (
                "refresh_token",
                body["refresh_token"].as_str().expect("one"),
            ),
        ];
        let (_, body) = token(&entra, &fields).await;
        assert_eq!(body["error_codes"][0], error);
    }
}

#[tokio::test]
async fn a_token_of_a_person_is_taken_by_foundry() {
    let entra = entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let minted = entra.mint(&Claims::user(AI));
    assert_eq!(with_token(&emulator, &minted).await.0, 200);
    let signed_in = signed_in(&entra).await;
    let given = text(&signed_in, "access_token");
    assert_eq!(with_token(&emulator, &given).await.0, 200);
    let id = text(&signed_in, "id_token");
    assert_eq!(
        with_token(&emulator, &id).await.0,
        401,
        "an id token is none"
    );
}

#[tokio::test]
async fn the_page_takes_the_code() {
    let entra = entra().await;
    let client = client_of(entra.certificates());
    let code = code(&entra, Entra::PUBLIC_CLIENT).await;
    let user_code = text(&code, "user_code");
    let page = text(&code, "verification_uri");
    let html = client.get(&page).send().await.expect("a page");
    let html = html.text().await.expect("text");
    assert!(html.contains("name=\"user_code\""), "{html}");
    let press = async |code: &str, decision: &str| {
        let body = form(&[("user_code", code), ("decision", decision)]);
        let response = client.post(&page).body(body).send().await;
        response.expect("a page").text().await.expect("text")
    };
    let wrong = press("WRONG", "signin").await;
    assert!(wrong.contains("That code did not work"), "{wrong}");
    assert_eq!(
        poll(&entra, &code).await.1["error"],
        "authorization_pending"
    );
    let done = press(&user_code, "signin").await;
    assert!(done.contains("You have signed in."), "{done}");
    entra.interval(0);
    assert_eq!(poll(&entra, &code).await.0, 200);
}
