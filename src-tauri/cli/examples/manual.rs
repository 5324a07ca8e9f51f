//! Writes the manual pages and the shells' completions of both programs:
//!
//! ```sh
//! cargo run -p hearth --example manual -- FOLDER
//! ```
//!
//! They are made from the same words and the same arguments as `--help`, so that they
//! cannot say anything else. An example rather than a hidden command: what only the
//! packaging needs is not carried by the program.

// Only the shape of the command line is needed here, not the reading of it.
#[expect(
    dead_code,
    reason = "the program reads arguments, this only describes them"
)]
#[path = "../src/arguments.rs"]
mod arguments;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, value_parser};
use clap_complete::Shell;
use hearth_engine::Words;

/// The shells that Debian's packages bring completions for.
const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn main() -> io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.ok_or_else(|| io::Error::other("usage: manual FOLDER"))?;
    let words = Words::english();
    let completions = folder.join("completions");
    let pages = folder.join("man");
    for command in [arguments::command(&words), window(&words)] {
        complete(command.clone(), &completions)?;
        describe(command, &pages)?;
    }
    Ok(())
}

/// The window's program as clap would have it. It reads its few arguments itself
/// (`src-tauri/desktop/arguments.rs`), so that it does not carry clap.
fn window(words: &Words) -> Command {
    Command::new("hearth-desktop")
        .version(env!("CARGO_PKG_VERSION"))
        .about(words.say("desktop-about", &[]))
        .arg(
            Arg::new("profile")
                .long("profile")
                .value_name("DIR")
                .env("HEARTH_PROFILE")
                .value_parser(value_parser!(PathBuf))
                .help(words.say("cli-profile", &[])),
        )
}

fn complete(mut command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let name = command.get_name().to_owned();
    for shell in SHELLS {
        clap_complete::generate_to(shell, &mut command, &name, folder)?;
    }
    Ok(())
}

fn describe(command: Command, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    // `hearth help ask` says what `man hearth-ask` says, and needs no page of its own.
    clap_mangen::generate_to(command.disable_help_subcommand(true), folder)
}
