//! One measurement, on request: how long the first frame took.

use std::io::Write;

/// When `HEARTH_TIMINGS` is set, writes one line `first frame: N ms` to stderr,
/// counted from the start of this process. The start-up benchmark reads it.
pub(crate) fn first_frame() {
    if std::env::var_os("HEARTH_TIMINGS").is_none() {
        return;
    }
    if let Some(milliseconds) = since_process_start() {
        // Nobody reads a closed pipe, so there is nobody to tell either.
        let _ = writeln!(std::io::stderr().lock(), "first frame: {milliseconds} ms");
    }
}

/// From `execve` to now, in milliseconds, as exact as the kernel's clock ticks
/// (10 ms); none where the kernel does not say. Counting from `main` would miss
/// the loading of the web view's libraries.
fn since_process_start() -> Option<u64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let uptime = std::fs::read_to_string("/proc/uptime").ok()?;
    elapsed(&stat, &uptime)
}

/// Field 22 of `stat` is the start in clock ticks since boot (proc(5)), of which
/// Linux has 100 a second on every architecture that Tauri supports.
fn elapsed(stat: &str, uptime: &str) -> Option<u64> {
    // The program's name, in parentheses, may itself hold spaces and parentheses.
    let (_, after_name) = stat.rsplit_once(')')?;
    let started_ticks: u64 = after_name.split_ascii_whitespace().nth(19)?.parse().ok()?;
    let (seconds, hundredths) = uptime.split_ascii_whitespace().next()?.split_once('.')?;
    let now = seconds.parse::<u64>().ok()? * 1000 + hundredths.parse::<u64>().ok()? * 10;
    now.checked_sub(started_ticks * 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_found_behind_an_awkward_name() {
        let stat = "7 (hearth) (x) S 1 7 7 0 -1 4 1 0 0 0 5 1 0 0 20 0 9 0 12345 99 88";
        assert_eq!(elapsed(stat, "124.00 200.00\n"), Some(550));
    }

    #[test]
    fn nonsense_is_no_measurement() {
        assert_eq!(elapsed("", ""), None);
        assert_eq!(elapsed("7 (hearth) S 1", "124.00 1.0"), None);
    }
}
