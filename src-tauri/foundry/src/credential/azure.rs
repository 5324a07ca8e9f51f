//! Tokens through Microsoft's own library: of an application with a secret, of an Azure machine,
//! and of a Kubernetes workload.
//!
//! The library gets our way out instead of its own, so that proxies and certificates are those of
//! everything else, and so that what was answered is seen here as it came: its errors keep only a
//! part of it. Its cache is not used, a credential lives for one token only; ours stands in front
//! ([`Tokens`](super::Tokens)).

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::error::ErrorKind;
use azure_core::http::headers::{HeaderName, HeaderValue, Headers};
use azure_core::http::{
    AsyncRawResponse, Body, ClientOptions, ExponentialRetryOptions, HttpClient, Method, Request,
    RetryOptions, Transport,
};
use azure_identity::{
    ClientAssertionCredentialOptions, ClientSecretCredential, ClientSecretCredentialOptions,
    ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use reqwest::Url;
use tokio::net::TcpStream;

use super::entra;
use super::problem::{SignInKind, SignInProblem};
use super::source::{Fetched, Life};
use crate::client::Client;
use crate::failure::Failure;
use crate::secret::Secret;
use crate::sign_in::DEFAULT_AUTHORITY;

/// Longest time for one answer of Entra's.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest time to the machine's identity endpoint. Where there is none, nothing answers at its
/// address, and a person is waiting.
const IDENTITY_CONNECT: Duration = Duration::from_secs(2);
/// Longest time for one answer of it.
const IDENTITY_PATIENCE: Duration = Duration::from_secs(8);
/// Longest time for a token with all attempts: shorter than what ends them from outside, so that
/// what the last one met with can be told.
const LIMIT: Duration = Duration::from_secs(25);

/// A token of an application's.
pub(super) async fn client_secret(
    client: &Client,
    scope: &str,
    tenant: &str,
    client_id: &str,
    secret: &Secret,
    authority: Option<&str>,
) -> Result<Fetched, Failure> {
    let tenant = entra::tenant(tenant)?;
    if client_id.trim().is_empty() {
        return Err(missing(
            SignInKind::ApplicationUnknown,
            "the application's id is missing",
        ));
    }
    if secret.is_empty() {
        return Err(missing(
            SignInKind::ClientSecretWrong,
            "the client secret is missing",
        ));
    }
    let way = Way::to_entra(client, secret.expose().to_owned());
    let options = ClientSecretCredentialOptions {
        client_options: way.options(authority)?,
    };
    let secret = azure_core::credentials::Secret::new(secret.expose().to_owned());
    let credential =
        ClientSecretCredential::new(tenant, client_id.trim().to_owned(), secret, Some(options))
            .map_err(|error| way.failed(&error))?;
    fetch(&*credential, &way, scope).await
}

/// A token of the machine that this program runs on.
pub(super) async fn managed_identity(
    client: &Client,
    scope: &str,
    client_id: Option<&str>,
) -> Result<Fetched, Failure> {
    let way = Way::to_identity(client);
    let user_assigned_id = client_id
        .map(str::trim)
        .filter(|id| !id.is_empty())
        .map(|id| UserAssignedId::ClientId(id.to_owned()));
    let options = ManagedIdentityCredentialOptions {
        user_assigned_id,
        client_options: way.options(None)?,
    };
    let credential =
        ManagedIdentityCredential::new(Some(options)).map_err(|error| way.failed(&error))?;
    fetch(&*credential, &way, scope).await
}

/// Who a workload is; what is none is taken from the environment.
pub(super) struct Workload<'a> {
    pub(super) tenant: Option<String>,
    pub(super) client_id: Option<String>,
    pub(super) token_file: Option<PathBuf>,
    pub(super) authority: Option<&'a str>,
}

/// A token of a Kubernetes workload's.
pub(super) async fn workload_identity(
    client: &Client,
    scope: &str,
    workload: Workload<'_>,
) -> Result<Fetched, Failure> {
    let unreadable = SignInKind::WorkloadTokenUnreadable;
    let named = |value: Option<String>, name: &str| {
        value
            .filter(|value| !value.trim().is_empty())
            .or_else(|| std::env::var(name).ok())
            .ok_or_else(|| missing(unreadable, &format!("{name} is not set")))
    };
    let tenant = named(workload.tenant, "AZURE_TENANT_ID")?;
    let client_id = named(workload.client_id, "AZURE_CLIENT_ID")?;
    let token_file = match workload.token_file {
        Some(path) => path,
        None => named(None, "AZURE_FEDERATED_TOKEN_FILE")?.into(),
    };
    let named_authority = std::env::var("AZURE_AUTHORITY_HOST").ok();
    let authority = workload.authority.or(named_authority.as_deref());

    // The library reads the file on this thread, and a pipe would never end.
    let kind = tokio::fs::metadata(&token_file).await;
    match kind {
        Ok(kind) if kind.is_file() => {}
        Ok(_) => return Err(missing(unreadable, "the token file is not a file")),
        Err(error) => return Err(missing(unreadable, &error.to_string())),
    }
    let way = Way::to_entra(client, String::new());
    let options = WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions {
            client_options: way.options(authority)?,
        },
        client_id: Some(client_id.trim().to_owned()),
        tenant_id: Some(entra::tenant(&tenant)?.to_owned()),
        token_file_path: Some(token_file),
    };
    let credential = WorkloadIdentityCredential::new(Some(options))
        .map_err(|error| missing(unreadable, &crate::network::words_of(&error)))?;
    fetch(&*credential, &way, scope).await
}

async fn fetch(
    credential: &dyn TokenCredential,
    way: &Way,
    scope: &str,
) -> Result<Fetched, Failure> {
    let scope = [entra::scope(scope)?];
    let fetching = tokio::time::timeout(LIMIT, credential.get_token(&scope, None));
    let token = match fetching.await {
        Ok(token) => token.map_err(|error| way.failed(&error))?,
        Err(_) => return Err(way.unknown("no answer in time")),
    };
    let life = way.life(&token);
    Ok(Fetched {
        secret: Arc::new(Secret::new(token.token.secret().to_owned())),
        life,
    })
}

fn missing(kind: SignInKind, said: &str) -> Failure {
    SignInProblem::new(kind, said).into()
}

/// The library's way out: ours, remembering what came back.
#[derive(Debug, Clone)]
struct Way {
    client: Client,
    to: To,
    seen: Arc<Mutex<Seen>>,
    /// Not to be repeated by an error.
    secret: Arc<Secret>,
}

/// Who is at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Entra,
    /// This machine's own endpoint, which no proxy could reach.
    Identity,
}

/// What came back last.
#[derive(Debug, Default)]
struct Seen {
    failure: Option<Failure>,
    /// What time it is there.
    date: Option<SystemTime>,
}

impl Way {
    fn to_entra(client: &Client, secret: String) -> Self {
        Self {
            client: client.clone(),
            to: To::Entra,
            seen: Arc::default(),
            secret: Arc::new(Secret::new(secret)),
        }
    }

    fn to_identity(client: &Client) -> Self {
        Self {
            to: To::Identity,
            ..Self::to_entra(client, String::new())
        }
    }

    fn options(&self, authority: Option<&str>) -> Result<ClientOptions, SignInProblem> {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = entra::authority(authority.unwrap_or(DEFAULT_AUTHORITY))?.into();
        Ok(ClientOptions {
            cloud: Some(Arc::new(cloud.into())),
            transport: Some(Transport::new(Arc::new(self.clone()))),
            // The default keeps a refused connection busy for half a minute and more.
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 2,
                ..Default::default()
            }),
            ..ClientOptions::default()
        })
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What was seen, which says more than the library's error.
    fn failed(&self, error: &azure_core::Error) -> Failure {
        let words = crate::network::words_of(error);
        self.unknown(entra::words_of(&words))
    }

    /// What was seen, or else `said`.
    fn unknown(&self, said: &str) -> Failure {
        if let Some(failure) = self.seen().failure.clone() {
            return failure;
        }
        let kind = match self.to {
            To::Entra => SignInKind::Refused,
            To::Identity => SignInKind::IdentityMissing,
        };
        missing(kind, &entra::clean(said, &[self.secret.expose()]))
    }

    /// How long a token lasts. Entra says a span, which the library adds to this machine's time;
    /// the identity endpoint says a moment by its own clock, which may be another.
    fn life(&self, token: &AccessToken) -> Life {
        let now = match self.to {
            To::Entra => None,
            To::Identity => self.seen().date,
        };
        let now = now.unwrap_or_else(SystemTime::now);
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        let left = token.expires_on.unix_timestamp() - now.as_secs().cast_signed();
        match u64::try_from(left) {
            Ok(left) if left > 0 => Life::Known(Duration::from_secs(left)),
            // It was given, so it is meant to be used; the resource will say when not.
            _ => Life::Unknown,
        }
    }

    async fn ask(&self, request: &Request) -> Result<entra::Answered, Failure> {
        let asked = reqwest_of(request)?;
        if self.to == To::Entra {
            return entra::ask(&self.client, asked, PATIENCE).await;
        }
        reach(asked.url()).await?;
        let answered = entra::ask_here(&self.client, asked, IDENTITY_PATIENCE).await;
        answered.map_err(|failure| missing(SignInKind::IdentityMissing, &failure.to_string()))
    }

    fn refusal(&self, answered: &entra::Answered) -> SignInProblem {
        let problem = entra::refusal(answered, &[self.secret.expose()]);
        match self.to {
            To::Entra => problem,
            To::Identity => SignInProblem {
                kind: SignInKind::IdentityMissing,
                ..problem
            },
        }
    }
}

#[async_trait]
impl HttpClient for Way {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let answered = match self.ask(request).await {
            Ok(answered) => answered,
            Err(failure) => {
                // The library tries again after this kind and no other: what is in the way of TLS
                // or at the proxy stays there, and nothing answers where there is no machine's
                // identity.
                let passing = matches!(&failure, Failure::SignIn(problem)
                    if problem.kind == SignInKind::Unreachable);
                let kind = if passing {
                    ErrorKind::Io
                } else {
                    ErrorKind::Credential
                };
                let error = azure_core::Error::with_message(kind, failure.to_string());
                self.seen().failure = Some(failure);
                return Err(error);
            }
        };
        let mut seen = self.seen();
        seen.date = answered.date();
        seen.failure = (!answered.is_success()).then(|| self.refusal(&answered).into());
        drop(seen);
        Ok(AsyncRawResponse::from_bytes(
            answered.status.into(),
            headers_of(&answered),
            answered.body,
        ))
    }
}

/// Connects to the identity endpoint, to learn in a short time whether there is one.
async fn reach(url: &Url) -> Result<(), Failure> {
    let there = (url.host_str(), url.port_or_known_default());
    let (Some(host), Some(port)) = there else {
        return Err(missing(
            SignInKind::IdentityMissing,
            "its address has no host",
        ));
    };
    let host = host.trim_matches(['[', ']']);
    let said = match tokio::time::timeout(IDENTITY_CONNECT, TcpStream::connect((host, port))).await
    {
        Ok(Ok(_)) => return Ok(()),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "no answer in time".to_owned(),
    };
    let said = format!("{host}: {said}");
    Err(missing(SignInKind::IdentityMissing, &said))
}

fn reqwest_of(request: &Request) -> Result<reqwest::Request, Failure> {
    let method = match request.method() {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        other => reqwest::Method::from_bytes(other.as_ref().as_bytes()).unwrap_or_default(),
    };
    let mut asked = reqwest::Request::new(method, request.url().clone());
    for (name, value) in request.headers().iter() {
        let name = reqwest::header::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = reqwest::header::HeaderValue::from_str(value.as_str());
        let (Ok(name), Ok(mut value)) = (name, value) else {
            return Err(Failure::BadCredential);
        };
        // The identity endpoint's header is a secret of the machine's.
        value.set_sensitive(name == "x-identity-header");
        asked.headers_mut().insert(name, value);
    }
    match request.body() {
        Body::Bytes(bytes) => *asked.body_mut() = Some(bytes.clone().into()),
        Body::SeekableStream(_) => unreachable!("BUG: nobody asks for a token with a stream"),
    }
    Ok(asked)
}

fn headers_of(answered: &entra::Answered) -> Headers {
    let mut headers = Headers::new();
    for (name, value) in &answered.headers {
        if let Ok(value) = value.to_str() {
            let name = HeaderName::from(name.as_str().to_owned());
            headers.insert(name, HeaderValue::from(value.to_owned()));
        }
    }
    headers
}
