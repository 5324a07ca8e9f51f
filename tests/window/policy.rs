//! The window follows the desktop, and the page stays where it is.

use hearth_emulator::Emulator;
use serde_json::json;
use tokio::process::Command;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme, in_time};
use crate::processes;

#[tokio::test]
async fn the_window_follows_the_desktop_into_the_dark() {
    for (theme, dark) in [(Theme::Light, false), (Theme::Dark, true)] {
        let home = Home::new(theme);
        let hearth = Hearth::open(&home).await;
        let script = "return matchMedia('(prefers-color-scheme: dark)').matches";
        assert_eq!(hearth.script(script).await, dark, "{theme:?}");
        hearth.close().await;
    }
}

#[tokio::test]
async fn the_page_has_no_network_and_goes_nowhere() {
    let listener = Emulator::builder()
        .start()
        .await
        .expect("the emulator starts");
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;

    // The listener hears what does reach it.
    let spoken = tokio::net::TcpStream::connect(listener.address()).await;
    spoken
        .expect("the emulator can be reached")
        .try_write(b"GET /planted HTTP/1.1\r\nhost: x\r\n\r\n")
        .expect("bytes go out");
    let heard = listener.wait_for(|log| {
        log.iter()
            .any(|exchange| exchange.received.path == "/planted")
    });
    heard.await.expect("a request is heard");

    let url = listener.url();
    let script = "const [url, done] = arguments; \
        const settled = promise => promise.then(() => 'got through', () => 'refused'); \
        const loads = element => new Promise((yes, no) => { element.onload = yes; element.onerror = no; }); \
        const image = new Image(); const script = document.createElement('script'); \
        const frame = document.createElement('iframe'); \
        const tries = [settled(fetch(url + '/fetched', { mode: 'no-cors' })), settled(loads(image)), settled(loads(script))]; \
        image.src = url + '/image'; script.src = url + '/script'; frame.src = url + '/frame'; \
        document.head.append(script); document.body.append(frame); \
        navigator.sendBeacon(url + '/beacon', 'x'); \
        const opened = window.open(url + '/opened'); \
        try { eval('1') ; tries.push('got through'); } catch { tries.push('refused'); } \
        Promise.all([...tries, opened === null ? 'refused' : 'got through']).then(done);";
    let outcome = hearth
        .page
        .execute_async(script, vec![json!(url)])
        .await
        .expect("the script runs");
    assert_eq!(
        outcome,
        json!(["refused", "refused", "refused", "refused", "refused"])
    );
    hearth
        .script(&format!("location.href = '{url}/navigated'"))
        .await;
    hearth.settle().await;
    assert_eq!(
        hearth
            .page
            .current_url()
            .await
            .expect("an address")
            .scheme(),
        "tauri"
    );
    assert_eq!(hearth.page.windows().await.expect("windows").len(), 1);
    let paths: Vec<_> = listener
        .log()
        .iter()
        .map(|exchange| exchange.received.path.clone())
        .collect();
    assert_eq!(paths, ["/planted"]);
    hearth.close().await;
    listener.shutdown().await;
}

#[tokio::test]
async fn the_page_may_call_its_commands_and_nothing_else() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let called = async |command: &str| {
        let script = "const [command, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(command, {}).then(() => done('allowed'), error => done(String(error)));";
        let outcome = hearth
            .page
            .execute_async(script, vec![json!(command)])
            .await
            .expect("the script runs");
        outcome.as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(called("app_state").await, "allowed");
    for command in [
        "plugin:dialog|open",
        "plugin:opener|open_url",
        "plugin:window|close",
        "plugin:event|listen",
    ] {
        let answer = called(command).await;
        assert!(answer.contains("not allowed"), "{command}: {answer}");
    }
    hearth.close().await;
}

#[tokio::test]
async fn a_link_is_shown_before_the_browser_gets_it() {
    let home = Home::new(Theme::Light);
    let opened = home.documents().join("opened");
    home.install(
        "xdg-open",
        &format!("#!/bin/sh\necho \"$1\" >> '{}'\n", opened.display()),
    );
    let foundry = Emulator::builder()
        .key("k")
        .start()
        .await
        .expect("the emulator starts");
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth
        .connect(&foundry.url(), "k", "claude-sonnet-5-5")
        .await;
    foundry.next(hearth_emulator::Script::reply([
        "See [the docs](https://example.com/path?q=1) and [this](javascript:alert(1)).",
    ]));
    hearth.ask("Where?").await;
    hearth.answer().await;

    let click = "document.querySelector('[role=log] article:last-of-type a').click()";
    hearth.script(click).await;
    hearth.the(Role::Dialog, "Open this address?").await;
    assert!(hearth.reads("https://example.com/path?q=1").await);
    hearth.picture("link", Theme::Light).await;
    hearth.click(Role::Button, "Cancel").await;
    assert!(!opened.exists(), "nothing opens without consent");
    hearth.script(click).await;
    hearth.click(Role::Button, "Open").await;
    let line = hearth.until("the browser", async || {
        std::fs::read_to_string(&opened)
            .ok()
            .filter(|text| text.ends_with('\n'))
    });
    assert_eq!(line.await, "https://example.com/path?q=1\n");
    let dangerous = hearth
        .script("return [...document.querySelectorAll('a')].map(a => a.href)")
        .await;
    assert!(!dangerous.to_string().contains("javascript"), "{dangerous}");
    hearth.close().await;
    foundry.shutdown().await;
}

#[tokio::test]
async fn a_second_launch_gives_way_to_the_first() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let second = Command::new(env!("CARGO_BIN_EXE_hearth-desktop"))
        .arg("--profile")
        .arg(home.profile())
        .kill_on_drop(true)
        .status();
    let ended = in_time(second).await.expect("the second launch ends");
    assert!(ended.expect("it was launched").success());
    assert_eq!(processes::with_argument(&home.profile()).len(), 1);
    assert!(hearth.shows(Role::Button, "Try the demo").await);
    hearth.close().await;
}
