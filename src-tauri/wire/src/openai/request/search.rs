//! Searching the web, in OpenAI's words.

use crate::literal::Literal;
use crate::object::Object;
use crate::openai::dropped::Why;
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
    case.dropped.unread(&options, PARAM, &read);
    let tool = object([
        ("type", Some(string("web_search_20250305"))),
        ("name", Some(string(NAME))),
        ("max_uses", searches(&options)?.map(number)),
        ("user_location", location(case, &options)),
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

/// Where the person is, as far as it is said. What cannot be told the API is named.
fn location(case: &mut Case<'_>, options: &Object) -> Option<Raw> {
    const WORDS: [&str; 4] = ["city", "region", "country", "timezone"];
    let param = format!("{PARAM}.user_location");
    let said = options.known("user_location")?;
    let Ok(outer) = Object::parse(said.json()) else {
        case.drop(param, Why::NothingLikeIt);
        return None;
    };
    let (place, param) = match outer.object("approximate") {
        Some(inner) => {
            case.dropped
                .unread(&outer, &param, &["type", "approximate"]);
            (inner, format!("{param}.approximate"))
        }
        None => (outer, param),
    };
    let is_read = |key: &str, value: &Raw| {
        let is_word = WORDS.contains(&key) && Literal::of(value).is_some();
        is_word || key == "type" || value.is_null()
    };
    let unread = place.iter().filter(|(key, value)| !is_read(key, value));
    for (key, _) in unread {
        case.drop(format!("{param}.{key}"), Why::NothingLikeIt);
    }
    let mut approximate = object([("type", Some(string("approximate")))]);
    for key in WORDS {
        let word = place.known(key).filter(|word| Literal::of(word).is_some());
        if let Some(word) = word {
            approximate.member(key, word);
        }
    }
    (approximate.iter().count() > 1).then(|| approximate.raw())
}
