//! What needs a clock that can be moved: tokens that end, against a real tenant.

use std::sync::atomic::{AtomicU64, Ordering};

use hearth_emulator::{Entra, EntraFault};

use super::*;
use crate::client::ClientOptions;
use crate::network::Network;

struct Scene {
    /// Seconds that the machine's clock is ahead.
    ahead: Arc<AtomicU64>,
    entra: Entra,
    client: Client,
    tokens: Tokens,
}

async fn scene() -> Scene {
    let ahead = Arc::new(AtomicU64::new(0));
    let moved = ahead.clone();
    let clock = move || SystemTime::now() + Duration::from_secs(moved.load(Ordering::SeqCst));
    let entra = Entra::builder().start().await.unwrap();
    let network = Network {
        roots: vec![entra.certificates().ca_der()],
        ..Network::default()
    };
    let client = Client::new(ClientOptions {
        network,
        ..ClientOptions::default()
    });
    let source = TokenSource::ClientSecret {
        tenant: Entra::TENANT.into(),
        client_id: Entra::CLIENT.into(),
        secret: Arc::new(Secret::new(Entra::SECRET.into())),
        authority: Some(entra.authority().into()),
    };
    Scene {
        ahead,
        client: client.unwrap(),
        tokens: Tokens::with_clock(source, String::new(), Arc::new(clock)),
        entra,
    }
}

impl Scene {
    fn ahead(&self, seconds: u64) {
        self.ahead.store(seconds, Ordering::SeqCst);
    }

    async fn serial(&self) -> u64 {
        self.tokens.get(&self.client).await.unwrap().serial
    }

    async fn asked(&self, times: usize) {
        self.entra.wait_for(|log| log.len() >= times).await.unwrap();
        assert_eq!(self.entra.log().len(), times);
    }

    /// Waits until no fetch runs.
    async fn settled(&self) {
        let running = self.tokens.shared.state().running();
        if let Some(mut running) = running {
            let _ = running.wait_for(Option::is_some).await;
        }
    }
}

#[tokio::test]
async fn a_token_is_renewed_behind_the_callers_back() {
    let scene = scene().await;
    assert_eq!(scene.serial().await, 1);
    // Ten minutes before its end at the earliest, five at the latest.
    scene.ahead(3_599 - 601);
    assert_eq!(scene.serial().await, 1);
    scene.settled().await;
    scene.asked(1).await;
    scene.ahead(3_599 - 299);
    assert_eq!(scene.serial().await, 1, "nobody waits for the new one");
    scene.settled().await;
    assert_eq!(scene.serial().await, 2);
    scene.asked(2).await;
}

#[tokio::test]
async fn a_renewal_that_fails_does_not_fail_who_has_a_valid_token() {
    let scene = scene().await;
    assert_eq!(scene.serial().await, 1);
    for _ in 0..2 {
        scene.entra.next_error(EntraFault::Aadsts(7_000_215));
    }
    scene.ahead(3_599 - 299);
    assert_eq!(scene.serial().await, 1);
    scene.settled().await;
    // It failed, and is not tried again at once, but after a pause.
    for _ in 0..5 {
        assert_eq!(scene.serial().await, 1);
        scene.settled().await;
    }
    scene.asked(2).await;
    scene.tokens.shared.state().not_before = Some(Instant::now());
    assert_eq!(scene.serial().await, 1);
    scene.settled().await;
    scene.asked(3).await;
    scene.tokens.shared.state().not_before = Some(Instant::now());
    assert_eq!(scene.serial().await, 1);
    scene.settled().await;
    assert_eq!(scene.serial().await, 2);
}

#[tokio::test]
async fn without_a_valid_token_a_failure_is_one() {
    let scene = scene().await;
    assert_eq!(scene.serial().await, 1);
    scene.entra.next_error(EntraFault::Aadsts(54_005));
    scene.ahead(3_600);
    let Err(Failure::SignIn(problem)) = scene.tokens.get(&scene.client).await else {
        panic!("a token that is over was used");
    };
    assert_eq!(problem.kind, SignInKind::Refused);
    // The pause is for renewals in advance: whoever needs a token asks at once.
    assert_eq!(scene.serial().await, 2);
}

#[tokio::test]
async fn what_only_a_person_can_mend_is_not_asked_again_by_every_caller() {
    for (number, kind) in [
        (7_000_215, SignInKind::ClientSecretWrong),
        (65_001, SignInKind::ConsentNeeded),
        (53_003, SignInKind::InteractionNeeded),
        (7_000_218, SignInKind::PublicClientDisabled),
        (50_020, SignInKind::AccountUnknown),
        (700_082, SignInKind::Expired),
    ] {
        is_asked_once_for_all(number, kind).await;
    }
}

async fn is_asked_once_for_all(number: u32, kind: SignInKind) {
    let scene = scene().await;
    scene.entra.next_error(EntraFault::Aadsts(number));
    for _ in 0..20 {
        let Err(Failure::SignIn(problem)) = scene.tokens.get(&scene.client).await else {
            panic!("{number} was asked again");
        };
        assert_eq!(problem.kind, kind);
    }
    scene.asked(1).await;
    // It holds for a while only: a secret that was just made may take a moment to be known.
    let over = scene.tokens.shared.state().refused.take();
    assert!(over.is_some_and(|(_, until)| until <= Instant::now() + REFUSED));
    assert_eq!(scene.serial().await, 1);
    scene.asked(2).await;
}

#[tokio::test]
async fn a_token_that_is_about_to_end_is_used_only_when_there_is_no_other() {
    let scene = scene().await;
    assert_eq!(scene.serial().await, 1);
    scene.entra.next_error(EntraFault::Aadsts(7_000_215));
    scene.ahead(3_599 - 29);
    for _ in 0..3 {
        assert_eq!(scene.serial().await, 1);
        scene.settled().await;
    }
    scene.asked(2).await;
    scene.tokens.shared.state().not_before = Some(Instant::now());
    assert_eq!(
        scene.serial().await,
        2,
        "here there is another, and it is waited for"
    );
}

#[tokio::test]
async fn a_clock_that_is_set_costs_a_token_at_most() {
    let scene = scene().await;
    scene.ahead(86_400);
    assert_eq!(scene.serial().await, 1);
    // Back by a day: less time than none has passed, and the steady clock counts on.
    scene.ahead(0);
    assert_eq!(scene.serial().await, 1);
    // Ahead by a day: for all anybody knows the machine slept that long.
    scene.ahead(2 * 86_400);
    assert_eq!(scene.serial().await, 2);
    assert_eq!(scene.serial().await, 2);
    scene.asked(2).await;
}

#[tokio::test]
async fn only_the_token_that_was_refused_is_forgotten() {
    let scene = scene().await;
    let first = scene.tokens.get(&scene.client).await.unwrap();
    assert!(scene.tokens.refused(&first));
    let second = scene.tokens.get(&scene.client).await.unwrap();
    assert_eq!(second.serial, 2);
    // Somebody who was slow to be refused the first one.
    assert!(scene.tokens.refused(&first));
    assert_eq!(scene.serial().await, 2);
    scene.asked(2).await;

    let given = TokenSource::Given(Arc::new(Secret::new("opaque".into())));
    let given = Tokens::new(given, String::new());
    let token = given.get(&scene.client).await.unwrap();
    assert!(!given.refused(&token));
}

#[tokio::test]
async fn a_resource_that_goes_on_refusing_is_believed_after_a_while() {
    let scene = scene().await;
    // Whoever mends what was wrong and asks again gets a new token at once, and once more.
    for serial in [1, 2] {
        let token = scene.tokens.get(&scene.client).await.unwrap();
        assert_eq!(token.serial, serial);
        assert!(scene.tokens.refused(&token));
    }
    for _ in 0..50 {
        let token = scene.tokens.get(&scene.client).await.unwrap();
        assert_eq!(token.serial, 3);
        assert!(!scene.tokens.refused(&token), "another one helps no more");
    }
    scene.asked(3).await;
    // After a pause the next one asks for another by itself; from then on one in each pause.
    scene.tokens.shared.state().refusals.kept_until = Some(Instant::now());
    let token = scene.tokens.get(&scene.client).await.unwrap();
    assert_eq!(token.serial, 4);
    assert!(!scene.tokens.refused(&token));
    assert_eq!(scene.serial().await, 4);
    scene.asked(4).await;
}

#[test]
fn a_fetch_whose_runtime_ended_is_begun_again() {
    let runtime = || tokio::runtime::Runtime::new().unwrap();
    let lasting = runtime();
    let scene = lasting.block_on(scene());
    scene.entra.next_error(EntraFault::Stall);
    let ending = runtime();
    ending.block_on(async {
        let mut caller = Box::pin(scene.tokens.get(&scene.client));
        assert!(futures_util::poll!(&mut caller).is_pending());
        scene.entra.wait_for(|log| log.len() == 1).await.unwrap();
    });
    ending.shutdown_background();
    assert_eq!(lasting.block_on(scene.serial()), 1);
}

#[test]
fn lives_of_every_length_make_sense() {
    let life = |life| {
        let token = Token {
            secret: Arc::new(Secret::new("t".into())),
            facts: Arc::default(),
            serial: 1,
        };
        let now = Moment {
            steady: Instant::now(),
            wall: SystemTime::now(),
        };
        let held = Held::new(token, now, life);
        (held.renew_after, held.good_for)
    };
    for seconds in [1, 2, 10, 60, 300, 3_599, 86_400, u64::MAX] {
        let whole = Duration::from_secs(seconds);
        let (renew_after, good_for) = life(Life::Known(whole));
        assert!(
            whole / 2 <= renew_after && renew_after < good_for && good_for < whole,
            "{seconds}"
        );
    }
    assert_eq!(life(Life::Unknown).1, UNKNOWN_LIFE - SAFETY);
    assert!(life(Life::Endless).0 > Duration::from_secs(u64::MAX / 2));
}
