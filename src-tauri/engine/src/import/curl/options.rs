//! The options of curl, as far as they tell what is an address and what belongs to an option
//! (<https://curl.se/docs/manpage.html>).

/// Options of one letter that take a value, besides those that are read.
const LETTERS: &str = "AbcCDeEFhKmoPQrTtuUwxXyYz";

/// Longer ones.
const WORDS: [&str; 74] = [
    "--abstract-unix-socket",
    "--alt-svc",
    "--aws-sigv4",
    "--cacert",
    "--capath",
    "--cert",
    "--cert-type",
    "--ciphers",
    "--config",
    "--connect-timeout",
    "--connect-to",
    "--continue-at",
    "--cookie",
    "--cookie-jar",
    "--crlfile",
    "--curves",
    "--data-urlencode",
    "--delegation",
    "--dns-interface",
    "--dns-servers",
    "--doh-url",
    "--dump-header",
    "--etag-compare",
    "--etag-save",
    "--expect100-timeout",
    "--form",
    "--form-string",
    "--happy-eyeballs-timeout-ms",
    "--haproxy-clientip",
    "--hsts",
    "--interface",
    "--keepalive-time",
    "--key",
    "--key-type",
    "--limit-rate",
    "--local-port",
    "--max-filesize",
    "--max-redirs",
    "--max-time",
    "--netrc-file",
    "--noproxy",
    "--output",
    "--output-dir",
    "--pass",
    "--pinnedpubkey",
    "--preproxy",
    "--proto",
    "--proto-default",
    "--proxy",
    "--proxy-cacert",
    "--proxy-header",
    "--proxy-user",
    "--range",
    "--rate",
    "--referer",
    "--request",
    "--request-target",
    "--resolve",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--socks4",
    "--socks5",
    "--socks5-hostname",
    "--speed-limit",
    "--speed-time",
    "--stderr",
    "--tls-max",
    "--trace",
    "--trace-ascii",
    "--upload-file",
    "--user",
    "--user-agent",
    "--write-out",
];

/// Whether the next word belongs to this option.
pub(super) fn takes_a_value(option: &str) -> bool {
    let mut letters = option.strip_prefix('-').unwrap_or_default().chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) => LETTERS.contains(letter),
        _ => WORDS.contains(&option),
    }
}

/// `-Hvalue`, `-sSH value` and `--option=value` as what they mean.
pub(super) fn split(word: &str) -> (String, Option<String>) {
    if word.starts_with("--") {
        return match word.split_once('=') {
            Some((option, value)) => (option.to_owned(), Some(value.to_owned())),
            None => (word.to_owned(), None),
        };
    }
    let Some(letters) = word.strip_prefix('-') else {
        return (word.to_owned(), None);
    };
    for (at, letter) in letters.char_indices() {
        let option = format!("-{letter}");
        if matches!(letter, 'H' | 'd') || takes_a_value(&option) {
            let rest = &letters[at + letter.len_utf8()..];
            return (option, (!rest.is_empty()).then(|| rest.to_owned()));
        }
    }
    (word.to_owned(), None)
}

/// Which of the words that belong to no option is the address: the one that looks like it. The
/// others belong to options that came after this program.
pub(super) fn address(words: &[String]) -> Option<&String> {
    let is_one = |word: &&String| word.contains("://") || word.starts_with(['$', '%']);
    words.iter().find(is_one).or_else(|| words.first())
}
