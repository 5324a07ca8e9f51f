//! Images and files on their way from the desktop into a request.

use std::borrow::Cow;

use arboard::{Clipboard, ImageData};
use hearth_emulator::Script;
use serde_json::Value;

use crate::accessible::Role;
use crate::acts::ESCAPE;
use crate::dragging;
use crate::harness::{Hearth, Home, Theme, in_both_themes, in_time};
use crate::resource::{DEPLOYMENT, MODEL, last_request, resource};
use crate::screen;

/// Control, Shift and V.
const PASTE_PLAIN: &str = "\u{e009}\u{e008}v\u{e000}";

fn image(width: usize, height: usize) -> ImageData<'static> {
    let pixels = (0..width * height).flat_map(|at| {
        let (x, y) = (at % width, at / width);
        [(x * 255 / width) as u8, (y * 255 / height) as u8, 120, 255]
    });
    ImageData {
        width,
        height,
        bytes: Cow::Owned(pixels.collect()),
    }
}

/// The blocks of the last question that was sent.
pub(crate) fn asked(resource: &hearth_emulator::Emulator) -> Vec<Value> {
    let (_, body) = last_request(resource);
    let last = body["messages"].as_array().and_then(|all| all.last());
    let blocks = last.and_then(|message| message["content"].as_array());
    blocks.expect("a question has blocks").clone()
}

#[tokio::test]
async fn an_image_on_the_clipboard_is_pasted_shrunk_shown_and_sent() {
    in_both_themes(pasting_an_image).await;
}

async fn pasting_an_image(theme: Theme) {
    let resource = resource().await;
    let home = Home::new(theme);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let mut clipboard = Clipboard::new().expect("there is a clipboard");
    clipboard
        .set_image(image(3_000, 2_000))
        .expect("an image is copied");
    hearth.the(Role::Textbox, "Message").await;
    hearth.shortcut('v').await;
    hearth.the_one_beginning(Role::Button, "Remove").await;
    hearth.says("made smaller: 3000×2000").await;
    hearth.fill(Role::Textbox, "Message", "What is this?").await;
    hearth
        .until("the thumbnail", async || {
            let drawn = "return document.querySelector('form img')?.naturalWidth > 0";
            (hearth.script(drawn).await == true).then_some(())
        })
        .await;
    hearth.picture("attached-image", theme).await;
    resource.next(Script::reply(["A gradient."]));
    hearth.ask("What is this?").await;
    hearth.answered("A gradient.").await;
    let blocks = asked(&resource);
    assert_eq!(blocks[0]["type"], "image", "{:?}", blocks.len());
    assert_eq!(blocks[0]["source"]["type"], "base64");
    assert_eq!(blocks[1]["text"], "What is this?");
    assert!(!hearth.shows(Role::Button, "Send with").await);
    hearth.picture("question-with-image", theme).await;

    // It opens large, and Escape closes it.
    hearth
        .script("document.querySelector('article button.open').click()")
        .await;
    hearth
        .until("the image in large", async || {
            let drawn = "return document.querySelector('[role=dialog] img')?.naturalWidth > 0";
            (hearth.script(drawn).await == true).then_some(())
        })
        .await;
    hearth.picture("image-viewer", theme).await;
    hearth.press(ESCAPE).await;
    hearth
        .until("no dialog", async || {
            let open = "return document.querySelectorAll('[role=dialog]').length";
            (hearth.script(open).await == 0).then_some(())
        })
        .await;
    hearth.close().await;
}

#[tokio::test]
async fn a_dropped_file_goes_with_the_question() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let file = home.documents().join("dropped notes.rs");
    std::fs::write(&file, "fn main() {} // 日本").expect("a file can be written");
    let program = home.documents().join("program.bin");
    std::fs::write(&program, [0u8, 1, 2, 3]).expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.fill(Role::Textbox, "Message", "Read this").await;
    // A shell that tells of a drag shows where it may end.
    hearth
        .script("dispatchEvent(new CustomEvent('hearth-drag-enter'))")
        .await;
    hearth.says("Drop to attach").await;
    hearth.picture("drop-target", Theme::Light).await;
    drop_on(program).await;
    hearth.says_no_more("Drop to attach").await;
    hearth.says("program.bin cannot be attached").await;
    hearth.picture("attachment-refused", Theme::Light).await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "Read this");
    hearth.click(Role::Button, "Dismiss").await;

    drop_on(file).await;
    hearth.the(Role::Button, "Remove dropped notes.rs").await;
    resource.next(Script::reply(["A program."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("A program.").await;
    let blocks = asked(&resource);
    assert_eq!(blocks[0]["type"], "document");
    assert_eq!(blocks[0]["source"]["data"], "fn main() {} // 日本");
    assert_eq!(blocks[0]["title"], "dropped notes.rs");
    hearth.click(Role::Button, "Open dropped notes.rs").await;
    hearth.says("fn main() {} // 日本").await;
    hearth.picture("file-viewer", Theme::Light).await;
    hearth.close().await;
}

pub(crate) async fn drop_on(file: std::path::PathBuf) {
    let dropping = tokio::task::spawn_blocking(move || dragging::drop_file(&file, 700, 400));
    let let_go = in_time(dropping).await;
    let_go.expect("the file is let go").expect("it is taken");
}

#[tokio::test]
async fn a_file_that_is_dropped_while_the_settings_are_open_goes_nowhere() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let [early, wanted] = ["early.md", "wanted.md"].map(|name| {
        let path = home.documents().join(name);
        std::fs::write(&path, "words").expect("a file can be written");
        path
    });
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.click(Role::Button, "Settings").await;
    hearth.says("Connections").await;
    drop_on(early).await;
    hearth.press(ESCAPE).await;
    hearth.the(Role::Textbox, "Message").await;
    drop_on(wanted).await;
    hearth.the(Role::Button, "Remove wanted.md").await;
    assert!(!hearth.reads("early.md").await);
    hearth.close().await;
}

#[tokio::test]
async fn a_file_is_chosen_in_the_dialog_and_a_closed_dialog_changes_nothing() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let file = home.documents().join("chosen notes.md");
    std::fs::write(&file, "# Chosen").expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.fill(Role::Textbox, "Message", "Read this").await;
    hearth.click(Role::Button, "Attach files").await;
    screen::close_dialog("Attach files").await;
    hearth.click(Role::Button, "Attach files").await;
    screen::type_into_dialog("Attach files", &file.display().to_string()).await;
    hearth.the(Role::Button, "Remove chosen notes.md").await;
    resource.next(Script::reply(["It is chosen."]));
    hearth.click(Role::Button, "Send").await;
    hearth.answered("It is chosen.").await;
    let blocks = asked(&resource);
    assert_eq!(blocks.len(), 2, "{blocks:?}");
    assert_eq!(blocks[0]["source"]["data"], "# Chosen");
    hearth.close().await;
}

#[tokio::test]
async fn a_long_paste_becomes_a_file_and_words_again() {
    let home = Home::new(Theme::Light);
    let resource = resource().await;
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let long = "a line\n".repeat(312);
    let mut clipboard = Clipboard::new().expect("there is a clipboard");
    clipboard.set_text(&long).expect("words are copied");
    hearth.the(Role::Textbox, "Message").await;
    hearth.shortcut('v').await;
    hearth.says("Pasted text · 312 lines").await;
    assert_eq!(hearth.value(Role::Textbox, "Message").await, "");
    hearth.picture("long-paste", Theme::Light).await;
    hearth
        .fill(
            Role::Textbox,
            "Message",
            &"A line of a tall draft.\n".repeat(30),
        )
        .await;
    hearth.picture("tall-draft", Theme::Light).await;
    hearth.fill(Role::Textbox, "Message", "x").await;
    hearth.shortcut('a').await;
    hearth.press("\u{e017}").await;
    hearth
        .click_beginning(Role::Button, "Put the text of Pasted text")
        .await;
    let is_pasted = async || {
        let text = hearth.value(Role::Textbox, "Message").await;
        (text == long).then_some(())
    };
    hearth.until("the words", is_pasted).await;

    hearth.fill(Role::Textbox, "Message", "x").await;
    hearth.shortcut('a').await;
    hearth.press(PASTE_PLAIN).await;
    hearth.until("the words at once", is_pasted).await;
    assert!(!hearth.reads("Pasted text").await);
    hearth.close().await;
}
