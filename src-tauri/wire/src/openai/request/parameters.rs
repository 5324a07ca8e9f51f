//! The members that are numbers, words and lists of words.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::content::without_scope;
use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;
use crate::openai::text::{number, object, string, whole_number};
use crate::raw::Raw;

use super::case::Case;
use super::thinking::Thoughts;
use super::{DefaultMaxTokens, ModelFacts, Policy};

/// The tokens that were asked for, if any. The newer of the two names counts.
pub(super) fn max_tokens(case: &mut Case<'_>) -> Result<Option<u32>, Refusal> {
    let newer = tokens(case, "max_completion_tokens")?;
    let older = tokens(case, "max_tokens")?;
    if newer.is_some() && older.is_some() && newer != older {
        case.drop("max_tokens", Why::Overruled);
    }
    Ok(newer.or(older))
}

pub(super) fn default_max_tokens(facts: &ModelFacts<'_>, policy: &Policy) -> u32 {
    match policy.default_max_tokens {
        DefaultMaxTokens::Documented => 4096,
        DefaultMaxTokens::ModelLimit => facts.model.max_output,
        DefaultMaxTokens::Own(tokens) => tokens,
    }
}

fn tokens(case: &mut Case<'_>, key: &str) -> Result<Option<u32>, Refusal> {
    let raw = case.take(key);
    raw.map(|raw| whole_number(key, &raw, 1)).transpose()
}

/// Takes `temperature`, `top_p` and `top_k`; the temperature is given back.
///
/// Which models take them, and under which version of the API, is described at
/// <https://platform.claude.com/docs/en/api/versioning>. Thinking excludes most values:
/// <https://platform.claude.com/docs/en/build-with-claude/extended-thinking>.
pub(super) fn sampling(
    case: &mut Case<'_>,
    thoughts: &Thoughts,
    extra: &mut Object,
) -> Result<Option<f64>, Refusal> {
    let temperature = temperature(case, thoughts)?;
    let top_k = case.take("top_k");
    if let Some(top_k) = top_k {
        let top_k = whole_number("top_k", &top_k, 0)?;
        if may_sample(case, thoughts, "top_k", false)? {
            extra.set("top_k", number(u64::from(top_k)));
        }
    }
    let Some(top_p) = ranged(case, "top_p", 1.0)? else {
        return Ok(temperature);
    };
    if top_p == 1.0 {
        case.drop("top_p", Why::NoEffect);
        return Ok(temperature);
    }
    if !may_sample(case, thoughts, "top_p", top_p >= 0.95)? {
        return Ok(temperature);
    }
    let both = temperature.is_some_and(|temperature| temperature != 1.0);
    if both && case.facts.model.one_sampling {
        let message = format!(
            "{} takes `temperature` or `top_p`, not both",
            case.model_name()
        );
        case.leave_out("top_p", Why::NotThisModel, &message)?;
        return Ok(temperature);
    }
    extra.set("top_p", Raw::composed(top_p.to_string()));
    if case.facts.model.one_sampling && temperature.is_some() {
        case.drop("temperature", Why::NoEffect);
        return Ok(None);
    }
    Ok(temperature)
}

fn temperature(case: &mut Case<'_>, thoughts: &Thoughts) -> Result<Option<f64>, Refusal> {
    let Some(temperature) = ranged(case, "temperature", 2.0)? else {
        return Ok(None);
    };
    if temperature == 1.0 && (!case.facts.model.sampling || thoughts.thinks()) {
        case.drop("temperature", Why::NoEffect);
        return Ok(None);
    }
    if !may_sample(case, thoughts, "temperature", false)? {
        return Ok(None);
    }
    if temperature > 1.0 {
        case.drop("temperature", Why::Nearest);
    }
    Ok(Some(temperature.min(1.0)))
}

/// Whether a sampling parameter can be sent; `mild` values go with thinking.
fn may_sample(
    case: &mut Case<'_>,
    thoughts: &Thoughts,
    param: &str,
    mild: bool,
) -> Result<bool, Refusal> {
    if !case.facts.model.sampling {
        let message = format!("{} takes no `{param}`", case.model_name());
        case.leave_out(param, Why::NotThisModel, &message)?;
        return Ok(false);
    }
    if thoughts.thinks() && !mild {
        let message = format!(
            "`{param}` does not go with thinking on {}",
            case.model_name()
        );
        case.leave_out(param, Why::NotThisModel, &message)?;
        return Ok(false);
    }
    Ok(true)
}

fn ranged(case: &mut Case<'_>, key: &str, most: f64) -> Result<Option<f64>, Refusal> {
    let number = case.number(key)?;
    if number.is_some_and(|number| !(0.0..=most).contains(&number)) {
        let message = format!("`{key}` must be from 0 to {most}");
        return Err(Refusal::invalid(key, message));
    }
    Ok(number)
}

/// The texts at which the model stops. The API refuses those that are only white space.
pub(super) fn stop(case: &mut Case<'_>) -> Result<Vec<String>, Refusal> {
    let mut stops = vec![];
    let mut known = BTreeSet::new();
    for key in ["stop", "stop_sequences"] {
        let Some(raw) = case.take(key) else { continue };
        let one = Literal::of(&raw).map(|_| raw.json());
        let several = raw.items();
        if one.is_none() && several.is_none() {
            return Err(not_texts(key));
        }
        for item in one.into_iter().chain(several.into_iter().flatten()) {
            let text = Literal::in_quotes(item);
            let text = text.ok_or_else(|| not_texts(key))?.decode();
            if text.trim().is_empty() {
                case.drop(key, Why::RefusedHere);
            } else if known.insert(text.clone()) {
                stops.push(text);
            }
        }
    }
    Ok(stops)
}

fn not_texts(key: &str) -> Refusal {
    Refusal::invalid(
        key,
        format!("`{key}` must be a string or a list of strings"),
    )
}

/// Who asks. The API takes one id, for which OpenAI has had three places.
pub(super) fn metadata(case: &mut Case<'_>, extra: &mut Object) -> Result<(), Refusal> {
    let mut found: Option<String> = None;
    let mut offer = |case: &mut Case<'_>, param: &str, id: String| {
        if id.is_empty() {
            case.drop(param, Why::NoEffect);
        } else if found.is_some() {
            case.drop(param, Why::Overruled);
        } else {
            found = Some(id);
        }
    };
    if let Some(metadata) = case.object("metadata")? {
        for (key, value) in metadata.iter() {
            let id = Literal::of(value).filter(|_| key == "user_id");
            let param = format!("metadata.{key}");
            match id {
                Some(id) => offer(case, &param, id.decode()),
                None => case.drop(param, Why::NothingLikeIt),
            }
        }
    }
    for key in ["user", "safety_identifier"] {
        if let Some(id) = case.text(key)? {
            offer(case, key, id);
        }
    }
    if let Some(id) = found {
        extra.set("metadata", object([("user_id", Some(string(&id)))]).raw());
    }
    Ok(())
}

/// Members of the Messages API that Chat Completions has not: they go as they are, with
/// the beta that they need (<https://platform.claude.com/docs/en/api/beta-headers>).
const MESSAGES_MEMBERS: &[(&str, Option<&str>)] = &[
    ("cache_control", None),
    ("container", None),
    ("context_management", Some("context-management-2025-06-27")),
    ("compaction", Some("compact-2026-09-04")),
    ("mcp_servers", Some("mcp-client-2025-11-20")),
    ("speed", Some("fast-mode-2026-02-01")),
];

pub(super) fn passed_through(case: &mut Case<'_>, extra: &mut Object) -> Result<(), Refusal> {
    for (key, beta) in MESSAGES_MEMBERS {
        let Some(mut value) = case.take(key) else {
            continue;
        };
        if *key == "cache_control" {
            value = Cow::Owned(without_scope(&value, key, &mut case.dropped)?);
        }
        if value.json().contains("compact_20260112") {
            case.beta("compact-2026-01-12");
        }
        beta.iter().for_each(|beta| case.beta(beta));
        extra.set(key, value.into_owned());
    }
    if case.take("inference_geo").is_some() {
        // The kind of the deployment says where it runs.
        let message = "deployments in Foundry take no `inference_geo`";
        case.leave_out("inference_geo", Why::RefusedHere, message)?;
    }
    let tier = case.text("service_tier")?;
    match tier.as_deref() {
        None => {}
        Some("auto" | "default") => case.drop("service_tier", Why::NoEffect),
        Some("standard_only") => extra.set("service_tier", string("standard_only")),
        Some(_) => {
            let message = "only the service tiers `auto` and `default` exist";
            case.leave_out("service_tier", Why::NothingLikeIt, message)?;
        }
    }
    Ok(())
}

/// What the Messages API has nothing like, and the values at which that changes nothing;
/// an empty list means any value, for some are hints, or about what an answer does not show.
const WITHOUT_EQUAL: &[(&str, &[&str])] = &[
    ("n", &["1"]),
    ("seed", &[]),
    ("store", &[]),
    ("logprobs", &["false"]),
    ("top_logprobs", &["0"]),
    ("presence_penalty", &["0"]),
    ("frequency_penalty", &["0"]),
    ("logit_bias", &["{}"]),
    ("modalities", &[r#"["text"]"#]),
    ("prediction", &[]),
    ("prompt_cache_key", &[]),
    ("prompt_cache_retention", &[]),
    ("verbosity", &[]),
    ("audio", &["{}"]),
    // What LiteLLM's proxy keeps for itself. Source:
    // <https://docs.litellm.ai/docs/completion/input>.
    ("timeout", &[]),
    ("num_retries", &[]),
    ("max_retries", &[]),
    ("cache", &[]),
    ("tags", &[]),
    ("litellm_session_id", &[]),
    ("litellm_trace_id", &[]),
    ("litellm_metadata", &[]),
    ("no-log", &[]),
];

pub(super) fn without_equal(case: &mut Case<'_>) -> Result<(), Refusal> {
    for (key, harmless) in WITHOUT_EQUAL {
        let Some(value) = case.take(key) else {
            continue;
        };
        // None of the values that change nothing is longer.
        let short = Some(value.json()).filter(|json| json.len() <= 64);
        let said: Option<serde_json::Value> = short.and_then(|it| serde_json::from_str(it).ok());
        let zero = said.as_ref().and_then(serde_json::Value::as_f64);
        let spelled = said.map(|said| said.to_string()).unwrap_or_default();
        let is = |value: &&str| spelled == **value || value.parse().ok() == zero && zero.is_some();
        if harmless.is_empty() || harmless.iter().any(is) {
            // One answer is what there is anyway: nothing was given up.
            if *key != "n" {
                case.drop(*key, Why::NoEffect);
            }
            continue;
        }
        let message = format!("the Messages API has nothing like this value of `{key}`");
        case.leave_out(key, Why::NothingLikeIt, &message)?;
    }
    Ok(())
}
