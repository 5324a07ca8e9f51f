//! Somebody else's words, no longer than a person reads.

/// Most bytes of what the other side said. Its own refusals are a few hundred; what is longer is
/// a page or a dump, and would be kept with every answer that failed.
const MOST: usize = 4 * 1024;

/// Instead of the rest.
const REST: &str = " …";

/// Cuts `text` off behind a whole word, and shows that it was cut.
pub(super) fn bound(text: &mut String) {
    if text.len() <= MOST {
        return;
    }
    let mut boundaries = (0..=MOST - REST.len()).rev();
    let most = boundaries
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let (kept, rest) = text.split_at(most);
    let end = match rest.starts_with(char::is_whitespace) {
        true => most,
        // One word without an end is no word: it is cut where it is.
        false => kept.rfind(char::is_whitespace).unwrap_or(most),
    };
    text.truncate(end);
    text.truncate(text.trim_end().len());
    text.push_str(REST);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bounded(text: &str) -> String {
        let mut text = text.to_owned();
        bound(&mut text);
        assert!(text.len() <= MOST, "{} bytes", text.len());
        text
    }

    #[test]
    fn what_people_read_stays_as_it_is() {
        for text in ["", "No.", &"x".repeat(MOST), &"ü".repeat(MOST / 2)] {
            assert_eq!(bounded(text), text);
        }
    }

    #[test]
    fn what_is_longer_ends_behind_a_whole_word() {
        let sevens = "seventh".repeat(3);
        let text = bounded(&format!("{sevens}\n").repeat(MOST));
        let (words, rest) = text.rsplit_once(' ').unwrap();
        assert_eq!(rest, "…");
        assert!(words.split('\n').all(|word| word == sevens));
        assert!(text.len() > MOST - 40);
        // A limit that falls exactly behind a word takes that word along.
        let exact = format!("{} b c d", "a".repeat(MOST - REST.len()));
        assert_eq!(
            bounded(&exact),
            format!("{} …", "a".repeat(MOST - REST.len()))
        );
    }

    #[test]
    fn words_without_an_end_and_of_any_script_are_cut_between_letters() {
        for letter in ["x", "ü", "語", "🦊"] {
            let text = bounded(&letter.repeat(2 * MOST));
            let letters = text.strip_suffix(REST).unwrap();
            assert_eq!(letters.replace(letter, ""), "");
            assert!(text.len() > MOST - 8);
        }
        assert_eq!(bounded(&" ".repeat(MOST + 1)), REST);
    }
}
