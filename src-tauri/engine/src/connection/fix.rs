//! Ways out that the Doctor or a failure offers, taken with one press of a button.

use hearth_foundry::Endpoint;

use super::credentials::entra_mut;
use super::{Connections, fields, host, not_found, same_owner};
use crate::api::{ConnectionId, ConnectionView, ErrorCode, ErrorReport, Fix};
use crate::engine::Engine;
use crate::report;
use crate::settings::SavedConnection;

impl Engine {
    /// Takes a way out that changes the connection. The others need the person: a file, a
    /// password, a look at a certificate.
    ///
    /// # Errors
    /// [`ErrorCode::ConnectionNotFound`]; [`ErrorCode::KeyForOtherHost`] for an address of
    /// another resource; [`ErrorCode::Internal`] for a way out that
    /// changes no connection; a settings file that cannot be written.
    pub async fn apply_fix(
        &self,
        connection: ConnectionId,
        fix: Fix,
    ) -> Result<ConnectionView, ErrorReport> {
        let connections = &self.shared.connections;
        let saved = connections.fix(&connection, &fix).await?;
        self.state_changed();
        Ok(connections.view(&saved, connections.keyring().await).await)
    }
}

impl Connections {
    async fn fix(&self, id: &ConnectionId, fix: &Fix) -> Result<SavedConnection, ErrorReport> {
        let _alone = self.alone().await;
        let mut saved = self
            .written()
            .connection(id)
            .cloned()
            .ok_or_else(not_found)?;
        match fix {
            Fix::UseEndpoint { endpoint } => move_to(&mut saved, endpoint)?,
            Fix::UseScope { scope } => {
                let entra = entra_mut(&mut saved.credential).ok_or_else(|| no_change(fix))?;
                entra.scope = scope.trim().to_owned();
            }
            Fix::UseTenant { tenant } => {
                let entra = entra_mut(&mut saved.credential).ok_or_else(|| no_change(fix))?;
                entra.tenant = tenant.trim().to_owned();
            }
            Fix::TrustCertificate
            | Fix::ChooseClientCertificate
            | Fix::ProxyPassword
            | Fix::OpenNetwork
            | Fix::ReplaceSecret
            | Fix::SignIn
            | Fix::AgreeToCommand
            | Fix::ChooseDeployment
            | Fix::EditConnection => return Err(no_change(fix)),
        }
        self.change(|settings| {
            // Only what the fix is about: a turn may have measured something meanwhile.
            if let Some(known) = settings.connection_mut(id) {
                known.endpoint.clone_from(&saved.endpoint);
                known.credential.clone_from(&saved.credential);
                known.agreed.clone_from(&saved.agreed);
            }
        })?;
        self.credentials.forget(id);
        Ok(saved)
    }
}

/// The same host, or another host of the same resource on Azure. No way out leads elsewhere:
/// neither a secret nor a token of the machine's nor what a command prints goes to a host that
/// the person did not type.
fn move_to(saved: &mut SavedConnection, endpoint: &str) -> Result<(), ErrorReport> {
    let new = fields::endpoint(endpoint)?;
    let known = report::endpoint(Endpoint::parse(&saved.endpoint), &saved.endpoint)?;
    if !same_owner(&known, &new) {
        let other = host(&known.endpoint);
        return Err(ErrorReport::new(ErrorCode::KeyForOtherHost).about(other));
    }
    // What the person agreed to, they agreed to for this resource, whichever its host.
    if let Some(agreed) = &mut saved.agreed {
        host(&new.endpoint).clone_into(&mut agreed.host);
    }
    saved.endpoint = new.endpoint.base();
    Ok(())
}

fn no_change(fix: &Fix) -> ErrorReport {
    ErrorReport::new(ErrorCode::Internal).saying(format!("{fix:?} changes no connection"))
}
