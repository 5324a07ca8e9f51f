//! Known figures, and the table that they make.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;
use crate::answers::Pieces;
use crate::plan::Case;
use crate::statistics::Quantiles;

/// One caller and four, whole answers and streams of ten deltas.
fn plan() -> Plan {
    let series = |form| Series {
        form,
        callers: vec![1, 4],
        anew: Anew::AtOnce,
    };
    let stream = Form::Stream {
        deltas: 10,
        pieces: Pieces::Segments,
    };
    Plan {
        series: vec![series(Form::Whole), series(stream)],
        ..Plan::short()
    }
}

/// A contestant for which every time is so many milliseconds, and the slowest double.
fn measured(milliseconds: u64, processor: Option<Duration>) -> Measured {
    let quantiles = Quantiles {
        median: Duration::from_millis(milliseconds),
        high: Duration::from_millis(2 * milliseconds),
    };
    let figures = Figures {
        answers: 1_000,
        failed: 0,
        took: Duration::from_millis(500 * milliseconds),
        whole: quantiles,
        first: quantiles,
        spread: quantiles.spread(),
        processor,
    };
    let plan = plan();
    let cases = Dialect::ALL
        .into_iter()
        .flat_map(|dialect| plan.series.iter().flat_map(move |it| it.cases(dialect)));
    Measured {
        start: processor.map(|_| Duration::from_millis(100 * milliseconds)),
        memory_at_rest: processor.map(|_| 10_000_000 * milliseconds),
        memory_after: processor.map(|_| 20_000_000 * milliseconds),
        cases: cases.map(|case| (case, Ok(figures))).collect(),
    }
}

fn columns() -> Vec<Column> {
    vec![
        (Contestant::Direct, Ok(measured(1, None))),
        (
            Contestant::Hearth,
            Ok(measured(2, Some(Duration::from_millis(50)))),
        ),
        (
            Contestant::LiteLlm { workers: 1 },
            Ok(measured(200, Some(Duration::from_secs(10)))),
        ),
    ]
}

fn line<'a>(text: &'a str, beginning: &str) -> &'a str {
    let line = text.lines().find(|line| line.starts_with(beginning));
    line.unwrap_or_else(|| panic!("no line begins with {beginning}:\n{text}"))
}

/// A row under its group's head.
fn row<'a>(report: &'a str, group: &str, what: &str) -> &'a str {
    let head = format!("| **{group}** |");
    let (_, under) = report
        .split_once(&head)
        .unwrap_or_else(|| panic!("no {group}:\n{report}"));
    line(under, &format!("| {what} |"))
}

const WHOLE: &str = "whole answers, 1 / 4 at once";
const STREAM: &str = "10 deltas in segments, 1 / 4 at once";

#[test]
fn figures_stand_in_order_with_their_ratios() {
    let report = report(&plan(), &columns());
    let chat = |form: &str| format!("Chat Completions, {form}");
    let messages = |form: &str| format!("Messages, {form}");
    let expected = [
        (
            chat(WHOLE),
            "requests/s",
            "2,000 / 2,000 | 1,000 / 1,000 | 10.0 / 10.0 | 100 × / 100 ×",
        ),
        (
            messages(WHOLE),
            "CPU ms per request",
            "– | 0.050 / 0.050 | 10.0 / 10.0 | 200 × / 200 ×",
        ),
        (
            messages(STREAM),
            "CPU µs per delta",
            "– | 5.00 / 5.00 | 1,000 / 1,000 | 200 × / 200 ×",
        ),
        (
            chat(STREAM),
            "… added to the direct way, one alone, p50",
            "– | 1.00 | 199 | 199 ×",
        ),
        (
            "the program".to_owned(),
            "memory, MB, at rest / after all of this",
            "– | 20.0 / 40.0 | 2,000 / 4,000 | 100 × / 100 ×",
        ),
    ];
    for (group, what, cells) in expected {
        assert_eq!(row(&report, &group, what), format!("| {what} | {cells} |"));
    }
}

#[test]
fn of_those_who_begin_together_it_is_told_how_they_wait() {
    let mut plan = plan();
    for series in &mut plan.series {
        series.anew = Anew::Together;
    }
    let mut columns = columns();
    for measured in columns.iter_mut().filter_map(|(_, it)| it.as_mut().ok()) {
        let together = |(case, figures): (Case, _)| {
            let anew = Anew::Together;
            (Case { anew, ..case }, figures)
        };
        let cases = std::mem::take(&mut measured.cases);
        measured.cases = cases.into_iter().map(together).collect();
    }
    let report = report(&plan, &columns);
    let group = "Chat Completions, 10 deltas in segments, 1 / 4 begun together";
    assert_eq!(
        row(&report, group, "ms to the first delta, p99"),
        "| ms to the first delta, p99 | 2.00 / 2.00 | 4.00 / 4.00 | 400 / 400 | 100 × / 100 × |"
    );
    let goals = goals(&plan, &columns);
    let goal = line(
        &goals,
        "| Messages, 10 deltas in segments, 4 begun together",
    );
    assert!(goal.ends_with("| 2 | 2.00 | met |"), "{goal}");
}

#[test]
fn every_row_has_a_cell_for_every_column() {
    let report = report(&plan(), &columns());
    let bars: Vec<_> = report
        .lines()
        .map(|line| line.matches('|').count())
        .collect();
    assert!(bars.iter().all(|count| *count == 6), "{report}");
}

#[test]
fn what_is_missing_is_a_dash_with_a_note() {
    let mut columns = columns();
    columns[0].1.as_mut().unwrap().cases = BTreeMap::new();
    let ours = columns[1].1.as_mut().unwrap();
    for dialect in Dialect::ALL {
        let case = Case {
            dialect,
            form: Form::Whole,
            callers: 4,
            anew: Anew::AtOnce,
        };
        ours.cases.insert(case, Err("HTTP 500: no".to_owned()));
    }
    columns[2].1 = Err("it ended: no module".to_owned());
    let report = report(&plan(), &columns);
    let rates = row(&report, &format!("Chat Completions, {WHOLE}"), "requests/s");
    assert!(rates.ends_with("| – | 1,000 / – | – | – |"), "{rates}");
    let added = "… added to the direct way, one alone, p50";
    let added = row(&report, &format!("Messages, {STREAM}"), added);
    assert!(added.ends_with("| – | – | – | – |"), "{added}");
    line(
        &report,
        "- LiteLLM 1.106.2, 1 worker did not take part: it ended: no module",
    );
    line(
        &report,
        "- Hearth: HTTP 500: no (Chat Completions, whole answers, 4 at once; Messages, whole \
        answers, 4 at once)",
    );
}

#[test]
fn goals_are_met_up_to_their_limit_and_missed_where_nothing_is_known() {
    let mut columns = columns();
    let stream = |deltas| Series {
        form: Form::Stream {
            deltas,
            pieces: Pieces::Segments,
        },
        callers: vec![1, 4],
        anew: Anew::AtOnce,
    };
    let mut plan = plan();
    plan.series.push(stream(1_000));
    for measured in columns.iter_mut().filter_map(|(_, it)| it.as_mut().ok()) {
        let any = measured.cases.values().next().unwrap().clone();
        for case in Dialect::ALL.map(|dialect| stream(1_000).cases(dialect).collect::<Vec<_>>()) {
            measured
                .cases
                .extend(case.into_iter().map(|case| (case, any.clone())));
        }
    }
    let text = goals(&plan, &columns);
    for (goal, end) in [
        ("Messages, whole answers: CPU ms", "0.1 | 0.050 | met"),
        (
            "Messages, 10 deltas in segments: ms to the first",
            "0.3 | 1.00 | missed",
        ),
        (
            "Messages, 1000 deltas in segments: CPU µs",
            "5 | 0.050 | met",
        ),
        (
            "Messages, 1000 deltas in segments, 4 at once: time to the first",
            "2 | 2.00 | met",
        ),
        ("memory at rest", "30 | 20.0 | met"),
        ("memory after", "60 | 40.0 | met"),
        ("start", "0.2 | 0.200 | met"),
    ] {
        let row = line(&text, &format!("| {goal}"));
        assert!(row.ends_with(&format!("| {end} |")), "{row}");
    }
    columns[1].1.as_mut().unwrap().cases = BTreeMap::new();
    let text = goals(&plan, &columns);
    let row = line(&text, "| Messages, whole answers: CPU");
    assert!(row.ends_with("| 0.1 | – | missed |"), "{row}");
}

#[test]
fn a_time_that_is_not_longer_has_no_ratio() {
    let ours = [Some(-0.1), Some(0.0), Some(2.0), None];
    let theirs = [Some(1.0), Some(1.0), Some(1.0), Some(1.0)];
    let expected = [None, None, Some(0.5), None];
    assert_eq!(ratios(Better::Less, &ours, &theirs), expected);
    assert_eq!(
        ratios(Better::More, &ours[2..3], &theirs[2..3]),
        [Some(2.0)]
    );
}

#[test]
fn numbers_are_short_and_in_groups() {
    let written = [
        0.0,
        0.0126,
        -0.5,
        1.234,
        12.34,
        99.96,
        123.4,
        1_234.5,
        1_234_567.0,
    ];
    let expected = [
        "0.000",
        "0.013",
        "-0.500",
        "1.23",
        "12.3",
        "100.0",
        "123",
        "1,234",
        "1,234,567",
    ];
    assert_eq!(written.map(number), expected);
    assert_eq!(number(-1_234.0), "-1,234");
}
