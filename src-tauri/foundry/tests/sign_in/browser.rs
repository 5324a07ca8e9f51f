//! Signing in with a browser, which a plain HTTP client plays here: the right one, the wrong
//! ones, and none.

use hearth_emulator::{Entra, EntraFault};
use hearth_foundry::{
    BrowserSignIn, Client, EntraPlace, Failure, Page, Pages, SignInKind, SignedIn, in_browser,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use url::Url;

use crate::support::*;

const DONE: &str = "You are signed in";
const FAILED: &str = "That did not work";

struct Scene {
    entra: Entra,
    client: Client,
    browser: reqwest::Client,
}

async fn scene() -> Scene {
    let entra = tenant().await;
    Scene {
        client: client(&entra),
        entra,
        browser: reqwest::Client::builder().no_proxy().build().unwrap(),
    }
}

fn pages() -> Pages {
    let page = |title: &str| Page {
        language: "en".into(),
        title: title.into(),
        text: "Close this page & go on.".into(),
    };
    Pages {
        done: page(DONE),
        failed: page(FAILED),
    }
}

impl Scene {
    async fn begin(&self) -> (String, JoinHandle<Result<SignedIn, Failure>>) {
        let sign_in = in_browser(&self.client, place(&self.entra), pages())
            .await
            .unwrap();
        let url = sign_in.url().to_owned();
        (url, tokio::spawn(BrowserSignIn::finish(sign_in)))
    }

    /// What the browser shows at an address, with its status.
    async fn open(&self, address: &str) -> (u16, String) {
        let response = self.browser.get(address).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }
}

fn redirect(url: &str) -> Url {
    let authorize = Url::parse(url).unwrap();
    let mut query = authorize.query_pairs();
    let (_, redirect) = query.find(|(name, _)| name == "redirect_uri").unwrap();
    Url::parse(&redirect).unwrap()
}

/// An address with one part of its query replaced.
fn with(address: &str, name: &str, value: &str) -> String {
    let mut url = Url::parse(address).unwrap();
    let pairs: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(pairs.into_iter().filter(|(it, _)| it != name))
        .append_pair(name, value);
    url.into()
}

#[tokio::test]
async fn the_browser_comes_back_and_somebody_is_signed_in() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let authorize = Url::parse(&url).unwrap();
    let asked = |name: &str| {
        let mut query = authorize.query_pairs();
        query
            .find(|(it, _)| it == name)
            .map(|(_, value)| value.into_owned())
    };
    assert_eq!(authorize.scheme(), "https");
    assert_eq!(asked("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(asked("response_type").as_deref(), Some("code"));
    assert_eq!(asked("client_id").as_deref(), Some(Entra::PUBLIC_CLIENT));
    let scope = "https://ai.azure.com/.default openid profile offline_access";
    assert_eq!(asked("scope").as_deref(), Some(scope));
    assert!(asked("state").unwrap().len() >= 20);

    let back = scene.entra.sign_in(&url).unwrap();
    let (status, page) = scene.open(&back).await;
    assert_eq!(status, 200);
    assert!(
        page.contains(DONE) && page.contains("&amp; go on"),
        "{page}"
    );
    let signed_in = finished.await.unwrap().unwrap();
    assert_eq!(signed_in.account.as_deref(), Some(Entra::USER));
    assert!(!signed_in.refresh_token.is_empty());
    let redeemed = &granted(&scene.entra, "authorization_code")[0];
    assert!(redeemed.field("code_verifier").unwrap().len() >= 43);
    assert_eq!(redeemed.field("client_secret"), None);
    // Nobody listens any more.
    assert!(scene.browser.get(redirect(&url)).send().await.is_err());
}

#[tokio::test]
async fn each_sign_in_has_a_state_and_a_proof_of_its_own() {
    let scene = scene().await;
    let (first, _one) = scene.begin().await;
    let (second, two) = scene.begin().await;
    let part = |url: &str, name: &str| {
        let url = Url::parse(url).unwrap();
        let mut query = url.query_pairs();
        query.find(|(it, _)| it == name).unwrap().1.into_owned()
    };
    for name in ["state", "code_challenge", "redirect_uri"] {
        assert_ne!(part(&first, name), part(&second, name), "{name}");
    }
    // What the first was given does not open the second's door.
    let back = scene.entra.sign_in(&first).unwrap();
    let mut mixed = Url::parse(&back).unwrap();
    mixed.set_port(redirect(&second).port()).unwrap();
    let (status, page) = scene.open(mixed.as_str()).await;
    assert_eq!(status, 400);
    assert!(page.contains(FAILED));
    // Nor does its code, with the second's state.
    let stolen = with(mixed.as_str(), "state", &part(&second, "state"));
    let (_, page) = scene.open(&stolen).await;
    assert!(page.contains(FAILED));
    assert_eq!(kind(two.await.unwrap()), SignInKind::Refused);
}

#[tokio::test]
async fn who_comes_with_a_wrong_state_changes_nothing() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let back = scene.entra.sign_in(&url).unwrap();
    let without = {
        let mut url = Url::parse(&back).unwrap();
        url.set_query(Some("code=x"));
        String::from(url)
    };
    let refused = with(&with(&back, "state", "guessed"), "error", "access_denied");
    for wrong in [
        with(&back, "state", "guessed"),
        with(&back, "state", ""),
        without,
        refused,
    ] {
        let (status, page) = scene.open(&wrong).await;
        assert_eq!(status, 400, "{wrong}");
        assert!(page.contains(FAILED));
    }
    assert!(granted(&scene.entra, "authorization_code").is_empty());
    let (_, page) = scene.open(&back).await;
    assert!(page.contains(DONE));
    finished.await.unwrap().unwrap();
}

#[tokio::test]
async fn somebody_presses_cancel() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let back = scene.entra.cancel(&url).unwrap();
    assert!(back.contains("error=access_denied"), "{back}");
    let (_, page) = scene.open(&back).await;
    assert!(page.contains(FAILED));
    assert_eq!(kind(finished.await.unwrap()), SignInKind::Declined);
}

#[tokio::test]
async fn of_two_browsers_the_first_decides() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let (one, two) = (
        scene.entra.sign_in(&url).unwrap(),
        scene.entra.sign_in(&url).unwrap(),
    );
    assert_ne!(one, two);
    // One code is being redeemed while the other comes; both browsers are answered.
    let ((_, first), (_, second)) = tokio::join!(scene.open(&one), scene.open(&two));
    let pages = [first, second];
    assert_eq!(
        pages.iter().filter(|page| page.contains(DONE)).count(),
        1,
        "{pages:?}"
    );
    assert_eq!(
        pages.iter().filter(|page| page.contains(FAILED)).count(),
        1,
        "{pages:?}"
    );
    finished.await.unwrap().unwrap();
    assert_eq!(granted(&scene.entra, "authorization_code").len(), 1);
}

#[tokio::test]
async fn everything_but_the_way_back_is_nothing() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let back = scene.entra.sign_in(&url).unwrap();
    let at = |path: &str| {
        let mut url = Url::parse(&back).unwrap();
        url.set_path(path);
        String::from(url)
    };
    for path in ["/favicon.ico", "/callback", "//", "/../etc/passwd", "/%2f"] {
        let (status, page) = scene.open(&at(path)).await;
        assert_eq!((status, page.as_str()), (404, ""), "{path}");
    }
    let posted = scene.browser.post(&back).send().await.unwrap();
    assert_eq!(posted.status(), 404);
    assert!(granted(&scene.entra, "authorization_code").is_empty());
    scene.open(&back).await;
    finished.await.unwrap().unwrap();
}

#[tokio::test]
async fn connections_that_say_nothing_or_nonsense_keep_nobody_out() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let port = redirect(&url).port().unwrap();
    let connect = async || TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    // As browsers do in advance.
    let _silent = [connect().await, connect().await, connect().await];
    let mut slow = connect().await;
    slow.write_all(b"GET /?code=x&sta").await.unwrap();
    let mut odd = connect().await;
    odd.write_all(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        .await
        .unwrap();
    let mut huge = connect().await;
    let head = format!("GET /?{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
    // It is turned away in the middle.
    let _ = huge.write_all(head.as_bytes()).await;
    let mut said = Vec::new();
    let _ = huge.read_to_end(&mut said).await;
    assert!(!String::from_utf8_lossy(&said).contains("200"));

    let (_, page) = scene.open(&scene.entra.sign_in(&url).unwrap()).await;
    assert!(page.contains(DONE));
    finished.await.unwrap().unwrap();
}

#[tokio::test]
async fn both_addresses_of_localhost_are_ours() {
    let scene = scene().await;
    let (url, finished) = scene.begin().await;
    let back = scene.entra.sign_in(&url).unwrap();
    let port = redirect(&url).port().unwrap();
    assert_eq!(redirect(&url).as_str(), format!("http://localhost:{port}/"));
    for address in ["127.0.0.1", "[::1]"] {
        // A machine without IPv6 has one of them only.
        let missing = address == "[::1]" && std::net::TcpListener::bind("[::1]:0").is_err();
        if !missing {
            let (status, _) = scene
                .open(&format!("http://{address}:{port}/nothing"))
                .await;
            assert_eq!(status, 404);
        }
    }
    scene.open(&back).await;
    finished.await.unwrap().unwrap();
}

#[tokio::test]
async fn giving_it_up_closes_the_door() {
    let scene = scene().await;
    let sign_in = in_browser(&scene.client, place(&scene.entra), pages())
        .await
        .unwrap();
    let url = sign_in.url().to_owned();
    let address = redirect(&url);
    let finishing = tokio::spawn(sign_in.finish());
    assert_eq!(
        scene.open(address.join("/x").unwrap().as_str()).await.0,
        404
    );
    finishing.abort();
    let _ = finishing.await;
    assert!(scene.browser.get(address).send().await.is_err());
    // One that was never waited for, too.
    let unused = in_browser(&scene.client, place(&scene.entra), pages())
        .await
        .unwrap();
    let address = redirect(unused.url());
    drop(unused);
    assert!(scene.browser.get(address).send().await.is_err());
}

/// The time stands still but for waits.
#[tokio::test(start_paused = true)]
async fn nobody_comes_back_in_time() {
    let scene = scene().await;
    let (_, finished) = scene.begin().await;
    let began = tokio::time::Instant::now();
    assert_eq!(kind(finished.await.unwrap()), SignInKind::TimedOut);
    assert_eq!(began.elapsed().as_secs(), 600);
}

#[tokio::test]
async fn what_entra_has_against_the_code_is_told() {
    let scene = scene().await;
    for (fault, expected) in [
        (
            EntraFault::Aadsts(7_000_218),
            SignInKind::PublicClientDisabled,
        ),
        (EntraFault::Aadsts(54_005), SignInKind::Refused),
        (EntraFault::Aadsts(53_003), SignInKind::InteractionNeeded),
        (EntraFault::Status(503), SignInKind::Unreachable),
        (EntraFault::PortalPage, SignInKind::Refused),
    ] {
        let (url, finished) = scene.begin().await;
        scene.entra.next_error(fault);
        let (_, page) = scene.open(&scene.entra.sign_in(&url).unwrap()).await;
        assert!(page.contains(FAILED), "{fault:?}");
        assert_eq!(kind(finished.await.unwrap()), expected, "{fault:?}");
    }
    // What the page itself says when a person or an administrator has not agreed.
    for (description, expected) in [
        (
            "AADSTS65004: User declined to consent.",
            SignInKind::Declined,
        ),
        (
            "AADSTS90094: Admin consent is required.",
            SignInKind::ConsentNeeded,
        ),
    ] {
        let (url, finished) = scene.begin().await;
        let back = scene.entra.cancel(&url).unwrap();
        scene
            .open(&with(&back, "error_description", description))
            .await;
        assert_eq!(kind(finished.await.unwrap()), expected, "{description}");
    }
}

#[tokio::test]
async fn a_place_that_is_none_opens_no_door() {
    let scene = scene().await;
    for (tenant, scope, authority, expected) in [
        (
            "../x",
            "",
            scene.entra.authority(),
            SignInKind::TenantUnknown,
        ),
        ("", "a b", scene.entra.authority(), SignInKind::ScopeInvalid),
        ("", "", "http://login.example", SignInKind::AuthorityInvalid),
    ] {
        let place = EntraPlace::new(tenant, "", scope, authority);
        let none = in_browser(&scene.client, place, pages()).await;
        assert_eq!(kind(none), expected);
    }
}

#[tokio::test]
async fn a_sign_in_shows_no_secret() {
    let scene = scene().await;
    let sign_in = in_browser(&scene.client, place(&scene.entra), pages())
        .await
        .unwrap();
    let url = Url::parse(sign_in.url()).unwrap();
    let mut query = url.query_pairs();
    let (_, state) = query.find(|(name, _)| name == "state").unwrap();
    assert!(!format!("{sign_in:?}").contains(state.as_ref()));
    let address = sign_in.url().to_owned();
    let finished = tokio::spawn(sign_in.finish());
    let back = scene.entra.sign_in(&address).unwrap();
    scene.open(&back).await;
    let signed_in = finished.await.unwrap().unwrap();
    let shown = format!("{signed_in:?}");
    assert!(!shown.contains(signed_in.refresh_token.expose()) && !shown.contains("eyJ"));
}
