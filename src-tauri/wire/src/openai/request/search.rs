//! Searching the web, in OpenAI's words.

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::dropped::{Dropped, Why};
use crate::openai::refusal::Refusal;
use crate::openai::text::{number, object, string};
use crate::raw::Raw;

use super::case::Case;
use super::tools::Tools;

const PARAM: &str = "web_search_options";

/// What the API calls its tool for it.
const NAME: &str = "web_search";

/// Takes `web_search_options`, for which the API has a tool that it runs itself. Source:
/// <https://platform.claude.com/docs/en/agents-and-tools/tool-use/web-search-tool>.
///
/// Deployments hosted on Azure have no such tools.
pub(super) fn take(case: &mut Case<'_>, tools: &mut Tools) -> Result<(), Refusal> {
    let Some(raw) = case.take(PARAM) else {
        return Ok(());
    };
    if raw.json() == "false" {
        case.drop(PARAM, Why::NoEffect);
        return Ok(());
    }
    let options = Object::parse(raw.json())
        .map_err(|_| Refusal::invalid(PARAM, format!("`{PARAM}` must be an object")))?;
    if !case.facts.is_hosted_on_anthropic() {
        let message = format!("{} is not known to search the web", case.model_name());
        return case.leave_out(PARAM, Why::NotThisModel, &message);
    }
    if tools.has(NAME) {
        case.drop(PARAM, Why::Overruled);
        return Ok(());
    }
    let read = ["search_context_size", "user_location"];
    let unread = Dropped::unread(&options, PARAM, &read);
    case.dropped.extend(unread);
    let tool = object([
        ("type", Some(string("web_search_20250305"))),
        ("name", Some(string(NAME))),
        ("max_uses", searches(&options)?.map(number)),
        ("user_location", location(&options)),
    ]);
    tools.add(NAME, tool.raw());
    Ok(())
}

/// How often it may search. OpenAI's word is about how much is read; LiteLLM has these numbers.
fn searches(options: &Object) -> Result<Option<u64>, Refusal> {
    let Some(size) = options.known("search_context_size") else {
        return Ok(None);
    };
    let size = Literal::decoded(&size);
    match size.as_deref() {
        Some("low") => Ok(Some(1)),
        Some("medium") => Ok(Some(5)),
        Some("high") => Ok(Some(10)),
        _ => {
            let param = format!("{PARAM}.search_context_size");
            let message = format!("`{param}` must be low, medium or high");
            Err(Refusal::invalid(&param, message))
        }
    }
}

/// Where the person is, as far as it is said.
fn location(options: &Object) -> Option<Raw> {
    let place = options.object("user_location")?;
    let place = place.object("approximate").unwrap_or(place);
    let said = |key: &str| place.known(key).filter(|word| Literal::of(word).is_some());
    let place = object([
        ("city", said("city")),
        ("region", said("region")),
        ("country", said("country")),
        ("timezone", said("timezone")),
    ]);
    if place.is_empty() {
        return None;
    }
    let mut approximate = object([("type", Some(string("approximate")))]);
    for (key, word) in place.iter() {
        approximate.push(&key, word.clone());
    }
    Some(approximate.raw())
}
