//! From a branch of a conversation to the request that continues it. Pure.

mod attached;
mod history;
mod prefix;

use hearth_wire::models::BaseModel;
use hearth_wire::{
    ApiVersion, Block, BlockKind, Effort, Message, MessagesRequest, OutputConfig, Role, Thinking,
    Tool, ToolChoice,
};

use crate::api;

pub(crate) use attached::{Content, Contents, Reference, reference_block, referred};
pub(crate) use history::{Past, kept_text, wire_tool};

/// Output tokens asked for unless the person chose otherwise: enough for long
/// answers with thinking, and below what makes servers refuse to wait.
const DEFAULT_MAX_TOKENS: u32 = 32_000;

/// Output tokens of an answer in one piece at most. The official clients refuse to wait
/// for more than ten minutes of writing, which is some 21,000 tokens
/// (platform.claude.com/docs/en/api/errors, "Long requests").
const MOST_TOKENS_WHOLE: u32 = 16_000;

/// Everything that a request is made of.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) deployment: &'a str,
    pub(crate) base: &'a BaseModel,
    /// Names the connection: signed thinking is bound to the account that made it.
    pub(crate) connection: &'a str,
    pub(crate) settings: &'a api::TurnSettings,
    /// What the model may call in this turn.
    pub(crate) tools: &'a [Tool],
    /// From the first question to what is to be answered now. When the last of it is an
    /// answer, the model goes on with that.
    pub(crate) past: &'a [Past],
    /// What was attached to it.
    pub(crate) contents: &'a Contents,
}

/// A request with what must be remembered about it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) request: MessagesRequest,
    pub(crate) version: ApiVersion,
    /// The fingerprint to store with the answer.
    pub(crate) prefix: String,
    /// It ends with results of tools, and thinking that led to the calls is left out,
    /// because something before it is different now. The API takes no such request: the
    /// loop has to be closed by a word of the user's
    /// (platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows).
    pub(crate) torn_loop: bool,
}

/// The output tokens that a model is asked for unless the person chose.
pub(crate) fn default_max_tokens(base: &BaseModel) -> u32 {
    base.max_output.min(DEFAULT_MAX_TOKENS)
}

pub(crate) fn build(ask: &Ask<'_>) -> Built {
    let settings = ask.settings;
    let max_tokens = max_tokens(settings, ask.base);
    let temperature = temperature(ask);
    let tools = history::tools(ask.past, ask.tools);
    let history::History {
        messages,
        prefix,
        prefill,
        torn_loop,
    } = history::messages(ask, &tools);
    let effort = settings
        .effort
        .map(wire_effort)
        .filter(|effort| ask.base.efforts.contains(effort));
    let thinks =
        temperature.is_none() && !prefill && !goes_on_without_thinking(ask.base, &messages);
    let only_named = ask.tools.is_empty() && !tools.is_empty();
    Built {
        request: MessagesRequest {
            model: ask.deployment.to_owned(),
            max_tokens,
            system: system(settings).map(str::to_owned),
            messages,
            tool_choice: only_named.then_some(ToolChoice::None),
            tools,
            thinking: thinks
                .then(|| ask.base.visible_thinking(max_tokens))
                .flatten(),
            output_config: effort.map(|effort| OutputConfig {
                effort: Some(effort),
            }),
            stop_sequences: stop_sequences(settings),
            temperature,
            stream: !settings.whole,
            ..MessagesRequest::default()
        },
        version: ApiVersion::needed(ask.base, temperature),
        prefix,
        torn_loop,
    }
}

/// The output tokens that are asked for.
pub(crate) fn max_tokens(settings: &api::TurnSettings, base: &BaseModel) -> u32 {
    let wanted = settings
        .max_tokens
        .unwrap_or_else(|| default_max_tokens(base));
    let most = if settings.whole {
        base.max_output.min(MOST_TOKENS_WHOLE)
    } else {
        base.max_output
    };
    wanted.clamp(1, most)
}

/// The system prompt; one with nothing to read in it is none, for the API refuses it.
fn system(settings: &api::TurnSettings) -> Option<&str> {
    let system = settings.system.as_deref()?;
    (!system.trim().is_empty()).then_some(system)
}

/// The API refuses stop sequences of white space alone.
fn stop_sequences(settings: &api::TurnSettings) -> Vec<String> {
    let written = settings.stop_sequences.iter();
    written
        .filter(|text| !text.trim().is_empty())
        .cloned()
        .collect()
}

/// The temperature, where the model takes one. Models that do think only when they are
/// asked to, and not together with a temperature: the one that the person set goes before
/// the thinking that Hearth would ask for by itself
/// (platform.claude.com/docs/en/build-with-claude/extended-thinking).
fn temperature(ask: &Ask<'_>) -> Option<f64> {
    let wanted = ask.settings.temperature?;
    (ask.base.sampling && wanted.is_finite()).then(|| wanted.clamp(0.0, 1.0))
}

/// With a budget for thinking, an answer that the request goes on with, after a pause or
/// with results of its calls, has to begin with thinking. Where it came without any, the
/// rest of the turn goes without
/// (platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows).
fn goes_on_without_thinking(base: &BaseModel, messages: &[Message]) -> bool {
    let is_result = |block: &Block| matches!(block.view(), BlockKind::ToolResult { .. });
    let answer = match messages {
        [.., last] if last.role == Role::Assistant => last,
        [.., answer, results] if results.content.iter().all(is_result) => answer,
        _ => return false,
    };
    let thinks = matches!(
        answer.content.first().map(Block::view),
        Some(BlockKind::Thinking { .. } | BlockKind::RedactedThinking)
    );
    let budgeted = matches!(
        base.visible_thinking(u32::MAX),
        Some(Thinking::Enabled { .. })
    );
    budgeted && !thinks
}

/// An effort as the wire spells it.
pub(crate) fn wire_effort(effort: api::Effort) -> Effort {
    match effort {
        api::Effort::Low => Effort::Low,
        api::Effort::Medium => Effort::Medium,
        api::Effort::High => Effort::High,
        api::Effort::Xhigh => Effort::Xhigh,
        api::Effort::Max => Effort::Max,
    }
}

#[cfg(test)]
mod tests;
