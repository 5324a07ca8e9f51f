//! A secret cannot be printed, serialised or copied by accident: its type does not allow it.

use crate::source::{Source, all, none};

/// Types that hold a secret, and what they must not be able to do.
const HOLDERS: &[(&str, &[&str])] = &[
    (
        "Secret",
        &[
            "Serialize",
            "Deserialize",
            "Display",
            "Debug",
            "Clone",
            "Copy",
        ],
    ),
    (
        "Credential",
        &["Serialize", "Deserialize", "Display", "Copy"],
    ),
    (
        "ConnectionDraft",
        &["Serialize", "Display", "Debug", "Copy"],
    ),
    (
        "CredentialDraft",
        &["Serialize", "Display", "Debug", "Copy"],
    ),
    ("HeaderDraft", &["Serialize", "Display", "Debug", "Copy"]),
    ("NetworkDraft", &["Serialize", "Display", "Debug", "Copy"]),
    ("GatewayKey", &["Serialize", "Display", "Debug", "Copy"]),
];
/// These may be written by hand, where what they show can be read; never derived.
const BY_HAND: &[&str] = &["Debug"];

fn violations(sources: &[Source]) -> Vec<String> {
    let mut found = Vec::new();
    for source in sources
        .iter()
        .filter(|source| source.is("rs") && source.under("src-tauri/"))
    {
        let lines: Vec<_> = source.code_lines().collect();
        for (index, (number, line)) in lines.iter().enumerate() {
            for (holder, banned) in HOLDERS {
                let declares = [format!("struct {holder}"), format!("enum {holder}")];
                let before = lines[..index].iter().rev().map(|(_, line)| *line);
                if declares.iter().any(|head| starts_item(line, head)) {
                    let derived = derives(before);
                    let broken = banned
                        .iter()
                        .filter(|ability| derived.iter().any(|name| name == *ability));
                    found.extend(
                        broken.map(|ability| {
                            source.at(*number, &format!("{holder} derives {ability}"))
                        }),
                    );
                }
                let by_hand = banned.iter().filter(|ability| {
                    !BY_HAND.contains(ability) && implements(line, ability, holder)
                });
                found.extend(
                    by_hand.map(|ability| source.at(*number, &format!("{ability} for {holder}"))),
                );
            }
        }
    }
    found
}

/// `head` with nothing after it that would make it another name.
fn starts_item(line: &str, head: &str) -> bool {
    line.split_once(head)
        .is_some_and(|(_, rest)| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// The derives of the attributes right above an item.
fn derives<'a>(above: impl Iterator<Item = &'a str>) -> Vec<String> {
    let attributes: Vec<_> = above
        .map(str::trim)
        .take_while(|line| !line.is_empty() && *line != "}" && !line.ends_with(';'))
        .collect();
    let text = attributes.into_iter().rev().collect::<Vec<_>>().join(" ");
    text.split("derive(")
        .skip(1)
        .filter_map(|rest| rest.split_once(')'))
        .flat_map(|(list, _)| list.split(','))
        .map(|name| {
            name.trim()
                .rsplit("::")
                .next()
                .unwrap_or_default()
                .to_owned()
        })
        .collect()
}

fn implements(line: &str, ability: &str, holder: &str) -> bool {
    let Some(rest) = line.trim_start().strip_prefix("impl") else {
        return false;
    };
    let Some((what, whom)) = rest.split_once(" for ") else {
        return false;
    };
    let what = what.split('<').next().unwrap_or_default().trim();
    let whom = whom.trim_end_matches('{').trim();
    what.rsplit("::").next() == Some(ability) && whom.rsplit("::").next() == Some(holder)
}

#[test]
fn secrets_stay_where_they_are() {
    let sources = all();
    for (holder, _) in HOLDERS {
        let heads = [format!("struct {holder}"), format!("enum {holder}")];
        let declared = sources
            .iter()
            .filter(|source| source.is("rs") && source.under("src-tauri/"))
            .any(|source| {
                source
                    .code_lines()
                    .any(|(_, line)| heads.iter().any(|head| starts_item(line, head)))
            });
        assert!(declared, "{holder} is gone; this test looks at nothing");
    }
    none(&violations(&sources));
}

#[test]
fn a_talkative_secret_is_found() {
    for text in [
        "#[derive(Debug)]\npub struct Secret(String);",
        "#[derive(\n    PartialEq,\n    Clone,\n)]\npub struct Secret(String);",
        "#[derive(serde::Serialize)]\n#[serde(transparent)]\npub struct Secret(String);",
        "impl fmt::Display for Secret {",
        "impl Clone for Secret {",
        "impl Serialize for Credential {",
    ] {
        let planted = [Source::new("src-tauri/foundry/src/secret.rs", text)];
        assert_eq!(violations(&planted).len(), 1, "{text}");
    }
    none(&violations(&[
        Source::new(
            "src-tauri/foundry/src/secret.rs",
            "#[derive(Clone)]\nstruct Other;\n\npub struct Secret(String);",
        ),
        Source::new(
            "src-tauri/foundry/src/secret.rs",
            "impl fmt::Debug for Secret {",
        ),
        Source::new(
            "src-tauri/engine/src/api.rs",
            "#[derive(Serialize)]\npub enum SecretPlace {",
        ),
    ]));
}
