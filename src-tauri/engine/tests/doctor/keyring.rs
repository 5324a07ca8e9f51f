//! A keyring that waits for a person.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hearth_emulator::Emulator;
use hearth_engine::api::{
    CredentialChoice, DoctorReport, DoctorTarget, EntraSettings, ErrorCode, KeyringState, RungId,
    RungState,
};

use crate::desk::*;

/// A process reads the address of its session bus once, so the test runs itself again on a bus of
/// its own.
const OWN_PROCESS: &str = "HEARTH_TEST_OWN_PROCESS";

fn in_own_process(name: &str) -> bool {
    if std::env::var_os(OWN_PROCESS).is_some() {
        return true;
    }
    let home = tempfile::tempdir().unwrap();
    let run = home.path().join("run");
    std::fs::create_dir(&run).unwrap();
    let done = Command::new("dbus-run-session")
        .arg("--")
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", name, "--nocapture"])
        .env(OWN_PROCESS, "1")
        .env("HOME", home.path())
        .env("XDG_DATA_HOME", home.path().join("data"))
        .env("XDG_RUNTIME_DIR", run)
        .status()
        .unwrap();
    assert!(done.success(), "{name} failed in a process of its own");
    false
}

/// An unlocked keyring, until its value is dropped.
struct Keyring(Child);

impl Keyring {
    fn start() -> Self {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--foreground", "--components=secrets", "--unlock"])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut password = daemon.stdin.take().unwrap();
        password.write_all(b"a password").unwrap();
        Self(daemon)
    }

    /// From now on it takes calls and answers none, as one does whose dialog is open.
    fn waits(&self) {
        let pid = self.0.id().to_string();
        let stopped = Command::new("kill").args(["-STOP", &pid]).status();
        assert!(stopped.unwrap().success());
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        // It may have ended with its bus already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The person gets as long as the dialog is open, and then it is the keyring that is blamed.
/// Once it is asked, time passes as fast as nothing else happens.
#[tokio::test]
async fn a_dialog_that_nobody_answers_is_not_taken_for_a_network_that_fails() {
    let name = "keyring::a_dialog_that_nobody_answers_is_not_taken_for_a_network_that_fails";
    if !in_own_process(name) {
        return;
    }
    let keyring = Keyring::start();
    let emulator = Emulator::builder().start().await.unwrap();
    let desk = Desk::new().await;
    let entra = EntraSettings {
        tenant: "contoso.com".to_owned(),
        client_id: "11111111-1111-4111-8111-111111111111".to_owned(),
        scope: String::new(),
        authority: String::new(),
    };
    let choice = CredentialChoice::SignIn { entra };
    desk.save(connection(&emulator.url(), secret(choice, None)))
        .await;
    let ready = async {
        while desk.engine.state().await.keyring != KeyringState::Ready {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    within(ready).await;

    let is_asked = move |report: &DoctorReport| {
        if rung(report, RungId::Credential).state == RungState::Running {
            keyring.waits();
            tokio::time::pause();
        }
    };
    let target = DoctorTarget::Saved {
        connection: None,
        deployment: None,
    };
    let report = desk.engine.diagnose(target, is_asked).await;
    let row = fault("", RungId::Credential, ErrorCode::KeyringLocked, no_fix);
    assert_eq!(found(&report, &row).code, row.code, "{report:#?}");
}
