//! A gateway of a configuration: the profile is left alone, and what is lent stays as it is.

use std::path::Path;

use hearth_engine::Environment;
use hearth_gateway::config::{self, BadConfig, Note, NoteKind, Reason, Setup};
use hearth_gateway::{Gateway, Key, Lent, Limits, NotServing};
use tokio::net::TcpListener;

use super::{accept, say_to_whom, say_where, unless_said_again};
use crate::arguments::{self, Callers};
use crate::ending::Endings;
use crate::terminal::{Failed, Terminal};

/// The most bytes that a configuration may have.
const LARGEST: u64 = 1024 * 1024;

/// Serves what the file names.
pub(super) async fn serve(
    path: &Path,
    key: Option<Key>,
    arguments: &arguments::Gateway,
    environment: &Environment,
    endings: &mut Endings,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let mut setup = read(path, environment, terminal)?;
    if let Some(key) = key {
        accept(&mut setup.keys, key, terminal)?;
    }
    let keys = match arguments.callers {
        Callers::Anybody => None,
        Callers::WithKey if setup.keys.is_empty() => {
            return Err(terminal.refuse("gateway-needs-key", &[]));
        }
        Callers::WithKey => Some(setup.keys),
    };
    let address = arguments.listen.to_string();
    let listener = TcpListener::bind(arguments.listen).await;
    let listener = listener.map_err(|error| {
        let facts = [("address", address.clone()), ("message", error.to_string())];
        terminal.refuse("gateway-not-listening", &facts)
    })?;
    let gateway = Gateway {
        lent: Lent {
            catalogue: setup.catalogue,
            keys,
            drop_params: setup.drop_params,
            ..Lent::default()
        },
        door: setup.door,
        limits: Limits::default(),
        recorder: None,
    };
    let serving = gateway.serve(listener).map_err(|error| match error {
        NotServing::NotLoopback(_) => {
            terminal.refuse("gateway-not-loopback", &[("address", address.clone())])
        }
        NotServing::Io(error) => {
            let facts = [("address", address.clone()), ("message", error.to_string())];
            terminal.refuse("gateway-not-listening", &facts)
        }
    })?;
    say_where(&serving.url(), terminal);
    say_to_whom(arguments.callers, terminal);
    endings.asked().await;
    unless_said_again(serving.shutdown(), endings).await;
    Ok(())
}

fn read(path: &Path, environment: &Environment, terminal: &Terminal<'_>) -> Result<Setup, Failed> {
    let name = path.display().to_string();
    let bytes = contents(path).map_err(|message| {
        let facts = [("path", name.clone()), ("message", message)];
        terminal.refuse("gateway-config-unreadable", &facts)
    })?;
    let setup = text(&bytes).and_then(|text| config::read(text, environment));
    let setup = setup.map_err(|bad| Failed::Said(refused(&name, &bad, terminal)))?;
    for note in &setup.notes {
        terminal.note(&noted(&name, note, terminal));
    }
    Ok(setup)
}

fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if size.len() > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    std::fs::read(path).map_err(|error| error.to_string())
}

/// The file as text. Some shells write another encoding where they redirect what is printed.
fn text(bytes: &[u8]) -> Result<&str, BadConfig> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let ends = before.iter().filter(|byte| **byte == b'\n').count();
        BadConfig {
            line: ends as u64 + 1,
            reason: Reason::NotUtf8,
            name: None,
        }
    })
}

fn refused(path: &str, bad: &BadConfig, terminal: &Terminal<'_>) -> String {
    let name = bad.name.clone().unwrap_or_else(|| "none".to_owned());
    let why = format!("gateway-config-why-{}", bad.reason.word());
    let why = terminal.words.say(&why, &[("name", name)]);
    let place = format!("{path}:{}", bad.line);
    let facts = [("place", place), ("why", why)];
    terminal.words.say("gateway-config-refused", &facts)
}

fn noted(path: &str, note: &Note, terminal: &Terminal<'_>) -> String {
    let key = match note.kind {
        NoteKind::LeftOut => "gateway-config-left-out",
        NoteKind::FromEnvironment => "gateway-config-from-environment",
    };
    let place = format!("{path}:{}", note.line);
    let facts = [("place", place), ("name", note.name.clone())];
    terminal.words.say(key, &facts)
}
