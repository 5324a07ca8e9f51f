//! `hearth emulator`: the stand-in Foundry resource for other programs and for tests, and
//! with `--tls` a stand-in Entra tenant beside it.

use std::path::Path;

use hearth_emulator::{CommandOptions, CommandServer, Entra, Pace};

use crate::arguments;
use crate::ending::Endings;
use crate::terminal::{Failed, Terminal};

/// How long the workload identity's assertion is good for, in seconds: a day.
const ASSERTION_LASTS: i64 = 86_400;

/// Serves until the program is told to end.
pub(crate) async fn run(
    arguments: &arguments::Emulator,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let mut endings = Endings::listen();
    let failed = |message: String| terminal.refuse("cli-emulator-failed", &[("message", message)]);
    let pace = if arguments.pace == 0.0 {
        Pace::Instant
    } else {
        Pace::PerSecond(arguments.pace)
    };
    let server = CommandServer::start(CommandOptions {
        listen: arguments.listen,
        key: arguments.key.clone(),
        seed: arguments.seed,
        pace,
        tls: arguments.tls,
    });
    let server = server.await.map_err(|error| failed(error.to_string()))?;
    // Programs wait for exactly this line, so it comes first.
    let mut said = format!("listening on {}\n", server.emulator().url());
    // Lives until the end: what it holds is read by those who talk to the tenant.
    let folder = tempfile::tempdir().map_err(|error| failed(error.to_string()))?;
    if let (Some(entra), Some(certificates)) = (server.entra(), server.certificates()) {
        let own = folder.path().join("hearth-emulator-ca.pem");
        let authority = arguments.ca_out.clone().unwrap_or(own);
        let assertion = folder.path().join("federated-token");
        write(&authority, &certificates.ca_pem()).map_err(failed)?;
        write(&assertion, &entra.federated_token(ASSERTION_LASTS)).map_err(failed)?;
        said.push_str(&described(entra, &authority, &assertion));
    }
    if terminal.write(&said).is_err() {
        tracing::warn!("nobody reads standard output");
    }
    let sentence = terminal.words.say("cli-emulator-says", &[]);
    terminal.note(&sentence);
    endings.asked().await;
    server.shutdown().await;
    Ok(())
}

/// A line for each thing that a client of the tenant has to be told: a word, and values.
fn described(entra: &Entra, authority: &Path, assertion: &Path) -> String {
    let lines = [
        format!("authority {}", entra.authority()),
        format!("tenant {}", entra.tenant()),
        format!("client-credentials {} {}", Entra::CLIENT, Entra::SECRET),
        format!("authorization-code {}", Entra::PUBLIC_CLIENT),
        format!("device-code {}", Entra::PUBLIC_CLIENT),
        format!(
            "workload-identity {} {}",
            Entra::FEDERATED_CLIENT,
            assertion.display()
        ),
        format!("without-role {} any-secret", Entra::CLIENT_WITHOUT_ROLE),
        format!("ca {}", authority.display()),
    ];
    lines.map(|line| line + "\n").concat()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
