//! Web pages and the gateway: a real Chromium visits a page of another site, which tries every
//! way by which a page can ask `hearth gateway`, and reports what it could read.
//!
//! The site's name leads to this machine, so that nothing but the gateway's own checks stands
//! between the two; in the cases of DNS rebinding the page's own name leads to the gateway.

#![expect(
    clippy::unwrap_used,
    reason = "clippy.toml allows it in tests, but not in what they share"
)]

#[path = "sdks/program.rs"]
mod program;
#[path = "pages/site.rs"]
mod site;

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hearth_emulator::Emulator;
use serde_json::Value;
use tempfile::TempDir;

use program::{Program, UPSTREAM_KEY};
use site::Site;

/// The name of the site that may not ask, and of the one that may.
const EVIL: &str = "evil.example";
const FRIEND: &str = "friend.example";

/// What a page that may ask reads, whatever stands in its way otherwise.
const READ_BY_A_FRIEND: &[&str] = &[
    "fetch health with key",
    "fetch models with key",
    "fetch json with key",
    "fetch chat with key",
    "fetch by name",
    "request with key",
    "worker",
];

/// How long a browser may take to end.
const GOODBYE: Duration = Duration::from_secs(10);

/// A Chromium with nothing in it, which shows one page.
struct Browser {
    child: Child,
    _profile: TempDir,
}

impl Browser {
    fn visit(address: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let child = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
            ])
            .args([
                "--disable-background-networking",
                "--disable-component-update",
            ])
            .args([
                "--disable-sync",
                "--disable-dev-shm-usage",
                "--no-proxy-server",
            ])
            .arg("--remote-debugging-port=0")
            .arg(format!(
                "--host-resolver-rules=MAP {EVIL} 127.0.0.1, MAP {FRIEND} 127.0.0.1"
            ))
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(address)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromium is installed");
        Self {
            child,
            _profile: profile,
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends its own processes when it is asked to; killed, it would leave them behind.
        let asked = Command::new("kill")
            .arg(self.child.id().to_string())
            .status();
        let until = Instant::now() + GOODBYE;
        while asked.is_ok() && Instant::now() < until {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whom the gateway lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Callers {
    WithKey,
    Anybody,
}

/// A gateway in front of an emulator, and a site beside them.
struct Scene {
    _runtime: tokio::runtime::Runtime,
    emulator: Emulator,
    gateway: Program,
    site: Site,
    /// Where reports go.
    collector: Site,
    _folder: TempDir,
}

impl Scene {
    fn set(callers: Callers) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let emulator = runtime.block_on(Emulator::builder().key(UPSTREAM_KEY).start());
        let emulator = emulator.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (site, collector) = (Site::open(), Site::open());
        let master = match callers {
            Callers::WithKey => "general_settings:\n  master_key: sk-master\n",
            Callers::Anybody => "",
        };
        let text = format!(
            "model_list:
  - model_name: claude-sonnet-4-5
    litellm_params:
      model: azure_ai/claude-sonnet-4-5
      api_base: {}/anthropic
      api_key: {UPSTREAM_KEY}
{master}hearth:
  hosts: [{FRIEND}]
  origins: ['http://{FRIEND}:{}']
",
            emulator.url(),
            site.address.port()
        );
        let path = folder.path().join("config.yaml");
        std::fs::write(&path, text).unwrap();
        let mut arguments = vec!["--config", path.to_str().unwrap()];
        if callers == Callers::Anybody {
            arguments.push("--no-key");
        }
        let gateway = Program::start(folder.path(), &arguments, &[]);
        Self {
            _runtime: runtime,
            emulator,
            gateway,
            site,
            collector,
            _folder: folder,
        }
    }

    /// What the page of a site says that it could read of the gateway at this address.
    fn visited(&self, name: &str, gateway: &str, more: &str) -> Value {
        let address = format!(
            "http://{name}:{}/?gateway={gateway}&collector=http://{}/report{more}",
            self.site.address.port(),
            self.collector.address
        );
        let _browser = Browser::visit(&address);
        self.collector.report()
    }

    /// A page that is somewhere else.
    fn elsewhere(&self, name: &str) -> Value {
        self.visited(name, &self.gateway.url, "")
    }

    /// A page whose own name leads to the gateway a moment after it was loaded.
    fn rebound(&self, name: &str) -> Value {
        let gateway = self.gateway.url.strip_prefix("http://").unwrap();
        self.site.may_lead_to(gateway.parse().unwrap());
        let own = format!("http://{name}:{}", self.site.address.port());
        self.visited(name, &own, "&rebind=1")
    }
}

/// The attempts whose answer could be read.
fn read(report: &Value) -> Vec<&str> {
    let said = report.as_object().unwrap();
    assert!(said.len() > 30, "{report}");
    let read = said.iter().filter(|(_, read)| **read == true);
    read.map(|(name, _)| name.as_str()).collect()
}

#[test]
fn a_page_of_another_site_reads_nothing_and_asks_nothing() {
    for callers in [Callers::WithKey, Callers::Anybody] {
        let scene = Scene::set(callers);
        let report = scene.elsewhere(EVIL);
        assert_eq!(read(&report), Vec::<&str>::new(), "{callers:?} {report}");
        assert_eq!(scene.emulator.log().len(), 0, "{callers:?} {report}");
        // The same page under a name that is let in: its attempts reach the gateway, and what
        // gets through is counted.
        let report = scene.elsewhere(FRIEND);
        let read = read(&report);
        for name in READ_BY_A_FRIEND {
            assert!(read.contains(name), "{callers:?} {name}: {report}");
        }
        assert_eq!(
            read.contains(&"fetch json"),
            callers == Callers::Anybody,
            "{report}"
        );
        assert!(!read.contains(&"sandbox"), "{report}");
        let asked = scene.emulator.log().len();
        assert!(asked >= 5, "{callers:?} {asked} {report}");
    }
}

#[test]
fn a_name_that_is_made_to_lead_to_the_gateway_is_refused() {
    for callers in [Callers::WithKey, Callers::Anybody] {
        let scene = Scene::set(callers);
        let report = scene.rebound(EVIL);
        assert_eq!(read(&report), Vec::<&str>::new(), "{callers:?} {report}");
        assert_eq!(scene.emulator.log().len(), 0, "{callers:?} {report}");
        // To the browser the page and the gateway are one: under a name that is let in,
        // everything is read.
        let report = scene.rebound(FRIEND);
        let read = read(&report);
        for name in READ_BY_A_FRIEND
            .iter()
            .filter(|name| **name != "fetch by name")
        {
            assert!(read.contains(name), "{callers:?} {name}: {report}");
        }
        assert!(scene.emulator.log().len() >= 4, "{report}");
    }
}
