//! A turn, from a stored question to the ending of its answer.
//!
//! It belongs to the engine, not to a window: only Stop, deleting the conversation
//! and quitting end it early, and each of them closes its socket by dropping the
//! stream. What it shows is on disk first: a batch goes into the journal, then to
//! the windows.

mod batch;
mod calls;
mod ending;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use hearth_foundry::{ApiVersion, Category, Credential, Failure, Progress, Target};
use hearth_store as store;
use hearth_wire::models::{self, BaseModel};
use hearth_wire::{StreamEvent, Tool};
use tokio_util::sync::CancellationToken;

use crate::Shared;
use crate::api::{
    ConversationId, ErrorCode, ErrorReport, MessageId, Step, TurnId, TurnSettings, Waiting,
};
use crate::connection::{self, Used};
use crate::report;
use crate::request::{self, Ask, Contents, Past};
use batch::Writing;
use calls::Carried;
use ending::{Continued, Ending, FollowUp, Outcome};

pub(crate) use ending::{end_failed_start, stored_blocks};

/// One paint: what arrives within it is stored and shown together.
const FRAME: Duration = Duration::from_millis(16);

/// How often a turn goes on by itself after `pause_turn`. The server pauses after
/// ten steps of its own tools, so this is a hundred of them.
const MOST_REQUESTS: u32 = 10;

/// How often a turn goes back to the model with results of tools. A model that needs more
/// has most likely lost its way; the person can let it go on.
const MOST_ROUNDS: u32 = 25;

/// What a turn is made of, decided before anything was stored.
pub(crate) struct Plan {
    pub(crate) conversation: ConversationId,
    pub(crate) turn: TurnId,
    pub(crate) used: Used,
    pub(crate) settings: TurnSettings,
    /// The names to ask; more than one only where nobody knows what there is.
    pub(crate) candidates: Vec<String>,
    /// From the first question to the one that is asked now.
    pub(crate) past: Vec<Past>,
    /// What the model may call, for as long as the turn lasts.
    pub(crate) tools: Vec<Tool>,
    /// What was attached to what came before.
    pub(crate) contents: Contents,
}

impl Plan {
    pub(crate) fn deployment(&self) -> &str {
        self.candidates.first().map_or("", String::as_str)
    }

    /// A failure of this plan's request, with what the plan knows about it.
    pub(crate) fn report(&self, failure: &Failure) -> ErrorReport {
        let mut report = report::failure(failure);
        // One status, two meanings: what was refused decides what the person does about it.
        if report.code == ErrorCode::KeyRefused
            && !matches!(self.used.credential, Credential::Key(_))
        {
            report.code = ErrorCode::TokenRefused;
        }
        report.subject.get_or_insert_with(|| match report.code {
            ErrorCode::DeploymentNotFound => self.deployment().to_owned(),
            ErrorCode::HostUnknown => connection::host(&self.used.endpoint).to_owned(),
            _ => self.used.endpoint.messages_url().to_owned(),
        });
        report
    }

    fn base(&self) -> &'static BaseModel {
        self.used
            .base_model(self.deployment())
            .unwrap_or_else(models::cautious)
    }

    /// The request that the plan makes now.
    pub(crate) fn build(&self) -> request::Built {
        request::build(&Ask {
            deployment: self.deployment(),
            base: self.base(),
            connection: &self.used.id,
            settings: &self.settings,
            tools: &self.tools,
            past: &self.past,
            contents: &self.contents,
        })
    }

    /// What the store keeps of the turn: the settings as they are sent.
    pub(crate) fn as_sent(&self) -> SentSettings {
        let built = self.build();
        SentSettings {
            connection: self.used.id.clone(),
            deployment: self.deployment().to_owned(),
            base_model: self
                .used
                .base_model(self.deployment())
                .map(|base| base.id.to_owned()),
            anthropic_version: built.version.as_str().to_owned(),
            max_tokens: built.request.max_tokens,
            thinking: built
                .request
                .thinking
                .map(|thinking| serde_json::to_value(thinking).expect("BUG: thinking is not JSON")),
            effort: built
                .request
                .output_config
                .and_then(|config| config.effort)
                .map(|effort| effort.as_str().to_owned()),
            system: built.request.system,
            temperature: built.request.temperature,
            stop_sequences: built.request.stop_sequences,
            tools: self.tools.iter().map(|tool| tool.name.clone()).collect(),
            whole: !built.request.stream,
            prefix: built.prefix,
        }
    }

    pub(crate) fn target(&self, version: ApiVersion) -> Target {
        Target {
            endpoint: self.used.endpoint.clone(),
            credential: self.used.credential.clone(),
            anthropic_version: version,
        }
    }
}

/// The settings of a turn as sent, as the store keeps them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SentSettings {
    pub(crate) connection: String,
    pub(crate) deployment: String,
    #[serde(default)]
    pub(crate) base_model: Option<String>,
    pub(crate) anthropic_version: String,
    pub(crate) max_tokens: u32,
    #[serde(default)]
    pub(crate) thinking: Option<serde_json::Value>,
    #[serde(default)]
    pub(crate) effort: Option<String>,
    #[serde(default)]
    pub(crate) system: Option<String>,
    #[serde(default)]
    pub(crate) temperature: Option<f64>,
    #[serde(default)]
    pub(crate) stop_sequences: Vec<String>,
    /// The names of the tools that the model may call.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// The answer is asked for in one piece.
    #[serde(default)]
    pub(crate) whole: bool,
    /// The fingerprint of everything before the answer; see `request`.
    pub(crate) prefix: String,
}

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
    unbroken(&shared, &conversation, &turn, requests).await;
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
                outcome.ending = Ending::Broke(report.about(MOST_ROUNDS.to_string()));
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
    loop {
        let mut writing = Writing::new(shared, plan, answer);
        let ending = follow(shared, plan, &mut writing, cancel).await;
        writing.flush().await;
        // Nobody knows what this resource has: the next name may be there.
        let unknown = matches!(&ending, Ending::Failed(failure)
            if failure.category() == Category::DeploymentNotFound);
        if !(unknown && plan.candidates.len() > 1) {
            return writing.outcome(ending);
        }
        plan.candidates.remove(0);
        if let Err(error) = store_asked(shared, plan).await {
            // The answer is worth more than the note of who gave it.
            tracing::error!(%error, "who is asked is not stored");
        }
    }
}

/// Stores whom the turn asks from now on.
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
async fn follow(
    shared: &Shared,
    plan: &Plan,
    writing: &mut Writing<'_>,
    cancel: &CancellationToken,
) -> Ending {
    let built = plan.build();
    let mut stream = std::pin::pin!(
        shared
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
