//! The names that people with screen readers, and tests, find things by.

use crate::accessible::{self, Role};
use crate::harness::{Hearth, Home, Theme};

#[tokio::test]
async fn every_control_has_its_documented_name() {
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    assert!(!hearth.shows(Role::Button, "No such control").await);
    is_there(&hearth, Role::Button, "Try the demo").await;
    hearth.enter_demo().await;
    for (role, name) in [
        (Role::Navigation, "Conversations"),
        (Role::Button, "New chat"),
        (Role::Button, "Settings"),
        (Role::Searchbox, "Search conversations"),
        (Role::Textbox, "Message"),
        (Role::Button, "Send"),
    ] {
        is_there(&hearth, role, name).await;
    }
    hearth.the_one_beginning(Role::Button, "Model").await;

    hearth.ask("Plan three days in Seattle").await;
    is_there(&hearth, Role::Button, "Stop").await;
    is_there(&hearth, Role::Log, "Conversation").await;
    is_there(&hearth, Role::Article, "You").await;
    is_there(&hearth, Role::Article, "Claude").await;
    is_there(&hearth, Role::Button, "Save transcript").await;
    hearth.click(Role::Button, "Stop").await;
    hearth.answer().await;

    hearth
        .fill(Role::Searchbox, "Search conversations", "Seattle")
        .await;
    hearth
        .the_one_beginning(Role::Button, "Plan three days in Seattle")
        .await;
    // What is typed there goes on in the palette.
    hearth.the(Role::Dialog, "Search and commands").await;
    hearth.dismiss().await;
    hearth.click(Role::Button, "Settings").await;
    for (role, name) in [
        (Role::Textbox, "Endpoint"),
        (Role::Textbox, "API key"),
        (Role::Button, "Test connection"),
        (Role::Button, "Save"),
    ] {
        is_there(&hearth, role, name).await;
    }
    hearth.close().await;
}

/// Waits for the control, and makes sure that assistive technology is told what it is.
async fn is_there(hearth: &Hearth<'_>, role: Role, name: &str) {
    let element = hearth.the(role, name).await;
    let told = accessible::role(&hearth.page, &element).await;
    let told = told.unwrap_or_else(|| panic!("“{name}” has a role"));
    assert_eq!(
        told,
        format!("{role:?}").to_lowercase(),
        "the role of “{name}”"
    );
}
