//! The upper rungs: what the deployment can do, each shown by a request of its own that costs
//! next to nothing.

use std::time::Duration;

use hearth_foundry::{ApiVersion, Failure};
use hearth_wire::{
    Block, Display, Effort, MessagesRequest, Object, OutputConfig, Raw, StopReason, Thinking, Tool,
};

use super::asking::{Answer, Attempts, Until, ask};
use super::ladder::{Finding, Ladder, Why, fact};
use crate::Words;
use crate::api::{Capability, ErrorCode, ErrorReport, Fact, Role, RungId, TurnId};
use crate::capability::{self, Learned, measured};
use crate::request::Past;
use crate::turn::Plan;

/// Longest time for one probe.
const PROBE: Duration = Duration::from_secs(60);

/// Output tokens of a probe. Models that always think do so within them, which is why one word
/// needs more than one.
const FEW_TOKENS: u32 = 64;

/// The smallest budget for thinking that the API takes
/// (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).
const SMALLEST_BUDGET: u32 = 1024;

/// Goes to a model, not to a person, and so is not in the words catalogue.
const QUESTION: &str = "Reply with OK.";

/// Eight red pixels by eight, as PNG.
const RED_SQUARE: &str = "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=";

/// What a probe showed.
enum Shown {
    Has(Vec<Fact>),
    /// The deployment said that it lacks it.
    Lacks(String),
    /// Something else went wrong, which says nothing about the deployment.
    Unclear(Box<ErrorReport>),
}

/// Looks at everything that a deployment may be able to do.
pub(super) async fn all(plan: &Plan, learned: &mut Learned, ladder: &Ladder) {
    let probes = Probes { plan };
    let busy = |shown: &Shown| matches!(shown, Shown::Unclear(problem) if is_busy(problem));

    let begun = ladder.begin(RungId::Tools);
    let (shown, called) = probes.tools().await;
    let stop = busy(&shown);
    let finding = match (&shown, called) {
        (Shown::Has(_), false) => Finding::warned(None, Vec::new()),
        _ => probes.finding(Capability::Tools, &shown),
    };
    learn(learned, Capability::Tools, &shown);
    begun.end(finding);
    if stop {
        return;
    }

    let begun = ladder.begin(RungId::Thinking);
    let finding = probes.thinking(learned).await;
    let stop = finding.problem.as_ref().is_some_and(is_busy);
    begun.end(finding);
    if stop {
        return;
    }

    for (id, capability) in [
        (RungId::Effort, Capability::Effort),
        (RungId::Vision, Capability::Vision),
        (RungId::StructuredOutputs, Capability::StructuredOutputs),
        (RungId::TokenCount, Capability::TokenCount),
    ] {
        let begun = ladder.begin(id);
        let shown = match capability {
            Capability::TokenCount => probes.count().await,
            _ => probes.takes(capability).await,
        };
        learn(learned, capability, &shown);
        let stop = busy(&shown);
        begun.end(probes.finding(capability, &shown));
        if stop {
            return;
        }
    }
}

/// Whoever is busy now is busy for the next probe, too.
fn is_busy(problem: &ErrorReport) -> bool {
    matches!(
        problem.code,
        ErrorCode::RateLimited | ErrorCode::Overloaded | ErrorCode::SpendLimit
    )
}

fn learn(learned: &mut Learned, capability: Capability, shown: &Shown) {
    match shown {
        Shown::Has(_) => learned.push(measured(capability, true, None)),
        Shown::Lacks(said) => learned.push(measured(capability, false, Some(said.clone()))),
        Shown::Unclear(_) => {}
    }
}

/// The problem of a deployment that lacks something.
pub(super) fn lacking(plan: &Plan, capability: Capability, said: Option<String>) -> ErrorReport {
    ErrorReport {
        message: said,
        lacks: Some(capability),
        deployment: Some(plan.deployment().to_owned()),
        ..ErrorReport::new(ErrorCode::FeatureMissing)
    }
}

struct Probes<'a> {
    plan: &'a Plan,
}

impl Probes<'_> {
    /// What was shown, as the rung's finding.
    fn finding(&self, capability: Capability, shown: &Shown) -> Finding {
        match shown {
            Shown::Has(facts) => Finding::passed(facts.clone()),
            Shown::Lacks(_) if self.was_not_expected(capability) => {
                Finding::skipped(Why::Documented)
            }
            Shown::Lacks(said) => {
                let problem = lacking(self.plan, capability, Some(said.clone()));
                Finding::warned(Some(problem), Vec::new())
            }
            Shown::Unclear(problem) => {
                Finding::warned(Some(ErrorReport::clone(problem)), Vec::new())
            }
        }
    }

    /// The documentation says that the deployment does not have it, or nobody would assume so.
    fn was_not_expected(&self, capability: Capability) -> bool {
        let used = &self.plan.used;
        let name = self.plan.deployment();
        let hosting = used.deployment(name).and_then(|known| known.hosting);
        let known = capability::known(used.base_model(name), hosting, &[]);
        let found = known.iter().find(|known| known.capability == capability);
        found.is_some_and(|known| !known.has)
    }

    /// A short question, as the plan would ask it, with nothing that may be refused.
    fn short(&self, question: Vec<Block>) -> (MessagesRequest, ApiVersion) {
        let plan = self.asking(question, Vec::new());
        let built = plan.build();
        let request = MessagesRequest {
            max_tokens: FEW_TOKENS,
            thinking: None,
            output_config: None,
            temperature: None,
            ..built.request
        };
        (request, built.version)
    }

    /// The plan with another question and other tools.
    fn asking(&self, question: Vec<Block>, tools: Vec<Tool>) -> Plan {
        Plan {
            past: vec![Past::question(question)],
            tools,
            without: self.plan.without.clone(),
            most_output: self.plan.most_output,
            candidates: self.plan.candidates.clone(),
            ..super::walk::plan(self.plan.used.clone(), None)
        }
    }

    async fn shows(
        &self,
        capability: Capability,
        version: ApiVersion,
        request: MessagesRequest,
    ) -> Shown {
        let sent = request.clone();
        let asked = ask(
            self.plan,
            version,
            request,
            Attempts::AsChat,
            Until::Accepted,
            |_| {},
        );
        let came = tokio::time::timeout(PROBE, asked).await;
        match came.unwrap_or(Err(Failure::Stalled)) {
            Ok(_) => Shown::Has(Vec::new()),
            Err(failure) => self.refusal(capability, &sent, &failure),
        }
    }

    fn refusal(&self, capability: Capability, sent: &MessagesRequest, failure: &Failure) -> Shown {
        match capability::refused(failure, sent) {
            Some(lack) if lack.capability == capability => Shown::Lacks(lack.said),
            _ => Shown::Unclear(Box::new(super::with_fix(self.plan.report(failure)))),
        }
    }

    /// One request with something in it that a deployment may not take.
    async fn takes(&self, capability: Capability) -> Shown {
        let question = match capability {
            Capability::Vision => vec![
                Block::image("image/png", RED_SQUARE),
                Block::text("Which colour? One word."),
            ],
            _ => vec![Block::text(QUESTION)],
        };
        let (mut request, version) = self.short(question);
        match capability {
            Capability::Effort => {
                let effort = Some(Effort::Low);
                request.output_config = Some(OutputConfig { effort });
            }
            Capability::StructuredOutputs => request.extra = schema(),
            _ => {}
        }
        self.shows(capability, version, request).await
    }

    async fn thinking(&self, learned: &mut Learned) -> Finding {
        let kinds = [
            (
                Capability::AdaptiveThinking,
                Thinking::Adaptive {
                    display: Some(Display::Summarized),
                },
            ),
            (
                Capability::BudgetedThinking,
                Thinking::Enabled {
                    budget_tokens: SMALLEST_BUDGET,
                    display: None,
                },
            ),
            (Capability::ThinkingBetweenTools, Thinking::BetweenTools),
            (Capability::ThinkingOff, Thinking::Disabled),
        ];
        let words = Words::shared();
        let mut taken = Vec::new();
        let mut refused = Vec::new();
        let mut visible = false;
        for (capability, thinking) in kinds {
            let (mut request, version) = self.short(vec![Block::text(QUESTION)]);
            request.thinking = Some(thinking);
            if matches!(thinking, Thinking::Enabled { .. }) {
                request.max_tokens = SMALLEST_BUDGET + FEW_TOKENS;
            }
            let shown = self.shows(capability, version, request).await;
            learn(learned, capability, &shown);
            match shown {
                Shown::Has(_) => {
                    visible |= matches!(
                        capability,
                        Capability::AdaptiveThinking | Capability::BudgetedThinking
                    );
                    taken.push(words.capability(capability));
                }
                Shown::Lacks(said) => refused.push((capability, said)),
                Shown::Unclear(problem) => return Finding::warned(Some(*problem), Vec::new()),
            }
        }
        if visible {
            return Finding::passed(vec![fact("kinds", taken.join(", "))]);
        }
        let expected = |it: &&(Capability, String)| !self.was_not_expected(it.0);
        match refused.iter().find(expected) {
            Some((capability, said)) => {
                let problem = lacking(self.plan, *capability, Some(said.clone()));
                Finding::warned(Some(problem), Vec::new())
            }
            None => Finding::skipped(Why::Documented),
        }
    }

    async fn count(&self) -> Shown {
        let (request, version) = self.short(vec![Block::text(QUESTION)]);
        let target = self.plan.target(version);
        let counting = self.plan.used.client.count_tokens(&target, &request);
        let counted = tokio::time::timeout(PROBE, counting).await;
        match counted.unwrap_or(Err(Failure::Stalled)) {
            Ok(tokens) => Shown::Has(vec![fact("tokens", tokens.to_string())]),
            // The deployment has just answered: what is not there is the counting.
            Err(failure) => match self.plan.report(&failure) {
                problem if matches!(problem.status, Some(404 | 405 | 501)) => {
                    Shown::Lacks(problem.message.unwrap_or_default())
                }
                problem => Shown::Unclear(Box::new(super::with_fix(problem))),
            },
        }
    }

    /// The model calls a tool, and takes its result. Whether it called it is said beside.
    async fn tools(&self) -> (Shown, bool) {
        let question = "Call the tool `look_up_word` once, and reply with the word that it gives.";
        let mut plan = self.asking(vec![Block::text(question)], vec![tool()]);
        let first = match self.answered(&plan).await {
            Ok(answer) => answer,
            Err(shown) => return (shown, false),
        };
        let call = first.blocks.iter().find_map(|block| match block.view() {
            hearth_wire::BlockKind::ToolUse { id, .. } => Some(id),
            _ => None,
        });
        let Some(call) = call else {
            return (Shown::Has(Vec::new()), false);
        };
        let turn = TurnId("doctor".to_owned());
        let prefix = plan.build().prefix;
        plan.past.push(Past {
            role: Role::Assistant,
            turn: Some(turn.clone()),
            blocks: first.blocks,
            whole: true,
            stop_reason: first.stop_reason.or(Some(StopReason::ToolUse)),
            prefix: Some(prefix),
        });
        let result = Block::tool_result(&call, "ember", false);
        plan.past.push(Past::results(turn, vec![result]));
        match self.answered(&plan).await {
            Ok(_) => (Shown::Has(Vec::new()), true),
            Err(shown) => (shown, true),
        }
    }

    async fn answered(&self, plan: &Plan) -> Result<Answer, Shown> {
        let built = plan.build();
        let sent = built.request.clone();
        let asked = ask(
            plan,
            built.version,
            built.request,
            Attempts::AsChat,
            Until::End,
            |_| {},
        );
        let came = tokio::time::timeout(PROBE, asked).await;
        came.unwrap_or(Err(Failure::Stalled))
            .map_err(|failure| self.refusal(Capability::Tools, &sent, &failure))
    }
}

fn tool() -> Tool {
    let schema = r#"{"type":"object","properties":{}}"#;
    Tool {
        name: "look_up_word".to_owned(),
        description: "Gives the word of the day.".to_owned(),
        input_schema: Raw::parse(schema).expect("BUG: the schema is JSON"),
    }
}

/// An answer that is bound to a schema
/// (<https://platform.claude.com/docs/en/build-with-claude/structured-outputs>).
fn schema() -> Object {
    let json = r#"{"output_config":{"format":{"type":"json_schema","schema":{"type":"object","properties":{"ok":{"type":"boolean"}},"required":["ok"],"additionalProperties":false}}}}"#;
    Object::parse(json).expect("BUG: the schema is an object")
}
