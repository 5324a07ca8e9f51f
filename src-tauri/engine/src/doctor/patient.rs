//! What a walk looks at: a form, a saved connection, or what questions go to now.

use hearth_foundry::{Client, Endpoint};

use crate::Shared;
use crate::api::{
    ConnectionDraft, ConnectionId, CredentialDraft, DeploymentDraft, DoctorTarget, ErrorCode,
    ErrorReport, HeaderDraft,
};
use crate::connection::{Connections, Used};
use crate::report;
use crate::settings::SavedConnection;

/// A connection under examination. Its parts are held apart, because one that is missing must
/// not hide what is wrong with another.
pub(super) struct Patient {
    pub(super) connection: Option<ConnectionId>,
    pub(super) name: String,
    pub(super) deployment: Option<String>,
    pub(super) endpoint: Result<Endpoint, ErrorReport>,
    pub(super) client: Result<Client, ErrorReport>,
    /// What is found out about its deployments can be kept.
    pub(super) is_saved: bool,
    source: Source,
}

enum Source {
    Draft(Box<ConnectionDraft>),
    Saved(ConnectionId),
    /// The demo, the active connection, or what the environment names.
    Current,
}

impl Patient {
    pub(super) async fn of(shared: &Shared, target: DoctorTarget) -> Self {
        match target {
            DoctorTarget::Draft { draft } => Self::draft(shared, draft).await,
            DoctorTarget::Saved {
                connection: Some(id),
                deployment,
            } => Self::saved(shared, id, deployment).await,
            DoctorTarget::Saved {
                connection: None,
                deployment,
            } => Self::current(shared, deployment).await,
        }
    }

    async fn draft(shared: &Shared, draft: ConnectionDraft) -> Self {
        let parsed = Connections::endpoint_of(&draft);
        let resource = parsed.as_ref().ok().and_then(|it| it.resource.clone());
        let name = match draft.name.trim() {
            "" => resource.unwrap_or_default(),
            name => name.to_owned(),
        };
        let client = shared.connections.client_of(&draft).await;
        Self {
            connection: draft.id.clone(),
            name,
            deployment: None,
            endpoint: parsed.map(|parsed| parsed.endpoint),
            client,
            is_saved: false,
            source: Source::Draft(Box::new(draft)),
        }
    }

    async fn saved(shared: &Shared, id: ConnectionId, deployment: Option<String>) -> Self {
        let written = shared.connections.written();
        let Some(saved) = written.connection(&id) else {
            let gone = ErrorReport::new(ErrorCode::ConnectionNotFound);
            return Self::nothing(gone, deployment);
        };
        let parsed = report::endpoint(Endpoint::parse(&saved.endpoint), &saved.endpoint);
        Self {
            connection: Some(id.clone()),
            name: saved.name.clone(),
            deployment,
            endpoint: parsed.map(|parsed| parsed.endpoint),
            client: shared.connections.client(Some(saved)).await,
            is_saved: true,
            source: Source::Saved(id),
        }
    }

    async fn current(shared: &Shared, deployment: Option<String>) -> Self {
        let written = shared.connections.written();
        if !shared.connections.is_demo()
            && let Some(active) = &written.active
            && written.connection(active).is_some()
        {
            return Self::saved(shared, active.clone(), deployment).await;
        }
        match shared.connections.used_or_environment(None).await {
            Ok((used, _)) => Self {
                connection: None,
                name: used.name,
                deployment,
                endpoint: Ok(used.endpoint),
                client: Ok(used.client),
                is_saved: false,
                source: Source::Current,
            },
            Err(problem) => Self::nothing(problem, deployment),
        }
    }

    fn nothing(problem: ErrorReport, deployment: Option<String>) -> Self {
        Self {
            connection: None,
            name: String::new(),
            deployment,
            endpoint: Err(problem.clone()),
            client: Err(problem),
            is_saved: false,
            source: Source::Current,
        }
    }

    /// What its questions are asked with.
    pub(super) async fn used(&self, shared: &Shared) -> Result<Used, ErrorReport> {
        match &self.source {
            Source::Draft(draft) => shared.connections.tried(draft).await,
            Source::Saved(id) => shared.connections.saved_by_id(Some(id)).await,
            Source::Current => Ok(shared.connections.used_or_environment(None).await?.0),
        }
    }

    /// The same as a form that can be changed and tried; none for what nobody filled in.
    pub(super) fn as_draft(&self, shared: &Shared) -> Option<ConnectionDraft> {
        match &self.source {
            Source::Draft(draft) => Some(ConnectionDraft::clone(draft)),
            Source::Saved(id) => shared.connections.written().connection(id).map(form),
            Source::Current => None,
        }
    }
}

/// A saved connection as the form that would save it again: what is secret stays kept.
fn form(saved: &SavedConnection) -> ConnectionDraft {
    let headers = saved.headers.iter().map(|header| HeaderDraft {
        name: header.name.clone(),
        value: header.value.clone(),
        secret: header.value.is_none(),
    });
    let deployments = saved.deployments.iter().map(|known| DeploymentDraft {
        name: known.name.clone(),
        base_model: known.base_model.clone(),
        hosting: known.hosting,
    });
    ConnectionDraft {
        id: Some(saved.id.clone()),
        opened_on: None,
        name: saved.name.clone(),
        endpoint: saved.endpoint.clone(),
        credential: CredentialDraft {
            choice: saved.credential.clone(),
            secret: None,
            imported: None,
            sign_in: None,
            agreed: false,
            this_run_only: saved.this_run_only,
        },
        headers: headers.collect(),
        anthropic_version: saved.anthropic_version,
        limits: saved.limits,
        proxy: saved.proxy.clone(),
        proxy_password: None,
        deployments: deployments.collect(),
        default_deployment: saved.default_deployment.clone(),
    }
}
