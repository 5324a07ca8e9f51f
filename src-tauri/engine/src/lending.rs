//! Lending a connection to somebody who asks with it, such as the gateway.

use hearth_foundry::{ApiVersion, Client, Skip, Target};
use hearth_wire::models;

use crate::api::{ConnectionId, ErrorCode, ErrorReport, GatewaySettings, Hosting, NetworkSettings};
use crate::connecting::FromEnvironment;
use crate::connection::Used;
use crate::engine::Engine;
use crate::settings::{SavedConnection, SavedGatewayKey, Settings};

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
    /// Who hosts it; none where nobody said so.
    pub hosting: Option<models::Hosting>,
}

/// What decides what is lent and to whom, as written at one moment. Where another one differs,
/// what is lent does, too.
#[derive(Clone, PartialEq)]
pub struct GatewayPlan {
    /// What the person chose.
    pub settings: GatewaySettings,
    keys: Vec<SavedGatewayKey>,
    connection: Option<SavedConnection>,
    network: NetworkSettings,
    proxy_edition: Option<String>,
}

impl Engine {
    /// A saved connection as it is asked with; none means the active one or, where nothing is
    /// saved, what the environment names. Later changes of the settings do not touch it. The
    /// system may ask the person to unlock the keyring.
    ///
    /// # Errors
    /// [`ErrorCode::NoConnection`], and what reading the credential can fail with.
    pub async fn lend(&self, connection: Option<&ConnectionId>) -> Result<Lent, ErrorReport> {
        let connections = &self.shared.connections;
        if connection.is_some() || !connections.environment_decides() {
            return self.lend_saved(connection).await;
        }
        let (used, choice) = connections.used_or_environment(None).await?;
        let environment = choice.map(|choice| FromEnvironment {
            used: choice.used,
            left_out: choice.left_out,
        });
        Ok(lent(used, environment))
    }

    /// The same without the environment: who opened a window chose nothing of it. The demo is
    /// never lent.
    ///
    /// # Errors
    /// As [`Engine::lend`].
    pub async fn lend_saved(&self, connection: Option<&ConnectionId>) -> Result<Lent, ErrorReport> {
        let connections = &self.shared.connections;
        let written = connections.written();
        let chosen = connection.or(written.active_connection().map(|active| &active.id));
        let chosen = chosen.ok_or_else(|| ErrorReport::new(ErrorCode::NoConnection))?;
        let used = connections.saved_by_id(Some(chosen)).await?;
        Ok(lent(used, None))
    }

    /// What decides now what is lent; `connection` goes before the one that the settings name.
    #[must_use]
    pub fn gateway_plan(&self, connection: Option<&ConnectionId>) -> GatewayPlan {
        let written = self.shared.connections.written();
        let connection = match connection {
            Some(id) => written.connection(id),
            None => lent_connection(&written),
        };
        GatewayPlan {
            connection: connection.cloned(),
            settings: written.gateway.chosen,
            keys: written.gateway.keys,
            network: written.network,
            proxy_edition: written.proxy_edition,
        }
    }
}

/// The connection that the settings lend: a fixed one, or the one that questions go to.
pub(crate) fn lent_connection(written: &Settings) -> Option<&SavedConnection> {
    match &written.gateway.chosen.connection {
        Some(id) => written.connection(id),
        None => written.active_connection(),
    }
}

fn lent(used: Used, environment: Option<FromEnvironment>) -> Lent {
    let deployments = used.deployments.iter().map(|known| LentDeployment {
        name: known.name.clone(),
        base_model: known.base_model.clone(),
        hosting: known.hosting.map(|hosting| match hosting {
            Hosting::Azure => models::Hosting::Azure,
            Hosting::Anthropic => models::Hosting::Anthropic,
        }),
    });
    Lent {
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
        environment,
    }
}
