//! The vault against the real gnome-keyring-daemon, on a session bus of its own.
//!
//! A process reads its session bus's address once, so each scene is a process: this program runs
//! itself again under `dbus-run-session`, told by a variable which scene to play. A scene that
//! fails panics, and its exit status fails the whole.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "keyring/hung.rs"]
mod hung;
#[path = "keyring/session.rs"]
mod session;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use hearth_foundry::{Place, Secret, Vault, VaultError, VaultState};

const SCENE: &str = "HEARTH_KEYRING_SCENE";
const CANARY: &str = "canary-key-0123456789abcdef";

fn main() {
    match std::env::var(SCENE).as_deref() {
        Err(_) => play_all(),
        Ok(scene) => {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(play(scene));
        }
    }
}

fn play_all() {
    for (program, package) in [
        ("dbus-run-session", "dbus-daemon (or dbus)"),
        ("gnome-keyring-daemon", "gnome-keyring"),
    ] {
        assert!(
            find(program).is_some(),
            "`{program}` is missing: install the package {package}, for example with apt-get"
        );
    }
    let stage = Stage::new();
    stage.play("nothing is here", Bus::None);
    stage.play("a bus without a keyring, and then one appears", Bus::Own);
    stage.play("never set up", Bus::Own);
    stage.play("store", Bus::Own);
    stage.assert_on_no_file();
    stage.play("load in another process", Bus::Own);
    stage.play("locked, and unlocked later", Bus::Own);
    stage.play("forget", Bus::Own);
    stage.play("a refresh token is replaced", Bus::Own);
    stage.play("a refresh token while the keyring is gone", Bus::Own);
    stage.play("a service that never answers", Bus::Own);
}

async fn play(scene: &str) {
    let vault = Vault::new();
    match scene {
        "nothing is here" => is_missing(&vault).await,
        "a bus without a keyring, and then one appears" => {
            is_missing(&vault).await;
            let _daemon = Daemon::unlocked(&vault, "other").await;
            vault
                .store("c0", &Secret::new(CANARY.into()))
                .await
                .unwrap();
            assert_eq!(load(&vault, "c0").await.unwrap().as_deref(), Some(CANARY));
        }
        "never set up" => {
            let _daemon = Daemon::locked(&vault, "empty").await;
            is_locked(&vault).await;
        }
        "store" => {
            let _daemon = Daemon::unlocked(&vault, "main").await;
            assert_eq!(load(&vault, "c1").await, Ok(None));
            assert_eq!(vault.place("c1").await, None);
            vault
                .store("c1", &Secret::new("an older key, replaced".into()))
                .await
                .unwrap();
            vault
                .store("c1", &Secret::new(CANARY.into()))
                .await
                .unwrap();
            assert_eq!(vault.place("c1").await, Some(Place::Keyring));
            assert_eq!(load(&vault, "c1").await.unwrap().as_deref(), Some(CANARY));
        }
        "load in another process" => {
            let _daemon = Daemon::unlocked(&vault, "main").await;
            assert_eq!(load(&vault, "c1").await.unwrap().as_deref(), Some(CANARY));
            assert_eq!(load(&vault, "c2").await, Ok(None));
        }
        "locked, and unlocked later" => {
            let daemon = Daemon::locked(&vault, "main").await;
            is_locked(&vault).await;
            drop(daemon);
            let daemon = Daemon::unlocked(&vault, "main").await;
            assert_eq!(load(&vault, "c1").await.unwrap().as_deref(), Some(CANARY));
            // The connection of before is of no use with the next daemon, and is made again.
            drop(daemon);
            let _daemon = Daemon::unlocked(&vault, "main").await;
            assert_eq!(load(&vault, "c1").await.unwrap().as_deref(), Some(CANARY));
        }
        "forget" => {
            let _daemon = Daemon::unlocked(&vault, "main").await;
            vault.forget("c1").await.unwrap();
            assert_eq!(load(&vault, "c1").await, Ok(None));
            vault.forget("c1").await.unwrap();
        }
        "a refresh token is replaced" => session::replaced_in_the_keyring(&vault).await,
        "a refresh token while the keyring is gone" => {
            session::kept_in_memory_meanwhile(&vault).await;
        }
        "a service that never answers" => hung::costs_one_look_and_one_question(&vault).await,
        other => panic!("no scene `{other}`"),
    }
}

async fn is_missing(vault: &Vault) {
    assert_eq!(vault.state().await, VaultState::Missing);
    assert_eq!(
        vault.store("c1", &Secret::new(CANARY.into())).await,
        Err(VaultError::Missing)
    );
    assert_eq!(load(vault, "c1").await, Err(VaultError::Missing));
    assert_eq!(vault.forget("c1").await, Err(VaultError::Missing));
    works_for_this_run(vault).await;
    // What was only in memory is gone with it, and there is no keyring that could have it.
    assert_eq!(vault.forget("run").await, Ok(()));
    assert_eq!(vault.place("run").await, None);
}

async fn is_locked(vault: &Vault) {
    assert_eq!(vault.state().await, VaultState::Locked);
    assert_eq!(load(vault, "c1").await, Err(VaultError::Locked));
    assert_eq!(load(vault, "never stored").await, Err(VaultError::Locked));
    assert_eq!(
        vault.store("c9", &Secret::new(CANARY.into())).await,
        Err(VaultError::Locked)
    );
    works_for_this_run(vault).await;
    // Memory is cleared; that the keyring could not be asked is said all the same.
    assert_eq!(vault.forget("run").await, Err(VaultError::Locked));
    assert_eq!(vault.place("run").await, None);
}

async fn works_for_this_run(vault: &Vault) {
    vault.keep_for_this_run("run", Secret::new(CANARY.into()));
    assert_eq!(vault.place("run").await, Some(Place::ThisRun));
    assert_eq!(load(vault, "run").await.unwrap().as_deref(), Some(CANARY));
}

async fn load(vault: &Vault, name: &str) -> Result<Option<String>, VaultError> {
    Ok(vault
        .load(name)
        .await?
        .map(|secret| secret.expose().to_owned()))
}

/// A daemon that ends with its value.
struct Daemon(Child);

impl Daemon {
    async fn unlocked(vault: &Vault, data: &str) -> Self {
        Self::start(vault, data, Some("a password"), VaultState::Ready).await
    }

    async fn locked(vault: &Vault, data: &str) -> Self {
        Self::start(vault, data, None, VaultState::Locked).await
    }

    async fn start(vault: &Vault, data: &str, password: Option<&str>, becomes: VaultState) -> Self {
        let data = PathBuf::from(std::env::var_os("HOME").unwrap()).join(data);
        let mut command = Command::new("gnome-keyring-daemon");
        command
            .args(["--foreground", "--components=secrets"])
            .env("XDG_DATA_HOME", data);
        if password.is_some() {
            command.arg("--unlock");
        }
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, password.unwrap_or_default().as_bytes()).unwrap();
        // The daemon reads its password to the end of the stream.
        drop(stdin);
        let daemon = Self(child);
        let reached = async {
            while vault.state().await != becomes {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), reached)
            .await
            .expect("the daemon does not come up");
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // It may have ended with its bus already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[derive(Clone, Copy)]
enum Bus {
    None,
    Own,
}

/// A home of its own, and a session bus that starts nothing by itself.
struct Stage {
    home: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        let stage = Self { home };
        std::fs::create_dir(stage.path("run")).unwrap();
        let bus = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><policy context=\"default\">\
             <allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow own=\"*\"/>\
             </policy></busconfig>",
            stage.path("run").display()
        );
        std::fs::write(stage.path("bus.conf"), bus).unwrap();
        stage
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn play(&self, scene: &str, bus: Bus) {
        let this = std::env::current_exe().unwrap();
        let mut command = match bus {
            Bus::None => Command::new(this),
            Bus::Own => {
                let mut command = Command::new("dbus-run-session");
                command
                    .arg("--config-file")
                    .arg(self.path("bus.conf"))
                    .arg("--")
                    .arg(this);
                command
            }
        };
        command
            .env_clear()
            .env(SCENE, scene)
            .env("HOME", self.home.path());
        for kept in ["PATH", "RUST_BACKTRACE", "LD_LIBRARY_PATH"] {
            command.envs(std::env::var_os(kept).map(|value| (kept, value)));
        }
        for (name, folder) in [
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_RUNTIME_DIR", "run"),
        ] {
            command.env(name, self.path(folder));
        }
        let played = command.output().unwrap();
        let said = String::from_utf8_lossy(&played.stderr);
        assert!(played.status.success(), "scene `{scene}` failed:\n{said}");
        assert!(!said.contains(CANARY), "scene `{scene}` printed a secret");
    }

    /// The keyring's files are encrypted, and nobody else wrote one.
    fn assert_on_no_file(&self) {
        let planted = self.path("planted");
        std::fs::write(&planted, format!("key = {CANARY}")).unwrap();
        assert_eq!(
            holding_the_canary(self.home.path()),
            std::slice::from_ref(&planted)
        );
        std::fs::remove_file(planted).unwrap();
        assert!(self.path("main/keyrings/login.keyring").exists());
        assert_eq!(holding_the_canary(self.home.path()), [] as [PathBuf; 0]);
    }
}

fn holding_the_canary(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            found.extend(holding_the_canary(&entry.path()));
        } else if kind.is_file() {
            let bytes = std::fs::read(entry.path()).unwrap();
            if bytes
                .windows(CANARY.len())
                .any(|window| window == CANARY.as_bytes())
            {
                found.push(entry.path());
            }
        }
    }
    found
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}
