//! A session bus of its own, with a keyring that is opened, locked and watched.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::harness::patiently;

const PASSWORD: &[u8] = b"a password";

/// What makes a keyring ask a person for its password
/// (<https://specifications.freedesktop.org/secret-service-spec/latest/>).
const QUESTIONS: [(&str, &str); 3] = [
    ("org.freedesktop.Secret.Service", "Unlock"),
    ("org.freedesktop.Secret.Service", "CreateCollection"),
    ("org.freedesktop.Secret.Prompt", "Prompt"),
];

/// What looks how the keyring is, and asks nobody.
const LOOK: (&str, &str) = ("org.freedesktop.Secret.Service", "ReadAlias");

/// The bus and the programs on it; all end with it.
pub(crate) struct Bus {
    address: String,
    daemon: Child,
    keyring: Option<Child>,
    monitor: Option<Child>,
    folder: TempDir,
}

impl Bus {
    /// A bus with nothing on it.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = format!("unix:path={}", folder.path().join("bus").display());
        let mut daemon = Command::new("dbus-daemon");
        daemon
            .args(["--session", "--nofork", "--nopidfile"])
            .arg(format!("--address={address}"));
        let daemon = quietly(on(&mut daemon, &address, folder.path()));
        let bus = Self {
            address,
            daemon,
            keyring: None,
            monitor: None,
            folder,
        };
        let socket = bus.folder.path().join("bus");
        patiently(async || socket.exists().then_some(()))
            .await
            .expect("a session bus");
        bus
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A keyring that was never set up, as it is where nobody has logged in with a password.
    pub(crate) fn keyring_without_a_password(&mut self) {
        self.start_keyring(None);
    }

    /// A keyring that was opened with its password.
    pub(crate) async fn unlocked_keyring(&mut self) {
        self.start_keyring(Some(PASSWORD));
        self.until_its_collection_says("false").await;
    }

    /// The same keyring, with all that it holds, before anybody has opened it.
    pub(crate) async fn locked_keyring(&mut self) {
        self.start_keyring(None);
        self.until_its_collection_says("true").await;
    }

    /// Whether the keyring, which is open, holds something whose name has these words.
    pub(crate) fn keeps(&self, words: &str) -> bool {
        let mut search = Command::new("secret-tool");
        search.args(["search", "--all", "service", "hearth"]);
        let found = self.on(&mut search).output();
        let found = found.expect("secret-tool is installed");
        // The attributes of what is found go to the other stream.
        [found.stdout, found.stderr]
            .iter()
            .any(|text| String::from_utf8_lossy(text).contains(words))
    }

    /// Asks as a program does that wants the keyring opened: first for the question, and then
    /// for a dialog, of which there is none under that name.
    pub(crate) fn ask_to_open_it(&self) {
        self.call(
            "/org/freedesktop/secrets",
            "org.freedesktop.Secret.Service.Unlock",
            "array:objpath:/org/freedesktop/secrets/collection/login",
        );
        self.call(
            "/org/freedesktop/secrets/prompt/planted",
            "org.freedesktop.Secret.Prompt.Prompt",
            "string:",
        );
    }

    /// Watches the calls on the bus from now on.
    pub(crate) async fn watch(&mut self) -> Watched {
        let log = self.folder.path().join("calls");
        let file = File::create(&log).expect("a log");
        let mut monitor = Command::new("dbus-monitor");
        monitor.args(["--address", &self.address, "--profile", "type=method_call"]);
        monitor.stdout(file).stderr(Stdio::null());
        let started = monitor.stdin(Stdio::null()).spawn();
        self.monitor = Some(started.expect("the package dbus is installed"));
        let watched = Watched { log };
        // It listens once it sees what happens.
        patiently(async || {
            self.collection_says();
            (watched.count("org.freedesktop.DBus.Properties", "Get") > 0).then_some(())
        })
        .await
        .expect("the monitor sees the bus");
        watched
    }

    fn start_keyring(&mut self, password: Option<&[u8]>) {
        end(self.keyring.take());
        let mut program = Command::new("gnome-keyring-daemon");
        program.args(["--foreground", "--components=secrets"]);
        if password.is_some() {
            program.arg("--unlock");
        }
        let program = on(&mut program, &self.address, self.folder.path());
        program.stdin(Stdio::piped());
        let mut started = quietly(program);
        let mut stdin = started.stdin.take().expect("it was given one");
        stdin
            .write_all(password.unwrap_or_default())
            .expect("it reads its password");
        self.keyring = Some(started);
    }

    async fn until_its_collection_says(&self, locked: &str) {
        let wanted = format!("boolean {locked}");
        patiently(async || self.collection_says().contains(&wanted).then_some(()))
            .await
            .expect("the keyring comes up");
    }

    /// Whether the keyring's collection is locked, in the bus's words; nothing before it is there.
    fn collection_says(&self) -> String {
        let mut get = Command::new("dbus-send");
        get.args([
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets/collection/login",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.freedesktop.Secret.Collection",
            "string:Locked",
        ]);
        let said = self.on(&mut get).output();
        let said = said.expect("the package dbus is installed");
        String::from_utf8_lossy(&said.stdout).into_owned()
    }

    fn call(&self, path: &str, method: &str, argument: &str) {
        let mut call = Command::new("dbus-send");
        call.args(["--print-reply", "--dest=org.freedesktop.secrets", path]);
        call.args([method, argument]);
        // What it answers is not looked at: the call was made.
        let made = self.on(&mut call).output();
        made.expect("the package dbus is installed");
    }

    fn on<'a>(&self, program: &'a mut Command) -> &'a mut Command {
        on(program, &self.address, self.folder.path())
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        end(self.monitor.take());
        end(self.keyring.take());
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

/// What was called on a bus.
pub(crate) struct Watched {
    log: PathBuf,
}

impl Watched {
    /// How often somebody made the keyring ask a person.
    pub(crate) fn questions(&self) -> usize {
        let counts = QUESTIONS.map(|(interface, member)| self.count(interface, member));
        counts.iter().sum()
    }

    /// How often somebody looked how the keyring is.
    pub(crate) fn looks(&self) -> usize {
        self.count(LOOK.0, LOOK.1)
    }

    /// The log has a call a line, which ends with the interface and the method.
    fn count(&self, interface: &str, member: &str) -> usize {
        let log = std::fs::read_to_string(&self.log).expect("the log can be read");
        let ending = format!("\t{interface}\t{member}");
        log.lines().filter(|line| line.ends_with(&ending)).count()
    }
}

fn on<'a>(program: &'a mut Command, address: &str, home: &Path) -> &'a mut Command {
    program
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .env("XDG_DATA_HOME", home)
        .env("XDG_RUNTIME_DIR", home)
        .stdin(Stdio::null())
}

fn quietly(program: &mut Command) -> Child {
    let started = program.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    started.expect("the packages dbus and gnome-keyring are installed")
}

fn end(program: Option<Child>) {
    if let Some(mut program) = program {
        // It may have ended with its bus already.
        let _ = program.kill();
        let _ = program.wait();
    }
}
