//! Answers that an earlier run did not live to finish.
//!
//! Everything that a window had been shown is in the journal, as the events that came.
//! The same fold that made the answer then makes it again now.

use std::collections::HashMap;

use hearth_store as store;
use hearth_wire::{Assembler, StreamEvent};

use crate::Shared;
use crate::api::ErrorReport;
use crate::turn::stored_blocks;

/// Gives every such answer its blocks and its ending.
///
/// # Errors
/// When the store cannot be written: the answers are found again next time.
pub(crate) async fn finish_interrupted(shared: &Shared) -> Result<(), ErrorReport> {
    shared
        .store(|store| {
            for unfinished in store.unfinished()? {
                store.finish_turn(&interrupted(&unfinished))?;
            }
            Ok(())
        })
        .await
}

fn interrupted(unfinished: &store::Unfinished) -> store::FinishTurn {
    let mut assembler = Assembler::default();
    for entry in &unfinished.journal {
        let event = StreamEvent::parse("", entry);
        // Only what had passed this fold was journalled; should one entry be damaged,
        // the rest is worth keeping.
        if let Ok(event) = event
            && let Err(bad) = assembler.push(&event)
        {
            tracing::warn!(%bad, "an entry of the journal was left out");
        }
    }
    let assembled = assembler.finish();
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
