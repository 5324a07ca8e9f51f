//! Who is to answer, and how the answer is to come.

use crate::object::Object;
use crate::openai::dropped::Why;
use crate::openai::refusal::Refusal;
use crate::openai::text::whole_characters;
use crate::raw::Raw;

use super::case::Case;
use super::{ModelFacts, Policy, limits};

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

/// What the beginning is read from, and what may overrule it.
const HEAD: [&str; 4] = ["model", "stream", "stream_options", "extra_body"];

/// A request as it came: read, and not yet translated.
#[derive(Debug, Clone)]
pub struct Sent {
    members: Vec<(String, Raw)>,
}

impl Sent {
    /// Reads the body of a request.
    ///
    /// # Errors
    ///
    /// [`Refusal`] when it is not a JSON object, or holds more than a request may: 1,000 members,
    /// 100,000 messages, and 10,000 entries in any other list or object.
    pub fn read(body: &[u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Refusal::body("the body is not UTF-8; send JSON in UTF-8"))?;
        // Strict readers, the API among them, refuse a body with half of a character anywhere in it.
        let text = whole_characters(text.trim_start_matches('\u{FEFF}'));
        let object = Object::parse_at_most(&text, limits::MEMBERS)
            .map_err(|error| Refusal::body(format!("the body is not a JSON object: {error}")))?;
        let object = object.ok_or_else(|| limits::too_many_members(None))?;
        let members: Vec<(String, Raw)> = object.into_members().collect();
        for (key, value) in &members {
            limits::check(key, value.json())?;
        }
        Ok(Self { members })
    }

    /// The beginning of the request.
    ///
    /// # Errors
    ///
    /// [`Refusal`] when it does not name a model, or says it in a way that means nothing.
    pub fn head(&self) -> Result<Head, Refusal> {
        let facts = ModelFacts {
            deployment: "",
            model: crate::models::cautious(),
            hosting: None,
        };
        let said = self.members();
        let said = said.filter(|(key, _)| HEAD.contains(key));
        take(&mut Case::of(said, facts, &Policy::default())?)
    }

    pub(super) fn members(&self) -> impl Iterator<Item = (&str, &Raw)> {
        let members = self.members.iter();
        members.map(|(key, value)| (key.as_str(), value))
    }
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
