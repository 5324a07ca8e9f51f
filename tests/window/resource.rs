//! A resource of the test's own, and a window that is connected to it.

use fantoccini::Locator;
use fantoccini::elements::Element;
use hearth_emulator::{Emulator, Exchange, Received};
use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::Hearth;

/// The key of the resource. Nothing else anywhere spells it.
pub(crate) const KEY: &str = "c4nary-9XkQ2vLw7TzR5bYn8HsJ3mPd-Zq7K";

/// What may be known of [`KEY`].
pub(crate) const LAST_FOUR: &str = "Zq7K";

/// A deployment that a company named as it pleased, with a model behind it.
pub(crate) const DEPLOYMENT: &str = "team-writing";

/// The model behind [`DEPLOYMENT`].
pub(crate) const MODEL: &str = "claude-sonnet-5-5";

/// A resource that takes [`KEY`] and has [`DEPLOYMENT`].
pub(crate) async fn resource() -> Emulator {
    Emulator::builder()
        .key(KEY)
        .deployment(DEPLOYMENT, MODEL)
        .expect("the base model is known")
        .start()
        .await
        .expect("a port on loopback")
}

/// The last request that arrived, and what it said.
pub(crate) fn last_request(resource: &Emulator) -> (Received, Value) {
    request(resource.log().pop())
}

/// The first request that arrived, and what it said.
pub(crate) fn first_request(resource: &Emulator) -> (Received, Value) {
    request(resource.log().into_iter().next())
}

fn request(exchange: Option<Exchange>) -> (Received, Value) {
    let received = exchange.expect("something was asked").received;
    let body = serde_json::from_str(&received.body).expect("a request is JSON");
    (Received::clone(&received), body)
}

/// A new connection as the form sends it. Each deployment is a name and its base model.
pub(crate) fn draft(endpoint: &str, credential: Value, deployments: &[(&str, &str)]) -> Value {
    let deployments: Vec<Value> = deployments
        .iter()
        .map(|(name, base)| json!({ "name": name, "baseModel": base, "hosting": null }))
        .collect();
    let mut draft = json!({
        "id": null,
        "name": "Resource of the test",
        "endpoint": endpoint,
        "headers": [],
        "anthropicVersion": null,
        "limits": {},
        "proxy": null,
        "proxyPassword": null,
        "deployments": deployments,
        "defaultDeployment": null,
    });
    draft["credential"] = credential;
    draft
}

/// A credential with a secret that was typed just now.
pub(crate) fn with_secret(choice: Value, secret: &str) -> Value {
    let mut credential = without_secret(choice);
    credential["secret"] = json!(secret);
    credential
}

/// A credential that needs no secret, or has none.
pub(crate) fn without_secret(choice: Value) -> Value {
    let mut credential = json!({
        "secret": null,
        "imported": null,
        "signIn": null,
        "agreed": false,
        "thisRunOnly": false,
    });
    credential["choice"] = choice;
    credential
}

impl Hearth<'_> {
    /// Connects to a resource without a detour through the form: for tests of other things.
    /// Each deployment is a name and the base model that it is mapped to.
    pub(crate) async fn connect_to(
        &self,
        resource: &Emulator,
        deployments: &[(&str, &str)],
    ) -> String {
        let id = self
            .save_connection(Value::Null, resource, deployments)
            .await;
        self.the(Role::Textbox, "Message").await;
        id
    }

    /// Writes a connection as the form does, and returns which one it is.
    pub(crate) async fn save_connection(
        &self,
        id: Value,
        resource: &Emulator,
        deployments: &[(&str, &str)],
    ) -> String {
        let key = with_secret(json!({ "kind": "key" }), resource.key());
        let mut draft = draft(&resource.url(), key, deployments);
        draft["id"] = id;
        self.save(draft).await
    }

    /// Writes a connection as the form does, whatever is in it, and returns which one it is.
    pub(crate) async fn save(&self, draft: Value) -> String {
        let saved = self
            .invoke("save_connection", json!({ "draft": draft }))
            .await;
        let saved = saved.expect("a connection is saved");
        saved["id"]
            .as_str()
            .expect("it has an identifier")
            .to_owned()
    }

    /// Writes a deployment into the last row of the form and maps it to a base model.
    pub(crate) async fn name_a_deployment(&self, name: &str, base: &str) {
        self.until("a row with the name", async || {
            let row = self.rows().await.pop()?;
            let field = row.find(Locator::Css("input[type=text]")).await.ok()?;
            field.clear().await.ok()?;
            field.send_keys(name).await.ok()
        })
        .await;
        self.until("a click on the models", async || {
            let row = self.rows().await.pop()?;
            let models = row.find(Locator::Css("[role=combobox]")).await.ok()?;
            self.press_on(&models).await
        })
        .await;
        let model = format!("[role=option][data-value='{base}']");
        self.until(&format!("the model {base} chosen"), async || {
            self.settle().await;
            let offered = self.page.find(Locator::Css(&model)).await.ok()?;
            self.press_on(&offered).await
        })
        .await;
        self.until("the list is gone", async || {
            let lists = "return document.querySelectorAll('[role=listbox]').length";
            (self.script(lists).await == 0).then_some(())
        })
        .await;
    }

    /// Adds a row for a deployment, names it, and maps it to a base model.
    pub(crate) async fn add_a_deployment(&self, name: &str, base: &str) {
        let before = self.rows().await.len();
        self.click(Role::Button, "Add deployment").await;
        self.until("another row", async || {
            (self.rows().await.len() == before + 1).then_some(())
        })
        .await;
        self.name_a_deployment(name, base).await;
    }

    /// The rows of the form's deployments.
    async fn rows(&self) -> Vec<Element> {
        let rows = self.page.find_all(Locator::Css("fieldset li")).await;
        rows.unwrap_or_default()
    }
}
