//! Addresses that there are not, and what is said of a way that leads nowhere: in the caller's
//! dialect, and with what would do.

use reqwest::Method;

use crate::support::{ALIAS, Answer, KEY, http, in_front_of, post, question, receive};
use crate::upstream::{JSON, Upstream};

async fn ask(url: &str, method: Method, path: &str, version: Option<&str>) -> Answer {
    let mut request = http().request(method, format!("{url}{path}"));
    if let Some(version) = version {
        request = request.header("anthropic-version", version);
    }
    receive(request.header("x-api-key", KEY)).await
}

#[tokio::test]
async fn who_asks_where_nothing_is_hears_where_to_ask() {
    let upstream = Upstream::saying("200 OK", &[JSON], "{}").await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for (method, path, status, said) in [
        (Method::POST, "/v1/responses", 404, "/v1/chat/completions"),
        (
            Method::GET,
            "/v1/responses/r_1",
            404,
            "/v1/chat/completions",
        ),
        (Method::POST, "/v1/completions", 404, "/v1/chat/completions"),
        (Method::POST, "/v1/embeddings", 404, "embeddings"),
        (Method::POST, "/v1/v1/messages", 404, "without /v1"),
        (Method::POST, "/v1/messages/batches", 404, "/v1/messages"),
        (Method::POST, "/models/chat/completions", 404, "with /v1"),
        (
            Method::POST,
            "/openai/deployments/a/chat/completions?api-version=1",
            404,
            "not as Azure OpenAI",
        ),
        (Method::POST, "/metrics", 404, "/v1/messages"),
        (Method::GET, "/v1/messages", 405, "POST"),
        (Method::GET, "/v1/messages/count_tokens", 405, "POST"),
        (Method::POST, "/v1/models", 405, "GET"),
        (Method::POST, "/v1/models/a", 405, "GET"),
        (Method::POST, "/models", 405, "GET"),
        (Method::POST, "/anthropic/v1/models", 405, "GET"),
        (Method::POST, "/", 405, "GET"),
        (Method::DELETE, "/health", 405, "GET"),
        (Method::GET, "/chat/completions", 405, "POST"),
        (Method::GET, "/anthropic/v1/messages", 405, "POST"),
        (Method::GET, "/v1/models/%ff%fe", 404, "model"),
        (Method::GET, "/v1/models?limit=few", 400, "limit"),
    ] {
        let came = ask(&gateway.url(), method.clone(), path, None).await;
        assert_eq!(came.status, status, "{method} {path}");
        let message = came.json()["error"]["message"].to_string();
        assert!(message.contains(said), "{method} {path}: {message}");
        if status == 405 {
            let allowed = came.header("allow").unwrap_or_default();
            assert!(allowed.starts_with(said), "{method} {path}: {allowed}");
        }
    }
    assert!(upstream.got().is_empty());
}

#[tokio::test]
async fn where_both_dialects_are_spoken_an_error_is_in_the_callers() {
    let upstream = Upstream::saying("200 OK", &[JSON], "{}").await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for (path, version, anthropic) in [
        ("/v1/models/none", None, false),
        ("/v1/models/none", Some("2026-10-21"), true),
        ("/anthropic/v1/models/none", None, true),
        ("/v1/nothing", None, false),
        ("/v1/nothing", Some("2023-06-01"), true),
        // Who asks there speaks OpenAI's, whatever headers are added.
        ("/v2/chat/completions", Some("2023-06-01"), false),
    ] {
        let came = ask(&gateway.url(), Method::GET, path, version).await;
        assert_eq!(came.status, 404, "{path}");
        let json = came.json();
        assert_eq!(json["type"] == "error", anthropic, "{path} {json}");
        assert_eq!(json["error"].get("code").is_some(), !anthropic, "{json}");
    }
}

#[tokio::test]
async fn a_way_that_leads_nowhere_is_told_with_what_helps() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let page = Upstream::saying("200 OK", &[("content-type", "text/html")], "<p>hi</p>").await;
    let elsewhere = Upstream::saying("307 Temporary Redirect", &[("location", "/")], "").await;
    for url in [nobody.as_str(), page.url(), elsewhere.url()] {
        let gateway = in_front_of(&[url]).await;
        for path in ["/v1/messages", "/v1/chat/completions"] {
            for stream in [false, true] {
                let came = post(&gateway, path, question(ALIAS, stream)).await;
                assert_eq!(came.status, 502);
                let message = came.json()["error"]["message"].to_string();
                assert!(
                    message.contains("check the resource's address"),
                    "{path} {stream}: {message}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_page_in_an_answers_place_is_told_by_its_name() {
    let page = format!(
        "<html><!-- {} --><title>Sign in to the network</title><p>x",
        "long ".repeat(100)
    );
    let upstream = Upstream::saying("200 OK", &[("content-type", "text/html")], &page).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    for path in ["/v1/messages", "/v1/chat/completions"] {
        for stream in [false, true] {
            let came = post(&gateway, path, question(ALIAS, stream)).await;
            assert_eq!(came.status, 502);
            let message = came.json()["error"]["message"].to_string();
            assert!(message.contains(": Sign in to the network;"), "{message}");
            assert!(!message.contains("html>"), "{message}");
        }
    }
}
