//! Keys in a real keyring: gnome-keyring-daemon, on a session bus of its own.
//!
//! A process reads its session bus's address once, so each test runs once more in a process of
//! its own, under a bus that starts nothing by itself.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hearth_emulator::Emulator;
use hearth_engine::api::{ConnectionDraft, CredentialDraft, ErrorCode, KeyringState};
use hearth_engine::{ClientOptions, Engine, Subscription};

use crate::full_disk::{fill, in_namespace};
use crate::support::*;

const HOME: &str = "HEARTH_ENGINE_TEST_KEYRING";

/// Runs a test on a bus of its own; none out here, and in there the folder of the keyring.
fn on_a_bus(test: &str) -> Option<PathBuf> {
    if let Some(home) = std::env::var_os(HOME) {
        return Some(home.into());
    }
    let home = tempfile::tempdir().unwrap();
    let bus = format!(
        "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
         <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
         </policy></busconfig>",
        home.path().display()
    );
    let config = home.path().join("bus.conf");
    std::fs::write(&config, bus).unwrap();
    let mut command = Command::new("dbus-run-session");
    command.arg("--config-file").arg(config).arg("--");
    command
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(HOME, home.path())
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", home.path());
    let played = command
        .output()
        .expect("the packages dbus and gnome-keyring are installed");
    let said = String::from_utf8_lossy(&played.stdout);
    assert!(played.status.success(), "{played:?}");
    assert!(said.contains("1 passed"), "the test was not found: {said}");
    None
}

/// A keyring that is open, and ends with its value.
struct Keyring(Child);

impl Keyring {
    async fn open(home: &Path, engine: &Engine) -> Self {
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets", "--unlock"])
            .env("XDG_DATA_HOME", home.join("data"));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut password = child.stdin.take().unwrap();
        password.write_all(b"a password").unwrap();
        // The daemon reads its password to the end of the stream.
        drop(password);
        let keyring = Self(child);
        let ready = async {
            while engine.state().await.keyring != KeyringState::Ready {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        within(ready).await;
        keyring
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // It may have ended with its bus already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The connection to an emulator, with a key that the keyring is to keep.
fn kept(house: &House, key: &str) -> ConnectionDraft {
    ConnectionDraft {
        id: Some(house.saved.clone()),
        credential: CredentialDraft {
            this_run_only: false,
            ..with_key(key)
        },
        ..house.draft()
    }
}

async fn another(house: &House) -> (Engine, Subscription) {
    let engine = Engine::open(profile(house.folder.path()), no_environment());
    let engine = engine.await.unwrap();
    let window = engine.subscribe();
    (engine, window)
}

/// The keys of the requests that came so far.
fn keys(emulator: &Emulator) -> Vec<String> {
    let log = emulator.log();
    let keys = log.iter().map(|it| it.received.header("x-api-key"));
    keys.map(|key| key.unwrap_or_default().to_owned()).collect()
}

/// A question of another program, to its end.
async fn ask_from(engine: &Engine, window: &mut Subscription) {
    let sent = engine.send(question(None, "Hello", None)).await.unwrap();
    ended(window, &sent.turn).await;
}

#[tokio::test]
async fn a_key_that_is_replaced_counts_in_another_program_from_then_on() {
    let name = "keyring::a_key_that_is_replaced_counts_in_another_program_from_then_on";
    let Some(home) = on_a_bus(name) else {
        return;
    };
    let house = House::new().await;
    let _keyring = Keyring::open(&home, &house.engine).await;
    let old = kept(&house, "the-key-of-before");
    house.engine.save_connection(old).await.unwrap();
    let (other, mut window) = another(&house).await;
    ask_from(&other, &mut window).await;
    let plan = other.gateway_plan(None);
    // In the first window, a new one is saved.
    let new = kept(&house, house.emulator.key());
    house.engine.save_connection(new).await.unwrap();
    assert!(
        plan != other.gateway_plan(None),
        "a gateway there would go on with the old key"
    );
    ask_from(&other, &mut window).await;
    let expected = ["the-key-of-before", house.emulator.key()];
    assert_eq!(keys(&house.emulator), expected);
}

#[tokio::test]
async fn a_key_is_replaced_while_the_settings_cannot_be_written() {
    let name = "keyring::a_key_is_replaced_while_the_settings_cannot_be_written";
    let Some(disk) = in_namespace(name) else {
        return;
    };
    let Some(home) = on_a_bus(name) else {
        return;
    };
    let folder = tempfile::tempdir_in(&disk).unwrap();
    let house = House::in_folder(folder, Emulator::builder(), ClientOptions::default()).await;
    let _keyring = Keyring::open(&home, &house.engine).await;
    let old = kept(&house, "the-key-of-before");
    house.engine.save_connection(old).await.unwrap();
    fill(&disk.join("ballast"));
    // What else is new needs the settings: nothing of it is kept, not even the key.
    let renamed = ConnectionDraft {
        name: "Another name".into(),
        ..kept(&house, "the-key-of-another")
    };
    let error = house.engine.save_connection(renamed).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::FileNotWritten);
    let used = house.engine.lend(None).await.unwrap();
    assert!(has_key(&used, "the-key-of-before"));
    let new = kept(&house, house.emulator.key());
    house.engine.save_connection(new).await.unwrap();
    let used = house.engine.lend(None).await.unwrap();
    assert!(has_key(&used, house.emulator.key()));
    // It is in the keyring, for whoever comes later.
    let (later, _) = another(&house).await;
    let used = later.lend(None).await.unwrap();
    assert!(has_key(&used, house.emulator.key()));
}

fn has_key(lent: &hearth_engine::Lent, key: &str) -> bool {
    match &lent.target.credential {
        hearth_foundry::Credential::Key(kept) => kept.expose() == key,
        hearth_foundry::Credential::Tokens(_) | hearth_foundry::Credential::PrintedKey(_) => false,
    }
}
