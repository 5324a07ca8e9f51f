//! Thinking and effort, which every base model takes differently
//! (<https://platform.claude.com/docs/en/build-with-claude/extended-thinking>,
//! <https://platform.claude.com/docs/en/build-with-claude/effort>).

use serde_json::{Map, Value};

use super::{Bench, missing, mistyped, unknown_key};
use crate::models::{Base, Disabling};
use crate::refusal::Refusal;
use crate::request::Thinking;

/// Checks `thinking` and `output_config` together: they depend on each other.
pub(super) fn thinking(
    body: &Map<String, Value>,
    bench: &Bench<'_>,
    max_tokens: Option<u64>,
) -> Result<Thinking, Refusal> {
    let base = bench.deployment.base;
    let effort = effort(body, bench)?;
    let unasked = if base.shows_thinking {
        Thinking::Summarized
    } else {
        Thinking::Omitted
    };
    let Some(config) = body.get("thinking") else {
        return Ok(if base.thinks_unasked {
            unasked
        } else {
            Thinking::Off
        });
    };
    let Some(config) = config.as_object() else {
        return Err(mistyped("thinking", "a valid dictionary"));
    };
    let kind = match config.get("type") {
        Some(kind) => kind.as_str().unwrap_or_default(),
        None => return Err(missing("thinking.type")),
    };
    let mut known = known_keys(kind).to_vec();
    if kind == "adaptive"
        && bench
            .betas
            .iter()
            .any(|beta| beta.starts_with("thinking-binding-"))
    {
        known.push("block_binding");
    }
    match kind {
        "adaptive" | "enabled" | "disabled" | "between_tools" => {
            unknown_key(config, &known, &format!("thinking.{kind}."))?;
        }
        other => return Err(unexpected_tag(other)),
    }
    let shown = display(config, kind, bench)?.unwrap_or(unasked);
    match kind {
        "adaptive" if base.adaptive => Ok(shown),
        "adaptive" => Err(Refusal::invalid(
            "adaptive thinking is not supported on this model",
        )),
        "enabled" if base.enabled => budget(config, max_tokens).map(|()| shown),
        "enabled" => Err(unsupported(kind)),
        "disabled" => disabled(base, effort).map(|()| Thinking::Off),
        _ => between_tools(base, effort).map(|()| Thinking::Off),
    }
}

fn known_keys(kind: &str) -> &'static [&'static str] {
    match kind {
        "adaptive" => &["type", "display"],
        "enabled" => &["type", "display", "budget_tokens"],
        _ => &["type"],
    }
}

fn unexpected_tag(found: &str) -> Refusal {
    Refusal::invalid(format!(
        "thinking: Input tag '{found}' found using 'type' does not match any of the expected \
         tags: 'adaptive', 'between_tools', 'disabled', 'enabled'"
    ))
}

fn unsupported(kind: &str) -> Refusal {
    Refusal::invalid(format!(
        "\"thinking.type.{kind}\" is not supported for this model. Use \"thinking.type.adaptive\" \
         and \"output_config.effort\" to control thinking behavior."
    ))
}

fn display(
    config: &Map<String, Value>,
    kind: &str,
    bench: &Bench<'_>,
) -> Result<Option<Thinking>, Refusal> {
    let Some(display) = config.get("display") else {
        return Ok(None);
    };
    let updates = bench
        .betas
        .iter()
        .any(|beta| beta.starts_with("thinking-display-updates-"));
    match display.as_str() {
        Some("summarized") => Ok(Some(Thinking::Summarized)),
        Some("omitted") => Ok(Some(Thinking::Omitted)),
        Some("updates") if updates => Ok(Some(Thinking::Summarized)),
        Some(_) | None => Err(mistyped(
            &format!("thinking.{kind}.display"),
            "'summarized' or 'omitted'",
        )),
    }
}

fn budget(config: &Map<String, Value>, max_tokens: Option<u64>) -> Result<(), Refusal> {
    let path = "thinking.enabled.budget_tokens";
    let Some(budget) = config.get("budget_tokens") else {
        return Err(missing(path));
    };
    let Some(budget) = budget.as_u64() else {
        return Err(mistyped(path, "a valid integer"));
    };
    if budget < 1024 {
        return Err(mistyped(path, "greater than or equal to 1024"));
    }
    if max_tokens.is_some_and(|most| budget >= most) {
        let message = "`max_tokens` must be greater than `thinking.budget_tokens`.";
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

fn disabled(base: &Base, effort: Option<&str>) -> Result<(), Refusal> {
    let too_much = matches!(effort, Some("xhigh" | "max"));
    match base.disabling {
        Disabling::Always => Ok(()),
        Disabling::UpToHighEffort if !too_much => Ok(()),
        Disabling::UpToHighEffort | Disabling::Never => Err(unsupported("disabled")),
    }
}

fn between_tools(base: &Base, effort: Option<&str>) -> Result<(), Refusal> {
    if !base.between_tools {
        return Err(unsupported("between_tools"));
    }
    match effort {
        Some(effort @ ("xhigh" | "max")) => Err(Refusal::invalid(format!(
            "\"thinking.type.between_tools\" is not supported with \"output_config.effort\": \"{effort}\""
        ))),
        Some(_) | None => Ok(()),
    }
}

fn effort<'a>(body: &'a Map<String, Value>, bench: &Bench<'_>) -> Result<Option<&'a str>, Refusal> {
    let Some(config) = body.get("output_config") else {
        return Ok(None);
    };
    let Some(config) = config.as_object() else {
        return Err(mistyped("output_config", "a valid dictionary"));
    };
    unknown_key(
        config,
        &["effort", "format", "task_budget"],
        "output_config.",
    )?;
    let Some(effort) = config.get("effort") else {
        return Ok(None);
    };
    let base = bench.deployment.base;
    match effort.as_str() {
        Some(effort) if base.efforts.contains(&effort) => Ok(Some(effort)),
        Some("low" | "medium" | "high" | "xhigh" | "max") if base.efforts.is_empty() => Err(
            Refusal::invalid("This model does not support the effort parameter."),
        ),
        Some(effort @ ("xhigh" | "max")) => Err(Refusal::invalid(format!(
            "output_config.effort: '{effort}' is not supported for {}",
            base.id
        ))),
        Some(_) | None => Err(mistyped(
            "output_config.effort",
            "'low', 'medium', 'high', 'xhigh' or 'max'",
        )),
    }
}
