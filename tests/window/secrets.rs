//! A key that was typed into the window is in the keyring and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use hearth_emulator::Emulator;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::processes;

const TYPED: &str = "typed-key-5b1e7c90a2";
const OFFERED: &str = "offered-key-8d24f60e13";

#[tokio::test]
async fn a_key_is_in_the_keyring_and_nowhere_else() {
    let foundry = Emulator::builder()
        .key(TYPED)
        .start()
        .await
        .expect("the emulator starts");
    let home = Home::new(Theme::Light)
        .with("AZURE_API_KEY", OFFERED)
        .with("AZURE_API_BASE", &foundry.url())
        .with("HEARTH_LOG", "debug");
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth
        .connect(&foundry.url(), TYPED, "claude-sonnet-5-5")
        .await;
    hearth.ask("Do you keep a secret?").await;
    hearth.answer().await;

    assert!(in_keyring(TYPED), "the key was stored");
    nothing_of_the_environment_shows(&home);
    let page = "return document.documentElement.outerHTML + JSON.stringify({ ...localStorage }) + document.cookie";
    let page = hearth.script(page).await.to_string();
    assert!(
        page.contains("Do you keep a secret?") && !page.contains(TYPED) && !page.contains(OFFERED)
    );
    hearth.close().await;
    foundry.shutdown().await;

    let log = home.log();
    assert!(
        log.contains("hearth"),
        "nothing was logged, so nothing was looked at:\n{log}"
    );
    let places = [home.profile(), home.documents(), state_of_the_desktop()];
    for key in [TYPED, OFFERED] {
        assert!(!log.contains(key), "{log}");
        let planted = home.profile().join("planted");
        fs::write(&planted, format!("x{key}y")).expect("a file can be planted");
        assert_eq!(holding(&places, key), std::slice::from_ref(&planted));
        fs::remove_file(&planted).expect("and taken away");
        assert_eq!(holding(&places, key), Vec::<PathBuf>::new());
    }
}

/// What the environment offered stays in Hearth's memory: WebKit's processes do not get it, and
/// what Hearth was started with, which the system shows for as long as it runs, lost it.
fn nothing_of_the_environment_shows(home: &Home) {
    let own = processes::with_argument(&home.profile());
    // Everything else that it was started with stays visible, so the look is at the right place.
    assert!(
        own.iter()
            .any(|process| process.environment.contains("HEARTH_LOG=debug")),
        "{own:?}"
    );
    let all = processes::tree(&home.profile());
    assert!(
        all.iter()
            .any(|process| process.arguments.contains("WebKitWebProcess")),
        "{all:?}"
    );
    for process in &all {
        let name = &process.arguments;
        assert!(!process.environment.contains(OFFERED), "{name}");
        assert!(!process.environment.contains(TYPED), "{name}");
    }
}

/// Asks the Secret Service itself, as another program.
fn in_keyring(secret: &str) -> bool {
    let found = Command::new("secret-tool")
        .args(["search", "--all", "--unlock", "service", "hearth"])
        .output()
        .expect("secret-tool is installed");
    String::from_utf8_lossy(&found.stdout).contains(secret)
}

/// Where the desktop keeps what programs store, the keyring's own files included.
pub(crate) fn state_of_the_desktop() -> PathBuf {
    let data = std::env::var_os("XDG_DATA_HOME").expect("scripts/with-desktop sets XDG_DATA_HOME");
    Path::new(&data)
        .parent()
        .expect("a folder for all of it")
        .to_owned()
}

/// The files under these folders that hold the text.
pub(crate) fn holding(folders: &[PathBuf], text: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = folders.to_vec();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let kind = entry.file_type().expect("a file has a type");
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() && holds(&entry.path(), text) {
                found.push(entry.path());
            }
        }
    }
    found
}

fn holds(file: &Path, text: &str) -> bool {
    let bytes = fs::read(file).unwrap_or_default();
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [text.as_bytes(), wide.as_slice()]
        .iter()
        .any(|needle| bytes.windows(needle.len()).any(|part| part == *needle))
}
