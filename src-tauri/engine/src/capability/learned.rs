//! What one deployment showed by itself, as it is kept with it.

use hearth_wire::models::{BaseModel, ThinkingKind};
use serde::{Deserialize, Serialize};

use super::COMMON_EFFORTS;
use crate::api::{Capability, Known, KnownLimit, Limit, RefusedEffort};
use crate::request::wire_effort;

/// What was measured of a deployment; each capability, limit and effort once.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Learned {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) known: Vec<Known>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) limits: Vec<KnownLimit>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) refused_efforts: Vec<RefusedEffort>,
}

impl Learned {
    pub(crate) fn is_empty(&self) -> bool {
        self.known.is_empty() && self.limits.is_empty() && self.refused_efforts.is_empty()
    }

    /// Takes what was shown of a capability; it replaces what was known of it.
    pub(crate) fn push(&mut self, known: Known) {
        self.known.retain(|it| it.capability != known.capability);
        self.known.push(known);
        self.known.sort_by_key(|known| known.capability);
    }

    /// Takes a limit; it replaces what was known of it.
    pub(crate) fn push_limit(&mut self, limit: KnownLimit) {
        self.limits.retain(|it| it.limit != limit.limit);
        self.limits.push(limit);
        self.limits.sort_by_key(|limit| limit.limit);
    }

    /// Takes an effort that was refused.
    pub(crate) fn push_refused_effort(&mut self, refused: RefusedEffort) {
        self.refused_efforts
            .retain(|it| it.effort != refused.effort);
        self.refused_efforts.push(refused);
        self.refused_efforts.sort_by_key(|refused| refused.effort);
    }

    /// Takes what was learned later.
    pub(crate) fn extend(&mut self, later: Self) {
        later.known.into_iter().for_each(|it| self.push(it));
        later.limits.into_iter().for_each(|it| self.push_limit(it));
        let efforts = later.refused_efforts.into_iter();
        efforts.for_each(|it| self.push_refused_effort(it));
    }

    /// Forgets what was shown of a capability.
    pub(crate) fn forget(&mut self, capability: Capability) {
        self.known.retain(|it| it.capability != capability);
    }

    /// The deployment said that it lacks this.
    pub(crate) fn lacks(&self, capability: Capability) -> bool {
        let mut known = self.known.iter();
        known.any(|it| it.capability == capability && !it.has)
    }

    /// A limit, in tokens.
    pub(crate) fn limit(&self, limit: Limit) -> Option<u32> {
        let found = self.limits.iter().find(|it| it.limit == limit);
        found.map(|found| found.tokens)
    }

    /// The base model as this deployment has it: what was measured beats the table.
    pub(crate) fn applied_to(&self, base: &BaseModel) -> BaseModel {
        let mut model = base.clone();
        for known in &self.known {
            apply(known, &mut model);
        }
        for refused in &self.refused_efforts {
            let refused = wire_effort(refused.effort);
            model.efforts.retain(|effort| *effort != refused);
            model.default_effort = model.default_effort.filter(|effort| *effort != refused);
        }
        model.context = self.limit(Limit::Context).unwrap_or(model.context);
        model.max_output = self.limit(Limit::Output).unwrap_or(model.max_output);
        model
    }
}

fn apply(known: &Known, model: &mut BaseModel) {
    let has = known.has;
    match known.capability {
        Capability::AdaptiveThinking => set(model, ThinkingKind::Adaptive, has),
        Capability::BudgetedThinking => set(model, ThinkingKind::Enabled, has),
        Capability::ThinkingBetweenTools => set(model, ThinkingKind::BetweenTools, has),
        Capability::ThinkingOff => set(model, ThinkingKind::Disabled, has),
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

fn set(model: &mut BaseModel, kind: ThinkingKind, has: bool) {
    model.thinking.retain(|known| *known != kind);
    if has {
        model.thinking.push(kind);
    }
}
