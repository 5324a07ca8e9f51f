//! From start to first frame, and the memory of all processes, beside a Tauri window that does nothing.
//!
//!     cargo bench --bench start            # 7 rounds
//!     cargo bench --bench start -- 15
//!
//! Each round starts every case once, so that whatever else the machine does hits all of them
//! alike, and begins with another case than the one before. A first round is not counted: it
//! brings programs and libraries into the disk cache.
//!
//! Needs Linux, a display to itself and `xdotool`: run it under `scripts/with-desktop`.

#![expect(clippy::print_stdout, reason = "a benchmark prints what it measured")]

mod bare_window;
// Both windows are timed by the same lines.
#[path = "../../src-tauri/desktop/clock.rs"]
#[expect(
    unused_imports,
    reason = "its tests are built here, but without their functions"
)]
mod clock;
mod figures;
mod processes;
mod profile;
mod program;

use std::path::Path;

use crate::figures::{Measured, Table};
use crate::profile::UsedProfile;
use crate::program::{Program, Running};

const ROUNDS: usize = 7;
/// As many as a sidebar shows in a few screens.
const CONVERSATIONS: usize = 40;

/// What is started in every round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    Bare,
    Fresh,
    Used,
}

impl Case {
    const ALL: [Self; 3] = [Self::Bare, Self::Fresh, Self::Used];
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    if let [flag, folder] = &arguments[..]
        && flag == program::BARE_WINDOW
    {
        return bare_window::open(Path::new(folder));
    }
    let rounds = arguments.iter().find_map(|argument| argument.parse().ok());
    measure(rounds.unwrap_or(ROUNDS));
}

fn measure(rounds: usize) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    println!("{}", figures::machine());
    println!("filling a profile with {CONVERSATIONS} conversations");
    let used = UsedProfile::fill(&folder.path().join("used"), CONVERSATIONS);

    let mut table = Table::default();
    for round in 0..=rounds {
        let mut cases = Case::ALL;
        cases.rotate_left(round.saturating_sub(1) % Case::ALL.len());
        for case in cases {
            let own = folder.path().join(format!("{case:?}-{round}"));
            let measured = run(case, &own, &used);
            if round > 0 {
                measured
                    .into_iter()
                    .for_each(|(row, it)| table.add(row, it));
            }
        }
        println!("round {round} of {rounds}, {}", figures::load());
    }
    println!("\n{table}");
}

/// Starts one program, lets it come to rest, looks, and ends it.
fn run(case: Case, own: &Path, used: &UsedProfile) -> Vec<(&'static str, Measured)> {
    let (program, folder, row) = match case {
        Case::Bare => (Program::BareWindow, own, "bare Tauri window"),
        Case::Fresh => (Program::Hearth, own, "Hearth, first run"),
        Case::Used => (Program::Hearth, used.folder(), "Hearth, 40 conversations"),
    };
    let running = Running::start(program, folder);
    let first_frame = running.first_frame();
    let mut measured = vec![(row, Measured::at_start(first_frame, running.at_rest()))];
    if case == Case::Used {
        used.ask_in_the_window();
        let row = "… and an answer open";
        measured.push((row, Measured::later(running.at_rest())));
    }
    running.end();
    measured
}
