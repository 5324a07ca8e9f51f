//! A contestant that runs, and that ends with the value that stands for it.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use crate::processes;

/// How long a program may take to end in good order.
const FAREWELL: Duration = Duration::from_secs(10);
/// How often it is looked whether it has ended.
const GLANCE: Duration = Duration::from_millis(20);

/// The leader of a process group, with all that it starts.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    log: PathBuf,
    /// Whether the group's number may by now be another's.
    buried: bool,
}

impl Program {
    /// Starts it with a clean environment; what it says goes into a file of its own.
    pub(crate) fn start(mut command: Command, log: &Path) -> io::Result<Self> {
        let output = File::create(log)?;
        command
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output);
        Ok(Self {
            child: command.spawn()?,
            log: log.to_owned(),
            buried: false,
        })
    }

    /// The process group.
    pub(crate) fn group(&self) -> u32 {
        self.child.id()
    }

    /// Whether its leader still runs.
    pub(crate) fn is_led(&self) -> bool {
        processes::runs(self.group())
    }

    /// Whether anything of it still runs.
    fn is_running(&self) -> bool {
        processes::is_alive(self.group())
    }

    /// How the leader ended, once nothing of the group runs any more.
    pub(crate) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.is_running() {
            return Ok(None);
        }
        let status = self.child.wait()?;
        self.buried = true;
        Ok(Some(status))
    }

    /// The last line that it said, which mostly names what is wrong.
    pub(crate) fn last_line(&self) -> String {
        let said = std::fs::read(&self.log).unwrap_or_default();
        let said = String::from_utf8_lossy(&said);
        let last = said.lines().rev().find(|line| !line.trim().is_empty());
        last.unwrap_or("it said nothing").trim().to_owned()
    }

    /// Asks it to end, and waits for a limited time until it has.
    pub(crate) async fn stop(self) {
        self.signal(Signal::TERM);
        let until = Instant::now() + FAREWELL;
        while self.is_running() && Instant::now() < until {
            tokio::time::sleep(GLANCE).await;
        }
    }

    /// To the whole group. The leader is buried last, so that its number stays its own until then.
    fn signal(&self, signal: Signal) {
        let group = i32::try_from(self.group()).ok().and_then(Pid::from_raw);
        if let Some(group) = group {
            // There may be nobody left.
            let _ = kill_process_group(group, signal);
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.buried {
            return;
        }
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_a_program_started_ends_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", "echo ready; sleep 600 & sleep 600"]);
        let program = Program::start(command, &folder.path().join("log")).unwrap();
        let group = program.group();
        while program.last_line() != "ready" {
            tokio::time::sleep(GLANCE).await;
        }
        assert!(program.is_led());
        assert!(program.is_running());
        assert!(processes::memory(group) > 0);
        program.stop().await;
        assert!(!processes::is_alive(group));
    }
}
