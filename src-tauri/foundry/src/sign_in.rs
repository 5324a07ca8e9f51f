//! A person signs in with Microsoft Entra ID, without any other program: in the system's browser,
//! or with a code in any browser.
//!
//! What comes of it is a refresh token, which whoever asked keeps in the [`Vault`](crate::Vault);
//! [`Session`](crate::credential::Session) makes tokens of it. Nothing here opens a browser.

mod browser;
mod code;
mod door;
pub(crate) mod oauth;
mod page;

use std::fmt;
use std::sync::Arc;

pub use browser::{BrowserSignIn, in_browser};
pub use code::{DeviceSignIn, with_code};
pub use page::{Page, Pages};

use crate::credential::TokenFacts;
use crate::secret::Secret;

/// The audience of Foundry's tokens unless somebody names another
/// (<https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>).
pub const DEFAULT_SCOPE: &str = "https://ai.azure.com/.default";

/// The audience of Azure's AI services, which some resources want instead
/// (<https://learn.microsoft.com/en-us/azure/ai-services/authentication>).
pub const COGNITIVE_SCOPE: &str = "https://cognitiveservices.azure.com/.default";

/// Microsoft Entra ID, for everyone who is not in a sovereign cloud
/// (<https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud>).
pub const DEFAULT_AUTHORITY: &str = "https://login.microsoftonline.com";

/// Microsoft Entra ID for the government of the United States.
pub const US_GOVERNMENT_AUTHORITY: &str = "https://login.microsoftonline.us";

/// Microsoft Entra ID in China, operated by 21Vianet.
pub const CHINA_AUTHORITY: &str = "https://login.chinacloudapi.cn";

/// The public client of Microsoft's own developer tools, for which no registration is needed; the
/// one that the Azure SDKs sign developers in with by default
/// (<https://learn.microsoft.com/en-us/dotnet/api/azure.identity.interactivebrowsercredential>).
pub const PUBLIC_CLIENT: &str = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";

/// Any work or school account: a person's own tenant is found by their address.
pub const DEFAULT_TENANT: &str = "organizations";

/// Where, as which application and for what a person signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntraPlace {
    /// A directory's id or domain, or `organizations`.
    pub tenant: String,
    /// The application's id.
    pub client_id: String,
    /// Such as [`DEFAULT_SCOPE`].
    pub scope: String,
    /// The authority host, an https address.
    pub authority: String,
}

impl Default for EntraPlace {
    fn default() -> Self {
        Self::new("", "", "", "")
    }
}

impl EntraPlace {
    /// A place as a person wrote it: what is empty takes its default.
    #[must_use]
    pub fn new(tenant: &str, client_id: &str, scope: &str, authority: &str) -> Self {
        let or = |written: &str, default: &str| match written.trim() {
            "" => default.to_owned(),
            written => written.to_owned(),
        };
        Self {
            tenant: or(tenant, DEFAULT_TENANT),
            client_id: or(client_id, PUBLIC_CLIENT),
            scope: or(scope, DEFAULT_SCOPE),
            authority: or(authority, DEFAULT_AUTHORITY),
        }
    }
}

/// What a sign-in brought.
#[derive(Clone)]
pub struct SignedIn {
    /// To be kept in the vault, for a [`Session`](crate::credential::Session).
    pub refresh_token: Arc<Secret>,
    /// What the first access token says of itself.
    pub facts: TokenFacts,
    /// The person's name, such as `ada@contoso.com`, as far as Entra says it.
    pub account: Option<String>,
}

impl fmt::Debug for SignedIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedIn")
            .field("facts", &self.facts)
            .field("account", &self.account)
            .finish_non_exhaustive()
    }
}
