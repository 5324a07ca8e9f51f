//! What of a configuration stands in variables.

use super::*;

#[test]
fn what_is_not_written_may_stand_in_the_environment_of_the_same_resource() {
    let bare = "model_list: [{model_name: a, litellm_params: {model: azure_ai/d}}]";
    let mine = [
        (
            "AZURE_API_BASE",
            "https://mine.services.ai.azure.com/anthropic",
        ),
        ("AZURE_API_KEY", "canary"),
    ];
    let setup = read(bare, &environment(&mine)).unwrap();
    assert_eq!(setup.notes.len(), 2);
    let base = entry("api_base: https://mine.services.ai.azure.com");
    assert_eq!(read(&base, &environment(&mine)).unwrap().notes.len(), 1);
    // The key of one resource does not go to another.
    let other = entry("api_base: https://evil.services.ai.azure.com");
    let refused = read(&other, &environment(&mine)).unwrap_err();
    assert_eq!(refused.reason, Reason::NoCredential);
    // Unless the file says so.
    let named =
        entry("api_base: https://other.services.ai.azure.com\napi_key: os.environ/AZURE_API_KEY");
    assert!(read(&named, &environment(&mine)).is_ok());
}

#[test]
fn an_application_signs_in_for_the_scope_that_is_written_or_else_for_the_one_that_is_set() {
    let here = "api_base: https://mine.services.ai.azure.com";
    let parts = "tenant_id: os.environ/AZURE_TENANT_ID\nclient_id: c\nclient_secret: canary";
    let written = "azure_scope: https://written.example/.default";
    let set = [
        ("AZURE_API_BASE", "https://mine.services.ai.azure.com"),
        ("AZURE_TENANT_ID", "t"),
        ("AZURE_CLIENT_ID", "c"),
        ("AZURE_CLIENT_SECRET", "canary"),
        ("AZURE_SCOPE", "https://set.example/.default"),
    ];
    let default = "https://ai.azure.com/.default";
    for (params, variables, expected, noted) in [
        (vec![here, parts], &set[..4], default, vec![]),
        (
            vec![here, parts],
            &set[..],
            "https://set.example/.default",
            vec!["azure_scope"],
        ),
        (
            vec![here, parts, written],
            &set[..],
            "https://written.example/.default",
            vec![],
        ),
        (vec![here], &set[..4], default, vec!["api_key"]),
        (
            vec![here],
            &set[..],
            "https://set.example/.default",
            vec!["api_key"],
        ),
        (
            vec![here, written],
            &set[..],
            "https://written.example/.default",
            vec!["api_key"],
        ),
    ] {
        let setup = read(&entry(&params.join("\n")), &environment(variables)).unwrap();
        let Credential::Tokens(tokens) = &first(&setup, "a").target.credential else {
            panic!("no tokens");
        };
        assert_eq!(tokens.scope(), expected, "{params:?}");
        let notes: Vec<_> = setup.notes.iter().map(|note| note.name.as_str()).collect();
        assert_eq!(notes, noted, "{params:?}");
    }
}

#[test]
fn what_a_file_sets_counts_as_the_environment_does() {
    let text = "
environment_variables:
  AZURE_API_BASE: https://mine.services.ai.azure.com/anthropic
  AZURE_API_KEY: canary-file
model_list: [{model_name: a, litellm_params: {model: azure_ai/d}}]
";
    let others = [
        ("AZURE_API_BASE", "https://other.services.ai.azure.com"),
        ("AZURE_API_KEY", "canary-other"),
    ];
    for variables in [&[][..], &others] {
        let setup = read(text, &environment(variables)).unwrap();
        let target = &first(&setup, "a").target;
        let address = target.endpoint.messages_url();
        assert!(address.starts_with("https://mine."), "{address}");
        let Credential::Key(key) = &target.credential else {
            panic!("no key");
        };
        assert_eq!(key.expose(), "canary-file");
    }
}
