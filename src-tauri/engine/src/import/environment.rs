//! The environment that Hearth was started with.

use hearth_foundry::Environment;

use super::Found;

/// What each family of variables describes; the one that `hearth ask` would use goes first.
pub(super) fn read(environment: &Environment) -> Vec<Found> {
    let choices = environment.choices().into_iter();
    let found = choices.map(|choice| {
        let mut found = Found::from_choice(choice);
        for name in environment.naming_deployments() {
            found.uses(name);
        }
        found
    });
    found.collect()
}
