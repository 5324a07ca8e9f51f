//! The programs that Hearth consists of while it runs.

use std::collections::BTreeSet;
use std::path::Path;

/// A process and what it was started with.
#[derive(Debug, Clone)]
pub(crate) struct Process {
    pub(crate) id: u32,
    pub(crate) arguments: String,
    /// As the kernel shows it: what it was started with, without later changes.
    pub(crate) environment: String,
    parent: u32,
    /// When, in ticks since the machine's start: numbers of processes are used again.
    started: u64,
}

/// Processes that name this path among their arguments, drivers aside.
pub(crate) fn with_argument(path: &Path) -> Vec<Process> {
    let wanted = path.to_string_lossy();
    let named = |process: &Process| {
        process
            .arguments
            .split('\0')
            .any(|argument| argument == wanted)
    };
    all().into_iter().filter(named).collect()
}

/// Processes that name this path among their arguments, and all that they started.
pub(crate) fn tree(path: &Path) -> Vec<Process> {
    let mut ids: BTreeSet<_> = with_argument(path)
        .iter()
        .map(|process| process.id)
        .collect();
    let all = all();
    loop {
        let before = ids.len();
        let children = all.iter().filter(|process| ids.contains(&process.parent));
        ids.extend(children.map(|process| process.id).collect::<Vec<_>>());
        if ids.len() == before {
            break;
        }
    }
    all.into_iter()
        .filter(|process| ids.contains(&process.id))
        .collect()
}

/// Whether one of these has not ended yet. One that is ending has no arguments any more while the
/// system still closes its connections, so they are known by their numbers.
pub(crate) fn any_lives(processes: &[Process]) -> bool {
    let lives = |process: &Process| {
        let now = look_at(process.id);
        now.is_some_and(|now| now.started == process.started)
    };
    processes.iter().any(lives)
}

/// All processes that can be looked at; one that ends meanwhile is no process any more.
fn all() -> Vec<Process> {
    let entries = std::fs::read_dir("/proc").expect("there is a /proc");
    let ids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok());
    ids.filter_map(look_at).collect()
}

fn look_at(id: u32) -> Option<Process> {
    let read = |name: &str| std::fs::read(format!("/proc/{id}/{name}")).ok();
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let stat = text(read("stat")?);
    let mut after_name = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = after_name.next()?;
    let parent = after_name.next()?.parse().ok()?;
    // The 22nd field in all (proc_pid_stat(5)).
    let started = after_name.nth(17)?.parse().ok()?;
    let is_gone = matches!(state, "Z" | "X");
    (!is_gone).then_some(())?;
    Some(Process {
        id,
        arguments: text(read("cmdline")?),
        environment: text(read("environ").unwrap_or_default()),
        parent,
        started,
    })
}
