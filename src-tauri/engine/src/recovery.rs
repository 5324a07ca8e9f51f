//! Answers that an earlier run did not live to finish.
//!
//! Everything that a window had been shown is in the journal, as the events that came.
//! The same fold that made the answer then makes it again now.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_store as store;
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
    // Asked first: what is saved after this moment has its ending, and is not found below.
    let kept = shared.storage.turns();
    let unfinished = match shared.attempt(store::Store::unfinished).await {
        Ok(claimed) => claimed,
        Err(NotSaved::Passes(error)) => {
            tracing::warn!(%error, "interrupted answers are not saved yet");
            shared.store(store::Store::abandoned).await?
        }
        Err(NotSaved::Never(error)) => return Err(error),
    };
    // What is kept in memory is at least as much as the journal holds.
    let lost = unfinished.into_iter().filter(|it| !kept.contains(&it.turn));
    for unfinished in lost {
        let conversation = ConversationId(unfinished.conversation.as_str().to_owned());
        let kept = shared.keep_ending(&conversation, interrupted(&unfinished));
        if let Err(error) = kept.await {
            // Another program was faster, or the conversation is gone.
            tracing::debug!(%error, "an interrupted answer has its ending already");
        }
    }
    Ok(())
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
