//! What was measured, as a table.

use std::fmt;
use std::fs;

use crate::program::{FirstFrame, Rest};

/// One look at one program.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// None for a program that had been running already.
    first_frame: Option<FirstFrame>,
    rest: Rest,
}

impl Measured {
    pub(crate) fn at_start(first_frame: FirstFrame, rest: Rest) -> Self {
        Self {
            first_frame: Some(first_frame),
            rest,
        }
    }

    pub(crate) fn later(rest: Rest) -> Self {
        Self {
            first_frame: None,
            rest,
        }
    }
}

/// What was measured of each case; rows in the order in which they are first seen.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<(&'static str, Vec<Measured>)>,
}

impl Table {
    pub(crate) fn add(&mut self, name: &'static str, measured: Measured) {
        match self.rows.iter_mut().find(|(row, _)| *row == name) {
            Some((_, all)) => all.push(measured),
            None => self.rows.push((name, vec![measured])),
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let starts = self.rows.first().map_or(0, |(_, all)| all.len());
        writeln!(f, "Median (least–most) of {starts} starts each.\n")?;
        writeln!(
            f,
            "| | first frame, ms | processor time for it, ms | memory of all processes, MB | program | page | network | processor at rest, % |"
        )?;
        writeln!(f, "|---|---|---|---|---|---|---|---|")?;
        for (name, all) in &self.rows {
            let frame = |part: fn(FirstFrame) -> u64| {
                let frames = all.iter().filter_map(|it| it.first_frame);
                spread(frames.map(part).collect())
                    .map_or_else(|| "–".to_owned(), |it| it.to_string())
            };
            let of = |part: fn(&Rest) -> u64| {
                let values = all.iter().map(|it| part(&it.rest)).collect();
                spread(values).expect("BUG: a row without a measurement")
            };
            let megabytes = |part: fn(&Rest) -> u64| of(part).in_millions();
            writeln!(
                f,
                "| {name} | {} | {} | {} | {} | {} | {} | {} |",
                frame(|it| it.after),
                frame(|it| it.processor),
                megabytes(|it| it.memory.all()),
                megabytes(|it| it.memory.program).median,
                megabytes(|it| it.memory.page).median,
                megabytes(|it| it.memory.others).median,
                of(|it| it.processor).median,
            )?;
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Spread {
    median: u64,
    least: u64,
    most: u64,
}

impl Spread {
    fn in_millions(self) -> Self {
        Self {
            median: self.median / 1_000_000,
            least: self.least / 1_000_000,
            most: self.most / 1_000_000,
        }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            least,
            most,
        } = self;
        write!(f, "{median} ({least}–{most})")
    }
}

fn spread(mut values: Vec<u64>) -> Option<Spread> {
    values.sort_unstable();
    Some(Spread {
        median: *values.get(values.len() / 2)?,
        least: *values.first()?,
        most: *values.last()?,
    })
}

/// What this is measured on.
pub(crate) fn machine() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name")?.split_once(": "))
        .map_or("an unknown processor", |(_, model)| model);
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let webkit = tauri::webview_version().unwrap_or_default();
    format!("{count} × {model}, WebKitGTK {webkit}, {}", load())
}

/// How busy the machine is: figures of a busy one are worth little.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minute = load.split(' ').next().unwrap_or_default().to_owned();
    format!("load {minute}")
}
