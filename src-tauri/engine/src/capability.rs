//! What a deployment can do: what it showed itself, what is documented of its base model and of
//! where it is hosted, and a cautious guess where neither is known, in this order.
//!
//! A resource cannot be asked what its deployments can do, and the person may have mapped one
//! to the wrong base model, so whatever a deployment refuses beats every table.

mod refusal;

use hearth_wire::Effort;
use hearth_wire::models::{self, BaseModel, ThinkingKind};

use crate::Shared;
use crate::api::{Capability, ConnectionId, ErrorReport, HearthEvent, Hosting, Known, Origin};
use crate::connection::Used;
use crate::engine::Engine;

pub(crate) use refusal::refused;

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

/// The base model as this deployment has it: what was measured beats the table.
pub(crate) fn as_measured(base: &BaseModel, measured: &[Known]) -> BaseModel {
    let mut model = base.clone();
    for known in measured {
        let has = known.has;
        match known.capability {
            Capability::AdaptiveThinking => set(&mut model, ThinkingKind::Adaptive, has),
            Capability::BudgetedThinking => set(&mut model, ThinkingKind::Enabled, has),
            Capability::ThinkingBetweenTools => set(&mut model, ThinkingKind::BetweenTools, has),
            Capability::ThinkingOff => set(&mut model, ThinkingKind::Disabled, has),
            Capability::Effort if !has => {
                model.efforts.clear();
                model.default_effort = None;
            }
            Capability::Effort if model.efforts.is_empty() => {
                model.efforts = COMMON_EFFORTS.to_vec();
            }
            Capability::Temperature => model.sampling = has,
            Capability::Prefill => model.prefill = has,
            Capability::Effort
            | Capability::Streaming
            | Capability::Tools
            | Capability::StructuredOutputs
            | Capability::Vision
            | Capability::TokenCount => {}
        }
    }
    model
}

fn set(model: &mut BaseModel, kind: ThinkingKind, has: bool) {
    model.thinking.retain(|known| *known != kind);
    if has {
        model.thinking.push(kind);
    }
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

/// What was measured says that the deployment lacks this.
pub(crate) fn lacks(measured: &[Known], capability: Capability) -> bool {
    let mut found = measured.iter().filter(|it| it.capability == capability);
    found.next_back().is_some_and(|known| !known.has)
}

impl Shared {
    /// Remembers what a deployment of a saved connection showed, and tells the windows. A
    /// deployment that nobody saved is not remembered, and neither is one of the demo.
    pub(crate) fn remember(&self, connection: &str, deployment: &str, measured: &[Known]) {
        if measured.is_empty() {
            return;
        }
        let mut found = false;
        let changed = self.connections.change(|settings| {
            let mut connections = settings.connections.iter_mut();
            let saved = connections.find(|saved| saved.id.0 == connection);
            let mut deployments = saved.into_iter().flat_map(|saved| &mut saved.deployments);
            if let Some(saved) = deployments.find(|saved| saved.name == deployment) {
                saved.learn(measured.iter().cloned());
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
                saved.known.clear();
            }
        })?;
        self.shared.live().announce(HearthEvent::StateChanged);
        Ok(())
    }
}

impl Used {
    /// What a deployment showed.
    pub(crate) fn measured(&self, deployment: &str) -> &[Known] {
        let known = self.deployment(deployment);
        known.map_or(&[], |known| known.known.as_slice())
    }
}

#[cfg(test)]
mod tests;
