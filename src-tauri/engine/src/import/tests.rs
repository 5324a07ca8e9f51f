//! What people paste, and what is read in it.

mod curl;
mod headers;
mod lending;
mod odd;

use hearth_foundry::Environment;

use super::recognise;
use super::{Found, looks_importable};
use crate::api::{CredentialChoice, ErrorCode, ImportSource};

/// An environment with a key of one resource, and a variable of the person's own.
fn environment() -> Environment {
    variables(&[
        ("AZURE_API_BASE", "https://mine.services.ai.azure.com"),
        ("AZURE_API_KEY", "environment-key-1111"),
        ("TEAM_KEY", "team-key-2222"),
        ("HOME", "/home/ada"),
    ])
}

fn variables(given: &[(&str, &str)]) -> Environment {
    let owned = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::from_vars(owned)
}

fn read(text: &str) -> (ImportSource, Vec<Found>) {
    recognise::read(text, &environment()).unwrap_or_else(|error| panic!("{error:?} for {text}"))
}

fn refused(text: &str) -> ErrorCode {
    match recognise::read(text, &environment()) {
        Ok((source, found)) => panic!("{source:?} {found:?}"),
        Err(error) => {
            let said = format!("{error:?}");
            assert!(!said.contains("canary"), "a refusal repeats what it read");
            error.code
        }
    }
}

/// Address, credential, secret, deployments: what a person would check.
fn line(found: &Found) -> String {
    let shown = found.shown();
    let url = shown.messages_url.unwrap_or_default();
    let url = url.trim_start_matches("https://").to_owned();
    let url = url
        .replace(".services.ai.azure.com/anthropic/v1/messages", "")
        .replace("/v1/messages", "");
    let kind = match &shown.credential {
        None => "nothing".to_owned(),
        Some(CredentialChoice::Key) => "key".to_owned(),
        Some(CredentialChoice::Token) => "token".to_owned(),
        Some(CredentialChoice::ClientSecret { entra }) => {
            format!("{}/{}/{}", entra.tenant, entra.client_id, entra.scope)
        }
        Some(CredentialChoice::AzureCli { entra }) => {
            format!("az/{}/{}", entra.tenant, entra.scope)
        }
        Some(CredentialChoice::Command { argv, .. }) => argv.join("+"),
        Some(other) => format!("{other:?}"),
    };
    let secret = found.secret.as_ref().map_or("-", |secret| secret.expose());
    let deployments: Vec<String> = shown
        .deployments
        .iter()
        .map(|it| match &it.base_model {
            Some(base) if *base != it.name => format!("{}={base}", it.name),
            Some(_) => format!("{}!", it.name),
            None => it.name.clone(),
        })
        .collect();
    format!("{url} {kind} {secret} {}", deployments.join(","))
        .trim_end()
        .to_owned()
}

fn lines(text: &str) -> Vec<String> {
    read(text).1.iter().map(line).collect()
}

#[test]
fn blocks_of_variables() {
    let table = [
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        // A shell's own words, quotes, comments, and lines of another sort.
        (
            "# my keys\n\nexport AZURE_API_BASE='res'\nexport AZURE_API_KEY=\"k-12345678\" # mine\necho done",
            "res key k-12345678",
        ),
        (
            "AZURE_API_BASE=res\r\nAZURE_API_KEY=k-12345678\r\n",
            "res key k-12345678",
        ),
        (
            "\u{feff}AZURE_API_BASE = res\nAZURE_API_KEY =  k-12345678 ",
            "res key k-12345678",
        ),
        (
            "set AZURE_API_BASE=res\r\nset \"AZURE_API_KEY=k-12345678\"",
            "res key k-12345678",
        ),
        (
            "$env:AZURE_API_BASE = \"res\"\n$Env:AZURE_API_KEY = 'k-12345678'",
            "res key k-12345678",
        ),
        (
            "$ export AZURE_API_BASE=res\n$ export AZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "os.environ[\"AZURE_API_BASE\"] = \"res\"\nos.environ['AZURE_API_KEY'] = 'k-12345678'",
            "res key k-12345678",
        ),
        // Nothing is expanded: neither the machine's variables nor a dollar in a key.
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY=k$HOME-${TEAM_KEY}",
            "res key k$HOME-${TEAM_KEY}",
        ),
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY=\"k\\$1-12345\"",
            "res key k$1-12345",
        ),
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY='k$1-12345'",
            "res key k$1-12345",
        ),
        // The last of one name counts, and an empty one clears it.
        (
            "AZURE_API_BASE=a1\nAZURE_API_BASE=res\nAZURE_API_KEY=k-12345678",
            "res key k-12345678",
        ),
        (
            "AZURE_API_BASE=res\nAZURE_API_KEY=k-12345678\nAZURE_API_KEY=",
            "res nothing -",
        ),
        (
            "ANTHROPIC_FOUNDRY_RESOURCE=one\nANTHROPIC_FOUNDRY_AUTH_TOKEN=t-12345678\nCLAUDE_CODE_USE_FOUNDRY=1",
            "one token t-12345678",
        ),
        (
            "AZURE_API_BASE=res\nAZURE_TENANT_ID=t\nAZURE_CLIENT_ID=c\nAZURE_CLIENT_SECRET=s-12345678\nAZURE_SCOPE=scope",
            "res t/c/scope s-12345678",
        ),
        (
            "ANTHROPIC_FOUNDRY_RESOURCE=one\nANTHROPIC_FOUNDRY_API_KEY=k\nANTHROPIC_DEFAULT_SONNET_MODEL=work\nANTHROPIC_DEFAULT_OPUS_MODEL=claude-opus-5-5[1m]",
            "one key k work,claude-opus-5-5!",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(lines(text), [expected], "{text}");
        assert_eq!(read(text).0, ImportSource::EnvBlock, "{text}");
        assert!(looks_importable(text), "{text}");
    }
}

#[test]
fn families_are_not_mixed_and_what_is_left_out_is_named() {
    let text = "ANTHROPIC_FOUNDRY_RESOURCE=one\nAZURE_API_BASE=two\nAZURE_API_KEY=k-2\nAZURE_AI_API_KEY=k-3";
    let (_, found) = read(text);
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        ["two key k-2", "one nothing -"]
    );
    assert_eq!(
        found[0].shown().left_out,
        ["ANTHROPIC_FOUNDRY_RESOURCE", "AZURE_AI_API_KEY"]
    );
    // A paste is read by itself: this machine's key is not lent to it.
    assert_eq!(lines("AZURE_AI_API_BASE=three"), ["three nothing -"]);
}

const MESSAGES: &str = "https://res.services.ai.azure.com/anthropic/v1/messages";

#[test]
fn a_key_of_this_machine_is_not_lent_to_a_pasted_host() {
    let to = |host: &str| {
        let text =
            format!("curl https://{host}/anthropic/v1/messages -H \"x-api-key: $AZURE_API_KEY\"");
        read(&text).1[0].shown().problem
    };
    let problem = to("other.services.ai.azure.com").unwrap();
    assert_eq!(problem.code, ErrorCode::KeyForOtherHost);
    assert_eq!(
        problem.subject.as_deref(),
        Some("mine.services.ai.azure.com")
    );
    assert_eq!(to("mine.services.ai.azure.com"), None);
    let litellm = |base: &str| {
        let text = format!(
            "model_list:\n- litellm_params:\n    model: azure_ai/d\n    api_base: {base}\n    api_key: os.environ/AZURE_API_KEY\n"
        );
        read(&text).1[0].shown().problem
    };
    assert_eq!(
        litellm("https://other.services.ai.azure.com").unwrap().code,
        ErrorCode::KeyForOtherHost
    );
    assert_eq!(
        litellm("https://mine.services.ai.azure.com/anthropic"),
        None
    );
}

const LITELLM: &str = "
model_list:
  - model_name: sonnet
    litellm_params: &shared
      model: azure_ai/claude-sonnet-5-5
      api_base: https://res.services.ai.azure.com/anthropic
      api_key: os.environ/TEAM_KEY
  - model_name: opus
    litellm_params:
      model: azure_ai/my-opus
      api_base: https://res.services.ai.azure.com
      api_key: os.environ/TEAM_KEY
    model_info:
      base_model: azure_ai/claude-opus-5-5
  - model_name: other
    litellm_params:
      model: azure_ai/third
      api_base: https://other.services.ai.azure.com/anthropic/
      tenant_id: t
      client_id: c
      client_secret: 's-12345678'
      azure_scope: https://cognitiveservices.azure.com/.default
      azure_ad_token: unused
  - model_name: gpt
    litellm_params:
      model: openai/gpt-4o
      api_key: sk-canary
litellm_settings:
  drop_params: true
general_settings:
  master_key: sk-canary-master
";

#[test]
fn litellm_models_of_one_resource_are_one_connection() {
    let (source, found) = read(LITELLM);
    assert_eq!(source, ImportSource::LiteLlm);
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        [
            "res key team-key-2222 claude-sonnet-5-5!,my-opus=claude-opus-5-5",
            "other t/c/https://cognitiveservices.azure.com/.default s-12345678 third",
        ]
    );
    assert_eq!(found[0].shown().left_out, ["openai/gpt-4o"]);
    assert_eq!(
        found[0].shown().used,
        ["api_base", "api_key", "os.environ/TEAM_KEY", "model"]
    );
    assert_eq!(found[1].shown().left_out, ["azure_ad_token"]);
    let all = format!("{:?}", found.iter().map(Found::shown).collect::<Vec<_>>());
    assert!(
        !all.contains("canary") && !all.contains("team-key"),
        "{all}"
    );
}

#[test]
fn litellm_in_other_shapes() {
    let model =
        |params: &str| format!("model_list:\n- litellm_params: {{model: azure_ai/d, {params}}}\n");
    let base = "api_base: 'https://res.services.ai.azure.com'";
    let table = [
        (model(&format!("{base}, api_key: k-12345678")), "res key k-12345678 d"),
        // The variable is not set: the kind stands, the secret is the person's to type.
        (model(&format!("{base}, api_key: os.environ/NOT_SET")), "res key - d"),
        (model(&format!("{base}, azure_ad_token: t-12345678")), "res token t-12345678 d"),
        (model(&format!("{base}, azure_ad_token: oidc/google/x")), "res nothing - d"),
        (model(base), "res nothing - d"),
        // Without an address, LiteLLM takes the environment's.
        (model("api_key: k-12345678"), "mine key k-12345678 d"),
        // A number, a rule about names, an unknown base model.
        (model(&format!("{base}, api_key: 1234567890")), "res key 1234567890 d"),
        (
            format!("model_list:\n- litellm_params:\n    model: azure_ai/*\n    {base}\n    api_key: k"),
            "res key k",
        ),
        (
            format!("model_list:\n- litellm_params: {{model: azure_ai/d, {base}, api_key: k}}\n  model_info: {{base_model: gpt-5}}"),
            "res key k d",
        ),
        // Its own variables, and a credential by name.
        (
            format!("environment_variables: {{MINE: k-87654321}}\n{}", model(&format!("{base}, api_key: os.environ/MINE"))),
            "res key k-87654321 d",
        ),
        (
            format!("credential_list:\n- credential_name: one\n  credential_values: {{api_key: k-87654321, {base}}}\n{}", model("litellm_credential_name: one")),
            "res key k-87654321 d",
        ),
        // JSON is YAML.
        (
            r#"{"model_list":[{"litellm_params":{"model":"azure_ai/d","api_base":"res","api_key":"k"}}]}"#.to_owned(),
            "res key k d",
        ),
    ];
    for (text, expected) in &table {
        assert_eq!(lines(text), [*expected], "{text}");
        assert_eq!(read(text).0, ImportSource::LiteLlm, "{text}");
    }
}

#[test]
fn claude_codes_settings() {
    let table = [
        (
            r#"{"env":{"CLAUDE_CODE_USE_FOUNDRY":"1","ANTHROPIC_FOUNDRY_RESOURCE":"res","ANTHROPIC_FOUNDRY_API_KEY":"k-12345678","ANTHROPIC_DEFAULT_OPUS_MODEL":"claude-opus-5-5"},"model":"opus"}"#,
            "res key k-12345678 claude-opus-5-5!",
        ),
        // A command is offered as it would be started, and not where it needs a shell.
        (
            r#"{"apiKeyHelper":"~/bin/key.sh --for 'the team'","env":{"ANTHROPIC_FOUNDRY_RESOURCE":"res"}}"#,
            "res /home/ada/bin/key.sh+--for+the team -",
        ),
        (
            r#"{"apiKeyHelper":"cat /tmp/key | head -1","env":{"ANTHROPIC_FOUNDRY_RESOURCE":"res"}}"#,
            "res nothing -",
        ),
        (
            r#"{"apiKeyHelper":"key.sh","env":{"ANTHROPIC_FOUNDRY_RESOURCE":"res","ANTHROPIC_FOUNDRY_API_KEY":"k"}}"#,
            "res key k",
        ),
        (
            r#"{"env":{"ANTHROPIC_FOUNDRY_RESOURCE":"res","ANTHROPIC_FOUNDRY_API_KEY":12345678}}"#,
            "res key 12345678",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(lines(text), [expected], "{text}");
        assert_eq!(read(text).0, ImportSource::ClaudeCode, "{text}");
    }
    let named = r#"{"env":{"ANTHROPIC_FOUNDRY_RESOURCE":"res","ANTHROPIC_FOUNDRY_API_KEY":"k","ANTHROPIC_DEFAULT_SONNET_MODEL":"dep"}}"#;
    assert_eq!(
        read(named).1[0].shown().used,
        [
            "ANTHROPIC_FOUNDRY_RESOURCE",
            "ANTHROPIC_FOUNDRY_API_KEY",
            "ANTHROPIC_DEFAULT_SONNET_MODEL"
        ]
    );
    // Settings about other things offer nothing, and are no mistake.
    let other = r#"{"env":{"EDITOR":"vi"},"permissions":{}}"#;
    assert_eq!(read(other).1.len(), 0);
}

#[test]
fn what_describes_nothing_is_refused() {
    for text in [
        "",
        "  \n\u{feff}",
        "https://res.services.ai.azure.com",
        "just some words",
        "EDITOR=vi\nPATH=/bin",
        "AZURE_API_KEY=canary-alone",
        "{\"model\":\"opus\"}",
        "model_list: []",
        "model_list:\n- litellm_params: {model: openai/gpt-4o, api_key: canary}",
        "model_list: 7",
        "curl",
        "curl -H 'x-api-key: canary'",
        "curly brackets",
    ] {
        assert_eq!(refused(text), ErrorCode::ImportEmpty, "{text}");
    }
}

#[test]
fn what_is_broken_is_refused_without_repeating_it() {
    let laughs = (1..30).fold("model_list:\n- &a0 canary\n".to_owned(), |text, level| {
        let before = format!("*a{}, ", level - 1).repeat(10);
        format!("{text}- &a{level} [{before}]\n")
    });
    let deep = format!("model_list: {}", "[".repeat(100_000));
    for text in [
        "curl https://res 'x-api-key: canary",
        "model_list: [\n  canary: 'x",
        "model_list:\n\t- canary",
        "AZURE_API_BASE=canary two words\nAZURE_API_KEY=k",
        "AZURE_API_BASE=http://not.safe.example/canary",
        &laughs,
        &deep,
    ] {
        let text: &str = text;
        let code = refused(text);
        assert_eq!(
            code,
            ErrorCode::ImportUnreadable,
            "{}",
            &text[..text.len().min(80)]
        );
    }
}

#[test]
fn an_address_that_is_none_is_a_problem_and_is_not_shown() {
    let text = "curl 'https://user:canary@res.services.ai.azure.com/' -H 'x-api-key: k'";
    let shown = read(text).1[0].shown();
    assert_eq!(shown.problem.unwrap().code, ErrorCode::EndpointHoldsSecret);
    assert_eq!((shown.endpoint.as_str(), shown.messages_url), ("", None));
    let text = "curl http://res.example/anthropic -H 'x-api-key: k'";
    let problem = read(text).1[0].shown().problem.unwrap();
    assert_eq!(problem.code, ErrorCode::EndpointNotHttps);
}

#[test]
fn only_what_is_more_than_an_address_looks_importable() {
    for text in [
        "",
        "res",
        "https://res.services.ai.azure.com/anthropic/v1/messages?x=AZURE_API_KEY=1",
        "a key with spaces",
        "EDITOR=vi",
        "curl.example.com",
    ] {
        assert!(!looks_importable(text), "{text}");
    }
    assert!(looks_importable("AZURE_API_BASE=res"));
    assert!(looks_importable("  curl https://res"));
}
