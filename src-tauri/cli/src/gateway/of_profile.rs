//! A gateway of the person's own profile: it lends what the settings say as they change, and keeps
//! a record of what was asked.

use std::path::PathBuf;

use hearth_engine::api::{ConnectionId, ErrorCode, GatewayState};
use hearth_engine::{Engine, Environment, FromEnvironment, Profile};
use hearth_gateway::{Key, Keys};
use hearth_lending::{Callers, Lending, Terms};
use tokio::sync::watch;

use super::{accept, patience, say_to_whom, say_where, unless_said_again};
use crate::arguments;
use crate::ending::Endings;
use crate::named;
use crate::terminal::{Failed, Terminal};

/// Serves the connection that is named, else the one of the settings or, where nothing is saved,
/// what the environment names.
pub(super) async fn serve(
    key: Option<Key>,
    arguments: &arguments::Gateway,
    profile: Option<PathBuf>,
    environment: Environment,
    endings: &mut Endings,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let lacking = lacking(&environment, terminal);
    let engine = crate::open(Profile::from_args(profile)?, environment).await?;
    let served = lend(key, arguments, &engine, endings, terminal).await;
    if let (Err(Failed::Reported(report)), Some(lacking)) = (&served, lacking)
        && engine.state().await.connections.is_empty()
        && matches!(
            report.code,
            ErrorCode::NoConnection | ErrorCode::CredentialMissing
        )
    {
        terminal.note(&lacking);
    }
    engine.shutdown().await;
    served
}

/// What keeps the environment from naming a connection, where it has a part of one.
fn lacking(environment: &Environment, terminal: &Terminal<'_>) -> Option<String> {
    if let Some(choice) = environment.choice() {
        let alone = choice.credential.is_none();
        let names = [("names", choice.used.join(", "))];
        return alone.then(|| {
            terminal
                .words
                .say("gateway-environment-no-credential", &names)
        });
    }
    let (name, _) = environment.unreadable_endpoint()?;
    let name = [("name", name.to_owned())];
    Some(terminal.words.say("gateway-environment-unreadable", &name))
}

async fn lend(
    key: Option<Key>,
    arguments: &arguments::Gateway,
    engine: &Engine,
    endings: &mut Endings,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let terms = tokio::select! {
        terms = terms(key, arguments, engine, terminal) => terms?,
        // A keyring may ask the person, who would rather not.
        () = endings.asked() => return Ok(()),
    };
    let lending = Lending::start(engine.clone(), terms);
    let mut state = lending.state();
    let told = tokio::select! {
        told = tell(&mut state, arguments.callers, terminal) => told,
        () = endings.asked() => Ok(()),
    };
    unless_said_again(lending.shutdown(patience()), endings).await;
    told
}

/// What the arguments say. What could not be served is refused.
async fn terms(
    key: Option<Key>,
    arguments: &arguments::Gateway,
    engine: &Engine,
    terminal: &Terminal<'_>,
) -> Result<Terms, Failed> {
    let connection = match &arguments.connection {
        None => None,
        Some(name) => Some(named::connection(&engine.state().await, name, terminal)?),
    };
    check(engine, connection.as_ref(), terminal).await?;
    Ok(Terms {
        listen: Some(arguments.listen),
        always: true,
        environment: true,
        callers: callers(key, arguments, engine, terminal).await?,
        connection,
    })
}

/// What cannot be lent is said before anything listens.
async fn check(
    engine: &Engine,
    connection: Option<&ConnectionId>,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let chosen = engine.gateway_plan(None).settings.connection;
    let lent = engine.lend(connection.or(chosen.as_ref())).await?;
    if let Some(used) = &lent.environment {
        terminal.note(&from_environment(used, terminal));
    }
    Ok(())
}

fn from_environment(used: &FromEnvironment, terminal: &Terminal<'_>) -> String {
    let left_out = used.left_out.join(", ");
    let key = match left_out.is_empty() {
        true => "cli-ask-used",
        false => "cli-ask-used-left-out",
    };
    let facts = [("used", used.used.join(", ")), ("leftOut", left_out)];
    terminal.words.say(key, &facts)
}

async fn callers(
    key: Option<Key>,
    arguments: &arguments::Gateway,
    engine: &Engine,
    terminal: &Terminal<'_>,
) -> Result<Callers, Failed> {
    if let Some(key) = &key {
        accept(&mut Keys::default(), key.clone(), terminal)?;
    }
    match arguments.callers {
        arguments::Callers::Anybody if !arguments.listen.ip().is_loopback() => {
            let address = arguments.listen.to_string();
            Err(terminal.refuse("gateway-not-loopback", &[("address", address)]))
        }
        arguments::Callers::Anybody => Ok(Callers::Anybody),
        arguments::Callers::WithKey => {
            let own: Vec<Key> = key.into_iter().collect();
            let of_settings = engine.gateway_keys().await;
            match (
                own.is_empty() && of_settings.keys.is_empty(),
                of_settings.problem,
            ) {
                (false, _) => Ok(Callers::WithKey(own)),
                (true, Some(problem)) => Err(problem.into()),
                (true, None) => Err(terminal.refuse("gateway-needs-key", &[])),
            }
        }
    }
}

/// Says where it listens and what is lent, whenever that changes, for as long as it goes on.
///
/// # Errors
/// When it never came to serve. What fails later is said, and may pass.
async fn tell(
    state: &mut watch::Receiver<GatewayState>,
    callers: arguments::Callers,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let mut said = None;
    let mut lent = None;
    loop {
        let now = state.borrow_and_update().clone();
        match now {
            GatewayState::Running {
                url, connection, ..
            } => {
                let first = said.is_none();
                if said.as_ref() != Some(&url) {
                    say_where(&url, terminal);
                    said = Some(url);
                }
                if first {
                    say_to_whom(callers, terminal);
                }
                if lent.as_ref() != Some(&connection) {
                    let name = [("name", connection.clone())];
                    terminal.note(&terminal.words.say("gateway-lends", &name));
                    lent = Some(connection);
                }
            }
            GatewayState::Failed { problem } if said.is_none() => return Err(problem.into()),
            GatewayState::Failed { problem } => {
                terminal.note(&terminal.explain(&problem));
                // What it lends after that is worth saying again.
                lent = None;
            }
            GatewayState::Off | GatewayState::Starting => {}
        }
        if state.changed().await.is_err() {
            return Ok(());
        }
    }
}
