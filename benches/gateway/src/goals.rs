//! What the gateway is to reach, and whether it did.

use std::time::Duration;

use crate::measure::{Figures, Measured};
use crate::plan::{Anew, Case, Plan};
use crate::questions::{Dialect, Form};

/// A limit that a figure is not to exceed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Goal {
    /// What is limited, with its unit.
    pub(crate) what: String,
    pub(crate) most: f64,
    /// None where it could not be measured.
    pub(crate) came: Option<f64>,
}

impl Goal {
    /// What could not be measured is not met.
    pub(crate) fn is_met(&self) -> bool {
        self.came.is_some_and(|came| came <= self.most)
    }
}

/// In a stream of so many deltas the request itself hardly counts.
const LONG: usize = 100;

/// Every goal, with what came of it.
pub(crate) fn all(plan: &Plan, ours: &Measured, direct: &Measured) -> Vec<Goal> {
    let mut goals = Vec::new();
    for dialect in Dialect::ALL {
        for series in &plan.series {
            let cases: Vec<_> = series.cases(dialect).collect();
            let name = format!("{}, {}", dialect.name(), series.form.name());
            match series.form {
                _ if series.anew == Anew::Together => goals.extend(of_a_crowd(&cases, ours)),
                Form::Whole => goals.push(of_requests(&name, &cases, ours)),
                Form::Stream { deltas, .. } if deltas < LONG => {
                    goals.extend(of_a_short_stream(&name, &cases, ours, direct));
                }
                Form::Stream { deltas, .. } => {
                    goals.extend(of_a_long_stream(&name, &cases, deltas, ours));
                }
            }
        }
    }
    goals.extend(of_the_program(ours));
    goals
}

fn of_requests(name: &str, cases: &[Case], ours: &Measured) -> Goal {
    Goal {
        what: format!("{name}: CPU ms per request, the worst of all loads"),
        most: 0.1,
        came: worst(ours, cases, |figures| {
            Some(figures.processor_each()?.as_secs_f64() * 1e3)
        }),
    }
}

/// Alone, so that it waits for nobody but the gateway.
fn of_a_short_stream(
    name: &str,
    cases: &[Case],
    ours: &Measured,
    direct: &Measured,
) -> Option<Goal> {
    let alone = cases.first()?;
    Some(Goal {
        what: format!(
            "{name}: ms to the first delta added, p50, {} at once",
            alone.callers
        ),
        most: 0.3,
        came: added(ours, direct, *alone, |figures| figures.first.median),
    })
}

fn of_a_long_stream(name: &str, cases: &[Case], deltas: usize, ours: &Measured) -> Vec<Goal> {
    let mut goals = vec![Goal {
        what: format!("{name}: CPU µs per delta, the worst of all loads"),
        most: 5.0,
        came: worst(ours, cases, |figures| {
            Some(figures.processor_each()?.as_secs_f64() * 1e6 / deltas as f64)
        }),
    }];
    goals.extend(of_a_crowd(cases, ours));
    goals
}

/// Of the most callers, who are to wait alike.
fn of_a_crowd(cases: &[Case], ours: &Measured) -> Option<Goal> {
    let crowd = *cases.last()?;
    Some(Goal {
        what: format!("{}: time to the first delta, p99 ÷ p50", crowd.name()),
        most: 2.0,
        came: figures(ours, crowd).map(|figures| figures.spread),
    })
}

fn of_the_program(ours: &Measured) -> [Goal; 3] {
    let megabytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1e6);
    [
        Goal {
            what: "memory at rest, MB".to_owned(),
            most: 30.0,
            came: megabytes(ours.memory_at_rest),
        },
        Goal {
            what: "memory after all of this, MB".to_owned(),
            most: 60.0,
            came: megabytes(ours.memory_after),
        },
        Goal {
            what: "start to first answer, s".to_owned(),
            most: 0.2,
            came: ours.start.map(|start| start.as_secs_f64()),
        },
    ]
}

/// Figures of a case, where there are any.
pub(crate) fn figures(measured: &Measured, case: Case) -> Option<&Figures> {
    measured.cases.get(&case)?.as_ref().ok()
}

/// The upstream is asked in the only dialect that it speaks.
pub(crate) fn upstream_case(case: Case) -> Case {
    Case {
        dialect: Dialect::Messages,
        ..case
    }
}

/// By how many milliseconds a time is longer than without a gateway.
pub(crate) fn added(
    measured: &Measured,
    direct: &Measured,
    case: Case,
    time: fn(&Figures) -> Duration,
) -> Option<f64> {
    let with = time(figures(measured, case)?).as_secs_f64();
    let without = time(figures(direct, upstream_case(case))?).as_secs_f64();
    Some((with - without) * 1e3)
}

fn worst(
    measured: &Measured,
    cases: &[Case],
    figure: impl Fn(&Figures) -> Option<f64>,
) -> Option<f64> {
    // Where one load gave no figure, nothing is known of the worst.
    let each: Option<Vec<f64>> = cases
        .iter()
        .map(|case| figure(figures(measured, *case)?))
        .collect();
    each?.into_iter().reduce(f64::max)
}
