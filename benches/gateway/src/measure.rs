//! One contestant after the other, through the whole plan.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::contestants::{Contestant, Place};
use crate::load::{self, Question, Seen};
use crate::plan::{Anew, Case, Plan};
use crate::processes;
use crate::program::Program;
use crate::questions::{Dialect, Form};
use crate::statistics::{self, Quantiles};

/// How long a contestant may take until it answers for the first time.
const STARTING: Duration = Duration::from_secs(300);
/// How often one that does not yet listen is asked.
const GLANCE: Duration = Duration::from_millis(2);
/// How many of a hundred questions may fail before the figures of the rest say nothing.
const TOLERATED: usize = 1;

/// What one question under one load led to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Figures {
    /// Whole answers.
    pub(crate) answers: usize,
    pub(crate) failed: usize,
    /// Until the last answer was there.
    pub(crate) took: Duration,
    /// Until an answer was there whole.
    pub(crate) whole: Quantiles,
    /// Until the first delta was there.
    pub(crate) first: Quantiles,
    /// How much longer the slowest waited for it than half of all: of all who asked or, of those
    /// who began together, in the middle one of all rounds, since whatever else the machine does
    /// holds up a round as a whole.
    pub(crate) spread: f64,
    /// Of all processes of the contestant; none where there are none.
    pub(crate) processor: Option<Duration>,
}

impl Figures {
    /// None when too many failed; then why.
    fn of(seen: Seen, processor: Option<Duration>) -> Result<Self, String> {
        let answers = seen.whole.len();
        if seen.failed * 100 > TOLERATED * (answers + seen.failed) {
            let why = seen.failure.map(|failure| failure.to_string());
            let all = answers + seen.failed;
            let why = why.unwrap_or_default();
            return Err(format!("{} of {all} failed: {why}", seen.failed));
        }
        let nothing = || "nothing was answered".to_owned();
        let first = Quantiles::of(seen.first).ok_or_else(nothing)?;
        Ok(Self {
            answers,
            failed: seen.failed,
            took: seen.took,
            whole: Quantiles::of(seen.whole).ok_or_else(nothing)?,
            first,
            spread: statistics::middle(seen.spreads).unwrap_or_else(|| first.spread()),
            processor,
        })
    }
}

/// All that is known of a contestant.
#[derive(Debug, Default)]
pub(crate) struct Measured {
    /// From the start of the program to its first answer, in the middle of all starts.
    pub(crate) start: Option<Duration>,
    /// Resident, in bytes.
    pub(crate) memory_at_rest: Option<u64>,
    pub(crate) memory_after: Option<u64>,
    /// Why there are no figures stands in their place.
    pub(crate) cases: BTreeMap<Case, Result<Figures, String>>,
}

/// Starts it, asks it everything, and ends it. Why it could not be started is an error.
pub(crate) async fn contestant(
    contestant: Contestant,
    plan: &Plan,
    upstream: SocketAddr,
    folder: &Path,
) -> Result<Measured, String> {
    let mut starts = Vec::new();
    let mut running = Running::start(contestant, upstream, folder).await?;
    for _ in 1..plan.starts {
        starts.extend(running.started_within);
        running.stop().await;
        running = Running::start(contestant, upstream, folder).await?;
    }
    starts.extend(running.started_within);
    tokio::time::sleep(plan.rest).await;
    let memory_at_rest = running.memory();
    let cases = running.everything(plan).await;
    let memory_after = running.memory();
    running.stop().await;
    Ok(Measured {
        start: statistics::median(starts),
        memory_at_rest,
        memory_after,
        cases,
    })
}

/// A contestant that answers.
struct Running {
    contestant: Contestant,
    place: Place,
    /// None for the way that leads through no program; then nothing had to be started either.
    program: Option<Program>,
    started_within: Option<Duration>,
}

impl Running {
    async fn start(
        contestant: Contestant,
        upstream: SocketAddr,
        folder: &Path,
    ) -> Result<Self, String> {
        let listen = match contestant {
            Contestant::Direct => upstream,
            Contestant::Hearth | Contestant::Portkey | Contestant::LiteLlm { .. } => {
                free_address().map_err(|error| error.to_string())?
            }
        };
        let place = Place {
            upstream,
            listen,
            folder: folder.to_owned(),
        };
        let command = contestant.command(&place).await;
        let command = command.map_err(|error| error.to_string())?;
        let mut running = Self {
            contestant,
            place,
            program: None,
            started_within: None,
        };
        if let Some(command) = command {
            let began = Instant::now();
            let program = Program::start(command, &folder.join("log"));
            let program = program.map_err(|error| error.to_string())?;
            running.until_it_answers(&program).await?;
            running.started_within = Some(began.elapsed());
            running.program = Some(program);
        }
        Ok(running)
    }

    async fn stop(self) {
        if let Some(program) = self.program {
            program.stop().await;
        }
    }

    fn memory(&self) -> Option<u64> {
        let group = self.program.as_ref()?.group();
        Some(processes::memory(group))
    }

    fn question(&self, dialect: Dialect, form: Form) -> Option<Question> {
        Some(Question {
            address: self.place.listen,
            path: self.contestant.path(dialect)?,
            headers: self.contestant.headers(&self.place),
            dialect,
            form,
        })
    }

    async fn until_it_answers(&self, program: &Program) -> Result<(), String> {
        let question = self.question(Dialect::Chat, Form::Whole);
        let question = question.ok_or("it has no route to ask")?;
        let until = Instant::now() + STARTING;
        loop {
            let Err(failure) = load::once(&question).await else {
                return Ok(());
            };
            if !program.is_led() {
                return Err(format!("it ended: {}", program.last_line()));
            }
            if Instant::now() > until {
                return Err(format!("it never answered: {failure}"));
            }
            tokio::time::sleep(GLANCE).await;
        }
    }

    async fn everything(&self, plan: &Plan) -> BTreeMap<Case, Result<Figures, String>> {
        let group = self.program.as_ref().map(Program::group);
        let mut cases = BTreeMap::new();
        for dialect in Dialect::ALL {
            for case in plan.series.iter().flat_map(|series| series.cases(dialect)) {
                if let Some(question) = self.question(dialect, case.form) {
                    let figures = one(&question, case, plan, group).await;
                    cases.insert(case, figures);
                }
            }
        }
        cases
    }
}

/// Free at this moment; who takes it in the next makes the start fail, which is told.
fn free_address() -> std::io::Result<SocketAddr> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}

async fn one(
    question: &Question,
    case: Case,
    plan: &Plan,
    group: Option<u32>,
) -> Result<Figures, String> {
    let tried = load::once(question).await;
    tried.map_err(|failure| failure.to_string())?;
    // As many callers as will ask, so that no time is that of opening a connection; long streams
    // would take the slowest half a minute.
    let warming = Question {
        form: plan.quickest(question.form),
        ..question.clone()
    };
    load::run(&warming, case.callers, plan.warm_up).await;
    let before = group.map(processes::processor_time);
    let seen = match case.anew {
        Anew::AtOnce => load::run(question, case.callers, plan.time).await,
        Anew::Together => load::rounds(question, case.callers, plan.time).await,
    };
    let after = group.map(processes::processor_time);
    let used = before.zip(after);
    Figures::of(
        seen,
        used.map(|(before, after)| after.saturating_sub(before)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Failure;

    fn seen(answers: u64, failed: usize) -> Seen {
        let times: Vec<_> = (1..=answers).map(Duration::from_millis).collect();
        Seen {
            first: times.clone(),
            whole: times,
            spreads: Vec::new(),
            failed,
            failure: (failed > 0).then_some(Failure::Unfinished),
            took: Duration::from_secs(2),
        }
    }

    #[test]
    fn few_failures_are_told_and_many_leave_no_figures() {
        let figures = Figures::of(seen(300, 3), None).unwrap();
        assert_eq!((figures.answers, figures.failed), (300, 3));
        assert_eq!(figures.whole.median, Duration::from_millis(150));
        assert!((figures.spread - 1.98).abs() < 1e-9, "{}", figures.spread);
        let rounds = Seen {
            spreads: vec![9.0, 1.5, 1.25],
            ..seen(300, 0)
        };
        let figures = Figures::of(rounds, None).unwrap();
        assert!((figures.spread - 1.5).abs() < 1e-9, "{}", figures.spread);
        let why = Figures::of(seen(9, 1), None).unwrap_err();
        assert_eq!(why, "1 of 10 failed: the stream did not come to its end");
        assert!(Figures::of(seen(0, 0), None).is_err());
    }
}
