//! Proxies of every kind, with and without passwords: a question that gets through, and the
//! failure that an ordinary question reports when it does not.

use std::sync::Arc;
use std::time::Duration;

use hearth_emulator::{Certificates, Emulator, Interceptor, ProxyBuilder, Upstream};
use hearth_foundry::{
    Category, Client, ClientOptions, Credential, Failure, Network, Proxy, ProxyKind, ProxyProblem,
    Secret, TlsKind,
};
use tokio::net::TcpListener;

use crate::server::{Server, good};
use crate::support::{follow, on, question, target, target_as, through, trusting};

/// A name that exists nowhere but behind the proxies of these tests.
const HOST: &str = "resource.invalid";
const PASSWORD: &str = "canary p@ss/word";

/// A resource that can be reached through a proxy only.
struct Behind {
    authority: Certificates,
    emulator: Emulator,
}

impl Behind {
    async fn start() -> Self {
        let authority = Certificates::new("Public CA");
        let config = authority.server(&[HOST]);
        let emulator = Emulator::builder().tls_config(config).start().await;
        Self {
            authority,
            emulator: emulator.unwrap(),
        }
    }

    async fn proxy(&self, builder: ProxyBuilder) -> hearth_emulator::Proxy {
        let builder = builder.resolving(HOST, self.emulator.address());
        builder.start().await.unwrap()
    }

    fn client(&self, proxy: Proxy) -> Client {
        on(Network {
            proxy,
            ..trusting(&[&self.authority])
        })
    }

    async fn ask(&self, client: &Client) -> Option<Failure> {
        let key = Arc::new(Secret::new(self.emulator.key().to_owned()));
        let target = target_as(&format!("https://{HOST}"), Credential::Key(key));
        let answer = client.stream(&target, question("claude-opus-5-5"));
        let failure = follow(answer).await.failure;
        let shown = format!("{client:?} {failure:?}");
        assert!(!shown.contains("canary"), "{shown}");
        failure
    }

    async fn ask_through(&self, typed: &str) -> Option<Failure> {
        self.ask(&self.client(through(typed))).await
    }
}

#[track_caller]
fn proxy_problem(failure: Option<Failure>) -> ProxyProblem {
    match failure {
        Some(Failure::Proxy(problem)) => *problem,
        other => panic!("{other:?}"),
    }
}

/// The proxy's address with this before the host.
fn with_login(url: &str, login: &str) -> String {
    url.replacen("://", &format!("://{login}@"), 1)
}

#[tokio::test]
async fn every_kind_of_proxy_lets_through() {
    let behind = Behind::start().await;
    let http = behind.proxy(hearth_emulator::Proxy::http()).await;
    let encrypted = Certificates::new("Proxy CA");
    let builder = hearth_emulator::Proxy::http().tls(&encrypted);
    let https = behind.proxy(builder).await;
    let socks = behind.proxy(hearth_emulator::Proxy::socks5()).await;
    for (name, proxy) in [("http", &http), ("https", &https), ("socks5h", &socks)] {
        let client = on(Network {
            proxy: through(&proxy.url()),
            ..trusting(&[&behind.authority, &encrypted])
        });
        assert_eq!(behind.ask(&client).await, None, "{name}");
        let log = proxy.log();
        assert_eq!(log.len(), 1, "{name}: {log:?}");
        assert_eq!(log[0].target, format!("{HOST}:443"), "{name}");
    }
}

#[tokio::test]
async fn a_proxys_own_certificate_is_told_from_the_resources() {
    let behind = Behind::start().await;
    let encrypted = Certificates::new("Proxy CA");
    let builder = hearth_emulator::Proxy::http().tls(&encrypted);
    let https = behind.proxy(builder).await;
    let failure = behind.ask_through(&https.url()).await;
    let Some(Failure::Tls(problem)) = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(problem.kind, TlsKind::Untrusted);
    assert_eq!(problem.host.as_deref(), Some("127.0.0.1"));
    assert!(problem.chain[0].issuer.contains("Proxy CA"));
}

#[tokio::test]
async fn a_password_is_asked_for_refused_and_taken() {
    let behind = Behind::start().await;
    for (name, builder) in [
        ("http", hearth_emulator::Proxy::http()),
        ("socks", hearth_emulator::Proxy::socks5()),
    ] {
        let proxy = behind.proxy(builder.password("CORP\\me", PASSWORD)).await;
        let url = proxy.url();
        let wrong = with_login(&url, "CORP\\me:canary-wrong");
        for typed in [&url, &wrong] {
            let failure = behind.ask_through(typed).await;
            let category = failure.as_ref().map(Failure::category);
            let credentials = Category::Proxy(ProxyKind::Credentials);
            assert_eq!(category, Some(credentials), "{name}, {failure:?}");
            let problem = proxy_problem(failure);
            assert_eq!(problem.proxy.as_deref(), Some(url.as_str()));
            let status = (name == "http").then_some(407);
            assert_eq!(problem.status, status, "{problem:?}");
            // The ways to log in that the proxy names: many take none that Hearth knows.
            let told = problem.said.ends_with("(Basic)");
            assert_eq!(told, name == "http", "{problem:?}");
        }
        let right = with_login(&url, &format!("CORP\\me:{PASSWORD}"));
        assert_eq!(behind.ask_through(&right).await, None, "{name}");
    }
    assert_eq!(behind.emulator.log().len(), 2);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_the_proxys_failure() {
    let behind = Behind::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    for typed in [
        format!("http://127.0.0.1:{port}"),
        format!("socks5h://127.0.0.1:{port}"),
        "http://hearth-proxy.invalid:8080".to_owned(),
        "socks5h://hearth-proxy.invalid:1080".to_owned(),
    ] {
        let problem = proxy_problem(behind.ask_through(&typed).await);
        assert_eq!(problem.kind, ProxyKind::Unreachable, "{problem:?}");
        assert_eq!(problem.proxy.as_deref(), Some(typed.as_str()));
    }
}

#[tokio::test]
async fn what_a_proxy_refuses_is_told_with_its_status() {
    let behind = Behind::start().await;
    for (status, kind) in [(403, ProxyKind::Refused), (503, ProxyKind::Other)] {
        let builder = hearth_emulator::Proxy::http().refusing(status);
        let proxy = behind.proxy(builder).await;
        let problem = proxy_problem(behind.ask_through(&proxy.url()).await);
        assert_eq!((problem.kind, problem.status), (kind, Some(status)));
        assert!(problem.said.contains(&status.to_string()), "{problem:?}");
    }
    let socks = hearth_emulator::Proxy::socks5().refusing(403);
    let proxy = behind.proxy(socks).await;
    let problem = proxy_problem(behind.ask_through(&proxy.url()).await);
    assert_eq!(problem.kind, ProxyKind::Refused, "{problem:?}");
}

#[tokio::test]
async fn what_is_no_proxy_is_the_proxys_failure_too() {
    let behind = Behind::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let greeting = tokio::spawn(async move {
        use tokio::io::AsyncWriteExt;
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(b"220 mail.example ESMTP\r\n").await;
        }
    });
    for scheme in ["http", "socks5h"] {
        let problem = proxy_problem(behind.ask_through(&format!("{scheme}://{address}")).await);
        assert_eq!(problem.kind, ProxyKind::Other, "{problem:?}");
    }
    greeting.abort();
}

#[tokio::test]
async fn what_happens_behind_a_proxy_is_not_the_proxys_failure() {
    let behind = Behind::start().await;
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let builder = hearth_emulator::Proxy::http();
    let builder = builder.resolving(HOST, listener.local_addr().unwrap());
    let proxy = builder.start().await.unwrap();
    let hanging_up = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(stream);
        }
    });
    let failure = behind.ask_through(&proxy.url()).await;
    assert!(
        matches!(failure, Some(Failure::Unreachable(_))),
        "{failure:?}"
    );
    hanging_up.abort();
    let _ = hanging_up.await;

    // Now nobody is there, and the proxy says so.
    let problem = proxy_problem(behind.ask_through(&proxy.url()).await);
    assert_eq!(problem.kind, ProxyKind::Other, "{problem:?}");
    assert!(problem.status.is_some_and(|it| it >= 500), "{problem:?}");
}

#[tokio::test]
async fn silence_is_told_from_where_it_comes() {
    let behind = Behind::start().await;
    // Accepted by the operating system, and answered by nobody.
    let silent = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = silent.local_addr().unwrap();
    let builder = hearth_emulator::Proxy::http().resolving(HOST, address);
    let proxy = builder.start().await.unwrap();
    let client = |url: &str| {
        let options = ClientOptions {
            connect_timeout: Duration::from_millis(400),
            max_attempts: 1,
            network: Network {
                proxy: through(url),
                ..trusting(&[&behind.authority])
            },
            ..ClientOptions::default()
        };
        Client::new(options).unwrap()
    };
    let behind_it = behind.ask(&client(&proxy.url())).await;
    assert!(
        matches!(behind_it, Some(Failure::Unreachable(_))),
        "{behind_it:?}"
    );
    let itself = behind.ask(&client(&format!("http://{address}"))).await;
    assert_eq!(proxy_problem(itself).kind, ProxyKind::Other);
    drop(silent);
}

#[tokio::test]
async fn a_refused_login_is_not_tried_again() {
    let behind = Behind::start().await;
    let builder = hearth_emulator::Proxy::http().password("me", PASSWORD);
    let proxy = behind.proxy(builder).await;
    let client = Client::new(ClientOptions {
        network: Network {
            proxy: through(&with_login(&proxy.url(), "me:canary-wrong")),
            ..trusting(&[&behind.authority])
        },
        ..ClientOptions::default()
    });
    let failure = behind.ask(&client.unwrap()).await;
    assert_eq!(proxy_problem(failure).kind, ProxyKind::Credentials);
    let asked = proxy.log().len();
    // Once with the login, and once without, to hear which ways to log in there are.
    assert_eq!(asked, 2, "{:?}", proxy.log());
}

#[tokio::test]
async fn this_machine_and_listed_hosts_are_reached_without_it() {
    let behind = Behind::start().await;
    let proxy = behind.proxy(hearth_emulator::Proxy::http()).await;
    let server = Server::start(vec![good()]).await;
    let client = on(Network {
        proxy: through(&proxy.url()),
        ..trusting(&[])
    });
    let answer = client.stream(&target(&server.url()), question("d"));
    assert_eq!(follow(answer).await.failure, None);
    assert_eq!(proxy.log(), [], "asked for this machine");

    let Proxy::Manual { address, .. } = through(&proxy.url()) else {
        panic!("not manual");
    };
    let except = behind.client(Proxy::Manual {
        address,
        user: None,
        password: None,
        no_proxy: vec![".invalid".into()],
    });
    // Nothing of that name can be reached without the proxy.
    let failure = behind.ask(&except).await;
    assert!(
        matches!(
            failure,
            Some(Failure::HostUnknown | Failure::Unreachable(_))
        ),
        "{failure:?}"
    );
    assert_eq!(proxy.log(), []);
    // And the log notices what does go through.
    assert_eq!(behind.ask_through(&proxy.url()).await, None);
    assert_eq!(proxy.log().len(), 1);
}

#[tokio::test]
async fn an_interceptor_is_named_and_works_once_it_is_trusted() {
    let emulator = Emulator::builder().start().await.unwrap();
    let behind = Behind {
        authority: Certificates::new("Zscaler Root CA"),
        emulator,
    };
    let upstream = Upstream::plain(behind.emulator.address());
    let interceptor = Interceptor::start(&behind.authority, upstream).await;
    let interceptor = interceptor.unwrap();
    let untrusting = on(Network {
        proxy: through(&interceptor.url()),
        ..trusting(&[])
    });
    let failure = behind.ask(&untrusting).await;
    let Some(Failure::Tls(problem)) = failure else {
        panic!("{failure:?}");
    };
    assert_eq!(problem.kind, TlsKind::Untrusted);
    assert_eq!(problem.host.as_deref(), Some(HOST));
    assert!(problem.chain[0].issuer.contains("Zscaler Root CA"));
    assert!(behind.emulator.log().is_empty());
    assert_eq!(behind.ask_through(&interceptor.url()).await, None);
    assert_eq!(behind.emulator.log().len(), 1);
}
