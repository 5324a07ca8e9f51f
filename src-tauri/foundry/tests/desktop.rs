//! The proxy that the desktop is set to, as its portal tells.
//!
//! A process reads its session bus's address once, and its environment belongs to all of it, so
//! each scene is a process: this program runs itself again under `dbus-run-session`, told by a
//! variable which scene to play. A scene that fails panics, and its exit status fails the whole.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process::Command;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use hearth_emulator::{Certificates, Emulator};
use hearth_foundry::{
    ApiVersion, Client, ClientOptions, Credential, Endpoint, Failure, Network, ProxyKind, Secret,
    Skip, Target, path,
};
use hearth_wire::{Block, Message, MessagesRequest, Role};

const SCENE: &str = "HEARTH_DESKTOP_SCENE";
/// A name that exists nowhere but behind the proxies.
const HOST: &str = "resource.invalid";
const PASSWORD: &str = "canary-password";

fn main() {
    if let Ok(scene) = std::env::var(SCENE) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        return runtime.block_on(play(&scene));
    }
    let proxy = ("HTTPS_PROXY", "http://127.0.0.1:1");
    run("dbus-run-session", "a proxy", &[]);
    run("dbus-run-session", "socks", &[]);
    run("dbus-run-session", "direct", &[]);
    run("dbus-run-session", "nonsense", &[]);
    run("dbus-run-session", "nobody answers", &[]);
    run("dbus-run-session", "no portal", &[]);
    run("dbus-run-session", "the environment speaks", &[proxy]);
    run(
        "env",
        "no bus",
        &[("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")],
    );
}

fn run(under: &str, scene: &str, variables: &[(&str, &str)]) {
    let mut command = Command::new(under);
    command
        .arg(std::env::current_exe().unwrap())
        .env(SCENE, scene);
    for name in ["NO_PROXY", "ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    let ran = command.envs(variables.iter().copied()).output();
    let ran = ran.unwrap_or_else(|error| panic!("`{under}` (package dbus): {error}"));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{scene}: {said}");
}

/// A portal that answers every address with the same ways.
struct Portal {
    /// None never answers.
    ways: Option<Vec<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.freedesktop.portal.ProxyResolver")]
impl Portal {
    async fn lookup(&self, uri: String) -> Vec<String> {
        self.asked.lock().unwrap().push(uri);
        match &self.ways {
            Some(ways) => ways.clone(),
            None => std::future::pending().await,
        }
    }
}

struct Desktop {
    asked: Arc<Mutex<Vec<String>>>,
    _bus: zbus::Connection,
}

impl Desktop {
    async fn start(ways: Option<&[&str]>) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let portal = Portal {
            ways: ways.map(|ways| ways.iter().map(|&way| way.to_owned()).collect()),
            asked: asked.clone(),
        };
        let bus = zbus::connection::Builder::session().unwrap();
        let bus = bus.name("org.freedesktop.portal.Desktop").unwrap();
        let bus = bus.serve_at("/org/freedesktop/portal/desktop", portal);
        let bus = bus.unwrap().build().await.unwrap();
        Self { asked, _bus: bus }
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// A resource behind a proxy that wants a password.
struct World {
    emulator: Emulator,
    proxy: hearth_emulator::Proxy,
    client: Client,
    network: Network,
}

impl World {
    async fn start(builder: hearth_emulator::ProxyBuilder) -> Self {
        let authority = Certificates::new("Public CA");
        let config = authority.server(&[HOST]);
        let emulator = Emulator::builder().tls_config(config).start().await;
        let emulator = emulator.unwrap();
        let builder = builder.password("me", PASSWORD);
        let proxy = builder.resolving(HOST, emulator.address()).start().await;
        let network = Network {
            roots: vec![authority.ca_der()],
            ..Network::default()
        };
        let client = Client::new(ClientOptions {
            max_attempts: 1,
            network: network.clone(),
            ..ClientOptions::default()
        });
        Self {
            emulator,
            proxy: proxy.unwrap(),
            client: client.unwrap(),
            network,
        }
    }

    fn with_login(&self) -> String {
        let login = format!("://me:{PASSWORD}@");
        self.proxy.url().replacen("://", &login, 1)
    }

    async fn ask(&self, url: &str) -> Option<Failure> {
        let key = Arc::new(Secret::new(self.emulator.key().to_owned()));
        let target = Target {
            endpoint: Endpoint::parse(url).unwrap().endpoint,
            credential: Credential::Key(key),
            anthropic_version: ApiVersion::default(),
            headers: Vec::new(),
            skip: Skip::new(),
        };
        let request = MessagesRequest {
            model: "claude-opus-5-5".into(),
            max_tokens: 16,
            messages: vec![Message {
                role: Role::User,
                content: vec![Block::text("hello")],
            }],
            stream: true,
            ..MessagesRequest::default()
        };
        let steps: Vec<_> = self.client.stream(&target, request).collect().await;
        let shown = format!("{steps:?} {:?}", self.client);
        assert!(!shown.contains(PASSWORD), "{shown}");
        steps.into_iter().find_map(Result::err)
    }

    async fn ask_resource(&self) -> Option<Failure> {
        self.ask(&format!("https://{HOST}")).await
    }
}

async fn play(scene: &str) {
    let url = format!("https://{HOST}");
    match scene {
        "a proxy" => asks_once_and_goes_through().await,
        "socks" => {
            let world = World::start(hearth_emulator::Proxy::socks5()).await;
            // GLib's word for a SOCKS proxy of a version that nobody said.
            let way = world.with_login().replacen("socks5h://", "socks://", 1);
            let _desktop = Desktop::start(Some(&[&way, "direct://"])).await;
            assert_eq!(world.ask_resource().await, None);
            assert_eq!(world.proxy.log().len(), 1);
        }
        "the environment speaks" => {
            let world = World::start(hearth_emulator::Proxy::http()).await;
            let desktop = Desktop::start(Some(&[&world.with_login()])).await;
            let failure = world.ask_resource().await;
            let Some(Failure::Proxy(problem)) = failure else {
                panic!("{failure:?}");
            };
            assert_eq!(problem.kind, ProxyKind::Unreachable);
            let system = world.network.ask_system_proxy(&url).await;
            assert_eq!(system.as_deref(), Some("http://127.0.0.1:1"));
            assert!(desktop.asked().is_empty() && world.proxy.log().is_empty());
        }
        _ => {
            let world = World::start(hearth_emulator::Proxy::http()).await;
            let _desktop = match scene {
                "direct" => Some(Desktop::start(Some(&["direct://"])).await),
                "nonsense" => Some(Desktop::start(Some(&["", "pac+http://x", "http://"])).await),
                "nobody answers" => Some(Desktop::start(None).await),
                "no portal" | "no bus" => None,
                other => panic!("no such scene: {other}"),
            };
            let failure = world.ask_resource().await;
            let direct = matches!(
                failure,
                Some(Failure::HostUnknown | Failure::Unreachable(_))
            );
            assert!(direct, "{failure:?}");
            assert_eq!(world.network.ask_system_proxy(&url).await, None);
            assert_eq!(world.proxy.log(), []);
        }
    }
}

async fn asks_once_and_goes_through() {
    let url = format!("https://{HOST}");
    let world = World::start(hearth_emulator::Proxy::http()).await;
    let desktop = Desktop::start(Some(&[&world.with_login(), "direct://"])).await;
    assert_eq!(
        world.network.system_proxy(&url),
        None,
        "nobody has asked yet"
    );
    assert_eq!(world.ask_resource().await, None);
    assert_eq!(world.ask_resource().await, None);
    assert!(!world.proxy.log().is_empty());
    assert_eq!(world.network.system_proxy(&url), Some(world.proxy.url()));
    let endpoint = Endpoint::parse(&url).unwrap().endpoint;
    let found = path::proxy(&world.client, &endpoint).await.unwrap();
    assert_eq!(found.unwrap().proxy, world.proxy.url());
    assert_eq!(desktop.asked(), [url]);

    // This machine is nobody else's business.
    let here = Emulator::builder().start().await.unwrap();
    assert_eq!(world.ask(&here.url()).await, None);
    assert_eq!(desktop.asked().len(), 1);
}
