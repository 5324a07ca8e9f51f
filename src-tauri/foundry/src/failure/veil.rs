//! Secrets out of somebody else's words.

/// Instead of a secret.
const VEIL: &str = "<redacted>";
/// What is shorter is no secret, and hiding it would leave holes in ordinary words.
const SHORTEST: usize = 8;

/// Takes every secret out of `text`, also one that is cut off at its end.
pub(super) fn hide(text: &mut String, secrets: &[&str]) {
    for secret in secrets.iter().filter(|it| it.len() >= SHORTEST) {
        if text.contains(secret) {
            *text = text.replace(secret, VEIL);
        }
        let cut = (SHORTEST..secret.len())
            .rev()
            .filter_map(|length| secret.get(..length))
            .find(|beginning| text.ends_with(beginning));
        if let Some(beginning) = cut {
            text.truncate(text.len() - beginning.len());
            text.push_str(VEIL);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_wherever_it_stands() {
        for (text, expected) in [
            ("nothing of it", "nothing of it"),
            ("canary-key-1", "<redacted>"),
            ("canary-key-1, canary-key-1!", "<redacted>, <redacted>!"),
            ("Received: canary-k", "Received: <redacted>"),
            ("Received: canary-", "Received: canary-"),
            ("short: seven", "short: seven"),
            ("schl\u{fc}ssel-1", "<redacted>"),
            ("a schl\u{fc}sse", "a <redacted>"),
        ] {
            let mut said = text.to_owned();
            hide(
                &mut said,
                &["canary-key-1", "seven", "", "schl\u{fc}ssel-1"],
            );
            assert_eq!(said, expected, "{text}");
        }
    }
}
