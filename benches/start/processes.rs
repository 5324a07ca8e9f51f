//! A process and all that it started, as `/proc` shows them (proc(5)).

use std::collections::BTreeSet;
use std::fs;

/// Memory in bytes, shared pages counted in parts (PSS).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// The program itself.
    pub(crate) program: u64,
    /// WebKit's process for the page.
    pub(crate) page: u64,
    /// WebKit's other processes.
    pub(crate) others: u64,
}

impl Memory {
    pub(crate) fn all(&self) -> u64 {
        self.program + self.page + self.others
    }
}

/// The ids of a process and of all that descend from it.
pub(crate) fn tree(root: u32) -> BTreeSet<u32> {
    let all: Vec<_> = all().filter_map(Process::look_at).collect();
    let mut tree = BTreeSet::from([root]);
    loop {
        let before = tree.len();
        let children = all.iter().filter(|process| tree.contains(&process.parent));
        tree.extend(children.map(|process| process.id).collect::<Vec<_>>());
        if tree.len() == before {
            return tree;
        }
    }
}

pub(crate) fn memory(root: u32) -> Memory {
    let mut memory = Memory::default();
    for process in tree(root).into_iter().filter_map(Process::look_at) {
        let share = proportional_set_size(process.id).unwrap_or_default();
        if process.id == root {
            memory.program += share;
        } else if process.is_page() {
            memory.page += share;
        } else {
            memory.others += share;
        }
    }
    memory
}

/// Processor time that a tree has used so far, in clock ticks of 10 ms.
pub(crate) fn ticks(root: u32) -> u64 {
    let processes = tree(root).into_iter().filter_map(Process::look_at);
    processes.map(|process| process.ticks).sum()
}

/// Whether any of these is still there.
pub(crate) fn any_left(ids: &BTreeSet<u32>) -> bool {
    ids.iter().any(|id| Process::look_at(*id).is_some())
}

/// Pages of WebKit outside this tree. They share its libraries, and so make it look smaller.
pub(crate) fn pages_elsewhere(root: u32) -> usize {
    let ours = tree(root);
    all()
        .filter(|id| !ours.contains(id))
        .filter_map(Process::look_at)
        .filter(Process::is_page)
        .count()
}

#[derive(Debug)]
struct Process {
    id: u32,
    name: String,
    parent: u32,
    ticks: u64,
}

impl Process {
    /// None when it is gone or only waits to be buried.
    fn look_at(id: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        let (head, fields) = stat.rsplit_once(')')?;
        let fields: Vec<_> = fields.split_ascii_whitespace().collect();
        if matches!(fields[0], "Z" | "X") {
            return None;
        }
        // Fields 4, 14 and 15; the third is the first after the name.
        let number = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
        Some(Self {
            id,
            name: head.split_once('(')?.1.to_owned(),
            parent: number(4)?.try_into().ok()?,
            ticks: number(14)? + number(15)?,
        })
    }

    /// The kernel cuts names after 15 bytes.
    fn is_page(&self) -> bool {
        "WebKitWebProcess".starts_with(&self.name) && self.name.len() == 15
    }
}

fn all() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").expect("there is a /proc");
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
}

fn proportional_set_size(id: u32) -> Option<u64> {
    let rollup = fs::read_to_string(format!("/proc/{id}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kibibytes * 1024)
}
