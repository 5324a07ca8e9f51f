//! Who may ask: keys, and tokens of a tenant.
//!
//! Keys: <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>,
//! section "Authentication". The texts of Azure's refusals are those that its Cognitive
//! Services answer with.

use crate::clock::Clock;
use crate::entra::{Keys, Wrong};
use crate::log::Received;
use crate::refusal::Refusal;

/// The audiences that Foundry takes.
pub(crate) const AUDIENCES: [&str; 2] = [
    "https://ai.azure.com",
    "https://cognitiveservices.azure.com",
];

/// What a request was let in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LetInBy {
    Key,
    Token,
}

/// Where a resource that refuses a token of another tenant names its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TellsTenant {
    /// Nowhere.
    No,
    /// In `authorization_uri` of the header `www-authenticate` (RFC 6750), as Azure's own
    /// services do.
    InHeader,
    /// In the sentence of the refusal.
    InBody,
}

/// What is let in.
pub(crate) struct Door {
    pub(crate) key: String,
    /// Whether keys are let in at all.
    pub(crate) takes_keys: bool,
    /// Bearer tokens that are let in as they are.
    pub(crate) tokens: Vec<String>,
    /// The keys that have signed tokens which are checked.
    pub(crate) signed_by: Option<Keys>,
    /// The tenant that the resource belongs to.
    pub(crate) tenant: String,
    /// How a token of another tenant is told which one is wanted.
    pub(crate) tells: TellsTenant,
    pub(crate) audiences: Vec<String>,
    pub(crate) clock: Clock,
}

impl Door {
    /// Judges the credential of a request. A key goes before a token.
    pub(crate) fn admit(&self, received: &Received) -> Result<LetInBy, Refusal> {
        let keys = ["x-api-key", "api-key"].iter();
        let keys: Vec<&str> = keys.filter_map(|name| received.header(name)).collect();
        let bearer = bearer(received);
        if keys.iter().chain(&bearer).any(|given| *given == self.key) {
            return if self.takes_keys {
                Ok(LetInBy::Key)
            } else {
                Err(Refusal::keys_disabled())
            };
        }
        match bearer {
            Some(token) => self.token(token).map(|()| LetInBy::Token),
            None if !keys.is_empty() && !self.takes_keys => Err(Refusal::keys_disabled()),
            None => Err(Refusal::wrong_key()),
        }
    }

    fn token(&self, token: &str) -> Result<(), Refusal> {
        if self.tokens.iter().any(|known| known == token) {
            return Ok(());
        }
        let Some(keys) = &self.signed_by else {
            return Err(Refusal::wrong_key());
        };
        let now = self.clock.seconds();
        let judged = keys.judge(token, &self.tenant, &self.audiences, now);
        judged.map_err(|wrong| match wrong {
            Wrong::Invalid => Refusal::wrong_token(),
            Wrong::Tenant(theirs) => Refusal::wrong_tenant(&theirs, &self.tenant, self.tells),
            Wrong::NoRole(principal) => Refusal::no_role(&principal),
        })
    }
}

fn bearer(received: &Received) -> Option<&str> {
    let (scheme, token) = received.header("authorization")?.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}
