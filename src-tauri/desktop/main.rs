//! `hearth-desktop`: the window around the engine.
//!
//! Every command is one line into `hearth-engine`; what is decided here is only
//! what needs a window: its policy, native dialogs, the clipboard, the system's
//! browser. Deliberately absent: conversations, HTTP, SQL, and everything that
//! the `hearth` command line can do as well.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]
#![expect(
    clippy::result_large_err,
    reason = "a report is made once a failure, and is never on a path that has to be fast"
)]

mod arguments;
mod clipboard;
mod clock;
mod commands;
mod dialogs;
mod dropping;
mod events;
mod links;
mod page;
mod page_process;
mod second_launch;
mod shell;
mod window;

use std::io::Write;
use std::process::ExitCode;

use hearth_engine::api::ErrorReport;
use hearth_engine::{Engine, Environment, Profile, Words};
use tauri::{AppHandle, Manager, RunEvent};

use crate::arguments::{Arguments, Invocation};
use crate::shell::Shell;

fn main() -> ExitCode {
    // Before any thread starts: WebKit's processes inherit what is left of the environment.
    let environment = Environment::take();
    let words = Words::english();
    let arguments = match arguments::parse(std::env::args_os().skip(1)) {
        Invocation::Open(arguments) => arguments,
        Invocation::Help => return say(&words.say("desktop-usage", &[]), ExitCode::SUCCESS),
        Invocation::Version => {
            return say(
                concat!("hearth-desktop ", env!("CARGO_PKG_VERSION")),
                ExitCode::SUCCESS,
            );
        }
        Invocation::Refused(argument) => {
            let sentence = words.say("desktop-unknown-argument", &[("argument", argument)]);
            return complain(&sentence);
        }
    };
    if !window::there_is_a_display() {
        return complain(&words.say("desktop-no-display", &[]));
    }
    log_to_stderr();
    match open(arguments, environment, words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error.to_string()),
    }
}

fn open(arguments: Arguments, environment: Environment, words: Words) -> tauri::Result<()> {
    let profile = Profile::from_args(arguments.profile);
    let app = tauri::Builder::default()
        .plugin(second_launch::focuses_the_first(profile.as_ref().ok()))
        .plugin(tauri_plugin_dialog::init())
        .invoke_handler(commands::handler())
        .setup(move |app| {
            // A program that cannot open its files still opens its window, to say so.
            let engine = tauri::async_runtime::block_on(open_engine(&profile, environment));
            let shell = Shell::new(engine, words);
            tauri::async_runtime::block_on(shell.resume_demo());
            app.manage(shell);
            window::open_first(app, profile.ok())?;
            // Beside the window: nobody waits for a port or a keyring to see it.
            let handle = app.handle().clone();
            tauri::async_runtime::spawn(async move { handle.state::<Shell>().lend() });
            end_when_told_to(app.handle().clone());
            Ok(())
        })
        .build(page::context())?;
    app.run(|app, event| {
        if let RunEvent::Exit = event {
            second_launch::let_others_begin(app);
            tauri::async_runtime::block_on(app.state::<Shell>().shutdown());
        }
    });
    Ok(())
}

async fn open_engine(
    profile: &Result<Profile, ErrorReport>,
    environment: Environment,
) -> Result<Engine, ErrorReport> {
    Engine::open(profile.clone()?, environment).await
}

/// Ctrl+C and a logout end Hearth as closing its window does: answers that are
/// being written are stored as far as they came.
fn end_when_told_to(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        asked_to_end().await;
        app.exit(0);
    });
}

#[cfg(unix)]
async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => (),
        _ = tokio::signal::ctrl_c() => (),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// `HEARTH_LOG` takes the filters of tracing-subscriber, such as `hearth_engine=debug`.
fn log_to_stderr() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HEARTH_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
}

fn say(sentence: &str, code: ExitCode) -> ExitCode {
    // Nobody reads a closed pipe, so there is nobody to tell either.
    let _ = writeln!(std::io::stdout().lock(), "{sentence}");
    code
}

fn complain(sentence: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr().lock(), "{sentence}");
    ExitCode::FAILURE
}
