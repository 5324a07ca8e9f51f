//! Which part of a request it is that a deployment says it does not take.
//!
//! The API names the part in words only, and differently from model to model, so what was sent
//! is looked for in what was said: a part counts only where the request had it, and of several
//! that are named the first is meant (the others are advice).

use hearth_foundry::{Category, Failure};
use hearth_wire::{Block, BlockKind, MessagesRequest, Role, Thinking};

use super::MOST_SAID;
use crate::api::{Capability, Effort};
use crate::view;

/// Something that a deployment does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lack {
    pub(crate) capability: Capability,
    /// The one value that it does not take; none when it is the whole of it.
    pub(crate) effort: Option<Effort>,
    /// The API's own words.
    pub(crate) said: String,
}

/// What a refusal says that the deployment lacks of what the request asked for; none for any
/// other failure.
pub(crate) fn refused(failure: &Failure, request: &MessagesRequest) -> Option<Lack> {
    let Failure::Rejected(rejection) = failure else {
        return None;
    };
    let is_one = matches!(
        failure.category(),
        Category::FeatureMissing | Category::RequestInvalid
    );
    if !is_one || !matches!(rejection.status, 400 | 422 | 501) {
        return None;
    }
    let message = rejection.message.to_ascii_lowercase();
    let effort = one_effort(&message, request);
    if !says_no(&message) && effort.is_none() {
        return None;
    }
    let named = sent(request).into_iter().filter_map(|(capability, names)| {
        let first = names.iter().filter_map(|name| message.find(name)).min()?;
        Some((first, capability))
    });
    let (_, capability) = named.min_by_key(|(first, _)| *first)?;
    Some(Lack {
        capability,
        effort: effort.filter(|_| capability == Capability::Effort),
        said: rejection.message.chars().take(MOST_SAID).collect(),
    })
}

/// The ways in which the API says that something is not there at all. Something that is only
/// written wrongly is another matter.
fn says_no(message: &str) -> bool {
    [
        "not supported",
        "does not support",
        "doesn't support",
        "unsupported",
        "not permitted",
        "not available",
        "not enabled",
        "not allowed",
        "is deprecated",
        "does not match any of the expected tags",
        "unknown parameter",
        "unrecognized",
    ]
    .iter()
    .any(|words| message.contains(words))
}

/// The effort of the request, where this one is refused and not the choice of any: it is called
/// so, or those that are taken are listed without it.
fn one_effort(message: &str, request: &MessagesRequest) -> Option<Effort> {
    let sent = request.output_config.and_then(|config| config.effort)?;
    let named = |effort: &hearth_wire::Effort| {
        let effort = effort.as_str();
        let quoted = ["'", "\"", "`"].map(|quote| format!("{quote}{effort}{quote}"));
        quoted.iter().any(|quoted| message.contains(quoted))
    };
    let mut others = hearth_wire::Effort::ALL.iter();
    let lists_others = message.contains("output_config.effort: input should be")
        && !named(&sent)
        && others.any(named);
    let mut all = hearth_wire::Effort::ALL.iter();
    let is_one = lists_others || (says_no(message) && all.any(named));
    is_one.then(|| view::effort(sent))
}

/// What a request asks for, with the names that refusals have for it.
fn sent(request: &MessagesRequest) -> Vec<(Capability, &'static [&'static str])> {
    let mut sent: Vec<(Capability, &'static [&'static str])> = Vec::new();
    match request.thinking {
        Some(Thinking::Adaptive { .. }) => {
            sent.push((Capability::AdaptiveThinking, &["adaptive", "thinking"]));
        }
        Some(Thinking::Enabled { .. }) => {
            let names = &["thinking.type.enabled", "budget_tokens", "thinking"];
            sent.push((Capability::BudgetedThinking, names));
        }
        Some(Thinking::BetweenTools) => {
            sent.push((
                Capability::ThinkingBetweenTools,
                &["between_tools", "thinking"],
            ));
        }
        Some(Thinking::Disabled) => {
            sent.push((Capability::ThinkingOff, &["thinking"]));
        }
        None => {}
    }
    if request
        .output_config
        .is_some_and(|config| config.effort.is_some())
    {
        sent.push((Capability::Effort, &["effort", "output_config"]));
    }
    if request.temperature.is_some() {
        sent.push((Capability::Temperature, &["temperature"]));
    }
    if !request.tools.is_empty() {
        let names = &[
            "tool use",
            "tool calling",
            "tools:",
            "tools are",
            "support tools",
            "`tools`",
        ];
        sent.push((Capability::Tools, names));
    }
    if request.stream {
        sent.push((Capability::Streaming, &["streaming", "stream:", "`stream`"]));
    }
    if request.extra.get("output_config").is_some() {
        let names = &[
            "structured_outputs",
            "structured outputs",
            "output_config",
            "json_schema",
        ];
        sent.push((Capability::StructuredOutputs, names));
    }
    if has_images(request) {
        let names = &["image input", "images", "vision", "support image"];
        sent.push((Capability::Vision, names));
    }
    if request
        .messages
        .last()
        .is_some_and(|last| last.role == Role::Assistant)
    {
        sent.push((Capability::Prefill, &["prefill"]));
    }
    sent
}

fn has_images(request: &MessagesRequest) -> bool {
    let blocks = request.messages.iter().flat_map(|message| &message.content);
    blocks.into_iter().any(is_image)
}

fn is_image(block: &Block) -> bool {
    matches!(block.view(), BlockKind::Unknown { kind } if kind == "image")
}
