//! An answer may hold anything; the page makes text of it.

use hearth_emulator::Script;
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

/// What an answer must not have made of the page: elements that load or run something, handlers,
/// styles, addresses that are not the web's or mail's, and traces of a script that ran.
const DANGERS: &str = "\
    const within = document.querySelector('[role=log]'); \
    const found = [...within.querySelectorAll('.prose *')].flatMap(element => { \
        const tag = element.tagName.toLowerCase(); \
        const loads = ['script', 'img', 'iframe', 'frame', 'object', 'embed', 'style', 'link', 'meta', 'base', 'form', \
            'input', 'video', 'audio', 'source', 'picture', 'template', 'math']; \
        const drawn = tag === 'svg' && !element.closest('button'); \
        const attributes = [...element.attributes].filter(({ name, value }) => name.startsWith('on') || name === 'style' \
            || name === 'src' || name === 'srcdoc' || (name === 'href' && !/^(https?:\\/\\/|mailto:|#md-(note|ref)-\\d+$)/.test(value))); \
        return [...(loads.includes(tag) || drawn ? [tag] : []), ...attributes.map(({ name }) => tag + ' ' + name)]; \
    }); \
    if (window.__hostile !== undefined) found.push('ran: ' + window.__hostile); \
    return found;";

/// What it must not become, made by hand.
const PLANTED: &str = "\
    const planted = document.createElement('div'); \
    planted.id = 'planted'; \
    const place = document.querySelector('[role=log] .prose'); \
    const script = document.createElement('script'); \
    const image = document.createElement('img'); \
    const frame = document.createElement('iframe'); \
    const drawing = document.createElementNS('http://www.w3.org/2000/svg', 'svg'); \
    const link = document.createElement('a'); \
    link.setAttribute('href', 'javascript:window.__hostile=\"planted\"'); \
    link.textContent = 'planted'; \
    const handled = document.createElement('b'); \
    handled.setAttribute('onclick', 'window.__hostile=\"handler\"'); \
    handled.textContent = 'handled'; \
    planted.append(script, image, frame, drawing, link, handled); \
    place.append(planted);";

#[tokio::test]
async fn a_hostile_answer_is_read_and_does_nothing() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let opened = home.documents().join("opened");
    home.install(
        "xdg-open",
        &format!("#!/bin/sh\necho \"$1\" >> '{}'\n", opened.display()),
    );
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;

    resource.next(Script::reply([
        "Something harmless, with a [link](https://example.com/).",
    ]));
    hearth.ask("Something harmless").await;
    hearth.last_says("Something harmless").await;
    hearth.script(PLANTED).await;
    let found = hearth.script(DANGERS).await;
    let planted = ["script", "img", "iframe", "svg", "a href", "b onclick"];
    assert_eq!(found, json!(planted), "the look finds what is there");
    nothing_runs_even_then(&hearth).await;
    hearth
        .script("document.getElementById('planted').remove()")
        .await;
    assert_eq!(hearth.script(DANGERS).await, json!([]));

    hearth.click(Role::Button, "New chat").await;
    hearth.ask("Show me something hostile").await;
    hearth.last_says("The end of the hostile part.").await;
    hearth.the(Role::Button, "Send").await;
    assert_eq!(hearth.script(DANGERS).await, json!([]));
    let answer = hearth.messages().await.pop().expect("an answer").text;
    for raw in [
        "<script>window.__hostile = \"script\";</script>",
        "<iframe src=\"https://hostile.example/frame\"></iframe>",
        "<style>body { display: none }</style>",
        "<b>Still here</b>, as text.",
        "This demo reply was written in advance.",
    ] {
        assert!(
            answer.contains(raw),
            "raw HTML is shown as text: {raw}\n{answer}"
        );
    }
    every_link_asks_first(&hearth).await;
    nothing_else_is_opened(&hearth).await;
    assert!(!opened.exists(), "no program was started");
    hearth.close().await;
}

/// The policy holds where the sanitiser would have failed: nobody's script runs.
async fn nothing_runs_even_then(hearth: &Hearth<'_>) {
    let click =
        "for (const made of document.querySelectorAll('#planted a, #planted b')) made.click()";
    hearth.script(click).await;
    hearth.settle().await;
    assert_eq!(
        hearth.script("return window.__hostile ?? null").await,
        Value::Null
    );
    assert!(!hearth.shows(Role::Dialog, "Open this address?").await);
}

/// Every link shows where it leads before anything opens, and can be left alone.
async fn every_link_asks_first(hearth: &Hearth<'_>) {
    let list =
        "return [...document.querySelectorAll('[role=log] .prose a')].map(link => link.href)";
    let links: Vec<String> = serde_json::from_value(hearth.script(list).await).expect("addresses");
    assert!(
        links.iter().any(|link| link == "https://example.com/"),
        "{links:?}"
    );
    for (place, link) in links.iter().enumerate() {
        let click = format!("document.querySelectorAll('[role=log] .prose a')[{place}].click()");
        hearth.script(&click).await;
        hearth.the(Role::Dialog, "Open this address?").await;
        hearth.says(link).await;
        hearth.settle().await;
        hearth.click(Role::Button, "Cancel").await;
        hearth.says_no_more("Open this address?").await;
    }
}

/// The function that opens addresses refuses all that is not the web’s or mail’s, whoever calls.
async fn nothing_else_is_opened(hearth: &Hearth<'_>) {
    for address in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,hello",
        "vbscript:msgbox",
        "ms-msdt:/id",
        "/bin/sh",
    ] {
        let refusal = hearth.invoke("open_link", json!({"url": address})).await;
        let refusal = refusal.expect_err(address);
        assert_eq!(refusal["code"], "link-refused", "{address}");
    }
}
