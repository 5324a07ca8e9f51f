use super::*;

fn answered(status: u16, body: &str) -> Answered {
    Answered {
        status,
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

#[test]
fn a_refusal_is_told_by_its_number() {
    let body = r#"{"error":"invalid_client",
        "error_description":"AADSTS7000215: Invalid client secret provided: s3cret.\r\nTrace ID: 1 Correlation ID: 2 Timestamp: 3",
        "error_codes":[7000215],"correlation_id":"c-1"}"#;
    assert_eq!(
        refusal(&answered(401, body), &["s3cret"]),
        SignInProblem {
            kind: SignInKind::ClientSecretWrong,
            error: Some("invalid_client".into()),
            aadsts: Some(7_000_215),
            said: "AADSTS7000215: Invalid client secret provided: <redacted>.".into(),
            correlation_id: Some("c-1".into()),
        }
    );
}

#[test]
fn every_number_of_the_reference_has_its_meaning() {
    for (number, error, expected) in [
        (7_000_222, "invalid_client", SignInKind::ClientSecretExpired),
        (
            700_016,
            "unauthorized_client",
            SignInKind::ApplicationUnknown,
        ),
        (90_002, "invalid_request", SignInKind::TenantUnknown),
        (900_023, "invalid_request", SignInKind::TenantUnknown),
        (500_011, "invalid_resource", SignInKind::ScopeUnknown),
        (70_011, "invalid_scope", SignInKind::ScopeInvalid),
        (65_001, "invalid_grant", SignInKind::ConsentNeeded),
        (
            50_076,
            "interaction_required",
            SignInKind::InteractionNeeded,
        ),
        (53_003, "invalid_grant", SignInKind::InteractionNeeded),
        (
            7_000_218,
            "invalid_client",
            SignInKind::PublicClientDisabled,
        ),
        (700_082, "invalid_grant", SignInKind::Expired),
        (50_020, "invalid_grant", SignInKind::AccountUnknown),
        (65_004, "access_denied", SignInKind::Declined),
        (99_999, "consent_required", SignInKind::ConsentNeeded),
        (99_999, "expired_token", SignInKind::TimedOut),
        (99_999, "invalid_grant", SignInKind::Refused),
    ] {
        let description = format!("AADSTS{number}: words");
        let found = described(Some(error), Some(&description), &[]);
        assert_eq!(
            (found.kind, found.aadsts),
            (expected, Some(number)),
            "{number}"
        );
    }
}

#[test]
fn what_is_no_refusal_is_said_as_what_it_is() {
    let page = refusal(&answered(200, "<html>Sign in to the Wi-Fi</html>"), &[]);
    assert_eq!(page.kind, SignInKind::Refused);
    assert_eq!(page.said, "status 200 OK, and no answer of Entra's");
    assert_eq!(
        refusal(&answered(503, ""), &[]).kind,
        SignInKind::Unreachable
    );
    let busy = r#"{"error":"temporarily_unavailable"}"#;
    assert_eq!(
        refusal(&answered(503, busy), &[]).kind,
        SignInKind::Unreachable
    );
    assert_eq!(
        refusal(&answered(500, "{}"), &[]).kind,
        SignInKind::Unreachable
    );
    let nothing = refusal(&answered(400, "{}"), &[]);
    assert_eq!(
        (nothing.kind, nothing.said.as_str()),
        (SignInKind::Refused, "status 400")
    );
}

#[test]
fn words_fit_on_one_line() {
    let long = "ä\n\u{1b}[31m ".repeat(10_000);
    let said = described(None, Some(&long), &[]).said;
    assert!(said.chars().count() <= LONGEST_WORDS + 1 && !said.contains(['\n', '\u{1b}']));
    assert_eq!(number("AADSTS"), None);
    assert_eq!(number("AADSTS99999999999999"), None);
    assert_eq!(number("x AADSTS50076"), Some(50_076));
}

#[test]
fn an_authority_is_an_https_host() {
    for (written, expected) in [
        (
            "https://login.microsoftonline.us/",
            Some("https://login.microsoftonline.us/"),
        ),
        (
            " login.chinacloudapi.cn ",
            Some("https://login.chinacloudapi.cn/"),
        ),
        (
            "https://localhost:8443/common?x#y",
            Some("https://localhost:8443/"),
        ),
        ("http://login.microsoftonline.com", None),
        ("http://localhost:1", None),
        ("file:///etc/passwd", None),
        ("https://user:pw@host", None),
        ("", None),
        ("https://", None),
        ("two words", None),
    ] {
        let found = authority(written).map(String::from).map_err(|it| it.kind);
        let expected = expected.map(str::to_owned);
        assert_eq!(
            found,
            expected.ok_or(SignInKind::AuthorityInvalid),
            "{written}"
        );
    }
}

#[test]
fn a_tenant_and_a_scope_cannot_reach_out_of_their_place() {
    for bad in ["", " ", "../x", "a/b", "a b", "t;rm", "ä", "$(id)"] {
        assert!(tenant(bad).is_err(), "{bad}");
    }
    assert_eq!(
        tenant(" contoso.onmicrosoft.com "),
        Ok("contoso.onmicrosoft.com")
    );
    for bad in ["", "a b", "x\"y", "a;b", "a|b", "$(id)", "a&b", "ä"] {
        assert!(scope(bad).is_err(), "{bad}");
    }
    assert!(scope("https://ai.azure.com/.default").is_ok());
}

#[test]
fn whoever_is_asked_too_much_has_refused_nothing() {
    for (status, body, expected) in [
        (429, "", SignInKind::Unreachable),
        (
            429,
            r#"{"error":"too_many_requests"}"#,
            SignInKind::Unreachable,
        ),
        (408, "", SignInKind::Unreachable),
        (400, "", SignInKind::Refused),
        (400, r#"{"error":"invalid_request"}"#, SignInKind::Refused),
    ] {
        let problem = refusal(&answered(status, body), &[]);
        assert_eq!(problem.kind, expected, "{status} {body}");
    }
}

#[tokio::test]
async fn a_proxy_that_says_nothing_is_the_proxys_failure() {
    use crate::client::ClientOptions;
    use crate::network::{Network, Proxy, ProxyAddress};

    // Accepted by the operating system, and answered by nobody.
    let silent = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let address = format!("http://{}", silent.local_addr().unwrap());
    let limit = Duration::from_millis(400);
    let client = Client::new(ClientOptions {
        connect_timeout: limit,
        network: Network {
            proxy: Proxy::Manual {
                address: ProxyAddress::parse(&address).unwrap().address,
                user: None,
                password: None,
                no_proxy: Vec::new(),
            },
            ..Network::default()
        },
        ..ClientOptions::default()
    });
    let url = Url::parse("https://login.example.invalid/t/oauth2/v2.0/token").unwrap();
    let request = reqwest::Request::new(reqwest::Method::POST, url);
    // As in earnest: time for one connection, and not for two.
    let asked = ask(&client.unwrap(), request, limit * 3 / 2).await;
    assert!(matches!(asked, Err(Failure::Proxy(_))), "{:?}", asked.err());
}
