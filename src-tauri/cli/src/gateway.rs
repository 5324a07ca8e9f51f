//! `hearth gateway`: lends a connection, or what a configuration names, to other programs.

mod of_file;
mod of_profile;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use hearth_engine::{Environment, Secret};
use hearth_gateway::{Key, Keys, Limits};

use crate::arguments;
use crate::ending::Endings;
use crate::terminal::{Failed, Terminal};

/// The variable that holds the gateway's key, where no configuration names one.
const KEY: &str = "HEARTH_GATEWAY_KEY";

/// Serves until the program is told to end, and then until what runs has come to its end.
pub(crate) async fn run(
    arguments: arguments::Gateway,
    profile: Option<PathBuf>,
    environment: Environment,
    terminal: &Terminal<'_>,
) -> Result<(), Failed> {
    let mut endings = Endings::listen();
    let key = environment.get(KEY).map(own_key);
    match &arguments.config {
        Some(path) => {
            of_file::serve(path, key, &arguments, &environment, &mut endings, terminal).await
        }
        None => {
            let serving = of_profile::serve(
                key,
                &arguments,
                profile,
                environment,
                &mut endings,
                terminal,
            );
            serving.await
        }
    }
}

/// How long answers may go on when the program is told to end: as long as the gateway itself
/// gives them.
fn patience() -> Duration {
    Limits::default().draining
}

fn own_key(secret: Arc<Secret>) -> Key {
    Key {
        name: KEY.to_owned(),
        secret,
        models: None,
        expires: None,
    }
}

/// Accepts the key of the environment, too.
fn accept(keys: &mut Keys, key: Key, terminal: &Terminal<'_>) -> Result<(), Failed> {
    let added = keys.add(key);
    added.map_err(|_| terminal.refuse("gateway-bad-key", &[]))
}

/// The first line, which programs read.
fn say_where(url: &str, terminal: &Terminal<'_>) {
    if terminal.write(&format!("listening on {url}\n")).is_err() {
        tracing::warn!("nobody reads standard output");
    }
}

/// Without keys, the person is told what that means.
fn say_to_whom(callers: arguments::Callers, terminal: &Terminal<'_>) {
    if callers == arguments::Callers::Anybody {
        terminal.note(&terminal.words.say("gateway-open", &[]));
    }
}

/// Ends when `ending` does, or at the second request: who says it twice means it.
async fn unless_said_again(ending: impl Future<Output = ()>, endings: &mut Endings) {
    tokio::select! {
        () = ending => {}
        () = endings.asked() => {}
    }
}
