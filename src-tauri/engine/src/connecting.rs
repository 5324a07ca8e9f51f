//! What the window and the command line can do with connections.

use hearth_foundry::sign_in;

use crate::api::{
    AppState, CloudPreset, ConnectionDraft, ConnectionId, ConnectionView, EndpointPreview,
    EntraPresets, ErrorReport,
};
use crate::connection::{self, DemoAddress};
use crate::engine::Engine;

/// What questions would be asked with where no connection is saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FromEnvironment {
    /// The variables that are used.
    pub used: Vec<String>,
    /// Those that were found and left out.
    pub left_out: Vec<String>,
}

impl Engine {
    /// What an endpoint, as typed, would become.
    #[must_use]
    pub fn preview_endpoint(&self, typed: &str) -> EndpointPreview {
        connection::preview_endpoint(typed)
    }

    /// Saves a connection and keeps its secrets. A new one becomes the active one, and the
    /// demo ends. Turns that run go on with what they began with.
    ///
    /// # Errors
    /// A bad endpoint or field, a keyring that does not take a secret, a file that cannot be
    /// written; [`crate::api::ErrorCode::ConnectionChanged`] when something else is saved by now
    /// than what the form was opened on.
    pub async fn save_connection(
        &self,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView, ErrorReport> {
        let was_demo = self.is_demo();
        let saved = self.shared.connections.save(draft).await;
        if let Ok(saved) = &saved {
            self.shared.remember_measured(saved);
        }
        self.demo_may_be_over(was_demo);
        self.state_changed();
        saved
    }

    /// Makes a saved connection the one that new questions go to; the demo ends. Turns that
    /// run go on with theirs.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::ConnectionNotFound`], and a settings file that cannot be written.
    pub async fn use_connection(&self, id: ConnectionId) -> Result<AppState, ErrorReport> {
        let was_demo = self.is_demo();
        self.shared.connections.activate(&id)?;
        self.demo_may_be_over(was_demo);
        self.state_changed();
        Ok(self.state().await)
    }

    /// Removes a connection and every secret of its; what the keyring does not let go of now goes
    /// later.
    ///
    /// # Errors
    /// A settings file that cannot be written; then nothing is removed.
    pub async fn remove_connection(&self, id: ConnectionId) -> Result<(), ErrorReport> {
        let removed = self.shared.connections.remove(&id).await;
        self.state_changed();
        removed
    }

    /// What the environment describes, where it decides because nothing is saved.
    #[must_use]
    pub fn from_environment(&self) -> Option<FromEnvironment> {
        let connections = &self.shared.connections;
        if !connections.environment_decides() {
            return None;
        }
        let choice = connections.environment().choice()?;
        Some(FromEnvironment {
            used: choice.used,
            left_out: choice.left_out,
        })
    }

    /// The demo runs.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.shared.connections.is_demo()
    }

    /// Nobody is left to finish the demo's answers: they stop as if the person had said so.
    /// Those of real connections that began before the demo go on.
    fn demo_may_be_over(&self, was_demo: bool) {
        if was_demo && !self.is_demo() {
            self.shared.live().stop_demo();
        }
    }

    /// The profile was in the demo when Hearth last ended.
    #[must_use]
    pub fn wants_demo(&self) -> bool {
        self.shared.connections.written().demo
    }

    /// The demo begins at this address. New questions go there until it is left.
    ///
    /// # Errors
    /// An address that is none, a settings file that cannot be written.
    pub async fn start_demo(&self, address: DemoAddress) -> Result<AppState, ErrorReport> {
        self.shared.connections.start_demo(address)?;
        self.state_changed();
        Ok(self.state().await)
    }

    /// The demo ends; its conversations stay, marked. An answer that is being written
    /// stops as if the person had pressed Stop: nobody is left to finish it.
    ///
    /// # Errors
    /// A settings file that cannot be written.
    pub async fn leave_demo(&self) -> Result<AppState, ErrorReport> {
        let was_demo = self.is_demo();
        self.shared.connections.leave_demo()?;
        self.demo_may_be_over(was_demo);
        self.state_changed();
        Ok(self.state().await)
    }
}

/// What forms about Microsoft Entra ID offer to choose from.
pub(crate) fn entra_presets() -> EntraPresets {
    let cloud = |name: &str, authority: &str| CloudPreset {
        name: name.to_owned(),
        authority: authority.to_owned(),
    };
    EntraPresets {
        scopes: vec![
            sign_in::DEFAULT_SCOPE.to_owned(),
            sign_in::COGNITIVE_SCOPE.to_owned(),
        ],
        clouds: vec![
            cloud("public", sign_in::DEFAULT_AUTHORITY),
            cloud("us-government", sign_in::US_GOVERNMENT_AUTHORITY),
            cloud("china", sign_in::CHINA_AUTHORITY),
        ],
        public_client: sign_in::PUBLIC_CLIENT.to_owned(),
    }
}
