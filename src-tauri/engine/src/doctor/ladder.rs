//! The ladder as it stands, told anew with each step.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::api::{DoctorReport, ErrorReport, Fact, Fix, RungId, RungState, RungView, Verdict};

/// Every rung, in the order in which they are climbed.
pub(super) const RUNGS: [RungId; 14] = [
    RungId::Address,
    RungId::Dns,
    RungId::Proxy,
    RungId::Tcp,
    RungId::Tls,
    RungId::Credential,
    RungId::Deployment,
    RungId::Streaming,
    RungId::Tools,
    RungId::Thinking,
    RungId::Effort,
    RungId::Vision,
    RungId::StructuredOutputs,
    RungId::TokenCount,
];

/// Why a rung was not looked at. Its sentence says so by this word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// Something before it failed.
    FailedBefore,
    /// The person stopped the walk.
    Stopped,
    /// There is nothing to look at.
    Nothing,
    /// The proxy does it.
    ThroughProxy,
    /// The address is a number.
    Number,
    /// The address is on this machine.
    ThisMachine,
    /// The documentation says that it is not there.
    Documented,
}

impl Why {
    fn word(self) -> &'static str {
        match self {
            Self::FailedBefore => "failed-before",
            Self::Stopped => "stopped",
            Self::Nothing => "nothing",
            Self::ThroughProxy => "through-proxy",
            Self::Number => "number",
            Self::ThisMachine => "this-machine",
            Self::Documented => "documented",
        }
    }
}

/// What was found on a rung.
#[derive(Debug, Clone)]
pub(super) struct Finding {
    pub(super) state: RungState,
    pub(super) facts: Vec<Fact>,
    pub(super) problem: Option<ErrorReport>,
}

impl Finding {
    pub(super) fn passed(facts: Vec<Fact>) -> Self {
        Self {
            state: RungState::Passed,
            facts,
            problem: None,
        }
    }

    pub(super) fn failed(problem: ErrorReport) -> Self {
        Self {
            state: RungState::Failed,
            facts: Vec::new(),
            problem: Some(problem),
        }
    }

    pub(super) fn warned(problem: Option<ErrorReport>, facts: Vec<Fact>) -> Self {
        Self {
            state: RungState::Warned,
            facts,
            problem,
        }
    }

    pub(super) fn skipped(why: Why) -> Self {
        Self {
            state: RungState::Skipped,
            facts: vec![fact("why", why.word())],
            problem: None,
        }
    }
}

/// Something found, by a name that the words know.
pub(super) fn fact(name: &str, value: impl Into<String>) -> Fact {
    Fact {
        name: name.to_owned(),
        value: value.into(),
    }
}

/// The same, where it is known.
pub(super) fn known_fact(name: &str, value: Option<impl Into<String>>) -> Option<Fact> {
    value.map(|value| fact(name, value))
}

/// A walk's report with whoever is told of its steps.
pub(super) struct Ladder {
    report: Mutex<DoctorReport>,
    tell: Box<dyn Fn(&DoctorReport) + Send + Sync>,
}

impl Ladder {
    pub(super) fn new(
        report: DoctorReport,
        tell: impl Fn(&DoctorReport) + Send + Sync + 'static,
    ) -> Self {
        Self {
            report: Mutex::new(report),
            tell: Box::new(tell),
        }
    }

    fn report(&self) -> MutexGuard<'_, DoctorReport> {
        self.report.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The report as it stands.
    pub(super) fn snapshot(&self) -> DoctorReport {
        self.report().clone()
    }

    fn change(&self, edit: impl FnOnce(&mut DoctorReport)) {
        let snapshot = {
            let mut report = self.report();
            edit(&mut report);
            report.clone()
        };
        (self.tell)(&snapshot);
    }

    /// The address that is asked turned out.
    pub(super) fn goes_to(&self, messages_url: &str) {
        self.report().messages_url = Some(messages_url.to_owned());
    }

    /// The deployment that is asked turned out.
    pub(super) fn asks(&self, deployment: &str) {
        self.report().deployment = Some(deployment.to_owned());
    }

    /// Begins a rung; the time that it takes counts from here.
    pub(super) fn begin(&self, id: RungId) -> Begun<'_> {
        self.change(|report| rung(report, id).state = RungState::Running);
        Begun {
            ladder: self,
            id,
            since: Instant::now(),
        }
    }

    /// A rung that there was nothing to look at.
    pub(super) fn skip(&self, id: RungId, why: Why) {
        self.set(id, None, Finding::skipped(why));
    }

    fn set(&self, id: RungId, took: Option<Duration>, finding: Finding) {
        self.change(|report| {
            *rung(report, id) = RungView {
                id,
                state: finding.state,
                took_ms: took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
                facts: finding.facts,
                problem: finding.problem,
            };
        });
    }

    /// A way out was found for a rung that failed.
    pub(super) fn offer(&self, id: RungId, fix: Fix) {
        self.change(|report| {
            if let Some(problem) = &mut rung(report, id).problem {
                problem.fix = Some(fix);
            }
        });
    }

    /// How a rung stands.
    pub(super) fn state(&self, id: RungId) -> RungState {
        rung(&mut self.report(), id).state
    }

    /// Chat works: what failed below was not needed for it.
    pub(super) fn chat_works(&self) {
        self.change(|report| {
            for rung in &mut report.rungs {
                if rung.state == RungState::Failed {
                    rung.state = RungState::Warned;
                }
            }
        });
    }

    /// The walk is over; what was not reached is skipped.
    pub(super) fn over(&self) {
        self.change(|report| {
            close(report, Why::FailedBefore);
            report.verdict = verdict(&report.rungs);
        });
    }

    /// The person stopped the walk.
    pub(super) fn stopped(&self) {
        self.change(|report| {
            close(report, Why::Stopped);
            report.verdict = Verdict::Cancelled;
        });
    }
}

/// A rung that is being looked at.
pub(super) struct Begun<'a> {
    ladder: &'a Ladder,
    id: RungId,
    since: Instant,
}

impl Begun<'_> {
    pub(super) fn end(self, finding: Finding) {
        self.ladder
            .set(self.id, Some(self.since.elapsed()), finding);
    }
}

fn rung(report: &mut DoctorReport, id: RungId) -> &mut RungView {
    let found = report.rungs.iter_mut().find(|rung| rung.id == id);
    found.expect("BUG: a report has every rung")
}

fn close(report: &mut DoctorReport, why: Why) {
    for rung in &mut report.rungs {
        if matches!(rung.state, RungState::Waiting | RungState::Running) {
            rung.state = RungState::Skipped;
            rung.facts = vec![fact("why", why.word())];
        }
    }
}

fn verdict(rungs: &[RungView]) -> Verdict {
    let any = |state| rungs.iter().any(|rung| rung.state == state);
    let answers = rungs
        .iter()
        .any(|rung| rung.id == RungId::Deployment && rung.state == RungState::Passed);
    if any(RungState::Failed) || !answers {
        Verdict::Fails
    } else if any(RungState::Warned) {
        Verdict::Partly
    } else {
        Verdict::Works
    }
}

/// A ladder that nobody has climbed yet.
pub(super) fn untouched() -> Vec<RungView> {
    let waiting = |id| RungView {
        id,
        state: RungState::Waiting,
        took_ms: None,
        facts: Vec::new(),
        problem: None,
    };
    RUNGS.into_iter().map(waiting).collect()
}
