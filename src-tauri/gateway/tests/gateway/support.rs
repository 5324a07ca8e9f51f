//! What every test here needs: a gateway, and a client that says exactly what it is told to.

use std::sync::Arc;
use std::time::Duration;

use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Secret, Skip, Target,
};
use hearth_gateway::{Catalogue, Deployment, Door, Gateway, Key, Keys, Lent, Limits, Serving};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The gateway's key; nothing else looks like it.
pub(crate) const KEY: &str = "canary-gateway-key-0123456789";
/// The resource's.
pub(crate) const UPSTREAM_KEY: &str = "canary-upstream-key-9876543210";
/// The name that callers use, and the deployment behind it.
pub(crate) const ALIAS: &str = "the-alias";
pub(crate) const DEPLOYMENT: &str = "claude-sonnet-5-5";

/// How long anything may take before a test says that it hangs.
pub(crate) const HANGS: Duration = Duration::from_secs(60);

pub(crate) fn options() -> ClientOptions {
    ClientOptions::default()
}

/// A deployment at an address.
pub(crate) fn deployment(url: &str, name: &str, options: ClientOptions) -> Deployment {
    Deployment {
        deployment: name.to_owned(),
        base_model: None,
        hosting: None,
        target: Target {
            endpoint: Endpoint::parse(url).unwrap().endpoint,
            credential: Credential::Key(Arc::new(Secret::new(UPSTREAM_KEY.to_owned()))),
            anthropic_version: ApiVersion::V2023_06_01,
            headers: Vec::new(),
            skip: Skip::new(),
        },
        client: Client::new(options).unwrap(),
        max_tokens: None,
    }
}

pub(crate) fn key(name: &str, secret: &str) -> Key {
    Key {
        name: name.to_owned(),
        secret: Arc::new(Secret::new(secret.to_owned())),
        models: None,
        expires: None,
    }
}

pub(crate) fn keys() -> Keys {
    let mut keys = Keys::default();
    keys.add(key("test", KEY)).unwrap();
    keys
}

/// A gateway in front of these addresses, under the one alias.
pub(crate) async fn in_front_of(urls: &[&str]) -> Serving {
    with(urls, options(), Limits::default()).await
}

pub(crate) async fn with(urls: &[&str], options: ClientOptions, limits: Limits) -> Serving {
    let mut catalogue = Catalogue::default();
    for url in urls {
        let deployment = deployment(url, DEPLOYMENT, options.clone());
        catalogue.add(ALIAS.to_owned(), deployment);
    }
    serve(Gateway {
        limits,
        ..lending(catalogue, Some(keys()))
    })
    .await
}

/// A gateway that lends these, with everything else as people get it.
pub(crate) fn lending(catalogue: Catalogue, keys: Option<Keys>) -> Gateway {
    Gateway {
        lent: Lent {
            catalogue,
            keys,
            ..Lent::default()
        },
        door: Door::default(),
        limits: Limits::default(),
        recorder: None,
    }
}

pub(crate) async fn serve(gateway: Gateway) -> Serving {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    gateway.serve(listener).unwrap()
}

/// A request for an answer in one piece, or as a stream.
pub(crate) fn question(model: &str, stream: bool) -> String {
    format!(
        "{{\"model\":\"{model}\",\"max_tokens\":64,\"stream\":{stream},\"messages\":[{{\"role\":\"user\",\"content\":\"hello\"}}]}}"
    )
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The body came to its end.
    pub(crate) whole: bool,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub(crate) fn http() -> reqwest::Client {
    let client = reqwest::Client::builder().no_proxy().timeout(HANGS);
    client.build().unwrap()
}

/// Posts a body with the key, and reads what comes as far as it goes.
pub(crate) async fn post(gateway: &Serving, path: &str, body: impl Into<String>) -> Answer {
    let request = http()
        .post(format!("{}{path}", gateway.url()))
        .header("x-api-key", KEY)
        .header("content-type", "application/json")
        .body(body.into());
    receive(request).await
}

pub(crate) async fn get(gateway: &Serving, path: &str, key: &str) -> Answer {
    let request = http().get(format!("{}{path}", gateway.url()));
    receive(request.header("x-api-key", key)).await
}

pub(crate) async fn receive(request: reqwest::RequestBuilder) -> Answer {
    let mut response = request.send().await.unwrap();
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let mut body = Vec::new();
    let whole = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    Answer {
        status,
        headers,
        body,
        whole,
    }
}

/// Sends exactly these bytes, and reads until the gateway closes.
pub(crate) async fn raw(gateway: &Serving, request: &str) -> String {
    let mut stream = TcpStream::connect(gateway.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let reading = stream.read_to_end(&mut answer);
    // A reset after the answer is as good as an end.
    let _ = tokio::time::timeout(HANGS, reading).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status in the first line of a raw answer; none when there is no answer.
pub(crate) fn status(answer: &str) -> Option<u16> {
    answer.split(' ').nth(1)?.parse().ok()
}
