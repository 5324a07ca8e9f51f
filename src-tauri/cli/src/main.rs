//! `hearth`: everything that needs no window.
//!
//! Each command is a thin reader of arguments over the engine or the emulator; what it
//! says stands in `words/en.ftl`. Deliberately absent: Tauri, WebKit, and anything that
//! the engine could decide.

mod arguments;
mod ask;
mod doctor;
mod emulator;
mod ending;
mod export;
mod gateway;
mod named;
mod terminal;

use std::io::IsTerminal;
use std::num::NonZeroUsize;
use std::process::ExitCode;

use hearth_engine::{Engine, Environment, Profile, Words};

use arguments::Command;
use terminal::{Failed, Terminal};

/// A gateway's requests are made of many small pieces, and with the system's allocator a
/// seventh of the time went into having and releasing them. Without huge pages, of which a small
/// program fills none.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // Before any thread starts: what is left of the environment is inherited by every
    // process that is started from here.
    let environment = Environment::take();
    let words = Words::english();
    let invocation = arguments::read(&words);
    log_to_stderr();
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(error) => return Terminal::new(&words).failed(&Failed::Said(error.to_string())),
    };
    runtime.block_on(run(invocation, environment, &words))
}

/// One thread for every two processors. A gateway's work comes in pieces of some microseconds,
/// and waking another processor for a piece costs more than the piece; the other half is the
/// programs' that ask.
///
/// Sockets are looked at after every few pieces, and not after tokio's 61: streams that come as
/// fast as they are read keep a thread busy for a tenth of a millisecond a piece, and whoever
/// asks anew would wait for all of them.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(processors.div_ceil(2))
        .event_interval(8)
        .enable_all()
        .build()
}

async fn run(
    invocation: arguments::Invocation,
    environment: Environment,
    words: &Words,
) -> ExitCode {
    let terminal = Terminal::new(words);
    let done = match invocation.command {
        Command::Gateway(gateway) => {
            gateway::run(gateway, invocation.profile, environment, &terminal).await
        }
        Command::Emulator(emulator) => emulator::run(&emulator, &terminal).await,
        Command::Ask(ask) => ask::run(ask, invocation.profile, environment, &terminal).await,
        Command::Doctor(doctor) => {
            doctor::run(doctor, invocation.profile, environment, &terminal).await
        }
        Command::Export(export) => {
            export::run(export, invocation.profile, environment, &terminal).await
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failed) => terminal.failed(&failed),
    }
}

/// Opens the profile that was named, or the person's own.
async fn open(profile: Profile, environment: Environment) -> Result<Engine, Failed> {
    Ok(Engine::open(profile, environment).await?)
}

/// `HEARTH_LOG` takes the filters of tracing-subscriber, such as `hearth_engine=debug`.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HEARTH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("off"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // What goes into a file is read by programs, too.
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}
