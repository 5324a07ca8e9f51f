//! What the environment offers as a connection.
//!
//! Three families of variables name one: those of Anthropic's Foundry SDKs, those of the Azure
//! SDKs as LiteLLM reads them, and `AZURE_AI_*`
//! (<https://code.claude.com/docs/en/microsoft-foundry>,
//! <https://docs.litellm.ai/docs/providers/azure/azure_anthropic>). They are tried in this order
//! and never mixed: a key of one resource must not go to another. Whatever was found and not used
//! is named, so that nobody has to guess.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::credential::{ClientSecret, Credential};
use crate::endpoint::{Endpoint, ParsedEndpoint};
use crate::secret::Secret;

/// One family: each list in the order of preference.
struct Family {
    endpoints: &'static [&'static str],
    key: &'static str,
    application: Option<Application>,
    token: Option<&'static str>,
}

struct Application {
    tenant: &'static str,
    client: &'static str,
    secret: &'static str,
    scope: &'static str,
    authority: &'static str,
}

const FAMILIES: [Family; 3] = [
    Family {
        // The SDKs refuse to have both. The address says more than the name, so it goes first.
        endpoints: &["ANTHROPIC_FOUNDRY_BASE_URL", "ANTHROPIC_FOUNDRY_RESOURCE"],
        key: "ANTHROPIC_FOUNDRY_API_KEY",
        application: None,
        token: Some("ANTHROPIC_FOUNDRY_AUTH_TOKEN"),
    },
    Family {
        endpoints: &["AZURE_API_BASE"],
        key: "AZURE_API_KEY",
        application: Some(Application {
            tenant: "AZURE_TENANT_ID",
            client: "AZURE_CLIENT_ID",
            secret: "AZURE_CLIENT_SECRET",
            scope: "AZURE_SCOPE",
            authority: "AZURE_AUTHORITY_HOST",
        }),
        token: Some("AZURE_AD_TOKEN"),
    },
    Family {
        endpoints: &["AZURE_AI_API_BASE"],
        key: "AZURE_AI_API_KEY",
        application: None,
        token: None,
    },
];

/// Deployments that people name for Claude Code; the one for most work first.
const DEPLOYMENTS: [&str; 3] = [
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
];

const SECRETS: [&str; 6] = [
    "ANTHROPIC_FOUNDRY_API_KEY",
    "ANTHROPIC_FOUNDRY_AUTH_TOKEN",
    "AZURE_API_KEY",
    "AZURE_CLIENT_SECRET",
    "AZURE_AD_TOKEN",
    "AZURE_AI_API_KEY",
];

/// The variables that concern us, with the secrets among them kept as such.
#[derive(Debug, Default)]
pub struct Environment {
    plain: BTreeMap<&'static str, String>,
    secret: BTreeMap<&'static str, Arc<Secret>>,
}

/// The connection that the environment offers.
#[derive(Debug, Clone)]
pub struct Choice {
    /// The endpoint, as found.
    pub text: String,
    /// The endpoint, as read.
    pub endpoint: ParsedEndpoint,
    /// The credential; none when no family is complete and this one has only an endpoint.
    pub credential: Option<Credential>,
    /// The variables that were used.
    pub used: Vec<String>,
    /// The variables that were found and left out.
    pub left_out: Vec<String>,
    /// Deployments named in the environment, the one for most work first.
    pub deployments: Vec<String>,
}

impl Environment {
    /// Reads the process's environment and removes the secrets from it, because every child
    /// process (the web view's, a tool's) would inherit them.
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
                std::env::remove_var(name);
            }
        }
        environment
    }

    /// The same from any variables, which are left alone. Empty values count as absent.
    pub fn from_vars(vars: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut environment = Self::default();
        let known: Vec<&'static str> = plain_names().collect();
        for (name, value) in vars {
            if value.trim().is_empty() {
                continue;
            }
            if let Some(name) = SECRETS.into_iter().find(|secret| *secret == name) {
                environment
                    .secret
                    .insert(name, Arc::new(Secret::new(value)));
            } else if let Some(name) = known.iter().find(|plain| **plain == name) {
                environment.plain.insert(name, value.trim().to_owned());
            }
        }
        environment
    }

    /// The first family with an endpoint and a credential; without one, the first with an
    /// endpoint. An endpoint that cannot be read counts as none.
    #[must_use]
    pub fn choice(&self) -> Option<Choice> {
        let offers: Vec<Offer> = FAMILIES
            .iter()
            .filter_map(|family| self.offer(family))
            .collect();
        let complete = offers.iter().position(|offer| offer.credential.is_some());
        let offer = offers.into_iter().nth(complete.unwrap_or(0))?;
        let left_out = self
            .found()
            .filter(|name| !offer.used.contains(name))
            .map(str::to_owned)
            .collect();
        Some(Choice {
            text: offer.text,
            endpoint: offer.endpoint,
            credential: offer.credential,
            used: offer.used.into_iter().map(str::to_owned).collect(),
            left_out,
            deployments: self.deployments(),
        })
    }

    /// Every variable of the three families that is set, used or not.
    pub fn found(&self) -> impl Iterator<Item = &'static str> {
        FAMILIES
            .iter()
            .flat_map(Family::names)
            .filter(|name| self.plain.contains_key(name) || self.secret.contains_key(name))
    }

    fn deployments(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in DEPLOYMENTS
            .iter()
            .filter_map(|variable| self.plain.get(variable))
        {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names
    }

    fn offer(&self, family: &Family) -> Option<Offer> {
        let readable = |name: &&'static str| {
            let text = self.plain.get(name)?;
            Some((*name, text.clone(), Endpoint::parse(text).ok()?))
        };
        let (name, text, endpoint) = family.endpoints.iter().find_map(readable)?;
        let mut used = vec![name];
        let credential = self.credential(family).map(|(credential, names)| {
            used.extend(names);
            credential
        });
        Some(Offer {
            text,
            endpoint,
            credential,
            used,
        })
    }

    /// Key, then client secret, then static token.
    fn credential(&self, family: &Family) -> Option<(Credential, Vec<&'static str>)> {
        if let Some(key) = self.secret.get(family.key) {
            return Some((Credential::Key(key.clone()), vec![family.key]));
        }
        if let Some(found) = family
            .application
            .as_ref()
            .and_then(|names| self.application(names))
        {
            return Some(found);
        }
        let token = family.token?;
        Some((
            Credential::Token(self.secret.get(token)?.clone()),
            vec![token],
        ))
    }

    fn application(&self, names: &Application) -> Option<(Credential, Vec<&'static str>)> {
        let tenant = self.plain.get(names.tenant)?.clone();
        let client = self.plain.get(names.client)?.clone();
        let secret = self.secret.get(names.secret)?.clone();
        let mut used = vec![names.tenant, names.client, names.secret];
        let mut optional = |name: &'static str| {
            let value = self.plain.get(name).cloned();
            used.extend(value.as_ref().map(|_| name));
            value
        };
        let (scope, authority) = (optional(names.scope), optional(names.authority));
        Some((
            Credential::ClientSecret(ClientSecret::new(tenant, client, secret, scope, authority)),
            used,
        ))
    }
}

struct Offer {
    text: String,
    endpoint: ParsedEndpoint,
    credential: Option<Credential>,
    used: Vec<&'static str>,
}

impl Family {
    fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let application = self
            .application
            .as_ref()
            .map(Application::names)
            .into_iter()
            .flatten();
        self.endpoints
            .iter()
            .copied()
            .chain([self.key])
            .chain(application)
            .chain(self.token)
    }
}

impl Application {
    fn names(&self) -> [&'static str; 5] {
        [
            self.tenant,
            self.client,
            self.secret,
            self.scope,
            self.authority,
        ]
    }
}

fn plain_names() -> impl Iterator<Item = &'static str> {
    let families = FAMILIES
        .iter()
        .flat_map(Family::names)
        .filter(|name| !SECRETS.contains(name));
    families.chain(DEPLOYMENTS)
}

#[cfg(test)]
mod tests;
