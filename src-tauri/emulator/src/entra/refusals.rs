//! Entra's errors: their codes, their words and their place in a body.
//!
//! Codes: <https://learn.microsoft.com/entra/identity-platform/reference-error-codes>. The
//! body: <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow>,
//! section "Error response".

use serde_json::{Value, json};

use crate::clock::Clock;

/// When a code strikes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strikes {
    /// Whenever the application is named.
    Application,
    /// When a token is asked for.
    Token,
    /// When a refresh token is used: signing in still works.
    Refresh,
}

/// A numbered error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Aadsts {
    pub(crate) code: u32,
    pub(crate) error: &'static str,
    pub(crate) suberror: Option<&'static str>,
    pub(crate) status: u16,
    pub(crate) strikes: Strikes,
    /// `{app}`, `{tenant}`, `{what}` and `{user}` are filled in.
    text: &'static str,
}

/// The numbered error; none when it is not one of those that are imitated.
pub(crate) fn aadsts(code: u32) -> Option<&'static Aadsts> {
    TABLE.iter().find(|one| one.code == code)
}

/// Every code.
#[cfg(test)]
pub(crate) fn codes() -> impl Iterator<Item = u32> {
    TABLE.iter().map(|one| one.code)
}

/// An error as it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TokenRefusal {
    pub(crate) status: u16,
    pub(crate) error: &'static str,
    suberror: Option<&'static str>,
    code: Option<u32>,
    pub(crate) text: String,
}

impl TokenRefusal {
    /// The numbered error about this application and `what` (a resource, a scope, an address).
    pub(crate) fn aadsts(code: u32, app: &str, what: &str) -> TokenRefusal {
        let known = aadsts(code).expect("BUG: the code stands in the table");
        let text = known
            .text
            .replace("{app}", app)
            .replace("{tenant}", super::directory::TENANT)
            .replace("{user}", super::directory::USER)
            .replace("{what}", what);
        TokenRefusal {
            status: known.status,
            error: known.error,
            suberror: known.suberror,
            code: Some(code),
            text: format!("AADSTS{code}: {text}"),
        }
    }

    /// An answer of the device code grant
    /// (<https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code>,
    /// section "Expected errors").
    pub(crate) fn device(error: &'static str) -> TokenRefusal {
        let (code, text) = match error {
            "authorization_pending" => (
                70016,
                "OAuth 2.0 device flow error. Authorization is pending. Continue polling.",
            ),
            "authorization_declined" => (70018, "The end user denied the authorization request."),
            "expired_token" => (
                70020,
                "The provided value for the input parameter 'device_code' is not valid. This \
                 device code has expired.",
            ),
            "bad_verification_code" => (70019, "Verification code expired or was not recognized."),
            _ => (70017, "The client is polling too frequently. Slow down."),
        };
        TokenRefusal {
            status: 400,
            error,
            suberror: None,
            code: Some(code),
            text: format!("AADSTS{code}: {text}"),
        }
    }

    /// An error of the server itself: 429, 503, or else 500.
    pub(crate) fn server(status: u16) -> TokenRefusal {
        let (error, code, text) = match status {
            429 => (
                "temporarily_unavailable",
                90055,
                "The server is terminating the request because of excessive request rates.",
            ),
            503 => (
                "temporarily_unavailable",
                90033,
                "A transient error has occurred. Please try again.",
            ),
            _ => ("server_error", 90012, "The request timed out."),
        };
        TokenRefusal {
            status,
            error,
            suberror: None,
            code: Some(code),
            text: format!("AADSTS{code}: {text}"),
        }
    }

    /// The body, with new ids.
    pub(crate) fn body(&self, clock: &Clock, authority: &str) -> Value {
        let trace = uuid::Uuid::new_v4().to_string();
        let correlation = uuid::Uuid::new_v4().to_string();
        let timestamp = clock.entra_date();
        let mut body = json!({
            "error": self.error,
            "error_description": format!(
                "{} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
                self.text
            ),
            "error_codes": self.code.into_iter().collect::<Vec<u32>>(),
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
        });
        if let Some(code) = self.code {
            body["error_uri"] = json!(format!("{authority}/error?code={code}"));
        }
        if let Some(suberror) = self.suberror {
            body["suberror"] = json!(suberror);
        }
        body
    }
}

const fn row(
    code: u32,
    error: &'static str,
    suberror: Option<&'static str>,
    status: u16,
    strikes: Strikes,
    text: &'static str,
) -> Aadsts {
    Aadsts {
        code,
        error,
        suberror,
        status,
        strikes,
        text,
    }
}

use Strikes::{Application, Refresh, Token};

#[rustfmt::skip]
const TABLE: &[Aadsts] = &[
    row(7000215, "invalid_client", None, 401, Application, "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '{app}'."),
    row(7000222, "invalid_client", None, 401, Application, "The provided client secret keys for app '{app}' are expired. Visit the Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for added security: https://aka.ms/certCreds."),
    row(7000218, "invalid_client", None, 401, Application, "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."),
    row(700016, "unauthorized_client", None, 400, Application, "Application with identifier '{app}' was not found in the directory '{tenant}'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant."),
    row(700024, "invalid_client", None, 401, Application, "Client assertion is not within its valid time range."),
    row(700025, "invalid_client", None, 401, Application, "Client is public so neither 'client_assertion' nor 'client_secret' should be presented."),
    row(700027, "invalid_client", None, 401, Application, "The certificate with identifier used to sign the client assertion is not registered on application '{app}'."),
    row(700211, "invalid_client", None, 401, Application, "No matching federated identity record found for presented assertion issuer '{what}'."),
    row(700212, "invalid_client", None, 401, Application, "No matching federated identity record found for presented assertion audience '{what}'."),
    row(90002, "invalid_request", None, 400, Application, "Tenant '{what}' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant."),
    row(900023, "invalid_request", None, 400, Application, "Specified tenant identifier '{what}' is neither a valid DNS name, nor a valid external domain."),
    row(900144, "invalid_request", None, 400, Application, "The request body must contain the following parameter: '{what}'."),
    row(9002313, "invalid_request", None, 400, Application, "Invalid request. Request is malformed or invalid."),
    row(70003, "unsupported_grant_type", None, 400, Application, "The app requested an unsupported grant type '{what}'."),
    row(50059, "invalid_request", None, 400, Application, "No tenant-identifying information found in either the request or implied by any provided credentials."),
    row(500011, "invalid_resource", None, 400, Token, "The resource principal named {what} was not found in the tenant named {tenant}. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You might have sent your authentication request to the wrong tenant."),
    row(28000, "invalid_request", None, 400, Token, "Provided value for the input parameter scope is not valid because it contains more than one resource. Scope {what} is not valid."),
    row(70011, "invalid_scope", None, 400, Token, "The provided request must include a 'scope' input parameter. The provided value for the input parameter 'scope' is not valid. The scope {what} is not valid."),
    row(1002012, "invalid_scope", None, 400, Token, "The provided value for scope {what} is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI)."),
    row(65001, "invalid_grant", Some("consent_required"), 400, Token, "The user or administrator has not consented to use the application with ID '{app}' named 'Hearth'. Send an interactive authorization request for this user and resource."),
    row(50076, "interaction_required", Some("basic_action"), 400, Token, "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{what}'."),
    row(50079, "interaction_required", Some("basic_action"), 400, Token, "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{what}'."),
    row(53003, "interaction_required", Some("message_only"), 400, Token, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."),
    row(50020, "invalid_grant", None, 400, Token, "User account '{user}' from identity provider 'https://sts.windows.net/00000000-0000-4000-8000-000000000000/' does not exist in tenant 'Hearth Emulator' and cannot access the application '{app}'(Hearth) in that tenant. The account needs to be added as an external user in the tenant first. Sign out and sign in again with a different Azure Active Directory user account."),
    row(50034, "invalid_grant", None, 400, Token, "The user account {user} does not exist in the {tenant} directory. To sign into this application, the account must be added to the directory."),
    row(50126, "invalid_grant", None, 400, Token, "Error validating credentials due to invalid username or password."),
    row(50011, "invalid_request", None, 400, Token, "The redirect URI '{what}' specified in the request does not match the redirect URIs configured for the application '{app}'. Make sure the redirect URI sent in the request matches one added to your application in the Azure portal."),
    row(500112, "invalid_grant", None, 400, Token, "The reply address '{what}' does not match the reply address provided when requesting Authorization code."),
    row(501481, "invalid_grant", None, 400, Token, "The Code_Verifier does not match the code_challenge supplied in the authorization request."),
    row(54005, "invalid_grant", None, 400, Token, "OAuth2 Authorization code was already redeemed, please retry with a new valid code or use an existing refresh token."),
    row(70008, "invalid_grant", None, 400, Token, "The provided authorization code or refresh token has expired due to inactivity. Send a new interactive authorization request for this user and resource."),
    row(70000, "invalid_grant", None, 400, Token, "Provided grant is invalid or malformed."),
    row(700082, "invalid_grant", None, 400, Refresh, "The refresh token has expired due to inactivity. The token was issued on 2026-08-01T09:00:00.0000000Z and was inactive for 90.00:00:00."),
    row(70043, "invalid_grant", Some("token_expired"), 400, Refresh, "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access. The token was issued on 2026-11-01T09:00:00.0000000Z and the maximum allowed lifetime for this request is 43200."),
    row(50173, "invalid_grant", Some("bad_token"), 400, Refresh, "The provided grant has expired due to it being revoked, a fresh auth token is needed. The user might have changed or reset their password. The grant was issued on '2026-11-01T09:00:00.0000000Z' and the TokensValidFrom date (before which tokens are not valid) for this user is '2026-11-20T09:00:00.0000000Z'."),
];
