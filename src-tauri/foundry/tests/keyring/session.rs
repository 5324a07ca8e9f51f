//! A person's refresh token in the real keyring: replaced there, and kept in memory while the
//! keyring is gone.

use std::sync::Arc;

use hearth_emulator::{Entra, EntraFault};
use hearth_foundry::{
    Client, ClientOptions, Credential, EntraPlace, Network, Place, Session, TokenSource, Tokens,
    Vault, with_code,
};

use super::{Daemon, load};

const NAME: &str = "connection-1";
/// The daemon's folder.
const DATA: &str = "sessions";

struct Scene {
    entra: Entra,
    client: Client,
    place: EntraPlace,
    vault: Vault,
}

/// Somebody signed in, where each refresh token is good for one use.
async fn signed_in(vault: &Vault) -> Scene {
    let entra = Entra::builder().interval(0).start().await.unwrap();
    let network = Network {
        roots: vec![entra.certificates().ca_der()],
        ..Network::default()
    };
    let client = Client::new(ClientOptions {
        network,
        ..ClientOptions::default()
    });
    let client = client.unwrap();
    let place = EntraPlace::new(Entra::TENANT, Entra::PUBLIC_CLIENT, "", entra.authority());
    let sign_in = with_code(&client, place.clone()).await.unwrap();
    assert!(entra.approve(sign_in.user_code()));
    let signed_in = sign_in.finish().await.unwrap();
    entra.rotate_refresh_tokens(true);
    vault.store(NAME, &signed_in.refresh_token).await.unwrap();
    Scene {
        entra,
        client,
        place,
        vault: vault.clone(),
    }
}

impl Scene {
    /// A credential without a token yet, so that the next question refreshes.
    fn fresh(&self, session: &Session) -> Credential {
        let source = TokenSource::Session(session.clone());
        Credential::Tokens(Tokens::new(source, String::new()))
    }

    fn session(&self) -> Session {
        Session::new(self.vault.clone(), NAME.into(), self.place.clone())
    }

    async fn kept(&self) -> Option<String> {
        load(&self.vault, NAME).await.unwrap()
    }
}

pub(crate) async fn replaced_in_the_keyring(vault: &Vault) {
    let _daemon = Daemon::unlocked(vault, DATA).await;
    let scene = signed_in(vault).await;
    let mut seen = vec![scene.kept().await];
    for _ in 0..3 {
        let credential = scene.fresh(&scene.session());
        credential.prepare(&scene.client).await.unwrap();
        let now = scene.kept().await;
        assert!(now.is_some() && !seen.contains(&now));
        seen.push(now);
        assert_eq!(vault.place(NAME).await, Some(Place::Keyring));
    }
    // A connection that was removed meanwhile stays removed.
    scene.entra.next_error(EntraFault::HangUp);
    let credential = scene.fresh(&scene.session());
    during_the_second_attempt(&scene, &credential, async || {
        vault.forget(NAME).await.unwrap();
    })
    .await;
    assert_eq!(scene.kept().await, None);
}

pub(crate) async fn kept_in_memory_meanwhile(vault: &Vault) {
    let daemon = Daemon::unlocked(vault, DATA).await;
    let scene = signed_in(vault).await;
    let before = scene.kept().await;
    let session = scene.session();
    scene.entra.next_error(EntraFault::HangUp);
    let gone = Arc::new(std::sync::Mutex::new(Some(daemon)));
    during_the_second_attempt(&scene, &scene.fresh(&session), async || {
        drop(gone.lock().unwrap().take());
    })
    .await;
    // Without the keyring, the session goes on by what it has in memory.
    scene.fresh(&session).prepare(&scene.client).await.unwrap();

    let _daemon = Daemon::unlocked(vault, DATA).await;
    assert_eq!(
        scene.kept().await,
        before,
        "the keyring never heard of the new ones"
    );
    scene.fresh(&session).prepare(&scene.client).await.unwrap();
    assert_ne!(scene.kept().await, before);
    // Another session, which has nothing in memory, goes on by what is in the keyring.
    scene
        .fresh(&scene.session())
        .prepare(&scene.client)
        .await
        .unwrap();
}

/// Refreshes; between a first attempt, which is broken off, and the second one, `meanwhile`
/// happens.
async fn during_the_second_attempt(
    scene: &Scene,
    credential: &Credential,
    meanwhile: impl AsyncFnOnce(),
) {
    let refreshes = |log: &[hearth_emulator::TokenRequest]| {
        log.iter()
            .filter(|it| it.grant_type == "refresh_token")
            .count()
    };
    let before = refreshes(&scene.entra.log());
    let meanwhile = async {
        let seen = scene.entra.wait_for(|log| refreshes(log) > before);
        seen.await.unwrap();
        meanwhile().await;
    };
    let (prepared, ()) = tokio::join!(credential.prepare(&scene.client), meanwhile);
    prepared.unwrap();
}
