//! The one screen: whose turn it is, and what is on it beside the page.

use std::process::Command;
use std::time::Duration;

use tokio::sync::{Mutex, MutexGuard};

/// How long a dialog may take to close, or to copy, before it is asked again.
const ANSWERING: Duration = Duration::from_secs(5);
/// What is on the clipboard before a dialog is asked to copy.
const NOTHING_COPIED: &str = "nothing was copied yet";
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
    // A dialog that is still filling its list may lose keys, and one that completes what is
    // typed may add some: what stands in its field is read back before anything is chosen.
    let typed = crate::harness::patiently(async || {
        run(&["windowfocus", "--sync", &id]);
        run(&["key", "--clearmodifiers", "ctrl+a"]);
        run(&["type", "--clearmodifiers", "--delay", "30", text]);
        (copied_from_the_field().await? == text).then_some(())
    });
    let typed = typed.await;
    typed.unwrap_or_else(|| panic!("the dialog “{title}” did not take “{text}”"));
    // The first Return may go to the list of completions that is open by then.
    let chosen = crate::harness::patiently(async || {
        if find_window(title).is_some() {
            press_return(&id);
        }
        closes(title).await.then_some(())
    });
    chosen
        .await
        .unwrap_or_else(|| panic!("the dialog “{title}” did not choose “{text}”"));
}

/// What stands in the field that has the focus; none while it does not copy.
async fn copied_from_the_field() -> Option<String> {
    let mut clipboard = arboard::Clipboard::new().expect("there is a clipboard");
    clipboard
        .set_text(NOTHING_COPIED)
        .expect("words are copied");
    run(&["key", "--clearmodifiers", "ctrl+a"]);
    run(&["key", "--clearmodifiers", "ctrl+c"]);
    let copied = async {
        loop {
            match clipboard.get_text() {
                Ok(text) if text != NOTHING_COPIED => return text,
                _ => tokio::time::sleep(GLANCE).await,
            }
        }
    };
    tokio::time::timeout(ANSWERING, copied).await.ok()
}

/// Waits until there are words on the clipboard that fit, and returns them.
pub(crate) async fn clipboard(fits: impl Fn(&str) -> bool) -> String {
    let mut last = None;
    let copied = async {
        let mut clipboard = arboard::Clipboard::new().expect("there is a clipboard");
        loop {
            last = clipboard.get_text().ok();
            match &last {
                Some(words) if fits(words) => return words.clone(),
                _ => tokio::time::sleep(GLANCE).await,
            }
        }
    };
    let copied = crate::harness::in_time(copied).await;
    copied.unwrap_or_else(|| panic!("on the clipboard is {last:?}"))
}

/// Presses the key that chooses; the dialog may close under it.
fn press_return(id: &str) {
    let focused = Command::new("xdotool")
        .args(["windowfocus", "--sync", id, "key", "Return"])
        .output();
    focused.expect("xdotool is installed");
}

/// Whether the dialog goes away within the time that one needs under load.
async fn closes(title: &str) -> bool {
    let gone = async {
        while find_window(title).is_some() {
            tokio::time::sleep(GLANCE).await;
        }
    };
    tokio::time::timeout(ANSWERING, gone).await.is_ok()
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
