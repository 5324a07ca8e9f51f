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

/// What is let in.
pub(crate) struct Door {
    pub(crate) key: String,
    /// Whether keys are let in at all.
    pub(crate) takes_keys: bool,
    /// Bearer tokens that are let in as they are.
    pub(crate) tokens: Vec<String>,
    /// The tenant whose tokens are checked.
    pub(crate) tenant: Option<Keys>,
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
        let Some(tenant) = &self.tenant else {
            return Err(Refusal::wrong_key());
        };
        let judged = tenant.judge(token, &self.audiences, self.clock.seconds());
        judged.map_err(|wrong| match wrong {
            Wrong::Invalid => Refusal::wrong_token(),
            Wrong::Tenant(tenant) => Refusal::wrong_tenant(&tenant),
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
