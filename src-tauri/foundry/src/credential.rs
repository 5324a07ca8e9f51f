//! As whom a question is asked: one credential for each target, and never another in its place.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::TokenCredential;
use azure_core::http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport};
use azure_identity::{ClientSecretCredential, ClientSecretCredentialOptions};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};

use crate::client::Client;
use crate::endpoint::Endpoint;
use crate::failure::Failure;
use crate::secret::Secret;

/// The audience of Foundry's tokens unless somebody names another
/// (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>).
pub const DEFAULT_SCOPE: &str = "https://ai.azure.com/.default";

/// Microsoft Entra ID, for everyone who is not in a sovereign cloud.
pub const DEFAULT_AUTHORITY: &str = "https://login.microsoftonline.com";

/// Longest time for a sign-in, its own attempts included.
const SIGN_IN: Duration = Duration::from_secs(30);

/// As whom.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key, sent as `x-api-key` and as `api-key`: Foundry takes either, and gateways in
    /// front of it look for one or the other.
    Key(Arc<Secret>),
    /// A token of Entra's from elsewhere, sent as it is until it expires.
    Token(Arc<Secret>),
    /// An application that signs in by itself.
    ClientSecret(ClientSecret),
}

impl Credential {
    /// Puts the credential into `headers`.
    pub(crate) async fn authorize(
        &self,
        client: &Client,
        headers: &mut HeaderMap,
    ) -> Result<(), Failure> {
        let bearer = |token: &Secret| token.header("Bearer ").ok_or(Failure::BadCredential);
        match self {
            Self::Key(key) => {
                let key = key.header("").ok_or(Failure::BadCredential)?;
                headers.insert(HeaderName::from_static("x-api-key"), key.clone());
                headers.insert(HeaderName::from_static("api-key"), key);
            }
            Self::Token(token) => {
                headers.insert(AUTHORIZATION, bearer(token)?);
            }
            Self::ClientSecret(application) => {
                headers.insert(AUTHORIZATION, bearer(&application.token(client).await?)?);
            }
        }
        Ok(())
    }

    /// Makes the next [`Credential::authorize`] fetch a new token; false when there is nothing to
    /// fetch anew.
    pub(crate) fn renew(&self) -> bool {
        match self {
            Self::Key(_) | Self::Token(_) => false,
            Self::ClientSecret(application) => {
                application.shared.lock().take();
                true
            }
        }
    }
}

/// An application's client secret. Clones share one cached token.
///
/// Source: <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow>.
#[derive(Clone)]
pub struct ClientSecret {
    shared: Arc<Shared>,
}

struct Shared {
    tenant: String,
    client_id: String,
    secret: Arc<Secret>,
    scope: String,
    authority: String,
    /// Holds the token; made at the first question.
    signed_in: Mutex<Option<Arc<ClientSecretCredential>>>,
}

impl ClientSecret {
    /// An application `client_id` of `tenant`. Without a scope, [`DEFAULT_SCOPE`]; without an
    /// authority (an https address), [`DEFAULT_AUTHORITY`]. Nothing is sent before somebody asks.
    #[must_use]
    pub fn new(
        tenant: String,
        client_id: String,
        secret: Arc<Secret>,
        scope: Option<String>,
        authority: Option<String>,
    ) -> Self {
        let shared = Shared {
            tenant,
            client_id,
            secret,
            scope: scope.unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
            authority: authority.unwrap_or_else(|| DEFAULT_AUTHORITY.to_owned()),
            signed_in: Mutex::new(None),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The scope that tokens are asked for.
    #[must_use]
    pub fn scope(&self) -> &str {
        &self.shared.scope
    }

    async fn token(&self, client: &Client) -> Result<Secret, Failure> {
        let signed_in = self
            .signed_in(client)
            .map_err(|error| self.refused(&error))?;
        let scopes = [self.shared.scope.as_str()];
        match tokio::time::timeout(SIGN_IN, signed_in.get_token(&scopes, None)).await {
            Ok(Ok(token)) => Ok(Secret::new(token.token.secret().to_owned())),
            Ok(Err(error)) => Err(self.refused(&error)),
            Err(_) => Err(Failure::SignIn(format!(
                "no answer from {}",
                self.shared.authority
            ))),
        }
    }

    fn signed_in(&self, client: &Client) -> azure_core::Result<Arc<ClientSecretCredential>> {
        let mut place = self.shared.lock();
        if let Some(signed_in) = &*place {
            return Ok(signed_in.clone());
        }
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = self.shared.authority.clone();
        let local = Endpoint::parse(&self.shared.authority)
            .is_ok_and(|parsed| parsed.endpoint.is_loopback());
        let client_options = ClientOptions {
            cloud: Some(Arc::new(cloud.into())),
            transport: Some(Transport::new(Arc::new(client.http(local).clone()))),
            // The default keeps a refused connection busy for half a minute and more.
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: 2,
                ..Default::default()
            }),
            ..ClientOptions::default()
        };
        let signed_in = ClientSecretCredential::new(
            &self.shared.tenant,
            self.shared.client_id.clone(),
            azure_core::credentials::Secret::new(self.shared.secret.expose().to_owned()),
            Some(ClientSecretCredentialOptions { client_options }),
        )?;
        *place = Some(signed_in.clone());
        Ok(signed_in)
    }

    /// Entra's own words, from its AADSTS number on, or what kept us from Entra.
    fn refused(&self, error: &azure_core::Error) -> Failure {
        let said = crate::network::words_of(error);
        let said = said.find("AADSTS").map_or(said.as_str(), |at| &said[at..]);
        let said = said
            .split("\nTo troubleshoot")
            .next()
            .unwrap_or(said)
            .trim();
        // No answer of Entra's was ever seen to repeat the secret; this one shall not be the first.
        Failure::SignIn(said.replace(self.shared.secret.expose(), "<redacted>"))
    }
}

impl Shared {
    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Arc<ClientSecretCredential>>> {
        // Nothing that can panic happens under the lock but allocation.
        self.signed_in
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSecret")
            .field("tenant", &self.shared.tenant)
            .field("client_id", &self.shared.client_id)
            .field("scope", &self.shared.scope)
            .finish_non_exhaustive()
    }
}
