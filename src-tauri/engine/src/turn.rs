//! A turn, from a stored question to the ending of its answer.
//!
//! It belongs to the engine, not to a window: only Stop, deleting the conversation
//! and quitting end it early, and each of them closes its socket by dropping the
//! stream. What it shows is on disk first: a batch goes into the journal, then to
//! the windows.

mod batch;
mod calls;
mod ending;
mod lesson;
mod plan;
mod told;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hearth_foundry::{Category, Failure, Progress};
use hearth_store as store;
use hearth_wire::StreamEvent;
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::api::{ConversationId, ErrorCode, ErrorReport, MessageId, Step, TurnId, Waiting};
use crate::capability::Learned;
use crate::ledger::{Asked, Ended};
use batch::Writing;
use calls::Carried;
use ending::{Continued, Ending, FollowUp, Outcome};

pub(crate) use ending::{end_failed_start, stored_blocks};
pub(crate) use lesson::Next;
pub(crate) use plan::{Plan, SentSettings};

/// One paint: what arrives within it is stored and shown together.
const FRAME: Duration = Duration::from_millis(16);

/// How often a turn goes on by itself after `pause_turn`. The server pauses after
/// ten steps of its own tools, so this is a hundred of them.
const MOST_REQUESTS: u32 = 10;

/// How often a turn goes back to the model with results of tools. A model that needs more
/// has most likely lost its way; the person can let it go on.
const MOST_ROUNDS: u32 = 25;

/// Runs a turn to its one ending, even through a defect of ours: nobody waits for an answer
/// that never ends.
pub(crate) async fn run(
    shared: Arc<Shared>,
    plan: Plan,
    answer: MessageId,
    cancel: CancellationToken,
) {
    let (conversation, turn) = (plan.conversation.clone(), plan.turn.clone());
    let requests = requests(shared.clone(), plan, answer, cancel);
    unbroken(&shared, &conversation, &turn, Box::pin(requests)).await;
}

async fn unbroken(
    shared: &Shared,
    conversation: &ConversationId,
    turn: &TurnId,
    requests: impl Future<Output = ()>,
) {
    if AssertUnwindSafe(requests).catch_unwind().await.is_err() {
        ending::finish_broken(shared, conversation, turn).await;
    }
}

async fn requests(
    shared: Arc<Shared>,
    mut plan: Plan,
    mut answer: MessageId,
    cancel: CancellationToken,
) {
    let mut pauses = 0;
    let mut rounds = 0;
    loop {
        let mut outcome = ask(&shared, &mut plan, &answer, &cancel).await;
        let (results, stops) = match outcome.follow_up(&plan) {
            FollowUp::Pause if pauses + 1 < MOST_REQUESTS => {
                pauses += 1;
                (None, false)
            }
            FollowUp::Calls if rounds < MOST_ROUNDS => {
                rounds += 1;
                match calls::carry_out(&shared, &plan, &answer, &outcome.calls, &cancel).await {
                    Carried::Out(results) => (Some(results), false),
                    Carried::Stopped(results) => (Some(results), true),
                    Carried::Untouched => {
                        outcome.ending = Ending::Stopped;
                        return ending::finish(&shared, &plan, &answer, outcome).await;
                    }
                }
            }
            FollowUp::Calls => {
                let report = ErrorReport::new(ErrorCode::ToolRoundsExceeded);
                let report = report.about(MOST_ROUNDS.to_string());
                outcome.ending = Ending::Broke(Box::new(report));
                return ending::finish(&shared, &plan, &answer, outcome).await;
            }
            FollowUp::Pause | FollowUp::None => {
                return ending::finish(&shared, &plan, &answer, outcome).await;
            }
        };
        match ending::continue_turn(&shared, &mut plan, &answer, outcome, results).await {
            Continued::With(next) => answer = next,
            Continued::Over => return,
            Continued::Broke(outcome) => {
                return ending::finish(&shared, &plan, &answer, *outcome).await;
            }
        }
        if stops {
            let nothing = Outcome::nothing(Ending::Stopped);
            return ending::finish(&shared, &plan, &answer, nothing).await;
        }
    }
}

/// One request: from the question to the end of its stream, however it ends.
async fn ask(
    shared: &Arc<Shared>,
    plan: &mut Plan,
    answer: &MessageId,
    cancel: &CancellationToken,
) -> Outcome {
    let mut unproven = Learned::default();
    loop {
        let asked = Asked::now();
        let mut writing = Writing::new(shared, plan, answer);
        let ending = follow(plan, &mut writing, cancel).await;
        writing.flush().await;
        let outcome = writing.outcome(ending);
        record(shared, plan, &asked, &outcome);
        if outcome.was_accepted() {
            let learned = std::mem::take(&mut unproven);
            shared.remember(&plan.used.id, plan.deployment(), &learned);
        }
        let Ending::Failed(failure) = &outcome.ending else {
            return outcome;
        };
        // Nobody knows what this resource has: the next name may be there.
        let unknown = failure.category() == Category::DeploymentNotFound;
        if unknown && plan.candidates.len() > 1 {
            plan.candidates.remove(0);
            unproven = Learned::default();
        } else if !does_without(shared, plan, failure, &mut unproven) {
            return outcome;
        }
        if let Err(error) = store_asked(shared, plan).await {
            // The answer is worth more than the note of who gave it.
            tracing::error!(%error, "who is asked is not stored");
        }
    }
}

/// Enters a request in the record, where one was made. The demo asks nobody.
fn record(shared: &Arc<Shared>, plan: &Plan, asked: &Asked, outcome: &Outcome) {
    if outcome.attempts == 0 || plan.used.demo {
        return;
    }
    let ended = Ended {
        outcome: outcome.recorded(),
        failure: match &outcome.ending {
            Ending::Failed(failure) => Some(failure),
            Ending::Complete | Ending::Stopped | Ending::Broke(_) => None,
        },
        opened: outcome.opened,
        facts: &outcome.facts,
    };
    let (conversation, name) = (&plan.conversation, &plan.used.name);
    shared.record(asked.record(conversation, name, plan.deployment(), ended));
}

/// Goes on without what the deployment has just refused, which is remembered when the request
/// gets through. False when it cannot go without, and that is remembered now, or when it has been
/// sent without already.
fn does_without(
    shared: &Shared,
    plan: &mut Plan,
    failure: &Failure,
    unproven: &mut Learned,
) -> bool {
    let lesson = plan.learn_from(failure);
    match lesson.next {
        Next::AskAgain => {
            unproven.extend(lesson.learned);
            true
        }
        Next::GiveUp => {
            shared.remember(&plan.used.id, plan.deployment(), &lesson.learned);
            false
        }
    }
}

/// Stores whom the turn asks from now on, and with what.
async fn store_asked(shared: &Shared, plan: &Plan) -> Result<(), ErrorReport> {
    let sent = plan.as_sent();
    let asked = store::Asked {
        deployment: sent.deployment.clone(),
        base_model: sent.base_model.clone(),
        settings: crate::asking::json(&sent),
    };
    let turn = store::TurnId::from(plan.turn.0.as_str());
    shared
        .store(move |store| store.set_asked(&turn, &asked))
        .await
}

/// Follows the stream to its ending; when this returns, its socket is closed.
async fn follow(plan: &Plan, writing: &mut Writing<'_>, cancel: &CancellationToken) -> Ending {
    let built = plan.build();
    let mut stream = std::pin::pin!(
        plan.used
            .client
            .stream(&plan.target(built.version), built.request)
    );
    loop {
        let flush_at = writing.flush_at();
        tokio::select! {
            biased;
            () = cancel.cancelled() => return Ending::Stopped,
            () = until(flush_at) => writing.flush().await,
            next = stream.next() => match next {
                Some(Ok(progress)) => {
                    if let Err(ending) = took(plan, writing, progress).await {
                        return ending;
                    }
                }
                Some(Err(failure)) => return Ending::Failed(failure),
                None => return Ending::Complete,
            },
        }
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Takes one thing from the stream; an error is the ending that it means.
async fn took(plan: &Plan, writing: &mut Writing<'_>, progress: Progress) -> Result<(), Ending> {
    match progress {
        Progress::Waiting {
            attempt,
            attempts,
            delay,
            reason,
        } => {
            let delay = i64::try_from(delay.as_millis()).unwrap_or(i64::MAX);
            writing.show_now(Step::Waiting {
                waiting: Waiting {
                    attempt,
                    attempts,
                    until: crate::now().saturating_add(delay),
                    reason: plan.report(&reason),
                },
            });
            Ok(())
        }
        Progress::Asking { attempt } => {
            writing.start(attempt);
            if attempt > 1 {
                writing.show_now(Step::Asking);
            }
            Ok(())
        }
        Progress::Opened {
            request_id,
            apim_request_id,
            ..
        } => {
            writing.opened(request_id, apim_request_id);
            Ok(())
        }
        Progress::Event { event, raw } => {
            writing.event(&event, raw).map_err(Ending::Failed)?;
            // A burst is stored in pieces that the window can take in one message.
            if writing.is_large() || matches!(event, StreamEvent::MessageStop) {
                writing.flush().await;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
