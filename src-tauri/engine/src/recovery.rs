//! Answers that an earlier run did not live to finish.
//!
//! Everything that a window had been shown is in the journal, as the events that came.
//! The same fold that made the answer then makes it again now.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_store::{self as store, StoreError};
use hearth_wire::{Assembled, Assembler, StreamEvent};

use crate::Shared;
use crate::api::{ConversationId, ErrorReport};
use crate::storage::NotSaved;
use crate::turn::stored_blocks;

/// Gives every such answer its blocks and its ending. When the disk does not take them,
/// they are kept and saved later, as the endings of this run's own answers are.
///
/// # Errors
/// When the store cannot be read.
pub(crate) async fn finish_interrupted(shared: &Arc<Shared>) -> Result<(), ErrorReport> {
    let unfinished = match shared.attempt(store::Store::unfinished).await {
        Ok(claimed) => claimed,
        Err(NotSaved::Passes(error)) => {
            tracing::warn!(%error, "interrupted answers are not saved yet");
            let here = shared.live().running();
            shared.store(move |store| unclaimed(store, &here)).await?
        }
        Err(NotSaved::Never(error)) => return Err(error),
    };
    for unfinished in unfinished {
        let conversation = ConversationId(unfinished.conversation.as_str().to_owned());
        let kept = shared.keep_ending(&conversation, interrupted(&unfinished));
        if let Err(error) = kept.await {
            // Another program was faster, or the conversation is gone.
            tracing::debug!(%error, "an interrupted answer has its ending already");
        }
    }
    Ok(())
}

/// The same answers, only read: for a disk that does not even take who cares for them.
/// `here` is what this program writes itself.
fn unclaimed(
    store: &store::Store,
    here: &[ConversationId],
) -> Result<Vec<store::Unfinished>, StoreError> {
    let mut found = Vec::new();
    for row in store.conversations(store::Shelf::Current)? {
        let ours = here.iter().any(|it| it.0 == row.id.as_str());
        let running = row.last_turn == Some(store::TurnState::Running);
        if ours || !running || store.running_elsewhere(&row.id)?.is_some() {
            continue;
        }
        let messages = store.conversation(&row.id)?.messages;
        let streaming = messages
            .into_iter()
            .filter(|it| it.state == store::MessageState::Streaming);
        for message in streaming {
            let Some(turn) = message.turn else { continue };
            found.push(store::Unfinished {
                conversation: row.id.clone(),
                turn,
                journal: store.journal_since(&message.id, 0)?,
                answer: message.id,
            });
        }
    }
    Ok(found)
}

/// What a journal holds of an answer.
pub(crate) fn assembled(journal: &[String]) -> Assembled {
    let mut assembler = Assembler::default();
    for entry in journal {
        let event = StreamEvent::parse("", entry);
        // Only what had passed this fold was journalled; should one entry be damaged,
        // the rest is worth keeping.
        if let Ok(event) = event
            && let Err(bad) = assembler.push(&event)
        {
            tracing::warn!(%bad, "an entry of the journal was left out");
        }
    }
    assembler.finish()
}

fn interrupted(unfinished: &store::Unfinished) -> store::FinishTurn {
    let assembled = assembled(&unfinished.journal);
    let blocks: Vec<_> = assembled.blocks.into_iter().map(|it| it.block).collect();
    store::FinishTurn {
        turn: unfinished.turn.clone(),
        answer: store::FinishedAnswer {
            id: unfinished.answer.clone(),
            ending: store::Ending::Interrupted,
            blocks: stored_blocks(&blocks, &HashMap::new()),
            facts: store::AnswerFacts {
                model: assembled.model,
                usage: assembled
                    .usage
                    .raw
                    .and_then(|raw| store::Json::parse(raw.json()).ok()),
                ..store::AnswerFacts::default()
            },
            ended_at: crate::now(),
        },
    }
}
