//! Signing in with the system's browser, which comes back to a port of this machine:
//! authorization code with PKCE.
//!
//! Sources: <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow>
//! and <https://datatracker.ietf.org/doc/html/rfc8252>.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::door::{Door, Visit};
use super::oauth::{self, PlaceClient, Way};
use super::{EntraPlace, Pages, SignedIn, door};
use crate::client::Client;
use crate::credential::{SignInKind, SignInProblem};
use crate::failure::Failure;
use crate::secret::Secret;

/// Longest time that anybody waits for the browser.
const PATIENCE: Duration = Duration::from_secs(10 * 60);
/// Ports that are tried before there is none to be had.
const PORTS: usize = 16;

/// A sign-in that waits for the browser. It listens from the start, and stops when it is dropped.
pub struct BrowserSignIn {
    client: Client,
    place: PlaceClient,
    url: String,
    state: CsrfToken,
    verifier: PkceCodeVerifier,
    listeners: Vec<TcpListener>,
    pages: Pages,
    expires_at: SystemTime,
}

/// Begins a sign-in at `place`: listens on a port of this machine for the browser to come back,
/// which is then shown one of `pages`. Nothing is sent, and no browser is opened.
///
/// # Errors
///
/// [`Failure::SignIn`] when the place is none, or there is no port.
pub async fn in_browser(
    client: &Client,
    place: EntraPlace,
    pages: Pages,
) -> Result<BrowserSignIn, Failure> {
    let scopes = oauth::scopes(&place.scope)?;
    let place = oauth::client_at(&place)?;
    let (listeners, port) = listen().await.map_err(|error| no_port(&error))?;
    // Entra leaves the port of `localhost` open, and of `localhost` alone
    // (<https://learn.microsoft.com/en-us/entra/identity-platform/reply-url>).
    let redirect = RedirectUrl::new(format!("http://localhost:{port}"));
    let redirect = redirect.expect("BUG: a port makes an address");
    let place = place.set_redirect_uri(redirect);
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = place
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scopes)
        .add_extra_param("response_mode", "query")
        // Whoever has several accounts in the browser wants to be asked which.
        .add_extra_param("prompt", "select_account")
        .set_pkce_challenge(challenge)
        .url();
    Ok(BrowserSignIn {
        client: client.clone(),
        place,
        url: url.into(),
        state,
        verifier,
        listeners,
        pages,
        expires_at: SystemTime::now() + PATIENCE,
    })
}

impl BrowserSignIn {
    /// The page to open, an https address.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// When nobody waits any more.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Waits for the browser, and fetches what it brought. Whoever comes without what the page
    /// was given is turned away, and the waiting goes on. Dropping the future gives the sign-in
    /// up.
    ///
    /// # Errors
    ///
    /// [`Failure::SignIn`]: declined, too late, or refused; [`Failure::Tls`] and
    /// [`Failure::Proxy`].
    pub async fn finish(self) -> Result<SignedIn, Failure> {
        let Self {
            client,
            place,
            state,
            verifier,
            listeners,
            pages,
            ..
        } = self;
        let (visits, mut came) = mpsc::channel(1);
        let door = Arc::new(Door::new(Secret::new(state.into_secret()), pages, visits));
        // It ends with all that it holds, so that whoever came second hears that it is over.
        let waiting = async move {
            let visit = came.recv().await;
            let visit = visit.ok_or_else(|| broken("nobody listens any more"))?;
            let Visit { brought, told } = visit;
            let signed_in = match brought {
                Ok(code) => redeem(&client, &place, code, verifier).await,
                Err(problem) => Err(problem.into()),
            };
            // Whoever closed the page needs no answer.
            let _ = told.send(signed_in.is_ok());
            signed_in
        };
        let waited = tokio::time::timeout(PATIENCE, door::open_while(listeners, door, waiting));
        waited.await.unwrap_or_else(|_| {
            let said = "nobody came back from the browser in time";
            Err(SignInProblem::new(SignInKind::TimedOut, said).into())
        })
    }
}

async fn redeem(
    client: &Client,
    place: &PlaceClient,
    code: Arc<Secret>,
    verifier: PkceCodeVerifier,
) -> Result<SignedIn, Failure> {
    let proof = Arc::new(Secret::new(verifier.secret().clone()));
    let way = Way::new(client, vec![code.clone(), proof]);
    let given = place
        .exchange_code(AuthorizationCode::new(code.expose().to_owned()))
        .set_pkce_verifier(verifier)
        .request_async(&way)
        .await
        .map_err(|error| way.failure(&error))?;
    Ok(oauth::signed_in(&given)?)
}

/// A port of this machine, by every address that `localhost` can mean: another program behind
/// one of them would get the code.
async fn listen() -> io::Result<(Vec<TcpListener>, u16)> {
    for _ in 0..PORTS {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let port = first.local_addr()?.port();
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(second) => return Ok((vec![first, second], port)),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
            // Without IPv6, `localhost` means the first alone.
            Err(_) => return Ok((vec![first], port)),
        }
    }
    Err(io::ErrorKind::AddrInUse.into())
}

fn no_port(error: &io::Error) -> Failure {
    broken(&format!("no port of this machine: {error}"))
}

fn broken(said: &str) -> Failure {
    SignInProblem::new(SignInKind::Refused, said).into()
}

impl fmt::Debug for BrowserSignIn {
    // The address holds what proves that it is the same browser that comes back.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BrowserSignIn")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}
