//! The one screen: whose turn it is, and what is on it beside the page.

use std::process::Command;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// How often keys are typed into a dialog that does not take them.
const TRIES: usize = 3;
/// How long a dialog may take to close.
const CLOSING: Duration = Duration::from_secs(5);
/// How long the dialog looks for completions of what was typed.
const COMPLETING: Duration = Duration::from_millis(500);
const GLANCE: Duration = Duration::from_millis(50);

static SCREEN: Mutex<()> = Mutex::const_new(());

/// The right to have a window open.
pub(crate) type Turn = MutexGuard<'static, ()>;

/// Waits for the screen. A test that failed has left it all the same.
pub(crate) async fn turn() -> Turn {
    SCREEN.lock().await
}

/// Types into a native dialog, once one of this title is there. The web driver
/// sees pages only, so these keys come from the display.
pub(crate) async fn type_into_dialog(title: &str, text: &str) {
    let id = crate::harness::patiently(async || find_window(title)).await;
    let id = id.unwrap_or_else(|| panic!("no dialog “{title}” opened"));
    // A dialog that is still filling its list may lose keys; nothing is chosen by halves.
    for _ in 0..TRIES {
        run(&["windowfocus", "--sync", &id]);
        run(&["key", "--clearmodifiers", "ctrl+a"]);
        run(&["type", "--clearmodifiers", "--delay", "30", text]);
        // The first Return may go to the list of completions that is open by then.
        for _ in 0..2 {
            tokio::time::sleep(COMPLETING).await;
            run(&["key", "Return"]);
            if closes(title).await {
                return;
            }
        }
    }
    panic!("the dialog “{title}” did not take “{text}”");
}

/// Whether the dialog goes away within the time that one needs under load.
async fn closes(title: &str) -> bool {
    let gone = async {
        while find_window(title).is_some() {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(CLOSING, gone).await.is_ok()
}

/// Closes a native dialog as a person who thought better of it does.
pub(crate) async fn close_dialog(title: &str) {
    let id = crate::harness::patiently(async || find_window(title)).await;
    let id = id.unwrap_or_else(|| panic!("no dialog “{title}” opened"));
    run(&["windowfocus", "--sync", &id]);
    run(&["key", "Escape"]);
    let gone = crate::harness::patiently(async || find_window(title).is_none().then_some(()));
    gone.await.expect("the dialog closes");
}

fn find_window(title: &str) -> Option<String> {
    let found = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--name", &format!("^{title}$")])
        .output()
        .expect("xdotool is installed");
    let found = String::from_utf8_lossy(&found.stdout).into_owned();
    found.lines().next().map(str::to_owned)
}

fn run(arguments: &[&str]) {
    let done = Command::new("xdotool")
        .args(arguments)
        .output()
        .expect("xdotool is installed");
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "xdotool {arguments:?}: {said}");
}
