//! The one cache in front of every source.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use hearth_emulator::{Claims, Clock, Emulator, Entra, Script};
use hearth_foundry::{Credential, Failure, Secret, SignInKind, TokenSource};

use crate::support::*;

#[tokio::test(flavor = "multi_thread")]
async fn ten_callers_at_once_make_one_request() {
    let entra = tenant().await;
    let (client, resource) = (client(&entra), resource(&entra).await);
    let credential = application(&entra);
    let asked = join_all((0..10).map(|_| ask(&client, &resource, &credential))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(entra.log().len(), 1);

    // All of them hold the same token, and so does a clone that asks later.
    ask(&client, &resource, &credential.clone()).await.unwrap();
    let bearers: Vec<_> = resource.log().iter().map(bearer).collect();
    assert_eq!(bearers.len(), 11);
    assert!(bearers.iter().all(|it| it == &bearers[0] && !it.is_empty()));
    assert_eq!(entra.log().len(), 1);
}

fn bearer(exchange: &hearth_emulator::Exchange) -> String {
    let found = exchange.received.header("authorization");
    found.unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_callers_at_once_share_one_failure() {
    let entra = tenant().await;
    let client = client(&entra);
    let credential = application_as(&entra, Entra::TENANT, Entra::CLIENT, "wrong");
    let asked = join_all((0..10).map(|_| credential.prepare(&client))).await;
    for outcome in asked {
        assert_eq!(kind(outcome), SignInKind::ClientSecretWrong);
    }
    assert_eq!(entra.log().len(), 1);
    // The same secret is not tried again at once: that would only lock the application out.
    assert_eq!(
        kind(credential.prepare(&client).await),
        SignInKind::ClientSecretWrong
    );
    assert_eq!(entra.log().len(), 1);
    // Another one is.
    let mended = application(&entra);
    mended.prepare(&client).await.unwrap();
    assert_eq!(entra.log().len(), 2);
}

#[tokio::test]
async fn who_gives_up_waiting_takes_the_token_from_nobody() {
    let entra = tenant().await;
    let client = client(&entra);
    let credential = application(&entra);
    // The one who began it is gone before it has even connected.
    let mut first = Box::pin(credential.prepare(&client));
    assert!(futures_util::poll!(&mut first).is_pending());
    let second = credential.prepare(&client);
    drop(first);
    second.await.unwrap();
    assert_eq!(entra.log().len(), 1);

    // With nobody waiting at all it is fetched to its end, too.
    let alone = application(&entra);
    let mut only = Box::pin(alone.prepare(&client));
    assert!(futures_util::poll!(&mut only).is_pending());
    drop(only);
    entra.wait_for(|log| log.len() == 2).await.unwrap();
    alone.prepare(&client).await.unwrap();
    assert_eq!(entra.log().len(), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_is_renewed_once_and_then_explained() {
    let entra = tenant().await;
    let (client, resource) = (client(&entra), resource(&entra).await);
    let credential = application(&entra);
    ask(&client, &resource, &credential).await.unwrap();
    let before = bearer(&resource.log()[0]);
    // The resource's clock runs ahead: what Entra gives is over when it arrives. It takes
    // another's clock to see it, so the token is renewed, once, and then it is explained.
    let ahead = Emulator::builder()
        .entra(&entra)
        .clock_offset(86_400)
        .start()
        .await
        .unwrap();
    let Failure::Rejected(refusal) = ask(&client, &ahead, &credential).await.unwrap_err() else {
        panic!("not a refusal");
    };
    assert_eq!((refusal.status, refusal.attempts), (401, 2));
    assert_eq!(entra.log().len(), 2);
    let facts = refusal.token.unwrap();
    assert_eq!(facts.audience.as_deref(), Some("https://ai.azure.com"));
    assert_eq!(facts.roles, ["Foundry User"]);
    let sent: Vec<String> = ahead.log().iter().map(bearer).collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], before);
    assert_ne!(sent[1], before);
}

/// Whoever is told that this account may not ask signs in as another, with another program, and
/// tries again.
#[tokio::test]
async fn a_token_of_an_account_that_may_not_ask_is_not_kept() {
    let entra = tenant().await;
    let client = client(&entra);
    let role = "The principal `1` lacks the required data action `x`.";
    let tenant = "Token tenant a does not match resource tenant.";
    for (status, message, refusals) in [(403, role, 1), (403, "No.", 1), (400, tenant, 0)] {
        let (resource, credential) = (resource(&entra).await, application(&entra));
        let before = entra.log().len();
        let body = format!(r#"{{"error":{{"code":"{status}","message":"{message}"}}}}"#);
        resource.next(Script::status(status, [], body));
        let mut refused = 0;
        while let Err(failure) = ask(&client, &resource, &credential).await {
            assert!(matches!(failure, Failure::Rejected(_)), "{failure:?}");
            refused += 1;
        }
        assert_eq!(refused, refusals, "{message}");
        assert_eq!(entra.log().len() - before, 2, "{message}");
        let sent: Vec<String> = resource.log().iter().map(bearer).collect();
        assert_ne!(sent[0], sent[1], "{message}");
    }
}

/// A program that asks on and on with an account that may not, or with the wrong tenant, is no
/// reason to knock at the authority every time.
#[tokio::test]
async fn a_resource_that_goes_on_refusing_costs_three_tokens_at_most() {
    let entra = tenant().await;
    let client = client(&entra);
    let (own, foreign) = (resource(&entra).await, resource(&tenant().await).await);
    let without_role = application_as(
        &entra,
        Entra::TENANT,
        Entra::CLIENT_WITHOUT_ROLE,
        Entra::SECRET,
    );
    for (resource, credential, status) in [
        (&own, without_role, 403),
        (&foreign, application(&entra), 401),
    ] {
        let before = entra.log().len();
        for _ in 0..50 {
            let refused = ask(&client, resource, &credential).await;
            let Err(Failure::Rejected(refusal)) = refused else {
                panic!("not a refusal: {refused:?}");
            };
            assert_eq!(refusal.status, status);
        }
        let fetched = entra.log().len() - before;
        assert!((2..=3).contains(&fetched), "{status}: {fetched} tokens");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_many_are_refused_at_once_is_renewed_once() {
    let entra = tenant().await;
    let client = client(&entra);
    let credential = application(&entra);
    credential.prepare(&client).await.unwrap();
    // A resource that takes none of this tenant's tokens.
    let other = tenant().await;
    let resource = resource(&other).await;
    let asked = join_all((0..10).map(|_| ask(&client, &resource, &credential))).await;
    assert!(asked.iter().all(Result::is_err));
    let fetched = entra.log().len();
    // One for the token that all of them were refused first. Whoever came back late with the
    // second was refused it as well, and the third is for those; nobody asks twice.
    assert!(
        (2..=3).contains(&fetched),
        "{fetched} tokens for ten refusals"
    );
}

#[tokio::test]
async fn a_clock_that_is_a_day_off_changes_nothing() {
    for off in [-86_400, 86_400] {
        let clock = Clock::offset(off);
        let entra = Entra::builder().clock(&clock).start().await.unwrap();
        let (client, resource) = (client(&entra), resource(&entra).await);
        let credential = application(&entra);
        for _ in 0..3 {
            ask(&client, &resource, &credential).await.unwrap();
        }
        assert_eq!(entra.log().len(), 1, "{off} s");

        // The time passes there, and the token ends: one more is fetched, nobody notices.
        clock.advance(4_000);
        ask(&client, &resource, &credential).await.unwrap();
        assert_eq!(entra.log().len(), 2, "{off} s");
    }
}

#[tokio::test]
async fn a_given_token_is_sent_by_a_machine_whose_clock_is_wrong() {
    for off in [-86_400, 86_400] {
        let entra = Entra::builder()
            .clock(&Clock::offset(off))
            .start()
            .await
            .unwrap();
        let (client, resource) = (client(&entra), resource(&entra).await);
        let token = entra.mint(&Claims::application("https://ai.azure.com"));
        let given = tokens(TokenSource::Given(Arc::new(Secret::new(token))));
        ask(&client, &resource, &given).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_questions_with_tokens_that_live_two_seconds() {
    let entra = Entra::builder()
        .lifetime(Duration::from_secs(2))
        .start()
        .await
        .unwrap();
    let (client, resource) = (client(&entra), resource(&entra).await);
    let credential = application(&entra);
    let asker = async |_: usize| {
        for _ in 0..100 {
            ask(&client, &resource, &credential).await.unwrap();
            // Spread over several lives of a token.
            tokio::time::sleep(Duration::from_millis(80)).await;
        }
    };
    join_all((0..10).map(asker)).await;
    let answered = resource
        .log()
        .iter()
        .filter(|it| it.status == Some(200))
        .count();
    assert_eq!(answered, 1_000);
    let fetched = entra.log().len();
    assert!((4..500).contains(&fetched), "{fetched} tokens");
    assert!(matches!(&credential, Credential::Tokens(tokens) if tokens.facts().is_some()));
}
