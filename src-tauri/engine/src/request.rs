//! From a branch of a conversation to the request that continues it. Pure.

use hearth_wire::models::BaseModel;
use hearth_wire::{
    ApiVersion, Block, BlockKind, Effort, Message, MessagesRequest, OutputConfig, Role, StopReason,
};
use sha2::{Digest, Sha256};

use crate::api;

/// Output tokens asked for unless the person chose otherwise: enough for long
/// answers with thinking, and below what makes servers refuse to wait.
const DEFAULT_MAX_TOKENS: u32 = 32_000;

/// A message that came before, as the request needs it.
#[derive(Debug, Clone)]
pub(crate) struct Past {
    pub(crate) role: api::Role,
    /// The turn that it belongs to; none for a question, which several turns may answer.
    pub(crate) turn: Option<api::TurnId>,
    pub(crate) blocks: Vec<Block>,
    /// The answer came to its end; a broken one gives only what can stand alone.
    pub(crate) whole: bool,
    pub(crate) stop_reason: Option<StopReason>,
    /// The fingerprint of everything that the model had been given when this turn began.
    pub(crate) prefix: Option<String>,
}

impl Past {
    /// A question, as the person wrote it.
    pub(crate) fn question(text: &str) -> Self {
        Self {
            role: api::Role::User,
            turn: None,
            blocks: vec![Block::text(text)],
            whole: true,
            stop_reason: None,
            prefix: None,
        }
    }
}

/// Everything that a request is made of.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    pub(crate) deployment: &'a str,
    pub(crate) base: &'a BaseModel,
    /// Names the connection: signed thinking is bound to the account that made it.
    pub(crate) connection: &'a str,
    pub(crate) effort: Option<api::Effort>,
    pub(crate) max_tokens: Option<u32>,
    /// From the first question to what is to be answered now.
    pub(crate) past: &'a [Past],
}

/// A request with what must be remembered about it.
#[derive(Debug)]
pub(crate) struct Built {
    pub(crate) request: MessagesRequest,
    pub(crate) version: ApiVersion,
    /// The fingerprint to store with the answer.
    pub(crate) prefix: String,
}

/// The output tokens that a model is asked for unless the person chose.
pub(crate) fn default_max_tokens(base: &BaseModel) -> u32 {
    base.max_output.min(DEFAULT_MAX_TOKENS)
}

pub(crate) fn build(ask: &Ask<'_>) -> Built {
    let max_tokens = ask
        .max_tokens
        .unwrap_or_else(|| default_max_tokens(ask.base))
        .clamp(1, ask.base.max_output);
    let (messages, prefix) = messages(ask);
    let effort = ask
        .effort
        .map(wire_effort)
        .filter(|effort| ask.base.efforts.contains(effort));
    Built {
        request: MessagesRequest {
            model: ask.deployment.to_owned(),
            max_tokens,
            messages,
            thinking: ask.base.visible_thinking(max_tokens),
            output_config: effort.map(|effort| OutputConfig {
                effort: Some(effort),
            }),
            stream: true,
            ..MessagesRequest::default()
        },
        version: ApiVersion::needed(ask.base, None),
        prefix,
    }
}

/// What is sent of everything that came before, with its fingerprint.
fn messages(ask: &Ask<'_>) -> (Vec<Message>, String) {
    let mut prefix = Prefix::new(ask.connection, ask.deployment);
    let mut messages = Vec::with_capacity(ask.past.len());
    // The turn of the last answer, and whether its thinking goes back.
    let mut last_turn: Option<(&api::TurnId, bool)> = None;
    for past in without_refused(ask.past) {
        let (role, content) = match past.role {
            api::Role::User => (Role::User, past.blocks.clone()),
            api::Role::Assistant => {
                // Within a turn everything is sent as it is: the first answer decides.
                let bound = match (&past.turn, last_turn) {
                    (Some(turn), Some((last, bound))) if turn == last => bound,
                    (Some(_) | None, _) => past.prefix.as_deref() == Some(&*prefix.fingerprint()),
                };
                last_turn = past.turn.as_ref().map(|turn| (turn, bound));
                (Role::Assistant, answer_blocks(past, past.whole && bound))
            }
        };
        if content.is_empty() {
            continue;
        }
        let message = Message { role, content };
        prefix.add(&message);
        messages.push(message);
    }
    (messages, prefix.fingerprint())
}

/// A refused turn has to leave the conversation before it goes on
/// (platform.claude.com/docs/en/build-with-claude/refusals-and-fallback):
/// the refusal, what the turn said before it, and the question that it refused.
fn without_refused(past: &[Past]) -> Vec<&Past> {
    let mut kept: Vec<&Past> = Vec::with_capacity(past.len());
    for message in past {
        if message.stop_reason != Some(StopReason::Refusal) {
            kept.push(message);
            continue;
        }
        while kept.pop_if(|before| before.turn == message.turn).is_some() {}
        kept.pop_if(|before| before.turn.is_none());
    }
    kept
}

/// What an earlier answer contributes; `bound` says whether its thinking goes back.
///
/// Thinking is bound to everything that came before it and to the model that
/// thought (platform.claude.com/docs/en/build-with-claude/extended-thinking): it
/// goes back exactly as it came or, where something before it is different now,
/// not at all. In the store it stays in either case.
fn answer_blocks(past: &Past, bound: bool) -> Vec<Block> {
    past.blocks
        .iter()
        .filter(|block| match block.view() {
            BlockKind::Thinking { .. } | BlockKind::RedactedThinking => bound,
            // The API refuses text blocks with nothing to read in them.
            BlockKind::Text { text } => !text.trim().is_empty(),
            BlockKind::ToolUse { .. } | BlockKind::ToolResult { .. } => past.whole,
            BlockKind::Unknown { .. } => past.whole,
        })
        .cloned()
        .collect()
}

fn wire_effort(effort: api::Effort) -> Effort {
    match effort {
        api::Effort::Low => Effort::Low,
        api::Effort::Medium => Effort::Medium,
        api::Effort::High => Effort::High,
        api::Effort::Xhigh => Effort::Xhigh,
        api::Effort::Max => Effort::Max,
    }
}

/// A running fingerprint of what a model is given, in order.
#[derive(Clone)]
struct Prefix(Sha256);

impl Prefix {
    fn new(connection: &str, deployment: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [connection, deployment] {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        Self(hash)
    }

    fn add(&mut self, message: &Message) {
        self.0.update(match message.role {
            Role::User => b"u",
            Role::Assistant => b"a",
        });
        for block in &message.content {
            self.0.update(block.json().len().to_le_bytes());
            self.0.update(block.json());
        }
    }

    fn fingerprint(&self) -> String {
        let digest = self.0.clone().finalize();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests;
