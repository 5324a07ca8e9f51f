//! What the model said before, as a client tells it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::assemble::INVALID_INPUT;
use crate::block::{Block, BlockKind};
use crate::literal::Literal;
use crate::object::Object;
use crate::openai::content::{Place, cache_control, parts_of};
use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;
use crate::openai::text::{object, string, whole_characters};
use crate::raw::Raw;

use super::case::Case;
use super::{conversation, served};

/// The members of a message that are read here.
pub(super) const MEMBERS: &[&str] = &[
    "refusal",
    "tool_calls",
    "function_call",
    "thinking_blocks",
    "reasoning_content",
    "annotations",
    "provider_specific_fields",
];

/// A piece of an assistant message, in the order in which it goes out.
pub(super) enum Piece {
    /// Thinking, text, or what else the API sent.
    Block(Block),
    Call(Call),
}

/// A call as the client tells it.
pub(super) struct Call {
    /// None for the older `function_call`.
    pub(super) id: Option<String>,
    pub(super) name: String,
    /// The arguments, an object.
    pub(super) input: Raw,
    pub(super) cached: Option<Raw>,
}

/// Reads an assistant message.
pub(super) fn read(
    case: &mut Case<'_>,
    message: &Object,
    path: &str,
) -> Result<Vec<Piece>, Refusal> {
    if message.known("audio").is_some() {
        let path = format!("{path}.audio");
        return Err(Refusal::unsupported(
            &path,
            "earlier answers as sound cannot be sent back",
        ));
    }
    let content = message.get("content").filter(|said| !said.is_null());
    let mut calls = calls(case, message, path)?;
    called_in_content(case, content, path, &mut calls)?;
    let mut calls = match verbatim(message, calls) {
        Ok(pieces) => return Ok(pieces),
        Err(calls) => calls,
    };
    let mut blocks = vec![];
    let (thinking, content) = apart(content);
    thought(case, message, &thinking, path, &mut blocks)?;
    blocks.extend(served::take(message, &mut calls));
    let refusal = message.get("refusal").filter(|said| !said.is_null());
    for (key, said) in [("content", content.as_deref()), ("refusal", refusal)] {
        if let Some(said) = said {
            let path = format!("{path}.{key}");
            blocks.extend(conversation::read(case, Place::Assistant, path, said)?);
        }
    }
    let blocks = blocks.into_iter().map(Piece::Block);
    Ok(blocks.chain(calls.into_iter().map(Piece::Call)).collect())
}

/// The answer in its own blocks and order, where the client sends back what it was given
/// (see [`crate::openai::response`]) and has changed neither the text nor the calls. The
/// calls come back in the error otherwise.
fn verbatim(message: &Object, mut calls: Vec<Call>) -> Result<Vec<Piece>, Vec<Call>> {
    let fields = message
        .object("provider_specific_fields")
        .unwrap_or_default();
    let told = fields.get("content_blocks").and_then(Raw::items);
    let blocks: Option<Vec<Block>> =
        told.and_then(|told| told.map(|block| Block::from_json(block).ok()).collect());
    let Some(blocks) = blocks.filter(|blocks| !blocks.is_empty()) else {
        return Err(calls);
    };
    let mut text = String::new();
    let mut ids = vec![];
    for block in &blocks {
        match block.view() {
            BlockKind::Text { text: more } => text.push_str(&more),
            BlockKind::ToolUse { id, .. } => ids.push(Some(id)),
            // Whatever the API sent had a type.
            BlockKind::Unknown { kind } if kind.is_empty() => return Err(calls),
            _ => {}
        }
    }
    let same_text = message.text("content").unwrap_or_default() == text;
    let same_calls = ids.iter().eq(calls.iter().map(|call| &call.id));
    if !same_text || !same_calls {
        return Err(calls);
    }
    calls.reverse();
    let piece = |block: Block| match block.view() {
        BlockKind::ToolUse { .. } => calls.pop().map(Piece::Call),
        BlockKind::Text { text } if text.trim().is_empty() => None,
        _ => Some(Piece::Block(block)),
    };
    Ok(blocks.into_iter().filter_map(piece).collect())
}

/// Takes the calls that stand in content as blocks of the Messages API, where programs put them
/// that know the model for one of Anthropic's. What stands in both places is one call.
fn called_in_content(
    case: &mut Case<'_>,
    content: Option<&Raw>,
    path: &str,
    calls: &mut Vec<Call>,
) -> Result<(), Refusal> {
    let mut parts = parts_of(content, "tool_use").peekable();
    if parts.peek().is_none() {
        return Ok(());
    }
    let known = calls.iter().filter_map(|call| call.id.clone());
    let mut known: BTreeSet<String> = known.collect();
    for (at, part) in parts {
        let path = format!("{path}.content[{at}]");
        let needed = |key: &str| {
            let text = part.text(key).filter(|text| !text.is_empty());
            text.ok_or_else(|| Refusal::missing(&format!("{path}.{key}")))
        };
        let (id, name) = (needed("id")?, needed("name")?);
        if !known.insert(id.clone()) {
            continue;
        }
        let input = part.known("input").filter(Raw::is_object);
        let cached = cache_control(&part, &path, &mut case.dropped)?;
        let read = ["type", "id", "name", "input", "cache_control"];
        case.dropped.unread(&part, &path, &read);
        calls.push(Call {
            id: Some(id),
            name,
            input: input.unwrap_or_else(|| Object::default().raw()),
            cached,
        });
    }
    Ok(())
}

/// Separates thinking from the other parts of content; some clients keep both together.
fn apart(content: Option<&Raw>) -> (Vec<&str>, Option<Cow<'_, Raw>>) {
    let Some(content) = content else {
        return (vec![], None);
    };
    let is_thinking = |part: &&str| {
        let part = Object::parse(part).ok();
        let kind = part.and_then(|part| part.text("type"));
        matches!(kind.as_deref(), Some("thinking" | "redacted_thinking"))
    };
    let parts = || content.items().into_iter().flatten();
    let thinking: Vec<&str> = parts().filter(is_thinking).collect();
    if thinking.is_empty() {
        return (thinking, Some(Cow::Borrowed(content)));
    }
    let others: Vec<&str> = parts().filter(|part| !is_thinking(part)).collect();
    let others = Raw::listed(others.into_iter());
    (thinking, Some(Cow::Owned(others)))
}

/// Thinking goes back verbatim and first, and only with its signature, for the API takes
/// no other. Source: <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
fn thought(
    case: &mut Case<'_>,
    message: &Object,
    inline: &[&str],
    path: &str,
    blocks: &mut Vec<Block>,
) -> Result<(), Refusal> {
    let beside = message.get("thinking_blocks").and_then(Raw::items);
    let mut beside = beside.into_iter().flatten().peekable();
    let inline = match beside.peek() {
        Some(_) => &[],
        None => inline,
    };
    for (at, told) in beside.chain(inline.iter().copied()).enumerate() {
        let wrong = || {
            let path = format!("{path}.thinking_blocks[{at}]");
            let message = format!("`{path}` must be a block of thinking");
            Refusal::invalid(&path, message)
        };
        let block = Block::from_json(told).map_err(|_| wrong())?;
        let members = block.members();
        let has = |key| members.literal(key).is_some_and(|text| !text.is_empty());
        match members.text("type").as_deref() {
            Some("thinking") if has("signature") => blocks.push(unmarked(block)),
            Some("redacted_thinking") if has("data") => blocks.push(unmarked(block)),
            Some("thinking" | "redacted_thinking") => {
                case.drop(format!("{path}.thinking_blocks[{at}]"), Why::RefusedHere);
            }
            _ => return Err(wrong()),
        }
    }
    let signed = !blocks.is_empty();
    if message
        .literal("reasoning_content")
        .is_some_and(|text| !text.is_empty())
        && !signed
    {
        case.drop(format!("{path}.reasoning_content"), Why::RefusedHere);
    }
    Ok(())
}

/// Thinking without `cache_control`, which the API refuses on it.
fn unmarked(block: Block) -> Block {
    let members = block.members();
    if members.get("cache_control").is_none() {
        return block;
    }
    let mut kept = Object::default();
    for (key, value) in members.iter().filter(|(key, _)| key != "cache_control") {
        kept.push(&key, value.clone());
    }
    Block::from(&kept)
}

fn calls(case: &mut Case<'_>, message: &Object, path: &str) -> Result<Vec<Call>, Refusal> {
    let mut calls = vec![];
    let told = message.get("tool_calls").filter(|told| !told.is_null());
    if let Some(raw) = told {
        let path = format!("{path}.tool_calls");
        let wrong = || Refusal::invalid(&path, format!("`{path}` must be a list"));
        for (at, told) in raw.items().ok_or_else(wrong)?.enumerate() {
            calls.push(call(case, told, &format!("{path}[{at}]"))?);
        }
    }
    if let Some(function) = message.object("function_call") {
        let path = format!("{path}.function_call");
        if calls.is_empty() {
            calls.push(of_function(&function, &path, None, None)?);
        } else {
            case.drop(path, Why::Overruled);
        }
    }
    Ok(calls)
}

fn call(case: &mut Case<'_>, json: &str, path: &str) -> Result<Call, Refusal> {
    let call = Object::parse(json)
        .map_err(|_| Refusal::invalid(path, format!("`{path}` must be an object")))?;
    let Some(function) = call.object("function") else {
        let message = format!("`{path}` must be the call of a function");
        return Err(Refusal::unsupported(path, message));
    };
    let id = call.text("id").filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| Refusal::missing(&format!("{path}.id")))?;
    let cached = cache_control(&call, path, &mut case.dropped)?;
    let read = ["id", "type", "index", "function", "cache_control"];
    case.dropped.unread(&call, path, &read);
    let path = format!("{path}.function");
    case.dropped
        .unread(&function, &path, &["name", "arguments"]);
    of_function(&function, &path, Some(id), cached)
}

fn of_function(
    function: &Object,
    path: &str,
    id: Option<String>,
    cached: Option<Raw>,
) -> Result<Call, Refusal> {
    let name = function.text("name").filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Refusal::missing(&format!("{path}.name")))?;
    let arguments = function.get("arguments").filter(|said| !said.is_null());
    let input = match arguments {
        None => Object::default().raw(),
        Some(object) if object.is_object() => object.clone(),
        Some(other) => {
            let path = format!("{path}.arguments");
            let wrong = || Refusal::invalid(&path, format!("`{path}` must be a string of JSON"));
            input(&Literal::decoded(other).ok_or_else(wrong)?)
        }
    };
    Ok(Call {
        id,
        name,
        input,
        cached,
    })
}

/// The arguments of a call, verbatim where they are an object, which is all that the API
/// takes. Others, such as those of a call that was cut off, are kept whole as the API
/// describes it for input that is no JSON:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/fine-grained-tool-streaming>.
fn input(text: &str) -> Raw {
    if text.trim().is_empty() {
        return Object::default().raw();
    }
    match Raw::parse(whole_characters(text.trim())) {
        Ok(input) if input.is_object() => input,
        // Some servers spell no arguments like this.
        Ok(input) if input.is_null() => Object::default().raw(),
        _ => object([(INVALID_INPUT, Some(string(text)))]).raw(),
    }
}
