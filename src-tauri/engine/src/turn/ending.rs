//! How a request, and with it a turn, ends: on disk first, then before the windows.

use std::collections::HashMap;
use std::sync::Arc;

use hearth_foundry::Failure;
use hearth_store as store;
use hearth_wire::{Block, StopReason};

use super::Plan;
use super::calls::Call;
use crate::Shared;
use crate::api::{
    self, Activity, ConversationId, ConversationSummary, ErrorReport, HearthEvent, MessageId,
    MessageState, MessageView, Role, Sent, Step, TurnId,
};
use crate::ledger::RequestOutcome;
use crate::report;
use crate::request::Past;
use crate::results::{self, CallResult};
use crate::storage::{Kept, NotSaved};
use crate::view;

/// Why a request is over.
#[derive(Debug)]
pub(super) enum Ending {
    /// `message_stop` came.
    Complete,
    /// Stop, deleting or quitting.
    Stopped,
    /// Anything else on the way.
    Failed(Failure),
    /// The turn itself cannot go on.
    Broke(Box<ErrorReport>),
}

/// What a request leaves to be done in its turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FollowUp {
    /// Nothing: the turn is over.
    None,
    /// The answer goes back as it is, and the model goes on.
    Pause,
    /// Its calls are carried out. Those of an answer that ended for another reason, say
    /// `max_tokens`, may be cut off, and never are.
    Calls,
}

/// What a request brought.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) ending: Ending,
    pub(super) stop_reason: Option<StopReason>,
    pub(super) blocks: Vec<Block>,
    pub(super) calls: Vec<Call>,
    /// How long the model thought, by the block's place.
    pub(super) seconds: HashMap<u32, f64>,
    pub(super) facts: store::AnswerFacts,
    /// The head of an answer came.
    pub(super) opened: bool,
    /// How often it was asked.
    pub(super) attempts: u32,
}

impl Outcome {
    /// Of a request that was never made.
    pub(super) fn nothing(ending: Ending) -> Self {
        Self {
            ending,
            stop_reason: None,
            blocks: Vec::new(),
            calls: Vec::new(),
            seconds: HashMap::new(),
            facts: store::AnswerFacts::default(),
            opened: false,
            attempts: 0,
        }
    }

    /// How it ended, for the record of requests.
    pub(super) fn recorded(&self) -> RequestOutcome {
        match &self.ending {
            Ending::Complete => RequestOutcome::Answered,
            Ending::Stopped => RequestOutcome::Left,
            Ending::Failed(_) | Ending::Broke(_) if self.opened => RequestOutcome::BrokeOff,
            Ending::Failed(_) | Ending::Broke(_) => RequestOutcome::Refused,
        }
    }

    /// The deployment took the request, whatever became of the answer. An error that comes
    /// instead of one may be a refusal under another status.
    pub(super) fn was_accepted(&self) -> bool {
        let refused = matches!(&self.ending, Ending::Failed(Failure::StreamError { .. }));
        self.opened && !refused
    }

    pub(super) fn follow_up(&self, plan: &Plan) -> FollowUp {
        match (&self.ending, &self.stop_reason) {
            (Ending::Complete, Some(StopReason::PauseTurn)) => FollowUp::Pause,
            // Who was offered nothing has nothing to call: there would be no end to it.
            (Ending::Complete, Some(StopReason::ToolUse))
                if !self.calls.is_empty() && !plan.tools().is_empty() =>
            {
                FollowUp::Calls
            }
            (Ending::Complete | Ending::Stopped | Ending::Failed(_) | Ending::Broke(_), _) => {
                FollowUp::None
            }
        }
    }
}

/// Stores the ending of a turn and shows it.
pub(super) async fn finish(
    shared: &Arc<Shared>,
    plan: &Plan,
    answer: &MessageId,
    outcome: Outcome,
) {
    let finished = finished(plan, answer, &outcome);
    let finish = store::FinishTurn {
        turn: store::TurnId::from(plan.turn.0.as_str()),
        answer: finished,
    };
    // The whole answer is written here, the journalled part of it too: after a disk was
    // full for a while, room at this moment is enough. Without room it is kept, and ends
    // for everybody who looks as it would have ended on disk.
    match shared.keep_ending(&plan.conversation, finish).await {
        Ok(()) => show_ended(shared, plan, answer, &outcome).await,
        Err(error) => show_lost(shared, plan, answer, &outcome, error).await,
    }
}

/// Shows the ending of a turn that is on disk, or kept for it.
async fn show_ended(shared: &Shared, plan: &Plan, answer: &MessageId, outcome: &Outcome) {
    let conversation = &plan.conversation;
    let view = shared.read(conversation).await.and_then(|stored| {
        let view = shared.stored_message(&stored, answer);
        view.ok_or_else(|| ErrorReport::new(api::ErrorCode::MessageNotFound))
    });
    match view {
        Ok(answer) => {
            let ended = vec![Step::Ended { answer }];
            shared.live().show(conversation, &plan.turn, ended);
            if let Err(error) = shared.announce_row(conversation).await {
                tracing::warn!(%error, "the list does not know that a turn ended");
            }
        }
        Err(error) => show_lost(shared, plan, answer, outcome, error).await,
    }
}

/// Shows the ending of a turn that has no place any more.
async fn show_lost(
    shared: &Shared,
    plan: &Plan,
    answer: &MessageId,
    outcome: &Outcome,
    error: ErrorReport,
) {
    tracing::error!(%error, "an answer has no place any more");
    let answer = kept_in_memory(shared, plan, answer, outcome, error);
    let ended = vec![Step::Ended { answer }];
    shared.live().show(&plan.conversation, &plan.turn, ended);
    announce_as_failed(shared, &plan.conversation).await;
}

/// Ends a turn that broke by a defect of ours. What it showed stays shown; on disk it is an
/// interrupted answer from the next start on.
pub(super) async fn finish_broken(shared: &Shared, conversation: &ConversationId, turn: &TurnId) {
    {
        let mut live = shared.live();
        let Some((running, shown)) = live.snapshot(conversation).1 else {
            return;
        };
        if running.id != *turn {
            return;
        }
        let error = ErrorReport::new(api::ErrorCode::Internal);
        let answer = MessageView {
            state: MessageState::Failed { error },
            ..shown
        };
        live.show(conversation, turn, vec![Step::Ended { answer }]);
    }
    announce_as_failed(shared, conversation).await;
}

/// The row of a turn whose ending could not be stored says that it runs, and will until the
/// next start: the list is told what is so.
async fn announce_as_failed(shared: &Shared, conversation: &ConversationId) {
    let _order = shared.rows.lock().await;
    let Ok(row) = shared.row(conversation).await else {
        return;
    };
    let summary = ConversationSummary {
        activity: Activity::Failed,
        ..view::summary(&row)
    };
    let event = HearthEvent::ConversationChanged { summary };
    shared.live().announce(event);
}

/// Ends a turn that is on disk and could not be shown, so that it does not count as running.
pub(crate) async fn end_failed_start(
    shared: &Arc<Shared>,
    plan: &Plan,
    sent: &Sent,
    error: ErrorReport,
) {
    tracing::error!(%error, "a turn that began cannot be shown");
    let outcome = Outcome::nothing(Ending::Broke(Box::new(error)));
    finish(shared, plan, &sent.answer, outcome).await;
    shared.announce_stale(&plan.conversation);
}

/// What became of the step from one request of a turn to its next.
#[derive(Debug)]
pub(super) enum Continued {
    /// The turn goes on with this answer.
    With(MessageId),
    /// The turn is over, and its ending shown: the disk does not take the step, which is
    /// kept with what its tools brought, or it cannot be read again.
    Over,
    /// The step has no place any more; its outcome is a failure now, and is the turn's.
    Broke(Box<Outcome>),
}

/// Stores a request that is over, with the results of its calls if it has any, and
/// prepares the next one of the same turn.
pub(super) async fn continue_turn(
    shared: &Arc<Shared>,
    plan: &mut Plan,
    answer: &MessageId,
    mut outcome: Outcome,
    results: Option<Vec<(String, CallResult)>>,
) -> Continued {
    let results = results.map(|results| Results {
        id: MessageId(crate::new_id()),
        blocks: results.iter().map(|(call, it)| it.block(call)).collect(),
    });
    let step = store::ContinueTurn {
        turn: store::TurnId::from(plan.turn.0.as_str()),
        finished: finished(plan, answer, &outcome),
        results: results.as_ref().map(Results::stored),
        next: store::NewAnswer {
            id: store::MessageId::from(crate::new_id()),
            created_at: crate::now(),
        },
    };
    let tried = step.clone();
    match shared
        .attempt(move |store| store.continue_turn(&tried))
        .await
    {
        // Whatever of its journal the disk did not take is there now.
        Ok(()) => shared.is_saved(answer),
        Err(NotSaved::Passes(error)) => {
            tracing::error!(%error, "a turn cannot go on");
            end_unsaved(shared, plan, step, error).await;
            return Continued::Over;
        }
        Err(NotSaved::Never(error)) => {
            tracing::error!(%error, "a turn has no place any more");
            outcome.ending = Ending::Broke(Box::new(error));
            return Continued::Broke(Box::new(outcome));
        }
    }
    if let Err(error) = show_step(shared, plan, &step).await {
        tracing::error!(%error, "a turn that goes on cannot be shown");
        outcome = Outcome::nothing(Ending::Broke(Box::new(error)));
        let next = MessageId(step.next.id.as_str().to_owned());
        finish(shared, plan, &next, outcome).await;
        shared.announce_stale(&plan.conversation);
        return Continued::Over;
    }
    let prefix = plan.build().prefix;
    plan.past.push(Past {
        role: Role::Assistant,
        turn: Some(plan.turn.clone()),
        blocks: outcome.blocks,
        whole: true,
        stop_reason: outcome.stop_reason,
        prefix: Some(prefix),
    });
    if let Some(results) = results {
        let sent = results.blocks.into_iter().map(results::as_sent).collect();
        plan.past.push(Past::results(plan.turn.clone(), sent));
    }
    Continued::With(MessageId(step.next.id.as_str().to_owned()))
}

/// Ends a turn whose step the disk does not take: what its tools did is done, and nobody
/// knows whether there is room for more.
async fn end_unsaved(
    shared: &Arc<Shared>,
    plan: &Plan,
    step: store::ContinueTurn,
    error: ErrorReport,
) {
    let next = MessageId(step.next.id.as_str().to_owned());
    let outcome = Outcome::nothing(Ending::Broke(Box::new(error.clone())));
    let kept = Kept {
        conversation: plan.conversation.clone(),
        finish: store::FinishTurn {
            turn: step.turn.clone(),
            answer: finished(plan, &next, &outcome),
        },
        step: Some(step.clone()),
    };
    shared.keep(kept, error);
    let shown = show_step(shared, plan, &step).await;
    show_ended(shared, plan, &next, &outcome).await;
    if let Err(error) = shown {
        tracing::error!(%error, "a step that is kept cannot be shown");
        shared.announce_stale(&plan.conversation);
    }
}

/// Shows a step that is on disk, or kept for it.
async fn show_step(
    shared: &Shared,
    plan: &Plan,
    step: &store::ContinueTurn,
) -> Result<(), ErrorReport> {
    let stored = shared.read(&plan.conversation).await?;
    let view = |id: &store::MessageId| {
        let id = MessageId(id.as_str().to_owned());
        let view = shared.stored_message(&stored, &id);
        view.ok_or_else(|| ErrorReport::new(api::ErrorCode::MessageNotFound))
    };
    let results = step.results.as_ref().map(|results| view(&results.id));
    let step = Step::Continued {
        finished: view(&step.finished.id)?,
        results: results.transpose()?,
        answer: view(&step.next.id)?,
    };
    let mut live = shared.live();
    live.show(&plan.conversation, &plan.turn, vec![step]);
    Ok(())
}

/// The results of an answer's calls: one message.
struct Results {
    id: MessageId,
    blocks: Vec<Block>,
}

impl Results {
    fn stored(&self) -> store::NewMessage {
        store::NewMessage {
            id: store::MessageId::from(self.id.0.as_str()),
            purpose: None,
            blocks: stored_blocks(&self.blocks, &HashMap::new()),
            created_at: crate::now(),
        }
    }
}

/// The answer as the store takes it.
fn finished(plan: &Plan, answer: &MessageId, outcome: &Outcome) -> store::FinishedAnswer {
    store::FinishedAnswer {
        id: store::MessageId::from(answer.0.as_str()),
        ending: match &outcome.ending {
            Ending::Complete => store::Ending::Complete {
                stop_reason: outcome
                    .stop_reason
                    .as_ref()
                    .map(|reason| reason.as_str().to_owned()),
            },
            Ending::Stopped => store::Ending::Stopped,
            Ending::Failed(failure) => store::Ending::Failed {
                error: report::as_json(&failed(plan, outcome, failure)),
            },
            Ending::Broke(error) => store::Ending::Failed {
                error: report::as_json(&ErrorReport {
                    kept: Some(characters(&outcome.blocks)),
                    ..ErrorReport::clone(error)
                }),
            },
        },
        blocks: stored_blocks(&outcome.blocks, &outcome.seconds),
        facts: outcome.facts.clone(),
        ended_at: crate::now(),
    }
}

fn failed(plan: &Plan, outcome: &Outcome, failure: &Failure) -> ErrorReport {
    let mut report = plan.report(failure);
    let facts = &outcome.facts;
    report.request_id = report.request_id.or(facts.request_id.clone());
    report.apim_request_id = report.apim_request_id.or(facts.apim_request_id.clone());
    report.attempts = report.attempts.max(outcome.attempts);
    report.kept = Some(characters(&outcome.blocks));
    report
}

/// The characters of text that an answer has.
fn characters(blocks: &[Block]) -> u64 {
    let count: usize = blocks
        .iter()
        .map(|block| match view::block(block, None) {
            api::BlockView::Text { text } => text.chars().count(),
            api::BlockView::Thinking { .. }
            | api::BlockView::ToolCall { .. }
            | api::BlockView::ToolResult { .. }
            | api::BlockView::Image { .. }
            | api::BlockView::File { .. }
            | api::BlockView::Unknown { .. } => 0,
        })
        .sum();
    count as u64
}

/// Blocks as the store takes them; `seconds` is how long the model thought, by place.
pub(crate) fn stored_blocks(blocks: &[Block], seconds: &HashMap<u32, f64>) -> Vec<store::NewBlock> {
    (0_u32..)
        .zip(blocks)
        .map(|(place, block)| {
            let seconds = seconds.get(&place).copied();
            store::NewBlock {
                kind: view::block_type(block),
                body: store::Json::parse(block.json()).expect("BUG: a block is JSON"),
                plain: view::searchable(&view::block(block, seconds)).to_owned(),
                seconds,
                attachment: None,
            }
        })
        .collect()
}

/// The answer as shown when it could not be stored: nothing of it is lost while the
/// program runs, and the person is told.
fn kept_in_memory(
    shared: &Shared,
    plan: &Plan,
    answer: &MessageId,
    outcome: &Outcome,
    error: ErrorReport,
) -> MessageView {
    let blocks = (0_u32..)
        .zip(&outcome.blocks)
        .map(|(place, block)| view::block(block, outcome.seconds.get(&place).copied()))
        .collect();
    let shown = shared.live().snapshot(&plan.conversation).1;
    let shown = shown
        .map(|(_, shown)| shown)
        .filter(|shown| shown.id == *answer);
    let shown = shown.unwrap_or_else(|| MessageView {
        id: answer.clone(),
        parent: None,
        role: Role::Assistant,
        blocks: Vec::new(),
        state: MessageState::Streaming,
        created_at: crate::now(),
        answer: None,
        branch: 0,
        branches: vec![answer.clone()],
        purpose: None,
    });
    MessageView {
        blocks,
        state: MessageState::Failed { error },
        ..shown
    }
}
