//! As whom a question is asked: one credential for each target, and never another in its place.
//!
//! In front of every source of tokens stands one cache ([`Tokens`]), shared by all who ask with
//! the same credential. Start reading there.

mod azure;
mod cli;
mod command;
pub(crate) mod entra;
mod facts;
mod problem;
mod process;
mod session;
mod source;
mod tokens;

use std::sync::Arc;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName};

pub use command::{Command, Printed};
pub use facts::TokenFacts;
pub use problem::{SignInKind, SignInProblem};
pub use session::Session;
pub use source::TokenSource;
pub use tokens::Tokens;

pub(crate) use tokens::Token;

use crate::client::Client;
use crate::failure::Failure;
use crate::secret::Secret;

/// As whom. Clones share one cache.
#[derive(Debug, Clone)]
pub enum Credential {
    /// An API key, sent as `x-api-key` and as `api-key`: Foundry takes either, and gateways in
    /// front of it look for one or the other.
    Key(Arc<Secret>),
    /// A token of Microsoft Entra ID, or of whoever else the resource believes.
    Tokens(Tokens),
    /// An API key that a command prints.
    PrintedKey(Printed),
}

impl Credential {
    /// Gets what would be sent, and sends nothing to the resource: what a token says of itself,
    /// none for a key.
    ///
    /// # Errors
    ///
    /// [`Failure::SignIn`], [`Failure::Tls`], [`Failure::Proxy`], and [`Failure::BadCredential`]
    /// for what no header can carry.
    pub async fn prepare(&self, client: &Client) -> Result<Option<TokenFacts>, Failure> {
        let presented = self.authorize(client, &mut HeaderMap::new()).await?;
        Ok(self.explain(presented.as_ref()))
    }

    /// What the token that is used now says of itself; none before the first, and for keys.
    #[must_use]
    pub fn facts(&self) -> Option<TokenFacts> {
        match self {
            Self::Tokens(tokens) => tokens.facts(),
            Self::Key(_) | Self::PrintedKey(_) => None,
        }
    }

    /// Puts the credential into `headers`. What was fetched for it is given back, so that it can
    /// be [`Credential::refused`] and explained.
    pub(crate) async fn authorize(
        &self,
        client: &Client,
        headers: &mut HeaderMap,
    ) -> Result<Option<Token>, Failure> {
        match self {
            Self::Key(key) => {
                insert_key(key, headers)?;
                Ok(None)
            }
            Self::PrintedKey(printed) => {
                let key = printed.get(client).await?;
                insert_key(key.secret(), headers)?;
                Ok(Some(key))
            }
            Self::Tokens(tokens) => {
                let token = tokens.get(client).await?;
                let bearer = token.secret().header("Bearer ");
                headers.insert(AUTHORIZATION, bearer.ok_or(Failure::BadCredential)?);
                Ok(Some(token))
            }
        }
    }

    /// What `presented`, which came from [`Credential::authorize`], says of itself; none for keys.
    pub(crate) fn explain(&self, presented: Option<&Token>) -> Option<TokenFacts> {
        match self {
            Self::Tokens(_) => presented.map(|token| token.facts().clone()),
            Self::Key(_) | Self::PrintedKey(_) => None,
        }
    }

    /// The resource answered 401 to `token`, which came from [`Credential::authorize`]: exactly
    /// this one is forgotten, and the next call gets another. False when there is no other, and
    /// when so many were refused of late that this one is kept for a while.
    pub(crate) fn refused(&self, token: &Token) -> bool {
        match self {
            Self::Key(_) => false,
            Self::PrintedKey(printed) => printed.refused(token),
            Self::Tokens(tokens) => tokens.refused(token),
        }
    }
}

fn insert_key(key: &Secret, headers: &mut HeaderMap) -> Result<(), Failure> {
    let key = key.header("").ok_or(Failure::BadCredential)?;
    headers.insert(HeaderName::from_static("x-api-key"), key.clone());
    headers.insert(HeaderName::from_static("api-key"), key);
    Ok(())
}
