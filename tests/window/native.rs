//! What only a desktop has, on its way to the page: files, the clipboard, drops, windows,
//! and the processes behind them. The page is asked through its own commands here; what
//! its controls do with them is tested beside them.

use std::borrow::Cow;
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::dragging;
use crate::harness::{Hearth, Home, Theme, in_time, patiently};
use crate::processes;

/// Calls a command of the shell as the page would; `body` is a list of bytes or an object.
async fn call(hearth: &Hearth<'_>, command: &str, body: Value, headers: Value) -> Value {
    let script = "const [command, body, headers, done] = arguments; \
        const args = Array.isArray(body) ? new Uint8Array(body) : body; \
        window.__TAURI_INTERNALS__.invoke(command, args, { headers }).then( \
            value => done({ ok: value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value }), \
            error => done({ failed: error }));";
    hearth
        .page
        .execute_async(script, vec![json!(command), body, headers])
        .await
        .expect("the script runs")
}

const NEW: &str = "%7B%22kind%22%3A%22new%22%7D";

fn new_draft() -> Value {
    json!({ "key": { "kind": "new" } })
}

#[tokio::test]
async fn bytes_of_a_file_come_and_go_as_they_are() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let text = "fn main() {}\n// 日本 🦊\n".as_bytes();
    let headers = json!({ "key": NEW, "name": "%E6%97%A5.rs" });
    let attached = call(&hearth, "attach_file", json!(text), headers).await;
    assert_eq!(attached["ok"]["name"], "日.rs", "{attached}");
    let id = attached["ok"]["id"].clone();
    let loaded = call(&hearth, "load_attachment", json!({ "id": id }), json!({})).await;
    assert_eq!(loaded["ok"], json!(text));
    let draft = call(&hearth, "load_draft", new_draft(), json!({})).await;
    assert_eq!(draft["ok"]["attachments"][0]["id"], id);
    // A refusal is an error with a code, not a crash.
    let headers = json!({ "key": NEW, "name": "a.bin" });
    let refused = call(&hearth, "attach_file", json!([0, 1, 2]), headers).await;
    assert_eq!(
        refused["failed"]["code"], "attachment-unknown-type",
        "{refused}"
    );
    assert_eq!(refused["failed"]["subject"], "a.bin");
    hearth.close().await;
}

#[tokio::test]
async fn an_image_on_the_clipboard_is_attached_and_words_are_not() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let mut clipboard = arboard::Clipboard::new().expect("there is a clipboard");
    clipboard.set_text("only words").expect("words are copied");
    let none = call(&hearth, "attach_clipboard", new_draft(), json!({})).await;
    assert_eq!(none, json!({ "ok": null }));
    let pixels = [200, 30, 30, 255].repeat(40 * 30);
    clipboard
        .set_image(arboard::ImageData {
            width: 40,
            height: 30,
            bytes: Cow::Owned(pixels),
        })
        .expect("an image is copied");
    let attached = call(&hearth, "attach_clipboard", new_draft(), json!({})).await;
    let attached = &attached["ok"];
    assert_eq!(
        (
            &attached["mediaType"],
            &attached["width"],
            &attached["height"]
        ),
        (&json!("image/png"), &json!(40), &json!(30)),
        "{attached}"
    );
    hearth.close().await;
}

#[tokio::test]
async fn a_file_that_is_dropped_reaches_the_page() {
    let home = Home::new(Theme::Light);
    let file = home.documents().join("dropped notes.txt");
    std::fs::write(&file, "dropped words").expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth
        .script(
            "window.heard = []; \
             for (const name of ['hearth-drag-enter', 'hearth-drop']) \
                 addEventListener(name, ({ detail }) => window.heard.push([name, detail]));",
        )
        .await;
    let dropping = tokio::task::spawn_blocking(move || dragging::drop_file(&file, 600, 400));
    let let_go = in_time(dropping).await;
    let_go.expect("the file is let go").expect("it is taken");
    let number = hearth
        .until("the drop", async || {
            let heard = hearth.script("return window.heard").await;
            (heard[0] == json!(["hearth-drag-enter", null])).then_some(())?;
            (heard[1][0] == "hearth-drop").then(|| heard[1][1].clone())
        })
        .await;
    // A drop that there was not yet has nothing; this one may be fetched by the page itself:
    // either way it is in the draft, once.
    let drop = |number: Value| json!({ "key": { "kind": "new" }, "drop": number });
    let next = json!(number.as_u64().expect("a number") + 1);
    let none = call(&hearth, "attach_dropped", drop(next), json!({})).await;
    assert_eq!(none, json!({ "ok": [] }));
    let dropped = call(&hearth, "attach_dropped", drop(number.clone()), json!({})).await;
    assert!(dropped["ok"].is_array(), "{dropped}");
    let attached = hearth
        .until("the file in the draft", async || {
            let draft = call(&hearth, "load_draft", new_draft(), json!({})).await;
            let attached = draft["ok"]["attachments"].as_array()?.clone();
            (attached.len() == 1).then_some(attached)
        })
        .await;
    assert_eq!(attached[0]["name"], "dropped notes.txt");
    let again = call(&hearth, "attach_dropped", drop(number), json!({})).await;
    assert_eq!(again, json!({ "ok": [] }));
    hearth.close().await;
}

/// The windows on the screen that belong to this home's Hearth.
async fn windows(home: &Home) -> usize {
    let processes = processes::with_argument(&home.profile());
    let process = processes.first().expect("Hearth runs").id.to_string();
    let found = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--all", "--pid", &process])
        .args(["--name", "^Hearth$"])
        .output()
        .await
        .expect("xdotool is installed");
    String::from_utf8_lossy(&found.stdout).lines().count()
}

#[tokio::test]
async fn another_window_opens_beside_the_first() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    assert_eq!(windows(&home).await, 1);
    let opened = call(&hearth, "new_window", json!({}), json!({})).await;
    assert_eq!(opened, json!({ "ok": null }));
    hearth
        .until("a second window", async || {
            (windows(&home).await == 2).then_some(())
        })
        .await;
    hearth.close().await;
}

#[tokio::test]
async fn a_second_launch_shows_the_window_that_is_there() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let again = Command::new(env!("CARGO_BIN_EXE_hearth-desktop"))
        .arg("--profile")
        .arg(home.profile())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let ended = in_time(again).await.expect("the second launch ends");
    assert!(ended.expect("it was started").success());
    assert_eq!(windows(&home).await, 1);
    // The first one goes on.
    assert!(call(&hearth, "app_state", json!({}), json!({})).await["ok"].is_object());
    hearth.close().await;
}

#[tokio::test]
async fn a_page_whose_process_died_is_loaded_again() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let pages = || -> Vec<u32> {
        let tree = processes::tree(&home.profile());
        let pages = tree
            .iter()
            .filter(|it| it.arguments.contains("WebKitWebProcess"));
        pages.map(|it| it.id).collect()
    };
    let before = pages();
    assert_eq!(before.len(), 1, "one page: {before:?}");
    // What dies at once is left alone: this one has lived for a while.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;
    let killed = Command::new("kill")
        .args(["-9", &before[0].to_string()])
        .status()
        .await;
    assert!(killed.expect("kill is there").success());
    let again = patiently(async || {
        let now = pages();
        (now.len() == 1 && now != before).then_some(())
    })
    .await;
    assert!(again.is_some(), "no page came back\n{}", home.log());
    assert!(home.log().contains("the page's process has ended"));
    // The driver has lost its page with that process; Hearth ends as at a logout.
    for process in processes::with_argument(&home.profile()) {
        let told = Command::new("kill").arg(process.id.to_string()).status();
        told.await.expect("kill is there");
    }
    let gone = patiently(async || {
        processes::with_argument(&home.profile())
            .is_empty()
            .then_some(())
    });
    assert!(gone.await.is_some(), "Hearth did not end");
    drop(hearth);
}
