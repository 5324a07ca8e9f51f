//! Lending a connection to somebody who asks with it, such as the gateway.

use hearth_foundry::{ApiVersion, Client, Skip, Target};

use crate::api::{ConnectionId, ErrorReport};
use crate::connecting::FromEnvironment;
use crate::engine::Engine;

/// A connection as it is asked with.
pub struct Lent {
    /// The person's name for it.
    pub name: String,
    /// Where, and as whom.
    pub target: Target,
    /// With what.
    pub client: Client,
    /// The deployments that are known of it.
    pub deployments: Vec<LentDeployment>,
    /// The variables that describe it; none for a saved connection.
    pub environment: Option<FromEnvironment>,
}

/// A deployment of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LentDeployment {
    /// Its name on the resource.
    pub name: String,
    /// The base model that it is mapped to.
    pub base_model: Option<String>,
}

impl Engine {
    /// A saved connection as it is asked with; none means the one that questions go to or, where
    /// nothing is saved, what the environment names. Later changes of the settings do not touch
    /// it. The system may ask the person to unlock the keyring.
    ///
    /// # Errors
    /// [`crate::api::ErrorCode::NoConnection`], and what reading the credential can fail with.
    pub async fn lend(&self, connection: Option<&ConnectionId>) -> Result<Lent, ErrorReport> {
        let connections = &self.shared.connections;
        let (used, choice) = connections.used_or_environment(connection).await?;
        let deployments = used.deployments.iter().map(|known| LentDeployment {
            name: known.name.clone(),
            base_model: known.base_model.clone(),
        });
        Ok(Lent {
            deployments: deployments.collect(),
            target: Target {
                anthropic_version: used.version(ApiVersion::V2023_06_01),
                endpoint: used.endpoint,
                credential: used.credential,
                headers: used.headers,
                skip: Skip::new(),
            },
            client: used.client,
            name: used.name,
            environment: choice.map(|choice| FromEnvironment {
                used: choice.used,
                left_out: choice.left_out,
            }),
        })
    }
}
