//! Whether the API would take a request, and in which words it would refuse.
//!
//! Fields: <https://platform.claude.com/docs/en/api/messages/create>. Texts:
//! <https://platform.claude.com/docs/en/api/errors> and the pages on thinking, effort and
//! tools. Where no text is published, the wording follows the API's other messages.

mod amid;
mod fields;
mod hosting;
mod lacking;
mod media;
mod messages;
mod model;
mod pairs;
mod thoughts;
mod tools;

use std::collections::HashSet;

use serde_json::{Map, Value};

use crate::deployments::Deployment;
use crate::faults::Lack;
use crate::random::digest;
use crate::refusal::Refusal;
use crate::request::{Asked, Thinking, Turn};
use crate::signature::Signer;

pub(crate) use fields::Version;
pub(crate) use hosting::runs_at_the_api;

/// Which of the two calls is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Messages,
    CountTokens,
}

/// Whether thinking blocks that come back must carry a signature made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signatures {
    Checked,
    /// As with `prefix_mismatch_behavior: drop_block`: another conversation's are left out.
    MismatchDropped,
    Accepted,
}

/// What a request is judged by, besides itself.
pub(crate) struct Bench<'a> {
    pub(crate) call: Call,
    pub(crate) version: Version,
    /// The values of `anthropic-beta`.
    pub(crate) betas: Vec<&'a str>,
    pub(crate) deployment: Deployment,
    /// What this deployment does without.
    pub(crate) lacks: Option<Lack>,
    pub(crate) signatures: Signatures,
    /// Kinds of blocks that nobody knows but this emulator has sent.
    pub(crate) own_kinds: HashSet<String>,
}

type Verdict = Result<(), Refusal>;

/// Checks the body of a request, whose `model` has already been looked up.
pub(crate) fn request(body: &Map<String, Value>, bench: &Bench<'_>) -> Result<Asked, Refusal> {
    fields::required_and_known(body, bench)?;
    lacking::check(body, bench)?;
    hosting::check(body, bench)?;
    let stream = fields::boolean(body, "stream")?;
    let max_tokens = fields::max_tokens(body, bench)?;
    let stop_sequences = fields::stop_sequences(body)?;
    fields::sampling(body, bench)?;
    let thinking = match model::thinking(body, bench, max_tokens)? {
        _ if bench.lacks == Some(Lack::Thinking) => Thinking::Off,
        thinking => thinking,
    };
    let turns = messages::turns(body, bench)?;
    let system = messages::system(body)?;
    tools::definitions(body, bench)?;
    media::check(&turns, bench)?;
    messages::ending(&turns, thinking, bench)?;
    if has_budget(body) {
        thoughts::open_tool_loop(&turns, thinking)?;
    }
    fields::temperature_with(thinking, body)?;
    messages::cache_breakpoints(body)?;
    let base = bench.deployment.base;
    let before = |count: usize| {
        let prefix = prefix(
            &system,
            body.get("tools"),
            turns.get(..count).unwrap_or(&turns),
        );
        Signer::new(base.id, prefix)
    };
    let signatures = match (bench.signatures, mismatch_behavior(body)) {
        (Signatures::Checked, Some("drop_block")) => Signatures::MismatchDropped,
        (signatures, _) => signatures,
    };
    thoughts::signatures(&turns, bench, signatures, before)?;
    let input_tokens = fields::input_tokens(body, &turns, bench)?;
    let signer = before(turns.len());
    Ok(Asked {
        deployment: bench.deployment,
        stream,
        max_tokens,
        thinking,
        stop_sequences,
        system: text_of(system.iter().chain(amid::told(&turns))),
        tools: body
            .get("tools")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default(),
        schema: body
            .get("output_config")
            .and_then(|config| config["format"].get("schema"))
            .cloned(),
        choice: tools::choice(body),
        parallel: body
            .get("tool_choice")
            .is_none_or(|choice| choice["disable_parallel_tool_use"] != true),
        turns: amid::without(turns),
        input_tokens,
        signer,
    })
}

/// Whether the request gives its thinking a budget. Only then calls have to come back with the
/// thinking that led to them; where the model decides itself how much it thinks, they need not
/// (<https://platform.claude.com/docs/en/build-with-claude/adaptive-thinking>, "Validation changes").
fn has_budget(body: &Map<String, Value>) -> bool {
    body.get("thinking")
        .is_some_and(|thinking| thinking["type"] == "enabled")
}

fn text_of<'a>(blocks: impl Iterator<Item = &'a Value>) -> String {
    let texts = blocks.filter_map(|block| block["text"].as_str());
    texts.collect::<Vec<_>>().join("\n")
}

fn mismatch_behavior(body: &Map<String, Value>) -> Option<&str> {
    let binding = body.get("thinking")?.get("block_binding")?;
    binding.get("prefix_mismatch_behavior")?.as_str()
}

/// What a thinking block is bound to: system prompt, tools and the messages before it,
/// without thinking (which may be left out of finished turns) and cache marks.
fn prefix(system: &[Value], tools: Option<&Value>, turns: &[Turn]) -> u64 {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(system.iter().map(unmarked));
    parts.extend(tools.map(unmarked));
    for turn in turns {
        let bound = turn
            .blocks
            .iter()
            .filter(|block| !thoughts::is_thinking(block));
        parts.extend(bound.map(|block| format!("{:?} {}", turn.role, unmarked(block))));
    }
    let parts: Vec<&[u8]> = parts.iter().map(String::as_bytes).collect();
    digest(&parts)
}

/// A block's text without `cache_control`, which may move between requests.
fn unmarked(block: &Value) -> String {
    let mut block = block.clone();
    if let Some(block) = block.as_object_mut() {
        block.remove("cache_control");
        // A client may add `citations: null` to a text that came without.
        if block.get("citations").is_some_and(Value::is_null) {
            block.remove("citations");
        }
    }
    block.to_string()
}

/// The first key of an object that is not in the list, at its path.
fn unknown_key(object: &Map<String, Value>, known: &[&str], path: &str) -> Verdict {
    match object.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(Refusal::extra(&format!("{path}{key}"))),
        None => Ok(()),
    }
}

/// `path: Field required`.
fn missing(path: &str) -> Refusal {
    Refusal::invalid(format!("{path}: Field required"))
}

/// `path: Input should be …`.
fn mistyped(path: &str, what: &str) -> Refusal {
    Refusal::invalid(format!("{path}: Input should be {what}"))
}

#[cfg(test)]
mod tests;
