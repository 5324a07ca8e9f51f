//! What can be asked, by name. Several deployments may share a name: they are asked in turn, and
//! one that failed a moment ago is asked last.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hearth_foundry::{Client, Target};
use hearth_wire::models::{self, BaseModel, Hosting};
use tokio::time::Instant;

/// How long a deployment that failed is asked last, at least.
const COOLING: Duration = Duration::from_secs(5);
/// The longest that it is believed.
const LONGEST_COOLING: Duration = Duration::from_secs(60);

/// A deployment that can be asked.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// Its name on the resource, which `model` carries there.
    pub deployment: String,
    /// The base model that it is mapped to; none where nobody said so.
    pub base_model: Option<String>,
    /// Who hosts it; none where nobody said so.
    pub hosting: Option<Hosting>,
    /// Where, and as whom.
    pub target: Target,
    /// With what.
    pub client: Client,
    /// The output tokens of translated requests that name no limit; none means the default.
    pub max_tokens: Option<u32>,
}

/// A deployment of a connection, as it is known there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its name on the resource; callers use the same.
    pub name: String,
    /// The base model that it is mapped to; none where nobody said so.
    pub base_model: Option<String>,
    /// Who hosts it; none where nobody said so.
    pub hosting: Option<Hosting>,
}

/// Deployments by the names that callers use.
#[derive(Debug, Default)]
pub struct Catalogue {
    groups: BTreeMap<String, Group>,
    /// Asked for every other name, under that name.
    rest: Option<Deployment>,
}

#[derive(Debug, Default)]
struct Group {
    members: Vec<Member>,
    next: AtomicUsize,
}

#[derive(Debug)]
struct Member {
    deployment: Deployment,
    /// Until when it is asked last.
    cooling: Mutex<Option<Instant>>,
}

/// A deployment to ask.
pub(crate) struct Candidate<'a> {
    pub(crate) deployment: &'a Deployment,
    /// What `model` is to carry.
    pub(crate) name: &'a str,
    member: Option<&'a Member>,
}

impl Catalogue {
    /// A connection lent whole: every deployment under its own name, and the resource itself for
    /// the names that nobody has written down.
    #[must_use]
    pub fn of_connection(
        target: &Target,
        client: &Client,
        deployments: impl IntoIterator<Item = Known>,
    ) -> Self {
        let deployment = |known: Known| Deployment {
            deployment: known.name,
            base_model: known.base_model,
            hosting: known.hosting,
            target: target.clone(),
            client: client.clone(),
            max_tokens: None,
        };
        let mut catalogue = Self::default();
        for known in deployments {
            catalogue.add(known.name.clone(), deployment(known));
        }
        catalogue.pass_on_others_to(deployment(Known {
            name: String::new(),
            base_model: None,
            hosting: None,
        }));
        catalogue
    }

    /// Lends one more deployment under `name`.
    pub fn add(&mut self, name: String, deployment: Deployment) {
        let member = Member {
            deployment,
            cooling: Mutex::default(),
        };
        self.groups.entry(name).or_default().members.push(member);
    }

    /// Asks this one for every name that is not in the catalogue, as it stands: whether there is
    /// such a deployment is then for the resource to say.
    pub fn pass_on_others_to(&mut self, deployment: Deployment) {
        self.rest = Some(deployment);
    }

    /// There is such a name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.groups.contains_key(name)
    }

    /// Nothing could be asked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.groups.is_empty() && self.rest.is_none()
    }

    /// Every name with the base model behind it.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, Option<&str>)> {
        self.groups.iter().map(|(name, group)| {
            let mut bases = group.members.iter();
            let base = bases.find_map(|member| member.deployment.base_model.as_deref());
            (name.as_str(), base)
        })
    }

    /// The name by which the catalogue has what a caller asks for: the same, or without the
    /// route that LiteLLM's users write before it.
    pub(crate) fn known<'a>(&self, asked: &'a str) -> Option<&'a str> {
        let bare = asked.strip_prefix(crate::config::ROUTE).unwrap_or(asked);
        let found = [asked, bare].into_iter().find(|name| self.has(name));
        found.or_else(|| (self.rest.is_some() && !bare.is_empty()).then_some(bare))
    }

    /// Whom to ask for a name, in this order.
    pub(crate) fn candidates<'a>(&'a self, known: &'a str) -> Vec<Candidate<'a>> {
        let Some(group) = self.groups.get(known) else {
            let rest = self.rest.iter();
            let rest = rest.map(|deployment| Candidate {
                deployment,
                name: known,
                member: None,
            });
            return rest.collect();
        };
        let first = group.next.fetch_add(1, Ordering::Relaxed) % group.members.len();
        let (before, after) = group.members.split_at(first);
        let now = Instant::now();
        let turn = after.iter().chain(before);
        let (fresh, cooling): (Vec<_>, Vec<_>) = turn.partition(|member| !member.is_cooling(now));
        let candidates = fresh.into_iter().chain(cooling).map(|member| Candidate {
            deployment: &member.deployment,
            name: &member.deployment.deployment,
            member: Some(member),
        });
        candidates.collect()
    }
}

/// What a translation depends on, besides the request and what is lent: deployments that are
/// alike in it take the same requests.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Facts {
    base_model: Option<&'static BaseModel>,
    hosting: Option<Hosting>,
    max_tokens: Option<u32>,
}

impl Candidate<'_> {
    pub(crate) fn facts(&self) -> Facts {
        Facts {
            base_model: self.base_model(),
            hosting: self.deployment.hosting,
            max_tokens: self.deployment.max_tokens,
        }
    }

    /// The base model that it is mapped to. Of a deployment that nobody has written down only
    /// the name is known: it says the base model where it is one's whole name.
    pub(crate) fn base_model(&self) -> Option<&'static BaseModel> {
        match (&self.deployment.base_model, self.member) {
            (Some(base), _) => models::find(base),
            (None, None) => models::find(self.name),
            (None, Some(_)) => None,
        }
    }

    /// It failed, and is asked last for a while: for as long as it wants, within reason.
    pub(crate) fn cool(&self, wanted: Option<Duration>) {
        if let Some(member) = self.member {
            let wait = wanted.unwrap_or(COOLING).clamp(COOLING, LONGEST_COOLING);
            member.set_cooling(Some(Instant::now() + wait));
        }
    }

    /// It answered.
    pub(crate) fn warm(&self) {
        if let Some(member) = self.member {
            member.set_cooling(None);
        }
    }
}

impl Member {
    fn is_cooling(&self, now: Instant) -> bool {
        let cooling = self.cooling.lock().unwrap_or_else(PoisonError::into_inner);
        cooling.is_some_and(|until| now < until)
    }

    fn set_cooling(&self, until: Option<Instant>) {
        *self.cooling.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use hearth_foundry::{ApiVersion, ClientOptions, Credential, Endpoint, Secret, Skip};

    use super::*;

    fn two() -> Catalogue {
        let key = Secret::new("canary-catalogue".to_owned());
        let endpoint = Endpoint::parse("http://127.0.0.1:9").unwrap().endpoint;
        let target = Target {
            endpoint,
            credential: Credential::Key(Arc::new(key)),
            anthropic_version: ApiVersion::V2023_06_01,
            headers: Vec::new(),
            skip: Skip::new(),
        };
        let mut catalogue = Catalogue::default();
        for name in ["a", "b"] {
            let deployment = Deployment {
                deployment: name.to_owned(),
                base_model: None,
                hosting: None,
                target: target.clone(),
                client: Client::new(ClientOptions::default()).unwrap(),
                max_tokens: None,
            };
            catalogue.add("both".to_owned(), deployment);
        }
        catalogue
    }

    #[tokio::test(start_paused = true)]
    async fn who_failed_is_asked_last_for_five_seconds_to_a_minute() {
        for (wanted, still, over) in [
            (None, 4_900, 5_100),
            (Some(Duration::ZERO), 4_900, 5_100),
            (Some(Duration::from_secs(1)), 4_900, 5_100),
            (Some(Duration::from_secs(30)), 29_900, 30_100),
            (Some(Duration::from_secs(3600)), 59_900, 60_100),
        ] {
            let catalogue = two();
            let failed = &catalogue.candidates("both")[0];
            failed.cool(wanted);
            let member = failed.member.unwrap();
            let since = Instant::now();
            let at = |milliseconds| member.is_cooling(since + Duration::from_millis(milliseconds));
            assert_eq!((at(still), at(over)), (true, false), "{wanted:?}");
            // It is last, whoever's turn it is.
            for _ in 0..2 {
                assert_eq!(catalogue.candidates("both")[1].name, failed.name);
            }
        }
    }
}
