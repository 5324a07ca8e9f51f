//! Comparing what a file says with what the screen shows, whatever the marks around it.

/// The words of rendered text.
pub(crate) fn of_text(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words of Markdown: as rendered, so without the languages of code fences.
pub(crate) fn of_markdown(text: &str) -> Vec<String> {
    let shown = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("```"));
    of_text(&shown.collect::<Vec<_>>().join("\n"))
}

/// A transcript, message by message: who speaks, and the Markdown that follows.
pub(crate) fn messages(transcript: &str) -> Vec<(String, String)> {
    let mut messages: Vec<(String, String)> = Vec::new();
    for line in transcript.lines() {
        match line.strip_prefix("## ") {
            Some(who @ ("You" | "Claude")) => messages.push((who.to_owned(), String::new())),
            _ => {
                if let Some((_, text)) = messages.last_mut() {
                    text.push_str(line);
                    text.push('\n');
                }
            }
        }
    }
    messages
}

/// Whether `part` stands in `whole`, in one piece.
pub(crate) fn contain(whole: &[String], part: &[String]) -> bool {
    part.is_empty() || whole.windows(part.len()).any(|window| window == part)
}

#[test]
fn a_difference_of_one_word_is_found() {
    let markdown = "Three **ways**:\n\n```rust\nlet a = 1;\n```\n\n| a | b |\n|---|---|\n";
    let shown = of_text("Three ways:\nlet a = 1;\na\tb");
    assert_eq!(of_markdown(markdown), shown);
    assert!(contain(
        &of_markdown(&format!("You\n{markdown}and more")),
        &shown
    ));
    assert!(!contain(
        &of_markdown(&markdown.replace("let", "set")),
        &shown
    ));
}
