//! Hearth on a disk that takes nothing from the start on: everything can be read, what is
//! typed is kept, and it goes on when the disk takes it again.

use arboard::{Clipboard, ImageData};
use hearth_emulator::{Emulator, Script};
use serde_json::json;
use tokio::process::Command;

use crate::accessible::Role;
use crate::attachments::asked;
use crate::banner::a_disk_can_be_mounted;
use crate::branches_of_questions::kill;
use crate::copying::pastes;
use crate::ending::Launched;
use crate::harness::{Hearth, Home, Theme, in_both_themes};
use crate::processes;
use crate::resource::{DEPLOYMENT, KEY, MODEL, draft, resource, with_secret};
use crate::screen;

const TYPED: &str = "Typed while nothing could be saved";

#[tokio::test]
async fn a_read_only_disk_is_read_and_says_so_until_it_takes_what_was_typed() {
    if !a_disk_can_be_mounted() {
        return;
    }
    in_both_themes(reading).await;
}

async fn reading(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    leave_half_an_answer(&home, &resource).await;
    without_writing(&home);
    let hearth = Hearth::open(&home).await;
    hearth.says("Not saved: the disk is read-only.").await;
    hearth.says("To ask, let Hearth write to this folder").await;
    // Everything can be read and found.
    hearth.open_conversation("What is a barn owl?").await;
    hearth.last_says("An owl that lives").await;
    hearth
        .last_says("Hearth ended in the middle of this answer.")
        .await;
    hearth.picture("read-only", theme).await;
    hearth.save_elsewhere(&home).await;
    hearth.shortcut('k').await;
    hearth.press("lives").await;
    hearth.says("An owl that lives").await;
    hearth.dismiss().await;

    // A question is refused, and stays where it was typed, with its image.
    hearth.fill(Role::Textbox, "Message", TYPED).await;
    let mut clipboard = Clipboard::new().expect("there is a clipboard");
    let image = ImageData {
        width: 8,
        height: 8,
        bytes: vec![200; 8 * 8 * 4].into(),
    };
    clipboard.set_image(image).expect("an image is copied");
    hearth.shortcut('v').await;
    hearth.the_one_beginning(Role::Button, "Remove").await;
    hearth
        .until("the thumbnail", async || {
            let drawn = "return document.querySelector('form img')?.naturalWidth > 0";
            (hearth.script(drawn).await == true).then_some(())
        })
        .await;
    hearth.picture("read-only-attached", theme).await;
    hearth.click(Role::Button, "Send").await;
    hearth
        .says("what you type and attach is kept in memory")
        .await;
    hearth.the(Role::Button, "Try now").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, TYPED);
    assert_eq!(resource.log().len(), 1, "nothing leaves that is not saved");
    hearth.click(Role::Button, "Try now").await;
    hearth.the(Role::Button, "Try now").await;

    let_it_write(&home).await;
    hearth
        .until("everything saved", async || {
            // It is tried by itself, too, and then there is nothing left to press.
            if hearth.shows(Role::Button, "Try now").await {
                hearth.click(Role::Button, "Try now").await;
            }
            (!hearth.reads("Not saved").await).then_some(())
        })
        .await;
    resource.next(Script::reply(["Saved and answered."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("Saved and answered.").await;
    assert_eq!(asked(&resource)[0]["type"], "image");
    hearth.close().await;
}

#[tokio::test]
async fn a_new_profile_on_a_read_only_disk_begins_once_it_can_be_written_to() {
    if !a_disk_can_be_mounted() {
        return;
    }
    in_both_themes(beginning).await;
}

async fn beginning(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let web = home.profile().join("web");
    std::fs::create_dir_all(&web).expect("a folder for what the web view keeps");
    without_writing(&home);
    let hearth = Hearth::open(&home).await;
    hearth.says("Not saved: the disk is read-only.").await;
    hearth.says("To ask, let Hearth write to this folder").await;
    assert!(hearth.reads(&home.profile().display().to_string()).await);
    hearth.the(Role::Button, "Connect to Azure Foundry").await;
    hearth.picture("read-only-new", theme).await;
    // What cannot be saved says what to do.
    let key = with_secret(json!({ "kind": "key" }), KEY);
    let connection = draft(&resource.url(), key, &[(DEPLOYMENT, MODEL)]);
    let saved = hearth.invoke("save_connection", json!({ "draft": connection }));
    let refused = saved.await.expect_err("the disk takes nothing");
    assert_eq!(refused["code"], "file-not-written", "{refused}");
    let there = std::fs::read_dir(home.profile()).expect("the profile");
    let there: Vec<_> = there.map(|it| it.expect("an entry").path()).collect();
    assert_eq!(there, [web], "nothing was written");

    let_it_write(&home).await;
    hearth.says_no_more("Not saved").await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    resource.next(Script::reply(["Saved and answered."]));
    hearth.ask(TYPED).await;
    hearth.answered("Saved and answered.").await;
    hearth.close().await;

    let hearth = Hearth::open(&home).await;
    hearth.open_conversation(TYPED).await;
    hearth.last_says("Saved and answered.").await;
    hearth.close().await;
}

#[tokio::test]
async fn a_profile_without_any_folder_on_a_read_only_disk_opens_a_window() {
    if !a_disk_can_be_mounted() {
        return;
    }
    let _turn = screen::turn().await;
    let home = Home::new(Theme::Light);
    std::fs::create_dir(home.profile()).expect("a folder for the profile");
    // The web driver reaches no page that keeps nothing, so this one is only seen.
    let mut launch = std::process::Command::new("unshare");
    launch
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg("mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && exec \"$0\" --profile \"$1\"")
        .arg(env!("CARGO_BIN_EXE_hearth-desktop"))
        .arg(home.profile());
    let hearth = Launched::by(&mut launch);
    hearth.has_a_window().await;
    assert!(std::fs::read_dir(home.profile()).is_ok_and(|mut it| it.next().is_none()));
}

/// Hearth is killed in the middle of an answer.
async fn leave_half_an_answer(home: &Home, resource: &Emulator) {
    let hearth = Hearth::open(home).await;
    hearth.connect_to(resource, &[(DEPLOYMENT, MODEL)]).await;
    let (script, gate) = Script::reply(["An owl that lives ", "in barns."]).gate();
    resource.next(script);
    hearth.ask("What is a barn owl?").await;
    gate.release(1);
    hearth.last_says("An owl that lives").await;
    kill(home).await;
    drop(hearth);
    gate.open();
}

/// From now on Hearth may read its profile and not write to it.
fn without_writing(home: &Home) {
    let driver = format!(
        "#!/bin/sh\n\
        real=$(PATH=${{PATH#*:}} command -v WebKitWebDriver)\n\
        exec unshare --map-root-user --mount sh -c \
            'mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\" && exec \"$@\"' \
            '{}' \"$real\" \"$@\"\n",
        home.profile().display()
    );
    home.install("WebKitWebDriver", &driver);
}

/// The disk of a Hearth that runs can be written to.
async fn let_it_write(home: &Home) {
    let running = processes::with_argument(&home.profile());
    let hearth = running.first().expect("Hearth runs");
    let done = Command::new("nsenter")
        .args(["--user", "--mount", "--preserve-credentials", "--target"])
        .arg(hearth.id.to_string())
        .args(["mount", "-o", "remount,bind,rw"])
        .arg(home.profile())
        .output()
        .await
        .expect("nsenter is there");
    assert!(done.status.success(), "{done:?}");
}

impl Hearth<'_> {
    async fn save_elsewhere(&self, home: &Home) {
        let path = home.documents().join(format!("{}.md", home.theme().name()));
        let text = self.save_transcript("Markdown", &path).await;
        assert!(text.contains("An owl that lives"), "{text}");
    }
}

#[tokio::test]
async fn a_file_that_the_last_run_left_is_told_of_until_it_is_dismissed() {
    in_both_themes(being_told).await;
}

async fn being_told(theme: Theme) {
    let home = Home::new(theme);
    std::fs::create_dir_all(home.profile()).expect("a folder for the profile");
    let left = home.profile().join("hearth-not-saved-1a2b3c.md");
    std::fs::write(&left, "# What was not saved").expect("a file can be written");
    let path = left.display().to_string();
    let hearth = Hearth::open(&home).await;
    hearth.enter_demo().await;
    hearth
        .says("When Hearth last ended, the disk did not take everything.")
        .await;
    hearth.says(&path).await;
    hearth.picture("rescued", theme).await;
    hearth.click(Role::Button, "Copy path").await;
    pastes(&hearth, &path).await;
    hearth.click(Role::Button, "Dismiss").await;
    hearth.says_no_more("When Hearth last ended").await;
    hearth.close().await;

    let hearth = Hearth::open(&home).await;
    hearth.the(Role::Textbox, "Message").await;
    assert!(!hearth.reads("When Hearth last ended").await);
    assert!(left.exists(), "the file is the person's");
    hearth.close().await;
}
