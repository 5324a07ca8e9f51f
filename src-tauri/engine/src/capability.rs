//! What a deployment can do: what it showed itself, what is documented of its base model and of
//! where it is hosted, and a cautious guess where neither is known, in this order.
//!
//! A resource cannot be asked what its deployments can do, and the person may have mapped one
//! to the wrong base model, so whatever a deployment refuses beats every table.

mod learned;
mod limit;
mod refusal;

use hearth_wire::Effort;
use hearth_wire::models::{self, BaseModel, ThinkingKind};

use crate::Shared;
use crate::api::{
    Capability, ConnectionId, ErrorReport, HearthEvent, Hosting, Known, KnownLimit, Limit, Origin,
};
use crate::connection::Used;
use crate::engine::Engine;

pub(crate) use learned::Learned;
pub(crate) use limit::exceeded;
pub(crate) use refusal::refused;

/// Characters of the API's words that are kept.
const MOST_SAID: usize = 300;

/// Every capability, in the order in which people are shown them.
const ALL: [Capability; 12] = [
    Capability::Streaming,
    Capability::Tools,
    Capability::AdaptiveThinking,
    Capability::BudgetedThinking,
    Capability::ThinkingBetweenTools,
    Capability::ThinkingOff,
    Capability::Effort,
    Capability::Temperature,
    Capability::StructuredOutputs,
    Capability::Vision,
    Capability::TokenCount,
    Capability::Prefill,
];

/// The efforts that every model takes which takes any
/// (<https://platform.claude.com/docs/en/build-with-claude/effort>).
const COMMON_EFFORTS: [Effort; 3] = [Effort::Low, Effort::Medium, Effort::High];

/// What is known about a deployment, every capability once.
pub(crate) fn known(
    base: Option<&BaseModel>,
    hosting: Option<Hosting>,
    measured: &[Known],
) -> Vec<Known> {
    let find = |capability| measured.iter().find(|it| it.capability == capability);
    ALL.into_iter()
        .map(|capability| match find(capability) {
            Some(measured) => measured.clone(),
            None => unmeasured(base, hosting, capability),
        })
        .collect()
}

fn unmeasured(base: Option<&BaseModel>, hosting: Option<Hosting>, capability: Capability) -> Known {
    let documented = base.and_then(|base| documented(base, hosting, capability));
    let (has, origin) = match documented {
        Some(has) => (has, Origin::Documented),
        None => (assumed(capability), Origin::Assumed),
    };
    Known {
        capability,
        has,
        origin,
        at: None,
        said: None,
    }
}

/// What the documentation says of a base model where it is hosted; none where that depends on
/// what nobody has said.
///
/// Sources: the table of base models in `wire`, and for the differences between hosting
/// options <https://platform.claude.com/docs/en/build-with-claude/claude-in-microsoft-foundry>.
fn documented(base: &BaseModel, hosting: Option<Hosting>, capability: Capability) -> Option<bool> {
    let thinks = |kind| base.thinking.contains(&kind);
    Some(match capability {
        Capability::Streaming | Capability::Tools | Capability::Vision | Capability::TokenCount => {
            true
        }
        Capability::AdaptiveThinking => thinks(ThinkingKind::Adaptive),
        Capability::BudgetedThinking => thinks(ThinkingKind::Enabled),
        Capability::ThinkingBetweenTools => thinks(ThinkingKind::BetweenTools),
        Capability::ThinkingOff => thinks(ThinkingKind::Disabled),
        Capability::Effort => !base.efforts.is_empty(),
        Capability::Temperature => base.sampling,
        Capability::StructuredOutputs => match (hosting, base.hosting.as_slice()) {
            (Some(Hosting::Azure), _) => false,
            (Some(Hosting::Anthropic), _) | (None, [models::Hosting::Anthropic]) => true,
            (None, _) => return None,
        },
        Capability::Prefill => base.prefill,
    })
}

/// What is safe to assume of a deployment that nothing is known of: only what every model that
/// Foundry ever served can do.
fn assumed(capability: Capability) -> bool {
    match capability {
        Capability::Streaming | Capability::Tools | Capability::Vision | Capability::TokenCount => {
            true
        }
        Capability::AdaptiveThinking
        | Capability::BudgetedThinking
        | Capability::ThinkingBetweenTools
        | Capability::ThinkingOff
        | Capability::Effort
        | Capability::Temperature
        | Capability::StructuredOutputs
        | Capability::Prefill => false,
    }
}

/// What is known of a deployment's limits, every limit once.
pub(crate) fn limits(base: Option<&BaseModel>, learned: &Learned) -> Vec<KnownLimit> {
    let model = base.unwrap_or(models::cautious());
    let unmeasured = |limit, tokens| KnownLimit {
        limit,
        tokens,
        origin: match base {
            Some(_) => Origin::Documented,
            None => Origin::Assumed,
        },
        at: None,
        said: None,
    };
    let table = [
        unmeasured(Limit::Context, model.context),
        unmeasured(Limit::Output, model.max_output),
    ];
    let measured = |limit| learned.limits.iter().find(|it| it.limit == limit).cloned();
    let known = table.map(|known| measured(known.limit).unwrap_or(known));
    known.into()
}

/// Something that a deployment has just shown.
pub(crate) fn measured(capability: Capability, has: bool, said: Option<String>) -> Known {
    Known {
        capability,
        has,
        origin: Origin::Measured,
        at: Some(crate::now()),
        said,
    }
}

impl Shared {
    /// Remembers what a deployment of a saved connection showed, and tells the windows. A
    /// deployment that nobody saved is not remembered, and neither is one of the demo.
    pub(crate) fn remember(&self, connection: &str, deployment: &str, learned: &Learned) {
        if learned.is_empty() {
            return;
        }
        let mut found = false;
        let changed = self.connections.change(|settings| {
            let mut connections = settings.connections.iter_mut();
            let saved = connections.find(|saved| saved.id.0 == connection);
            let mut deployments = saved.into_iter().flat_map(|saved| &mut saved.deployments);
            if let Some(saved) = deployments.find(|saved| saved.name == deployment) {
                saved.learned.extend(learned.clone());
                found = true;
            }
        });
        match changed {
            Ok(()) if found => self.live().announce(HearthEvent::StateChanged),
            Ok(()) => {}
            // It will be measured again.
            Err(error) => tracing::warn!(%error, "what a deployment can do is not remembered"),
        }
    }
}

impl Engine {
    /// Forgets what a deployment showed: what is documented or assumed counts again, until it
    /// is measured anew.
    ///
    /// # Errors
    /// A settings file that cannot be written.
    pub async fn forget_measured(
        &self,
        connection: ConnectionId,
        deployment: String,
    ) -> Result<(), ErrorReport> {
        self.shared.connections.change(|settings| {
            let mut connections = settings.connections.iter_mut();
            let saved = connections.find(|saved| saved.id == connection);
            let deployments = saved.into_iter().flat_map(|saved| &mut saved.deployments);
            for saved in deployments.filter(|saved| saved.name == deployment) {
                saved.learned = Learned::default();
            }
        })?;
        self.shared.live().announce(HearthEvent::StateChanged);
        Ok(())
    }
}

impl Used {
    /// What a deployment showed.
    pub(crate) fn learned(&self, deployment: &str) -> Learned {
        let known = self.deployment(deployment);
        known.map_or_else(Learned::default, |known| known.learned.clone())
    }
}

#[cfg(test)]
mod tests;
