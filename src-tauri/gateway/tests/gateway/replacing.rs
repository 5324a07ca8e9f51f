//! What is lent changes while it runs.

use hearth_emulator::{Emulator, Script};
use hearth_gateway::{Catalogue, Door, Keys, Known, Lent, NotServing, Serving};
use serde_json::json;
use tokio::net::TcpListener;

use crate::support::{
    ALIAS, DEPLOYMENT, KEY, UPSTREAM_KEY, deployment, get, http, in_front_of, key, keys, lending,
    options, post, question, raw, receive, serve, status,
};
use crate::upstream::{JSON, Upstream};

const MESSAGE: &str = r#"{"type":"message","content":[],"stop_reason":"end_turn"}"#;

fn lent(url: &str, name: &str, keys: Option<Keys>) -> Lent {
    let mut catalogue = Catalogue::default();
    catalogue.add(name.to_owned(), deployment(url, DEPLOYMENT, options()));
    lending(catalogue, keys).lent
}

async fn ask(gateway: &Serving, model: &str) -> u16 {
    let came = post(gateway, "/v1/messages", question(model, false)).await;
    came.status
}

#[tokio::test]
async fn what_runs_goes_on_and_what_comes_gets_the_new() {
    let emulator = Emulator::builder().key(UPSTREAM_KEY).start().await.unwrap();
    let other = Upstream::saying("200 OK", &[JSON], MESSAGE).await;
    let gateway = in_front_of(&[&emulator.url()]).await;
    let (script, gate) = Script::reply(["Hello"]).gate();
    emulator.next(script);
    let url = format!("{}/v1/messages", gateway.url());
    let request = http()
        .post(url)
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .body(question(ALIAS, true));
    let answering = tokio::spawn(receive(request));
    emulator.wait_for(|log| !log.is_empty()).await.unwrap();
    let mut new = Keys::default();
    new.add(key("new", "canary-new-key")).unwrap();
    gateway
        .replace(lent(other.url(), "new-name", Some(new)), Door::default())
        .unwrap();
    // The old key opens nothing any more, on connections that are open already neither.
    assert_eq!(ask(&gateway, "new-name").await, 401);
    let list = get(&gateway, "/v1/models", "canary-new-key").await.json();
    assert_eq!(list["data"][0]["id"], "new-name");
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    gate.open();
    let came = answering.await.unwrap();
    assert!(came.whole && came.text().contains("message_stop"));
    assert_eq!(other.got().len(), 0);
}

#[tokio::test]
async fn a_removed_key_is_refused_on_the_connection_that_it_was_used_on() {
    let upstream = Upstream::saying("200 OK", &[JSON], MESSAGE).await;
    let gateway = serve(lending(
        lent(upstream.url(), "m", None).catalogue,
        Some(keys()),
    ))
    .await;
    let client = http();
    let asked = async || {
        let request = client
            .get(format!("{}/v1/models", gateway.url()))
            .header("x-api-key", KEY);
        receive(request).await.status
    };
    assert_eq!(asked().await, 200);
    let nobody = lent(upstream.url(), "m", Some(Keys::default()));
    gateway.replace(nobody, Door::default()).unwrap();
    assert_eq!(asked().await, 401);
    let again = lent(upstream.url(), "m", Some(keys()));
    gateway.replace(again, Door::default()).unwrap();
    assert_eq!(asked().await, 200);
}

#[tokio::test]
async fn the_door_is_replaced_with_it() {
    let upstream = Upstream::saying("200 OK", &[JSON], MESSAGE).await;
    let gateway = in_front_of(&[upstream.url()]).await;
    let request = format!(
        "GET /health HTTP/1.1\r\nhost: localhost\r\norigin: https://tool.example.com\r\nx-api-key: {KEY}\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(status(&raw(&gateway, &request).await), Some(403));
    let mut door = Door::default();
    door.allow_origin("https://tool.example.com").unwrap();
    gateway
        .replace(lent(upstream.url(), ALIAS, Some(keys())), door)
        .unwrap();
    assert_eq!(status(&raw(&gateway, &request).await), Some(200));
}

#[tokio::test]
async fn no_replacement_opens_it_to_the_network_without_keys() {
    let upstream = Upstream::saying("200 OK", &[JSON], MESSAGE).await;
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let catalogue = lent(upstream.url(), "m", None).catalogue;
    let gateway = lending(catalogue, Some(keys())).serve(listener).unwrap();
    let open = gateway.replace(lent(upstream.url(), "m", None), Door::default());
    assert!(matches!(open, Err(NotServing::NotLoopback(_))));
    let health = format!("http://127.0.0.1:{}/health", gateway.address().port());
    assert_eq!(receive(http().get(&health)).await.status, 401);
    let with = http().get(&health).header("x-api-key", KEY);
    assert_eq!(receive(with).await.status, 200);
}

#[tokio::test]
async fn a_connection_is_lent_whole_with_what_is_known_of_it() {
    let upstream = Upstream::saying(
        "200 OK",
        &[JSON],
        "{\"type\":\"message\",\"content\":[],\"stop_reason\":\"end_turn\"}",
    )
    .await;
    let at = deployment(upstream.url(), "", options());
    let known = [
        Known {
            name: "mapped".to_owned(),
            base_model: Some("claude-haiku-4-5".to_owned()),
            hosting: None,
        },
        Known {
            name: "claude-sonnet-4-5".to_owned(),
            base_model: None,
            hosting: None,
        },
    ];
    let catalogue = Catalogue::of_connection(&at.target, &at.client, known);
    let gateway = serve(lending(catalogue, Some(keys()))).await;
    let list = get(&gateway, "/v1/models", KEY).await.json();
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    // A parameter that only some models take is taken where the model is known: by the mapping,
    // or by the whole name of one that nobody has written down.
    for (model, expected) in [
        ("mapped", 200),
        ("claude-haiku-4-5", 200),
        ("claude-sonnet-4-5", 400),
        ("claude-haiku-4-5-mine", 400),
    ] {
        let body = json!({
            "model": model, "temperature": 0.5,
            "messages": [{"role": "user", "content": "Hello"}],
        });
        let came = post(&gateway, "/v1/chat/completions", body.to_string()).await;
        assert_eq!(came.status, expected, "{model}: {}", came.text());
    }
}
