//! From a stored branch to what a request needs of it. Pure.

use std::collections::HashMap;

use hearth_store::{self as store, Ending, MessageState};
use hearth_wire::{Block, StopReason};

use crate::api::{Role, TurnId};
use crate::request::Past;
use crate::results;
use crate::turn::SentSettings;

/// The messages from the first question to `last`, that one included.
pub(crate) fn up_to(
    conversation: &store::Conversation,
    last: Option<&store::MessageId>,
) -> Vec<Past> {
    let messages: HashMap<_, _> = conversation
        .messages
        .iter()
        .map(|message| (&message.id, message))
        .collect();
    let mut past = Vec::new();
    let mut next = last;
    while let Some(message) = next.and_then(|id| messages.get(id)) {
        past.push(one(conversation, message));
        next = message.parent.as_ref();
    }
    past.reverse();
    past
}

fn one(conversation: &store::Conversation, message: &store::StoredMessage) -> Past {
    let sent = message
        .turn
        .as_ref()
        .and_then(|id| conversation.turn(id))
        .and_then(|turn| serde_json::from_str::<SentSettings>(turn.settings.as_str()).ok());
    Past {
        role: match message.role {
            store::Role::User => Role::User,
            store::Role::Assistant => Role::Assistant,
        },
        turn: message
            .turn
            .as_ref()
            .map(|turn| TurnId(turn.as_str().to_owned())),
        blocks: blocks(message),
        whole: matches!(message.state, MessageState::Ended(Ending::Complete { .. })),
        stop_reason: stop_reason(message),
        prefix: sent.map(|sent| sent.prefix),
    }
}

/// What a message holds, as it is sent.
pub(crate) fn blocks(message: &store::StoredMessage) -> Vec<Block> {
    let stored = message.blocks.iter();
    let blocks = stored.filter_map(|block| Block::from_json(block.body.as_str()).ok());
    match message.role {
        store::Role::User => blocks.map(results::as_sent).collect(),
        store::Role::Assistant => blocks.collect(),
    }
}

/// Why an answer ended, where it came to its end.
pub(crate) fn stop_reason(message: &store::StoredMessage) -> Option<StopReason> {
    match &message.state {
        MessageState::Ended(Ending::Complete { stop_reason }) => {
            stop_reason.as_deref().map(StopReason::from)
        }
        MessageState::Ended(Ending::Stopped | Ending::Failed { .. } | Ending::Interrupted)
        | MessageState::Streaming => None,
    }
}
