//! The OAuth library, talking to Entra by our own way out.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthUrl, ClientId, DeviceAuthorizationUrl, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, RefreshToken, Scope, StandardRevocableToken,
    StandardTokenResponse, TokenResponse, TokenUrl,
};
use serde::{Deserialize, Serialize};

use super::{EntraPlace, SignedIn};
use crate::client::Client;
use crate::credential::{SignInKind, SignInProblem, TokenFacts, entra};
use crate::failure::Failure;
use crate::secret::Secret;

/// Longest time for one answer of Entra's.
const PATIENCE: Duration = Duration::from_secs(15);

/// Asked for besides the scope: who signed in, and a refresh token
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/scopes-oidc>).
const ABOUT_THE_PERSON: [&str; 3] = ["openid", "profile", "offline_access"];

/// What Entra adds to a token's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct About {
    /// Who signed in: a JWT, of which only the name is used.
    id_token: Option<String>,
}

impl ExtraTokenFields for About {}

/// A token's answer.
pub(crate) type Given = StandardTokenResponse<About, BasicTokenType>;

/// The OAuth client of a place.
pub(crate) type PlaceClient = oauth2::Client<
    BasicErrorResponse,
    Given,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// The endpoints of a place
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols>).
pub(crate) fn client_at(place: &EntraPlace) -> Result<PlaceClient, SignInProblem> {
    let authority = entra::authority(&place.authority)?;
    let tenant = entra::tenant(&place.tenant)?;
    let at = |endpoint: &str| format!("{authority}{tenant}/oauth2/v2.0/{endpoint}");
    let bad = |error: url::ParseError| {
        SignInProblem::new(SignInKind::AuthorityInvalid, error.to_string())
    };
    let authorize = AuthUrl::new(at("authorize")).map_err(bad)?;
    let device = DeviceAuthorizationUrl::new(at("devicecode")).map_err(bad)?;
    let token = TokenUrl::new(at("token")).map_err(bad)?;
    Ok(oauth2::Client::new(ClientId::new(place.client_id.clone()))
        .set_auth_uri(authorize)
        .set_device_authorization_url(device)
        .set_token_uri(token))
}

/// The scopes of a sign-in for `scope`.
pub(crate) fn scopes(scope: &str) -> Result<Vec<Scope>, SignInProblem> {
    let scope = entra::scope(scope)?;
    let all = [scope].into_iter().chain(ABOUT_THE_PERSON);
    Ok(all.map(|scope| Scope::new(scope.to_owned())).collect())
}

/// What a sign-in brought, out of a token's answer.
pub(crate) fn signed_in(given: &Given) -> Result<SignedIn, SignInProblem> {
    let Some(refresh) = given.refresh_token() else {
        let said = "Entra gave no refresh token";
        return Err(SignInProblem::new(SignInKind::Refused, said));
    };
    let facts = TokenFacts::read(given.access_token().secret());
    let person = given
        .extra_fields()
        .id_token
        .as_deref()
        .map(TokenFacts::read);
    Ok(SignedIn {
        refresh_token: kept(refresh),
        account: person.and_then(|it| it.account).or(facts.account.clone()),
        facts,
    })
}

/// A refresh token as it is kept.
pub(crate) fn kept(token: &RefreshToken) -> Arc<Secret> {
    Arc::new(Secret::new(token.secret().clone()))
}

/// Our way out, remembering why the last answer was none: the library's errors tell less.
pub(crate) struct Way {
    client: Client,
    failure: Mutex<Option<Failure>>,
    /// Not to be repeated by an error.
    secrets: Vec<Arc<Secret>>,
}

/// There was no answer; [`Way::failure`] knows why.
#[derive(Debug, thiserror::Error)]
#[error("no answer")]
pub(crate) struct NoAnswer;

impl Way {
    pub(crate) fn new(client: &Client, secrets: Vec<Arc<Secret>>) -> Self {
        Self {
            client: client.clone(),
            failure: Mutex::default(),
            secrets,
        }
    }

    /// What the last answer was instead of what was asked for; `otherwise` says so where the
    /// answer was a good one that the library could not use.
    pub(crate) fn failure(&self, otherwise: &dyn std::error::Error) -> Failure {
        let seen = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        seen.clone().unwrap_or_else(|| {
            let said = crate::network::words_of(otherwise);
            SignInProblem::new(SignInKind::Refused, entra::clean(&said, &self.secrets())).into()
        })
    }

    fn secrets(&self) -> Vec<&str> {
        self.secrets.iter().map(|secret| secret.expose()).collect()
    }

    fn saw(&self, failure: Option<Failure>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = failure;
    }

    async fn ask(&self, request: HttpRequest) -> Result<HttpResponse, NoAnswer> {
        let request = reqwest::Request::try_from(request).map_err(|_| NoAnswer)?;
        let answered = match entra::ask(&self.client, request, PATIENCE).await {
            Ok(answered) => answered,
            Err(failure) => {
                self.saw(Some(failure));
                return Err(NoAnswer);
            }
        };
        if !answered.is_success() {
            let problem = entra::refusal(&answered, &self.secrets());
            let passing = problem.kind == SignInKind::Unreachable;
            self.saw(Some(problem.into()));
            if passing {
                return Err(NoAnswer);
            }
        } else {
            self.saw(None);
        }
        let mut response = HttpResponse::new(answered.body.to_vec());
        *response.status_mut() = http::StatusCode::from_u16(answered.status).unwrap_or_default();
        *response.headers_mut() = answered.headers;
        Ok(response)
    }
}

impl<'c> AsyncHttpClient<'c> for Way {
    type Error = NoAnswer;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, NoAnswer>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.ask(request))
    }
}
