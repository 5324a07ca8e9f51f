//! The deployments of the stand-in resource: base models under their own names, those
//! that a test adds, and those that misbehave.

use std::collections::BTreeMap;

use crate::models::{self, BASES, Base, Hosting};

/// Added deployments are named freely; the base model behind one must exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no base model `{0}`")]
pub struct UnknownBaseModel(pub String);

/// How a deployment named `fault-…` misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// 401, whatever the key.
    WrongKey,
    /// 403: the principal lacks the data action.
    NoRole,
    /// 404 `DeploymentNotFound`.
    Missing,
    /// 429 with `retry-after: 2`.
    RateLimited(Times),
    /// 429 without `retry-after`: a spend limit, which waiting does not lift.
    SpendLimit,
    /// 529 before the answer.
    Overloaded(Times),
    /// 500 `api_error`.
    Internal,
    /// 502 with a proxy's HTML page.
    Html,
    /// 200 and an event stream without a single event.
    Empty,
    /// The headers come three seconds late.
    SlowHeaders,
    /// An `error` event after about 40 % of the text.
    ErrorEvent,
    /// The connection ends in the middle of an event.
    Cut,
    /// Some text, then silence.
    Stall,
    /// 200 and `stop_reason: refusal`.
    Refusal,
}

/// How often a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Times {
    Always,
    /// Only the first time that a given question is asked.
    Once,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Deployment {
    pub(crate) base: &'static Base,
    pub(crate) hosting: Hosting,
    pub(crate) fault: Option<Fault>,
}

/// Names are matched as Azure matches them: letter case does not count.
#[derive(Debug, Clone)]
pub(crate) struct Deployments(BTreeMap<String, Deployment>);

impl Deployments {
    pub(crate) fn standard() -> Deployments {
        let own_names = BASES.iter().map(|base| (base.id, base, None));
        let faults = FAULTS
            .iter()
            .map(|&(name, fault)| (name, BEHIND_FAULTS, Some(fault)));
        Deployments(
            own_names
                .chain(faults)
                .map(|(name, base, fault)| {
                    let hosting = base.hosting;
                    (
                        name.to_owned(),
                        Deployment {
                            base,
                            hosting,
                            fault,
                        },
                    )
                })
                .collect(),
        )
    }

    pub(crate) fn add(
        &mut self,
        name: &str,
        base: &str,
        hosting: Option<Hosting>,
    ) -> Result<(), UnknownBaseModel> {
        let base = models::find(base).ok_or_else(|| UnknownBaseModel(base.to_owned()))?;
        let hosting = hosting.unwrap_or(base.hosting);
        let fault = None;
        self.0.insert(
            name.to_ascii_lowercase(),
            Deployment {
                base,
                hosting,
                fault,
            },
        );
        Ok(())
    }

    pub(crate) fn get(&self, name: &str) -> Option<Deployment> {
        self.0.get(&name.to_ascii_lowercase()).copied()
    }
}

/// The model behind every `fault-…` deployment.
const BEHIND_FAULTS: &Base = &models::SONNET_5_5;

const FAULTS: &[(&str, Fault)] = &[
    ("fault-401", Fault::WrongKey),
    ("fault-403", Fault::NoRole),
    ("fault-404", Fault::Missing),
    ("fault-429", Fault::RateLimited(Times::Always)),
    ("fault-429-once", Fault::RateLimited(Times::Once)),
    ("fault-spend-limit", Fault::SpendLimit),
    ("fault-overloaded", Fault::Overloaded(Times::Always)),
    ("fault-overloaded-once", Fault::Overloaded(Times::Once)),
    ("fault-500", Fault::Internal),
    ("fault-html", Fault::Html),
    ("fault-empty", Fault::Empty),
    ("fault-slow-headers", Fault::SlowHeaders),
    ("fault-error", Fault::ErrorEvent),
    ("fault-cut", Fault::Cut),
    ("fault-stall", Fault::Stall),
    ("fault-refusal", Fault::Refusal),
];
