//! The good replies: which one a question gets, and its pieces.
//!
//! They are canned and say so. Each begins with the question quoted and ends with how many
//! earlier messages came along, so that a test knows that both were read.

use crate::random::Random;
use crate::request::{Asked, Thinking};
use crate::script::{Part, Stop};

/// Around every reply.
const FRAME: &str = include_str!("../replies/frame.md");

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

/// The blocks of the answer, and why it stops.
pub(crate) fn answer(asked: &Asked, random: &mut Random) -> (Vec<Part>, Stop) {
    let question = asked.question();
    let reply = choose(&question);
    let body = match wants_long(&question) {
        true => long(random),
        false => reply.text.trim_end().to_owned(),
    };
    let text = FRAME
        .replace("{earlier}", &asked.earlier().to_string())
        .replace("{reply}", &body)
        .replace("{question}", &excerpt(&question));
    let mut room = usize::try_from(asked.max_tokens.unwrap_or(u64::MAX)).unwrap_or(usize::MAX);
    let mut parts = Vec::new();
    match (asked.thinking, reply.thinking) {
        (Thinking::Off, _) | (_, None) => {}
        (Thinking::Omitted, Some(_)) => parts.push(Part::Thinking(Vec::new())),
        (Thinking::Summarized, Some(thinking)) => {
            let mut pieces = pieces(thinking.trim(), random);
            pieces.truncate(room);
            room -= pieces.len();
            parts.push(Part::Thinking(pieces));
        }
    }
    let found = asked
        .stop_sequences
        .iter()
        .filter_map(|sequence| Some((text.find(sequence)?, sequence)));
    let first = found.min();
    let text = first.map_or(text.as_str(), |(at, _)| &text[..at]);
    let mut pieces = pieces(text, random);
    let reason = match (pieces.len() > room, first) {
        (true, _) => Some("max_tokens"),
        (false, Some(_)) => Some("stop_sequence"),
        (false, None) => None,
    };
    let sequence = first
        .filter(|_| reason == Some("stop_sequence"))
        .map(|(_, sequence)| sequence.clone());
    pieces.truncate(room);
    if !pieces.is_empty() {
        parts.push(Part::Text(pieces));
    }
    let reason = reason.map(str::to_owned);
    (
        parts,
        Stop {
            reason,
            sequence,
            ..Stop::default()
        },
    )
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

/// The beginning of the question on one line.
fn excerpt(question: &str) -> String {
    const LONGEST: usize = 120;
    let line = question.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST) {
        None if line.is_empty() => "…".to_owned(),
        None => line,
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
    }
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
