//! What stands around every reply: the question, what came with it, and what was read.

use serde_json::Value;

use crate::media;
use crate::request::{Asked, kind};

/// A reply between the question and what was read to answer it.
pub(super) fn around(reply: &str, asked: &Asked) -> String {
    let mut text = format!("> {}\n\n", excerpt(&asked.question()));
    for sentence in attached(asked) {
        text.push_str(&format!("{sentence}\n\n"));
    }
    text.push_str(&format!("{reply}\n\n*{}*\n", read(asked)));
    text
}

/// The pictures and documents of the question, a sentence for each.
fn attached(asked: &Asked) -> Vec<String> {
    let Some(question) = asked.question_turn() else {
        return Vec::new();
    };
    question.blocks.iter().filter_map(seen).collect()
}

fn seen(block: &Value) -> Option<String> {
    let source = &block["source"];
    match (kind(block), source["type"].as_str()?) {
        ("image", "base64") => {
            let (width, height) = media::size(source)?;
            Some(format!("I see an image of {width} × {height} pixels."))
        }
        ("image", _) => Some("I see an image that is somewhere else.".to_owned()),
        ("document", from) => {
            let title = block["title"].as_str().unwrap_or("a document");
            let lines = source["data"].as_str().map(|text| text.lines().count());
            Some(match (from, lines) {
                ("text", Some(1)) => format!("I read “{title}”, which has one line."),
                ("text", Some(lines)) => format!("I read “{title}”, which has {lines} lines."),
                _ => format!("I read “{title}”."),
            })
        }
        _ => None,
    }
}

/// What was read besides the question.
fn read(asked: &Asked) -> String {
    let mut text = "This demo reply was written in advance. ".to_owned();
    text.push_str(&match asked.earlier() {
        0 => "Your question is the first of this conversation.".to_owned(),
        1 => "I read the message before your question, too.".to_owned(),
        earlier => format!("I read the {earlier} messages before your question, too."),
    });
    if !asked.system.is_empty() {
        text.push_str(&format!(" I was told: “{}”.", excerpt(&asked.system)));
    }
    text
}

/// The beginning of a text on one line.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 120;
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None if line.is_empty() => "…".to_owned(),
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
}
