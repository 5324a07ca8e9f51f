//! What this is measured on.

use std::fs;
use std::process::Command;

use tokio::runtime::{Builder, Runtime};

/// Pieces of work between two looks at the sockets. With tokio's 61, of which each may count the
/// marks of a large piece, what came would be seen up to five milliseconds late.
const GLANCE: u32 = 4;

/// The runtime of callers and upstream. One thread needs the least of a processor for each
/// question, and the machine is shared with what is measured.
pub(crate) fn one_thread() -> std::io::Result<Runtime> {
    Builder::new_current_thread()
        .event_interval(GLANCE)
        .enable_all()
        .build()
}

/// Processors, memory, kernel, and what the others run on.
pub(crate) fn facts() -> String {
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = field(&processors, "model name").unwrap_or("an unknown processor");
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let memory = field(&memory, "MemTotal").and_then(|total| total.strip_suffix(" kB"));
    let memory = memory.and_then(|kibibytes| kibibytes.trim().parse::<u64>().ok());
    let gigabytes = memory.unwrap_or_default() * 1024 / 1_000_000_000;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let kernel = kernel.trim();
    let (python, node) = (version("python3"), version("node"));
    format!("{count} × {model}, {gigabytes} GB, Linux {kernel}, {python}, Node {node}")
}

/// What a program says of itself.
fn version(program: &str) -> String {
    let said = Command::new(program).arg("--version").output();
    let said = said.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    said.unwrap_or_else(|_| format!("no {program}"))
}

/// How busy the machine was in the last minute: figures of a busy one are worth little.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    load.split(' ').next().unwrap_or_default().to_owned()
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim())
    })
}
