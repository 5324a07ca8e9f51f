//! One of the two programs, while it runs.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::processes::{self, Memory};

/// What this benchmark is called with to be the peer itself.
pub(crate) const BARE_WINDOW: &str = "--bare-window";

const PATIENCE: Duration = Duration::from_secs(90);
/// A program has come to rest when it used less than six hundredths of a processor for two
/// seconds: a blinking caret takes three where no graphics card draws the page.
const REST: Duration = Duration::from_secs(2);
const TICKS_AT_REST: u64 = 12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Program {
    Hearth,
    BareWindow,
}

/// When a program had drawn something, and what that took. Both are exact to 10 ms.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FirstFrame {
    /// Milliseconds since the program was started.
    pub(crate) after: u64,
    /// Milliseconds of one processor, all processes together. Unlike the time that passed, it
    /// hardly depends on what else runs.
    pub(crate) processor: u64,
}

/// What a program takes while it waits for somebody to do something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rest {
    pub(crate) memory: Memory,
    /// Hundredths of one processor.
    pub(crate) processor: u64,
}

pub(crate) struct Running {
    child: Child,
    first_frame: Receiver<u64>,
}

impl Running {
    /// Starts a program that keeps everything in this folder.
    pub(crate) fn start(program: Program, folder: &Path) -> Self {
        let mut command = match program {
            Program::Hearth => Command::new(env!("CARGO_BIN_EXE_hearth-desktop")),
            Program::BareWindow => {
                Command::new(std::env::current_exe().expect("a program knows where it is"))
            }
        };
        match program {
            Program::Hearth => command.arg("--profile").arg(folder),
            Program::BareWindow => command.arg(BARE_WINDOW).arg(folder),
        };
        let mut child = command
            .env("HEARTH_TIMINGS", "1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{program:?} does not start: {error}"));
        let said = child.stderr.take().expect("BUG: stderr is piped");
        let (sender, first_frame) = channel();
        thread::spawn(move || {
            // Read to its end, or the program would wait for somebody who does.
            for line in BufReader::new(said).lines().map_while(Result::ok) {
                if let Some(milliseconds) = milliseconds(&line) {
                    let _ = sender.send(milliseconds);
                }
            }
        });
        Self { child, first_frame }
    }

    /// Waits for the first frame.
    pub(crate) fn first_frame(&self) -> FirstFrame {
        let after = self.first_frame.recv_timeout(PATIENCE);
        FirstFrame {
            after: after.expect("the program draws its first frame"),
            processor: processes::ticks(self.child.id()) * 10,
        }
    }

    /// Waits until the program and all that it started have come to rest, and looks at them.
    pub(crate) fn at_rest(&self) -> Rest {
        let id = self.child.id();
        let patience = Instant::now() + PATIENCE;
        let mut before = processes::ticks(id);
        loop {
            thread::sleep(REST);
            let now = processes::ticks(id);
            let used = now.saturating_sub(before);
            if used <= TICKS_AT_REST {
                let memory = self.memory();
                // A tick is 10 ms, so that ticks a second are hundredths of a processor.
                let processor = used / REST.as_secs();
                return Rest { memory, processor };
            }
            assert!(Instant::now() < patience, "the program never rests");
            before = now;
        }
    }

    fn memory(&self) -> Memory {
        let id = self.child.id();
        let elsewhere = processes::pages_elsewhere(id);
        if elsewhere > 0 {
            println!("not alone: {elsewhere} other web pages share WebKit's memory");
        }
        processes::memory(id)
    }

    /// Ends the program as a logout would, and waits until nothing of it is left.
    pub(crate) fn end(mut self) {
        let tree = processes::tree(self.child.id());
        let id = self.child.id().to_string();
        let told = Command::new("kill").arg(&id).status();
        assert!(told.is_ok_and(|status| status.success()), "kill {id}");
        self.child.wait().expect("the program ends");
        let patience = Instant::now() + PATIENCE;
        while processes::any_left(&tree) {
            assert!(
                Instant::now() < patience,
                "the web view outlives its program"
            );
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A benchmark that gave up leaves no window behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn milliseconds(line: &str) -> Option<u64> {
    let number = line.strip_prefix("first frame: ")?.strip_suffix(" ms")?;
    number.parse().ok()
}
