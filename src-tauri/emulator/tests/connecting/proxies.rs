//! Proxies, and one that opens TLS.

use hearth_emulator::{Certificates, Emulator, Interceptor, Proxied, Proxy, Upstream};
use reqwest::{Client, ClientBuilder, NoProxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::*;

/// A name that nobody on this machine resolves.
const RESOURCE: &str = "contoso.services.ai.azure.com";

fn through(client: ClientBuilder, url: &str) -> Client {
    let proxy = reqwest::Proxy::all(url).expect("a proxy");
    let proxy = proxy.no_proxy(NoProxy::from_string(""));
    client.proxy(proxy).build().expect("a client")
}

/// `http://user:password@…`
fn with_password(proxy: &Proxy, password: &str) -> String {
    proxy.url().replace("://", &format!("://alex:{password}@"))
}

fn seen(target: &str, authorised: bool, reached: bool) -> Proxied {
    Proxied {
        target: target.to_owned(),
        authorised,
        reached,
    }
}

async fn foundry(certificates: &Certificates) -> Emulator {
    let config = certificates.server(&[RESOURCE, "localhost", "127.0.0.1"]);
    start(Emulator::builder().tls_config(config)).await
}

#[tokio::test]
async fn a_real_name_is_reached_through_connect() {
    let certificates = Certificates::new("Azure");
    let emulator = foundry(&certificates).await;
    let proxy = Proxy::http().resolving(RESOURCE, emulator.address());
    let proxy = proxy.start().await.expect("a port");
    let client = through(trusting(&certificates), &proxy.url());
    let url = format!("https://{RESOURCE}");
    for _ in 0..2 {
        let (status, _) = asked(&client, &url, ("x-api-key", emulator.key())).await;
        assert_eq!(status, 200);
    }
    assert_eq!(proxy.log(), [seen(&format!("{RESOURCE}:443"), true, true)]);
    let nowhere = client.get("https://nowhere.example").send().await;
    assert!(nowhere.is_err());
    assert_eq!(proxy.log()[1], seen("nowhere.example:443", true, false));
}

#[tokio::test]
async fn plain_requests_are_passed_on_too() {
    let emulator = start(Emulator::builder()).await;
    let proxy = Proxy::http().start().await.expect("a port");
    let client = through(builder(), &proxy.url());
    let (status, _) = asked(&client, &emulator.url(), ("x-api-key", emulator.key())).await;
    assert_eq!(status, 200);
    let received = &emulator.log()[0].received;
    assert_eq!(received.path, "/anthropic/v1/messages");
    let address = emulator.address().to_string();
    assert_eq!(received.header("host"), Some(address.as_str()));
    assert_eq!(proxy.log(), [seen(&address, true, true)]);
}

#[tokio::test]
async fn a_password_is_wanted_and_not_passed_on() {
    let emulator = start(Emulator::builder()).await;
    let proxy = Proxy::http().password("alex", "s3cret:with colon");
    let proxy = proxy.start().await.expect("a port");
    let bare = through(builder(), &proxy.url());
    let refused = bare.get(emulator.url()).send().await.expect("an answer");
    assert_eq!(refused.status(), 407);
    assert_eq!(
        refused.headers()["proxy-authenticate"],
        "Basic realm=\"Hearth emulator\""
    );
    let wrong = through(builder(), &with_password(&proxy, "wrong"));
    assert_eq!(
        wrong
            .get(emulator.url())
            .send()
            .await
            .expect("one")
            .status(),
        407
    );
    let right = through(builder(), &with_password(&proxy, "s3cret%3Awith%20colon"));
    assert_eq!(
        right
            .get(emulator.url())
            .send()
            .await
            .expect("one")
            .status(),
        404
    );
    let authorised: Vec<bool> = proxy.log().iter().map(|one| one.authorised).collect();
    assert_eq!(authorised, [false, false, true]);
    let log = emulator.log();
    assert_eq!(log.len(), 1);
    assert_eq!(log[0].received.header("proxy-authorization"), None);
}

#[tokio::test]
async fn a_tunnel_wants_the_password_as_well() {
    let certificates = Certificates::new("Azure");
    let emulator = foundry(&certificates).await;
    let proxy = Proxy::http().password("alex", "right");
    let proxy = proxy.resolving(RESOURCE, emulator.address());
    let proxy = proxy.start().await.expect("a port");
    let bare = through(trusting(&certificates), &proxy.url());
    assert!(
        bare.get(format!("https://{RESOURCE}"))
            .send()
            .await
            .is_err()
    );
    assert!(emulator.log().is_empty());
    let right = through(trusting(&certificates), &with_password(&proxy, "right"));
    let answer = right.get(format!("https://{RESOURCE}")).send().await;
    assert_eq!(answer.expect("an answer").status(), 404);
}

#[tokio::test]
async fn a_proxy_can_be_reached_over_tls_and_can_refuse() {
    let certificates = Certificates::new("Azure");
    let emulator = foundry(&certificates).await;
    let proxy = Proxy::http().tls(&certificates);
    let proxy = proxy.start().await.expect("a port");
    assert!(proxy.url().starts_with("https://"));
    let client = through(trusting(&certificates), &proxy.url());
    let answer = client.get(emulator.url()).send().await.expect("an answer");
    assert_eq!(answer.status(), 404);
    let blocking = Proxy::http().refusing(403).start().await.expect("a port");
    let plain = start(Emulator::builder()).await;
    let client = through(builder(), &blocking.url());
    let answer = client.get(plain.url()).send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
    assert!(plain.log().is_empty());
}

/// Speaks SOCKS5 by hand: the greeting, the password, a name and a port.
async fn socks(proxy: &Proxy, password: Option<(&str, &str)>, host: &str, port: u16) -> Socks {
    let mut stream = TcpStream::connect(proxy.address()).await.expect("a proxy");
    let method = if password.is_some() { 2 } else { 0 };
    stream.write_all(&[5, 1, method]).await.expect("written");
    let mut chosen = [0; 2];
    stream.read_exact(&mut chosen).await.expect("a method");
    if chosen[1] != method {
        return Socks::Refused(chosen[1]);
    }
    if let Some((user, password)) = password {
        let mut message = vec![1];
        for part in [user, password] {
            message.push(part.len() as u8);
            message.extend(part.bytes());
        }
        stream.write_all(&message).await.expect("written");
        let mut verdict = [0; 2];
        stream.read_exact(&mut verdict).await.expect("a verdict");
        if verdict != [1, 0] {
            return Socks::Refused(verdict[1]);
        }
    }
    let mut request = vec![5, 1, 0, 3, host.len() as u8];
    request.extend(host.bytes());
    request.extend(port.to_be_bytes());
    stream.write_all(&request).await.expect("written");
    let mut reply = [0; 10];
    stream.read_exact(&mut reply).await.expect("a reply");
    match reply[1] {
        0 => Socks::Open(stream),
        code => Socks::Refused(code),
    }
}

enum Socks {
    Open(TcpStream),
    Refused(u8),
}

impl Socks {
    fn code(&self) -> u8 {
        match self {
            Socks::Open(_) => 0,
            Socks::Refused(code) => *code,
        }
    }
}

#[tokio::test]
async fn socks_leads_to_names_and_refuses_the_rest() {
    let emulator = start(Emulator::builder()).await;
    let proxy = Proxy::socks5().resolving(RESOURCE, emulator.address());
    let proxy = proxy.start().await.expect("a port");
    assert!(proxy.url().starts_with("socks5h://"));
    let Socks::Open(mut stream) = socks(&proxy, None, RESOURCE, 443).await else {
        panic!("refused");
    };
    let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
    assert_eq!(socks(&proxy, None, "nowhere.example", 1).await.code(), 4);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = closed.local_addr().expect("an address").port();
    drop(closed);
    assert_eq!(socks(&proxy, None, "localhost", port).await.code(), 5);
    let reached: Vec<bool> = proxy.log().iter().map(|one| one.reached).collect();
    assert_eq!(reached, [true, false, false]);
}

#[tokio::test]
async fn socks_wants_its_password() {
    let emulator = start(Emulator::builder()).await;
    let proxy = Proxy::socks5().password("alex", "right");
    let proxy = proxy.start().await.expect("a port");
    let port = emulator.address().port();
    assert_eq!(socks(&proxy, None, "localhost", port).await.code(), 0xFF);
    let wrong = socks(&proxy, Some(("alex", "wrong")), "localhost", port).await;
    assert_eq!(wrong.code(), 1);
    let right = socks(&proxy, Some(("alex", "right")), "localhost", port).await;
    assert_eq!(right.code(), 0);
    let log = proxy.log();
    assert_eq!(log[0], seen("", false, false));
    assert_eq!(log[2], seen(&format!("localhost:{port}"), true, true));
}

#[tokio::test]
async fn an_interceptor_shows_its_own_authority() {
    let azure = Certificates::new("Azure");
    let zscaler = Certificates::new("Zscaler Root CA");
    let emulator = foundry(&azure).await;
    let upstream = Upstream::tls(emulator.address(), &azure);
    let between = Interceptor::start(&zscaler, upstream)
        .await
        .expect("a port");
    let url = format!("https://{RESOURCE}");
    let stranger = through(trusting(&azure), &between.url());
    let refused = stranger.get(&url).send().await.expect_err("another issuer");
    assert!(
        format!("{refused:?}").contains("UnknownIssuer"),
        "{refused:?}"
    );
    assert_eq!(
        between.log(),
        [seen(&format!("{RESOURCE}:443"), true, false)]
    );
    let believer = through(trusting(&zscaler), &between.url());
    let (status, _) = asked(&believer, &url, ("x-api-key", emulator.key())).await;
    assert_eq!(status, 200);
    assert!(between.log()[1].reached);
    assert_eq!(emulator.log()[0].received.header("host"), Some(RESOURCE));
}

#[tokio::test]
async fn an_interceptor_passes_on_unencrypted_or_to_where_it_was_asked_for() {
    let azure = Certificates::new("Azure");
    let zscaler = Certificates::new("Zscaler Root CA");
    let plain = start(Emulator::builder()).await;
    let between = Interceptor::start(&zscaler, Upstream::plain(plain.address()));
    let between = between.await.expect("a port");
    let client = through(trusting(&zscaler), &between.url());
    let url = format!("https://{RESOURCE}");
    assert_eq!(
        asked(&client, &url, ("x-api-key", plain.key())).await.0,
        200
    );
    let secure = foundry(&azure).await;
    let between = Interceptor::start(&zscaler, Upstream::wherever(&azure));
    let between = between.await.expect("a port");
    let client = through(trusting(&zscaler), &between.url());
    for url in [
        secure.url(),
        format!("https://localhost:{}", secure.address().port()),
    ] {
        let (status, _) = asked(&client, &url, ("x-api-key", secure.key())).await;
        assert_eq!(status, 200, "{url}");
    }
}

#[tokio::test]
async fn a_proxy_that_stops_closes_its_tunnels() {
    let emulator = start(Emulator::builder()).await;
    let proxy = Proxy::http().start().await.expect("a port");
    let mut stream = TcpStream::connect(proxy.address()).await.expect("a proxy");
    let target = emulator.address();
    let request = format!("CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.expect("an answer");
    assert_eq!(&answer, b"HTTP/1.1 200");
    proxy.shutdown().await;
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.expect("an end");
}
