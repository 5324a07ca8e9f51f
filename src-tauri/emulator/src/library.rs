//! The good replies: which one a question gets, and its pieces.
//!
//! They are canned and say so. Each begins with the question quoted and what came with it,
//! and ends with what else was read, so that a test knows that it was.

mod fitting;
mod frame;
mod tools;

use crate::random::Random;
use crate::request::{Asked, Choice, Thinking};
use crate::script::{Part, Script};

/// Thought before a tool is called.
const BEFORE_CALLS: &str = "I cannot know this by myself, and there is a tool that does.";
const ONE_CALL: &str = "Let me look that up.";
const SEVERAL_CALLS: &str = "Let me look these up.";

struct Reply {
    /// Any of these in the question, in lower case, chooses the reply.
    words: &'static [&'static str],
    text: &'static str,
    /// A question of this kind is thought about.
    thinking: Option<&'static str>,
}

macro_rules! reply {
    ($file:literal, $words:expr) => {
        Reply {
            words: $words,
            text: include_str!(concat!("../replies/", $file)),
            thinking: None,
        }
    };
}

/// In order: the first that fits is given.
const REPLIES: &[Reply] = &[
    reply!("hostile.md", &["hostile"]),
    reply!("emoji.md", &["emoji"]),
    reply!(
        "seattle.md",
        &["seattle", "itinerary", "weekend", "travel", "three days"]
    ),
    reply!("markdown.md", &["markdown", "formatting"]),
    reply!(
        "table.md",
        &["table", "compare", "comparison", "versus", " vs "]
    ),
    Reply {
        words: &[
            "code",
            "retry",
            "rust",
            "python",
            "typescript",
            "function",
            "program",
        ],
        text: include_str!("../replies/code.md"),
        thinking: Some(include_str!("../replies/code.thinking.md")),
    },
    reply!(
        "languages.md",
        &[
            "japanese",
            "chinese",
            "arabic",
            "greek",
            "hindi",
            "devanagari",
            "language",
            "translat",
            "日本",
            "中文",
            "العرب",
            "ελλην",
            "हिन"
        ]
    ),
    Reply {
        words: &[
            "puzzle",
            "riddle",
            "monty hall",
            "prove",
            "probability",
            "think",
            "hard question",
        ],
        text: include_str!("../replies/puzzle.md"),
        thinking: Some(include_str!("../replies/puzzle.thinking.md")),
    },
    reply!(
        "hello.md",
        &[
            "hello",
            "hi",
            "hey",
            "help",
            "what can you do",
            "who are you",
            "demo"
        ]
    ),
];

const OTHERWISE: Reply = reply!("otherwise.md", &[]);

/// The answer.
pub(crate) fn answer(asked: &Asked, random: &mut Random) -> Script {
    let mut room = usize::try_from(asked.max_tokens.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let calls = tools::calls(asked);
    let forced = matches!(asked.choice, Choice::Any | Choice::Tool(_));
    let (text, thinking) = match calls.len() {
        0 => reply(asked, random),
        // A call that is forced comes without words before it
        // (<https://platform.claude.com/docs/en/agents-and-tools/tool-use/define-tools>).
        _ if forced => (String::new(), Some(BEFORE_CALLS)),
        1 => (ONE_CALL.to_owned(), Some(BEFORE_CALLS)),
        _ => (SEVERAL_CALLS.to_owned(), Some(BEFORE_CALLS)),
    };
    let mut script = Script::message();
    match (asked.thinking, thinking) {
        (Thinking::Off, _) | (_, None) => {}
        (Thinking::Omitted, Some(_)) => script.parts.push(Part::Thinking(Vec::new())),
        (Thinking::Summarized, Some(thinking)) => {
            let pieces = within(&mut room, pieces(thinking.trim(), random));
            script.parts.push(Part::Thinking(pieces));
        }
    }
    let (text, stopped_by) = up_to_stop_sequence(&text, &asked.stop_sequences);
    let pieces = pieces(text, random);
    let wanted = pieces.len();
    let pieces = within(&mut room, pieces);
    let mut cut = pieces.len() < wanted;
    if !pieces.is_empty() {
        script.parts.push(Part::Text(pieces));
    }
    if let Some(sequence) = stopped_by.filter(|_| !cut) {
        script.stop.reason = Some("stop_sequence".to_owned());
        script.stop.sequence = Some(sequence.to_owned());
        return script;
    }
    for call in calls {
        if cut || room == 0 {
            cut = true;
            break;
        }
        let pieces = self::pieces(&call.input.to_string(), random);
        let wanted = pieces.len();
        let fragments = within(&mut room, pieces);
        cut = fragments.len() < wanted;
        let name = call.name;
        script.parts.push(Part::ToolUse { name, fragments });
    }
    if cut {
        script.stop.reason = Some("max_tokens".to_owned());
    }
    script
}

/// As many pieces as there is room for, which they take.
fn within(room: &mut usize, mut pieces: Vec<String>) -> Vec<String> {
    pieces.truncate(*room);
    *room -= pieces.len();
    pieces
}

/// The text before the first stop sequence in it, and which one that is.
fn up_to_stop_sequence<'a>(text: &'a str, sequences: &'a [String]) -> (&'a str, Option<&'a str>) {
    let found = sequences
        .iter()
        .filter_map(|sequence| Some((text.find(sequence)?, sequence.as_str())));
    match found.min() {
        Some((at, sequence)) => (&text[..at], Some(sequence)),
        None => (text, None),
    }
}

/// The text of an answer that calls no tool, and what is thought before it.
fn reply(asked: &Asked, random: &mut Random) -> (String, Option<&'static str>) {
    let question = asked.question();
    let reply = choose(&question);
    if let Some(schema) = &asked.schema {
        let fits = fitting::value(schema, &question.to_lowercase());
        return (fits.to_string(), reply.thinking);
    }
    if let Some(said) = tools::said_of_results(asked) {
        return (frame::around(&said, asked), None);
    }
    let body = match wants_long(&question) {
        true => long(random),
        false => reply.text.trim_end().to_owned(),
    };
    (frame::around(&body, asked), reply.thinking)
}

fn choose(question: &str) -> &'static Reply {
    let question = question.to_lowercase();
    let words: Vec<&str> = question.split(|c: char| !c.is_alphanumeric()).collect();
    let fits = |wanted: &&str| match wanted.len() {
        // Short ones only as whole words: "hi" is not in "history".
        0..=4 if wanted.is_ascii() => {
            words.contains(&wanted.trim())
                || words
                    .iter()
                    .any(|word| word.strip_suffix('s') == Some(wanted))
        }
        _ => question.contains(*wanted),
    };
    REPLIES
        .iter()
        .find(|reply| reply.words.iter().any(&fits))
        .unwrap_or(&OTHERWISE)
}

fn wants_long(question: &str) -> bool {
    let question = question.to_lowercase();
    question
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| matches!(word, "long" | "100kb"))
        || question.contains("100 kb")
}

/// A hundred kilobytes of chapters.
fn long(random: &mut Random) -> String {
    const ENOUGH: usize = 100 * 1024;
    let mut paragraphs = include_str!("../replies/long.md").trim().split("\n\n");
    let mut text = paragraphs.next().unwrap_or_default().to_owned();
    let heading = paragraphs.next().unwrap_or_default();
    let paragraphs: Vec<&str> = paragraphs.collect();
    let mut chapter = 0;
    while text.len() < ENOUGH {
        chapter += 1;
        text.push_str(&format!(
            "\n\n{}",
            heading.replace("{n}", &chapter.to_string())
        ));
        let first = random.below(paragraphs.len());
        for n in 0..4 {
            // Neighbours stay neighbours, so that a night reads as one.
            let paragraph = paragraphs[(first + n) % paragraphs.len()];
            text.push_str(&format!("\n\n{paragraph}"));
        }
    }
    text
}

/// Pieces of about a token: four characters, or two where letters are dense.
fn pieces(text: &str, random: &mut Random) -> Vec<String> {
    let mut pieces = Vec::new();
    let mut piece = String::new();
    let mut size = 2 + random.below(5);
    let mut weight = 0;
    for c in text.chars() {
        piece.push(c);
        weight += if c.is_ascii() { 1 } else { 2 };
        if weight >= size {
            pieces.push(std::mem::take(&mut piece));
            size = 2 + random.below(5);
            weight = 0;
        }
    }
    if !piece.is_empty() {
        pieces.push(piece);
    }
    pieces
}
