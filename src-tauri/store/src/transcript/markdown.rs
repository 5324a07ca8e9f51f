//! The readable transcript: the branch that is shown, its text exactly as written.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Exported;
use super::exported::is_text;
use crate::{
    AttachmentInfo, Conversation, Ending, MessageState, Purpose, Role, StoredBlock, StoredMessage,
};

/// The words of a transcript. None of them has a line break; Markdown in them counts.
pub struct Labels<'a> {
    /// Heads what the person wrote.
    pub you: &'a str,
    /// Heads what the model wrote.
    pub claude: &'a str,
    /// Heads what was written in the person's place so that the model goes on.
    pub continued: &'a str,
    /// Heads what tools answered.
    pub tools: &'a str,
    /// Says that the conversation is a demo.
    pub demo: &'a str,
    /// The name of the model: what the response said, else the deployment.
    pub model: &'a dyn Fn(&str) -> String,
    /// A time, from milliseconds since the Unix epoch.
    pub time: &'a dyn Fn(i64) -> String,
    /// Heads a thought that took so many seconds, if that is known.
    pub thought: &'a dyn Fn(Option<f64>) -> String,
    /// Stands for an image, or heads the content of a text file: its name and sizes.
    pub attachment: &'a dyn Fn(&AttachmentInfo) -> String,
    /// Stands for a thought that the API hid.
    pub redacted_thought: &'a str,
    /// Heads the call of the tool of that name.
    pub tool_call: &'a dyn Fn(&str) -> String,
    /// Heads the answer of a tool.
    pub tool_result: &'a str,
    /// Heads the answer of a tool that failed.
    pub tool_failed: &'a str,
    /// Heads a block of a kind that has no form here.
    pub other_block: &'a dyn Fn(&str) -> String,
    /// The answer is still being written.
    pub streaming: &'a str,
    /// The person stopped the answer.
    pub stopped: &'a str,
    /// The program ended in the middle of the answer.
    pub interrupted: &'a str,
    /// The answer failed: from the stored error, in the caller's words.
    pub failed: &'a dyn Fn(&str) -> String,
}

/// The branch that leads to the head as Markdown. What people and the model wrote stands
/// in it unchanged; where it leaves a code fence open, as an answer that was cut may, the
/// fence is closed after it, so that the rest of the file stays readable.
pub fn markdown(exported: &Exported, labels: &Labels<'_>) -> String {
    let conversation = &exported.conversation;
    let row = &conversation.row;
    let title: Vec<&str> = row.title.split_whitespace().collect();
    let mut parts = vec![format!("# {}", title.join(" "))];
    if row.demo {
        parts.push(format!("**{}**", labels.demo));
    }
    parts.push((labels.time)(row.created_at));
    for message in conversation.branch() {
        parts.push(heading(conversation, message, labels));
        for block in &message.blocks {
            parts.push(match &block.attachment {
                Some(attached) => attachment(exported, attached, labels),
                None => content(block, labels),
            });
        }
        parts.extend(note(&message.state, labels).map(|note| format!("*{note}*")));
    }
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn heading(conversation: &Conversation, message: &StoredMessage, labels: &Labels<'_>) -> String {
    if message.purpose == Some(Purpose::Continue) {
        return format!("## {}", labels.continued);
    }
    match message.role {
        Role::User if message.turn.is_some() => format!("## {}", labels.tools),
        Role::User => format!("## {}", labels.you),
        Role::Assistant => {
            let reported = message.answer.as_ref().and_then(|a| a.model.as_deref());
            let turn = message.turn.as_ref().and_then(|id| conversation.turn(id));
            let model = reported.or(turn.map(|turn| turn.deployment.as_str()));
            let facts = model.map_or_else(
                || (labels.time)(message.created_at),
                |model| {
                    format!(
                        "{} · {}",
                        (labels.model)(model),
                        (labels.time)(message.created_at)
                    )
                },
            );
            format!("## {}\n\n{facts}", labels.claude)
        }
    }
}

/// An image is named; a text file is shown, as code in the language of its name's ending.
fn attachment(exported: &Exported, attached: &AttachmentInfo, labels: &Labels<'_>) -> String {
    // A file's name may have line breaks.
    let label = (labels.attachment)(attached);
    let label: Vec<&str> = label.split_whitespace().collect();
    let text = match exported.attachments.get(&attached.id) {
        Some(bytes) if is_text(attached) => {
            fenced(language(&attached.name), &String::from_utf8_lossy(bytes))
        }
        Some(_) | None => String::new(),
    };
    titled(&label.join(" "), &text)
}

fn language(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((_, ending)) if ending.chars().all(|c| c.is_ascii_alphanumeric()) => ending,
        Some(_) | None => "",
    }
}

fn note(state: &MessageState, labels: &Labels<'_>) -> Option<String> {
    match state {
        MessageState::Streaming => Some(labels.streaming.to_owned()),
        MessageState::Ended(Ending::Complete { .. }) => None,
        MessageState::Ended(Ending::Stopped) => Some(labels.stopped.to_owned()),
        MessageState::Ended(Ending::Interrupted) => Some(labels.interrupted.to_owned()),
        MessageState::Ended(Ending::Failed { error }) => Some((labels.failed)(error.as_str())),
    }
}

/// The fields of blocks that a reader wants to see. A block that lacks its own is shown
/// as the JSON that it is: an export never fails over one block.
#[derive(Deserialize)]
struct Fields<'a> {
    text: Option<String>,
    thinking: Option<String>,
    name: Option<String>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
    #[serde(borrow)]
    content: Option<&'a RawValue>,
    is_error: Option<bool>,
}

fn content(block: &StoredBlock, labels: &Labels<'_>) -> String {
    let whole = block.body.as_str();
    let other = || titled(&(labels.other_block)(&block.kind), &fenced("json", whole));
    let Ok(fields) = serde_json::from_str::<Fields<'_>>(whole) else {
        return other();
    };
    match (block.kind.as_str(), &fields) {
        (
            "text",
            Fields {
                text: Some(text), ..
            },
        ) => with_fences_closed(text),
        (
            "thinking",
            Fields {
                thinking: Some(thinking),
                ..
            },
        ) => thought(&(labels.thought)(block.seconds), thinking),
        ("redacted_thinking", _) => thought(labels.redacted_thought, ""),
        (
            "tool_use",
            Fields {
                name: Some(name),
                input: Some(input),
                ..
            },
        ) => titled(&(labels.tool_call)(name), &fenced("json", input.get())),
        (
            "tool_result",
            Fields {
                content, is_error, ..
            },
        ) => {
            let label = match is_error {
                Some(true) => labels.tool_failed,
                Some(false) | None => labels.tool_result,
            };
            titled(label, &content.map_or_else(String::new, result))
        }
        _ => other(),
    }
}

/// A tool's answer: a text, or blocks, of which those that are texts are shown as such.
fn result(content: &RawValue) -> String {
    if let Ok(text) = serde_json::from_str::<String>(content.get()) {
        return fenced("", &text);
    }
    fenced("json", content.get())
}

fn titled(label: &str, rest: &str) -> String {
    format!("**{label}**\n\n{rest}").trim_end().to_owned()
}

/// A quotation, which nothing within it can end, as `</details>` could.
fn thought(label: &str, text: &str) -> String {
    let mut quote = format!("> **{label}**");
    if !text.trim().is_empty() {
        quote.push_str("\n>");
        for line in text.lines() {
            let mark = if line.is_empty() { "\n>" } else { "\n> " };
            quote.push_str(mark);
            quote.push_str(line);
        }
    }
    quote
}

/// A code block whose fence is longer than any run of backticks in it.
fn fenced(language: &str, text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}")
}

fn with_fences_closed(text: &str) -> String {
    match open_fence(text) {
        Some(fence) if text.ends_with('\n') => format!("{text}{fence}"),
        Some(fence) => format!("{text}\n{fence}"),
        None => text.to_owned(),
    }
}

/// The fence that is open at the end of a text (spec.commonmark.org/0.31.2, section 4.5).
/// Fences within lists and quotations are left out of account: those end by themselves.
fn open_fence(text: &str) -> Option<String> {
    let mut open: Option<String> = None;
    for line in text.lines() {
        let unindented = line.trim_start_matches(' ');
        if line.len() - unindented.len() > 3 {
            continue;
        }
        let Some(mark @ ('`' | '~')) = unindented.chars().next() else {
            continue;
        };
        let info = unindented.trim_start_matches(mark);
        let length = unindented.len() - info.len();
        match &open {
            Some(fence) => {
                let closes = fence.starts_with(mark) && length >= fence.len();
                if closes && info.trim().is_empty() {
                    open = None;
                }
            }
            None if length >= 3 && !(mark == '`' && info.contains('`')) => {
                open = Some(mark.to_string().repeat(length));
            }
            None => {}
        }
    }
    open
}
