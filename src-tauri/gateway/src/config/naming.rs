//! Which names of a file are repeated where it is refused. A key that slipped to where a name
//! belongs, by a space that is missing behind a colon, must not be printed for it.

/// More than names of members, variables and models have.
const LONGEST: usize = 48;
/// More than the words have that such names are made of; keys are longer without a break.
const LONGEST_WORD: usize = 20;
/// How keys begin, those of this gateway and of others, in lower case.
const KEYS: [&str; 5] = ["sk-", "sk_", "pk-", "hearth-", "eyj"];

/// The text, if it looks like a name and like no key.
pub(super) fn shown(text: &str) -> Option<&str> {
    let mut words = text.split(['_', '-', '.']);
    let begins = text
        .chars()
        .next()
        .is_some_and(|it| it.is_ascii_alphabetic());
    let lower = text.to_ascii_lowercase();
    let fits = begins
        && text.len() <= LONGEST
        && words.all(|word| word.len() <= LONGEST_WORD)
        && text
            .bytes()
            .all(|it| it.is_ascii_alphanumeric() || b"_-.".contains(&it))
        && !KEYS.iter().any(|key| lower.starts_with(key));
    fits.then_some(text)
}

/// The name before a colon or an equals sign, behind which a value was probably meant.
pub(super) fn shown_before_value(text: &str) -> Option<&str> {
    let (name, _) = text.split_once([':', '='])?;
    shown(name.trim_end())
}
