//! Sizes, leftovers, and words that do not belong in the project.

use crate::source::{Source, all, file, none};

const MOST_LINES: usize = 500;

/// Longer files, each with its reason.
const LONG: &[(&str, &str)] = &[("ui/src/host/types.ts", "generated from Rust")];

fn long_files(sources: &[Source]) -> Vec<String> {
    let code = |source: &&Source| {
        ["rs", "ts", "svelte", "css", "js"]
            .iter()
            .any(|extension| source.is(extension))
            || source.under("scripts/")
    };
    sources
        .iter()
        .filter(code)
        .filter(|source| LONG.iter().all(|(path, _)| *path != source.path))
        .filter_map(|source| {
            let lines = source.text.lines().count();
            (lines > MOST_LINES)
                .then(|| format!("{}: {lines} lines; which concept is missing?", source.path))
        })
        .collect()
}

/// Pieces, so that this file does not hold what it looks for.
const LEFTOVERS: &[&[&str]] = &[
    &["TO", "DO"],
    &["FIX", "ME"],
    &["todo", "!("],
    &["unimplemented", "!("],
    &["#[ig", "nore]"],
    &["allow(dead", "_code)"],
    &["test.sk", "ip("],
    &["it.sk", "ip("],
    &["describe.sk", "ip("],
    &["it.on", "ly("],
    &["test.on", "ly("],
    &["dbg", "!("],
    &["console.lo", "g("],
    &["debug", "ger;"],
];
const FOREIGN: &[&[&str]] = &[
    &["crat", "es.io"],
    &["regis", "try.np", "mjs"],
    &["py", "pi.org"],
    &["deb.deb", "ian"],
    &["/ro", "ot/"],
    &["/wo", "rk/"],
];
/// Written by package managers, which name the registries that they used.
const LOCKS: &[&str] = &["Cargo.lock", "ui/package-lock.json"];

fn spelled(source: &Source, words: &[&[&str]]) -> Vec<String> {
    let mut found = Vec::new();
    for word in words.iter().map(|pieces| pieces.concat()) {
        let lines = (1..).zip(source.text.lines());
        let hits = lines.filter(|(_, line)| line.contains(&word));
        found.extend(hits.map(|(number, _)| source.at(number, &word)));
    }
    found
}

fn leftovers(sources: &[Source]) -> Vec<String> {
    let code = |source: &&Source| {
        ["rs", "ts", "svelte"]
            .iter()
            .any(|extension| source.is(extension))
            || source.under("scripts/")
            || source.under("ui/scripts/")
    };
    // Scripts and benches may talk to whoever runs them; the window has nobody who listens.
    let talks = |source: &Source| !source.under("ui/src/");
    let found = sources.iter().filter(code).flat_map(|source| {
        let words: Vec<_> = LEFTOVERS
            .iter()
            .copied()
            .filter(|pieces| !(talks(source) && pieces.concat().starts_with("console")))
            .collect();
        spelled(source, &words)
    });
    found.collect()
}

fn foreign_words(sources: &[Source]) -> Vec<String> {
    let ours = sources
        .iter()
        .filter(|source| !LOCKS.contains(&source.path.as_str()));
    ours.flat_map(|source| spelled(source, FOREIGN)).collect()
}

fn mod_files(sources: &[Source]) -> Vec<String> {
    let named_mod = |source: &&Source| source.path.ends_with("/mod.rs");
    sources
        .iter()
        .filter(named_mod)
        .map(|source| source.path.clone())
        .collect()
}

#[test]
fn files_stay_small() {
    let sources = all();
    for (path, why) in LONG {
        assert!(
            !why.is_empty() && sources.iter().any(|source| source.path == *path),
            "{path}"
        );
    }
    none(&long_files(&sources));
}

#[test]
fn nothing_is_left_over() {
    none(&leftovers(&all()));
}

#[test]
fn no_registry_and_no_machine_is_named() {
    none(&foreign_words(&all()));
}

#[test]
fn modules_are_named_after_themselves() {
    none(&mod_files(&all()));
}

#[test]
fn versions_are_locked() {
    for lock in LOCKS {
        assert!(file(lock).text.lines().count() > 100, "{lock}");
    }
}

#[test]
fn what_does_not_belong_is_found() {
    let planted = |path: &str, text: String| [Source::new(path, &text)];
    assert_eq!(
        long_files(&planted("ui/src/a.ts", "x\n".repeat(501))).len(),
        1
    );
    assert_eq!(
        long_files(&planted("ui/src/a.ts", "x\n".repeat(500))).len(),
        0
    );
    assert_eq!(
        mod_files(&planted("src-tauri/wire/src/event/mod.rs", String::new())).len(),
        1
    );
    for pieces in LEFTOVERS {
        let text = format!("a\n  {} b", pieces.concat());
        assert_eq!(leftovers(&planted("ui/src/a.ts", text)).len(), 1);
    }
    for pieces in FOREIGN {
        let text = format!("see {}x", pieces.concat());
        assert_eq!(foreign_words(&planted("README.md", text)).len(), 1);
    }
}
