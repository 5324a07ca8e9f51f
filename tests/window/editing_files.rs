//! Editing a question that has files: they come along, and go one by one.

use hearth_emulator::Script;

use crate::accessible::Role;
use crate::acts::ENTER;
use crate::attachments::{asked, drop_on};
use crate::branches_of_questions::UP;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, resource};

#[tokio::test]
async fn a_question_with_files_is_edited_and_both_questions_keep_theirs() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let files = ["first.md", "second.md", "third.md"];
    let [first, second, third] = files.map(|name| {
        let path = home.documents().join(name);
        std::fs::write(&path, format!("words of {name}")).expect("a file can be written");
        path
    });
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    for (path, name) in [(first, "first.md"), (second, "second.md")] {
        drop_on(path).await;
        hearth.the(Role::Button, &format!("Remove {name}")).await;
    }
    resource.next(Script::reply(["Both read."]));
    hearth.ask("Read both").await;
    hearth.answered("Both read.").await;

    hearth.the(Role::Textbox, "Message").await;
    hearth.press(UP).await;
    hearth.the(Role::Textbox, "Edit question").await;
    hearth.click(Role::Button, "Remove first.md").await;
    // What is dropped now belongs to the edit, and not to the composer below.
    drop_on(third).await;
    hearth.the(Role::Button, "Remove third.md").await;
    hearth.picture("question-editor-files", Theme::Light).await;
    hearth
        .fill(Role::Textbox, "Edit question", "Read the other two")
        .await;
    resource.next(Script::reply(["The other two read."]));
    hearth.press(ENTER).await;
    hearth.answered("The other two read.").await;
    let titles = |blocks: Vec<serde_json::Value>| -> Vec<String> {
        let named = blocks.iter().filter_map(|block| block["title"].as_str());
        named.map(str::to_owned).collect()
    };
    assert_eq!(titles(asked(&resource)), ["second.md", "third.md"]);
    assert!(!hearth.shows(Role::Button, "Remove third.md").await);
    assert!(hearth.shows(Role::Button, "Open third.md").await);
    assert!(!hearth.shows(Role::Button, "Open first.md").await);
    hearth.click(Role::Button, "Previous question").await;
    hearth.answered("Both read.").await;
    assert!(hearth.shows(Role::Button, "Open first.md").await);
    assert!(!hearth.shows(Role::Button, "Open third.md").await);
    hearth.close().await;
}
