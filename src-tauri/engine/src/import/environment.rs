//! The environment that Hearth was started with.

use hearth_foundry::Environment;

use super::Found;

/// What each family of variables describes; the one that `hearth ask` would use goes first.
pub(super) fn read(environment: &Environment) -> Vec<Found> {
    environment
        .choices()
        .into_iter()
        .map(Found::from_choice)
        .collect()
}
