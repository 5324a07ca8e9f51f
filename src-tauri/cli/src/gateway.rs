//! `hearth gateway`: lends a connection, or what a configuration names, to other programs.

use std::path::{Path, PathBuf};

use hearth_engine::{Engine, Environment, Lent, Profile};
use hearth_gateway::config::{self, BadConfig, Note, NoteKind, Setup};
use hearth_gateway::{Catalogue, Deployment, Door, Gateway, Key, Keys, Limits, NotServing};
use tokio::net::TcpListener;

use crate::arguments::{self, Callers};
use crate::ending::Endings;
use crate::named;
use crate::terminal::{Failed, Terminal};

/// The variable that holds the gateway's key, where no configuration names one.
const KEY: &str = "HEARTH_GATEWAY_KEY";
/// The most bytes that a configuration may have.
const LARGEST: u64 = 1024 * 1024;

/// What is lent, and to whom.
struct Lending {
    catalogue: Catalogue,
    keys: Keys,
    door: Door,
    drop_params: bool,
    /// Keeps the profile open as long as its connection is asked with.
    engine: Option<Engine>,
}

/// Serves until the program is told to end, and then until what runs has come to its end.
pub(crate) async fn run(
    arguments: arguments::Gateway,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let mut endings = Endings::listen();
    let key = environment.get(KEY);
    let mut lending = match &arguments.config {
        Some(path) => from_file(path, &environment, terminal)?,
        None => from_profile(&arguments, profile, environment, terminal).await?,
    };
    if let Some(secret) = key {
        let name = KEY.to_owned();
        let added = lending.keys.add(Key {
            name,
            secret,
            models: None,
            expires: None,
        });
        added.map_err(|_| terminal.refuse("gateway-bad-key", &[]))?;
    }
    let keys = match arguments.callers {
        Callers::Anybody => None,
        Callers::WithKey if lending.keys.is_empty() => {
            return Err(terminal.refuse("gateway-needs-key", &[]));
        }
        Callers::WithKey => Some(lending.keys),
    };
    let address = arguments.listen.to_string();
    let listener = TcpListener::bind(arguments.listen).await;
    let listener = listener.map_err(|error| {
        let facts = [("address", address.clone()), ("message", error.to_string())];
        terminal.refuse("gateway-not-listening", &facts)
    })?;
    let gateway = Gateway {
        catalogue: lending.catalogue,
        keys,
        door: lending.door,
        drop_params: lending.drop_params,
        limits: Limits::default(),
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
    if terminal
        .write(&format!("listening on {}\n", serving.url()))
        .is_err()
    {
        tracing::warn!("nobody reads standard output");
    }
    if arguments.callers == Callers::Anybody {
        terminal.note(&terminal.words.say("gateway-open", &[]));
    }
    endings.asked().await;
    // Who says it twice means it.
    tokio::select! {
        () = serving.shutdown() => {}
        () = endings.asked() => {}
    }
    if let Some(engine) = lending.engine {
        engine.shutdown().await;
    }
    Ok(())
}

fn from_file(
    path: &Path,
    environment: &Environment,
    terminal: &Terminal<'_>,
) -> Result<Lending, Failed> {
    let name = path.display().to_string();
    let text = contents(path).map_err(|message| {
        let facts = [("path", name.clone()), ("message", message)];
        terminal.refuse("gateway-config-unreadable", &facts)
    })?;
    let setup = config::read(&text, environment);
    let setup = setup.map_err(|bad| Failed::Said(refused(&name, &bad, terminal)))?;
    let Setup {
        catalogue,
        keys,
        door,
        drop_params,
        notes,
    } = setup;
    for note in &notes {
        terminal.note(&noted(&name, note, terminal));
    }
    Ok(Lending {
        catalogue,
        keys,
        door,
        drop_params,
        engine: None,
    })
}

fn contents(path: &Path) -> Result<String, String> {
    let size = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if size.len() > LARGEST {
        return Err(format!("it is larger than {LARGEST} bytes"));
    }
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    Ok(text)
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

async fn from_profile(
    arguments: &arguments::Gateway,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<Lending, Failed> {
    let engine = crate::open(Profile::from_args(profile)?, environment).await?;
    let connection = match &arguments.connection {
        None => None,
        Some(name) => Some(named::connection(&engine.state().await, name, terminal)?),
    };
    let lent = engine.lend(connection.as_ref()).await?;
    if let Some(used) = &lent.environment {
        let left_out = used.left_out.join(", ");
        let facts = [
            ("used", used.used.join(", ")),
            ("leftOut", left_out.clone()),
        ];
        let key = match left_out.is_empty() {
            true => "cli-ask-used",
            false => "cli-ask-used-left-out",
        };
        terminal.note(&terminal.words.say(key, &facts));
    }
    let name = [("name", lent.name.clone())];
    terminal.note(&terminal.words.say("gateway-lends", &name));
    Ok(Lending {
        catalogue: catalogue(&lent),
        keys: Keys::default(),
        door: Door::default(),
        drop_params: false,
        engine: Some(engine),
    })
}

/// Every deployment under its own name, and the resource itself for the names that nobody has
/// written down.
fn catalogue(lent: &Lent) -> Catalogue {
    let mut catalogue = Catalogue::default();
    let deployment = |name: String, base_model| Deployment {
        deployment: name,
        base_model,
        target: lent.target.clone(),
        client: lent.client.clone(),
        max_tokens: None,
    };
    for known in &lent.deployments {
        let name = known.name.clone();
        catalogue.add(name.clone(), deployment(name, known.base_model.clone()));
    }
    catalogue.pass_on_others_to(deployment(String::new(), None));
    catalogue
}
