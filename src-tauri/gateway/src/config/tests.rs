//! What a configuration is understood as, and on which line it is not.

use hearth_foundry::{Credential, Environment, TokenSource};
use hearth_wire::models::Hosting;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;

use super::*;
use crate::catalogue::Deployment;

mod names;
mod variables;

/// The seed's, word for word.
const SEED: &str = "model_list:
  - model_name: claude-sonnet-4-5
    litellm_params:
      model: azure_ai/claude-sonnet-4-5
      api_base: https://my-resource.services.ai.azure.com/anthropic
      api_key: os.environ/AZURE_API_KEY
";

fn environment(pairs: &[(&str, &str)]) -> Environment {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Environment::from_vars(pairs.iter().map(owned))
}

fn with_key() -> Environment {
    environment(&[("AZURE_API_KEY", "canary-azure")])
}

fn first<'a>(setup: &'a Setup, name: &'a str) -> &'a Deployment {
    setup.catalogue.candidates(name)[0].deployment
}

/// The members of one entry's `litellm_params`, beside its model.
fn entry(params: &str) -> String {
    let mut text =
        "model_list:\n- model_name: a\n  litellm_params:\n    model: azure_ai/d\n".to_owned();
    for line in params.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

#[test]
fn the_seeds_file_is_understood() {
    let setup = read(SEED, &with_key()).unwrap();
    let deployment = first(&setup, "claude-sonnet-4-5");
    assert_eq!(deployment.deployment, "claude-sonnet-4-5");
    assert_eq!(
        deployment.target.endpoint.messages_url(),
        "https://my-resource.services.ai.azure.com/anthropic/v1/messages"
    );
    let Credential::Key(key) = &deployment.target.credential else {
        panic!("no key");
    };
    assert_eq!(key.expose(), "canary-azure");
    assert!(setup.keys.is_empty() && setup.notes.is_empty() && !setup.drop_params);
    assert!(!format!("{setup:?}").contains("canary"));
}

#[test]
fn everything_that_may_stand_in_a_file() {
    let text = "
environment_variables:
  OWN_KEY: canary-own
model_list:
  - model_name: sonnet
    litellm_params: &shared
      model: azure_ai/one
      api_base: my-resource
      api_key: os.environ/OWN_KEY
      max_tokens: 2000
    model_info:
      base_model: azure_ai/claude-sonnet-5-5
      hosting: anthropic
      mode: chat
  - model_name: sonnet
    litellm_params:
      <<: *shared
      model: azure_ai/two
  - model_name: opus
    litellm_params:
      model: azure_ai/claude-opus-5-5
      api_base: https://other.services.ai.azure.com
      tenant_id: my-tenant
      client_id: my-client
      client_secret: os.environ/SECRET
      azure_scope: https://ai.azure.com/.default
      azure_ad_token: not-used
litellm_settings:
  drop_params: true
  request_timeout: 12.5
general_settings:
  master_key: os.environ/MASTER
hearth:
  keys:
    - name: ci
      key: canary-ci
      models: [opus]
      expires: 2027-01-31
  hosts: [gateway.example.com]
  origins: ['https://tool.example.com']
";
    let environment = environment(&[("SECRET", "canary-secret"), ("MASTER", "canary-master")]);
    let setup = read(text, &environment).unwrap();
    let one = first(&setup, "sonnet");
    assert_eq!(one.base_model.as_deref(), Some("claude-sonnet-5-5"));
    assert_eq!(one.hosting, Some(Hosting::Anthropic));
    assert_eq!(one.max_tokens, Some(2000));
    assert_eq!(
        one.client.options().whole_timeout,
        Duration::from_millis(12_500)
    );
    assert_eq!(setup.catalogue.candidates("sonnet").len(), 2);
    let Credential::Tokens(tokens) = &first(&setup, "opus").target.credential else {
        panic!("no tokens");
    };
    assert_eq!(tokens.scope(), "https://ai.azure.com/.default");
    assert!(
        matches!(tokens.source(), TokenSource::ClientSecret { tenant, .. } if tenant == "my-tenant")
    );
    assert!(setup.drop_params);
    let left_out: Vec<_> = setup
        .notes
        .iter()
        .map(|note| (note.kind, note.name.as_str()))
        .collect();
    assert_eq!(left_out, [(NoteKind::LeftOut, "azure_ad_token")]);
    let admitted = |key: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("x-api-key", HeaderValue::from_static(key));
        let now: Timestamp = "2027-01-31T12:00:00Z".parse().unwrap();
        setup
            .keys
            .admit(&headers, now)
            .map(|key| key.may_ask("sonnet"))
    };
    assert_eq!(admitted("canary-master"), Ok(true));
    assert_eq!(admitted("canary-ci"), Ok(false));
    assert!(!format!("{setup:?}").contains("canary"));
}

#[test]
fn what_is_not_understood_is_refused_with_its_line() {
    let key = "api_base: r-1\napi_key: canary";
    let ok = entry(key);
    assert!(read(&ok, &with_key()).is_ok());
    let after = |more: &str| format!("{ok}{more}\n");
    let mut wrong = Vec::new();
    for (text, line, reason, name) in [
        (String::new(), 1, Reason::NoModels, Some("model_list")),
        (
            "model_list: []".to_owned(),
            1,
            Reason::NoModels,
            Some("model_list"),
        ),
        ("- a\n- b".to_owned(), 1, Reason::NotAMapping, None),
        (
            "model_list: {}".to_owned(),
            1,
            Reason::NotAList,
            Some("model_list"),
        ),
        (
            "model_list:\n\t- canary".to_owned(),
            2,
            Reason::NotYaml,
            None,
        ),
        ("a: 1\na: canary".to_owned(), 2, Reason::Twice, Some("a")),
        (
            entry(&format!("{key}\napi_key: canary-2")),
            7,
            Reason::Twice,
            Some("api_key"),
        ),
        (
            ok.replace("model_list", "models_list"),
            1,
            Reason::Unknown,
            Some("models_list"),
        ),
        (
            entry("api_base: r-1\napi_key: \"canary\\nb\""),
            6,
            Reason::BadCredential,
            Some("api_key"),
        ),
        (
            entry("api_base: r-1\napi_key: canary-ä"),
            6,
            Reason::BadCredential,
            Some("api_key"),
        ),
        (
            entry("api_base: r-1\nazure_ad_token: \"canary\\u2028x\""),
            6,
            Reason::BadCredential,
            Some("azure_ad_token"),
        ),
        (entry("rpm: 6"), 4, Reason::Missing, Some("api_base")),
        (
            entry(&format!("{key}\nrpm: 6")),
            7,
            Reason::Unknown,
            Some("rpm"),
        ),
        (
            entry("api_base: r-1\napi_key: 1234"),
            6,
            Reason::NotText,
            Some("api_key"),
        ),
        (
            entry("api_base: r-1\napi_key: os.environ/NONE"),
            6,
            Reason::VariableMissing,
            Some("NONE"),
        ),
        (
            entry("api_base: http://r.example\napi_key: canary"),
            5,
            Reason::BadEndpoint,
            Some("api_base"),
        ),
        (
            entry("api_base: r-1"),
            4,
            Reason::NoCredential,
            Some("api_key"),
        ),
        (
            entry("api_base: r-1\nclient_id: c\ntenant_id: t"),
            6,
            Reason::HalfAnApplication,
            Some("client_secret"),
        ),
        (
            entry("api_base: r-1\nazure_ad_token: oidc/google"),
            6,
            Reason::TokenExchange,
            Some("azure_ad_token"),
        ),
        (
            entry(&format!("{key}\nmax_tokens: many")),
            7,
            Reason::NotAWholeNumber,
            Some("max_tokens"),
        ),
        (
            entry(&format!("{key}\nmax_tokens: 0")),
            7,
            Reason::NotAWholeNumber,
            Some("max_tokens"),
        ),
        (
            entry(&format!("{key}\nmax_tokens: 0.5")),
            7,
            Reason::NotAWholeNumber,
            Some("max_tokens"),
        ),
        (
            entry(&format!("{key}\nmax_tokens: 1.5")),
            7,
            Reason::NotAWholeNumber,
            Some("max_tokens"),
        ),
        (
            after("  model_info:\n    base_model: claude-sonet-4-5"),
            8,
            Reason::BadBaseModel,
            Some("base_model"),
        ),
        (
            after("  model_info:\n    hosting: Azure"),
            8,
            Reason::BadHosting,
            Some("hosting"),
        ),
        (
            after("  model_info:\n    hosting: [azure]"),
            8,
            Reason::NotText,
            Some("hosting"),
        ),
        (
            ok.replace("azure_ai/d", "openai/gpt"),
            4,
            Reason::OtherProvider,
            None,
        ),
        (
            ok.replace("azure_ai/d", "claude-sonnet"),
            4,
            Reason::OtherProvider,
            None,
        ),
        (
            ok.replace("azure_ai/d", "azure_ai/*"),
            4,
            Reason::Wildcard,
            None,
        ),
        (
            ok.replace("model_name: a", "model_nam: a"),
            2,
            Reason::Missing,
            Some("model_name"),
        ),
        (
            after("router_settings: {a: 1}"),
            7,
            Reason::Unknown,
            Some("router_settings"),
        ),
        (
            after("general_settings:\n  database_url: canary"),
            8,
            Reason::Unknown,
            Some("database_url"),
        ),
        (
            after("general_settings:\n  master_key: two words"),
            8,
            Reason::BadKey,
            Some("master_key"),
        ),
        (
            after("general_settings:\n  master_key: os.environ/NONE"),
            8,
            Reason::VariableMissing,
            Some("NONE"),
        ),
        (
            after("litellm_settings:\n  drop_params: sometimes"),
            8,
            Reason::NotAFlag,
            Some("drop_params"),
        ),
        (
            after("litellm_settings:\n  request_timeout: -1"),
            8,
            Reason::NotANumber,
            Some("request_timeout"),
        ),
        (
            after("litellm_settings:\n  request_timeout: 1e-300"),
            8,
            Reason::NotANumber,
            Some("request_timeout"),
        ),
        (
            after("litellm_settings:\n\n  cache: true"),
            9,
            Reason::Unknown,
            Some("cache"),
        ),
        (
            after("hearth:\n  keys:\n  - name: x"),
            9,
            Reason::Missing,
            Some("key"),
        ),
        (
            after("hearth:\n  keys:\n  - name: x\n    key: canary-1\n    models: [b]"),
            11,
            Reason::UnknownModel,
            Some("b"),
        ),
        (
            after("hearth:\n  keys:\n  - name: x\n    key: canary-1\n    expires: soon"),
            11,
            Reason::BadExpiry,
            Some("expires"),
        ),
        (
            after("hearth:\n  hosts: ['a/b']"),
            8,
            Reason::BadHost,
            Some("hosts"),
        ),
        (
            after("hearth:\n  origins: ['*']"),
            8,
            Reason::BadHost,
            Some("origins"),
        ),
        (
            after("hearth:\n  port: 1"),
            8,
            Reason::Unknown,
            Some("port"),
        ),
    ] {
        let bad = read(&text, &with_key()).map(|_| ()).unwrap_err();
        let found = (bad.line, bad.reason, bad.name.as_deref());
        if found != (line, reason, name) {
            wrong.push(format!(
                "{text}\n{found:?} is not {:?}",
                (line, reason, name)
            ));
        }
        assert!(!format!("{bad} {bad:?}").contains("canary"), "{text}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_file_that_grows_by_aliases_is_refused() {
    let mut text = "a0: &a0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for level in 1..9 {
        let list = vec![format!("*a{}", level - 1); 10].join(",");
        text.push_str(&format!("a{level}: &a{level} [{list}]\n"));
    }
    let bad = read(&text, &with_key()).map(|_| ()).unwrap_err();
    assert_eq!(bad.reason, Reason::NotYaml);
}
