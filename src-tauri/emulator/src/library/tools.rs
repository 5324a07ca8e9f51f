//! Tools: which calls a question leads to, and what is said of their results.
//!
//! A tool that the request offers is called when the question asks for it: `current_time`
//! when it asks for the time, once for each place that it names; any other when it names
//! the tool. "Again and again" asks for the next call after every result, without end, and so
//! does a forced choice.

use serde_json::{Value, json};

use super::fitting;
use crate::request::{Asked, Choice, Role, Turn, kind};
use crate::validate::runs_at_the_api;

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) input: Value,
}

/// A question may name more tools than a client can be asked to run.
const MOST_CALLS: usize = 32;

const CLOCK: &str = "current_time";
/// What the clock is asked by.
const ZONE: &str = "time_zone";

/// Words that ask for the time.
const TIME: &[&str] = &[
    "what time",
    "the time",
    "time is it",
    "current time",
    "clock",
    "what day",
    "which day",
    "the date",
    "today",
];

/// Places and their time zones; the last two have none.
const PLACES: &[(&str, &str)] = &[
    ("tokyo", "Asia/Tokyo"),
    ("kathmandu", "Asia/Kathmandu"),
    ("berlin", "Europe/Berlin"),
    ("london", "Europe/London"),
    ("paris", "Europe/Paris"),
    ("zurich", "Europe/Zurich"),
    ("new york", "America/New_York"),
    ("seattle", "America/Los_Angeles"),
    ("sydney", "Australia/Sydney"),
    ("utc", "UTC"),
    ("mars", "Mars/Olympus_Mons"),
    ("atlantis", "Atlantis/Poseidonis"),
];

/// The calls that the answer makes; none when it makes none.
pub(super) fn calls(asked: &Asked) -> Vec<Call> {
    let question = asked.question().to_lowercase();
    let goes_on = results(asked).is_empty() || wants_no_end(&question);
    let chosen: Vec<&Value> = match &asked.choice {
        Choice::Auto if goes_on => offered(asked)
            .filter(|tool| is_wanted(tool, asked, &question))
            .collect(),
        Choice::Auto | Choice::None => Vec::new(),
        Choice::Any => any(asked, &question).into_iter().collect(),
        Choice::Tool(named) => offered(asked).filter(|tool| name(tool) == named).collect(),
    };
    let most = match asked.choice {
        Choice::Any => 1,
        _ if !asked.parallel => 1,
        _ => MOST_CALLS,
    };
    let calls = chosen
        .into_iter()
        .flat_map(|tool| calls_of(tool, &question));
    calls.take(most).collect()
}

/// The tools that are the client's to run.
fn offered(asked: &Asked) -> impl Iterator<Item = &Value> {
    asked.tools.iter().filter(|tool| !runs_at_the_api(tool))
}

/// The tool that is called where one of them must be: what is asked for first, then the last
/// one, which is where libraries put the tool that takes the answer.
fn any<'a>(asked: &'a Asked, question: &str) -> Option<&'a Value> {
    let turns = asked.since_question().iter();
    let called: Vec<&Value> = turns
        .flat_map(|turn| &turn.blocks)
        .filter(|block| kind(block) == "tool_use")
        .map(|call| &call["name"])
        .collect();
    let is_open = |tool: &&Value| wants_no_end(question) || !called.contains(&&tool["name"]);
    let mut open = offered(asked).filter(is_open);
    let wanted = open.find(|tool| is_wanted(tool, asked, question));
    wanted
        .or_else(|| offered(asked).filter(is_open).last())
        .or_else(|| offered(asked).last())
}

fn wants_no_end(question: &str) -> bool {
    question.contains("again and again")
}

fn is_wanted(tool: &Value, asked: &Asked, question: &str) -> bool {
    is_asked_for(name(tool), question) || is_ordered(name(tool), &asked.system)
}

fn name(tool: &Value) -> &str {
    tool["name"].as_str().unwrap_or_default()
}

fn is_asked_for(tool: &str, question: &str) -> bool {
    let named = tool.to_lowercase();
    let asks_time = || TIME.iter().any(|words| question.contains(words));
    question.contains(&named)
        || question.contains(&named.replace(['_', '-'], " "))
        || (tool == CLOCK && asks_time())
}

/// Whether the system prompt wants the answer given by calling this tool.
fn is_ordered(tool: &str, system: &str) -> bool {
    system.contains(&format!("only by calling the tool `{tool}`"))
}

fn calls_of(tool: &Value, question: &str) -> Vec<Call> {
    let call = |input: Value| Call {
        name: name(tool).to_owned(),
        input,
    };
    let schema = &tool["input_schema"];
    let mut fields = schema["properties"].as_object().into_iter().flatten();
    if name(tool) != CLOCK || !fields.any(|(field, _)| field == ZONE) {
        return vec![call(fitting::input(schema, question))];
    }
    let mut places: Vec<(usize, &str)> = PLACES
        .iter()
        .filter_map(|(place, zone)| Some((question.find(place)?, *zone)))
        .collect();
    places.sort_unstable();
    if places.is_empty() {
        return vec![call(fitting::input(schema, question))];
    }
    let input = |(_, zone): &(usize, &str)| call(json!({ZONE: zone}));
    places.iter().map(input).collect()
}

/// What the tools answered, when that is what came last.
fn results(asked: &Asked) -> Vec<&Value> {
    let Some(last) = asked.turns.last().filter(|turn| turn.role == Role::User) else {
        return Vec::new();
    };
    let is_result = |block: &&Value| kind(block) == "tool_result";
    let results: Vec<&Value> = last.blocks.iter().filter(is_result).collect();
    // Words of the person after the results are a new question.
    if last.text().trim().is_empty() {
        results
    } else {
        Vec::new()
    }
}

/// What is said of the results; none when none came.
pub(super) fn said_of_results(asked: &Asked) -> Option<String> {
    let results = results(asked);
    let calls = asked.turns.iter().rev().nth(1)?;
    let said: Vec<String> = results
        .iter()
        .map(|result| said_of(result, calls))
        .collect();
    (!said.is_empty()).then(|| said.join("\n\n"))
}

fn said_of(result: &Value, calls: &Turn) -> String {
    let called = |block: &&Value| block["id"] == result["tool_use_id"];
    let call = calls.blocks.iter().find(called);
    let name = call.map_or("The tool", |call| name(call));
    let text = text(&result["content"]);
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if result["is_error"] == true {
        format!("**{name}** gave no answer (“{text}”), so I have to do without it.")
    } else {
        format!("**{name}** says: {text}")
    }
}

/// The text of a result, which is a string or a list of blocks.
fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(blocks) => {
            let texts = blocks.iter().filter_map(|block| block["text"].as_str());
            texts.collect::<Vec<_>>().join(" ")
        }
        _ => String::new(),
    }
}
