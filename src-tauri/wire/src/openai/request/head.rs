//! Who is to answer, and how the answer is to come.

use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;

use super::case::Case;
use super::{ModelFacts, Policy};

/// The beginning of a request, enough to find the deployment that is to answer it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The model as the client names it.
    pub model: String,
    /// The answer is to be a stream.
    pub stream: bool,
    /// The stream is to end with a chunk of usage.
    pub include_usage: bool,
}

/// Reads the beginning of a request.
///
/// # Errors
///
/// [`Refusal`] when the body is not a JSON object, or does not name a model.
pub fn head(body: &[u8]) -> Result<Head, Refusal> {
    let facts = ModelFacts {
        deployment: "",
        model: crate::models::cautious(),
        hosting: None,
    };
    take(&mut Case::read(body, facts, &Policy::default())?)
}

pub(super) fn take(case: &mut Case<'_>) -> Result<Head, Refusal> {
    let model = case.text("model")?;
    let model = model.ok_or_else(|| Refusal::missing("model"))?;
    if model.trim().is_empty() {
        return Err(Refusal::invalid("model", "`model` must not be empty"));
    }
    let stream = case.flag("stream")?.unwrap_or(false);
    let mut include_usage = false;
    if let Some(options) = case.object("stream_options")? {
        for (key, value) in options.iter() {
            match (key.as_str(), value.json()) {
                ("include_usage", "true") => include_usage = true,
                ("include_usage", "false" | "null") => {}
                ("include_usage", _) => {
                    let param = "stream_options.include_usage";
                    return Err(Refusal::invalid(
                        param,
                        format!("`{param}` must be true or false"),
                    ));
                }
                // Padding against eavesdroppers is the only other option there is.
                (other, _) => case.drop(format!("stream_options.{other}"), Why::NothingLikeIt),
            }
        }
        if !stream {
            case.drop("stream_options", Why::NoEffect);
        }
    }
    Ok(Head {
        model,
        stream,
        include_usage,
    })
}
