//! What the tenant was asked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use crate::desk::Fields;
use crate::log::NotSeen;

/// How long [`TokenLog::wait_for`] waits.
const PATIENCE: Duration = Duration::from_secs(10);
const MOST_REQUESTS: usize = 100_000;

/// A request to the token endpoint or to the device code endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The path, with the tenant in it.
    pub path: String,
    /// `grant_type`; empty at the device code endpoint.
    pub grant_type: String,
    /// `client_id`.
    pub client_id: String,
    /// `scope`.
    pub scope: String,
    /// Every field of the form in its order, secrets too.
    pub form: Vec<(String, String)>,
    /// The status of the answer; none when none was given.
    pub status: Option<u16>,
    /// `error` of the answer, if it was one.
    pub error: Option<String>,
}

impl TokenRequest {
    /// The first field of that name.
    pub fn field(&self, name: &str) -> Option<&str> {
        let (_, value) = self.form.iter().find(|(key, _)| key == name)?;
        Some(value)
    }

    pub(crate) fn new(
        path: &str,
        form: &Fields,
        status: Option<u16>,
        error: Option<&str>,
    ) -> TokenRequest {
        let field = |name| form.get(name).unwrap_or_default().to_owned();
        TokenRequest {
            path: path.to_owned(),
            grant_type: field("grant_type"),
            client_id: field("client_id"),
            scope: field("scope"),
            form: form.0.clone(),
            status,
            error: error.map(str::to_owned),
        }
    }
}

/// The requests since the start. A cheap handle.
#[derive(Clone, Default)]
pub(crate) struct TokenLog {
    requests: Arc<Mutex<Vec<TokenRequest>>>,
    changed: watch::Sender<()>,
}

impl TokenLog {
    pub(crate) fn add(&self, request: TokenRequest) {
        let mut requests = self.lock();
        if requests.len() < MOST_REQUESTS {
            requests.push(request);
        }
        drop(requests);
        self.changed.send_replace(());
    }

    pub(crate) fn snapshot(&self) -> Vec<TokenRequest> {
        self.lock().clone()
    }

    pub(crate) async fn wait_for(
        &self,
        seen: impl Fn(&[TokenRequest]) -> bool,
    ) -> Result<Vec<TokenRequest>, NotSeen> {
        let mut changed = self.changed.subscribe();
        let search = async {
            loop {
                let requests = self.snapshot();
                if seen(&requests) {
                    return requests;
                }
                // The sender lives as long as `self`.
                let _ = changed.changed().await;
            }
        };
        let found = tokio::time::timeout(PATIENCE, search).await;
        found.map_err(|_| {
            let lines = self.snapshot().into_iter().map(|one| {
                format!(
                    "{} {} {:?} {:?}",
                    one.path, one.grant_type, one.status, one.error
                )
            });
            NotSeen(lines.collect::<Vec<String>>().join("\n"))
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<TokenRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
