//! Conversations and connections as a person names them on the command line.

use hearth_engine::api::{
    AppState, ConnectionId, ConnectionView, ConversationId, ConversationSummary,
};

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

/// The saved connection of this name: exactly, else whatever its capitals, else by the
/// beginning of its identifier. Of several, none is guessed.
pub(crate) fn connection(
    state: &AppState,
    name: &str,
    terminal: &Terminal<'_>,
) -> Result<ConnectionId, Failed> {
    let lower = name.to_lowercase();
    let only = |is: &dyn Fn(&ConnectionView) -> bool| {
        let mut found = state.connections.iter().filter(|view| is(view));
        match (found.next(), found.next()) {
            (Some(only), None) => Some(only.id.clone()),
            (Some(_), Some(_)) | (None, _) => None,
        }
    };
    let found = only(&|view| view.name == name)
        .or_else(|| only(&|view| view.name.to_lowercase() == lower))
        .or_else(|| only(&|view| !name.is_empty() && view.id.0.starts_with(name)));
    found.ok_or_else(|| {
        let views = state.connections.iter();
        let names: Vec<&str> = views.map(|view| view.name.as_str()).collect();
        let list = match names.is_empty() {
            true => "none".to_owned(),
            false => names.join(", "),
        };
        let facts = [("name", name.to_owned()), ("list", list)];
        terminal.refuse("cli-doctor-no-connection", &facts)
    })
}
