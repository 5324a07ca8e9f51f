//! Names that a refusal repeats, and those that may be a secret and are not repeated.

use super::*;

/// The refusal of a file.
fn refused(text: &str) -> (Reason, Option<String>) {
    let bad = read(text, &with_key()).map(|_| ()).unwrap_err();
    assert!(!format!("{bad} {bad:?}").contains("canary"), "{text}");
    (bad.reason, bad.name)
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    let long = "a".repeat(60);
    let entry = entry("api_base: r-1\napi_key: k");
    let after = |more: &str| format!("{entry}{more}\n");
    for (more, reason, name) in [
        (
            "general_settings: {master_key:sk-canary-2}",
            Reason::NoSpace,
            Some("master_key"),
        ),
        (
            "general_settings: {master_key=sk-canary-3}",
            Reason::NoSpace,
            Some("master_key"),
        ),
        (
            "general_settings: {'master_key: sk-canary-3': 1}",
            Reason::NoSpace,
            Some("master_key"),
        ),
        (
            "general_settings: {sk-canary-1:sk-canary-2}",
            Reason::Unknown,
            None,
        ),
        ("general_settings: {sk-canary-1: x}", Reason::Unknown, None),
        ("general_settings: {SK-canary-1: x}", Reason::Unknown, None),
        (
            "general_settings: {hearth-canary: x}",
            Reason::Unknown,
            None,
        ),
        (
            "general_settings: {Bearer canary: x}",
            Reason::Unknown,
            None,
        ),
        ("general_settings: {canary-ä: x}", Reason::Unknown, None),
        (
            "general_settings: {canary84c41f0d9be64d5f8a3d0c5b: x}",
            Reason::Unknown,
            None,
        ),
        ("general_settings: {'': x}", Reason::Unknown, None),
        ("sk-canary-1: x", Reason::Unknown, None),
        (
            "general_settings: {sk-canary-1: , sk-canary-1: }",
            Reason::Twice,
            None,
        ),
        (
            "general_settings: {a:sk-canary: , a:sk-canary: }",
            Reason::Twice,
            None,
        ),
        (
            "general_settings: {master_key: os.environ/sk-canary-5}",
            Reason::VariableMissing,
            None,
        ),
        (
            "general_settings: {master_key: 'os.environ/A=canary'}",
            Reason::VariableMissing,
            None,
        ),
        (
            "environment_variables: {sk-canary-1: 1}",
            Reason::NotText,
            None,
        ),
        (
            "hearth: {keys: [{name: x, key: k, models: [sk-canary-1]}]}",
            Reason::UnknownModel,
            None,
        ),
    ] {
        let expected = (reason, name.map(str::to_owned));
        assert_eq!(refused(&after(more)), expected, "{more}");
    }
    let more = format!("general_settings: {{{long}: x}}");
    assert_eq!(refused(&after(&more)), (Reason::Unknown, None));
}

#[test]
fn names_are_repeated() {
    let entry = entry("api_base: r-1\napi_key: k");
    let after = |more: &str| format!("{entry}{more}\n");
    for (more, reason, name) in [
        (
            "general_settings: {store_model_in_db: true}",
            Reason::Unknown,
            "store_model_in_db",
        ),
        (
            "litellm_settings: {cache_control_injection_points: []}",
            Reason::Unknown,
            "cache_control_injection_points",
        ),
        ("general_settings: {a: 1, a: 2}", Reason::Twice, "a"),
        (
            "general_settings: {master_key: os.environ/GATEWAY_MASTER_KEY_2}",
            Reason::VariableMissing,
            "GATEWAY_MASTER_KEY_2",
        ),
        (
            "environment_variables: {OWN_KEY: 1}",
            Reason::NotText,
            "OWN_KEY",
        ),
        (
            "hearth: {keys: [{name: x, key: k, models: [claude-sonnet-4-5-20250929]}]}",
            Reason::UnknownModel,
            "claude-sonnet-4-5-20250929",
        ),
    ] {
        assert_eq!(
            refused(&after(more)),
            (reason, Some(name.to_owned())),
            "{more}"
        );
    }
}
