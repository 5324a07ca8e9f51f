use proptest::prelude::*;

use super::*;

const FOUNDRY: &str = "https://res.services.ai.azure.com/anthropic/v1/messages";

#[track_caller]
fn becomes(text: &str, messages_url: &str, resource: Option<&str>, notes: &[Note]) {
    let parsed = Endpoint::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
    let seen = (
        parsed.endpoint.messages_url(),
        parsed.resource.as_deref(),
        parsed.notes.as_slice(),
    );
    assert_eq!(seen, (messages_url, resource, notes), "{text:?}");
    assert_eq!(
        parsed.endpoint.count_tokens_url(),
        format!("{messages_url}/count_tokens")
    );
    stays(&parsed.endpoint);
}

/// Every form that the endpoint itself gives leads back to it.
#[track_caller]
fn stays(endpoint: &Endpoint) {
    for text in [
        endpoint.base().as_str(),
        endpoint.messages_url(),
        endpoint.count_tokens_url(),
    ] {
        let again = Endpoint::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(&again.endpoint, endpoint, "{text:?}");
    }
}

#[test]
fn resource_names() {
    let named = [Note::FromResourceName];
    becomes("res", FOUNDRY, Some("res"), &named);
    becomes("  RES\t", FOUNDRY, Some("res"), &named);
    becomes("\"res\"", FOUNDRY, Some("res"), &named);
    becomes("res/", FOUNDRY, Some("res"), &named);
    becomes("res/anthropic/v1/messages", FOUNDRY, Some("res"), &named);
    becomes(
        "my-claude-01",
        "https://my-claude-01.services.ai.azure.com/anthropic/v1/messages",
        Some("my-claude-01"),
        &named,
    );
    becomes(
        "anthropic",
        "https://anthropic.services.ai.azure.com/anthropic/v1/messages",
        Some("anthropic"),
        &named,
    );
}

#[test]
fn addresses_of_a_resource() {
    for text in [
        "https://res.services.ai.azure.com",
        "https://res.services.ai.azure.com/",
        "https://res.services.ai.azure.com/anthropic",
        "https://res.services.ai.azure.com/anthropic/",
        "https://res.services.ai.azure.com/anthropic//",
        "https://res.services.ai.azure.com/anthropic/v1",
        "https://res.services.ai.azure.com/anthropic/v1/",
        "https://res.services.ai.azure.com/anthropic/v1/messages",
        "https://res.services.ai.azure.com/anthropic/v1/messages/",
        "https://res.services.ai.azure.com//anthropic/v1/messages/messages",
        "https://res.services.ai.azure.com/anthropic/v1/messages/count_tokens",
        "https://res.services.ai.azure.com:443/anthropic",
        "HTTPS://RES.Services.AI.Azure.COM/anthropic",
        "https://res.services.ai.azure.com./anthropic",
        "<https://res.services.ai.azure.com/anthropic>",
        " \u{201c}https://res.services.ai.azure.com/anthropic/\u{201d}, ",
        "`https://res.services.ai.azure.com`",
    ] {
        becomes(text, FOUNDRY, Some("res"), &[]);
    }
    let added = [Note::SchemeAdded];
    becomes("res.services.ai.azure.com", FOUNDRY, Some("res"), &added);
    becomes(
        "//res.services.ai.azure.com/anthropic",
        FOUNDRY,
        Some("res"),
        &added,
    );
    becomes(
        "res.services.ai.azure.com:443",
        FOUNDRY,
        Some("res"),
        &added,
    );
}

#[test]
fn other_surfaces_and_projects() {
    let project = [Note::ProjectPathDropped];
    for text in [
        "https://res.services.ai.azure.com/api/projects/x",
        "https://res.services.ai.azure.com/api/projects/x/",
        "https://res.services.ai.azure.com/api/projects/x/anthropic/v1/messages",
        "https://res.services.ai.azure.com/api/projects/anthropic",
    ] {
        becomes(text, FOUNDRY, Some("res"), &project);
    }
    let replaced = [Note::PathReplaced];
    for text in [
        "https://res.services.ai.azure.com/models",
        "https://res.services.ai.azure.com/models/chat/completions",
        "https://res.services.ai.azure.com/openai/v1/",
        "https://res.services.ai.azure.com/openai/deployments/d/chat/completions",
        "https://res.services.ai.azure.com/v1/messages",
        "https://res.services.ai.azure.com/v1",
    ] {
        becomes(text, FOUNDRY, Some("res"), &replaced);
    }
    becomes(
        "https://res.services.ai.azure.com/models?api-version=2024-05-01-preview",
        FOUNDRY,
        Some("res"),
        &[Note::PathReplaced, Note::QueryDropped],
    );
    becomes(
        "https://res.services.ai.azure.com/anthropic/v1/messages?beta=true#x",
        FOUNDRY,
        Some("res"),
        &[Note::QueryDropped],
    );
}

#[test]
fn other_hosts_of_azure() {
    becomes(
        "https://res.openai.azure.com/openai/deployments/claude/chat/completions?api-version=1",
        "https://res.openai.azure.com/anthropic/v1/messages",
        Some("res"),
        &[Note::OpenAiHost, Note::PathReplaced, Note::QueryDropped],
    );
    becomes(
        "res.openai.azure.com/anthropic",
        "https://res.openai.azure.com/anthropic/v1/messages",
        Some("res"),
        &[Note::SchemeAdded, Note::OpenAiHost],
    );
    becomes(
        "https://res.cognitiveservices.azure.com/",
        "https://res.cognitiveservices.azure.com/anthropic/v1/messages",
        Some("res"),
        &[],
    );
}

#[test]
fn hosts_that_begin_with_anthropic() {
    becomes(
        "https://anthropic-prod.services.ai.azure.com",
        "https://anthropic-prod.services.ai.azure.com/anthropic/v1/messages",
        Some("anthropic-prod"),
        &[],
    );
    becomes(
        "https://anthropic.services.ai.azure.com/v1/messages",
        "https://anthropic.services.ai.azure.com/anthropic/v1/messages",
        Some("anthropic"),
        &[Note::PathReplaced],
    );
    becomes(
        "https://anthropic.corp.example/anthropic-proxy",
        "https://anthropic.corp.example/anthropic-proxy/anthropic/v1/messages",
        None,
        &[Note::UnusualHost],
    );
}

#[test]
fn this_machine() {
    let local = "http://127.0.0.1:4141/anthropic/v1/messages";
    for text in [
        "http://127.0.0.1:4141",
        "http://127.0.0.1:4141/anthropic",
        "http://127.0.0.1:4141/anthropic/v1/",
    ] {
        becomes(text, local, None, &[]);
    }
    becomes("127.0.0.1:4141", local, None, &[Note::SchemeAdded]);
    becomes(
        "localhost:4141/anthropic",
        "http://localhost:4141/anthropic/v1/messages",
        None,
        &[Note::SchemeAdded],
    );
    becomes(
        "localhost",
        "http://localhost/anthropic/v1/messages",
        None,
        &[Note::SchemeAdded],
    );
    becomes(
        "http://[::1]:80",
        "http://[::1]/anthropic/v1/messages",
        None,
        &[],
    );
    becomes(
        "[::1]:4141",
        "http://[::1]:4141/anthropic/v1/messages",
        None,
        &[Note::SchemeAdded],
    );
    becomes(
        "https://localhost:8443",
        "https://localhost:8443/anthropic/v1/messages",
        None,
        &[],
    );
    // Another program's gateway here, named in full, is asked where it was named.
    becomes(
        "http://127.0.0.1:4000/v1/messages",
        "http://127.0.0.1:4000/v1/messages",
        None,
        &[],
    );
    assert!(
        Endpoint::parse("127.0.0.1:4141")
            .unwrap()
            .endpoint
            .is_loopback()
    );
    assert!(!Endpoint::parse("res").unwrap().endpoint.is_loopback());
}

#[test]
fn gateways_elsewhere() {
    let unusual = [Note::UnusualHost];
    for (text, url) in [
        (
            "https://gw.example",
            "https://gw.example/anthropic/v1/messages",
        ),
        (
            "https://gw.example:8443/claude/",
            "https://gw.example:8443/claude/anthropic/v1/messages",
        ),
        (
            "https://gw.example/claude/anthropic/v1/messages",
            "https://gw.example/claude/anthropic/v1/messages",
        ),
        (
            "https://gw.example/anthropic/eu/anthropic",
            "https://gw.example/anthropic/eu/anthropic/v1/messages",
        ),
        (
            "https://gw.example/v1/messages",
            "https://gw.example/v1/messages",
        ),
        (
            "https://gw.example/claude/v1/",
            "https://gw.example/claude/v1/messages",
        ),
        (
            "https://10.0.0.8/anthropic",
            "https://10.0.0.8/anthropic/v1/messages",
        ),
        (
            "https://gateway/anthropic",
            "https://gateway/anthropic/v1/messages",
        ),
    ] {
        becomes(text, url, None, &unusual);
    }
    becomes(
        "https://gw.example/f/openai/v1",
        "https://gw.example/f/anthropic/v1/messages",
        None,
        &[Note::UnusualHost, Note::PathReplaced],
    );
    becomes(
        "https://gw.example/f/api/projects/x/anthropic",
        "https://gw.example/f/anthropic/v1/messages",
        None,
        &[Note::UnusualHost, Note::ProjectPathDropped],
    );
    // Looks like Azure to a hurried eye, and is not.
    becomes(
        "https://res.services.ai.azure.com.evil.example/anthropic",
        "https://res.services.ai.azure.com.evil.example/anthropic/v1/messages",
        None,
        &unusual,
    );
}

#[test]
fn what_is_not_an_endpoint() {
    for (text, error) in [
        ("", BadEndpoint::Empty),
        (" \t\n", BadEndpoint::Empty),
        ("<\"\">", BadEndpoint::Empty),
        ("https://", BadEndpoint::NotAnAddress),
        ("https://.", BadEndpoint::NotAnAddress),
        ("two words", BadEndpoint::NotAnAddress),
        (
            "https://res.services.ai.azure.com\nhttps://other",
            BadEndpoint::NotAnAddress,
        ),
        ("ftp://res.services.ai.azure.com", BadEndpoint::NotAnAddress),
        ("file:///etc/passwd", BadEndpoint::NotAnAddress),
        ("javascript:alert(1)", BadEndpoint::NotAnAddress),
        ("a", BadEndpoint::NotAnAddress),
        ("-res-", BadEndpoint::NotAnAddress),
        ("my_resource", BadEndpoint::NotAnAddress),
        ("https://exa mple.com", BadEndpoint::NotAnAddress),
        ("https://res.example:99999", BadEndpoint::NotAnAddress),
        (
            "http://res.services.ai.azure.com/anthropic",
            BadEndpoint::NotHttps,
        ),
        ("http://192.168.0.4:4141", BadEndpoint::NotHttps),
        ("http://127.0.0.1.example", BadEndpoint::NotHttps),
        ("http://localhost.example", BadEndpoint::NotHttps),
        (
            "https://me:pw@res.services.ai.azure.com",
            BadEndpoint::HasCredentials,
        ),
        ("me@res.services.ai.azure.com", BadEndpoint::HasCredentials),
        (
            "https://ai.azure.com/foundryProject/overview?wsid=1",
            BadEndpoint::Portal,
        ),
        ("portal.azure.com", BadEndpoint::Portal),
        (
            "0123456789abcdef0123456789ABCDEF",
            BadEndpoint::LooksLikeKey,
        ),
    ] {
        assert_eq!(
            Endpoint::parse(text).map(|parsed| parsed.endpoint),
            Err(error),
            "{text:?}"
        );
    }
    let key = "A1b2".repeat(21);
    assert_eq!(
        Endpoint::parse(&key).map(|parsed| parsed.endpoint),
        Err(BadEndpoint::LooksLikeKey)
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        if let Ok(parsed) = Endpoint::parse(&text) {
            stays(&parsed.endpoint);
        }
    }

    #[test]
    fn any_address_leads_back_to_itself(
        scheme in "(https://|http://|HTTPS://|//|)",
        host in "(res|res\\.services\\.ai\\.azure\\.com|anthropic\\.openai\\.azure\\.com|gw\\.example|127\\.0\\.0\\.1|localhost|\\[::1\\]|bücher\\.example)",
        port in "(|:443|:80|:4141)",
        path in "(/(anthropic|v1|messages|count_tokens|api|projects|openai|models|x|%2e%2e|\\.\\.|;|%20)?){0,7}",
        rest in "(|\\?api-version=1|#top|\\?)",
    ) {
        if let Ok(parsed) = Endpoint::parse(&format!("{scheme}{host}{port}{path}{rest}")) {
            stays(&parsed.endpoint);
            prop_assert!(parsed.endpoint.messages_url().ends_with("/v1/messages"));
            let safe = parsed.endpoint.messages_url().starts_with("https://") || parsed.endpoint.is_loopback();
            prop_assert!(safe);
        }
    }
}
