//! A resource of the test's own, and what a person does to connect to one.

use fantoccini::Locator;
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

/// The requests that chat made so far, oldest first.
pub(crate) fn asked(resource: &Emulator) -> Vec<Exchange> {
    resource.log().into_iter().filter(|exchange| exchange.received.method == "POST").collect()
}

/// What a request said, read as JSON.
pub(crate) fn body(received: &Received) -> Value {
    serde_json::from_str(&received.body).expect("a request is JSON")
}

impl Hearth<'_> {
    /// Connects to a resource without a detour through the form: for tests of other things.
    pub(crate) async fn connect_to(&self, resource: &Emulator, deployments: &[(&str, Option<&str>)]) {
        let deployments: Vec<Value> = deployments
            .iter()
            .map(|(name, base)| json!({"name": name, "baseModel": base}))
            .collect();
        let draft = json!({
            "id": null,
            "name": "Resource of the test",
            "endpoint": resource.url(),
            "key": resource.key(),
            "keyFromEnvironment": false,
            "thisRunOnly": false,
            "deployments": deployments,
            "defaultDeployment": null,
        });
        self.invoke("save_connection", json!({"draft": draft})).await.expect("a connection");
        self.the(Role::Textbox, "Message").await;
    }

    /// Opens the form of a new connection from the welcome page.
    pub(crate) async fn begin_connecting(&self) {
        self.the_one_beginning(Role::Button, "Connect to Azure Foundry")
            .await
            .click()
            .await
            .expect("a click");
        self.the(Role::Textbox, "Endpoint").await;
    }

    /// Writes a deployment into the last row of the form and maps it to a base model.
    pub(crate) async fn name_a_deployment(&self, name: &str, base: Option<&str>) {
        let row = self
            .page
            .find_all(Locator::Css("fieldset li"))
            .await
            .expect("the rows")
            .pop()
            .expect("a row");
        let field = row.find(Locator::Css("input[type=text]")).await.expect("a field for the name");
        field.clear().await.expect("it can be emptied");
        field.send_keys(name).await.expect("it takes keys");
        if let Some(base) = base {
            let models = row.find(Locator::Css("select")).await.expect("the list of models");
            models.select_by_value(base).await.expect("the model is in it");
        }
    }

    /// Calls a command as the page does; what the command refused comes back as an error.
    pub(crate) async fn invoke(&self, command: &str, arguments: Value) -> Result<Value, Value> {
        let script = "const [command, values, done] = arguments; \
            window.__TAURI_INTERNALS__.invoke(command, values) \
                .then(value => done({ value }), refusal => done({ refusal }));";
        let answer = self
            .page
            .execute_async(script, vec![json!(command), arguments])
            .await
            .expect("the page can call a command");
        match answer.get("refusal") {
            Some(refusal) => Err(refusal.clone()),
            None => Ok(answer["value"].clone()),
        }
    }
}
