//! The order of the rungs, and what one means for the next.
//!
//! The deployment is asked even where the way to it looks broken, as long as there is an
//! address and something to ask with: what chat itself does is the truth, and the rungs below
//! only explain it.

use std::time::Duration;

use hearth_foundry::{ApiVersion, Failure};
use hearth_wire::{Block, MessagesRequest};

use super::asking::{Answer, Attempts, Until, ask};
use super::ladder::{Begun, Finding, Ladder, Why, fact, known_fact};
use super::patient::Patient;
use super::{probes, remedies, way};
use crate::Shared;
use crate::api::{
    Capability, ConversationId, ErrorCode, ErrorReport, Fact, Fix, RungId, RungState, TurnId,
    TurnSettings,
};
use crate::capability::{Learned, measured};
use crate::connection::Used;
use crate::request::{Contents, Past};
use crate::turn::{Next, Plan};

/// Longest time for the answer of a deployment.
const DEPLOYMENT: Duration = Duration::from_secs(120);

/// A question whose answer is a second of writing and costs next to nothing: long enough to
/// tell whether it comes as it is written. It goes to a model, not to a person, and so is not
/// in the words catalogue.
const QUESTION: &str = "Count from 1 to 30, separated by commas. Write nothing else.";

/// Climbs as far as it goes.
pub(super) async fn climb(shared: &Shared, patient: &Patient, ladder: &Ladder) {
    let Some(used) = below(shared, patient, ladder).await else {
        return;
    };
    let mut plan = plan(used, patient.deployment.clone());
    if plan.candidates.is_empty() {
        let problem = ErrorReport::new(ErrorCode::NoDeployment).about(plan.used.name.clone());
        let begun = ladder.begin(RungId::Deployment);
        begun.end(Finding::failed(super::with_fix(problem)));
        return;
    }
    ladder.asks(plan.deployment());
    let mut learned = Learned::default();
    if asks(shared, patient, &mut plan, &mut learned, ladder).await {
        ladder.chat_works();
        probes::all(&plan, &mut learned, ladder).await;
    }
    if patient.is_saved {
        shared.remember(&plan.used.id, plan.deployment(), &learned);
    } else {
        shared.measured_of_form(&plan, learned);
    }
}

/// The rungs below the deployment. What questions are asked with, when all of it is there.
async fn below(shared: &Shared, patient: &Patient, ladder: &Ladder) -> Option<Used> {
    let begun = ladder.begin(RungId::Address);
    let endpoint = match &patient.endpoint {
        Ok(endpoint) => endpoint.clone(),
        Err(problem) => {
            begun.end(Finding::failed(super::with_fix(problem.clone())));
            return None;
        }
    };
    let address = endpoint.messages_url().to_owned();
    ladder.goes_to(&address);
    begun.end(Finding::passed(vec![fact("address", address)]));
    let client = match &patient.client {
        Ok(client) => Some(client),
        Err(problem) => {
            let rung = match problem.code {
                ErrorCode::PemUnreadable | ErrorCode::TlsFailed => RungId::Tls,
                _ => RungId::Proxy,
            };
            let begun = ladder.begin(rung);
            begun.end(Finding::failed(super::with_fix(problem.clone())));
            None
        }
    };
    if let Some(client) = client {
        way::look(client, &endpoint, ladder).await;
    }
    let begun = ladder.begin(RungId::Credential);
    let used = match patient.used(shared).await {
        Ok(used) => used,
        Err(problem) => {
            blame(problem, begun, ladder);
            return None;
        }
    };
    credential(shared, patient, &used, begun)
        .await
        .then_some(used)
}

/// What keeps a connection from being used at all, on the rung that it belongs to.
fn blame(problem: ErrorReport, begun: Begun<'_>, ladder: &Ladder) {
    let problem = super::with_fix(problem);
    match problem.code {
        ErrorCode::NoDeployment => {
            begun.end(Finding::skipped(Why::FailedBefore));
            let begun = ladder.begin(RungId::Deployment);
            begun.end(Finding::failed(problem));
        }
        // The client's own troubles stand on their rung already.
        ErrorCode::PemUnreadable | ErrorCode::ProxyInvalid => {
            begun.end(Finding::skipped(Why::FailedBefore));
        }
        _ => begun.end(Finding::failed(problem)),
    }
}

async fn credential(shared: &Shared, patient: &Patient, used: &Used, begun: Begun<'_>) -> bool {
    // Every source of credentials ends by itself, and only it knows how long: the keyring's dialog
    // stays open for a person longer than a network is worth waiting for.
    let failure = match used.credential.prepare(&used.client).await {
        Ok(facts) => {
            begun.end(Finding::passed(match facts {
                None => vec![fact("kind", "key")],
                Some(facts) => token(&facts),
            }));
            return true;
        }
        Err(failure) => failure,
    };
    let plan = plan(used.clone(), patient.deployment.clone());
    let problem = plan.report(&failure);
    let (problem, facts) = remedies::look(shared, patient, &plan, problem).await;
    begun.end(Finding {
        facts,
        ..Finding::failed(problem)
    });
    false
}

fn token(facts: &hearth_foundry::TokenFacts) -> Vec<Fact> {
    let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
    let known = [
        known_fact("audience", facts.audience.clone()),
        known_fact("tenant", facts.tenant.clone()),
        known_fact("account", facts.account.clone()),
        known_fact("application", facts.application.clone()),
        known_fact("roles", list(&facts.roles).or(list(&facts.scopes))),
        known_fact("expires", facts.expires_at.and_then(crate::words::moment)),
    ];
    let mut all = vec![fact("kind", "token")];
    all.extend(known.into_iter().flatten());
    all
}

/// What a question can be asked without, unlike all that a walk sets in its requests itself. A
/// lack of these that was found earlier is not believed but looked at again: left out, it could
/// never be found to be over.
const LOOKED_AT_AGAIN: [Capability; 2] = [Capability::Streaming, Capability::Tools];

/// The plan of a question that chat would ask exactly so, if nothing had been found out about
/// what is [looked at again](LOOKED_AT_AGAIN).
pub(super) fn plan(mut used: Used, deployment: Option<String>) -> Plan {
    for known in &mut used.deployments {
        for capability in LOOKED_AT_AGAIN {
            known.learned.forget(capability);
        }
    }
    let candidates = match deployment {
        Some(chosen) => vec![chosen],
        None => used.candidates.clone(),
    };
    Plan {
        conversation: ConversationId(String::new()),
        turn: TurnId(String::new()),
        used,
        settings: TurnSettings::default(),
        candidates,
        past: vec![Past::question(vec![Block::text(QUESTION)])],
        tools: Vec::new(),
        contents: Contents::default(),
        without: Vec::new(),
        most_output: None,
        skip: hearth_foundry::Skip::new(),
    }
}

/// The deployment answers, and its answer comes as it is written. True when chat works.
async fn asks(
    shared: &Shared,
    patient: &Patient,
    plan: &mut Plan,
    learned: &mut Learned,
    ladder: &Ladder,
) -> bool {
    let mut open = Open::Deployment(ladder.begin(RungId::Deployment));
    // What failed below fails here, too, and every time: one attempt shows whether it does.
    let attempts = match failed_below(ladder) {
        true => Attempts::Once,
        false => Attempts::AsChat,
    };
    let asked = chat(plan, attempts, learned, &mut open, ladder);
    let asked = tokio::time::timeout(DEPLOYMENT, asked).await;
    let (begun, failure) = match (open, asked.unwrap_or(Err(Failure::Stalled))) {
        (open, Ok(streamed)) => {
            streaming(plan, &streamed, learned, open.streaming(ladder));
            return true;
        }
        // The answer had begun: it is the stream that is broken.
        (Open::Streaming(begun), Err(failure)) => {
            return broken_stream(plan, &failure, learned, begun).await;
        }
        (Open::Deployment(begun), Err(failure)) => (begun, failure),
    };
    if let Some(answer) = in_one_piece(plan, &failure).await {
        begun.end(Finding::passed(deployment(plan, &answer)));
        let begun = ladder.begin(RungId::Streaming);
        begun.end(stream_again(plan, &failure, learned).await);
        return true;
    }
    let problem = plan.report(&failure);
    // The rung below says it already, and better.
    if failed_below(ladder) {
        let is_unknown = problem.code == ErrorCode::HostUnknown;
        begun.end(Finding::skipped(Why::FailedBefore));
        let found = remedies::look(shared, patient, plan, problem).await.0.fix;
        if let Some(fix @ Fix::UseEndpoint { .. }) = found.filter(|_| is_unknown) {
            ladder.offer(RungId::Dns, fix);
        }
        return false;
    }
    let (problem, facts) = remedies::look(shared, patient, plan, problem).await;
    begun.end(Finding {
        facts,
        ..Finding::failed(problem)
    });
    false
}

fn failed_below(ladder: &Ladder) -> bool {
    let below = [RungId::Dns, RungId::Proxy, RungId::Tcp, RungId::Tls];
    below
        .into_iter()
        .any(|id| ladder.state(id) == RungState::Failed)
}

/// The rung that an answer is on: the first word ends one and begins the other.
enum Open<'a> {
    Deployment(Begun<'a>),
    Streaming(Begun<'a>),
}

impl<'a> Open<'a> {
    /// The deployment has answered.
    fn answered(&mut self, facts: Vec<Fact>, ladder: &'a Ladder) {
        if matches!(self, Self::Deployment(_)) {
            let streaming = Self::Streaming(ladder.begin(RungId::Streaming));
            if let Self::Deployment(begun) = std::mem::replace(self, streaming) {
                begun.end(Finding::passed(facts));
            }
        }
    }

    /// The rung of streaming, begun now if no word came.
    fn streaming(self, ladder: &'a Ladder) -> Begun<'a> {
        match self {
            Self::Streaming(begun) => begun,
            Self::Deployment(_) => ladder.begin(RungId::Streaming),
        }
    }
}

/// Exactly the call that chat makes, with what chat does when the deployment lacks something:
/// it asks once more without it.
async fn chat<'a>(
    plan: &mut Plan,
    attempts: Attempts,
    learned: &mut Learned,
    open: &mut Open<'a>,
    ladder: &'a Ladder,
) -> Result<Answer, Failure> {
    // As in chat, what was refused counts when the question gets through without it.
    let mut unproven = Learned::default();
    loop {
        let built = plan.build();
        let streams = built.request.stream;
        let first = |answer: &Answer| {
            if streams {
                open.answered(deployment(plan, answer), ladder);
            }
        };
        let (version, request) = (built.version, built.request);
        let answer = ask(plan, version, request, attempts, Until::End, first).await;
        match answer {
            Ok(answer) => {
                open.answered(deployment(plan, &answer), ladder);
                learned.extend(unproven);
                return Ok(answer);
            }
            Err(failure) if unknown(plan, &failure) => {
                plan.candidates.remove(0);
                unproven = Learned::default();
            }
            Err(failure) => {
                let lesson = plan.learn_from(&failure);
                match lesson.next {
                    Next::AskAgain => unproven.extend(lesson.learned),
                    Next::GiveUp => {
                        learned.extend(lesson.learned);
                        return Err(failure);
                    }
                }
            }
        }
    }
}

/// Nobody knows what this resource has: the next name may be there.
fn unknown(plan: &Plan, failure: &Failure) -> bool {
    failure.category() == hearth_foundry::Category::DeploymentNotFound && plan.candidates.len() > 1
}

fn deployment(plan: &Plan, answer: &Answer) -> Vec<Fact> {
    let words = crate::Words::shared();
    let without: Vec<_> = plan
        .without
        .iter()
        .map(|it| words.capability(*it))
        .collect();
    let first_word = answer
        .first_word
        .map(|waited| waited.as_millis().to_string());
    let known = [
        known_fact(
            "first-word",
            Some(first_word.unwrap_or_else(|| "0".to_owned())),
        ),
        known_fact("model", answer.model.clone()),
        known_fact("without", (!without.is_empty()).then(|| without.join(", "))),
        known_fact("lowered-to", plan.lowered_to().map(|most| most.to_string())),
        known_fact("request-id", answer.request_id.clone()),
        known_fact("apim-request-id", answer.apim_request_id.clone()),
    ];
    let mut facts = vec![fact("deployment", plan.deployment())];
    facts.extend(known.into_iter().flatten());
    facts
}

/// The rung of an answer that came to its end.
fn streaming(plan: &Plan, answer: &Answer, learned: &mut Learned, begun: Begun<'_>) {
    let lacks = plan.without.contains(&Capability::Streaming);
    if lacks {
        let said = learned
            .known
            .iter()
            .find(|it| it.capability == Capability::Streaming);
        let said = said.and_then(|known| known.said.clone());
        begun.end(Finding::warned(
            Some(probes::lacking(plan, Capability::Streaming, said)),
            Vec::new(),
        ));
    } else if answer.was_held_back() {
        begun.end(Finding::warned(None, Vec::new()));
    } else {
        learned.push(measured(Capability::Streaming, true, None));
        begun.end(Finding::passed(Vec::new()));
    }
}

/// An answer began to stream and broke off. Chat works where it comes in one piece.
async fn broken_stream(
    plan: &mut Plan,
    failure: &Failure,
    learned: &mut Learned,
    begun: Begun<'_>,
) -> bool {
    let works = in_one_piece(plan, failure).await.is_some();
    begun.end(match works {
        true => stream_again(plan, failure, learned).await,
        false => Finding::failed(super::with_fix(plan.report(failure))),
    });
    works
}

/// Where a stream is held back or broken by something on the way, an answer in one piece may
/// come through. Asks for one.
async fn in_one_piece(plan: &Plan, failure: &Failure) -> Option<Answer> {
    if !is_by_the_way(failure) || plan.without.contains(&Capability::Streaming) {
        return None;
    }
    let built = plan.build();
    let request = MessagesRequest {
        stream: false,
        ..built.request
    };
    once(plan, built.version, request).await.ok()
}

/// A stream broke, and an answer in one piece came through. Once, that is bad luck, which is
/// said and forgotten; when another stream breaks, too, the deployment is asked without from now
/// on.
async fn stream_again(plan: &mut Plan, failure: &Failure, learned: &mut Learned) -> Finding {
    let problem = super::with_fix(plan.report(failure));
    let built = plan.build();
    match once(plan, built.version, built.request).await {
        Ok(answer) if answer.was_held_back() => {}
        Ok(_) => learned.push(measured(Capability::Streaming, true, None)),
        Err(again) => {
            if is_by_the_way(&again) {
                let said = problem.message.clone();
                learned.push(measured(Capability::Streaming, false, said));
            }
            plan.leave_out(Capability::Streaming);
        }
    }
    Finding::warned(Some(problem), Vec::new())
}

/// What something on the way does to a stream.
fn is_by_the_way(failure: &Failure) -> bool {
    matches!(
        failure,
        Failure::Unexpected { .. } | Failure::Cut | Failure::Stalled
    )
}

async fn once(
    plan: &Plan,
    version: ApiVersion,
    request: MessagesRequest,
) -> Result<Answer, Failure> {
    let asked = ask(plan, version, request, Attempts::Once, Until::End, |_| {});
    let came = tokio::time::timeout(DEPLOYMENT, asked).await;
    came.unwrap_or(Err(Failure::Stalled))
}
