use std::path::Path;

use ts_rs::{Config, TS};

use super::*;
use crate::api::ErrorCode;

/// Every code, as the window knows it: the generated type lists them all.
fn codes() -> Vec<ErrorCode> {
    let declared = ErrorCode::decl(&Config::default());
    let names = declared.split('"').skip(1).step_by(2);
    names
        .map(|name| serde_json::from_value(name.into()).unwrap())
        .collect()
}

#[test]
fn every_failure_has_its_words() {
    let words = Words::english();
    let codes = codes();
    assert!(codes.contains(&ErrorCode::KeyRefused) && codes.contains(&ErrorCode::Internal));
    for code in codes {
        let bare = ErrorReport::new(code);
        let mut full = ErrorReport::new(code)
            .about("a subject")
            .saying("a message");
        (full.status, full.attempts) = (Some(500), 3);
        (full.retry_after, full.kept) = (Some(7), Some(1));
        for report in [bare, full] {
            let key = error_key(&report);
            let facts = error_facts(&report);
            for key in [key.clone(), format!("{key}.cause")] {
                let said = words.say(&key, &facts);
                assert_ne!(said, key, "{code:?} has no words");
                assert!(!said.contains('{') && !said.contains("none"), "{said}");
            }
        }
    }
}

#[test]
fn a_missing_sentence_is_seen() {
    assert_eq!(Words::english().say("no-such-key", &[]), "no-such-key");
    assert_eq!(Words::english().say("cancel.nope", &[]), "cancel.nope");
}

#[test]
fn every_key_that_is_said_here_exists() {
    let words = Words::english();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let source = std::fs::read_to_string(folder.join("transcript.rs")).unwrap();
    let keys: Vec<&str> = source
        .split("say(\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(keys.len() > 10 && keys.contains(&"transcript-you"));
    for key in keys {
        assert!(words.format(key, &FluentArgs::new()).is_some(), "{key}");
    }
}

#[test]
fn numbers_choose_their_form_and_names_stay_as_they_are() {
    let words = Words::english();
    let mut cut = ErrorReport::new(ErrorCode::StreamCut);
    for (kept, said) in [
        (1, "Connection lost after 1 character. "),
        (4182, "Connection lost after 4182 characters. "),
    ] {
        cut.kept = Some(kept);
        assert!(words.explain(&cut).starts_with(said));
    }
    let missing = ErrorReport::new(ErrorCode::DeploymentNotFound).about("007");
    let said = words.explain(&missing);
    assert!(
        said.starts_with("No deployment named “007” here. "),
        "{said}"
    );
}
