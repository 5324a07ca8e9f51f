//! Credentials that other programs provide, and the machine itself: the Azure CLIs, a command of
//! the person's own, the identity of an Azure machine, and that of a workload.
//!
//! What they find depends on the variables of this process, which cannot be changed while it
//! runs, so each scene is a process: this program runs itself again, told by a variable which
//! scene to play. A scene that fails panics, and its exit status fails the whole.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[cfg(unix)]
mod cli;
#[cfg(unix)]
mod command;
#[cfg(unix)]
mod identity;
#[cfg(unix)]
mod stage;

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    let named = std::env::var(stage::SCENE).ok();
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    match named.as_deref() {
        Some(scene) => {
            let played = cli::play(scene)
                || command::play(scene)
                || runtime().block_on(identity::play(scene));
            assert!(played, "no scene `{scene}`");
        }
        None => {
            cli::all();
            command::all();
            runtime().block_on(identity::all());
        }
    }
}
