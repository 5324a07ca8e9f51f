//! Tools: which calls a question leads to, and what is said of their results.
//!
//! A tool that the request offers is called when the question asks for it: `current_time`
//! when it asks for the time, once for each place that it names; any other when it names
//! the tool. "Again and again" asks for the next call after every result, without end.

use serde_json::{Value, json};

use super::fitting;
use crate::request::{Asked, Choice, Role, Turn, kind};

/// A call to be made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Call {
    pub(super) name: String,
    pub(super) input: Value,
}

const CLOCK: &str = "current_time";

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
    let goes_on = question.contains("again and again");
    if asked.choice == Choice::None || (!results(asked).is_empty() && !goes_on) {
        return Vec::new();
    }
    let wanted = |tool: &&Value| match &asked.choice {
        Choice::Tool(name) => tool["name"] == name.as_str(),
        Choice::Any => true,
        Choice::Auto | Choice::None => {
            is_asked_for(name(tool), &question) || is_ordered(name(tool), &asked.system)
        }
    };
    let mut calls: Vec<Call> = Vec::new();
    for tool in asked.tools.iter().filter(wanted) {
        calls.extend(calls_of(tool, &question));
    }
    if !asked.parallel || asked.choice == Choice::Any {
        calls.truncate(1);
    }
    calls
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
    if name(tool) != CLOCK {
        return vec![call(fitting::value(&tool["input_schema"], question))];
    }
    let mut places: Vec<(usize, &str)> = PLACES
        .iter()
        .filter_map(|(place, zone)| Some((question.find(place)?, *zone)))
        .collect();
    places.sort_unstable();
    if places.is_empty() {
        return vec![call(json!({}))];
    }
    let input = |(_, zone): &(usize, &str)| call(json!({"time_zone": zone}));
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
