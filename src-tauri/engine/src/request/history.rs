//! What is sent of everything that came before.
//!
//! The rules, with their source: each call goes back with its one result in the very next
//! message, or not at all (platform.claude.com/docs/en/agents-and-tools/tool-use/
//! handle-tool-calls); thinking goes back exactly as it came and under what it was thought
//! under, or is left out of its whole turn (platform.claude.com/docs/en/build-with-claude/
//! extended-thinking); a refused turn leaves the conversation; what broke off gives only
//! what can stand alone. In the store everything stays in every case.

use std::collections::HashSet;

use hearth_wire::{Block, BlockKind, Message, Raw, Role, StopReason, Tool};

use super::Ask;
use super::attached::resolved;
use super::prefix::Prefix;
use crate::api;

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
    /// What the person wrote, or Hearth in their place.
    pub(crate) fn question(blocks: Vec<Block>) -> Self {
        Self {
            role: api::Role::User,
            turn: None,
            blocks,
            whole: true,
            stop_reason: None,
            prefix: None,
        }
    }

    /// The results of a turn's calls.
    pub(crate) fn results(turn: api::TurnId, blocks: Vec<Block>) -> Self {
        Self {
            turn: Some(turn),
            ..Self::question(blocks)
        }
    }
}

/// The messages of a request, and what they mean for the rest of it.
pub(super) struct History {
    pub(super) messages: Vec<Message>,
    /// The fingerprint of all of them.
    pub(super) prefix: String,
    /// The model goes on with what it has written. Not so after `pause_turn`: that answer
    /// is sent back as it is, and a new one follows.
    pub(super) prefill: bool,
    /// They end with results of tools, and thinking that led to the calls is left out.
    pub(super) torn_loop: bool,
}

/// What an answer has to say besides thinking, and whether that is all that it said.
struct Speech<'a> {
    blocks: Vec<&'a Block>,
    all: bool,
}

pub(super) fn messages(ask: &Ask<'_>, tools: &[Tool]) -> History {
    let past = without_refused(ask.past);
    let pairs = pairs(&past);
    let said: Vec<Speech<'_>> = (0..)
        .zip(&past)
        .map(|(n, it)| speech(it, n, &pairs))
        .collect();
    let torn = torn_turns(&past, &said);
    let last = past
        .iter()
        .zip(&said)
        .rfind(|(_, said)| !said.blocks.is_empty());
    let prefill = last.is_some_and(|(last, _)| {
        last.role == api::Role::Assistant && last.stop_reason != Some(StopReason::PauseTurn)
    });
    let mut torn_loop = false;
    let mut prefix = Prefix::new(ask, tools);
    let mut messages: Vec<Message> = Vec::with_capacity(past.len());
    // The turn of the last answer, and whether its thinking goes back.
    let mut last_turn: Option<(&api::TurnId, bool)> = None;
    for (past, said) in past.iter().zip(said) {
        let role = match past.role {
            api::Role::User => Role::User,
            api::Role::Assistant => Role::Assistant,
        };
        let mut blocks = said.blocks;
        if role == Role::Assistant {
            // Within a turn everything is sent as it is: the first answer decides.
            let bound = match (&past.turn, last_turn) {
                (Some(turn), Some((last, bound))) if turn == last => bound,
                (Some(_) | None, _) => past.prefix.as_deref() == Some(&*prefix.fingerprint()),
            };
            last_turn = past.turn.as_ref().map(|turn| (turn, bound));
            let torn = past.turn.as_ref().is_none_or(|turn| torn.contains(turn));
            if blocks.is_empty() {
                continue;
            }
            if bound && !torn && !prefill {
                blocks = past
                    .blocks
                    .iter()
                    .filter(|block| has_content(block))
                    .collect();
            } else {
                torn_loop |= past.blocks.iter().any(is_thinking);
            }
        }
        if blocks.is_empty() {
            continue;
        }
        if role == Role::User {
            torn_loop &= blocks.iter().all(|block| result_of(block).is_some());
        }
        let (content, identities): (Vec<_>, Vec<_>) = blocks
            .into_iter()
            .map(|block| resolved(block, ask.contents))
            .unzip();
        prefix.add(role, identities.iter().map(String::as_str));
        match messages.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            Some(_) | None => messages.push(Message { role, content }),
        }
    }
    if prefill {
        trim_end(&mut messages);
    }
    History {
        messages,
        prefix: prefix.fingerprint(),
        prefill,
        torn_loop: torn_loop && !prefill,
    }
}

/// The tools that a request names: what the turn may call. Where that is nothing, what
/// earlier messages called, for the API takes no calls in a request without tools; what
/// those were like may not be known any more, and nobody calls them again. The list is
/// part of what thinking is bound to, and does not grow within a turn.
pub(super) fn tools(past: &[Past], offered: &[Tool]) -> Vec<Tool> {
    if !offered.is_empty() {
        return offered.to_vec();
    }
    let past = without_refused(past);
    let pairs = pairs(&past);
    let mut tools: Vec<Tool> = Vec::new();
    for (n, message) in past.iter().enumerate() {
        for block in &message.blocks {
            let BlockKind::ToolUse { id, name, .. } = block.view() else {
                continue;
            };
            if pairs.contains(&(n, id)) && tools.iter().all(|tool| tool.name != name) {
                tools.push(definition(name));
            }
        }
    }
    tools
}

fn definition(name: String) -> Tool {
    match hearth_tools::find(&name) {
        Some(known) => wire_tool(known),
        None => Tool {
            name,
            description: String::new(),
            input_schema: Raw::parse(r#"{"type":"object"}"#).expect("BUG: a schema is JSON"),
        },
    }
}

/// A tool as a model is told of it.
pub(crate) fn wire_tool(tool: hearth_tools::Tool) -> Tool {
    Tool {
        name: tool.name().to_owned(),
        description: tool.description().to_owned(),
        input_schema: Raw::parse(tool.input_schema()).expect("BUG: a tool's schema is JSON"),
    }
}

/// The text that a request would have of an answer.
pub(crate) fn kept_text(blocks: &[Block]) -> String {
    let texts = blocks.iter().filter_map(|block| match block.view() {
        BlockKind::Text { text } if !text.trim().is_empty() => Some(text),
        _ => None,
    });
    texts.collect()
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

/// The calls that go back, by the place of their message and their id: those that came
/// whole and are answered in the next message. An id counts once; of several, the last
/// one counts, because that loop may still be open.
fn pairs(past: &[&Past]) -> HashSet<(usize, String)> {
    let mut pairs = HashSet::new();
    let mut used = HashSet::new();
    for (n, neighbours) in past.windows(2).enumerate().rev() {
        let (answer, results) = (neighbours[0], neighbours[1]);
        if answer.role != api::Role::Assistant || !answer.whole {
            continue;
        }
        let answered: HashSet<String> = results.blocks.iter().filter_map(result_of).collect();
        for block in &answer.blocks {
            if let BlockKind::ToolUse { id, name, .. } = block.view()
                && Tool::is_name(&name)
                && answered.contains(&id)
                && used.insert(id.clone())
            {
                pairs.insert((n, id));
            }
        }
    }
    pairs
}

/// The call that a block is the result of.
fn result_of(block: &Block) -> Option<String> {
    match block.view() {
        BlockKind::ToolResult { tool_use_id, .. } => Some(tool_use_id),
        _ => None,
    }
}

/// What the message at place `n` says besides thinking.
fn speech<'a>(past: &'a Past, n: usize, pairs: &HashSet<(usize, String)>) -> Speech<'a> {
    let mut all = past.whole;
    let mut taken = HashSet::new();
    let mut take = |place: Option<usize>, id: String| {
        place.is_some_and(|place| pairs.contains(&(place, id.clone()))) && taken.insert(id)
    };
    let blocks = past.blocks.iter().filter(|block| {
        let kept = match block.view() {
            BlockKind::Thinking { signature, .. } => {
                // Without its signature it never came to its end.
                all &= signature.is_some();
                return false;
            }
            BlockKind::RedactedThinking => return false,
            // The API refuses texts with nothing to read in them.
            BlockKind::Text { .. } => return has_content(block),
            BlockKind::ToolUse { id, .. } => take(Some(n), id),
            BlockKind::ToolResult { tool_use_id, .. } => take(n.checked_sub(1), tool_use_id),
            BlockKind::Unknown { .. } => past.whole,
        };
        all &= kept;
        kept
    });
    let blocks = blocks.collect();
    Speech { blocks, all }
}

fn is_thinking(block: &Block) -> bool {
    matches!(
        block.view(),
        BlockKind::Thinking { .. } | BlockKind::RedactedThinking
    )
}

fn has_content(block: &Block) -> bool {
    match block.view() {
        BlockKind::Text { text } => !text.trim().is_empty(),
        _ => true,
    }
}

/// The turns of which a part goes back and a part does not: their thinking stays behind
/// as a whole.
fn torn_turns<'a>(past: &[&'a Past], said: &[Speech<'_>]) -> HashSet<&'a api::TurnId> {
    let answers = past.iter().zip(said);
    let torn = answers.filter(|(past, said)| {
        past.role == api::Role::Assistant && !said.all && !said.blocks.is_empty()
    });
    torn.filter_map(|(past, _)| past.turn.as_ref()).collect()
}

/// The API refuses a beginning of an answer that ends in white space.
fn trim_end(messages: &mut [Message]) {
    let last = messages.last_mut().and_then(|it| it.content.last_mut());
    if let Some(block) = last
        && let BlockKind::Text { text } = block.view()
        && text.trim_end() != text
    {
        *block = Block::text(text.trim_end());
    }
}
