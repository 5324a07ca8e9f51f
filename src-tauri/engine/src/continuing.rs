//! How an answer that was cut goes on. Pure.
//!
//! Older models go on with their own words when these are the last message. Newer ones
//! refuse that, and are asked to go on by a message that quotes the end
//! (platform.claude.com/docs/en/build-with-claude/streaming, "Error recovery").

use hearth_store::{self as store, Ending, MessageState, Role, StoredMessage};
use hearth_wire::StopReason;

use crate::past;
use crate::request::kept_text;
use crate::words::Words;

/// Characters of the end that are quoted: enough to find the place, even in a table or
/// in code.
const QUOTED: usize = 200;

/// How to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Continuation {
    /// What there is goes back as it is, and the model adds to it.
    AsItIs,
    /// A message asks for it.
    Asked(String),
}

/// How the model goes on with an answer; none when there is nothing to go on with, or it
/// came to its end. `prefill` says that the model takes the beginning of its own answer.
pub(crate) fn continuation(
    conversation: &store::Conversation,
    answer: &StoredMessage,
    prefill: bool,
) -> Option<Continuation> {
    if answer.role != Role::Assistant {
        return None;
    }
    let reason = past::stop_reason(answer);
    let cut = match (&answer.state, &reason) {
        (MessageState::Streaming, _) => return None,
        (MessageState::Ended(Ending::Complete { .. }), reason) => matches!(
            reason,
            Some(
                StopReason::MaxTokens
                    | StopReason::PauseTurn
                    | StopReason::ModelContextWindowExceeded
            )
        ),
        (MessageState::Ended(Ending::Stopped | Ending::Interrupted | Ending::Failed { .. }), _) => {
            true
        }
    };
    let text = kept_text(&past::blocks(answer));
    if reason == Some(StopReason::PauseTurn) && !answer.blocks.is_empty() {
        return Some(Continuation::AsItIs);
    }
    if text.is_empty() {
        // After results of tools, even an answer that ended with nothing is worth another
        // try: what goes back ends with those results.
        let nothing = reason == Some(StopReason::EndTurn);
        let more = (cut || nothing) && waits_for_answer(conversation, answer);
        return more.then_some(Continuation::AsItIs);
    }
    if !cut {
        return None;
    }
    Some(match prefill {
        true => Continuation::AsItIs,
        false => Continuation::Asked(prompt(&text)),
    })
}

/// What stands before an answer is itself waiting for one: results of tools, or a pause.
fn waits_for_answer(conversation: &store::Conversation, answer: &StoredMessage) -> bool {
    let parent = answer.parent.as_ref();
    let before = conversation
        .messages
        .iter()
        .find(|it| Some(&it.id) == parent);
    before.is_some_and(|before| match before.role {
        Role::User => before.turn.is_some(),
        Role::Assistant => past::stop_reason(before) == Some(StopReason::PauseTurn),
    })
}

/// What asks the model to go on where nothing of its answer is left to be quoted.
pub(crate) fn bare_prompt() -> String {
    Words::shared().say("continue-prompt-bare", &[])
}

fn prompt(text: &str) -> String {
    let text = text.trim_end();
    let start = text.char_indices().rev().nth(QUOTED - 1);
    let start = start.map_or(0, |(start, _)| start);
    let end = &text[start..];
    // Not from the middle of a word, where there are words.
    let end = match end.split_once(char::is_whitespace) {
        Some((_, rest)) if start > 0 && rest.chars().count() > QUOTED / 2 => rest,
        Some(_) | None => end,
    };
    let end = end.trim();
    Words::shared().say("continue-prompt", &[("end", end.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::prompt;

    #[test]
    fn the_end_is_quoted_from_a_word_on() {
        let short = prompt("Once upon a time \n");
        assert!(short.contains("Once upon a time"), "{short}");
        let long = format!("{} the very end", "word ".repeat(100));
        let said = prompt(&long);
        assert!(said.contains("the very end"), "{said}");
        assert!(!said.contains(&long), "{said}");
        let cut = said.find("word").unwrap();
        assert!(!said[..cut].ends_with("ord "), "{said}");
    }

    #[test]
    fn scripts_without_spaces_and_wide_characters_are_quoted_too() {
        let said = prompt(&"会議の要約と次の手順🦊".repeat(50));
        assert!(said.contains("手順🦊"), "{said}");
        assert!(said.chars().count() < 600, "{said}");
    }
}
