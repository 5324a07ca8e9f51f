//! Every sentence that a person reads stands once, in `words/en.ftl`, and is used.

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Source, all, file, none};

/// The messages of a catalogue and the attributes that each has.
fn catalogue(ftl: &str) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let mut messages: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut last = None;
    for line in ftl.lines() {
        if let Some(attribute) = line.trim_start().strip_prefix('.') {
            let name = attribute.split([' ', '=']).next().unwrap_or_default();
            let attributes = last.as_ref().and_then(|key| messages.get_mut(key));
            attributes
                .ok_or("an attribute before any message")?
                .insert(name.to_owned());
        } else if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            let key = line.split([' ', '=']).next().unwrap_or_default().to_owned();
            if messages.insert(key.clone(), BTreeSet::new()).is_some() {
                return Err(format!("{key} stands twice"));
            }
            last = Some(key);
        }
    }
    Ok(messages)
}

/// The program's own code, tests aside: what people never run says nothing to them.
fn speaks(source: &Source) -> bool {
    let rust = source.is("rs") && source.under("src-tauri/") && !source.path.ends_with("tests.rs");
    let page = (source.is("ts") || source.is("svelte"))
        && source.under("ui/src/")
        && !source.path.contains(".test.");
    rust || page
}

/// Keys that are asked for by name: `t('key'` in the page, `say("key"` or `word("key"` in Rust.
fn asked(source: &Source) -> Vec<(usize, String)> {
    let heads: &[&str] = if source.is("rs") {
        &["say(\"", "word(\""]
    } else {
        &["t('", "t(\"", "key: '", "key: \""]
    };
    let mut found = Vec::new();
    for (number, line) in source.code_lines() {
        for head in heads {
            for (start, _) in line.match_indices(head) {
                let before = line[..start].chars().next_back();
                if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    continue;
                }
                let rest = &line[start + head.len()..];
                let key = rest.split(['\'', '"']).next().unwrap_or_default();
                let is_a_key = key.contains('-') || head.starts_with("t(") || source.is("rs");
                if is_a_key
                    && key
                        .chars()
                        .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.')
                {
                    found.push((number, key.to_owned()));
                }
            }
        }
    }
    found
}

/// Beginnings of keys that are put together: `` t(`error-${code}`) ``, `format!("error-{}")`.
fn families(source: &Source) -> BTreeSet<String> {
    let (quote, hole) = if source.is("rs") {
        ('"', "{")
    } else {
        ('`', "${")
    };
    let mut found = BTreeSet::new();
    for (_, line) in source.code_lines() {
        for (start, _) in line.match_indices(hole) {
            let Some((_, prefix)) = line[..start].rsplit_once(quote) else {
                continue;
            };
            let is_a_family = prefix.ends_with('-')
                && prefix.len() > 2
                && prefix.chars().all(|c| c.is_ascii_lowercase() || c == '-');
            if is_a_family {
                found.insert(prefix.to_owned());
            }
        }
    }
    found
}

fn missing(keys: &BTreeMap<String, BTreeSet<String>>, sources: &[Source]) -> Vec<String> {
    let known = |asked: &str| match asked.split_once('.') {
        Some((key, attribute)) => keys.get(key).is_some_and(|found| found.contains(attribute)),
        None => keys.contains_key(asked),
    };
    let mut found = Vec::new();
    for source in sources.iter().filter(|source| speaks(source)) {
        let unknown = asked(source).into_iter().filter(|(_, key)| !known(key));
        found.extend(unknown.map(|(line, key)| source.at(line, &format!("no words for {key}"))));
    }
    found
}

fn unused(keys: &BTreeMap<String, BTreeSet<String>>, sources: &[Source]) -> Vec<String> {
    let speaking: Vec<_> = sources.iter().filter(|source| speaks(source)).collect();
    let families: BTreeSet<_> = speaking
        .iter()
        .flat_map(|source| families(source))
        .collect();
    let quoted = |key: &str| {
        let spellings = ['\'', '"', '`'].map(|quote| format!("{quote}{key}{quote}"));
        speaking.iter().any(|source| {
            spellings
                .iter()
                .any(|spelling| source.text.contains(spelling))
        })
    };
    keys.keys()
        .filter(|key| !families.iter().any(|family| key.starts_with(family)) && !quoted(key))
        .map(|key| format!("words/en.ftl: nobody says {key}"))
        .collect()
}

/// The codes of failures, as the catalogue spells them.
fn error_codes(source: &str) -> BTreeSet<String> {
    let variants = source
        .split_once("pub enum ErrorCode {")
        .and_then(|(_, rest)| rest.split_once("\n}"))
        .map_or("", |(variants, _)| variants);
    let lines = variants.lines().map(str::trim);
    lines
        .filter(|line| !line.starts_with("//"))
        .filter_map(|line| line.strip_suffix(','))
        .map(|variant| {
            let mut code = String::new();
            for letter in variant.chars() {
                if letter.is_uppercase() && !code.is_empty() {
                    code.push('-');
                }
                code.extend(letter.to_lowercase());
            }
            code
        })
        .collect()
}

fn error_violations(
    keys: &BTreeMap<String, BTreeSet<String>>,
    codes: &BTreeSet<String>,
) -> Vec<String> {
    let mut found = Vec::new();
    for code in codes {
        match keys.get(&format!("error-{code}")) {
            None => found.push(format!("error-{code} has no words")),
            Some(attributes) if !attributes.contains("cause") => {
                found.push(format!("error-{code} has no cause"));
            }
            Some(_) => {}
        }
    }
    let orphans = keys
        .keys()
        .filter_map(|key| key.strip_prefix("error-"))
        .filter(|code| !codes.contains(*code));
    found.extend(orphans.map(|code| format!("there is no failure {code}")));
    found
}

/// Words that stand in a component's markup instead of the catalogue: text
/// between tags (keycaps aside), and what assistive technology reads out.
fn markup_words(source: &Source) -> Vec<String> {
    let markup = without_braces(&without_elements(&source.text, &["script", "style", "kbd"]));
    let mut found = Vec::new();
    for attribute in ["aria-label", "title", "placeholder", "alt"] {
        for (start, head) in markup.match_indices(&format!(" {attribute}=\"")) {
            let value = markup[start + head.len()..]
                .split('"')
                .next()
                .unwrap_or_default();
            if value.contains(char::is_alphabetic) {
                found.push(format!("{}: {attribute}=\"{value}\"", source.path));
            }
        }
    }
    let mut rest = markup.as_str();
    while !rest.is_empty() {
        let (text, tag) = rest.split_once('<').unwrap_or((rest, ""));
        if text.contains(char::is_alphabetic) {
            found.push(format!("{}: {}", source.path, text.trim()));
        }
        rest = match tag.strip_prefix("!--") {
            Some(comment) => comment.split_once("-->").map_or("", |(_, after)| after),
            None => tag.split_once('>').map_or("", |(_, after)| after),
        };
    }
    found
}

/// The text without these elements and what is in them.
fn without_elements(text: &str, names: &[&str]) -> String {
    let mut text = text.to_owned();
    for name in names {
        let end = format!("</{name}>");
        while let Some(start) = text.find(&format!("<{name}")) {
            let length = text[start..]
                .find(&end)
                .map_or(text.len() - start, |at| at + end.len());
            text.replace_range(start..start + length, "");
        }
    }
    text
}

/// The text without what stands in braces, which is code.
fn without_braces(text: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for letter in text.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(letter),
            _ => {}
        }
    }
    kept
}

fn keys() -> BTreeMap<String, BTreeSet<String>> {
    catalogue(&file("words/en.ftl").text).expect("the catalogue is in order")
}

#[test]
fn every_word_that_is_asked_for_exists() {
    let sources = all();
    let asked: usize = sources
        .iter()
        .filter(|source| speaks(source))
        .map(|source| asked(source).len())
        .sum();
    assert!(asked > 50, "only {asked} uses of the catalogue were found");
    none(&missing(&keys(), &sources));
}

#[test]
fn every_word_is_used() {
    none(&unused(&keys(), &all()));
}

#[test]
fn every_failure_has_its_words() {
    let codes = error_codes(&file("src-tauri/engine/src/api/error.rs").text);
    assert!(codes.contains("key-refused"), "no codes were found");
    none(&error_violations(&keys(), &codes));
}

#[test]
fn components_hold_no_words() {
    let sources = all();
    let components = sources
        .iter()
        .filter(|source| source.is("svelte") && source.under("ui/src/"));
    let found: Vec<_> = components.flat_map(markup_words).collect();
    none(&found);
}

#[test]
fn a_missing_and_an_unused_word_are_found() {
    let keys = catalogue("a-used = A\na-idle = I\nkind-one = 1\nwith =\n    .cause = C\n").unwrap();
    let page = |text: &str| [Source::new("ui/src/A.svelte", text)];
    let all_used = "t('a-used') t(`kind-${one}`) t('with.cause') x('with')";
    assert_eq!(
        unused(&keys, &page(all_used)),
        ["words/en.ftl: nobody says a-idle"]
    );
    none(&missing(&keys, &page(all_used)));
    for text in ["t('a-lost')", "{t(\"a-used.cause\")}", "{ key: 'a-lost' }"] {
        assert_eq!(missing(&keys, &page(text)).len(), 1, "{text}");
    }
    let rust = [Source::new(
        "src-tauri/cli/src/main.rs",
        "words.say(\"a-lost\", &[])",
    )];
    assert_eq!(missing(&keys, &rust).len(), 1);
    assert!(catalogue("a = 1\na = 2\n").is_err());
}

#[test]
fn a_failure_without_words_is_found() {
    let codes = error_codes(
        "pub enum ErrorCode {\n    /// Says no.\n    KeyRefused,\n    Internal,\n    Cut,\n}\n",
    );
    let keys =
        catalogue("error-key-refused = K\n    .cause = C\nerror-internal = I\nerror-old = O\n")
            .unwrap();
    assert_eq!(
        error_violations(&keys, &codes),
        [
            "error-cut has no words",
            "error-internal has no cause",
            "there is no failure old"
        ]
    );
}

#[test]
fn words_in_markup_are_found() {
    let found = |text: &str| markup_words(&Source::new("ui/src/A.svelte", text)).len();
    assert_eq!(found("<p>Hello {name}</p>"), 1);
    assert_eq!(found("<button aria-label=\"Close\">×</button>"), 1);
    assert_eq!(
        found(
            "<script>let a = 'Hello';</script><!-- why --><p class=\"a\" title={t('b')}>{a < b ? 'x' : t('c')} · 2</p><style>p { color: red }</style>"
        ),
        0
    );
}
