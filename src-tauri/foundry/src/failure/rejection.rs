//! An error status, and what it means.
//!
//! By status, type and code wherever these tell the cases apart. Azure's own refusals have one
//! status and one code for several causes, so those are told by their words; they are English in
//! every region.

use std::time::{Duration, SystemTime};

use super::{Category, ProxyKind};
use crate::credential::TokenFacts;
use crate::retry;

/// An error status with everything that came with it.
///
/// Sources: <https://platform.claude.com/docs/en/api/errors>, and for the two ids
/// <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// The HTTP status.
    pub status: u16,
    /// `error.type`, such as `overloaded_error`.
    pub kind: Option<String>,
    /// `error.code`, or `error.details.error_code`, such as `DeploymentNotFound`.
    pub code: Option<String>,
    /// The resource's own words; for a body that is no API error, its title, its beginning, or
    /// the status's name.
    pub message: String,
    /// `request-id`, Anthropic's.
    pub request_id: Option<String>,
    /// `apim-request-id`, Azure's.
    pub apim_request_id: Option<String>,
    /// How long to wait, from `retry-after-ms`, `retry-after`, or Azure's words ("Please retry
    /// after 7 seconds"). Never zero.
    pub retry_after: Option<Duration>,
    /// `x-should-retry`, which overrules the status.
    pub should_retry: Option<bool>,
    /// What the token says that was refused; none when it was asked with a key.
    pub token: Option<TokenFacts>,
    /// The directory that the answer wants tokens of, from `authorization_uri` of
    /// `www-authenticate` (RFC 6750, and
    /// <https://learn.microsoft.com/en-us/entra/identity-platform/claims-challenge>).
    pub tenant: Option<String>,
    /// What time the answer says it is; none when it does not.
    pub clock: Option<Clock>,
    /// Attempts made in all, this one included.
    pub attempts: u32,
}

/// Two clocks at one moment: the other side's, from the header `date`, and this machine's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Theirs, to the second.
    pub theirs: SystemTime,
    /// Ours, when the answer came.
    pub ours: SystemTime,
}

impl Clock {
    /// By how many seconds this machine's clock is ahead; negative when it is behind. The way
    /// of the answer, a second or two, is in it.
    #[must_use]
    pub fn ahead(&self) -> i64 {
        let seconds = |length: Duration| i64::try_from(length.as_secs()).unwrap_or(i64::MAX);
        match self.ours.duration_since(self.theirs) {
            Ok(ahead) => seconds(ahead),
            Err(behind) => -seconds(behind.duration()),
        }
    }
}

impl Rejection {
    /// What the other side said.
    pub(super) fn texts(&mut self) -> impl IntoIterator<Item = &mut String> {
        let said = [
            &mut self.kind,
            &mut self.code,
            &mut self.request_id,
            &mut self.apim_request_id,
        ];
        said.into_iter().flatten().chain([&mut self.message])
    }

    pub(super) fn category(&self) -> Category {
        let code = self.code.as_deref();
        match self.status {
            400 | 401 if self.says(&["token tenant", "does not match resource tenant"]) => {
                Category::TokenTenant
            }
            400 => self.invalid(),
            401 => self.unauthorized(),
            402 => Category::Billing,
            403 => self.forbidden(),
            404 if code == Some("api_not_supported") => Category::ApiNotSupported,
            404 if code == Some("DeploymentNotFound") => Category::DeploymentNotFound,
            // The Messages API itself has nothing else to miss but the model.
            404 if self.kind.as_deref() == Some("not_found_error") => Category::DeploymentNotFound,
            404 => Category::AddressNotFound,
            407 => Category::Proxy(ProxyKind::Credentials),
            408 | 504 => Category::UpstreamTimeout,
            409 => Category::Upstream,
            413 => Category::RequestTooLarge,
            429 if retry::is_spend_limit(code) => Category::SpendLimit,
            429 => Category::RateLimited,
            503 | 529 => Category::Overloaded,
            500.. => Category::Upstream,
            _ => Category::RequestInvalid,
        }
    }

    fn unauthorized(&self) -> Category {
        if self.is_network_rule() {
            return Category::NetworkRule;
        }
        // The role's absence has been seen under 401, too.
        if self.is_role_missing() {
            return Category::RoleMissing;
        }
        let Some(token) = &self.token else {
            return Category::Unauthorized;
        };
        if self.has_expired(token) {
            return Category::TokenExpired;
        }
        if token.audience.as_deref().is_some_and(is_other_service) {
            return Category::TokenAudience;
        }
        if let (Some(own), Some(wanted)) = (&token.tenant, &self.tenant)
            && !own.eq_ignore_ascii_case(wanted)
        {
            return Category::TokenTenant;
        }
        Category::TokenRefused
    }

    fn forbidden(&self) -> Category {
        if self.is_network_rule() {
            return Category::NetworkRule;
        }
        if self.code.as_deref() == Some("AuthenticationTypeDisabled")
            || self.resource_says(&["key based authentication", "disabled"])
            || self.resource_says(&["local authentication", "disabled"])
        {
            return Category::KeysDisabled;
        }
        if self.is_role_missing() {
            return Category::RoleMissing;
        }
        Category::Forbidden
    }

    fn is_role_missing(&self) -> bool {
        let code = self.code.as_deref();
        code == Some("PermissionDenied") || self.says(&["lacks the required data action"])
    }

    fn is_network_rule(&self) -> bool {
        self.resource_says(&["virtual network"])
            || self.resource_says(&["firewall"])
            || self.resource_says(&["public access is disabled"])
            || self.resource_says(&["traffic is not from an approved private endpoint"])
    }

    fn invalid(&self) -> Category {
        if self.message.starts_with("prompt is too long") {
            return Category::ContextExceeded;
        }
        if self.says(&["signature", "thinking"]) || self.says(&["thinking", "cannot be modified"]) {
            return Category::ThinkingInvalid;
        }
        if self.lacks_feature() {
            return Category::FeatureMissing;
        }
        Category::RequestInvalid
    }

    /// The ways in which the API says that a model or a hosting option lacks something
    /// (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>,
    /// and the models' migration guides).
    fn lacks_feature(&self) -> bool {
        [
            "not supported",
            "does not support",
            "unsupported",
            "extra inputs are not permitted",
            "not available",
            "not enabled",
        ]
        .iter()
        .any(|words| self.says(&[words]))
    }

    /// Expired by the other side's clock, or by ours where it does not tell the time.
    fn has_expired(&self, token: &TokenFacts) -> bool {
        let now = self
            .clock
            .map_or_else(SystemTime::now, |clock| clock.theirs);
        let now = now
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        token
            .expires_at
            .is_some_and(|end| u128::try_from(end).unwrap_or(0) <= now.as_millis())
    }

    /// Each of `words` (in lower case) is in what the resource says.
    fn says(&self, words: &[&str]) -> bool {
        let message = self.message.to_ascii_lowercase();
        words.iter().all(|word| message.contains(word))
    }

    /// The same in an error of an API's, which has a type or a code. The page of a company's
    /// proxy speaks of firewalls, too, and means its own.
    fn resource_says(&self, words: &[&str]) -> bool {
        (self.kind.is_some() || self.code.is_some()) && self.says(words)
    }

    /// It may pass by itself. As in the official SDKs
    /// (<https://github.com/anthropics/anthropic-sdk-python>, `_base_client.py`), except that a
    /// refused credential is never tried twice: knocking on can lock people out.
    pub(super) fn is_passing(&self) -> bool {
        match (self.status, self.should_retry) {
            (401 | 403 | 407, _) | (_, Some(false)) => false,
            (429, _) if retry::is_spend_limit(self.code.as_deref()) => false,
            (_, Some(true)) => true,
            (408 | 409 | 429 | 500.., None) => true,
            (_, None) => false,
        }
    }
}

/// The audience is a service of Microsoft's that is not Foundry. Nothing is said of others: a
/// company's gateway may want tokens for itself, and ids of applications tell nobody anything.
fn is_other_service(audience: &str) -> bool {
    // Microsoft Graph by its application id; what `az account get-access-token` and many
    // libraries ask for unless they are told otherwise.
    const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
    if audience.eq_ignore_ascii_case(GRAPH) {
        return true;
    }
    let audience = audience.to_ascii_lowercase();
    let Some(host) = audience.strip_prefix("https://") else {
        return false;
    };
    let host = host.split('/').next().unwrap_or_default();
    let microsofts = [
        "azure.com",
        "azure.us",
        "azure.cn",
        "windows.net",
        "microsoft.com",
    ];
    let is_microsofts = microsofts
        .iter()
        .any(|domain| host == *domain || host.ends_with(&format!(".{domain}")));
    is_microsofts && !FOUNDRY.contains(&host)
}

/// The services whose tokens Foundry is known to take, in every cloud
/// (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>).
const FOUNDRY: [&str; 6] = [
    "ai.azure.com",
    "ai.azure.us",
    "ai.azure.cn",
    "cognitiveservices.azure.com",
    "cognitiveservices.azure.us",
    "cognitiveservices.azure.cn",
];
