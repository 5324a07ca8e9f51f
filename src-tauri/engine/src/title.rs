//! A conversation's title from its first question, without asking anybody.

use crate::words::Words;

/// The most characters that a title made from a question has.
const LONGEST: usize = 60;

/// The first line with words in it, without markup, cut at a word.
pub(crate) fn from_question(question: &str) -> String {
    let line = question
        .lines()
        .map(|line| {
            line.trim_start_matches(['#', '>', '*', '-', '`', ' ', '\t'])
                .trim()
        })
        .find(|line| line.chars().any(char::is_alphanumeric))
        .or_else(|| {
            question
                .lines()
                .map(str::trim)
                .find(|line| !line.is_empty())
        })
        .unwrap_or_default();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= LONGEST {
        return line;
    }
    let cut: String = line.chars().take(LONGEST).collect();
    // Scripts without spaces have no word to cut at.
    let words = match cut.rsplit_once(' ') {
        Some((words, _)) if words.chars().count() > LONGEST / 2 => words,
        _ => cut.as_str(),
    };
    format!("{}…", words.trim_end_matches([',', ';', ':', '.', ' ']))
}

/// The title of a copy of a conversation: told apart from the one that it was made of.
pub(crate) fn of_fork(title: &str) -> String {
    Words::shared().say("conversation-fork-title", &[("title", title.to_owned())])
}

#[cfg(test)]
mod tests {
    use super::from_question;

    #[test]
    fn titles() {
        let cases = [
            ("Hello", "Hello"),
            ("\n\n  # A heading \n text", "A heading"),
            ("```\nfn main() {}\n```", "fn main() {}"),
            ("🦊", "🦊"),
            ("a\u{a0}b\tc", "a b c"),
            (
                "Our ingest workers hammer the API when it returns 429. Can you propose a budget?",
                "Our ingest workers hammer the API when it returns 429. Can…",
            ),
        ];
        for (question, title) in cases {
            assert_eq!(from_question(question), title, "{question:?}");
        }
        let long = "会議の要約と次の手順".repeat(20);
        assert_eq!(from_question(&long).chars().count(), 61);
    }
}
