//! The tool calls of an answer: decided in their order, run side by side, answered.
//!
//! Nothing runs that the person did not allow, and nothing after they stopped. Whatever
//! goes wrong with a call is a result that the model is told: the turn goes on.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use hearth_store as store;
use hearth_tools::{Surroundings, Tool, ToolError, ToolOutput};
use hearth_wire::{AssembledBlock, BlockKind};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::Plan;
use crate::Shared;
use crate::api::{CallState, ConversationId, Decision, MessageId, Step, TurnId};
use crate::engine::Engine;
use crate::results::CallResult;
use crate::words::Words;

/// How long a tool may run. A person waits for it.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Bytes of a result that the model is given; more would fill its context.
const MOST_RESULT: usize = 100_000;

/// A call as the model made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// Its place in the answer.
    index: u32,
    id: String,
    name: String,
    /// Its arguments as JSON; none when they did not come whole, or are no object.
    input: Option<String>,
}

/// The calls in an answer, in order of appearance.
pub(super) fn calls(blocks: &[AssembledBlock]) -> Vec<Call> {
    let places = (0_u32..).zip(blocks);
    let calls = places.filter_map(|(index, it)| match it.block.view() {
        BlockKind::ToolUse { id, name, input } => Some(Call {
            index,
            id,
            name,
            input: it.complete.then_some(input),
        }),
        _ => None,
    });
    calls.collect()
}

/// What came of the calls of an answer.
#[derive(Debug)]
pub(super) enum Carried {
    /// All of them have a result.
    Out(Vec<(String, CallResult)>),
    /// The turn was stopped when some had; the others say so.
    Stopped(Vec<(String, CallResult)>),
    /// The turn was stopped before anything had come of any.
    Untouched,
}

/// How far a call came.
#[derive(Debug, Clone)]
enum Progress {
    Waits,
    Runs,
    Over(CallResult),
}

impl Engine {
    /// What the person says to a call that waits for them. One that does not wait any
    /// more, because another window was faster or the turn was stopped, stays as it is.
    pub fn decide(&self, turn: &TurnId, call: &str, decision: Decision) {
        self.shared.live().decide(turn, call, decision);
    }
}

/// Carries out the calls of an answer, until all have a result or the turn is stopped.
pub(super) async fn carry_out(
    shared: &Arc<Shared>,
    plan: &Plan,
    answer: &MessageId,
    calls: &[Call],
    cancel: &CancellationToken,
) -> Carried {
    let desk = Desk {
        shared,
        plan,
        answer,
        next: tokio::sync::Mutex::new(()),
        progress: Mutex::new(vec![Progress::Waits; calls.len()]),
    };
    let all = (0..).zip(calls).map(|(n, call)| desk.carry_out(n, call));
    tokio::select! {
        biased;
        () = cancel.cancelled() => desk.stopped(calls),
        _ = futures_util::future::join_all(all) => Carried::Out(desk.results(calls)),
    }
}

/// Where the calls of one answer are decided and watched.
struct Desk<'a> {
    shared: &'a Arc<Shared>,
    plan: &'a Plan,
    answer: &'a MessageId,
    /// Held while a call is decided. It goes to those who wait in the order in which they
    /// came, and they come in the order of the calls.
    next: tokio::sync::Mutex<()>,
    progress: Mutex<Vec<Progress>>,
}

impl Desk<'_> {
    async fn carry_out(&self, n: usize, call: &Call) {
        let decided = {
            let _order = self.next.lock().await;
            self.decided(call).await
        };
        let result = match decided {
            Ok((tool, input)) => {
                self.set(n, Progress::Runs);
                self.show(call, CallState::Running);
                let ran = limited(tool.run(input, Surroundings::here_and_now())).await;
                self.told(&call.name, ran)
            }
            Err(refused) => refused,
        };
        self.show(call, result.state());
        self.set(n, Progress::Over(result));
    }

    /// The tool with its input, when it may run.
    async fn decided(&self, call: &Call) -> Result<(Tool, String), CallResult> {
        let name = || vec![("name", call.name.clone())];
        let offered = self.plan.tools.iter().any(|tool| tool.name == call.name);
        let tool = hearth_tools::find(&call.name).filter(|_| offered);
        let tool =
            tool.ok_or_else(|| CallResult::Failed(self.say("call-unknown-tool", &name())))?;
        let input = call.input.clone();
        let input = input.ok_or_else(|| CallResult::Failed(self.say("call-not-whole", &[])))?;
        if !self.is_granted(&call.name).await {
            match self.ask_the_person(call).await {
                Some(Decision::Once) => {}
                Some(Decision::Conversation) => self.grant(&call.name).await,
                Some(Decision::Deny) | None => {
                    return Err(CallResult::Denied(self.say("call-denied", &[])));
                }
            }
        }
        Ok((tool, input))
    }

    async fn is_granted(&self, tool: &str) -> bool {
        let id = self.stored_conversation();
        let grants = self.shared.store(move |store| store.grants(&id)).await;
        match grants {
            Ok(grants) => grants.iter().any(|grant| grant.tool == tool),
            Err(error) => {
                tracing::warn!(%error, "what a tool may do is not known");
                false
            }
        }
    }

    async fn grant(&self, tool: &str) {
        let (id, tool) = (self.stored_conversation(), tool.to_owned());
        let granted = self
            .shared
            .store(move |store| store.grant(&id, &tool, crate::now()))
            .await;
        if let Err(error) = granted {
            // This call was allowed all the same; the next one asks again.
            tracing::warn!(%error, "a tool's permission is not kept");
        }
    }

    /// Waits for the person, as long as it takes; stopping the turn ends it.
    async fn ask_the_person(&self, call: &Call) -> Option<Decision> {
        let decision = self.shared.live().ask(self.conversation(), &call.id);
        // The list first: whoever sees the question has been told where it is asked.
        self.announce().await;
        self.show(call, CallState::Approval);
        let decision = decision.await.ok();
        self.announce().await;
        decision
    }

    /// What the model is told of how a tool ran.
    fn told(&self, name: &str, ran: Result<ToolOutput, Broke>) -> CallResult {
        let failed = |key, facts: &[(&str, String)]| CallResult::Failed(self.say(key, facts));
        match ran {
            Ok(output) => CallResult::Done(self.shortened(output.text)),
            Err(Broke::Tool(ToolError::BadInput(why))) => failed("call-bad-input", &[("why", why)]),
            Err(Broke::Tool(ToolError::UnknownTimeZone(zone))) => {
                failed("call-unknown-time-zone", &[("name", zone)])
            }
            Err(Broke::TooSlow) => {
                let seconds = TIME_LIMIT.as_secs().to_string();
                failed("call-too-slow", &[("seconds", seconds)])
            }
            Err(Broke::Panicked) => {
                tracing::error!(name, "a tool broke by a defect of its own");
                failed("call-broke", &[])
            }
        }
    }

    fn shortened(&self, text: String) -> String {
        if text.len() <= MOST_RESULT {
            return text;
        }
        let end = (0..=MOST_RESULT)
            .rev()
            .find(|end| text.is_char_boundary(*end));
        let note = self.say("call-result-cut", &[("bytes", text.len().to_string())]);
        format!("{}\n\n{note}", &text[..end.unwrap_or(0)])
    }

    fn stopped(&self, calls: &[Call]) -> Carried {
        let untouched = self
            .progress()
            .iter()
            .all(|it| matches!(it, Progress::Waits));
        match untouched {
            true => Carried::Untouched,
            false => Carried::Stopped(self.results(calls)),
        }
    }

    fn results(&self, calls: &[Call]) -> Vec<(String, CallResult)> {
        let progress = self.progress().clone();
        let results = calls.iter().zip(progress).map(|(call, progress)| {
            let result = match progress {
                Progress::Over(result) => result,
                Progress::Runs => CallResult::Failed(self.say("call-stopped", &[])),
                Progress::Waits => CallResult::Skipped(self.say("call-skipped", &[])),
            };
            (call.id.clone(), result)
        });
        results.collect()
    }

    fn progress(&self) -> MutexGuard<'_, Vec<Progress>> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn set(&self, n: usize, progress: Progress) {
        self.progress()[n] = progress;
    }

    fn show(&self, call: &Call, state: CallState) {
        let step = Step::ToolState {
            message: self.answer.clone(),
            index: call.index,
            state,
        };
        let mut live = self.shared.live();
        live.show(self.conversation(), &self.plan.turn, vec![step]);
    }

    /// Tells the list whether the conversation waits for the person.
    async fn announce(&self) {
        if let Err(error) = self.shared.announce_row(self.conversation()).await {
            tracing::warn!(%error, "the list does not know that a tool waits");
        }
    }

    fn say(&self, key: &str, facts: &[(&str, String)]) -> String {
        Words::shared().say(key, facts)
    }

    fn conversation(&self) -> &ConversationId {
        &self.plan.conversation
    }

    fn stored_conversation(&self) -> store::ConversationId {
        store::ConversationId::from(self.plan.conversation.0.as_str())
    }
}

/// Why a tool brought nothing.
#[derive(Debug, PartialEq, Eq)]
enum Broke {
    /// It says why.
    Tool(ToolError),
    TooSlow,
    /// A defect of the tool's.
    Panicked,
}

/// Runs a tool apart from the turn: neither its defects nor its slowness become the
/// turn's, and it ends with whoever waits for it.
async fn limited(
    work: impl Future<Output = Result<ToolOutput, ToolError>> + Send + 'static,
) -> Result<ToolOutput, Broke> {
    let work = AbortOnDropHandle::new(tokio::spawn(work));
    match tokio::time::timeout(TIME_LIMIT, work).await {
        Ok(Ok(ran)) => ran.map_err(Broke::Tool),
        Ok(Err(_)) => Err(Broke::Panicked),
        Err(_) => Err(Broke::TooSlow),
    }
}

#[cfg(test)]
mod tests;
