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

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::api::{
    ConnectionView, DoctorReport, DoctorRunId, DoctorTarget, ErrorReport, HearthEvent, Known,
    Verdict,
};
use crate::engine::Engine;
use crate::turn::Plan;
use crate::{Shared, report};
use ladder::Ladder;
use patient::Patient;

/// Walks that go on at once; one more ends the oldest.
const MOST_WALKS: usize = 4;

/// Forms whose deployments are remembered until they are saved; one more forgets the oldest.
const MOST_FORMS: usize = 16;

/// The walks that go on now, the oldest first, and what was measured of forms.
#[derive(Debug, Default)]
pub(crate) struct Walks {
    running: Mutex<Vec<(DoctorRunId, CancellationToken)>>,
    measured: Mutex<Vec<Measured>>,
}

/// What a deployment showed before anybody saved its connection.
#[derive(Debug)]
struct Measured {
    messages_url: String,
    deployment: String,
    base_model: Option<String>,
    known: Vec<Known>,
}

impl Walks {
    fn all(&self) -> MutexGuard<'_, Vec<(DoctorRunId, CancellationToken)>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn measured(&self) -> MutexGuard<'_, Vec<Measured>> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, run: &DoctorRunId, cancel: &CancellationToken) {
        let mut walks = self.all();
        if walks.len() >= MOST_WALKS {
            walks.remove(0).1.cancel();
        }
        walks.push((run.clone(), cancel.clone()));
    }

    fn end(&self, run: &DoctorRunId) {
        self.all().retain(|(known, _)| known != run);
    }

    fn cancel(&self, run: &DoctorRunId) {
        let walks = self.all();
        for (_, cancel) in walks.iter().filter(|(known, _)| known == run) {
            cancel.cancel();
        }
    }
}

impl Shared {
    /// Keeps what was measured of a form, for when it is saved.
    fn measured_of_form(&self, plan: &Plan, known: Vec<Known>) {
        let base = plan.used.base_model(plan.deployment());
        let measured = Measured {
            messages_url: plan.used.endpoint.messages_url().to_owned(),
            deployment: plan.deployment().to_owned(),
            base_model: base.map(|base| base.id.clone()),
            known,
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
            self.remember(&saved.id.0, &deployment.name, &found.known);
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
        let walk = Box::pin(walk(self.shared.clone(), patient, Arc::new(ladder)));
        self.shared.turns.spawn(walk);
        Ok(first)
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
        Box::pin(walk(self.shared.clone(), patient, ladder.clone())).await;
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

async fn walk(shared: Arc<Shared>, patient: Patient, ladder: Arc<Ladder>) {
    let run = ladder.snapshot().run;
    let cancel = shared.quitting.child_token();
    shared.walks.begin(&run, &cancel);
    tokio::select! {
        biased;
        () = cancel.cancelled() => ladder.stopped(),
        () = walk::climb(&shared, &patient, &ladder) => {
            ladder.over();
            // What was wrong before may be right now.
            shared.live().announce(HearthEvent::StateChanged);
        }
    }
    shared.walks.end(&run);
}

/// A problem with the way out that one button can take.
fn with_fix(problem: ErrorReport) -> ErrorReport {
    ErrorReport {
        fix: problem.fix.or_else(|| report::fix(problem.code)),
        ..problem
    }
}
