//! Which state of a connection a form was opened on, so that whoever saves last does not undo
//! unseen what somebody else saved meanwhile.

use sha2::{Digest, Sha256};

use super::{Connections, not_found, secrets};
use crate::api::{ConnectionDraft, ConnectionEdition, ErrorCode, ErrorReport};
use crate::capability::Learned;
use crate::settings::SavedConnection;

impl Connections {
    /// The state of a connection. A secret that is replaced counts: one in the keyring gets
    /// another name with that, and one in memory is counted by this run. What turns measured
    /// does not, for a save keeps it.
    pub(super) fn edition(&self, saved: &SavedConnection) -> ConnectionEdition {
        let mut chosen = saved.clone();
        for deployment in &mut chosen.deployments {
            deployment.learned = Learned::default();
        }
        let chosen = serde_json::to_vec(&chosen).expect("BUG: a connection is no JSON");
        let mut digest = Sha256::new();
        digest.update(chosen.len().to_le_bytes());
        digest.update(chosen);
        for name in secrets::all_of(saved) {
            digest.update(self.secrets.times_kept(&name).to_le_bytes());
        }
        let digest = digest.finalize();
        let text = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        ConnectionEdition(text)
    }

    /// Whether the connection that is saved now is the one that the form was opened on.
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionChanged`] when it is another, and
    /// [`ErrorCode::ConnectionNotFound`] when it is gone.
    pub(super) fn as_opened(
        &self,
        draft: &ConnectionDraft,
        now: Option<&SavedConnection>,
    ) -> Result<(), ErrorReport> {
        let Some(opened_on) = &draft.opened_on else {
            return Ok(());
        };
        let now = now.ok_or_else(not_found)?;
        if self.edition(now) == *opened_on {
            return Ok(());
        }
        Err(ErrorReport::new(ErrorCode::ConnectionChanged).about(now.name.clone()))
    }
}
