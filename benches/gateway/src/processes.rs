//! What a group of processes uses, as `/proc` shows it (proc(5)).
//!
//! Every contestant leads a process group of its own, so that its workers count with it.

use std::fs;
use std::time::Duration;

/// What `/proc/PID/stat` counts processor time in; user space has seen nothing else on Linux
/// for decades (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// Processor time that the living members of a group have used so far.
pub(crate) fn processor_time(group: u32) -> Duration {
    let ticks: u32 = members(group).map(|process| process.ticks).sum();
    TICK * ticks
}

/// Resident memory of the members of a group, in bytes. What they share counts for each.
pub(crate) fn memory(group: u32) -> u64 {
    let members = members(group);
    members
        .filter_map(|process| resident(&fs::read_to_string(status(process.id)).ok()?))
        .sum()
}

/// Whether anything of a group still runs.
pub(crate) fn is_alive(group: u32) -> bool {
    members(group).next().is_some()
}

/// Whether one process runs, which is quicker to see.
pub(crate) fn runs(id: u32) -> bool {
    Process::look_at(id).is_some()
}

fn members(group: u32) -> impl Iterator<Item = Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten();
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter_map(Process::look_at)
        .filter(move |process| process.group == group)
}

fn status(id: u32) -> String {
    format!("/proc/{id}/status")
}

fn resident(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[derive(Debug, PartialEq, Eq)]
struct Process {
    id: u32,
    group: u32,
    ticks: u32,
}

impl Process {
    fn look_at(id: u32) -> Option<Self> {
        Self::read(&fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
    }

    /// None when it is gone or only waits to be buried.
    fn read(stat: &str) -> Option<Self> {
        // The name stands in parentheses and may hold anything, parentheses too.
        let (head, fields) = stat.rsplit_once(')')?;
        let fields: Vec<_> = fields.split_ascii_whitespace().collect();
        if matches!(fields.first(), None | Some(&("Z" | "X"))) {
            return None;
        }
        // Fields are counted from 1, and the third is the first after the name.
        let number = |field: usize| fields.get(field - 3)?.parse::<u32>().ok();
        Some(Self {
            id: head.split_once(' ')?.0.parse().ok()?,
            group: number(5)?,
            ticks: number(14)? + number(15)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name() {
        let stat = "71 (odd) name (x) S 1 70 70 0 -1 4194560 9 0 0 0 25 17 3 4 20 0 5 0 100";
        let read = Process {
            id: 71,
            group: 70,
            ticks: 42,
        };
        assert_eq!(Process::read(stat), Some(read));
        assert_eq!(Process::read(&stat.replace(" S ", " Z ")), None);
        assert_eq!(Process::read(""), None);
    }

    #[test]
    fn resident_memory_is_bytes() {
        let status = "Name:\tx\nVmHWM:\t  9 kB\nVmRSS:\t    2048 kB\n";
        assert_eq!(resident(status), Some(2 * 1024 * 1024));
        assert_eq!(resident("Name:\tx\n"), None);
    }
}
