//! Hearth as a person has it in front of them: started, driven, ended.

use std::fs::File;
use std::future::Future;
use std::net::{Ipv4Addr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tempfile::TempDir;

use crate::accessible::{self, Role};
use crate::processes;
use crate::screen::{self, Turn};

/// How long anything may take before a test gives up on it. Nothing waits this
/// long when all is well: every wait ends with what it waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);
const GLANCE: Duration = Duration::from_millis(20);

/// What the desktop is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub(crate) const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// A person's home on this machine: it outlives the windows that are opened in it.
pub(crate) struct Home {
    folder: TempDir,
    theme: Theme,
    variables: Vec<(String, String)>,
}

impl Home {
    pub(crate) fn new(theme: Theme) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("bin")).expect("a folder for programs");
        Self {
            folder,
            theme,
            variables: Vec::new(),
        }
    }

    /// Sets an environment variable for Hearth.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn theme(&self) -> Theme {
        self.theme
    }

    /// What Hearth is given as `--profile`.
    pub(crate) fn profile(&self) -> PathBuf {
        self.folder.path().join("profile")
    }

    /// A folder of the person's own, outside the profile.
    pub(crate) fn documents(&self) -> PathBuf {
        let folder = self.folder.path().join("documents");
        std::fs::create_dir_all(&folder).expect("a folder for documents");
        folder
    }

    /// What Hearth, its web view and the driver said so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("log.txt")
    }

    /// Puts a program in front of the system's own of that name.
    pub(crate) fn install(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.folder.path().join("bin").join(name);
        std::fs::write(&path, script).expect("a program can be written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("a program can be made one");
    }

    /// Where a program that was installed here is.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join("bin").join(name)
    }

    fn path(&self) -> String {
        let own = self.folder.path().join("bin");
        format!(
            "{}:{}",
            own.display(),
            std::env::var("PATH").unwrap_or_default()
        )
    }
}

/// A running Hearth with its window open.
pub(crate) struct Hearth<'a> {
    pub(crate) page: Client,
    home: &'a Home,
    driver: Driver,
    _turn: Turn,
}

impl<'a> Hearth<'a> {
    /// Starts Hearth in this home and waits until its page has drawn something.
    pub(crate) async fn open(home: &'a Home) -> Self {
        let turn = screen::turn().await;
        let driver = Driver::start(home);
        let page = driver.session(home).await;
        let hearth = Self {
            page,
            home,
            driver,
            _turn: turn,
        };
        hearth.has_drawn().await;
        hearth.listen_to_notices().await;
        hearth
    }

    /// Waits until the page has drawn something.
    pub(crate) async fn has_drawn(&self) {
        self.until("the page draws something", async || {
            let drawn = self
                .script("return document.body?.innerText.trim().length > 0")
                .await;
            drawn.as_bool().unwrap_or(false).then_some(())
        })
        .await;
    }

    /// Ends Hearth as closing its window does, and waits until all of it is gone.
    pub(crate) async fn close(self) {
        let Self {
            page,
            home,
            driver,
            _turn,
        } = self;
        let running = processes::tree(&home.profile());
        page.close().await.expect("the window closes");
        patiently(async || (!processes::any_lives(&running)).then_some(()))
            .await
            .unwrap_or_else(|| panic!("Hearth did not end\n{}", home.log()));
        drop(driver);
    }

    /// The one visible control of this role and name, once it is there.
    pub(crate) async fn the(&self, role: Role, name: &str) -> Element {
        self.until(&format!("{role:?} “{name}”"), async || {
            accessible::find(&self.page, role, |label| label == name).await
        })
        .await
    }

    /// Likewise, by the beginning of its name.
    pub(crate) async fn the_one_beginning(&self, role: Role, name: &str) -> Element {
        self.until(&format!("{role:?} “{name}…”"), async || {
            accessible::find(&self.page, role, |label| label.starts_with(name)).await
        })
        .await
    }

    /// Whether such a control is visible at this moment.
    pub(crate) async fn shows(&self, role: Role, name: &str) -> bool {
        accessible::find(&self.page, role, |label| label == name)
            .await
            .is_some()
    }

    /// Clicks the visible control of this role and name, once it is there and nothing
    /// that moves is in the way.
    pub(crate) async fn click(&self, role: Role, name: &str) {
        self.click_fitting(role, &format!("“{name}”"), |label| label == name)
            .await;
    }

    /// Likewise, by the beginning of its name.
    pub(crate) async fn click_beginning(&self, role: Role, name: &str) {
        self.click_fitting(role, &format!("“{name}…”"), |label| {
            label.starts_with(name)
        })
        .await;
    }

    async fn click_fitting(&self, role: Role, called: &str, fits: impl Fn(&str) -> bool) {
        self.until(&format!("a click on {role:?} {called}"), async || {
            let control = accessible::find(&self.page, role, &fits).await?;
            self.press_on(&control).await
        })
        .await;
    }

    /// A click as a person makes it: what cannot be pressed yet is waited for, and what lies
    /// behind a bar is scrolled from there first.
    pub(crate) async fn press_on(&self, control: &Element) -> Option<()> {
        let disabled = control.attr("aria-disabled").await.ok()?;
        (disabled.as_deref() != Some("true")).then_some(())?;
        if control.click().await.is_ok() {
            return Some(());
        }
        let element = serde_json::to_value(control).expect("an element reference");
        let script = "arguments[0].scrollIntoView({ block: 'center' })";
        self.page.execute(script, vec![element]).await.ok()?;
        control.click().await.ok()
    }

    /// Clicks the last of several controls of this role and name.
    pub(crate) async fn click_last(&self, role: Role, name: &str) {
        self.until(
            &format!("a click on the last {role:?} “{name}”"),
            async || {
                let control =
                    accessible::find_last(&self.page, role, |label| label == name).await?;
                self.press_on(&control).await
            },
        )
        .await;
    }

    /// Whether this can be read somewhere on the page at this moment.
    pub(crate) async fn reads(&self, words: &str) -> bool {
        let page = self.script("return document.body.innerText").await;
        page.as_str().is_some_and(|page| page.contains(words))
    }

    /// Replaces the text of a field, as typing would. A field that is drawn anew meanwhile is
    /// filled again from the beginning.
    pub(crate) async fn fill(&self, role: Role, name: &str, text: &str) {
        self.until(
            &format!("“{text}” typed into {role:?} “{name}”"),
            async || {
                let field = accessible::find(&self.page, role, |label| label == name).await?;
                // What covers it may be a list that is just going away.
                self.press_on(&field).await?;
                field.clear().await.ok()?;
                self.type_into(&field, text).await
            },
        )
        .await;
    }

    async fn type_into(&self, field: &Element, text: &str) -> Option<()> {
        if text.chars().all(|c| u32::from(c) <= 0xffff) && !text.contains('\n') {
            return field.send_keys(text).await.ok();
        }
        // The driver drops characters beyond the basic plane and sends a line's end as Enter.
        let element = serde_json::to_value(field).expect("an element reference");
        let script = "const [field, text] = arguments; field.value = text; \
            field.dispatchEvent(new InputEvent('input', { bubbles: true }));";
        let typed = self.page.execute(script, vec![element, json!(text)]).await;
        typed.ok().map(|_| ())
    }

    /// Presses keys wherever the focus is.
    pub(crate) async fn press(&self, keys: &str) {
        let focused = self
            .page
            .active_element()
            .await
            .expect("something has the focus");
        focused.send_keys(keys).await.expect("keys can be pressed");
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn script(&self, script: &str) -> serde_json::Value {
        self.page
            .execute(script, Vec::new())
            .await
            .unwrap_or_default()
    }

    /// Waits until `look` sees something. It looks again and again, as a person
    /// would; when it never sees it, the test fails with a picture and the log.
    pub(crate) async fn until<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        if let Some(seen) = patiently(look).await {
            return seen;
        }
        let test = std::thread::current()
            .name()
            .unwrap_or("test")
            .replace("::", "-");
        let name = format!("failed-{test}");
        let picture = crate::shots::keep(&self.page, &name, self.home.theme().name()).await;
        panic!(
            "never seen: {what}\npicture: {picture}\n{}",
            self.home.log()
        );
    }
}

/// Looks until there is something to see, or patience ends.
pub(crate) async fn patiently<T>(look: impl AsyncFn() -> Option<T>) -> Option<T> {
    let watch = async {
        loop {
            if let Some(seen) = look().await {
                return seen;
            }
            tokio::time::sleep(GLANCE).await;
        }
    };
    in_time(watch).await
}

/// What comes of it, unless patience ends before it does.
pub(crate) async fn in_time<T>(what: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(PATIENCE, what).await.ok()
}

/// WebKit's driver. It holds one session, so each window has its own.
struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    fn start(home: &Home) -> Self {
        let port = free_port();
        let log = File::options()
            .create(true)
            .append(true)
            .open(home.log_file())
            .expect("the log can be written");
        let mut command = Command::new("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .arg("--host=127.0.0.1")
            // Hearth inherits all of this; Tauri lets itself be driven when told so.
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("PATH", home.path())
            .envs(home.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log can be shared"))
            .stderr(log);
        match home.theme {
            Theme::Light => command.env("GTK_THEME", "Adwaita"),
            Theme::Dark => command.env("GTK_THEME", "Adwaita:dark"),
        };
        let process = command.spawn().expect("WebKitWebDriver is installed");
        Self { process, port }
    }

    /// Starts Hearth under the driver.
    async fn session(&self, home: &Home) -> Client {
        let profile = home.profile();
        let program = env!("CARGO_BIN_EXE_hearth-desktop");
        let options = json!({
            "binary": program,
            "args": ["--profile", profile],
        });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)];
        let address = format!("http://127.0.0.1:{}", self.port);
        patiently(async || self.answers().await.then_some(()))
            .await
            .expect("the driver listens");
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(capabilities.into_iter().collect());
        // The driver waits for ever for a program that ended before it opened a window.
        match in_time(builder.connect(&address)).await {
            Some(Ok(page)) => page,
            Some(Err(error)) => panic!("Hearth does not start under the driver: {error}"),
            None => panic!("Hearth opens no window\n{}", home.log()),
        }
    }

    async fn answers(&self) -> bool {
        tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))
            .await
            .is_ok()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Takes a window that is still open with it, so a failed test leaves nothing behind.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}

/// Runs the same story in light and in dark.
pub(crate) async fn in_both_themes<F: Future<Output = ()>>(story: impl Fn(Theme) -> F) {
    for theme in Theme::BOTH {
        story(theme).await;
    }
}
