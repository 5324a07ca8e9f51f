//! Where no keyring keeps the key: said plainly, agreed to, and then nothing is on disk.

use std::path::PathBuf;

use serde_json::json;

use crate::accessible::Role;
use crate::credentials::is_kept_under;
use crate::harness::{Hearth, Home, Theme, patiently};
use crate::keyring_bus::{Bus, Watched};
use crate::resource::{DEPLOYMENT, KEY, LAST_FOUR, MODEL, draft, resource, with_secret};
use crate::secrets::{holding, state_of_the_desktop};

#[tokio::test]
async fn without_a_keyring_the_key_is_kept_for_this_run_only() {
    let resource = resource().await;
    let home = Home::new(Theme::Light)
        .with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus")
        .with("HEARTH_LOG", "trace");
    let hearth = Hearth::open(&home).await;
    type_a_connection(&hearth, &resource.url()).await;
    hearth
        .says("No keyring on this desktop: nothing here can keep a secret safely.")
        .await;
    let told = all_that_the_page_tells(&hearth).await;
    assert!(told.contains(KEY), "the key that is being typed is found");

    // Without consent nothing is saved, and nothing typed is lost.
    hearth.click(Role::Button, "Save").await;
    hearth
        .says("No Secret Service runs here, so nothing can keep the key safely.")
        .await;
    assert_eq!(hearth.value(Role::Textbox, "API key").await, KEY);

    hearth.click(Role::Checkbox, "Keep for this run only").await;
    hearth.click(Role::Button, "Save").await;
    hearth.ask("Do you hear me?").await;
    let answer = hearth.answer().await;
    assert!(answer.text.contains("Do you hear me?"), "{answer:?}");
    hearth.click(Role::Button, "Settings").await;
    hearth.says("for this run only").await;
    nothing_tells_the_key(&hearth, &home).await;
    hearth.close().await;
    assert!(
        home.log().contains(&resource.address().to_string()),
        "the log tells of the requests"
    );
    assert!(!home.log().contains(KEY), "{}", home.log());

    // Tomorrow the connection is there without its key. What was typed stays until it is sent.
    let hearth = Hearth::open(&home).await;
    hearth
        .fill(Role::Textbox, "Message", "Do you still hear me?")
        .await;
    hearth.click(Role::Button, "Send").await;
    hearth
        .says("No Secret Service runs here, so nothing can keep the key safely.")
        .await;
    assert_eq!(
        hearth.value(Role::Textbox, "Message").await,
        "Do you still hear me?"
    );
    assert_eq!(resource.log().len(), 1, "nothing is asked without a key");
    hearth.click(Role::Button, "Open settings").await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.click(Role::Checkbox, "Keep for this run only").await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.click(Role::Button, "New chat").await;
    hearth.click(Role::Button, "Send").await;
    hearth.last_says("Do you still hear me?").await;
    nothing_tells_the_key(&hearth, &home).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_locked_keyring_is_named_and_nothing_waits_for_it() {
    let resource = resource().await;
    let mut bus = Bus::new().await;
    bus.keyring_without_a_password();
    let home = Home::new(Theme::Light).with("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let hearth = Hearth::open(&home).await;
    type_a_connection(&hearth, &resource.url()).await;
    hearth
        .says("The keyring is locked. Unlock it, or keep the secret until Hearth ends.")
        .await;
    hearth.click(Role::Checkbox, "Keep for this run only").await;
    hearth.click(Role::Button, "Save").await;
    hearth.ask("Do you hear me?").await;
    hearth.answer().await;
    nothing_tells_the_key(&hearth, &home).await;
    hearth.close().await;
}

#[tokio::test]
async fn nobody_is_asked_to_open_a_keyring_that_they_did_not_ask_for() {
    let resource = resource().await;
    let mut bus = Bus::new().await;
    bus.unlocked_keyring().await;
    let home = Home::new(Theme::Light).with("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let hearth = Hearth::open(&home).await;
    let id = hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let key = with_secret(json!({ "kind": "key" }), KEY);
    let second = draft(&resource.url(), key, &[(DEPLOYMENT, MODEL)]);
    hearth.save(second).await;
    hearth.close().await;
    assert!(bus.keeps(&id));
    // One of two connections is removed on a day without a keyring: its key has to stay.
    let home = home.with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let hearth = Hearth::open(&home).await;
    let removed = hearth.invoke("remove_connection", json!({ "id": id }));
    removed.await.expect("a connection is removed");
    hearth.close().await;

    bus.locked_keyring().await;
    let watched = bus.watch().await;
    assert_eq!(watched.questions(), 0);
    bus.ask_to_open_it();
    are_found(&watched, 2).await;
    let home = home.with("DBUS_SESSION_BUS_ADDRESS", bus.address());
    let hearth = Hearth::open(&home).await;
    hearth.the(Role::Textbox, "Message").await;
    // It is tried again and again to remove that key, and the other is shown as far as it can be.
    let looks = watched.looks();
    hearth
        .until("three more looks", async || {
            (watched.looks() >= looks + 3).then_some(())
        })
        .await;
    assert_eq!(watched.questions(), 2, "nobody asked for that");
    // Once somebody has opened it, the key goes.
    bus.unlocked_keyring().await;
    hearth
        .until("the keyring without it", async || {
            (!bus.keeps(&id)).then_some(())
        })
        .await;
    assert_eq!(watched.questions(), 2, "nobody asked for that");
    hearth.close().await;
}

async fn are_found(watched: &Watched, questions: usize) {
    patiently(async || (watched.questions() == questions).then_some(()))
        .await
        .expect("the planted questions are found");
}

#[tokio::test]
async fn the_page_learns_the_end_of_a_key_and_no_more() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    type_a_connection(&hearth, &resource.url()).await;
    assert!(
        all_that_the_page_tells(&hearth).await.contains(KEY),
        "the key that is being typed is found"
    );
    hearth.click(Role::Button, "Save").await;
    hearth.ask("Where is my key?").await;
    hearth.answer().await;
    hearth.click(Role::Button, "Settings").await;
    let field = hearth.the(Role::Textbox, "API key").await;
    field
        .send_keys("half-typed")
        .await
        .expect("a field takes keys");
    nothing_tells_the_key(&hearth, &home).await;
    hearth.reload().await;
    hearth.the(Role::Textbox, "Message").await;
    nothing_tells_the_key(&hearth, &home).await;
    hearth.close().await;
}

#[tokio::test]
async fn a_key_that_could_not_be_removed_goes_when_the_keyring_is_back() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    let id = hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    assert!(is_kept_under(&id));
    hearth.close().await;

    // Its connection is removed on a day without a keyring.
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").expect("a session bus");
    let home = home.with("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
    let hearth = Hearth::open(&home).await;
    let removed = hearth.invoke("remove_connection", json!({ "id": id }));
    removed.await.expect("a connection is removed");
    hearth.close().await;
    assert!(is_kept_under(&id), "nobody could remove it");

    let home = home.with("DBUS_SESSION_BUS_ADDRESS", &bus);
    let hearth = Hearth::open(&home).await;
    hearth
        .until("the keyring without it", async || {
            (!is_kept_under(&id)).then_some(())
        })
        .await;
    // And nothing knows of it any more.
    hearth
        .until("the settings without it", async || {
            let settings = std::fs::read_to_string(home.profile().join("settings.json"));
            (!settings.ok()?.contains(&id)).then_some(())
        })
        .await;
    hearth.close().await;
}

#[tokio::test]
async fn a_key_that_could_not_be_removed_goes_without_a_new_start_too() {
    let resource = resource().await;
    // The bus is where the desktop says, or nowhere for a while.
    let bus = std::env::var("DBUS_SESSION_BUS_ADDRESS").expect("a session bus");
    let socket = bus
        .strip_prefix("unix:path=")
        .and_then(|rest| rest.split(',').next())
        .expect("a bus with a socket in a folder");
    let folder = tempfile::tempdir().expect("a folder");
    let way = folder.path().join("bus");
    let come = || std::os::unix::fs::symlink(socket, &way).expect("a way to the bus");
    come();
    let address = format!("unix:path={}", way.display());
    let home = Home::new(Theme::Light).with("DBUS_SESSION_BUS_ADDRESS", &address);
    let hearth = Hearth::open(&home).await;
    let id = hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    assert!(is_kept_under(&id));
    hearth.close().await;

    std::fs::remove_file(&way).expect("the way is there");
    let hearth = Hearth::open(&home).await;
    let removed = hearth.invoke("remove_connection", json!({ "id": id }));
    removed.await.expect("a connection is removed");
    assert!(is_kept_under(&id), "nobody could remove it");
    come();
    hearth
        .until("the keyring without it", async || {
            (!is_kept_under(&id)).then_some(())
        })
        .await;
    hearth.close().await;
}

async fn type_a_connection(hearth: &Hearth<'_>, endpoint: &str) {
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.fill(Role::Textbox, "Endpoint", endpoint).await;
    hearth.fill(Role::Textbox, "API key", KEY).await;
    hearth.name_a_deployment(DEPLOYMENT, MODEL).await;
}

/// Neither the page nor a file has the key, where a planted one is found.
async fn nothing_tells_the_key(hearth: &Hearth<'_>, home: &Home) {
    let told = all_that_the_page_tells(hearth).await;
    assert!(told.contains(LAST_FOUR), "its end may be known");
    assert!(!told.contains(KEY), "{told}");

    // What the page stores reaches the disk as text that can be found, and so does a file.
    let places = [home.profile(), home.documents(), state_of_the_desktop()];
    hearth
        .script("localStorage.setItem('planted', 'a-planted-entry')")
        .await;
    hearth
        .until("the planted entry on disk", async || {
            (!holding(&places, "a-planted-entry").is_empty()).then_some(())
        })
        .await;
    let planted = home.profile().join("planted");
    std::fs::write(&planted, KEY).expect("a file can be planted");
    assert_eq!(holding(&places, KEY), std::slice::from_ref(&planted));
    std::fs::remove_file(&planted).expect("and taken away");
    assert_eq!(holding(&places, KEY), Vec::<PathBuf>::new());
}

/// Everything that a script in the page can learn: what is shown and typed, what is stored, and
/// what every command without an effect answers.
async fn all_that_the_page_tells(hearth: &Hearth<'_>) -> String {
    let shown = "return document.documentElement.outerHTML \
        + [...document.querySelectorAll('input, textarea, select')].map(field => field.value).join('\\n') \
        + JSON.stringify({ ...localStorage }) + JSON.stringify({ ...sessionStorage }) \
        + document.cookie + JSON.stringify(history.state) + JSON.stringify(performance.getEntries());";
    let mut told = hearth.script(shown).await.to_string();
    let state = hearth
        .invoke("app_state", json!({}))
        .await
        .expect("the state");
    let list = hearth
        .invoke("list_conversations", json!({}))
        .await
        .expect("the list");
    for conversation in list.as_array().expect("a list") {
        let opened = hearth
            .invoke("open_conversation", json!({"id": conversation["id"]}))
            .await;
        told.push_str(&opened.expect("a conversation").to_string());
    }
    told + &state.to_string() + &list.to_string()
}
