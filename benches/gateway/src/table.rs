//! What was measured, as one table in Markdown.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::contestants::Contestant;
use crate::goals::{self, Goal};
use crate::measure::{Figures, Measured};
use crate::plan::{Anew, Plan, Series};
use crate::questions::{Dialect, Form};

/// A contestant, with what is known of it, or why it could not take part.
pub(crate) type Column = (Contestant, Result<Measured, String>);

/// Which way a figure is to go, so that ratios can say how many times better one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Better {
    More,
    Less,
}

/// What a row tells of a contestant: one figure for each load, none where there is none.
type Told<'a> = Box<dyn Fn(Contestant, &Measured) -> Vec<Option<f64>> + 'a>;

struct Row<'a> {
    /// What rows have in common that stand under one head.
    group: String,
    what: &'static str,
    better: Better,
    told: Told<'a>,
}

/// The table and its notes.
pub(crate) fn report(plan: &Plan, columns: &[Column]) -> String {
    let mut text = String::new();
    let names: Vec<_> = columns.iter().map(|(who, _)| who.name()).collect();
    let _ = writeln!(text, "| | {} | Hearth beside LiteLLM |", names.join(" | "));
    let _ = writeln!(text, "|---|{}", "---|".repeat(columns.len() + 1));
    let mut group = String::new();
    for row in rows(plan, measured(columns, Contestant::Direct)) {
        if row.group != group {
            let _ = writeln!(
                text,
                "| **{}** |{}",
                row.group,
                " |".repeat(columns.len() + 1)
            );
            group.clone_from(&row.group);
        }
        write_row(&mut text, &row, columns);
    }
    let notes = notes(columns);
    if !notes.is_empty() {
        let _ = writeln!(text, "\n{}", notes.join("\n"));
    }
    text
}

/// The goals, as a table of their own.
pub(crate) fn goals(plan: &Plan, columns: &[Column]) -> String {
    let ours = measured(columns, Contestant::Hearth);
    let direct = measured(columns, Contestant::Direct);
    let (Some(ours), Some(direct)) = (ours, direct) else {
        return "Without Hearth and the direct way there is nothing to judge.\n".to_owned();
    };
    goal_table(&goals::all(plan, ours, direct))
}

fn goal_table(goals: &[Goal]) -> String {
    let mut text = "| goal | at most | measured | |\n|---|---|---|---|\n".to_owned();
    for goal in goals {
        let came = goal.came.map_or_else(|| "–".to_owned(), number);
        let met = if goal.is_met() { "met" } else { "missed" };
        let most = goal.most;
        let _ = writeln!(text, "| {} | {most} | {came} | {met} |", goal.what);
    }
    text
}

fn measured(columns: &[Column], who: Contestant) -> Option<&Measured> {
    let column = columns.iter().find(|(contestant, _)| *contestant == who);
    column.and_then(|(_, measured)| measured.as_ref().ok())
}

fn rows<'a>(plan: &'a Plan, direct: Option<&'a Measured>) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for dialect in Dialect::ALL {
        for series in &plan.series {
            match series.form {
                _ if series.anew == Anew::Together => rows.extend(of_rounds(dialect, series)),
                Form::Whole => rows.extend(of_requests(dialect, series)),
                Form::Stream { deltas, .. } => {
                    rows.extend(of_streams(dialect, series, deltas, direct));
                }
            }
        }
    }
    let megabytes = |bytes: Option<u64>| bytes.map(|bytes| bytes as f64 / 1e6);
    let program = || "the program".to_owned();
    rows.push(Row {
        group: program(),
        what: "memory, MB, at rest / after all of this",
        better: Better::Less,
        told: Box::new(move |_, it| vec![megabytes(it.memory_at_rest), megabytes(it.memory_after)]),
    });
    rows.push(Row {
        group: program(),
        what: "start to first answer, s",
        better: Better::Less,
        told: Box::new(|_, it| vec![it.start.map(|start| start.as_secs_f64())]),
    });
    rows
}

fn of_requests(dialect: Dialect, series: &Series) -> Vec<Row<'_>> {
    let row = |what, better, figure: fn(&Figures) -> Option<f64>| Row {
        group: series.name(dialect),
        what,
        better,
        told: told(dialect, series, figure),
    };
    vec![
        row("requests/s", Better::More, |it| Some(it.per_second())),
        row("p50 ms", Better::Less, |it| {
            Some(it.whole.median.as_secs_f64() * 1e3)
        }),
        row("p99 ms", Better::Less, |it| {
            Some(it.whole.high.as_secs_f64() * 1e3)
        }),
        row("CPU ms per request", Better::Less, |it| {
            Some(it.processor_each()?.as_secs_f64() * 1e3)
        }),
    ]
}

fn of_streams<'a>(
    dialect: Dialect,
    series: &'a Series,
    deltas: usize,
    direct: Option<&'a Measured>,
) -> Vec<Row<'a>> {
    let deltas = deltas as f64;
    let row = |what, better, told| Row {
        group: series.name(dialect),
        what,
        better,
        told,
    };
    let added = |time: fn(&Figures) -> std::time::Duration| -> Told<'a> {
        Box::new(move |who, it| {
            // Many at once wait for callers and upstream, too, and for these most where nobody
            // stands between.
            let alone = series.cases(dialect).filter(|case| case.callers == 1);
            let each = alone.map(|case| match who {
                Contestant::Direct => None,
                Contestant::Hearth | Contestant::Portkey | Contestant::LiteLlm { .. } => {
                    goals::added(it, direct?, case, time)
                }
            });
            each.collect()
        })
    };
    let first = |figure: fn(&Figures) -> f64| told(dialect, series, move |it| Some(figure(it)));
    vec![
        row(
            "deltas/s",
            Better::More,
            told(dialect, series, move |it| Some(it.per_second() * deltas)),
        ),
        row(
            "CPU µs per delta",
            Better::Less,
            told(dialect, series, move |it| {
                Some(it.processor_each()?.as_secs_f64() * 1e6 / deltas)
            }),
        ),
        row(
            "ms to the first delta, p50",
            Better::Less,
            first(|it| it.first.median.as_secs_f64() * 1e3),
        ),
        row(
            "… added to the direct way, one alone, p50",
            Better::Less,
            added(|it| it.first.median),
        ),
        row(
            "… added to the direct way, one alone, p99",
            Better::Less,
            added(|it| it.first.high),
        ),
        row(
            "… p99 ÷ p50, how unlike callers wait",
            Better::Less,
            first(|it| it.spread),
        ),
    ]
}

/// How long callers wait who begin together.
fn of_rounds(dialect: Dialect, series: &Series) -> Vec<Row<'_>> {
    let row = |what, figure: fn(&Figures) -> f64| Row {
        group: series.name(dialect),
        what,
        better: Better::Less,
        told: told(dialect, series, move |it| Some(figure(it))),
    };
    vec![
        row("ms to the first delta, p50", |it| {
            it.first.median.as_secs_f64() * 1e3
        }),
        row("ms to the first delta, p99", |it| {
            it.first.high.as_secs_f64() * 1e3
        }),
        row("… p99 ÷ p50, how unlike callers wait", |it| it.spread),
    ]
}

fn told<'a>(
    dialect: Dialect,
    series: &'a Series,
    figure: impl Fn(&Figures) -> Option<f64> + 'a,
) -> Told<'a> {
    Box::new(move |who, it| {
        let each = series.cases(dialect).map(|case| match who {
            Contestant::Direct => goals::upstream_case(case),
            Contestant::Hearth | Contestant::Portkey | Contestant::LiteLlm { .. } => case,
        });
        each.map(|case| figure(goals::figures(it, case)?)).collect()
    })
}

fn write_row(text: &mut String, row: &Row, columns: &[Column]) {
    let tell = |who: Contestant| measured(columns, who).map(|it| (row.told)(who, it));
    let cells: Vec<_> = columns
        .iter()
        .map(|(who, _)| tell(*who).map_or_else(|| "–".to_owned(), |told| cell(&told, number)))
        .collect();
    let ours = tell(Contestant::Hearth).unwrap_or_default();
    let theirs = tell(Contestant::LiteLlm { workers: 1 }).unwrap_or_default();
    let ratios = ratios(row.better, &ours, &theirs);
    let _ = writeln!(
        text,
        "| {} | {} | {} |",
        row.what,
        cells.join(" | "),
        cell(&ratios, |ratio| format!("{} ×", number(ratio)))
    );
}

/// How many times better the first are. None where one is missing or nothing to divide by: a
/// time that is not longer than the direct way's has no ratio.
fn ratios(better: Better, ours: &[Option<f64>], theirs: &[Option<f64>]) -> Vec<Option<f64>> {
    let pairs = ours.iter().zip(theirs);
    let ratio = |(ours, theirs): (&Option<f64>, &Option<f64>)| {
        let (more, less) = match better {
            Better::More => ((*ours)?, (*theirs)?),
            Better::Less => ((*theirs)?, (*ours)?),
        };
        (more > 0.0 && less > 0.0).then(|| more / less)
    };
    pairs.map(ratio).collect()
}

fn cell(figures: &[Option<f64>], write: impl Fn(f64) -> String) -> String {
    if figures.iter().all(Option::is_none) {
        return "–".to_owned();
    }
    let each = figures.iter().map(|figure| match figure {
        Some(figure) => write(*figure),
        None => "–".to_owned(),
    });
    each.collect::<Vec<_>>().join(" / ")
}

/// Three digits that count, and thousands in groups.
fn number(value: f64) -> String {
    let size = value.abs();
    if size < 1.0 {
        return format!("{value:.3}");
    }
    if size < 10.0 {
        return format!("{value:.2}");
    }
    if size < 100.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{size:.0}");
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    if value < 0.0 {
        format!("-{grouped}")
    } else {
        grouped
    }
}

/// Who could not take part or failed at something, and why. What failed for the same reason is
/// told together.
fn notes(columns: &[Column]) -> Vec<String> {
    let mut notes = Vec::new();
    for (who, column) in columns {
        let name = who.name();
        match column {
            Ok(measured) => {
                let failures = failures(measured);
                let told = failures
                    .iter()
                    .map(|(why, cases)| format!("- {name}: {why} ({})", cases.join("; ")));
                notes.extend(told);
            }
            Err(why) => notes.push(format!("- {name} did not take part: {why}")),
        }
    }
    notes
}

/// Each reason, with the cases that it spoiled.
fn failures(measured: &Measured) -> BTreeMap<String, Vec<String>> {
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (case, figures) in &measured.cases {
        let why = match figures {
            Ok(figures) if figures.failed == 0 => continue,
            Ok(figures) => {
                let all = figures.answers + figures.failed;
                format!("{} of {all} failed", figures.failed)
            }
            Err(why) => why.clone(),
        };
        failures.entry(why).or_default().push(case.name());
    }
    failures
}

#[cfg(test)]
#[path = "table/tests.rs"]
mod tests;
