//! What is copied is what Claude wrote, not what the page made of it.

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};
use crate::screen;

const CODE: &str = "fn main() {\n    println!(\"<b>&amp;\");\n}";

#[tokio::test]
async fn answers_and_code_are_copied_as_they_were_written() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let answer = format!("A **bold** word, | a bar, and:\n\n```rust\n{CODE}\n```\n\nThe end.");
    resource.next(Script::reply([answer.clone()]));
    hearth.ask("Write some code").await;
    hearth.last_says("The end.").await;
    hearth.the(Role::Button, "Send").await;

    hearth.click(Role::Button, "Copy answer").await;
    pastes(&hearth, &answer).await;
    hearth.click(Role::Button, "Copy code").await;
    pastes(&hearth, CODE).await;
    hearth.close().await;
}

/// Claude likes to give steps, each with a command to run.
#[tokio::test]
async fn code_in_a_list_is_copied_like_code_that_stands_by_itself() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    let steps = "1. Look:\n\n   ```bash\n   ls -l \"<x>\"\n   ```\n\n2. Then";
    let (script, gate) = Script::reply([steps, " go on.\n\nThe end."]).gate();
    resource.next(script);
    hearth.ask("How do I see my files?").await;
    gate.release(1);
    hearth.last_says("Then").await;
    let growing = hearth.script(CODE_AT).await;
    gate.open();
    hearth.last_says("The end.").await;
    hearth.the(Role::Button, "Send").await;
    hearth.click(Role::Button, "Copy code").await;
    pastes(&hearth, "ls -l \"<x>\"").await;
    assert_eq!(growing, hearth.script(CODE_AT).await, "nothing moved");
    hearth.picture("steps", Theme::Light).await;
    hearth.close().await;
}

/// Where the code in the list stands, measured from the list.
const CODE_AT: &str = "\
    const [list, code] = ['ol', 'ol pre code'].map(part => \
        document.querySelector(`[role=log] ${part}`).getBoundingClientRect()); \
    return [code.x - list.x, code.y - list.y, code.height];";

/// Pastes into the composer, where what is copied can be seen.
pub(crate) async fn pastes(hearth: &Hearth<'_>, text: &str) {
    screen::clipboard(|copied| copied == text).await;
    hearth.fill(Role::Textbox, "Message", " ").await;
    hearth.shortcut('a').await;
    hearth.shortcut('v').await;
    hearth
        .until(&format!("the pasted text {text:?}"), async || {
            (hearth.value(Role::Textbox, "Message").await == text).then_some(())
        })
        .await;
}
