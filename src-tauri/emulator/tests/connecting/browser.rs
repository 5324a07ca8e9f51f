//! Signing in with a browser: authorization codes with PKCE.

use hearth_emulator::{Clock, Entra};
use serde_json::Value;

use crate::support::*;

/// The pair of RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const REDIRECT: &str = "http://localhost:49152/callback";

fn authorize(entra: &Entra, changed: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("client_id", Entra::PUBLIC_CLIENT),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        (
            "scope",
            "https://ai.azure.com/.default offline_access openid",
        ),
        ("state", "a state & more"),
        ("nonce", "a nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ];
    fields.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    fields.extend(changed);
    let query = form(&fields);
    format!(
        "{}/{}/oauth2/v2.0/authorize?{query}",
        entra.authority(),
        Entra::TENANT
    )
}

fn parameter(location: &str, name: &str) -> Option<String> {
    let (_, query) = location.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find_map(|(key, value)| (key == name).then(|| value.into_owned()))
}

async fn redeem(entra: &Entra, code: &str, changed: &[(&str, &str)]) -> (u16, Value) {
    let mut fields = vec![
        ("grant_type", "authorization_code"),
        ("client_id", Entra::PUBLIC_CLIENT),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
    ];
    fields.retain(|(name, _)| changed.iter().all(|(other, _)| other != name));
    fields.extend(changed);
    token(entra, &fields).await
}

fn code(entra: &Entra) -> String {
    let location = entra.sign_in(&authorize(entra, &[])).expect("a redirect");
    parameter(&location, "code").expect("a code")
}

/// What a browser does: loads the page and presses a button of its form.
async fn pressed(entra: &Entra, url: &str, decision: &str) -> String {
    let client = client_of(entra.certificates());
    let page = client.get(url).send().await.expect("a page");
    assert_eq!(page.status(), 200);
    let html = page.text().await.expect("text");
    assert!(
        html.contains("<form method=\"post\" action=\"/signin\">"),
        "{html}"
    );
    assert!(html.contains(">Sign in</button>") && html.contains(">Cancel</button>"));
    let attribute = |field: &str, name: &str| {
        let (_, rest) = field.split_once(&format!("{name}=\""))?;
        let value = rest.split('"').next()?;
        Some(value.replace("&amp;", "&"))
    };
    let fields = html.split("<input type=\"hidden\"").skip(1);
    let fields: Vec<(String, String)> = fields
        .filter_map(|field| Some((attribute(field, "name")?, attribute(field, "value")?)))
        .collect();
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("decision", decision)
        .finish();
    let url = format!("{}/signin", entra.authority());
    let response = client.post(url).body(body).send().await.expect("an answer");
    assert_eq!(response.status(), 302);
    response.headers()["location"]
        .to_str()
        .expect("text")
        .to_owned()
}

#[tokio::test]
async fn a_browser_signs_in_and_the_code_is_redeemed_once() {
    let entra = entra().await;
    let location = pressed(&entra, &authorize(&entra, &[]), "signin").await;
    assert!(location.starts_with(&format!("{REDIRECT}?")), "{location}");
    assert_eq!(
        parameter(&location, "state").as_deref(),
        Some("a state & more")
    );
    let code = parameter(&location, "code").expect("a code");
    let (status, body) = redeem(&entra, &code, &[]).await;
    assert_eq!(status, 200, "{body}");
    assert_eq!(claims(&text(&body, "access_token"))["aud"], AI);
    let id = claims(&text(&body, "id_token"));
    assert_eq!(id["nonce"], "a nonce");
    assert_eq!(
        id["iss"],
        format!("{}/{}/v2.0", entra.authority(), Entra::TENANT)
    );
    assert!(body["refresh_token"].is_string());
    let (status, body) = redeem(&entra, &code, &[]).await;
    assert_eq!(
        (status, body["error"].as_str()),
        (400, Some("invalid_grant"))
    );
    assert_eq!(body["error_codes"][0], 54005);
}

#[tokio::test]
async fn a_browser_that_cancels_is_sent_back_with_an_error() {
    let entra = entra().await;
    let location = pressed(&entra, &authorize(&entra, &[]), "cancel").await;
    assert_eq!(
        parameter(&location, "error").as_deref(),
        Some("access_denied")
    );
    assert_eq!(
        parameter(&location, "state").as_deref(),
        Some("a state & more")
    );
    assert_eq!(parameter(&location, "code"), None);
    let same = entra.cancel(&authorize(&entra, &[])).expect("a redirect");
    assert_eq!(location, same);
}

#[tokio::test]
async fn a_code_is_bound_to_its_verifier_its_address_its_client_and_its_time() {
    let clock = Clock::default();
    let entra = Entra::builder()
        .clock(&clock)
        .start()
        .await
        .expect("a port");
    let refused = async |code: &str, changed: &[(&str, &str)]| {
        let (status, body) = redeem(&entra, code, changed).await;
        assert_eq!(status, 400, "{body}");
        body["error_codes"][0].as_u64()
    };
    let one = code(&entra);
    let other_verifier = [(
        "code_verifier",
        "another-verifier-of-at-least-43-characters-xx",
    )];
    assert_eq!(refused(&one, &other_verifier).await, Some(501_481));
    assert_eq!(refused(&one, &[("code_verifier", "")]).await, Some(900_144));
    assert_eq!(
        refused(&one, &[("redirect_uri", "http://localhost:1/")]).await,
        Some(500_112)
    );
    assert_eq!(
        refused(&one, &[("client_id", "fault-700082")]).await,
        Some(70000)
    );
    assert_eq!(refused("nonsense", &[]).await, Some(70000));
    assert_eq!(
        redeem(&entra, &one, &[]).await.0,
        200,
        "failures did not use it up"
    );
    let late = code(&entra);
    clock.advance(600);
    assert_eq!(refused(&late, &[]).await, Some(70008));
}

#[tokio::test]
async fn wrong_requests_are_sent_back_or_shown() {
    let entra = entra().await;
    let back = |changed: &[(&str, &str)]| {
        let location = entra
            .sign_in(&authorize(&entra, changed))
            .expect("a redirect");
        assert_eq!(parameter(&location, "code"), None, "{location}");
        assert_eq!(
            parameter(&location, "state").as_deref(),
            Some("a state & more")
        );
        parameter(&location, "error").expect("an error")
    };
    assert_eq!(
        back(&[("response_type", "token")]),
        "unsupported_response_type"
    );
    assert_eq!(back(&[("code_challenge", "")]), "invalid_request");
    assert_eq!(
        back(&[("code_challenge_method", "plain")]),
        "invalid_request"
    );
    assert_eq!(
        back(&[("scope", "https://example.com/.default")]),
        "invalid_resource"
    );
    let client = client_of(entra.certificates());
    for (changed, code) in [
        (("redirect_uri", "https://example.com/"), "AADSTS50011"),
        (("client_id", "nobody"), "AADSTS700016"),
        (("client_id", "fault-700016"), "AADSTS700016"),
    ] {
        let url = authorize(&entra, &[changed]);
        assert_eq!(entra.sign_in(&url), None);
        let page = client.get(&url).send().await.expect("a page");
        assert_eq!(page.status(), 400);
        assert_eq!(page.headers().get("location"), None);
        let html = page.text().await.expect("text");
        assert!(html.contains(code), "{html}");
    }
}

#[tokio::test]
async fn without_the_scopes_there_is_neither_refresh_nor_id_token() {
    let entra = entra().await;
    let url = authorize(&entra, &[("scope", AI_SCOPE)]);
    let location = entra.sign_in(&url).expect("a redirect");
    let code = parameter(&location, "code").expect("a code");
    let (status, body) = redeem(&entra, &code, &[]).await;
    assert_eq!(status, 200);
    assert_eq!(body["refresh_token"], Value::Null);
    assert_eq!(body["id_token"], Value::Null);
}
