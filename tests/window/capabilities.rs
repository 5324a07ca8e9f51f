//! What a deployment lacks: the question is asked once more without it, the answer says so,
//! and what would fail is greyed out with the reason, until it is measured again.

use serde_json::json;

use crate::accessible::Role;
use crate::acts::ENTER;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{MODEL, resource};

const NO_EFFORT: &str = "fault-no-effort";

#[tokio::test]
async fn what_a_deployment_does_not_take_is_left_out_said_and_greyed() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(NO_EFFORT, MODEL)]).await;
    hearth.click_beginning(Role::Button, "Effort:").await;
    hearth.choose_in_menu("high").await;
    hearth.ask("How hard do you try?").await;
    hearth.last_says("Asked without effort").await;
    hearth.answer().await;
    hearth.picture("asked-without", home.theme()).await;
    let bodies: Vec<bool> = resource
        .log()
        .iter()
        .map(|one| one.received.body.contains("\"effort\""))
        .collect();
    assert_eq!(bodies, [true, false]);

    let greyed = hearth
        .the_one_beginning(Role::Button, "Effort: This deployment takes no effort")
        .await;
    let disabled = greyed.attr("aria-disabled").await.expect("an attribute");
    assert_eq!(disabled.as_deref(), Some("true"));
    greyed.click().await.expect("a button can be pressed");
    let menus = "return document.querySelectorAll('[role=menu]').length";
    assert_eq!(hearth.script(menus).await, json!(0));
    hearth.picture("effort-greyed", home.theme()).await;

    // It is asked for no more, and the table of what is known says why.
    hearth.ask("And now?").await;
    hearth.answer().await;
    assert_eq!(resource.log().len(), 3);
    hearth.click(Role::Button, "Settings").await;
    hearth.click(Role::Button, "More").await;
    hearth.the(Role::Button, "Measure again").await;
    hearth
        .script("document.querySelector('table').scrollIntoView({ block: 'center' })")
        .await;
    hearth.picture("capabilities", home.theme()).await;
    hearth.click(Role::Button, "Measure again").await;
    hearth.says("Chat works; something else does not").await;
    hearth.picture("measured-again", home.theme()).await;
    hearth.press(ENTER).await;
    hearth.close().await;
}

#[tokio::test]
async fn what_a_person_attached_is_never_left_out() {
    let resource = resource().await;
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    hearth
        .connect_to(&resource, &[("fault-no-vision", MODEL)])
        .await;
    let mut clipboard = arboard::Clipboard::new().expect("there is a clipboard");
    clipboard
        .set_image(arboard::ImageData {
            width: 40,
            height: 30,
            bytes: [200, 30, 30, 255].repeat(40 * 30).into(),
        })
        .expect("an image is copied");
    hearth.fill(Role::Textbox, "Message", "What is this?").await;
    hearth.shortcut('v').await;
    hearth.the_one_beginning(Role::Button, "Remove").await;
    hearth.click(Role::Button, "Send").await;
    let card = hearth.card("This deployment lacks: images").await;
    assert_eq!(card.actions[0], "Edit question", "{card:?}");
    hearth.picture("fault-no-vision", home.theme()).await;
    assert_eq!(resource.log().len(), 1, "it is not asked without the image");
    hearth.close().await;
}
