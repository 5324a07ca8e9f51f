//! The gateway beside others of its kind, all in front of the same upstream with the same bodies.
//!
//!     make bench-gateway            # a quarter of an hour; writes docs/gateway-figures.md
//!     make bench-gateway SHORT=1    # a minute, writes nothing
//!
//! Callers and upstream share a thread, and the machine with the contestant, so that rates and
//! times are those of all three together; processor time is the contestant's alone. Contestants take turns. Needs
//! Linux, `python3` with `venv`, and `npm`; who cannot be installed is left out, which is told.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]
#![expect(clippy::print_stderr, reason = "and says what it does meanwhile")]

mod answers;
mod contestants;
mod goals;
mod load;
mod machine;
mod measure;
mod names;
mod peers;
mod plan;
mod processes;
mod program;
mod questions;
mod statistics;
mod table;
mod upstream;

use std::path::PathBuf;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};

use crate::answers::Answers;
use crate::plan::Plan;
use crate::table::Column;

/// What was asked for on the command line.
#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    short: bool,
    /// Where the report goes besides standard output.
    write: Option<PathBuf>,
    /// Beginnings of contestants' names; none means all.
    only: Vec<String>,
    /// Beginnings of the names of what is asked; none means all.
    series: Vec<String>,
}

impl Arguments {
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut arguments = Self {
            short: false,
            write: None,
            only: Vec::new(),
            series: Vec::new(),
        };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--short" => arguments.short = true,
                "--write" => {
                    let path = words.next().ok_or("--write wants a file")?;
                    arguments.write = Some(path.into());
                }
                "--only" => arguments
                    .only
                    .push(words.next().ok_or("--only wants a name")?),
                "--series" => arguments
                    .series
                    .push(words.next().ok_or("--series wants a name")?),
                other => {
                    return Err(format!(
                        "{other} is none of --short, --write FILE, --only NAME, --series NAME"
                    ));
                }
            }
        }
        Ok(arguments)
    }

    fn plan(&self) -> Plan {
        let mut plan = if self.short {
            Plan::short()
        } else {
            Plan::full()
        };
        let wanted = |beginnings: &[String], name: &str| {
            let begins = |beginning: &String| name.starts_with(beginning.as_str());
            beginnings.is_empty() || beginnings.iter().any(begins)
        };
        plan.contestants
            .retain(|contestant| wanted(&self.only, &contestant.name()));
        plan.series
            .retain(|series| wanted(&self.series, &series.form.name()));
        plan
    }
}

fn main() -> ExitCode {
    match machine::one_thread() {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> ExitCode {
    let measuring = async {
        let arguments = Arguments::parse(std::env::args().skip(1))?;
        measure(&arguments).await
    };
    // Whoever runs is ended by being dropped.
    let result = tokio::select! {
        result = measuring => result,
        () = interrupted() => Err("interrupted".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

async fn interrupted() {
    let listen = |kind| signal(kind).expect("the system delivers signals");
    let mut interrupt = listen(SignalKind::interrupt());
    let mut terminate = listen(SignalKind::terminate());
    let mut hang_up = listen(SignalKind::hangup());
    tokio::select! {
        _ = hang_up.recv() => {}
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
}

async fn measure(arguments: &Arguments) -> Result<(), String> {
    let plan = arguments.plan();
    let load_before = machine::load();
    let upstream = upstream::start(Answers::new(&plan.lengths())).await;
    let upstream = upstream.map_err(|error| format!("no upstream: {error}"))?;
    let folder = tempfile::tempdir().map_err(|error| format!("no folder: {error}"))?;
    let mut columns: Vec<Column> = Vec::new();
    for &contestant in &plan.contestants {
        eprintln!("{}, load {}", contestant.name(), machine::load());
        let own = folder.path().join(columns.len().to_string());
        std::fs::create_dir(&own).map_err(|error| format!("no folder: {error}"))?;
        let measured = measure::contestant(contestant, &plan, upstream, &own).await;
        if let Err(why) = &measured {
            eprintln!("{} does not take part: {why}", contestant.name());
        }
        columns.push((contestant, measured));
    }
    let text = text(&plan, &columns, &load_before);
    println!("{text}");
    if let Some(path) = &arguments.write {
        let written = std::fs::write(path, text);
        written.map_err(|error| format!("{}: {error}", path.display()))?;
    }
    Ok(())
}

fn text(plan: &Plan, columns: &[Column], load_before: &str) -> String {
    format!(
        "# What the gateway costs\n\n\
        Written by `make bench-gateway`, on {}; load before {load_before}, after {}.\n\n\
        Everybody stands in front of the same upstream and gets the same bodies. The upstream \
        answers at once with what it made beforehand, a stream as fast as it is read: *in \
        segments* in pieces of 1,400 bytes, *event by event* with each event sent by itself. \
        Hearth's emulator is not used, as its checks would take longer than what is measured. \
        Callers wait for an answer before they ask anew, and where it says *begun together* for \
        everybody's, where p99 ÷ p50 is that of the middle one of all rounds; a stream counts \
        when all its deltas and its ending came. Callers and upstream take turns on one thread, \
        and one processor is left to the gateway; CPU and memory are those of all its processes. The direct way leads through no gateway and \
        speaks Messages only. The last column says how many times better Hearth is than LiteLLM \
        with one worker.\n\n\
        {}\n{}",
        machine::facts(),
        machine::load(),
        table::report(plan, columns),
        table::goals(plan, columns),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn arguments_are_taken_or_refused() {
        let arguments = parse("--short --only Hearth --only direct --write figures.md").unwrap();
        let plan = arguments.plan();
        assert_eq!(plan.contestants.len(), 2);
        assert_eq!(arguments.write, Some("figures.md".into()));
        assert!(parse("--write").is_err());
        assert!(parse("--long").unwrap_err().contains("--long"));
        assert_eq!(parse("").unwrap().plan().contestants.len(), 5);
    }
}
