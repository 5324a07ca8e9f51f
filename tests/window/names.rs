//! The names that people with screen readers, and tests, find things by.

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};

#[tokio::test]
async fn every_control_has_its_documented_name() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    assert!(!hearth.shows(Role::Button, "No such control").await);
    hearth.the(Role::Button, "Try the demo").await;
    hearth.enter_demo().await;
    for (role, name) in [
        (Role::Navigation, "Conversations"),
        (Role::Button, "New chat"),
        (Role::Button, "Settings"),
        (Role::Searchbox, "Search conversations"),
        (Role::Textbox, "Message"),
        (Role::Button, "Send"),
    ] {
        hearth.the(role, name).await;
    }
    hearth.the_one_beginning(Role::Button, "Model").await;

    hearth.ask("Plan three days in Seattle").await;
    hearth.the(Role::Button, "Stop").await;
    hearth.the(Role::Log, "Conversation").await;
    hearth.the(Role::Article, "You").await;
    hearth.the(Role::Article, "Claude").await;
    hearth.the(Role::Button, "Save transcript").await;
    hearth.click(Role::Button, "Stop").await;
    hearth.answer().await;

    hearth
        .fill(Role::Searchbox, "Search conversations", "Seattle")
        .await;
    hearth
        .the_one_beginning(Role::Button, "Plan three days in Seattle")
        .await;
    hearth.click(Role::Button, "Settings").await;
    for (role, name) in [
        (Role::Textbox, "Endpoint"),
        (Role::Textbox, "API key"),
        (Role::Button, "Test connection"),
        (Role::Button, "Save"),
    ] {
        hearth.the(role, name).await;
    }
    hearth.close().await;
}
