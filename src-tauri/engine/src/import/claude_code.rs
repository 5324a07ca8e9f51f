//! Claude Code's settings (<https://code.claude.com/docs/en/settings>): the variables of
//! their `env` block, and the command that prints a key.

use std::path::{Path, PathBuf};

use hearth_foundry::Environment;
use serde_json::Value;

use super::{Found, env_block, unreadable};
use crate::api::{CredentialChoice, ErrorReport, Printed};

/// Where an administrator's settings lie.
const MANAGED: [&str; 3] = [
    "/etc/claude-code/managed-settings.json",
    "/Library/Application Support/ClaudeCode/managed-settings.json",
    "C:\\Program Files\\ClaudeCode\\managed-settings.json",
];

/// The files that there may be, the strongest first.
pub(super) fn places(environment: &Environment) -> Vec<PathBuf> {
    let named = |name: &str| Some(PathBuf::from(environment.get(name)?.expose()));
    // Who has no home has no settings either, nor are an administrator's meant for them.
    let Some(home) = named("HOME").or_else(|| named("USERPROFILE")) else {
        return Vec::new();
    };
    let folder = named("CLAUDE_CONFIG_DIR").unwrap_or_else(|| home.join(".claude"));
    let managed = MANAGED
        .iter()
        .map(PathBuf::from)
        .filter(|path| path.is_absolute());
    let own = ["settings.local.json", "settings.json"].map(|name| folder.join(name));
    managed.chain(own).collect()
}

/// The connections that the settings describe; none when they are about other things.
///
/// # Errors
/// When they are no JSON, or name an endpoint that is none.
pub(super) fn read(text: &str, environment: &Environment) -> Result<Vec<Found>, ErrorReport> {
    let settings: Value =
        serde_json::from_str(text).map_err(|error| unreadable(place_of(&error)))?;
    let variables = settings.get("env").and_then(Value::as_object);
    let variables = variables
        .into_iter()
        .flatten()
        .filter_map(|(name, value)| Some((name.clone(), text_of(value)?)));
    let variables = Environment::from_vars(variables);
    if variables.found().next().is_none() {
        return Ok(Vec::new());
    }
    let mut found = env_block::from_variables(&variables)?;
    let helper = settings.get("apiKeyHelper").and_then(Value::as_str);
    if let (Some(helper), Some(first)) = (helper, found.first_mut()) {
        let home = environment.get("HOME");
        let home = home.as_ref().map(|home| Path::new(home.expose()));
        take_helper(helper, home, first);
    }
    Ok(found)
}

/// A command is offered where nothing else is, and only as one that needs no shell. It is
/// not started before the person agreed to it.
fn take_helper(helper: &str, home: Option<&Path>, found: &mut Found) {
    match argv(helper, home) {
        Some(argv) if found.credential.is_none() => {
            let prints = Printed::Key;
            found.credential = Some(CredentialChoice::Command { argv, prints });
            found.uses("apiKeyHelper");
        }
        Some(_) | None => found.leaves_out("apiKeyHelper"),
    }
}

/// The words of a command; none when it means something to a shell only.
fn argv(command: &str, home: Option<&Path>) -> Option<Vec<String>> {
    const OF_SHELLS: &[char] = &['|', '&', ';', '<', '>', '(', ')', '$', '`', '*', '?', '\n'];
    if command.contains(OF_SHELLS) {
        return None;
    }
    let mut argv = shlex::split(command)?;
    let program = argv.first_mut()?;
    if let Some(rest) = program.strip_prefix("~/") {
        *program = home?.join(rest).display().to_string();
    }
    Some(argv)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(_) | Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Where it went wrong. The words of the error itself may repeat a piece of the text.
fn place_of(error: &serde_json::Error) -> String {
    format!("line {}, column {}", error.line(), error.column())
}
