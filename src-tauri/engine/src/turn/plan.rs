//! What a turn is made of, and the request that comes of it.

use hearth_foundry::{ApiVersion, Failure, Skip, Target};
use hearth_wire::models::{self, BaseModel};
use hearth_wire::{BlockKind, Tool};

use crate::api::{Capability, ConversationId, ErrorReport, TurnId, TurnSettings};
use crate::capability;
use crate::connection::Used;
use crate::request::{self, Ask, Contents, Past};

/// What a turn is made of, decided before anything was stored.
pub(crate) struct Plan {
    pub(crate) conversation: ConversationId,
    pub(crate) turn: TurnId,
    pub(crate) used: Used,
    pub(crate) settings: TurnSettings,
    /// The names to ask; more than one only where nobody knows what there is.
    pub(crate) candidates: Vec<String>,
    /// From the first question to the one that is asked now.
    pub(crate) past: Vec<Past>,
    /// What the model may call, for as long as the turn lasts.
    pub(crate) tools: Vec<Tool>,
    /// What was attached to what came before.
    pub(crate) contents: Contents,
    /// What the deployment refused in this turn, and the turn does without.
    pub(crate) without: Vec<Capability>,
    /// The most output tokens that the deployment takes, where it said so in this turn.
    pub(crate) most_output: Option<u32>,
    /// Ends a wait between two attempts early.
    pub(crate) skip: Skip,
}

impl Plan {
    pub(crate) fn deployment(&self) -> &str {
        self.candidates.first().map_or("", String::as_str)
    }

    /// A failure of this plan's request, with what the plan knows about it.
    pub(crate) fn report(&self, failure: &Failure) -> ErrorReport {
        super::told::report(self, failure)
    }

    /// The table's model behind the deployment.
    fn documented(&self) -> &'static BaseModel {
        let base = self.used.base_model(self.deployment());
        base.unwrap_or_else(models::cautious)
    }

    /// The model as this deployment has it.
    fn base(&self) -> BaseModel {
        let mut learned = self.used.learned(self.deployment());
        for refused in &self.without {
            learned.push(capability::measured(*refused, false, None));
        }
        let mut model = learned.applied_to(self.documented());
        model.max_output = self.most_output.unwrap_or(model.max_output);
        model
    }

    /// The deployment refused it in this turn, or is known to.
    fn lacks(&self, capability: Capability) -> bool {
        let learned = || self.used.learned(self.deployment());
        self.without.contains(&capability) || learned().lacks(capability)
    }

    /// Goes on without what the deployment has just refused. False when that was tried
    /// already, or cannot be: what the person wrote or attached is never left out.
    pub(crate) fn leave_out(&mut self, capability: Capability) -> bool {
        let content = match capability {
            Capability::Vision | Capability::Prefill | Capability::TokenCount => true,
            Capability::Tools => self.past.iter().any(calls),
            Capability::Streaming
            | Capability::AdaptiveThinking
            | Capability::BudgetedThinking
            | Capability::ThinkingBetweenTools
            | Capability::ThinkingOff
            | Capability::Effort
            | Capability::Temperature
            | Capability::StructuredOutputs => false,
        };
        if content || self.without.contains(&capability) {
            return false;
        }
        self.without.push(capability);
        true
    }

    /// Asks for no more output tokens than the deployment has just said that it takes. False
    /// when it was asked for no more than that.
    pub(crate) fn lower_output(&mut self, most: u32) -> bool {
        let asked = request::max_tokens(&self.settings_now(), &self.base());
        self.most_output = Some(most);
        most < asked
    }

    /// The output tokens that are asked for, where the deployment takes fewer than were wanted:
    /// it said so just now, or the person chose a number.
    pub(crate) fn lowered_to(&self) -> Option<u32> {
        let settings = self.settings_now();
        let wanted = request::max_tokens(&settings, self.documented());
        let asked = request::max_tokens(&settings, &self.base());
        let is_told = self.most_output.is_some() || settings.max_tokens.is_some();
        (is_told && asked < wanted).then_some(asked)
    }

    /// Goes on without the thinking of earlier turns, which stays in the store. False when
    /// there is none: that of an open loop of tools belongs to it.
    pub(crate) fn forget_earlier_thinking(&mut self) -> bool {
        let mut any = false;
        for past in &mut self.past {
            if past.turn.as_ref().is_some_and(|turn| *turn != self.turn) {
                any |= past.prefix.take().is_some();
            }
        }
        any
    }

    /// What the model may call in the next request.
    pub(crate) fn tools(&self) -> &[Tool] {
        // Calls that were made have to be explained, whatever is known.
        let none = self.lacks(Capability::Tools) && !self.past.iter().any(calls);
        if none { &[] } else { &self.tools }
    }

    /// What the person asked for and the answer does without: because the deployment refused
    /// it just now, or because it is known to.
    fn left_out(&self) -> Vec<Capability> {
        let base = self.documented();
        let effort = self.settings.effort.map(request::wire_effort);
        let asked = [
            (
                Capability::Effort,
                effort.is_some_and(|it| {
                    base.efforts.contains(&it) && !self.base().efforts.contains(&it)
                }),
            ),
            (
                Capability::Temperature,
                self.settings.temperature.is_some()
                    && base.sampling
                    && self.lacks(Capability::Temperature),
            ),
            (
                Capability::Tools,
                !self.tools.is_empty() && self.tools().is_empty(),
            ),
        ];
        let mut left_out = self.without.clone();
        for (capability, asked) in asked {
            if asked && !left_out.contains(&capability) {
                left_out.push(capability);
            }
        }
        left_out
    }

    /// The settings, with what the deployment makes of them.
    fn settings_now(&self) -> TurnSettings {
        TurnSettings {
            whole: self.settings.whole || self.lacks(Capability::Streaming),
            ..self.settings.clone()
        }
    }

    /// The request that the plan makes now.
    pub(crate) fn build(&self) -> request::Built {
        let settings = self.settings_now();
        request::build(&Ask {
            deployment: self.deployment(),
            base: &self.base(),
            connection: &self.used.id,
            settings: &settings,
            tools: self.tools(),
            past: &self.past,
            contents: &self.contents,
        })
    }

    /// What the store keeps of the turn: the settings as they are sent.
    pub(crate) fn as_sent(&self) -> SentSettings {
        let built = self.build();
        SentSettings {
            connection: self.used.id.clone(),
            deployment: self.deployment().to_owned(),
            base_model: self
                .used
                .base_model(self.deployment())
                .map(|base| base.id.clone()),
            anthropic_version: self.used.version(built.version).as_str().to_owned(),
            max_tokens: built.request.max_tokens,
            thinking: built
                .request
                .thinking
                .map(|thinking| serde_json::to_value(thinking).expect("BUG: thinking is not JSON")),
            effort: built
                .request
                .output_config
                .and_then(|config| config.effort)
                .map(|effort| effort.as_str().to_owned()),
            system: built.request.system,
            temperature: built.request.temperature,
            stop_sequences: built.request.stop_sequences,
            tools: self.tools().iter().map(|tool| tool.name.clone()).collect(),
            whole: !built.request.stream,
            without: self.left_out(),
            lowered_to: self.lowered_to(),
            prefix: built.prefix,
        }
    }

    pub(crate) fn target(&self, version: ApiVersion) -> Target {
        Target {
            endpoint: self.used.endpoint.clone(),
            credential: self.used.credential.clone(),
            anthropic_version: self.used.version(version),
            headers: self.used.headers.clone(),
            skip: self.skip.clone(),
        }
    }
}

/// It holds calls of tools, or their results.
fn calls(past: &Past) -> bool {
    past.blocks.iter().any(|block| {
        matches!(
            block.view(),
            BlockKind::ToolUse { .. } | BlockKind::ToolResult { .. }
        )
    })
}

/// The settings of a turn as sent, as the store keeps them.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SentSettings {
    pub(crate) connection: String,
    pub(crate) deployment: String,
    #[serde(default)]
    pub(crate) base_model: Option<String>,
    pub(crate) anthropic_version: String,
    pub(crate) max_tokens: u32,
    #[serde(default)]
    pub(crate) thinking: Option<serde_json::Value>,
    #[serde(default)]
    pub(crate) effort: Option<String>,
    #[serde(default)]
    pub(crate) system: Option<String>,
    #[serde(default)]
    pub(crate) temperature: Option<f64>,
    #[serde(default)]
    pub(crate) stop_sequences: Vec<String>,
    /// The names of the tools that the model may call.
    #[serde(default)]
    pub(crate) tools: Vec<String>,
    /// The answer is asked for in one piece.
    #[serde(default)]
    pub(crate) whole: bool,
    /// What was left out because the deployment lacks it.
    #[serde(default)]
    pub(crate) without: Vec<Capability>,
    /// The output tokens, where the deployment takes fewer than were wanted.
    #[serde(default)]
    pub(crate) lowered_to: Option<u32>,
    /// The fingerprint of everything before the answer; see `request`.
    pub(crate) prefix: String,
}
