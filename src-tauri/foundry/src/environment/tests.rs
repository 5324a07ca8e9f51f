use super::*;

fn choice(vars: &[(&str, &str)]) -> Option<Choice> {
    let vars = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::from_vars(vars).choice()
}

/// Which resource, which credential, what was used and what was left out.
fn seen(vars: &[(&str, &str)]) -> (String, &'static str, String, String) {
    let choice = choice(vars).unwrap();
    let kind = match &choice.credential {
        None => "none",
        Some(FoundCredential::Key(_)) => "key",
        Some(FoundCredential::Token(_)) => "token",
        Some(FoundCredential::ClientSecret { .. }) => "client secret",
    };
    let resource = choice.endpoint.resource.unwrap_or_default();
    (
        resource,
        kind,
        choice.used.join(" "),
        choice.left_out.join(" "),
    )
}

fn is(
    resource: &str,
    kind: &'static str,
    used: &str,
    left_out: &str,
) -> (String, &'static str, String, String) {
    (resource.into(), kind, used.into(), left_out.into())
}

const APPLICATION: [(&str, &str); 3] = [
    ("AZURE_TENANT_ID", "tenant"),
    ("AZURE_CLIENT_ID", "client"),
    ("AZURE_CLIENT_SECRET", "canary-secret"),
];

#[test]
fn an_empty_environment_offers_nothing() {
    assert!(choice(&[]).is_none());
    assert!(choice(&[("AZURE_API_BASE", "  "), ("AZURE_API_KEY", "")]).is_none());
    assert!(choice(&[("AZURE_API_KEY", "a-key-for-nowhere")]).is_none());
}

#[test]
fn each_family_is_enough() {
    assert_eq!(
        seen(&[
            ("ANTHROPIC_FOUNDRY_RESOURCE", "one"),
            ("ANTHROPIC_FOUNDRY_API_KEY", "k")
        ]),
        is(
            "one",
            "key",
            "ANTHROPIC_FOUNDRY_RESOURCE ANTHROPIC_FOUNDRY_API_KEY",
            ""
        )
    );
    assert_eq!(
        seen(&[
            (
                "ANTHROPIC_FOUNDRY_BASE_URL",
                "https://one.services.ai.azure.com/anthropic/"
            ),
            ("ANTHROPIC_FOUNDRY_AUTH_TOKEN", "t")
        ]),
        is(
            "one",
            "token",
            "ANTHROPIC_FOUNDRY_BASE_URL ANTHROPIC_FOUNDRY_AUTH_TOKEN",
            ""
        )
    );
    assert_eq!(
        seen(&[("AZURE_API_BASE", "two"), ("AZURE_AD_TOKEN", "t")]),
        is("two", "token", "AZURE_API_BASE AZURE_AD_TOKEN", "")
    );
    assert_eq!(
        seen(&[("AZURE_AI_API_BASE", "three"), ("AZURE_AI_API_KEY", "k")]),
        is("three", "key", "AZURE_AI_API_BASE AZURE_AI_API_KEY", "")
    );
}

#[test]
fn families_go_in_order_and_are_never_mixed() {
    let first = [
        ("ANTHROPIC_FOUNDRY_RESOURCE", "one"),
        ("ANTHROPIC_FOUNDRY_API_KEY", "k1"),
    ];
    let second = [("AZURE_API_BASE", "two"), ("AZURE_API_KEY", "k2")];
    let third = [("AZURE_AI_API_BASE", "three"), ("AZURE_AI_API_KEY", "k3")];
    let all = [first, second, third].concat();
    assert_eq!(
        seen(&all),
        is(
            "one",
            "key",
            "ANTHROPIC_FOUNDRY_RESOURCE ANTHROPIC_FOUNDRY_API_KEY",
            "AZURE_API_BASE AZURE_API_KEY AZURE_AI_API_BASE AZURE_AI_API_KEY"
        )
    );
    // The first has no credential; the second's key is not lent to it, the second is used.
    assert_eq!(
        seen(&[&first[..1], &second[..]].concat()),
        is(
            "two",
            "key",
            "AZURE_API_BASE AZURE_API_KEY",
            "ANTHROPIC_FOUNDRY_RESOURCE"
        )
    );
    // No family is complete: an endpoint alone still fills a form.
    assert_eq!(
        seen(&[first[0], second[1]]),
        is("one", "none", "ANTHROPIC_FOUNDRY_RESOURCE", "AZURE_API_KEY")
    );
}

#[test]
fn within_a_family_key_then_client_secret_then_token() {
    let base = [("AZURE_API_BASE", "two"), ("AZURE_AD_TOKEN", "t")];
    assert_eq!(
        seen(&[&base[..], &APPLICATION[..], &[("AZURE_API_KEY", "k")]].concat()),
        is(
            "two",
            "key",
            "AZURE_API_BASE AZURE_API_KEY",
            "AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_AD_TOKEN"
        )
    );
    assert_eq!(
        seen(
            &[
                &base[..],
                &APPLICATION[..],
                &[(
                    "AZURE_SCOPE",
                    "https://cognitiveservices.azure.com/.default"
                )]
            ]
            .concat()
        ),
        is(
            "two",
            "client secret",
            "AZURE_API_BASE AZURE_TENANT_ID AZURE_CLIENT_ID AZURE_CLIENT_SECRET AZURE_SCOPE",
            "AZURE_AD_TOKEN"
        )
    );
    // An application without its secret is none.
    assert_eq!(
        seen(&[&base[..], &APPLICATION[..2]].concat()),
        is(
            "two",
            "token",
            "AZURE_API_BASE AZURE_AD_TOKEN",
            "AZURE_TENANT_ID AZURE_CLIENT_ID"
        )
    );
}

#[test]
fn scope_and_authority_are_the_environments_or_nobodys() {
    let place = |vars: &[(&str, &str)]| match choice(vars).unwrap().credential.unwrap() {
        FoundCredential::ClientSecret {
            scope, authority, ..
        } => (scope, authority),
        other => panic!("{other:?} is not an application"),
    };
    let base = [&[("AZURE_API_BASE", "two")], &APPLICATION[..]].concat();
    assert_eq!(place(&base), (None, None));
    let other = [
        (
            "AZURE_SCOPE",
            "https://cognitiveservices.azure.com/.default",
        ),
        ("AZURE_AUTHORITY_HOST", "https://login.microsoftonline.us"),
    ];
    let expected = other.map(|(_, value)| Some(value.to_owned()));
    let [scope, authority] = expected;
    assert_eq!(place(&[&base[..], &other].concat()), (scope, authority));
}

#[test]
fn every_family_with_an_endpoint_is_a_choice_and_the_winner_goes_first() {
    let vars = [
        ("ANTHROPIC_FOUNDRY_RESOURCE", "one"),
        ("AZURE_API_BASE", "two"),
        ("AZURE_API_KEY", "k2"),
        ("AZURE_AD_TOKEN", "t2"),
        ("AZURE_AI_API_KEY", "k3"),
    ];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let choices = Environment::from_vars(vars).choices();
    let resources: Vec<_> = choices
        .iter()
        .map(|choice| choice.endpoint.resource.clone().unwrap())
        .collect();
    assert_eq!(resources, ["two", "one"]);
    assert_eq!(
        choices[0].left_out,
        [
            "ANTHROPIC_FOUNDRY_RESOURCE",
            "AZURE_AD_TOKEN",
            "AZURE_AI_API_KEY"
        ]
    );
    assert!(choices[1].left_out.is_empty() && choices[1].credential.is_none());
}

#[test]
fn any_variable_can_be_looked_up() {
    let vars = [("MINE", " value "), ("MINE_TOO", "  ")];
    let vars = vars.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Environment::from_vars(vars);
    assert_eq!(environment.get("MINE").unwrap().expose(), "value");
    assert!(environment.get("MINE_TOO").is_none() && environment.get("").is_none());
}

#[test]
fn the_address_beats_the_resources_name_and_says_so() {
    assert_eq!(
        seen(&[
            ("ANTHROPIC_FOUNDRY_RESOURCE", "name"),
            (
                "ANTHROPIC_FOUNDRY_BASE_URL",
                "https://address.services.ai.azure.com/anthropic/"
            ),
            ("ANTHROPIC_FOUNDRY_API_KEY", "k"),
        ]),
        is(
            "address",
            "key",
            "ANTHROPIC_FOUNDRY_BASE_URL ANTHROPIC_FOUNDRY_API_KEY",
            "ANTHROPIC_FOUNDRY_RESOURCE"
        )
    );
}

#[test]
fn an_endpoint_that_cannot_be_read_is_left_out() {
    let vars = [
        ("AZURE_API_BASE", "http://not.safe.example"),
        ("AZURE_API_KEY", "k"),
    ];
    assert!(choice(&vars).is_none());
    let found = Environment::from_vars(vars.map(|(name, value)| (name.into(), value.into())));
    assert_eq!(
        found.found().collect::<Vec<_>>(),
        ["AZURE_API_BASE", "AZURE_API_KEY"]
    );
    assert_eq!(
        found.unreadable_endpoint(),
        Some(("AZURE_API_BASE", BadEndpoint::NotHttps))
    );
}

#[test]
fn deployments_are_named_once_and_the_one_for_most_work_first() {
    let choice = choice(&[
        ("ANTHROPIC_FOUNDRY_RESOURCE", "one"),
        ("ANTHROPIC_DEFAULT_HAIKU_MODEL", "quick"),
        ("ANTHROPIC_DEFAULT_OPUS_MODEL", "work"),
        ("ANTHROPIC_DEFAULT_SONNET_MODEL", "work"),
    ]);
    assert_eq!(choice.unwrap().deployments, ["work", "quick"]);
}

#[test]
fn secrets_are_not_printed() {
    let vars = [
        &[("AZURE_API_BASE", "two"), ("AZURE_API_KEY", "canary-key")],
        &APPLICATION[..],
    ]
    .concat();
    let vars = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let environment = Environment::from_vars(vars);
    let printed = format!("{environment:?} {:?}", environment.choice());
    assert!(
        printed.contains("two.services") && printed.contains("<redacted>"),
        "{printed}"
    );
    assert!(!printed.contains("canary"), "{printed}");
}
