//! What the environment offers as a connection.
//!
//! Three families of variables name one: those of Anthropic's Foundry SDKs, those of the Azure
//! SDKs as LiteLLM reads them, and `AZURE_AI_*`
//! (<https://code.claude.com/docs/en/microsoft-foundry>,
//! <https://docs.litellm.ai/docs/providers/azure/azure_anthropic>). They are tried in this order
//! and never mixed: a key of one resource must not go to another. Whatever was found and not used
//! is named, so that nobody has to guess.
//!
//! The variables may be those of this process, or those that a file or a paste holds.

mod family;
#[cfg(unix)]
mod overwritten;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::endpoint::{BadEndpoint, Endpoint, ParsedEndpoint};
use crate::secret::Secret;
pub(crate) use family::SECRETS;
use family::{Application, DEPLOYMENTS, FAMILIES, Family};

/// Variables, each kept as a secret: nobody knows which of them is one.
#[derive(Debug, Default)]
pub struct Environment {
    variables: BTreeMap<String, Arc<Secret>>,
}

/// A connection that the variables of one family describe.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The endpoint, as found.
    pub text: String,
    /// The endpoint, as read.
    pub endpoint: ParsedEndpoint,
    /// The credential; none when the family has only an endpoint.
    pub credential: Option<FoundCredential>,
    /// The variables that were used.
    pub used: Vec<String>,
    /// The variables that were found and left out.
    pub left_out: Vec<String>,
    /// Deployments named in the environment, the one for most work first.
    pub deployments: Vec<String>,
}

/// A credential as variables describe it.
#[derive(Debug, Clone)]
pub enum FoundCredential {
    /// An API key.
    Key(Arc<Secret>),
    /// A token of Entra's, used until it expires.
    Token(Arc<Secret>),
    /// An application that signs in with a secret of its own.
    ClientSecret {
        /// Its directory.
        tenant: String,
        /// Its id.
        client_id: String,
        /// Its secret.
        secret: Arc<Secret>,
        /// `AZURE_SCOPE`, if set.
        scope: Option<String>,
        /// `AZURE_AUTHORITY_HOST`, if set.
        authority: Option<String>,
    },
}

impl Environment {
    /// Reads the process's environment and removes the secrets from it, because every child
    /// process (the web view's, a tool's) would inherit them, and the system shows them to others
    /// as long as this one lives.
    ///
    /// To be called first in `main`, before any other thread exists.
    #[must_use]
    pub fn take() -> Self {
        let vars = std::env::vars_os().filter_map(|(name, value)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        });
        let environment = Self::from_vars(vars);
        for name in SECRETS {
            // SAFETY: changing the environment races with other threads that read it, and by this
            // function's contract there are none yet.
            #[allow(unsafe_code)]
            unsafe {
                #[cfg(unix)]
                overwritten::value(name);
                std::env::remove_var(name);
            }
        }
        environment
    }

    /// The same from any variables, which are left alone. Empty values count as absent; of two
    /// of one name the later counts.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        Self::default().with(vars)
    }

    /// The same with these, which go before those of the same name: one that is empty here is
    /// absent.
    #[must_use]
    pub fn with(&self, vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut variables = self.variables.clone();
        for (name, value) in vars {
            let value = Secret::new(value);
            match value.is_empty() {
                true => variables.remove(&name),
                false => variables.insert(name, Arc::new(value)),
            };
        }
        Self { variables }
    }

    /// Any variable, such as one that a configuration refers to.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Secret>> {
        self.variables.get(name).cloned()
    }

    /// The first family with an endpoint and a credential; without one, the first with an
    /// endpoint. An endpoint that cannot be read counts as none. What it does not use of any
    /// family is left out.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        let offers = self.offers();
        let complete = offers.iter().position(|offer| offer.credential.is_some());
        let offer = offers.into_iter().nth(complete.unwrap_or(0))?;
        let left_out = self.found().filter(|name| !offer.used.contains(name));
        Some(self.chosen(&offer, left_out))
    }

    /// [`Environment::choice`] first, and then what every other family with an endpoint
    /// describes. Each of the others leaves out only what its own family has besides.
    #[must_use]
    pub fn choices(&self) -> Vec<Choice> {
        let Some(first) = self.choice() else {
            return Vec::new();
        };
        let offers = self.offers();
        let others = offers.iter().filter(|offer| {
            offer
                .used
                .iter()
                .any(|name| !first.used.iter().any(|it| it == name))
        });
        let others: Vec<Choice> = others
            .map(|offer| {
                let own = self.of_family(offer.family);
                self.chosen(offer, own.filter(|name| !offer.used.contains(name)))
            })
            .collect();
        std::iter::once(first).chain(others).collect()
    }

    /// The first endpoint of the families that is set and cannot be read, by its variable.
    #[must_use]
    pub fn unreadable_endpoint(&self) -> Option<(&'static str, BadEndpoint)> {
        let endpoints = FAMILIES.iter().flat_map(|family| family.endpoints);
        endpoints.copied().find_map(|name| {
            let text = self.variables.get(name)?;
            Some((name, Endpoint::parse(text.expose()).err()?))
        })
    }

    /// The name of every variable of the three families.
    pub fn families() -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().flat_map(Family::names)
    }

    /// The variables that are set and name deployments, whatever family the rest is of.
    pub fn naming_deployments(&self) -> impl Iterator<Item = &'static str> {
        let names = DEPLOYMENTS.iter().copied();
        names.filter(|name| self.variables.contains_key(*name))
    }

    /// Every variable of the three families that is set, used or not.
    pub fn found(&self) -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().flat_map(|family| self.of_family(family))
    }

    fn of_family(&self, family: &'static Family) -> impl Iterator<Item = &'static str> {
        family
            .names()
            .filter(|name| self.variables.contains_key(*name))
    }

    fn offers(&self) -> Vec<Offer> {
        FAMILIES
            .iter()
            .filter_map(|family| self.offer(family))
            .collect()
    }

    fn chosen(&self, offer: &Offer, left_out: impl Iterator<Item = &'static str>) -> Choice {
        Choice {
            text: offer.text.clone(),
            endpoint: offer.endpoint.clone(),
            credential: offer.credential.clone(),
            used: offer.used.iter().copied().map(str::to_owned).collect(),
            left_out: left_out.map(str::to_owned).collect(),
            deployments: self.deployments(),
        }
    }

    fn deployments(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in DEPLOYMENTS.iter().filter_map(|name| self.plain(name)) {
            // Claude Code's own mark for the long context, which it does not send either.
            let name = name.strip_suffix("[1m]").unwrap_or(&name);
            if !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    fn offer(&self, family: &'static Family) -> Option<Offer> {
        let readable = |name: &&'static str| {
            let text = self.plain(name)?;
            let endpoint = Endpoint::parse(&text).ok()?;
            Some((*name, text, endpoint))
        };
        let (name, text, endpoint) = family.endpoints.iter().find_map(readable)?;
        let mut used = vec![name];
        let credential = self.credential(family).map(|(credential, names)| {
            used.extend(names);
            credential
        });
        Some(Offer {
            family,
            text,
            endpoint,
            credential,
            used,
        })
    }

    /// Key, then client secret, then static token.
    fn credential(&self, family: &Family) -> Option<(FoundCredential, Vec<&'static str>)> {
        if let Some(key) = self.get(family.key) {
            return Some((FoundCredential::Key(key), vec![family.key]));
        }
        if let Some(found) = family
            .application
            .as_ref()
            .and_then(|names| self.application(names))
        {
            return Some(found);
        }
        let token = family.token?;
        Some((FoundCredential::Token(self.get(token)?), vec![token]))
    }

    fn application(&self, names: &Application) -> Option<(FoundCredential, Vec<&'static str>)> {
        let tenant = self.plain(names.tenant)?;
        let client_id = self.plain(names.client)?;
        let secret = self.get(names.secret)?;
        let mut used = vec![names.tenant, names.client, names.secret];
        let mut optional = |name: &'static str| {
            let value = self.plain(name);
            used.extend(value.as_ref().map(|_| name));
            value
        };
        let (scope, authority) = (optional(names.scope), optional(names.authority));
        let application = FoundCredential::ClientSecret {
            tenant,
            client_id,
            secret,
            scope,
            authority,
        };
        Some((application, used))
    }

    /// A variable that is no secret.
    fn plain(&self, name: &str) -> Option<String> {
        Some(self.variables.get(name)?.expose().to_owned())
    }
}

struct Offer {
    family: &'static Family,
    text: String,
    endpoint: ParsedEndpoint,
    credential: Option<FoundCredential>,
    used: Vec<&'static str>,
}

#[cfg(test)]
mod tests;
