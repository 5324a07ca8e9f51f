//! A person's sign-in that goes on: refresh tokens, kept, replaced and revoked.

use futures_util::future::join_all;
use hearth_emulator::{Entra, EntraFault};
use hearth_foundry::{
    Client, Credential, EntraPlace, Place, Secret, Session, SignInKind, TokenSource, Vault,
    with_code,
};

use crate::support::*;

/// Where the refresh token is kept.
const NAME: &str = "connection-1";

/// Somebody signed in, and their refresh token in memory.
struct Scene {
    entra: Entra,
    client: Client,
    vault: Vault,
}

async fn signed_in() -> Scene {
    let entra = Entra::builder().interval(0).start().await.unwrap();
    let client = client(&entra);
    let sign_in = with_code(&client, place(&entra)).await.unwrap();
    assert!(entra.approve(sign_in.user_code()));
    let signed_in = sign_in.finish().await.unwrap();
    let vault = Vault::new();
    let refresh_token = signed_in.refresh_token.expose().to_owned();
    vault.keep_for_this_run(NAME, Secret::new(refresh_token));
    Scene {
        entra,
        client,
        vault,
    }
}

impl Scene {
    fn session(&self) -> Credential {
        self.session_at(place(&self.entra))
    }

    fn session_at(&self, place: EntraPlace) -> Credential {
        let session = Session::new(self.vault.clone(), NAME.into(), place);
        tokens(TokenSource::Session(session))
    }

    async fn kept(&self) -> String {
        let kept = self.vault.load(NAME).await.unwrap();
        kept.unwrap().expose().to_owned()
    }

    fn refreshes(&self) -> usize {
        granted(&self.entra, "refresh_token").len()
    }
}

#[tokio::test]
async fn a_session_asks_as_the_person_and_refreshes_once_for_all() {
    let scene = signed_in().await;
    let resource = resource(&scene.entra).await;
    let session = scene.session();
    let asked = join_all((0..10).map(|_| ask(&scene.client, &resource, &session))).await;
    assert!(asked.iter().all(Result::is_ok), "{asked:?}");
    assert_eq!(scene.refreshes(), 1);
    let facts = session.facts().unwrap();
    assert_eq!(facts.account.as_deref(), Some(Entra::USER));
    assert_eq!(facts.audience.as_deref(), Some("https://ai.azure.com"));
    let asked = &granted(&scene.entra, "refresh_token")[0];
    assert_eq!(asked.client_id, Entra::PUBLIC_CLIENT);
    assert!(
        asked.scope.starts_with("https://ai.azure.com/.default"),
        "{asked:?}"
    );
    assert!(asked.scope.contains("offline_access"), "{asked:?}");
}

#[tokio::test]
async fn a_reply_without_a_refresh_token_keeps_the_old_one() {
    let scene = signed_in().await;
    scene.entra.omit_refresh_token(true);
    let before = scene.kept().await;
    for _ in 0..3 {
        scene.session().prepare(&scene.client).await.unwrap();
    }
    assert_eq!(scene.kept().await, before);
    assert_eq!(scene.refreshes(), 3);
}

#[tokio::test]
async fn a_new_refresh_token_takes_the_old_ones_place() {
    let scene = signed_in().await;
    scene.entra.rotate_refresh_tokens(true);
    let mut seen = vec![scene.kept().await];
    for _ in 0..3 {
        // Each is void once it was used, so that only the newest goes on.
        scene.session().prepare(&scene.client).await.unwrap();
        let now = scene.kept().await;
        assert!(!seen.contains(&now));
        seen.push(now);
    }
    // What was kept for this run only did not get into the keyring.
    assert_eq!(scene.vault.place(NAME).await, Some(Place::ThisRun));
}

#[tokio::test]
async fn a_refresh_token_that_another_process_used_up_is_read_again() {
    let scene = signed_in().await;
    let used = scene.kept().await;
    scene.entra.rotate_refresh_tokens(true);
    // One session reads the refresh token, and while it asks the other one uses it up.
    scene.session().prepare(&scene.client).await.unwrap();
    let newest = scene.kept().await;
    scene.vault.keep_for_this_run(NAME, Secret::new(used));
    // The first attempt breaks off, so that there is time before the second.
    scene.entra.next_error(EntraFault::HangUp);
    let session = scene.session();
    let mut late = Box::pin(session.prepare(&scene.client));
    assert!(futures_util::poll!(&mut late).is_pending());
    let seen = scene.entra.wait_for(|log| {
        log.iter()
            .filter(|it| it.grant_type == "refresh_token")
            .count()
            == 2
    });
    tokio::select! {
        _ = &mut late => panic!("an answer came"),
        seen = seen => drop(seen.unwrap()),
    }
    scene
        .vault
        .keep_for_this_run(NAME, Secret::new(newest.clone()));
    late.await.unwrap();
    assert_ne!(
        scene.kept().await,
        newest,
        "the newest was used, and replaced in its turn"
    );
}

#[tokio::test]
async fn a_sign_in_that_was_revoked_is_over() {
    let scene = signed_in().await;
    let session = scene.session();
    session.prepare(&scene.client).await.unwrap();
    scene.entra.revoke_refresh_tokens();
    // The token in use goes on; the next one is not to be had.
    session.prepare(&scene.client).await.unwrap();
    let over = problem(scene.session().prepare(&scene.client).await.unwrap_err());
    assert_eq!(
        (over.kind, over.aadsts),
        (SignInKind::Expired, Some(50_173))
    );
    for number in [700_082, 70_043, 70_000] {
        scene.entra.next_error(EntraFault::Aadsts(number));
        let over = scene.session().prepare(&scene.client).await;
        assert_eq!(kind(over), SignInKind::Expired, "{number}");
    }
    // A rule of the company's is another matter: the refresh token is still good.
    scene.entra.next_error(EntraFault::Aadsts(53_003));
    let rule = scene.session().prepare(&scene.client).await;
    assert_eq!(kind(rule), SignInKind::InteractionNeeded);
}

#[tokio::test]
async fn nobody_signed_in_is_said_without_asking() {
    let scene = signed_in().await;
    let before = scene.entra.log().len();
    scene
        .vault
        .keep_for_this_run("other", Secret::new("canary".into()));
    let session = Session::new(Vault::new(), NAME.into(), place(&scene.entra));
    let nobody = tokens(TokenSource::Session(session))
        .prepare(&scene.client)
        .await;
    // Whether there is a keyring on this machine or not, there is no sign-in in it.
    let nobody = kind(nobody);
    let expected = [
        SignInKind::SignedOut,
        SignInKind::KeyringMissing,
        SignInKind::KeyringLocked,
    ];
    assert!(expected.contains(&nobody), "{nobody:?}");
    assert_eq!(scene.entra.log().len(), before);
}

#[tokio::test]
async fn a_network_that_fails_for_a_moment_is_waited_out() {
    let scene = signed_in().await;
    scene.entra.next_error(EntraFault::HangUp);
    scene.entra.next_error(EntraFault::Status(503));
    scene.session().prepare(&scene.client).await.unwrap();
    assert_eq!(scene.refreshes(), 3);
    for _ in 0..3 {
        scene.entra.next_error(EntraFault::Page);
    }
    let failing = scene.session().prepare(&scene.client).await;
    assert_eq!(kind(failing), SignInKind::Unreachable);
    assert_eq!(scene.refreshes(), 6);
}

#[tokio::test]
async fn no_refresh_token_goes_to_an_authority_without_tls() {
    let scene = signed_in().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let plain = format!("http://{}", listener.local_addr().unwrap());
    let elsewhere = EntraPlace::new(Entra::TENANT, Entra::PUBLIC_CLIENT, "", &plain);
    let refused = scene.session_at(elsewhere).prepare(&scene.client).await;
    assert_eq!(kind(refused), SignInKind::AuthorityInvalid);
    assert!(futures_util::poll!(std::pin::pin!(listener.accept())).is_pending());
}

#[tokio::test]
async fn a_session_shows_no_secret() {
    let scene = signed_in().await;
    let refresh_token = scene.kept().await;
    let session = scene.session();
    session.prepare(&scene.client).await.unwrap();
    scene.entra.revoke_refresh_tokens();
    let failure = scene.session().prepare(&scene.client).await.unwrap_err();
    for shown in [
        format!("{session:?} {failure:?} {failure}"),
        format!("{:?}", scene.vault),
    ] {
        assert!(
            !shown.contains(&refresh_token) && !shown.contains("eyJ"),
            "{shown}"
        );
    }
}
