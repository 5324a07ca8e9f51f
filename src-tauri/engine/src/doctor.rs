//! The Doctor: walks a connection rung by rung, with exactly the call that chat makes at the
//! heart of it, says what is wrong and what would help, and remembers what it measured.
//!
//! It changes nothing but that memory, and locks nobody out: a probe that fails warns.

mod asking;
mod ladder;
mod patient;
mod probes;
mod remedies;
mod walk;
mod way;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::api::{
    ConnectionView, DoctorReport, DoctorRunId, DoctorTarget, ErrorReport, HearthEvent, Verdict,
};
use crate::capability::Learned;
use crate::engine::Engine;
use crate::turn::Plan;
use crate::{Shared, report};
use ladder::Ladder;
use patient::Patient;

/// Walks that go on at once; one more ends the oldest.
const MOST_WALKS: usize = 4;

/// Forms whose deployments are remembered until they are saved; one more forgets the oldest.
const MOST_FORMS: usize = 16;

/// Walks whose ends are kept for windows that missed them; one more forgets the oldest.
const MOST_ENDS: usize = 16;

/// The walks that go on now and those that ended last, the oldest first, and what was measured
/// of forms.
#[derive(Default)]
pub(crate) struct Walks {
    running: Mutex<Vec<Running>>,
    ended: Mutex<VecDeque<DoctorReport>>,
    measured: Mutex<Vec<Measured>>,
}

/// A walk that goes on.
struct Running {
    ladder: Arc<Ladder>,
    cancel: CancellationToken,
}

impl Running {
    fn is(&self, run: &DoctorRunId) -> bool {
        self.ladder.snapshot().run == *run
    }
}

/// What a deployment showed before anybody saved its connection.
#[derive(Debug)]
struct Measured {
    messages_url: String,
    deployment: String,
    base_model: Option<String>,
    learned: Learned,
}

impl Walks {
    fn running(&self) -> MutexGuard<'_, Vec<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ended(&self) -> MutexGuard<'_, VecDeque<DoctorReport>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measured(&self) -> MutexGuard<'_, Vec<Measured>> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, ladder: Arc<Ladder>, cancel: CancellationToken) {
        let mut walks = self.running();
        if walks.len() >= MOST_WALKS {
            // It stays until it has said that it was stopped.
            let oldest = walks.iter().find(|walk| !walk.cancel.is_cancelled());
            if let Some(oldest) = oldest {
                oldest.cancel.cancel();
            }
        }
        walks.push(Running { ladder, cancel });
    }

    /// Its end is known before it is no more: whoever asks finds it at one place or the other.
    fn end(&self, report: DoctorReport) {
        let run = report.run.clone();
        let mut ended = self.ended();
        if ended.len() >= MOST_ENDS {
            ended.pop_front();
        }
        ended.push_back(report);
        drop(ended);
        self.running().retain(|walk| !walk.is(&run));
    }

    fn cancel(&self, run: &DoctorRunId) {
        let walks = self.running();
        for walk in walks.iter().filter(|walk| walk.is(run)) {
            walk.cancel.cancel();
        }
    }

    fn report(&self, run: &DoctorRunId) -> Option<DoctorReport> {
        let going = {
            let walks = self.running();
            let found = walks.iter().find(|walk| walk.is(run));
            found.map(|walk| walk.ladder.snapshot())
        };
        let ended = || self.ended().iter().find(|it| it.run == *run).cloned();
        going.or_else(ended)
    }
}

impl Shared {
    /// Keeps what was measured of a form, for when it is saved.
    fn measured_of_form(&self, plan: &Plan, learned: Learned) {
        let base = plan.used.base_model(plan.deployment());
        let measured = Measured {
            messages_url: plan.used.endpoint.messages_url().to_owned(),
            deployment: plan.deployment().to_owned(),
            base_model: base.map(|base| base.id.clone()),
            learned,
        };
        let mut all = self.walks.measured();
        all.retain(|it| !it.is_of(&measured.messages_url, &measured.deployment));
        if all.len() >= MOST_FORMS {
            all.remove(0);
        }
        all.push(measured);
    }

    /// A connection was saved: what was measured while it was a form counts from now on.
    pub(crate) fn remember_measured(&self, saved: &ConnectionView) {
        for deployment in &saved.deployments {
            let mut all = self.walks.measured();
            let found = all.iter().position(|it| {
                it.is_of(&saved.messages_url, &deployment.name)
                    && it.base_model == deployment.base_model
            });
            let Some(found) = found.map(|at| all.remove(at)) else {
                continue;
            };
            drop(all);
            self.remember(&saved.id.0, &deployment.name, &found.learned);
        }
    }
}

impl Measured {
    fn is_of(&self, messages_url: &str, deployment: &str) -> bool {
        self.messages_url == messages_url && self.deployment == deployment
    }
}

impl Engine {
    /// Begins a walk and returns its ladder, untouched; every step is a
    /// [`HearthEvent::Doctor`], the last with a verdict.
    ///
    /// # Errors
    /// None by now: what is wrong with the target is what the walk says.
    pub async fn start_doctor(&self, target: DoctorTarget) -> Result<DoctorReport, ErrorReport> {
        let patient = Patient::of(&self.shared, target).await;
        let first = first_report(&patient);
        let shared = self.shared.clone();
        let tell = move |report: &DoctorReport| {
            let report = report.clone();
            shared.live().announce(HearthEvent::Doctor { report });
        };
        let ladder = Ladder::new(first.clone(), tell);
        let walk = begin(self.shared.clone(), patient, Arc::new(ladder));
        self.shared.turns.spawn(Box::pin(walk));
        Ok(first)
    }

    /// How far a walk is, or how it ended, for a window that missed what it was told of it. None
    /// when nobody remembers the walk.
    #[must_use]
    pub fn doctor_report(&self, run: &DoctorRunId) -> Option<DoctorReport> {
        self.shared.walks.report(run)
    }

    /// Stops a walk; one that is over has nothing to stop.
    pub fn cancel_doctor(&self, run: &DoctorRunId) {
        self.shared.walks.cancel(run);
    }

    /// The same walk to its end, each step told to `on_step`.
    pub async fn diagnose(
        &self,
        target: DoctorTarget,
        on_step: impl Fn(&DoctorReport) + Send + Sync + 'static,
    ) -> DoctorReport {
        let patient = Patient::of(&self.shared, target).await;
        let ladder = Arc::new(Ladder::new(first_report(&patient), on_step));
        Box::pin(begin(self.shared.clone(), patient, ladder.clone())).await;
        ladder.snapshot()
    }
}

fn first_report(patient: &Patient) -> DoctorReport {
    DoctorReport {
        run: DoctorRunId(crate::new_id()),
        connection: patient.connection.clone(),
        name: patient.name.clone(),
        messages_url: None,
        deployment: patient.deployment.clone(),
        started_at: crate::now(),
        rungs: ladder::untouched(),
        verdict: Verdict::Running,
    }
}

/// A walk, known from this moment on; it goes on as it is awaited.
fn begin(
    shared: Arc<Shared>,
    patient: Patient,
    ladder: Arc<Ladder>,
) -> impl Future<Output = ()> + Send {
    let cancel = shared.quitting.child_token();
    shared.walks.begin(ladder.clone(), cancel.clone());
    async move {
        tokio::select! {
            biased;
            () = cancel.cancelled() => ladder.stopped(),
            () = walk::climb(&shared, &patient, &ladder) => {
                ladder.over();
                // What was wrong before may be right now.
                shared.live().announce(HearthEvent::StateChanged);
            }
        }
        shared.walks.end(ladder.snapshot());
    }
}

/// A problem with the way out that one button can take.
fn with_fix(problem: ErrorReport) -> ErrorReport {
    ErrorReport {
        fix: problem.fix.or_else(|| report::fix(problem.code)),
        ..problem
    }
}
