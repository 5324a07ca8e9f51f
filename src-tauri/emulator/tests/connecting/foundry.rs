//! What Foundry thinks of tokens and keys.

use hearth_emulator::{Claims, Clock, Emulator, Entra};

use crate::support::*;

#[tokio::test]
async fn a_token_from_the_tenant_is_taken() {
    let entra = entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    for scope in [AI_SCOPE, "https://cognitiveservices.azure.com//.default"] {
        let (_, body) = token(&entra, &client_credentials(scope)).await;
        let (status, said) = with_token(&emulator, &text(&body, "access_token")).await;
        assert_eq!(status, 200, "{said}");
    }
}

#[tokio::test]
async fn other_tokens_are_refused_in_azures_words() {
    let entra = entra().await;
    let other = self::entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let good = Claims::application(AI);
    assert_eq!(with_token(&emulator, &entra.mint(&good)).await.0, 200);
    let invalid = "Unauthorized. Access token is missing, invalid, audience is incorrect \
        (https://cognitiveservices.azure.com), or have expired.";
    for token in [
        entra.mint(&good.clone().expired()),
        entra.mint(&Claims::application("https://graph.microsoft.com")),
        other.mint(&good),
        "not.a.token".to_owned(),
    ] {
        let (status, body) = with_token(&emulator, &token).await;
        assert_eq!(status, 401);
        assert_eq!(
            body,
            serde_json::json!({"statusCode": 401, "message": invalid})
        );
    }
    let (status, body) = with_token(&emulator, "").await;
    assert_eq!((status, &body["error"]["code"]), (401, &"401".into()));
    let elsewhere = good.clone().tenant("11111111-0000-0000-0000-000000000000");
    let (status, body) = with_token(&emulator, &entra.mint(&elsewhere)).await;
    assert_eq!(status, 400);
    assert_eq!(
        body["error"]["code"],
        "Tenant provided in token does not match resource token"
    );
    assert!(text(&body["error"], "message").contains("11111111-"));
    let (status, body) = with_token(&emulator, &entra.mint(&good.without_role())).await;
    assert_eq!(status, 403);
    assert_eq!(body["error"]["code"], "PermissionDenied");
    let message = text(&body["error"], "message");
    assert!(
        message.contains("lacks the required data action"),
        "{message}"
    );
}

#[tokio::test]
async fn an_application_without_a_role_gets_a_token_that_is_refused() {
    let entra = entra().await;
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let mut fields = client_credentials(AI_SCOPE);
    fields[1].1 = Entra::CLIENT_WITHOUT_ROLE;
    let (_, body) = token(&entra, &fields).await;
    let (status, _) = with_token(&emulator, &text(&body, "access_token")).await;
    assert_eq!(status, 403);
}

#[tokio::test]
async fn which_audiences_are_taken_is_the_tests_to_say() {
    let entra = entra().await;
    let only = Emulator::builder()
        .entra(&entra)
        .audiences(&["https://cognitiveservices.azure.com/"]);
    let emulator = start(only).await;
    let with = async |audience: &str| {
        let token = entra.mint(&Claims::application(audience));
        with_token(&emulator, &token).await.0
    };
    assert_eq!(with(COGNITIVE).await, 200);
    assert_eq!(with("https://cognitiveservices.azure.com/").await, 200);
    assert_eq!(with(AI).await, 401);
}

#[tokio::test]
async fn time_passes_when_the_clock_is_moved() {
    let clock = Clock::default();
    let entra = Entra::builder()
        .clock(&clock)
        .start()
        .await
        .expect("a port");
    let emulator = start(Emulator::builder().entra(&entra)).await;
    let token = entra.mint(&Claims::application(AI));
    assert_eq!(with_token(&emulator, &token).await.0, 200);
    clock.advance(3_600);
    assert_eq!(with_token(&emulator, &token).await.0, 401);
    let response = builder()
        .build()
        .expect("a client")
        .get(emulator.url())
        .send()
        .await;
    let response = response.expect("an answer");
    let date = response.headers()["date"].to_str().expect("text");
    let date = httpdate::parse_http_date(date).expect("a date");
    let ahead = date
        .duration_since(std::time::SystemTime::now())
        .expect("the future");
    assert!(ahead.as_secs() > 3_000);
}

#[tokio::test]
async fn a_clock_that_is_a_day_off_refuses_what_is_good_elsewhere() {
    let entra = entra().await;
    let token = entra.mint(&Claims::application(AI));
    for seconds in [86_400, -86_400] {
        let skewed = Emulator::builder().entra(&entra).clock_offset(seconds);
        let emulator = start(skewed).await;
        assert_eq!(with_token(&emulator, &token).await.0, 401, "{seconds}");
    }
}

#[tokio::test]
async fn keys_can_be_disabled() {
    let entra = entra().await;
    let closed = Emulator::builder().entra(&entra).key_auth(false);
    let emulator = start(closed).await;
    let client = builder().build().expect("a client");
    let url = emulator.url();
    for header in [
        ("x-api-key", emulator.key()),
        ("api-key", emulator.key()),
        ("x-api-key", "another"),
    ] {
        let (status, body) = asked(&client, &url, header).await;
        assert_eq!(status, 403, "{header:?}");
        assert_eq!(body["error"]["code"], "AuthenticationTypeDisabled");
    }
    let token = entra.mint(&Claims::user(AI));
    assert_eq!(with_token(&emulator, &token).await.0, 200);
    let none = asked(&client, &url, ("x-other", "")).await;
    assert_eq!(none.0, 401);
}
