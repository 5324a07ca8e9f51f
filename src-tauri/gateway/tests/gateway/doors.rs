//! Who is let in: by which name, from which page, with which key, saying what kind of thing.

use hearth_gateway::{Door, Gateway, NotServing, Serving};
use tokio::net::TcpListener;

use crate::support::{
    ALIAS, DEPLOYMENT, KEY, deployment, in_front_of, keys, lending, options, question, raw, serve,
    status,
};
use crate::upstream::{JSON, Upstream};

const MESSAGE: &str =
    r#"{"type":"message","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn"}"#;

/// A request with these headers, as a browser or a program would send it.
fn request(method: &str, path: &str, headers: &[&str]) -> String {
    let body = if method == "POST" {
        question(ALIAS, false)
    } else {
        String::new()
    };
    let mut text = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
    for header in headers {
        text.push_str(&format!("{header}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n\r\n{body}", body.len()));
    text
}

async fn upstream() -> Upstream {
    Upstream::saying("200 OK", &[JSON], MESSAGE).await
}

/// Every request of a table, each with a key, a name, a page and a kind, in all combinations.
#[tokio::test]
async fn only_who_has_a_key_a_good_name_no_page_and_json_gets_an_answer() {
    let upstream = upstream().await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let hosts = [
        (Some("host: 127.0.0.1:4000"), true),
        (Some("Host: localhost"), true),
        (Some("host: 0.0.0.0:4000"), true),
        (Some("host: evil.example"), false),
        (Some("host: 127.0.0.1.evil.example"), false),
        (None, false),
    ];
    let pages = [
        (None, true),
        (Some("origin: https://evil.example"), false),
        (Some("origin: null"), false),
        (Some("origin: http://127.0.0.1:4000"), false),
        (Some("sec-fetch-site: cross-site"), false),
    ];
    let right = [
        format!("authorization: Bearer {KEY}"),
        format!("Authorization: bearer {KEY}"),
        format!("x-api-key: {KEY}"),
        format!("API-KEY: {KEY}"),
    ];
    let wrong = [
        String::new(),
        "x-api-key: wrong".to_owned(),
        "x-api-key:".to_owned(),
        format!("authorization: Basic {KEY}"),
        format!("authorization: {KEY}"),
        format!("x-api-key: {}", &KEY[1..]),
        format!("x-api-key: {KEY}x"),
        format!("cookie: x-api-key={KEY}"),
    ];
    let kinds = [
        (Some("content-type: application/json"), true),
        (Some("content-type: application/json; charset=utf-8"), true),
        (Some("content-type: text/plain"), false),
        (
            Some("content-type: application/x-www-form-urlencoded"),
            false,
        ),
        (None, false),
    ];
    let mut asked = 0;
    let mut answered = 0;
    for (host, good_host) in hosts {
        for (page, good_page) in pages {
            for (index, key) in right.iter().chain(&wrong).enumerate() {
                for (kind, good_kind) in kinds {
                    let key = (!key.is_empty()).then_some(key.as_str());
                    let headers: Vec<&str> =
                        [host, page, key, kind].into_iter().flatten().collect();
                    let answer = raw(&gateway, &request("POST", "/v1/messages", &headers)).await;
                    let expected = if !good_host && good_page {
                        // HTTP itself refuses some of these.
                        vec![400, 403]
                    } else if !good_page {
                        vec![400, 403]
                    } else if index >= right.len() {
                        vec![401]
                    } else if !good_kind {
                        vec![415]
                    } else {
                        vec![200]
                    };
                    let status = status(&answer).unwrap_or_default();
                    assert!(expected.contains(&status), "{headers:?}: {answer}");
                    assert!(
                        !answer.to_lowercase().contains("access-control-"),
                        "{answer}"
                    );
                    asked += 1;
                    answered += usize::from(status == 200);
                }
            }
        }
    }
    assert!(
        asked >= 40 && answered == 3 * right.len() * 2,
        "{answered} of {asked}"
    );
    assert_eq!(upstream.got().len(), answered);
}

#[tokio::test]
async fn no_address_answers_without_a_key() {
    let upstream = upstream().await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let host = "host: 127.0.0.1";
    let kind = "content-type: application/json";
    let with = format!("x-api-key: {KEY}");
    for (method, path, expected) in [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/health", 200),
        ("GET", "/v1/models", 200),
        ("GET", "/models", 200),
        ("GET", "/anthropic/v1/models", 200),
        ("GET", "/v1/models/the-alias", 200),
        ("POST", "/anthropic/v1/messages", 200),
        ("POST", "/v1/messages?beta=true", 200),
        ("POST", "/v1/chat/completions", 200),
        ("POST", "/chat/completions", 200),
        ("GET", "/v1/messages", 405),
        ("POST", "/v1/models", 405),
        ("DELETE", "/health", 405),
        ("GET", "/v1/chat/completions", 405),
        ("POST", "/anthropic/v1/messages/batches", 404),
        ("GET", "/%2e%2e/v1/models", 404),
        ("GET", "//v1/models", 404),
        ("OPTIONS", "/v1/messages", 405),
    ] {
        let answer = raw(&gateway, &request(method, path, &[host, kind, &with])).await;
        assert_eq!(status(&answer), Some(expected), "{method} {path}: {answer}");
        let without = raw(&gateway, &request(method, path, &[host, kind])).await;
        assert_eq!(status(&without), Some(401), "{method} {path}: {without}");
    }
}

async fn open(upstream: &Upstream, door: Door) -> Serving {
    let mut catalogue = hearth_gateway::Catalogue::default();
    let deployment = deployment(upstream.url(), DEPLOYMENT, options());
    catalogue.add(ALIAS.to_owned(), deployment);
    serve(Gateway {
        door,
        ..lending(catalogue, None)
    })
    .await
}

#[tokio::test]
async fn without_keys_any_key_or_none_is_accepted_but_no_page_and_no_other_name() {
    let upstream = upstream().await;
    let gateway = open(&upstream, Door::default()).await;
    let kind = "content-type: application/json";
    for key in [
        "authorization: Bearer anything",
        "x-api-key: sk-anything",
        "x-nothing: 1",
    ] {
        let headers = ["host: 0.0.0.0:4000", kind, key];
        let answer = raw(&gateway, &request("POST", "/v1/messages", &headers)).await;
        assert_eq!(status(&answer), Some(200), "{key}: {answer}");
    }
    for headers in [
        vec!["host: evil.example", kind],
        vec!["host: localhost", kind, "origin: https://evil.example"],
        vec!["host: localhost", kind, "sec-fetch-site: cross-site"],
        vec!["host: 0.0.0.0", kind, "origin: http://0.0.0.0"],
    ] {
        let answer = raw(&gateway, &request("POST", "/v1/messages", &headers)).await;
        assert_eq!(status(&answer), Some(403), "{headers:?}: {answer}");
    }
    let plain = ["host: localhost", "content-type: text/plain"];
    let answer = raw(&gateway, &request("POST", "/v1/messages", &plain)).await;
    assert_eq!(status(&answer), Some(415));
}

#[tokio::test]
async fn without_keys_it_does_not_listen_to_the_network() {
    let upstream = upstream().await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let mut catalogue = hearth_gateway::Catalogue::default();
    catalogue.add(
        ALIAS.to_owned(),
        deployment(upstream.url(), DEPLOYMENT, options()),
    );
    let gateway = lending(catalogue, None);
    assert!(matches!(
        gateway.serve(listener),
        Err(NotServing::NotLoopback(_))
    ));
}

#[tokio::test]
async fn a_page_that_is_named_is_let_in_and_may_read_the_answer() {
    let upstream = upstream().await;
    let mut door = Door::default();
    door.allow_origin("https://tool.example.com").unwrap();
    let mut catalogue = hearth_gateway::Catalogue::default();
    catalogue.add(
        ALIAS.to_owned(),
        deployment(upstream.url(), DEPLOYMENT, options()),
    );
    let gateway = serve(Gateway {
        door,
        ..lending(catalogue, Some(keys()))
    })
    .await;
    let page = "origin: https://tool.example.com";
    let host = "host: localhost";
    let leave = [
        host,
        page,
        "access-control-request-method: POST",
        "access-control-request-headers: x-api-key",
    ];
    let answer = raw(&gateway, &request("OPTIONS", "/v1/messages", &leave)).await;
    assert_eq!(status(&answer), Some(204), "{answer}");
    assert!(
        answer.contains("access-control-allow-headers: x-api-key"),
        "{answer}"
    );
    assert!(!answer.contains("\nallow:"), "{answer}");
    let with = format!("x-api-key: {KEY}");
    let asking = [host, page, "content-type: application/json", &with];
    let answer = raw(&gateway, &request("POST", "/v1/messages", &asking)).await;
    assert_eq!(status(&answer), Some(200), "{answer}");
    assert!(
        answer.contains("access-control-allow-origin: https://tool.example.com"),
        "{answer}"
    );
    let told = "access-control-expose-headers: x-hearth-dropped-params, retry-after, request-id";
    assert!(answer.contains(told), "{answer}");
    let answer = raw(&gateway, &request("POST", "/v1/messages", &asking[..3])).await;
    assert_eq!(status(&answer), Some(401), "{answer}");
    let other = [
        host,
        "origin: https://evil.example",
        "access-control-request-method: POST",
    ];
    let answer = raw(&gateway, &request("OPTIONS", "/v1/messages", &other)).await;
    assert_eq!(status(&answer), Some(403), "{answer}");
    assert!(!answer.contains("access-control-"), "{answer}");
}
