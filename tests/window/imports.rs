//! Connections that are described elsewhere: found, shown, and saved only when a person says so.

use serde_json::{Value, json};

use crate::accessible::Role;
use crate::harness::{Hearth, Home, Theme};
use crate::resource::{DEPLOYMENT, KEY, LAST_FOUR, last_request, resource};
use crate::screen;

impl Hearth<'_> {
    async fn connections(&self) -> Vec<Value> {
        let state = self.invoke("app_state", json!({})).await;
        let state = state.expect("the state");
        state["connections"].as_array().expect("a list").clone()
    }
}

#[tokio::test]
async fn what_the_environment_names_is_one_button_away_and_never_saved_unasked() {
    let resource = resource().await;
    let home = Home::new(Theme::Light)
        .with("AZURE_API_BASE", &resource.url())
        .with("AZURE_API_KEY", KEY)
        .with("AZURE_AI_API_KEY", "another-key-5c0a7e");
    let hearth = Hearth::open(&home).await;
    hearth.says("Found: This environment").await;
    hearth.picture("welcome-import", home.theme()).await;
    hearth.click(Role::Button, "Import settings").await;
    hearth.says("AZURE_API_BASE").await;
    hearth.says("AZURE_AI_API_KEY").await;
    hearth.says(LAST_FOUR).await;
    hearth.picture("import-environment", home.theme()).await;
    assert!(!hearth.reads(KEY).await, "the key is not shown");
    assert_eq!(hearth.connections().await, Vec::<Value>::new());
    assert_eq!(
        resource.log().len(),
        0,
        "nothing is asked before the person says so"
    );
    hearth.click(Role::Button, "Save 1 connection").await;
    hearth
        .until("the connection", async || {
            (hearth.connections().await.len() == 1).then_some(())
        })
        .await;
    hearth.picture("import-saved", home.theme()).await;
    if !hearth.shows(Role::Textbox, "Deployment name").await {
        hearth.click(Role::Button, "Add deployment").await;
    }
    hearth
        .fill(Role::Textbox, "Deployment name", DEPLOYMENT)
        .await;
    hearth.click(Role::Button, "Save").await;
    hearth.noticed("Saved").await;
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("From the environment?").await;
    hearth.answer().await;
    let (received, _) = last_request(&resource);
    assert_eq!(received.header("x-api-key"), Some(KEY));
    hearth.close().await;
}

#[tokio::test]
async fn a_curl_command_in_the_endpoint_field_is_read_as_a_connection() {
    let resource = resource().await;
    let home = Home::new(Theme::Dark);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    let curl = format!(
        "curl {}/anthropic/v1/messages -H 'x-api-key: {KEY}' -H 'content-type: application/json' \
         -d '{{\"model\":\"{DEPLOYMENT}\",\"max_tokens\":10,\"messages\":[]}}'",
        resource.url()
    );
    hearth.fill(Role::Textbox, "Endpoint", &curl).await;
    hearth
        .says("This describes a whole connection, not only an address.")
        .await;
    hearth.picture("import-offered", home.theme()).await;
    hearth.click(Role::Button, "Look at it").await;
    hearth.says("A curl command").await;
    hearth.says(DEPLOYMENT).await;
    hearth.picture("import-curl", home.theme()).await;
    assert_eq!(hearth.connections().await, Vec::<Value>::new());
    hearth.click(Role::Button, "Save 1 connection").await;
    hearth
        .until("the connection", async || {
            let connections = hearth.connections().await;
            let first = connections.first()?;
            (first["deployments"][0]["name"] == DEPLOYMENT).then_some(())
        })
        .await;
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("From a terminal?").await;
    hearth.is_answered("From a terminal?").await;
    let (received, _) = last_request(&resource);
    assert_eq!(received.header("x-api-key"), Some(KEY));
    hearth.close().await;
}

#[tokio::test]
async fn a_configuration_is_chosen_in_the_dialog_and_half_of_it_taken() {
    let resource = resource().await;
    let home = Home::new(Theme::Light).with("TEAM_KEY", KEY);
    let file = home.documents().join("config.yaml");
    let config = format!(
        "model_list:\n  - model_name: writing\n    litellm_params:\n      model: azure_ai/{DEPLOYMENT}\n      \
         api_base: {base}\n      api_key: os.environ/TEAM_KEY\n  - model_name: drawing\n    \
         litellm_params:\n      model: azure_ai/claude-opus-5-5\n      \
         api_base: https://other.services.ai.azure.com/anthropic\n      api_key: another-key-77ab01\n",
        base = resource.url()
    );
    std::fs::write(&file, config).expect("a file can be written");
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Connect to Azure Foundry").await;
    hearth.click(Role::Button, "Import settings").await;
    hearth.click(Role::Button, "Choose a file").await;
    screen::close_dialog("Choose a configuration to read").await;
    hearth.click(Role::Button, "Choose a file").await;
    screen::type_into_dialog(
        "Choose a configuration to read",
        &file.display().to_string(),
    )
    .await;
    hearth.says("LiteLLM’s configuration").await;
    hearth.says("other.services.ai.azure.com").await;
    hearth.picture("import-litellm", home.theme()).await;
    assert!(!hearth.reads(KEY).await && !hearth.reads("another-key-77ab01").await);
    hearth.click(Role::Checkbox, "other").await;
    hearth.click(Role::Button, "Save 1 connection").await;
    let saved = hearth
        .until("the connection", async || {
            let connections = hearth.connections().await;
            (!connections.is_empty()).then_some(connections)
        })
        .await;
    assert_eq!(saved.len(), 1, "{saved:?}");
    hearth.click(Role::Button, "New chat").await;
    hearth.ask("From a file?").await;
    hearth.is_answered("From a file?").await;
    let (received, _) = last_request(&resource);
    assert_eq!(received.header("x-api-key"), Some(KEY));
    hearth.close().await;
}

#[tokio::test]
async fn settings_of_claude_code_are_found_and_can_be_left_out() {
    let home = Home::new(Theme::Dark);
    let folder = home.documents().join(".claude");
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    let settings = json!({ "env": {
        "CLAUDE_CODE_USE_FOUNDRY": "1",
        "ANTHROPIC_FOUNDRY_RESOURCE": "contoso",
        "ANTHROPIC_FOUNDRY_API_KEY": KEY,
        "ANTHROPIC_DEFAULT_SONNET_MODEL": "our-sonnet",
    } });
    std::fs::write(folder.join("settings.json"), settings.to_string()).expect("a file");
    let documents = home.documents().display().to_string();
    let home = home.with("HOME", &documents);
    let hearth = Hearth::open(&home).await;
    hearth.click(Role::Button, "Import settings").await;
    hearth.says("Claude Code’s settings").await;
    hearth
        .says("https://contoso.services.ai.azure.com/anthropic/v1/messages")
        .await;
    hearth.says("our-sonnet").await;
    assert!(!hearth.reads(KEY).await, "the key is not shown");
    hearth.picture("import-claude-code", home.theme()).await;
    hearth
        .click(Role::Button, "Leave out Claude Code’s settings")
        .await;
    hearth.says_no_more("our-sonnet").await;
    assert_eq!(hearth.connections().await, Vec::<Value>::new());
    hearth.close().await;
}
