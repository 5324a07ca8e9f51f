//! Conversations as a person names them on the command line.

use hearth_engine::api::{ConversationId, ConversationSummary};

use crate::terminal::{Failed, Terminal};

/// The one conversation whose identifier begins like this.
pub(crate) fn one_of(
    conversations: &[ConversationSummary],
    beginning: &str,
    terminal: &Terminal<'_>,
) -> Result<ConversationId, Failed> {
    let mut found = conversations
        .iter()
        .filter(|it| it.id.0.starts_with(beginning));
    let facts = [("id", beginning.to_owned())];
    match (found.next(), found.next()) {
        (Some(only), None) => Ok(only.id.clone()),
        (Some(_), Some(_)) => Err(terminal.refuse("cli-export-several", &facts)),
        (None, _) => Err(terminal.refuse("cli-export-none", &facts)),
    }
}
