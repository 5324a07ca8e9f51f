//! What a deployment that is healthy but for one thing refuses.
//!
//! The words are those of the API where it refuses the same of a model or of a workspace.

use serde_json::{Map, Value};

use super::{Bench, Verdict, Version, hosting};
use crate::faults::Lack;
use crate::refusal::Refusal;

pub(super) fn check(body: &Map<String, Value>, bench: &Bench<'_>) -> Verdict {
    let Some(lack) = bench.lacks else {
        return Ok(());
    };
    let id = bench.deployment.base.id;
    let no = |what: &str| {
        Err(Refusal::invalid(format!(
            "{what} is not supported for {id}"
        )))
    };
    match lack {
        Lack::Thinking => match body.get("thinking").map(|config| &config["type"]) {
            None => Ok(()),
            Some(kind) if kind == "disabled" => Ok(()),
            Some(kind) if kind == "adaptive" => Err(Refusal::invalid(
                "adaptive thinking is not supported on this model",
            )),
            Some(_) => no("`thinking`"),
        },
        Lack::Vision if body.get("messages").is_some_and(shows) => Err(Refusal::invalid(format!(
            "'{id}' does not support image input."
        ))),
        Lack::Tools if body.contains_key("tools") => no("`tools`"),
        Lack::Streaming if body.get("stream") == Some(&Value::Bool(true)) => no("`stream`"),
        Lack::Effort if names(body, "effort") => Err(Refusal::invalid(
            "This model does not support the effort parameter.",
        )),
        Lack::XhighEffort
            if body
                .get("output_config")
                .is_some_and(|it| it["effort"] == "xhigh") =>
        {
            no("output_config.effort: 'xhigh'")
        }
        Lack::Temperature => match sampling(body) {
            Some(key) if bench.version == Version::V2026 => Err(Refusal::extra(key)),
            Some(key) => no(&format!("`{key}`")),
            None => Ok(()),
        },
        Lack::Betas => match bench.betas.iter().find(|beta| !beta.is_empty()) {
            Some(beta) => Err(Refusal::invalid(format!(
                "Unexpected value(s) `{beta}` for the `anthropic-beta` header. Please consult \
                 our documentation at docs.claude.com or try again without the header."
            ))),
            None => Ok(()),
        },
        Lack::StructuredOutputs if hosting::wants_structure(body) => {
            Err(hosting::absent("structured_outputs"))
        }
        // The last ones are no matter of the body, or are judged with what the model takes.
        Lack::Vision
        | Lack::Tools
        | Lack::Streaming
        | Lack::Effort
        | Lack::StructuredOutputs
        | Lack::XhighEffort
        | Lack::LongAnswers
        | Lack::LongContext
        | Lack::CountTokens
        | Lack::Keys => Ok(()),
    }
}

fn sampling(body: &Map<String, Value>) -> Option<&'static str> {
    let keys = ["temperature", "top_p", "top_k"];
    keys.into_iter().find(|key| body.contains_key(*key))
}

/// Whether `output_config` has this field.
fn names(body: &Map<String, Value>, field: &str) -> bool {
    body.get("output_config")
        .is_some_and(|config| config.get(field).is_some())
}

/// Whether there is something to look at, at any depth.
fn shows(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().any(shows),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            matches!(kind, Some("image" | "document")) || fields.get("content").is_some_and(shows)
        }
        _ => false,
    }
}
