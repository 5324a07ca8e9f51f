//! Where a command stands in the place of a secret, as `$(…)` or between backticks. None is run.
//!
//! One of them is understood: `az account get-access-token`, with which Microsoft's own pages
//! get a token (<https://learn.microsoft.com/en-us/cli/azure/account#az-account-get-access-token>).
//! The Azure CLI is asked for the same by a connection of its own kind.

use hearth_foundry::sign_in::{COGNITIVE_SCOPE, DEFAULT_SCOPE};

use crate::api::{CredentialChoice, EntraSettings};

/// What Foundry takes tokens for, and nothing else: a text from anywhere could ask for one that
/// rules over a whole subscription.
const SCOPES: [&str; 4] = [
    DEFAULT_SCOPE,
    COGNITIVE_SCOPE,
    "https://ai.azure.us/.default",
    "https://cognitiveservices.azure.us/.default",
];

/// A command that is to print what stands there.
pub(super) fn is_command(text: &str) -> bool {
    text.contains("$(") || text.contains('`')
}

/// The credential that is meant; none when the command is another.
pub(super) fn credential(text: &str) -> Option<CredentialChoice> {
    let text = text.trim();
    let inner = text.strip_prefix("$(").and_then(|it| it.strip_suffix(')'));
    let inner = inner.or_else(|| text.strip_prefix('`')?.strip_suffix('`'))?;
    // What means something to a shell may be anything.
    if inner.contains(['|', '&', ';', '<', '>', '(', ')', '$', '`', '\n']) {
        return None;
    }
    let words = shlex::split(inner)?;
    let mut words = words.iter().map(String::as_str);
    for expected in ["az", "account", "get-access-token"] {
        words.next().filter(|word| *word == expected)?;
    }
    let mut entra = EntraSettings::default();
    while let Some(word) = words.next() {
        let (option, attached) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value)),
            _ => (word, None),
        };
        let mut value = || attached.or_else(|| words.next());
        match option {
            "--resource" => entra.scope = format!("{}/.default", value()?.trim_end_matches('/')),
            "--scope" => value()?.clone_into(&mut entra.scope),
            "--tenant" | "-t" => value()?.clone_into(&mut entra.tenant),
            "--query" | "--output" | "-o" => drop(value()?),
            "--only-show-errors" => {}
            // As somebody else, or for something that is not known here.
            _ => return None,
        }
    }
    let is_ours = entra.scope.is_empty() || SCOPES.contains(&entra.scope.as_str());
    is_ours.then_some(CredentialChoice::AzureCli { entra })
}
