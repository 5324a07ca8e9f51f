//! Signing in with a code: every answer that a poller can get.

use std::time::Duration;

use hearth_emulator::{Entra, EntraFault};
use hearth_foundry::{Client, EntraPlace, Failure, SignInKind, SignedIn, with_code};

use crate::support::*;

async fn scene() -> (Entra, Client) {
    let entra = Entra::builder().interval(0).start().await.unwrap();
    let client = client(&entra);
    (entra, client)
}

/// Signs in, and meanwhile does what a person does.
async fn sign_in(
    entra: &Entra,
    client: &Client,
    person: impl AsyncFnOnce(&str),
) -> Result<SignedIn, Failure> {
    let sign_in = with_code(client, place(entra)).await?;
    let code = sign_in.user_code().to_owned();
    let (signed_in, ()) = tokio::join!(sign_in.finish(), person(&code));
    signed_in
}

/// Waits until the poller has been told so often that nobody has decided yet.
async fn pending(entra: &Entra, times: usize) {
    let is_pending = |error: &Option<String>| error.as_deref() == Some("authorization_pending");
    let seen = |log: &[hearth_emulator::TokenRequest]| {
        log.iter().filter(|it| is_pending(&it.error)).count() >= times
    };
    entra.wait_for(seen).await.unwrap();
}

#[tokio::test]
async fn somebody_types_the_code() {
    let (entra, client) = scene().await;
    let signed_in = sign_in(&entra, &client, async |code| {
        pending(&entra, 3).await;
        assert!(entra.approve(code));
    });
    let signed_in = signed_in.await.unwrap();
    assert_eq!(signed_in.account.as_deref(), Some(Entra::USER));
    assert_eq!(
        signed_in.facts.audience.as_deref(),
        Some("https://ai.azure.com")
    );
    assert!(!signed_in.refresh_token.is_empty());
    let first = &entra.log()[0];
    assert!(first.path.ends_with("/oauth2/v2.0/devicecode"), "{first:?}");
    assert_eq!(
        first.scope,
        "https://ai.azure.com/.default openid profile offline_access"
    );
}

#[tokio::test]
async fn what_is_shown_is_the_code_and_a_page_to_open() {
    let (entra, client) = scene().await;
    entra.device_code_lifetime(Duration::from_secs(900));
    let sign_in = with_code(&client, place(&entra)).await.unwrap();
    assert!(sign_in.user_code().len() >= 8);
    assert_eq!(
        sign_in.verification_uri(),
        format!("{}/devicelogin", entra.authority())
    );
    let left = sign_in
        .expires_at()
        .duration_since(std::time::SystemTime::now());
    assert!(left.unwrap() <= Duration::from_secs(900));
    assert!(!format!("{sign_in:?}").contains(sign_in.user_code()));
}

#[tokio::test]
async fn somebody_declines() {
    let (entra, client) = scene().await;
    let declined = sign_in(&entra, &client, async |code| {
        pending(&entra, 1).await;
        assert!(entra.decline(code));
    });
    assert_eq!(kind(declined.await), SignInKind::Declined);
}

#[tokio::test]
async fn nobody_types_it_in_time() {
    let (entra, client) = scene().await;
    // Entra says so.
    for _ in 0..2 {
        entra.next_error(EntraFault::Device("authorization_pending"));
    }
    entra.next_error(EntraFault::Device("expired_token"));
    assert_eq!(
        kind(sign_in(&entra, &client, async |_| ()).await),
        SignInKind::TimedOut
    );
    // Entra says nothing any more, but had said how long.
    entra.device_code_lifetime(Duration::from_secs(1));
    entra.next_error(EntraFault::Stall);
    assert_eq!(
        kind(sign_in(&entra, &client, async |_| ()).await),
        SignInKind::TimedOut
    );
}

#[tokio::test]
async fn other_refusals_end_it_at_once() {
    let (entra, client) = scene().await;
    for (fault, expected) in [
        (
            EntraFault::Device("bad_verification_code"),
            SignInKind::Refused,
        ),
        (EntraFault::Aadsts(50_076), SignInKind::InteractionNeeded),
        (EntraFault::Aadsts(65_001), SignInKind::ConsentNeeded),
        (
            EntraFault::Aadsts(7_000_218),
            SignInKind::PublicClientDisabled,
        ),
        (EntraFault::PortalPage, SignInKind::Refused),
        (EntraFault::NoToken, SignInKind::Refused),
    ] {
        entra.next_error(fault);
        let refused = sign_in(&entra, &client, async |_| ()).await;
        assert_eq!(kind(refused), expected, "{fault:?}");
    }
    let polls = granted(&entra, "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(polls.len(), 6);
}

/// The time stands still but for waits, so that the pauses of minutes cost nothing.
#[tokio::test(start_paused = true)]
async fn who_asks_too_often_slows_down_and_a_failing_network_is_waited_out() {
    let (entra, client) = scene().await;
    entra.device_code_lifetime(Duration::from_secs(100_000));
    for fault in [
        EntraFault::Device("slow_down"),
        EntraFault::Device("slow_down"),
        EntraFault::HangUp,
        EntraFault::Status(503),
        EntraFault::Page,
    ] {
        entra.next_error(fault);
    }
    let sign_in = with_code(&client, place(&entra)).await.unwrap();
    assert!(entra.approve(sign_in.user_code()));
    let began = tokio::time::Instant::now();
    sign_in.finish().await.unwrap();
    // Five seconds more after the first, and five more again after the second.
    assert!(began.elapsed() >= Duration::from_secs(5 + 10));
    let polls = granted(&entra, "urn:ietf:params:oauth:grant-type:device_code");
    assert_eq!(polls.len(), 6);
}

#[tokio::test]
async fn giving_it_up_ends_the_asking() {
    let (entra, client) = scene().await;
    let sign_in = with_code(&client, place(&entra)).await.unwrap();
    let mut finishing = Box::pin(sign_in.finish());
    tokio::select! {
        _ = &mut finishing => panic!("nobody typed the code"),
        () = pending(&entra, 2) => {}
    }
    drop(finishing);
    let asked = entra.log().len();
    tokio::time::sleep(Duration::from_millis(300)).await;
    // At most the question that was on its way.
    assert!(entra.log().len() <= asked + 1);
}

#[tokio::test]
async fn a_place_that_is_none_is_said_before_anything_is_sent() {
    let (entra, client) = scene().await;
    let at = |tenant: &str, id: &str, scope: &str, authority: &str| {
        let place = EntraPlace::new(tenant, id, scope, authority);
        let client = client.clone();
        async move { kind(with_code(&client, place).await) }
    };
    let authority = entra.authority();
    assert_eq!(
        at("../x", "", "", authority).await,
        SignInKind::TenantUnknown
    );
    assert_eq!(at("", "", "a b", authority).await, SignInKind::ScopeInvalid);
    assert_eq!(
        at("", "", "", "http://localhost").await,
        SignInKind::AuthorityInvalid
    );
    assert!(entra.log().is_empty());
    let unknown = at(Entra::TENANT, "no-such-app", "", authority).await;
    assert_eq!(unknown, SignInKind::ApplicationUnknown);
}
