//! `hearth emulator`: the stand-in Foundry resource for other programs and for tests.

use hearth_emulator::Pace;

use crate::arguments;
use crate::terminal::{Failed, Terminal};

/// Serves until the program is told to end.
pub(crate) async fn run(
    arguments: &arguments::Emulator,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let pace = if arguments.pace == 0.0 {
        Pace::Instant
    } else {
        Pace::PerSecond(arguments.pace)
    };
    let served = hearth_emulator::serve_command(
        arguments.listen,
        arguments.key.clone(),
        arguments.seed,
        pace,
        |address| {
            // Programs wait for exactly this line.
            let said = terminal.write(&format!("listening on http://{address}\n"));
            if said.is_err() {
                tracing::warn!("nobody reads standard output");
            }
            let sentence = terminal.words.say("cli-emulator-says", &[]);
            terminal.note(&sentence);
        },
        asked_to_end(),
    );
    served
        .await
        .map_err(|error| terminal.refuse("cli-emulator-failed", &[("message", error.to_string())]))
}

/// Ctrl+C, or what a service manager sends.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => return,
                _ = tokio::signal::ctrl_c() => return,
            }
        }
    }
    // A program that cannot be told to end is ended by force.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
