//! Top-level fields: which exist, their types and limits.

use serde_json::{Map, Value};

use super::{Bench, Call, Verdict, missing, mistyped, unknown_key};
use crate::faults::{Lack, SHORT_ANSWER, SHORT_CONTEXT};
use crate::refusal::Refusal;
use crate::request::{Thinking, Turn};

/// `anthropic-version`, as far as it changes what is taken
/// (<https://platform.claude.com/docs/en/api/versioning>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// `2023-06-01`.
    V2023,
    /// `2026-10-21`: no sampling parameters at all.
    V2026,
}

impl Version {
    pub(crate) fn parse(header: Option<&str>) -> Result<Version, Refusal> {
        match header {
            Some("2023-06-01") => Ok(Version::V2023),
            Some("2026-10-21") => Ok(Version::V2026),
            Some(other) => Err(Refusal::invalid(format!(
                "anthropic-version: \"{other}\" is not a valid version"
            ))),
            None => Err(Refusal::invalid("anthropic-version: header is required")),
        }
    }
}

const KNOWN: &[&str] = &[
    "model",
    "max_tokens",
    "messages",
    "system",
    "stream",
    "thinking",
    "output_config",
    "output_format",
    "tools",
    "tool_choice",
    "cache_control",
    "stop_sequences",
    "metadata",
    "service_tier",
    "container",
    "temperature",
    "top_p",
    "top_k",
];

/// Fields that exist only with a beta header beginning like this.
const BETA: &[(&str, &[&str])] = &[
    ("context_management", &["context-management-", "compact-"]),
    ("compaction", &["compact-2026-09-04"]),
    ("mcp_servers", &["mcp-client-"]),
    ("fallback_credit_token", &["fallback-credit-"]),
];

/// The header of threads, which the API keeps so that a client sends only what is new.
const THREADS: &str = "message-threads-";

const SAMPLING: [&str; 3] = ["temperature", "top_p", "top_k"];

pub(super) fn required_and_known(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    let required: &[&str] = match bench.call {
        Call::Messages => &["model", "max_tokens", "messages"],
        Call::CountTokens => &["model", "messages"],
    };
    if let Some(absent) = required.iter().find(|key| !body.contains_key(**key)) {
        return Err(missing(absent));
    }
    let mut known = KNOWN.to_vec();
    if bench.call == Call::CountTokens {
        known.retain(|key| !matches!(*key, "max_tokens" | "stream"));
    }
    let asked_for = |prefix: &&str| bench.betas.iter().any(|beta| beta.starts_with(prefix));
    if body.contains_key("thread") && asked_for(&THREADS) {
        return Err(Refusal::no_threads());
    }
    let unlocked = BETA.iter().filter(|(_, betas)| betas.iter().any(asked_for));
    known.extend(unlocked.map(|(key, _)| *key));
    // Fast mode: https://platform.claude.com/docs/en/build-with-claude/fast-mode.
    if bench.deployment.base.id == "claude-opus-5-5" {
        known.push("speed");
    }
    unknown_key(body, &known, "")
}

pub(super) fn boolean(body: &Map<String, Value>, key: &str) -> Result<bool, Refusal> {
    match body.get(key) {
        None => Ok(false),
        Some(value) => value
            .as_bool()
            .ok_or_else(|| mistyped(key, "a valid boolean")),
    }
}

pub(super) fn max_tokens(
    body: &Map<String, Value>,
    bench: &Bench<'_>,
) -> Result<Option<u64>, Refusal> {
    let Some(value) = body.get("max_tokens") else {
        return Ok(None);
    };
    let Some(asked) = value.as_i64() else {
        return Err(mistyped("max_tokens", "a valid integer"));
    };
    let Ok(asked) = u64::try_from(asked) else {
        return Err(mistyped("max_tokens", "greater than or equal to 0"));
    };
    let base = bench.deployment.base;
    let most = match bench.lacks {
        Some(Lack::LongAnswers) => SHORT_ANSWER,
        _ => base.max_output,
    };
    if asked > most {
        return Err(Refusal::invalid(format!(
            "max_tokens: {asked} > {most}, which is the maximum allowed number of output tokens \
             for {}",
            base.id
        )));
    }
    Ok(Some(asked))
}

pub(super) fn stop_sequences(body: &Map<String, Value>) -> Result<Vec<String>, Refusal> {
    let Some(list) = body.get("stop_sequences") else {
        return Ok(Vec::new());
    };
    let Some(list) = list.as_array() else {
        return Err(mistyped("stop_sequences", "a valid list"));
    };
    let mut sequences = Vec::new();
    for (n, item) in list.iter().enumerate() {
        let path = format!("stop_sequences.{n}");
        let text = item
            .as_str()
            .ok_or_else(|| mistyped(&path, "a valid string"))?;
        if text.trim().is_empty() {
            let message = "stop_sequences: each stop sequence must contain non-whitespace";
            return Err(Refusal::invalid(message));
        }
        sequences.push(text.to_owned());
    }
    Ok(sequences)
}

/// Sampling parameters: never under 2026-10-21, and since 4.7 only at their defaults.
pub(super) fn sampling(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    let present = || SAMPLING.iter().filter(|key| body.contains_key(**key));
    let Some(first) = present().next() else {
        return Ok(());
    };
    if bench.version == Version::V2026 {
        return Err(Refusal::extra(first));
    }
    for key in present() {
        let Some(value) = body[*key].as_f64() else {
            return Err(mistyped(key, "a valid number"));
        };
        if *key == "temperature" && !(0.0..=1.0).contains(&value) {
            return Err(Refusal::invalid("temperature: range: 0..1"));
        }
        let default = *key != "top_k" && value == 1.0;
        if !bench.deployment.base.sampling && !default {
            let id = bench.deployment.base.id;
            return Err(Refusal::invalid(format!(
                "`{key}` is not supported for {id}"
            )));
        }
    }
    let four_five = bench.deployment.base.id.ends_with("-4-5");
    if four_five && body.contains_key("temperature") && body.contains_key("top_p") {
        let message = "`temperature` and `top_p` cannot both be specified for this model. \
            Please use only one.";
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

/// Thinking goes with the default temperature only
/// (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>).
pub(super) fn temperature_with(thinking: Thinking, body: &Map<String, Value>) -> Verdict {
    let other = body
        .get("temperature")
        .and_then(Value::as_f64)
        .filter(|it| *it != 1.0);
    match (thinking, other) {
        (Thinking::Omitted | Thinking::Summarized, Some(_)) => Err(Refusal::invalid(
            "`temperature` may only be set to 1 when thinking is enabled or in adaptive mode.",
        )),
        _ => Ok(()),
    }
}

/// A plausible count, the same for the same request: a quarter of the characters, flat
/// prices for pictures and pages. Fails when the model's context cannot hold it.
pub(super) fn input_tokens(
    body: &Map<String, Value>,
    turns: &[Turn],
    bench: &Bench<'_>,
) -> Result<u64, Refusal> {
    let extras = ["system", "tools"].iter().filter_map(|key| body.get(*key));
    let blocks = turns.iter().flat_map(|turn| &turn.blocks);
    let characters: u64 = extras.chain(blocks).map(weight).sum();
    let tokens = characters.div_ceil(4) + 4 * turns.len() as u64 + 3;
    let limit = match bench.lacks {
        Some(Lack::LongContext) => SHORT_CONTEXT,
        _ => bench.deployment.base.context,
    };
    if tokens > limit {
        let message = format!("prompt is too long: {tokens} tokens > {limit} maximum");
        return Err(Refusal::invalid(message));
    }
    Ok(tokens)
}

/// How much a value weighs, in characters.
fn weight(value: &Value) -> u64 {
    const PICTURE: u64 = 6_000;
    match value {
        Value::String(text) => text.chars().count() as u64,
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(fields) if fields.get("type").is_some_and(|kind| kind == "base64") => PICTURE,
        Value::Object(fields) => {
            let counted = fields
                .iter()
                .filter(|(key, _)| !matches!(key.as_str(), "type" | "signature"));
            counted.map(|(_, value)| weight(value)).sum()
        }
        Value::Number(_) => 4,
        Value::Null | Value::Bool(_) => 0,
    }
}
