//! What the disk did not take, put in its place in a conversation that was read. Pure.

use hearth_store as store;

use super::Kept;
use crate::api::ConversationId;

/// Adds a step of a turn: its answer as it ended, the results of its calls, and the next
/// answer, which is the head from then on if the one before was. What is on disk by now is
/// not added again.
pub(super) fn add_step(stored: &mut store::Conversation, step: &store::ContinueTurn) {
    let holds = |stored: &store::Conversation, id: &store::MessageId| {
        stored.messages.iter().any(|it| it.id == *id)
    };
    if holds(stored, &step.next.id) || !holds(stored, &step.finished.id) {
        return;
    }
    end(stored, &step.finished);
    let mut last = step.finished.id.clone();
    if let Some(results) = &step.results {
        stored.messages.push(whole(results, last, &step.turn));
        last = results.id.clone();
    }
    stored
        .messages
        .push(empty_answer(&step.next, Some(last), &step.turn));
    if stored.row.head.as_ref() == Some(&step.finished.id) {
        stored.row.head = Some(step.next.id.clone());
    }
}

/// A conversation of nothing but what is kept of it, without a title.
pub(super) fn alone<'a>(
    id: &ConversationId,
    kept: impl Iterator<Item = &'a Kept>,
) -> store::Conversation {
    let mut alone = store::Conversation {
        row: store::ConversationRow {
            id: store::ConversationId::from(id.0.as_str()),
            title: String::new(),
            title_by: store::TitleBy::Question,
            created_at: 0,
            updated_at: 0,
            demo: false,
            pinned_at: None,
            trashed_at: None,
            settings: store::Json::empty_object(),
            head: None,
            last_turn: None,
        },
        messages: Vec::new(),
        turns: Vec::new(),
    };
    for Kept { step, finish, .. } in kept {
        let answer = &finish.answer;
        let first = step.as_ref().map_or(&answer.id, |step| &step.finished.id);
        let new = store::NewAnswer {
            id: first.clone(),
            created_at: answer.ended_at,
        };
        let parent = alone.row.head.replace(new.id.clone());
        alone
            .messages
            .push(empty_answer(&new, parent, &finish.turn));
        if let Some(step) = step {
            add_step(&mut alone, step);
        }
        end(&mut alone, answer);
        alone.row.created_at = answer.ended_at;
    }
    alone
}

/// Gives an answer its content and its ending.
pub(super) fn end(stored: &mut store::Conversation, answer: &store::FinishedAnswer) {
    let message = stored.messages.iter_mut().find(|it| it.id == answer.id);
    if let Some(message) = message {
        message.state = store::MessageState::Ended(answer.ending.clone());
        message.ended_at = Some(answer.ended_at);
        message.blocks = answer.blocks.iter().map(as_stored).collect();
        message.answer = Some(answer.facts.clone());
    }
}

fn whole(
    new: &store::NewMessage,
    parent: store::MessageId,
    turn: &store::TurnId,
) -> store::StoredMessage {
    store::StoredMessage {
        id: new.id.clone(),
        parent: Some(parent),
        turn: Some(turn.clone()),
        role: store::Role::User,
        purpose: new.purpose,
        state: store::MessageState::Ended(store::Ending::Complete { stop_reason: None }),
        created_at: new.created_at,
        ended_at: None,
        blocks: new.blocks.iter().map(as_stored).collect(),
        answer: None,
    }
}

fn empty_answer(
    new: &store::NewAnswer,
    parent: Option<store::MessageId>,
    turn: &store::TurnId,
) -> store::StoredMessage {
    store::StoredMessage {
        id: new.id.clone(),
        parent,
        turn: Some(turn.clone()),
        role: store::Role::Assistant,
        purpose: None,
        state: store::MessageState::Streaming,
        created_at: new.created_at,
        ended_at: None,
        blocks: Vec::new(),
        answer: None,
    }
}

/// A block that is to be stored, as it will be read.
fn as_stored(block: &store::NewBlock) -> store::StoredBlock {
    store::StoredBlock {
        kind: block.kind.clone(),
        seconds: block.seconds,
        attachment: None,
        body: block.body.clone(),
    }
}
