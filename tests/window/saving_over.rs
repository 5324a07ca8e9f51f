//! A connection that is changed elsewhere while its form is open: nothing of either is lost
//! without a word.

use serde_json::json;

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, MODEL, draft, resource, without_secret};

const REFUSED: &str = "was changed meanwhile";

impl Hearth<'_> {
    /// Another window, or another program, gives the only connection a name.
    async fn renamed_elsewhere(&self, name: &str) {
        let state = self.invoke("app_state", json!({})).await.expect("a state");
        let connection = &state["connections"][0];
        let endpoint = connection["endpoint"].as_str().expect("an address");
        let key = without_secret(json!({ "kind": "key" }));
        let mut draft = draft(endpoint, key, &[(DEPLOYMENT, MODEL)]);
        draft["id"] = connection["id"].clone();
        draft["name"] = json!(name);
        self.save(draft).await;
    }
}

#[tokio::test]
async fn a_form_is_not_saved_over_what_was_saved_elsewhere() {
    let resource = resource().await;
    let home = Home::new(Theme::Light);
    let hearth = Hearth::open(&home).await;
    hearth.connect_to(&resource, &[(DEPLOYMENT, MODEL)]).await;
    hearth.click(Role::Button, "Settings").await;

    // Who types nothing sees what is saved.
    hearth.renamed_elsewhere("Renamed once").await;
    hearth
        .until("the form follows", async || {
            let name = hearth.value(Role::Textbox, "Name").await;
            (name == "Renamed once").then_some(())
        })
        .await;

    hearth.fill(Role::Textbox, "Name", "Typed here").await;
    hearth.renamed_elsewhere("Renamed twice").await;
    hearth.click(Role::Button, "Save").await;
    hearth.says(REFUSED).await;
    hearth.picture("saving-over", home.theme()).await;
    assert_eq!(hearth.value(Role::Textbox, "Name").await, "Typed here");
    hearth.click(Role::Button, "Load what is saved").await;
    hearth.says_no_more(REFUSED).await;
    assert_eq!(hearth.value(Role::Textbox, "Name").await, "Renamed twice");

    hearth.fill(Role::Textbox, "Name", "Typed again").await;
    hearth.renamed_elsewhere("Renamed at last").await;
    hearth.click(Role::Button, "Save").await;
    hearth.says(REFUSED).await;
    hearth.click(Role::Button, "Save over it").await;
    hearth.noticed("Saved").await;
    let state = hearth.invoke("app_state", json!({})).await;
    let name = &state.expect("a state")["connections"][0]["name"];
    assert_eq!(name, "Typed again");
    hearth.close().await;
}
