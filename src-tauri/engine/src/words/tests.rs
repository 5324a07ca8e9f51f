use std::path::Path;

use ts_rs::{Config, TS};

use super::*;
use crate::api::{Capability, CertificateFacts, ErrorCode, RungId, TokenFacts, Verdict};

/// Every code, as the window knows it: the generated type lists them all.
fn codes() -> Vec<ErrorCode> {
    let declared = ErrorCode::decl(&Config::default());
    let names = declared.split('"').skip(1).step_by(2);
    names
        .map(|name| serde_json::from_value(name.into()).unwrap())
        .collect()
}

fn token() -> TokenFacts {
    TokenFacts {
        audience: Some("https://graph.microsoft.com".to_owned()),
        tenant: Some("a tenant".to_owned()),
        expires_at: Some(1_795_000_000_000),
        roles: vec!["a role".to_owned()],
        scopes: Vec::new(),
        application: Some("an application".to_owned()),
        account: Some("ada@contoso.com".to_owned()),
    }
}

fn certificate() -> CertificateFacts {
    CertificateFacts {
        subject: "CN=contoso.services.ai.azure.com".to_owned(),
        issuer: "C=US, O=Zscaler Inc., CN=Zscaler Root CA".to_owned(),
        not_before: 1_763_000_000_000,
        not_after: 1_795_000_000_000,
        fingerprint: "00:11".to_owned(),
        authority: false,
        pem: String::new(),
    }
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
        full.lacks = Some(Capability::Effort);
        full.fix = Some(crate::api::Fix::UseScope {
            scope: "a scope".to_owned(),
        });
        full.token = Some(token());
        full.chain = vec![certificate()];
        for report in [bare, full] {
            let key = error_key(&report);
            let facts = words.facts(&report);
            for key in [key.clone(), format!("{key}.cause")] {
                let said = words.say(&key, &facts);
                assert_ne!(said, key, "{code:?} has no words");
                assert!(!said.contains('{') && !said.contains("none"), "{said}");
            }
        }
    }
}

/// Every value of an enumeration, as the window knows it.
fn values<T: TS>() -> Vec<String> {
    let declared = T::decl(&Config::default());
    declared
        .split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_rung_verdict_and_capability_has_its_words() {
    let words = Words::english();
    let rungs = values::<RungId>();
    assert_eq!(rungs.len(), 14, "{rungs:?}");
    for rung in rungs {
        for key in [
            format!("doctor-{rung}"),
            format!("doctor-{rung}-passed"),
            format!("doctor-{rung}-skipped"),
        ] {
            let said = words.say(&key, &[("why", "failed-before".to_owned())]);
            assert_ne!(said, key, "{key} has no words");
        }
    }
    let verdicts = values::<Verdict>();
    assert!(verdicts.len() == 5, "{verdicts:?}");
    for verdict in verdicts {
        let key = format!("doctor-verdict-{verdict}");
        assert_ne!(words.say(&key, &[]), key);
    }
    let capabilities = values::<Capability>();
    assert!(capabilities.len() == 12, "{capabilities:?}");
    for name in capabilities {
        let key = format!("capability-{name}");
        assert_ne!(words.say(&key, &[]), key);
    }
}

#[test]
fn certificates_are_named_as_people_know_them() {
    let mut untrusted = ErrorReport::new(ErrorCode::CertificateUntrusted);
    untrusted.chain = vec![certificate()];
    let said = Words::english().explain(&untrusted);
    assert!(
        said.starts_with("Certificate signed by “Zscaler Root CA”, which"),
        "{said}"
    );
    untrusted.chain[0].issuer = "Unit of nobody".to_owned();
    let said = Words::english().explain(&untrusted);
    assert!(said.contains("“Unit of nobody”"), "{said}");
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

#[test]
fn a_long_wait_is_told_as_people_would() {
    let words = Words::english();
    for (seconds, told) in [
        (0, "0 s"),
        (119, "119 s"),
        (185, "3 min 5 s"),
        (7_199, "119 min 59 s"),
        (86_400, "24 hours"),
        (604_800, "7 days"),
    ] {
        assert_eq!(words.duration(seconds), told);
    }
    let mut report = ErrorReport::new(ErrorCode::RateLimited);
    report.retry_after = Some(86_400);
    let said = words.explain(&report);
    assert!(said.ends_with("again in 24 hours."), "{said}");
}
