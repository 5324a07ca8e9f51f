//! Signing in with a code that is typed in any browser, also on another machine.
//!
//! Source: <https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-device-code>.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use oauth2::{DeviceCodeErrorResponseType, RequestTokenError, StandardDeviceAuthorizationResponse};
use reqwest::Url;

use super::oauth::{self, PlaceClient, Way};
use super::{EntraPlace, SignedIn};
use crate::client::Client;
use crate::credential::{SignInKind, SignInProblem};
use crate::failure::Failure;
use crate::secret::Secret;

/// Longest time that anybody waits for a code to be typed, whatever Entra says.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Shortest pause between two questions, whatever Entra says.
const SHORTEST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause between two questions while the network fails.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// A sign-in that waits for somebody to type its code.
pub struct DeviceSignIn {
    client: Client,
    place: PlaceClient,
    given: StandardDeviceAuthorizationResponse,
    verification_uri: String,
    patience: Duration,
    expires_at: SystemTime,
}

/// Begins a sign-in at `place`: fetches a code for the person.
///
/// # Errors
///
/// [`Failure::SignIn`], [`Failure::Tls`] and [`Failure::Proxy`].
pub async fn with_code(client: &Client, place: EntraPlace) -> Result<DeviceSignIn, Failure> {
    let scopes = oauth::scopes(&place.scope)?;
    let place = oauth::client_at(&place)?;
    let way = Way::new(client, Vec::new());
    let asking = place
        .exchange_device_code()
        .add_scopes(scopes)
        .request_async(&way);
    let asked: Result<StandardDeviceAuthorizationResponse, _> = asking.await;
    let given = asked.map_err(|error| way.failure(&error))?;
    let patience = given.expires_in().min(LONGEST);
    Ok(DeviceSignIn {
        client: client.clone(),
        verification_uri: page(given.verification_uri().as_str())?,
        patience,
        expires_at: SystemTime::now() + patience,
        place,
        given,
    })
}

async fn pause(asked_for: Duration) {
    tokio::time::sleep(asked_for.max(SHORTEST_PAUSE)).await;
}

/// The page to type the code on. It is going to be shown and opened, so it has to be one, and of
/// the host that it seems to be.
fn page(address: &str) -> Result<String, SignInProblem> {
    let plain = |url: &Url| url.username().is_empty() && url.password().is_none();
    let url = Url::parse(address).ok();
    match url.filter(|url| url.scheme() == "https" && plain(url)) {
        Some(url) => Ok(url.into()),
        None => Err(SignInProblem::new(
            SignInKind::Refused,
            "the page for the code is not an https address",
        )),
    }
}

impl DeviceSignIn {
    /// The code to type.
    #[must_use]
    pub fn user_code(&self) -> &str {
        self.given.user_code().secret()
    }

    /// The page to type it on, an https address.
    #[must_use]
    pub fn verification_uri(&self) -> &str {
        &self.verification_uri
    }

    /// When the code is worth nothing any more.
    #[must_use]
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    /// Asks, as often as Entra allows, until somebody has typed the code or it is too late.
    /// Dropping the future gives the sign-in up.
    ///
    /// # Errors
    ///
    /// [`Failure::SignIn`]: declined, too late, or refused for another reason. A network that
    /// fails in between is waited out.
    pub async fn finish(self) -> Result<SignedIn, Failure> {
        let code = Secret::new(self.given.device_code().secret().clone());
        let way = Way::new(&self.client, vec![Arc::new(code)]);
        let polling = self
            .place
            .exchange_device_access_token(&self.given)
            .set_max_backoff_interval(LONGEST_PAUSE)
            .request_async(&way, pause, Some(self.patience));
        let late = || SignInProblem::new(SignInKind::TimedOut, "nobody typed the code in time");
        let Ok(polled) = tokio::time::timeout(self.patience, polling).await else {
            return Err(late().into());
        };
        match polled {
            Ok(given) => Ok(oauth::signed_in(&given)?),
            // Entra says so, or the library does when the time is over.
            Err(RequestTokenError::ServerResponse(response))
                if *response.error() == DeviceCodeErrorResponseType::ExpiredToken =>
            {
                Err(late().into())
            }
            Err(error) => Err(way.failure(&error)),
        }
    }
}

impl fmt::Debug for DeviceSignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceSignIn")
            .field("verification_uri", &self.verification_uri)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_a_page_of_the_host_that_it_seems_to_be() {
        let good = "https://microsoft.com/devicelogin";
        assert_eq!(page(good).unwrap(), good);
        for address in [
            "",
            "devicelogin",
            "http://microsoft.com/devicelogin",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://microsoft.com@evil.example/devicelogin",
            "https://:microsoft.com@evil.example/devicelogin",
        ] {
            let refused = page(address).unwrap_err();
            assert_eq!(refused.kind, SignInKind::Refused, "{address}");
        }
    }
}
